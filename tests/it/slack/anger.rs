//! Socket Mode in anger: what went wrong with other clients, each with its figure.
//!
//! The limits of time are those of [`super::stage::timings`], shorter than in production; a figure that depends on one names it.

use super::stage::{LONG, World, timings};
use crate::harness::facts;
use secevent::emulator::slack::Seed;
use serde_json::json;
use std::time::{Duration, Instant};

/// Commands of a busy while.
const COMMANDS: usize = 1_000;
/// People who type at the same time.
const TYPISTS: usize = 4;
/// How often all connections are replaced meanwhile; Slack does it every few hours.
const REPLACED: usize = 20;

/// What was told to people whose commands failed, of `n` that several people type at once.
async fn type_commands(world: &World, n: usize) -> Vec<String> {
    let door = world.emulator.door();
    let mut failed = Vec::new();
    for _ in 0..n / TYPISTS {
        let typed = ["alice", "bob", "rita", "ben"].map(|who| {
            let person = door.as_user(who);
            async move { person.slash("general", "/secevent odd").await.unwrap() }
        });
        for seen in futures_util::future::join_all(typed).await {
            failed.extend(seen.toast);
        }
    }
    failed
}

/// Warns every connection, waits for the successors, and has Slack close the old ones.
async fn replace_all(world: &World) {
    let door = world.emulator.door();
    let open = door.control("sockets", json!({})).await.unwrap();
    let old: Vec<_> = open["open"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].clone())
        .collect();
    door.sockets("warning").await.unwrap();
    world
        .until(|state| state.draining == old.len() && state.live == 2)
        .await;
    for id in old {
        let given = json!({ "what": "refresh", "socket": id, "seconds": 0.05 });
        door.control("socket", given).await.unwrap();
    }
    world
        .until(|state| state.draining == 0 && state.live == 2)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replaced_connections_cost_no_command_in_a_thousand() {
    let world = World::on_sockets().await;
    let replacing = async {
        for _ in 0..REPLACED {
            replace_all(&world).await;
        }
    };
    let (failed, ()) = tokio::join!(type_commands(&world, COMMANDS), replacing);
    assert_eq!(failed, Vec::<String>::new());
    let calls = world.calls("apps.connections.open").await;
    assert_eq!(calls, 2 * (REPLACED + 1));
    facts::note(&format!(
        "socket: {} of {COMMANDS} commands failed while both connections were warned and closed {REPLACED} times",
        failed.len()
    ));
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disconnect_without_details_is_a_warning_too() {
    let world = World::on_sockets().await;
    let door = world.emulator.door();
    let before = world.calls("apps.connections.open").await;
    for bare in [
        json!({ "type": "disconnect" }),
        json!({ "type": "disconnect", "reason": null }),
        json!({ "type": "disconnect", "reason": 7, "debug_info": "none" }),
    ] {
        let given = json!({ "what": "frame", "frame": bare });
        door.control("socket", given).await.unwrap();
        world.until(|state| state.live == 2).await;
    }
    let failed = type_commands(&world, 40).await;
    assert_eq!(failed, Vec::<String>::new());
    let asked = async {
        while world.calls("apps.connections.open").await < before + 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, asked).await.expect("replaced");
    assert!(world.stage.unreadable.lock().unwrap().is_empty());
    facts::note("socket: a disconnect without details: replaced, 0 of 40 commands failed");
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_websockets_asks_once_for_each_connection() {
    let world = World::on_sockets().await;
    let door = world.emulator.door();
    let before = world.calls("apps.connections.open").await;
    let begun = Instant::now();
    door.sockets("too_many").await.unwrap();
    let down = world.until(|state| state.live == 0).await;
    assert!(down.trouble().is_some(), "readiness must say so");
    world.until(|state| state.live == 2).await;
    let took = begun.elapsed();
    let asked = world.calls("apps.connections.open").await - before;
    assert!(took >= timings().too_many, "{took:?}");
    assert_eq!(asked, 2, "once for each connection");
    facts::note(&format!(
        "socket: too_many_websockets: apps.connections.open asked {asked} times, after a wait of {} ms",
        timings().too_many.as_millis()
    ));
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_hangs_delays_by_our_limit_only() {
    let mut world = World::new(Seed::example_corp()).await;
    let door = world.emulator.door();
    door.fault("apps.connections.open", json!({ "kind": "hang" }), 2)
        .await
        .unwrap();
    let begun = Instant::now();
    world.start_sockets();
    world.until(|state| state.live == 2).await;
    let took = begun.elapsed();
    assert!(took >= timings().io, "{took:?}");
    facts::note(&format!(
        "socket: apps.connections.open hung: connected after {} ms, with a limit of {} ms a call",
        took.as_millis(),
        timings().io.as_millis()
    ));
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_black_hole_is_found_by_its_silence() {
    let world = World::on_sockets().await;
    let door = world.emulator.door();
    let before = world.calls("apps.connections.open").await;
    let begun = Instant::now();
    door.sockets("silence").await.unwrap();
    let replaced = async {
        while world.calls("apps.connections.open").await < before + 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, replaced)
        .await
        .expect("replaced");
    world.until(|state| state.live == 2).await;
    let took = begun.elapsed();
    facts::note(&format!(
        "socket: a connection that swallows everything: replaced after {} ms, with {} ms of silence allowed",
        took.as_millis(),
        timings().idle.as_millis()
    ));
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_handler_delays_no_other() {
    let mut world = World::with(Seed::example_corp(), |settings| settings.connections = 1).await;
    world.start_sockets();
    world.until(|state| state.live == 1).await;
    let door = world.emulator.door();
    let (alice, bob) = (door.as_user("alice"), door.as_user("bob"));
    let slow = alice.slash("general", "/secevent slow");
    let others = async {
        let mut took = Vec::new();
        for _ in 0..50 {
            let begun = Instant::now();
            let seen = bob.slash("general", "/secevent odd").await.unwrap();
            assert!(seen.acknowledged, "{seen:?}");
            took.push(begun.elapsed());
        }
        world.stage.gate.add_permits(1);
        took
    };
    let (slow, mut took) = tokio::join!(slow, others);
    assert!(slow.unwrap().acknowledged);
    took.sort_unstable();
    let ms = |at: usize| took.get(at).map(Duration::as_millis).unwrap_or_default();
    facts::note(&format!(
        "socket: one handler held, one connection: 50 other commands acknowledged, median {} ms, slowest {} ms",
        ms(25),
        ms(49)
    ));
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_connections_share_the_work() {
    let mut world = World::with(Seed::example_corp(), |settings| settings.connections = 12).await;
    world.start_sockets();
    world.until(|state| state.live == 8).await;
    let failed = type_commands(&world, 80).await;
    assert_eq!(failed, Vec::<String>::new());
    let calls = world.calls("apps.connections.open").await;
    assert_eq!(
        calls, 8,
        "two of Slack's ten stay free for a change of release"
    );
    facts::note("socket: 8 connections of 12 asked for, 80 commands over them in turn, 0 failed");
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_frames_are_kept_and_end_no_connection() {
    let world = World::on_sockets().await;
    let door = world.emulator.door();
    let before = world.calls("apps.connections.open").await;
    let odd = [
        json!(null),
        json!(7),
        json!("x"),
        json!([{}]),
        json!({}),
        json!({ "type": {} }),
    ];
    let kinds = ["events_api", "interactive", "slash_commands", "a_new_kind"];
    for kind in kinds {
        for payload in &odd {
            let frame = json!({ "type": kind, "envelope_id": "e-odd", "payload": payload, "accepts_response_payload": true });
            let given = json!({ "what": "frame", "frame": frame });
            door.control("socket", given).await.unwrap();
        }
    }
    for frame in [
        json!(3),
        json!([]),
        json!("hello"),
        json!({ "envelope_id": 7 }),
        json!({ "type": "events_api" }),
    ] {
        let given = json!({ "what": "frame", "frame": frame });
        door.control("socket", given).await.unwrap();
    }
    let failed = type_commands(&world, 40).await;
    assert_eq!(failed, Vec::<String>::new());
    assert_eq!(
        world.calls("apps.connections.open").await,
        before,
        "no connection ended"
    );
    // Both connections were sent every frame.
    let expected = 2 * (kinds.len() * odd.len() + 5);
    let kept = async {
        while world.stage.unreadable.lock().unwrap().len() < expected {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(LONG, kept).await;
    let kept = world.stage.unreadable.lock().unwrap().len();
    assert!(waited.is_ok(), "{kept} of {expected} kept");
    world.end(0).await;
}
