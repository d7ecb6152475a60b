//! An entry on its way to the record.
//!
//! Invariants: has no place yet; the store gives it one. Neighbours: every decision holds some.

use super::{Body, Stream};
use crate::domain::{clock::Timestamp, event_report::Origin, person::Who};

/// An entry before it has its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// Whose chain.
    pub stream: Stream,
    /// When it became true (the message's time, the press); recorded_at is the decision's `now`.
    pub effective_at: Timestamp,
    /// Who.
    pub actor: Who,
    /// Through which door.
    pub origin: Origin,
    /// What.
    pub body: Body,
}
