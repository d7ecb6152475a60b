//! A database that somebody holds locked while a form is filled in: the person is answered in time all the same, and told whom to call.

use super::stage::{LONG, World};
use sea_orm::{ConnectOptions, ConnectionTrait, Database};
use secevent::chat::conversation::{Conversation, Settings};
use secevent::config::load_policy;
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Discord waits so long for an answer.
const LIMIT: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_is_answered_in_time_while_the_database_is_locked() {
    let mut world = World::new().await;
    // Half of the usual, so that a busy machine keeps within the limit.
    let confirm_within = Duration::from_secs(1);
    world.settings.timeouts.confirm = confirm_within;
    world.settings.timeouts.draft = confirm_within.mul_f64(0.35);
    let policy = load_policy(None).unwrap().policy;
    assert!(world.workflow.adopt_policy(policy).await.unwrap());
    let settings = Settings {
        confirm_within,
        ..Settings::default()
    };
    let conversation = Conversation::new(world.workflow.clone(), settings);
    let process = world.start_with(Arc::new(conversation));
    process.up().await;
    let alice = world.emulator.door().as_user("alice");
    let mut one = ConnectOptions::new(&world.url);
    one.max_connections(1);
    let holder = Database::connect(one).await.unwrap();
    let hold = holder.execute_unprepared("begin immediate");
    let _ = hold.await.unwrap();

    let begun = Instant::now();
    let opened = alice.slash("general", "/secevent report").await.unwrap();
    assert!(opened.acknowledged && begun.elapsed() < LIMIT, "{opened:?}");
    assert_eq!(alice.views().await.unwrap().len(), 1, "a form is open");
    let begun = Instant::now();
    let what = json!({ "What happened?": "I clicked a strange link" });
    let sent = alice.submit(what).await.unwrap();
    assert!(sent.acknowledged && begun.elapsed() < LIMIT, "{sent:?}");
    let told = alice.ephemerals().await.unwrap().pop().unwrap().shown;
    assert!(told.contains("Not confirmed"), "{told}");
    assert!(told.contains("+1 202 555 0101"), "{told}");

    // Whoever held it lets go: the report is stored by what went on meanwhile.
    let _ = holder.execute_unprepared("rollback").await.unwrap();
    holder.close().await.unwrap();
    let stored = async {
        while world.count("event_report").await == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, stored).await.unwrap();
    process.stop().await;
    world.end(0).await;
}
