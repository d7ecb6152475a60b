//! Next steps: what makes sense for a case in its state, and whether a verb is possible in it at all.
//!
//! Invariants: what is offered is possible; a refusal says what to do instead. Who may do it is [`super::authority`]'s question.
//! Neighbours: the case card shows [`sensible`] steps, forms are opened only after [`possible`].

use super::{
    authority::Verb,
    case::{Case, Owner, Status},
    decision::{Refusal, RefusalCode},
    escalation::{Escalation, Run},
    ids::PersonId,
    lifecycle::{not_merged, open_only},
    merging,
    severity::Severity,
};

/// The steps that bring the case on, the most useful first: what the card offers. The other verbs stay possible by other doors.
///
/// A restricted case keeps to itself whether it is rated: it does not offer to rate it anew.
#[must_use]
pub fn sensible(case: &Case, escalation: Option<&Escalation>) -> Vec<Verb> {
    if case.status == Status::Closed {
        return vec![if case.merged_into.is_some() {
            Verb::Unmerge
        } else {
            Verb::Reopen
        }];
    }
    let run = escalation.map(|escalation| &escalation.run);
    let failed = matches!(run, Some(Run::Failed { .. }));
    let worked_on = case.status != Status::New;
    let rated = case.severity != Severity::Unrated && case.handling.restricted.is_none();
    let steps = [
        (Verb::Acknowledge, is_running(escalation)),
        (Verb::Take, matches!(case.owner, Owner::Team(_))),
        // Both may be done anew: what was known and decided first stays in the timeline.
        (Verb::Triage, true),
        (Verb::Assess, worked_on),
        (Verb::SetSeverity, worked_on && rated),
        // Once more, if nobody answered.
        (Verb::Escalate, case.status != Status::Escalated || failed),
        (Verb::Note, worked_on),
        (Verb::Close, true),
        (Verb::Merge, !is_running(escalation)),
    ];
    steps
        .into_iter()
        .filter_map(|(verb, now)| now.then_some(verb))
        .collect()
}

/// Whether the state of the case allows the verb to this person.
///
/// # Errors
/// The refusal that the verb itself would give.
pub fn possible(
    verb: Verb,
    case: &Case,
    escalation: Option<&Escalation>,
    person: Option<PersonId>,
) -> Result<(), Refusal> {
    let already = |sentence: String| Err(Refusal::new(RefusalCode::AlreadyDone, sentence));
    let number = case.number;
    match verb {
        Verb::Take => {
            open_only(case, "take it")?;
            match person {
                Some(person) if case.owner == Owner::Person(person) => {
                    already(format!("{number} is yours already."))
                }
                _ => Ok(()),
            }
        }
        Verb::Triage => open_only(case, "triage it"),
        Verb::Assess => open_only(case, "assess it"),
        Verb::SetSeverity => open_only(case, "change its severity"),
        Verb::Escalate => {
            open_only(case, "escalate it")?;
            if is_running(escalation) {
                return already(format!("{number} is being escalated already."));
            }
            Ok(())
        }
        Verb::Merge => merging::may_go(case, escalation),
        Verb::Unmerge => merging::is_merged(case).map(|_| ()),
        Verb::Close | Verb::Reopen if case.merged_into.is_some() => not_merged(case),
        Verb::Close if case.status == Status::Closed => {
            already(format!("{number} is closed already."))
        }
        Verb::Reopen if case.status != Status::Closed => {
            already(format!("{number} is open already."))
        }
        _ => Ok(()),
    }
}

fn is_running(escalation: Option<&Escalation>) -> bool {
    escalation.is_some_and(|escalation| matches!(escalation.run, Run::Running { .. }))
}
