//! Questions: what callers may know, read for an audience. Nothing of a case changes here.
//!
//! Invariants: a case that the asker may not see answers like an unknown number, and the asking is recorded as refused; reports, names
//! and deadlines are handed out only as far as [`visible`] allows.
//! Neighbours: `chat` renders the answers, [`super::directory`] answers about people.

use super::{
    Cx, Fault, Workflow,
    act::Tries,
    ground::{Denied, Standing, Stop, fault, relation},
};
use crate::domain::{
    authority::{self, Relation, Verb},
    case::{Case, Owner, Status},
    case_file::CaseFile,
    clock::Timestamp,
    deadline::Deadline,
    decision::MessageRole,
    escalation::Escalation,
    event_report::{Attachment, EventReport, MessageRef},
    gates::{self, Missing},
    ids::{CaseId, CaseNumber, PersonId},
    next_steps,
    opening::TITLE_CAP,
    person::Actor,
    policy::Policy,
    visible::{self, View},
};
use crate::runtime;
use std::{collections::BTreeMap, future::Future, sync::Arc};

/// How many of the own cases are listed.
const MINE: u32 = 20;

/// A case as one asker may see it.
#[derive(Debug, Clone)]
pub struct CaseView {
    /// The case; show of it only what `view` holds.
    pub case: Case,
    /// What of it may be shown.
    pub view: View,
    /// The reports that may be shown.
    pub reports: Vec<EventReport>,
    /// Who asks.
    pub actor: Actor,
    /// How the asker stands to the case.
    pub relation: Relation,
    /// Sensible next steps for its state, that the asker may do.
    pub next: Vec<Verb>,
    /// What the case still lacks; empty if the work may not be shown.
    pub missing: Vec<Missing>,
    /// Its last escalation, if the work may be shown.
    pub escalation: Option<Escalation>,
    /// Name of the person owner, or of the team; absent if it may not be shown.
    pub owner_name: Option<String>,
    /// Names of the people that the shown parts mention.
    pub people: BTreeMap<PersonId, String>,
    /// The reporters of the cases that were merged into it and did not withdraw, if the work may be shown.
    pub merged_reporters: Vec<PersonId>,
    /// Its files, if the work may be shown.
    pub files: Vec<Attachment>,
    /// Open deadlines, if the work may be shown.
    pub deadlines: Vec<Deadline>,
}

/// A case in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseLine {
    /// Its id.
    pub case: CaseId,
    /// Its number.
    pub number: CaseNumber,
    /// Where it stands; of a merged case, where the work stands.
    pub status: Status,
    /// It is worked on together with another report.
    pub together: bool,
    /// When the asker reported it.
    pub reported_at: Timestamp,
    /// Start of what the asker said.
    pub title: String,
}

/// Which case is asked for.
#[derive(Debug, Clone, Copy)]
enum Which {
    Id(CaseId),
    Number(CaseNumber),
}

impl Workflow {
    /// A case for the caller.
    ///
    /// # Errors
    /// Refused (`no_such_case`) when it is not there or not for the caller.
    pub async fn case_view(&self, cx: &Cx, case: CaseId) -> Result<CaseView, Fault> {
        self.look(cx, Verb::View, Which::Id(case)).await
    }

    /// A case by its number, for the caller.
    ///
    /// # Errors
    /// Refused (`no_such_case`) when it is not there or not for the caller.
    pub async fn by_number(&self, cx: &Cx, number: CaseNumber) -> Result<CaseView, Fault> {
        self.look(cx, Verb::View, Which::Number(number)).await
    }

    /// The check before a form is opened: role, relation and state.
    ///
    /// # Errors
    /// The refusal that the verb itself would give.
    pub async fn may(&self, cx: &Cx, verb: Verb, case: CaseId) -> Result<CaseView, Fault> {
        self.look(cx, verb, Which::Id(case)).await
    }

    /// The cases that the caller reported, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn mine(&self, cx: &Cx) -> Result<Vec<CaseLine>, Fault> {
        self.ask("mine", cx, |workflow, cx| async move {
            workflow.lines(&cx).await
        })
        .await
    }

    /// The case that a message belongs to, and why.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn case_of_message(
        &self,
        message: &MessageRef,
    ) -> Result<Option<(CaseId, MessageRole)>, Fault> {
        let (workflow, message) = (self.clone(), message.clone());
        runtime::shield("case_of_message", async move {
            workflow.first_message(&message, false).await
        })
        .await
        .map_err(|failed| Fault::Bug(failed.to_string()))?
        .map(|known| known.map(|known| (known.case, known.role)))
        .map_err(|error| fault(&error))
    }

    /// The policy in force.
    #[must_use]
    pub fn policy(&self) -> Arc<Policy> {
        self.inner.policy.current().policy
    }

    /// Runs a question shielded; asks a busy database again.
    pub(super) async fn ask<T, F, Fut>(
        &self,
        name: &'static str,
        cx: &Cx,
        question: F,
    ) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: Fn(Self, Cx) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, Stop>> + Send + 'static,
    {
        let (workflow, cx) = (self.clone(), cx.clone());
        runtime::shield(name, async move {
            let mut tries = Tries::default();
            loop {
                match question(workflow.clone(), cx.clone()).await {
                    Ok(answer) => return Ok(answer),
                    Err(Stop::Store(error)) if tries.again(&error) => {}
                    Err(stop) => return Err(stop.into()),
                }
            }
        })
        .await
        .unwrap_or_else(|failed| Err(Fault::Bug(failed.to_string())))
    }

    async fn look(&self, cx: &Cx, verb: Verb, which: Which) -> Result<CaseView, Fault> {
        self.ask("look", cx, move |workflow, cx| async move {
            match workflow.view(&cx, verb, which).await {
                Err(Stop::Denied(denied)) => {
                    let refusal = denied.refusal.clone();
                    workflow.record_denied(verb, &cx, *denied).await;
                    Err(Stop::Refused(refusal))
                }
                other => other,
            }
        })
        .await
    }

    async fn view(&self, cx: &Cx, verb: Verb, which: Which) -> Result<CaseView, Stop> {
        let in_force = self.inner.policy.current();
        let policy = &in_force.policy;
        let now = self.inner.clock.now();
        let id = match which {
            Which::Id(id) => Some(id),
            Which::Number(number) => {
                let case = self.inner.store.case_by_number(number).await?;
                case.map(|case| case.id)
            }
        };
        let file = match id {
            Some(id) => self.file(id, now).await?,
            None => None,
        };
        let file = file.ok_or_else(|| Stop::Refused(authority::no_such_case()))?;
        let standing = self.standing(cx, now).await?;
        let relation = relation(&standing.actor, &file, policy);
        let about = Some((&file.case, relation));
        let allowed = authority::check(Verb::View, &standing.actor, about, &policy.role)
            .map_err(|_| authority::no_such_case())
            .and_then(|()| authority::check(verb, &standing.actor, about, &policy.role));
        if let Err(refusal) = allowed {
            let case = Some(file.case.id);
            return Err(Stop::Denied(Box::new(Denied {
                refusal,
                standing,
                case,
            })));
        }
        let person = standing.actor.person();
        next_steps::possible(verb, &file.case, file.escalation.as_ref(), person)?;
        let deadlines = self.inner.store.open_deadlines(file.case.id).await?;
        let deadlines = deadlines.into_iter().map(|open| open.deadline).collect();
        let files = self.inner.store.attachments_of_case(file.case.id).await?;
        let viewer = standing.clone();
        let mut view = shown(standing, relation, file, deadlines, policy);
        if view.view.work {
            view.files = files;
        }
        if view.view.restricted && view.view.work {
            self.record_viewed(cx, &viewer, verb, view.case.id).await?;
        }
        Ok(view)
    }

    async fn lines(&self, cx: &Cx) -> Result<Vec<CaseLine>, Stop> {
        let now = self.inner.clock.now();
        let standing = self.standing(cx, now).await?;
        let Some(person) = standing.actor.person().filter(|_| !standing.is_new()) else {
            return Ok(Vec::new());
        };
        let mut lines = Vec::new();
        for case in self.inner.store.cases_of_reporter(person, MINE).await? {
            let reports = self.inner.store.reports_of_case(case.id).await?;
            let own = reports.iter().find(|report| report.reporter == person);
            let status = match case.merged_into {
                Some(into) => self
                    .inner
                    .store
                    .case_by_id(into.case)
                    .await?
                    .map_or(case.status, |into| into.status),
                None => case.status,
            };
            lines.push(CaseLine {
                case: case.id,
                number: case.number,
                status,
                together: case.merged_into.is_some(),
                reported_at: own.map_or(case.reported_at, |report| report.reported_at),
                title: own.map(start_of).unwrap_or_default(),
            });
        }
        Ok(lines)
    }
}

/// The first line of what a reporter said, or of the message that was reported.
pub(super) fn start_of(report: &EventReport) -> String {
    let snapshot = report
        .snapshot
        .as_ref()
        .map(|snapshot| snapshot.text.as_str());
    [Some(report.text.as_str()), snapshot]
        .into_iter()
        .flatten()
        .flat_map(str::lines)
        .map(str::trim)
        .find(|line| !line.is_empty())
        .map(|line| line.chars().take(TITLE_CAP).collect())
        .unwrap_or_default()
}

/// The part of a case file that its asker may see.
fn shown(
    standing: Standing,
    relation: Relation,
    file: CaseFile,
    deadlines: Vec<Deadline>,
    policy: &Policy,
) -> CaseView {
    let actor = standing.actor;
    let audience = visible::audience(&actor, relation, &file.case);
    let view = visible::visible(&file.case, &audience).among(
        file.into.as_deref(),
        &file.merged,
        &audience,
    );
    let person = actor.person();
    let next = next_steps::sensible(&file.case, file.escalation.as_ref())
        .into_iter()
        .filter(|verb| {
            authority::check(*verb, &actor, Some((&file.case, relation)), &policy.role).is_ok()
                && next_steps::possible(*verb, &file.case, file.escalation.as_ref(), person).is_ok()
        })
        .collect();
    let owner_name = view.owner.as_ref().map(|owner| match owner {
        Owner::Team(team) => team.clone(),
        Owner::Person(person) => file.name(*person).to_owned(),
    });
    let owner = match &view.owner {
        Some(Owner::Person(person)) if view.names => Some(*person),
        _ => None,
    };
    let people = file
        .people
        .iter()
        .filter(|(id, _)| view.work || Some(**id) == person || Some(**id) == owner)
        .map(|(id, person)| (*id, person.name.clone()))
        .collect();
    let reports = file
        .reports
        .iter()
        .filter(|report| view.reports.shows(report));
    CaseView {
        reports: reports.cloned().collect(),
        next,
        missing: if view.work {
            gates::incomplete(&file.case, policy)
        } else {
            Vec::new()
        },
        merged_reporters: file
            .merged
            .iter()
            .filter(|_| view.work)
            .flat_map(|merged| &merged.reports)
            .filter(|report| report.withdrawn_at.is_none())
            .map(|report| report.reporter)
            .collect(),
        files: Vec::new(),
        escalation: file.escalation.filter(|_| view.work),
        owner_name,
        people,
        deadlines: if view.work { deadlines } else { Vec::new() },
        case: file.case,
        view,
        actor,
        relation,
    }
}
