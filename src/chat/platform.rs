//! What a platform can do for us: send, and say whether it worked.
//!
//! Invariants: every call has a timeout of ours; a sender answers with one of three words and never retries by itself (the outbox
//! owns retrying). Neighbours: implemented by `chat/slack` and `chat/discord`, used by `delivery` and `doctor`.

use super::card::Card;
use crate::domain::{
    event_report::{FileRef, MessageRef},
    person::{Identity, PlatformId},
};
use async_trait::async_trait;
use std::time::Duration;

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A direct conversation with this account.
    Direct(Identity),
    /// The configured queue channel. The adapter refuses (permanent, with the reason) if it is public, shared outside or archived.
    Queue,
    /// A reply below this message.
    Thread(MessageRef),
    /// In place of this message.
    Update(MessageRef),
}

/// A message to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Where.
    pub target: Target,
    /// What.
    pub card: Card,
    /// The number of the case that it is about, if it is about one: what is made for a case is called by it, and by nothing else of it.
    pub case: Option<String>,
    /// Names the cause; given to the receiver where it takes an idempotency key, and as hidden metadata where it can.
    pub key: String,
}

/// How sending went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// The platform took it.
    Delivered {
        /// Where it stands now.
        message: MessageRef,
    },
    /// Not now.
    Temporary {
        /// Wait at least this long, if the platform said so (`Retry-After`).
        after: Option<Duration>,
        /// The platform limits us: does not count as an attempt, and the lane pauses.
        limited: bool,
        /// It may have been taken all the same (timeout or reset after the request was written).
        maybe_sent: bool,
        /// Why, in words without secrets.
        reason: String,
    },
    /// Never.
    Permanent {
        /// Why.
        reason: Permanent,
        /// The platform's own word and ours.
        detail: String,
    },
}

impl Sent {
    /// What it means for a message that refers to one in `channel`, while cases are told in `queue`: a channel that the settings named once, and
    /// that takes nothing any more, is not mended by anybody; what stood there is gone, and is posted anew where cases are told now.
    #[must_use]
    pub fn of_place(self, channel: &str, queue: &str) -> Self {
        match self {
            Self::Permanent {
                reason: Permanent::ChannelUnfit,
                detail,
            } if channel != queue => Self::Permanent {
                reason: Permanent::MessageGone,
                detail: format!(
                    "it stood in a channel that is not the queue channel any more: {detail}"
                ),
            },
            other => other,
        }
    }
}

/// Why something can never be sent as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permanent {
    /// The message to update is gone or too old: post anew.
    MessageGone,
    /// The person cannot be messaged.
    Unreachable,
    /// The channel is archived, missing, public, shared, or the bot is not in it.
    ChannelUnfit,
    /// The platform refuses our token or scopes.
    Refused,
    /// The platform refuses the message itself: a bug of ours.
    Malformed,
}

/// A file fetched from the platform's own host, no redirects, capped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// Its bytes.
    Bytes(Vec<u8>),
    /// Not now.
    Temporary(String),
    /// Never: why, in words.
    Never(String),
}

/// One finding of a platform's self-examination (for `doctor` and readiness).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was examined.
    pub what: String,
    /// Whether it is well.
    pub ok: bool,
    /// What was found, and how to mend it if it is not well.
    pub sentence: String,
}

/// A chat platform.
#[async_trait]
pub trait Platform: Send + Sync + std::fmt::Debug {
    /// Which one.
    fn id(&self) -> PlatformId;

    /// Sends one message once.
    async fn send(&self, message: &Outgoing) -> Sent;

    /// Whether a file is called as files of this platform are. One that came with a form or a command has no message that says whose it is.
    fn knows(&self, file: &FileRef) -> bool;

    /// Fetches a file.
    async fn fetch(&self, file: &FileRef) -> Fetched;

    /// Examines token, scopes, queue channel and connection.
    async fn examine(&self) -> Vec<Finding>;
}
