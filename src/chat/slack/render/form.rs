//! A form as a view.
//!
//! Invariants: block and action of a field are named after it, so that errors and values find their way, and what was typed survives an
//! update; the form's key travels in `private_metadata` and must fit (3,000), which is checked, not cut. By rule: few options become
//! radio buttons or boxes, more a menu, more than 100 a menu in groups; a form of more than 100 blocks is split by `pages`.
//! Neighbours: `entered` reads it back, `ingress::respond` opens it.

use super::{
    card::paragraph,
    limits,
    text::{clean, cut, plain_object},
};
use crate::chat::form::{Choice, Field, Form, FormKey, Input};
use serde_json::{Value, json};

/// A form that cannot be shown: a bug of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the form {verb} remembers {size} characters, more than Slack keeps")]
pub struct TooMuchToRemember {
    /// Which form.
    pub verb: String,
    /// Code points.
    pub size: usize,
}

/// How many fields fit on one page beside the words above them.
#[must_use]
pub fn fields_per_page(form: &Form) -> usize {
    limits::VIEW_BLOCKS - form.intro.len().min(limits::VIEW_BLOCKS / 2)
}

/// A form that fits on one page, as a view.
///
/// # Errors
/// [`TooMuchToRemember`].
pub fn view(form: &Form) -> Result<Value, TooMuchToRemember> {
    let remembered = serde_json::to_string(&form.key).unwrap_or_default();
    let size = remembered.chars().count();
    if size > limits::METADATA {
        return Err(TooMuchToRemember {
            verb: form.key.verb.clone(),
            size,
        });
    }
    let intro = form.intro.iter().take(limits::VIEW_BLOCKS / 2);
    let mut blocks: Vec<Value> = intro.map(|line| paragraph(line, limits::TEXT)).collect();
    let fields = form.fields.iter().take(fields_per_page(form));
    blocks.extend(fields.map(|field| block(field, &form.key)));
    let mut view = json!({
        "type": "modal", "callback_id": cut(&form.key.verb, 255), "private_metadata": remembered,
        "title": plain_object(&form.title, limits::TITLE), "submit": plain_object(&form.submit, limits::TITLE),
        "close": plain_object("Cancel", limits::TITLE), "blocks": blocks,
    });
    if form.key.verb.is_empty() {
        view["callback_id"] = json!("form");
    }
    Ok(view)
}

/// The key that a view carries; `None` for a view that is no form of ours.
#[must_use]
pub fn key(private_metadata: &str) -> Option<FormKey> {
    serde_json::from_str(private_metadata).ok()
}

fn block(field: &Field, key: &FormKey) -> Value {
    if let Input::More { verb } = &field.input {
        let mut button = json!({ "type": "button", "action_id": verb, "text": plain_object(&field.label, limits::BUTTON) });
        if !key.id.is_empty() {
            button["value"] = json!(cut(&key.id, limits::VALUE));
        }
        return json!({ "type": "actions", "block_id": field.name, "elements": [button] });
    }
    let mut element = element(field);
    element["action_id"] = json!(field.name);
    let mut block = json!({
        "type": "input", "block_id": field.name, "optional": !field.required,
        "label": plain_object(&field.label, limits::LABEL), "element": element,
    });
    if let Some(hint) = field.hint.as_deref().filter(|hint| !hint.trim().is_empty()) {
        block["hint"] = plain_object(hint, limits::LABEL);
    }
    block
}

fn element(field: &Field) -> Value {
    match &field.input {
        Input::Line { max, initial } => typed(*max, initial.as_deref(), false),
        Input::Paragraph { max, initial } => typed(*max, initial.as_deref(), true),
        Input::Choice { options, initial } => choice(options, initial.as_deref(), field.required),
        Input::Many { options, initial } => many(options, initial),
        Input::Moment { initial } => {
            let mut picker = json!({ "type": "datetimepicker" });
            if let Some(at) = initial {
                picker["initial_date_time"] = json!(at.timestamp());
            }
            picker
        }
        Input::Files { max } => json!({ "type": "file_input", "max_files": (*max).clamp(1, 10) }),
        // Handled before: a button is no input.
        Input::More { .. } => Value::Null,
    }
}

fn typed(max: u32, initial: Option<&str>, multiline: bool) -> Value {
    let max = max.clamp(1, limits::INPUT);
    let mut input =
        json!({ "type": "plain_text_input", "multiline": multiline, "max_length": max });
    if let Some(initial) = initial.filter(|initial| !initial.is_empty()) {
        input["initial_value"] = json!(cut(&clean(initial), usize::try_from(max).unwrap_or(1)));
    }
    input
}

fn option(choice: &Choice) -> Value {
    let mut option = json!({ "text": plain_object(&choice.label, limits::OPTION), "value": cut(&choice.value, 150) });
    if let Some(about) = choice
        .about
        .as_deref()
        .filter(|about| !about.trim().is_empty())
    {
        option["description"] = plain_object(about, limits::OPTION);
    }
    option
}

/// What is chosen at first, in the very form of its option: Slack compares them whole.
fn chosen(options: &[Choice], value: &str) -> Option<Value> {
    options.iter().find(|one| one.value == value).map(option)
}

fn set_options(menu: &mut Value, options: &[Choice]) {
    if options.len() <= limits::OPTIONS {
        menu["options"] = options.iter().map(option).collect();
        return;
    }
    let group = |(index, group): (usize, &[Choice])| {
        let first = index * limits::OPTIONS + 1;
        let label = format!("{first} to {}", first + group.len() - 1);
        json!({ "label": plain_object(&label, limits::OPTION), "options": group.iter().map(option).collect::<Vec<_>>() })
    };
    let groups = options.chunks(limits::OPTIONS).take(limits::OPTIONS);
    menu["option_groups"] = groups.enumerate().map(group).collect();
}

fn choice(options: &[Choice], initial: Option<&str>, required: bool) -> Value {
    // A radio button once chosen cannot be taken back, so an optional choice is a menu.
    let kind = if required && options.len() <= limits::FEW {
        "radio_buttons"
    } else {
        "static_select"
    };
    let mut element = json!({ "type": kind });
    set_options(&mut element, options);
    if let Some(initial) = initial.and_then(|initial| chosen(options, initial)) {
        element["initial_option"] = initial;
    }
    element
}

fn many(options: &[Choice], initial: &[String]) -> Value {
    let kind = if options.len() <= limits::FEW {
        "checkboxes"
    } else {
        "multi_static_select"
    };
    let mut element = json!({ "type": kind });
    set_options(&mut element, options);
    let initial: Vec<Value> = initial
        .iter()
        .filter_map(|one| chosen(options, one))
        .collect();
    if !initial.is_empty() {
        element["initial_options"] = json!(initial);
    }
    element
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::card::Span;
    use std::collections::BTreeMap;

    fn choices(count: usize) -> Vec<Choice> {
        let one = |index| Choice {
            value: format!("v{index}"),
            label: "L".repeat(90),
            about: Some("about".to_owned()),
        };
        (0..count).map(one).collect()
    }

    fn field(name: &str, input: Input) -> Field {
        Field {
            name: name.to_owned(),
            label: "What happened?".to_owned(),
            hint: Some("Suspicion suffices".to_owned()),
            required: true,
            input,
        }
    }

    fn form(fields: Vec<Field>) -> Form {
        Form {
            key: FormKey {
                verb: "report".to_owned(),
                id: "c1".to_owned(),
                extra: BTreeMap::from([("origin".to_owned(), "C1".to_owned())]),
            },
            title: "Report a security event now".to_owned(),
            intro: vec![vec![Span::Plain("Report early.".to_owned())]],
            fields,
            submit: "Report".to_owned(),
        }
    }

    #[test]
    fn every_input_has_its_element() {
        let at = crate::domain::clock::from_micros(1_700_000_000_000_000);
        let form = form(vec![
            field(
                "a",
                Input::Line {
                    max: 9_000,
                    initial: Some("x".repeat(5_000)),
                },
            ),
            field(
                "b",
                Input::Paragraph {
                    max: 100,
                    initial: Some(String::new()),
                },
            ),
            field(
                "c",
                Input::Choice {
                    options: choices(3),
                    initial: Some("v1".to_owned()),
                },
            ),
            field(
                "d",
                Input::Choice {
                    options: choices(11),
                    initial: Some("gone".to_owned()),
                },
            ),
            field(
                "e",
                Input::Choice {
                    options: choices(250),
                    initial: None,
                },
            ),
            field(
                "f",
                Input::Many {
                    options: choices(3),
                    initial: vec!["v2".to_owned()],
                },
            ),
            field("g", Input::Moment { initial: at }),
            field("h", Input::Files { max: 20 }),
            field(
                "i",
                Input::More {
                    verb: "add_details".to_owned(),
                },
            ),
        ]);
        let view = view(&form).unwrap();
        assert_eq!(view["title"]["text"], "Report a security event…");
        let element = |index: usize| &view["blocks"][index]["element"];
        assert_eq!(element(1)["max_length"], 3_000);
        assert_eq!(
            element(1)["initial_value"]
                .as_str()
                .unwrap()
                .chars()
                .count(),
            3_000
        );
        assert!(element(2).get("initial_value").is_none());
        assert_eq!(element(3)["type"], "radio_buttons");
        assert_eq!(element(3)["initial_option"], element(3)["options"][1]);
        assert_eq!(element(4)["type"], "static_select");
        assert!(element(4).get("initial_option").is_none());
        assert_eq!(element(5)["option_groups"].as_array().unwrap().len(), 3);
        assert_eq!(element(6)["initial_options"][0]["value"], "v2");
        assert_eq!(element(7)["initial_date_time"], 1_700_000_000);
        assert_eq!(element(8)["max_files"], 10);
        assert_eq!(view["blocks"][9]["elements"][0]["action_id"], "add_details");
        assert_eq!(view["blocks"][9]["elements"][0]["value"], "c1");
        assert_eq!(
            key(view["private_metadata"].as_str().unwrap()),
            Some(form.key)
        );
    }

    #[test]
    fn an_optional_choice_is_a_menu() {
        let mut one = field(
            "a",
            Input::Choice {
                options: choices(2),
                initial: None,
            },
        );
        one.required = false;
        let view = view(&form(vec![one])).unwrap();
        assert_eq!(view["blocks"][1]["element"]["type"], "static_select");
        assert_eq!(view["blocks"][1]["optional"], true);
    }

    #[test]
    fn a_key_that_does_not_fit_is_refused_and_not_cut() {
        let mut form = form(Vec::new());
        form.key.extra.insert("long".to_owned(), "x".repeat(3_000));
        assert!(view(&form).is_err());
    }

    #[test]
    fn foreign_metadata_is_no_key() {
        for foreign in ["", "null", "[]", "{}", "{\"verb\":1}", "x"] {
            assert_eq!(key(foreign), None, "{foreign}");
        }
    }
}
