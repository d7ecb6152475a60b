//! Discord's limits: their figures, a strict check of whatever is to be sent, and what happens to a message that fails it.
//!
//! Invariants: the check knows nothing of the renderers, so that a mistake there is seen here; a message that fails it is said in plain words
//! instead, and never lost, because a refusal of Discord's would lose it. serenity checks no more than the content and the sum of embeds.
//! Neighbours: `card` and `form` keep the limits, the tests check everything by [`problems`] and [`modal_problems`].

use super::text::{cut, length};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The words beside the embeds.
pub const CONTENT: usize = 2_000;
/// Embeds of a message.
pub const EMBEDS: usize = 10;
/// The title of an embed.
pub const TITLE: usize = 256;
/// The description of an embed.
pub const DESCRIPTION: usize = 4_096;
/// Fields of an embed.
pub const FIELDS: usize = 25;
/// The name of a field.
pub const NAME: usize = 256;
/// The value of a field.
pub const VALUE: usize = 1_024;
/// The footer of an embed.
pub const FOOTER: usize = 2_048;
/// All words of all embeds.
pub const SUM: usize = 6_000;
/// Rows of buttons.
pub const ROWS: usize = 5;
/// Buttons of a row.
pub const BUTTONS: usize = 5;
/// The words of a button.
pub const BUTTON: usize = 80;
/// What a button or a field is called.
pub const CUSTOM_ID: usize = 100;
/// Components of a modal.
pub const COMPONENTS: usize = 5;
/// The title of a modal, and a label in it.
pub const LABEL: usize = 45;
/// The line below a label.
pub const ABOUT: usize = 100;
/// What can be typed, and what is only shown.
pub const INPUT: usize = 4_000;
/// Options of a menu.
pub const OPTIONS: usize = 25;
/// The words, the value and the line below an option.
pub const OPTION: usize = 100;
/// Files of a field.
pub const FILES: usize = 10;

/// The message as it is if it keeps every limit; else its words alone, cut, with the buttons that are fit.
#[must_use]
pub fn kept(message: Value) -> Value {
    let problems = problems(&message);
    if problems.is_empty() {
        return message;
    }
    tracing::error!(
        problems = problems.join("; "),
        "a message for discord was rendered beyond its limits; it is said in plain words"
    );
    let fit = |value: &Value| value.as_str().map(|text| cut(text, CONTENT));
    let content = fit(&message["content"]).filter(|content| !content.trim().is_empty());
    let mut plain = json!({
        "content": content.unwrap_or_else(|| "Security event".to_owned()),
        "embeds": [], "components": [], "allowed_mentions": { "parse": [] },
    });
    let description = message["embeds"][0]["description"].as_str();
    if let Some(description) = description.filter(|words| length(words) <= DESCRIPTION) {
        plain["embeds"] = json!([{ "description": description }]);
    }
    let with_buttons = json!({ "components": message["components"].clone(), "content": "x", "allowed_mentions": { "parse": [] } });
    if self::problems(&with_buttons).is_empty() {
        plain["components"] = message["components"].clone();
    }
    plain
}

/// Which limits a message breaks: `embeds.0.title: 257 of 256`. Never what it says.
#[must_use]
pub fn problems(message: &Value) -> Vec<String> {
    let mut found = Found::default();
    if message["allowed_mentions"] != json!({ "parse": [] }) {
        found.say("allowed_mentions: not empty");
    }
    found.text(&message["content"], "content", 0, CONTENT);
    let embeds = found.list(&message["embeds"], "embeds", EMBEDS);
    let mut sum = 0;
    for (index, embed) in embeds.iter().enumerate() {
        sum += found.embed(embed, &format!("embeds.{index}"));
    }
    if sum > SUM {
        found.say(&format!("embeds: {sum} of {SUM} together"));
    }
    let has_words = |key: &str| message[key].as_str().is_some_and(|text| !text.is_empty());
    if !has_words("content") && embeds.is_empty() {
        found.say("message: empty");
    }
    let rows = found.list(&message["components"], "components", ROWS);
    for (index, row) in rows.iter().enumerate() {
        let path = format!("components.{index}");
        if row["type"] != 1 {
            found.say(&format!("{path}: no row"));
        }
        let path = format!("{path}.components");
        let buttons = found.list(&row["components"], &path, BUTTONS);
        if buttons.is_empty() {
            found.say(&format!("{path}: empty"));
        }
        for (index, button) in buttons.iter().enumerate() {
            found.button(button, &format!("{path}.{index}"));
        }
    }
    found.problems
}

/// Which limits a modal breaks.
#[must_use]
pub fn modal_problems(modal: &Value) -> Vec<String> {
    let mut found = Found::default();
    found.id(&modal["custom_id"], "custom_id");
    found.text(&modal["title"], "title", 1, LABEL);
    let components = found.list(&modal["components"], "components", COMPONENTS);
    if components.is_empty() {
        found.say("components: empty");
    }
    for (index, component) in components.iter().enumerate() {
        let path = format!("components.{index}");
        match component["type"].as_u64() {
            Some(10) => found.text(&component["content"], &format!("{path}.content"), 1, INPUT),
            Some(18) => {
                found.text(&component["label"], &format!("{path}.label"), 1, LABEL);
                if !component["description"].is_null() {
                    let at = format!("{path}.description");
                    found.text(&component["description"], &at, 1, ABOUT);
                }
                found.input(&component["component"], &format!("{path}.component"));
            }
            _ => found.say(&format!("{path}: of no kind")),
        }
    }
    found.problems
}

#[derive(Default)]
struct Found {
    problems: Vec<String>,
    ids: BTreeSet<String>,
}

impl Found {
    fn say(&mut self, problem: &str) {
        self.problems.push(problem.to_owned());
    }

    fn text(&mut self, value: &Value, path: &str, least: usize, most: usize) {
        let Some(text) = value.as_str() else {
            if !value.is_null() || least > 0 {
                self.say(&format!("{path}: no text"));
            }
            return;
        };
        // Discord trims before it counts.
        if length(text) > most {
            self.say(&format!("{path}: {} of {most}", length(text)));
        }
        if length(text.trim()) < least {
            self.say(&format!("{path}: empty"));
        }
    }

    fn id(&mut self, value: &Value, path: &str) {
        self.text(value, path, 1, CUSTOM_ID);
        if let Some(id) = value.as_str()
            && !self.ids.insert(id.to_owned())
        {
            self.say(&format!("{path}: twice"));
        }
    }

    fn list(&mut self, value: &Value, path: &str, most: usize) -> Vec<Value> {
        let list = match value {
            Value::Null => return Vec::new(),
            Value::Array(list) => list,
            _ => {
                self.say(&format!("{path}: no list"));
                return Vec::new();
            }
        };
        if list.len() > most {
            self.say(&format!("{path}: {} of {most}", list.len()));
        }
        list.clone()
    }

    fn embed(&mut self, embed: &Value, path: &str) -> usize {
        let footer = &embed["footer"]["text"];
        let mut words = vec![
            embed["title"].clone(),
            embed["description"].clone(),
            footer.clone(),
        ];
        self.text(&embed["title"], &format!("{path}.title"), 0, TITLE);
        let at = format!("{path}.description");
        self.text(&embed["description"], &at, 0, DESCRIPTION);
        self.text(footer, &format!("{path}.footer"), 0, FOOTER);
        let fields = self.list(&embed["fields"], &format!("{path}.fields"), FIELDS);
        for (index, field) in fields.iter().enumerate() {
            let path = format!("{path}.fields.{index}");
            self.text(&field["name"], &format!("{path}.name"), 1, NAME);
            self.text(&field["value"], &format!("{path}.value"), 1, VALUE);
            words.extend([field["name"].clone(), field["value"].clone()]);
        }
        let sum = words.iter().filter_map(Value::as_str).map(length).sum();
        if sum == 0 {
            self.say(&format!("{path}: empty"));
        }
        sum
    }

    fn button(&mut self, button: &Value, path: &str) {
        if button["type"] != 2 {
            self.say(&format!("{path}: no button"));
        }
        if !matches!(button["style"].as_u64(), Some(1..=4)) {
            self.say(&format!("{path}.style: of no kind"));
        }
        self.id(&button["custom_id"], &format!("{path}.custom_id"));
        self.text(&button["label"], &format!("{path}.label"), 1, BUTTON);
    }

    fn input(&mut self, input: &Value, path: &str) {
        self.id(&input["custom_id"], &format!("{path}.custom_id"));
        let most = |found: &mut Self, key: &str, least: u64, most: usize| {
            let at = format!("{path}.{key}");
            match input[key].as_u64() {
                Some(value) if value >= least && value <= most as u64 => value as usize,
                _ if input[key].is_null() => most,
                _ => {
                    found.say(&format!("{at}: beyond {least} to {most}"));
                    most
                }
            }
        };
        match input["type"].as_u64() {
            Some(4) => {
                let max = most(self, "max_length", 1, INPUT);
                self.text(&input["value"], &format!("{path}.value"), 0, max);
                let at = format!("{path}.placeholder");
                self.text(&input["placeholder"], &at, 0, OPTION);
                if !matches!(input["style"].as_u64(), Some(1 | 2)) {
                    self.say(&format!("{path}.style: of no kind"));
                }
            }
            Some(3) => {
                let options = self.list(&input["options"], &format!("{path}.options"), OPTIONS);
                let max = most(self, "max_values", 1, options.len());
                most(self, "min_values", 0, max);
                self.options(&options, path, max);
            }
            Some(19) => {
                let max = most(self, "max_values", 1, FILES);
                most(self, "min_values", 0, max);
            }
            _ => self.say(&format!("{path}: of no kind")),
        }
    }

    fn options(&mut self, options: &[Value], path: &str, max: usize) {
        if options.is_empty() {
            self.say(&format!("{path}.options: empty"));
        }
        let mut values = BTreeSet::new();
        for (index, option) in options.iter().enumerate() {
            let path = format!("{path}.options.{index}");
            self.text(&option["label"], &format!("{path}.label"), 1, OPTION);
            self.text(&option["value"], &format!("{path}.value"), 1, OPTION);
            let at = format!("{path}.description");
            self.text(&option["description"], &at, 0, OPTION);
            if !values.insert(option["value"].to_string()) {
                self.say(&format!("{path}.value: twice"));
            }
        }
        let chosen = options.iter().filter(|option| option["default"] == true);
        if chosen.count() > max {
            self.say(&format!("{path}: more chosen than {max}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Value {
        json!({
            "content": "x", "allowed_mentions": { "parse": [] },
            "embeds": [{ "title": "t", "description": "d", "fields": [{ "name": "n", "value": "v" }], "footer": { "text": "f" } }],
            "components": [{ "type": 1, "components": [{ "type": 2, "style": 1, "custom_id": "a", "label": "l" }] }],
        })
    }

    fn modal() -> Value {
        let label = |input: Value| json!({ "type": 18, "label": "l", "description": "d", "component": input });
        json!({ "custom_id": "m", "title": "t", "components": [
            { "type": 10, "content": "c" },
            label(json!({ "type": 4, "custom_id": "a", "style": 1, "max_length": 10, "value": "v", "placeholder": "p" })),
            label(json!({ "type": 3, "custom_id": "b", "options": [{ "label": "l", "value": "v", "description": "d" }], "max_values": 1 })),
            label(json!({ "type": 19, "custom_id": "c", "max_values": 10 })),
        ] })
    }

    /// Puts a value in a place and counts what is found.
    fn broken(mut of: Value, path: &str, value: Value, check: fn(&Value) -> Vec<String>) {
        assert_eq!(check(&of), Vec::<String>::new());
        *of.pointer_mut(path).unwrap() = value;
        assert!(!check(&of).is_empty(), "{path}");
    }

    #[test]
    fn every_limit_of_a_message_is_checked() {
        let long = |most: usize| json!("é".repeat(most + 1));
        let button = json!({ "type": 2, "style": 1, "custom_id": "a", "label": "l" });
        let embed = json!({ "description": "d" });
        for (path, value) in [
            ("/content", long(CONTENT)),
            ("/content", json!(7)),
            ("/allowed_mentions", json!({})),
            ("/allowed_mentions/parse", json!(["users"])),
            ("/embeds", json!(vec![embed.clone(); 11])),
            ("/embeds/0", json!({})),
            ("/embeds/0/title", long(TITLE)),
            ("/embeds/0/description", long(DESCRIPTION)),
            ("/embeds/0/footer/text", long(FOOTER)),
            (
                "/embeds/0/fields",
                json!(vec![json!({ "name": "n", "value": "v" }); 26]),
            ),
            ("/embeds/0/fields/0/name", long(NAME)),
            ("/embeds/0/fields/0/name", json!(" ")),
            ("/embeds/0/fields/0/value", long(VALUE)),
            ("/embeds/0/fields/0/value", json!("")),
            (
                "/embeds",
                json!(vec![json!({ "description": "x".repeat(3_001) }); 2]),
            ),
            (
                "/components",
                json!(vec![json!({ "type": 1, "components": [] })]),
            ),
            ("/components/0/type", json!(2)),
            ("/components/0/components", json!([button, button])),
            ("/components/0/components/0/label", long(BUTTON)),
            ("/components/0/components/0/label", json!("")),
            ("/components/0/components/0/custom_id", long(CUSTOM_ID)),
            ("/components/0/components/0/style", json!(9)),
            ("/components/0/components/0/type", json!(3)),
        ] {
            broken(whole(), path, value, problems);
        }
        let buttons: Vec<Value> = (0..6)
            .map(|n| json!({ "type": 2, "style": 1, "custom_id": n.to_string(), "label": "l" }))
            .collect();
        broken(
            whole(),
            "/components/0/components",
            json!(buttons),
            problems,
        );
        let rows: Vec<Value> = (0..6).map(|n| json!({ "type": 1, "components": [{ "type": 2, "style": 1, "custom_id": n.to_string(), "label": "l" }] })).collect();
        broken(whole(), "/components", json!(rows), problems);
    }

    #[test]
    fn every_limit_of_a_modal_is_checked() {
        let long = |most: usize| json!("é".repeat(most + 1));
        for (path, value) in [
            ("/custom_id", long(CUSTOM_ID)),
            ("/custom_id", json!("a")),
            ("/title", long(LABEL)),
            ("/title", json!("")),
            ("/components", json!([])),
            (
                "/components",
                json!(vec![json!({ "type": 10, "content": "c" }); 6]),
            ),
            ("/components/0/content", long(INPUT)),
            ("/components/0/type", json!(1)),
            ("/components/1/label", long(LABEL)),
            ("/components/1/description", long(ABOUT)),
            ("/components/1/description", json!("")),
            ("/components/1/component/value", json!("12345678901")),
            ("/components/1/component/max_length", json!(4_001)),
            ("/components/1/component/placeholder", long(OPTION)),
            ("/components/1/component/style", json!(3)),
            ("/components/1/component/type", json!(5)),
            ("/components/2/component/custom_id", json!("a")),
            ("/components/2/component/options", json!([])),
            (
                "/components/2/component/options",
                json!(vec![json!({ "label": "l", "value": "v" }); 2]),
            ),
            ("/components/2/component/options/0/label", long(OPTION)),
            ("/components/2/component/options/0/value", long(OPTION)),
            (
                "/components/2/component/options/0/description",
                long(OPTION),
            ),
            ("/components/2/component/max_values", json!(2)),
            ("/components/3/component/max_values", json!(11)),
        ] {
            broken(modal(), path, value, modal_problems);
        }
    }

    #[test]
    fn a_message_beyond_its_limits_is_said_and_keeps_its_buttons() {
        assert_eq!(kept(whole()), whole());
        let mut long = whole();
        long["embeds"][0]["title"] = json!("x".repeat(300));
        let degraded = kept(long);
        assert_eq!(problems(&degraded), Vec::<String>::new());
        assert_eq!(degraded["embeds"], json!([{ "description": "d" }]));
        assert_eq!(degraded["components"], whole()["components"]);
        for damaged in [
            json!(null),
            json!({ "content": 7, "components": 3, "embeds": "x" }),
        ] {
            assert_eq!(problems(&kept(damaged)), Vec::<String>::new());
        }
    }
}
