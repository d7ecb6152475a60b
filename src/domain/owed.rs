//! Owed: what must still be done on a case, overdue or not.
//!
//! Invariants: a deadline that was missed stays owed until what it asked for is done; of each kind only the last deadline counts; a closed
//! case owes nothing to its owner. Neighbours: [`super::time_rules`] misses deadlines, homes and digests tell what is owed.

use super::{
    case::{Case, Owner, Status},
    clock::Timestamp,
    deadline::{Deadline, DeadlineKind},
};

/// Something owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owed {
    /// By when; in the past when it is overdue.
    pub due_at: Timestamp,
    /// What.
    pub kind: DeadlineKind,
}

/// A deadline of a case that was not met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmet {
    /// The deadline.
    pub deadline: Deadline,
    /// It was missed; else it is still open.
    pub missed: bool,
}

/// Whether what a deadline of this kind asks for is still to be done. Pages and answers to reporters have ways of their own once they are
/// late: the next page, and the failed delivery.
#[must_use]
pub fn stands(case: &Case, kind: DeadlineKind) -> bool {
    case.status != Status::Closed
        && match kind {
            DeadlineKind::Take => matches!(case.owner, Owner::Team(_)),
            DeadlineKind::Triage => case.instants.triaged.is_none(),
            DeadlineKind::Resolve => true,
            DeadlineKind::RestrictionReview => case.handling.restricted.is_some(),
            DeadlineKind::Acknowledge | DeadlineKind::Feedback => false,
        }
}

/// What is owed on the case, the earliest first. `unmet` holds deadlines in the order in which they were set, of other cases too.
#[must_use]
pub fn owed(case: &Case, unmet: &[Unmet]) -> Vec<Owed> {
    let own = || unmet.iter().filter(|one| one.deadline.case == case.id);
    let mut owed: Vec<Owed> = DeadlineKind::ALL
        .iter()
        .filter_map(|kind| own().rfind(|one| one.deadline.kind == *kind))
        .filter(|one| {
            case.status != Status::Closed && (!one.missed || stands(case, one.deadline.kind))
        })
        .map(|one| Owed {
            due_at: one.deadline.due_at,
            kind: one.deadline.kind,
        })
        .collect();
    owed.sort_unstable();
    owed
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::{
        assessment::Assessment,
        case::{Alert, Cia, DetectionSource, Instants},
        clock::from_micros,
        event_report::Asset,
        handling::{Handling, Restriction, Tlp},
        ids::{CaseId, CaseNumber, PersonId, PolicyVersionId},
        severity::Severity,
    };
    use uuid::Uuid;

    fn at(minutes: i64) -> Timestamp {
        from_micros(minutes * 60_000_000).unwrap()
    }

    pub(in crate::domain) fn case() -> Case {
        Case {
            id: CaseId(Uuid::from_u128(1)),
            number: CaseNumber { year: 2026, n: 1 },
            version: 1,
            title: String::new(),
            status: Status::New,
            assessment: Assessment::Undecided,
            phase: None,
            severity: Severity::Unrated,
            cia: Cia::default(),
            handling: Handling {
                tlp: Tlp::Amber,
                restricted: None,
            },
            category: String::new(),
            detection_source: DetectionSource::UserReport,
            asset: Asset::default(),
            alert: Alert::default(),
            owner: Owner::Team("Security Response".into()),
            service_owner: None,
            reported_at: at(0),
            instants: Instants::default(),
            closure: None,
            policy: PolicyVersionId(Uuid::nil()),
            exercise: false,
            merged_into: None,
        }
    }

    pub(in crate::domain) fn unmet(kind: DeadlineKind, minutes: i64, missed: bool) -> Unmet {
        Unmet {
            deadline: Deadline {
                kind,
                case: case().id,
                escalation: None,
                due_at: at(minutes),
            },
            missed,
        }
    }

    fn kinds(case: &Case, unmet: &[Unmet]) -> Vec<DeadlineKind> {
        owed(case, unmet).iter().map(|one| one.kind).collect()
    }

    #[test]
    fn what_was_missed_is_owed_until_it_is_done() {
        use DeadlineKind::{Resolve, RestrictionReview, Take, Triage};
        let all = [
            unmet(Take, 15, true),
            unmet(Triage, 10, true),
            unmet(Resolve, 99, false),
            unmet(RestrictionReview, 50, true),
        ];
        let mut case = case();
        assert_eq!(kinds(&case, &all), [Triage, Take, Resolve]);
        case.owner = Owner::Person(PersonId(Uuid::nil()));
        assert_eq!(kinds(&case, &all), [Triage, Resolve]);
        case.instants.triaged = Some(at(20));
        case.handling.restricted = Some(Restriction {
            reason: "a colleague".into(),
            until: at(50),
        });
        assert_eq!(kinds(&case, &all), [RestrictionReview, Resolve]);
        case.status = Status::Closed;
        assert_eq!(kinds(&case, &all), []);
    }

    #[test]
    fn of_a_kind_the_last_deadline_counts_and_other_cases_do_not() {
        let mut other = unmet(DeadlineKind::Resolve, 1, false);
        other.deadline.case = CaseId(Uuid::from_u128(2));
        let all = [
            unmet(DeadlineKind::Resolve, 10, true),
            unmet(DeadlineKind::Resolve, 90, false),
            other,
        ];
        let owed = owed(&case(), &all);
        assert_eq!(owed.len(), 1);
        assert_eq!(owed[0].due_at, at(90));
        // A page that was not answered leads to the next one; it is nothing that the owner still has to do.
        assert_eq!(
            kinds(&case(), &[unmet(DeadlineKind::Acknowledge, 1, true)]),
            []
        );
    }
}
