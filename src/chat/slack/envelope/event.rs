//! Events: messages, edits, deletions, mentions, reactions.
//!
//! Invariants: what is not for us is [`Happened::Other`], known before anything is written or logged; a broken event is only an error if it
//! is one that we subscribe to. Neighbours: `ingress::read`.

use super::{Scope, Unread, User, id, required, text};
use serde_json::Value;

/// An event and the envelope that all have in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Globally unique; the same for every try to deliver.
    pub event_id: Option<String>,
    /// Where.
    pub scope: Scope,
    /// The bot's account, as the authorization of this event says.
    pub bot: Option<String>,
    /// When, in seconds since the epoch.
    pub time: Option<i64>,
    /// What.
    pub happened: Happened,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Happened {
    /// Somebody wrote.
    Wrote {
        /// The message.
        message: Message,
        /// In a direct conversation with the bot.
        direct: bool,
        /// Slack calls it a mention of the bot.
        mention: bool,
    },
    /// A message was edited.
    Changed {
        /// Who edited.
        by: User,
        /// Its text now.
        message: Message,
        /// Whether its words changed (Slack also sends this when a link is unfolded or a reply arrives).
        is_edit: bool,
        /// In a direct conversation with the bot.
        direct: bool,
    },
    /// A message was deleted.
    Deleted {
        /// Who wrote it, if known.
        by: User,
        /// Channel.
        channel: String,
        /// The message.
        ts: String,
        /// The bot's or another bot's.
        is_bots: bool,
        /// In a direct conversation with the bot.
        direct: bool,
    },
    /// Somebody reacted.
    Reacted {
        /// Who.
        by: User,
        /// With what, raw.
        name: String,
        /// Channel of the message.
        channel: String,
        /// The message.
        ts: String,
    },
    /// Somebody opened the app's Home tab.
    HomeOpened {
        /// Who.
        by: User,
        /// The direct conversation beside it; empty if it is not named.
        channel: String,
    },
    /// The bot was taken out of the workspace or organisation, or its token was revoked there; Slack's word.
    Ended(String),
    /// Not for us.
    Other,
}

/// A message.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Who wrote it.
    pub user: User,
    /// Channel.
    pub channel: String,
    /// Its id in the channel.
    pub ts: String,
    /// The root of its thread, if it is a reply.
    pub thread: Option<String>,
    /// Its raw text.
    pub text: String,
    /// Its raw files.
    pub files: Value,
    /// Written by a bot.
    pub is_bots: bool,
}

/// Kinds of messages that people write; all others are announcements of Slack.
const WRITTEN: [&str; 3] = ["file_share", "thread_broadcast", "me_message"];

impl Event {
    /// Reads it.
    ///
    /// # Errors
    /// [`Unread`].
    pub fn read(raw: &Value) -> Result<Self, Unread> {
        let event = &raw["event"];
        let kind = required(event, "type")?;
        let authorization = &raw["authorizations"][0];
        let is_bot = authorization["is_bot"] != false;
        let own = |key: &str| text(raw, key).or_else(|| text(authorization, key));
        Ok(Self {
            event_id: text(raw, "event_id").map(ToOwned::to_owned),
            scope: Scope {
                enterprise: text(authorization, "enterprise_id")
                    .or_else(|| text(raw, "enterprise_id"))
                    .map(ToOwned::to_owned),
                team: own("team_id").map(ToOwned::to_owned),
                // `team_id` is where it happened: in a shared channel that may be another organisation's.
                granted: text(authorization, "team_id").map(ToOwned::to_owned),
                org: authorization["is_enterprise_install"] == true,
            },
            bot: text(authorization, "user_id")
                .filter(|_| is_bot)
                .map(ToOwned::to_owned),
            time: raw["event_time"].as_i64(),
            happened: happened(&kind, event)?,
        })
    }
}

fn happened(kind: &str, event: &Value) -> Result<Happened, Unread> {
    // A conversation of two is known by its id only where Slack does not say what it is: what somebody tells the bot must not get lost.
    let direct = match text(event, "channel_type") {
        Some(kind) => kind == "im",
        None => text(event, "channel").is_some_and(|channel| channel.starts_with('D')),
    };
    match kind {
        "app_mention" => {
            let message = Message::read(event, None)?;
            Ok(Happened::Wrote {
                message,
                direct,
                mention: true,
            })
        }
        "message" => match text(event, "subtype") {
            None => {
                let message = Message::read(event, None)?;
                Ok(Happened::Wrote {
                    message,
                    direct,
                    mention: false,
                })
            }
            Some(subtype) if WRITTEN.contains(&subtype) => {
                let message = Message::read(event, None)?;
                Ok(Happened::Wrote {
                    message,
                    direct,
                    mention: false,
                })
            }
            Some("message_changed") => changed(event, direct),
            Some("message_deleted") => {
                let ts =
                    text(event, "deleted_ts").or_else(|| text(&event["previous_message"], "ts"));
                let ts = ts.ok_or_else(|| Unread("a deletion without `deleted_ts`".to_owned()))?;
                deleted(event, &event["previous_message"], ts, direct)
            }
            Some(_) => Ok(Happened::Other),
        },
        "reaction_added" => reacted(event),
        // The other tab of the same space is the direct conversation, which needs nothing.
        "app_home_opened" if event["tab"] == "home" => Ok(Happened::HomeOpened {
            by: User {
                id: required(event, "user")?,
                ..User::default()
            },
            channel: text(event, "channel").unwrap_or_default().to_owned(),
        }),
        "app_uninstalled" => Ok(Happened::Ended(kind.to_owned())),
        // Tokens of people are revoked too, and none of ours are.
        "tokens_revoked" => {
            let bots = event["tokens"]["bot"].as_array();
            let is_ours = bots.is_some_and(|bots| !bots.is_empty());
            Ok(if is_ours {
                Happened::Ended(kind.to_owned())
            } else {
                Happened::Other
            })
        }
        _ => Ok(Happened::Other),
    }
}

fn changed(event: &Value, direct: bool) -> Result<Happened, Unread> {
    let (now, before) = (&event["message"], &event["previous_message"]);
    let channel = required(event, "channel")?;
    // A deleted root of a thread becomes a tombstone by way of an edit.
    if now["subtype"] == "tombstone" {
        let ts = required(now, "ts")?;
        return deleted(event, before, &ts, direct);
    }
    let message = Message::read(now, Some(&channel))?;
    let editor = id(&now["edited"], "user");
    let by = match editor {
        Some(editor) if editor != message.user.id => User {
            id: editor,
            ..User::default()
        },
        _ => message.user.clone(),
    };
    let is_edit = before.is_null() || before["text"] != now["text"];
    Ok(Happened::Changed {
        by,
        message,
        is_edit,
        direct,
    })
}

fn deleted(event: &Value, before: &Value, ts: &str, direct: bool) -> Result<Happened, Unread> {
    Ok(Happened::Deleted {
        by: user_of(before),
        channel: required(event, "channel")?,
        ts: ts.to_owned(),
        is_bots: is_bots(before),
        direct,
    })
}

fn reacted(event: &Value) -> Result<Happened, Unread> {
    let item = &event["item"];
    // Files and their comments can be reacted to as well.
    if item["type"].as_str().is_some_and(|kind| kind != "message") {
        return Ok(Happened::Other);
    }
    Ok(Happened::Reacted {
        by: User {
            id: required(event, "user")?,
            team: text(event, "user_team").map(ToOwned::to_owned),
            name: None,
        },
        name: required(event, "reaction")?,
        channel: required(item, "channel")?,
        ts: required(item, "ts")?,
    })
}

/// Who wrote a message; empty when it does not say.
#[must_use]
pub fn user_of(message: &Value) -> User {
    let team = ["user_team", "source_team", "team"]
        .iter()
        .find_map(|key| text(message, key));
    User {
        id: id(message, "user").unwrap_or_default(),
        team: team.map(ToOwned::to_owned),
        name: None,
    }
}

/// Whether a bot wrote a message.
#[must_use]
pub fn is_bots(message: &Value) -> bool {
    text(message, "bot_id").is_some() || message["subtype"] == "bot_message"
}

impl Message {
    /// Reads it; a nested message takes the channel of what it is nested in.
    ///
    /// # Errors
    /// [`Unread`].
    pub fn read(raw: &Value, channel: Option<&str>) -> Result<Self, Unread> {
        let ts = required(raw, "ts")?;
        let user = user_of(raw);
        let is_bots = is_bots(raw);
        if user.id.is_empty() && !is_bots {
            return Err(Unread("a message without `user`".to_owned()));
        }
        Ok(Self {
            user,
            channel: channel.map_or_else(
                || required(raw, "channel"),
                |channel| Ok(channel.to_owned()),
            )?,
            thread: text(raw, "thread_ts")
                .filter(|thread| *thread != ts)
                .map(ToOwned::to_owned),
            ts,
            text: text(raw, "text").unwrap_or_default().to_owned(),
            files: raw["files"].clone(),
            is_bots,
        })
    }
}
