//! Severity: unrated until triage, then SEV1 (gravest) to SEV4; the first rating is kept for ever (R44, R52).

use super::vocabulary::vocabulary;
use serde::{Deserialize, Serialize};

vocabulary! {
    /// A level of the rubric.
    Level {
        /// Critical.
        Sev1 = "SEV1",
        /// High.
        Sev2 = "SEV2",
        /// Medium.
        Sev3 = "SEV3",
        /// Low.
        Sev4 = "SEV4",
    }
}

/// The severity of a case. Once rated, the initial level never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rated", rename_all = "snake_case")]
pub enum Severity {
    /// Nobody has rated it yet.
    Unrated,
    /// Rated.
    Rated {
        /// The first rating.
        initial: Level,
        /// The present rating.
        current: Level,
    },
}

impl Severity {
    /// The present level, if rated.
    #[must_use]
    pub const fn level(self) -> Option<Level> {
        match self {
            Self::Unrated => None,
            Self::Rated { current, .. } => Some(current),
        }
    }

    /// The same case after a rating: the initial level is kept when there is one.
    #[must_use]
    pub const fn rate(self, level: Level) -> Self {
        match self {
            Self::Unrated => Self::Rated {
                initial: level,
                current: level,
            },
            Self::Rated { initial, .. } => Self::Rated {
                initial,
                current: level,
            },
        }
    }
}
