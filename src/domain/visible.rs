//! Visibility: the one function that decides what of a case may be shown to whom (promise 7).
//!
//! Invariants: a restricted case shows its number, its status and that it is restricted to everybody who is not concerned with it; an
//! outsider sees number and status of the own case and never a name; a reporter sees what was said by itself, never what others said.
//! Cards, lists, feedback, pages and search render from a [`View`], never from a [`Case`].
//! Neighbours: [`super::authority`] decides who may act, by the same relation.

use super::{
    assessment::{Assessment, Phase},
    authority::{self, Relation},
    case::{Case, Cia, Closure, Instants, Owner, Status},
    case_file::Merged,
    clock::Timestamp,
    event_report::{Asset, EventReport},
    handling::Tlp,
    ids::{CaseNumber, PersonId},
    person::{Actor, Role, Who},
    severity::Severity,
};

/// For whom something is rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience<'a> {
    /// The queue channel: everybody in it.
    Queue,
    /// Somebody who works on cases or reads them by role, and how that one stands to this case.
    Responder(&'a Actor, Relation),
    /// A reporter of the case, of this organisation.
    Reporter(PersonId),
    /// A reporter of the case, of another organisation or a guest.
    Outsider(PersonId),
    /// The business: short and safe to forward.
    Executive,
    /// Anybody else.
    Stranger,
}

/// What the audience may see. `None` means that it may not be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The number.
    pub number: CaseNumber,
    /// Where it stands.
    pub status: Status,
    /// Whether the case is restricted.
    pub restricted: bool,
    /// A drill.
    pub exercise: bool,
    /// When it was reported first.
    pub reported_at: Option<Timestamp>,
    /// The start of the first report.
    pub title: Option<String>,
    /// Category id.
    pub category: Option<String>,
    /// Severity.
    pub severity: Option<Severity>,
    /// What it was found to be.
    pub assessment: Option<Assessment>,
    /// Phase of an incident.
    pub phase: Option<Phase>,
    /// Confidentiality, integrity, availability.
    pub cia: Option<Cia>,
    /// How far it may travel.
    pub tlp: Option<Tlp>,
    /// What it concerns.
    pub asset: Option<Asset>,
    /// Links to artifacts.
    pub links: Vec<String>,
    /// Id of the machine alert.
    pub alert_id: Option<String>,
    /// Who answers for it.
    pub owner: Option<Owner>,
    /// Who owns the service.
    pub service_owner: Option<String>,
    /// Key instants.
    pub instants: Option<Instants>,
    /// Outcome id, once closed.
    pub outcome: Option<String>,
    /// The whole closure with its notes.
    pub closure: Option<Closure>,
    /// It is worked on together with others, in another case.
    pub together: bool,
    /// The number of that case.
    pub merged_into: Option<CaseNumber>,
    /// The cases that were merged into it, each with how many reports it brought.
    pub merged: Vec<(CaseNumber, usize)>,
    /// Whether names of people may be shown.
    pub names: bool,
    /// Whether entries of the timeline, deadlines and the escalation may be shown.
    pub work: bool,
    /// Which reports may be shown.
    pub reports: WhichReports,
}

impl View {
    /// The same, with what the merged cases around it add: those who work on it see which they are; a reporter sees how far the work on the
    /// own matter is, wherever that happens, and no number but the own.
    #[must_use]
    pub fn among(
        mut self,
        into: Option<&Case>,
        merged: &[Merged],
        audience: &Audience<'_>,
    ) -> Self {
        if self.work {
            let count = |merged: &Merged| (merged.case.number, merged.reports.len());
            self.merged = merged.iter().map(count).collect();
        }
        if let (Some(into), Audience::Reporter(_) | Audience::Outsider(_)) = (into, audience) {
            self.status = into.status;
            self.outcome = into.closure.as_ref().map(|closure| closure.outcome.clone());
            if into.handling.restricted.is_some() {
                self.restricted = true;
                self.category = None;
                self.owner = None;
                self.names = false;
            }
        }
        self
    }
}

/// Which reports of a case may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhichReports {
    /// All.
    All,
    /// Those of this person.
    Of(PersonId),
    /// None.
    None,
}

impl WhichReports {
    /// Whether this report may be shown.
    #[must_use]
    pub fn shows(self, report: &EventReport) -> bool {
        match self {
            Self::All => true,
            Self::Of(person) => report.reporter == person,
            Self::None => false,
        }
    }
}

/// The audience that `actor` is for `case`.
#[must_use]
pub fn audience<'a>(actor: &'a Actor, relation: Relation, case: &Case) -> Audience<'a> {
    match actor.person() {
        None => Audience::Responder(actor, relation),
        Some(person) if actor.outsider => {
            if relation.reporter {
                Audience::Outsider(person)
            } else {
                Audience::Stranger
            }
        }
        Some(_) if authority::sees_substance(actor, relation, case) => {
            Audience::Responder(actor, relation)
        }
        Some(person) if relation.reporter => Audience::Reporter(person),
        Some(_) if actor.has_any(authority::WORKERS) => Audience::Responder(actor, relation),
        Some(_) if actor.has_any(&[Role::Executive]) && case.handling.restricted.is_none() => {
            Audience::Executive
        }
        Some(_) => Audience::Stranger,
    }
}

/// What of `case` the audience may see.
#[must_use]
pub fn visible(case: &Case, audience: &Audience<'_>) -> View {
    let restricted = case.handling.restricted.is_some();
    match audience {
        Audience::Queue if restricted => bare(case),
        Audience::Queue => whole(case),
        Audience::Responder(actor, relation) => {
            if actor.who == Who::System || authority::sees_substance(actor, *relation, case) {
                whole(case)
            } else {
                bare(case)
            }
        }
        Audience::Reporter(person) => View {
            reported_at: Some(case.reported_at),
            reports: WhichReports::Of(*person),
            outcome: case.closure.as_ref().map(|closure| closure.outcome.clone()),
            category: (!restricted).then(|| case.category.clone()),
            owner: (!restricted).then(|| case.owner.clone()),
            names: !restricted,
            ..bare(case)
        },
        Audience::Outsider(person) => View {
            reports: WhichReports::Of(*person),
            outcome: case.closure.as_ref().map(|closure| closure.outcome.clone()),
            ..bare(case)
        },
        Audience::Executive if restricted => bare(case),
        Audience::Executive => View {
            reported_at: Some(case.reported_at),
            category: Some(case.category.clone()),
            severity: Some(case.severity),
            assessment: Some(case.assessment),
            phase: case.phase,
            tlp: Some(case.handling.tlp),
            outcome: case.closure.as_ref().map(|closure| closure.outcome.clone()),
            ..bare(case)
        },
        Audience::Stranger => bare(case),
    }
}

/// Number, status, and that it is restricted.
fn bare(case: &Case) -> View {
    View {
        number: case.number,
        status: case.status,
        restricted: case.handling.restricted.is_some(),
        exercise: case.exercise,
        reported_at: None,
        title: None,
        category: None,
        severity: None,
        assessment: None,
        phase: None,
        cia: None,
        tlp: None,
        asset: None,
        links: Vec::new(),
        alert_id: None,
        owner: None,
        service_owner: None,
        instants: None,
        outcome: None,
        closure: None,
        together: case.merged_into.is_some(),
        merged_into: None,
        merged: Vec::new(),
        names: false,
        work: false,
        reports: WhichReports::None,
    }
}

fn whole(case: &Case) -> View {
    View {
        number: case.number,
        status: case.status,
        restricted: case.handling.restricted.is_some(),
        exercise: case.exercise,
        reported_at: Some(case.reported_at),
        title: Some(case.title.clone()),
        category: Some(case.category.clone()),
        severity: Some(case.severity),
        assessment: Some(case.assessment),
        phase: case.phase,
        cia: Some(case.cia),
        tlp: Some(case.handling.tlp),
        asset: Some(case.asset.clone()),
        links: case.alert.links.clone(),
        alert_id: case.alert.id.clone(),
        owner: Some(case.owner.clone()),
        service_owner: case.service_owner.clone(),
        instants: Some(case.instants.clone()),
        outcome: case.closure.as_ref().map(|closure| closure.outcome.clone()),
        closure: case.closure.clone(),
        together: case.merged_into.is_some(),
        merged_into: case.merged_into.map(|into| into.number),
        merged: Vec::new(),
        names: true,
        work: true,
        reports: WhichReports::All,
    }
}
