//! Whether a notification is still true when its turn comes. Pure.
//!
//! Invariants: nothing is dropped because it is late, only because it has become untrue; a page is sent only while it is the open page of
//! its escalation; the reason of a cancellation is a sentence for the record. Neighbours: `plan` asks before it renders.

use crate::domain::{
    case::{Case, Owner, Status},
    digest::Digest,
    escalation::{Escalation, Run},
    event_report::EventReport,
    ids::OutboxId,
    notification::{NotificationKind, Topic},
};

/// What a notification is measured against; each is absent if the notification does not refer to one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts<'a> {
    /// The case as it is now.
    pub case: Option<&'a Case>,
    /// The case that it was merged into.
    pub into: Option<&'a Case>,
    /// The report that it answers.
    pub report: Option<&'a EventReport>,
    /// The escalation of a page.
    pub escalation: Option<&'a Escalation>,
    /// A later answer to the same reporter is planned, or was given.
    pub answered_later: bool,
    /// What a digest would tell, or why there is nothing to tell.
    pub digest: Option<&'a Result<Digest, &'static str>>,
}

/// Why this notification is no longer to be sent; `None` if it is still true.
#[must_use]
pub fn untrue(
    kind: NotificationKind,
    id: OutboxId,
    topic: Option<Topic>,
    facts: Facts<'_>,
) -> Option<String> {
    match kind {
        NotificationKind::Page => page(id, facts.escalation),
        NotificationKind::Receipt => facts
            .report
            .is_some_and(|report| report.withdrawn_at.is_some())
            .then(|| "the reporter withdrew the report before the receipt was sent".to_owned()),
        NotificationKind::Feedback if facts.answered_later => {
            Some("a later answer to the reporter took its place before it was sent".to_owned())
        }
        NotificationKind::Feedback => facts
            .into
            .or(facts.case)
            .is_some_and(|case| case.status != Status::Closed)
            .then(|| "the case was reopened before the outcome was told".to_owned()),
        NotificationKind::CaseCard => None,
        NotificationKind::DirectNotice if topic == Some(Topic::Digest) => {
            let told = facts.digest?.as_ref();
            told.err().map(|reason| (*reason).to_owned())
        }
        NotificationKind::ThreadNote
        | NotificationKind::QueueNotice
        | NotificationKind::DirectNotice => overdue(topic, facts.case),
    }
}

fn page(id: OutboxId, escalation: Option<&Escalation>) -> Option<String> {
    let reason = match &escalation?.run {
        Run::Running { page, .. } if *page == id => return None,
        Run::Running { .. } => "a later page took its place before it was sent",
        Run::Acknowledged { .. } => "the escalation was acknowledged before the page was sent",
        Run::Failed { .. } => "the escalation had failed before the page was sent",
        Run::Cancelled { .. } => "the case ended before the page was sent",
    };
    Some(reason.to_owned())
}

/// A reminder is untrue once what it asks for was done.
fn overdue(topic: Option<Topic>, case: Option<&Case>) -> Option<String> {
    let case = case?;
    let closed = case.status == Status::Closed;
    match topic? {
        Topic::TakeOverdue if closed || matches!(case.owner, Owner::Person(_)) => {
            Some("somebody took the case before the reminder was sent".to_owned())
        }
        Topic::TriageOverdue if closed || case.instants.triaged.is_some() => {
            Some("the case was triaged before the reminder was sent".to_owned())
        }
        Topic::ResolveOverdue if closed => {
            Some("the case was closed before the reminder was sent".to_owned())
        }
        Topic::RestrictionDue if closed || case.handling.restricted.is_none() => {
            Some("the restriction ended before the reminder was sent".to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::{Timestamp, from_micros};
    use crate::domain::ids::{CaseId, EscalationId, PersonId};
    use uuid::Uuid;

    fn at() -> Timestamp {
        from_micros(0).unwrap()
    }

    fn escalation(run: Run) -> Escalation {
        Escalation {
            id: EscalationId(Uuid::nil()),
            case: CaseId(Uuid::nil()),
            policy: "default".to_owned(),
            by: PersonId(Uuid::nil()),
            reason: "ransom note".to_owned(),
            started_at: at(),
            run,
        }
    }

    fn reason(page: OutboxId, run: Run) -> Option<String> {
        let escalation = escalation(run);
        let facts = Facts {
            escalation: Some(&escalation),
            ..Facts::default()
        };
        untrue(NotificationKind::Page, page, None, facts)
    }

    #[test]
    fn only_the_open_page_of_a_running_escalation_is_sent() {
        let (page, other) = (OutboxId(Uuid::from_u128(1)), OutboxId(Uuid::from_u128(2)));
        let person = PersonId(Uuid::nil());
        let running = |page| Run::Running {
            step: 0,
            attempt: 1,
            page,
            paged: person,
        };
        assert_eq!(reason(page, running(page)), None);
        assert!(
            reason(page, running(other))
                .unwrap()
                .contains("a later page")
        );
        for (run, says) in [
            (
                Run::Acknowledged {
                    by: person,
                    at: at(),
                },
                "acknowledged",
            ),
            (Run::Failed { at: at() }, "failed"),
            (Run::Cancelled { at: at() }, "ended"),
        ] {
            assert!(reason(page, run).unwrap().contains(says));
        }
    }

    #[test]
    fn of_two_answers_to_one_reporter_the_later_one_is_true() {
        let answer = |answered_later| {
            let facts = Facts {
                answered_later,
                ..Facts::default()
            };
            untrue(
                NotificationKind::Feedback,
                OutboxId(Uuid::nil()),
                None,
                facts,
            )
        };
        assert_eq!(answer(false), None);
        assert!(answer(true).unwrap().contains("a later answer"));
    }

    #[test]
    fn what_is_told_of_the_past_stays_true() {
        for kind in [
            NotificationKind::ThreadNote,
            NotificationKind::QueueNotice,
            NotificationKind::DirectNotice,
            NotificationKind::CaseCard,
        ] {
            assert_eq!(
                untrue(
                    kind,
                    OutboxId(Uuid::nil()),
                    Some(Topic::EscalationFailed),
                    Facts::default()
                ),
                None
            );
        }
    }
}
