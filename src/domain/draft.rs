//! The drafting of a decision: one act on one case, written down so that what belongs together cannot be forgotten.
//!
//! Invariants: a draft that has entries carries the case (with the version that was read) exactly once, unless it only states facts
//! ([`Draft::unchecked`]); every change of a case
//! enqueues its card; names of causes (`dedupe`) are made here only. Neighbours: every rule file of this room.

use super::{
    case::{Case, Owner},
    clock::Timestamp,
    deadline::{Deadline, DeadlineChange, DeadlineKind},
    decision::{AlarmChange, AlarmKind, At, CaseChange, Decision},
    event_report::Origin,
    ids::{EscalationId, OutboxId, PersonId, ReportId},
    notification::{Notification, NotificationKind, Priority, Recipient, Refs, Topic},
    person::{Actor, Identity, Who},
    timeline::{Body, NewEntry, Stream},
};
use chrono::TimeDelta;

/// One act: who, when, through which door, under which policy.
#[derive(Debug, Clone, Copy)]
pub struct Act<'a> {
    /// Instant, policy, ids.
    pub at: At<'a>,
    /// Who acts.
    pub actor: &'a Actor,
    /// Through which door and where.
    pub origin: &'a Origin,
    /// When it happened, as the platform says.
    pub happened_at: Timestamp,
}

impl Act<'_> {
    /// `seconds` after now.
    #[must_use]
    pub fn in_seconds(&self, seconds: u32) -> Timestamp {
        after(self.at.now, seconds)
    }
}

/// `seconds` after `from`.
#[must_use]
pub fn after(from: Timestamp, seconds: u32) -> Timestamp {
    from + TimeDelta::seconds(i64::from(seconds))
}

/// A decision about one case in the making.
#[derive(Debug)]
pub struct Draft<'a> {
    act: Act<'a>,
    /// The case as it will be.
    pub case: Case,
    opens: bool,
    card: bool,
    checked: bool,
    decision: Decision,
}

impl<'a> Draft<'a> {
    /// Changes a case that is there.
    #[must_use]
    pub fn change(act: Act<'a>, case: &Case) -> Self {
        Self {
            act,
            case: case.clone(),
            opens: false,
            card: true,
            checked: true,
            decision: Decision::default(),
        }
    }

    /// Opens a case.
    #[must_use]
    pub fn open(act: Act<'a>, case: Case) -> Self {
        Self {
            act,
            case,
            opens: true,
            card: true,
            checked: true,
            decision: Decision::default(),
        }
    }

    /// Leaves the card as it is: for entries that it does not show.
    pub fn without_card(&mut self) {
        self.card = false;
    }

    /// The entries state facts that hold whatever else happened to the case meanwhile: they may be recorded without a check of its
    /// version. Only for drafts that leave the case as it is and whose notices quote no entry.
    pub fn unchecked(&mut self) {
        self.checked = false;
    }

    /// The act.
    #[must_use]
    pub const fn act(&self) -> Act<'a> {
        self.act
    }

    /// The parts that need no help of this file.
    pub fn parts(&mut self) -> &mut Decision {
        &mut self.decision
    }

    /// Writes an entry by the actor; returns its place in the case's stream.
    pub fn entry(&mut self, body: Body) -> u64 {
        self.entry_by(self.act.actor.who, body)
    }

    /// Writes an entry by the product itself, about something that follows from the act.
    pub fn system_entry(&mut self, body: Body) -> u64 {
        self.entry_by(Who::System, body)
    }

    fn entry_by(&mut self, actor: Who, body: Body) -> u64 {
        self.decision.entries.push(NewEntry {
            stream: Stream::Case(self.case.id),
            effective_at: self.act.happened_at,
            actor,
            origin: self.act.origin.clone(),
            body,
        });
        self.case.version + self.decision.entries.len() as u64
    }

    /// Sets or moves a deadline.
    pub fn due(&mut self, kind: DeadlineKind, due_at: Timestamp, escalation: Option<EscalationId>) {
        self.decision.deadlines.push(DeadlineChange::Set(Deadline {
            kind,
            case: self.case.id,
            escalation,
            due_at,
        }));
    }

    /// A deadline is met, if it is open.
    pub fn met(&mut self, kind: DeadlineKind) {
        self.decision.deadlines.push(DeadlineChange::Met {
            case: self.case.id,
            kind,
        });
    }

    /// A deadline was missed.
    pub fn missed(&mut self, kind: DeadlineKind) {
        self.decision.deadlines.push(DeadlineChange::Missed {
            case: self.case.id,
            kind,
        });
    }

    /// Raises an alarm about the case.
    pub fn alarm(&mut self, kind: AlarmKind, text: impl Into<String>) {
        self.decision.alarms.push(AlarmChange::Raise {
            kind,
            subject: self.subject(),
            text: text.into(),
        });
    }

    /// Clears an alarm about the case.
    pub fn clear(&mut self, kind: AlarmKind) {
        self.decision.alarms.push(AlarmChange::Clear {
            kind,
            subject: self.subject(),
        });
    }

    /// What an alarm about the case names.
    #[must_use]
    pub fn subject(&self) -> String {
        self.case.number.to_string()
    }

    /// The receipt of a report; `entry` is the entry that holds the report.
    pub fn receipt(
        &mut self,
        report: ReportId,
        person: PersonId,
        via: Option<Identity>,
        entry: u64,
    ) {
        let refs = Refs {
            report: Some(report),
            entry: Some(entry),
            ..Refs::default()
        };
        self.tell(
            format!("receipt:{report}"),
            NotificationKind::Receipt,
            Recipient::Person { person, via },
            Priority::Receipt,
            refs,
        );
    }

    /// The outcome, to a reporter; `entry` is the entry that plans it.
    pub fn feedback(
        &mut self,
        report: ReportId,
        person: PersonId,
        via: Option<Identity>,
        entry: u64,
    ) {
        let refs = Refs {
            report: Some(report),
            entry: Some(entry),
            ..Refs::default()
        };
        self.tell(
            format!("feedback:{report}:{entry}"),
            NotificationKind::Feedback,
            Recipient::Person { person, via },
            Priority::Feedback,
            refs,
        );
    }

    /// A page; its id goes into the entry and the run.
    pub fn page(
        &mut self,
        escalation: EscalationId,
        step: u32,
        attempt: u32,
        person: PersonId,
    ) -> OutboxId {
        let refs = Refs {
            escalation: Some(escalation),
            step: Some(step),
            attempt: Some(attempt),
            ..Refs::default()
        };
        self.tell(
            format!("page:{escalation}:{step}:{attempt}"),
            NotificationKind::Page,
            Recipient::Person { person, via: None },
            Priority::Page,
            refs,
        )
    }

    /// A sentence in the thread of the case's card, quoting entry `entry`.
    pub fn thread_note(&mut self, topic: Topic, about: Option<PersonId>, entry: u64) {
        self.notice(
            NotificationKind::ThreadNote,
            Recipient::CaseThread,
            topic,
            about,
            None,
            entry,
        );
    }

    /// A sentence in the queue channel.
    pub fn queue_notice(&mut self, topic: Topic, about: Option<PersonId>, entry: u64) {
        self.notice(
            NotificationKind::QueueNotice,
            Recipient::Queue,
            topic,
            about,
            None,
            entry,
        );
    }

    /// A sentence to one person.
    pub fn direct_notice(
        &mut self,
        topic: Topic,
        to: (PersonId, Option<Identity>),
        about: Option<PersonId>,
        report: Option<ReportId>,
        entry: u64,
    ) {
        let (person, via) = to;
        self.notice(
            NotificationKind::DirectNotice,
            Recipient::Person { person, via },
            topic,
            about,
            report,
            entry,
        );
    }

    fn notice(
        &mut self,
        kind: NotificationKind,
        to: Recipient,
        topic: Topic,
        about: Option<PersonId>,
        report: Option<ReportId>,
        entry: u64,
    ) {
        let whom = match &to {
            Recipient::Person { person, .. } => format!(":{person}"),
            Recipient::Queue | Recipient::CaseThread => String::new(),
        };
        let priority = match kind {
            NotificationKind::DirectNotice => Priority::Feedback,
            _ => Priority::Card,
        };
        let escalation = self
            .decision
            .escalations
            .last()
            .map(|escalation| escalation.id);
        let refs = Refs {
            topic: Some(topic),
            about,
            report,
            escalation,
            entry: Some(entry),
            ..Refs::default()
        };
        self.tell(
            format!("{kind}:{topic}:{}:{entry}{whom}", self.case.id),
            kind,
            to,
            priority,
            refs,
        );
    }

    fn tell(
        &mut self,
        dedupe: String,
        kind: NotificationKind,
        to: Recipient,
        priority: Priority,
        refs: Refs,
    ) -> OutboxId {
        let id = OutboxId::new(self.act.at.entropy, self.act.at.now);
        self.decision.notifications.push(Notification {
            id,
            dedupe,
            kind,
            case: Some(self.case.id),
            to,
            priority,
            not_before: self.act.at.now,
            refs,
        });
        id
    }

    /// The person owner, if there is one.
    #[must_use]
    pub fn person_owner(&self) -> Option<PersonId> {
        match self.case.owner {
            Owner::Person(person) => Some(person),
            Owner::Team(_) => None,
        }
    }

    /// The finished decision.
    #[must_use]
    pub fn finish(mut self) -> Decision {
        if self.card {
            let dedupe = format!("card:{}", self.case.id);
            self.tell(
                dedupe,
                NotificationKind::CaseCard,
                Recipient::Queue,
                Priority::Card,
                Refs::default(),
            );
        }
        if self.opens {
            self.decision
                .changes
                .push(CaseChange::Open(Box::new(self.case)));
        } else if self.checked && !self.decision.entries.is_empty() {
            self.decision
                .changes
                .push(CaseChange::Update(Box::new(self.case)));
        }
        self.decision
    }
}
