//! Limits and shapes of Block Kit: what Slack refuses in messages, modals and App Homes.
//!
//! Purpose: refuse early and with a pointer to the place, so that a card that Slack would refuse never passes a test.
//! Invariants: lengths are counted in code points; unknown properties are refused; it only looks, it changes nothing.
//! Neighbours: `methods::chat` and `methods::views` call it; `blocks`, `elements` hold the rules by kind.

mod blocks;
mod elements;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Where blocks are going to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// A message: at most 50 blocks.
    Message,
    /// A modal: at most 100 blocks.
    Modal,
    /// An App Home: at most 100 blocks.
    Home,
}

impl Surface {
    const fn most_blocks(self) -> usize {
        match self {
            Self::Message => 50,
            Self::Modal | Self::Home => 100,
        }
    }
}

/// Collects what is wrong, each with a JSON pointer, in Slack's form.
#[derive(Debug, Default)]
struct Findings {
    messages: Vec<String>,
}

impl Findings {
    fn add(&mut self, at: &str, what: &str) {
        self.messages
            .push(format!("[ERROR] {what} [json-pointer:{at}]"));
    }

    /// The value as an object with only `allowed` properties and all `required` ones.
    fn object<'v>(
        &mut self,
        value: &'v Value,
        at: &str,
        required: &[&str],
        optional: &[&str],
    ) -> Option<&'v Map<String, Value>> {
        let Some(object) = value.as_object() else {
            self.add(at, "must be an object");
            return None;
        };
        for key in required {
            if object.get(*key).is_none_or(Value::is_null) {
                self.add(at, &format!("missing required field: {key}"));
            }
        }
        for key in object.keys() {
            let known = required.contains(&key.as_str()) || optional.contains(&key.as_str());
            if key != "type" && !known {
                self.add(
                    at,
                    &format!("no more than the documented properties allowed: {key}"),
                );
            }
        }
        Some(object)
    }

    /// A string of 1 to `most` code points, when present.
    fn string(&mut self, object: &Map<String, Value>, key: &str, at: &str, most: usize) {
        let Some(value) = object.get(key).filter(|value| !value.is_null()) else {
            return;
        };
        let at = format!("{at}/{key}");
        match value.as_str().map(|text| text.chars().count()) {
            None => self.add(&at, "must be a string"),
            Some(0) => self.add(&at, "must be more than 0 characters"),
            Some(length) if length > most => {
                self.add(&at, &format!("must be less than {} characters", most + 1))
            }
            Some(_) => {}
        }
    }

    /// A text object of 1 to `most` code points, when present.
    fn text(
        &mut self,
        object: &Map<String, Value>,
        key: &str,
        at: &str,
        most: usize,
        plain_only: bool,
    ) {
        let Some(value) = object.get(key).filter(|value| !value.is_null()) else {
            return;
        };
        self.text_object(value, &format!("{at}/{key}"), most, plain_only);
    }

    fn text_object(&mut self, value: &Value, at: &str, most: usize, plain_only: bool) {
        match value.get("type").and_then(Value::as_str) {
            Some("plain_text") => {
                if let Some(text) = self.object(value, at, &["text"], &["emoji"]) {
                    self.string(text, "text", at, most);
                }
            }
            Some("mrkdwn") if !plain_only => {
                if let Some(text) = self.object(value, at, &["text"], &["verbatim"]) {
                    self.string(text, "text", at, most);
                }
            }
            _ if plain_only => self.add(at, "must be a plain_text object"),
            _ => self.add(at, "must be a plain_text or mrkdwn object"),
        }
    }

    /// An array of `least` to `most` items.
    fn items<'v>(
        &mut self,
        value: Option<&'v Value>,
        at: &str,
        least: usize,
        most: usize,
    ) -> &'v [Value] {
        let Some(items) = value.and_then(Value::as_array) else {
            self.add(at, "must be an array");
            return &[];
        };
        if items.len() < least {
            self.add(at, &format!("no fewer than {least} items allowed"));
        }
        if items.len() > most {
            self.add(
                at,
                &format!("no more than {most} items allowed [input:{}]", items.len()),
            );
        }
        items
    }
}

/// Checks a block list; `Err` lists what is wrong with it.
///
/// # Errors
/// One line per finding.
pub fn check_blocks(value: &Value, surface: Surface) -> Result<(), Vec<String>> {
    let mut findings = Findings::default();
    block_list(&mut findings, value, "/blocks", surface);
    if findings.messages.is_empty() {
        Ok(())
    } else {
        Err(findings.messages)
    }
}

fn block_list(findings: &mut Findings, value: &Value, at: &str, surface: Surface) {
    let least = usize::from(surface == Surface::Message);
    let list = findings.items(Some(value), at, least, surface.most_blocks());
    let mut block_ids = BTreeSet::new();
    for (index, block) in list.iter().enumerate() {
        let at = format!("{at}/{index}");
        blocks::check(findings, block, &at, surface);
        if let Some(id) = block.get("block_id").and_then(Value::as_str)
            && !block_ids.insert(id)
        {
            findings.add(&at, &format!("`block_id` {id} already exists"));
        }
    }
}

/// Checks a view; `Err` lists what is wrong with it.
///
/// # Errors
/// One line per finding.
pub fn check_view(view: &Value) -> Result<(), Vec<String>> {
    let mut findings = Findings::default();
    let at = "/view";
    match view.get("type").and_then(Value::as_str) {
        Some("modal") => check_modal(&mut findings, view, at),
        Some("home") => {
            let optional = ["private_metadata", "callback_id", "external_id"];
            if let Some(object) = findings.object(view, at, &["blocks"], &optional) {
                findings_of_metadata(&mut findings, object, at);
                block_list(
                    &mut findings,
                    &view["blocks"],
                    "/view/blocks",
                    Surface::Home,
                );
            }
        }
        _ => findings.add(at, "unsupported type: must be modal or home"),
    }
    if findings.messages.is_empty() {
        Ok(())
    } else {
        Err(findings.messages)
    }
}

fn check_modal(findings: &mut Findings, view: &Value, at: &str) {
    let optional = [
        "submit",
        "close",
        "private_metadata",
        "callback_id",
        "clear_on_close",
        "notify_on_close",
        "external_id",
        "submit_disabled",
    ];
    let Some(object) = findings.object(view, at, &["title", "blocks"], &optional) else {
        return;
    };
    for key in ["title", "submit", "close"] {
        findings.text(object, key, at, 24, true);
    }
    findings_of_metadata(findings, object, at);
    block_list(findings, &view["blocks"], "/view/blocks", Surface::Modal);
    let has_input = view["blocks"]
        .as_array()
        .is_some_and(|all| all.iter().any(|block| block["type"] == "input"));
    if has_input && object.get("submit").is_none_or(Value::is_null) {
        findings.add(
            at,
            "missing required field: submit (a view with an input block needs it)",
        );
    }
}

fn findings_of_metadata(findings: &mut Findings, object: &Map<String, Value>, at: &str) {
    if object
        .get("private_metadata")
        .and_then(Value::as_str)
        .is_some_and(|text| !text.is_empty())
    {
        findings.string(object, "private_metadata", at, 3000);
    }
    for key in ["callback_id", "external_id"] {
        if object
            .get(key)
            .and_then(Value::as_str)
            .is_some_and(|text| !text.is_empty())
        {
            findings.string(object, key, at, 255);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn section(length: usize) -> Value {
        json!({"type": "section", "text": {"type": "mrkdwn", "text": "é".repeat(length)}})
    }

    fn message(blocks: Value) -> bool {
        check_blocks(&blocks, Surface::Message).is_ok()
    }

    #[test]
    fn lengths_are_counted_in_code_points() {
        assert!(message(json!([section(3000)])));
        assert!(!message(json!([section(3001)])));
        assert!(!message(json!([section(0)])));
        let header = |length| json!([{"type": "header", "text": {"type": "plain_text", "text": "x".repeat(length)}}]);
        assert!(message(header(150)));
        assert!(!message(header(151)));
    }

    #[test]
    fn counts_of_blocks_depend_on_the_surface() {
        let list = |count| Value::Array(vec![json!({"type": "divider"}); count]);
        assert!(message(list(50)));
        assert!(!message(list(51)));
        assert!(!message(list(0)));
        let view = |count| json!({"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": list(count)});
        assert!(check_view(&view(100)).is_ok());
        assert!(check_view(&view(101)).is_err());
    }

    #[test]
    fn buttons_have_limits_and_unique_action_ids() {
        let button = |id: &str, text: usize, value: usize| {
            json!({"type": "button", "action_id": id, "value": "v".repeat(value),
                   "text": {"type": "plain_text", "text": "t".repeat(text)}})
        };
        let actions = |elements: Vec<Value>| json!([{"type": "actions", "elements": elements}]);
        assert!(message(actions(vec![
            button("a", 75, 2000),
            button("b", 1, 1)
        ])));
        assert!(!message(actions(vec![button("a", 76, 1)])));
        assert!(!message(actions(vec![button("a", 1, 2001)])));
        assert!(
            !message(actions(vec![button("a", 1, 1), button("a", 1, 1)])),
            "same action_id in one block"
        );
        assert!(!message(actions(
            (0..26).map(|n| button(&n.to_string(), 1, 1)).collect()
        )));
        assert!(!message(actions(vec![])));
    }

    #[test]
    fn unknown_blocks_and_properties_are_refused() {
        assert!(!message(json!([{"type": "sektion"}])));
        assert!(!message(json!([{"type": "divider", "colour": "red"}])));
        assert!(!message(
            json!([{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}])
        ));
    }

    #[test]
    fn a_view_with_inputs_needs_submit_and_short_words() {
        let view = |title: usize, submit: Value| {
            json!({"type": "modal", "title": {"type": "plain_text", "text": "t".repeat(title)}, "submit": submit,
                   "private_metadata": "", "blocks": [{"type": "input", "block_id": "b",
                   "label": {"type": "plain_text", "text": "What"},
                   "element": {"type": "plain_text_input", "action_id": "a", "multiline": true}}]})
        };
        let submit = json!({"type": "plain_text", "text": "Send"});
        assert_eq!(check_view(&view(24, submit.clone())), Ok(()));
        assert!(check_view(&view(25, submit.clone())).is_err());
        assert!(check_view(&view(24, Value::Null)).is_err());
        let mut long = view(24, submit);
        long["private_metadata"] = json!("m".repeat(3001));
        assert!(check_view(&long).is_err());
    }

    #[test]
    fn selects_need_options_within_their_limits() {
        let select = |kind: &str, count: usize| {
            let option = |n: usize| json!({"text": {"type": "plain_text", "text": "o"}, "value": n.to_string()});
            json!([{"type": "section", "text": {"type": "plain_text", "text": "s"}, "accessory":
                {"type": kind, "action_id": "a", "options": (0..count).map(option).collect::<Vec<_>>()}}])
        };
        assert!(message(select("static_select", 100)));
        assert!(!message(select("static_select", 101)));
        assert!(!message(select("static_select", 0)));
        assert!(message(select("radio_buttons", 10)));
        assert!(!message(select("radio_buttons", 11)));
        assert!(
            !message(select("plain_text_input", 1)),
            "no inputs as accessory"
        );
    }
}
