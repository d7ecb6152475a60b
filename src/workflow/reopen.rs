//! Reopen: a closed case is worked on again, with the reason.
//!
//! Invariants: what was decided stays in the record. Neighbours: `domain::lifecycle` decides.

use super::{Cx, Done, Fault, Workflow, ground::Target};
use crate::domain::{authority::Verb, ids::CaseId, lifecycle};

impl Workflow {
    /// Begins again.
    ///
    /// # Errors
    /// Refused in words, not stored, or a fault of ours.
    pub async fn reopen(&self, cx: &Cx, case: CaseId, reason: String) -> Result<Done, Fault> {
        self.change(Verb::Reopen, cx, Target::Case(case), move |ground| {
            lifecycle::reopen(ground.act, ground.file()?, &reason)
        })
        .await
    }
}
