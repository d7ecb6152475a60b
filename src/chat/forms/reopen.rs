//! The form to reopen a case: why.
//!
//! Invariants: a reason is required; the reporters hear that the work goes on. Neighbours: `domain`'s rule of reopening.

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
        key: key(Verb::Reopen.as_str(), case.id),
        title: reader.say("Reopen"),
        intro: vec![reader.line(
            "{number} goes back into triage; what was decided stays on record.",
            &[("number", code(case.number))],
        )],
        fields: vec![field(
            REASON,
            reader.say("Why is it opened again?"),
            true,
            paragraph(None),
        )],
        submit: reader.say("Reopen"),
    }
}

/// What was entered: the reason.
///
/// # Errors
/// What is wrong, by field.
pub fn read(reader: &Reader, entered: &Entered) -> Result<String, FieldErrors> {
    let mut reading = Reading::new(reader, entered);
    let reason = reading.required(REASON, PARAGRAPH, "Write why; what became known is enough.");
    reading.end(reason)
}
