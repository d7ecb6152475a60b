//! The gateway's manners: who may listen, what is told, and what is repeated after a break.
//!
//! Neighbours: `flow` for interactions.

use serde_json::{Value, json};

use super::app::{App, Heard, WANTED, word};
use super::{Seed, Stage};
use crate::emulator::clock::EmulatorClock;
use crate::emulator::discord::seed::{GENERAL, OPS, QUEUE};
use crate::emulator::discord::{DiscordEmulator, intents};
use crate::emulator::door::Door;

async fn socket(door: &Door, what: Value) {
    door.control("socket", what).await.unwrap();
}

/// Posts as bob without waiting for the app.
async fn says(door: &Door, words: &str) {
    let act = crate::emulator::door::Act {
        channel: Some("general".into()),
        text: Some(words.into()),
        ..Default::default()
    };
    let _: Value = door.as_user("bob").act("post", act).await.unwrap();
}

#[tokio::test]
async fn only_who_may_listens() {
    let seed = Seed::example_corp().without_message_content();
    let emulator = DiscordEmulator::start(seed, EmulatorClock::system())
        .await
        .unwrap();
    let mut app = App::new(&emulator);
    for (wanted, code) in [
        (WANTED, 4014),
        (intents::GUILDS | (1 << 30), 4013),
        (intents::GUILDS | intents::GUILD_MEMBERS, 4014),
    ] {
        app.identify_with(wanted).await;
        assert_eq!(app.closed().await, Some(code), "{wanted}");
    }
    let url = word(&app.ok("GET", "/gateway", Value::Null).await["url"]);
    app.connect(&url).await;
    app.say(2, json!({ "token": "guess", "intents": 1, "properties": { "os": "", "browser": "", "device": "" } })).await;
    assert_eq!(app.closed().await, Some(4004));
    for (op, data, code) in [
        (3, json!({}), 4003),
        (99, json!({}), 4001),
        (2, json!("x".repeat(5000)), 4002),
    ] {
        app.connect(&url).await;
        app.say(op, data).await;
        assert_eq!(app.closed().await, Some(code), "{op}");
    }
    app.identify_with(intents::GUILDS).await;
    app.event("READY").await;
    app.say(2, json!({})).await;
    app.next("GUILD_CREATE").await;
    assert_eq!(app.closed().await, Some(4005));
}

#[tokio::test]
async fn guilds_come_with_what_the_bot_sees_and_changes_are_told() {
    let Stage { emulator, mut app } = Stage::new().await;
    app.identify_with(WANTED).await;
    app.event("READY").await;
    let guild = app.event("GUILD_CREATE").await;
    let ids: Vec<String> = guild["channels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| word(&one["id"]))
        .collect();
    assert!(ids.contains(&GENERAL.to_string()) && ids.contains(&QUEUE.to_string()));
    assert!(!ids.contains(&OPS.to_string()), "the bot does not see it");
    let door = emulator.door();
    for (what, given, event) in [
        (
            "unfit",
            json!({ "channel": "security-queue" }),
            "CHANNEL_DELETE",
        ),
        (
            "unfit",
            json!({ "channel": "security-queue", "on": false }),
            "CHANNEL_CREATE",
        ),
        (
            "deny",
            json!({ "channel": "general", "deny": "send" }),
            "CHANNEL_UPDATE",
        ),
        (
            "delete_channel",
            json!({ "channel": "shared-with-partner" }),
            "CHANNEL_DELETE",
        ),
        (
            "leave_guild",
            json!({ "guild": "Partner Ltd" }),
            "GUILD_DELETE",
        ),
        (
            "join_guild",
            json!({ "guild": "Partner Ltd" }),
            "GUILD_CREATE",
        ),
        ("unavailable", json!({}), "GUILD_DELETE"),
    ] {
        door.control(what, given).await.unwrap();
        app.next(event).await;
    }
}

#[tokio::test]
async fn a_broken_session_goes_on_where_it_was() {
    let Stage { emulator, mut app } = Stage::new().await;
    let door = emulator.door();
    for (what, code) in [
        (json!({ "what": "close", "code": 4000 }), Some(4000)),
        (json!({ "what": "close", "code": 1001 }), Some(1001)),
        (json!({ "what": "close_empty" }), None),
        (json!({ "what": "reset" }), None),
    ] {
        socket(&door, what.clone()).await;
        assert_eq!(app.closed().await, code, "{what}");
        says(&door, "while away").await;
        app.resume().await;
        assert_eq!(
            app.event("MESSAGE_CREATE").await["content"],
            "while away",
            "{what}"
        );
        app.event("RESUMED").await;
    }
    socket(&door, json!({ "what": "reconnect" })).await;
    let Heard::Payload(asked) = app.hear().await else {
        panic!("no payload")
    };
    assert_eq!(asked["op"], 7);
    app.leave(Some(4000)).await;
    app.resume().await;
    app.event("RESUMED").await;
    // A client that leaves politely has no session any more.
    app.leave(Some(1000)).await;
    app.resume().await;
    let Heard::Payload(invalid) = app.hear().await else {
        panic!("no payload")
    };
    assert_eq!((&invalid["op"], &invalid["d"]), (&json!(9), &json!(false)));
}

#[tokio::test]
async fn a_session_ends_when_the_gateway_says_so() {
    let Stage { emulator, mut app } = Stage::new().await;
    let door = emulator.door();
    socket(&door, json!({ "what": "refuse_resumes" })).await;
    socket(&door, json!({ "what": "close", "code": 4000 })).await;
    app.closed().await;
    app.resume().await;
    assert!(matches!(app.hear().await, Heard::Payload(one) if one["op"] == 9 && one["d"] == false));
    app.identify().await;
    socket(&door, json!({ "what": "invalid" })).await;
    assert!(matches!(app.hear().await, Heard::Payload(one) if one["op"] == 9 && one["d"] == false));
    app.identify().await;
    socket(&door, json!({ "what": "forget" })).await;
    app.closed().await;
    app.resume().await;
    assert!(matches!(app.hear().await, Heard::Payload(one) if one["op"] == 9));
    socket(&door, json!({ "what": "refuse" })).await;
    let url = format!("{}/?v=10&encoding=json", app.resume_url);
    let refused = tokio_tungstenite::connect_async(url).await.unwrap_err();
    assert!(refused.to_string().contains("503"), "{refused}");
    socket(&door, json!({ "what": "refuse", "on": false })).await;
    app.identify().await;
    // A number that was never sent cannot be resumed from.
    app.leave(None).await;
    app.seq += 100;
    app.resume().await;
    assert!(matches!(app.hear().await, Heard::Payload(one) if one["op"] == 9));
}

#[tokio::test]
async fn events_are_dropped_doubled_and_held_as_scripted() {
    let limit = std::time::Duration::from_millis(300);
    let Stage { emulator, mut app } = Stage::with_limit(Seed::example_corp(), limit).await;
    let door = emulator.door();
    door.delivery_fault("MESSAGE_CREATE", "dropped")
        .await
        .unwrap();
    says(&door, "lost").await;
    door.delivery_fault("event", "doubled").await.unwrap();
    let (_, ()) = tokio::join!(says(&door, "twice"), async {
        for _ in 0..2 {
            assert_eq!(app.event("MESSAGE_CREATE").await["content"], "twice");
        }
        // The heartbeat that the door waits for.
        socket(&door, json!({ "what": "hold" })).await;
    });
    says(&door, "held").await;
    socket(&door, json!({ "what": "hold", "on": false })).await;
    socket(&door, json!({ "what": "close", "code": 4000 })).await;
    app.closed().await;
    app.resume().await;
    assert_eq!(app.event("MESSAGE_CREATE").await["content"], "held");
}

#[tokio::test]
async fn an_act_is_done_when_the_app_received_it() {
    let Stage { emulator, mut app } =
        Stage::with_limit(Seed::example_corp(), std::time::Duration::from_millis(300)).await;
    let alice = emulator.door().as_user("alice");
    let (seen, _) = tokio::join!(
        alice.post("#general", "hello"),
        app.take_in("MESSAGE_CREATE")
    );
    let seen = seen.unwrap();
    assert!(seen.acknowledged, "{seen:?}");
    assert_eq!(seen.deliveries[0].kind, "MESSAGE_CREATE");
    app.answers_heartbeats = false;
    let deaf = alice.post("#general", "anybody?").await.unwrap();
    assert_eq!(
        (deaf.acknowledged, deaf.deliveries[0].outcome.as_str()),
        (false, "timeout")
    );
    emulator
        .door()
        .control("socket", json!({ "what": "forget" }))
        .await
        .unwrap();
    let alone = alice.post("#general", "hello?").await.unwrap();
    assert_eq!(alone.deliveries[0].outcome, "no_connection");
    let seen = alice.slash("#general", "/secevent help").await.unwrap();
    assert_eq!(seen.deliveries[0].outcome, "no_connection");
}

#[tokio::test]
async fn a_muted_gateway_acknowledges_no_heartbeat() {
    let Stage { emulator, mut app } = Stage::new().await;
    app.say(1, Value::Null).await;
    emulator
        .door()
        .control("socket", json!({ "what": "mute" }))
        .await
        .unwrap();
    app.say(1, Value::Null).await;
    emulator
        .door()
        .control("socket", json!({ "what": "close", "code": 4000 }))
        .await
        .unwrap();
    assert_eq!(app.closed().await, Some(4000));
}
