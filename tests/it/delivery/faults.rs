//! A platform that limits, fails, hangs and loses answers.

use super::stage::{Stage, retry_after};
use chrono::TimeDelta;
use secevent::{
    delivery::{POSSIBLE_DUPLICATE, Watch},
    store::OutboxState,
};
use serde_json::json;
use std::{sync::Arc, time::Duration};

on_both!(
    retry_after_is_honoured_and_costs_nothing,
    a_limit_without_retry_after_backs_off_by_doubling,
    an_error_of_the_server_is_tried_again,
    a_call_that_never_ends_is_cut_off_and_flagged,
    a_lost_answer_is_sent_again_and_flagged,
    what_never_works_is_given_up_with_an_alarm,
    a_full_lane_does_not_delay_another,
    an_outbox_that_does_not_drain_is_an_alarm,
);

const POST: &str = "chat.postMessage";

/// A stage with one receipt on its way and the card already posted.
async fn one_receipt(stage: &Stage) {
    stage.report("alice", "one").await;
}

async fn retry_after_is_honoured_and_costs_nothing(stage: Stage) {
    stage
        .control(
            "fault",
            json!({"method": POST, "fault": retry_after(30), "times": 2}),
        )
        .await;
    one_receipt(&stage).await;
    assert_eq!(stage.pass().await.temporary, 2);
    let calls = stage.calls(POST).await;
    stage.advance(29);
    assert_eq!(stage.pass().await.claimed, 0, "the lanes rest");
    assert_eq!(stage.calls(POST).await, calls);
    stage.advance(1);
    assert_eq!(stage.pass().await.delivered, 2);
    assert_eq!(
        stage.row("receipt:").await.attempts,
        1,
        "the limits cost nothing"
    );
}

async fn a_limit_without_retry_after_backs_off_by_doubling(stage: Stage) {
    stage.fault(POST, json!({"kind": "rate_limited"}), 6).await;
    one_receipt(&stage).await;
    for wait in [1, 2, 4] {
        assert_eq!(stage.pass().await.temporary, 2);
        stage
            .clock
            .advance(TimeDelta::milliseconds(wait * 1000 - 1));
        assert_eq!(stage.pass().await.claimed, 0);
        stage.clock.advance(TimeDelta::milliseconds(1));
    }
    assert_eq!(stage.pass().await.delivered, 2);
    assert_eq!(stage.row("receipt:").await.attempts, 1);
}

async fn an_error_of_the_server_is_tried_again(stage: Stage) {
    stage
        .fault(POST, json!({"kind": "status", "code": 503}), 4)
        .await;
    one_receipt(&stage).await;
    let all = stage.drain().await;
    assert_eq!((all.temporary, all.delivered), (4, 2), "{all:?}");
    assert_eq!(stage.direct("alice").await.len(), 1);
}

async fn a_call_that_never_ends_is_cut_off_and_flagged(stage: Stage) {
    stage.fault(POST, json!({"kind": "hang"}), 2).await;
    one_receipt(&stage).await;
    assert_eq!(stage.impatient().run_once().await.temporary, 2);
    assert!(stage.row("receipt:").await.maybe_sent);
    stage.control("release", json!({})).await;
    stage.drain().await;
    let attempts = stage.attempts("receipt:").await;
    assert_eq!(
        attempts.last().unwrap().status.as_deref(),
        Some(POSSIBLE_DUPLICATE)
    );
}

async fn a_lost_answer_is_sent_again_and_flagged(stage: Stage) {
    stage.fault(POST, json!({"kind": "lost_answer"}), 2).await;
    one_receipt(&stage).await;
    stage.drain().await;
    assert_eq!(
        stage.direct("alice").await.len(),
        2,
        "a doubled receipt beats a lost one"
    );
    let attempts = stage.attempts("receipt:").await;
    assert_eq!(attempts.len(), 2);
    assert_eq!(attempts[0].status, None);
    assert_eq!(attempts[1].status.as_deref(), Some(POSSIBLE_DUPLICATE));
}

async fn what_never_works_is_given_up_with_an_alarm(stage: Stage) {
    let case = stage.report("alice", "one").await;
    stage.drain().await;
    stage
        .workflow
        .escalate(&stage.cx("ivy"), case, "ransom".to_owned())
        .await
        .unwrap();
    stage
        .control(
            "fault",
            json!({"method": POST, "fault": {"kind": "status", "code": 503}, "forever": true}),
        )
        .await;
    for _ in 0..300 {
        stage.pass().await;
        stage.advance(1);
        if !stage.rows(&[OutboxState::Dead]).await.is_empty() {
            break;
        }
    }
    let dead = stage.rows(&[OutboxState::Dead]).await;
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].attempts, 8, "a page is given up early");
    assert!(
        dead[0]
            .last_error
            .as_ref()
            .unwrap()
            .contains("8 attempts failed")
    );
    let alarm = "outbox_gave_up".to_owned();
    assert!(stage.alarms().await.contains(&alarm));
    assert!(
        stage
            .entries(case)
            .await
            .contains(&"send_failed".to_owned())
    );
    assert!(
        stage
            .bench
            .store
            .retry(dead[0].notification.id, stage.bench.now)
            .await
            .unwrap()
    );
    // It is tried again, so nothing has been given up; if it is once more, there is a new alarm.
    assert!(!stage.alarms().await.contains(&alarm));
}

async fn a_full_lane_does_not_delay_another(stage: Stage) {
    for n in 0..5 {
        stage.report("alice", &format!("report {n}")).await;
    }
    stage.report("bob", "mine").await;
    let pass = stage.pass().await;
    assert_eq!(
        pass.delivered, 3,
        "one each of the queue, Alice and Bob: {pass:?}"
    );
    assert_eq!(stage.direct("bob").await.len(), 1);
    stage.advance(1);
    assert_eq!(stage.pass().await.delivered, 2, "one a second and lane");
}

async fn an_outbox_that_does_not_drain_is_an_alarm(stage: Stage) {
    let clock = Arc::new(stage.clock.clone());
    let entropy = Arc::new(crate::store::bench::ENTROPY);
    let watch = Watch::new(
        stage.bench.store.clone(),
        clock,
        entropy,
        Duration::from_secs(60),
    );
    stage.report("alice", "one").await;
    assert!(watch.run_once().await.unwrap().ok);
    stage.advance(61);
    assert!(!watch.run_once().await.unwrap().ok);
    assert!(!watch.readiness().await.ok);
    assert_eq!(stage.alarms().await, ["outbox_stuck"]);
    stage.drain().await;
    assert!(watch.run_once().await.unwrap().ok);
    assert!(stage.alarms().await.is_empty());
}
