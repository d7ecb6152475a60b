//! The triage form: sort and rate, with the rubric beside the choice.
//!
//! Invariants: what the case has already stands in the form, so nothing is typed twice; category and severity must be chosen.
//! Neighbours: `domain`'s rule of triage refuses what only it can know (a floor, a missing alert id).

use super::reading::{FieldErrors, Reading};
use super::{
    LINE, categories, field, hinted, key, level_of, levels, line, option, paragraph, rubric,
};
use crate::chat::form::{Entered, Form, Input};
use crate::chat::speech::{Reader, reader::code};
use crate::domain::{
    authority::Verb,
    case::{Case, Cia},
    event_report::Asset,
    input::TriageInput,
    policy::{NOT_SURE, Policy},
};

const CATEGORY: &str = "category";
const SEVERITY: &str = "severity";
const REASON: &str = "reason";
const PROVIDER: &str = "provider";
const ACCOUNT: &str = "account";
const TENANT: &str = "tenant";
const APPLICATION: &str = "application";
const ALERT: &str = "alert_id";
const LINK_LIST: &str = "links";
const SERVICE_OWNER: &str = "service_owner";
const CIA: &str = "cia";
const CONFIDENTIALITY: &str = "confidentiality";
const INTEGRITY: &str = "integrity";
const AVAILABILITY: &str = "availability";

/// The form for a case.
#[must_use]
pub fn build(reader: &Reader, policy: &Policy, case: &Case) -> Form {
    let one = |name: &str, label: &'static str, initial: &Option<String>| {
        field(name, reader.say(label), false, line(initial.clone()))
    };
    let links = case.alert.links.join("\n");
    let mut intro = vec![reader.line(
        "{number}: what is known suffices; everything can be corrected later.",
        &[("number", code(case.number))],
    )];
    intro.extend(rubric(reader, policy));
    let category = Some(case.category.clone()).filter(|id| policy.category(id).is_some());
    Form {
        key: key(Verb::Triage.as_str(), case.id),
        title: reader.say("Triage"),
        intro,
        fields: vec![
            field(
                CATEGORY,
                reader.say("Category"),
                true,
                Input::Choice {
                    options: categories(policy),
                    initial: category.or_else(|| Some(NOT_SURE.to_owned())),
                },
            ),
            field(
                SEVERITY,
                reader.say("Severity"),
                true,
                Input::Choice {
                    options: levels(policy),
                    initial: case.severity.level().map(|level| level.to_string()),
                },
            ),
            hinted(
                one(REASON, "Why so low?", &None),
                reader.say("Only if it is rated lower than its category usually is."),
            ),
            one(PROVIDER, "Provider", &case.asset.provider),
            one(
                ACCOUNT,
                "Account, subscription or project",
                &case.asset.account,
            ),
            one(TENANT, "Tenant", &case.asset.tenant),
            one(
                APPLICATION,
                "Application or service",
                &case.asset.application,
            ),
            one(SERVICE_OWNER, "Service owner", &case.service_owner),
            one(ALERT, "Alert id", &case.alert.id),
            hinted(
                field(
                    LINK_LIST,
                    reader.say("Links to artifacts"),
                    false,
                    paragraph(Some(links).filter(|links| !links.is_empty())),
                ),
                reader.say("One per line."),
            ),
            field(
                CIA,
                reader.say("What may be affected?"),
                false,
                Input::Many {
                    options: vec![
                        option(CONFIDENTIALITY, &reader.say("Confidentiality"), None),
                        option(INTEGRITY, &reader.say("Integrity"), None),
                        option(AVAILABILITY, &reader.say("Availability"), None),
                    ],
                    initial: affected(case.cia),
                },
            ),
        ],
        submit: reader.say("Triage"),
    }
}

fn affected(cia: Cia) -> Vec<String> {
    [
        (cia.confidentiality, CONFIDENTIALITY),
        (cia.integrity, INTEGRITY),
        (cia.availability, AVAILABILITY),
    ]
    .into_iter()
    .filter(|(affected, _)| *affected)
    .map(|(_, word)| word.to_owned())
    .collect()
}

/// What was entered.
///
/// # Errors
/// What is wrong, by field.
pub fn read(
    reader: &Reader,
    policy: &Policy,
    entered: &Entered,
) -> Result<TriageInput, FieldErrors> {
    let mut reading = Reading::new(reader, entered);
    let category = reading.chosen(CATEGORY, "Choose a category; \"not sure\" is one.", |id| {
        policy.category(id).map(|category| category.id.clone())
    });
    let severity = reading.chosen(
        SEVERITY,
        "Choose a severity by the rubric; it can be changed later, with a reason.",
        level_of,
    );
    let reason = reading.optional(REASON, LINE);
    let asset = Asset {
        provider: reading.optional(PROVIDER, LINE),
        account: reading.optional(ACCOUNT, LINE),
        tenant: reading.optional(TENANT, LINE),
        application: reading.optional(APPLICATION, LINE),
    };
    let alert_id = reading.optional(ALERT, LINE);
    let service_owner = reading.optional(SERVICE_OWNER, LINE);
    let links = reading.links(LINK_LIST);
    let ticked = reading.many(CIA);
    let has = |word: &str| ticked.iter().any(|value| value == word);
    let cia = Cia {
        confidentiality: has(CONFIDENTIALITY),
        integrity: has(INTEGRITY),
        availability: has(AVAILABILITY),
    };
    let (Some(category), Some(severity)) = (category, severity) else {
        return Err(reading.errors());
    };
    reading.end(TriageInput {
        category,
        severity,
        reason,
        asset,
        alert_id,
        links,
        service_owner,
        cia,
    })
}
