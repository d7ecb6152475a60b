//! The world as plain data: guilds, people, channels, messages, the app.
//!
//! Invariants: knows no wire; ids are snowflakes as numbers; what a message pings is decided once, when it is written. Neighbours: `world` holds the
//! rules, `objects` shows it to the app, `render` to people.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A snowflake.
pub type Id = u64;

/// A text channel of a guild.
pub const TEXT: u8 = 0;
/// A direct conversation.
pub const DIRECT: u8 = 1;
/// A public thread.
pub const THREAD: u8 = 11;

/// Message flag: embeds are not shown.
pub const SUPPRESS_EMBEDS: u64 = 1 << 2;
/// Message flag: a thread hangs on it.
pub const HAS_THREAD: u64 = 1 << 5;
/// Message flag: only one person sees it.
pub const EPHEMERAL: u64 = 1 << 6;
/// Message flag: "thinking...".
pub const LOADING: u64 = 1 << 7;
/// Message flag: nobody's phone buzzes.
pub const SUPPRESS_NOTIFICATIONS: u64 = 1 << 12;
/// Message flag: components of the second version.
pub const COMPONENTS_V2: u64 = 1 << 15;

/// Somebody, or the bot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct User {
    /// Snowflake.
    pub id: Id,
    /// Handle.
    pub name: String,
    /// Display name.
    pub global_name: Option<String>,
    /// An app's user.
    pub bot: bool,
    /// Takes no direct messages from bots (50007).
    pub closed: bool,
}

/// A role of a guild; the one with the guild's id is everybody's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Role {
    /// Snowflake.
    pub id: Id,
    /// Name.
    pub name: String,
    /// Permission bits.
    pub permissions: u64,
    /// Rank.
    pub position: i64,
    /// Everybody may ping it.
    pub mentionable: bool,
}

/// Somebody in a guild.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Member {
    /// Roles, besides everybody's.
    pub roles: BTreeSet<Id>,
    /// Name in this guild.
    pub nick: Option<String>,
}

/// A guild.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Guild {
    /// Snowflake.
    pub id: Id,
    /// Name.
    pub name: String,
    /// May do everything.
    pub owner: Id,
    /// Roles by id.
    pub roles: BTreeMap<Id, Role>,
    /// Members by user id.
    pub members: BTreeMap<Id, Member>,
    /// Not reachable just now.
    pub unavailable: bool,
}

/// What a channel changes of somebody's permissions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Overwrite {
    /// Role or user.
    pub id: Id,
    /// Whether the id is a user's.
    pub of_member: bool,
    /// Bits granted.
    pub allow: u64,
    /// Bits taken away.
    pub deny: u64,
}

/// A channel, thread or direct conversation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Channel {
    /// Snowflake.
    pub id: Id,
    /// [`TEXT`], [`DIRECT`] or [`THREAD`].
    pub kind: u8,
    /// Its guild, unless direct.
    pub guild: Option<Id>,
    /// Name.
    pub name: String,
    /// Channel that a thread belongs to.
    pub parent: Option<Id>,
    /// Overwrites.
    pub overwrites: Vec<Overwrite>,
    /// Who talks in a direct conversation, bot included; who joined a thread.
    pub people: BTreeSet<Id>,
    /// Who started a thread.
    pub owner: Option<Id>,
    /// A closed thread.
    pub archived: bool,
    /// A thread only moderators can open again.
    pub locked: bool,
    /// When a thread began.
    pub created: DateTime<Utc>,
    /// Newest message.
    pub last: Option<Id>,
}

/// Whom a message pings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pings {
    /// People.
    pub users: BTreeSet<Id>,
    /// Roles.
    pub roles: BTreeSet<Id>,
    /// `@everyone` or `@here`, by that name.
    pub everyone: BTreeSet<String>,
}

/// The interaction that a message answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cause {
    /// Interaction.
    pub id: Id,
    /// Its type.
    pub kind: u8,
    /// Who.
    pub user: Id,
    /// Name of the command, if one was.
    pub name: Option<String>,
}

/// A message.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Message {
    /// Snowflake.
    pub id: Id,
    /// Where.
    pub channel: Id,
    /// Who.
    pub author: Id,
    /// Words.
    pub content: String,
    /// Embeds as sent.
    pub embeds: Vec<Value>,
    /// Components as sent.
    pub components: Vec<Value>,
    /// Files.
    pub attachments: Vec<Id>,
    /// Flags.
    pub flags: u64,
    /// Message type.
    pub kind: u8,
    /// Nonce as sent.
    pub nonce: Option<Value>,
    /// When it was written.
    pub created: DateTime<Utc>,
    /// When it was last edited.
    pub edited: Option<DateTime<Utc>>,
    /// Emoji as on the wire, with who reacted.
    pub reactions: Vec<(String, Vec<Id>)>,
    /// Message it answers or starts from: channel and message.
    pub reference: Option<(Id, Id)>,
    /// Whom it pings.
    pub pings: Pings,
    /// Only this person sees it.
    pub only_for: Option<Id>,
    /// Interaction it answers.
    pub cause: Option<Cause>,
}

/// A file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Attachment {
    /// Snowflake.
    pub id: Id,
    /// Name.
    pub name: String,
    /// Media type.
    pub content_type: String,
    /// Content.
    #[serde(with = "crate::emulator::base64_text")]
    pub bytes: Vec<u8>,
    /// Where it was put.
    pub channel: Option<Id>,
    /// Words for those who cannot see it.
    pub description: Option<String>,
    /// Gone from the content network.
    pub deleted: bool,
}

/// A registered command.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Command {
    /// Snowflake.
    pub id: Id,
    /// Guild it is for; everywhere when absent.
    pub guild: Option<Id>,
    /// As the app reads it back.
    pub body: Value,
}

/// The app under test.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct App {
    /// Application id.
    pub id: Id,
    /// Name.
    pub name: String,
    /// Its user.
    pub bot: Id,
    /// Its token.
    pub token: String,
    /// Privileged intents that were switched on.
    pub privileged: u64,
    /// Where interactions are posted to, instead of the gateway.
    pub endpoint: Option<String>,
    /// Seed of the key that signs them, in hexadecimal.
    pub signing_seed: String,
}

/// Everything that lasts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct World {
    /// Guilds.
    pub guilds: BTreeMap<Id, Guild>,
    /// People and bot.
    pub users: BTreeMap<Id, User>,
    /// Channels, threads and direct conversations.
    pub channels: BTreeMap<Id, Channel>,
    /// Messages by channel.
    pub messages: BTreeMap<Id, BTreeMap<Id, Message>>,
    /// Files.
    pub attachments: BTreeMap<Id, Attachment>,
    /// Registered commands.
    pub commands: Vec<Command>,
    /// The app.
    pub app: App,
}
