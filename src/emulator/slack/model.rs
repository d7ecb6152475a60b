//! What exists in the emulated workspace: plain data, no wire format and no rules.
//!
//! Purpose: one readable picture of teams, people, channels, messages, files, views and apps. Invariants: ids are keys and
//! never parsed; a message is found by channel and `ts`. Neighbours: `world` changes it by rules, `objects` renders it for
//! the Web API, `render` renders it for a person.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::installs::Install;
use super::oauth::{Code, Refresh};

/// A workspace, ours or that of a connected organisation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Team {
    /// Opaque id, `T...`.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Subdomain.
    pub domain: String,
}

/// An Enterprise organisation that owns the workspace.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Enterprise {
    /// Opaque id, `E...`.
    pub id: String,
    /// Display name.
    pub name: String,
}

/// A person or a bot user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct User {
    /// Opaque id.
    pub id: String,
    /// Home workspace; differs from ours for people of a connected organisation.
    pub team_id: String,
    /// Handle, without `@`.
    pub handle: String,
    /// Full name.
    pub real_name: String,
    /// Mail address; never shown of people of another organisation.
    pub email: Option<String>,
    /// IANA time zone.
    pub tz: String,
    /// Job title.
    pub title: String,
    /// BCP 47-like locale such as `en-US`.
    pub locale: String,
    /// A bot user.
    pub is_bot: bool,
    /// A guest.
    pub is_restricted: bool,
    /// A guest of a single channel.
    pub is_ultra_restricted: bool,
    /// A deactivated account.
    pub deleted: bool,
    /// Direct messages to this person are refused with this error code.
    pub dm_refused: Option<String>,
}

/// A channel or a direct conversation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Channel {
    /// Opaque id.
    pub id: String,
    /// Name without `#`; empty for a direct conversation.
    pub name: String,
    /// Only members see it.
    pub is_private: bool,
    /// A direct conversation of exactly two members.
    pub is_im: bool,
    /// User ids.
    pub members: BTreeSet<String>,
    /// Closed for writing.
    pub is_archived: bool,
    /// Other organisations it is shared with, by team id.
    pub shared_with: BTreeSet<String>,
    /// Who made it.
    pub creator: String,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// One-line topic.
    pub topic: String,
    /// Every call about this channel is refused with this error code.
    pub refused_with: Option<String>,
    /// The workspace it belongs to, if that is not ours.
    #[serde(default)]
    pub team_id: Option<String>,
}

/// The bot identity a message was posted with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BotAuthor {
    /// `B...`.
    pub bot_id: String,
    /// `A...`.
    pub app_id: String,
    /// Display name.
    pub name: String,
}

/// One message.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Message {
    /// Its key within the channel, `seconds.micros`.
    pub ts: String,
    /// Channel id.
    pub channel: String,
    /// Author's user id.
    pub user: String,
    /// Set when an app posted it.
    pub bot: Option<BotAuthor>,
    /// Text with Slack's own escaping.
    pub text: String,
    /// Block list as stored, with every `block_id` filled in.
    pub blocks: Option<Value>,
    /// Legacy attachments as posted.
    pub attachments: Option<Value>,
    /// Parent's `ts` in a thread; also set on a parent once it has replies.
    pub thread_ts: Option<String>,
    /// File ids.
    pub files: Vec<String>,
    /// Emoji name to the people who used it, in order.
    pub reactions: Vec<(String, Vec<String>)>,
    /// Who edited it last, and when.
    pub edited: Option<(String, String)>,
    /// `event_type` and `event_payload`.
    pub metadata: Option<Value>,
    /// Deleted while replies remain.
    pub tombstone: bool,
    /// Join and leave notes carry a subtype.
    pub subtype: Option<String>,
    /// What the client calls it.
    pub client_msg_id: Option<String>,
}

/// A message only one person sees.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ephemeral {
    /// The message itself.
    pub message: Message,
    /// Who sees it.
    pub for_user: String,
}

/// An uploaded file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct File {
    /// `F...`.
    pub id: String,
    /// File name.
    pub name: String,
    /// Media type.
    pub mimetype: String,
    /// Uploader.
    pub user: String,
    /// Content.
    #[serde(with = "crate::emulator::base64_text")]
    pub bytes: Vec<u8>,
    /// Where it has been shared; empty for a file that only sits in a form.
    pub channels: BTreeSet<String>,
    /// When it was uploaded.
    pub created: DateTime<Utc>,
    /// A removed file cannot be had any more.
    pub deleted: bool,
    /// Why it cannot be had as others can.
    #[serde(default)]
    pub withheld: Withheld,
}

/// Why a file that is there cannot be had as others can.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Withheld {
    /// It can.
    #[default]
    No,
    /// A link to somebody else's storage.
    External,
    /// Older than the plan of the workspace keeps.
    HiddenByLimit,
    /// Deleted, and shown as such where it was.
    Tombstone,
    /// Of another organisation that does not share it with apps.
    Foreign,
    /// The address of its bytes leads on to another.
    Redirected,
    /// Its address is of another host.
    Elsewhere,
    /// The file host answers with its login page, though the token is good.
    Login,
}

/// A modal on somebody's screen, or somebody's App Home.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct View {
    /// `V...`.
    pub id: String,
    /// What the app sent, with block ids filled in.
    pub content: Value,
    /// Changes with every update.
    pub hash: String,
    /// First view of the stack.
    pub root_id: String,
    /// View below this one.
    pub previous_id: Option<String>,
    /// Who sees it.
    pub user: String,
    /// Owner.
    pub app_id: String,
    /// `state.values`: what has been filled in so far.
    pub values: Value,
    /// False once closed or submitted.
    pub open: bool,
}

/// A slash command an app registered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SlashCommand {
    /// With its slash.
    pub command: String,
    /// Whether users, channels and links arrive as entities.
    pub should_escape: bool,
    /// What the client says it does.
    pub description: String,
    /// What the client says may follow it.
    pub usage_hint: String,
}

/// A shortcut an app registered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Shortcut {
    /// What a person sees in the menu.
    pub name: String,
    /// What the app receives.
    pub callback_id: String,
    /// `true` for one on a message, `false` for a global one.
    pub on_message: bool,
}

/// How deliveries reach an app.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Transport {
    /// Over its own web sockets.
    Socket,
    /// Signed requests to its addresses.
    Http {
        /// Event callbacks.
        events: String,
        /// Interactions.
        interactions: String,
        /// Slash commands.
        commands: String,
    },
}

/// An installed app.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct App {
    /// `A...`.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Its bot user.
    pub bot_user: String,
    /// `B...`.
    pub bot_id: String,
    /// Scopes of the bot token.
    pub scopes: BTreeSet<String>,
    /// Events it subscribed to, by the manifest's names (`message.im`, ...).
    pub events: BTreeSet<String>,
    /// Slash commands.
    pub commands: Vec<SlashCommand>,
    /// Shortcuts.
    pub shortcuts: Vec<Shortcut>,
    /// The Home tab is switched on.
    #[serde(default)]
    pub home_tab: bool,
    /// Where deliveries go.
    pub transport: Transport,
    /// Key of the request signature.
    pub signing_secret: String,
    /// Old verification token, still present in payloads.
    pub verification_token: String,
    /// Installed for the whole organisation: interactions carry `"team": null`.
    pub org_install: bool,
    /// Socket Mode switched off in the app's settings.
    pub socket_mode_off: bool,
    /// Where this is the app as installed: a workspace or organisation other than ours.
    #[serde(default)]
    pub team: Option<String>,
    /// Not installed in our workspace (any more).
    #[serde(default)]
    pub uninstalled: bool,
    /// Names the app to OAuth.
    #[serde(default)]
    pub client_id: String,
    /// Proves the app to OAuth.
    #[serde(default)]
    pub client_secret: String,
    /// Where browsers may be sent back to.
    #[serde(default)]
    pub redirect_urls: Vec<String>,
    /// Its tokens rotate.
    #[serde(default)]
    pub rotates: bool,
}

/// What a token allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenKind {
    /// `xoxb-`: acts as the app's bot user.
    Bot,
    /// `xapp-`: opens connections.
    App,
}

/// A token an app may present.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Token {
    /// Bot or app level.
    pub kind: TokenKind,
    /// Owner.
    pub app_id: String,
    /// No longer accepted.
    pub revoked: bool,
    /// The place it was issued for, if that is not our workspace.
    #[serde(default)]
    pub install: Option<String>,
    /// When it was issued, if it rotates.
    #[serde(default)]
    pub issued: Option<DateTime<Utc>>,
    /// When it expires, if it rotates.
    #[serde(default)]
    pub expires: Option<DateTime<Utc>>,
    /// The app was uninstalled.
    #[serde(default)]
    pub gone: bool,
}

/// Everything there is.
#[derive(Debug, Serialize, Deserialize)]
pub struct World {
    /// Our workspace.
    pub team: Team,
    /// The organisation above it, if any.
    pub enterprise: Option<Enterprise>,
    /// Connected organisations by team id.
    pub partners: BTreeMap<String, Team>,
    /// People and bots by id.
    pub users: BTreeMap<String, User>,
    /// Channels and direct conversations by id.
    pub channels: BTreeMap<String, Channel>,
    /// Messages by channel, then `ts`.
    pub messages: BTreeMap<String, BTreeMap<String, Message>>,
    /// Messages only one person sees.
    pub ephemerals: Vec<Ephemeral>,
    /// Files by id.
    pub files: BTreeMap<String, File>,
    /// Views by id.
    pub views: BTreeMap<String, View>,
    /// Open modals per person, root first.
    pub stacks: BTreeMap<String, Vec<String>>,
    /// App Home view per person.
    pub homes: BTreeMap<String, String>,
    /// Error banners per person, oldest first.
    pub toasts: BTreeMap<String, Vec<String>>,
    /// Installed apps by id.
    pub apps: BTreeMap<String, App>,
    /// Tokens by their text.
    pub tokens: BTreeMap<String, Token>,
    /// Other workspaces that stand here, by id.
    #[serde(default)]
    pub workspaces: BTreeMap<String, Team>,
    /// Apps installed in other places than our workspace.
    #[serde(default)]
    pub installs: Vec<Install>,
    /// Codes of OAuth by their text.
    #[serde(default)]
    pub codes: BTreeMap<String, Code>,
    /// Refresh tokens by their text.
    #[serde(default)]
    pub refreshes: BTreeMap<String, Refresh>,
    /// After this many minutes an app can no longer edit a message; `None` for never.
    pub edit_window_minutes: Option<i64>,
}
