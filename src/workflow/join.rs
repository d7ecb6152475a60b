//! Join: another reporter of a case, by a reaction on one of our cards.
//!
//! Invariants: the reporter hears the outcome too; somebody who reported it already gets the same answer and nothing is written.
//! Neighbours: `domain::opening` decides, [`super::open`] joins by the reported message.

use super::{Cx, Done, Fault, NewReport, Workflow, ground::Target, open::Filed};
use crate::domain::{authority::Verb, ids::CaseId};

impl Workflow {
    /// Adds the caller to the reporters of a case.
    ///
    /// # Errors
    /// Refused, not stored, or a fault of ours.
    pub async fn join(&self, cx: &Cx, case: CaseId, text: String) -> Result<Done, Fault> {
        let filed = Filed::of(cx);
        let report = NewReport {
            text,
            ..NewReport::default()
        };
        self.act(Verb::Join, cx, Target::Case(case), move |ground| {
            filed.join(ground, ground.file()?, &report)
        })
        .await
    }
}
