//! The case file: what the rules read of one case before they decide, loaded whole and consistent with one version.
//!
//! Invariants: nothing here is written back; a decision carries changed copies. Neighbours: `workflow` and `delivery` load it.

use super::{
    case::{Case, Owner},
    escalation::{Escalation, Run},
    event_report::EventReport,
    ids::PersonId,
    person::{Person, Role},
};
use std::collections::{BTreeMap, BTreeSet};

/// A case that was merged into another one, with its reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The case.
    pub case: Case,
    /// Its reports, in the order in which they were recorded.
    pub reports: Vec<EventReport>,
}

/// A case with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFile {
    /// The case.
    pub case: Case,
    /// Its reports, in the order in which they were recorded.
    pub reports: Vec<EventReport>,
    /// Its last escalation.
    pub escalation: Option<Escalation>,
    /// The case that it was merged into.
    pub into: Option<Box<Case>>,
    /// The cases that were merged into it, in the order of their numbers.
    pub merged: Vec<Merged>,
    /// The people of the case (reporters, owner, whoever was paged or acknowledged), as the directory knows them.
    pub people: BTreeMap<PersonId, Person>,
}

impl CaseFile {
    /// The escalation, if it is running.
    #[must_use]
    pub fn running(&self) -> Option<&Escalation> {
        self.escalation
            .as_ref()
            .filter(|escalation| matches!(escalation.run, Run::Running { .. }))
    }

    /// Everybody whom the file needs by name or account.
    #[must_use]
    pub fn mentioned(
        case: &Case,
        reports: &[EventReport],
        escalation: Option<&Escalation>,
        merged: &[Merged],
    ) -> BTreeSet<PersonId> {
        let others = merged.iter().flat_map(|other| &other.reports);
        let mut people: BTreeSet<PersonId> = reports
            .iter()
            .chain(others)
            .map(|report| report.reporter)
            .collect();
        if let Owner::Person(owner) = &case.owner {
            people.insert(*owner);
        }
        people.extend(case.closure.as_ref().map(|closure| closure.by));
        if let Some(escalation) = escalation {
            people.insert(escalation.by);
            match &escalation.run {
                Run::Running { paged, .. } => people.insert(*paged),
                Run::Acknowledged { by, .. } => people.insert(*by),
                Run::Failed { .. } | Run::Cancelled { .. } => false,
            };
        }
        people
    }

    /// The name of somebody of the case.
    #[must_use]
    pub fn name(&self, person: PersonId) -> &str {
        self.people
            .get(&person)
            .map_or("somebody", |person| person.name.as_str())
    }
}

/// Who has which role now, by role the one who is paged first in front.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OnCall(pub BTreeMap<Role, Vec<PersonId>>);

impl OnCall {
    /// Whom a step that names `role` pages.
    #[must_use]
    pub fn first(&self, role: Role) -> Option<PersonId> {
        self.0.get(&role).and_then(|people| people.first().copied())
    }
}
