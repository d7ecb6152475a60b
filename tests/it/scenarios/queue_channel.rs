//! The queue channel must be private, alive, ours alone, and the bot in it: else the bot refuses to post there, says why, and delivers
//! once it is mended.

use super::{CLICKED, opened};
use crate::harness::stand::{Host, Stand};
use crate::harness::world::World;
use chrono::TimeDelta;
use secevent::{config::DiscordMode, emulator::discord::seed::OPS};
use serde_json::json;

everywhere!(the_bot_was_removed);
everywhere!(Setup::two_queues => replaced_by_another);
// On Slack alone: the reasons stand in `slack_alone`.
both!(archived, shared_with_another_organisation,);

/// The channel becomes unfit; Alice reports; the channel is mended.
async fn mended(world: &World, turn: impl AsyncFn(bool), why: &str) {
    let (alice, rita) = (world.person("alice"), world.person("rita"));
    let (_, first) = opened(world).await;
    world.advance(2).await;
    turn(false).await;

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

    turn(true).await;
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
    world.expect_refusal("is_archived");
    let turn = async |mend: bool| {
        let given = json!({"channel": "security-queue", "on": !mend});
        world.control("archive", given).await;
    };
    mended(world, turn, "is archived").await;
}

async fn the_bot_was_removed(world: &World) {
    let turn = async |mend: bool| world.bot_is_in_queue(mend).await;
    let why = match world.host() {
        Host::Slack => "invite the app",
        Host::Discord => "give its role View Channel there",
    };
    mended(world, turn, why).await;
}

/// It is gone for good, and the settings name another: what is told already goes on there, and nothing waits for the old one.
async fn replaced_by_another(world: &World) {
    let (alice, rita) = (world.person("alice"), world.person("rita"));
    let (first, _) = opened(world).await;
    world.bot_is_in_queue(false).await;
    let asked = rita.commands("status 1").await.message();
    rita.presses(&asked, "Take").await.says("is yours now");
    let receipt = alice.finds("recorded as").await;
    alice
        .replies(&receipt, "It came from my boss")
        .await
        .is_silent();
    let second = alice.reports("The second thing").await.number();
    world.advance(1).await;
    assert_eq!(world.alarms().await, ["queue_channel_unfit"]);

    let next = match world.host() {
        Host::Slack => "next-queue",
        Host::Discord => "ops",
    };
    if world.host() == Host::Discord {
        world.bot_is_in(next, true).await;
    }
    let mut config = world.config.clone();
    if let Some(slack) = &mut config.slack {
        slack.queue_channel = "C0NEXT".to_owned();
    }
    if let Some(discord) = &mut config.discord {
        discord.queue_channel = OPS.to_string();
        // The gateway stays with the process that has it: this one only tells.
        if let Stand::Discord(emulator) = &world.emulator {
            let public_key = emulator.public_key();
            discord.mode = DiscordMode::Http { public_key };
        }
    }
    let restarted = world.replica_with(config).await;
    for _ in 0..3 {
        world.pass(TimeDelta::seconds(61)).await;
        restarted.step().await;
    }
    for (number, state) in [(&first, "In triage"), (&second, "New")] {
        let told = rita.reads_about(next, number).await;
        let [card] = told.as_slice() else {
            panic!("{told:?}")
        };
        card.says(state);
        if number == &first {
            let said = rita.reads_thread(card, &["A reporter added to"]).await;
            said[0].says("It came from my boss");
        }
    }
    alice.reads(&["recorded as SE-2026-0002"]).await;
    assert_eq!(world.alarms().await, Vec::<String>::new());
    restarted.stop().await;
}

async fn shared_with_another_organisation(world: &World) {
    let turn = async |mend: bool| {
        let given = json!({"channel": "security-queue", "on": !mend});
        world.control("share", given).await;
    };
    mended(world, turn, "shared with another organisation").await;
    // Nothing of the second case was shown while strangers could read.
    for text in world.person("olga").sees_anywhere().await {
        assert!(!text.contains("The second thing"), "{text}");
    }
}
