//! A message of the record was deleted in chat: a new entry; what stood there stays in its own (promise 5).
//!
//! Invariants: messages that belong to no case are dropped before any write. Neighbours: `domain::details` decides.

use super::{Cx, Done, Fault, Workflow, act::Plan, ground::Target, message_changed::is_theirs};
use crate::domain::{authority::Verb, details, event_report::MessageRef};

impl Workflow {
    /// Records a deletion; `Done::Nothing` when the message belongs to no case.
    ///
    /// # Errors
    /// Not stored, or a fault of ours.
    pub async fn message_deleted(&self, cx: &Cx, message: MessageRef) -> Result<Done, Fault> {
        let target = Target::Message(message.clone());
        let before = self.held(cx, &message).await?;
        self.act(Verb::MessageDeleted, cx, target, move |ground| {
            if !is_theirs(ground) {
                return Ok(Plan::nothing());
            }
            let decision = details::deleted(ground.act, ground.file()?, &message, before.as_ref());
            Plan::changed(Verb::MessageDeleted, ground, decision)
        })
        .await
    }
}
