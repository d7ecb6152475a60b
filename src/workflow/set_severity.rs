//! Severity: another rating, with the reason.
//!
//! Invariants: the first rating is kept. Neighbours: `domain::lifecycle` decides.

use super::{Cx, Done, Fault, Workflow, ground::Target};
use crate::domain::{authority::Verb, ids::CaseId, lifecycle, severity::Level};

impl Workflow {
    /// Changes the severity.
    ///
    /// # Errors
    /// Refused in words, not stored, or a fault of ours.
    pub async fn set_severity(
        &self,
        cx: &Cx,
        case: CaseId,
        level: Level,
        reason: String,
    ) -> Result<Done, Fault> {
        self.change(Verb::SetSeverity, cx, Target::Case(case), move |ground| {
            lifecycle::set_severity(ground.act, ground.file()?, level, &reason)
        })
        .await
    }
}
