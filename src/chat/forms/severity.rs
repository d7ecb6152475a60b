//! The severity form: another level, and why.
//!
//! Invariants: a reason is required (R52). Neighbours: the first rating is given in [`super::triage`].

use super::reading::{FieldErrors, Reading};
use super::{PARAGRAPH, field, key, level_of, levels, paragraph, rubric};
use crate::chat::card::Span;
use crate::chat::form::{Entered, Form, Input};
use crate::chat::speech::{Reader, labels, reader::code};
use crate::domain::{authority::Verb, case::Case, policy::Policy, severity::Level};

const LEVEL: &str = "severity";
const REASON: &str = "reason";

/// The form for a case.
#[must_use]
pub fn build(reader: &Reader, policy: &Policy, case: &Case) -> Form {
    let now = labels::severity(reader, policy, case.severity);
    let mut intro = vec![reader.line(
        "{number}: now {now}. The first rating stays on record.",
        &[("number", code(case.number)), ("now", Span::Strong(now))],
    )];
    intro.extend(rubric(reader, policy));
    Form {
        key: key(Verb::SetSeverity.as_str(), case.id),
        title: reader.say("Severity"),
        intro,
        fields: vec![
            field(
                LEVEL,
                reader.say("Severity"),
                true,
                Input::Choice {
                    options: levels(policy),
                    initial: case.severity.level().map(|level| level.to_string()),
                },
            ),
            field(
                REASON,
                reader.say("Why does it change?"),
                true,
                paragraph(None),
            ),
        ],
        submit: reader.say("Change"),
    }
}

/// What was entered: the level and the reason.
///
/// # Errors
/// What is wrong, by field.
pub fn read(reader: &Reader, entered: &Entered) -> Result<(Level, String), FieldErrors> {
    let mut reading = Reading::new(reader, entered);
    let level = reading.chosen(LEVEL, "Choose a severity by the rubric.", level_of);
    let reason = reading.required(
        REASON,
        PARAGRAPH,
        "Write why it changes; what became known is enough.",
    );
    match level {
        Some(level) => reading.end((level, reason)),
        None => Err(reading.errors()),
    }
}
