//! The leftover checks themselves: each of them can fail.

use super::reported;
use crate::harness::{
    leftovers,
    setup::Setup,
    world::{Database, World},
};
use secevent::domain::{clock::SystemEntropy, decision::AlarmKind};
use serde_json::json;

async fn world() -> World {
    World::start(Database::sqlite(), Setup::default()).await
}

#[track_caller]
fn names(left: &[String], words: &str) {
    assert!(
        left.iter().any(|one| one.contains(words)),
        "{words:?} is not among {left:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_nobody_read_is_left_over() {
    let world = world().await;
    let _ = world.person("alice").reports("My badge is gone").await;
    world.settle().await;
    let left = leftovers::unread(&world).await;
    names(&left, "recorded as SE-2026-0001");
    names(&left, "SE-2026-0001: New");
    assert_eq!(left.len(), 2, "{left:?}");
    world.abandon().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_was_not_sent_is_left_over() {
    let world = world().await;
    let _ = world.person("alice").reports("My badge is gone").await;
    names(&leftovers::undrained(&world).await, "receipt:");
    world.settle().await;
    assert_eq!(leftovers::undrained(&world).await, Vec::<String>::new());
    world.abandon().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_in_the_log_is_left_over() {
    let world = world().await;
    let runtime = world.app.runtime();
    let told = runtime.spawn("story", async { tracing::error!("the sky fell") });
    told.await.unwrap();
    names(&leftovers::errors(&world), "the sky fell");
    world.expect_error("the sky fell");
    assert_eq!(leftovers::errors(&world), Vec::<String>::new());
    world.abandon().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dead_workers_and_panics_are_left_over() {
    let world = world().await;
    let runtime = world.app.runtime();
    let panicked = runtime.spawn("clumsy", async { panic!("stumbled") });
    assert!(panicked.await.is_err());
    runtime.worker("lazy", |_stop| async {});
    while runtime.dead_workers().is_empty() {
        tokio::task::yield_now().await;
    }
    let left = leftovers::dead(&world);
    names(&left, "panicked tasks: 1");
    names(&left, "lazy");
    world.abandon().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alarm_that_nobody_expected_is_left_over_and_so_is_a_missing_one() {
    let world = world().await;
    let store = world.app.store();
    store
        .raise_alarm(
            AlarmKind::OutboxStuck,
            "outbox",
            "nothing moves",
            world.now(),
            &SystemEntropy,
        )
        .await
        .unwrap();
    names(&leftovers::alarms(&world).await, "nothing moves");
    world.expect_alarm("outbox_stuck");
    world.expect_alarm("socket_down");
    assert_eq!(
        leftovers::alarms(&world).await,
        ["the alarm socket_down is not open"]
    );
    world.abandon().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_chain_is_left_over() {
    use sea_orm::{ConnectionTrait, Database as Raw};
    let world = world().await;
    reported(&world, "My badge is gone").await;
    let raw = Raw::connect(&world.database.url).await.unwrap();
    for sql in [
        "drop trigger timeline_payload_refuses_update",
        "update timeline_payload set json = replace(json, 'badge', 'wallet')",
    ] {
        raw.execute_unprepared(sql).await.unwrap();
    }
    names(&leftovers::broken_chains(&world).await, "broken chain");
    world.abandon().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_call_and_an_unused_fault_are_left_over() {
    let world = world().await;
    let (door, fault) = (
        world.door(),
        json!({"kind": "error", "error": "msg_too_long"}),
    );
    door.fault("chat.postMessage", fault, 99).await.unwrap();
    names(&leftovers::faults(&world).await, "never struck");
    let _ = world.person("alice").reports("My badge is gone").await;
    world.step().await;
    names(&leftovers::refused(&world).await, "msg_too_long");
    world.abandon().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[should_panic(expected = "left over")]
async fn a_world_with_leftovers_does_not_finish() {
    let world = world().await;
    let _ = world.person("alice").reports("My badge is gone").await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[should_panic(expected = "a story must end with `finish`")]
async fn a_world_that_is_not_finished_fails() {
    drop(world().await);
}
