//! The line to the platform: replaced when the platform asks, and an alarm when it is gone for good.

use super::{CLICKED, opened};
use crate::harness::world::World;
use std::time::Duration;

/// Long enough for a busy machine.
const LONG: Duration = Duration::from_secs(30);

both!(
    a_line_that_is_about_to_close_is_replaced,
    a_line_that_is_cut_comes_back,
    the_platform_switches_the_line_off,
    a_line_that_tells_nothing_any_more_is_an_alarm,
);

async fn reports_still_arrive(world: &World, number: &str) {
    let alice = world.person("alice");
    alice.reports(CLICKED).await.says(number);
    alice.reads(&[number]).await;
    world.person("rita").sees_card(number).await.says(CLICKED);
}

async fn a_line_that_is_about_to_close_is_replaced(world: &World) {
    opened(world).await.1.says(CLICKED);
    world.door().sockets("warning").await.unwrap();
    reports_still_arrive(world, "SE-2026-0002").await;
    let before = world.lines().await;
    world.door().sockets("refresh").await.unwrap();
    world.until_other_lines(&before).await;
    reports_still_arrive(world, "SE-2026-0003").await;
    world.app.watch().await.unwrap();
    assert_eq!(world.alarms().await, Vec::<String>::new());
}

async fn a_line_that_is_cut_comes_back(world: &World) {
    opened(world).await.1.says(CLICKED);
    let before = world.lines().await;
    world.door().sockets("reset").await.unwrap();
    world.until_other_lines(&before).await;
    reports_still_arrive(world, "SE-2026-0002").await;
}

async fn the_platform_switches_the_line_off(world: &World) {
    opened(world).await.1.says(CLICKED);
    world.door().sockets("link_disabled").await.unwrap();
    world.expect_error("Socket Mode stopped; mend this and start again");
    world.until_alarm("token_refused").await;
    world.expect_alarm("socket_down");
    world.expect_alarm("token_refused");
    // What was stored is still told: sending needs no line.
    world.advance(16).await;
    let rita = world.person("rita");
    let card = rita.sees_card("SE-2026-0001").await;
    rita.reads_queue(&["Nobody has taken"]).await;
    rita.reads_thread(&card, &["Nobody has taken"]).await;
    world.expect_alarm("case_unowned");
}

async fn a_line_that_tells_nothing_any_more_is_an_alarm(world: &World) {
    opened(world).await.1.says(CLICKED);
    // The card in the queue came back as an event, so silence afterwards means nothing.
    world.advance(6).await;
    world.app.watch().await.unwrap();
    assert_eq!(world.alarms().await, Vec::<String>::new());
    // Pings are answered, calls are taken, and nothing is told any more.
    let before = world.lines().await;
    world.door().sockets("mute").await.unwrap();
    world.advance(10).await;
    let rita = world.person("rita");
    let card = rita.sees_card("SE-2026-0001").await;
    rita.reads_queue(&["Nobody has taken"]).await;
    rita.reads_thread(&card, &["Nobody has taken"]).await;
    world.app.watch().await.unwrap();
    assert_eq!(world.alarms().await, ["case_unowned"]);
    world.advance(6).await;
    world.app.watch().await.unwrap();
    assert_eq!(world.alarms().await, ["case_unowned", "events_quiet"]);

    world.door().sockets("reset").await.unwrap();
    world.until_other_lines(&before).await;
    assert!(world.app.connected(LONG).await);
    world.app.watch().await.unwrap();
    assert_eq!(
        world.alarms().await,
        ["case_unowned", "events_quiet"],
        "a new line alone proves nothing"
    );
    rita.replies(&card, "who has this?").await.is_silent();
    world.settle().await;
    world.app.watch().await.unwrap();
    assert_eq!(world.alarms().await, ["case_unowned"]);
    world.expect_alarm("case_unowned");
}
