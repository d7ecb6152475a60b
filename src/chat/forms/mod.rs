//! The forms, one file each: `build` makes it, `read` takes what was entered back and checks it again.
//!
//! Invariants: every limit is checked here again, because a platform's own check is a courtesy (R15); an error stands at its field and says the way
//! out; what was entered is kept when a form is replaced. Neighbours: [`super::conversation`] opens and reads them, the rules of `domain` refuse
//! what only they can know.

pub mod assess;
pub mod close;
pub mod details;
pub mod escalate;
pub mod merge;
pub mod note;
pub mod reading;
pub mod reopen;
pub mod report;
pub mod severity;
pub mod triage;
pub mod unmerge;

use super::form::{Choice, Entered, Field, FormKey, Input};
use super::speech::Reader;
use crate::domain::{authority::Verb, policy::Policy, severity::Level};
use reading::{FieldErrors, cut};
use std::collections::BTreeMap;

/// Most code points of a paragraph: Slack's own limit, so that one form fits every platform.
pub const PARAGRAPH: u32 = 3_000;
/// Most code points of a line.
pub const LINE: u32 = 200;
/// Most code points of one link.
pub const LINK: u32 = 500;
/// Most links of one form.
pub const LINKS: usize = 20;
/// Most files of one form.
pub const FILES: u32 = 10;
/// Most code points of a choice's label and of the line below it.
const CHOICE: usize = 75;
/// The word for yes in a choice.
pub(crate) const YES: &str = "yes";

/// The verbs whose button opens a form; `report` has one too.
pub const HAVE_FORMS: [Verb; 10] = [
    Verb::AddDetails,
    Verb::Triage,
    Verb::Assess,
    Verb::SetSeverity,
    Verb::Escalate,
    Verb::Note,
    Verb::Close,
    Verb::Reopen,
    Verb::Merge,
    Verb::Unmerge,
];

/// The fields that a form always shows, in order; errors without a place of their own go to the first.
fn always(verb: &str) -> &'static [&'static str] {
    if verb == report::VERB {
        return &["text", "category", "files"];
    }
    match verb.parse() {
        Ok(Verb::AddDetails) => &[
            "on_screen",
            "category",
            "provider",
            "account",
            "tenant",
            "application",
            "links",
            "files",
        ],
        Ok(Verb::Triage) => &[
            "category",
            "severity",
            "reason",
            "provider",
            "account",
            "tenant",
            "application",
            "service_owner",
            "alert_id",
            "links",
        ],
        Ok(Verb::Assess) => &["result", "rationale", "criteria"],
        Ok(Verb::SetSeverity) => &["reason", "severity"],
        Ok(Verb::Note) => &["text", "to_reporters"],
        Ok(Verb::Merge) => &["into", "reason"],
        Ok(Verb::Close) => &["outcome", "notes"],
        _ => &["reason"],
    }
}

/// In the extra of a form's key: the fields that this form shows, and another of its kind may not.
const ASKS: &str = "asks";

/// Moves errors of fields that the form does not show to its first field, so that none is lost and no platform refuses the answer.
#[must_use]
pub fn place(key: &FormKey, entered: &Entered, errors: FieldErrors) -> FieldErrors {
    let always = always(&key.verb);
    let asks = key.extra.get(ASKS).map(String::as_str).unwrap_or_default();
    let is_shown = |name: &str| {
        always.contains(&name)
            || entered.0.contains_key(name)
            || asks.split(' ').any(|asked| asked == name)
    };
    let Some(first) = always.first() else {
        return errors;
    };
    let (mut placed, lost): (FieldErrors, FieldErrors) =
        errors.into_iter().partition(|(name, _)| is_shown(name));
    for sentence in lost.into_values() {
        let at = placed.entry((*first).to_owned()).or_default();
        if !at.is_empty() {
            at.push(' ');
        }
        at.push_str(&sentence);
    }
    placed
}

/// The key of a form about `id`.
fn key(verb: &str, id: impl ToString) -> FormKey {
    FormKey {
        verb: verb.to_owned(),
        id: id.to_string(),
        extra: BTreeMap::new(),
    }
}

fn field(name: &str, label: String, required: bool, input: Input) -> Field {
    Field {
        name: name.to_owned(),
        label,
        hint: None,
        required,
        input,
    }
}

fn hinted(mut field: Field, hint: String) -> Field {
    field.hint = Some(hint);
    field
}

fn line(initial: Option<String>) -> Input {
    Input::Line {
        max: LINE,
        initial: initial.map(|text| cut(&text, LINE as usize)),
    }
}

fn paragraph(initial: Option<String>) -> Input {
    Input::Paragraph {
        max: PARAGRAPH,
        initial: initial.map(|text| cut(&text, PARAGRAPH as usize)),
    }
}

/// An option whose texts are cut to what every platform shows.
fn option(value: impl Into<String>, label: &str, about: Option<&str>) -> Choice {
    Choice {
        value: value.into(),
        label: cut(label, CHOICE),
        about: about
            .map(|about| cut(about, CHOICE))
            .filter(|about| !about.is_empty()),
    }
}

/// The categories of the policy, each with its examples.
fn categories(policy: &Policy) -> Vec<Choice> {
    policy
        .category
        .iter()
        .map(|category| {
            let examples = category.examples.join("; ");
            option(&category.id, &category.label, Some(&examples))
        })
        .collect()
}

/// The levels of the rubric, each with when it applies.
fn levels(policy: &Policy) -> Vec<Choice> {
    policy
        .severity
        .iter()
        .map(|rule| {
            let label = format!("{} {}", rule.level, rule.name);
            option(rule.level.as_str(), &label, Some(&rule.when))
        })
        .collect()
}

/// The rubric in full, beside the choice of a level.
fn rubric(reader: &Reader, policy: &Policy) -> Vec<super::card::Line> {
    policy
        .severity
        .iter()
        .map(|rule| {
            let (level, name) = (rule.level.as_str(), rule.name.as_str());
            let title = reader.fill("{level} {name}: ", &[("level", level), ("name", name)]);
            vec![
                super::card::Span::Strong(title),
                super::card::Span::Plain(rule.when.clone()),
            ]
        })
        .collect()
}

fn level_of(word: &str) -> Option<Level> {
    word.parse().ok()
}

#[cfg(test)]
pub(crate) mod tests;
