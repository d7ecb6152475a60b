//! What a store does with a decision, in memory; what a store would refuse is a failed assertion.

use super::world::World;
use crate::domain::{
    case::Owner,
    case_file::CaseFile,
    deadline::{DeadlineChange, DeadlineKind},
    decision::{CaseChange, Decision},
    ids::{CaseId, CaseNumber},
};

impl World {
    /// What the store does with a decision.
    pub fn apply(&mut self, decision: Decision) {
        let seen = &mut self.seen;
        seen.before = seen.file.as_ref().map(|file| file.case.clone());
        let grows = decision.entries.len() as u64;
        for change in &decision.changes {
            match change {
                CaseChange::Open(case) => {
                    let mut case = (**case).clone();
                    case.number = CaseNumber {
                        n: self.number,
                        ..case.number
                    };
                    seen.file = Some(CaseFile {
                        case,
                        reports: vec![],
                        escalation: None,
                        into: None,
                        merged: vec![],
                        people: self.people.iter().map(|p| (p.id, p.clone())).collect(),
                    });
                }
                CaseChange::Update(case) => {
                    let file = seen.file.as_mut().unwrap();
                    assert_eq!(
                        case.version, file.case.version,
                        "decided on another version"
                    );
                    file.case = (**case).clone();
                }
            }
        }
        let file = seen.file.as_mut().unwrap();
        file.case.version += grows;
        for (report, at) in &decision.withdrawn {
            let report = file
                .reports
                .iter_mut()
                .find(|known| known.id == *report)
                .unwrap();
            report.withdrawn_at = Some(*at);
        }
        file.reports.extend(decision.reports.iter().cloned());
        if let Some(escalation) = decision.escalations.last() {
            assert_eq!(decision.escalations.len(), 1, "a run is written once");
            file.escalation = Some(escalation.clone());
        }
        for change in &decision.deadlines {
            if let DeadlineChange::Met { kind, .. } | DeadlineChange::Missed { kind, .. } = change {
                seen.deadlines.remove(kind);
            }
        }
        for change in &decision.deadlines {
            if let DeadlineChange::Set(deadline) = change {
                seen.deadlines.insert(deadline.kind, deadline.clone());
            }
        }
        let case: CaseId = file.case.id;
        for told in &decision.notifications {
            assert_eq!(told.case, Some(case));
            if let Some(entry) = told.refs.entry {
                assert!(
                    entry <= file.case.version,
                    "{told:?} quotes an entry that is not there"
                );
            }
            seen.told.push(told.clone());
        }
        seen.log
            .extend(decision.entries.iter().map(|entry| entry.body.clone()));
        if let Owner::Person(owner) = file.case.owner {
            assert!(self.people.iter().any(|person| person.id == owner));
        }
        assert!(
            !seen.deadlines.contains_key(&DeadlineKind::Acknowledge) || file.escalation.is_some(),
            "an acknowledgement is awaited of nobody"
        );
        seen.last = decision;
    }
}
