//! What is told, to whom, in which order, and what the record says of it.

use super::stage::Stage;
use secevent::{
    domain::{
        assessment::Assessment,
        decision::MessageRole,
        input::{AssessInput, CloseInput},
        notification::DeliveryState,
    },
    store::OutboxState,
    workflow::{Done, Fault},
};
use std::collections::BTreeMap;

on_both!(
    a_report_is_answered_and_shown,
    a_card_is_posted_once_and_updated_afterwards,
    a_card_that_was_deleted_is_posted_anew,
    a_note_waits_for_its_card,
    an_acknowledged_page_is_never_sent,
    closing_tells_the_reporter,
    who_cannot_be_messaged_is_told_to_the_queue,
    a_page_that_fails_climbs_at_once,
);

async fn a_report_is_answered_and_shown(stage: Stage) {
    let case = stage
        .report("alice", "somebody asked for my password")
        .await;
    let pass = stage.pass().await;
    assert_eq!((pass.claimed, pass.delivered), (2, 2), "{pass:?}");
    let said = stage.direct("alice").await;
    assert_eq!(said.len(), 1);
    assert!(said[0].contains("SE-2027-0001"), "{said:?}");
    assert!(stage.queue().await[0].contains("SE-2027-0001"));
    assert!(stage.entries(case).await.contains(&"sent".to_owned()));
    let row = stage.row("receipt:").await;
    assert_eq!(
        (row.state, row.delivery),
        (OutboxState::Done, DeliveryState::Accepted)
    );
    let attempts = stage.attempts("receipt:").await;
    assert_eq!(attempts.len(), 1);
    assert_eq!(
        attempts[0].content_sha256.as_ref().map(String::len),
        Some(64)
    );
    assert_eq!(attempts[0].status, None);
    let store = &stage.bench.store;
    let receipts = store
        .messages_of_case(case, MessageRole::Receipt)
        .await
        .unwrap();
    assert_eq!(receipts.len(), 1);
    assert!(
        receipts[0].person.is_some(),
        "the thread belongs to a reporter"
    );
    assert_eq!(stage.pass().await.claimed, 0, "nothing is sent twice");
}

async fn a_card_is_posted_once_and_updated_afterwards(stage: Stage) {
    let case = stage.report("alice", "one").await;
    stage.drain().await;
    let posted = stage.calls("chat.postMessage").await;
    stage.advance(5);
    for _ in 0..2 {
        // Several causes at once are one update.
        stage.workflow.take(&stage.cx("rita"), case).await.ok();
        stage.workflow.take(&stage.cx("ben"), case).await.ok();
    }
    stage.drain().await;
    assert_eq!(stage.calls("chat.update").await, 1);
    assert_eq!(stage.queue().await.len(), 1);
    assert_eq!(stage.calls("chat.postMessage").await, posted);
}

async fn a_card_that_was_deleted_is_posted_anew(stage: Stage) {
    let case = stage.report("alice", "one").await;
    stage.drain().await;
    stage.advance(5);
    stage
        .fault(
            "chat.update",
            serde_json::json!({"kind": "error", "error": "message_not_found"}),
            1,
        )
        .await;
    stage.workflow.take(&stage.cx("rita"), case).await.unwrap();
    let pass = stage.drain().await;
    assert_eq!((pass.delivered, pass.permanent), (1, 0), "{pass:?}");
    assert_eq!(stage.queue().await.len(), 2);
    let card = stage.bench.store.card_message(case).await.unwrap();
    assert_eq!(
        stage.row("card:").await.message,
        card,
        "threads find the new card"
    );
}

async fn a_note_waits_for_its_card(stage: Stage) {
    stage
        .fault(
            "chat.postMessage",
            serde_json::json!({"kind": "status", "code": 503}),
            3,
        )
        .await;
    let case = stage.report("alice", "one").await;
    stage
        .workflow
        .escalate(&stage.cx("ivy"), case, "now".to_owned())
        .await
        .unwrap();
    stage.drain().await;
    let card = stage.bench.store.card_message(case).await.unwrap().unwrap();
    let root = secevent::emulator::slack::MessageRef {
        channel: card.channel,
        ts: card.message,
    };
    let thread = stage
        .workspace
        .as_user("rita")
        .read_thread(&root)
        .await
        .unwrap();
    assert!(
        thread.len() >= 2,
        "the note that the page was sent stands in the card's thread"
    );
    assert_eq!(stage.queue().await.len(), 1, "and not in the channel");
}

async fn an_acknowledged_page_is_never_sent(stage: Stage) {
    let case = stage.report("alice", "one").await;
    stage.drain().await;
    stage
        .workflow
        .escalate(&stage.cx("ivy"), case, "ransom note".to_owned())
        .await
        .unwrap();
    let run = stage
        .bench
        .store
        .open_escalation(case)
        .await
        .unwrap()
        .unwrap();
    stage
        .workflow
        .acknowledge(&stage.cx("rita"), run.id)
        .await
        .unwrap();
    stage.drain().await;
    assert_eq!(stage.row("page:").await.state, OutboxState::Cancelled);
    assert!(stage.direct("rita").await.is_empty());
}

async fn closing_tells_the_reporter(stage: Stage) {
    let case = stage.report("alice", "one").await;
    stage.drain().await;
    close(&stage, case).await.unwrap();
    stage.drain().await;
    assert_eq!(stage.direct("alice").await.len(), 2, "receipt and outcome");
    let open = stage.bench.store.open_deadlines(case).await.unwrap();
    assert!(
        open.is_empty(),
        "the deadline of the feedback is met: {open:?}"
    );
    assert!(stage.alarms().await.is_empty());
}

async fn close(stage: &Stage, case: secevent::domain::ids::CaseId) -> Result<Done, Fault> {
    let policy = stage.policy.current().policy;
    let outcome = policy
        .outcome
        .iter()
        .find(|outcome| outcome.fits.contains(&Assessment::FalsePositive))
        .unwrap();
    let category = policy
        .category
        .iter()
        .find(|one| one.id != "not_sure")
        .unwrap();
    let input = CloseInput {
        category: Some(category.id.clone()),
        assess: Some(AssessInput {
            criteria: BTreeMap::new(),
            result: Assessment::FalsePositive,
            rationale: "a drill of the phone company".to_owned(),
        }),
        severity: None,
        outcome: outcome.id.clone(),
        notes: "nothing happened".to_owned(),
    };
    stage.workflow.close(&stage.cx("rita"), case, input).await
}

async fn who_cannot_be_messaged_is_told_to_the_queue(stage: Stage) {
    stage
        .control(
            "refuse_dm",
            serde_json::json!({"user": "alice", "error": "cannot_dm_bot"}),
        )
        .await;
    let case = stage.report("alice", "one").await;
    let pass = stage.drain().await;
    assert_eq!(pass.permanent, 1, "{pass:?}");
    assert!(
        stage
            .entries(case)
            .await
            .contains(&"send_failed".to_owned())
    );
    assert_eq!(stage.row("receipt:").await.delivery, DeliveryState::Failed);
    assert_eq!(stage.alarms().await, ["outbox_gave_up"]);
    let notes = stage
        .bench
        .store
        .messages_of_case(case, MessageRole::Notice)
        .await
        .unwrap();
    assert_eq!(notes.len(), 1, "the queue's thread hears of it");
}

async fn a_page_that_fails_climbs_at_once(stage: Stage) {
    stage
        .control(
            "refuse_dm",
            serde_json::json!({"user": "rita", "error": "cannot_dm_bot"}),
        )
        .await;
    let case = stage.report("alice", "one").await;
    stage.drain().await;
    stage
        .workflow
        .escalate(&stage.cx("ivy"), case, "ransom note".to_owned())
        .await
        .unwrap();
    stage.drain().await;
    let said = stage.direct("ben").await;
    assert_eq!(
        said.len(),
        1,
        "the backup was paged without waiting for a deadline"
    );
}
