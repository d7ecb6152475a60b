//! The case card: where a case stands, what is missing, what is due, and the sensible next steps.
//!
//! Invariants: says only what its [`View`] holds, so the same function serves the queue, a responder, a reporter and an outsider; buttons carry
//! verbs and ids, never state. Neighbours: `delivery` posts and updates it in the queue channel, the conversation answers `status` with it.

use super::labels;
use super::quote::{one_line, quote};
use super::reader::{Reader, plain, strong};
use crate::chat::card::{Action, Button, Card, Line, Part, Span, Style, Tone};
use crate::domain::{
    assessment::Assessment,
    authority::Verb,
    case::{Owner, Status},
    clock::Timestamp,
    deadline::DeadlineKind,
    escalation::{Escalation, Run},
    event_report::{Attachment, Kept},
    gates::{self, Missing},
    ids::{CaseId, PersonId},
    policy::Policy,
    severity::Severity,
    visible::{View, WhichReports},
};
use std::collections::BTreeMap;

/// How many files that were not kept a card explains; the record names all.
const LOST_SHOWN: usize = 3;

/// The last escalation, as far as the card tells of it.
#[derive(Debug, Clone, Copy)]
pub struct Escalated<'a> {
    /// The run.
    pub run: &'a Escalation,
    /// Until when the open page awaits its acknowledgement.
    pub due: Option<Timestamp>,
}

/// What a case card is made from.
#[derive(Debug, Clone, Copy)]
pub struct CaseFacts<'a> {
    /// The policy in force.
    pub policy: &'a Policy,
    /// The case.
    pub case: CaseId,
    /// What of it the audience may see.
    pub view: &'a View,
    /// Names of the people it mentions; of no use without `view.names`.
    pub people: &'a BTreeMap<PersonId, String>,
    /// Who reported, in order, as far as it may be shown.
    pub reporters: &'a [PersonId],
    /// How many reports it has of its own.
    pub reports: usize,
    /// Words of the reader's own report, shown where the title may not be.
    pub said: Option<&'a str>,
    /// What the case still lacks.
    pub missing: &'a [Missing],
    /// The next thing that is due.
    pub due: Option<(DeadlineKind, Timestamp)>,
    /// The last escalation.
    pub escalation: Option<Escalated<'a>>,
    /// Its files.
    pub files: &'a [Attachment],
    /// The steps to offer; none for those who only look.
    pub next: &'a [Verb],
}

impl CaseFacts<'_> {
    fn name(&self, person: PersonId) -> Option<&str> {
        let name = self.people.get(&person).map(String::as_str);
        name.filter(|_| self.view.names)
    }
}

/// The card.
#[must_use]
pub fn case_card(reader: &Reader, facts: &CaseFacts<'_>) -> Card {
    let view = facts.view;
    let number = view.number.to_string();
    let status = labels::status(reader, view.status);
    let mut parts = Vec::new();
    if view.exercise {
        parts.push(reader.text("This is an exercise.", &[]));
    }
    if let Some(text) = view.title.as_deref().or(facts.said) {
        let text = quote(text);
        parts.push(Part::Quote { text });
    }
    parts.push(Part::Fields {
        fields: fields(reader, facts, &status),
    });
    parts.extend(together(reader, view));
    parts.extend(outcome(reader, facts));
    if view.work {
        parts.extend(work(reader, facts));
    }
    let buttons = buttons(reader, facts);
    if !buttons.is_empty() {
        parts.push(Part::Buttons { buttons });
    }
    let title = view.title.as_deref().map(|title| one_line(title, 80));
    Card {
        title: Some(reader.fill(
            "{number}: {status}",
            &[("number", &number), ("status", &status)],
        )),
        parts,
        tone: tone(view),
        summary: match &title {
            Some(title) => reader.fill(
                "{number} ({status}): {title}",
                &[("number", &number), ("status", &status), ("title", title)],
            ),
            None => reader.fill(
                "{number}: {status}",
                &[("number", &number), ("status", &status)],
            ),
        },
    }
}

fn fields(reader: &Reader, facts: &CaseFacts<'_>, status: &str) -> Vec<(String, Line)> {
    let (view, policy) = (facts.view, facts.policy);
    let mut fields: Vec<(String, Line)> = Vec::new();
    let mut field = |label: &'static str, line: Line| fields.push((reader.say(label), line));
    field("Status", vec![strong(status)]);
    if let Some(severity) = view.severity {
        field(
            "Severity",
            vec![strong(labels::severity(reader, policy, severity))],
        );
    }
    if let Some(category) = &view.category {
        field("Category", vec![plain(labels::category(policy, category))]);
    }
    if let Some(assessment) = view.assessment.filter(|a| *a != Assessment::Undecided) {
        field(
            "Assessment",
            vec![plain(labels::assessment(reader, assessment))],
        );
    }
    if let Some(owner) = &view.owner {
        let name = match owner {
            Owner::Person(person) => facts.name(*person),
            Owner::Team(_) => None,
        };
        field("Owner", vec![plain(labels::owner(reader, owner, name))]);
    }
    if let Some(handling) = handling(reader, view) {
        field("Handling", vec![plain(handling)]);
    }
    if let Some(at) = view.reported_at {
        let mut line = vec![Span::Time(at)];
        let names: Vec<&str> = facts
            .reporters
            .iter()
            .filter_map(|person| facts.name(*person))
            .collect();
        if !names.is_empty() {
            line.extend([plain(reader.say(", by ")), plain(names.join(", "))]);
        }
        field("Reported", line);
    }
    if let Some(asset) = view.asset.as_ref().and_then(labels::asset) {
        field("Concerns", vec![Span::Quoted(one_line(&asset, 120))]);
    }
    if let Some(owner) = &view.service_owner {
        field("Service owner", vec![Span::Quoted(one_line(owner, 120))]);
    }
    if !view.merged.is_empty() {
        let numbers: Vec<String> = view
            .merged
            .iter()
            .map(|(number, _)| number.to_string())
            .collect();
        let own = facts.reports;
        let all = own
            + view
                .merged
                .iter()
                .map(|(_, reports)| reports)
                .sum::<usize>();
        let all = reader.fill("; {n} reports in all", &[("n", &all.to_string())]);
        field("Merged in", vec![strong(numbers.join(", ")), plain(all)]);
    }
    fields
}

fn handling(reader: &Reader, view: &View) -> Option<String> {
    let restricted = reader.say("Restricted");
    match (view.tlp, view.restricted) {
        (Some(tlp), true) => Some(format!("{tlp}, {}", restricted.to_lowercase())),
        (Some(tlp), false) => Some(tlp.to_string()),
        (None, true) => Some(restricted),
        (None, false) => None,
    }
}

/// Where it is worked on: with the number for those who work there, without for everybody else.
fn together(reader: &Reader, view: &View) -> Option<Part> {
    match view.merged_into {
        Some(number) => Some(reader.text(
            "Merged into {number}, and worked on there.",
            &[("number", strong(number.to_string()))],
        )),
        None if view.together && view.reports != WhichReports::None => Some(reader.text(
            if view.status == Status::Closed {
                "It was worked on together with another report of the same matter."
            } else {
                "It is worked on together with another report of the same matter; you will hear the outcome."
            },
            &[],
        )),
        None => None,
    }
}

/// How it ended: the record for those who work on it, the words meant for reporters for everybody else.
fn outcome(reader: &Reader, facts: &CaseFacts<'_>) -> Vec<Part> {
    let view = facts.view;
    let found = view
        .outcome
        .as_deref()
        .and_then(|id| facts.policy.outcome(id));
    match (found, &view.closure) {
        (Some(outcome), Some(closure)) => {
            let notes = quote(&closure.notes);
            let label = strong(outcome.label.as_str());
            let mut parts = vec![reader.text("Outcome: {outcome}.", &[("outcome", label)])];
            if !notes.is_empty() {
                parts.push(reader.text("Notes: {notes}", &[("notes", Span::Quoted(notes))]));
            }
            parts
        }
        (Some(outcome), None) => vec![Part::Text {
            line: vec![plain(super::feedback::words(outcome, view.restricted))],
        }],
        (None, _) => Vec::new(),
    }
}

/// What is missing, what is due, and who was called.
fn work(reader: &Reader, facts: &CaseFacts<'_>) -> Vec<Part> {
    let mut parts = Vec::new();
    let closed = facts.view.status == Status::Closed;
    if !facts.missing.is_empty() && !closed {
        let missing = gates::phrase(facts.missing);
        parts.push(reader.small("Still missing: {missing}.", &[("missing", plain(missing))]));
    }
    let due = facts
        .due
        .filter(|(kind, _)| !closed || *kind == DeadlineKind::Feedback);
    if let Some((kind, at)) = due {
        parts.push(reader.text(
            "Due next: {what}, by {at}.",
            &[
                ("what", strong(labels::deadline(reader, kind))),
                ("at", Span::Time(at)),
            ],
        ));
    }
    parts.extend(files(reader, facts.files));
    if let Some(escalated) = facts.escalation {
        parts.push(escalation(reader, facts, escalated));
    }
    parts
}

/// How many files were kept; which were not, and what to do about each of the first few.
fn files(reader: &Reader, files: &[Attachment]) -> Vec<Part> {
    if files.is_empty() {
        return Vec::new();
    }
    let count = |is: fn(&Kept) -> bool| files.iter().filter(|file| is(&file.kept)).count();
    let kept = count(|kept| matches!(kept, Kept::Yes { .. }));
    let pending = count(|kept| *kept == Kept::Pending);
    let mut parts = vec![reader.text(
        match pending {
            0 => "Files: {kept} of {all} kept.",
            _ => "Files: {kept} of {all} kept, {pending} being fetched.",
        },
        &[
            ("kept", plain(kept.to_string())),
            ("all", plain(files.len().to_string())),
            ("pending", plain(pending.to_string())),
        ],
    )];
    let lost = files.iter().filter_map(|file| match &file.kept {
        Kept::No { reason } => Some((file, reason)),
        _ => None,
    });
    parts.extend(lost.take(LOST_SHOWN).map(|(file, reason)| {
        reader.small(
            "{name} was not kept. {reason}",
            &[
                ("name", Span::Quoted(one_line(&file.file.name, 60))),
                ("reason", plain(one_line(reason, 300))),
            ],
        )
    }));
    parts
}

fn escalation(reader: &Reader, facts: &CaseFacts<'_>, escalated: Escalated<'_>) -> Part {
    let somebody = || reader.say("Somebody");
    let name =
        |person: PersonId| strong(facts.name(person).map_or_else(somebody, ToOwned::to_owned));
    match &escalated.run.run {
        Run::Running { paged, attempt, .. } => {
            let template = match (escalated.due, *attempt > 1) {
                (Some(_), false) => "{name} is paged by chat only, no answer yet; the next page follows at {due}.",
                (Some(_), true) => "{name} is paged again by chat only, no answer yet; the next page follows at {due}.",
                (None, _) => "{name} is paged by chat only, no answer yet.",
            };
            let due = escalated.due.map_or_else(|| plain(""), Span::Time);
            reader.text(template, &[("name", name(*paged)), ("due", due)])
        }
        Run::Acknowledged { by, at } => reader.text(
            "{name} acknowledged the page at {at} (paged by chat only).",
            &[("name", name(*by)), ("at", Span::Time(*at))],
        ),
        Run::Failed { at } => reader.text(
            "Nobody answered the page by {at} (paged by chat only). Please call by phone: the numbers stand in the thread.",
            &[("at", Span::Time(*at))],
        ),
        Run::Cancelled { at } => reader.text(
            "The page was called off at {at}.",
            &[("at", Span::Time(*at))],
        ),
    }
}

fn buttons(reader: &Reader, facts: &CaseFacts<'_>) -> Vec<Button> {
    let primary = primary(facts);
    let button = |verb: Verb| {
        let id = match (verb, facts.escalation) {
            (Verb::Acknowledge, Some(escalated)) => escalated.run.id.to_string(),
            (Verb::Acknowledge, None) => return None,
            _ => facts.case.to_string(),
        };
        Some(Button {
            label: labels::verb(reader, verb),
            action: Action {
                verb: verb.as_str().to_owned(),
                id,
            },
            style: if Some(verb) == primary {
                Style::Primary
            } else {
                Style::Normal
            },
        })
    };
    facts.next.iter().copied().filter_map(button).collect()
}

/// The one step to take first: the first that is offered, but a rated case is assessed before it is triaged again.
fn primary(facts: &CaseFacts<'_>) -> Option<Verb> {
    let first = facts.next.first().copied()?;
    let rated = facts
        .view
        .severity
        .is_some_and(|severity| severity != Severity::Unrated);
    let decided = facts
        .view
        .assessment
        .is_some_and(|assessment| assessment != Assessment::Undecided);
    let better = match first {
        Verb::Triage if rated && decided => Verb::Close,
        Verb::Triage if rated => Verb::Assess,
        _ => first,
    };
    facts.next.contains(&better).then_some(better)
}

fn tone(view: &View) -> Tone {
    match view.status {
        Status::Closed => Tone::Good,
        Status::New | Status::Escalated => Tone::Urgent,
        Status::Triaging => Tone::Calm,
    }
}
