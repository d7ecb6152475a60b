//! Signatures of the verbs; each moves into its own file as it is built.
use super::*;
use crate::domain::{
    event_report::{Details, MessageRef},
    ids::{CaseId, EscalationId, PersonId, ReportId},
    person::{Person, RoleGrant},
    policy::Policy,
    severity::Level,
};

fn later() -> Fault {
    Fault::Bug("not built yet".into())
}

macro_rules! verbs {
    ($($(#[$doc:meta])* $name:ident ( $($arg:ident : $ty:ty),* );)+) => {
        impl Workflow {
            $(
            $(#[$doc])*
            ///
            /// # Errors
            /// Refused in words, not stored, or a fault of ours.
            pub async fn $name(&self, cx: &Cx, $($arg: $ty),*) -> Result<Done, Fault> {
                let _ = (cx, $($arg),*);
                Err(later())
            }
            )+
        }
    };
}

verbs! {
    /// Opens a case, or joins the case that the snapshot's message has already (`Done::Joined`).
    open(report: NewReport);
    /// Another reporter of a case, by a reaction on one of our cards.
    join(case: CaseId, text: String);
    /// A message in a thread of a case; `Done::Nothing` without a write when the thread belongs to none.
    attach(reply: Reply);
    /// A message of the record was edited; `Done::Nothing` when it belongs to no case.
    message_changed(message: MessageRef, text: String);
    /// A message of the record was deleted; `Done::Nothing` when it belongs to no case.
    message_deleted(message: MessageRef);
    /// More about a case, by its reporter or a responder.
    add_details(case: CaseId, details: Details);
    /// Withdraws one's own report; the case stays.
    withdraw(report: ReportId);
    /// Becomes the owner.
    take(case: CaseId);
    /// Sorts and rates.
    triage(case: CaseId, input: TriageInput);
    /// Decides event or incident.
    assess(case: CaseId, input: AssessInput);
    /// Changes the severity.
    set_severity(case: CaseId, level: Level, reason: String);
    /// Calls the first step of the escalation policy.
    escalate(case: CaseId, reason: String);
    /// Answers a page.
    acknowledge(escalation: EscalationId);
    /// Writes a note.
    note(case: CaseId, input: NoteInput);
    /// Ends a case.
    close(case: CaseId, input: CloseInput);
    /// Begins again.
    reopen(case: CaseId, reason: String);
}

impl Workflow {
    /// Fires what is due, as the product itself. One step, no loop.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn tick(&self) -> Result<TickReport, Fault> {
        Err(later())
    }

    /// Stores the policy as a version, if it differs from the one in force, and puts it in force.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn adopt_policy(&self, policy: Policy) -> Result<(), Fault> {
        let _ = policy;
        Err(later())
    }

    /// Takes over the people and grants of the directory file; grants of the file that it no longer names are revoked.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn seed_directory(
        &self,
        people: Vec<Person>,
        grants: Vec<(PersonId, crate::domain::person::Role)>,
    ) -> Result<(), Fault> {
        let _ = (people, grants, None::<RoleGrant>);
        Err(later())
    }
}
