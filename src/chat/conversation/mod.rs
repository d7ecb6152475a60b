//! The conversation: what came in is understood, done by the workflow, and answered.
//!
//! Invariants: the database work runs in a task of its own and is awaited at most `confirm_within`, after which the human hears "not confirmed" with
//! the urgent path while the work goes on (promise 1); "reported" is said only of what is durable; a human's mistake is answered, a
//! bug is logged once with the id that the human hears; one canonical log line per inbound, except for messages that do not concern us,
//! which leave no trace. Neighbours: adapters call [`Handler::handle`], `workflow` does what was asked, `speech` and `forms` say it.

mod asking;
mod buttons;
mod faults;
mod home;
mod linking;
mod messages;
mod offering;
mod reports;
mod spoken;
mod submissions;
mod turn;

use super::answer::Answer;
use super::card::Card;
use super::handler::{Handler, Unreadable};
use super::inbound::{Inbound, InboundKind};
use super::speech::{self, Reader, Untold};
use super::traits::Hearing;
use crate::domain::{event_report::Door, person::PlatformId};
use crate::runtime::{self, Unconfirmed};
use crate::telemetry::RequestLine;
use crate::workflow::{Fault, Workflow};
use async_trait::async_trait;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use std::time::{Duration, Instant};
use turn::{Told, Turn};

/// How long the database work of one inbound is awaited before the human hears "not confirmed".
pub const CONFIRM_WITHIN: Duration = Duration::from_secs(2);

/// However long it took to learn who asks, the database gets this much.
const LEAST_PATIENCE: Duration = Duration::from_millis(500);

/// Settings of the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How long the database work is awaited; under the platform's own 3 seconds.
    pub confirm_within: Duration,
    /// Stands on every card of an installation that is not for production (`TEST`).
    pub brand: Option<String>,
    /// What may be heard: nobody is told that words are kept which never arrive.
    pub hearing: Hearing,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            confirm_within: CONFIRM_WITHIN,
            brand: None,
            hearing: Hearing::ALL,
        }
    }
}

/// Counts what storing did not confirm in time or did not take; whoever watches the process makes an alarm of it.
#[derive(Debug, Clone, Default)]
pub struct NotConfirmed(Arc<AtomicU64>);

impl NotConfirmed {
    /// How many since the start.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// The conversation. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Conversation {
    workflow: Workflow,
    settings: Settings,
    not_confirmed: NotConfirmed,
}

impl Conversation {
    /// A conversation over the workflow.
    #[must_use]
    pub fn new(workflow: Workflow, settings: Settings) -> Self {
        Self {
            workflow,
            settings,
            not_confirmed: NotConfirmed::default(),
        }
    }

    /// The counter of what was not confirmed; goes on counting.
    #[must_use]
    pub fn not_confirmed(&self) -> NotConfirmed {
        self.not_confirmed.clone()
    }

    async fn answer(&self, inbound: Inbound, spent: Duration) -> Answer {
        let begun = Instant::now();
        let turn = Turn::new(inbound, self.workflow.policy(), self.settings.hearing);
        let this = self.clone();
        let working = turn.clone();
        let work = runtime::shield("conversation", async move { this.work(&working).await });
        let patience = self.settings.confirm_within.saturating_sub(spent);
        let patience = patience.max(LEAST_PATIENCE.min(self.settings.confirm_within));
        let told = match runtime::within(patience, work).await {
            Ok(Ok(told)) => told,
            Ok(Err(fault)) => turn.fault(fault),
            Err(Unconfirmed::StillRunning { .. }) => turn.not_confirmed(),
            // The panic was logged where it happened; the id ties this line to the delivery.
            Err(Unconfirmed::Failed(failed)) => turn.fault(Fault::Bug(failed.to_string())),
        };
        if matches!(
            told.answer,
            Answer::NotConfirmed(_) | Answer::Failed(_) | Answer::Again
        ) {
            self.not_confirmed.add();
        }
        if !(told.outcome == turn::IGNORED && turn.is_ambient()) {
            RequestLine {
                platform: turn.inbound.place.platform.as_str(),
                kind: turn.kind(),
                outcome: told.outcome,
                delivery: &turn.inbound.key,
                case: told.case.as_deref(),
                took: begun.elapsed(),
            }
            .log();
        }
        self.branded(told.answer)
    }

    async fn work(&self, turn: &Turn) -> Result<Told, Fault> {
        // Authority is settled before anything is decided. What concerns nobody leaves no trace.
        if let Some(vouch) = &turn.inbound.from.vouch
            && !turn.is_ambient()
        {
            self.workflow.vouch(&turn.cx(turn.door()), vouch).await?;
        }
        match &turn.inbound.kind {
            InboundKind::Command { text } => self.command(turn, text).await,
            InboundKind::Report { text, files } => self.words(turn, text, files).await,
            InboundKind::Completion { typed } => self.offer(turn, typed).await,
            InboundKind::GlobalShortcut => Ok(turn.report_form(Door::GlobalShortcut)),
            InboundKind::Home => self.home(turn).await,
            InboundKind::MessageShortcut { snapshot } => {
                let door = Door::MessageShortcut;
                self.report_message(turn, snapshot.clone(), door).await
            }
            InboundKind::Reaction { name, snapshot } => {
                self.reaction(turn, name, snapshot.clone()).await
            }
            InboundKind::Mention { .. } | InboundKind::Message { .. } => self.message(turn).await,
            InboundKind::MessageChanged { message, text } => {
                let cx = turn.cx(turn.thread_door());
                let done = self
                    .workflow
                    .message_changed(&cx, message.clone(), text.clone());
                Ok(Told::silent(&done.await?))
            }
            InboundKind::MessageDeleted { message } => {
                let cx = turn.cx(turn.thread_door());
                let done = self.workflow.message_deleted(&cx, message.clone());
                Ok(Told::silent(&done.await?))
            }
            InboundKind::Button { verb, id, form, .. } => {
                self.button(turn, verb, id, form.as_ref()).await
            }
            InboundKind::Submission { form, entered } => self.submission(turn, form, entered).await,
        }
    }

    fn branded(&self, answer: Answer) -> Answer {
        let brand = |card| speech::brand(card, self.settings.brand.as_deref());
        match answer {
            Answer::Private(card) => Answer::Private(brand(card)),
            Answer::Home(card) => Answer::Home(brand(card)),
            Answer::Done(card) => Answer::Done(card.map(brand)),
            Answer::NotConfirmed(card) => Answer::NotConfirmed(brand(card)),
            Answer::Failed(card) => Answer::Failed(brand(card)),
            other => other,
        }
    }
}

#[async_trait]
impl Handler for Conversation {
    fn wants_reaction(&self, name: &str) -> bool {
        let policy = self.workflow.policy();
        policy.reactions.iter().any(|wanted| wanted == name)
    }

    async fn handle(&self, inbound: Inbound, spent: Duration) -> Answer {
        self.answer(inbound, spent).await
    }

    async fn unreadable(&self, what: Unreadable) -> bool {
        let workflow = self.workflow.clone();
        let keep = async move { faults::keep_unreadable(&workflow, what).await };
        let kept = runtime::shield("unreadable inbound", keep);
        matches!(
            runtime::within(self.settings.confirm_within, kept).await,
            Ok(true)
        )
    }

    fn untold(&self, what: Untold, platform: PlatformId, outsider: bool) -> Card {
        let policy = self.workflow.policy();
        let reader = Reader::channel(platform, &policy, self.settings.hearing);
        let card = speech::untold(&reader, &policy, outsider, what);
        speech::brand(card, self.settings.brand.as_deref())
    }
}

#[cfg(test)]
mod tests;
