//! Add details: more about a case, by its reporter or a responder.
//!
//! Invariants: it fills gaps and never overrides what responders set. Neighbours: `domain::details` decides.

use super::{Cx, Done, Fault, Workflow, ground::Target};
use crate::domain::{authority::Verb, details, event_report::Details, ids::CaseId, merging};

impl Workflow {
    /// More about a case, by its reporter or a responder.
    ///
    /// # Errors
    /// Refused in words, not stored, or a fault of ours.
    pub async fn add_details(&self, cx: &Cx, case: CaseId, told: Details) -> Result<Done, Fault> {
        self.change(Verb::AddDetails, cx, Target::Case(case), move |ground| {
            let file = ground.file()?;
            let decision = details::add(ground.act, file, ground.relation, &told)?;
            Ok(merging::shared(ground.act, file, decision))
        })
        .await
    }
}
