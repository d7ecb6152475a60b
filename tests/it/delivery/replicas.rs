//! Several dispatchers on one database: nothing is sent twice, and who lost its lease records nothing.

use super::stage::Stage;
use chrono::TimeDelta;
use secevent::store::OutboxState;
use serde_json::json;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

on_both!(
    two_dispatchers_send_everything_once,
    who_is_paused_past_its_lease_is_fenced,
    the_running_dispatcher_is_woken_and_stops_gracefully,
);

async fn two_dispatchers_send_everything_once(stage: Stage) {
    let other = stage.bench.replica().await;
    let other = stage.replica(&other, "two");
    for n in 0..6 {
        stage
            .report(["alice", "bob", "max", "ivy", "ben", "rita"][n], "one")
            .await;
    }
    for _ in 0..12 {
        let (one, two) = tokio::join!(stage.dispatcher.run_once(), other.run_once());
        assert_eq!(one.unrecorded + two.unrecorded, 0);
        stage.advance(1);
    }
    assert_eq!(stage.rows(&[OutboxState::Done]).await.len(), 12);
    assert_eq!(stage.calls("chat.postMessage").await, 12);
    for row in stage.rows(&[]).await {
        let attempts = stage
            .bench
            .store
            .attempts(row.notification.id)
            .await
            .unwrap();
        assert_eq!(attempts.len(), 1);
    }
}

async fn who_is_paused_past_its_lease_is_fenced(stage: Stage) {
    stage
        .fault("chat.postMessage", json!({"kind": "hang"}), 2)
        .await;
    stage.report("alice", "one").await;
    let paused = stage.dispatcher.clone();
    let paused = tokio::task::JoinSet::from_iter([async move { paused.run_once().await }]);
    while stage.rows(&[OutboxState::Sending]).await.len() < 2 {
        tokio::task::yield_now().await;
    }
    // Its calls are there, and not only announced: else the other one's would hang in their place.
    while stage.faults_left().await > 0 {
        tokio::task::yield_now().await;
    }
    // The lease of the first one runs out while its calls hang.
    stage.clock.advance(TimeDelta::seconds(60));
    let other = stage.replica(&stage.bench.store, "two");
    let pass = other.run_once().await;
    assert_eq!(pass.delivered, 2, "{pass:?}");
    // Now the calls of the first one come back, after all: it is too late.
    stage.control("release", json!({})).await;
    let first = paused.join_all().await;
    assert_eq!(
        (first[0].delivered, first[0].unrecorded),
        (0, 2),
        "{first:?}"
    );
    let attempts = stage.attempts("receipt:").await;
    assert!(attempts.iter().any(|one| one.outcome == "unknown"));
    assert!(attempts.iter().any(|one| one.late && one.owner == "one"));
    assert_eq!(
        attempts
            .iter()
            .filter(|one| one.outcome == "delivered" && !one.late)
            .count(),
        1,
        "{attempts:?}"
    );
    assert_eq!(stage.row("receipt:").await.state, OutboxState::Done);
}

async fn the_running_dispatcher_is_woken_and_stops_gracefully(stage: Stage) {
    let stop = CancellationToken::new();
    let running = stage.dispatcher.clone().run(stop.clone());
    let running = tokio::task::JoinSet::from_iter([running]);
    stage.report("alice", "one").await;
    let alice = stage.workspace.as_user("alice");
    let read = async {
        while alice.read_dm("secevent").await.map_or(0, |seen| seen.len()) == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), read)
        .await
        .expect("the receipt came");
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(10), running.join_all())
        .await
        .expect("it stopped");
    assert!(
        stage
            .rows(&[OutboxState::Leased, OutboxState::Sending])
            .await
            .is_empty()
    );
}
