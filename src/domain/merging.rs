//! Merging: two cases are the same matter, so one goes on and the other is worked on there; and undoing that.
//!
//! Invariants: both records are kept, each names the other; the case that goes away is closed as a duplicate, with an assessment, and its
//! reporters hear it at once and the outcome when the other one is closed; no chains, so a merged case is one step from where it is worked on;
//! both take the stricter handling; both changes are one decision, checked against both versions (docs/decisions/merging-cases.md).
//! Neighbours: [`super::closing`] answers the reporters of all, `workflow/merge`.

use super::{
    assessing,
    assessment::Assessment,
    case::{Case, MergedInto, Status},
    case_file::CaseFile,
    closing,
    deadline::DeadlineKind,
    decision::{AlarmKind, CaseChange, Decision, Refusal, RefusalCode},
    details::reachable_reporters,
    draft::{Act, Draft},
    escalation::{Escalation, Run},
    handling::{Handling, Restriction, Tlp},
    ids::{CaseNumber, PersonId},
    input::AssessInput,
    lifecycle::{
        begin_again, not_merged, open_only, person_of, required, take_if_untaken, wrong_field,
    },
    notification::Topic,
    person::Who,
    policy::{Outcome, Policy},
    timeline::Body,
};
use std::collections::{BTreeMap, BTreeSet};

/// The field of the other case's number.
pub const INTO: &str = "into";

/// Merge: `file` is worked on in `into` from now on.
///
/// # Errors
/// When either is closed, merged or a target already, an escalation runs, or the reason is missing.
pub fn merge(
    act: Act<'_>,
    file: &CaseFile,
    into: &CaseFile,
    reason: &str,
) -> Result<Decision, Refusal> {
    let person = person_of(&act)?;
    may_go(&file.case, file.escalation.as_ref())?;
    may_take_in(file, into)?;
    let outcome = outcome_of(act.at.policy)?.id.clone();
    let reason = required(reason, "reason", "Say why both are the same matter.")?;
    let (number, other) = (file.case.number, into.case.number);
    let both = stricter(&file.case, &into.case);

    let mut ends = Draft::change(act, &file.case);
    take_if_untaken(&mut ends, person);
    let notes = format!("Merged into {other}: {reason}");
    let assess = AssessInput {
        criteria: BTreeMap::new(),
        result: Assessment::Duplicate,
        rationale: notes.clone(),
    };
    assessing::record(&mut ends, person, &assess)?;
    handle(&mut ends, &both, other);
    ends.case.merged_into = Some(MergedInto {
        case: into.case.id,
        number: other,
    });
    let entry = ends.entry(Body::MergedInto {
        case: into.case.id,
        number: other,
        reason: reason.clone(),
    });
    closing::end(&mut ends, person, &outcome, notes);
    ends.thread_note(Topic::MergedInto, Some(person), entry);
    tell(&mut ends, file, Topic::MergedInto, person, entry);

    let mut grows = Draft::change(act, &into.case);
    let restricts = handle(&mut grows, &both, number);
    if let Some(until) = restricts {
        grows.due(DeadlineKind::RestrictionReview, until, None);
    }
    let entry = grows.entry(Body::Merged {
        case: file.case.id,
        number,
        reason,
    });
    grows.thread_note(Topic::Merged, Some(person), entry);
    Ok(ends.finish().and(grows.finish()))
}

/// Undo a merge: the case is open again and worked on by itself, whatever became of the other one.
///
/// # Errors
/// When it is not merged, or the reason is missing.
pub fn unmerge(act: Act<'_>, file: &CaseFile, reason: &str) -> Result<Decision, Refusal> {
    let person = person_of(&act)?;
    let other = is_merged(&file.case)?;
    let into = file
        .into
        .as_deref()
        .ok_or_else(super::authority::no_such_case)?;
    let reason = required(reason, "reason", "Say why it is a matter of its own.")?;
    let mut opens = Draft::change(act, &file.case);
    opens.case.merged_into = None;
    // It was found to be the same as another case, and is not: what it is must be decided anew.
    opens.case.assessment = Assessment::Undecided;
    let entry = opens.entry(Body::Unmerged {
        case: other.case,
        number: other.number,
        reason: reason.clone(),
    });
    begin_again(&mut opens, person);
    opens.queue_notice(Topic::Unmerged, Some(person), entry);
    tell(&mut opens, file, Topic::Unmerged, person, entry);

    let mut shrinks = Draft::change(act, into);
    let entry = shrinks.entry(Body::MergeUndone {
        case: file.case.id,
        number: file.case.number,
        reason,
    });
    shrinks.thread_note(Topic::MergeUndone, Some(person), entry);
    Ok(opens.finish().and(shrinks.finish()))
}

/// The case that goes on is closed: so the reporters of all that was merged into it are answered, each in the record of the own case.
#[must_use]
pub fn answered(act: Act<'_>, file: &CaseFile, closed: Decision) -> Decision {
    file.merged.iter().fold(closed, |decision, merged| {
        let mut draft = Draft::change(act, &merged.case);
        closing::plan_feedback(&mut draft, &merged.reports, &|id| file.people.get(&id));
        decision.and(draft.finish())
    })
}

/// The case that goes on is open again: nobody waits for the answers that were planned for what was merged into it.
#[must_use]
pub fn unanswered(act: Act<'_>, file: &CaseFile, reopened: Decision) -> Decision {
    file.merged.iter().fold(reopened, |decision, merged| {
        let mut draft = Draft::change(act, &merged.case);
        draft.met(DeadlineKind::Feedback);
        draft.clear(AlarmKind::FeedbackFailed);
        decision.and(draft.finish())
    })
}

/// What an act on a case means for those that it is merged with: see [`passed_on`] and [`spread`].
#[must_use]
pub fn shared(act: Act<'_>, file: &CaseFile, decided: Decision) -> Decision {
    let decided = spread(act, file, decided);
    passed_on(act, file, decided)
}

/// The case became restricted: so do those that were merged into it.
fn spread(act: Act<'_>, file: &CaseFile, decided: Decision) -> Decision {
    let restricts = |change: &CaseChange| match change {
        CaseChange::Update(case) if case.handling != file.case.handling => Some((**case).clone()),
        _ => None,
    };
    let Some(changed) = decided.changes.iter().find_map(restricts) else {
        return decided;
    };
    file.merged.iter().fold(decided, |decided, merged| {
        let mut draft = Draft::change(act, &merged.case);
        let both = stricter(&changed, &merged.case);
        match handle(&mut draft, &both, changed.number) {
            Some(_) => decided.and(draft.finish()),
            None => decided,
        }
    })
}

/// Something came in for a merged case. It stays in the record of that case; those who work on it hear of it where they do.
fn passed_on(act: Act<'_>, file: &CaseFile, mut heard: Decision) -> Decision {
    let Some(into) = file.into.as_deref() else {
        return heard;
    };
    let Some(place) = heard.entries.iter().position(is_heard) else {
        return heard;
    };
    let entry = file.case.version + place as u64 + 1;
    // The other record names the entry, so nothing may come between.
    if heard.changes.is_empty() {
        let same = CaseChange::Update(Box::new(file.case.clone()));
        heard.changes.push(same);
    }
    let mut draft = Draft::change(act, into);
    if let Some(CaseChange::Update(changed)) = heard.changes.first()
        && let Some(until) = handle(&mut draft, &stricter(changed, into), file.case.number)
    {
        draft.due(DeadlineKind::RestrictionReview, until, None);
    }
    let entry = draft.entry(Body::MergedHeard {
        case: file.case.id,
        number: file.case.number,
        entry,
    });
    draft.thread_note(Topic::MergedHeard, act.actor.person(), entry);
    heard.and(draft.finish())
}

fn is_heard(entry: &super::timeline::NewEntry) -> bool {
    entry.actor != Who::System
        && matches!(
            entry.body,
            Body::Said { .. }
                | Body::Joined { .. }
                | Body::DetailsAdded { .. }
                | Body::Withdrawn { .. }
                | Body::Noted { .. }
        )
}

/// Whether the state of the case allows it to be merged into another.
///
/// # Errors
/// When it is closed, merged already, or somebody is being paged for it.
pub fn may_go(case: &Case, escalation: Option<&Escalation>) -> Result<(), Refusal> {
    open_only(case, "merge it")?;
    if escalation.is_some_and(|one| matches!(one.run, Run::Running { .. })) {
        return Err(Refusal::new(
            RefusalCode::WrongState,
            format!(
                "Somebody is being paged for {0}. Acknowledge the page or let it end, then merge; or merge the other case into {0}.",
                case.number
            ),
        ));
    }
    Ok(())
}

/// Where the case was merged into.
///
/// # Errors
/// When it is not merged.
pub fn is_merged(case: &Case) -> Result<MergedInto, Refusal> {
    case.merged_into.ok_or_else(|| {
        Refusal::new(
            RefusalCode::AlreadyDone,
            format!("{} is not merged into another case.", case.number),
        )
    })
}

fn may_take_in(file: &CaseFile, into: &CaseFile) -> Result<(), Refusal> {
    let (number, other) = (file.case.number, into.case.number);
    let wrong = |sentence: String| Err(wrong_field(INTO, &sentence));
    if file.case.id == into.case.id {
        return wrong(format!("{number} is this case. Name the other one."));
    }
    if let Some(further) = into.case.merged_into {
        return wrong(format!(
            "{other} was itself merged into {0}. Merge into {0}.",
            further.number
        ));
    }
    if into.case.status == Status::Closed {
        return wrong(format!(
            "{other} is closed. Reopen it first if it goes on, or close {number} by itself."
        ));
    }
    if file.case.exercise != into.case.exercise {
        return wrong(format!(
            "Only one of {number} and {other} is an exercise. What is real and what is practised stay apart."
        ));
    }
    if let Some(inner) = file.merged.first() {
        return Err(Refusal::new(
            RefusalCode::WrongState,
            format!(
                "{0} was merged into {number}. Merge {other} into {number} instead, or undo the merge of {0} first.",
                inner.case.number
            ),
        ));
    }
    not_merged(&file.case)
}

/// The outcome that the policy has for duplicates: one that fits nothing else, before one that fits other results too.
fn outcome_of(policy: &Policy) -> Result<&Outcome, Refusal> {
    let fits = || {
        policy
            .outcome
            .iter()
            .filter(|one| one.fits.contains(&Assessment::Duplicate))
    };
    fits()
        .find(|one| one.fits.len() == 1)
        .or_else(|| fits().next())
        .ok_or_else(|| {
            Refusal::new(
                RefusalCode::WrongState,
                "The policy has no outcome for a case that is the same as another one. Ask its owner to add \"duplicate\" to the `fits` of an outcome.",
            )
        })
}

/// What both need together: whoever may see only one of them must not learn of the other through it.
fn stricter(one: &Case, other: &Case) -> Handling {
    let restricted = [one, other]
        .iter()
        .filter_map(|case| case.handling.restricted.clone())
        .max_by_key(|restriction| restriction.until);
    let tlp = |case: &Case| Tlp::ALL.iter().position(|tlp| *tlp == case.handling.tlp);
    Handling {
        tlp: if tlp(other) < tlp(one) {
            other.handling.tlp
        } else {
            one.handling.tlp
        },
        restricted,
    }
}

/// Takes the handling of both over; until when, if the case became restricted by it.
fn handle(
    draft: &mut Draft<'_>,
    both: &Handling,
    other: CaseNumber,
) -> Option<super::clock::Timestamp> {
    draft.case.handling.tlp = both.tlp;
    let until = match (&draft.case.handling.restricted, &both.restricted) {
        (None, Some(restriction)) => restriction.until,
        _ => return None,
    };
    let reason = format!("{other} is restricted, and both are the same matter.");
    draft.case.handling.restricted = Some(Restriction {
        reason: reason.clone(),
        until,
    });
    draft.entry(Body::Restricted { reason, until });
    Some(until)
}

/// Tells each reporter who can be reached, and the owner.
fn tell(draft: &mut Draft<'_>, file: &CaseFile, topic: Topic, by: PersonId, entry: u64) {
    let mut told = BTreeSet::from([by]);
    for report in reachable_reporters(file) {
        let to = (report.reporter, report.reply_to.clone());
        draft.direct_notice(topic, to, None, Some(report.id), entry);
        told.insert(report.reporter);
    }
    if let Some(owner) = draft.person_owner().filter(|owner| !told.contains(owner)) {
        draft.direct_notice(topic, (owner, None), Some(by), None, entry);
    }
}
