//! A card that Discord will not let be edited any more, because it was edited too often: it is posted anew, and nothing waits for it.

use crate::harness::world::World;
use crate::scenarios::{sorted, taken};
use chrono::TimeDelta;
use serde_json::json;

on_discord!(Setup::default => a_worn_out_card_is_posted_anew);

async fn a_worn_out_card_is_posted_anew(world: &World) {
    let (number, card) = taken(world).await;
    // Only messages older than an hour wear out.
    world.pass(TimeDelta::minutes(61)).await;
    let message = card.at().ts;
    world
        .control("wear_out", json!({ "message": message }))
        .await;
    world.expect_refusal("30046");
    let rita = world.person("rita");
    rita.presses(&card, "Triage").await.opens("Triage");
    rita.fills(sorted("SEV2")).await.says("is triaged");
    world.step().await;
    // The refusal is of one message: what is for others goes out in the same breath.
    let bob = world.person("bob");
    let before = world.now();
    let second = bob.reports("a strange call").await.number();
    world.step().await;
    let _ = bob.finds(&format!("recorded as {second}")).await;
    assert!(world.now() - before < TimeDelta::seconds(1));

    world.settle().await;
    let cards = rita.reads_queue_about(&number).await;
    let fresh = cards.last().expect("a new card");
    assert_ne!(fresh.at().ts, message, "posted anew");
    fresh.says("SEV2");
    let _ = rita.sees_card(&second).await;
    // The new card is the card from now on.
    rita.presses(fresh, "Escalate").await.opens("Escalate");
}
