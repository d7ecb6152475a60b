//! A message of the record was edited in chat: a new entry; what stood there before stays (promise 5).
//!
//! Invariants: messages that belong to no case are dropped before any write; edits of our own messages are none.
//! Neighbours: `domain::details` decides.

use super::{
    Cx, Done, Fault, Workflow,
    act::Plan,
    ground::{Ground, Target},
};
use crate::domain::{
    authority::Verb,
    decision::{Decision, MessageRole},
    details,
    event_report::MessageRef,
};

impl Workflow {
    /// Records an edit; `Done::Nothing` when the message belongs to no case.
    ///
    /// # Errors
    /// Not stored, or a fault of ours.
    pub async fn message_changed(
        &self,
        cx: &Cx,
        message: MessageRef,
        text: String,
    ) -> Result<Done, Fault> {
        let target = Target::Message(message.clone());
        let before = self.held(cx, &message).await?;
        self.act(Verb::MessageChanged, cx, target, move |ground| {
            if !is_theirs(ground) {
                return Ok(Plan::nothing());
            }
            let file = ground.file()?;
            let decision = details::edited(ground.act, file, &message, &text, before.as_ref());
            if decision == Decision::default() {
                return Ok(Plan::nothing());
            }
            Plan::changed(Verb::MessageChanged, ground, decision)
        })
        .await
    }
}

/// Whether the message was written by people, not by us.
pub(super) fn is_theirs(ground: &Ground<'_>) -> bool {
    ground
        .message
        .is_some_and(|known| matches!(known.role, MessageRole::Source | MessageRole::Reply))
}
