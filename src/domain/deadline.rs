//! Deadlines: everything that must happen by a time, in one table, fired by one ticker.
//!
//! Invariants: at most one open deadline per (kind, subject); a fired or met deadline stays as a row with its instant.
//! Neighbours: `workflow/tick` fires them through the same verbs, as actor `system`.

use super::{
    clock::Timestamp,
    ids::{CaseId, EscalationId},
    vocabulary::vocabulary,
};
use serde::{Deserialize, Serialize};

vocabulary! {
    /// What must happen by a time.
    DeadlineKind {
        /// A person takes the case (R47).
        Take = "take",
        /// The case is triaged.
        Triage = "triage",
        /// The page of the running step is acknowledged.
        Acknowledge = "acknowledge",
        /// The case is closed or has a next action (R63).
        Resolve = "resolve",
        /// A restriction is reviewed (R109).
        RestrictionReview = "restriction_review",
        /// Each reporter has been told the outcome.
        Feedback = "feedback",
    }
}

/// A deadline to set. Setting one that is open moves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// What.
    pub kind: DeadlineKind,
    /// For which case.
    pub case: CaseId,
    /// For which escalation, if [`DeadlineKind::Acknowledge`].
    pub escalation: Option<EscalationId>,
    /// By when.
    pub due_at: Timestamp,
}

/// What a decision does to deadlines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeadlineChange {
    /// Set or move.
    Set(Deadline),
    /// It was met: no longer open.
    Met {
        /// The case.
        case: CaseId,
        /// The kind.
        kind: DeadlineKind,
    },
    /// It fired and was missed: no longer open, stays as missed.
    Missed {
        /// The case.
        case: CaseId,
        /// The kind.
        kind: DeadlineKind,
    },
}
