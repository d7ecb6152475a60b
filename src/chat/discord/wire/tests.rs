//! Payloads as Discord documents them, read whole and damaged in every place.

use super::{
    Unread,
    entities::{Names, emoji_names, mentions, plain, without_mention},
    event::{self, Happened},
    interaction::{Act, Interaction},
    mask::{masked, masked_bytes},
};
use crate::chat::damage::{each, with_unknown_fields};
use proptest::prelude::*;
use serde_json::{Value, json};

const TOKEN: &str = "aW50ZXJhY3Rpb246MTIzOnNlY3JldA==";

/// What all interactions of a guild have.
fn interaction(kind: u8, data: Value) -> Value {
    json!({
        "id": "1100000000000000100", "application_id": "1100000000000000001", "type": kind, "token": TOKEN, "version": 1,
        "guild_id": "1100000000000000002", "channel_id": "1100000000000000010",
        "channel": { "id": "1100000000000000010", "type": 0, "parent_id": "1100000000000000009", "name": "general" },
        "member": {
            "user": { "id": "1100000000000000020", "username": "alice", "global_name": "Alice", "bot": false },
            "nick": "Alice A.", "roles": ["1100000000000000030"], "permissions": "0"
        },
        "locale": "de", "guild_locale": "en-US", "app_permissions": "0", "data": data
    })
}

fn file() -> Value {
    json!({
        "id": "1100000000000000040", "filename": "shot.png", "size": 7, "content_type": "image/png",
        "url": "https://cdn.discordapp.com/attachments/1/2/shot.png?ex=6a&is=6b&hm=abcdef"
    })
}

fn report() -> Value {
    let data = json!({
        "id": "1", "name": "secevent", "type": 1,
        "options": [{ "name": "report", "type": 1, "options": [
            { "name": "text", "type": 3, "value": "help" },
            { "name": "file", "type": 11, "value": "1100000000000000040" }
        ] }],
        "resolved": { "attachments": { "1100000000000000040": file() } }
    });
    interaction(2, data)
}

fn on_message() -> Value {
    let data = json!({
        "id": "2", "name": "Report security event", "type": 3, "target_id": "1100000000000000050",
        "resolved": { "messages": { "1100000000000000050": message() } }
    });
    interaction(2, data)
}

fn press() -> Value {
    let mut raw = interaction(
        3,
        json!({ "component_type": 2, "custom_id": "v1:take:0190" }),
    );
    raw["message"] = json!({ "id": "1100000000000000060", "flags": 0 });
    raw
}

fn typing() -> Value {
    let option = json!({ "name": "case", "type": 3, "value": "SE-20", "focused": true });
    interaction(
        4,
        json!({ "name": "secevent", "type": 1, "options": [{ "name": "status", "type": 1, "options": [option] }] }),
    )
}

fn submission() -> Value {
    let data = json!({
        "custom_id": "v1:form:report:0190",
        "components": [
            { "type": 18, "id": 1, "component": { "type": 4, "id": 2, "custom_id": "text", "value": "odd login" } },
            { "type": 18, "id": 3, "component": { "type": 3, "id": 4, "custom_id": "category", "values": ["phishing"] } },
            { "type": 10, "id": 5 },
            { "type": 18, "id": 6, "component": { "type": 19, "id": 7, "custom_id": "files", "values": ["1100000000000000040"] } },
            { "type": 1, "id": 8, "components": [{ "type": 4, "id": 9, "custom_id": "old", "value": "row" }] },
            { "type": 18, "id": 10, "component": { "type": 22, "id": 11, "custom_id": "many", "values": ["a", "b"] } },
            { "type": 18, "id": 12, "component": { "type": 23, "id": 13, "custom_id": "tick", "value": true } }
        ],
        "resolved": { "attachments": { "1100000000000000040": file() } }
    });
    interaction(5, data)
}

fn message() -> Value {
    json!({
        "id": "1100000000000000050", "channel_id": "1100000000000000010", "guild_id": "1100000000000000002", "type": 0,
        "author": { "id": "1100000000000000021", "username": "bob", "global_name": "Bob" },
        "member": { "nick": null, "roles": [] },
        "content": "look <@1100000000000000020> at <#1100000000000000010>", "attachments": [file()], "embeds": [],
        "mentions": [{ "id": "1100000000000000020", "username": "alice", "member": { "nick": "Alice A." } }],
        "timestamp": "2026-03-31T12:00:00.000000+00:00", "edited_timestamp": null, "flags": 0
    })
}

fn reaction() -> Value {
    json!({
        "user_id": "1100000000000000020", "channel_id": "1100000000000000010", "message_id": "1100000000000000050",
        "guild_id": "1100000000000000002", "emoji": { "id": null, "name": "🚨" }, "burst": false, "type": 0,
        "member": { "user": { "id": "1100000000000000020", "username": "alice" }, "nick": "Alice A.", "roles": [] }
    })
}

fn ready() -> Value {
    json!({
        "v": 10, "session_id": "s1", "resume_gateway_url": "wss://gateway-us-east1-b.discord.gg",
        "user": { "id": "1100000000000000003", "username": "secevent", "bot": true, "mfa_enabled": false },
        "guilds": [{ "id": "1100000000000000002", "unavailable": true }], "application": { "id": "1100000000000000001", "flags": 0 }
    })
}

fn guild() -> Value {
    json!({
        "id": "1100000000000000002", "name": "Acme",
        "channels": [{ "id": "1100000000000000010", "type": 0, "name": "general", "parent_id": "1100000000000000009" }],
        "threads": [{ "id": "1100000000000000070", "type": 11, "name": "SE-1", "parent_id": "1100000000000000010" }]
    })
}

fn events() -> Vec<(&'static str, Value)> {
    let thread =
        json!({ "id": "1100000000000000070", "type": 11, "parent_id": "1100000000000000010" });
    vec![
        ("READY", ready()),
        ("RESUMED", json!({})),
        ("GUILD_CREATE", guild()),
        ("MESSAGE_CREATE", message()),
        ("MESSAGE_UPDATE", message()),
        (
            "MESSAGE_DELETE",
            json!({ "id": "1100000000000000050", "channel_id": "1100000000000000010" }),
        ),
        (
            "MESSAGE_DELETE_BULK",
            json!({ "ids": ["1100000000000000050", 7], "channel_id": "1100000000000000010" }),
        ),
        ("MESSAGE_REACTION_ADD", reaction()),
        (
            "THREAD_LIST_SYNC",
            json!({ "guild_id": "1100000000000000002", "threads": [thread] }),
        ),
        ("THREAD_CREATE", thread.clone()),
        ("THREAD_DELETE", thread.clone()),
        ("CHANNEL_UPDATE", thread),
        ("PRESENCE_UPDATE", json!({ "user": { "id": "1" } })),
    ]
}

fn interactions() -> Vec<Value> {
    vec![
        report(),
        on_message(),
        press(),
        typing(),
        submission(),
        json!({ "id": "1100000000000000100", "type": 1, "token": TOKEN }),
    ]
}

fn read(raw: &Value) -> Interaction {
    Interaction::read(raw).unwrap()
}

#[test]
fn a_command_is_read_with_its_words_and_files() {
    let found = read(&report());
    assert_eq!(found.id, "1100000000000000100");
    assert_eq!(found.guild.as_deref(), Some("1100000000000000002"));
    // A channel's category is not the parent of a thread.
    assert_eq!(found.parent, None);
    assert_eq!(found.user.name.as_deref(), Some("Alice A."));
    assert_eq!(
        found.user.roles,
        Some(vec!["1100000000000000030".to_owned()])
    );
    let Act::Command {
        sub,
        options,
        files,
    } = found.act
    else {
        panic!("{found:?}");
    };
    assert_eq!(sub, "report");
    assert_eq!(options["text"], "help");
    assert_eq!(files, [file()]);
}

#[test]
fn a_direct_conversation_has_a_user_and_no_guild() {
    let mut raw = report();
    raw["user"] = raw["member"]["user"].take();
    raw["guild_id"] = Value::Null;
    raw["member"] = Value::Null;
    let found = read(&raw);
    assert_eq!(
        (found.guild, found.user.name.as_deref()),
        (None, Some("Alice"))
    );
    assert_eq!(found.user.roles, None);
}

#[test]
fn a_form_keeps_all_that_was_entered() {
    let whole = submission();
    let Act::Submit {
        custom_id,
        components,
        resolved,
    } = read(&whole).act
    else {
        panic!("no submission");
    };
    assert_eq!(custom_id, "v1:form:report:0190");
    assert_eq!(components, whole["data"]["components"]);
    assert_eq!(resolved, whole["data"]["resolved"]);
}

#[test]
fn buttons_of_private_messages_name_no_message() {
    let Act::Press { message, .. } = read(&press()).act else {
        panic!("no press");
    };
    assert_eq!(message.as_deref(), Some("1100000000000000060"));
    let mut private = press();
    private["message"]["flags"] = json!(64);
    let Act::Press { message, custom_id } = read(&private).act else {
        panic!("no press");
    };
    assert_eq!((message, custom_id.as_str()), (None, "v1:take:0190"));
    let mut menu = press();
    menu["data"]["component_type"] = json!(5);
    assert_eq!(read(&menu).act, Act::Other);
}

#[test]
fn what_is_being_typed_is_found() {
    assert_eq!(
        read(&typing()).act,
        Act::Typing {
            sub: "status".to_owned(),
            typed: "SE-20".to_owned()
        }
    );
}

#[test]
fn events_are_read() {
    let Ok(Happened::Wrote(wrote)) = event::read("MESSAGE_CREATE", &message()) else {
        panic!("no message");
    };
    assert_eq!(wrote.author.unwrap().name.as_deref(), Some("Bob"));
    assert!(!wrote.is_bots && !wrote.is_edit);
    let Ok(Happened::Reacted(reacted)) = event::read("MESSAGE_REACTION_ADD", &reaction()) else {
        panic!("no reaction");
    };
    assert_eq!(
        (reacted.emoji.as_str(), reacted.by.name.as_deref()),
        ("🚨", Some("Alice A."))
    );
    let Ok(Happened::Channels(channels)) = event::read("GUILD_CREATE", &guild()) else {
        panic!("no channels");
    };
    assert_eq!(channels[0].parent, None);
    assert_eq!(channels[1].parent.as_deref(), Some("1100000000000000010"));
    let mut pinned = message();
    pinned["type"] = json!(6);
    assert_eq!(event::read("MESSAGE_CREATE", &pinned), Ok(Happened::Other));
    let mut hook = message();
    hook["webhook_id"] = json!("1100000000000000099");
    assert!(
        matches!(event::read("MESSAGE_CREATE", &hook), Ok(Happened::Wrote(one)) if one.is_bots)
    );
}

/// What a kind cannot do without. Everything else may be damaged, and the rest is read all the same.
#[test]
fn damaged_interactions_are_read_or_refused_with_the_reason() {
    for original in interactions() {
        let whole = read(&original);
        each(&original, |path, what, damaged| {
            match Interaction::read(damaged) {
                Ok(found) => {
                    assert!(found.id.parse::<u64>().is_ok(), "{path} {what}");
                    let is_token = path.is_empty() || path.starts_with("/token");
                    assert!(
                        is_token || !format!("{found:?}").contains(TOKEN),
                        "{path} {what}"
                    );
                }
                Err(Unread(why)) => {
                    let needed = ["", "/id", "/type", "/member", "/user", "/data"];
                    let is_needed = needed.iter().any(|place| {
                        path == *place
                            || (!place.is_empty() && path.starts_with(&format!("{place}/")))
                    });
                    assert!(is_needed, "{path} {what}: {why}");
                    assert!(!why.contains("odd login") && !why.contains(TOKEN), "{why}");
                }
            }
        });
        let more = with_unknown_fields(&original);
        assert_eq!(read(&more).act, with_more(whole.act, &more));
    }
}

/// What is handed on raw has the new fields in it.
fn with_more(act: Act, raw: &Value) -> Act {
    match act {
        Act::OnMessage { target, .. } => Act::OnMessage {
            message: raw["data"]["resolved"]["messages"][target.as_str()].clone(),
            target,
        },
        Act::Submit { custom_id, .. } => Act::Submit {
            custom_id,
            components: raw["data"]["components"].clone(),
            resolved: raw["data"]["resolved"].clone(),
        },
        Act::Command { sub, options, .. } => Act::Command {
            sub,
            options,
            files: vec![raw["data"]["resolved"]["attachments"]["1100000000000000040"].clone()],
        },
        act => act,
    }
}

#[test]
fn damaged_events_are_read_or_refused_with_the_reason() {
    for (kind, original) in events() {
        event::read(kind, &original).unwrap();
        let more = with_unknown_fields(&original);
        assert!(event::read(kind, &more).is_ok(), "{kind}");
        each(&original, |path, what, damaged| {
            if let Err(Unread(why)) = event::read(kind, damaged) {
                let needed = [
                    "",
                    "/id",
                    "/channel_id",
                    "/session_id",
                    "/message_id",
                    "/user_id",
                    "/emoji",
                    "/emoji/name",
                    "/author",
                    "/author/id",
                ];
                assert!(needed.contains(&path), "{kind} {path} {what}: {why}");
            }
        });
    }
}

struct Known;

impl Names for Known {
    fn user(&self, id: &str) -> Option<String> {
        (id == "1").then(|| "bob".to_owned())
    }
    fn channel(&self, id: &str) -> Option<String> {
        (id == "2").then(|| "general".to_owned())
    }
}

#[test]
fn entities_become_words() {
    for (raw, words) in [
        ("hello", "hello"),
        ("<@1> and <@!1> in <#2>", "@bob and @bob in #general"),
        ("<@7> <#8> <@&9>", "@7 #8 @role 9"),
        ("<:ok:3> <a:spin:4> <:o-k:3>", ":ok: :spin: <:o-k:3>"),
        (
            "<t:0> <t:0:R> <t:x>",
            "1970-01-01 00:00 UTC 1970-01-01 00:00 UTC <t:x>",
        ),
        ("</secevent report:5>", "/secevent report"),
        (
            "a < b > c <3 <https://a.example/x>",
            "a < b > c <3 <https://a.example/x>",
        ),
        ("broken <@1", "broken <@1"),
        ("<<@1>>", "<@bob>"),
    ] {
        assert_eq!(plain(raw, &Known), words, "{raw}");
    }
    assert!(mentions("hey <@!3>", "3") && !mentions("<@33>", "3") && !mentions("<@>", ""));
    assert_eq!(without_mention("<@3> my laptop <@!3>", "3"), "my laptop");
}

#[test]
fn emoji_have_the_names_that_policies_use() {
    assert_eq!(emoji_names("🚨", false), ["rotating_light"]);
    assert!(emoji_names("👍🏽", false).contains(&"+1".to_owned()));
    assert!(emoji_names("⚠", false).contains(&"warning".to_owned()));
    assert!(emoji_names("⚠️", false).contains(&"warning".to_owned()));
    assert_eq!(emoji_names("Report_Me", true), ["report_me"]);
    assert_eq!(emoji_names("no emoji", false), ["no emoji"]);
}

#[test]
fn secrets_are_masked_wherever_they_stand() {
    let bot = [
        "MTEwMDAwMDAwMDAwMDAwMDAwMQ",
        "GabcDE",
        "abcdefghijklmnopqrstuvwxyz0123456789",
    ]
    .join(".");
    let mut payload = report();
    payload["data"]["options"][0]["options"][0]["value"] = json!(format!("my token is {bot} ok"));
    payload["more"] = json!({ "session_id": "s1", "deep": [{ "callback": format!("https://discord.com/api/v10/interactions/1/{TOKEN}/callback") }] });
    let shown = masked(&payload, 100_000);
    for secret in [TOKEN, bot.as_str(), "abcdef", "\"s1\""] {
        let is_alphabet = secret == "abcdef" && shown.contains("hm=***");
        assert!(is_alphabet || !shown.contains(secret), "{secret}: {shown}");
    }
    assert!(shown.contains("my token is *** ok"), "{shown}");
    let bytes = masked_bytes(
        format!("{{\"token\":\"{TOKEN}\", \"x\": \"{bot}").as_bytes(),
        500,
    );
    assert!(!bytes.contains(TOKEN) && !bytes.contains(&bot), "{bytes}");
    for cap in 0..20 {
        assert!(masked(&json!("🚨🚨🚨"), cap).len() <= cap);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_without_losing_what_is_no_entity(text in "[<>@#!&:a-z0-9 é🚨]{0,120}") {
        let _ = (plain(&text, &Known), mentions(&text, "1"), without_mention(&text, "1"), emoji_names(&text, false));
        let bare: String = text.chars().filter(|c| *c != '<').collect();
        prop_assert_eq!(plain(&bare, &Known), bare);
    }

    #[test]
    fn any_bytes_are_masked_and_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300), cap in 0_usize..100) {
        prop_assert!(masked_bytes(&bytes, cap).len() <= cap);
        if let Ok(value) = serde_json::from_slice::<Value>(&bytes) {
            let _ = Interaction::read(&value);
        }
    }
}

#[test]
fn an_id_tells_when_it_was_made() {
    // The example of Discord's reference.
    let at = super::made_at("175928847299117063").unwrap();
    assert_eq!(at.to_rfc3339(), "2016-04-30T11:18:25.796+00:00");
    for odd in ["", "x", "-1", "99999999999999999999"] {
        assert_eq!(super::made_at(odd), None, "{odd}");
    }
}
