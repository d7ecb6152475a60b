//! The escalation form: why, and who will be paged.
//!
//! Invariants: one field, because an escalation must be possible with incomplete data (R68); whoever escalates sees beforehand who is paged, or
//! that nobody holds the role. Neighbours: `policy::EscalationPolicy`.

use super::reading::{FieldErrors, Reading};
use super::{PARAGRAPH, field, key, paragraph};
use crate::chat::card::{Line, Span};
use crate::chat::form::{Entered, Form};
use crate::chat::speech::{OnCall, Reader, labels, reader::code};
use crate::domain::{authority::Verb, case::Case, policy::Policy};

const REASON: &str = "reason";

/// The form for a case; `paged` is who holds the roles of the steps, in order.
#[must_use]
pub fn build(reader: &Reader, policy: &Policy, case: &Case, paged: &[OnCall]) -> Form {
    let mut intro = vec![reader.line(
        "{number}: these people are called one after the other, until somebody acknowledges:",
        &[("number", code(case.number))],
    )];
    for on_call in paged {
        intro.push(step(reader, policy, on_call));
    }
    intro.push(reader.line(
        "They are paged by chat only. If nobody answers, I tell you here whom to phone.",
        &[],
    ));
    Form {
        key: key(Verb::Escalate.as_str(), case.id),
        title: reader.say("Escalate"),
        intro,
        fields: vec![field(
            REASON,
            reader.say("Why do you escalate?"),
            true,
            paragraph(None),
        )],
        submit: reader.say("Page now"),
    }
}

fn step(reader: &Reader, policy: &Policy, on_call: &OnCall) -> Line {
    let role = Span::Strong(labels::role(policy, on_call.role));
    match &on_call.holder {
        Some((name, _)) => reader.line(
            "{role}: {name}",
            &[("role", role), ("name", Span::Plain(name.clone()))],
        ),
        None => reader.line(
            "{role}: nobody holds this role now, this step is skipped",
            &[("role", role)],
        ),
    }
}

/// What was entered: the reason.
///
/// # Errors
/// What is wrong, by field.
pub fn read(reader: &Reader, entered: &Entered) -> Result<String, FieldErrors> {
    let mut reading = Reading::new(reader, entered);
    let reason = reading.required(
        REASON,
        PARAGRAPH,
        "Write why; whoever is paged reads it first.",
    );
    reading.end(reason)
}
