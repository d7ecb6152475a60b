//! Escalate: somebody is called, once more, then the backup; every page ends in a fact.

use super::{opened, taken, triaged};
use crate::harness::world::World;
use serde_json::json;

everywhere!(
    nobody_answers,
    a_case_that_nobody_took_can_be_escalated,
    it_cannot_be_escalated_twice_at_once,
    closing_calls_the_page_off,
    a_page_that_cannot_be_delivered_climbs_at_once,
    nobody_can_be_reached,
);
everywhere!(Setup::unattended => nobody_is_on_call);

/// Rita escalates the case.
async fn escalated(world: &World, card: &crate::harness::message::Message) {
    let rita = world.person("rita");
    rita.presses(card, "Escalate").await.opens("Escalate");
    rita.fills(json!({"Why do you escalate?": "It spreads."}))
        .await
        .says("is escalated");
}

async fn nobody_answers(world: &World) {
    let (number, card) = taken(world).await;
    let (rita, pia, ben) = (
        world.person("rita"),
        world.person("pia"),
        world.person("ben"),
    );
    escalated(world, &card).await;
    pia.reads(&["needs you"]).await;
    rita.reads_thread(&card, &["Pia Park was paged"]).await;
    world.advance(5).await;
    pia.reads(&["page number 2"]).await;
    rita.reads_thread(
        &card,
        &["Pia Park did not answer", "Pia Park was paged again"],
    )
    .await;
    world.advance(5).await;
    ben.reads(&["needs you"]).await;
    rita.reads_thread(&card, &["Pia Park did not answer", "Ben Bauer was paged"])
        .await;
    world.advance(5).await;

    let told = rita.reads(&["Nobody answered the page for"]).await;
    told[0]
        .says("Ben Bauer, +49 30 5550102")
        .says("Pia Park, +49 30 5550101");
    let queue = rita.reads_queue(&["Nobody answered the page for"]).await;
    queue[0].says("+49 30 5550102").offers(&["Take"]);
    rita.reads_thread(
        &card,
        &["Nobody answered the page for", "Ben Bauer did not answer"],
    )
    .await[0]
        .says("+49 30 5550102");
    rita.sees_card(&number)
        .await
        .says("Nobody answered the page by")
        .says("Please call by phone")
        .offers(&["Triage", "Assess", "Escalate", "Note", "Close", "Merge…"]);
    assert_eq!(world.alarms().await, ["escalation_failed"]);

    // Too late to acknowledge; taking it shows that somebody is on it.
    let page = ben.finds("needs you").await;
    ben.presses(&page, "Acknowledge")
        .await
        .says("Too late")
        .says("Take the case");
    ben.presses(&queue[0], "Take").await.says("is yours now");
    // Once more, because the first run failed.
    escalated(world, &card).await;
    pia.reads(&["needs you"]).await;
    rita.reads_thread(&card, &["Pia Park was paged"]).await;
    let page = pia.finds("needs you").await;
    pia.presses(&page, "Acknowledge")
        .await
        .says("You acknowledged");
    rita.reads_thread(&card, &["Pia Park acknowledged"]).await;
    assert_eq!(world.alarms().await, Vec::<String>::new());
}

async fn a_case_that_nobody_took_can_be_escalated(world: &World) {
    let (number, card) = opened(world).await;
    let (rita, pia) = (world.person("rita"), world.person("pia"));
    let form = rita.presses(&card, "Escalate").await;
    form.opens("Escalate").says("Pia Park").says("Ben Bauer");
    assert_eq!(form.fields(), ["Why do you escalate?"]);
    rita.fills(json!({"Why do you escalate?": "Ransomware on three machines"}))
        .await
        .says("is escalated");
    let page = pia.reads(&["needs you"]).await;
    page[0]
        .says("Ransomware on three machines")
        .says("Rita Roth")
        .says("Without your answer by");
    rita.reads_thread(&card, &["Pia Park was paged"]).await;
    pia.presses(&page[0], "Acknowledge")
        .await
        .says(&format!("You acknowledged {number}"));
    rita.reads_thread(&card, &["Pia Park acknowledged"]).await;
}

async fn a_page_that_cannot_be_delivered_climbs_at_once(world: &World) {
    let (_, card) = opened(world).await;
    let (rita, ben) = (world.person("rita"), world.person("ben"));
    world.takes_no_messages("pia", "cannot_dm_bot").await;
    world.expect_alarm("outbox_gave_up");
    let before = world.now();
    escalated(world, &card).await;
    ben.reads(&["needs you"]).await;
    assert!(
        world.now() - before < chrono::TimeDelta::minutes(1),
        "nobody waits for an answer to a page that did not arrive"
    );
    rita.reads_thread(&card, &["Ben Bauer was paged"]).await;
    let page = ben.finds("needs you").await;
    ben.presses(&page, "Acknowledge")
        .await
        .says("You acknowledged");
    rita.reads_thread(&card, &["Ben Bauer acknowledged"]).await;
}

async fn nobody_can_be_reached(world: &World) {
    let (_, card) = opened(world).await;
    let rita = world.person("rita");
    for handle in ["pia", "ben"] {
        world.takes_no_messages(handle, "cannot_dm_bot").await;
    }
    world.expect_alarm("outbox_gave_up");
    world.expect_alarm("escalation_failed");
    escalated(world, &card).await;
    rita.reads(&["Nobody answered the page for"]).await[0]
        .says("+49 30 5550101")
        .says("+49 30 5550102");
    rita.reads_queue(&["Nobody answered the page for"]).await;
    rita.reads_thread(&card, &["Nobody answered the page for"])
        .await;
}

async fn nobody_is_on_call(world: &World) {
    let (_, card) = opened(world).await;
    let rita = world.person("rita");
    rita.presses(&card, "Escalate")
        .await
        .says("nobody holds this role now");
    rita.fills(json!({"Why do you escalate?": "It spreads."}))
        .await
        .says("is escalated");
    world.expect_alarm("nobody_on_call");
    world.expect_alarm("escalation_failed");
    // Without names of people on call, the urgent contacts of the policy.
    rita.reads(&["Nobody answered the page for"]).await[0].says("+1 202 555 0101");
    rita.reads_queue(&["Nobody answered the page for"]).await;
    rita.reads_thread(&card, &["Nobody answered the page for"])
        .await;
}

async fn it_cannot_be_escalated_twice_at_once(world: &World) {
    let (_, card) = triaged(world).await;
    let (rita, rob, pia) = (
        world.person("rita"),
        world.person("rob"),
        world.person("pia"),
    );
    rob.presses(&card, "Escalate").await.opens("Escalate");
    escalated(world, &card).await;
    rob.fills(json!({"Why do you escalate?": "Me too"}))
        .await
        .says("is being escalated already: Pia Park was paged");
    pia.reads(&["needs you"]).await;
    rita.reads_thread(&card, &["Pia Park was paged"]).await;
}

async fn closing_calls_the_page_off(world: &World) {
    let (number, card) = triaged(world).await;
    let (alice, rita, pia) = (
        world.person("alice"),
        world.person("rita"),
        world.person("pia"),
    );
    escalated(world, &card).await;
    pia.reads(&["needs you"]).await;
    rita.reads_thread(&card, &["Pia Park was paged"]).await;
    rita.presses(&card, "Close").await.opens("Close");
    rita.fills(super::false_alarm()).await.says("is closed");
    alice.reads(&["Outcome of"]).await;
    rita.sees_card(&number).await.says("Closed");
    let page = pia.finds("needs you").await;
    pia.presses(&page, "Acknowledge")
        .await
        .says("There is nothing to acknowledge");
    world.advance(60).await;
    pia.reads(&[]).await;
}
