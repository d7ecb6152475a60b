//! Limits of registered commands.
//!
//! Invariants: names, descriptions, options and their order as Discord demands them. Neighbours: `rest` asks before a set of commands replaces another.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::errors::{ApiError, Faults};
use super::{given, join, list, needed_text, text};

/// Most characters of names, descriptions and values of a command together.
const MOST_TOGETHER: usize = 8000;

/// Checks a whole set.
///
/// # Errors
/// 50035.
pub fn check(set: &Value) -> Result<(), ApiError> {
    let mut faults = Faults::default();
    let Some(set) = set.as_array() else {
        faults.note(
            "",
            "LIST_TYPE_CONVERT",
            "Only iterables may be used in a ListType",
        );
        return faults.done();
    };
    let mut names = BTreeSet::new();
    for (index, command) in set.iter().enumerate() {
        let path = index.to_string();
        let kind = given(command, "type").map_or(1, |kind| kind.as_u64().unwrap_or(0));
        if !(1..=3).contains(&kind) {
            faults.note(
                &join(&path, "type"),
                "BASE_TYPE_CHOICES",
                "Value of field \"type\" must be one of (1, 2, 3, 4).",
            );
        }
        one(&mut faults, command, &path, kind);
        if !names.insert((
            kind,
            command["name"].as_str().unwrap_or_default().to_owned(),
        )) {
            faults.note(
                &path,
                "APPLICATION_COMMANDS_DUPLICATE_NAME",
                "Application command names must be unique",
            );
        }
    }
    for (kind, most) in [(1, 100), (2, 15), (3, 15)] {
        if names.iter().filter(|(one, _)| *one == kind).count() > most {
            faults.note(
                "",
                "APPLICATION_COMMAND_TOO_MANY",
                format!("Maximum number of application commands reached ({most})."),
            );
        }
    }
    faults.done()
}

fn one(faults: &mut Faults, command: &Value, path: &str, kind: u64) {
    if kind == 1 {
        name(faults, command, path);
        needed_text(faults, command, path, "description", 1, 100);
    } else {
        needed_text(faults, command, path, "name", 1, 32);
        if given(command, "description").is_some_and(|text| text != "") {
            let why = "Context menu commands cannot have a description";
            faults.note(
                &join(path, "description"),
                "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_NOT_ALLOWED",
                why,
            );
        }
        if given(command, "options").is_some_and(|all| all != &serde_json::json!([])) {
            let why = "Context menu commands cannot have options";
            faults.note(
                &join(path, "options"),
                "APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS_NOT_ALLOWED",
                why,
            );
        }
    }
    if let Some(bits) = given(command, "default_member_permissions") {
        let fine = bits
            .as_str()
            .is_some_and(|text| text.parse::<u64>().is_ok())
            || bits.is_u64();
        if !fine {
            faults.note(
                &join(path, "default_member_permissions"),
                "NUMBER_TYPE_COERCE",
                "Not a bit set.",
            );
        }
    }
    options(faults, command, path, 0);
    if weight(command) > MOST_TOGETHER {
        faults.note(
            path,
            "APPLICATION_COMMAND_TOO_LARGE",
            "Command exceeds maximum size (8000).",
        );
    }
}

fn name(faults: &mut Faults, body: &Value, path: &str) {
    needed_text(faults, body, path, "name", 1, 32);
    let text = body["name"].as_str().unwrap_or_default();
    let fine = |c: char| (c.is_alphanumeric() && !c.is_uppercase()) || "-_'".contains(c);
    if !text.chars().all(fine) {
        let why = "Command name is invalid";
        faults.note(&join(path, "name"), "APPLICATION_COMMAND_INVALID_NAME", why);
    }
}

fn options(faults: &mut Faults, owner: &Value, path: &str, depth: u8) {
    let all = list(faults, owner, path, "options");
    let path = join(path, "options");
    faults.count(&path, all.len(), 0, 25);
    let mut names = BTreeSet::new();
    let (mut optional, mut groups) = (false, 0);
    for (index, option) in all.iter().enumerate() {
        let path = format!("{path}.{index}");
        name(faults, option, &path);
        needed_text(faults, option, &path, "description", 1, 100);
        if !names.insert(option["name"].as_str().unwrap_or_default()) {
            faults.note(
                &path,
                "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS",
                "Option name already exists",
            );
        }
        match option["type"].as_u64() {
            Some(kind @ (1 | 2)) => {
                groups += 1;
                if depth > 1 || (depth == 1 && kind == 2) {
                    faults.note(
                        &join(&path, "type"),
                        "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
                        "Sub-command option types are not allowed here",
                    );
                }
                options(faults, option, &path, depth + if kind == 2 { 1 } else { 2 });
            }
            Some(kind @ 3..=11) => {
                if option["required"] == true && optional {
                    faults.note(
                        &path,
                        "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                        "Required options must be placed before non-required options",
                    );
                }
                optional |= option["required"] != true;
                choices(faults, option, &path, kind);
            }
            _ => faults.note(
                &join(&path, "type"),
                "BASE_TYPE_CHOICES",
                "Value of field \"type\" must be one of (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11).",
            ),
        }
    }
    if groups > 0 && groups < all.len() {
        faults.note(&path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-command and sub-command group option types are mutually exclusive to all other types");
    }
}

fn choices(faults: &mut Faults, option: &Value, path: &str, kind: u64) {
    let all = list(faults, option, path, "choices");
    faults.count(&join(path, "choices"), all.len(), 0, 25);
    for (index, choice) in all.iter().enumerate() {
        let path = format!("{path}.choices.{index}");
        needed_text(faults, choice, &path, "name", 1, 100);
        if kind == 3 {
            needed_text(faults, choice, &path, "value", 1, 100);
        }
    }
    if option["autocomplete"] == true {
        if !all.is_empty() {
            faults.note(
                &join(path, "autocomplete"),
                "APPLICATION_COMMAND_AUTOCOMPLETE_CHOICES",
                "Autocomplete and choices are mutually exclusive",
            );
        }
        if !matches!(kind, 3 | 4 | 10) {
            faults.note(
                &join(path, "autocomplete"),
                "APPLICATION_COMMAND_AUTOCOMPLETE_TYPE",
                "Autocomplete is not available for this type",
            );
        }
    }
    if kind == 3 {
        super::number(faults, option, path, "min_length", 0, 6000);
        super::number(faults, option, path, "max_length", 1, 6000);
    }
}

fn weight(one: &Value) -> usize {
    let count = |value: &Value| value.as_str().map_or(0, |text| text.chars().count());
    let inner = |key: &str| {
        let all = one[key].as_array().into_iter().flatten();
        all.map(weight).sum::<usize>()
    };
    count(&one["name"])
        + count(&one["description"])
        + count(&one["value"])
        + inner("options")
        + inner("choices")
}

/// Checks the answer to an autocomplete.
///
/// # Errors
/// 50035.
pub fn check_choices(data: &Value) -> Result<(), ApiError> {
    let mut faults = Faults::default();
    if given(data, "choices").is_none() {
        faults.required("data.choices");
    }
    let all = list(&mut faults, data, "data", "choices");
    faults.count("data.choices", all.len(), 0, 25);
    for (index, choice) in all.iter().enumerate() {
        let path = format!("data.choices.{index}");
        needed_text(&mut faults, choice, &path, "name", 1, 100);
        text(&mut faults, choice, &path, "value", 1, 100);
    }
    faults.done()
}
