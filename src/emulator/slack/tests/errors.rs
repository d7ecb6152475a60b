//! Each refusal of the Web API with its code.

use serde_json::{Value, json};

use super::super::seed::{APP_TOKEN, BOT_TOKEN};
use super::{app, call, code, emulator, modal, seed};

#[tokio::test]
async fn tokens_scopes_and_names_are_checked() {
    let emulator =
        emulator(seed().with_app(|app| app.scopes = ["chat:write".to_owned()].into())).await;
    let api = emulator.api_url();
    let by = async |token: &str, method: &str| {
        let (_, answer) = app::api(&api, token, method, &json!({})).await.unwrap();
        answer["error"].as_str().unwrap_or("ok").to_owned()
    };
    assert_eq!(by(BOT_TOKEN, "auth.test").await, "ok");
    assert_eq!(by("xoxb-nobody", "auth.test").await, "invalid_auth");
    assert_eq!(by(APP_TOKEN, "auth.test").await, "not_allowed_token_type");
    assert_eq!(
        by(BOT_TOKEN, "apps.connections.open").await,
        "not_allowed_token_type"
    );
    assert_eq!(
        by(BOT_TOKEN, "chat.scheduleMessage").await,
        "unknown_method"
    );
    let answer = call(&emulator, "users.info", json!({"user": "U0ALICE"})).await;
    assert_eq!(
        (answer["error"].as_str(), answer["needed"].as_str()),
        (Some("missing_scope"), Some("users:read"))
    );
    emulator
        .door()
        .control("revoke", json!({"token": BOT_TOKEN}))
        .await
        .unwrap();
    assert_eq!(by(BOT_TOKEN, "auth.test").await, "token_revoked");
}

#[tokio::test]
async fn posting_is_refused_for_each_reason() {
    let emulator = emulator(seed()).await;
    let door = emulator.door();
    let post = async |more: Value| {
        let mut args = json!({"channel": "C0QUEUE", "text": "hello"});
        args.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        code(&emulator, "chat.postMessage", args).await
    };
    assert_eq!(post(json!({})).await, "ok");
    assert_eq!(
        post(json!({"channel": "C0NOWHERE"})).await,
        "channel_not_found"
    );
    assert_eq!(post(json!({"channel": "C0OPS"})).await, "not_in_channel");
    assert_eq!(post(json!({"text": ""})).await, "no_text");
    assert_eq!(post(json!({"text": "é".repeat(40_000)})).await, "ok");
    assert_eq!(
        post(json!({"text": "é".repeat(40_001)})).await,
        "msg_too_long"
    );
    assert_eq!(
        post(json!({"blocks": [{"type": "sektion"}]})).await,
        "invalid_blocks"
    );
    assert_eq!(post(json!({"blocks": "[{"})).await, "invalid_blocks_format");
    assert_eq!(
        post(json!({"thread_ts": "1.000001"})).await,
        "thread_not_found"
    );
    assert_eq!(
        post(json!({"metadata": {"event_type": "x"}})).await,
        "invalid_metadata_format"
    );
    assert_eq!(post(json!({"colour": "red"})).await, "invalid_arguments");
    door.control("archive", json!({"channel": "security-queue"}))
        .await
        .unwrap();
    assert_eq!(post(json!({})).await, "is_archived");
    door.control(
        "refuse_channel",
        json!({"channel": "general", "error": "restricted_action"}),
    )
    .await
    .unwrap();
    assert_eq!(
        post(json!({"channel": "C0GENERAL"})).await,
        "restricted_action"
    );
    let told = door.ledger(0).await.unwrap();
    assert_eq!(
        told.iter().filter(|one| one["kind"] == "refused").count(),
        11
    );
    assert_eq!(told.iter().filter(|one| one["kind"] == "write").count(), 2);
}

#[tokio::test]
async fn changing_a_message_is_refused_for_each_reason() {
    let emulator = emulator(seed()).await;
    let door = emulator.door();
    let blocks = json!([{"type": "divider"}]);
    let posted = call(
        &emulator,
        "chat.postMessage",
        json!({"channel": "C0QUEUE", "text": "a", "blocks": blocks}),
    )
    .await;
    let change = async |ts: &Value, text: &str| {
        code(
            &emulator,
            "chat.update",
            json!({"channel": "C0QUEUE", "ts": ts, "text": text}),
        )
        .await
    };
    assert_eq!(change(&json!("1.000001"), "b").await, "message_not_found");
    assert_eq!(change(&posted["ts"], "").await, "no_text");
    assert_eq!(change(&posted["ts"], "b").await, "ok");
    let rita = door.as_user("rita");
    let read = rita.read_channel("security-queue").await.unwrap();
    assert_eq!(
        (read[0].shown.as_str(), read[0].edited),
        ("b", true),
        "text without blocks removes the blocks"
    );
    let theirs = rita
        .post("security-queue", "mine")
        .await
        .unwrap()
        .posted
        .unwrap();
    assert_eq!(change(&json!(theirs.ts), "b").await, "cant_update_message");
    let delete = json!({"channel": "C0QUEUE", "ts": theirs.ts});
    assert_eq!(
        code(&emulator, "chat.delete", delete).await,
        "cant_delete_message"
    );
    door.control("edit_window", json!({"minutes": 5}))
        .await
        .unwrap();
    assert_eq!(change(&posted["ts"], "c").await, "ok");
    door.advance(std::time::Duration::from_secs(301))
        .await
        .unwrap();
    assert_eq!(change(&posted["ts"], "d").await, "edit_window_closed");
}

#[tokio::test]
async fn direct_messages_are_refused_for_each_reason() {
    let emulator =
        emulator(seed().with_person("U0GONE", "gone", "Gone", |user| user.deleted = true)).await;
    let door = emulator.door();
    let open =
        async |users: Value| code(&emulator, "conversations.open", json!({"users": users})).await;
    assert_eq!(open(json!("U0ALICE")).await, "ok");
    assert_eq!(
        open(json!("U0OLGA")).await,
        "ok",
        "shares a channel with the bot"
    );
    assert_eq!(
        open(json!(["U0ALICE"])).await,
        "invalid_arguments",
        "a list must be a string"
    );
    assert_eq!(open(json!("U0SECEVENT")).await, "cannot_dm_bot");
    assert_eq!(open(json!("U0NOBODY")).await, "user_not_found");
    assert_eq!(open(json!("U0GONE")).await, "user_disabled");
    assert_eq!(
        code(&emulator, "conversations.open", json!({})).await,
        "users_list_not_supplied"
    );
    door.control(
        "refuse_dm",
        json!({"user": "bob", "error": "cannot_dm_user"}),
    )
    .await
    .unwrap();
    assert_eq!(open(json!("U0BOB")).await, "cannot_dm_user");
    door.control(
        "membership",
        json!({"channel": "shared-with-partner", "user": "secevent", "on": false}),
    )
    .await
    .unwrap();
    assert_eq!(open(json!("U0OLGA")).await, "user_not_visible");
}

#[tokio::test]
async fn views_are_refused_for_each_reason() {
    let emulator = emulator(seed()).await;
    let _app = app::on_socket(&emulator.api_url(), app::silent()).await;
    let door = emulator.door();
    let alice = door.as_user("alice");
    let trigger = async || {
        alice.slash("general", "/secevent").await.unwrap();
        let told = door.ledger(0).await.unwrap();
        let last = told
            .iter()
            .rev()
            .find(|one| one["kind"] == "delivery")
            .unwrap();
        last["payload"]["trigger_id"].clone()
    };
    let open = async |trigger: &Value, view: Value| {
        call(
            &emulator,
            "views.open",
            json!({"trigger_id": trigger, "view": view}),
        )
        .await
    };
    let error = |answer: &Value| answer["error"].as_str().unwrap_or("ok").to_owned();
    let first = trigger().await;
    let mut long = modal();
    long["title"]["text"] = json!("t".repeat(25));
    assert_eq!(error(&open(&first, long).await), "invalid_arguments");
    let opened = open(&first, modal()).await;
    assert_eq!(
        error(&opened),
        "ok",
        "a refused view does not use the trigger up"
    );
    assert_eq!(error(&open(&first, modal()).await), "exchanged_trigger_id");
    assert_eq!(
        error(&open(&json!("nonsense"), modal()).await),
        "invalid_trigger_id"
    );
    let late = trigger().await;
    door.advance(std::time::Duration::from_millis(3001))
        .await
        .unwrap();
    assert_eq!(error(&open(&late, modal()).await), "expired_trigger_id");
    let (id, hash) = (&opened["view"]["id"], &opened["view"]["hash"]);
    let update = async |id: &Value, hash: &Value| {
        code(
            &emulator,
            "views.update",
            json!({"view_id": id, "hash": hash, "view": modal()}),
        )
        .await
    };
    assert_eq!(update(&json!("V0"), hash).await, "not_found");
    assert_eq!(update(id, hash).await, "ok");
    assert_eq!(update(id, hash).await, "hash_conflict");
    alice.close().await.unwrap();
    assert_eq!(
        update(id, &Value::Null).await,
        "not_found",
        "a closed view is gone"
    );
    let pushed = json!({"trigger_id": trigger().await, "view": modal()});
    assert_eq!(
        code(&emulator, "views.push", pushed).await,
        "invalid_trigger_id",
        "not from inside a view"
    );
}

#[tokio::test]
async fn reading_is_for_members_and_scopes() {
    let emulator = emulator(seed()).await;
    let read = async |channel: &str| {
        code(
            &emulator,
            "conversations.history",
            json!({"channel": channel}),
        )
        .await
    };
    assert_eq!(read("C0GENERAL").await, "ok");
    assert_eq!(read("C0OPS").await, "not_in_channel");
    emulator
        .door()
        .control(
            "scopes",
            json!({"scopes": ["channels:history", "channels:read"]}),
        )
        .await
        .unwrap();
    assert_eq!(
        read("C0QUEUE").await,
        "missing_scope",
        "a private channel asks for groups:history"
    );
    let info = async |channel: &str| {
        call(&emulator, "conversations.info", json!({"channel": channel})).await
    };
    assert_eq!(info("C0QUEUE").await["needed"], "groups:read");
    let shared = info("C0PARTNER").await;
    assert_eq!(shared["channel"]["is_ext_shared"], true);
    assert!(shared["channel"]["created"].is_i64());
}
