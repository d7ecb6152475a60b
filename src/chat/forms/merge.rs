//! The form to merge a case into another one: which, and why.
//!
//! Invariants: the number is read as after `status`; what becomes of the case and its reporters is said before. Neighbours: `domain::merging`
//! refuses what only it can know, [`super::unmerge`] undoes it.

use super::reading::{FieldErrors, Reading};
use super::{LINE, PARAGRAPH, field, hinted, key, line, paragraph};
use crate::chat::form::{Entered, Form};
use crate::chat::grammar::{Which, which};
use crate::chat::speech::{Reader, reader::code};
use crate::domain::{authority::Verb, case::Case, merging::INTO};

const REASON: &str = "reason";

/// The form for a case.
#[must_use]
pub fn build(reader: &Reader, case: &Case) -> Form {
    Form {
        key: key(Verb::Merge.as_str(), case.id),
        title: reader.say("Merge"),
        intro: vec![reader.line(
            "{number} is closed as the same matter, and worked on in the other case. Its reporters are told, and hear the outcome of that one. The merge can be undone.",
            &[("number", code(case.number))],
        )],
        fields: vec![
            hinted(
                field(INTO, reader.say("Which case goes on?"), true, line(None)),
                reader.say("Its number, such as SE-2026-0042; 42 suffices for this year."),
            ),
            field(
                REASON,
                reader.say("Why are both the same matter?"),
                true,
                paragraph(None),
            ),
        ],
        submit: reader.say("Merge"),
    }
}

/// What was entered: the other case, and the reason.
///
/// # Errors
/// What is wrong, by field.
pub fn read(reader: &Reader, entered: &Entered) -> Result<(Which, String), FieldErrors> {
    let mut reading = Reading::new(reader, entered);
    let ask = "Write the number of the other case, such as SE-2026-0042 or 42.";
    let number = reading.required(INTO, LINE, ask);
    let into = which(number.trim());
    if into.is_none() && !number.trim().is_empty() {
        reading.wrong(INTO, reader.say(ask));
    }
    let reason = reading.required(REASON, PARAGRAPH, "Write what both have in common.");
    let into = into.unwrap_or(Which::OfThisYear(0));
    reading.end((into, reason))
}
