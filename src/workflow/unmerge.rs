//! Unmerge: a merged case is worked on by itself again, with the reason.
//!
//! Invariants: what was recorded meanwhile stays, in both records. Neighbours: `domain::merging` decides, [`super::merge`].

use super::{Cx, Done, Fault, Workflow, ground::Target};
use crate::domain::{authority::Verb, ids::CaseId, merging};

impl Workflow {
    /// Undoes a merge.
    ///
    /// # Errors
    /// Refused in words, not stored, or a fault of ours.
    pub async fn unmerge(&self, cx: &Cx, case: CaseId, reason: String) -> Result<Done, Fault> {
        self.change(Verb::Unmerge, cx, Target::Case(case), move |ground| {
            merging::unmerge(ground.act, ground.file()?, &reason)
        })
        .await
    }
}
