//! Refusals and stale cards: who may not hears who can; a card that shows an older state is refreshed.

use super::{closed, opened, sorted, taken};
use crate::harness::world::World;
use serde_json::json;

everywhere!(
    a_stale_card_is_refreshed,
    a_form_that_was_overtaken,
    a_case_that_moved_on_under_a_form,
    people_without_a_role,
);

async fn people_without_a_role(world: &World) {
    let (number, card) = opened(world).await;
    // Max sits in the queue channel today, and is an executive, not a responder.
    world.sits_in_queue("max").await;
    let max = world.person("max");
    for (button, what) in [
        ("Take", "take a case"),
        ("Triage", "triage a case"),
        ("Escalate", "escalate"),
        ("Close", "close a case"),
    ] {
        let answer = max.presses(&card, button).await;
        answer.hides("Alice");
        let all = format!("{answer:?}");
        assert!(
            all.contains("no such case") || all.contains(&format!("You cannot {what}. Responder")),
            "{all}"
        );
    }
    assert_eq!(
        world.record(&number).await,
        ["reported", "advice_shown", "sent"]
    );
    let org = secevent::domain::timeline::Stream::Org;
    let entries = world.app.store().timeline(org, 1, 1000).await.unwrap();
    let refused = entries
        .iter()
        .filter(|entry| entry.kind == "access_refused")
        .count();
    assert_eq!(refused, 4, "refusals are on the record of the organisation");
}

async fn a_stale_card_is_refreshed(world: &World) {
    let (number, card) = opened(world).await;
    let (rita, rob) = (world.person("rita"), world.person("rob"));
    rita.presses(&card, "Close").await.opens("Close");
    rita.fills(super::false_alarm()).await.says("is closed");
    // The card still shows the old state when Rob presses.
    rob.presses(&card, "Take")
        .await
        .says("is closed. Reopen it with a reason first, then take it.");
    world.person("alice").reads(&["Outcome of"]).await;
    rob.sees_card(&number)
        .await
        .says("Closed")
        .offers(&["Reopen"]);
}

async fn a_form_that_was_overtaken(world: &World) {
    let (number, card) = taken(world).await;
    let (rita, rob) = (world.person("rita"), world.person("rob"));
    rob.presses(&card, "Close").await.opens("Close");
    rita.presses(&card, "Close").await.opens("Close");
    rita.fills(super::false_alarm()).await.says("is closed");
    rob.fills(super::false_alarm())
        .await
        .says("is closed already");
    world.person("alice").reads(&["Outcome of"]).await;
    assert_eq!(world.entries(&number, "closed").await.len(), 1);
}

async fn a_case_that_moved_on_under_a_form(world: &World) {
    let (number, card) = closed(world).await;
    let (rita, rob) = (world.person("rita"), world.person("rob"));
    rob.presses(&card, "Reopen").await.opens("Reopen");
    rita.presses(&card, "Reopen").await.opens("Reopen");
    let why = json!({"Why is it opened again?": "More of it"});
    rita.fills(why.clone()).await.says("is open again");
    rob.fills(why).await.says("is open already");
    rita.reads_queue(&["was reopened"]).await;
    let card = rita.sees_card(&number).await;
    rob.presses(&card, "Triage").await.opens("Triage");
    rita.presses(&card, "Close").await.opens("Close");
    rita.fills(json!({"Outcome": "False alarm", "Closure notes": "Still nothing"}))
        .await
        .says("is closed");
    rob.fills(sorted("SEV4"))
        .await
        .says("Reopen it with a reason first, then triage it.");
    world.person("alice").reads(&["Outcome of"]).await;
}
