//! The details form: what a reporter may tell beyond the first words. Everything is optional.
//!
//! Invariants: "concerns a colleague" makes the case restricted and says so; an empty form is refused, because it would add nothing.
//! Neighbours: [`super::report`] shows the same fields in its longer shape.

use super::reading::{FieldErrors, Reading};
use super::{FILES, LINE, PARAGRAPH, YES, categories, field, hinted, key, line, option, paragraph};
use crate::chat::form::{Entered, Field, Form, Input};
use crate::chat::speech::{Reader, reader::code};
use crate::domain::{
    authority::Verb,
    event_report::{Asset, Details},
    ids::{CaseId, CaseNumber},
    policy::Policy,
};

const PROVIDER: &str = "provider";
const ACCOUNT: &str = "account";
const TENANT: &str = "tenant";
const APPLICATION: &str = "application";
const NOTICED: &str = "noticed_at";
const SCREEN: &str = "on_screen";
const LINK_LIST: &str = "links";
const COLLEAGUE: &str = "concerns_colleague";
const CATEGORY: &str = "category";
const FILE: &str = "files";

/// The fields that the long report form has too.
pub(super) fn fields(reader: &Reader, entered: &Entered) -> Vec<Field> {
    let initial = |name: &str| entered.text(name).map(str::to_owned);
    let one = |name: &str, label: &'static str, hint: &'static str| {
        hinted(
            field(name, reader.say(label), false, line(initial(name))),
            reader.say(hint),
        )
    };
    vec![
        one(
            PROVIDER,
            "Where: provider",
            "For example AWS, Google, Microsoft 365",
        ),
        one(
            ACCOUNT,
            "Where: account or project",
            "Its number or name, if you know it",
        ),
        one(
            TENANT,
            "Where: tenant",
            "Or workspace, if there are several",
        ),
        one(
            APPLICATION,
            "Where: application or device",
            "For example mail, payroll, your laptop",
        ),
        field(
            NOTICED,
            reader.say("When did you notice it?"),
            false,
            Input::Moment {
                initial: Reading::new(reader, entered).moment(NOTICED),
            },
        ),
        field(
            SCREEN,
            reader.say("What did the screen say?"),
            false,
            paragraph(initial(SCREEN)),
        ),
        hinted(
            field(
                LINK_LIST,
                reader.say("Links"),
                false,
                paragraph(initial(LINK_LIST)),
            ),
            reader.say("One per line. Nobody opens them from here."),
        ),
        colleague(reader, entered),
    ]
}

/// Whether it concerns a colleague: asked for before anything is shown to anybody.
pub(super) fn colleague(reader: &Reader, entered: &Entered) -> Field {
    let ticked = Reading::new(reader, entered).many(COLLEAGUE);
    hinted(
        field(
            COLLEAGUE,
            reader.say("Does it concern a colleague?"),
            false,
            Input::Many {
                options: vec![option(
                    YES,
                    &reader.say("Yes, it concerns a colleague"),
                    Some(&reader.say(
                        "Then only the few people who handle it can see more than its number.",
                    )),
                )],
                initial: ticked,
            },
        ),
        reader.say("Tick it if somebody here may be involved, as a suspect or as a victim."),
    )
}

/// What was entered in these fields.
pub(super) fn collect(reading: &mut Reading<'_>) -> Details {
    Details {
        category: None,
        asset: Asset {
            provider: reading.optional(PROVIDER, LINE),
            account: reading.optional(ACCOUNT, LINE),
            tenant: reading.optional(TENANT, LINE),
            application: reading.optional(APPLICATION, LINE),
        },
        noticed_at: reading.moment(NOTICED),
        on_screen: reading.optional(SCREEN, PARAGRAPH),
        links: reading.links(LINK_LIST),
        concerns_colleague: reading.many(COLLEAGUE).iter().any(|value| value == YES),
        files: Vec::new(),
        begun_at: None,
    }
}

/// The form for a case that exists.
#[must_use]
pub fn build(reader: &Reader, policy: &Policy, case: CaseId, number: CaseNumber) -> Form {
    let nothing = Entered::default();
    let mut fields = vec![field(
        CATEGORY,
        reader.say("What does it look like?"),
        false,
        Input::Choice {
            options: categories(policy),
            initial: None,
        },
    )];
    fields.extend(self::fields(reader, &nothing));
    fields.push(field(
        FILE,
        reader.say("Screenshots or files"),
        false,
        Input::Files { max: FILES },
    ));
    Form {
        key: key(Verb::AddDetails.as_str(), case),
        title: reader.say("Add details"),
        intro: vec![
            reader.line(
                "To {number}. Fill in what you know and leave the rest; nothing that is recorded already gets lost.",
                &[("number", code(number))],
            ),
            vec![crate::chat::card::Span::Plain(
                policy.organisation.report_early.clone(),
            )],
        ],
        fields,
        submit: reader.say("Add"),
    }
}

/// What was entered.
///
/// # Errors
/// What is wrong, by field.
pub fn read(reader: &Reader, policy: &Policy, entered: &Entered) -> Result<Details, FieldErrors> {
    let mut reading = Reading::new(reader, entered);
    let mut details = collect(&mut reading);
    details.category = reading.choice(CATEGORY, |id| {
        policy.category(id).map(|category| category.id.clone())
    });
    details.files = reading.files(FILE);
    if details == Details::default() {
        reading.wrong(
            SCREEN,
            reader.say("Nothing is filled in. Write what you know, or leave the form."),
        );
    }
    reading.end(details)
}
