//! Feedback: each reporter is told the outcome; what cannot be delivered is on the record and alarmed. And closing, which plans it.

use super::{closed, false_alarm, opened, taken};
use crate::harness::world::World;
use serde_json::json;

everywhere!(
    an_incident_is_rated_at_closing,
    close_takes_what_nobody_took,
    an_outcome_must_fit,
    every_reporter_is_told,
    a_reporter_who_withdrew_is_not_told,
    who_reports_a_closed_case_is_answered_at_once,
    a_reporter_who_cannot_be_told,
    a_receipt_that_cannot_be_delivered,
);
// On Slack alone: the reasons stand in `slack_alone`.
both!(close_asks_for_what_is_missing,);

async fn an_incident_is_rated_at_closing(world: &World) {
    let (number, card) = super::opened(world).await;
    let rita = world.person("rita");
    rita.presses(&card, "Close").await.opens("Close");
    let mut ended = json!({
        "What is it?": "Incident", "Why?": "The password was used.",
        "Outcome": "Incident, contained and resolved", "Closure notes": "Password changed.",
    });
    rita.fills(ended.clone())
        .await
        .complains_about("Severity", "An incident needs a severity");
    ended["Severity"] = "SEV2".into();
    rita.fills(ended).await.says("is closed");
    world
        .person("alice")
        .reads(&[&format!("Outcome of {number}")])
        .await;
    rita.sees_card(&number).await.says("SEV2").says("Incident");
    let rated = &world.entries(&number, "severity_changed").await[0];
    assert_eq!(rated["reason"], "Rated at closing.");
}

async fn close_asks_for_what_is_missing(world: &World) {
    let number = super::reported(world, "Something is odd with my chair").await;
    let (alice, rita) = (world.person("alice"), world.person("rita"));
    let card = rita.sees_card(&number).await;
    let form = rita.presses(&card, "Close").await;
    form.opens("Close")
        .says("The reporter will be told the sentence of the outcome");
    assert_eq!(
        form.fields(),
        [
            "Category",
            "Which of these are true?",
            "What is it?",
            "Why?",
            "Severity",
            "Outcome",
            "Closure notes",
        ]
    );
    // What is typed stays while the answer to the reporters is looked at.
    let preview = rita
        .types_and_presses(
            json!({
                "Category": "Lost or stolen device, or a stranger on site", "What is it?": "False alarm",
                "Why?": "It was the cleaner.", "Outcome": "False alarm",
            }),
            "Preview the answer to reporters",
        )
        .await;
    preview.says("there was no danger. Please report again next time");
    assert!(preview.field("Why?").contains("It was the cleaner."));
    rita.fills(json!({"Closure notes": "The chair is back."}))
        .await
        .says("is closed");
    alice.reads(&["Outcome of"]).await[0]
        .says("there was no danger")
        .hides("cleaner");
    let record = world.record(&number).await;
    assert_eq!(
        record[3..],
        [
            "taken",
            "category_set",
            "assessed",
            "closed",
            "feedback_planned",
            "sent"
        ],
        "each missing piece is an entry of its own: {record:?}"
    );
    rita.sees_card(&number)
        .await
        .says("Closed")
        .says("The chair is back.");
}

async fn close_takes_what_nobody_took(world: &World) {
    let (number, card) = opened(world).await;
    let rita = world.person("rita");
    rita.presses(&card, "Close").await.opens("Close");
    rita.fills(false_alarm()).await.says("is closed");
    world.person("alice").reads(&["Outcome of"]).await;
    rita.sees_card(&number)
        .await
        .says("Rita Roth")
        .says("Closed");
}

async fn an_outcome_must_fit(world: &World) {
    let (_, card) = taken(world).await;
    let rita = world.person("rita");
    rita.presses(&card, "Close").await.opens("Close");
    let mut entered = false_alarm();
    entered["Outcome"] = json!("Incident, contained and resolved");
    rita.fills(entered)
        .await
        .complains_about("Outcome", "does not fit \"False alarm\"");
    rita.leaves_form().await;
}

async fn every_reporter_is_told(world: &World) {
    let (bob, alice, gwen, rita) = (
        world.person("bob"),
        world.person("alice"),
        world.person("gwen"),
        world.person("rita"),
    );
    let odd = bob
        .says("general", "Click here for your bonus")
        .await
        .posted();
    alice.reacts(&odd).await.is_silent();
    gwen.reacts(&odd).await.is_silent();
    alice.reads(&["SE-2026-0001"]).await;
    gwen.reads(&["SE-2026-0001"]).await;
    let card = rita.sees_card("SE-2026-0001").await;
    rita.reads_thread(&card, &["Somebody else reported the same"])
        .await;
    let form = rita.presses(&card, "Close").await;
    form.says("Each of the 2 reporters will be told");
    let mut entered = false_alarm();
    if form.fields().contains(&"Category") {
        entered["Category"] = json!("Phishing, or somebody pretending to be somebody");
    }
    rita.fills(entered)
        .await
        .says("Each reporter is told the outcome now");
    for person in [alice, gwen] {
        person.reads(&["Outcome of SE-2026-0001"]).await[0]
            .says("there was no danger")
            .hides("Rita Roth");
    }
    bob.reads(&[]).await;
    rita.sees_card("SE-2026-0001").await.says("Closed");
}

async fn a_reporter_who_withdrew_is_not_told(world: &World) {
    let (number, card) = taken(world).await;
    let (alice, rita) = (world.person("alice"), world.person("rita"));
    let receipt = alice.finds("recorded as").await;
    alice
        .presses(&receipt, "Withdraw")
        .await
        .says("is withdrawn");
    rita.reads_thread(&card, &["was withdrawn"]).await;
    rita.presses(&card, "Close")
        .await
        .says("No reporter waits for an answer");
    rita.fills(false_alarm()).await.says("is closed");
    alice.reads(&[]).await;
    let planned = world.entries(&number, "feedback_planned").await;
    assert!(
        planned[0].to_string().contains("withdr"),
        "the reason is on the record: {planned:?}"
    );
}

async fn a_reporter_who_cannot_be_told(world: &World) {
    let (number, card) = taken(world).await;
    let rita = world.person("rita");
    world.takes_no_messages("alice", "user_disabled").await;
    world.expect_alarm("feedback_failed");
    world.expect_alarm("outbox_gave_up");
    rita.presses(&card, "Close").await.opens("Close");
    rita.fills(false_alarm()).await.says("is closed");
    rita.reads_thread(&card, &["could not be told the outcome of"])
        .await[0]
        .says("Alice Adler")
        .says("tell them another way");
    let record = world.record(&number).await;
    assert_eq!(record.last().unwrap(), "send_failed");
    rita.sees_card(&number).await.says("Closed");
}

async fn a_receipt_that_cannot_be_delivered(world: &World) {
    let (alice, rita) = (world.person("alice"), world.person("rita"));
    world.takes_no_messages("alice", "cannot_dm_bot").await;
    world.expect_alarm("outbox_gave_up");
    // The answer in line is there, and the case too.
    let number = alice.reports("My badge is gone").await.number();
    let card = rita.sees_card(&number).await;
    rita.reads_thread(&card, &["the receipt could not be delivered"])
        .await[0]
        .says("Alice Adler");
}

async fn who_reports_a_closed_case_is_answered_at_once(world: &World) {
    let (number, card) = closed(world).await;
    let (rob, rita) = (world.person("rob"), world.person("rita"));
    rob.reacts(&card).await.is_silent();
    rob.reads(&["now belongs to", &format!("Outcome of {number}")])
        .await;
    rita.reads_thread(&card, &["Somebody else reported the same"])
        .await;
}
