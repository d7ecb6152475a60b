//! What a verb decides: everything that must become true together, in one transaction (promise 2), or a refusal in words.
//!
//! Invariants: every changed case has at least one entry in its stream; a refusal is a sentence for a human that says what is
//! missing or who can; a bug is another type (`workflow::Fault`). Neighbours: `store::Tx::record` is the only writer.

use super::{
    assessment::AssessmentRecord,
    case::Case,
    clock::Timestamp,
    deadline::DeadlineChange,
    escalation::Escalation,
    event_report::{Attachment, EventReport, MessageRef},
    ids::{CaseId, EscalationId, PersonId, PolicyVersionId, ReportId},
    notification::Notification,
    person::{Person, RoleGrant},
    timeline::NewEntry,
    vocabulary::vocabulary,
};

/// A case to create or to replace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseChange {
    /// A new case; the store gives it its number, as the last write of the transaction.
    Open(Box<Case>),
    /// The case as it is now. `case.version` is the version that was read; the store refuses if another has come between.
    Update(Box<Case>),
}

vocabulary! {
    /// What the product notices about itself (promise 10). A row, not a log line.
    AlarmKind {
        /// A row of the outbox gave up.
        OutboxGaveUp = "outbox_gave_up",
        /// The outbox does not drain.
        OutboxStuck = "outbox_stuck",
        /// Feedback could not be delivered.
        FeedbackFailed = "feedback_failed",
        /// An escalation ended without acknowledgement.
        EscalationFailed = "escalation_failed",
        /// Nobody has the role that the escalation policy pages.
        NobodyOnCall = "nobody_on_call",
        /// A case has no person owner in time.
        CaseUnowned = "case_unowned",
        /// Triage is overdue.
        TriageOverdue = "triage_overdue",
        /// A restriction is due for review.
        RestrictionDue = "restriction_due",
        /// Something came in that could not be read.
        UnreadableInbound = "unreadable_inbound",
        /// The connection to the platform is gone.
        SocketDown = "socket_down",
        /// The platform takes our messages and sends us nothing of what happens.
        EventsQuiet = "events_quiet",
        /// The platform may have told something to nobody, and it was not found by looking.
        EventsMissed = "events_missed",
        /// The queue channel is public, shared, archived or the bot is not in it.
        QueueChannelUnfit = "queue_channel_unfit",
        /// The platform refused our token.
        TokenRefused = "token_refused",
        /// A worker of the process died.
        WorkerDead = "worker_dead",
        /// Storing was not confirmed in time.
        StoreSlow = "store_slow",
    }
}

/// Raise or clear an alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlarmChange {
    /// Raise (or count once more).
    Raise {
        /// Kind.
        kind: AlarmKind,
        /// What it is about: a case number, an outbox id, a channel; with the kind it identifies the alarm.
        subject: String,
        /// What is wrong and what to do, one sentence.
        text: String,
    },
    /// Clear, if it is raised.
    Clear {
        /// Kind.
        kind: AlarmKind,
        /// Subject.
        subject: String,
    },
}

/// A change of the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonChange {
    /// Somebody seen for the first time in chat. If the identity exists already, the existing person is kept.
    Seen(Person),
    /// Add or replace (directory file).
    Put(Person),
    /// Somebody whom chat took for an outsider belongs to the organisation.
    Belongs(PersonId),
    /// Two accounts are one person: whatever `from` has and did is `into`'s from now on. The record keeps who acted under which.
    Link {
        /// Whose accounts move.
        from: PersonId,
        /// Who has them then.
        into: PersonId,
    },
    /// Give a role.
    Grant(RoleGrant),
    /// Take a role back: closes the grant at the instant.
    Revoke {
        /// The grant, closed.
        grant: RoleGrant,
    },
}

/// Everything that becomes true together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// People first seen or changed.
    pub people: Vec<PersonChange>,
    /// Cases opened or changed (a merge touches two).
    pub changes: Vec<CaseChange>,
    /// Reports recorded.
    pub reports: Vec<EventReport>,
    /// Reports withdrawn, with the instant.
    pub withdrawn: Vec<(ReportId, Timestamp)>,
    /// Messages that belong to a case from now on: the source of a snapshot (unique: a message makes one case), a thread reply.
    pub messages: Vec<(MessageRef, CaseId, MessageRole)>,
    /// Entries of the timeline, in order.
    pub entries: Vec<NewEntry>,
    /// Assessment records.
    pub assessments: Vec<AssessmentRecord>,
    /// Escalations started or moved on.
    pub escalations: Vec<Escalation>,
    /// Deadlines.
    pub deadlines: Vec<DeadlineChange>,
    /// Files.
    pub attachments: Vec<Attachment>,
    /// What must be told.
    pub notifications: Vec<Notification>,
    /// Escalations whose pages that were not sent yet are cancelled.
    pub cancel_pages: Vec<EscalationId>,
    /// Alarms.
    pub alarms: Vec<AlarmChange>,
}

impl Decision {
    /// This and the other, in one transaction: two cases change together.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.people.extend(other.people);
        self.changes.extend(other.changes);
        self.reports.extend(other.reports);
        self.withdrawn.extend(other.withdrawn);
        self.messages.extend(other.messages);
        self.entries.extend(other.entries);
        self.assessments.extend(other.assessments);
        self.escalations.extend(other.escalations);
        self.deadlines.extend(other.deadlines);
        self.attachments.extend(other.attachments);
        self.notifications.extend(other.notifications);
        self.cancel_pages.extend(other.cancel_pages);
        self.alarms.extend(other.alarms);
        self
    }
}

vocabulary! {
    /// Why a message belongs to a case.
    MessageRole {
        /// The message that was reported (by reaction or shortcut). One message makes one case.
        Source = "source",
        /// The case card: its thread is the case's room.
        Card = "card",
        /// A receipt: its thread belongs to the case and to one reporter.
        Receipt = "receipt",
        /// A page.
        Page = "page",
        /// Feedback.
        Feedback = "feedback",
        /// A reply in a thread that was recorded; its edits and deletions are too.
        Reply = "reply",
        /// Any other message of ours about the case.
        Notice = "notice",
    }
}

/// What every decision is made with.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    /// The instant of the decision.
    pub now: Timestamp,
    /// The policy in force.
    pub policy: &'a super::policy::Policy,
    /// Its version.
    pub version: PolicyVersionId,
    /// Ids and salts.
    pub entropy: &'a dyn super::clock::Entropy,
}

/// Why a verb was refused: a sentence for the human who asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, serde::Serialize, serde::Deserialize)]
#[error("{sentence}")]
pub struct Refusal {
    /// Machine-readable reason.
    pub code: RefusalCode,
    /// What is wrong, and what to do or who can. Never names another person's case.
    pub sentence: String,
    /// Form fields that are wrong, by field name.
    pub fields: std::collections::BTreeMap<String, String>,
}

impl Refusal {
    /// A refusal without fields.
    #[must_use]
    pub fn new(code: RefusalCode, sentence: impl Into<String>) -> Self {
        Self {
            code,
            sentence: sentence.into(),
            fields: std::collections::BTreeMap::new(),
        }
    }
}

vocabulary! {
    /// The kinds of refusal.
    RefusalCode {
        /// The actor lacks the role.
        NotAllowed = "not_allowed",
        /// No such case, or not one that the actor may see: the same answer.
        NoSuchCase = "no_such_case",
        /// The state of the case does not allow it.
        WrongState = "wrong_state",
        /// Something is missing or too long.
        BadInput = "bad_input",
        /// Done already by somebody: nothing to do.
        AlreadyDone = "already_done",
        /// The time for it is over.
        TooLate = "too_late",
    }
}
