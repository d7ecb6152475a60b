//! Dispatches of the gateway: messages, edits, deletions, reactions, channels, and what begins a session.
//!
//! Invariants: what is not for us is [`Happened::Other`], known before anything is written or logged; a broken event is only an error if it is
//! one that we subscribe to; Discord's own announcements are nobody's words. Neighbours: `ingress::read`, `gateway`.

use super::{
    Unread, id,
    interaction::is_thread,
    items, required, text,
    who::{self, User},
};
use serde_json::Value;

/// Most channels of one event; a guild has at most 500, and 1000 active threads.
const CHANNELS: usize = 2_000;
/// Most messages deleted at once, and most people mentioned; Discord's own limit is 100.
const AT_ONCE: usize = 200;

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Happened {
    /// A session began anew.
    Ready {
        /// Its name.
        session: String,
        /// Where it is resumed.
        resume_url: String,
        /// The bot's account.
        bot: Option<String>,
    },
    /// A session goes on; everything missed was told before this.
    Resumed,
    /// Somebody wrote.
    Wrote(Message),
    /// A message was edited.
    Changed(Message),
    /// Messages were deleted.
    Deleted {
        /// Guild; absent in a direct conversation.
        guild: Option<String>,
        /// Channel or thread.
        channel: String,
        /// The messages.
        messages: Vec<String>,
    },
    /// Somebody reacted.
    Reacted(Reaction),
    /// Channels and threads are there, or changed.
    Channels(Vec<Channel>),
    /// A channel or thread is gone.
    Gone(String),
    /// Not for us.
    Other,
}

/// A message.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// Channel or thread.
    pub channel: String,
    /// Guild; absent in a direct conversation.
    pub guild: Option<String>,
    /// Who wrote it; absent in an edit that does not say.
    pub author: Option<User>,
    /// Written by a bot, a webhook or Discord itself.
    pub is_bots: bool,
    /// Somebody changed its words; else Discord only unfolded a link.
    pub is_edit: bool,
    /// Who is mentioned: account and name.
    pub mentions: Vec<(String, String)>,
    /// The whole of it, for its words and files.
    pub raw: Value,
}

/// A reaction.
#[derive(Debug, Clone, PartialEq)]
pub struct Reaction {
    /// Who.
    pub by: User,
    /// With what: the emoji itself, or the name of the guild's own.
    pub emoji: String,
    /// The id of the guild's own emoji.
    pub emoji_id: Option<String>,
    /// Guild; absent in a direct conversation.
    pub guild: Option<String>,
    /// Channel or thread of the message.
    pub channel: String,
    /// The message.
    pub message: String,
}

/// A channel or thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// The channel that it is a thread of; absent if it is none.
    pub parent: Option<String>,
    /// It is a thread.
    pub is_thread: bool,
}

/// Reads the dispatch of this name.
///
/// # Errors
/// [`Unread`].
pub fn read(kind: &str, data: &Value) -> Result<Happened, Unread> {
    match kind {
        "READY" => Ok(Happened::Ready {
            session: text(data, "session_id")
                .ok_or_else(|| Unread("`session_id` is missing".to_owned()))?
                .to_owned(),
            resume_url: text(data, "resume_gateway_url")
                .unwrap_or_default()
                .to_owned(),
            bot: id(&data["user"], "id"),
        }),
        "RESUMED" => Ok(Happened::Resumed),
        "MESSAGE_CREATE" if is_written(data) => {
            let message = Message::read(data)?;
            if message.author.is_none() && !message.is_bots {
                return Err(Unread("a message without `author`".to_owned()));
            }
            Ok(Happened::Wrote(message))
        }
        "MESSAGE_UPDATE" if is_written(data) => Ok(Happened::Changed(Message::read(data)?)),
        "MESSAGE_DELETE" => Ok(Happened::Deleted {
            guild: id(data, "guild_id"),
            channel: required(data, "channel_id")?,
            messages: vec![required(data, "id")?],
        }),
        "MESSAGE_DELETE_BULK" => Ok(Happened::Deleted {
            guild: id(data, "guild_id"),
            channel: required(data, "channel_id")?,
            messages: items(data, "ids", AT_ONCE)
                .filter_map(super::plain_id)
                .collect(),
        }),
        "MESSAGE_REACTION_ADD" => reacted(data).map(Happened::Reacted),
        "GUILD_CREATE" => Ok(Happened::Channels(
            items(data, "channels", CHANNELS)
                .chain(items(data, "threads", CHANNELS))
                .filter_map(Channel::read)
                .collect(),
        )),
        "THREAD_LIST_SYNC" => Ok(Happened::Channels(
            items(data, "threads", CHANNELS)
                .filter_map(Channel::read)
                .collect(),
        )),
        "CHANNEL_CREATE" | "CHANNEL_UPDATE" | "THREAD_CREATE" | "THREAD_UPDATE" => Ok(
            Happened::Channels(Channel::read(data).into_iter().collect()),
        ),
        "CHANNEL_DELETE" | "THREAD_DELETE" => {
            Ok(id(data, "id").map_or(Happened::Other, Happened::Gone))
        }
        _ => Ok(Happened::Other),
    }
}

/// A message of somebody: plain, or a reply. All other kinds are announcements.
fn is_written(data: &Value) -> bool {
    matches!(data["type"].as_u64(), None | Some(0 | 19 | 20 | 23))
}

fn reacted(data: &Value) -> Result<Reaction, Unread> {
    let member = &data["member"];
    let by = match id(data, "user_id") {
        Some(user) => {
            let shown = who::user(&member["user"], member).ok();
            shown
                .filter(|shown| shown.id == user)
                .unwrap_or_else(|| User {
                    id: user,
                    ..User::default()
                })
        }
        None => who::user(&member["user"], member)
            .map_err(|_| Unread("`user_id` is missing or is no id".to_owned()))?,
    };
    let emoji = &data["emoji"];
    let name = text(emoji, "name").map(ToOwned::to_owned);
    Ok(Reaction {
        by,
        emoji_id: id(emoji, "id"),
        // The guild's own emoji loses its name when it is deleted.
        emoji: name
            .or_else(|| id(emoji, "id"))
            .ok_or_else(|| Unread("`emoji` has neither name nor id".to_owned()))?,
        guild: id(data, "guild_id"),
        channel: required(data, "channel_id")?,
        message: required(data, "message_id")?,
    })
}

impl Message {
    /// Reads it.
    ///
    /// # Errors
    /// [`Unread`].
    pub fn read(raw: &Value) -> Result<Self, Unread> {
        let author = who::user(&raw["author"], &raw["member"]).ok();
        let is_bots = author.as_ref().is_some_and(|author| author.is_bot)
            || id(raw, "webhook_id").is_some()
            || id(raw, "application_id").is_some();
        let mentions = items(raw, "mentions", AT_ONCE).filter_map(|user| {
            let name = text(&user["member"], "nick")
                .or_else(|| text(user, "global_name"))
                .or_else(|| text(user, "username"))?;
            Some((id(user, "id")?, name.to_owned()))
        });
        Ok(Self {
            id: required(raw, "id")?,
            channel: required(raw, "channel_id")?,
            guild: id(raw, "guild_id"),
            is_edit: text(raw, "edited_timestamp").is_some(),
            mentions: mentions.collect(),
            author,
            is_bots,
            raw: raw.clone(),
        })
    }
}

impl Channel {
    /// Reads it; `None` if it has no id.
    #[must_use]
    pub fn read(raw: &Value) -> Option<Self> {
        let is_thread = is_thread(raw);
        Some(Self {
            id: id(raw, "id")?,
            name: text(raw, "name").map(ToOwned::to_owned),
            parent: id(raw, "parent_id").filter(|_| is_thread),
            is_thread,
        })
    }
}
