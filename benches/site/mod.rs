//! What is measured: the real program as a process of its own, on a database of its own, beside a Slack stand-in.
//!
//! Invariants: the program runs as an operator would run it (`secevent serve`, signed HTTP), with default settings; the database keeps its promises
//! (fsync on); everything is gone at the end. Neighbours: `load` sends commands to it.

use secevent::emulator::{
    clock::EmulatorClock,
    slack::{Door, Seed, SlackEmulator, seed},
};
use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

#[path = "../../tests/it/harness/facts.rs"]
pub mod facts;
#[expect(unused_imports, reason = "its own tests run with the other tests")]
#[path = "../../tests/it/harness/postgres.rs"]
pub mod postgres;
pub mod sent;

use postgres::{Cluster, Durability};

/// How many people report, in turn. One channel takes one message a second, so this many receipts can go out each second.
pub const USERS: usize = 1000;
/// How long a start may take before the measurement is given up.
const START_LIMIT: Duration = Duration::from_secs(60);

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// A file.
    Sqlite,
    /// A throw-away cluster.
    Postgres,
}

impl Database {
    /// Those that are to be measured: `SECEVENT_BENCH_DATABASES`, both without it.
    pub fn chosen() -> Vec<Self> {
        let chosen = std::env::var("SECEVENT_BENCH_DATABASES").unwrap_or_default();
        [Self::Sqlite, Self::Postgres]
            .into_iter()
            .filter(|one| chosen.is_empty() || chosen.contains(one.name()))
            .collect()
    }

    /// Its name in tables and settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// How long each row of a table lasts: `SECEVENT_BENCH_SECONDS`, 10 without it.
pub fn lasts() -> Duration {
    let seconds = std::env::var("SECEVENT_BENCH_SECONDS").ok();
    Duration::from_secs(seconds.and_then(|text| text.parse().ok()).unwrap_or(10))
}

/// The program and what it stands on. Dropping it ends all of it.
#[derive(Debug)]
pub struct Site {
    /// URL of the database.
    pub database_url: String,
    /// From the start of the process to the first "ready".
    pub ready_in: Duration,
    /// Id of the process.
    pub pid: u32,
    platform: SocketAddr,
    ledger: PathBuf,
    emulator: SlackEmulator,
    child: Child,
    _cluster: Option<Cluster>,
    _directory: tempfile::TempDir,
}

impl Drop for Site {
    fn drop(&mut self) {
        // It has no more to say: what it wrote is thrown away with it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Site {
    /// Starts everything and waits until the program is ready. The stand-in takes whatever comes: nothing is paced.
    pub async fn start(database: Database) -> Self {
        Self::start_in(database, Seed::without_rate_limits, "").await
    }

    /// As [`Site::start`], in a workspace that was changed, with a directory of people (TOML; none if it is empty).
    pub async fn start_in(
        database: Database,
        change: impl FnOnce(Seed) -> Seed,
        people: &str,
    ) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let (database_url, cluster) = match database {
            Database::Sqlite => {
                let file = directory.path().join("secevent.db");
                (format!("sqlite:{}", file.display()), None)
            }
            Database::Postgres => {
                let cluster = Cluster::start_own(Durability::Durable);
                (cluster.url(&cluster.empty_database()), Some(cluster))
            }
        };
        let (platform, operator) = (free_address(), free_address());
        let ledger = directory.path().join("ledger.jsonl");
        let mut seed = change(world(platform));
        seed.ledger_file = Some(ledger.clone());
        let emulator = SlackEmulator::start(seed, EmulatorClock::system())
            .await
            .expect("the stand-in");
        let settings = directory.path().join("secevent.toml");
        let mut named = String::new();
        if !people.is_empty() {
            let file = directory.path().join("directory.toml");
            std::fs::write(&file, people).expect("a directory file");
            named = format!("directory_file = \"{}\"\n", file.display());
        }
        std::fs::write(
            &settings,
            format!(
                "environment = \"test\"\n{named}listen = \"{platform}\"\noperator_listen = \"{operator}\"\n\n[database]\nurl = \"{database_url}\"\n\n\
                 [slack]\nmode = \"http\"\nsigning_secret = \"{}\"\nbot_token = \"{}\"\nqueue_channel = \"C0QUEUE\"\napi_url = \"{}\"\n\n\
                 [log]\nfilter = \"warn\"\n",
                seed::SIGNING_SECRET,
                seed::BOT_TOKEN,
                emulator.api_url(),
            ),
        )
        .expect("settings");
        let log = directory.path().join("secevent.log");
        let begun = Instant::now();
        let mut program = Command::new(env!("CARGO_BIN_EXE_secevent"));
        // What this measurement is told is no setting of the program, and the program would refuse it.
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SECEVENT_")) {
            program.env_remove(name);
        }
        let child = program
            .arg("--config")
            .arg(&settings)
            .arg("serve")
            .stdin(Stdio::null())
            .stdout(File::create(&log).expect("a log"))
            .stderr(File::options().append(true).open(&log).expect("the log"))
            .spawn()
            .expect("the program");
        let mut site = Self {
            database_url,
            ready_in: Duration::ZERO,
            pid: child.id(),
            platform,
            ledger,
            emulator,
            child,
            _cluster: cluster,
            _directory: directory,
        };
        site.wait_until_ready(begun, operator, &log).await;
        site
    }

    async fn wait_until_ready(
        &mut self,
        begun: Instant,
        operator: SocketAddr,
        log: &std::path::Path,
    ) {
        let client = crate::load::client();
        let page = format!("http://{operator}/readyz");
        loop {
            let answer = client.get(&page).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                self.ready_in = begun.elapsed();
                return;
            }
            let ended = self.child.try_wait().expect("its state");
            if ended.is_some() || begun.elapsed() > START_LIMIT {
                let said = std::fs::read_to_string(log).unwrap_or_default();
                panic!("secevent serve is not ready ({ended:?}); it says:\n{said}");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Where commands go.
    pub fn door(&self) -> crate::load::Door {
        crate::load::Door {
            url: format!("http://{}/slack/commands", self.platform),
            secret: seed::SIGNING_SECRET.to_owned(),
            team: seed::TEAM.to_owned(),
            app: seed::APP.to_owned(),
            channel: "C0GENERAL".to_owned(),
            users: (0..USERS).map(|n| (user(n), handle(n))).collect(),
        }
    }

    /// Everything that reached the stand-in, a line each.
    pub fn ledger(&self) -> &Path {
        &self.ledger
    }

    /// The control door of the stand-in.
    pub fn workspace(&self) -> Door {
        self.emulator.door()
    }
}

/// Id of one of those who report.
pub fn user(n: usize) -> String {
    format!("U0LOAD{n:04}")
}

/// Handle of one of those who report.
pub fn handle(n: usize) -> String {
    format!("load{n:04}")
}

fn world(platform: SocketAddr) -> Seed {
    let seed = Seed::example_corp().with_http(&format!("http://{platform}/slack/"));
    (0..USERS).fold(seed, |seed, n| {
        seed.with_person(&user(n), &handle(n), &format!("Load {n}"), |_| {})
    })
}

/// An address that is free now; another program may take it before the program does, and then the start fails.
fn free_address() -> SocketAddr {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
}
