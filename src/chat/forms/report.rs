//! The report form: what happened, and nothing else that must be known.
//!
//! Invariants: one required field (R9, R10); the report-early rule is visible (R14); "not sure" is chosen at first; pressing "Add details" gives the longer
//! form with everything that was entered; where a form cannot grow, the short one asks whether it concerns a colleague. Neighbours: [`super::details`] holds the further fields.

use super::reading::{FieldErrors, Reading};
use super::{FILES, PARAGRAPH, categories, details, field, hinted, key, paragraph};
use crate::chat::card::Span;
use crate::chat::form::{Entered, Form, FormKey, Input};
use crate::chat::speech::Reader;
use crate::chat::traits;
use crate::domain::{
    clock::{Timestamp, from_micros, micros},
    event_report::Door,
    input::NewReport,
    policy::{NOT_SURE, Policy},
};

/// The verb of this form.
pub const VERB: &str = "report";
/// The button inside the form that asks for the longer one.
pub const MORE: &str = "add_details";
/// Which door the form was opened by, in the key's extra.
const DOOR: &str = "door";
/// When it was opened, in microseconds, in the key's extra.
const AT: &str = "at";

/// How a form was opened; stays with it until it is submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// By which door.
    pub door: Door,
    /// When; absent in a form of an older version.
    pub at: Option<Timestamp>,
}

impl Opened {
    /// What the key of a form says.
    #[must_use]
    pub fn of(key: &FormKey) -> Self {
        let said = key.extra.get(DOOR).and_then(|door| door.parse().ok());
        let at = key.extra.get(AT).and_then(|at| at.parse().ok());
        Self {
            door: match said {
                Some(door @ (Door::GlobalShortcut | Door::Home)) => door,
                _ => Door::Form,
            },
            at: at.and_then(from_micros),
        }
    }

    fn note(self, key: &mut FormKey) {
        key.extra
            .insert(DOOR.to_owned(), self.door.as_str().to_owned());
        if let Some(at) = self.at {
            key.extra.insert(AT.to_owned(), micros(at).to_string());
        }
    }
}

const WHAT: &str = "text";
const CATEGORY: &str = "category";
const FILE: &str = "files";

/// The form; `long` with the fields of the details, `entered` with what stands in it already.
#[must_use]
pub fn build(
    reader: &Reader,
    policy: &Policy,
    opened: Opened,
    long: bool,
    entered: &Entered,
) -> Form {
    let what = entered.text(WHAT).map(str::to_owned);
    let category = entered
        .text(CATEGORY)
        .filter(|id| policy.category(id).is_some())
        .unwrap_or(NOT_SURE);
    let mut fields = vec![
        hinted(
            field(WHAT, reader.say("What happened?"), true, paragraph(what)),
            reader.say(
                "What you saw is enough, in your own words. Please leave out passwords and keys.",
            ),
        ),
        field(
            CATEGORY,
            reader.say("What does it look like?"),
            false,
            Input::Choice {
                options: categories(policy),
                initial: Some(category.to_owned()),
            },
        ),
        field(
            FILE,
            reader.say("Screenshots or files"),
            false,
            Input::Files { max: FILES },
        ),
    ];
    if long {
        fields.extend(details::fields(reader, entered));
    } else if !traits::of(reader.platform).forms_grow {
        // Before anybody sees the report; later would be too late.
        fields.push(details::colleague(reader, entered));
    } else {
        fields.push(field(
            MORE,
            reader.say("Add details"),
            false,
            Input::More {
                verb: MORE.to_owned(),
            },
        ));
    }
    let mut key = key(VERB, "");
    opened.note(&mut key);
    Form {
        key,
        title: reader.say("Report a security event"),
        intro: vec![
            vec![Span::Strong(policy.organisation.report_early.clone())],
            reader.line(
                "Point of contact: {contact}.",
                &[(
                    "contact",
                    Span::Plain(policy.contacts.point_of_contact.clone()),
                )],
            ),
        ],
        fields,
        submit: reader.say("Report"),
    }
}

/// What was entered, in the short form or the long one.
///
/// # Errors
/// What is wrong, by field.
pub fn read(
    reader: &Reader,
    policy: &Policy,
    opened: Opened,
    entered: &Entered,
) -> Result<NewReport, FieldErrors> {
    let mut reading = Reading::new(reader, entered);
    let text = reading.required(
        WHAT,
        PARAGRAPH,
        "Write what happened; one sentence is enough.",
    );
    let mut details = details::collect(&mut reading);
    details.category = reading.choice(CATEGORY, |id| {
        policy.category(id).map(|category| category.id.clone())
    });
    details.files = reading.files(FILE);
    details.begun_at = opened.at;
    reading.end(NewReport {
        text,
        snapshot: None,
        details,
    })
}
