//! What comes in from a platform, in the words of every platform.
//!
//! Invariants: `key` names the cause, so a retried or doubled delivery has the same key; `wire_sha256` is the hash of the bytes;
//! tokens, response URLs and trigger ids never get here. Neighbours: adapters build it, `chat::conversation` handles it.

use super::form::{Entered, FormKey};
use crate::domain::{
    clock::Timestamp,
    event_report::{FileRef, MessageRef, Snapshot},
    person::{Identity, PlatformId, Vouch},
};

/// Who sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// The account.
    pub identity: Identity,
    /// The name that the platform tells, if it does.
    pub name: Option<String>,
    /// From another organisation, or a guest of this one.
    pub outsider: bool,
    /// BCP 47 tag, if known.
    pub locale: Option<String>,
    /// IANA zone, if known.
    pub time_zone: Option<String>,
    /// Whether they have the role of the platform that the settings go by, where they go by one and the platform shows it.
    pub vouch: Option<Vouch>,
}

/// Where it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The platform.
    pub platform: PlatformId,
    /// Workspace, guild or team.
    pub workspace: String,
    /// Channel, if any (a global shortcut has none).
    pub channel: Option<String>,
    /// A direct conversation with the bot.
    pub direct: bool,
}

/// Something that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound {
    /// Names the cause, unique per cause (`slack:event:Ev123`, `slack:trigger:...`, `slack:view:V1:hash`).
    pub key: String,
    /// Hash of the wire bytes, hex.
    pub wire_sha256: String,
    /// Who.
    pub from: Sender,
    /// Where.
    pub place: Place,
    /// When it happened, as the platform says; when it says nothing, when it arrived.
    pub happened_at: Timestamp,
    /// What.
    pub kind: InboundKind,
}

/// What came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InboundKind {
    /// `/secevent <text>`.
    Command {
        /// The text after the command, entities of the platform already turned into plain words.
        text: String,
    },
    /// Words that are a report whatever they say, because the platform has a command of its own for that.
    Report {
        /// The words; a form is opened if there are none.
        text: String,
        /// The files that came with them.
        files: Vec<FileRef>,
    },
    /// Somebody types the number of a case, and the platform asks which ones to offer.
    Completion {
        /// What was typed so far.
        typed: String,
    },
    /// The global shortcut.
    GlobalShortcut,
    /// Somebody looks at the home that the app has for each person, or would see it if it were renewed now.
    Home,
    /// "Report security event" on a message.
    MessageShortcut {
        /// The message.
        snapshot: Snapshot,
    },
    /// A reaction on a message, from the configured set or not: the conversation decides by the policy.
    Reaction {
        /// Its name, without colons and skin tone.
        name: String,
        /// The message. The adapter fetched the snapshot; `missing` says why if it could not.
        snapshot: Snapshot,
    },
    /// The bot was mentioned in a channel.
    Mention {
        /// The text without the mention.
        text: String,
        /// The message itself.
        message: MessageRef,
        /// The thread's root, if it is a reply.
        thread: Option<MessageRef>,
        /// Its files.
        files: Vec<FileRef>,
    },
    /// A message: direct to the bot, or a reply in a thread (the conversation looks up whether the thread belongs to a case
    /// and drops it before any write or log if not).
    Message {
        /// Its text.
        text: String,
        /// The message itself.
        message: MessageRef,
        /// The thread's root, if it is a reply.
        thread: Option<MessageRef>,
        /// Its files.
        files: Vec<FileRef>,
    },
    /// A message was edited. Dropped if it does not belong to a case.
    MessageChanged {
        /// The message.
        message: MessageRef,
        /// The text now.
        text: String,
    },
    /// A message was deleted. Dropped if it does not belong to a case.
    MessageDeleted {
        /// The message.
        message: MessageRef,
    },
    /// A button was pressed.
    Button {
        /// The verb's word.
        verb: String,
        /// The id it acts on.
        id: String,
        /// The message that carries the button, if it is a message.
        message: Option<MessageRef>,
        /// Pressed inside a form: what was entered so far, and which form.
        form: Option<(FormKey, Entered)>,
    },
    /// A form was submitted.
    Submission {
        /// Which form.
        form: FormKey,
        /// What was entered.
        entered: Entered,
    },
}
