//! Feedback: what a reporter is told at the end, and its preview for the one who closes.
//!
//! Invariants: the words come from the policy's outcome; of a restricted case only `tell_restricted` is said and nothing of the report is repeated.
//! Neighbours: sent by `delivery`, previewed in the close form.

use super::quote::quote;
use super::reader::{Reader, plain, strong};
use crate::chat::card::{Action, Button, Card, Line, Part, Span, Style, Tone};
use crate::domain::{
    clock::Timestamp,
    ids::{CaseId, CaseNumber},
    policy::{self, Policy},
};

/// What feedback is made from.
#[derive(Debug, Clone, Copy)]
pub struct Outcome<'a> {
    /// The policy in force.
    pub policy: &'a Policy,
    /// The case.
    pub case: CaseId,
    /// Its number.
    pub number: CaseNumber,
    /// Outcome id of the policy.
    pub outcome: &'a str,
    /// The case is restricted.
    pub restricted: bool,
    /// What this reporter had said, as a reminder.
    pub said: &'a str,
    /// When this reporter said it.
    pub reported_at: Timestamp,
}

/// What a reporter is told of an outcome.
pub(super) fn words(outcome: &policy::Outcome, restricted: bool) -> &str {
    if restricted {
        &outcome.tell_restricted
    } else {
        &outcome.tell
    }
}

/// The feedback.
#[must_use]
pub fn feedback(reader: &Reader, outcome: &Outcome<'_>) -> Card {
    let number = outcome.number.to_string();
    let told = outcome.policy.outcome(outcome.outcome).map_or_else(
        || reader.say("Your report has been dealt with. Thank you for telling us."),
        |found| words(found, outcome.restricted).to_owned(),
    );
    let mut parts = vec![Part::Text {
        line: vec![plain(told.as_str())],
    }];
    let said = quote(outcome.said);
    if !outcome.restricted && !said.is_empty() {
        parts.push(reader.small(
            "You reported on {time}:",
            &[("time", Span::Time(outcome.reported_at))],
        ));
        parts.push(Part::Quote { text: said });
    }
    parts.push(reader.text(
        "If you see it again, or if something is not right with this, reply to this message, or ask {contact}.",
        &[(
            "contact",
            strong(outcome.policy.contacts.point_of_contact.as_str()),
        )],
    ));
    parts.push(Part::Buttons {
        buttons: vec![Button {
            label: reader.say("Add details"),
            action: Action {
                verb: "add_details".to_owned(),
                id: outcome.case.to_string(),
            },
            style: Style::Normal,
        }],
    });
    Card {
        title: Some(reader.fill("Outcome of {number}", &[("number", &number)])),
        parts,
        tone: Tone::Good,
        summary: reader.fill(
            "{number}: {told}",
            &[("number", &number), ("told", told.as_str())],
        ),
    }
}

/// The lines above the close form: what each reporter will be told, whole once an outcome is chosen.
#[must_use]
pub fn preview(
    reader: &Reader,
    outcome: Option<&policy::Outcome>,
    restricted: bool,
    reporters: usize,
) -> Vec<Line> {
    let Some(outcome) = outcome else {
        return vec![match reporters {
            0 => reader.line("No reporter waits for an answer.", &[]),
            1 => reader.line(
                "The reporter will be told the sentence of the outcome; \"Preview\" shows it.",
                &[],
            ),
            n => reader.line(
                "Each of the {n} reporters will be told the sentence of the outcome; \"Preview\" shows it.",
                &[("n", plain(n.to_string()))],
            ),
        }];
    };
    vec![
        match reporters {
            0 => reader.line("Nobody waits for this answer:", &[]),
            1 => reader.line("The reporter will be told:", &[]),
            n => reader.line(
                "Each of the {n} reporters will be told:",
                &[("n", plain(n.to_string()))],
            ),
        },
        vec![strong(words(outcome, restricted))],
    ]
}
