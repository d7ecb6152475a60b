//! The strict model: every payload of the gateway and every answer of the REST interface must be what it says.
//!
//! Invariants: something unreadable fails the test that received it. Neighbours: `app` shows everything here first.

use serde::de::{DeserializeOwned, DeserializeSeed};
use serde_json::Value;
use twilight_model::application::command::Command;
use twilight_model::channel::{Channel, Message};
use twilight_model::gateway::event::{GatewayEvent, GatewayEventDeserializer};
use twilight_model::guild::{Guild, Member, Role};
use twilight_model::oauth::Application;
use twilight_model::user::{CurrentUser, CurrentUserGuild, User};

/// A payload of the gateway.
pub fn payload(text: &str) {
    let reader =
        GatewayEventDeserializer::from_json(text).unwrap_or_else(|| panic!("no op: {text}"));
    let mut json = serde_json::Deserializer::from_str(text);
    let read: Result<GatewayEvent, _> = reader.deserialize(&mut json);
    if let Err(error) = read {
        panic!("the model cannot read this: {error}\n{text}");
    }
}

fn is<T: DeserializeOwned>(body: &Value, what: &str) {
    let read: Result<T, _> = serde_json::from_value(body.clone());
    if let Err(error) = read {
        panic!("the model cannot read {what}: {error}\n{body:#}");
    }
}

/// An answer of the REST interface.
pub fn answer(method: &str, path: &str, status: u16, body: &Value) {
    if status >= 400 {
        assert!(
            body["message"].is_string()
                && (body["code"].is_u64() || body["retry_after"].is_number()),
            "{path}: {body}"
        );
        return;
    }
    if status == 204 {
        assert!(body.is_null(), "{path}: 204 has no body");
        return;
    }
    let what = format!("{method} {path}");
    let path = path.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match (method, parts.as_slice()) {
        (_, ["users", "@me"]) => is::<CurrentUser>(body, &what),
        (_, ["users", "@me", "guilds"]) => is::<Vec<CurrentUserGuild>>(body, &what),
        (_, ["users", "@me", "channels"])
        | (_, ["channels", _])
        | ("POST", ["channels", .., "threads"]) => is::<Channel>(body, &what),
        (_, ["users", _]) => is::<User>(body, &what),
        (_, ["applications", "@me"] | ["oauth2", "applications", "@me"]) => {
            is::<Application>(body, &what)
        }
        (_, ["guilds", _]) => is::<Guild>(body, &what),
        (_, ["guilds", _, "roles"]) => is::<Vec<Role>>(body, &what),
        (_, ["guilds", _, "channels"]) => is::<Vec<Channel>>(body, &what),
        (_, ["guilds", _, "members", _]) => is::<Member>(body, &what),
        ("GET", ["channels", _, "messages"]) => is::<Vec<Message>>(body, &what),
        (_, ["channels", _, "messages"] | ["channels", _, "messages", _]) => {
            is::<Message>(body, &what)
        }
        ("GET", ["channels", _, "messages", _, "reactions", _]) => is::<Vec<User>>(body, &what),
        (_, ["applications", .., "commands"]) => is::<Vec<Command>>(body, &what),
        (_, ["webhooks", ..]) => is::<Message>(body, &what),
        (_, ["interactions", ..]) => {
            let kind = body["resource"]["type"].as_u64();
            if matches!(kind, Some(4 | 7)) {
                is::<Message>(&body["resource"]["message"], &what);
            }
            assert!(body["interaction"]["id"].is_string());
        }
        (_, ["gateway"] | ["gateway", "bot"]) => assert!(
            body["url"]
                .as_str()
                .is_some_and(|url| url.starts_with("ws://"))
        ),
        (_, ["guilds", _, "threads", "active"]) => is::<Vec<Channel>>(&body["threads"], &what),
        _ => panic!("nobody judges {what}: {body}"),
    }
}
