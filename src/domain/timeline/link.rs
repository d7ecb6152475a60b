//! What an entry says of two accounts.
//!
//! Invariants: the account that asked stands first. Neighbours: [`crate::domain::linking`] decides.

use crate::domain::{ids::PersonId, person::Identity};
use serde::{Deserialize, Serialize};

/// Two accounts that were to be linked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accounts {
    /// The account that asked for the code, and answered.
    pub first: Identity,
    /// The account that typed it.
    pub second: Identity,
}

/// Two accounts that are one person from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linked {
    /// Which ones.
    #[serde(flatten)]
    pub accounts: Accounts,
    /// The person whose accounts moved.
    pub from: PersonId,
    /// The person who has them now.
    pub into: PersonId,
}
