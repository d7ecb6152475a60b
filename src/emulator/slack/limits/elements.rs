//! Rules by kind of element: buttons, selects, inputs.
//!
//! Purpose: where an element may stand, which properties it takes, how long its words may be. Invariants: action ids are
//! unique within a block; an unknown element is refused. Neighbours: `blocks` calls it, `super` collects.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Findings, Surface};

/// Where an element stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Section,
    Actions,
    Input,
}

/// Checks a row of elements and that their action ids differ.
pub(super) fn check_all(
    findings: &mut Findings,
    list: &[Value],
    at: &str,
    place: Place,
    surface: Surface,
) {
    let mut seen = BTreeSet::new();
    for (index, element) in list.iter().enumerate() {
        let at = format!("{at}/{index}");
        check(findings, element, &at, place, surface);
        if let Some(id) = element.get("action_id").and_then(Value::as_str)
            && !seen.insert(id)
        {
            findings.add(&at, &format!("`action_id` {id} already exists for block"));
        }
    }
}

const PICK_OPTIONAL: &[&str] = &["placeholder", "confirm", "focus_on_load"];

/// Properties of each kind beside `type` and `action_id`: required, optional.
fn properties(kind: &str) -> Option<(&'static [&'static str], &'static [&'static str])> {
    Some(match kind {
        "button" => (
            &["text"],
            &["url", "value", "style", "confirm", "accessibility_label"],
        ),
        "image" => (&["alt_text"], &["image_url", "slack_file"]),
        "overflow" => (&["options"], &["confirm"]),
        "static_select" => (&[], &["options", "option_groups", "initial_option"]),
        "multi_static_select" => (
            &[],
            &[
                "options",
                "option_groups",
                "initial_options",
                "max_selected_items",
            ],
        ),
        "users_select" => (&[], &["initial_user"]),
        "multi_users_select" => (&[], &["initial_users", "max_selected_items"]),
        "channels_select" => (&[], &["initial_channel", "response_url_enabled"]),
        "conversations_select" => (
            &[],
            &[
                "initial_conversation",
                "default_to_current_conversation",
                "response_url_enabled",
                "filter",
            ],
        ),
        "datepicker" => (&[], &["initial_date"]),
        "timepicker" => (&[], &["initial_time", "timezone"]),
        "datetimepicker" => (&[], &["initial_date_time"]),
        "radio_buttons" => (&["options"], &["initial_option"]),
        "checkboxes" => (&["options"], &["initial_options"]),
        "plain_text_input" => (
            &[],
            &[
                "initial_value",
                "multiline",
                "min_length",
                "max_length",
                "dispatch_action_config",
            ],
        ),
        "email_text_input" | "url_text_input" => {
            (&[], &["initial_value", "dispatch_action_config"])
        }
        "number_input" => (
            &["is_decimal_allowed"],
            &[
                "initial_value",
                "min_value",
                "max_value",
                "dispatch_action_config",
            ],
        ),
        "file_input" => (&[], &["filetypes", "max_files"]),
        _ => return None,
    })
}

fn allowed(kind: &str, place: Place, surface: Surface) -> bool {
    let picks = matches!(
        kind,
        "static_select"
            | "users_select"
            | "channels_select"
            | "conversations_select"
            | "datepicker"
            | "timepicker"
            | "radio_buttons"
            | "checkboxes"
    );
    let many = matches!(kind, "multi_static_select" | "multi_users_select");
    match place {
        Place::Section => picks || many || matches!(kind, "button" | "overflow" | "image"),
        Place::Actions => picks || matches!(kind, "button" | "overflow" | "datetimepicker"),
        Place::Input => match kind {
            "file_input" => surface == Surface::Modal,
            "datetimepicker" | "plain_text_input" | "email_text_input" | "url_text_input"
            | "number_input" => true,
            _ => picks || many,
        },
    }
}

/// Checks one element.
pub(super) fn check(
    findings: &mut Findings,
    element: &Value,
    at: &str,
    place: Place,
    surface: Surface,
) {
    let kind = element
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let Some((required, own)) = properties(kind) else {
        return findings.add(at, &format!("unsupported type: {kind}"));
    };
    if !allowed(kind, place, surface) {
        return findings.add(at, &format!("unsupported type here: {kind}"));
    }
    let optional: Vec<&str> = own
        .iter()
        .chain(PICK_OPTIONAL)
        .chain(&["action_id"])
        .copied()
        .collect();
    let Some(object) = findings.object(element, at, required, &optional) else {
        return;
    };
    findings.string(object, "action_id", at, 255);
    findings.text(object, "placeholder", at, 150, true);
    if let Some(confirm) = object.get("confirm") {
        check_confirm(findings, confirm, &format!("{at}/confirm"));
    }
    match kind {
        "button" => button(findings, object, at),
        "image" => {
            findings.string(object, "alt_text", at, 2000);
            findings.string(object, "image_url", at, 3000);
        }
        "overflow" => options(findings, object, at, 5),
        "radio_buttons" | "checkboxes" => options(findings, object, at, 10),
        "static_select" | "multi_static_select" => {
            if object.contains_key("option_groups") {
                groups(findings, object, at);
            } else {
                options(findings, object, at, 100);
            }
        }
        "plain_text_input" => text_input(findings, object, at),
        "file_input" => {
            let most = object.get("max_files").map_or(Some(1), Value::as_u64);
            if !most.is_some_and(|count| (1..=10).contains(&count)) {
                findings.add(&format!("{at}/max_files"), "must be between 1 and 10");
            }
        }
        _ => {}
    }
}

fn button(findings: &mut Findings, object: &Map<String, Value>, at: &str) {
    findings.text(object, "text", at, 75, true);
    findings.string(object, "url", at, 3000);
    findings.string(object, "accessibility_label", at, 75);
    if object.get("value").and_then(Value::as_str) != Some("") {
        findings.string(object, "value", at, 2000);
    }
    if object
        .get("style")
        .is_some_and(|style| style != "primary" && style != "danger")
    {
        findings.add(&format!("{at}/style"), "must be primary or danger");
    }
}

fn text_input(findings: &mut Findings, object: &Map<String, Value>, at: &str) {
    let number = |key: &str| {
        object
            .get(key)
            .map(|value| value.as_u64().unwrap_or(u64::MAX))
    };
    if number("max_length").is_some_and(|most| !(1..=3000).contains(&most)) {
        findings.add(&format!("{at}/max_length"), "must be between 1 and 3000");
    }
    if number("min_length").is_some_and(|least| least > 3000) {
        findings.add(&format!("{at}/min_length"), "must be between 0 and 3000");
    }
    if let (Some(text), Some(most)) = (
        object.get("initial_value").and_then(Value::as_str),
        number("max_length"),
    ) && text.chars().count() as u64 > most
    {
        findings.add(&format!("{at}/initial_value"), "is longer than max_length");
    }
    if object.get("initial_value").and_then(Value::as_str) != Some("") {
        findings.string(object, "initial_value", at, 3000);
    }
}

fn options(findings: &mut Findings, object: &Map<String, Value>, at: &str, most: usize) {
    let here = format!("{at}/options");
    let list = findings.items(object.get("options"), &here, 1, most);
    let small = most <= 10;
    for (index, option) in list.iter().enumerate() {
        check_option(findings, option, &format!("{here}/{index}"), small);
    }
    initial(findings, object, at, list);
}

fn groups(findings: &mut Findings, object: &Map<String, Value>, at: &str) {
    let here = format!("{at}/option_groups");
    let mut all = Vec::new();
    for (index, group) in findings
        .items(object.get("option_groups"), &here, 1, 100)
        .iter()
        .enumerate()
    {
        let at = format!("{here}/{index}");
        if let Some(group) = findings.object(group, &at, &["label", "options"], &[]) {
            findings.text(group, "label", &at, 75, true);
            let at = format!("{at}/options");
            for (index, option) in findings
                .items(group.get("options"), &at, 1, 100)
                .iter()
                .enumerate()
            {
                check_option(findings, option, &format!("{at}/{index}"), false);
                all.push(option.clone());
            }
        }
    }
    initial(findings, object, at, &all);
}

/// What is chosen at first must be one of the options, exactly.
fn initial(findings: &mut Findings, object: &Map<String, Value>, at: &str, options: &[Value]) {
    let chosen = object.get("initial_option").into_iter();
    let several = object
        .get("initial_options")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    for choice in chosen.chain(several) {
        let same = |option: &Value| {
            option["value"] == choice["value"] && option["text"]["text"] == choice["text"]["text"]
        };
        if !options.iter().any(same) {
            findings.add(at, "the initial option must match one of the options");
        }
    }
}

fn check_option(findings: &mut Findings, option: &Value, at: &str, markdown: bool) {
    if let Some(option) = findings.object(option, at, &["text", "value"], &["description", "url"]) {
        findings.text(option, "text", at, 75, !markdown);
        findings.text(option, "description", at, 75, !markdown);
        findings.string(option, "value", at, 150);
    }
}

fn check_confirm(findings: &mut Findings, confirm: &Value, at: &str) {
    if let Some(confirm) = findings.object(
        confirm,
        at,
        &["title", "text", "confirm", "deny"],
        &["style"],
    ) {
        findings.text(confirm, "title", at, 100, true);
        findings.text(confirm, "text", at, 300, false);
        findings.text(confirm, "confirm", at, 30, true);
        findings.text(confirm, "deny", at, 30, true);
    }
}
