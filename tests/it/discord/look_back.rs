//! After a session that is over: what was told to nobody is found, what was told is not said again, and where nobody could look an alarm says so.

use super::stage::{LONG, Process, World as Stage};
use crate::harness::{
    setup::Setup,
    stand::Host,
    world::{Database, World},
};
use chrono::TimeDelta;
use secevent::emulator::discord::seed::GENERAL;
use serde_json::json;
use std::time::Instant;

/// A look back is owed.
const OWED: &str = "select 1 from seat where owed_since is not null";
/// The channel was not looked through.
const BLIND: &str = "select 1 from alarm where kind = 'events_missed' and subject = 'discord:1100000000000000101' and cleared_at is null";
/// Nobody looks anywhere.
const NOBODY: &str = "select 1 from alarm where kind = 'events_missed' and subject = 'discord' and cleared_at is null";

/// Three reactions are told; then the session expires, and four more are told to nobody.
async fn forgotten(world: &Stage) -> Process {
    let process = world.start();
    process.up().await;
    world.marks(0..3).await;
    assert!(world.heard(LONG, |heard| heard.reactions().0 == 3).await);
    world.until_kept().await;
    world.socket(json!({ "what": "refuse" })).await;
    world.socket(json!({ "what": "forget" })).await;
    world.marks(3..7).await;
    process
}

async fn mended(world: &Stage) {
    world.socket(json!({ "what": "refuse", "on": false })).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_back_that_was_cut_short_is_done_by_the_next_process() {
    let world = Stage::new().await;
    let process = forgotten(&world).await;
    let door = world.emulator.door();
    let hang = json!({ "kind": "hang" });
    door.fault("messages.list", hang, 1).await.unwrap();
    mended(&world).await;
    // The new session's place is kept, and with it that nobody has looked yet.
    world.until_row(OWED, true).await;
    process.stop().await;
    assert_eq!(world.counting.reactions().0, 3);
    let process = world.start();
    assert!(world.heard(LONG, |heard| heard.reactions().0 == 7).await);
    world.until_row(OWED, false).await;
    // The session was taken up again: the debt did not need a third one.
    assert_eq!(process.health.state().sessions, (0, 1));
    process.stop().await;
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_found_and_not_stored_is_tried_again() {
    let world = Stage::new().await;
    let process = forgotten(&world).await;
    *world.counting.refuse.lock().unwrap() = 2;
    mended(&world).await;
    // Three told, seven found, two of these twice.
    assert!(
        world
            .heard(LONG, |heard| heard.reactions() == (7, 12))
            .await
    );
    world.until_row(OWED, false).await;
    process.stop().await;
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_that_cannot_be_looked_through_is_alarmed_until_it_can() {
    let world = Stage::new().await;
    let process = forgotten(&world).await;
    let door = world.emulator.door();
    let broken = json!({ "method": "messages.list", "fault": { "kind": "status", "code": 500 }, "forever": true });
    door.control("fault", broken).await.unwrap();
    mended(&world).await;
    world.until_row(BLIND, true).await;
    assert_eq!(world.counting.reactions().0, 3);
    // Whoever comes next goes on trying, and the alarm stays.
    process.stop().await;
    let process = world.start();
    process.up().await;
    world.until_row(BLIND, true).await;
    door.control("clear_faults", json!({})).await.unwrap();
    assert!(world.heard(LONG, |heard| heard.reactions().0 == 7).await);
    world.until_row(BLIND, false).await;
    world.until_row(OWED, false).await;
    process.stop().await;
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_call_that_fails_costs_no_other_report() {
    let world = Stage::new().await;
    let process = forgotten(&world).await;
    let door = world.emulator.door();
    let broken = json!({ "kind": "status", "code": 500 });
    door.fault("reactions.list", broken, 1).await.unwrap();
    mended(&world).await;
    // Each was handed over once more, though the channel was looked through twice.
    assert!(
        world
            .heard(LONG, |heard| heard.reactions() == (7, 10))
            .await
    );
    world.until_row(OWED, false).await;
    process.stop().await;
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_no_channel_is_watched_an_alarm_says_that_nobody_looked() {
    let mut world = Stage::new().await;
    world.settings.watch_channels.clear();
    let process = forgotten(&world).await;
    // The first session of all was preceded by nothing.
    assert_eq!(world.number(NOBODY).await, None);
    mended(&world).await;
    world.until_row(NOBODY, true).await;
    world.until_row(OWED, false).await;
    process.stop().await;
    world.end(0).await;
}

/// The session expires; then the watched channels were looked through.
async fn expires(world: &World) {
    let said = "looked through the watched channels";
    let looked = || {
        let lines = world.capture.lines();
        lines.iter().filter(|line| line.contains(said)).count()
    };
    let (before, begun) = (looked(), Instant::now());
    world.control("socket", json!({ "what": "forget" })).await;
    while looked() == before {
        assert!(begun.elapsed() < LONG, "nobody looked");
        tokio::task::yield_now().await;
    }
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_told_before_is_answered_no_second_time_however_long_ago_it_was() {
    let setup = Setup {
        settings: vec![("discord", "watch_channels = \"1100000000000000101\"\n")],
        ..Setup::default().on(Host::Discord)
    };
    assert_eq!(GENERAL.to_string(), "1100000000000000101");
    let world = World::start(Database::sqlite(), setup).await;
    let alice = world.person("alice");
    let bob = world.person("bob");
    let number = alice
        .mentions_bot("general", "my phone was stolen")
        .await
        .number();
    alice.reads_some(&number).await;
    let lure = bob.says("general", "click here to win").await.posted();
    alice.reacts(&lure).await.is_silent();
    alice.reads_some("SE-2026-0002").await;
    bob.mentions_bot("general", "help").await.says("/secevent");
    for number in ["SE-2026-0001", "SE-2026-0002"] {
        let card = world.person("rita").sees_card(number).await;
        card.says(number);
    }
    let records = async || {
        [
            world.record("SE-2026-0001").await,
            world.record("SE-2026-0002").await,
        ]
    };
    let before = records().await;

    // Long enough that Discord does not know any more what it was given twice.
    world.pass(TimeDelta::hours(1)).await;
    expires(&world).await;
    assert_eq!(records().await, before);

    // Nothing is known of these deliveries any more.
    world.pass(TimeDelta::days(31)).await;
    let purged = world.app.store().purge_seen(world.now()).await.unwrap();
    assert!(purged >= 2, "{purged}");
    expires(&world).await;
    assert_eq!(records().await, before);
    assert_eq!(world.case_count().await, 2);
    // For so long nobody heard anything; nobody looks that far back, and it is said.
    world.expect_alarm("events_missed");
    // Nobody has anything new to read: else it were left over.
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mention_that_nobody_was_told_of_becomes_a_case_with_one_receipt() {
    let setup = Setup {
        settings: vec![("discord", "watch_channels = \"1100000000000000101\"\n")],
        ..Setup::default().on(Host::Discord)
    };
    let world = World::start(Database::sqlite(), setup).await;
    let alice = world.person("alice");
    let event = json!({ "surface": "MESSAGE_CREATE", "fault": { "kind": "dropped" }, "times": 2 });
    world.control("delivery_fault", event).await;
    let _ = alice.mentions_bot("general", "my phone was stolen").await;
    let _ = alice.mentions_bot("general", "help").await;
    assert_eq!(world.case_count().await, 0);
    expires(&world).await;
    assert_eq!(world.case_count().await, 1);
    alice.reads(&["SE-2026-0001"]).await;
    let card = world.person("rita").sees_card("SE-2026-0001").await;
    card.says("phone");
    world.finish().await;
}
