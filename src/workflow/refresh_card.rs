//! Refresh a card: somebody pressed a button that no longer fits, so the card is shown as the case is now.
//!
//! Invariants: nothing of the case changes. Neighbours: `delivery` renders the card when it is sent.

use super::{Fault, Workflow, act::Tries, ground::fault};
use crate::domain::{
    decision::Decision,
    ids::{CaseId, OutboxId},
    notification::{Notification, NotificationKind, Priority, Recipient, Refs},
};
use crate::runtime;

impl Workflow {
    /// Enqueues the card of a case.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn refresh_card(&self, case: CaseId) -> Result<(), Fault> {
        let workflow = self.clone();
        runtime::shield("refresh_card", async move {
            let in_force = workflow.inner.policy.current();
            let mut tries = Tries::default();
            loop {
                let now = workflow.inner.clock.now();
                let card = Notification {
                    id: OutboxId::new(&*workflow.inner.entropy, now),
                    dedupe: format!("card:{case}"),
                    kind: NotificationKind::CaseCard,
                    case: Some(case),
                    to: Recipient::Queue,
                    priority: Priority::Card,
                    not_before: now,
                    refs: Refs::default(),
                };
                let decision = Decision {
                    notifications: vec![card],
                    ..Decision::default()
                };
                match workflow
                    .record_alone(&workflow.at(&in_force, now), &decision)
                    .await
                {
                    Ok(()) => return Ok(()),
                    Err(error) if tries.again(&error) => {}
                    Err(error) => return Err(fault(&error)),
                }
            }
        })
        .await
        .unwrap_or_else(|failed| Err(Fault::Bug(failed.to_string())))
    }
}
