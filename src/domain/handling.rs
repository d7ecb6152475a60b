//! Handling: how a case may be shared (TLP) and whether it is restricted to few people, why and until when.
//!
//! Invariants: a restriction always has a reason and an end (R109); a restricted case still pages, counts and hands over.
//! Neighbours: [`super::case`]; the one function `visible` decides by it what an audience may see (promise 7).

use super::{clock::Timestamp, vocabulary::vocabulary};
use serde::{Deserialize, Serialize};

vocabulary! {
    /// Traffic Light Protocol 2.0 (FIRST): how far a case may travel.
    Tlp {
        /// For the named recipients only.
        Red = "TLP:RED",
        /// For the organisation only.
        AmberStrict = "TLP:AMBER+STRICT",
        /// For the organisation and its clients.
        Amber = "TLP:AMBER",
        /// For the community.
        Green = "TLP:GREEN",
        /// No limit.
        Clear = "TLP:CLEAR",
    }
}

/// Why a case is restricted and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restriction {
    /// Why, in words.
    pub reason: String,
    /// When the restriction must be reviewed; after it the alarm rises, the restriction stays until a person lifts it.
    pub until: Timestamp,
}

/// How a case is handled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handling {
    /// How far it may travel.
    pub tlp: Tlp,
    /// Present if only the responders of the case and the reporter may see more than its number.
    pub restricted: Option<Restriction>,
}
