//! The REST interface: what is given, what is refused and with which code, how fast one may call, and what goes wrong on purpose.
//!
//! Neighbours: `limits` has the limits of bodies one by one.

use std::time::Duration;

use serde_json::{Value, json};

use super::Stage;
use super::app::{App, word};
use crate::emulator::clock::EmulatorClock;
use crate::emulator::discord::seed::{
    ALICE, APPLICATION, BOB, BOT_USER, GENERAL, GUILD, OLGA, OPS, PARTNER_GUILD, QUEUE, RITA,
};
use crate::emulator::discord::{DiscordEmulator, Seed};

fn messages(channel: u64) -> String {
    format!("/channels/{channel}/messages")
}

#[tokio::test]
async fn everything_that_is_read_is_readable() {
    let Stage {
        emulator: _emulator,
        app,
    } = Stage::new().await;
    for path in [
        "/users/@me".to_owned(),
        "/users/@me/guilds".to_owned(),
        format!("/users/{ALICE}"),
        "/applications/@me".to_owned(),
        "/oauth2/applications/@me".to_owned(),
        "/gateway".to_owned(),
        "/gateway/bot".to_owned(),
        format!("/guilds/{GUILD}"),
        format!("/guilds/{GUILD}/roles"),
        format!("/guilds/{GUILD}/channels"),
        format!("/guilds/{GUILD}/members/{RITA}"),
        format!("/guilds/{GUILD}/threads/active"),
        format!("/channels/{GENERAL}"),
        messages(GENERAL),
        format!("/applications/{APPLICATION}/guilds/{GUILD}/commands"),
        format!("/applications/{APPLICATION}/commands"),
    ] {
        app.ok("GET", &path, Value::Null).await;
    }
}

#[tokio::test]
async fn what_is_wrong_is_refused_with_discords_code() {
    let Stage { emulator, mut app } = Stage::new().await;
    let door = emulator.door();
    for (method, path, body, refused) in [
        ("GET", "/nothing".to_owned(), Value::Null, (404, 0)),
        ("GET", "/channels/1".to_owned(), Value::Null, (404, 10003)),
        ("GET", format!("/channels/{OPS}"), Value::Null, (403, 50001)),
        (
            "POST",
            messages(OPS),
            json!({ "content": "x" }),
            (403, 50001),
        ),
        (
            "GET",
            format!("{}/1", messages(GENERAL)),
            Value::Null,
            (404, 10008),
        ),
        ("GET", "/guilds/1".to_owned(), Value::Null, (404, 10004)),
        (
            "GET",
            format!("/guilds/{GUILD}/members/{OLGA}"),
            Value::Null,
            (404, 10007),
        ),
        (
            "GET",
            format!("/guilds/{GUILD}/members/5"),
            Value::Null,
            (404, 10013),
        ),
        (
            "GET",
            format!("/guilds/{GUILD}/members"),
            Value::Null,
            (403, 50001),
        ),
        ("POST", messages(GENERAL), json!({}), (400, 50006)),
        (
            "POST",
            messages(GENERAL),
            json!({ "content": "x".repeat(2001) }),
            (400, 50035),
        ),
        (
            "POST",
            "/users/@me/channels".to_owned(),
            json!({}),
            (400, 50035),
        ),
        (
            "POST",
            "/users/@me/channels".to_owned(),
            json!({ "recipient_id": "9" }),
            (400, 50033),
        ),
        (
            "POST",
            "/interactions/1/none/callback".to_owned(),
            json!({ "type": 4 }),
            (404, 10062),
        ),
        (
            "POST",
            format!("/webhooks/{APPLICATION}/none"),
            json!({ "content": "x" }),
            (401, 50027),
        ),
        (
            "PUT",
            format!("/applications/{APPLICATION}/guilds/1/commands"),
            json!([]),
            (403, 50001),
        ),
        (
            "PUT",
            "/applications/1/commands".to_owned(),
            json!([]),
            (403, 20012),
        ),
        (
            "PUT",
            format!("{}/1/reactions/x/@me", messages(GENERAL)),
            Value::Null,
            (404, 10008),
        ),
    ] {
        assert_eq!(
            app.refused(method, &path, body).await,
            refused,
            "{method} {path}"
        );
    }
    let alice = door.as_user("alice");
    let (posted, _) = tokio::join!(alice.post("#general", "mine"), app.event("MESSAGE_CREATE"));
    let mine = format!(
        "{}/{}",
        messages(GENERAL),
        posted.unwrap().posted.unwrap().ts
    );
    assert_eq!(
        app.refused("PATCH", &mine, json!({ "content": "yours" }))
            .await,
        (403, 50005)
    );
    assert_eq!(
        app.refused("DELETE", &mine, Value::Null).await,
        (403, 50013)
    );
    assert_eq!(
        app.refused("PUT", &format!("{mine}/reactions/eyes/@me"), Value::Null)
            .await,
        (400, 10014)
    );
    door.control("deny", json!({ "channel": "general", "deny": "send" }))
        .await
        .unwrap();
    assert_eq!(
        app.refused("POST", &messages(GENERAL), json!({ "content": "x" }))
            .await,
        (403, 50013)
    );
    door.control("deny", json!({ "channel": "general", "deny": "history" }))
        .await
        .unwrap();
    assert_eq!(app.refused("GET", &mine, Value::Null).await, (403, 50013));
    assert_eq!(
        app.ok("GET", &messages(GENERAL), Value::Null).await,
        json!([])
    );
    app.token = "guess".into();
    assert_eq!(
        app.refused("GET", "/users/@me", Value::Null).await,
        (401, 0)
    );
}

#[tokio::test]
async fn a_nonce_makes_one_message_for_some_minutes() {
    let Stage { emulator, app } = Stage::new().await;
    let body = json!({ "content": "once", "nonce": "n1", "enforce_nonce": true });
    let first = app.ok("POST", &messages(GENERAL), body.clone()).await;
    let again = app.ok("POST", &messages(GENERAL), body.clone()).await;
    assert_eq!(
        (&first["id"], &first["nonce"]),
        (&again["id"], &json!("n1"))
    );
    emulator
        .door()
        .advance(Duration::from_secs(600))
        .await
        .unwrap();
    let later = app.ok("POST", &messages(GENERAL), body).await;
    assert_ne!(first["id"], later["id"]);
    let listed = app
        .ok(
            "GET",
            &format!("{}?limit=1", messages(GENERAL)),
            Value::Null,
        )
        .await;
    assert_eq!(listed[0]["id"], later["id"]);
    let after = format!("{}?after={}", messages(GENERAL), word(&first["id"]));
    assert_eq!(
        app.ok("GET", &after, Value::Null)
            .await
            .as_array()
            .map(Vec::len),
        Some(1)
    );
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
async fn direct_messages_reach_who_is_open_to_them() {
    let Stage { emulator, app } = Stage::new().await;
    let door = emulator.door();
    let open = app
        .ok(
            "POST",
            "/users/@me/channels",
            json!({ "recipient_id": ALICE.to_string() }),
        )
        .await;
    assert_eq!(
        open,
        app.ok(
            "POST",
            "/users/@me/channels",
            json!({ "recipient_id": ALICE.to_string() })
        )
        .await
    );
    let path = format!("/channels/{}/messages", word(&open["id"]));
    app.ok("POST", &path, json!({ "content": "hello" })).await;
    assert_eq!(
        door.as_user("alice").read_dm("secevent").await.unwrap()[0].shown,
        "hello"
    );
    door.control("close_dm", json!({ "user": "alice" }))
        .await
        .unwrap();
    assert_eq!(
        app.refused("POST", &path, json!({ "content": "hello?" }))
            .await,
        (403, 50007)
    );
    let olga = app
        .ok(
            "POST",
            "/users/@me/channels",
            json!({ "recipient_id": OLGA.to_string() }),
        )
        .await;
    let path = format!("/channels/{}/messages", word(&olga["id"]));
    app.ok("POST", &path, json!({ "content": "hello" })).await;
    door.control("leave_guild", json!({ "guild": PARTNER_GUILD.to_string() }))
        .await
        .unwrap();
    assert_eq!(
        app.refused("POST", &path, json!({ "content": "hello?" }))
            .await,
        (403, 50278)
    );
}

#[tokio::test]
async fn a_thread_hangs_on_a_message() {
    let Stage { emulator, mut app } = Stage::new().await;
    let card = app
        .ok("POST", &messages(QUEUE), json!({ "content": "Case 1" }))
        .await;
    app.event("MESSAGE_CREATE").await;
    let id = word(&card["id"]);
    let start = format!("{}/{id}/threads", messages(QUEUE));
    assert_eq!(
        app.refused("POST", &start, json!({ "name": "" })).await,
        (400, 50035)
    );
    let thread = app
        .ok(
            "POST",
            &start,
            json!({ "name": "Case 1", "auto_archive_duration": 1440 }),
        )
        .await;
    assert_eq!(
        (&thread["id"], &thread["parent_id"]),
        (&card["id"], &json!(QUEUE.to_string()))
    );
    assert_eq!(
        app.refused("POST", &start, json!({ "name": "again" }))
            .await,
        (400, 160_004)
    );
    for event in ["THREAD_CREATE", "MESSAGE_CREATE", "MESSAGE_UPDATE"] {
        app.event(event).await;
    }
    app.ok(
        "POST",
        &format!("/channels/{id}/messages"),
        json!({ "content": "first note" }),
    )
    .await;
    app.event("MESSAGE_CREATE").await;
    let rita = emulator.door().as_user("rita");
    let root = rita
        .read_channel("#security-queue")
        .await
        .unwrap()
        .pop()
        .unwrap();
    let root_at = root.at();
    let (said, told) = tokio::join!(
        rita.reply(&root_at, "second note"),
        app.take_in("MESSAGE_CREATE")
    );
    assert_eq!(
        (&told["channel_id"], &told["content"]),
        (&json!(id), &json!("second note"))
    );
    let said = said.unwrap().posted.unwrap();
    assert_eq!(said.channel, QUEUE.to_string());
    let seen = rita.read_thread(&root.at()).await.unwrap();
    let words: Vec<&str> = seen.iter().map(|one| one.shown.as_str()).collect();
    assert_eq!(words, ["Case 1", "first note", "second note"]);
    assert_eq!(seen[1].thread_ts.as_ref(), Some(&root.ts));
    let path = format!("/channels/{id}");
    app.ok("PATCH", &path, json!({ "archived": true, "locked": true }))
        .await;
    assert_eq!(
        app.refused(
            "POST",
            &format!("{path}/messages"),
            json!({ "content": "x" })
        )
        .await,
        (400, 50083)
    );
    app.ok("PATCH", &path, json!({ "archived": true, "locked": false }))
        .await;
    app.ok(
        "POST",
        &format!("{path}/messages"),
        json!({ "content": "opens it again" }),
    )
    .await;
    assert_eq!(
        app.ok("GET", &path, Value::Null).await["thread_metadata"]["archived"],
        false
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
