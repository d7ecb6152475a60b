//! What the record says of delivery: a page, receipt or feedback was sent, or gave up; a file was kept, or could not be had.
//!
//! Invariants: what people wait for leaves an entry with the hash of what was sent; what gave up is an alarm, and for a page the next
//! step at once. Neighbours: `delivery` calls these when it finishes a row and records the decision in the same transaction.

use super::{
    case_file::{CaseFile, OnCall},
    deadline::DeadlineKind,
    decision::{AlarmChange, AlarmKind, Decision},
    draft::{Act, Draft},
    escalation::Run,
    escalation_rules,
    event_report::{Attachment, MessageRef},
    ids::{OutboxId, PersonId},
    notification::{Notification, NotificationKind, Recipient, Topic},
    timeline::Body,
};

/// What the alarm is about that this notification gave up. A person who hears no digest is one matter, however many days it lasts.
#[must_use]
pub fn alarm_subject(notification: &Notification) -> String {
    match &notification.to {
        Recipient::Person { person, .. } if notification.refs.topic == Some(Topic::Digest) => {
            format!("digest:{person}")
        }
        _ => notification.id.to_string(),
    }
}

/// A row of the outbox that was finished.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// Its id.
    pub id: OutboxId,
    /// What it was.
    pub kind: NotificationKind,
    /// To whom.
    pub to: &'a Recipient,
}

impl Row<'_> {
    /// The kinds that people wait for: each has its entry.
    fn awaited(&self) -> Option<(&'static str, PersonId)> {
        let what = match self.kind {
            NotificationKind::Page => "page",
            NotificationKind::Receipt => "receipt",
            NotificationKind::Feedback => "feedback",
            _ => return None,
        };
        Some((what, self.to.person()?))
    }
}

/// The platform accepted a row. `posted` is the message that came about (the store keeps it with the row); `all_told` says that no
/// other feedback of the case is still on its way.
#[must_use]
pub fn sent(
    act: Act<'_>,
    file: &CaseFile,
    row: Row<'_>,
    content_sha256: &str,
    posted: Option<&MessageRef>,
    all_told: bool,
) -> Decision {
    let mut draft = Draft::change(act, &file.case);
    draft.parts().alarms.push(AlarmChange::Clear {
        kind: AlarmKind::OutboxGaveUp,
        subject: row.id.to_string(),
    });
    let Some((what, person)) = row.awaited() else {
        draft.without_card();
        return draft.finish();
    };
    let entry = draft.system_entry(Body::Sent {
        notification: row.id,
        what: what.to_owned(),
        person,
        content_sha256: content_sha256.to_owned(),
        message: posted.cloned(),
    });
    match row.kind {
        NotificationKind::Page => {
            draft.thread_note(Topic::PageSent, Some(person), entry);
            // Whether it was the first call is known now; the escalation may have moved on when the note is said.
            if let Some(note) = draft.parts().notifications.last_mut() {
                note.refs.attempt = attempt_of(file, row.id);
            }
        }
        NotificationKind::Feedback if all_told => {
            draft.met(DeadlineKind::Feedback);
            draft.clear(AlarmKind::FeedbackFailed);
        }
        // The card does not show receipts: one write less for each report.
        NotificationKind::Receipt => {
            draft.without_card();
            draft.unchecked();
        }
        _ => {}
    }
    draft.finish()
}

/// Which try of its step a page is, if it is the open one.
fn attempt_of(file: &CaseFile, page: OutboxId) -> Option<u32> {
    match &file.running()?.run {
        Run::Running {
            page: open,
            attempt,
            ..
        } if *open == page => Some(*attempt),
        _ => None,
    }
}

/// A row gave up: no further try follows. `reason` is in words fit for the record.
#[must_use]
pub fn gave_up(
    act: Act<'_>,
    file: &CaseFile,
    on_call: &OnCall,
    row: Row<'_>,
    reason: &str,
) -> Decision {
    let mut decision = match (row.kind, row.awaited()) {
        (NotificationKind::Page, Some((_, person))) => {
            escalation_rules::page_failed(act, file, on_call, row.id, person, reason)
        }
        (_, Some((what, person))) => undelivered(act, file, row, what, person, reason),
        (_, None) => Decision::default(),
    };
    decision.alarms.push(AlarmChange::Raise {
        kind: AlarmKind::OutboxGaveUp,
        subject: row.id.to_string(),
        text: format!(
            "A {} of {} was not delivered: {reason}. See `secevent outbox show {}`.",
            row.kind.as_str().replace('_', " "),
            file.case.number,
            row.id
        ),
    });
    decision
}

fn undelivered(
    act: Act<'_>,
    file: &CaseFile,
    row: Row<'_>,
    what: &str,
    person: PersonId,
    reason: &str,
) -> Decision {
    let mut draft = Draft::change(act, &file.case);
    let entry = draft.system_entry(Body::SendFailed {
        notification: row.id,
        what: what.to_owned(),
        person,
        reason: reason.to_owned(),
    });
    let topic = if row.kind == NotificationKind::Feedback {
        let text = format!(
            "A reporter of {} could not be told the outcome: {reason}. Tell them another way.",
            draft.subject()
        );
        draft.alarm(AlarmKind::FeedbackFailed, text);
        Topic::FeedbackFailed
    } else {
        Topic::ReceiptFailed
    };
    draft.thread_note(topic, Some(person), entry);
    draft.finish()
}

/// A file was kept, or the reason is known why it could not be had.
#[must_use]
pub fn file_kept(act: Act<'_>, file: &CaseFile, attachment: &Attachment) -> Decision {
    let mut draft = Draft::change(act, &file.case);
    draft.system_entry(Body::File {
        attachment: Box::new(attachment.clone()),
    });
    draft.parts().attachments.push(attachment.clone());
    // Checked: of two replicas that fetched the same file one must lose, or the file would have two entries.
    draft.finish()
}
