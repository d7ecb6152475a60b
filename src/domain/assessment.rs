//! Assessment: the recorded decision whether an event is an incident (R56-R62).
//!
//! Invariants: every decision cites the scheme's version (the policy version), the criteria that were answered, the decider
//! and the rationale; a revision is a new record, never an edit. Neighbours: [`super::case`], `policy::Scheme`.

use super::{
    clock::Timestamp,
    ids::{AssessmentId, CaseId, PersonId, PolicyVersionId},
    vocabulary::vocabulary,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

vocabulary! {
    /// What a case was found to be.
    Assessment {
        /// Nobody has decided yet.
        Undecided = "undecided",
        /// A security event, not an incident.
        Event = "event",
        /// An incident.
        Incident = "incident",
        /// Nothing happened that matters.
        FalsePositive = "false_positive",
        /// The same as another case.
        Duplicate = "duplicate",
    }
}

vocabulary! {
    /// The phase of an incident; only an incident has one.
    Phase {
        /// Stop it from spreading.
        Containment = "containment",
        /// Remove it.
        Eradication = "eradication",
        /// Back to normal.
        Recovery = "recovery",
        /// Learn from it.
        Review = "review",
    }
}

/// One recorded decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssessmentRecord {
    /// Its id.
    pub id: AssessmentId,
    /// The case it decides.
    pub case: CaseId,
    /// The policy version that holds the scheme.
    pub policy: PolicyVersionId,
    /// Criterion id to answer (`yes` is true).
    pub criteria: BTreeMap<String, bool>,
    /// The result; never `Undecided`.
    pub result: Assessment,
    /// What the scheme says follows from it.
    pub consequence: String,
    /// What the scheme says about order of work.
    pub priority: String,
    /// Why, in the decider's words.
    pub rationale: String,
    /// Who decided.
    pub decider: PersonId,
    /// When.
    pub decided_at: Timestamp,
}
