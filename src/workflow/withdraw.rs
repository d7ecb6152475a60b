//! Withdraw: a reporter takes the own report back, for some minutes.
//!
//! Invariants: the case stays, and the queue is told. Neighbours: `domain::details` decides.

use super::{Cx, Done, Fault, Workflow, ground::Target};
use crate::domain::{authority::Verb, details, ids::ReportId, merging};

impl Workflow {
    /// Withdraws one's own report.
    ///
    /// # Errors
    /// Refused in words, not stored, or a fault of ours.
    pub async fn withdraw(&self, cx: &Cx, report: ReportId) -> Result<Done, Fault> {
        self.change(Verb::Withdraw, cx, Target::Report(report), move |ground| {
            let file = ground.file()?;
            let decision = details::withdraw(ground.act, file, report)?;
            Ok(merging::shared(ground.act, file, decision))
        })
        .await
    }
}
