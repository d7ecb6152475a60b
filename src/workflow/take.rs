//! Take: a person becomes the owner.
//!
//! Invariants: from here on the owner is a person (promise 6). Neighbours: `domain::lifecycle` decides.

use super::{Cx, Done, Fault, Workflow, ground::Target};
use crate::domain::{authority::Verb, ids::CaseId, lifecycle};

impl Workflow {
    /// Makes the caller the owner.
    ///
    /// # Errors
    /// Refused in words, not stored, or a fault of ours.
    pub async fn take(&self, cx: &Cx, case: CaseId) -> Result<Done, Fault> {
        self.change(Verb::Take, cx, Target::Case(case), move |ground| {
            lifecycle::take(ground.act, ground.file()?)
        })
        .await
    }
}
