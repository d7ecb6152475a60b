//! Where an entry about an installation happened.
//!
//! Invariants: holds no token. Neighbours: the bodies about installations.

use crate::domain::person::PlatformId;
use serde::{Deserialize, Serialize};

/// The workspace or organisation that an entry about an installation is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The platform.
    pub platform: PlatformId,
    /// The organisation, if there is one.
    pub enterprise: Option<String>,
    /// The workspace; none for an organisation as a whole.
    pub workspace: Option<String>,
    /// What people there call it.
    pub name: String,
}
