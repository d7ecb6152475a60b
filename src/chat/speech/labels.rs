//! Labels: how the words of the record are said to people.
//!
//! Invariants: every variant of every vocabulary that is shown has a label; what the policy names (categories, outcomes, roles) is said in the policy's words.
//! Neighbours: cards and forms.

use super::reader::Reader;
use crate::domain::{
    assessment::Assessment,
    authority::Verb,
    case::{Owner, Status},
    deadline::DeadlineKind,
    event_report::Asset,
    person::Role,
    policy::Policy,
    severity::{Level, Severity},
};

/// A status.
#[must_use]
pub fn status(reader: &Reader, status: Status) -> String {
    reader.say(match status {
        Status::New => "New",
        Status::Triaging => "In triage",
        Status::Escalated => "Escalated",
        Status::Closed => "Closed",
    })
}

/// An assessment.
#[must_use]
pub fn assessment(reader: &Reader, assessment: Assessment) -> String {
    reader.say(match assessment {
        Assessment::Undecided => "Not assessed yet",
        Assessment::Event => "Event, not an incident",
        Assessment::Incident => "Incident",
        Assessment::FalsePositive => "False alarm",
        Assessment::Duplicate => "Same as another case",
    })
}

/// A level with the rubric's name for it: `SEV2 High`.
#[must_use]
pub fn level(policy: &Policy, level: Level) -> String {
    policy.severity(level).map_or_else(
        || level.to_string(),
        |rule| format!("{level} {}", rule.name),
    )
}

/// A severity.
#[must_use]
pub fn severity(reader: &Reader, policy: &Policy, severity: Severity) -> String {
    severity
        .level()
        .map_or_else(|| reader.say("Not rated yet"), |found| level(policy, found))
}

/// A category, in the policy's words; its id if the policy has dropped it.
#[must_use]
pub fn category(policy: &Policy, id: &str) -> String {
    policy
        .category(id)
        .map_or_else(|| id.to_owned(), |category| category.label.clone())
}

/// A role, in the policy's words.
#[must_use]
pub fn role(policy: &Policy, role: Role) -> String {
    policy
        .role
        .iter()
        .find(|label| label.role == role)
        .map_or_else(|| role.to_string(), |label| label.label.clone())
}

/// Who answers for a case: the team, or the person by `name` (absent if names may not be shown).
#[must_use]
pub fn owner(reader: &Reader, owner: &Owner, name: Option<&str>) -> String {
    match (owner, name) {
        (Owner::Team(team), _) => reader.fill("{team} (nobody took it yet)", &[("team", team)]),
        (Owner::Person(_), Some(name)) => name.to_owned(),
        (Owner::Person(_), None) => reader.say("A responder"),
    }
}

/// What must happen by a deadline.
#[must_use]
pub fn deadline(reader: &Reader, kind: DeadlineKind) -> String {
    reader.say(match kind {
        DeadlineKind::Take => "somebody takes it",
        DeadlineKind::Triage => "triage",
        DeadlineKind::Acknowledge => "acknowledgement of the page",
        DeadlineKind::Resolve => "resolution",
        DeadlineKind::RestrictionReview => "review of the restriction",
        DeadlineKind::Feedback => "answer to the reporters",
    })
}

/// What the button of a verb says; the title of its form too.
#[must_use]
pub fn verb(reader: &Reader, verb: Verb) -> String {
    reader.say(verb_words(verb))
}

/// The asset on one line, if anything is known of it.
#[must_use]
pub fn asset(asset: &Asset) -> Option<String> {
    let known: Vec<&str> = [
        &asset.provider,
        &asset.account,
        &asset.tenant,
        &asset.application,
    ]
    .into_iter()
    .filter_map(|part| part.as_deref())
    .collect();
    (!known.is_empty()).then(|| known.join(" / "))
}

const fn verb_words(verb: Verb) -> &'static str {
    match verb {
        Verb::Open => "Report a security event",
        Verb::Join => "Report the same",
        Verb::Attach => "Reply",
        Verb::MessageChanged => "Edit",
        Verb::MessageDeleted => "Delete",
        Verb::AddDetails => "Add details",
        Verb::Withdraw => "Withdraw",
        Verb::Take => "Take",
        Verb::Triage => "Triage",
        Verb::Assess => "Assess",
        Verb::SetSeverity => "Severity",
        Verb::Escalate => "Escalate",
        Verb::Acknowledge => "Acknowledge",
        Verb::Note => "Note",
        Verb::Close => "Close",
        Verb::Reopen => "Reopen",
        Verb::Merge => "Merge…",
        Verb::Unmerge => "Undo merge",
        Verb::Link => "Link accounts",
        Verb::View => "Show",
        Verb::Tick => "Let time pass",
        Verb::AdoptPolicy => "Put the policy in force",
        Verb::SeedDirectory => "Take over the directory",
    }
}
