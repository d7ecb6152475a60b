//! Hostile or strange events over the gateway, against the whole app: kept raw with an alarm, or nobody's business; never lost.

use super::forger::{interaction, sub_command};
use crate::harness::{
    setup::Setup,
    stand::Host,
    world::{Database, World},
};
use secevent::emulator::discord::seed::{ALICE, GENERAL, GUILD};
use serde_json::{Value, json};

async fn world() -> World {
    World::start(Database::sqlite(), Setup::default().on(Host::Discord)).await
}

/// Discord tells this, and the bot has received it.
async fn told(world: &World, event: &str, payload: Value) {
    let given = json!({ "event": event, "payload": payload });
    let told = world.control("deliver", given).await;
    assert_eq!(told["sessions"], 1, "{event}");
    let settled = world.control("settle", json!({})).await;
    assert_eq!(settled["settled"], true, "{event}");
    world.quiet().await;
}

/// A message of Alice's, as Discord tells it.
fn message(n: u64, content: &str) -> Value {
    json!({
        "id": (1_300_000_000_000_001_000 + n).to_string(), "channel_id": GENERAL.to_string(), "guild_id": GUILD.to_string(),
        "author": { "id": ALICE.to_string(), "username": "alice" }, "content": content, "timestamp": "2026-03-02T09:00:00+00:00",
        "edited_timestamp": null, "mentions": [], "attachments": [], "embeds": [], "type": 0,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_another_time_are_nobodys_business() {
    let world = world().await;
    for (event, payload) in [
        ("SECURITY_REPORT_CREATE", json!({ "what": "is this" })),
        ("", json!({})),
        ("TYPING_START", json!([])),
        ("PRESENCE_UPDATE", json!("gone")),
        ("GUILD_ROLE_UPDATE", json!({ "guild_id": 7 })),
    ] {
        told(&world, event, payload).await;
    }
    assert_eq!(world.app.store().unread(10).await.unwrap(), vec![]);
    // The line lives.
    let alice = world.person("alice");
    alice.reports("My badge is gone").await.says("SE-2026-0001");
    alice.reads(&["SE-2026-0001"]).await;
    let card = world.person("rita").sees_card("SE-2026-0001").await;
    card.says("badge");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_cannot_be_read_are_kept_raw_with_an_alarm() {
    let world = world().await;
    let without = |field: &str| {
        let mut broken = message(1, "Look at this");
        broken[field] = Value::Null;
        broken
    };
    let reaction = json!({ "user_id": ALICE.to_string(), "emoji": { "name": "🚨" }, "channel_id": GENERAL.to_string() });
    let mut kept = 0;
    for (event, payload) in [
        ("MESSAGE_CREATE", without("id")),
        ("MESSAGE_CREATE", without("channel_id")),
        ("MESSAGE_CREATE", json!([])),
        ("MESSAGE_REACTION_ADD", reaction),
        ("MESSAGE_DELETE", json!({ "channel_id": {} })),
        (
            "INTERACTION_CREATE",
            interaction(1, 99, ALICE, sub_command("report", "text", "x")),
        ),
        ("INTERACTION_CREATE", json!({})),
    ] {
        told(&world, event, payload).await;
        kept += 1;
        let unread = world.app.store().unread(20).await.unwrap();
        assert_eq!(unread.len(), kept, "{event}: {unread:#?}");
        assert!(
            !format!("{unread:?}").contains("token-1"),
            "{event}: masked"
        );
    }
    // Its sender would be told; this one was nobody's, so the answer has no place to go.
    world.expect_refusal("10062");
    world.expect_refusal("10015");
    world.expect_alarm("unreadable_inbound");
    assert_eq!(world.case_count().await, 0);
    let alice = world.person("alice");
    alice.reports("My badge is gone").await.says("SE-2026-0001");
    alice.reads(&["SE-2026-0001"]).await;
    let card = world.person("rita").sees_card("SE-2026-0001").await;
    card.says("badge");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_that_are_none_are_kept_raw_with_an_alarm() {
    let world = world().await;
    let frames = [
        r#"{"t":"INTERACTION_CREATE","s":9,"d":{"token":"token-1","type":2}}"#,
        "token: token-1; good morning",
    ];
    for (n, text) in frames.into_iter().enumerate() {
        let raw = json!({ "what": "raw", "payload": text });
        assert_eq!(world.control("socket", raw).await["told"], 1);
        let begun = std::time::Instant::now();
        while world.app.store().unread(10).await.unwrap().len() <= n {
            assert!(begun.elapsed() < super::stage::LONG, "not kept: {text}");
        }
    }
    let unread = world.app.store().unread(10).await.unwrap();
    assert_eq!(unread.len(), 2);
    assert!(!format!("{unread:?}").contains("token-1"), "{unread:?}");
    world.expect_alarm("unreadable_inbound");
    let alice = world.person("alice");
    alice.reports("My badge is gone").await.says("SE-2026-0001");
    alice.reads(&["SE-2026-0001"]).await;
    let card = world.person("rita").sees_card("SE-2026-0001").await;
    card.says("badge");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_fields_and_parts_of_a_message_cost_none_of_its_words() {
    let world = world().await;
    let mut odd = message(1, &format!("<@{ALICE}> my phone was stolen"));
    let bot = secevent::emulator::discord::seed::BOT_USER;
    odd["content"] = json!(format!("<@{bot}> my phone was stolen"));
    odd["type"] = json!(0);
    odd["hologram"] = json!({ "depth": 3 });
    odd["components"] = json!([{ "type": 250, "id": 1 }, 7]);
    odd["attachments"] = json!([{ "id": "x" }, null]);
    odd["embeds"] = json!([{ "type": "future" }]);
    odd["mentions"] = json!([{ "id": bot.to_string(), "username": "secevent", "bot": true }, 9]);
    told(&world, "MESSAGE_CREATE", odd.clone()).await;
    // Told twice, it is one report.
    told(&world, "MESSAGE_CREATE", odd).await;
    world.settle().await;
    assert_eq!(world.case_count().await, 1);
    let report = &world.entries("SE-2026-0001", "reported").await[0]["report"];
    assert_eq!(report["text"], "my phone was stolen");
    world.person("alice").reads_some("SE-2026-0001").await;
    let card = world.person("rita").sees_card("SE-2026-0001").await;
    card.says("phone");
    world.finish().await;
}
