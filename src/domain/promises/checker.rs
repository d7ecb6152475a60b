//! Names every promise that a state breaks.

use crate::domain::{
    assessment::Assessment,
    case::{Case, Owner, Status},
    case_file::CaseFile,
    deadline::{Deadline, DeadlineKind},
    decision::Decision,
    escalation::Run,
    ids::PersonId,
    lifecycle,
    notification::{Notification, NotificationKind, Recipient, Topic},
    policy::NOT_SURE,
    severity::Severity,
    timeline::Body,
};
use std::collections::{BTreeMap, BTreeSet};

/// What can be seen of a case from outside the rules.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    pub before: Option<Case>,
    pub file: Option<CaseFile>,
    pub deadlines: BTreeMap<DeadlineKind, Deadline>,
    pub told: Vec<Notification>,
    pub log: Vec<Body>,
    pub last: Decision,
}

/// Every promise that is broken.
pub fn broken(seen: &Seen) -> Vec<String> {
    let Some(file) = &seen.file else {
        return vec!["there is no case".into()];
    };
    let case = &file.case;
    let closed = case.status == Status::Closed;
    let mut broken = Vec::new();
    let mut must = |holds: bool, promise: &str| {
        if !holds {
            broken.push(promise.to_owned());
        }
    };
    must(
        !closed || case.assessment != Assessment::Undecided,
        "closed without an assessment",
    );
    must(
        closed == case.closure.is_some(),
        "an outcome exactly while closed",
    );
    must(
        closed == case.instants.closed.is_some(),
        "an instant of closing exactly while closed",
    );
    must(
        !closed || case.category != NOT_SURE || case.merged_into.is_some(),
        "closed under no category",
    );
    must(
        !closed || is_worked_on_elsewhere(file) || everybody_answered(seen, file),
        "closed without an answer for each reporter",
    );
    must(
        case.merged_into.is_none() || told_of_the_merge(seen, file),
        "merged without a word to each reporter",
    );
    must(
        case.merged_into.is_none() || closed && case.assessment == Assessment::Duplicate,
        "merged and not closed as a duplicate",
    );
    must(
        !matches!(case.status, Status::Triaging | Status::Closed)
            || matches!(case.owner, Owner::Person(_)),
        "worked on without a person owner",
    );
    let taken = seen
        .log
        .iter()
        .any(|body| matches!(body, Body::Taken { .. }));
    must(
        taken == matches!(case.owner, Owner::Person(_)),
        "a person owner exactly after Take",
    );
    must(
        (case.assessment == Assessment::Incident) == case.phase.is_some(),
        "a phase exactly for an incident",
    );
    must(
        escalation_is_sound(seen, file),
        "a running escalation has one open page and one deadline",
    );
    must(
        failure_was_told(seen, file),
        "a failed escalation is told to the escalator, the queue and the thread",
    );
    must(
        owner_is_awaited(seen, case),
        "nobody watches an untaken case",
    );
    must(
        file.reports
            .iter()
            .map(|report| report.reporter)
            .collect::<BTreeSet<_>>()
            .len()
            == receipts(seen),
        "a receipt for each reporter who can be reached",
    );
    let mut names = BTreeSet::new();
    must(
        seen.told
            .iter()
            .filter(|told| told.kind != NotificationKind::CaseCard)
            .all(|told| names.insert(&told.dedupe)),
        "one cause makes one row",
    );
    if let Some(before) = &seen.before {
        must(
            lifecycle::legal(before.status, case.status),
            "an illegal transition",
        );
        must(
            initial_kept(before.severity, case.severity),
            "the first severity is kept",
        );
        must(
            before.number == case.number && before.reported_at == case.reported_at,
            "number and time of report are kept",
        );
        let same = Case {
            version: before.version,
            ..case.clone()
        } == *before;
        must(
            same || case.version > before.version,
            "a change without an entry",
        );
        must(
            same || seen
                .last
                .notifications
                .iter()
                .any(|told| told.kind == NotificationKind::CaseCard),
            "a change that the card does not show",
        );
        must(
            case.version == before.version + seen.last.entries.len() as u64,
            "the version is the number of entries",
        );
    }
    broken
}

fn initial_kept(before: Severity, after: Severity) -> bool {
    match (before, after) {
        (Severity::Unrated, _) => true,
        (Severity::Rated { initial: a, .. }, Severity::Rated { initial: b, .. }) => a == b,
        (Severity::Rated { .. }, Severity::Unrated) => false,
    }
}

/// Since the last closing, each reporter has a plan, and each plan without a reason a message.
fn everybody_answered(seen: &Seen, file: &CaseFile) -> bool {
    let since = seen
        .log
        .iter()
        .rposition(|body| matches!(body, Body::Closed { .. }))
        .unwrap_or(seen.log.len());
    let mut planned: BTreeSet<PersonId> = BTreeSet::new();
    for (place, body) in seen.log.iter().enumerate().skip(since) {
        if let Body::FeedbackPlanned {
            report,
            person,
            not_told_because,
        } = body
        {
            let entry = place as u64 + 1;
            let message = seen.told.iter().any(|told| {
                told.kind == NotificationKind::Feedback
                    && told.refs.report == Some(*report)
                    && told.refs.entry == Some(entry)
            });
            if message == not_told_because.is_some() {
                return false;
            }
            planned.insert(*person);
        }
    }
    file.reports
        .iter()
        .all(|report| planned.contains(&report.reporter))
}

/// It was merged into a case that goes on: its reporters are answered with that one.
fn is_worked_on_elsewhere(file: &CaseFile) -> bool {
    file.into
        .as_ref()
        .is_some_and(|into| into.status != Status::Closed)
}

/// Each reporter who can be reached, and had not withdrawn by then, was told of the last merge.
fn told_of_the_merge(seen: &Seen, file: &CaseFile) -> bool {
    let merged = |body: &Body| matches!(body, Body::MergedInto { .. });
    let Some(place) = seen.log.iter().rposition(merged) else {
        return false;
    };
    let (entry, before) = (place as u64 + 1, &seen.log[..place]);
    let withdrawn = |id| {
        before
            .iter()
            .any(|body| matches!(body, Body::Withdrawn { report } if *report == id))
    };
    let reporters: BTreeSet<PersonId> = before
        .iter()
        .filter_map(|body| match body {
            Body::Reported { report } | Body::Joined { report } if !withdrawn(report.id) => {
                Some(report.reporter)
            }
            _ => None,
        })
        .filter(|id| {
            file.people
                .get(id)
                .is_some_and(|person| !person.identities.is_empty())
        })
        .collect();
    reporters.into_iter().all(|person| {
        seen.told.iter().any(|told| {
            told.kind == NotificationKind::DirectNotice
                && told.refs.topic == Some(Topic::MergedInto)
                && told.refs.entry == Some(entry)
                && matches!(&told.to, Recipient::Person { person: to, .. } if *to == person)
        })
    })
}

fn escalation_is_sound(seen: &Seen, file: &CaseFile) -> bool {
    let deadline = seen.deadlines.get(&DeadlineKind::Acknowledge);
    match file
        .escalation
        .as_ref()
        .map(|escalation| (escalation, &escalation.run))
    {
        Some((
            escalation,
            Run::Running {
                page,
                step,
                attempt,
                ..
            },
        )) => {
            let page_is_told = seen
                .told
                .iter()
                .filter(|told| {
                    told.kind == NotificationKind::Page
                        && told.id == *page
                        && told.refs.step == Some(*step)
                        && told.refs.attempt == Some(*attempt)
                })
                .count();
            page_is_told == 1
                && deadline.is_some_and(|deadline| deadline.escalation == Some(escalation.id))
                && file.case.status == Status::Escalated
        }
        _ => deadline.is_none(),
    }
}

fn failure_was_told(seen: &Seen, file: &CaseFile) -> bool {
    let Some(escalation) = file
        .escalation
        .as_ref()
        .filter(|escalation| matches!(escalation.run, Run::Failed { .. }))
    else {
        return true;
    };
    [
        NotificationKind::DirectNotice,
        NotificationKind::QueueNotice,
        NotificationKind::ThreadNote,
    ]
    .into_iter()
    .all(|kind| {
        seen.told.iter().any(|told| {
            told.kind == kind
                && told.refs.topic == Some(Topic::EscalationFailed)
                && told.refs.escalation == Some(escalation.id)
        })
    })
}

/// An open case that nobody took: the deadline is open, or its passing is on the record.
fn owner_is_awaited(seen: &Seen, case: &Case) -> bool {
    let missed = |body: &Body| {
        matches!(
            body,
            Body::DeadlineMissed {
                deadline: DeadlineKind::Take,
                ..
            }
        )
    };
    matches!(case.owner, Owner::Person(_))
        || case.status == Status::Closed
        || seen.deadlines.contains_key(&DeadlineKind::Take)
        || seen.log.iter().any(missed)
}

/// How many different people got a receipt, counting those who have no account as if they had.
fn receipts(seen: &Seen) -> usize {
    let file = seen.file.as_ref();
    let unreachable = file.map_or(0, |file| {
        let people: BTreeSet<PersonId> =
            file.reports.iter().map(|report| report.reporter).collect();
        people
            .into_iter()
            .filter(|id| {
                file.people
                    .get(id)
                    .is_none_or(|person| person.identities.is_empty())
            })
            .count()
    });
    let told: BTreeSet<_> = seen
        .told
        .iter()
        .filter(|told| told.kind == NotificationKind::Receipt)
        .map(|told| match &told.to {
            Recipient::Person { person, .. } => Some(*person),
            _ => None,
        })
        .collect();
    told.len() + unreachable
}
