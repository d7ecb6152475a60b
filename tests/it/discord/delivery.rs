//! Delivery through the whole app while Discord limits, or somebody meddles: nothing is lost, nothing comes twice, no page waits for a card.

use crate::harness::{message::Message, world::World};
use crate::scenarios::{CLICKED, sorted, taken};
use chrono::TimeDelta;
use secevent::emulator::discord::seed::BOT_TOKEN;
use serde_json::json;

on_discord!(Setup::default =>
    a_full_channel_holds_up_no_page,
    a_limit_of_everything_holds_all_and_drops_nothing,
    a_card_that_somebody_deleted_is_posted_anew,
    a_locked_thread_is_one_cases_trouble,
    without_the_right_to_start_threads_notes_stand_in_the_channel,
);

async fn a_full_channel_holds_up_no_page(world: &World) {
    let (_, card) = taken(world).await;
    let (bob, rita, pia) = (
        world.person("bob"),
        world.person("rita"),
        world.person("pia"),
    );
    let full = json!({ "kind": "rate_limited", "retry_after": 300 });
    world.posting_fails_at(&card, full).await;
    let second = bob.reports("A stranger asked for my badge").await.number();
    bob.reads(&[&second]).await;
    let before = world.now();
    rita.presses(&card, "Escalate").await.opens("Escalate");
    rita.fills(json!({ "Why do you escalate?": "It spreads." }))
        .await
        .says("is escalated");
    let page = pia.reads(&["needs you"]).await.remove(0);
    assert!(world.now() - before < TimeDelta::minutes(1), "at once");
    assert!(rita.reads_queue_about(&second).await.is_empty());
    pia.presses(&page, "Acknowledge")
        .await
        .says("You acknowledged");
    for _ in 0..6 {
        world.advance(1).await;
    }
    rita.reads_thread(&card, &["was paged", "acknowledged"])
        .await;
    assert_eq!(rita.reads_queue_about(&second).await.len(), 1);
    assert_eq!(world.alarms().await, Vec::<String>::new());
}

async fn a_limit_of_everything_holds_all_and_drops_nothing(world: &World) {
    let people = ["alice", "bob", "gwen"].map(|one| world.person(one));
    world
        .control("global_limit", json!({ "seconds": 120 }))
        .await;
    for (n, person) in people.iter().enumerate() {
        // The answer in line is no call that is limited.
        let number = format!("SE-2026-000{}", n + 1);
        person.reports(CLICKED).await.says(&number);
    }
    world.settle().await;
    let tried = world.posts().await;
    world.advance(1).await;
    assert_eq!(world.posts().await, tried, "nobody calls in vain");
    for person in &people {
        person.reads(&[]).await;
    }
    world.advance(2).await;
    for (n, person) in people.iter().enumerate() {
        let number = format!("SE-2026-000{}", n + 1);
        person.reads(&[&number]).await;
        let cards = world.person("rita").reads_queue_about(&number).await;
        assert_eq!(cards.len(), 1, "{number}");
        assert_eq!(
            world.record(&number).await,
            ["reported", "advice_shown", "sent"]
        );
    }
    assert_eq!(world.alarms().await, Vec::<String>::new());
}

/// A moderator deletes a message.
async fn is_deleted(world: &World, message: &Message) {
    let (at, api) = (message.at(), world.emulator.api_url());
    let url = format!("{api}/channels/{}/messages/{}", at.channel, at.ts);
    let request = super::endpoint::reqwest_client().delete(url);
    let token = format!("Bot {BOT_TOKEN}");
    let done = request.header("authorization", token).send().await.unwrap();
    assert_eq!(done.status(), 204);
}

async fn a_card_that_somebody_deleted_is_posted_anew(world: &World) {
    let (number, card) = taken(world).await;
    let rita = world.person("rita");
    is_deleted(world, &card).await;
    world.expect_refusal("10008");
    let asked = rita.commands("status 1").await.message();
    rita.presses(&asked, "Triage").await.opens("Triage");
    rita.fills(sorted("SEV2")).await.says("is triaged");
    world.settle().await;
    let cards = rita.reads_queue_about(&number).await;
    let [fresh] = cards.as_slice() else {
        panic!("{cards:?}")
    };
    assert_ne!(fresh.at().ts, card.at().ts);
    fresh.says("SEV2");
    // It is the card from now on: its thread is the room of the case, and what changes is shown there.
    rita.replies(fresh, "Looking").await.is_silent();
    assert_eq!(world.entries(&number, "said").await.len(), 1);
    rita.presses(fresh, "Escalate").await.opens("Escalate");
    rita.leaves_form().await;
    assert_eq!(world.alarms().await, Vec::<String>::new());
}

async fn a_locked_thread_is_one_cases_trouble(world: &World) {
    let (_, card) = taken(world).await;
    let (alice, rita) = (world.person("alice"), world.person("rita"));
    rita.replies(&card, "Looking").await.is_silent();
    let thread = card.at().ts;
    let lock = json!({ "channel": thread, "what": "lock", "on": true });
    world.control("archive_thread", lock).await;
    world.expect_refusal("160005");
    let receipt = alice.finds("recorded as").await;
    alice
        .replies(&receipt, "It came from my boss")
        .await
        .is_silent();
    rita.reads_queue(&["A reporter added to"]).await[0].says("from my boss");
    assert_eq!(world.alarms().await, Vec::<String>::new());
    let open = json!({ "channel": thread, "on": false });
    world.control("archive_thread", open).await;
    alice.replies(&receipt, "And from his").await.is_silent();
    rita.reads_thread(&card, &["A reporter added to"]).await[0].says("And from his");
}

async fn without_the_right_to_start_threads_notes_stand_in_the_channel(world: &World) {
    let (_, card) = taken(world).await;
    let (alice, rita) = (world.person("alice"), world.person("rita"));
    let receipt = alice.finds("recorded as").await;
    for deny in ["threads", "send_in_threads"] {
        let turn = |on: bool| json!({ "channel": "security-queue", "deny": deny, "on": on });
        world.control("deny", turn(true)).await;
        world.expect_refusal("50013");
        let words = format!("It came from my boss, without {deny}");
        alice.replies(&receipt, &words).await.is_silent();
        rita.reads_queue(&["A reporter added to"]).await[0].says(&words);
        world.control("deny", turn(false)).await;
        alice.replies(&receipt, "And from his").await.is_silent();
        rita.reads_thread(&card, &["A reporter added to"]).await;
    }
    // The channel itself is fit: nothing waits, and `doctor` names the permission.
    assert_eq!(world.alarms().await, Vec::<String>::new());
}
