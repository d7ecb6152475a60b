//! What people see and may do, besides talking to the app.
//!
//! Neighbours: `flow` for what goes to the app.

use std::time::Duration;

use super::{Seed, Stage};
use crate::emulator::clock::EmulatorClock;
use crate::emulator::discord::DiscordEmulator;
use crate::emulator::door::{Act, DoorError, MessageRef};

async fn quiet() -> DiscordEmulator {
    DiscordEmulator::start(Seed::example_corp(), EmulatorClock::manual(super::start()))
        .await
        .unwrap()
}

fn refused<T>(result: Result<T, DoorError>) -> String {
    match result {
        Err(DoorError::Refused(why)) => why,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("was allowed"),
    }
}

#[tokio::test]
async fn everybody_sees_their_channels_only() {
    let emulator = quiet().await;
    let names = |handle: &'static str| {
        let client = emulator.door().as_user(handle);
        async move {
            let channels = client.channels().await.unwrap();
            channels.into_iter().map(|one| one.name).collect::<Vec<_>>()
        }
    };
    assert_eq!(names("alice").await, ["general", "shared-with-partner"]);
    assert_eq!(
        names("rita").await,
        ["general", "security-queue", "ops", "shared-with-partner"]
    );
    assert_eq!(names("gwen").await, ["general"]);
    assert_eq!(names("olga").await, ["general"]);
    let olga = emulator.door().as_user("olga");
    olga.post("#general", "of the other guild").await.unwrap();
    assert!(
        emulator
            .door()
            .as_user("alice")
            .read_channel("#general")
            .await
            .unwrap()
            .is_empty()
    );
    let why = refused(
        emulator
            .door()
            .as_user("alice")
            .read_channel("#security-queue")
            .await,
    );
    assert_eq!(why, "alice sees no channel #security-queue");
    assert!(refused(olga.post("@alice", "hi").await).contains("shares no server"));
}

#[tokio::test]
async fn messages_are_written_answered_changed_and_deleted() {
    let emulator = quiet().await;
    let (alice, bob) = (
        emulator.door().as_user("alice"),
        emulator.door().as_user("bob"),
    );
    let at = alice
        .post("#general", "look, @bob, in #general")
        .await
        .unwrap()
        .posted
        .unwrap();
    let seen = bob.read_channel("#general").await.unwrap().remove(0);
    assert_eq!(
        (seen.shown.as_str(), seen.author_name.as_str()),
        ("look, @bob, in #general", "alice")
    );
    assert_eq!(seen.notifies.len(), 1);
    let reply = bob.reply(&at, "seen").await.unwrap().posted.unwrap();
    let thread = alice.read_thread(&at).await.unwrap();
    assert_eq!(
        thread
            .iter()
            .map(|one| one.shown.as_str())
            .collect::<Vec<_>>(),
        ["look, @bob, in #general", "seen"]
    );
    assert_eq!(
        alice.read_channel("#general").await.unwrap()[0].reply_count,
        1
    );
    alice.reply(&reply, "in the same thread").await.unwrap();
    assert_eq!(alice.read_thread(&at).await.unwrap().len(), 3);
    assert_eq!(
        refused(alice.edit(&reply, "not mine").await),
        "alice can only change own messages"
    );
    bob.edit(&reply, "seen twice").await.unwrap();
    let thread = alice.read_thread(&at).await.unwrap();
    assert!(thread[1].edited && thread[1].shown == "seen twice");
    bob.react(&at, "eyes").await.unwrap();
    assert_eq!(
        refused(bob.react(&at, "no_such_thing").await),
        "there is no emoji called no_such_thing"
    );
    alice.delete(&at).await.unwrap();
    assert!(alice.read_channel("#general").await.unwrap().is_empty());
    assert!(refused(bob.react(&at, "eyes").await).starts_with("there is no message"));
    assert!(refused(alice.press(&MessageRef::default(), "Go").await).contains("sees no channel"));
    alice
        .upload(Some("#general"), "a.txt", "text/plain", b"hi")
        .await
        .unwrap();
    assert_eq!(
        alice.read_channel("#general").await.unwrap()[0].files,
        ["a.txt"]
    );
    assert!(refused(alice.post("#general", &"x".repeat(2001)).await).contains("2,000"));
}

#[tokio::test]
async fn who_waits_is_woken() {
    let emulator = quiet().await;
    let (alice, bob) = (
        emulator.door().as_user("alice"),
        emulator.door().as_user("bob"),
    );
    let limit = Duration::from_secs(10);
    let (found, _) = tokio::join!(
        alice.wait_for("#general", "news", limit),
        bob.post("#general", "the news")
    );
    assert_eq!(found.unwrap().shown, "the news");
    let now = alice.change_after(None, limit).await.unwrap();
    let (later, _) = tokio::join!(
        alice.change_after(Some(now), limit),
        bob.post("#general", "more")
    );
    assert!(later.unwrap() > now);
    let none = alice
        .wait_for("#general", "nothing", Duration::from_millis(1))
        .await;
    assert!(refused(none).contains("came up"));
}

#[tokio::test]
async fn a_person_sees_servers_threads_and_what_a_message_belongs_to() {
    let emulator = quiet().await;
    let at = |name: &str| emulator.door().as_user(name);
    let root = at("rita").post("#security-queue", "odd").await.unwrap();
    let root = root.posted.unwrap();
    at("ben").reply(&root, "look here").await.unwrap();
    let places: serde_json::Value = at("rita").act("places", Act::default()).await.unwrap();
    assert_eq!(places["guilds"][0]["name"], "Example Corp");
    assert_eq!(places["guilds"].as_array().unwrap().len(), 1);
    let thread = &places["threads"][0];
    assert_eq!(
        (&thread["id"], &thread["name"]),
        (&root.ts.clone().into(), &"odd".into())
    );
    assert_eq!(thread["parent"], root.channel);
    let seen = at("rita").read_channel("#security-queue").await.unwrap();
    assert_eq!(seen[0].blocks["thread"], "odd");
    // Who does not see the channel sees no thread of it, and nobody sees a server that they are not in.
    let hers: serde_json::Value = at("alice").act("places", Act::default()).await.unwrap();
    assert_eq!(hers["threads"], serde_json::json!([]));
    let others: serde_json::Value = at("olga").act("places", Act::default()).await.unwrap();
    assert_eq!(others["guilds"][0]["name"], "Partner Ltd");
    let dm = at("alice").post("@secevent", "first").await.unwrap();
    let dm = dm.posted.unwrap();
    at("alice").reply(&dm, "more").await.unwrap();
    let seen = at("alice").read_dm("secevent").await.unwrap();
    assert_eq!(seen[1].blocks["answers"], dm.ts);
    emulator.stop().await;
}

#[tokio::test]
async fn a_person_is_met_directly() {
    let Stage { emulator, mut app } = Stage::new().await;
    let alice = emulator.door().as_user("alice");
    let (seen, told) = tokio::join!(
        alice.post("@secevent", "help me"),
        app.take_in("MESSAGE_CREATE")
    );
    assert!(seen.unwrap().acknowledged);
    assert_eq!(told["content"], "help me");
    assert!(told["guild_id"].is_null() && told["member"].is_null());
    let channel = super::app::word(&told["channel_id"]);
    let body =
        serde_json::json!({ "content": "how?", "message_reference": { "message_id": told["id"] } });
    app.ok("POST", &format!("/channels/{channel}/messages"), body)
        .await;
    let dm = alice.read_dm("secevent").await.unwrap();
    assert_eq!(
        dm.iter().map(|one| one.shown.as_str()).collect::<Vec<_>>(),
        ["help me", "how?"]
    );
    assert_eq!(alice.read_thread(&dm[0].at()).await.unwrap().len(), 2);
    let mine = emulator
        .door()
        .as_user("bob")
        .read_dm("secevent")
        .await
        .unwrap();
    assert!(mine.is_empty());
}
