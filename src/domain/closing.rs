//! Closing: an assessment, a category, an outcome that fits, notes, and an answer for every reporter, or no closing (promise 6).
//!
//! Invariants: each piece that was still missing becomes its own entry before the closing; a running escalation is cancelled; every
//! reporter has a [`Body::FeedbackPlanned`] entry, with a message or with the reason why there is none.
//! Neighbours: [`super::gates`] says what is missing, [`super::lifecycle`] reopens.

use super::{
    assessing,
    case::{Closure, Status},
    case_file::CaseFile,
    deadline::DeadlineKind,
    decision::{AlarmKind, Decision, Refusal, RefusalCode},
    details::reachable,
    draft::{Act, Draft},
    escalation_rules,
    event_report::EventReport,
    gates::{self, Missing},
    ids::PersonId,
    input::CloseInput,
    lifecycle::{not_merged, person_of, required, take_if_untaken, wrong_field},
    merging,
    person::Person,
    policy::NOT_SURE,
    severity::Severity,
    timeline::Body,
};
use std::collections::BTreeSet;

/// Close.
///
/// # Errors
/// When it is closed already, something is missing, or the outcome does not fit the assessment.
pub fn close(act: Act<'_>, file: &CaseFile, input: &CloseInput) -> Result<Decision, Refusal> {
    let person = person_of(&act)?;
    not_merged(&file.case)?;
    if file.case.status == Status::Closed {
        return Err(Refusal::new(
            RefusalCode::AlreadyDone,
            format!("{} is closed already.", file.case.number),
        ));
    }
    let notes = required(
        &input.notes,
        "notes",
        "Say in a sentence or two what it was and what was done.",
    )?;
    let mut draft = Draft::change(act, &file.case);
    take_if_untaken(&mut draft, person);
    set_category(&mut draft, input.category.as_deref())?;
    if let Some(assess) = &input.assess {
        assessing::record(&mut draft, person, assess)?;
    }
    if let Some(level) = input.severity
        && draft.case.severity == Severity::Unrated
    {
        draft.case.severity = draft.case.severity.rate(level);
        draft.entry(Body::SeverityChanged {
            from: None,
            to: level,
            reason: "Rated at closing.".to_owned(),
        });
    }
    let missing = gates::missing_to_close(&draft.case, act.at.policy);
    if !missing.is_empty() {
        return Err(lacks(&draft, &missing));
    }
    check_outcome(&draft, &input.outcome)?;
    if let Some(escalation) = file.running() {
        escalation_rules::cancel(&mut draft, escalation);
    }
    end(&mut draft, person, &input.outcome, notes);
    plan_feedback(&mut draft, &file.reports, &|id| file.people.get(&id));
    Ok(merging::answered(act, file, draft.finish()))
}

/// Ends the case, with all that follows from it but the answers.
pub fn end(draft: &mut Draft<'_>, person: PersonId, outcome: &str, notes: String) {
    draft.case.status = Status::Closed;
    draft.case.instants.closed = Some(draft.act().at.now);
    draft.case.closure = Some(Closure {
        outcome: outcome.to_owned(),
        notes: notes.clone(),
        by: person,
    });
    draft.entry(Body::Closed {
        outcome: outcome.to_owned(),
        notes,
    });
    for kind in [
        DeadlineKind::Triage,
        DeadlineKind::Resolve,
        DeadlineKind::RestrictionReview,
    ] {
        draft.met(kind);
    }
    for kind in [
        AlarmKind::TriageOverdue,
        AlarmKind::EscalationFailed,
        AlarmKind::RestrictionDue,
    ] {
        draft.clear(kind);
    }
}

fn set_category(draft: &mut Draft<'_>, chosen: Option<&str>) -> Result<(), Refusal> {
    let Some(chosen) = chosen.filter(|chosen| *chosen != draft.case.category) else {
        return Ok(());
    };
    if chosen == NOT_SURE || draft.act().at.policy.category(chosen).is_none() {
        return Err(wrong_field(
            "category",
            "Choose the category that it turned out to be; a closed case is counted under it.",
        ));
    }
    let from = std::mem::replace(&mut draft.case.category, chosen.to_owned());
    draft.entry(Body::CategorySet {
        from,
        to: chosen.to_owned(),
    });
    Ok(())
}

fn lacks(draft: &Draft<'_>, missing: &[Missing]) -> Refusal {
    let how = if missing.contains(&Missing::Severity)
        || missing
            .iter()
            .any(|m| matches!(m, Missing::AlertId | Missing::Account | Missing::Links))
    {
        " Press Triage to fill it in."
    } else {
        ""
    };
    let mut refusal = Refusal::new(
        RefusalCode::WrongState,
        format!(
            "{} cannot be closed yet. Still missing: {}.{how}",
            draft.case.number,
            gates::phrase(missing)
        ),
    );
    for missing in missing {
        let field = match missing {
            Missing::Assessment => "result",
            other => other.as_str(),
        };
        refusal.fields.insert(
            field.to_owned(),
            format!("Still missing: {}.", missing.words()),
        );
    }
    refusal
}

fn check_outcome(draft: &Draft<'_>, outcome: &str) -> Result<(), Refusal> {
    let policy = draft.act().at.policy;
    let found = draft.case.assessment;
    match policy.outcome(outcome) {
        Some(known) if known.fits.contains(&found) => Ok(()),
        known => {
            let fitting: Vec<&str> = policy
                .outcome
                .iter()
                .filter(|outcome| outcome.fits.contains(&found))
                .map(|outcome| outcome.label.as_str())
                .collect();
            let what = known.map_or("This outcome is not in the policy.".to_owned(), |known| {
                format!("\"{}\" does not fit what it was found to be.", known.label)
            });
            Err(wrong_field(
                "outcome",
                &format!("{what} Choose one of: {}.", fitting.join(", ")),
            ))
        }
    }
}

/// Plans the answer to each reporter of `reports`, one for each, or records why there is none.
pub fn plan_feedback<'p>(
    draft: &mut Draft<'_>,
    reports: &[EventReport],
    person: &dyn Fn(PersonId) -> Option<&'p Person>,
) {
    let reporters: BTreeSet<PersonId> = reports.iter().map(|report| report.reporter).collect();
    let mut told = false;
    for reporter in reporters {
        let own = || reports.iter().filter(|report| report.reporter == reporter);
        let standing = || own().filter(|report| report.withdrawn_at.is_none());
        let answer = standing().find(|report| reachable(report, person(reporter)));
        let (report, reason) = match (answer, standing().next(), own().next()) {
            (Some(report), _, _) => (report, None),
            (None, Some(report), _) => (report, Some("No chat account of the reporter is known.")),
            (None, None, Some(report)) => (report, Some("The reporter withdrew the report.")),
            (None, None, None) => continue,
        };
        let entry = draft.system_entry(Body::FeedbackPlanned {
            report: report.id,
            person: reporter,
            not_told_because: reason.map(str::to_owned),
        });
        if reason.is_none() {
            told = true;
            draft.feedback(report.id, reporter, report.reply_to.clone(), entry);
        }
    }
    if told {
        let seconds = draft.act().at.policy.targets.feedback_seconds;
        let due = draft.act().in_seconds(seconds);
        draft.due(DeadlineKind::Feedback, due, None);
    }
}
