//! What time does: a deadline that is due is missed on the record and said aloud, or found to be met.
//!
//! Invariants: the actor is the product itself; a deadline whose cause is gone is closed without an entry; the same deadline fired
//! twice changes nothing the second time, because it is no longer open. Neighbours: `workflow/tick`, [`super::escalation_rules`].

use super::{
    case::Status,
    case_file::{CaseFile, OnCall},
    deadline::{Deadline, DeadlineKind},
    decision::{AlarmKind, Decision},
    draft::{Act, Draft},
    escalation_rules,
    notification::Topic,
    owed,
    timeline::Body,
};

/// Fires a deadline of the case that is due. `feedback_open`: some feedback of the case was planned and has not been accepted yet.
#[must_use]
pub fn fire(
    act: Act<'_>,
    file: &CaseFile,
    on_call: &OnCall,
    deadline: &Deadline,
    feedback_open: bool,
) -> Decision {
    if deadline.kind == DeadlineKind::Acknowledge {
        return escalation_rules::unanswered(act, file, on_call);
    }
    let mut draft = Draft::change(act, &file.case);
    if is_met(&draft, deadline.kind, feedback_open) {
        draft.met(deadline.kind);
        draft.without_card();
        return draft.finish();
    }
    let entry = draft.entry(Body::DeadlineMissed {
        deadline: deadline.kind,
        due_at: deadline.due_at,
    });
    draft.missed(deadline.kind);
    let number = draft.subject();
    match deadline.kind {
        DeadlineKind::Take => {
            draft.alarm(
                AlarmKind::CaseUnowned,
                format!("Nobody took {number} in time. Press Take on its card."),
            );
            draft.queue_notice(Topic::TakeOverdue, None, entry);
            draft.thread_note(Topic::TakeOverdue, None, entry);
        }
        DeadlineKind::Triage => {
            draft.alarm(
                AlarmKind::TriageOverdue,
                format!("Triage of {number} is overdue. Press Triage on its card."),
            );
            let owner = draft.person_owner();
            draft.queue_notice(Topic::TriageOverdue, owner, entry);
            draft.thread_note(Topic::TriageOverdue, owner, entry);
        }
        DeadlineKind::RestrictionReview => {
            draft.alarm(
                AlarmKind::RestrictionDue,
                format!("The restriction of {number} is due for review: decide whether it is still needed."),
            );
            let owner = draft.person_owner();
            draft.thread_note(Topic::RestrictionDue, owner, entry);
        }
        DeadlineKind::Feedback => {
            draft.alarm(
                AlarmKind::FeedbackFailed,
                format!("Not every reporter of {number} has been told the outcome in time. See its timeline."),
            );
            draft.thread_note(Topic::FeedbackFailed, None, entry);
        }
        DeadlineKind::Resolve => {
            let owner = draft.person_owner();
            draft.thread_note(Topic::ResolveOverdue, owner, entry);
        }
        // Fired by the rule of the escalation, above.
        DeadlineKind::Acknowledge => {}
    }
    draft.finish()
}

/// Whether what was to happen has happened, or is no longer wanted.
fn is_met(draft: &Draft<'_>, kind: DeadlineKind, feedback_open: bool) -> bool {
    match kind {
        DeadlineKind::Feedback => draft.case.status != Status::Closed || !feedback_open,
        DeadlineKind::Acknowledge => false,
        kind => !owed::stands(&draft.case, kind),
    }
}
