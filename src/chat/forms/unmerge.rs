//! The form to undo a merge: why.
//!
//! Invariants: a reason is required; the reporters hear that their report is looked at by itself again. Neighbours: [`super::merge`].

use super::reading::{FieldErrors, Reading};
use super::{PARAGRAPH, field, key, paragraph};
use crate::chat::form::{Entered, Form};
use crate::chat::speech::{Reader, reader::code};
use crate::domain::{authority::Verb, case::Case};

const REASON: &str = "reason";

/// The form for a case.
#[must_use]
pub fn build(reader: &Reader, case: &Case) -> Form {
    Form {
        key: key(Verb::Unmerge.as_str(), case.id),
        title: reader.say("Undo merge"),
        intro: vec![reader.line(
            "{number} is open again and worked on by itself; both records stay as they are, and its reporters are told.",
            &[("number", code(case.number))],
        )],
        fields: vec![field(
            REASON,
            reader.say("Why is it a matter of its own?"),
            true,
            paragraph(None),
        )],
        submit: reader.say("Undo merge"),
    }
}

/// What was entered: the reason.
///
/// # Errors
/// What is wrong, by field.
pub fn read(reader: &Reader, entered: &Entered) -> Result<String, FieldErrors> {
    let mut reading = Reading::new(reader, entered);
    let reason = reading.required(REASON, PARAGRAPH, "Write in a sentence how the two differ.");
    reading.end(reason)
}
