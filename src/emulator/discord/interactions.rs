//! Interactions: what a person did, as the app is told, and the right to answer it.
//!
//! Invariants: one first answer, within the limit; the token works for fifteen minutes after it. Neighbours: `client` makes them, `deliver` brings
//! them, `answers` takes the answer.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::model::{Cause, Channel, Id, Message};
use super::objects;
use super::permissions as may;
use super::state::State;

/// Ping of an endpoint.
pub const PING: u8 = 1;
/// A command.
pub const COMMAND: u8 = 2;
/// A button or select.
pub const COMPONENT: u8 = 3;
/// What is suggested while typing.
pub const AUTOCOMPLETE: u8 = 4;
/// A filled-in form.
pub const MODAL_SUBMIT: u8 = 5;

/// How long a token works.
const TOKEN_MINUTES: i64 = 15;

/// Where an interaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody answered yet.
    Open,
    /// Answered with this type.
    Answered(u8),
    /// The limit passed, or nobody was there.
    Dead,
}

/// The first answer, for whoever waits.
#[derive(Clone, Debug)]
pub struct Answered {
    /// Its data.
    pub data: Value,
}

/// An interaction and its right to be answered.
#[derive(Debug)]
pub struct Interaction {
    /// Snowflake.
    pub id: Id,
    /// Type.
    pub kind: u8,
    /// Who.
    pub user: Id,
    /// Where.
    pub channel: Id,
    /// Name of the command.
    pub name: Option<String>,
    /// When.
    pub created: DateTime<Utc>,
    /// Where it stands.
    pub standing: Standing,
    /// Message whose component it was, or whose component opened the form.
    pub source: Option<Id>,
    /// `@original`.
    pub original: Option<Id>,
    /// `@original` says "thinking..." still; the first message after edits it.
    pub thinking: bool,
    /// Who waits for the first answer.
    pub waiting: Option<oneshot::Sender<Answered>>,
}

impl Interaction {
    /// Whether the token works.
    pub fn token_works(&self, now: DateTime<Utc>) -> bool {
        now - self.created < TimeDelta::minutes(TOKEN_MINUTES)
    }

    /// As messages name it.
    pub fn cause(&self) -> Cause {
        Cause {
            id: self.id,
            kind: self.kind,
            user: self.user,
            name: self.name.clone(),
        }
    }
}

/// What somebody does.
#[derive(Clone, Debug)]
pub struct Doing {
    /// Interaction type.
    pub kind: u8,
    /// Who.
    pub user: Id,
    /// Where.
    pub channel: Channel,
    /// `data` of the payload.
    pub data: Value,
    /// Message whose component it was.
    pub source: Option<Message>,
}

impl State {
    /// Makes an interaction: its token, and the payload as the app sees it.
    pub fn interact(&mut self, doing: &Doing, now: DateTime<Utc>) -> (String, Value) {
        let id = self.ids.next(now);
        let token = self.ids.secret(now);
        let channel = &doing.channel;
        let guild = channel.guild;
        let bot = self.world.app.bot;
        let bits = may::in_channel(&self.world, channel, doing.user);
        let mut shown_channel = objects::channel(self, channel);
        shown_channel["permissions"] = json!(bits.to_string());
        let mut payload = json!({
            "id": id.to_string(), "application_id": self.world.app.id.to_string(), "type": doing.kind, "data": doing.data, "token": token,
            "version": 1, "channel_id": channel.id.to_string(), "channel": shown_channel,
            "app_permissions": may::in_channel(&self.world, channel, bot).to_string(), "locale": "en-US", "entitlements": [],
            "authorizing_integration_owners": objects::owners(guild), "context": if guild.is_some() { 0 } else { 1 },
            "attachment_size_limit": 10_485_760,
        });
        if let Some(guild) = guild {
            payload["guild_id"] = json!(guild.to_string());
            payload["guild_locale"] = json!("en-US");
            payload["guild"] =
                json!({ "id": guild.to_string(), "locale": "en-US", "features": [] });
            payload["member"] =
                objects::interaction_member(&self.world, channel, doing.user).unwrap_or_default();
        } else {
            payload["user"] = objects::user_by_id(&self.world, doing.user);
        }
        if let Some(source) = &doing.source {
            payload["message"] = objects::message(self, source, now);
        }
        let interaction = Interaction {
            id,
            kind: doing.kind,
            user: doing.user,
            channel: channel.id,
            name: full_name(&doing.data),
            created: now,
            standing: Standing::Open,
            source: doing.source.as_ref().map(|one| one.id),
            original: None,
            thinking: false,
            waiting: None,
        };
        self.interactions.retain(|_, one| one.token_works(now));
        self.interactions.insert(token.clone(), interaction);
        (token, payload)
    }
}

/// The name of a command with its sub-command, as a message names what it came of.
fn full_name(data: &Value) -> Option<String> {
    let mut name = data["name"].as_str()?.to_owned();
    let mut inner = &data["options"][0];
    // 1 is a sub-command, 2 a group of them.
    while let (Some(1 | 2), Some(part)) = (inner["type"].as_u64(), inner["name"].as_str()) {
        name.push(' ');
        name.push_str(part);
        inner = &inner["options"][0];
    }
    Some(name)
}
