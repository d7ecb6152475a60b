//! What people do, what the app hears, and what people see.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::door::DoorError;
use super::super::seed::BOT_TOKEN;
use super::super::seen::Act;
use super::{app, call, code, emulator, modal, seed};

fn refused<T>(result: Result<T, DoorError>) -> String {
    match result {
        Err(DoorError::Refused(why)) => why,
        _ => String::new(),
    }
}

#[tokio::test]
async fn a_form_is_opened_corrected_and_sent() {
    let emulator = emulator(seed()).await;
    let answer: app::Answer = Arc::new(|payload| {
        if payload["type"] == "view_submission" {
            return Some(
                match payload["view"]["state"]["values"]["what"]["text"]["value"].as_str() {
                    Some("bad") => {
                        json!({"response_action": "errors", "errors": {"what": "Say more"}})
                    }
                    Some("wrong") => {
                        json!({"response_action": "errors", "errors": {"nowhere": "?"}})
                    }
                    _ => Value::Null,
                },
            );
        }
        Some(json!({"text": "Thanks & <bye>"}))
    });
    let app = app::on_socket(&emulator.api_url(), answer).await;
    let alice = emulator.door().as_user("alice");
    let seen = alice
        .slash("#general", "/secevent mail from @bob & co")
        .await
        .unwrap();
    assert!(seen.acknowledged);
    assert_eq!(seen.shown[0].text, "Thanks & <bye>");
    assert!(seen.shown[0].ephemeral);
    let in_thread = Act {
        channel: Some("#general".into()),
        thread_ts: Some("1.1".into()),
        text: Some("/secevent mail".into()),
        ..Act::default()
    };
    let why = refused(alice.act::<Value>("slash", in_thread).await);
    assert_eq!(why, "/secevent is not supported in threads. Sorry!");
    assert_eq!(app.payloads().len(), 1, "it never leaves the client");
    let command = app.payloads()[0].clone();
    assert_eq!(command["text"], "mail from <@U0BOB|bob> &amp; co");
    let opened = json!({"trigger_id": command["trigger_id"], "view": modal()});
    assert_eq!(code(&emulator, "views.open", opened).await, "ok");
    assert_eq!(
        alice.views().await.unwrap()[0].fields[0].label,
        "What happened"
    );

    let empty = alice.submit(json!({})).await.unwrap();
    assert_eq!(empty.errors["what"], "Please complete this required field.");
    assert!(empty.deliveries.is_empty(), "the client itself refuses");
    let long = alice
        .submit(json!({"What happened": "x".repeat(21)}))
        .await
        .unwrap();
    assert_eq!(long.errors["what"], "Must be 20 characters or fewer.");
    assert!(refused(alice.submit(json!({"Colour": "red"})).await).contains("What happened, Kind"));
    assert!(refused(alice.submit(json!({"Kind": "Fire"})).await).contains("Not sure, Phishing"));

    let bad = alice.submit(json!({"What happened": "bad"})).await.unwrap();
    assert_eq!(bad.errors["what"], "Say more");
    assert!(bad.view.is_some());
    let wrong = alice
        .submit(json!({"What happened": "wrong"}))
        .await
        .unwrap();
    assert!(
        wrong.toast.is_some(),
        "errors at fields that do not exist are the app's mistake"
    );
    let good = alice
        .submit(json!({"What happened": "laptop", "kind": "Phishing"}))
        .await
        .unwrap();
    assert_eq!((good.errors.len(), good.view), (0, None));
    let sent = app.payloads().pop().unwrap();
    let values = &sent["view"]["state"]["values"];
    assert_eq!(
        values["what"]["text"],
        json!({"type": "plain_text_input", "value": "laptop"})
    );
    assert_eq!(
        values["kind"]["pick"]["selected_option"]["value"],
        "phishing"
    );
    emulator.stop().await;
}

#[tokio::test]
async fn messages_reactions_edits_and_mentions_are_heard_where_the_bot_sits() {
    let emulator = emulator(seed()).await;
    let app = app::on_socket(&emulator.api_url(), app::silent()).await;
    let door = emulator.door();
    let (alice, rita) = (door.as_user("alice"), door.as_user("rita"));
    let said = alice
        .post("general", "@secevent <!channel> help")
        .await
        .unwrap();
    assert_eq!(
        said.deliveries.len(),
        2,
        "a message, and a mention of the bot"
    );
    let message = said.posted.unwrap();
    rita.react(&message, "rotating_light").await.unwrap();
    rita.unreact(&message, "rotating_light").await.unwrap();
    alice.edit(&message, "never mind").await.unwrap();
    rita.reply(&message, "what?").await.unwrap();
    alice.delete(&message).await.unwrap();
    assert_eq!(
        rita.post("ops", "nobody hears this")
            .await
            .unwrap()
            .deliveries
            .len(),
        0
    );
    alice.post("@secevent", "in private").await.unwrap();
    let events: Vec<Value> = app
        .payloads()
        .iter()
        .map(|payload| payload["event"].clone())
        .collect();
    let kind = |event: &Value| {
        format!(
            "{} {}",
            event["type"].as_str().unwrap(),
            event["subtype"].as_str().unwrap_or("")
        )
    };
    let mut kinds: Vec<String> = events.iter().map(kind).collect();
    kinds[..2].sort();
    let expected = [
        "app_mention ",
        "message ",
        "reaction_added ",
        "reaction_removed ",
        "message message_changed",
        "message ",
        "message message_changed",
        "message ",
    ];
    assert_eq!(kinds, expected);
    assert_eq!(events[0]["text"], "<@U0SECEVENT> &lt;!channel&gt; help");
    assert_eq!(
        events[4]["previous_message"]["text"],
        "<@U0SECEVENT> &lt;!channel&gt; help"
    );
    assert_eq!(events[5]["parent_user_id"], "U0ALICE");
    assert_eq!(
        events[6]["message"]["subtype"], "tombstone",
        "a deleted parent leaves a tombstone"
    );
    assert_eq!(events[7]["channel_type"], "im");
    assert!(refused(alice.react(&message, "eyes").await).contains("no message"));
}

#[tokio::test]
async fn people_of_a_connected_organisation_have_no_commands_but_can_write_and_press() {
    let emulator = emulator(seed()).await;
    let app = app::on_socket(&emulator.api_url(), app::silent()).await;
    let door = emulator.door();
    let olga = door.as_user("olga");
    assert!(
        refused(olga.slash("shared-with-partner", "/secevent x").await)
            .contains("another organisation")
    );
    assert!(
        refused(olga.global_shortcut("Report security event").await)
            .contains("another organisation")
    );
    assert!(refused(olga.post("general", "hi").await).contains("sees no channel"));
    olga.post("shared-with-partner", "odd mail").await.unwrap();
    let heard = app.payloads()[0].clone();
    assert_eq!(heard["is_ext_shared_channel"], true);
    assert_eq!(
        (&heard["team_id"], &heard["event"]["user_team"]),
        (&json!("T0EXAMPLE"), &json!("T0PARTNER"))
    );
    let info = call(&emulator, "users.info", json!({"user": "U0OLGA"})).await;
    assert_eq!(info["user"]["team_id"], "T0PARTNER");
    assert!(info["user"]["profile"]["email"].is_null());
    let button = json!([{"type": "actions", "elements": [
        {"type": "button", "action_id": "ok", "text": {"type": "plain_text", "text": "OK"}, "value": "1"}]}]);
    let post = json!({"channel": "C0PARTNER", "text": "card", "blocks": button});
    call(&emulator, "chat.postMessage", post).await;
    let card = olga
        .read_channel("shared-with-partner")
        .await
        .unwrap()
        .pop()
        .unwrap();
    olga.press(&card.at(), "OK").await.unwrap();
    let pressed = app
        .payloads()
        .into_iter()
        .find(|one| one["type"] == "block_actions")
        .unwrap();
    assert_eq!(pressed["user"]["team_id"], "T0PARTNER");
    assert_eq!(pressed["actions"][0]["value"], "1");
    assert!(refused(olga.press(&card.at(), "Take").await).contains("there is: OK"));
}

#[tokio::test]
async fn an_organisation_install_sends_no_team() {
    let emulator = emulator(seed().with_enterprise()).await;
    let app = app::on_socket(&emulator.api_url(), app::silent()).await;
    let alice = emulator.door().as_user("alice");
    alice.global_shortcut("report_event").await.unwrap();
    alice.post("general", "hello").await.unwrap();
    let heard = app.payloads();
    assert_eq!(heard[0]["team"], Value::Null);
    assert_eq!(heard[0]["enterprise"]["id"], "E0EXAMPLE");
    assert_eq!(heard[1]["authorizations"][0]["team_id"], Value::Null);
    assert_eq!(heard[1]["authorizations"][0]["is_enterprise_install"], true);
}

#[tokio::test]
async fn files_are_downloaded_with_a_token_only() {
    let emulator = emulator(seed()).await;
    let _app = app::on_socket(&emulator.api_url(), app::silent()).await;
    let alice = emulator.door().as_user("alice");
    let seen = alice
        .upload(Some("general"), "shot.png", "image/png", b"bytes")
        .await
        .unwrap();
    let info = call(&emulator, "files.info", json!({"file": seen.file})).await;
    assert_eq!(info["file"]["size"], 5);
    let url = info["file"]["url_private"].as_str().unwrap().to_owned();
    let get = async |token: &str| {
        let client = reqwest_like(&url, token).await;
        String::from_utf8_lossy(&client).into_owned()
    };
    assert!(get(BOT_TOKEN).await.ends_with("bytes"));
    assert!(
        get("nobody").await.contains("Sign in"),
        "a login page, with status 200"
    );
}

/// A GET by hand: status line, headers and body as bytes.
async fn reqwest_like(url: &str, token: &str) -> Vec<u8> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let url = url::Url::parse(url).unwrap();
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", url.port().unwrap()))
        .await
        .unwrap();
    let request = format!(
        "GET {} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\r\n",
        url.path()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn what_an_app_says_later_is_private_unless_it_says_otherwise() {
    let emulator = emulator(seed()).await;
    let app = app::on_socket(&emulator.api_url(), app::silent()).await;
    let door = emulator.door();
    let alice = door.as_user("alice");
    alice.slash("general", "/secevent").await.unwrap();
    let url = app.payloads()[0]["response_url"]
        .as_str()
        .unwrap()
        .to_owned();
    let (root, id) = url.rsplit_once('/').unwrap();
    let say = async |body: Value| app::api(root, BOT_TOKEN, id, &body).await.unwrap().0;
    assert_eq!(say(json!({"text": "for you"})).await, 200);
    assert_eq!(
        say(json!({"text": "for all", "response_type": "in_channel"})).await,
        200
    );
    assert_eq!(
        say(json!({"delete_original": true, "text": "x"})).await,
        400
    );
    assert_eq!(say(json!({"text": "x", "colour": "red"})).await, 400);
    for _ in 0..3 {
        assert_eq!(say(json!({"text": "again"})).await, 200);
    }
    assert_eq!(say(json!({"text": "once too often"})).await, 404);
    let shown = |all: Vec<super::super::SeenMessage>| {
        all.iter().map(|one| one.shown.clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        shown(alice.ephemerals().await.unwrap()),
        ["for you", "again", "again", "again"]
    );
    assert_eq!(
        shown(door.as_user("bob").read_channel("general").await.unwrap()),
        ["for all"]
    );
}

fn home(words: &str) -> Value {
    json!({"type": "home", "callback_id": "home", "blocks": [
        {"type": "section", "text": {"type": "plain_text", "text": words},
         "accessory": {"type": "button", "action_id": "more", "text": {"type": "plain_text", "text": "More"}, "value": "1"}}]})
}

#[tokio::test]
async fn a_home_is_published_for_one_person_and_its_buttons_work() {
    let emulator = emulator(seed()).await;
    let app = app::on_socket(&emulator.api_url(), app::silent()).await;
    let door = emulator.door();
    let (alice, bob) = (door.as_user("alice"), door.as_user("bob"));
    alice.open_home().await.unwrap();
    let event = app.payloads()[0]["event"].clone();
    assert_eq!(
        (&event["type"], &event["tab"], &event["user"]),
        (&json!("app_home_opened"), &json!("home"), &json!("U0ALICE"))
    );
    assert!(event["view"].is_null(), "nothing was published before");
    assert!(alice.home().await.unwrap().is_none());
    let published = call(
        &emulator,
        "views.publish",
        json!({"user_id": "U0ALICE", "view": home("Hello <!channel>")}),
    )
    .await;
    let seen = alice.home().await.unwrap().unwrap();
    assert_eq!(
        (seen.kind.as_str(), seen.shown.as_str()),
        ("home", "Hello <!channel>")
    );
    assert!(bob.home().await.unwrap().is_none());
    assert!(refused(bob.press_on(&seen, "More").await).contains("no form open"));
    alice.press_on(&seen, "More").await.unwrap();
    let pressed = app.payloads().pop().unwrap();
    assert_eq!(pressed["view"]["type"], "home");
    assert_eq!(pressed["actions"][0]["action_id"], "more");
    assert!(pressed["channel"].is_null() && pressed["response_url"].is_null());
    let opened = json!({"trigger_id": pressed["trigger_id"], "view": modal()});
    assert_eq!(code(&emulator, "views.open", opened).await, "ok");
    // Opened again, what stands there is sent along.
    alice.open_home().await.unwrap();
    let event = app.payloads().pop().unwrap()["event"].clone();
    assert_eq!(event["view"]["hash"], published["view"]["hash"]);
    assert_eq!(event["view"]["id"], published["view"]["id"]);
}

#[tokio::test]
async fn a_home_is_refused_as_slack_refuses_it() {
    let emulator = emulator(seed()).await;
    let publish = async |args: Value| code(&emulator, "views.publish", args).await;
    let alice = |view: Value| json!({"user_id": "U0ALICE", "view": view});
    assert_eq!(publish(alice(modal())).await, "invalid_arguments");
    assert_eq!(
        publish(json!({"view": home("x")})).await,
        "invalid_arguments"
    );
    assert_eq!(
        publish(json!({"user_id": "U0NOBODY", "view": home("x")})).await,
        "user_not_found"
    );
    assert_eq!(
        publish(json!({"user_id": "U0SECEVENT", "view": home("x")})).await,
        "invalid_arguments"
    );
    let mut titled = home("x");
    titled["title"] = json!({"type": "plain_text", "text": "A home has no title"});
    assert_eq!(publish(alice(titled)).await, "invalid_arguments");
    let mut long = home("x");
    long["blocks"] = json!(vec![json!({"type": "divider"}); 101]);
    assert_eq!(publish(alice(long)).await, "invalid_arguments");
    // A hash names what is replaced.
    let mut hashed = alice(home("x"));
    hashed["hash"] = json!("1.2");
    assert_eq!(publish(hashed.clone()).await, "hash_conflict");
    let first = call(&emulator, "views.publish", alice(home("one"))).await;
    hashed["hash"] = first["view"]["hash"].clone();
    assert_eq!(publish(hashed.clone()).await, "ok");
    assert_eq!(publish(hashed).await, "hash_conflict");
    let off = super::emulator(seed().with_app(|app| app.home_tab = false)).await;
    assert_eq!(
        code(&off, "views.publish", alice(home("x"))).await,
        "not_enabled"
    );
    let door = off.door();
    assert!(refused(door.as_user("alice").open_home().await).contains("a Home tab"));
}
