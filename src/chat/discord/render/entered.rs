//! What was filled into a modal, from its raw components.
//!
//! Invariants: read from raw JSON, because typed models of it lose the values of labels; an unknown kind of component is left out, never an
//! error; empty means absent; what cannot be understood stays as it was typed, beside its error, so that it can be corrected.
//! Neighbours: `form` named the components, `files` reads what was attached.

use super::{Looks, form};
use crate::{
    chat::{
        discord::files,
        form::{Choice, Entered, Field, Form, Input, Value as Filled},
        forms::reading::FieldErrors,
        speech::{Locale, no_moment},
    },
    domain::clock::Timestamp,
};
use chrono::{NaiveDateTime, TimeZone, Utc};
use serde_json::Value;
use std::collections::BTreeMap;

/// Most components that are read, and how deep they may lie.
const MOST: usize = 50;
const DEEP: usize = 4;

/// A submitted step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Submitted {
    /// What was entered in it.
    pub entered: Entered,
    /// What is wrong with it, by field name.
    pub errors: FieldErrors,
}

/// Reads the `components` of a submitted step, with the `resolved` of the same submission.
#[must_use]
pub fn read(
    form: &Form,
    page: usize,
    components: &Value,
    resolved: &Value,
    looks: &Looks,
) -> Submitted {
    let raw = raw(components);
    let mut submitted = Submitted::default();
    for field in form::fields(form, page) {
        let Some(component) = raw.get(&field.name) else {
            continue;
        };
        match filled(field, component, resolved, looks) {
            Ok(None) => {}
            Ok(Some(value)) => drop(submitted.entered.0.insert(field.name.clone(), value)),
            Err((text, sentence)) => {
                let value = Filled::Text(text);
                submitted.entered.0.insert(field.name.clone(), value);
                submitted.errors.insert(field.name.clone(), sentence);
            }
        }
    }
    submitted
}

/// Reads whatever is there, of a form that is not known any more: text and single choices as text, several choices as such, files.
#[must_use]
pub fn anyhow(components: &Value, resolved: &Value) -> Entered {
    let read = |(name, component): (String, &Value)| {
        let value = match component["type"].as_u64()? {
            19 => attached(component, resolved),
            4 => text(component).map(Filled::Text),
            _ => match values(component) {
                mut one if one.len() == 1 => one.pop().map(Filled::Text),
                many => (!many.is_empty()).then_some(Filled::Many(many)),
            },
        };
        Some((name, value?))
    };
    Entered(raw(components).into_iter().filter_map(read).collect())
}

/// Everything entered so far: this step's fields as they are now, the others as they were. Files are added, because a modal shows none
/// that were given before.
#[must_use]
pub fn merged(form: &Form, page: usize, before: &Entered, now: Entered) -> Entered {
    let mut all = before.clone();
    for field in form::fields(form, page) {
        let earlier = all.0.remove(&field.name);
        if let (Input::Files { .. }, Some(files)) = (&field.input, earlier) {
            all.0.insert(field.name.clone(), files);
        }
    }
    for (name, value) in now.0 {
        let value = match (all.0.remove(&name), value) {
            (Some(Filled::Files(mut files)), Filled::Files(more)) => {
                files.extend(more);
                Filled::Files(files)
            }
            (_, value) => value,
        };
        all.0.insert(name, value);
    }
    all
}

/// The components that carry a value, by name.
fn raw(components: &Value) -> BTreeMap<String, &Value> {
    fn walk<'a>(value: &'a Value, deep: usize, found: &mut BTreeMap<String, &'a Value>) {
        if deep == 0 {
            return;
        }
        for component in value.as_array().into_iter().flatten().take(MOST) {
            walk(&component["components"], deep - 1, found);
            let inner = &component["component"];
            for one in [component, inner] {
                if let Some(name) = one["custom_id"].as_str() {
                    found.entry(name.to_owned()).or_insert(one);
                }
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(components, DEEP, &mut found);
    found
}

fn text(component: &Value) -> Option<String> {
    let text = component["value"].as_str().filter(|text| !text.is_empty());
    text.map(ToOwned::to_owned)
}

fn values(component: &Value) -> Vec<String> {
    let values = component["values"].as_array().into_iter().flatten();
    let values = values.filter_map(Value::as_str).take(MOST);
    values.map(ToOwned::to_owned).collect()
}

fn attached(component: &Value, resolved: &Value) -> Option<Filled> {
    let attachments: Vec<Value> = values(component)
        .iter()
        .map(|id| resolved["attachments"][id].clone())
        .collect();
    let files = files::given(&attachments);
    (!files.is_empty()).then_some(Filled::Files(files))
}

/// The value of a field; what was typed and why it cannot be understood otherwise.
fn filled(
    field: &Field,
    component: &Value,
    resolved: &Value,
    looks: &Looks,
) -> Result<Option<Filled>, (String, String)> {
    let typed = text(component);
    Ok(match &field.input {
        Input::Line { .. } | Input::Paragraph { .. } => typed.map(Filled::Text),
        Input::Moment { .. } => match typed {
            None => None,
            Some(typed) => Some(Filled::Moment(moment(&typed, looks).ok_or_else(|| {
                let sentence = no_moment(Locale::default(), looks.zone);
                (typed.clone(), sentence)
            })?)),
        },
        Input::Choice { options, .. } => match typed {
            Some(typed) if !form::is_menu(options) => {
                let mut found = named(options, &typed)?;
                if found.len() > 1 {
                    return Err((typed, "Name one only.".to_owned()));
                }
                found.pop().map(Filled::Text)
            }
            _ => values(component).into_iter().next().map(Filled::Text),
        },
        Input::Many { options, .. } => {
            let chosen = match typed {
                Some(typed) if !form::is_menu(options) => named(options, &typed)?,
                _ => values(component),
            };
            (!chosen.is_empty()).then_some(Filled::Many(chosen))
        }
        Input::Files { .. } => attached(component, resolved),
        Input::More { .. } => None,
    })
}

/// The values of the options that somebody named, one in each line.
fn named(options: &[Choice], typed: &str) -> Result<Vec<String>, (String, String)> {
    let same = |a: &str, b: &str| a.trim().to_lowercase() == b.trim().to_lowercase();
    let lines = typed.lines().filter(|line| !line.trim().is_empty());
    lines
        .map(|line| {
            let of = |one: &&Choice| same(&one.label, line) || same(&one.value, line);
            options.iter().find(of).map(|one| one.value.clone())
        })
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| {
            let labels: Vec<&str> = options.iter().map(|one| one.label.as_str()).collect();
            let sentence = format!(
                "This is none of the choices, which are: {}.",
                labels.join("; ")
            );
            (typed.to_owned(), sentence)
        })
}

/// A moment as it is typed, in the organisation's zone. Of an hour that comes twice it is the first.
fn moment(typed: &str, looks: &Looks) -> Option<Timestamp> {
    let typed = typed.trim().replace('T', " ");
    let typed = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    let forms = [form::MOMENT, "%Y-%m-%d %H:%M:%S"];
    let at = forms
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(&typed, form).ok())?;
    let at = looks.zone.from_local_datetime(&at).earliest()?;
    Some(at.with_timezone(&Utc))
}
