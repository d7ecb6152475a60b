//! Triage: category, severity by the rubric, asset and the rest in one form.
//!
//! Invariants: the first rating is kept for ever; triage of an untaken case takes it. Neighbours: `domain::lifecycle` decides.

use super::{Cx, Done, Fault, TriageInput, Workflow, ground::Target};
use crate::domain::{authority::Verb, ids::CaseId, lifecycle};

impl Workflow {
    /// Sorts and rates.
    ///
    /// # Errors
    /// Refused in words, not stored, or a fault of ours.
    pub async fn triage(&self, cx: &Cx, case: CaseId, input: TriageInput) -> Result<Done, Fault> {
        self.change(Verb::Triage, cx, Target::Case(case), move |ground| {
            lifecycle::triage(ground.act, ground.file()?, &input)
        })
        .await
    }
}
