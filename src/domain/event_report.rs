//! An event report: what one reporter said once, through one door, with its bytes' hash.
//!
//! Invariants: a report belongs to exactly one case and is never changed after it was recorded (details, edits and deletions are
//! timeline entries); suspicion suffices, every field but reporter, text and time may be missing (R9, reading 1).
//! Neighbours: [`super::case`] holds what the responders make of it.

use super::{
    clock::Timestamp,
    ids::{AttachmentId, CaseId, PersonId, ReportId},
    person::{Identity, PlatformId},
    vocabulary::vocabulary,
};
use serde::{Deserialize, Serialize};

vocabulary! {
    /// The door through which something came in or was done.
    Door {
        /// `/secevent` with text.
        SlashCommand = "slash_command",
        /// The report form.
        Form = "form",
        /// The global shortcut's form.
        GlobalShortcut = "global_shortcut",
        /// The form, opened from the app's home.
        Home = "home",
        /// "Report security event" on a message.
        MessageShortcut = "message_shortcut",
        /// A reaction on a message.
        Reaction = "reaction",
        /// The bot was mentioned.
        Mention = "mention",
        /// A direct message to the bot.
        DirectMessage = "direct_message",
        /// The thread of the case card.
        CaseThread = "case_thread",
        /// The thread of a receipt.
        ReceiptThread = "receipt_thread",
        /// A button or form on one of our cards.
        Button = "button",
        /// The command line.
        CommandLine = "command_line",
        /// The ticker.
        Clock = "clock",
        /// The dispatcher.
        Delivery = "delivery",
        /// The directory or policy file.
        File = "file",
        /// The page where the bot is installed, or the platform itself, about an installation.
        Install = "install",
    }
}

/// Where something came in or was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The door.
    pub door: Door,
    /// Platform, if a chat.
    pub platform: Option<PlatformId>,
    /// Workspace, guild or team where it happened.
    pub workspace: Option<String>,
    /// Channel where it happened.
    pub channel: Option<String>,
}

impl Origin {
    /// An origin outside chat.
    #[must_use]
    pub const fn inside(door: Door) -> Self {
        Self {
            door,
            platform: None,
            workspace: None,
            channel: None,
        }
    }
}

/// A message on a platform.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MessageRef {
    /// The platform.
    pub platform: PlatformId,
    /// Workspace, guild or team.
    pub workspace: String,
    /// Channel.
    pub channel: String,
    /// The message's id in the channel (Slack: `ts`).
    pub message: String,
}

/// A file somebody attached: where it is, before it was fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    /// The platform's id of the file.
    pub id: String,
    /// Its name, capped.
    pub name: String,
    /// Media type as the platform says.
    pub media_type: Option<String>,
    /// Bytes as the platform says.
    pub size: Option<u64>,
}

/// A file that was kept, or the reason why it could not be had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// The case.
    pub case: CaseId,
    /// What the platform said of it.
    pub file: FileRef,
    /// Where it came from.
    pub source: Option<MessageRef>,
    /// Hash and size of the kept bytes, or why there are none.
    pub kept: Kept,
}

/// Whether a file's bytes were kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kept", rename_all = "snake_case")]
pub enum Kept {
    /// Not fetched yet.
    Pending,
    /// Kept under its content's hash.
    Yes {
        /// SHA-256, hex.
        sha256: String,
        /// Bytes.
        size: u64,
    },
    /// Not kept.
    No {
        /// Why, in words.
        reason: String,
    },
}

/// A message as it was when it was reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Which message.
    pub source: MessageRef,
    /// Who wrote it, if known.
    pub author: Option<Identity>,
    /// Its text; empty if `missing` says why.
    pub text: String,
    /// Its files.
    pub files: Vec<FileRef>,
    /// A link to it that people of the channel can open.
    pub permalink: Option<String>,
    /// Why text or files could not be had, in words.
    pub missing: Option<String>,
}

/// Which asset an event concerns (R43). All free text, capped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asset {
    /// Cloud or SaaS provider.
    pub provider: Option<String>,
    /// Account, subscription or project.
    pub account: Option<String>,
    /// Tenant.
    pub tenant: Option<String>,
    /// Application or service.
    pub application: Option<String>,
}

impl Asset {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.provider.is_none()
            && self.account.is_none()
            && self.tenant.is_none()
            && self.application.is_none()
    }
}

/// What a reporter may tell beyond the text. Everything is optional.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// Category id of the policy.
    pub category: Option<String>,
    /// Where.
    pub asset: Asset,
    /// When it was noticed.
    pub noticed_at: Option<Timestamp>,
    /// What stood on the screen.
    pub on_screen: Option<String>,
    /// Links, as text; never fetched.
    pub links: Vec<String>,
    /// Concerns a colleague: the case becomes restricted.
    pub concerns_colleague: bool,
    /// Files attached in the form.
    pub files: Vec<FileRef>,
    /// When the form was opened, if there was one: with the instant of the report it gives the time to submit (R10).
    #[serde(default)]
    pub begun_at: Option<Timestamp>,
}

/// What one reporter said once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventReport {
    /// Its id.
    pub id: ReportId,
    /// The case it belongs to.
    pub case: CaseId,
    /// Who reported.
    pub reporter: PersonId,
    /// The account to answer, if a chat.
    pub reply_to: Option<Identity>,
    /// Through which door and where.
    pub origin: Origin,
    /// What was said, whole (capped at [`TEXT_CAP`]).
    pub text: String,
    /// The message it was said about.
    pub snapshot: Option<Snapshot>,
    /// The rest.
    pub details: Details,
    /// SHA-256 of the bytes that came over the wire, hex.
    pub wire_sha256: String,
    /// When it was recorded.
    pub reported_at: Timestamp,
    /// When the reporter withdrew it (within ten minutes); the case stays.
    pub withdrawn_at: Option<Timestamp>,
}

/// How many code points of one text are stored; Slack's own limit for a message.
pub const TEXT_CAP: usize = 40_000;
