//! Acknowledge: somebody answers a page.
//!
//! Invariants: the first answer ends the run; a later one hears who did. Neighbours: `domain::escalation_rules` decides.

use super::{Cx, Done, Fault, Workflow, ground::Target};
use crate::domain::{authority::Verb, escalation_rules, ids::EscalationId};

impl Workflow {
    /// Answers a page.
    ///
    /// # Errors
    /// Refused in words, not stored, or a fault of ours.
    pub async fn acknowledge(&self, cx: &Cx, escalation: EscalationId) -> Result<Done, Fault> {
        self.change(
            Verb::Acknowledge,
            cx,
            Target::Escalation(escalation),
            move |ground| escalation_rules::acknowledge(ground.act, ground.file()?, escalation),
        )
        .await
    }
}
