//! Doubled and retried deliveries: the same answer, and everything once.

use super::{opened, sorted};
use crate::harness::world::World;
use serde_json::json;

everywhere!(
    a_reply_that_arrives_twice,
    a_command_that_arrives_twice,
    a_reaction_that_arrives_twice,
    a_press_that_arrives_twice,
    a_form_that_arrives_twice,
    a_refusal_that_arrives_twice,
);
// On Slack alone: the reasons stand in `slack_alone`.
both!(Setup::http => a_command_over_http_that_arrives_twice);

async fn a_command_that_arrives_twice(world: &World) {
    for (n, fault) in ["doubled", "retried"].into_iter().enumerate() {
        world.arrives_again("command", fault).await;
        let number = format!("SE-2026-000{}", n + 1);
        let alice = world.person("alice");
        alice
            .reports(&format!("My badge is gone, {fault}"))
            .await
            .says(&number);
        alice.reads(&[&number]).await;
        world.person("rita").sees_card(&number).await.says(fault);
        assert_eq!(world.case_count().await, n + 1);
    }
}

async fn a_command_over_http_that_arrives_twice(world: &World) {
    a_command_that_arrives_twice(world).await;
}

async fn a_reaction_that_arrives_twice(world: &World) {
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    for (n, fault) in ["doubled", "retried"].into_iter().enumerate() {
        let odd = bob
            .says("general", &format!("Free bonus, {fault}"))
            .await
            .posted();
        world.arrives_again("event", fault).await;
        alice.reacts(&odd).await.is_silent();
        let number = format!("SE-2026-000{}", n + 1);
        alice.reads(&[&number]).await;
        let card = world.person("rita").sees_card(&number).await;
        world.person("rita").reads_thread(&card, &[]).await;
        assert_eq!(
            world.record(&number).await,
            ["reported", "advice_shown", "sent"]
        );
    }
}

async fn a_reply_that_arrives_twice(world: &World) {
    let (number, card) = opened(world).await;
    let rita = world.person("rita");
    world.arrives_again("event", "doubled").await;
    rita.replies(&card, "Looking").await.is_silent();
    assert_eq!(world.entries(&number, "said").await.len(), 1);
}

async fn a_refusal_that_arrives_twice(world: &World) {
    let alice = world.person("alice");
    let report = "Report a security event";
    alice.opens_report_form().await.opens(report);
    alice.wants_to_say_more().await;
    alice
        .fills(json!({
            "What happened?": "A colleague copies our files",
            "Does it concern a colleague?": ["Yes, it concerns a colleague"],
        }))
        .await
        .says("It is restricted");
    alice.reads(&["It is restricted"]).await;
    let rob = world.person("rob");
    let card = rob.sees_card("SE-2026-0001").await;
    world.arrives_again("interaction", "doubled").await;
    rob.presses(&card, "Triage")
        .await
        .says("This case is restricted");
    assert_eq!(world.org_entries("access_refused").await.len(), 1);
}

async fn a_press_that_arrives_twice(world: &World) {
    let (number, card) = opened(world).await;
    let rita = world.person("rita");
    world.arrives_again("interaction", "doubled").await;
    let answer = rita.presses(&card, "Take").await;
    answer.says("is yours now").hides("already");
    assert_eq!(world.entries(&number, "taken").await.len(), 1);
}

async fn a_form_that_arrives_twice(world: &World) {
    let (number, card) = opened(world).await;
    let rita = world.person("rita");
    rita.presses(&card, "Triage").await.opens("Triage");
    world.arrives_again("interaction", "doubled").await;
    rita.fills(sorted("SEV2"))
        .await
        .says("is triaged")
        .hides("already");
    assert_eq!(world.entries(&number, "triaged").await.len(), 1);
    rita.presses(&card, "Close").await.opens("Close");
    world.arrives_again("interaction", "retried").await;
    rita.fills(super::false_alarm())
        .await
        .says("is closed")
        .hides("already");
    assert_eq!(world.entries(&number, "closed").await.len(), 1);
    world.person("alice").reads(&["Outcome of"]).await;
}
