//! Roles that were given and taken back, and those that a platform's own role vouches for, as entries say it.
//!
//! Invariants: words of the record are added, never changed. Neighbours: [`super::Body`], `domain::vouching`.

use crate::domain::{
    clock::Timestamp,
    ids::PersonId,
    person::{Role, Voucher},
    vocabulary::vocabulary,
};
use serde::{Deserialize, Serialize};

/// Who got a role, or lost it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleOf {
    /// Who.
    pub person: PersonId,
    /// Role.
    pub role: Role,
}

/// For whom a platform's role vouches, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vouched {
    /// For whom.
    pub person: PersonId,
    /// Role.
    pub role: Role,
    /// By which role of which platform.
    pub by: Voucher,
    /// Until when it counts, unless it is seen again.
    pub until: Timestamp,
}

/// For whom it vouches no longer, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unvouched {
    /// For whom.
    pub person: PersonId,
    /// Role.
    pub role: Role,
    /// By which role of which platform.
    pub by: Voucher,
    /// Why.
    pub because: VouchEnd,
}

vocabulary! {
    /// Why a platform's role vouches no longer.
    VouchEnd {
        /// The person has it no more.
        RoleGone = "role_gone",
        /// The settings name another role, or none.
        SettingGone = "setting_gone",
    }
}
