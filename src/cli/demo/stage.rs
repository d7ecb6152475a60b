//! The stage: emulated platforms, the bot on its real adapters beside them, and one time for all.
//!
//! Invariants: nothing leaves this machine; the record is a file of its own folder; time stands still until [`Stage::settle`] (a second
//! at a time, while something waits for its turn), [`Stage::beat`] or [`Stage::advance`] moves it. Neighbours: `stands` are the platforms; `show` acts
//! on it, `tour` and `shell` tell what.

use super::stands::{self, Host, Seeds, Stands, Wanted};
use crate::{
    app::{App, Pace, Parts},
    cli::Failure,
    config::{Variables, parse_config},
    domain::clock::{Clock, ManualClock, SystemEntropy, Timestamp},
    emulator::{clock::EmulatorClock, door::Door},
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

/// A running stage.
#[derive(Debug)]
pub struct Stage {
    app: App,
    stands: Stands,
    clock: ManualClock,
    log: Capture,
    record: PathBuf,
}

impl Stage {
    /// Starts everything in `folder`, at `start`; the bot is connected when this returns.
    pub async fn open(
        wanted: Wanted,
        folder: &Path,
        ledger: Option<&Path>,
        start: Timestamp,
    ) -> Result<Self, Failure> {
        let clock = ManualClock::at(start);
        let their_time = EmulatorClock::manual(start);
        let stands = Box::pin(Stands::start(wanted, their_time, Seeds::default(), ledger)).await?;
        let record = folder.join("secevent.db");
        let settings = stands.settings(folder)?;
        // The environment of a demo is its own: no variable of the process counts.
        let config = parse_config(
            "the demo's settings",
            &settings,
            folder,
            &Variables::default(),
        )
        .map_err(Failure::stopped)?;
        Box::pin(stands::register(&config)).await?;
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
                "the bot did not connect to the stand-ins within ten seconds; is this machine very busy?".to_owned(),
            ));
        }
        Ok(Self {
            app,
            stands,
            clock,
            log,
            record,
        })
    }

    /// The platforms.
    pub const fn stands(&self) -> &Stands {
        &self.stands
    }

    /// The way in to a platform.
    pub fn door(&self, host: Host) -> Result<Door, Failure> {
        self.stands.door(host)
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
            self.pass(wait.max(TimeDelta::milliseconds(100)))?;
        }
        Err(Failure::Stopped(
            "the outbox does not come to rest".to_owned(),
        ))
    }

    /// A second passes, because whatever people do takes time: no two acts are made at one instant.
    pub fn beat(&self) -> Result<(), Failure> {
        self.pass(TimeDelta::seconds(1))
    }

    fn pass(&self, time: TimeDelta) -> Result<(), Failure> {
        self.clock.advance(time);
        self.stands
            .advance(time.to_std().map_err(Failure::stopped)?);
        Ok(())
    }

    /// Lets time pass: what falls due meanwhile happens, in its order, and is told.
    pub async fn advance(&self, time: TimeDelta) -> Result<(), Failure> {
        self.settle().await?;
        let end = self.now() + time;
        // Minute by minute, so that what falls due in between happens when it should.
        while self.now() < end {
            let step = (end - self.now()).min(TimeDelta::minutes(1));
            self.pass(step)?;
            self.app.tick().await.map_err(Failure::stopped)?;
            self.settle().await?;
        }
        self.app.watch().await.map_err(Failure::stopped)
    }

    /// Stops the bot, then the platforms.
    pub async fn close(self) {
        self.app.stop().await;
        Box::pin(self.stands.stop()).await;
    }
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
