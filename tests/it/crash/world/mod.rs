//! The world of the crash tests: the bot and Slack's stand-in as processes, a durable database, people at work, a checker.
//!
//! Invariants: three processes (this test, the bot, the stand-in) and a database that shares none of them, so that any may die alone;
//! everything lies in one directory that is kept when a test fails. Neighbours: `crash` and `faults`.

pub mod bot;
pub mod checker;
pub mod database;
pub mod dice;
pub mod emulator;
pub mod ledger;
pub mod people;
pub mod process;
pub mod responders;
pub mod settings;

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, MissedTickBehavior, interval};

use bot::Bot;
use checker::Verdict;
use database::{Database, Kind};
use emulator::Emulator;
use ledger::Ledger;
use settings::{Door, Settings};

/// How long it may take until less is left to be sent than ever before: a long queue on a busy machine is no fault, a queue that stands is.
const STANDSTILL: Duration = Duration::from_secs(60);

/// Everything that a crash test needs.
#[derive(Debug)]
pub struct World {
    /// The database.
    pub database: Database,
    /// Slack's stand-in.
    pub emulator: Emulator,
    /// What people read.
    pub ledger: Ledger,
    /// Where platforms call the bot.
    pub listen: SocketAddr,
    settings: Settings,
    directory: tempfile::TempDir,
}

/// A port that was free a moment ago.
pub fn free_address() -> SocketAddr {
    let probe = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    probe.local_addr().unwrap()
}

impl World {
    /// A new world; nothing runs yet but the database and the stand-in.
    pub async fn new(kind: Kind, door: Door) -> Self {
        let directory = tempfile::Builder::new()
            .prefix("secevent-crash.")
            .tempdir()
            .unwrap();
        let database = Database::create(kind, directory.path());
        Self::with(database, door, directory).await
    }

    /// A world on a database that lies elsewhere.
    pub async fn with(database: Database, door: Door, directory: tempfile::TempDir) -> Self {
        let listen = free_address();
        let http_url = format!("http://{listen}{}", settings::HTTP_PATH);
        let http_url = (door == Door::Http).then_some(http_url);
        let emulator = Emulator::start(directory.path(), http_url.as_deref()).await;
        let settings = Settings {
            door,
            database: database.url.clone(),
            api_url: emulator.api_url.clone(),
            ..Settings::default()
        };
        Self {
            ledger: Ledger::create(&directory.path().join("people.jsonl")),
            database,
            emulator,
            listen,
            settings,
            directory,
        }
    }

    /// The directory of all files.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// What the bot is set to; a change counts from the next start on.
    pub fn settings(&mut self) -> &mut Settings {
        &mut self.settings
    }

    /// Starts a bot and does not wait.
    pub fn start(&self, faults: &[(&str, String)]) -> Bot {
        self.start_replica("bot", self.listen, faults)
    }

    /// Starts one of several bots on the same database.
    pub fn start_replica(&self, name: &str, listen: SocketAddr, faults: &[(&str, String)]) -> Bot {
        let operator = free_address();
        let file = self.settings.write(self.path(), name, listen, operator);
        let log = self.path().join(format!("{name}.log"));
        Bot::start(&file, operator, &log, faults)
    }

    /// Starts a bot and waits until it is ready.
    pub async fn start_ready(&self, faults: &[(&str, String)]) -> Bot {
        let mut bot = self.start(faults);
        bot.must_be_ready().await;
        bot
    }

    /// Has Slack deliver again what it could not, and waits until nothing is on its way in either direction.
    pub async fn drain(&self) {
        let (mut moved, mut least) = (Instant::now(), u64::MAX);
        let mut tick = interval(Duration::from_millis(250));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let door = &self.emulator.door;
            door.control("retry_now", json!({})).await.unwrap();
            let idle = door.idle().await.unwrap();
            let waiting = checker::waiting(&self.database.url);
            if idle && waiting == Some(0) {
                return;
            }
            if let Some(left) = waiting.filter(|left| *left < least) {
                (moved, least) = (Instant::now(), left);
            }
            assert!(
                moved.elapsed() < STANDSTILL,
                "nothing moved for {STANDSTILL:?}, and still under way are: deliveries {}, rows of the outbox {waiting:?}; files in {}",
                !idle,
                self.keep().display()
            );
        }
    }

    /// What the checker says.
    pub fn check(&self, in_flight: usize) -> Verdict {
        checker::check(
            &self.database.url,
            self.ledger.path(),
            &self.emulator.ledger,
            in_flight,
        )
    }

    /// Like [`World::check`]; anything broken fails the test and keeps the files.
    pub fn must_hold(&self, what: &str, in_flight: usize) -> Verdict {
        let verdict = self.check(in_flight);
        if !verdict.problems.is_empty() {
            eprintln!("files are kept in {}", self.keep().display());
        }
        verdict.must_hold(what);
        verdict
    }

    /// A copy of the files, for whoever looks into a failure.
    fn keep(&self) -> std::path::PathBuf {
        let to = std::env::temp_dir().join(format!(
            "{}.kept",
            self.path().file_name().unwrap().to_string_lossy()
        ));
        let copied = std::process::Command::new("cp")
            .arg("-a")
            .arg(self.path())
            .arg(&to)
            .status();
        drop(copied);
        to
    }
}
