//! Notices: one sentence per [`Topic`], to the queue, the case's thread or one person.
//!
//! Invariants: every topic has its sentence; a failed escalation names whom to dial and how; words of people are quoted, and left out where the
//! case is restricted, unless they were written to the very person who reads. Neighbours: sent by `delivery`.

use super::contacts::{address, urgent_items};
use super::labels;
use super::quote::quote;
use super::reader::{Reader, code, plain, strong};
use crate::chat::card::{Action, Button, Card, Line, Part, Span, Style, Tone};
use crate::domain::{
    case::Case,
    clock::Timestamp,
    ids::{CaseNumber, EscalationId},
    notification::Topic,
    person::{ContactMethod, Role},
    policy::Policy,
};

/// Somebody to phone when nobody answers in chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dial {
    /// The role.
    pub role: Role,
    /// The name.
    pub name: String,
    /// Numbers and addresses of the directory, best first.
    pub means: Vec<ContactMethod>,
}

/// What a notice is made from.
#[derive(Debug, Clone, Copy)]
pub struct Notice<'a> {
    /// The policy in force.
    pub policy: &'a Policy,
    /// The case.
    pub case: &'a Case,
    /// What it is about.
    pub topic: Topic,
    /// The other case, for a notice of a merge.
    pub other: Option<CaseNumber>,
    /// Read by one person who reported, not by responders.
    pub to_reporter: bool,
    /// Name of the person it speaks of (who was paged, who acknowledged, who could not be reached).
    pub about: Option<&'a str>,
    /// Words of a person that it quotes (a reply, a note, a reason).
    pub words: Option<&'a str>,
    /// Try within the step of a page, from 1.
    pub attempt: Option<u32>,
    /// The escalation, which can still be acknowledged while it runs.
    pub escalation: Option<EscalationId>,
    /// By when something is due (a page's acknowledgement).
    pub due: Option<Timestamp>,
    /// Whom to phone, for a failed escalation.
    pub dial: &'a [Dial],
}

/// The notice.
#[must_use]
pub fn notice(reader: &Reader, notice: &Notice<'_>) -> Card {
    let somebody = reader.say("somebody");
    let name = notice.about.unwrap_or(&somebody);
    let number = notice.case.number.to_string();
    let template = sentence(reader, notice);
    let due = notice
        .due
        .map_or_else(|| plain(reader.say("the time of the policy")), Span::Time);
    let reported = Span::Time(notice.case.reported_at);
    let other = notice
        .other
        .map_or_else(|| reader.say("another case"), |other| other.to_string());
    let mut parts = vec![reader.text(
        template,
        &[
            ("number", code(&number)),
            ("name", strong(name)),
            ("due", due),
            ("reported", reported),
            ("other", code(&other)),
        ],
    )];
    let restricted = notice.case.handling.restricted.is_some();
    let said = notice.words.map(quote).filter(|words| !words.is_empty());
    let to_the_reader = notice.topic == Topic::NoteToReporter && notice.to_reporter;
    // A reason or a reply is the responders' business; a reporter reads only what was written to reporters.
    let said = said.filter(|_| to_the_reader || !notice.to_reporter);
    match said {
        Some(text) if !restricted || to_the_reader => parts.push(Part::Quote { text }),
        Some(_) => {
            parts.push(reader.small("The words are in the record; the case is restricted.", &[]))
        }
        None => {}
    }
    if notice.topic == Topic::EscalationFailed {
        dial(reader, notice, &mut parts);
    }
    if to_the_reader {
        parts.push(reader.text("To answer, reply to this message.", &[]));
    }
    let buttons = buttons(reader, notice);
    if !buttons.is_empty() {
        parts.push(Part::Buttons { buttons });
    }
    let due = notice.due.map(|due| reader.time(due)).unwrap_or_default();
    let reported = reader.time(notice.case.reported_at);
    Card {
        title: None,
        parts,
        tone: tone(notice.topic),
        summary: reader.fill(
            template,
            &[
                ("number", &number),
                ("name", name),
                ("due", &due),
                ("reported", &reported),
                ("other", &other),
            ],
        ),
    }
}

fn sentence(reader: &Reader, notice: &Notice<'_>) -> &'static str {
    match notice.topic {
        Topic::PageSent if notice.attempt.is_some_and(|attempt| attempt > 1) => {
            "{name} was paged again for {number}, by chat only. An answer is awaited until {due}."
        }
        Topic::PageSent => {
            "{name} was paged for {number}, by chat only. An answer is awaited until {due}."
        }
        Topic::PageAcknowledged => "{name} acknowledged the page for {number}.",
        Topic::PageUnanswered => {
            "{name} did not answer the page for {number} in time. The next page goes out now."
        }
        Topic::EscalationFailed => {
            "Nobody answered the page for {number}. Please call by phone now, and take the case here to show that you are on it."
        }
        Topic::FeedbackFailed => {
            "{name} could not be told the outcome of {number}. Please tell them another way, and write a note when it is done."
        }
        Topic::ReceiptFailed => {
            "{name} reported {number}, and the receipt could not be delivered. Please confirm it to them another way."
        }
        Topic::TakeOverdue => {
            "Nobody has taken {number} yet, reported on {reported}. Who takes it?"
        }
        Topic::TriageOverdue => {
            "Triage of {number} is overdue, reported on {reported}. What is known suffices to triage it."
        }
        Topic::ResolveOverdue => {
            "{number} should have been resolved by now, reported on {reported}. Write a note with the next action, or close it."
        }
        Topic::RestrictionDue => {
            "The restriction of {number} is due for review. Decide whether it is still needed, and write a note with the reason."
        }
        Topic::ReporterAdded => "A reporter added to {number}:",
        Topic::ReportWithdrawn => {
            "The report behind {number} was withdrawn by its reporter. The case stays until somebody closes it."
        }
        Topic::ReporterJoined => {
            "Somebody else reported the same as {number}, and will hear the outcome too."
        }
        Topic::Reopened if notice.to_reporter => {
            "We are working on {number} again. You will hear from us once more when it ends."
        }
        Topic::Reopened => "{number} was reopened.",
        Topic::MergedInto if notice.to_reporter => {
            "Your report {number} is about the same matter as another one. Both are worked on together, and you will hear the outcome."
        }
        Topic::MergedInto if !reader.hears_threads => {
            "{name} merged {number} into {other}. It is worked on there."
        }
        Topic::MergedInto => {
            "{name} merged {number} into {other}. It is worked on there; what is written here is kept, and passed on."
        }
        Topic::Merged => {
            "{name} merged {other} into {number}. Its reporters are told the outcome of this case, too."
        }
        Topic::Unmerged if notice.to_reporter => {
            "We are looking at your report {number} by itself again. You will hear from us when it ends."
        }
        Topic::Unmerged => {
            "{name} took {number} out of {other}. It is open again, and worked on by itself."
        }
        Topic::MergeUndone => "{name} took {other} out of {number} again.",
        Topic::MergedHeard => "{name} added to {other}, which was merged into {number}:",
        Topic::NoteToReporter if notice.to_reporter => {
            "About your report {number}, the responders write:"
        }
        Topic::NoteToReporter => "The reporters of {number} were written to:",
        // A digest is of many cases and has words of its own (`digest`); of one, this is all there is to say.
        Topic::Digest => "{number} is in the digest of the day.",
        // Of no case: these are cards of their own.
        Topic::LinkAsked | Topic::Linked | Topic::LinkRefused => {
            "{number} is about linked accounts."
        }
    }
}

fn dial(reader: &Reader, notice: &Notice<'_>, parts: &mut Vec<Part>) {
    let item = |dial: &Dial| -> Line {
        let mut line = vec![
            strong(labels::role(notice.policy, dial.role)),
            plain(": "),
            plain(dial.name.as_str()),
        ];
        if dial.means.is_empty() {
            line.push(plain(reader.say(", no number in the directory")));
        }
        for means in &dial.means {
            line.push(plain(", "));
            line.push(code(address(means)));
        }
        line
    };
    let items: Vec<Line> = notice.dial.iter().map(item).collect();
    let reachable = notice.dial.iter().any(|dial| !dial.means.is_empty());
    if !items.is_empty() {
        parts.push(Part::List { items });
    }
    if !reachable {
        parts.push(reader.text("The urgent contacts of the policy:", &[]));
        parts.push(Part::List {
            items: urgent_items(notice.policy),
        });
    }
}

/// The step that mends what the notice is about, where there is one.
fn buttons(reader: &Reader, notice: &Notice<'_>) -> Vec<Button> {
    let case = notice.case.id.to_string();
    let found = match notice.topic {
        Topic::TakeOverdue => Some(("Take", "take", case)),
        Topic::TriageOverdue => Some(("Triage", "triage", case)),
        Topic::ResolveOverdue | Topic::RestrictionDue => Some(("Note", "note", case)),
        Topic::EscalationFailed => Some(("Take", "take", case)),
        Topic::PageUnanswered => notice
            .escalation
            .map(|escalation| ("Acknowledge", "acknowledge", escalation.to_string())),
        Topic::NoteToReporter | Topic::MergedInto if notice.to_reporter => {
            Some(("Add details", "add_details", case))
        }
        Topic::MergedInto => Some(("Undo merge", "unmerge", case)),
        _ => None,
    };
    found
        .into_iter()
        .map(|(label, verb, id)| Button {
            label: reader.say(label),
            action: Action {
                verb: verb.to_owned(),
                id,
            },
            style: Style::Primary,
        })
        .collect()
}

const fn tone(topic: Topic) -> Tone {
    match topic {
        Topic::PageAcknowledged => Tone::Good,
        Topic::EscalationFailed
        | Topic::PageUnanswered
        | Topic::TakeOverdue
        | Topic::TriageOverdue
        | Topic::ResolveOverdue => Tone::Urgent,
        Topic::FeedbackFailed | Topic::ReceiptFailed => Tone::Bad,
        Topic::PageSent
        | Topic::ReporterAdded
        | Topic::ReportWithdrawn
        | Topic::ReporterJoined
        | Topic::Reopened
        | Topic::MergedInto
        | Topic::Merged
        | Topic::Unmerged
        | Topic::MergeUndone
        | Topic::MergedHeard
        | Topic::NoteToReporter
        | Topic::Digest
        | Topic::LinkAsked
        | Topic::Linked
        | Topic::LinkRefused
        | Topic::RestrictionDue => Tone::Calm,
    }
}
