//! Submitted forms: read, checked, done.
//!
//! Invariants: an error stands at its field and keeps the form open; a submission that is delivered twice gets the same answer, because the
//! workflow knows its key. Neighbours: [`crate::chat::forms`], [`super::buttons`].

use super::Conversation;
use super::turn::{Told, Turn};
use crate::chat::form::{Entered, FormKey};
use crate::chat::forms::{self, reading::FieldErrors};
use crate::domain::{
    authority::Verb,
    decision::{Refusal, RefusalCode},
    event_report::Door,
    ids::CaseId,
};
use crate::workflow::{Done, Fault};

impl Conversation {
    pub(super) async fn submission(
        &self,
        turn: &Turn,
        key: &FormKey,
        entered: &Entered,
    ) -> Result<Told, Fault> {
        if key.verb == forms::report::VERB {
            return self.report_form(turn, key, entered).await;
        }
        let Ok(verb) = key.verb.parse::<Verb>() else {
            return Err(turn.unknown_button());
        };
        let case = turn.id(&key.id)?;
        match self.submit(turn, verb, case, entered).await {
            Ok(Ok(done)) => Ok(turn.confirmed(verb, &done)),
            Ok(Err(errors)) => Ok(Told::refused(turn.field_errors(errors))),
            Err(fault) => {
                if let Fault::Refused(Refusal {
                    code: RefusalCode::WrongState | RefusalCode::AlreadyDone,
                    ..
                }) = &fault
                {
                    self.refresh(case).await;
                }
                Err(fault)
            }
        }
    }

    async fn report_form(
        &self,
        turn: &Turn,
        key: &FormKey,
        entered: &Entered,
    ) -> Result<Told, Fault> {
        let opened = forms::report::Opened::of(key);
        match forms::report::read(&turn.reader, &turn.policy, opened, entered) {
            Ok(report) => self.report(turn, report, opened.door).await,
            Err(errors) => Ok(Told::refused(turn.field_errors(errors))),
        }
    }

    /// Does the verb with what was entered; the inner error is of the fields.
    async fn submit(
        &self,
        turn: &Turn,
        verb: Verb,
        case: CaseId,
        entered: &Entered,
    ) -> Result<Result<Done, FieldErrors>, Fault> {
        let (reader, policy) = (&turn.reader, &*turn.policy);
        let cx = turn.cx(Door::Button);
        let workflow = &self.workflow;
        /// The input of a form, or its errors to the caller.
        macro_rules! input {
            ($read:expr) => {
                match $read {
                    Ok(input) => input,
                    Err(errors) => return Ok(Err(errors)),
                }
            };
        }
        let done = match verb {
            Verb::AddDetails => {
                let details = input!(forms::details::read(reader, policy, entered));
                workflow.add_details(&cx, case, details).await?
            }
            Verb::Triage => {
                let triage = input!(forms::triage::read(reader, policy, entered));
                workflow.triage(&cx, case, triage).await?
            }
            Verb::Assess => {
                let assess = input!(forms::assess::read(reader, policy, entered));
                workflow.assess(&cx, case, assess).await?
            }
            Verb::SetSeverity => {
                let (level, reason) = input!(forms::severity::read(reader, entered));
                workflow.set_severity(&cx, case, level, reason).await?
            }
            Verb::Escalate => {
                let reason = input!(forms::escalate::read(reader, entered));
                workflow.escalate(&cx, case, reason).await?
            }
            Verb::Note => {
                let note = input!(forms::note::read(reader, entered));
                workflow.note(&cx, case, note).await?
            }
            Verb::Close => {
                // Read for its state, not for the right: a doubled delivery finds the case closed and must get the first answer.
                let view = workflow.case_view(&cx, case).await?;
                let closing = turn.closing(&view);
                let close = input!(forms::close::read(reader, &closing, entered));
                workflow.close(&cx, case, close).await?
            }
            Verb::Reopen => {
                let reason = input!(forms::reopen::read(reader, entered));
                workflow.reopen(&cx, case, reason).await?
            }
            Verb::Merge => {
                let (which, reason) = input!(forms::merge::read(reader, entered));
                let into = turn.case_number(which);
                workflow.merge(&cx, case, into, reason).await?
            }
            Verb::Unmerge => {
                let reason = input!(forms::unmerge::read(reader, entered));
                workflow.unmerge(&cx, case, reason).await?
            }
            _ => return Err(turn.unknown_button()),
        };
        Ok(Ok(done))
    }
}
