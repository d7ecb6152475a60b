//! Assess: the recorded decision event or incident.
//!
//! Invariants: a revision is a new record. Neighbours: `domain::assessing` decides.

use super::{AssessInput, Cx, Done, Fault, Workflow, ground::Target};
use crate::domain::{assessing, authority::Verb, ids::CaseId};

impl Workflow {
    /// Decides event or incident.
    ///
    /// # Errors
    /// Refused in words, not stored, or a fault of ours.
    pub async fn assess(&self, cx: &Cx, case: CaseId, input: AssessInput) -> Result<Done, Fault> {
        self.change(Verb::Assess, cx, Target::Case(case), move |ground| {
            assessing::assess(ground.act, ground.file()?, &input)
        })
        .await
    }
}
