//! Refusals at their form, and what could not be read.
//!
//! Invariants: an error never stands at a field that the form does not show; a refusal of another kind than a wrong field is said on a card,
//! because no change of the form would mend it. Neighbours: [`super::turn`].

use super::turn::Turn;
use crate::chat::answer::Answer;
use crate::chat::forms::{self, reading::FieldErrors};
use crate::chat::handler::Unreadable;
use crate::chat::inbound::InboundKind;
use crate::chat::speech;
use crate::domain::{decision::Refusal, input::Unread};
use crate::workflow::Workflow;

impl Turn {
    /// A refusal, where it belongs: at the fields of the submitted form, or on a card.
    pub(super) fn refusal(&self, refusal: &Refusal) -> Answer {
        if let InboundKind::Submission { form, entered } = &self.inbound.kind
            && !refusal.fields.is_empty()
        {
            let errors = forms::place(form, entered, refusal.fields.clone());
            return Answer::FieldErrors(errors);
        }
        self.private(speech::refusal(&self.reader, refusal))
    }

    /// Errors of the form that was submitted.
    pub(super) fn field_errors(&self, errors: FieldErrors) -> Answer {
        match &self.inbound.kind {
            InboundKind::Submission { form, entered } => {
                Answer::FieldErrors(forms::place(form, entered, errors))
            }
            _ => Answer::FieldErrors(errors),
        }
    }
}

/// Keeps what could not be read, with its alarm. `false` if it could not be kept.
pub(super) async fn keep_unreadable(workflow: &Workflow, what: Unreadable) -> bool {
    let platform = what.platform;
    let unread = Unread {
        platform,
        what: what.kind,
        masked: what.masked,
        reason: what.why,
        wire_sha256: what.wire_sha256,
    };
    match workflow.keep_unreadable(unread).await {
        Ok(()) => true,
        Err(fault) => {
            tracing::error!(%fault, %platform, "an unreadable delivery could not be kept");
            false
        }
    }
}
