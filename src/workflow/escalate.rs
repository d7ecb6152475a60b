//! Escalate: call the first step of the escalation policy.
//!
//! Invariants: legal from `new` and with incomplete data; a step with nobody on call is skipped on the record. Neighbours: `domain::escalation_rules` decides.

use super::{Cx, Done, Fault, Workflow, ground::Target};
use crate::domain::{authority::Verb, escalation_rules, ids::CaseId};

impl Workflow {
    /// Calls the first step of the escalation policy.
    ///
    /// # Errors
    /// Refused in words, not stored, or a fault of ours.
    pub async fn escalate(&self, cx: &Cx, case: CaseId, reason: String) -> Result<Done, Fault> {
        self.change(Verb::Escalate, cx, Target::Case(case), move |ground| {
            escalation_rules::start(ground.act, ground.file()?, ground.on_call, &reason)
        })
        .await
    }
}
