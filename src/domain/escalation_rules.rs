//! Escalation: start, acknowledge, unanswered, undeliverable. Every page ends in a fact (promise 4).
//!
//! Invariants: a running escalation has exactly one open page and one open `acknowledge` deadline; a step is repeated as often as the
//! policy says, then the next one is paged; a page that cannot be delivered climbs at once; a step with nobody on call is skipped
//! on the record and alarmed; after the last step the failure is told to the escalator, the queue and the thread, and stays an alarm.
//! Neighbours: `workflow/escalate`, `workflow/acknowledge`, `workflow/tick`; `delivery` calls [`page_failed`].

use super::{
    case::Status,
    case_file::{CaseFile, OnCall},
    deadline::DeadlineKind,
    decision::{AlarmChange, AlarmKind, Decision, Refusal, RefusalCode},
    draft::{Act, Draft},
    escalation::{Escalation, Run},
    ids::{EscalationId, OutboxId, PersonId},
    lifecycle::{open_only, person_of, required},
    notification::Topic,
    person::Role,
    policy::{EscalationPolicy, EscalationStep, Policy},
    timeline::Body,
};

/// Starts a run. Legal from `new` and with incomplete data (R68).
///
/// # Errors
/// When the case is closed, a run is under way, or the reason is missing.
pub fn start(
    act: Act<'_>,
    file: &CaseFile,
    on_call: &OnCall,
    reason: &str,
) -> Result<Decision, Refusal> {
    let person = person_of(&act)?;
    open_only(&file.case, "escalate it")?;
    if let Some(Run::Running { paged, .. }) = file.running().map(|escalation| &escalation.run) {
        return Err(Refusal::new(
            RefusalCode::AlreadyDone,
            format!(
                "{} is being escalated already: {} was paged and has not acknowledged yet.",
                file.case.number,
                file.name(*paged)
            ),
        ));
    }
    let reason = required(reason, "reason", "Say in a few words why you escalate.")?;
    let Some(rules) = act.at.policy.escalation.first() else {
        return Err(Refusal::new(
            RefusalCode::WrongState,
            "The policy has no escalation policy. Call the urgent contacts by phone, and tell the operator.",
        ));
    };
    let mut draft = Draft::change(act, &file.case);
    let id = EscalationId::new(act.at.entropy, act.at.now);
    draft.case.status = Status::Escalated;
    draft.case.instants.escalated.get_or_insert(act.at.now);
    draft.entry(Body::Escalated {
        escalation: id,
        policy: rules.id.clone(),
        reason: reason.clone(),
    });
    let begun = Begun {
        id,
        policy: rules.id.clone(),
        by: person,
        reason,
    };
    climb(&mut draft, &begun.escalation(&act, file), on_call, 0);
    Ok(draft.finish())
}

/// What is fixed at the start of a run.
struct Begun {
    id: EscalationId,
    policy: String,
    by: PersonId,
    reason: String,
}

impl Begun {
    fn escalation(self, act: &Act<'_>, file: &CaseFile) -> Escalation {
        Escalation {
            id: self.id,
            case: file.case.id,
            policy: self.policy,
            by: self.by,
            reason: self.reason,
            started_at: act.at.now,
            // Replaced before it is recorded: the first page, or the failure to find anybody.
            run: Run::Failed { at: act.at.now },
        }
    }
}

/// Somebody answers the page.
///
/// # Errors
/// When the run has ended: who acknowledged, or what to do instead.
pub fn acknowledge(
    act: Act<'_>,
    file: &CaseFile,
    escalation: EscalationId,
) -> Result<Decision, Refusal> {
    let person = person_of(&act)?;
    let number = file.case.number;
    let known = file
        .escalation
        .as_ref()
        .filter(|known| known.id == escalation)
        .ok_or_else(|| {
            Refusal::new(
                RefusalCode::TooLate,
                format!("This escalation of {number} is over; a later one has taken its place."),
            )
        })?;
    let page = match &known.run {
        Run::Running { page, .. } => *page,
        Run::Acknowledged { by, .. } => {
            let who = if *by == person {
                "You have"
            } else {
                file.name(*by)
            };
            let has = if *by == person { "" } else { " has" };
            return Err(Refusal::new(
                RefusalCode::AlreadyDone,
                format!("{who}{has} acknowledged the escalation of {number} already."),
            ));
        }
        Run::Failed { .. } => {
            return Err(Refusal::new(
                RefusalCode::TooLate,
                format!(
                    "Nobody acknowledged the escalation of {number} in time, and that was told. Take the case to show that you are on it."
                ),
            ));
        }
        Run::Cancelled { .. } => {
            return Err(Refusal::new(
                RefusalCode::TooLate,
                format!("{number} was closed in the meantime. There is nothing to acknowledge."),
            ));
        }
    };
    let mut draft = Draft::change(act, &file.case);
    let run = Run::Acknowledged {
        by: person,
        at: act.at.now,
    };
    draft.parts().escalations.push(Escalation {
        run,
        ..known.clone()
    });
    let entry = draft.entry(Body::Acknowledged { escalation, page });
    draft.met(DeadlineKind::Acknowledge);
    draft.parts().cancel_pages.push(escalation);
    draft.clear(AlarmKind::EscalationFailed);
    draft.thread_note(Topic::PageAcknowledged, Some(person), entry);
    Ok(draft.finish())
}

/// The `acknowledge` deadline passed: once more, the next step, or the failure.
#[must_use]
pub fn unanswered(act: Act<'_>, file: &CaseFile, on_call: &OnCall) -> Decision {
    let mut draft = Draft::change(act, &file.case);
    let Some((
        escalation,
        &Run::Running {
            step,
            attempt,
            paged,
            ..
        },
    )) = file
        .running()
        .map(|escalation| (escalation, &escalation.run))
    else {
        // It was answered in the meantime: nothing was missed.
        draft.met(DeadlineKind::Acknowledge);
        draft.without_card();
        return draft.finish();
    };
    let entry = draft.entry(Body::Unanswered {
        escalation: escalation.id,
        step,
        attempt,
        person: paged,
    });
    draft.missed(DeadlineKind::Acknowledge);
    let again = rules_of(act.at.policy, escalation)
        .and_then(|rules| rules.step.get(step as usize))
        .filter(|rule| attempt < rule.tries)
        .and_then(|rule| Some((rule, on_call.first(rule.role)?)));
    match again {
        Some((rule, person)) => page(&mut draft, escalation, rule, (step, attempt + 1), person),
        None => climb(&mut draft, escalation, on_call, step + 1),
    }
    draft.thread_note(Topic::PageUnanswered, Some(paged), entry);
    draft.finish()
}

/// A page could not be delivered: the next step is paged at once. Called by delivery when the row gave up.
#[must_use]
pub fn page_failed(
    act: Act<'_>,
    file: &CaseFile,
    on_call: &OnCall,
    failed: OutboxId,
    person: PersonId,
    reason: &str,
) -> Decision {
    let mut draft = Draft::change(act, &file.case);
    draft.system_entry(Body::SendFailed {
        notification: failed,
        what: "page".to_owned(),
        person,
        reason: reason.to_owned(),
    });
    if let Some(escalation) = file.running()
        && let Run::Running { step, page, .. } = escalation.run
        && page == failed
    {
        // The wait for this page is over; the next page sets its own deadline.
        draft.missed(DeadlineKind::Acknowledge);
        climb(&mut draft, escalation, on_call, step + 1);
    }
    draft.finish()
}

/// The case ends while somebody is being called.
pub fn cancel(draft: &mut Draft<'_>, escalation: &Escalation) {
    let at = draft.act().at.now;
    draft.parts().escalations.push(Escalation {
        run: Run::Cancelled { at },
        ..escalation.clone()
    });
    draft.entry(Body::EscalationCancelled {
        escalation: escalation.id,
    });
    draft.met(DeadlineKind::Acknowledge);
    draft.parts().cancel_pages.push(escalation.id);
}

/// Pages the first step from `from` on that has somebody on call; if none has, the run fails.
fn climb(draft: &mut Draft<'_>, escalation: &Escalation, on_call: &OnCall, from: u32) {
    let policy = draft.act().at.policy;
    let steps = rules_of(policy, escalation).map_or(&[][..], |rules| rules.step.as_slice());
    for (step, rule) in (0u32..).zip(steps).skip(from as usize) {
        if let Some(person) = on_call.first(rule.role) {
            page(draft, escalation, rule, (step, 1), person);
            return;
        }
        let label = super::authority::label(rule.role, &policy.role);
        draft.system_entry(Body::Noted {
            text: format!(
                "Nobody is {label} now: step {} of the escalation was skipped.",
                step + 1
            ),
        });
        draft.parts().alarms.push(nobody(rule.role, &label));
    }
    let reason = if from == 0 {
        "Nobody of the escalation policy could be paged."
    } else {
        "Nobody acknowledged."
    };
    fail(draft, escalation, reason);
}

fn nobody(role: Role, label: &str) -> AlarmChange {
    AlarmChange::Raise {
        kind: AlarmKind::NobodyOnCall,
        subject: role.to_string(),
        text: format!(
            "Nobody is {label}, but the escalation policy pages that role. Grant it in the directory."
        ),
    }
}

fn page(
    draft: &mut Draft<'_>,
    escalation: &Escalation,
    rule: &EscalationStep,
    (step, attempt): (u32, u32),
    person: PersonId,
) {
    let page = draft.page(escalation.id, step, attempt, person);
    draft.parts().escalations.push(Escalation {
        run: Run::Running {
            step,
            attempt,
            page,
            paged: person,
        },
        ..escalation.clone()
    });
    draft.system_entry(Body::Paged {
        escalation: escalation.id,
        step,
        attempt,
        page,
        person,
        role: rule.role,
    });
    let act = draft.act();
    let rated = draft
        .case
        .severity
        .level()
        .and_then(|level| act.at.policy.severity(level));
    let wait = rated.map_or(rule.wait_seconds, |rated| rated.acknowledge_seconds);
    draft.due(
        DeadlineKind::Acknowledge,
        act.in_seconds(wait),
        Some(escalation.id),
    );
    draft.parts().alarms.push(AlarmChange::Clear {
        kind: AlarmKind::NobodyOnCall,
        subject: rule.role.to_string(),
    });
}

fn fail(draft: &mut Draft<'_>, escalation: &Escalation, reason: &str) {
    let at = draft.act().at.now;
    draft.parts().escalations.push(Escalation {
        run: Run::Failed { at },
        ..escalation.clone()
    });
    let entry = draft.system_entry(Body::EscalationFailed {
        escalation: escalation.id,
        reason: reason.to_owned(),
    });
    let text = format!(
        "{reason} Call the urgent contacts by phone, then take {}.",
        draft.subject()
    );
    draft.alarm(AlarmKind::EscalationFailed, text);
    draft.direct_notice(
        Topic::EscalationFailed,
        (escalation.by, None),
        None,
        None,
        entry,
    );
    draft.queue_notice(Topic::EscalationFailed, None, entry);
    draft.thread_note(Topic::EscalationFailed, None, entry);
}

/// The escalation policy that a run follows; the default if it is no longer in the policy.
#[must_use]
pub fn rules_of<'p>(policy: &'p Policy, escalation: &Escalation) -> Option<&'p EscalationPolicy> {
    policy
        .escalation
        .iter()
        .find(|rules| rules.id == escalation.policy)
        .or_else(|| policy.escalation.first())
}
