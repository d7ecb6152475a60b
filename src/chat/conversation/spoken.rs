//! Verbs written in the room of a case instead of pressed: the same verbs, the same rights, the same refusals.
//!
//! Invariants: what is no verb stays talk and is kept by [`super::messages`]; whoever writes is answered privately, in the thread.
//! Neighbours: [`crate::chat::grammar::spoken`] reads, [`super::buttons`] does the same by press.

use super::Conversation;
use super::turn::{Told, Turn};
use crate::chat::answer::Answer;
use crate::chat::grammar::spoken::Spoken;
use crate::chat::speech;
use crate::domain::{
    authority::Verb,
    decision::{MessageRole, Refusal, RefusalCode},
    event_report::{Door, MessageRef},
    ids::CaseId,
    input::{AssessInput, NoteInput},
};
use crate::workflow::Fault;
use std::collections::BTreeMap;

impl Conversation {
    /// The case in whose room a thread is, if it is one.
    pub(super) async fn room_of(&self, thread: &MessageRef) -> Result<Option<CaseId>, Fault> {
        let known = self.workflow.case_of_message(thread).await?;
        Ok(known.and_then(|(case, role)| (role == MessageRole::Card).then_some(case)))
    }

    /// Does what was written.
    pub(super) async fn spoken(
        &self,
        turn: &Turn,
        case: CaseId,
        spoken: Spoken,
    ) -> Result<Told, Fault> {
        let cx = turn.cx(Door::CaseThread);
        let workflow = &self.workflow;
        let (verb, done) = match spoken {
            Spoken::Take => (Verb::Take, workflow.take(&cx, case).await?),
            Spoken::Acknowledge => {
                let view = workflow.may(&cx, Verb::Acknowledge, case).await?;
                let open = view.escalation.as_ref().map(|escalation| escalation.id);
                let open = open.ok_or_else(|| {
                    Refusal::new(
                        RefusalCode::WrongState,
                        turn.reader.say(
                            "Nobody was paged for this case, so there is nothing to acknowledge.",
                        ),
                    )
                })?;
                (Verb::Acknowledge, workflow.acknowledge(&cx, open).await?)
            }
            Spoken::Severity(level, reason) => {
                let done = workflow.set_severity(&cx, case, level, reason).await?;
                (Verb::SetSeverity, done)
            }
            Spoken::Escalate(reason) => {
                let done = workflow.escalate(&cx, case, reason).await?;
                (Verb::Escalate, done)
            }
            Spoken::Reopen(reason) => (Verb::Reopen, workflow.reopen(&cx, case, reason).await?),
            Spoken::Merge(which, reason) => {
                let into = turn.case_number(which);
                (Verb::Merge, workflow.merge(&cx, case, into, reason).await?)
            }
            Spoken::Unmerge(reason) => (Verb::Unmerge, workflow.unmerge(&cx, case, reason).await?),
            Spoken::Assess(result, rationale) => {
                let input = AssessInput {
                    criteria: BTreeMap::new(),
                    result,
                    rationale,
                };
                (Verb::Assess, workflow.assess(&cx, case, input).await?)
            }
            Spoken::Note(text, to_reporters) => {
                let input = NoteInput { text, to_reporters };
                (Verb::Note, workflow.note(&cx, case, input).await?)
            }
            Spoken::Form(verb) => {
                let view = workflow.may(&cx, verb, case).await?;
                let card = speech::needs_form(&turn.reader, verb, case, view.view.number);
                return Ok(Told::answered(Answer::Private(card)));
            }
            Spoken::Verbs => {
                let card = speech::verbs(&turn.reader);
                return Ok(Told::answered(Answer::Private(card)));
            }
        };
        Ok(turn.confirmed(verb, &done))
    }
}
