//! Commands, buttons, forms and half-typed options: `INTERACTION_CREATE`, and the body of a signed request.
//!
//! Invariants: a form keeps its components raw, because only whoever knows the form can read them; a kind that is not ours is told apart from
//! one that is broken; the token is a secret from its first moment. Neighbours: `ingress::read`, `render::entered` reads the components.

use super::{Unread, id, items, plain_id, required, text, who};
use secrecy::SecretString;
use serde_json::Value;
use std::collections::BTreeMap;
use who::User;

/// Most options of a command that are looked at; Discord allows 25.
const MOST: usize = 64;

/// What all of them have.
#[derive(Debug, Clone)]
pub struct Interaction {
    /// Names it; the same however often it is delivered.
    pub id: String,
    /// Answers it, for fifteen minutes.
    pub token: SecretString,
    /// Guild; absent in a direct conversation.
    pub guild: Option<String>,
    /// Channel or thread.
    pub channel: Option<String>,
    /// The channel that the thread is in, if it is one.
    pub parent: Option<String>,
    /// Who.
    pub user: User,
    /// The language of the client, BCP 47.
    pub locale: Option<String>,
    /// What was done.
    pub act: Act,
}

/// What was done.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// Discord asks whether we are there; over HTTP only.
    Ping,
    /// A command was sent.
    Command {
        /// The sub-command.
        sub: String,
        /// Its options that are texts.
        options: BTreeMap<String, String>,
        /// Its files, raw.
        files: Vec<Value>,
    },
    /// An option is being typed.
    Typing {
        /// The sub-command.
        sub: String,
        /// What was typed so far.
        typed: String,
    },
    /// The command on a message.
    OnMessage {
        /// The message as Discord shows it.
        message: Value,
        /// Its id.
        target: String,
    },
    /// A button was pressed.
    Press {
        /// What the button is called.
        custom_id: String,
        /// The message that carries it, unless only its presser sees that.
        message: Option<String>,
    },
    /// A form was submitted.
    Submit {
        /// What the form is called.
        custom_id: String,
        /// What was entered, raw.
        components: Value,
        /// What that speaks of, raw.
        resolved: Value,
    },
    /// Nothing that we handle.
    Other,
}

impl Interaction {
    /// Reads it.
    ///
    /// # Errors
    /// [`Unread`].
    pub fn read(raw: &Value) -> Result<Self, Unread> {
        let kind = raw["type"].as_u64();
        let kind = kind.ok_or_else(|| Unread("`type` is missing or is no number".to_owned()))?;
        let channel = &raw["channel"];
        let is_ping = kind == 1;
        Ok(Self {
            id: required(raw, "id")?,
            token: text(raw, "token").unwrap_or_default().into(),
            guild: id(raw, "guild_id"),
            channel: id(raw, "channel_id").or_else(|| id(channel, "id")),
            parent: id(channel, "parent_id").filter(|_| is_thread(channel)),
            user: if is_ping {
                User::default()
            } else {
                who::actor(raw)?
            },
            locale: text(raw, "locale").map(ToOwned::to_owned),
            act: act(kind, raw)?,
        })
    }
}

/// Whether a channel is a thread.
#[must_use]
pub fn is_thread(channel: &Value) -> bool {
    channel["type"]
        .as_u64()
        .is_some_and(|kind| (10..=12).contains(&kind))
}

fn act(kind: u64, raw: &Value) -> Result<Act, Unread> {
    let data = &raw["data"];
    match kind {
        1 => Ok(Act::Ping),
        2 => command(data),
        3 => press(raw),
        4 => Ok(typing(data)),
        5 => submit(data),
        _ => Err(Unread("an interaction of an unknown type".to_owned())),
    }
}

fn command(data: &Value) -> Result<Act, Unread> {
    match data["type"].as_u64().unwrap_or(1) {
        1 => {
            let (sub, options) = sub_command(data);
            let mut texts = BTreeMap::new();
            let mut files = Vec::new();
            for option in items(options, "options", MOST) {
                let Some(name) = text(option, "name") else {
                    continue;
                };
                if let Some(file) = resolved(data, &option["value"]) {
                    files.push(file);
                } else if let Some(word) = word(&option["value"]) {
                    texts.insert(name.to_owned(), word);
                }
            }
            Ok(Act::Command {
                sub,
                options: texts,
                files,
            })
        }
        3 => {
            let target = required(data, "target_id")?;
            let message = data["resolved"]["messages"][target.as_str()].clone();
            Ok(Act::OnMessage { message, target })
        }
        _ => Ok(Act::Other),
    }
}

/// The sub-command's name, and what holds its options. Without one, the command itself.
fn sub_command(data: &Value) -> (String, &Value) {
    let sub = items(data, "options", MOST).find(|option| option["type"] == 1);
    match sub {
        Some(sub) => (text(sub, "name").unwrap_or_default().to_owned(), sub),
        None => (String::new(), data),
    }
}

fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        _ => None,
    }
}

fn resolved(data: &Value, value: &Value) -> Option<Value> {
    let id = plain_id(value)?;
    data["resolved"]["attachments"].get(id.as_str()).cloned()
}

fn typing(data: &Value) -> Act {
    let (sub, options) = sub_command(data);
    let focused = items(options, "options", MOST).find(|option| option["focused"] == true);
    let typed = focused.and_then(|option| word(&option["value"]));
    Act::Typing {
        sub,
        typed: typed.unwrap_or_default(),
    }
}

fn press(raw: &Value) -> Result<Act, Unread> {
    let data = &raw["data"];
    // A menu in a message acts at once; none of ours does.
    if data["component_type"]
        .as_u64()
        .is_some_and(|kind| kind != 2)
    {
        return Ok(Act::Other);
    }
    let custom_id = text(data, "custom_id");
    let custom_id = custom_id.ok_or_else(|| Unread("`custom_id` is missing".to_owned()))?;
    let message = &raw["message"];
    let is_private = message["flags"]
        .as_u64()
        .is_some_and(|flags| flags & 64 != 0);
    Ok(Act::Press {
        custom_id: custom_id.to_owned(),
        message: id(message, "id").filter(|_| !is_private),
    })
}

fn submit(data: &Value) -> Result<Act, Unread> {
    let custom_id = text(data, "custom_id");
    let custom_id = custom_id.ok_or_else(|| Unread("`custom_id` is missing".to_owned()))?;
    Ok(Act::Submit {
        custom_id: custom_id.to_owned(),
        components: data["components"].clone(),
        resolved: data["resolved"].clone(),
    })
}
