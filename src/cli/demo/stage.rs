//! The stage: an emulated workspace, the bot on its real Slack adapter beside it, and one time for both.
//!
//! Invariants: nothing leaves this machine; the record is a file of its own folder; time stands still until [`Stage::settle`] (a second
//! at a time, while something waits for its turn), [`Stage::beat`] or [`Stage::advance`] moves it. Neighbours: `show` acts on it, `tour` and
//! `shell` tell what.

use crate::{
    app::{App, Pace, Parts},
    cli::Failure,
    config::{Variables, parse_config},
    domain::clock::{Clock, ManualClock, SystemEntropy, Timestamp},
    emulator::{
        clock::EmulatorClock,
        slack::{
            Door, Seed, SlackEmulator,
            seed::{APP_TOKEN, BOT_TOKEN},
        },
    },
    runtime::{Faults, Runtime},
    telemetry::Capture,
};
use chrono::TimeDelta;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

/// A row that waits no longer than this is sent while things settle.
pub const A_MOMENT: TimeDelta = TimeDelta::seconds(5);
/// How long background work may take in real time before the demo goes on without it.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// Tasks that listen for as long as the bot is connected.
const LISTENERS: [&str; 2] = ["slack connection", "slack connection watch"];
/// Rounds after which an outbox that does not come to rest is called stuck.
pub const ROUNDS: usize = 500;

/// Somebody of the cast.
#[derive(Debug, Clone, Copy)]
pub struct Cast {
    /// What they are called at the client.
    pub handle: &'static str,
    /// First name, for the transcript.
    pub name: &'static str,
    /// Full name, as the record has it.
    pub full: &'static str,
    /// What they are.
    pub what: &'static str,
}

const fn cast(
    handle: &'static str,
    name: &'static str,
    full: &'static str,
    what: &'static str,
) -> Cast {
    Cast {
        handle,
        name,
        full,
        what,
    }
}

/// Everybody, reporters first.
pub const CAST: [Cast; 8] = [
    cast("alice", "Alice", "Alice Adler", "accountant"),
    cast("bob", "Bob", "Bob Brandt", "warehouse lead"),
    cast("max", "Max", "Max Meyer", "chief operating officer"),
    cast("gwen", "Gwen", "Gwen Gast", "contractor, a guest"),
    cast("rita", "Rita", "Rita Roth", "responder"),
    cast("ivy", "Ivy", "Ivy Ito", "incident commander"),
    cast("pia", "Pia", "Pia Park", "on call, primary"),
    cast("ben", "Ben", "Ben Bauer", "on call, backup"),
];

const DIRECTORY: &str = r#"
[[person]]
key = "rita"
name = "Rita Roth"
slack = [{ realm = "T0EXAMPLE", user = "U0RITA" }]
phone = "+49 30 5550100"
roles = ["responder"]

[[person]]
key = "pia"
name = "Pia Park"
slack = [{ realm = "T0EXAMPLE", user = "U0PIA" }]
phone = "+49 30 5550101"
roles = ["responder", "on_call_primary"]

[[person]]
key = "ben"
name = "Ben Bauer"
slack = [{ realm = "T0EXAMPLE", user = "U0BEN" }]
phone = "+49 30 5550102"
roles = ["responder", "on_call_backup"]

[[person]]
key = "ivy"
name = "Ivy Ito"
slack = [{ realm = "T0EXAMPLE", user = "U0IVY" }]
phone = "+49 30 5550103"
roles = ["incident_commander", "soc_lead", "operator"]

[[person]]
key = "max"
name = "Max Meyer"
slack = [{ realm = "T0EXAMPLE", user = "U0MAX" }]
roles = ["executive"]
"#;

/// A running stage.
#[derive(Debug)]
pub struct Stage {
    app: App,
    emulator: SlackEmulator,
    clock: ManualClock,
    log: Capture,
    record: PathBuf,
}

impl Stage {
    /// Starts everything in `folder`, at `start`; the bot is connected when this returns.
    pub async fn open(
        folder: &Path,
        ledger: Option<PathBuf>,
        start: Timestamp,
    ) -> Result<Self, Failure> {
        let clock = ManualClock::at(start);
        let mut seed = workspace();
        seed.ledger_file = ledger;
        let emulator = SlackEmulator::start(seed, EmulatorClock::manual(clock.now()))
            .await
            .map_err(|error| {
                Failure::Stopped(format!("the stand-in of Slack does not start: {error}"))
            })?;
        let record = folder.join("secevent.db");
        let settings = settings(folder, &emulator.api_url())?;
        // The environment of a demo is its own: no variable of the process counts.
        let config = parse_config(
            "the demo's settings",
            &settings,
            folder,
            &Variables::default(),
        )
        .map_err(Failure::stopped)?;
        let log = Capture::try_new().map_err(Failure::stopped)?;
        let parts = Parts {
            clock: Arc::new(clock.clone()),
            entropy: Arc::new(SystemEntropy),
            runtime: Runtime::new(Faults::default(), log.scope()),
            metrics: log.metrics().clone(),
        };
        let app = Box::pin(App::start(config, parts, Pace::Stepped))
            .await
            .map_err(Failure::stopped)?;
        if !app.connected(PATIENCE).await {
            return Err(Failure::Stopped(
                "the bot did not connect to the stand-in of Slack within ten seconds; is this machine very busy?".to_owned(),
            ));
        }
        Ok(Self {
            app,
            emulator,
            clock,
            log,
            record,
        })
    }

    /// The workspace's door.
    pub fn door(&self) -> Door {
        self.emulator.door()
    }

    /// The present instant on stage.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The file of the record.
    pub fn record(&self) -> &Path {
        &self.record
    }

    /// Error lines of the bot's log.
    pub fn errors(&self) -> Vec<String> {
        self.log.errors()
    }

    /// Waits until the bot does nothing but listen.
    pub async fn quiet(&self) {
        quiet(&self.app).await;
    }

    /// Lets a moment pass: sends what is due now and what only waits for its turn.
    pub async fn settle(&self) -> Result<(), Failure> {
        for _ in 0..ROUNDS {
            self.app.step().await;
            self.quiet().await;
            let due = self.app.store().next_outbox_due().await;
            let Some(due) = due.map_err(Failure::stopped)? else {
                return Ok(());
            };
            let wait = due - self.now();
            if wait > A_MOMENT {
                return Ok(());
            }
            self.pass(wait.max(TimeDelta::milliseconds(100))).await?;
        }
        Err(Failure::Stopped(
            "the outbox does not come to rest".to_owned(),
        ))
    }

    /// A second passes, because whatever people do takes time: no two acts are made at one instant.
    pub async fn beat(&self) -> Result<(), Failure> {
        self.pass(TimeDelta::seconds(1)).await
    }

    async fn pass(&self, time: TimeDelta) -> Result<(), Failure> {
        self.clock.advance(time);
        let time = time.to_std().map_err(Failure::stopped)?;
        self.door().advance(time).await.map_err(Failure::stopped)
    }

    /// Lets time pass: what falls due meanwhile happens, in its order, and is told.
    pub async fn advance(&self, time: TimeDelta) -> Result<(), Failure> {
        self.settle().await?;
        let end = self.now() + time;
        // Minute by minute, so that what falls due in between happens when it should.
        while self.now() < end {
            let step = (end - self.now()).min(TimeDelta::minutes(1));
            self.pass(step).await?;
            self.app.tick().await.map_err(Failure::stopped)?;
            self.settle().await?;
        }
        self.app.watch().await.map_err(Failure::stopped)
    }

    /// Stops the bot, then the workspace.
    pub async fn close(self) {
        self.app.stop().await;
        self.emulator.stop().await;
    }
}

/// The settings of a bot that keeps its record in `folder`, with the directory of people beside it.
pub fn settings(folder: &Path, api_url: &str) -> Result<String, Failure> {
    std::fs::write(folder.join("directory.toml"), DIRECTORY).map_err(|error| {
        Failure::Stopped(format!("{} cannot be written: {error}", folder.display()))
    })?;
    Ok(format!(
        "environment = \"demo\"\ndirectory_file = \"directory.toml\"\nlisten = \"127.0.0.1:0\"\noperator_listen = \"127.0.0.1:0\"\n\
         [database]\nurl = {:?}\n\
         [slack]\nmode = \"socket\"\nconnections = 1\napi_url = {api_url:?}\nbot_token = {BOT_TOKEN:?}\napp_token = {APP_TOKEN:?}\nqueue_channel = \"C0QUEUE\"\n",
        format!("sqlite:{}", folder.join("secevent.db").display()),
    ))
}

/// Waits until the bot does nothing but listen: answers that follow an acknowledgement have arrived.
pub async fn quiet(app: &App) {
    let begun = Instant::now();
    while is_busy(app) && begun.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn is_busy(app: &App) -> bool {
    let runtime = app.runtime();
    let workers: BTreeSet<&str> = runtime.workers().iter().map(|one| one.name).collect();
    runtime
        .running()
        .iter()
        .any(|(name, _)| !workers.contains(name) && !LISTENERS.contains(name))
}

/// Example Corp with everybody of the cast.
pub fn workspace() -> Seed {
    let mut seed = Seed::example_corp().with_person("U0PIA", "pia", "Pia Park", |_| {});
    for channel in ["C0GENERAL", "C0QUEUE"] {
        if let Some(channel) = seed.world.channels.get_mut(channel) {
            channel.members.insert("U0PIA".to_owned());
        }
    }
    seed
}
