//! Limits of buttons, selects and the containers they stand in.
//!
//! Invariants: custom ids are unique in a message; a row holds five buttons or one select. Neighbours: `super` for messages, `modal` for forms.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::errors::Faults;
use super::{given, join, list, needed_text, number, text};

/// Checks the components of a message; how many there are.
pub(super) fn check(faults: &mut Faults, body: &Value, path: &str, second: bool) -> usize {
    let all = list(faults, body, path, "components");
    let path = join(path, "components");
    let mut seen = BTreeSet::new();
    if second {
        let mut total = 0;
        for (index, one) in all.iter().enumerate() {
            total += any(faults, one, &format!("{path}.{index}"), &mut seen);
        }
        if total > 40 {
            faults.note(
                &path,
                "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
                "The maximum number of components is 40.",
            );
        }
        return all.len();
    }
    faults.count(&path, all.len(), 0, 5);
    for (index, one) in all.iter().enumerate() {
        let path = format!("{path}.{index}");
        if one["type"] == 1 {
            row(faults, one, &path, &mut seen);
        } else {
            faults.note(
                &join(&path, "type"),
                "BASE_TYPE_CHOICES",
                "Value of field \"type\" must be one of (1,).",
            );
        }
    }
    all.len()
}

/// A component of the second version, with what it holds; how many there are.
fn any(faults: &mut Faults, one: &Value, path: &str, seen: &mut BTreeSet<String>) -> usize {
    let kind = one["type"].as_u64().unwrap_or(0);
    let mut total = 1;
    match kind {
        1 => {
            row(faults, one, path, seen);
            total += one["components"].as_array().map_or(0, Vec::len);
        }
        10 => needed_text(faults, one, path, "content", 1, 4000),
        9 | 17 => {
            for (index, inner) in list(faults, one, path, "components").iter().enumerate() {
                total += any(faults, inner, &format!("{path}.components.{index}"), seen);
            }
            if kind == 9 {
                match given(one, "accessory") {
                    Some(accessory) if accessory["type"] == 2 => {
                        button(faults, accessory, &join(path, "accessory"), seen);
                        total += 1;
                    }
                    Some(accessory) if accessory["type"] == 11 => total += 1,
                    _ => faults.required(&join(path, "accessory")),
                }
            }
        }
        11..=14 => {}
        _ => faults.note(
            &join(path, "type"),
            "BASE_TYPE_CHOICES",
            "Value of field \"type\" must be one of (1, 9, 10, 11, 12, 13, 14, 17).",
        ),
    }
    total
}

fn row(faults: &mut Faults, row: &Value, path: &str, seen: &mut BTreeSet<String>) {
    let all = list(faults, row, path, "components");
    let path = join(path, "components");
    let selects = all.iter().filter(|one| one["type"] != 2).count();
    faults.count(&path, all.len(), 1, if selects > 0 { 1 } else { 5 });
    for (index, one) in all.iter().enumerate() {
        let path = format!("{path}.{index}");
        match one["type"].as_u64() {
            Some(2) => button(faults, one, &path, seen),
            Some(3 | 5..=8) => {
                select(faults, one, &path, seen);
                if one.get("required").is_some() {
                    faults.note(&join(&path, "required"), "UNKNOWN_FIELD", "Only in modals.");
                }
            }
            _ => faults.note(
                &join(&path, "type"),
                "BASE_TYPE_CHOICES",
                "Value of field \"type\" must be one of (2, 3, 5, 6, 7, 8).",
            ),
        }
    }
}

fn button(faults: &mut Faults, button: &Value, path: &str, seen: &mut BTreeSet<String>) {
    let style = button["style"].as_u64().unwrap_or(0);
    text(faults, button, path, "label", 0, 80);
    if given(button, "label").is_none_or(|label| label == "") && given(button, "emoji").is_none() {
        faults.note(
            path,
            "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED",
            "A button must have a label or an emoji.",
        );
    }
    match style {
        1..=4 => {
            custom_id(faults, button, path, seen);
            if given(button, "url").is_some() {
                faults.note(
                    &join(path, "url"),
                    "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
                    "A custom id and url cannot both be specified",
                );
            }
        }
        5 => {
            needed_text(faults, button, path, "url", 1, 512);
            if given(button, "custom_id").is_some() {
                faults.note(
                    &join(path, "custom_id"),
                    "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
                    "A custom id and url cannot both be specified",
                );
            }
            let url = button["url"].as_str().unwrap_or_default();
            if !["http://", "https://", "discord://"]
                .iter()
                .any(|scheme| url.starts_with(scheme))
            {
                faults.note(
                    &join(path, "url"),
                    "URL_TYPE_INVALID_SCHEME",
                    "Scheme must be one of ('http', 'https', 'discord').",
                );
            }
        }
        _ => faults.note(
            &join(path, "style"),
            "BASE_TYPE_CHOICES",
            "Value of field \"style\" must be one of (1, 2, 3, 4, 5, 6).",
        ),
    }
}

/// A custom id: there, not too long, and the only one of its kind.
pub(super) fn custom_id(faults: &mut Faults, one: &Value, path: &str, seen: &mut BTreeSet<String>) {
    needed_text(faults, one, path, "custom_id", 1, 100);
    if let Some(id) = one["custom_id"].as_str()
        && !seen.insert(id.to_owned())
    {
        let why = "Component custom id cannot be duplicated";
        faults.note(
            &join(path, "custom_id"),
            "COMPONENT_CUSTOM_ID_DUPLICATED",
            why,
        );
    }
}

/// A select of a message or a form.
pub(super) fn select(faults: &mut Faults, one: &Value, path: &str, seen: &mut BTreeSet<String>) {
    custom_id(faults, one, path, seen);
    text(faults, one, path, "placeholder", 0, 150);
    number(faults, one, path, "min_values", 0, 25);
    number(faults, one, path, "max_values", 1, 25);
    let least = one["min_values"].as_u64().unwrap_or(1);
    let most = one["max_values"].as_u64().unwrap_or(1);
    if least > most {
        faults.note(
            &join(path, "min_values"),
            "SELECT_COMPONENT_MIN_VALUES_GT_MAX_VALUES",
            "min_values must not be above max_values.",
        );
    }
    if one["type"] != 3 {
        return;
    }
    let options = list(faults, one, path, "options");
    let path = join(path, "options");
    faults.count(&path, options.len(), 1, 25);
    let count = u64::try_from(options.len()).unwrap_or(0);
    if most > count && options.len() <= 25 && most <= 25 {
        faults.note(
            &path,
            "SELECT_COMPONENT_MAX_VALUES_EXCEEDS_OPTIONS",
            "max_values must not be above the number of options.",
        );
    }
    check_options(faults, options, &path, most);
}

/// Options of a select, radio group or checkbox group.
pub(super) fn check_options(faults: &mut Faults, options: &[Value], path: &str, most_chosen: u64) {
    let mut values = BTreeSet::new();
    let mut chosen = 0;
    for (index, option) in options.iter().enumerate() {
        let path = format!("{path}.{index}");
        needed_text(faults, option, &path, "label", 1, 100);
        needed_text(faults, option, &path, "value", 1, 100);
        text(faults, option, &path, "description", 0, 100);
        if let Some(value) = option["value"].as_str()
            && !values.insert(value)
        {
            let why = "The specified option value is already used";
            faults.note(
                &join(&path, "value"),
                "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                why,
            );
        }
        chosen += u64::from(option["default"] == true);
    }
    if chosen > most_chosen {
        faults.note(
            path,
            "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES",
            "There are more defaults than max_values.",
        );
    }
}
