//! The seal of an entry: what is hashed, and how.
//!
//! Invariants: the same entry has the same canonical bytes for ever, so a verifier of another make comes to the same hash.
//! Neighbours: the store seals, `cli verify` and the checker of the tests recompute.

use crate::domain::event_report::Origin;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What is hashed: an entry in its place, with its payload's hash in the payload's stead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// Format version, 1.
    pub v: u32,
    /// `org` or `case:<id>`.
    pub stream: String,
    /// From 1, gapless.
    pub seq: u64,
    /// Hash of the entry before, hex; 64 zeros for the first.
    pub prev_hash: String,
    /// Epoch microseconds.
    pub recorded_at: i64,
    /// Epoch microseconds.
    pub effective_at: i64,
    /// `system` or `person:<id>`.
    pub actor: String,
    /// The kind of the body.
    pub kind: String,
    /// The door and place.
    pub origin: Origin,
    /// The policy version cited.
    pub policy: String,
    /// `sha256(salt || canonical payload)`, hex.
    pub payload_hash: String,
}

/// The hash before the first entry.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A value that has no canonical JSON form; cannot happen for the types of this file.
#[derive(Debug, thiserror::Error)]
#[error("no canonical JSON: {0}")]
pub struct NotCanonical(#[from] serde_json::Error);

/// Canonical JSON (RFC 8785).
///
/// # Errors
/// If the value cannot be serialised.
pub fn canonical<T: Serialize>(value: &T) -> Result<String, NotCanonical> {
    Ok(serde_json_canonicalizer::to_string(value)?)
}

/// Lower-case hex SHA-256.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The hash of a payload: salted, so that it proves without telling.
#[must_use]
pub fn payload_hash(salt: &[u8], canonical_payload: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(salt);
    hash.update(canonical_payload.as_bytes());
    hex::encode(hash.finalize())
}

impl Sealed {
    /// The hash of this entry, hex.
    ///
    /// # Errors
    /// If it has no canonical form.
    pub fn hash(&self) -> Result<String, NotCanonical> {
        Ok(sha256_hex(canonical(self)?.as_bytes()))
    }
}
