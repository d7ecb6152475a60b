//! An escalation: one run of an escalation policy for a case. Every page ends in a fact (promise 4).
//!
//! Invariants: while running there is exactly one open page and one open `acknowledge` deadline; it ends acknowledged, failed
//! (told to the people concerned) or cancelled (case closed). Neighbours: `policy::EscalationPolicy`, `workflow/escalate`, `workflow/tick`.

use super::{
    clock::Timestamp,
    ids::{CaseId, EscalationId, OutboxId, PersonId},
};
use serde::{Deserialize, Serialize};

/// Where a run stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Run {
    /// A page is out.
    Running {
        /// Step of the escalation policy, from 0.
        step: u32,
        /// Try within the step, from 1.
        attempt: u32,
        /// The page.
        page: OutboxId,
        /// Who was paged.
        paged: PersonId,
    },
    /// Somebody acknowledged.
    Acknowledged {
        /// Who.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
    /// Nobody acknowledged.
    Failed {
        /// When.
        at: Timestamp,
    },
    /// No longer needed.
    Cancelled {
        /// When.
        at: Timestamp,
    },
}

/// One run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// Its id.
    pub id: EscalationId,
    /// The case.
    pub case: CaseId,
    /// Id of the escalation policy.
    pub policy: String,
    /// Who escalated.
    pub by: PersonId,
    /// Why, in words.
    pub reason: String,
    /// When it began.
    pub started_at: Timestamp,
    /// Where it stands.
    pub run: Run,
}
