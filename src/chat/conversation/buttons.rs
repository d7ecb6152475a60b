//! Buttons: the verbs without a form are done, the others open their form; inside a form they replace it.
//!
//! Invariants: a button carries a verb and an id only, so state and right are read now; a press on a card that shows an older state is refused in a
//! sentence and refreshes the card. Neighbours: [`crate::chat::forms`], [`super::submissions`].

use super::Conversation;
use super::linking;
use super::turn::{Told, Turn, number};
use crate::chat::answer::Answer;
use crate::chat::form::{Entered, FormKey};
use crate::chat::forms::{self, close::Closing};
use crate::chat::speech;
use crate::domain::{
    authority::Verb,
    decision::{Refusal, RefusalCode},
    event_report::Door,
    ids::CaseId,
};
use crate::workflow::{CaseView, Done, Fault};
use std::collections::BTreeSet;
use std::str::FromStr;

impl Conversation {
    pub(super) async fn button(
        &self,
        turn: &Turn,
        verb: &str,
        id: &str,
        form: Option<&(FormKey, Entered)>,
    ) -> Result<Told, Fault> {
        if let Some((key, entered)) = form {
            return self.inside_form(turn, verb, key, entered).await;
        }
        if verb == forms::report::VERB {
            return Ok(turn.report_form(Door::Home));
        }
        if let Some(yes) = linking::answer(verb) {
            return self.answer_link(turn, id, yes).await;
        }
        let Ok(verb) = verb.parse::<Verb>() else {
            return Err(turn.unknown_button());
        };
        match verb {
            Verb::Withdraw => {
                let report = turn.id(id)?;
                let done = self
                    .workflow
                    .withdraw(&turn.cx(Door::Button), report)
                    .await?;
                Ok(turn.confirmed(verb, &done))
            }
            Verb::Acknowledge => {
                let escalation = turn.id(id)?;
                let cx = turn.cx(Door::Button);
                let done = self.workflow.acknowledge(&cx, escalation).await?;
                Ok(turn.confirmed(verb, &done))
            }
            _ => {
                let case = turn.id(id)?;
                let told = self.case_button(turn, verb, case).await;
                if let Err(Fault::Refused(refusal)) = &told
                    && is_stale(refusal)
                {
                    self.refresh(case).await;
                }
                told
            }
        }
    }

    async fn case_button(&self, turn: &Turn, verb: Verb, case: CaseId) -> Result<Told, Fault> {
        let cx = turn.cx(Door::Button);
        if verb == Verb::Take {
            let done = self.workflow.take(&cx, case).await?;
            return Ok(turn.confirmed(verb, &done));
        }
        if verb == Verb::View {
            let view = self.workflow.case_view(&cx, case).await?;
            return Ok(Told::answered(Answer::Private(turn.status(&view))));
        }
        if !forms::HAVE_FORMS.contains(&verb) {
            return Err(turn.unknown_button());
        }
        let view = self.workflow.may(&cx, verb, case).await?;
        let (reader, policy) = (&turn.reader, &*turn.policy);
        let form = match verb {
            Verb::AddDetails => forms::details::build(reader, policy, case, view.view.number),
            Verb::Triage => forms::triage::build(reader, policy, &view.case),
            Verb::Assess => forms::assess::build(reader, policy, &view.case),
            Verb::SetSeverity => forms::severity::build(reader, policy, &view.case),
            Verb::Escalate => {
                let paged = self.on_call(turn, &cx).await?;
                forms::escalate::build(reader, policy, &view.case, &paged)
            }
            Verb::Note => forms::note::build(reader, &view.case),
            Verb::Close => forms::close::build(reader, &turn.closing(&view), &Entered::default()),
            Verb::Reopen => forms::reopen::build(reader, &view.case),
            Verb::Merge => forms::merge::build(reader, &view.case),
            Verb::Unmerge => forms::unmerge::build(reader, &view.case),
            _ => return Err(turn.unknown_button()),
        };
        Ok(Told::answered(Answer::Open(form)))
    }

    /// A button inside an open form: the same form in another shape, with everything that was entered.
    async fn inside_form(
        &self,
        turn: &Turn,
        verb: &str,
        key: &FormKey,
        entered: &Entered,
    ) -> Result<Told, Fault> {
        let (reader, policy) = (&turn.reader, &*turn.policy);
        match (key.verb.as_str(), verb) {
            (forms::report::VERB, forms::report::MORE) => {
                let opened = forms::report::Opened::of(key);
                let form = forms::report::build(reader, policy, opened, true, entered);
                Ok(Told::answered(Answer::Replace(form)))
            }
            (_, forms::close::PREVIEW) => {
                let case = turn.id(&key.id)?;
                let cx = turn.cx(Door::Button);
                let view = self.workflow.may(&cx, Verb::Close, case).await?;
                let form = forms::close::build(reader, &turn.closing(&view), entered);
                Ok(Told::answered(Answer::Replace(form)))
            }
            _ => Err(turn.unknown_button()),
        }
    }

    /// Lets the card show the present state. The press was answered already, so a failure here is only logged.
    pub(super) async fn refresh(&self, case: CaseId) {
        if let Err(fault) = self.workflow.refresh_card(case).await {
            tracing::warn!(%fault, case.id = %case, "a stale card could not be refreshed");
        }
    }
}

/// Whether the refusal means that the card showed an older state.
const fn is_stale(refusal: &Refusal) -> bool {
    matches!(
        refusal.code,
        RefusalCode::WrongState | RefusalCode::AlreadyDone
    )
}

impl Turn {
    /// An id that a button or form carried. It is ours, so a wrong one was made by hand or by another version.
    pub(super) fn id<T: FromStr>(&self, id: &str) -> Result<T, Fault> {
        id.parse().map_err(|_| self.unknown_button())
    }

    pub(super) fn unknown_button(&self) -> Fault {
        Fault::Refused(Refusal::new(
            RefusalCode::BadInput,
            self.reader.say(
                "This button or form is from another version of me. Open the case again: /secevent status and its number.",
            ),
        ))
    }

    /// What the close form must know.
    pub(super) fn closing<'a>(&'a self, view: &'a CaseView) -> Closing<'a> {
        let standing =
            |report: &&crate::domain::event_report::EventReport| report.withdrawn_at.is_none();
        let reporters: BTreeSet<_> = view
            .reports
            .iter()
            .filter(standing)
            .map(|report| report.reporter)
            .chain(view.merged_reporters.iter().copied())
            .collect();
        Closing {
            policy: &self.policy,
            case: &view.case,
            reporters: reporters.len(),
        }
    }

    /// The confirmation of a verb.
    pub(super) fn confirmed(&self, verb: Verb, done: &Done) -> Told {
        let (
            Done::Changed { case, .. } | Done::Opened { case, .. } | Done::Joined { case, .. },
            Some(number),
        ) = (done, number(done))
        else {
            return Told::ignored();
        };
        let answer = match speech::done(&self.reader, verb, *case, number) {
            Some(card) => self.private(card),
            None => Answer::Nothing,
        };
        Told::committed(answer, number)
    }
}
