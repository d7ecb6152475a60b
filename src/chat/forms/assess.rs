//! The assessment form: the criteria of the scheme, the result, the reason.
//!
//! Invariants: every criterion is answered, ticked is yes and unticked is no; result and rationale must be given (R56, R62).
//! Neighbours: [`super::close`] asks the same when it is still missing.

use super::reading::{FieldErrors, Reading, cut};
use super::{PARAGRAPH, field, hinted, key, option, paragraph};
use crate::chat::form::{Choice, Entered, Field, Form, Input};
use crate::chat::speech::{Reader, labels, reader::code};
use crate::domain::{
    assessment::Assessment, authority::Verb, case::Case, input::AssessInput, policy::Policy,
};

pub(super) const CRITERIA: &str = "criteria";
pub(super) const RESULT: &str = "result";
pub(super) const RATIONALE: &str = "rationale";

/// The results that can be decided, in the order of the vocabulary.
pub(super) fn results(reader: &Reader, policy: &Policy) -> Vec<Choice> {
    Assessment::ALL
        .iter()
        .filter(|result| **result != Assessment::Undecided)
        .map(|result| {
            let consequence = policy
                .scheme
                .consequence
                .iter()
                .find(|consequence| consequence.result == *result);
            let about = consequence.map(|found| found.consequence.as_str());
            option(result.as_str(), &labels::assessment(reader, *result), about)
        })
        .collect()
}

/// A question as an option: its first words as the label, the others below.
fn criterion(id: &str, question: &str) -> Choice {
    if question.chars().count() <= 75 {
        return option(id, question, None);
    }
    let within: String = question.chars().take(75).collect();
    let label = within
        .rsplit_once(' ')
        .map_or(within.as_str(), |(head, _)| head);
    let rest = question.get(label.len()..).unwrap_or_default().trim();
    option(id, label, Some(rest))
}

/// The fields of a decision.
pub(super) fn fields(reader: &Reader, policy: &Policy, entered: &Entered) -> Vec<Field> {
    let criteria = policy
        .scheme
        .criterion
        .iter()
        .map(|found| criterion(&found.id, &found.question))
        .collect();
    vec![
        hinted(
            field(
                CRITERIA,
                reader.say("Which of these are true?"),
                false,
                Input::Many {
                    options: criteria,
                    initial: Reading::new(reader, entered).many(CRITERIA),
                },
            ),
            reader.say("Tick each that is true; what you leave out is answered with no. One yes speaks for an incident."),
        ),
        field(
            RESULT,
            reader.say("What is it?"),
            true,
            Input::Choice {
                options: results(reader, policy),
                initial: entered.text(RESULT).map(str::to_owned),
            },
        ),
        hinted(
            field(
                RATIONALE,
                reader.say("Why?"),
                true,
                paragraph(entered.text(RATIONALE).map(str::to_owned)),
            ),
            reader.say("The facts that decided it, so that somebody else would decide alike."),
        ),
    ]
}

/// What was entered in these fields; `None` if the result is missing, with its error.
pub(super) fn collect(reading: &mut Reading<'_>, policy: &Policy) -> Option<AssessInput> {
    let ticked = reading.many(CRITERIA);
    let criteria = policy
        .scheme
        .criterion
        .iter()
        .map(|found| (found.id.clone(), ticked.contains(&found.id)))
        .collect();
    let result = reading.chosen(
        RESULT,
        "Choose what it is; it can be revised later.",
        |word| {
            word.parse()
                .ok()
                .filter(|result| *result != Assessment::Undecided)
        },
    );
    let rationale = reading.required(
        RATIONALE,
        PARAGRAPH,
        "Write why; one sentence with the deciding fact is enough.",
    );
    Some(AssessInput {
        criteria,
        result: result?,
        rationale,
    })
}

/// The form for a case.
#[must_use]
pub fn build(reader: &Reader, policy: &Policy, case: &Case) -> Form {
    Form {
        key: key(Verb::Assess.as_str(), case.id),
        title: reader.say("Assess"),
        intro: vec![reader.line(
            "{number}: event or incident? So far: {now}.",
            &[
                ("number", code(case.number)),
                (
                    "now",
                    crate::chat::card::Span::Plain(cut(
                        &labels::assessment(reader, case.assessment),
                        75,
                    )),
                ),
            ],
        )],
        fields: fields(reader, policy, &Entered::default()),
        submit: reader.say("Decide"),
    }
}

/// What was entered.
///
/// # Errors
/// What is wrong, by field.
pub fn read(
    reader: &Reader,
    policy: &Policy,
    entered: &Entered,
) -> Result<AssessInput, FieldErrors> {
    let mut reading = Reading::new(reader, entered);
    match collect(&mut reading, policy) {
        Some(input) => reading.end(input),
        None => Err(reading.errors()),
    }
}
