//! Authority: which role, or which relation to a case, may do which verb. One table, checked on every surface (promise 7).
//!
//! The rules beyond the table:
//! - Authority comes from role grants and from one's relation to the case alone. To be on call is a duty to respond, so the on-call
//!   roles work on cases as responders do.
//! - Somebody who may not see a case gets the same answer as for a number that does not exist.
//! - A restricted case may be seen and worked on by the SOC lead, the incident commander, privacy and legal (who only read),
//!   its person owner, whoever is paged for it, and its reporters (who only see what they said). Other responders know its number,
//!   and may take it while nobody has: else a case that concerns a colleague would lie there when the lead is away. From then on they are its owner.
//! - People of other organisations and guests report, and add to or withdraw what they reported; nothing else.
//!
//! Invariants: every verb has exactly one row; a refusal names roles by their labels, never people.
//! Neighbours: [`super::visible`] decides what is shown by the same relation; `workflow` asks here first and records refusals.

use super::{
    case::{Case, Owner},
    decision::{Refusal, RefusalCode},
    escalation::{Escalation, Run},
    event_report::EventReport,
    person::{Actor, Role, Who},
    policy::{EscalationPolicy, RoleLabel},
};

pub use super::verb::Verb;

/// How an actor stands to one case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Relation {
    /// Has a report in it.
    pub reporter: bool,
    /// Is its person owner.
    pub owner: bool,
    /// Is paged for it now, or has a role that the running escalation pages.
    pub paged: bool,
}

impl Relation {
    /// How `actor` stands to `case`, by its reports and its last escalation (with the escalation policy that it runs by).
    #[must_use]
    pub fn of(
        actor: &Actor,
        case: &Case,
        reports: &[EventReport],
        escalation: Option<(&Escalation, Option<&EscalationPolicy>)>,
    ) -> Self {
        let Some(person) = actor.person() else {
            return Self::default();
        };
        let paged = escalation.is_some_and(|(escalation, policy)| match &escalation.run {
            Run::Running { paged, .. } => {
                *paged == person
                    || policy.is_some_and(|p| p.step.iter().any(|s| actor.roles.contains(&s.role)))
            }
            Run::Acknowledged { by, .. } => *by == person,
            Run::Failed { .. } | Run::Cancelled { .. } => false,
        });
        Self {
            reporter: reports.iter().any(|report| report.reporter == person),
            owner: case.owner == Owner::Person(person),
            paged,
        }
    }
}

/// The roles that work on cases.
pub const WORKERS: &[Role] = &[
    Role::Responder,
    Role::SocLead,
    Role::IncidentCommander,
    Role::OnCallPrimary,
    Role::OnCallBackup,
];
/// The roles that see a restricted case without being its owner or paged for it.
pub const RESTRICTED: &[Role] = &[Role::SocLead, Role::IncidentCommander, Role::PrivacyLegal];
/// The roles that read cases and change nothing.
pub const READERS: &[Role] = &[Role::Auditor, Role::PrivacyLegal, Role::Executive];

/// One row of the table: who may do a verb. Any of the ways suffices.
#[derive(Debug, Clone, Copy)]
struct Row {
    verb: Verb,
    /// Everybody, people of other organisations too.
    anybody: bool,
    /// Everybody of the organisation.
    insider: bool,
    /// Whoever has one of these roles.
    roles: &'static [Role],
    /// Whoever reported something of the case.
    reporter: bool,
    /// Whoever is paged for the case.
    paged: bool,
    /// The product itself.
    system: bool,
}

const NOBODY: Row = Row {
    verb: Verb::View,
    anybody: false,
    insider: false,
    roles: &[],
    reporter: false,
    paged: false,
    system: false,
};

const fn anybody(verb: Verb) -> Row {
    Row {
        verb,
        anybody: true,
        system: true,
        ..NOBODY
    }
}

const fn workers(verb: Verb) -> Row {
    Row {
        verb,
        roles: WORKERS,
        ..NOBODY
    }
}

/// The authorisation table.
const TABLE: &[Row] = &[
    anybody(Verb::Open),
    Row {
        insider: true,
        ..workers(Verb::Join)
    },
    // The thread of a card is in the private queue channel, the thread of a receipt in a direct conversation: whoever can write
    // there is heard, and what is said becomes the record, not an act on the case.
    Row {
        insider: true,
        reporter: true,
        paged: true,
        ..workers(Verb::Attach)
    },
    // What somebody did to a message is a fact to record, not a wish to grant.
    anybody(Verb::MessageChanged),
    anybody(Verb::MessageDeleted),
    Row {
        reporter: true,
        ..workers(Verb::AddDetails)
    },
    Row {
        verb: Verb::Withdraw,
        reporter: true,
        ..NOBODY
    },
    Row {
        paged: true,
        ..workers(Verb::Take)
    },
    workers(Verb::Triage),
    workers(Verb::Assess),
    workers(Verb::SetSeverity),
    workers(Verb::Escalate),
    Row {
        paged: true,
        ..workers(Verb::Acknowledge)
    },
    Row {
        paged: true,
        ..workers(Verb::Note)
    },
    workers(Verb::Close),
    workers(Verb::Reopen),
    // Checked for the other case of a merge, too.
    workers(Verb::Merge),
    workers(Verb::Unmerge),
    Row {
        roles: &[
            Role::Responder,
            Role::SocLead,
            Role::IncidentCommander,
            Role::OnCallPrimary,
            Role::OnCallBackup,
            Role::Auditor,
            Role::PrivacyLegal,
            Role::Executive,
        ],
        reporter: true,
        paged: true,
        system: true,
        ..workers(Verb::View)
    },
    Row {
        insider: true,
        verb: Verb::Link,
        ..NOBODY
    },
    Row {
        verb: Verb::Tick,
        system: true,
        ..NOBODY
    },
    Row {
        verb: Verb::AdoptPolicy,
        roles: &[Role::Operator],
        system: true,
        ..NOBODY
    },
    Row {
        verb: Verb::SeedDirectory,
        roles: &[Role::Operator],
        system: true,
        ..NOBODY
    },
];

/// What somebody hears who asks for a case that is not there, or not for them.
#[must_use]
pub fn no_such_case() -> Refusal {
    Refusal::new(
        RefusalCode::NoSuchCase,
        "There is no such case among those that you may see. Your own cases: /secevent mine.",
    )
}

/// Whether `actor` may know more of the case than its number.
#[must_use]
pub fn sees_substance(actor: &Actor, relation: Relation, case: &Case) -> bool {
    if actor.who == Who::System {
        return true;
    }
    if actor.outsider {
        return false;
    }
    if relation.owner || relation.paged {
        return true;
    }
    if case.handling.restricted.is_some() {
        actor.has_any(RESTRICTED)
    } else {
        actor.has_any(WORKERS) || actor.has_any(&[Role::Auditor, Role::PrivacyLegal])
    }
}

/// Whether `actor` may do `verb`; `case` is the case it is about and how the actor stands to it. `labels` are the policy's.
///
/// # Errors
/// The refusal, as a sentence that says who can.
pub fn check(
    verb: Verb,
    actor: &Actor,
    case: Option<(&Case, Relation)>,
    labels: &[RoleLabel],
) -> Result<(), Refusal> {
    let Some(row) = TABLE.iter().find(|row| row.verb == verb) else {
        return Err(not_allowed(verb, &[], labels));
    };
    let relation = case.map(|(_, relation)| relation).unwrap_or_default();
    if actor.who == Who::System {
        return if row.system {
            Ok(())
        } else {
            Err(not_allowed(verb, row.roles, labels))
        };
    }
    if row.anybody {
        return Ok(());
    }
    if actor.outsider {
        return if row.reporter && relation.reporter {
            Ok(())
        } else {
            Err(hidden_or(case, verb, row, labels))
        };
    }
    if (row.insider) || (row.reporter && relation.reporter) || (row.paged && relation.paged) {
        return Ok(());
    }
    if !actor.has_any(row.roles) {
        return Err(hidden_or(
            case.filter(|(case, relation)| !knows_of(actor, *relation, case)),
            verb,
            row,
            labels,
        ));
    }
    match case {
        Some((case, relation)) if case.handling.restricted.is_some() => {
            restricted(verb, actor, relation, case, row, labels)
        }
        _ => Ok(()),
    }
}

/// The rule for restricted cases, for somebody who has a role that would do for any other case.
fn restricted(
    verb: Verb,
    actor: &Actor,
    relation: Relation,
    case: &Case,
    row: &Row,
    labels: &[RoleLabel],
) -> Result<(), Refusal> {
    if sees_substance(actor, relation, case) {
        return Ok(());
    }
    let untaken = matches!(case.owner, Owner::Team(_));
    if verb == Verb::Take && untaken && actor.has_any(WORKERS) {
        return Ok(());
    }
    if verb == Verb::View {
        return if actor.has_any(WORKERS) {
            Ok(())
        } else {
            Err(no_such_case())
        };
    }
    let who: Vec<Role> = row
        .roles
        .iter()
        .copied()
        .filter(|role| RESTRICTED.contains(role))
        .collect();
    let mut refusal = not_allowed(verb, &who, labels);
    refusal.sentence = format!(
        "This case is restricted. {} {}",
        refusal.sentence,
        if untaken {
            "You can take it while nobody else has."
        } else {
            "Its owner can, too."
        }
    );
    Err(refusal)
}

/// Whether somebody without the role for a verb may at least know that the case exists.
fn knows_of(actor: &Actor, relation: Relation, case: &Case) -> bool {
    relation.reporter || sees_substance(actor, relation, case) || actor.has_any(WORKERS)
}

fn hidden_or(
    case: Option<(&Case, Relation)>,
    verb: Verb,
    row: &Row,
    labels: &[RoleLabel],
) -> Refusal {
    match case {
        Some((_, relation)) if !relation.reporter => no_such_case(),
        _ => not_allowed(verb, row.roles, labels),
    }
}

fn not_allowed(verb: Verb, roles: &[Role], labels: &[RoleLabel]) -> Refusal {
    let what = match verb {
        Verb::Take => "take a case",
        Verb::Triage => "triage a case",
        Verb::Assess => "decide whether an event is an incident",
        Verb::SetSeverity => "change the severity",
        Verb::Escalate => "escalate",
        Verb::Acknowledge => "acknowledge this page",
        Verb::Note => "add a note",
        Verb::Close => "close a case",
        Verb::Reopen => "reopen a case",
        Verb::Merge => "merge cases",
        Verb::Unmerge => "undo a merge",
        Verb::Withdraw => "withdraw this report",
        Verb::AddDetails => "add details to this case",
        _ => "do this",
    };
    let sentence = match either(roles, labels) {
        Some(who) => format!("You cannot {what}. {who} can; ask in the queue channel."),
        None => format!("You cannot {what}."),
    };
    Refusal::new(RefusalCode::NotAllowed, sentence)
}

/// "Responder, SOC lead or Incident commander", by the policy's labels.
fn either(roles: &[Role], labels: &[RoleLabel]) -> Option<String> {
    let names: Vec<String> = roles.iter().map(|role| label(*role, labels)).collect();
    match names.split_last()? {
        (last, []) => Some(last.clone()),
        (last, rest) => Some(format!("{} or {last}", rest.join(", "))),
    }
}

/// The policy's label of a role, or its word.
#[must_use]
pub fn label(role: Role, labels: &[RoleLabel]) -> String {
    labels.iter().find(|label| label.role == role).map_or_else(
        || role.as_str().replace('_', " "),
        |label| label.label.clone(),
    )
}

/// How many rows of the table a verb has.
#[cfg(test)]
pub(super) fn rows(verb: Verb) -> usize {
    TABLE.iter().filter(|row| row.verb == verb).count()
}
