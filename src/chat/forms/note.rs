//! The note form: something for the record, and on demand for the reporters too.
//!
//! Invariants: reporters are told only if that is ticked. Neighbours: `domain`'s rule of notes.

use super::reading::{FieldErrors, Reading};
use super::{PARAGRAPH, YES, field, key, option, paragraph};
use crate::chat::form::{Entered, Form, Input};
use crate::chat::speech::{Reader, reader::code};
use crate::domain::{authority::Verb, case::Case, input::NoteInput};

const TEXT: &str = "text";
const TELL: &str = "to_reporters";

/// The form for a case.
#[must_use]
pub fn build(reader: &Reader, case: &Case) -> Form {
    let about = reader.say("They get it word for word by direct message and can answer there.");
    Form {
        key: key(Verb::Note.as_str(), case.id),
        title: reader.say("Note"),
        intro: vec![reader.line(
            "For the record of {number}.",
            &[("number", code(case.number))],
        )],
        fields: vec![
            field(TEXT, reader.say("Note"), true, paragraph(None)),
            field(
                TELL,
                reader.say("Who reads it?"),
                false,
                Input::Many {
                    options: vec![option(
                        YES,
                        &reader.say("Also tell the reporters"),
                        Some(&about),
                    )],
                    initial: Vec::new(),
                },
            ),
        ],
        submit: reader.say("Note"),
    }
}

/// What was entered.
///
/// # Errors
/// What is wrong, by field.
pub fn read(reader: &Reader, entered: &Entered) -> Result<NoteInput, FieldErrors> {
    let mut reading = Reading::new(reader, entered);
    let text = reading.required(TEXT, PARAGRAPH, "Write the note.");
    let to_reporters = reading.many(TELL).iter().any(|value| value == YES);
    reading.end(NoteInput { text, to_reporters })
}
