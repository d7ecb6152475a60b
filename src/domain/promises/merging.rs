//! Two cases that are merged and parted again, tried by random sequences of verbs on both; and each check tried by a merge that breaks it.
//!
//! Invariants: a merge is one decision, which each of the two worlds applies as far as it concerns its case; what a file says of the other
//! case is read anew before every step, as a store would. Neighbours: [`super::world`] plays one case, [`super::checker`] looks at it.

use super::{
    checker::broken,
    op,
    world::{Op, World},
};
use crate::domain::{
    case::{Case, Status},
    case_file::Merged,
    closing,
    deadline::DeadlineChange,
    decision::{CaseChange, Decision, Refusal},
    ids::CaseId,
    input::CloseInput,
    lifecycle, merging,
    notification::{NotificationKind, Topic},
    timeline::{Body, Stream},
};
use proptest::prelude::*;

/// A step: of the first case, of the second, or of both (`true`: the first goes away).
#[derive(Debug, Clone)]
enum Step {
    First(Op),
    Second(Op),
    Merge(usize, bool),
    Unmerge(usize, bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => op().prop_map(Step::First),
        5 => op().prop_map(Step::Second),
        4 => (0..4usize, any::<bool>()).prop_map(|(who, first)| Step::Merge(who, first)),
        1 => (0..4usize, any::<bool>()).prop_map(|(who, first)| Step::Unmerge(who, first)),
    ]
}

struct Pair {
    cases: [World; 2],
}

impl Pair {
    fn open(colleague: bool, reachable: bool) -> Self {
        let cases = [
            World::open_as(1, colleague, true),
            World::open_as(2, false, reachable),
        ];
        Self { cases }
    }

    fn case(&self, n: usize) -> &Case {
        &self.cases[n].seen.file.as_ref().unwrap().case
    }

    /// What each file says of the other case.
    fn read(&mut self) {
        for n in [0, 1] {
            let other = self.cases[1 - n].seen.file.clone().unwrap();
            let file = self.cases[n].seen.file.as_mut().unwrap();
            let id = file.case.id;
            file.into = file.case.merged_into.map(|_| Box::new(other.case.clone()));
            file.merged = other
                .case
                .merged_into
                .filter(|into| into.case == id)
                .map(|_| Merged {
                    case: other.case.clone(),
                    reports: other.reports.clone(),
                })
                .into_iter()
                .collect();
        }
    }

    fn apply(&mut self, decision: &Decision) {
        for n in [0, 1] {
            let id = self.case(n).id;
            let own = part(decision, id);
            if own != Decision::default() {
                self.cases[n].apply(own);
            }
        }
        self.read();
    }

    fn play(&mut self, step: &Step) {
        self.read();
        match step {
            Step::First(op) => self.alone(0, op),
            Step::Second(op) => self.alone(1, op),
            Step::Merge(who, first) => {
                let away = usize::from(!first);
                let into = self.cases[1 - away].seen.file.clone().unwrap();
                let decided = self.cases[away].decide(*who, |act, file| {
                    merging::merge(act, file.unwrap(), &into, "the same")
                });
                self.done(decided);
            }
            Step::Unmerge(who, first) => {
                let decided = self.cases[usize::from(!first)].decide(*who, |act, file| {
                    merging::unmerge(act, file.unwrap(), "another")
                });
                self.done(decided);
            }
        }
        self.read();
    }

    /// A verb of one case; what it means for the other one is part of its decision.
    fn alone(&mut self, n: usize, op: &Op) {
        let is_verb = !matches!(
            op,
            Op::Wait(_) | Op::OnCall(..) | Op::PageFails | Op::AllSent
        );
        if !is_verb {
            self.cases[n].play(op);
            return;
        }
        let decided = self.cases[n].verb(op).map(|decision| {
            let passed = self.cases[n].decide(0, |act, file| {
                Ok(merging::shared(act, file.unwrap(), decision))
            });
            passed.unwrap()
        });
        self.done(decided);
    }

    fn done(&mut self, decided: Result<Decision, Refusal>) {
        if let Ok(decision) = decided {
            self.apply(&decision);
        }
    }

    /// Every promise that is broken, of each case and of both together.
    fn broken(&self) -> Vec<String> {
        let mut found: Vec<String> = self
            .cases
            .iter()
            .flat_map(|one| broken(&one.seen))
            .collect();
        if self.case(0).merged_into.is_some() && self.case(1).merged_into.is_some() {
            found.push("a chain of merges".into());
        }
        let [first, second] = self.both(|case| case.handling.restricted.is_some());
        let merged = self.both(|case| case.merged_into.is_some()).contains(&true);
        if merged && first != second {
            found.push("one of two merged cases is restricted".into());
        }
        for n in [0, 1] {
            let (here, there) = (&self.cases[n].seen.log, &self.cases[1 - n].seen.log);
            let count =
                |log: &[Body], is: fn(&Body) -> bool| log.iter().filter(|one| is(one)).count();
            let same = count(here, |one| matches!(one, Body::MergedInto { .. }))
                == count(there, |one| matches!(one, Body::Merged { .. }))
                && count(here, |one| matches!(one, Body::Unmerged { .. }))
                    == count(there, |one| matches!(one, Body::MergeUndone { .. }));
            if !same {
                found.push("a merge stands in one record only".into());
            }
        }
        found
    }

    fn both<T>(&self, of: fn(&Case) -> T) -> [T; 2] {
        [of(self.case(0)), of(self.case(1))]
    }

    /// The second case merged into the first one, by somebody who reported neither.
    fn merged() -> Self {
        let mut pair = Self::open(false, true);
        pair.play(&Step::Merge(2, false));
        assert!(pair.case(1).merged_into.is_some());
        assert_eq!(pair.broken(), Vec::<String>::new());
        pair
    }

    fn close_first(&self) -> Decision {
        let outcomes = &self.cases[0].policy.outcome;
        outcomes
            .iter()
            .find_map(|outcome| {
                let input = CloseInput {
                    category: Some(self.cases[0].policy.category[0].id.clone()),
                    assess: Some(crate::domain::input::AssessInput {
                        criteria: Default::default(),
                        result: crate::domain::assessment::Assessment::Event,
                        rationale: "because".into(),
                    }),
                    severity: None,
                    outcome: outcome.id.clone(),
                    notes: "done".into(),
                };
                let closed =
                    self.cases[0].decide(2, |act, file| closing::close(act, file.unwrap(), &input));
                closed.ok()
            })
            .unwrap()
    }
}

/// What of a decision concerns one case.
fn part(decision: &Decision, id: CaseId) -> Decision {
    let mut part = decision.clone();
    part.changes.retain(|change| {
        let (CaseChange::Open(case) | CaseChange::Update(case)) = change;
        case.id == id
    });
    part.entries
        .retain(|entry| entry.stream == Stream::Case(id));
    part.notifications.retain(|told| told.case == Some(id));
    part.reports.retain(|report| report.case == id);
    part.escalations.retain(|run| run.case == id);
    part.deadlines.retain(|deadline| match deadline {
        DeadlineChange::Set(deadline) => deadline.case == id,
        DeadlineChange::Met { case, .. } | DeadlineChange::Missed { case, .. } => *case == id,
    });
    part.assessments.retain(|record| record.case == id);
    part.messages.retain(|(_, case, _)| *case == id);
    part.attachments.retain(|file| file.case == id);
    if part.entries.is_empty() && part.notifications.is_empty() && part.deadlines.is_empty() {
        return Decision::default();
    }
    // Withdrawn reports are of the case whose record says so.
    part.withdrawn.retain(|(report, _)| {
        part.entries
            .iter()
            .any(|entry| matches!(&entry.body, Body::Withdrawn { report: id } if id == report))
    });
    part
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_sequence_of_merges_breaks_a_promise(
        steps in proptest::collection::vec(step(), 1..30),
        colleague in any::<bool>(),
        reachable in any::<bool>(),
    ) {
        let mut pair = Pair::open(colleague, reachable);
        for step in &steps {
            pair.play(step);
            prop_assert_eq!(pair.broken(), Vec::<String>::new(), "after {:?} of {:?}", step, steps);
        }
    }
}

/// The sequences above would prove nothing if they never got anywhere.
#[test]
fn a_merge_a_close_and_a_parting_are_reached() {
    let mut pair = Pair::merged();
    let closed = pair.close_first();
    pair.apply(&closed);
    assert_eq!(pair.broken(), Vec::<String>::new());
    let planned = |log: &[Body]| {
        log.iter()
            .filter(|one| matches!(one, Body::FeedbackPlanned { .. }))
            .count()
    };
    assert_eq!(planned(&pair.cases[0].seen.log), 1);
    assert_eq!(planned(&pair.cases[1].seen.log), 1);
    pair.play(&Step::Unmerge(3, false));
    assert_eq!(
        pair.both(|case| case.status),
        [Status::Closed, Status::Triaging]
    );
    assert_eq!(pair.broken(), Vec::<String>::new());
}

#[test]
fn a_running_escalation_is_not_merged_away() {
    let mut pair = Pair::open(false, true);
    pair.play(&Step::Second(Op::Escalate(2)));
    pair.play(&Step::Merge(2, false));
    assert_eq!(pair.case(1).merged_into, None);
    pair.play(&Step::Merge(2, true));
    assert!(pair.case(0).merged_into.is_some());
    let refusal = pair.cases[0].decide(1, |act, file| lifecycle::take(act, file.unwrap()));
    assert!(refusal.unwrap_err().sentence.contains("is worked on there"));
}

fn breaks(promise: &str, mut pair: Pair, sabotage: impl FnOnce(&mut Pair)) {
    sabotage(&mut pair);
    let found = pair.broken();
    assert!(
        found.iter().any(|found| found == promise),
        "{promise}: {found:?}"
    );
}

#[test]
fn a_broken_merge_is_found() {
    breaks(
        "merged without a word to each reporter",
        Pair::merged(),
        |pair| {
            let told = &mut pair.cases[1].seen.told;
            told.retain(|told| {
                told.kind != NotificationKind::DirectNotice
                    || told.refs.topic != Some(Topic::MergedInto)
            });
        },
    );
    // In two transactions, the second of which never came.
    for half in [0, 1] {
        let mut pair = Pair::open(false, true);
        pair.read();
        let into = pair.cases[0].seen.file.clone().unwrap();
        let decided = pair.cases[1].decide(2, |act, file| {
            merging::merge(act, file.unwrap(), &into, "the same")
        });
        let own = part(&decided.unwrap(), pair.case(half).id);
        breaks("a merge stands in one record only", pair, |pair| {
            pair.cases[half].apply(own);
            pair.read();
        });
    }
    // The case that goes on is closed, and only its own reporters are answered.
    let pair = Pair::merged();
    let own = part(&pair.close_first(), pair.case(0).id);
    breaks("closed without an answer for each reporter", pair, |pair| {
        pair.cases[0].apply(own);
        pair.read();
    });
    breaks(
        "merged and not closed as a duplicate",
        Pair::merged(),
        |pair| {
            let file = pair.cases[1].seen.file.as_mut().unwrap();
            file.case.assessment = crate::domain::assessment::Assessment::Event;
        },
    );
    breaks(
        "one of two merged cases is restricted",
        Pair::merged(),
        |pair| {
            pair.cases[0].play(&Op::Restrict(1));
            pair.read();
        },
    );
}
