//! What an adapter hands what came in to: the conversation, seen from an adapter.
//!
//! Invariants: an adapter awaits [`Handler::handle`] to its end (the conversation waits for its database work two seconds at most and
//! never drops it); nothing that arrived for us is dropped in silence: what does not parse goes to [`Handler::unreadable`].
//! Neighbours: implemented by `chat::conversation`, called by the adapters' ingress.

use super::{answer::Answer, card::Card, inbound::Inbound, speech::Untold};
use crate::domain::person::PlatformId;
use async_trait::async_trait;
use std::time::Duration;

/// A command, interaction, reaction, mention or direct message that does not parse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The platform.
    pub platform: PlatformId,
    /// What it seems to be: `event`, `interactive`, `command`.
    pub kind: String,
    /// The payload with tokens, response URLs and trigger ids masked, capped at [`UNREADABLE_CAP`] bytes.
    pub masked: String,
    /// What is wrong with it, in words without content.
    pub why: String,
    /// SHA-256 of the wire bytes, hex.
    pub wire_sha256: String,
}

/// Most bytes of an unreadable payload that are handed over.
pub const UNREADABLE_CAP: usize = 16 * 1024;

/// The conversation, as an adapter sees it.
#[async_trait]
pub trait Handler: Send + Sync + std::fmt::Debug {
    /// Whether a reaction of this name (without colons and skin tone) is in the configured set. Asked before the adapter fetches
    /// the message, so that other reactions cost neither a call nor a write.
    fn wants_reaction(&self, name: &str) -> bool;

    /// Handles it and says what to answer in line. `spent` is what passed since its first byte: it is taken off the time that storing is
    /// awaited, so that the human hears something inside the platform's own limit.
    async fn handle(&self, inbound: Inbound, spent: Duration) -> Answer;

    /// Keeps what does not parse and raises the alarm. `false` if it could not be kept: the platform should deliver again.
    async fn unreadable(&self, what: Unreadable) -> bool;

    /// What is said where something came in and never got as far as [`Handler::handle`]: whom to turn to instead. Outsiders get no numbers.
    fn untold(&self, what: Untold, platform: PlatformId, outsider: bool) -> Card;
}
