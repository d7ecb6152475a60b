//! Two bots on one PostgreSQL: one is paused past its lease and wakes up. Nothing is sent twice but what was on its way, nothing is lost.
//!
//! Invariants: the pause is a SIGSTOP, so that the sleeper believes in its leases when it wakes; the other takes over. Neighbours: the
//! store's epochs fence the sleeper.

use std::time::Duration;

use serde_json::json;

use super::world::World;
use super::world::database::Kind;
use super::world::people::People;
use super::world::settings::{Door, SENDERS};
use super::world::{checker, free_address};
use crate::harness::facts;

/// Leases run out after two seconds.
const PAST_THE_LEASE: Duration = Duration::from_secs(3);
/// How often one of them is paused.
const PAUSES: u64 = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_replica_doubles_nothing_and_loses_nothing() {
    let mut world = World::new(Kind::Postgres, Door::Socket).await;
    world.settings().replicas = 2;
    world.settings().connections = 6;
    let mut bots = Vec::new();
    for name in ["one", "other"] {
        let mut bot = world.start_replica(name, free_address(), &[]);
        bot.must_be_ready().await;
        bots.push(bot);
    }
    let people = People::at_work(
        &world.emulator.door,
        &world.ledger,
        "replicas",
        Duration::from_millis(150),
    );
    let slow = json!({ "kind": "hang", "seconds": 1 });
    for pause in 0..PAUSES {
        // Some messages are held up in the stand-in, so that the sleeper falls asleep over messages on their way.
        let door = &world.emulator.door;
        door.fault("chat.postMessage", slow.clone(), 4)
            .await
            .unwrap();
        world.ledger.crash("paused");
        let index = usize::from(pause % 2 == 1);
        let sleeper = bots[index].process();
        sleeper.signal("STOP");
        assert_eq!(sleeper.ended_within(PAST_THE_LEASE).await, None);
        sleeper.signal("CONT");
    }
    people.go_home().await;
    world
        .emulator
        .door
        .control("clear_faults", json!({}))
        .await
        .unwrap();
    world.drain().await;
    for bot in bots {
        bot.stop().await;
    }
    assert_eq!(checker::waiting(&world.database.url), Some(0));
    let verdict = world.must_hold("after the pauses of two replicas", SENDERS);
    facts::note(&format!(
        "two replicas on PostgreSQL, {PAUSES} pauses past the lease: {} reports acknowledged, {} lost, {} messages, {} sent twice (all on \
         their way at a pause, all flagged)",
        verdict.figure("acknowledged"),
        verdict.lost,
        verdict.figure("messages"),
        verdict.figure("sent_twice_flagged"),
    ));
    assert!(verdict.figure("acknowledged") >= PAUSES);
}
