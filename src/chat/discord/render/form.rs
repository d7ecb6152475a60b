//! A form as modals, one step after the other.
//!
//! Invariants: a component is called as its field, so that what was typed can be read without anything remembered; what was entered before
//! stands there again; nothing of the form is lost. Plain JSON, because serenity 0.12 knows no labels in modals
//! (`docs/decisions/discord-libraries.md`). Degraded by rule: a moment is typed; a choice with more than 25 options is typed; the words above
//! the fields take the place of a field, unless they fit below the first label; a button inside a form does not exist.
//! Neighbours: `entered` reads it back.

use super::{
    Looks, limits,
    text::{CUT, clean, cut, head, length, markdown, one_line, plain},
};
use crate::chat::form::{Choice, Entered, Field, Form, Input, Value as Filled};
use serde_json::{Value, json};

/// How a moment is typed, for chrono and for people.
pub(super) const MOMENT: &str = "%Y-%m-%d %H:%M";
const MOMENT_HINT: &str = "YYYY-MM-DD HH:MM";

/// How many modals it takes.
#[must_use]
pub fn pages(form: &Form) -> usize {
    slots(form).div_ceil(limits::COMPONENTS).max(1)
}

/// The fields of a modal, counted from 0.
#[must_use]
pub fn fields(form: &Form, page: usize) -> Vec<&Field> {
    let all = shown(form);
    let intro = usize::from(takes_a_slot(form));
    let from = (page * limits::COMPONENTS).saturating_sub(intro);
    let most = if page == 0 {
        limits::COMPONENTS - intro
    } else {
        limits::COMPONENTS
    };
    all.into_iter().skip(from).take(most).collect()
}

/// A step of a form, with what was entered so far. `custom_id` is the draft's.
#[must_use]
pub fn modal(form: &Form, page: usize, entered: &Entered, custom_id: &str, looks: &Looks) -> Value {
    let count = pages(form);
    let step = match count {
        1 => String::new(),
        _ => format!(" ({} of {count})", page + 1),
    };
    let title = cut(&one_line(&form.title), limits::LABEL - length(&step));
    let mut components = Vec::new();
    let mut above = None;
    if page == 0 && !form.intro.is_empty() {
        if takes_a_slot(form) {
            components.push(json!({ "type": 10, "content": intro(form, limits::INPUT) }));
        } else {
            above = Some(intro_plain(form));
        }
    }
    for field in fields(form, page) {
        components.push(label(field, entered, above.take(), looks));
    }
    if components.is_empty() {
        components.push(json!({ "type": 10, "content": "Nothing is asked. Submit it to go on." }));
    }
    json!({ "custom_id": cut(custom_id, limits::CUSTOM_ID), "title": format!("{title}{step}"), "components": components })
}

/// The fields that Discord can show.
fn shown(form: &Form) -> Vec<&Field> {
    let is_field = |field: &&Field| !matches!(field.input, Input::More { .. });
    form.fields.iter().filter(is_field).collect()
}

fn slots(form: &Form) -> usize {
    shown(form).len() + usize::from(takes_a_slot(form))
}

/// Whether the words above the fields stand for themselves: always where there is room, and where they would not fit below a label.
fn takes_a_slot(form: &Form) -> bool {
    let fields = shown(form);
    if form.intro.is_empty() {
        return false;
    }
    let has_room = !fields.len().is_multiple_of(limits::COMPONENTS);
    let is_free = fields.first().is_some_and(|field| field.hint.is_none());
    has_room || !is_free || length(&intro_plain(form)) > limits::ABOUT
}

fn intro(form: &Form, most: usize) -> String {
    let lines = form.intro.iter().map(|line| markdown(line, most, true));
    let whole = lines.collect::<Vec<_>>().join("\n");
    if length(&whole) <= most {
        return whole;
    }
    // Cut as plain words: a cut within marks would break them.
    cut(&super::text::escape(&intro_plain(form), most), most)
}

fn intro_plain(form: &Form) -> String {
    let lines = form.intro.iter().map(|line| plain(line, limits::INPUT));
    lines.collect::<Vec<_>>().join("\n")
}

fn label(field: &Field, entered: &Entered, above: Option<String>, looks: &Looks) -> Value {
    let before = entered.0.get(&field.name);
    let name = one_line(&field.label);
    let is_cut = length(&name) > limits::LABEL;
    let mut about: Vec<String> = Vec::new();
    about.extend(above);
    about.extend(is_cut.then(|| name.clone()));
    about.extend(match (&field.input, before) {
        (Input::Files { .. }, Some(Filled::Files(files))) if !files.is_empty() => Some(format!(
            "{} attached already; these are added.",
            files.len()
        )),
        (Input::Moment { .. }, _) => Some(format!("{MOMENT_HINT}, {}.", looks.zone)),
        _ => None,
    });
    about.extend(field.hint.as_deref().map(one_line));
    let about = about.join(" ");
    let shown = if name.is_empty() {
        field.name.clone()
    } else {
        name
    };
    let mut label = json!({
        "type": 18, "label": cut(&shown, limits::LABEL), "component": component(field, before, looks),
    });
    if !about.trim().is_empty() {
        label["description"] = json!(shorten(&about, limits::ABOUT));
    }
    label
}

/// Cut between words.
fn shorten(text: &str, most: usize) -> String {
    if length(text) <= most {
        return text.to_owned();
    }
    let kept = head(text, most - 1);
    let kept = kept.rsplit_once(' ').map_or(kept, |(kept, _)| kept);
    format!("{kept}{CUT}")
}

/// Whether the options fit into a menu; if not, one is typed.
pub(super) fn is_menu(options: &[Choice]) -> bool {
    (1..=limits::OPTIONS).contains(&options.len())
}

fn component(field: &Field, before: Option<&Filled>, looks: &Looks) -> Value {
    let said = match before {
        Some(Filled::Text(text)) => Some(text.clone()),
        _ => None,
    };
    let typed = |max: u32, initial: Option<String>, style: u8| {
        let max = usize::try_from(max).unwrap_or(limits::INPUT);
        let max = max.clamp(1, limits::INPUT);
        let mut input = json!({
            "type": 4, "custom_id": field.name, "style": style, "max_length": max, "required": field.required,
        });
        let value = said.clone().or(initial).map(|text| clean(&text));
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            input["value"] = json!(cut(&value, max));
        }
        input
    };
    match &field.input {
        Input::Line { max, initial } => typed(*max, initial.clone(), 1),
        Input::Paragraph { max, initial } => typed(*max, initial.clone(), 2),
        Input::Choice { options, initial } => {
            let chosen: Vec<String> = said.clone().or(initial.clone()).into_iter().collect();
            choice(field, options, &chosen, 1)
        }
        Input::Many { options, initial } => {
            let chosen = match before {
                Some(Filled::Many(values)) => values.clone(),
                Some(Filled::Text(text)) => vec![text.clone()],
                _ => initial.clone(),
            };
            choice(field, options, &chosen, options.len())
        }
        Input::Moment { initial } => {
            let at = match before {
                Some(Filled::Moment(at)) => Some(*at),
                _ => *initial,
            };
            let initial = at.map(|at| at.with_timezone(&looks.zone).format(MOMENT).to_string());
            let mut input = typed(40, initial, 1);
            input["placeholder"] = json!(MOMENT_HINT);
            input
        }
        Input::Files { max } => {
            let max = usize::try_from(*max).unwrap_or(1).clamp(1, limits::FILES);
            let has_some = matches!(before, Some(Filled::Files(files)) if !files.is_empty());
            let required = field.required && !has_some;
            json!({
                "type": 19, "custom_id": field.name, "min_values": u8::from(required), "max_values": max, "required": required,
            })
        }
        // Left out before: a button is no field.
        Input::More { .. } => Value::Null,
    }
}

fn choice(field: &Field, options: &[Choice], chosen: &[String], most: usize) -> Value {
    if !is_menu(options) {
        let words = |value: &String| {
            let found = options.iter().find(|one| one.value == *value);
            found.map_or_else(|| value.clone(), |one| one.label.clone())
        };
        let chosen: Vec<String> = chosen.iter().map(words).collect();
        let mut input = json!({
            "type": 4, "custom_id": field.name, "style": 2, "max_length": limits::INPUT, "required": field.required,
            "placeholder": "Type the words of one; if several, one in each line",
        });
        if !chosen.is_empty() {
            input["value"] = json!(cut(&clean(&chosen.join("\n")), limits::INPUT));
        }
        return input;
    }
    let option = |one: &Choice| {
        let mut option = json!({
            "label": cut(&one_line(&one.label), limits::OPTION), "value": cut(&one.value, limits::OPTION),
        });
        let about = one.about.as_deref().map(one_line);
        if let Some(about) = about.filter(|about| !about.is_empty()) {
            option["description"] = json!(cut(&about, limits::OPTION));
        }
        if chosen.contains(&one.value) {
            option["default"] = json!(true);
        }
        option
    };
    json!({
        "type": 3, "custom_id": field.name, "required": field.required,
        "options": options.iter().map(option).collect::<Vec<_>>(),
        "min_values": u8::from(field.required), "max_values": most.clamp(1, options.len()),
    })
}
