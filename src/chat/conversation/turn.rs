//! One turn of the conversation: what came in, with the policy and the reader it is answered under, and what is told.
//!
//! Invariants: a turn reads the policy once; what a fault is answered with depends on whether somebody addressed us at all.
//! Neighbours: every file of [`super`].

use crate::chat::answer::Answer;
use crate::chat::card::Card;
use crate::chat::form::Entered;
use crate::chat::forms::{self, report::Opened};
use crate::chat::inbound::{Inbound, InboundKind};
use crate::chat::speech::{self, Reader};
use crate::chat::traits::Hearing;
use crate::domain::{
    event_report::{Door, Origin},
    ids::CaseNumber,
    policy::Policy,
};
use crate::workflow::{Caller, Cx, Done, Fault, InboundKey};
use std::sync::Arc;

/// The outcome of what does not concern us.
pub(super) const IGNORED: &str = "ignored";

/// What came in, and how it is answered.
#[derive(Debug, Clone)]
pub(super) struct Turn {
    pub inbound: Inbound,
    pub policy: Arc<Policy>,
    pub reader: Reader,
}

/// What is told, and what is logged of it.
#[derive(Debug)]
pub(super) struct Told {
    pub answer: Answer,
    pub outcome: &'static str,
    pub case: Option<String>,
}

impl Told {
    /// A question was answered, or a form opened: nothing changed.
    pub(super) fn answered(answer: Answer) -> Self {
        Self {
            answer,
            outcome: "answered",
            case: None,
        }
    }

    /// A change is durable.
    pub(super) fn committed(answer: Answer, number: CaseNumber) -> Self {
        Self {
            answer,
            outcome: "committed",
            case: Some(number.to_string()),
        }
    }

    /// What was done needs no answer in line.
    pub(super) fn silent(done: &Done) -> Self {
        match number(done) {
            Some(number) => Self::committed(Answer::Nothing, number),
            None => Self::ignored(),
        }
    }

    /// It does not concern us.
    pub(super) fn ignored() -> Self {
        Self {
            answer: Answer::Nothing,
            outcome: IGNORED,
            case: None,
        }
    }

    /// A human's mistake.
    pub(super) fn refused(answer: Answer) -> Self {
        Self {
            answer,
            outcome: "refused",
            case: None,
        }
    }
}

/// The number of the case that something was done to.
pub(super) const fn number(done: &Done) -> Option<CaseNumber> {
    match done {
        Done::Opened { number, .. }
        | Done::Joined { number, .. }
        | Done::Changed { number, .. } => Some(*number),
        Done::Refused { .. } | Done::Nothing => None,
    }
}

impl Turn {
    pub(super) fn new(inbound: Inbound, policy: Arc<Policy>, hearing: Hearing) -> Self {
        let reader = Reader::sender(&inbound, &policy, hearing);
        Self {
            inbound,
            policy,
            reader,
        }
    }

    /// From another organisation, or a guest.
    pub(super) fn outsider(&self) -> bool {
        self.inbound.from.outsider
    }

    /// Who acts, through `door`.
    pub(super) fn cx(&self, door: Door) -> Cx {
        let (from, place) = (&self.inbound.from, &self.inbound.place);
        Cx {
            caller: Caller::Account {
                identity: from.identity.clone(),
                name: from.name.clone(),
                outsider: from.outsider,
                locale: from.locale.clone(),
                time_zone: from.time_zone.clone(),
            },
            origin: Origin {
                door,
                platform: Some(place.platform),
                workspace: Some(place.workspace.clone()),
                channel: place.channel.clone(),
            },
            inbound: Some(InboundKey {
                key: self.inbound.key.clone(),
                wire_sha256: self.inbound.wire_sha256.clone(),
            }),
            happened_at: self.inbound.happened_at,
        }
    }

    /// The door of a message in a thread: receipts stand in direct conversations, cards in the queue channel.
    pub(super) const fn thread_door(&self) -> Door {
        if self.inbound.place.direct {
            Door::ReceiptThread
        } else {
            Door::CaseThread
        }
    }

    /// The door that it came through, whatever it turns out to be about.
    pub(super) const fn door(&self) -> Door {
        match self.inbound.kind {
            InboundKind::Command { .. }
            | InboundKind::Report { .. }
            | InboundKind::Completion { .. } => Door::SlashCommand,
            InboundKind::GlobalShortcut => Door::GlobalShortcut,
            InboundKind::MessageShortcut { .. } => Door::MessageShortcut,
            InboundKind::Home => Door::Home,
            InboundKind::Reaction { .. } => Door::Reaction,
            InboundKind::Mention { .. } => Door::Mention,
            InboundKind::Button { .. } => Door::Button,
            InboundKind::Submission { .. } => Door::Form,
            InboundKind::Message { .. }
            | InboundKind::MessageChanged { .. }
            | InboundKind::MessageDeleted { .. } => self.thread_door(),
        }
    }

    /// What came in, as the log names it.
    pub(super) const fn kind(&self) -> &'static str {
        match self.inbound.kind {
            InboundKind::Command { .. } => "command",
            InboundKind::Report { .. } => "report",
            InboundKind::Completion { .. } => "completion",
            InboundKind::GlobalShortcut | InboundKind::MessageShortcut { .. } => "shortcut",
            InboundKind::Home => "home",
            InboundKind::Reaction { .. } => "reaction",
            InboundKind::Mention { .. } => "mention",
            InboundKind::Message { .. } => "message",
            InboundKind::MessageChanged { .. } => "message_changed",
            InboundKind::MessageDeleted { .. } => "message_deleted",
            InboundKind::Button { .. } => "button",
            InboundKind::Submission { .. } => "submission",
        }
    }

    /// Nobody addressed us: a message of a channel that may belong to a case or not.
    pub(super) const fn is_ambient(&self) -> bool {
        match self.inbound.kind {
            InboundKind::Message { .. } => !self.inbound.place.direct,
            InboundKind::MessageChanged { .. } | InboundKind::MessageDeleted { .. } => true,
            _ => false,
        }
    }

    /// The report form, opened by a door.
    pub(super) fn report_form(&self, door: Door) -> Told {
        let nothing = Entered::default();
        let opened = Opened {
            door,
            at: Some(self.inbound.happened_at),
        };
        let form = forms::report::build(&self.reader, &self.policy, opened, false, &nothing);
        Told::answered(Answer::Open(form))
    }

    /// A card that only the asker sees; a submitted form is done with it.
    pub(super) fn private(&self, card: Card) -> Answer {
        match self.inbound.kind {
            InboundKind::Submission { .. } => Answer::Done(Some(card)),
            InboundKind::Home => Answer::Home(card),
            _ => Answer::Private(card),
        }
    }

    /// Storing was not confirmed in time.
    pub(super) fn not_confirmed(&self) -> Told {
        let card = || speech::not_confirmed(&self.reader, &self.policy, self.outsider());
        Told {
            answer: match self.inbound.kind {
                _ if self.is_ambient() => Answer::Again,
                InboundKind::Home => self.no_home(),
                _ => Answer::NotConfirmed(card()),
            },
            outcome: "unconfirmed",
            case: None,
        }
    }

    /// What a fault is answered with. A bug is logged here, once, under the id that the human hears.
    pub(super) fn fault(&self, fault: Fault) -> Told {
        match fault {
            Fault::Refused(refusal) => Told::refused(self.refusal(&refusal)),
            Fault::Unavailable(why) => {
                tracing::warn!(why, delivery = self.inbound.key, "not stored");
                let card = || speech::unavailable(&self.reader, &self.policy, self.outsider());
                Told {
                    answer: match self.inbound.kind {
                        _ if self.is_ambient() => Answer::Again,
                        InboundKind::Home => self.no_home(),
                        _ => Answer::Failed(card()),
                    },
                    outcome: "failed",
                    case: None,
                }
            }
            Fault::Bug(chain) => {
                let id = self.fault_id();
                tracing::error!(fault.id = id, fault.chain = chain, "a fault of ours");
                let card = speech::apology(&self.reader, &self.policy, self.outsider(), &id);
                Told {
                    answer: match self.inbound.kind {
                        _ if self.is_ambient() => Answer::Again,
                        // It is a report, and not everywhere can whoever reacted be told: it must not be counted as done.
                        InboundKind::Reaction { .. } => Answer::Failed(card),
                        _ => self.private(card),
                    },
                    outcome: "failed",
                    case: None,
                }
            }
        }
    }

    /// Names the fault by the delivery that met it, so that a retried delivery has the same id.
    fn fault_id(&self) -> String {
        let hash = &self.inbound.wire_sha256;
        let head = hash.get(..8).unwrap_or(&self.inbound.key);
        format!("F-{}", head.to_uppercase())
    }
}
