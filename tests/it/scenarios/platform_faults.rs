//! A platform that limits, fails, hangs and cuts lines: nothing is lost, the person is told what to do.

use super::{CLICKED, opened};
use crate::harness::world::World;
use serde_json::json;

everywhere!(
    too_many_requests_with_a_time,
    too_many_requests_without_a_time,
    the_platform_is_down_for_a_while,
    the_line_is_cut_before_anything_happens,
);
everywhere!(Setup::impatient =>
    the_platform_hangs,
    the_line_is_cut_after_it_was_taken,
);
both!(
    a_trigger_that_is_too_old,
    a_form_that_the_platform_does_not_open,
);

/// Alice reports while calls of this method fail; her receipt arrives after some minutes, once.
async fn delivered_late(world: &World, fault: serde_json::Value, times: u64) {
    let (alice, rita) = (world.person("alice"), world.person("rita"));
    world.posting_fails(fault, times).await;
    alice
        .reports(CLICKED)
        .await
        .says("recorded as SE-2026-0001");
    world.step().await;
    for _ in 0..10 {
        world.advance(1).await;
    }
    alice.reads(&["recorded as SE-2026-0001"]).await;
    rita.sees_card("SE-2026-0001").await.says(CLICKED);
    assert_eq!(world.alarms().await, Vec::<String>::new());
}

async fn too_many_requests_with_a_time(world: &World) {
    let alice = world.person("alice");
    let fault = json!({"kind": "rate_limited", "retry_after": 90});
    world.posting_fails(fault, 1).await;
    alice
        .reports(CLICKED)
        .await
        .says("recorded as SE-2026-0001");
    // Not before the time that the platform names.
    let begun = world.now();
    world.settle().await;
    let first = world.posts().await;
    world.advance(1).await;
    assert_eq!(world.posts().await, first, "the lane rests");
    world.advance(1).await;
    assert!(world.now() - begun > chrono::TimeDelta::seconds(90));
    alice.reads(&["recorded as SE-2026-0001"]).await;
    world
        .person("rita")
        .sees_card("SE-2026-0001")
        .await
        .says(CLICKED);
}

async fn too_many_requests_without_a_time(world: &World) {
    delivered_late(world, json!({"kind": "rate_limited"}), 3).await;
}

async fn the_platform_is_down_for_a_while(world: &World) {
    delivered_late(world, json!({"kind": "status", "code": 503}), 4).await;
}

async fn the_line_is_cut_before_anything_happens(world: &World) {
    delivered_late(world, json!({"kind": "reset"}), 3).await;
}

async fn the_platform_hangs(world: &World) {
    let (alice, rita) = (world.person("alice"), world.person("rita"));
    let fault = json!({"kind": "hang"});
    world.posting_fails(fault, 1).await;
    alice
        .reports(CLICKED)
        .await
        .says("recorded as SE-2026-0001");
    world.step().await;
    world.advance(2).await;
    world.advance(2).await;
    rita.sees_card("SE-2026-0001").await.says(CLICKED);
    let receipt = alice.finds("recorded as SE-2026-0001").await;
    receipt.offers(&["Add details", "Withdraw"]);
}

async fn the_line_is_cut_after_it_was_taken(world: &World) {
    let (alice, rita) = (world.person("alice"), world.person("rita"));
    opened(world).await.1.says(CLICKED);
    // The platform has the receipt, and we do not know: a rare second one, rather than none.
    let direct = alice.finds("recorded as SE-2026-0001").await;
    let fault = json!({"kind": "lost_answer"});
    world.posting_fails_at(&direct, fault).await;
    alice
        .reports("My badge is gone")
        .await
        .says("recorded as SE-2026-0002");
    world.advance(2).await;
    let receipts = alice.reads_some("recorded as SE-2026-0002").await;
    assert!((1..=2).contains(&receipts.len()), "{receipts:?}");
    rita.sees_card("SE-2026-0002")
        .await
        .says("My badge is gone");
    assert_eq!(
        world.record("SE-2026-0002").await,
        ["reported", "advice_shown", "sent"]
    );
}

async fn a_trigger_that_is_too_old(world: &World) {
    let (_, card) = opened(world).await;
    let rita = world.person("rita");
    let fault = json!({"kind": "error", "error": "expired_trigger_id"});
    world.door().fault("views.open", fault, 1).await.unwrap();
    world.expect_refusal("expired_trigger_id");
    rita.presses(&card, "Triage")
        .await
        .says("Please press again");
    rita.presses(&card, "Triage").await.opens("Triage");
    rita.leaves_form().await;
}

async fn a_form_that_the_platform_does_not_open(world: &World) {
    let alice = world.person("alice");
    let fault = json!({"kind": "status", "code": 503});
    world.door().fault("views.open", fault, 1).await.unwrap();
    alice
        .opens_report_form()
        .await
        .says("Slack did not open the form")
        .says("that needs no form");
    alice
        .reports(CLICKED)
        .await
        .says("recorded as SE-2026-0001");
    alice.reads(&["recorded as SE-2026-0001"]).await;
    world
        .person("rita")
        .sees_card("SE-2026-0001")
        .await
        .says(CLICKED);
}
