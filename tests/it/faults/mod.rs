//! Faults of the database under the real binary: refused, locked, full, killed.
//!
//! Invariants: whoever reports meanwhile hears within Slack's three seconds that it is not confirmed, and whom to call; what was
//! acknowledged is there afterwards; the bot recovers by itself, nobody restarts it. Neighbours: `crash` has the world and the checker.

mod holder;
mod small_disk;

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::crash::signed::{Answer, Caller, Command};
use crate::crash::world::World;
use crate::crash::world::bot::Bot;
use crate::crash::world::database::{Database, Kind};
use crate::crash::world::people::number_in;
use crate::crash::world::settings::{Door, SENDERS};
use crate::harness::facts;
use holder::Holder;
use small_disk::SmallDisk;

/// Slack's limit.
const LIMIT: Duration = Duration::from_secs(3);
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
    told: u32,
    unconfirmed: u32,
}

impl<'a> Reporter<'a> {
    fn new(world: &'a World, what: &'static str) -> Self {
        Self {
            world,
            caller: Caller::new(world.listen),
            what,
            n: 0,
            told: 0,
            unconfirmed: 0,
        }
    }

    /// Reports once. The answer must come in time and either name the case or say what to do instead; says whether it named one.
    async fn report(&mut self) -> bool {
        self.n += 1;
        let token = format!("tok-{}-{}", self.what, self.n);
        let command = Command::report(&format!("{token} a strange mail"));
        let answer = self.caller.call(&command).await;
        let Some(Answer { status, body, took }) = answer else {
            panic!("{}: no answer within {LIMIT:?} to {token}", self.what);
        };
        assert!(took < LIMIT, "{}: {took:?}", self.what);
        assert_eq!(status, 200, "{}: {body}", self.what);
        if let Some(number) = number_in(&body) {
            self.world.ledger.told("U0ALICE", &token, &number);
            self.told += 1;
            return true;
        }
        let said = body.to_lowercase();
        assert!(
            said.contains("not confirmed") && said.contains(URGENT),
            "{}: neither a case nor a way out: {body}",
            self.what
        );
        self.world.ledger.unconfirmed("U0ALICE", &token);
        self.unconfirmed += 1;
        false
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
async fn nothing_is_missing(world: &World, bot: Bot, fact: &str) {
    world.drain().await;
    bot.stop().await;
    // An attempt whose outcome the database could not record may be repeated, flagged.
    world.ledger.crash("fault");
    let verdict = world.must_hold(fact, SENDERS);
    facts::note(&format!(
        "{fact}: {} reports acknowledged, {} lost, {} answered \"not confirmed\" in time",
        verdict.figure("acknowledged"),
        verdict.lost,
        verdict.figure("unconfirmed")
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
        &world,
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
        &world,
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_and_survived() {
    let directory = tempfile::Builder::new()
        .prefix("secevent-crash.")
        .tempdir()
        .unwrap();
    let disk = SmallDisk::new(directory.path());
    let database = Database {
        url: format!("sqlite:{}", disk.path().join("secevent.db").display()),
        cluster: None,
    };
    let world = World::with(database, Door::Http, directory).await;
    let mut bot = world.start_ready(&[]).await;
    let mut reporter = Reporter::new(&world, "full");
    assert!(reporter.report().await);
    disk.fill(bot.process().pid());
    let mut refused = 0;
    // What SQLite has already allocated takes some reports more.
    while refused < 3 {
        if !reporter.report().await {
            refused += 1;
        }
        assert!(reporter.n < 500, "the disk never became full");
    }
    disk.free(bot.process().pid());
    let took = reporter.until_recovered().await;
    nothing_is_missing(
        &world,
        bot,
        &format!(
            "SQLite on a full disk ({}), recovered in {} ms",
            disk.how(),
            took.as_millis()
        ),
    )
    .await;
    drop(world);
}
