//! Faults of the database under the real binary: refused, locked, full, killed.
//!
//! Invariants: whoever reports meanwhile hears within Slack's three seconds that it is not confirmed, and whom to call; what was
//! acknowledged is there afterwards; the bot recovers by itself, nobody restarts it. Every answer must come; whether it came within the three
//! seconds is judged where the machine was not busy with other things. Neighbours: `crash` has the world and the checker.

mod busy;
mod holder;
mod small_disk;
mod starting;

use std::path::Path;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::crash::signed::{Answer, Caller, Command};
use crate::crash::world::World;
use crate::crash::world::bot::Bot;
use crate::crash::world::database::{Database, Kind};
use crate::crash::world::people::{People, number_in};
use crate::crash::world::settings::{Door, SENDERS};
use crate::harness::facts;
use crate::harness::postgres::{Cluster, Durability};
use holder::Holder;
use small_disk::SmallDisk;

/// Slack's limit.
const LIMIT: Duration = Duration::from_secs(3);
/// How long is waited for an answer all the same.
const PATIENCE: Duration = Duration::from_secs(20);
/// Who is to be called, by the default policy.
const URGENT: &str = "+1 202 555 0101";
/// How long the recovery may take.
const RECOVERY: Duration = Duration::from_secs(30);

/// Somebody who reports by signed HTTP and writes down what comes back.
struct Reporter<'a> {
    world: &'a World,
    caller: Caller,
    what: &'static str,
    n: u32,
    slowest: Duration,
    late: u32,
}

impl<'a> Reporter<'a> {
    fn new(world: &'a World, what: &'static str) -> Self {
        Self {
            world,
            caller: Caller::new(world.listen),
            what,
            n: 0,
            slowest: Duration::ZERO,
            late: 0,
        }
    }

    /// Reports once. The answer must come in time and either name the case or say what to do instead; says whether it named one.
    async fn report(&mut self) -> bool {
        self.n += 1;
        let token = format!("tok-{}-{}", self.what.to_lowercase(), self.n);
        let command = Command::report(&format!("{token} a strange mail"));
        let watch = busy::Watch::begin();
        let answer = self.caller.call_for(PATIENCE, &command).await;
        let Some(Answer { status, body, took }) = answer else {
            panic!("{}: no answer within {PATIENCE:?} to {token}", self.what);
        };
        self.slowest = self.slowest.max(took);
        if took >= LIMIT {
            assert!(
                watch.was_busy(),
                "{}: an answer after {took:?}, on a machine with nothing else to do",
                self.what
            );
            self.late += 1;
        }
        assert_eq!(status, 200, "{}: {body}", self.what);
        if let Some(number) = number_in(&body) {
            self.world.ledger.told("U0ALICE", &token, &number);
            return true;
        }
        let said = body.to_lowercase();
        assert!(
            said.contains("not confirmed") && said.contains(URGENT),
            "{}: neither a case nor a way out: {body}",
            self.what
        );
        self.world.ledger.unconfirmed("U0ALICE", &token);
        false
    }

    /// The slowest answer, for the fact.
    fn pace(&self) -> String {
        let slowest = self.slowest.as_millis();
        match self.late {
            0 => format!("slowest answer {slowest} ms"),
            late => {
                format!("slowest answer {slowest} ms, {late} beyond 3 s on a machine that was busy")
            }
        }
    }

    /// Reports until a case is named: the bot has recovered.
    async fn until_recovered(&mut self) -> Duration {
        let begun = Instant::now();
        let mut tick = interval(Duration::from_millis(100));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            if self.report().await {
                return begun.elapsed();
            }
            assert!(
                begun.elapsed() < RECOVERY,
                "{}: the bot did not recover by itself within {RECOVERY:?}",
                self.what
            );
        }
    }

    /// Waits until the operator's page says that the bot is not ready.
    async fn until_not_ready(&self, bot: &Bot) {
        let begun = Instant::now();
        let mut tick = interval(Duration::from_millis(50));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while bot.operator_status("/readyz").await != Some(503) {
            tick.tick().await;
            assert!(
                begun.elapsed() < RECOVERY,
                "{}: /readyz does not tell the truth",
                self.what
            );
        }
    }
}

/// The end of each: everything is sent, the bot stops well, nothing acknowledged is missing.
async fn nothing_is_missing(reporter: Reporter<'_>, bot: Bot, fact: &str) {
    let world = reporter.world;
    world.drain().await;
    bot.stop().await;
    // An attempt whose outcome the database could not record may be repeated, flagged.
    world.ledger.crash("fault");
    let verdict = world.must_hold(fact, SENDERS);
    facts::note(&format!(
        "{fact}: {} reports acknowledged, {} lost, {} answered \"not confirmed\", {}",
        verdict.figure("acknowledged"),
        verdict.lost,
        verdict.figure("unconfirmed"),
        reporter.pace()
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_database_is_told_and_survived() {
    let world = World::new(Kind::Postgres, Door::Http).await;
    let bot = world.start_ready(&[]).await;
    let mut reporter = Reporter::new(&world, "refused");
    assert!(reporter.report().await);
    let (server, _) = world.database.server();
    server.stop_immediate();
    for _ in 0..3 {
        assert!(!reporter.report().await);
    }
    reporter.until_not_ready(&bot).await;
    server.start();
    let took = reporter.until_recovered().await;
    nothing_is_missing(
        reporter,
        bot,
        &format!(
            "PostgreSQL refused connections, recovered in {} ms",
            took.as_millis()
        ),
    )
    .await;
}

async fn locked(kind: Kind, door_what: &'static str) {
    let world = World::new(kind, Door::Http).await;
    let bot = world.start_ready(&[]).await;
    let mut reporter = Reporter::new(&world, door_what);
    assert!(reporter.report().await);
    let mut holder = Holder::lock(&world.database.url).await;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(10) {
        assert!(!reporter.report().await, "a locked database took a report");
    }
    holder.release().await;
    let took = reporter.until_recovered().await;
    nothing_is_missing(
        reporter,
        bot,
        &format!(
            "{} locked for 10 s, recovered in {} ms",
            kind.name(),
            took.as_millis()
        ),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_file_is_told_and_survived() {
    locked(Kind::Sqlite, "locked-file").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn locked_tables_are_told_and_survived() {
    locked(Kind::Postgres, "locked-tables").await;
}

/// Fills the disk, waits until reports are no longer taken, gives the room back.
async fn full(
    database: Database,
    directory: tempfile::TempDir,
    disk: &SmallDisk,
    what: &'static str,
) {
    let world = World::with(database, Door::Http, directory).await;
    let mut bot = world.start_ready(&[]).await;
    let mut reporter = Reporter::new(&world, what);
    assert!(reporter.report().await);
    disk.fill(bot.process().pid());
    let mut refused = 0;
    // What the database has already allocated takes some reports more.
    while refused < 3 {
        if !reporter.report().await {
            refused += 1;
        }
        assert!(reporter.n < 500, "the disk never became full");
    }
    disk.free(bot.process().pid());
    let took = reporter.until_recovered().await;
    nothing_is_missing(
        reporter,
        bot,
        &format!(
            "{what} on a full disk ({}), recovered in {} ms",
            disk.how(),
            took.as_millis()
        ),
    )
    .await;
}

/// A directory that others may look into, as the server of a database must.
fn open_directory() -> tempfile::TempDir {
    tempfile::Builder::new()
        .prefix("secevent-crash.")
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .tempdir()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_and_survived() {
    let directory = open_directory();
    let disk = SmallDisk::new(directory.path());
    let database = Database {
        url: format!("sqlite:{}", disk.path().join("secevent.db").display()),
        cluster: None,
    };
    full(database, directory, &disk, "SQLite").await;
}

/// The tables lie on the small disk, the server's log of changes does not: with that full, too, the server would stop, which is the test of
/// the refused database.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_of_the_server_is_told_and_survived() {
    let directory = open_directory();
    let Some(disk) = SmallDisk::mounted(directory.path(), 32) else {
        facts::note(
            "PostgreSQL on a full disk: NOT TRIED, because the tests may not mount a small file system here. Run them as root to try it.",
        );
        return;
    };
    let cluster = Cluster::start_own(Durability::Durable);
    disk.give_to_the_owner_of(Path::new(&cluster.sql("postgres", "show data_directory")));
    let place = disk.path().display();
    cluster.sql(
        "postgres",
        &format!("create tablespace small location '{place}'"),
    );
    cluster.sql(
        "postgres",
        "create database on_small template template0 tablespace small",
    );
    let database = Database {
        url: cluster.url("on_small"),
        cluster: Some((cluster, "on_small".to_owned())),
    };
    full(database, directory, &disk, "PostgreSQL").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_backends_and_restarts_lose_nothing() {
    let world = World::new(Kind::Postgres, Door::Http).await;
    let bot = world.start_ready(&[]).await;
    let people = People::at_work(
        &world.emulator.door,
        &world.ledger,
        "killed",
        Duration::from_millis(120),
    );
    let (server, name) = world.database.server();
    let mut reporter = Reporter::new(&world, "killed-own");
    let mut killed = 0;
    for _ in 0..5 {
        reporter.until_recovered().await;
        killed += server.terminate_backends(name);
        world.ledger.crash("backends killed");
    }
    for _ in 0..2 {
        reporter.until_recovered().await;
        server.stop_immediate();
        server.start();
        world.ledger.crash("server restarted");
    }
    reporter.until_recovered().await;
    people.go_home().await;
    nothing_is_missing(
        reporter,
        bot,
        &format!("PostgreSQL: {killed} backends killed and 2 immediate restarts under load"),
    )
    .await;
    assert!(killed > 0);
}
