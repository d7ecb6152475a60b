//! Questions: what callers may know, read for an audience. Nothing here writes.
//!
//! Invariants: a case that the asker may not see answers like an unknown number; reports, names and deadlines are handed out
//! only as far as [`visible`](crate::domain::visible) allows. Neighbours: `chat` renders the answers, `cli` prints them.

use super::{Cx, Fault, Workflow};
use crate::domain::{
    authority::{Relation, Verb},
    case::{Case, Status},
    clock::Timestamp,
    deadline::Deadline,
    decision::MessageRole,
    escalation::Escalation,
    event_report::{EventReport, MessageRef},
    gates::Missing,
    ids::{CaseId, CaseNumber, PersonId},
    person::{Actor, Person, Role},
    policy::{Contacts, Policy},
    visible::View,
};
use std::{collections::BTreeMap, sync::Arc};

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
    /// What the case still lacks.
    pub missing: Vec<Missing>,
    /// Its last escalation, if the work may be shown.
    pub escalation: Option<Escalation>,
    /// Name of the person owner, or of the team; absent if names may not be shown.
    pub owner_name: Option<String>,
    /// Names of the people that the shown parts mention; empty if names may not be shown.
    pub people: BTreeMap<PersonId, String>,
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
    /// Where it stands.
    pub status: Status,
    /// When the asker reported it.
    pub reported_at: Timestamp,
    /// Start of what the asker said.
    pub title: String,
}

fn later() -> Fault {
    Fault::Bug("not built yet".into())
}

impl Workflow {
    /// Who calls: roles granted now, and the person if it is known.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn who(&self, cx: &Cx) -> Result<(Actor, Option<Person>), Fault> {
        let _ = cx;
        Err(later())
    }

    /// A case for the caller.
    ///
    /// # Errors
    /// Refused (`no_such_case`) when it is not there or not for the caller.
    pub async fn case_view(&self, cx: &Cx, case: CaseId) -> Result<CaseView, Fault> {
        let _ = (cx, case);
        Err(later())
    }

    /// The check before a form is opened: role, relation and state.
    ///
    /// # Errors
    /// The refusal that the verb itself would give.
    pub async fn may(&self, cx: &Cx, verb: Verb, case: CaseId) -> Result<CaseView, Fault> {
        let _ = (cx, verb, case);
        Err(later())
    }

    /// The caller's own cases, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn mine(&self, cx: &Cx) -> Result<Vec<CaseLine>, Fault> {
        let _ = cx;
        Err(later())
    }

    /// A case by its number, for the caller.
    ///
    /// # Errors
    /// Refused (`no_such_case`) when it is not there or not for the caller.
    pub async fn by_number(&self, cx: &Cx, number: CaseNumber) -> Result<CaseView, Fault> {
        let _ = (cx, number);
        Err(later())
    }

    /// Who is paged now, by role of the default escalation policy.
    ///
    /// # Errors
    /// Refused to outsiders.
    pub async fn on_call(&self, cx: &Cx) -> Result<Vec<(Role, Option<Person>)>, Fault> {
        let _ = cx;
        Err(later())
    }

    /// The point of contact, and the urgent contacts (left out for outsiders).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn contacts(&self, cx: &Cx) -> Result<Contacts, Fault> {
        let _ = cx;
        Err(later())
    }

    /// The case that a message belongs to, and why.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn case_of_message(
        &self,
        message: &MessageRef,
    ) -> Result<Option<(CaseId, MessageRole)>, Fault> {
        let _ = message;
        Err(later())
    }

    /// The policy in force.
    #[must_use]
    pub fn policy(&self) -> Arc<Policy> {
        self.inner.policy.current().policy
    }
}
