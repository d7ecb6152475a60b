//! Messages of the bot in detail: pings, files, reactions, edits; how fast one may call, and what goes wrong on purpose.
//!
//! Neighbours: `rest` for what is read and refused.

use std::time::Duration;

use serde_json::{Value, json};

use super::Stage;
use super::app::{App, word};
use crate::emulator::clock::EmulatorClock;
use crate::emulator::discord::seed::{ALICE, BOB, BOT_USER, GENERAL, QUEUE, RITA};
use crate::emulator::discord::{DiscordEmulator, Seed};

fn messages(channel: u64) -> String {
    format!("/channels/{channel}/messages")
}

#[tokio::test]
async fn pings_obey_what_is_allowed_and_links_are_seen() {
    let Stage { emulator, mut app } = Stage::new().await;
    let words = format!("<@{ALICE}> <@{BOB}> @everyone [here](https://a.test) \\<@{RITA}>");
    for (allowed, pinged) in [
        (json!({ "parse": [] }), vec![]),
        (
            json!({ "parse": [], "users": [BOB.to_string()] }),
            vec![BOB.to_string()],
        ),
        (
            json!({ "parse": ["users", "everyone"] }),
            vec![ALICE.to_string(), BOB.to_string()],
        ),
    ] {
        let body = json!({ "content": words, "allowed_mentions": allowed });
        app.ok("POST", &messages(GENERAL), body).await;
        app.event("MESSAGE_CREATE").await;
        let seen = emulator
            .door()
            .as_user("alice")
            .read_channel("general")
            .await
            .unwrap()
            .pop()
            .unwrap();
        assert_eq!(seen.notifies, pinged, "the bot may not ping everyone");
        assert_eq!(seen.shown, format!("@alice @bob @everyone here <@{RITA}>"));
        assert_eq!(seen.links, ["https://a.test"]);
    }
}

#[tokio::test]
async fn who_calls_too_fast_is_told_how_long_to_wait() {
    let seed = Seed::example_corp();
    let start = super::start();
    let emulator = DiscordEmulator::start(seed, EmulatorClock::manual(start))
        .await
        .unwrap();
    let app = App::new(&emulator);
    let body = json!({ "content": "x" });
    for left in (0..5).rev() {
        let answer = app
            .raw("POST", &messages(GENERAL), Some(&body))
            .await
            .unwrap();
        assert_eq!(
            answer.headers()["x-ratelimit-remaining"],
            left.to_string().as_str()
        );
        assert_eq!(answer.headers()["x-ratelimit-limit"], "5");
        assert!(answer.headers().contains_key("x-ratelimit-bucket"));
    }
    let answer = app
        .raw("POST", &messages(GENERAL), Some(&body))
        .await
        .unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["retry-after"]),
        (429, &"5".parse().unwrap())
    );
    assert_eq!(answer.headers()["x-ratelimit-scope"], "user");
    let told: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(
        (&told["retry_after"], &told["global"]),
        (&json!(5.0), &json!(false))
    );
    // Another channel is another bucket; and time opens this one again.
    app.ok("POST", &messages(QUEUE), body.clone()).await;
    emulator
        .door()
        .advance(Duration::from_secs(5))
        .await
        .unwrap();
    app.ok("POST", &messages(GENERAL), body.clone()).await;
    emulator
        .door()
        .control("global_limit", json!({ "seconds": 2.0 }))
        .await
        .unwrap();
    let answer = app.raw("GET", "/users/@me", None).await.unwrap();
    assert_eq!(
        (
            answer.status().as_u16(),
            &answer.headers()["x-ratelimit-global"]
        ),
        (429, &"true".parse().unwrap())
    );
    // Interactions are outside of the limit over all.
    assert_eq!(
        app.refused("POST", "/interactions/1/x/callback", json!({ "type": 4 }))
            .await,
        (404, 10062)
    );
}

#[tokio::test]
async fn calls_go_wrong_as_scripted() {
    let Stage { emulator, app } = Stage::new().await;
    let door = emulator.door();
    let body = json!({ "content": "x" });
    let post = |body: Value| {
        let app = &app;
        async move { app.raw("POST", &messages(GENERAL), Some(&body)).await }
    };
    door.fault("messages.post", json!({ "kind": "status", "code": 503 }), 1)
        .await
        .unwrap();
    assert_eq!(post(body.clone()).await.unwrap().status().as_u16(), 503);
    door.fault(
        "messages.post",
        json!({ "kind": "error", "code": 50013 }),
        1,
    )
    .await
    .unwrap();
    assert_eq!(
        app.refused("POST", &messages(GENERAL), body.clone()).await,
        (403, 50013)
    );
    door.fault(
        "messages.post",
        json!({ "kind": "rate_limited", "retry_after": 0.5 }),
        1,
    )
    .await
    .unwrap();
    assert_eq!(post(body.clone()).await.unwrap().status().as_u16(), 429);
    door.fault("messages.post", json!({ "kind": "reset" }), 1)
        .await
        .unwrap();
    assert!(post(body.clone()).await.is_err());
    assert_eq!(
        app.ok("GET", &messages(GENERAL), Value::Null).await,
        json!([])
    );
    door.fault("messages.post", json!({ "kind": "lost_answer" }), 1)
        .await
        .unwrap();
    assert!(post(body.clone()).await.is_err());
    assert_eq!(
        app.ok("GET", &messages(GENERAL), Value::Null)
            .await
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    door.fault("messages.post", json!({ "kind": "hang", "seconds": 5 }), 1)
        .await
        .unwrap();
    let (answer, advanced) = tokio::join!(post(body.clone()), async {
        while door.control("status", json!({})).await.unwrap()["faults_left"] != 0 {
            tokio::task::yield_now().await;
        }
        // Stepped until the call that hangs is seen through.
        door.advance(Duration::from_secs(5)).await.is_ok()
    });
    assert!(advanced && answer.unwrap().status().is_success());
    let calls = door.calls(0).await.unwrap();
    assert!(
        calls
            .iter()
            .any(|one| one["route"] == "messages.post" && one["status"] == 503)
    );
}

#[tokio::test]
async fn reactions_files_edits_and_deletions() {
    let Stage { emulator, mut app } = Stage::new().await;
    let sent = app
        .with_file(
            &messages(GENERAL),
            &json!({ "content": "see", "attachments": [{ "id": 0, "description": "a shot" }] }),
            "a.png",
            &[7, 8],
        )
        .await;
    app.event("MESSAGE_CREATE").await;
    let file = &sent["attachments"][0];
    assert_eq!(
        (&file["filename"], &file["size"], &file["description"]),
        (&json!("a.png"), &json!(2), &json!("a shot"))
    );
    assert_eq!(app.fetch(&word(&file["url"])).await, (200, vec![7, 8]));
    let path = format!("{}/{}", messages(GENERAL), word(&sent["id"]));
    app.ok(
        "PUT",
        &format!("{path}/reactions/%F0%9F%91%80/@me"),
        Value::Null,
    )
    .await;
    app.event("MESSAGE_REACTION_ADD").await;
    let alice = emulator.door().as_user("alice");
    let seen = alice.read_channel("general").await.unwrap().remove(0);
    assert_eq!(
        (seen.files.as_slice(), &seen.reactions["eyes"]),
        (&["a.png".to_owned()][..], &vec![BOT_USER.to_string()])
    );
    let at = seen.at();
    let (_, told) = tokio::join!(
        alice.react(&at, "rotating_light"),
        app.take_in("MESSAGE_REACTION_ADD")
    );
    assert_eq!(
        (&told["emoji"]["name"], &told["user_id"]),
        (&json!("🚨"), &json!(ALICE.to_string()))
    );
    assert_eq!(told["member"]["user"]["username"], "alice");
    let users = app
        .ok(
            "GET",
            &format!("{path}/reactions/%F0%9F%9A%A8"),
            Value::Null,
        )
        .await;
    assert_eq!(users[0]["id"], ALICE.to_string());
    let (_, told) = tokio::join!(
        alice.unreact(&at, "rotating_light"),
        app.take_in("MESSAGE_REACTION_REMOVE")
    );
    assert!(told["member"].is_null());
    assert_eq!(
        app.refused("PATCH", &path, json!({ "content": "", "attachments": [] }))
            .await,
        (400, 50006)
    );
    let edited = app
        .ok(
            "PATCH",
            &path,
            json!({ "content": "", "embeds": [{ "title": "now" }], "attachments": [] }),
        )
        .await;
    assert_eq!(
        (&edited["attachments"], &edited["embeds"][0]["type"]),
        (&json!([]), &json!("rich"))
    );
    app.event("MESSAGE_UPDATE").await;
    emulator
        .door()
        .control("wear_out", json!({ "message": sent["id"] }))
        .await
        .unwrap();
    app.ok("PATCH", &path, json!({ "content": "still young" }))
        .await;
    app.event("MESSAGE_UPDATE").await;
    emulator
        .door()
        .advance(Duration::from_secs(3601))
        .await
        .unwrap();
    assert_eq!(
        app.refused("PATCH", &path, json!({ "content": "x" })).await,
        (429, 30046)
    );
    assert_eq!(app.call("DELETE", &path, Value::Null).await.0, 204);
    assert_eq!(app.event("MESSAGE_DELETE").await["id"], sent["id"]);
}
