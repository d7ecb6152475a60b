//! Close: outcome, notes, whatever is still missing, and an answer for every reporter.
//!
//! Invariants: no close without an assessment, an outcome and an answer to each reporter (promise 6). Neighbours: `domain::closing` decides.

use super::{CloseInput, Cx, Done, Fault, Workflow, ground::Target};
use crate::domain::{authority::Verb, closing, ids::CaseId};

impl Workflow {
    /// Ends a case.
    ///
    /// # Errors
    /// Refused in words, not stored, or a fault of ours.
    pub async fn close(&self, cx: &Cx, case: CaseId, input: CloseInput) -> Result<Done, Fault> {
        self.change(Verb::Close, cx, Target::Case(case), move |ground| {
            closing::close(ground.act, ground.file()?, &input)
        })
        .await
    }
}
