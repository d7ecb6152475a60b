//! What the record holds of a message that was edited or deleted.
//!
//! Invariants: names an entry and the hash of its words, never the words. Neighbours: entries of edits and deletions carry it.

use serde::{Deserialize, Serialize};

/// Where the record holds the words of a message, and which they are: a chat that forgets them changes nothing here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The entry that holds them.
    pub entry: u64,
    /// SHA-256 of the words, hex.
    pub sha256: String,
}
