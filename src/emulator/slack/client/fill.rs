//! What is typed and chosen, as `state.values` of a view.
//!
//! Purpose: turn labels and words a person uses into Slack's state, with the checks a client makes itself. Invariants: only
//! choices that are offered can be chosen; a required field must be filled. Neighbours: `forms`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::model::View;
use super::super::objects;
use super::super::render;
use super::super::state::State;
use super::Refusal;

/// Fills a form: new state, and the errors the client itself shows.
pub(super) fn fill(
    state: &State,
    view: &View,
    given: &Map<String, Value>,
) -> Result<(Value, BTreeMap<String, String>), Refusal> {
    let mut values = view.values.clone();
    let mut errors = BTreeMap::new();
    let blocks = view.content["blocks"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let inputs: Vec<&Value> = blocks
        .iter()
        .filter(|block| block["type"] == "input")
        .collect();
    let names = |block: &Value| {
        [
            &block["label"]["text"],
            &block["block_id"],
            &block["element"]["action_id"],
        ]
        .map(|name| name.as_str().unwrap_or_default().to_owned())
    };
    for key in given.keys() {
        if !inputs.iter().any(|block| names(block).contains(key)) {
            let fields: Vec<String> = inputs.iter().map(|block| names(block)[0].clone()).collect();
            return Err(format!(
                "there is no field {key:?}; there is: {}",
                fields.join(", ")
            ));
        }
    }
    for block in inputs {
        let element = &block["element"];
        let [_, block_id, action_id] = names(block);
        let typed = names(block)
            .iter()
            .find_map(|name| given.get(name).cloned());
        let known = values[&block_id][&action_id].clone();
        let value = match typed {
            Some(typed) => state_value(state, element, &typed)?,
            None if known.is_object() => known,
            None => initial(element),
        };
        if let Some(error) = problem(block, element, &value) {
            errors.insert(block_id.clone(), error);
        }
        values[block_id][action_id] = value;
    }
    Ok((values, errors))
}

/// Keeps what was chosen outside of inputs.
pub(super) fn remember(values: &mut Value, action: &Value) {
    let (Some(block), Some(id)) = (action["block_id"].as_str(), action["action_id"].as_str())
    else {
        return;
    };
    let mut kept = Map::new();
    for (key, value) in action.as_object().into_iter().flatten() {
        if key == "type" || key == "value" || key.starts_with("selected_") {
            kept.insert(key.clone(), value.clone());
        }
    }
    values[block][id] = Value::Object(kept);
}

/// What a field holds before anybody touches it.
fn initial(element: &Value) -> Value {
    let kind = element["type"].as_str().unwrap_or_default();
    let from = |key: &str| element.get(key).cloned().unwrap_or(Value::Null);
    let list = |key: &str| element.get(key).cloned().unwrap_or_else(|| json!([]));
    let (key, value) = match kind {
        "static_select" | "radio_buttons" => ("selected_option", from("initial_option")),
        "multi_static_select" | "checkboxes" => ("selected_options", list("initial_options")),
        "users_select" => ("selected_user", from("initial_user")),
        "multi_users_select" => ("selected_users", list("initial_users")),
        "channels_select" => ("selected_channel", from("initial_channel")),
        "conversations_select" => ("selected_conversation", from("initial_conversation")),
        "datepicker" => ("selected_date", from("initial_date")),
        "timepicker" => ("selected_time", from("initial_time")),
        "datetimepicker" => ("selected_date_time", from("initial_date_time")),
        "file_input" => ("files", json!([])),
        _ => ("value", from("initial_value")),
    };
    json!({ "type": kind, key: value })
}

/// What a field holds once the person typed or chose.
pub(super) fn state_value(state: &State, element: &Value, given: &Value) -> Result<Value, Refusal> {
    let kind = element["type"].as_str().unwrap_or_default();
    let one = |given: &Value| -> Result<Value, Refusal> {
        let all = render::all_options(element);
        let found = all
            .iter()
            .find(|option| option["text"]["text"] == *given || option["value"] == *given);
        found.cloned().ok_or_else(|| {
            let offered: Vec<&str> = all
                .iter()
                .filter_map(|option| option["text"]["text"].as_str())
                .collect();
            format!("{given} is not offered; there is: {}", offered.join(", "))
        })
    };
    let list = || {
        given
            .as_array()
            .cloned()
            .unwrap_or_else(|| vec![given.clone()])
    };
    let user = |given: &Value| -> Result<Value, Refusal> {
        let wanted = given.as_str().unwrap_or_default().trim_start_matches('@');
        let found = state
            .world
            .users
            .values()
            .find(|user| user.id == wanted || user.handle == wanted);
        found
            .map(|user| json!(user.id))
            .ok_or_else(|| format!("there is nobody called {wanted}"))
    };
    let place = || -> Result<Value, Refusal> {
        let wanted = given.as_str().unwrap_or_default().trim_start_matches('#');
        let found = state
            .world
            .channels
            .values()
            .find(|one| one.id == wanted || (!one.is_im && one.name == wanted));
        found
            .map(|one| json!(one.id))
            .ok_or_else(|| format!("there is no channel {wanted}"))
    };
    let (key, value) = match kind {
        _ if given.is_null() => return Ok(cleared(kind)),
        "static_select" | "radio_buttons" | "overflow" => ("selected_option", one(given)?),
        "multi_static_select" | "checkboxes" => (
            "selected_options",
            json!(list().iter().map(one).collect::<Result<Vec<_>, _>>()?),
        ),
        "users_select" => ("selected_user", user(given)?),
        "multi_users_select" => (
            "selected_users",
            json!(list().iter().map(user).collect::<Result<Vec<_>, _>>()?),
        ),
        "channels_select" => ("selected_channel", place()?),
        "conversations_select" => ("selected_conversation", place()?),
        "datepicker" => ("selected_date", given.clone()),
        "timepicker" => ("selected_time", given.clone()),
        "datetimepicker" => ("selected_date_time", given.clone()),
        "file_input" => {
            let file = |id: &Value| {
                let file = state.world.files.get(id.as_str().unwrap_or_default());
                file.map(|file| objects::file(state, file))
                    .ok_or_else(|| format!("there is no file {id}"))
            };
            (
                "files",
                json!(list().iter().map(file).collect::<Result<Vec<_>, _>>()?),
            )
        }
        _ => {
            let text = given
                .as_str()
                .map_or_else(|| given.to_string(), ToOwned::to_owned);
            (
                "value",
                if text.is_empty() {
                    Value::Null
                } else {
                    json!(text)
                },
            )
        }
    };
    Ok(json!({ "type": kind, key: value }))
}

/// A field somebody emptied.
fn cleared(kind: &str) -> Value {
    initial(&json!({ "type": kind }))
}

/// What a client itself says about a field.
fn problem(block: &Value, element: &Value, value: &Value) -> Option<String> {
    let held = value
        .as_object()?
        .iter()
        .find(|(key, _)| *key != "type")
        .map(|(_, held)| held)?;
    let empty =
        held.is_null() || held.as_array().is_some_and(Vec::is_empty) || held.as_str() == Some("");
    if empty {
        return (block["optional"] != true)
            .then(|| "Please complete this required field.".to_owned());
    }
    let text = held.as_str()?;
    let length = text.chars().count() as u64;
    if element["max_length"]
        .as_u64()
        .or(Some(3000))
        .is_some_and(|most| length > most)
        && element["type"] == "plain_text_input"
    {
        return Some(format!(
            "Must be {} characters or fewer.",
            element["max_length"].as_u64().unwrap_or(3000)
        ));
    }
    if element["min_length"]
        .as_u64()
        .is_some_and(|least| length < least)
    {
        return Some(format!(
            "Must be at least {} characters.",
            element["min_length"]
        ));
    }
    match element["type"].as_str() {
        Some("email_text_input") if !text.contains('@') => {
            Some("Please enter a valid email address.".into())
        }
        Some("url_text_input") if url::Url::parse(text).is_err() => {
            Some("Please enter a valid URL.".into())
        }
        Some("number_input") if text.parse::<f64>().is_err() => {
            Some("Please enter a valid number.".into())
        }
        _ => None,
    }
}
