//! The close form: asks only for what is missing, and shows what each reporter will be told.
//!
//! Invariants: category, assessment and severity are asked only while they are missing; an outcome must fit the assessment; every outcome shows the start of
//! its sentence for reporters, and "Preview" shows the chosen one whole, keeping what was entered. Neighbours: [`super::assess`].

use super::reading::{FieldErrors, Reading};
use super::{
    ASKS, PARAGRAPH, assess, categories, field, hinted, key, level_of, levels, option, paragraph,
};
use crate::chat::card::{Line, Span};
use crate::chat::form::{Choice, Entered, Form, Input};
use crate::chat::speech::{Reader, labels, preview, reader::code};
use crate::domain::{
    assessment::Assessment,
    authority::Verb,
    case::Case,
    gates::{self, Missing},
    input::CloseInput,
    policy::{NOT_SURE, Outcome, Policy},
    severity::Severity,
};

/// The button inside the form that shows what reporters will be told.
pub const PREVIEW: &str = "preview_close";

const CATEGORY: &str = "category";
const SEVERITY: &str = "severity";
const OUTCOME: &str = "outcome";
const NOTES: &str = "notes";

/// What the form must know of the case.
#[derive(Debug, Clone, Copy)]
pub struct Closing<'a> {
    /// The policy in force.
    pub policy: &'a Policy,
    /// The case.
    pub case: &'a Case,
    /// How many reporters wait for an answer.
    pub reporters: usize,
}

impl Closing<'_> {
    fn asks_category(&self) -> bool {
        self.case.category == NOT_SURE
    }

    fn asks_assessment(&self) -> bool {
        self.case.assessment == Assessment::Undecided
    }

    /// An incident needs a severity; what is none yet may become one in this form.
    fn asks_severity(&self) -> bool {
        self.case.severity == Severity::Unrated
            && (self.asks_assessment() || self.case.assessment == Assessment::Incident)
    }

    fn outcomes(&self) -> Vec<&Outcome> {
        let decided = self.case.assessment;
        self.policy
            .outcome
            .iter()
            .filter(|outcome| self.asks_assessment() || outcome.fits.contains(&decided))
            .collect()
    }
}

/// The form; with what was entered before, if it is built anew for a preview.
#[must_use]
pub fn build(reader: &Reader, closing: &Closing<'_>, entered: &Entered) -> Form {
    let mut fields = Vec::new();
    if closing.asks_category() {
        let chosen = entered.text(CATEGORY).map(str::to_owned);
        fields.push(field(
            CATEGORY,
            reader.say("Category"),
            true,
            Input::Choice {
                options: categories(closing.policy)
                    .into_iter()
                    .filter(|choice| choice.value != NOT_SURE)
                    .collect(),
                initial: chosen,
            },
        ));
    }
    if closing.asks_assessment() {
        fields.extend(assess::fields(reader, closing.policy, entered));
    }
    if closing.asks_severity() {
        fields.push(hinted(
            field(
                SEVERITY,
                reader.say("Severity"),
                closing.case.assessment == Assessment::Incident,
                Input::Choice {
                    options: levels(closing.policy),
                    initial: entered.text(SEVERITY).map(str::to_owned),
                },
            ),
            reader.say("By the rubric. An incident needs one; anything else may stay unrated."),
        ));
    }
    fields.push(hinted(
        field(
            OUTCOME,
            reader.say("Outcome"),
            true,
            Input::Choice {
                options: outcomes(closing),
                initial: entered.text(OUTCOME).map(str::to_owned),
            },
        ),
        reader.say("Below each outcome stands how the answer to the reporters begins."),
    ));
    fields.push(hinted(
        field(
            NOTES,
            reader.say("Closure notes"),
            true,
            paragraph(entered.text(NOTES).map(str::to_owned)),
        ),
        reader.say(
            "For the record: what it was, what was done, what remains. Reporters do not see it.",
        ),
    ));
    if closing.reporters > 0 {
        fields.push(field(
            PREVIEW,
            reader.say("Preview the answer to reporters"),
            false,
            Input::More {
                verb: PREVIEW.to_owned(),
            },
        ));
    }
    let mut key = key(Verb::Close.as_str(), closing.case.id);
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    key.extra.insert(ASKS.to_owned(), names.join(" "));
    Form {
        key,
        title: reader.say("Close"),
        intro: intro(reader, closing, entered),
        fields,
        submit: reader.say("Close the case"),
    }
}

fn outcomes(closing: &Closing<'_>) -> Vec<Choice> {
    let restricted = closing.case.handling.restricted.is_some();
    closing
        .outcomes()
        .into_iter()
        .map(|outcome| {
            let tell = if restricted {
                &outcome.tell_restricted
            } else {
                &outcome.tell
            };
            option(&outcome.id, &outcome.label, Some(tell))
        })
        .collect()
}

fn intro(reader: &Reader, closing: &Closing<'_>, entered: &Entered) -> Vec<Line> {
    let mut lines = vec![reader.line("Closes {number}.", &[("number", code(closing.case.number))])];
    // What this form cannot ask for is named before somebody fills it in for nothing.
    let elsewhere: Vec<Missing> = gates::missing_to_close(closing.case, closing.policy)
        .into_iter()
        .filter(|missing| {
            !matches!(
                missing,
                Missing::Category | Missing::Assessment | Missing::Severity
            )
        })
        .collect();
    if !elsewhere.is_empty() {
        let missing = gates::phrase(&elsewhere);
        lines.push(reader.line(
            "Before it can be closed, triage must add {missing}.",
            &[("missing", Span::Strong(missing))],
        ));
    }
    let outcome = entered
        .text(OUTCOME)
        .and_then(|id| closing.policy.outcome(id));
    let restricted = closing.case.handling.restricted.is_some();
    lines.extend(preview(reader, outcome, restricted, closing.reporters));
    lines
}

/// What was entered.
///
/// # Errors
/// What is wrong, by field.
pub fn read(
    reader: &Reader,
    closing: &Closing<'_>,
    entered: &Entered,
) -> Result<CloseInput, FieldErrors> {
    let policy = closing.policy;
    let mut reading = Reading::new(reader, entered);
    let category = if closing.asks_category() {
        reading.chosen(CATEGORY, "Choose the category it turned out to be.", |id| {
            policy
                .category(id)
                .filter(|category| category.id != NOT_SURE)
                .map(|category| category.id.clone())
        })
    } else {
        None
    };
    let assess = if closing.asks_assessment() {
        assess::collect(&mut reading, policy)
    } else {
        None
    };
    let severity = closing
        .asks_severity()
        .then(|| reading.choice(SEVERITY, level_of))
        .flatten();
    let outcome = reading.chosen(OUTCOME, "Choose how it ended.", |id| policy.outcome(id));
    let notes = reading.required(
        NOTES,
        PARAGRAPH,
        "Write what it was and what was done; two sentences are enough.",
    );
    let decided = assess
        .as_ref()
        .map_or(closing.case.assessment, |assess| assess.result);
    let unrated = closing.asks_severity() && severity.is_none();
    if decided == Assessment::Incident && unrated {
        let sentence = reader.say("An incident needs a severity, by the rubric.");
        reading.wrong(SEVERITY, sentence);
    }
    let Some(outcome) = outcome else {
        return Err(reading.errors());
    };
    if decided != Assessment::Undecided && !outcome.fits.contains(&decided) {
        let fitting: Vec<&str> = policy
            .outcome
            .iter()
            .filter(|other| other.fits.contains(&decided))
            .map(|other| other.label.as_str())
            .collect();
        let sentence = reader.fill(
            "This outcome does not fit \"{decided}\". These do: {fitting}.",
            &[
                ("decided", &labels::assessment(reader, decided)),
                ("fitting", &fitting.join("; ")),
            ],
        );
        reading.wrong(OUTCOME, sentence);
    }
    reading.end(CloseInput {
        category,
        assess,
        severity,
        outcome: outcome.id.clone(),
        notes,
    })
}
