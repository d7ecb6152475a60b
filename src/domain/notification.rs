//! Notifications: something that must be told to somebody. Its row in the outbox is the notification on its way.
//!
//! Invariants: a notification holds references, never rendered text (the text is rendered when it is sent, for its audience);
//! `dedupe` names its cause, so one cause never makes two rows. Neighbours: `store/outbox`, `delivery`.

use super::{
    clock::Timestamp,
    event_report::MessageRef,
    ids::{CaseId, EscalationId, OutboxId, PersonId, ReportId},
    linking::LinkRef,
    person::Identity,
    vocabulary::vocabulary,
};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

vocabulary! {
    /// What is told.
    NotificationKind {
        /// A person must acknowledge.
        Page = "page",
        /// The first answer to a reporter.
        Receipt = "receipt",
        /// The outcome, to a reporter.
        Feedback = "feedback",
        /// The case card in the queue channel; coalesced: one row per case, rendered from the present state.
        CaseCard = "case_card",
        /// A sentence in the case's thread (see [`Topic`]).
        ThreadNote = "thread_note",
        /// A sentence in the queue channel.
        QueueNotice = "queue_notice",
        /// A sentence to one person (not a page, receipt or feedback).
        DirectNotice = "direct_notice",
    }
}

vocabulary! {
    /// What a thread note, queue notice or direct notice is about; speech has one sentence for each.
    Topic {
        /// A page was sent to a person.
        PageSent = "page_sent",
        /// A page was acknowledged.
        PageAcknowledged = "page_acknowledged",
        /// A page was not acknowledged in time; the next step follows.
        PageUnanswered = "page_unanswered",
        /// Nobody acknowledged, or nobody could be paged: names and phone numbers to dial.
        EscalationFailed = "escalation_failed",
        /// Feedback could not be delivered.
        FeedbackFailed = "feedback_failed",
        /// A receipt could not be delivered.
        ReceiptFailed = "receipt_failed",
        /// Nobody took the case in time.
        TakeOverdue = "take_overdue",
        /// Triage is overdue.
        TriageOverdue = "triage_overdue",
        /// The time of resolution that the rubric gives has passed.
        ResolveOverdue = "resolve_overdue",
        /// The restriction of the case is to be reviewed.
        RestrictionDue = "restriction_due",
        /// A reporter added something (text in the details).
        ReporterAdded = "reporter_added",
        /// A reporter withdrew.
        ReportWithdrawn = "report_withdrawn",
        /// Somebody else reported the same.
        ReporterJoined = "reporter_joined",
        /// The case was reopened.
        Reopened = "reopened",
        /// The case was merged into another one.
        MergedInto = "merged_into",
        /// Another case was merged into this one.
        Merged = "merged",
        /// The case was taken out of the one that it had been merged into.
        Unmerged = "unmerged",
        /// A case that had been merged into this one was taken out again.
        MergeUndone = "merge_undone",
        /// Something came in for a case that was merged into this one.
        MergedHeard = "merged_heard",
        /// A question or note from the responders for the reporter.
        NoteToReporter = "note_to_reporter",
        /// What is due on a person's day, of many cases.
        Digest = "digest",
        /// Somebody typed the code that this person's account asked for: confirm or refuse.
        LinkAsked = "link_asked",
        /// The other account was linked.
        Linked = "linked",
        /// The account that asked for the code refused the other one.
        LinkRefused = "link_refused",
    }
}

vocabulary! {
    /// What goes first. Order of the words is the order of sending.
    Priority {
        /// A page.
        Page = "page",
        /// A receipt.
        Receipt = "receipt",
        /// Feedback and notices to people.
        Feedback = "feedback",
        /// Cards and thread notes.
        Card = "card",
    }
}

impl Priority {
    /// 0 goes first.
    #[must_use]
    pub const fn rank(self) -> i16 {
        match self {
            Self::Page => 0,
            Self::Receipt => 1,
            Self::Feedback => 2,
            Self::Card => 3,
        }
    }
}

/// Whom it is told to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum Recipient {
    /// One person, by direct message. `via` is the account it reported from, if that matters; else the directory's.
    Person {
        /// Who.
        person: PersonId,
        /// The account to use.
        via: Option<Identity>,
    },
    /// The queue channel.
    Queue,
    /// The thread of the case's card.
    CaseThread,
}

/// The lane of the queue channel, threads included.
pub const QUEUE_LANE: &str = "queue";

impl Recipient {
    /// The person, if it is one.
    #[must_use]
    pub const fn person(&self) -> Option<PersonId> {
        match self {
            Self::Person { person, .. } => Some(*person),
            Self::Queue | Self::CaseThread => None,
        }
    }

    /// The lane: what is sent one after the other at the pace of one channel.
    #[must_use]
    pub fn lane(&self) -> String {
        match self {
            Self::Person { person, .. } => format!("person:{person}"),
            Self::Queue | Self::CaseThread => QUEUE_LANE.to_owned(),
        }
    }
}

/// What a notification refers to; the sender renders from these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refs {
    /// The report a receipt or feedback answers.
    pub report: Option<ReportId>,
    /// The escalation of a page.
    pub escalation: Option<EscalationId>,
    /// Step of the escalation policy, from 0.
    pub step: Option<u32>,
    /// Try within the step, from 1.
    pub attempt: Option<u32>,
    /// What a notice is about.
    pub topic: Option<Topic>,
    /// The person a notice speaks of (who was paged, who acknowledged).
    pub about: Option<PersonId>,
    /// The timeline entry (sequence number) that a notice quotes.
    pub entry: Option<u64>,
    /// The message that is updated or answered, if known already.
    pub message: Option<MessageRef>,
    /// The local date that a digest is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<NaiveDate>,
    /// The other account of a notice about linking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkRef>,
}

/// Something that must be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// Its id, and the id of its outbox row.
    pub id: OutboxId,
    /// Names its cause, unique: `receipt:<report>`, `card:<case>`, `page:<escalation>:<step>:<attempt>`, ...
    pub dedupe: String,
    /// What.
    pub kind: NotificationKind,
    /// Of which case; a digest is of none.
    pub case: Option<CaseId>,
    /// To whom.
    pub to: Recipient,
    /// How soon among others.
    pub priority: Priority,
    /// Not before this instant.
    pub not_before: Timestamp,
    /// What it refers to.
    pub refs: Refs,
}

vocabulary! {
    /// How far a notification has come.
    DeliveryState {
        /// In the outbox.
        Pending = "pending",
        /// The platform took it.
        Accepted = "accepted",
        /// It reached the person's device.
        Delivered = "delivered",
        /// It was read.
        Read = "read",
        /// A person acknowledged it.
        Acknowledged = "acknowledged",
        /// It could not be delivered; the reason is in the last attempt.
        Failed = "failed",
        /// It was no longer true when its turn came.
        Cancelled = "cancelled",
    }
}
