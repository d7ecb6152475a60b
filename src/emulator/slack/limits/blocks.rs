//! Rules by kind of block.
//!
//! Purpose: required and allowed properties, lengths and counts of each block the emulator knows. Invariants: a block it
//! does not know is refused, so a new kind is a decision. Neighbours: `super` collects, `elements` checks what is inside.

use serde_json::{Map, Value};

use super::elements::{self, Place};
use super::{Findings, Surface};

/// Checks one block.
pub(super) fn check(findings: &mut Findings, block: &Value, at: &str, surface: Surface) {
    let kind = block
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let (required, optional): (&[&str], &[&str]) = match kind {
        "section" => (&[], &["block_id", "text", "fields", "accessory", "expand"]),
        "header" => (&["text"], &["block_id", "level"]),
        "divider" => (&[], &["block_id"]),
        "actions" | "context" | "rich_text" => (&["elements"], &["block_id"]),
        "image" => (
            &["alt_text"],
            &["block_id", "image_url", "slack_file", "title"],
        ),
        "input" => (
            &["label", "element"],
            &["block_id", "hint", "optional", "dispatch_action"],
        ),
        "markdown" => (&["text"], &["block_id"]),
        "table" => (&["rows"], &["block_id", "column_settings"]),
        _ => return findings.add(at, &format!("unsupported type: {kind}")),
    };
    let Some(object) = findings.object(block, at, required, optional) else {
        return;
    };
    findings.string(object, "block_id", at, 255);
    match kind {
        "section" => section(findings, object, at, surface),
        "header" => findings.text(object, "text", at, 150, true),
        "actions" => {
            let here = format!("{at}/elements");
            let list = findings.items(object.get("elements"), &here, 1, 25);
            elements::check_all(findings, list, &here, Place::Actions, surface);
        }
        "context" => {
            let here = format!("{at}/elements");
            let list = findings.items(object.get("elements"), &here, 1, 10);
            for (index, element) in list.iter().enumerate() {
                let at = format!("{here}/{index}");
                if element["type"] == "image" {
                    elements::check(findings, element, &at, Place::Section, surface);
                } else {
                    findings.text_object(element, &at, 2000, false);
                }
            }
        }
        "image" => image(findings, object, at),
        "input" => input(findings, object, at, surface),
        "markdown" => findings.string(object, "text", at, 12_000),
        "rich_text" => rich_text(findings, object, at),
        "table" => table(findings, object, at),
        _ => {}
    }
}

fn section(findings: &mut Findings, object: &Map<String, Value>, at: &str, surface: Surface) {
    if object.get("text").is_none_or(Value::is_null)
        && object.get("fields").is_none_or(Value::is_null)
    {
        findings.add(at, "missing required field: text or fields");
    }
    findings.text(object, "text", at, 3000, false);
    if object.contains_key("fields") {
        let here = format!("{at}/fields");
        for (index, field) in findings
            .items(object.get("fields"), &here, 1, 10)
            .iter()
            .enumerate()
        {
            findings.text_object(field, &format!("{here}/{index}"), 2000, false);
        }
    }
    if let Some(accessory) = object.get("accessory") {
        elements::check(
            findings,
            accessory,
            &format!("{at}/accessory"),
            Place::Section,
            surface,
        );
    }
}

fn image(findings: &mut Findings, object: &Map<String, Value>, at: &str) {
    if object.get("image_url").is_some() == object.get("slack_file").is_some() {
        findings.add(at, "exactly one of image_url and slack_file is needed");
    }
    findings.string(object, "image_url", at, 3000);
    findings.string(object, "alt_text", at, 2000);
    findings.text(object, "title", at, 2000, true);
}

fn input(findings: &mut Findings, object: &Map<String, Value>, at: &str, surface: Surface) {
    findings.text(object, "label", at, 2000, true);
    findings.text(object, "hint", at, 2000, true);
    for key in ["optional", "dispatch_action"] {
        if object.get(key).is_some_and(|value| !value.is_boolean()) {
            findings.add(&format!("{at}/{key}"), "must be a boolean");
        }
    }
    if let Some(element) = object.get("element") {
        elements::check(
            findings,
            element,
            &format!("{at}/element"),
            Place::Input,
            surface,
        );
    }
}

fn rich_text(findings: &mut Findings, object: &Map<String, Value>, at: &str) {
    let here = format!("{at}/elements");
    for (index, element) in findings
        .items(object.get("elements"), &here, 0, 100)
        .iter()
        .enumerate()
    {
        let kind = element["type"].as_str().unwrap_or_default();
        let at = format!("{here}/{index}");
        if ![
            "rich_text_section",
            "rich_text_list",
            "rich_text_preformatted",
            "rich_text_quote",
        ]
        .contains(&kind)
        {
            findings.add(&at, &format!("unsupported type: {kind}"));
        }
        if kind == "rich_text_list" && element["style"].as_str().is_none() {
            findings.add(&at, "missing required field: style");
        }
        findings.items(element.get("elements"), &format!("{at}/elements"), 0, 1000);
    }
}

fn table(findings: &mut Findings, object: &Map<String, Value>, at: &str) {
    let here = format!("{at}/rows");
    for (index, row) in findings
        .items(object.get("rows"), &here, 1, 100)
        .iter()
        .enumerate()
    {
        findings.items(Some(row), &format!("{here}/{index}"), 1, 20);
    }
}
