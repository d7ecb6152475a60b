//! The life of a case: which status may follow which, and the acts that only move it: take, triage, rate, reopen.
//!
//! Invariants: only the transitions of [`TRANSITIONS`] happen; from Take on the owner is a person; the first severity is kept; triage of a
//! case that nobody took takes it. Neighbours: [`super::opening`] begins a case, [`super::closing`] ends it.

use super::{
    case::{Case, Owner, Status},
    case_file::CaseFile,
    deadline::DeadlineKind,
    decision::{AlarmKind, Decision, Refusal, RefusalCode},
    draft::{Act, Draft, after},
    event_report::{Asset, TEXT_CAP},
    ids::PersonId,
    input::TriageInput,
    merging,
    notification::Topic,
    policy::Category,
    severity::{Level, Severity},
    timeline::Body,
    words::{LINKS_CAP, capped, line},
};

/// The legal transitions, and no others.
pub const TRANSITIONS: &[(Status, Status)] = &[
    (Status::New, Status::Triaging),
    (Status::New, Status::Escalated),
    (Status::New, Status::Closed),
    (Status::Triaging, Status::Escalated),
    (Status::Triaging, Status::Closed),
    (Status::Escalated, Status::Closed),
    (Status::Closed, Status::Triaging),
];

/// Whether a case may go from one status to another (or stay).
#[must_use]
pub fn legal(from: Status, to: Status) -> bool {
    from == to || TRANSITIONS.contains(&(from, to))
}

/// Refuses an act on a closed case.
///
/// # Errors
/// When it is closed.
pub fn open_only(case: &Case, what: &str) -> Result<(), Refusal> {
    not_merged(case)?;
    if case.status == Status::Closed {
        return Err(Refusal::new(
            RefusalCode::WrongState,
            format!(
                "{} is closed. Reopen it with a reason first, then {what}.",
                case.number
            ),
        ));
    }
    Ok(())
}

/// Refuses an act on a case that is worked on in another one.
///
/// # Errors
/// When it was merged; says into which, and how to undo it.
pub fn not_merged(case: &Case) -> Result<(), Refusal> {
    let Some(into) = case.merged_into else {
        return Ok(());
    };
    let (number, other) = (case.number, into.number);
    Err(Refusal::new(
        RefusalCode::WrongState,
        format!(
            "{number} was merged into {other} and is worked on there. Undo the merge first if it is to be worked on by itself: press Undo merge on its card."
        ),
    ))
}

/// The person behind an act; the product itself does none of the acts that need one.
///
/// # Errors
/// When it is not a person.
pub fn person_of(act: &Act<'_>) -> Result<PersonId, Refusal> {
    act.actor.person().ok_or_else(|| {
        Refusal::new(
            RefusalCode::NotAllowed,
            "Only a person can do this, so that somebody answers for it.",
        )
    })
}

/// A text that must be there.
///
/// # Errors
/// When it is empty; names the field.
pub fn required(text: &str, field: &str, ask: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Err(wrong_field(field, ask));
    }
    Ok(capped(text, TEXT_CAP))
}

/// A refusal because of one field.
#[must_use]
pub fn wrong_field(field: &str, sentence: &str) -> Refusal {
    let mut refusal = Refusal::new(RefusalCode::BadInput, sentence);
    refusal.fields.insert(field.to_owned(), sentence.to_owned());
    refusal
}

/// Take: the actor becomes the owner.
///
/// # Errors
/// When the case is closed or the actor owns it already.
pub fn take(act: Act<'_>, file: &CaseFile) -> Result<Decision, Refusal> {
    let person = person_of(&act)?;
    open_only(&file.case, "take it")?;
    if file.case.owner == Owner::Person(person) {
        return Err(Refusal::new(
            RefusalCode::AlreadyDone,
            format!("{} is yours already.", file.case.number),
        ));
    }
    let mut draft = Draft::change(act, &file.case);
    become_owner(&mut draft, person);
    Ok(draft.finish())
}

/// Makes `person` the owner, with all that follows from it.
fn become_owner(draft: &mut Draft<'_>, person: PersonId) {
    let from = draft.person_owner();
    draft.case.owner = Owner::Person(person);
    if draft.case.status == Status::New {
        draft.case.status = Status::Triaging;
    }
    draft.case.instants.taken.get_or_insert(draft.act().at.now);
    draft.entry(Body::Taken { from });
    draft.met(DeadlineKind::Take);
    draft.clear(AlarmKind::CaseUnowned);
}

/// Makes the actor the owner of a case that nobody took yet.
pub fn take_if_untaken(draft: &mut Draft<'_>, person: PersonId) {
    if draft.person_owner().is_none() {
        become_owner(draft, person);
    }
}

/// Triage: category, severity, asset and the rest, in one act.
///
/// # Errors
/// When the case is closed or a field is wrong.
pub fn triage(act: Act<'_>, file: &CaseFile, input: &TriageInput) -> Result<Decision, Refusal> {
    let person = person_of(&act)?;
    open_only(&file.case, "triage it")?;
    let category =
        act.at.policy.category(&input.category).ok_or_else(|| {
            wrong_field("category", "Choose one of the categories of the policy.")
        })?;
    let reason = line(input.reason.as_deref());
    above_floor(category, &file.case, input.severity, reason.as_deref())?;
    let mut draft = Draft::change(act, &file.case);
    take_if_untaken(&mut draft, person);
    let before = draft.case.severity;
    let case = &mut draft.case;
    case.category.clone_from(&input.category);
    case.severity = before.rate(input.severity);
    case.cia = input.cia;
    replace(&mut case.asset, &input.asset);
    replace_line(&mut case.alert.id, input.alert_id.as_deref());
    add_links(&mut case.alert.links, &input.links);
    replace_line(&mut case.service_owner, input.service_owner.as_deref());
    let body = Body::Triaged {
        category: case.category.clone(),
        severity: input.severity,
        asset: case.asset.clone(),
        alert_id: case.alert.id.clone(),
        links: case.alert.links.clone(),
        service_owner: case.service_owner.clone(),
        cia: case.cia,
        reason: reason.clone(),
    };
    case.instants.triaged.get_or_insert(act.at.now);
    draft.entry(body);
    if let Some(from) = before.level().filter(|from| *from != input.severity) {
        draft.entry(Body::SeverityChanged {
            from: Some(from),
            to: input.severity,
            reason: reason.unwrap_or_else(|| "Rated anew at triage.".to_owned()),
        });
    }
    draft.met(DeadlineKind::Triage);
    draft.clear(AlarmKind::TriageOverdue);
    resolve_by_rubric(&mut draft);
    Ok(draft.finish())
}

/// A category has a level that it is not rated below without a reason; a level that was justified before stays so.
fn above_floor(
    category: &Category,
    case: &Case,
    level: Level,
    reason: Option<&str>,
) -> Result<(), Refusal> {
    match category.floor {
        Some(floor)
            if level > floor && reason.is_none() && case.severity.level() != Some(level) =>
        {
            Err(wrong_field(
                "reason",
                &format!(
                    "{} is usually rated {floor} or graver. Say why this one is {level}.",
                    category.label
                ),
            ))
        }
        _ => Ok(()),
    }
}

/// Severity: another rating, with the reason. The first rating is kept.
///
/// # Errors
/// When the case is closed, the reason is missing, or nothing would change.
pub fn set_severity(
    act: Act<'_>,
    file: &CaseFile,
    level: Level,
    reason: &str,
) -> Result<Decision, Refusal> {
    person_of(&act)?;
    open_only(&file.case, "change its severity")?;
    let reason = required(reason, "reason", "Say why the severity changes.")?;
    let before = file.case.severity;
    if before.level() == Some(level) {
        return Err(Refusal::new(
            RefusalCode::AlreadyDone,
            format!("{} is {level} already.", file.case.number),
        ));
    }
    let mut draft = Draft::change(act, &file.case);
    draft.case.severity = before.rate(level);
    draft.entry(Body::SeverityChanged {
        from: before.level(),
        to: level,
        reason,
    });
    // The first rating decides until when triage is due; afterwards triage is done or its deadline is kept.
    if before == Severity::Unrated
        && draft.case.instants.triaged.is_none()
        && let Some(rule) = act.at.policy.severity(level)
    {
        let due = after(draft.case.reported_at, rule.triage_seconds);
        draft.due(DeadlineKind::Triage, due, None);
    }
    resolve_by_rubric(&mut draft);
    Ok(draft.finish())
}

/// Sets the time of resolution that the rubric gives (R63).
fn resolve_by_rubric(draft: &mut Draft<'_>) {
    let rule = draft
        .case
        .severity
        .level()
        .and_then(|level| draft.act().at.policy.severity(level));
    if let Some(rule) = rule {
        let due = after(draft.case.reported_at, rule.resolve_seconds);
        draft.due(DeadlineKind::Resolve, due, None);
    }
}

/// Reopen: the case is worked on again; what was decided stays in the record and may be revised.
///
/// # Errors
/// When it is not closed or the reason is missing.
pub fn reopen(act: Act<'_>, file: &CaseFile, reason: &str) -> Result<Decision, Refusal> {
    let person = person_of(&act)?;
    not_merged(&file.case)?;
    if file.case.status != Status::Closed {
        return Err(Refusal::new(
            RefusalCode::AlreadyDone,
            format!("{} is open already.", file.case.number),
        ));
    }
    let reason = required(reason, "reason", "Say why the case is opened again.")?;
    let mut draft = Draft::change(act, &file.case);
    let entry = draft.entry(Body::Reopened { reason });
    begin_again(&mut draft, person);
    draft.queue_notice(Topic::Reopened, Some(person), entry);
    if let Some(owner) = draft.person_owner().filter(|owner| *owner != person) {
        draft.direct_notice(Topic::Reopened, (owner, None), Some(person), None, entry);
    }
    Ok(merging::unanswered(act, file, draft.finish()))
}

/// A closed case is worked on again, with all that follows from it.
pub fn begin_again(draft: &mut Draft<'_>, person: PersonId) {
    let act = draft.act();
    draft.case.status = Status::Triaging;
    draft.case.closure = None;
    draft.case.instants.closed = None;
    take_if_untaken(draft, person);
    draft.met(DeadlineKind::Feedback);
    draft.clear(AlarmKind::FeedbackFailed);
    let now = act.at.now;
    let rule = draft
        .case
        .severity
        .level()
        .and_then(|level| act.at.policy.severity(level));
    if let Some(rule) = rule {
        draft.due(
            DeadlineKind::Resolve,
            after(now, rule.resolve_seconds),
            None,
        );
    }
    if draft.case.instants.triaged.is_none() {
        let due = act.in_seconds(act.at.policy.targets.triage_seconds);
        draft.due(DeadlineKind::Triage, due, None);
    }
    if let Some(restriction) = draft.case.handling.restricted.clone() {
        draft.due(
            DeadlineKind::RestrictionReview,
            restriction.until.max(now),
            None,
        );
    }
}

/// Fields that were entered replace what is known; fields left empty keep it.
fn replace(known: &mut Asset, entered: &Asset) {
    replace_line(&mut known.provider, entered.provider.as_deref());
    replace_line(&mut known.account, entered.account.as_deref());
    replace_line(&mut known.tenant, entered.tenant.as_deref());
    replace_line(&mut known.application, entered.application.as_deref());
}

fn replace_line(known: &mut Option<String>, entered: Option<&str>) {
    if let Some(entered) = line(entered) {
        *known = Some(entered);
    }
}

/// Adds links that are not there yet; returns how many did not fit under the cap.
pub fn add_links(known: &mut Vec<String>, links: &[String]) -> usize {
    let mut left_out = 0;
    for link in links.iter().filter_map(|link| line(Some(link))) {
        if known.contains(&link) {
            continue;
        }
        if known.len() >= LINKS_CAP {
            left_out += 1;
        } else {
            known.push(link);
        }
    }
    left_out
}
