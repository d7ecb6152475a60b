//! The hang-up storm: clients that leave in the middle of their request, then `kill -9`. What was accepted must be there afterwards.
//!
//! Invariants: with the shield nothing is lost; without it (`SECEVENT_WITHOUT_SHIELD=1`) the same storm must show losses, so that its silence
//! means something. The loss is that of a connection left inside a transaction: what is written through it next is answered and
//! never committed (docs/decisions/no-cancelled-database-work.md). Most hang-ups fall anywhere; those of the last gust fall while a `BEGIN`
//! is on its way, which the line to the database tells. Neighbours: `signed` speaks as Slack does, `slow_line` is the line.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::signed::{Answer, Caller, Command};
use super::slow_line::SlowLine;
use super::world::World;
use super::world::database::Kind;
use super::world::dice::Dice;
use super::world::people::number_in;
use super::world::settings::{Door, SENDERS};
use crate::harness::facts;

/// Clients at once.
const CLIENTS: u64 = 8;
/// Connections of the bot to its database.
const CONNECTIONS: u32 = 8;
/// A storm ends when so many reports were acknowledged,
const ENOUGH: u64 = 40;
/// or after so long, on a machine that is busy with other things.
const STORM: Duration = Duration::from_secs(30);
/// How long each packet to the database takes: long enough to hang up meanwhile, on a busy machine, too.
const LINE: Duration = Duration::from_millis(10);
/// Hang-ups of the last gust: several for each connection.
const LAST_GUST: u64 = 32;
/// Deliveries of each client after the last gust.
const AFTERWARDS: u64 = 4;
/// How often the storm without a shield is repeated before it counts as blind.
const TRIES: u64 = 6;

/// What a storm came to.
#[derive(Debug, Default, Clone, Copy)]
struct Outcome {
    told: u64,
    accepted: u64,
    lost: u64,
}

async fn storm(shield: bool, salt: u64) -> Outcome {
    let mut world = World::new(Kind::Postgres, Door::Http).await;
    world.settings().connections = CONNECTIONS;
    let (line, url) = slow_line(&world.database.url).await;
    let settings = world.settings();
    settings.database = url;
    // Slack takes nothing during the storm, so that the sender's own transactions do not tidy up behind those who hang up.
    (settings.lease_seconds, settings.send_timeout_seconds) = (60, 50);
    settings.tick_ms = 30_000;
    let hang =
        json!({ "method": "chat.postMessage", "fault": { "kind": "hang" }, "forever": true });
    world.emulator.door.control("fault", hang).await.unwrap();
    let faults: &[_] = if shield {
        &[]
    } else {
        &[("SECEVENT_WITHOUT_SHIELD", "1".to_owned())]
    };
    let bot = world.start_ready(faults).await;
    let world = Arc::new(world);
    let told = Arc::new(AtomicU64::new(0));
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let (world, told) = (Arc::clone(&world), Arc::clone(&told));
        clients.spawn(client_of_the_storm(world, told, salt, client));
    }
    while let Some(ended) = clients.join_next().await {
        ended.unwrap();
    }
    last_gust(&world, &line, salt).await;
    for client in 0..CLIENTS {
        clients.spawn(after_the_storm(Arc::clone(&world), salt, client));
    }
    while let Some(ended) = clients.join_next().await {
        ended.unwrap();
    }
    bot.kill().await;
    drop(line);
    world.ledger.crash("storm");
    // Nothing is sent after the kill: what counts here is what was stored.
    let mut verdict = world.check(SENDERS);
    verdict.forget(&["everything_arrives", "nothing_leased"]);
    if shield {
        verdict.must_hold("after the hang-up storm");
    }
    Outcome {
        told: verdict.figure("acknowledged"),
        accepted: verdict.figure("accepted"),
        lost: verdict.lost,
    }
}

/// A database on another machine.
async fn slow_line(url: &str) -> (SlowLine, String) {
    let mut url: url::Url = url.parse().unwrap();
    let server = ([127, 0, 0, 1], url.port().unwrap()).into();
    let line = SlowLine::to(server, LINE).await;
    url.set_port(Some(line.at.port())).unwrap();
    (line, url.into())
}

/// Reports and hangs up, reports and stays for the answer.
async fn client_of_the_storm(world: Arc<World>, told: Arc<AtomicU64>, salt: u64, client: u64) {
    let mut dice = Dice::of_this_run(salt * 1_000 + client);
    let caller = Caller::new(world.listen);
    let end = Instant::now() + STORM;
    let mut n = 0;
    // An answer usually takes so many milliseconds here: hang-ups fall anywhere within.
    let mut usual = 25;
    while Instant::now() < end && told.load(Ordering::Relaxed) < ENOUGH {
        n += 1;
        let token = format!("tok-storm{salt}-{client}-{n}");
        let command = Command::report(&format!("{token} a strange mail"));
        // Nobody hangs up twice in a row: work that is shielded goes on, and would pile up without an end.
        if n % 2 == 1 {
            caller.hang_up_after(&command, dice.millis(1, usual)).await;
        } else if let Some(answer) = caller.call(&command).await
            && note(&world, &token, &answer)
        {
            told.fetch_add(1, Ordering::Relaxed);
            usual = u64::try_from(answer.took.as_millis()).unwrap().max(10);
        }
    }
}

/// Reports whose senders leave while a transaction is being begun for them, one after the other.
async fn last_gust(world: &World, line: &SlowLine, salt: u64) {
    let caller = Caller::new(world.listen);
    for n in 0..LAST_GUST {
        let command = Command::report(&format!("tok-storm{salt}-gust-{n} a strange mail"));
        caller
            .hang_up_at(&command, line.next_begin(), Duration::from_secs(1))
            .await;
    }
}

/// Whoever comes last meets what the others left behind: something that cannot be read, which is kept all the same.
async fn after_the_storm(world: Arc<World>, salt: u64, client: u64) {
    let caller = Caller::new(world.listen);
    for n in 0..AFTERWARDS {
        let command = Command::unreadable_event(&format!("tok-storm{salt}-{client}-unread-{n}"));
        if let Some(answer) = caller.call(&command).await
            && answer.status == 200
        {
            world.ledger.accepted(&command.wire_sha256());
        }
    }
}

/// Writes down a number that somebody read; says whether there was one.
fn note(world: &World, token: &str, answer: &Answer) -> bool {
    if answer.status != 200 || answer.body.to_lowercase().contains("not confirmed") {
        return false;
    }
    let number = number_in(&answer.body);
    if let Some(number) = &number {
        world.ledger.told("U0ALICE", token, number);
    }
    number.is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_hang_ups_loses_nothing_and_would_show_it() {
    let shielded = storm(true, 1).await;
    assert!(
        shielded.told >= 10,
        "hardly anything was acknowledged: {shielded:?}"
    );
    facts::note(&format!(
        "hang-up storm on PostgreSQL with the shield: {} reports and {} other deliveries acknowledged, 0 lost",
        shielded.told, shielded.accepted
    ));
    let mut seen = Outcome::default();
    for attempt in 1..=TRIES {
        let outcome = storm(false, 1 + attempt).await;
        seen.told += outcome.told;
        seen.accepted += outcome.accepted;
        seen.lost += outcome.lost;
        if seen.lost > 0 {
            facts::note(&format!(
                "hang-up storm on PostgreSQL without the shield: {} reports and {} other deliveries acknowledged, {} lost (shown in storm {attempt})",
                seen.told, seen.accepted, seen.lost
            ));
            return;
        }
    }
    panic!(
        "{TRIES} storms without the shield showed no loss ({seen:?}): this storm could not see one"
    );
}
