//! Identifiers: UUIDv7 newtypes, and the case number that people say aloud.
//!
//! Invariants: an id of one kind cannot be passed as another; a case number is unique within its year and in order of filing.

use super::clock::{Entropy, Timestamp};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id, ordered by `now`.
            pub fn new(entropy: &dyn Entropy, now: Timestamp) -> Self {
                Self(entropy.uuid(now))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )+};
}

id! {
    /// A case.
    CaseId;
    /// An event report.
    ReportId;
    /// A person, a system or a third party.
    PersonId;
    /// A row of the outbox: a notification on its way.
    OutboxId;
    /// One run of an escalation policy for a case.
    EscalationId;
    /// A deadline.
    DeadlineId;
    /// A recorded assessment decision.
    AssessmentId;
    /// A file that was kept, or the reason why it could not be had.
    AttachmentId;
    /// A role grant.
    GrantId;
    /// A stored, immutable version of the policy.
    PolicyVersionId;
    /// An installation of the bot in a workspace or organisation.
    InstallationId;
    /// A request to link two accounts.
    LinkId;
}

/// The number of a case, `SE-2026-0042`: the year is the year of filing in the organisation's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CaseNumber {
    /// Calendar year in the organisation's zone.
    pub year: i32,
    /// Running number within the year, from 1; 0 only in a case that the store has not recorded yet.
    pub n: u32,
}

impl fmt::Display for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SE-{}-{:04}", self.year, self.n)
    }
}

/// A text that is not a case number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a case number; it looks like SE-2026-0042")]
pub struct NotACaseNumber(pub String);

impl FromStr for CaseNumber {
    type Err = NotACaseNumber;

    /// Accepts `SE-2026-0042` in any case, with or without leading zeros.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || NotACaseNumber(text.chars().take(40).collect());
        let mut parts = text.trim().split('-');
        let (prefix, year, n) = (parts.next(), parts.next(), parts.next());
        if parts.next().is_some() || !prefix.is_some_and(|p| p.eq_ignore_ascii_case("SE")) {
            return Err(refuse());
        }
        let year: i32 = year.and_then(|y| y.parse().ok()).ok_or_else(refuse)?;
        let n: u32 = n.and_then(|n| n.parse().ok()).ok_or_else(refuse)?;
        if !(2000..=9999).contains(&year) || n == 0 {
            return Err(refuse());
        }
        Ok(Self { year, n })
    }
}

impl Serialize for CaseNumber {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CaseNumber {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::CaseNumber;

    #[test]
    fn a_case_number_reads_back_and_nothing_else_does() {
        let number = CaseNumber { year: 2026, n: 42 };
        assert_eq!(number.to_string(), "SE-2026-0042");
        assert_eq!("se-2026-42".parse(), Ok(number));
        for wrong in [
            "",
            "42",
            "SE-2026",
            "SE-2026-0",
            "SE-2026-1-2",
            "XX-2026-1",
            "SE-26-1",
        ] {
            assert!(
                wrong.parse::<CaseNumber>().is_err(),
                "{wrong} was taken for a case number"
            );
        }
    }
}
