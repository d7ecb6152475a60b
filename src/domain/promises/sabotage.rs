//! Every check of the checker fails on a state that breaks its promise.

use super::checker::{Seen, broken};
use super::world::{Op, World};
use crate::domain::{
    assessment::{Assessment, Phase},
    case::{Owner, Status},
    deadline::DeadlineKind,
    escalation::Run,
    notification::{NotificationKind, Topic},
    policy::NOT_SURE,
    severity::{Level, Severity},
    timeline::Body,
};

fn after(ops: &[Op]) -> Seen {
    let mut world = World::open(false, true);
    for op in ops {
        world.play(op);
    }
    assert_eq!(world.broken(), Vec::<String>::new());
    world.seen
}

/// Which outcome fits an event depends on the policy; tries them all.
fn closed() -> Seen {
    for outcome in 0..12 {
        let seen = after(&[Op::Join(1), Op::Close(2, 0, 1, outcome)]);
        if seen.file.as_ref().unwrap().case.status == Status::Closed {
            return seen;
        }
    }
    panic!("no outcome of the policy fits an event");
}

fn breaks(promise: &str, mut seen: Seen, sabotage: impl FnOnce(&mut Seen)) {
    sabotage(&mut seen);
    let found = broken(&seen);
    assert!(
        found.iter().any(|found| found == promise),
        "{promise}: {found:?}"
    );
}

#[test]
fn a_broken_closing_is_found() {
    breaks("closed without an assessment", closed(), |seen| {
        seen.file.as_mut().unwrap().case.assessment = Assessment::Undecided;
    });
    breaks("an outcome exactly while closed", closed(), |seen| {
        seen.file.as_mut().unwrap().case.closure = None;
    });
    breaks(
        "an instant of closing exactly while closed",
        closed(),
        |seen| {
            seen.file.as_mut().unwrap().case.instants.closed = None;
        },
    );
    breaks("closed under no category", closed(), |seen| {
        seen.file.as_mut().unwrap().case.category = NOT_SURE.into();
    });
    let unanswered = "closed without an answer for each reporter";
    breaks(unanswered, closed(), |seen| {
        let last = seen
            .log
            .iter()
            .rposition(|body| matches!(body, Body::FeedbackPlanned { .. }));
        seen.log.remove(last.unwrap());
    });
    breaks(unanswered, closed(), |seen| {
        seen.told
            .retain(|told| told.kind != NotificationKind::Feedback);
    });
}

#[test]
fn a_broken_ownership_is_found() {
    let team = |seen: &mut Seen| seen.file.as_mut().unwrap().case.owner = Owner::Team("t".into());
    breaks(
        "worked on without a person owner",
        after(&[Op::Take(1)]),
        team,
    );
    breaks(
        "a person owner exactly after Take",
        after(&[Op::Take(1)]),
        team,
    );
    breaks("nobody watches an untaken case", after(&[]), |seen| {
        seen.deadlines.remove(&DeadlineKind::Take);
    });
    breaks(
        "a receipt for each reporter who can be reached",
        after(&[Op::Join(1)]),
        |seen| {
            let place = seen
                .told
                .iter()
                .rposition(|told| told.kind == NotificationKind::Receipt);
            seen.told.remove(place.unwrap());
        },
    );
}

#[test]
fn a_broken_escalation_is_found() {
    let sound = "a running escalation has one open page and one deadline";
    let running = || after(&[Op::Escalate(1)]);
    breaks(sound, running(), |seen| {
        seen.deadlines.remove(&DeadlineKind::Acknowledge);
    });
    breaks(sound, running(), |seen| {
        seen.told.retain(|told| told.kind != NotificationKind::Page);
    });
    breaks(sound, running(), |seen| {
        let file = seen.file.as_mut().unwrap();
        let at = file.case.reported_at;
        file.escalation.as_mut().unwrap().run = Run::Cancelled { at };
    });
    let told = "a failed escalation is told to the escalator, the queue and the thread";
    for kind in [
        NotificationKind::DirectNotice,
        NotificationKind::QueueNotice,
        NotificationKind::ThreadNote,
    ] {
        let failed = after(&[Op::OnCall(false, false), Op::Escalate(1)]);
        breaks(told, failed, |seen| {
            seen.told.retain(|told| {
                told.kind != kind || told.refs.topic != Some(Topic::EscalationFailed)
            });
        });
    }
}

#[test]
fn a_broken_change_is_found() {
    let case = |seen: &mut Seen, change: fn(&mut crate::domain::case::Case)| {
        change(&mut seen.file.as_mut().unwrap().case);
    };
    breaks(
        "a phase exactly for an incident",
        after(&[Op::Take(1)]),
        |seen| {
            case(seen, |case| case.phase = Some(Phase::Recovery));
        },
    );
    breaks("an illegal transition", closed(), |seen| {
        seen.before.as_mut().unwrap().status = Status::Closed;
        case(seen, |case| case.status = Status::New);
    });
    breaks(
        "the first severity is kept",
        after(&[Op::Rate(1, 0), Op::Rate(1, 1)]),
        |seen| {
            case(seen, |case| {
                case.severity = Severity::Rated {
                    initial: Level::Sev4,
                    current: Level::Sev4,
                };
            });
        },
    );
    breaks(
        "number and time of report are kept",
        after(&[Op::Take(1)]),
        |seen| {
            case(seen, |case| case.number.n = 7);
        },
    );
    breaks("a change without an entry", after(&[Op::Take(1)]), |seen| {
        let version = seen.before.as_ref().unwrap().version;
        seen.file.as_mut().unwrap().case.version = version;
    });
    breaks(
        "the version is the number of entries",
        after(&[Op::Take(1)]),
        |seen| {
            case(seen, |case| case.version += 1);
        },
    );
    breaks(
        "a change that the card does not show",
        after(&[Op::Take(1)]),
        |seen| {
            seen.last.notifications.clear();
        },
    );
    breaks("one cause makes one row", after(&[]), |seen| {
        let again = seen.told[0].clone();
        seen.told.push(again);
    });
}
