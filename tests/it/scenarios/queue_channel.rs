//! The queue channel must be private, alive, ours alone, and the bot in it: else the bot refuses to post there, says why, and delivers
//! once it is mended.

use super::{CLICKED, opened};
use crate::harness::world::World;
use serde_json::json;

// On Slack alone: the reasons stand in `super`.
both!(
    archived,
    the_bot_was_removed,
    shared_with_another_organisation,
);

/// The channel becomes unfit; Alice reports; the channel is mended.
async fn mended(world: &World, what: &str, given: fn(bool) -> serde_json::Value, why: &str) {
    let (alice, rita) = (world.person("alice"), world.person("rita"));
    let (_, first) = opened(world).await;
    world.advance(2).await;
    world.control(what, given(false)).await;
    for code in ["is_archived", "not_in_channel", "channel_not_found"] {
        world.expect_refusal(code);
    }

    alice
        .reports("The second thing")
        .await
        .says("recorded as SE-2026-0002");
    alice.reads(&["recorded as SE-2026-0002"]).await;
    world.advance(1).await;
    let alarms = world.app.store().open_alarms().await.unwrap();
    let alarm = alarms
        .iter()
        .find(|one| one.kind.as_str() == "queue_channel_unfit");
    let alarm = alarm.unwrap_or_else(|| panic!("no alarm: {alarms:?}"));
    assert!(alarm.text.contains(why), "{}", alarm.text);

    world.control(what, given(true)).await;
    for _ in 0..6 {
        world.advance(1).await;
    }
    rita.sees_card("SE-2026-0002")
        .await
        .says("The second thing");
    assert_eq!(world.alarms().await, Vec::<String>::new());
    first.says(CLICKED);
}

async fn archived(world: &World) {
    let given = |mend: bool| json!({"channel": "security-queue", "on": !mend});
    mended(world, "archive", given, "is archived").await;
}

async fn the_bot_was_removed(world: &World) {
    let given = |mend: bool| json!({"channel": "security-queue", "user": "secevent", "on": mend});
    mended(world, "membership", given, "invite the app").await;
}

async fn shared_with_another_organisation(world: &World) {
    let given = |mend: bool| json!({"channel": "security-queue", "on": !mend});
    mended(world, "share", given, "shared with another organisation").await;
    // Nothing of the second case was shown while strangers could read.
    for text in world.person("olga").sees_anywhere().await {
        assert!(!text.contains("The second thing"), "{text}");
    }
}
