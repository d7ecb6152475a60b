//! Merge: two cases are the same matter; one goes on, the other is worked on there.
//!
//! Invariants: the actor may merge in both; both change in one transaction, checked against both versions, so of two people who merge
//! the same two cases into each other one wins and the other is told. Neighbours: `domain::merging` decides, [`super::unmerge`] undoes it.

use super::{Cx, Done, Fault, Workflow, ground::Target};
use crate::domain::{
    authority::{self, Verb},
    ids::{CaseId, CaseNumber},
    merging,
};

impl Workflow {
    /// Merges a case into another one, the one that goes on.
    ///
    /// # Errors
    /// Refused in words, not stored, or a fault of ours.
    pub async fn merge(
        &self,
        cx: &Cx,
        case: CaseId,
        into: CaseNumber,
        reason: String,
    ) -> Result<Done, Fault> {
        self.change(Verb::Merge, cx, Target::Two(case, into), move |ground| {
            let into = ground.other.ok_or_else(authority::no_such_case)?;
            merging::merge(ground.act, ground.file()?, into, &reason)
        })
        .await
    }
}
