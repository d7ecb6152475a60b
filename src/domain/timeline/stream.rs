//! The streams: what a chain of entries is about, as it is written in the record.
//!
//! Invariants: what is written reads back. Neighbours: [`super::NewEntry`] names its stream, the store keeps a chain for each.

use crate::domain::ids::CaseId;
use std::fmt;

/// What a chain of entries is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stream {
    /// Acts of the organisation: policy adopted, role granted, access refused.
    Org,
    /// A case.
    Case(CaseId),
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Org => f.write_str("org"),
            Self::Case(case) => write!(f, "case:{case}"),
        }
    }
}

impl std::str::FromStr for Stream {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix("case:") {
            Some(case) => case
                .parse()
                .map(Self::Case)
                .map_err(|_| format!("\"{text}\" is not a stream")),
            None if text == "org" => Ok(Self::Org),
            None => Err(format!("\"{text}\" is not a stream")),
        }
    }
}
