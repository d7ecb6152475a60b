//! Home: all that concerns one person at one moment, read for that person. Nothing changes here.
//!
//! Invariants: a case is handed out as its `visible` view; how the person stands to a case is never taken for more than it is; who is new is
//! not written down for looking; an outsider learns nobody's name. Neighbours: [`super::ask`] answers about one case,
//! [`super::directory`] says who is on call.

use super::{Cx, Fault, Workflow, ground::Stop};
use crate::domain::{
    authority::{self, Relation},
    case::{Case, Owner},
    clock::Timestamp,
    event_report::EventReport,
    ids::{CaseId, PersonId},
    owed::{self, Owed},
    person::{Actor, Person, Role},
    policy::Policy,
    visible::{self, View},
};

use super::ask::start_of;

/// How whoever owns a case stands to it.
const OWNER: Relation = Relation {
    reporter: false,
    owner: true,
    paged: false,
};
/// How many reports, and how many owned cases, are handed out.
const SHOWN: u32 = 10;

/// What concerns one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomeView {
    /// When it was looked up.
    pub as_of: Timestamp,
    /// The directory knows the person as an outsider.
    pub outsider: bool,
    /// Who is on call, by role; empty for an outsider.
    pub on_call: Vec<(Role, Option<Person>)>,
    /// The person's reports, newest first.
    pub reports: Vec<OwnReport>,
    /// How many reported cases are not among them.
    pub more_reports: u64,
    /// The open cases that the person owns, what is due first first; absent for whoever neither works on cases nor owns one.
    pub owned: Option<Vec<OwnCase>>,
    /// How many owned cases are not among them.
    pub more_owned: u64,
}

/// A case that the person reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnReport {
    /// The case.
    pub case: CaseId,
    /// What of it the person may see.
    pub view: View,
    /// The start of what the person said.
    pub said: String,
    /// When.
    pub reported_at: Timestamp,
    /// The person took it back.
    pub withdrawn: bool,
}

/// A case that the person owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnCase {
    /// The case.
    pub case: CaseId,
    /// What of it the person may see.
    pub view: View,
    /// What is owed first, overdue or not.
    pub due: Option<Owed>,
}

impl Workflow {
    /// What concerns the caller.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn home(&self, cx: &Cx) -> Result<HomeView, Fault> {
        self.ask("home", cx, |workflow, cx| async move {
            workflow.read_home(&cx).await
        })
        .await
    }

    async fn read_home(&self, cx: &Cx) -> Result<HomeView, Stop> {
        let in_force = self.inner.policy.current();
        let now = self.inner.clock.now();
        let standing = self.standing(cx, now).await?;
        let actor = &standing.actor;
        let mut home = HomeView {
            as_of: now,
            outsider: actor.outsider,
            on_call: Vec::new(),
            reports: Vec::new(),
            more_reports: 0,
            owned: actor.has_any(authority::WORKERS).then(Vec::new),
            more_owned: 0,
        };
        if !actor.outsider {
            home.on_call = self.holders(&in_force.policy, now).await?;
        }
        // Who is seen for the first time has neither reported nor owns anything.
        if let Some(person) = actor.person().filter(|_| !standing.is_new()) {
            self.own_reports(actor, person, &mut home).await?;
            if !actor.outsider {
                self.own_cases(actor, person, &mut home).await?;
            }
        }
        Ok(home)
    }

    /// Who is paged now, for each role of the default escalation policy, in its order.
    pub(super) async fn holders(
        &self,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<Vec<(Role, Option<Person>)>, Stop> {
        let mut holders = Vec::new();
        let steps = policy.escalation.first().map(|rules| &rules.step);
        for step in steps.into_iter().flatten() {
            if holders.iter().all(|(role, _)| *role != step.role) {
                let people = self.inner.store.people_with_role(step.role, now).await?;
                holders.push((step.role, people.into_iter().next()));
            }
        }
        Ok(holders)
    }

    async fn own_reports(
        &self,
        actor: &Actor,
        person: PersonId,
        home: &mut HomeView,
    ) -> Result<(), Stop> {
        let store = &self.inner.store;
        let cases = store.cases_of_reporter(person, SHOWN).await?;
        let ids: Vec<CaseId> = cases.iter().map(|case| case.id).collect();
        let reports = store.reports_of_reporter(person, &ids).await?;
        let total = if ids.len() < SHOWN as usize {
            ids.len() as u64
        } else {
            store.count_cases_of_reporter(person).await?
        };
        home.more_reports = total.saturating_sub(ids.len() as u64);
        for case in &cases {
            let into = match case.merged_into {
                Some(into) => store.case_by_id(into.case).await?,
                None => None,
            };
            let report = own_report(actor, person, case, into.as_ref(), &reports);
            home.reports.push(report);
        }
        Ok(())
    }

    async fn own_cases(
        &self,
        actor: &Actor,
        person: PersonId,
        home: &mut HomeView,
    ) -> Result<(), Stop> {
        let store = &self.inner.store;
        let mut cases = store.open_cases_of_owner(person).await?;
        let ids: Vec<CaseId> = cases.iter().map(|case| case.id).collect();
        let unmet = store.unmet_deadlines(&ids).await?;
        let first = |case: &Case| owed::owed(case, &unmet).first().copied();
        // What is owed first stands first; the list itself is in the order of filing.
        cases.sort_by_cached_key(|case| {
            let owed = first(case);
            (owed.is_none(), owed)
        });
        home.more_owned = (cases.len() as u64).saturating_sub(u64::from(SHOWN));
        let owned: Vec<OwnCase> = cases
            .iter()
            .take(SHOWN as usize)
            .map(|case| OwnCase {
                case: case.id,
                view: view(actor, OWNER, case, None),
                due: first(case),
            })
            .collect();
        if !owned.is_empty() {
            home.owned = Some(owned);
        }
        Ok(())
    }
}

/// The case as the person may see it. Whether the person is paged for it is not asked: that could only show more.
fn view(actor: &Actor, relation: Relation, case: &Case, into: Option<&Case>) -> View {
    let audience = visible::audience(actor, relation, case);
    visible::visible(case, &audience).among(into, &[], &audience)
}

fn own_report(
    actor: &Actor,
    person: PersonId,
    case: &Case,
    into: Option<&Case>,
    reports: &[EventReport],
) -> OwnReport {
    let relation = Relation {
        reporter: true,
        owner: case.owner == Owner::Person(person),
        paged: false,
    };
    let view = view(actor, relation, case, into);
    let own: Vec<&EventReport> = reports
        .iter()
        .filter(|report| report.case == case.id && view.reports.shows(report))
        .collect();
    OwnReport {
        case: case.id,
        said: own
            .first()
            .map(|report| start_of(report))
            .unwrap_or_default(),
        reported_at: own
            .first()
            .map_or(case.reported_at, |report| report.reported_at),
        withdrawn: !own.is_empty() && own.iter().all(|report| report.withdrawn_at.is_some()),
        view,
    }
}
