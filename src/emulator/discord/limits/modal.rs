//! Limits of modals.
//!
//! Invariants: one to five parts; a label wraps exactly one field; custom ids are unique; nothing is disabled. Neighbours: `super`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::errors::{ApiError, Faults};
use super::components::{check_options, custom_id, select};
use super::{given, join, list, needed_text, number, text};

/// Checks a modal at a path of the body.
///
/// # Errors
/// 50035.
pub fn check(modal: &Value, path: &str) -> Result<(), ApiError> {
    let mut faults = Faults::default();
    needed_text(&mut faults, modal, path, "custom_id", 1, 100);
    needed_text(&mut faults, modal, path, "title", 1, 45);
    let parts = list(&mut faults, modal, path, "components");
    let path = join(path, "components");
    faults.count(&path, parts.len(), 1, 5);
    let mut seen = BTreeSet::new();
    for (index, part) in parts.iter().enumerate() {
        let path = format!("{path}.{index}");
        match part["type"].as_u64() {
            Some(10) => needed_text(&mut faults, part, &path, "content", 1, 4000),
            Some(18) => label(&mut faults, part, &path, &mut seen),
            // Deprecated, still taken: a row with one text input that has its own label.
            Some(1) => row(&mut faults, part, &path, &mut seen),
            _ => faults.note(
                &join(&path, "type"),
                "BASE_TYPE_CHOICES",
                "Value of field \"type\" must be one of (1, 10, 18).",
            ),
        }
    }
    faults.done()
}

fn row(faults: &mut Faults, row: &Value, path: &str, seen: &mut BTreeSet<String>) {
    let inner = list(faults, row, path, "components");
    faults.count(&join(path, "components"), inner.len(), 1, 1);
    for one in inner {
        let path = format!("{path}.components.0");
        if one["type"] == 4 {
            needed_text(faults, one, &path, "label", 1, 45);
            input(faults, one, &path, seen);
        } else {
            faults.note(
                &join(&path, "type"),
                "BASE_TYPE_CHOICES",
                "Value of field \"type\" must be one of (4,).",
            );
        }
    }
}

fn label(faults: &mut Faults, label: &Value, path: &str, seen: &mut BTreeSet<String>) {
    needed_text(faults, label, path, "label", 1, 45);
    text(faults, label, path, "description", 0, 100);
    let Some(field) = given(label, "component") else {
        faults.required(&join(path, "component"));
        return;
    };
    let path = join(path, "component");
    if field["disabled"] == true {
        faults.note(
            &join(&path, "disabled"),
            "COMPONENT_DISABLED_IN_MODAL",
            "Components in modals cannot be disabled.",
        );
    }
    match field["type"].as_u64() {
        Some(4) => {
            if given(field, "label").is_some() {
                faults.note(
                    &join(&path, "label"),
                    "COMPONENT_LABEL_IN_LABEL",
                    "The label belongs to the Label component.",
                );
            }
            input(faults, field, &path, seen);
        }
        Some(3 | 5..=8) => {
            select(faults, field, &path, seen);
            if field["required"] != false && field["min_values"] == 0 {
                faults.note(
                    &join(&path, "min_values"),
                    "SELECT_COMPONENT_MIN_VALUES_REQUIRED",
                    "A required select must have at least one value.",
                );
            }
        }
        Some(19) => {
            custom_id(faults, field, &path, seen);
            number(faults, field, &path, "min_values", 0, 10);
            number(faults, field, &path, "max_values", 1, 10);
        }
        Some(kind @ (21 | 22)) => {
            custom_id(faults, field, &path, seen);
            let options = list(faults, field, &path, "options");
            let path = join(&path, "options");
            faults.count(&path, options.len(), if kind == 21 { 2 } else { 1 }, 10);
            let most = if kind == 21 {
                1
            } else {
                field["max_values"].as_u64().unwrap_or(10)
            };
            check_options(faults, options, &path, most);
        }
        Some(23) => custom_id(faults, field, &path, seen),
        _ => faults.note(
            &join(&path, "type"),
            "BASE_TYPE_CHOICES",
            "Value of field \"type\" must be one of (3, 4, 5, 6, 7, 8, 19, 21, 22, 23).",
        ),
    }
}

fn input(faults: &mut Faults, field: &Value, path: &str, seen: &mut BTreeSet<String>) {
    custom_id(faults, field, path, seen);
    if !matches!(field["style"].as_u64(), Some(1 | 2)) {
        faults.note(
            &join(path, "style"),
            "BASE_TYPE_CHOICES",
            "Value of field \"style\" must be one of (1, 2).",
        );
    }
    number(faults, field, path, "min_length", 0, 4000);
    number(faults, field, path, "max_length", 1, 4000);
    text(faults, field, path, "placeholder", 0, 100);
    let most = field["max_length"].as_u64().unwrap_or(4000);
    let most = usize::try_from(most).unwrap_or(4000).min(4000);
    text(faults, field, path, "value", 0, most);
    if field["min_length"].as_u64().unwrap_or(0) > field["max_length"].as_u64().unwrap_or(4000) {
        faults.note(
            &join(path, "min_length"),
            "TEXT_INPUT_MIN_GT_MAX",
            "min_length must not be above max_length.",
        );
    }
}
