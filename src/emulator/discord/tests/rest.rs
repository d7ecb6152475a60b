//! The REST interface: what is given, and what is refused with which code.
//!
//! Neighbours: `limits` has the limits of bodies one by one, `calls` the rest.

use std::time::Duration;

use serde_json::{Value, json};

use super::Stage;
use super::app::word;
use crate::emulator::discord::seed::{
    ALICE, APPLICATION, GENERAL, GUILD, OLGA, OPS, PARTNER_GUILD, QUEUE, RITA,
};

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
    // Locking is a moderator's right, and what is locked takes nothing from others.
    let locked = json!({ "locked": true });
    assert_eq!(app.refused("PATCH", &path, locked).await, (403, 50013));
    for (what, on, code) in [("locked", true, 50083), ("lock", true, 160_005)] {
        let given = json!({ "channel": id, "what": what, "on": on });
        let door = emulator.door();
        door.control("archive_thread", given).await.unwrap();
        let said = json!({ "content": "x" });
        let refused = app.refused("POST", &format!("{path}/messages"), said).await;
        assert_eq!(refused, (400, code), "{what}");
        if what == "lock" {
            assert!(rita.reply(&root_at, "x").await.is_err());
            let given = json!({ "channel": id, "on": false });
            door.control("archive_thread", given).await.unwrap();
        }
    }
    app.ok("PATCH", &path, json!({ "archived": true })).await;
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
