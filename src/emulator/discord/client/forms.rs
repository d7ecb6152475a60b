//! Buttons, selects and forms.
//!
//! Invariants: what is not on the screen, or is switched off, cannot be pressed; a form that a client would not send (a required field empty, a text
//! too long) is not sent. Neighbours: `render` names the fields, `deliver` brings the interaction.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::super::deliver;
use super::super::interactions::{COMPONENT, Doing, MODAL_SUBMIT};
use super::super::model::Id;
use super::super::objects;
use super::super::render;
use super::super::state::{Modal, State};
use super::{Before, Refusal, Shared, answered, channel, existing, person};
use crate::emulator::door::{Act, Seen};

/// Finds a button or select by custom id, visible label or placeholder.
fn element(components: &[Value], wanted: &str) -> Option<Value> {
    for one in components {
        let named = [&one["custom_id"], &one["label"], &one["placeholder"]];
        if named.iter().any(|name| **name == wanted) && one["type"] != 18 {
            return Some(one.clone());
        }
        let inner = one["components"]
            .as_array()
            .and_then(|inner| element(inner, wanted));
        let accessory = || element(std::slice::from_ref(one.get("accessory")?), wanted);
        if let Some(found) = inner.or_else(accessory) {
            return Some(found);
        }
    }
    None
}

/// What is chosen, as the payload names it: values, and who or what they are.
fn chosen(
    state: &State,
    field: &Value,
    given: &Value,
    guild: Option<Id>,
) -> Result<(Vec<String>, Value), Refusal> {
    let given: Vec<Value> = match given {
        Value::Array(all) => all.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    };
    let (mut values, mut users, mut members, mut channels) =
        (Vec::new(), Map::new(), Map::new(), Map::new());
    for one in given {
        let word = one.as_str().unwrap_or_default();
        match field["type"].as_u64() {
            Some(5 | 7) => {
                let handle = word.trim_start_matches('@');
                let found = state
                    .world
                    .users
                    .values()
                    .find(|user| user.name == handle || user.id.to_string() == handle);
                let id = found
                    .ok_or_else(|| format!("there is nobody called {handle}"))?
                    .id;
                users.insert(id.to_string(), objects::user_by_id(&state.world, id));
                if let Some(guild) = guild
                    && let Some(mut member) = objects::member_without_user(&state.world, guild, id)
                {
                    member["permissions"] = json!("0");
                    members.insert(id.to_string(), member);
                }
                values.push(id.to_string());
            }
            Some(8) => {
                let name = word.trim_start_matches('#');
                let found = state
                    .world
                    .channels
                    .values()
                    .find(|one| one.name == name || one.id.to_string() == name);
                let found = found.ok_or_else(|| format!("there is no channel {name}"))?;
                let mut shown = objects::channel(state, found);
                shown["permissions"] = json!("0");
                channels.insert(found.id.to_string(), shown);
                values.push(found.id.to_string());
            }
            _ => {
                let options = field["options"].as_array().cloned().unwrap_or_default();
                let found = options
                    .iter()
                    .find(|option| option["label"] == one || option["value"] == one);
                let found = found.ok_or_else(|| {
                    let offered: Vec<&str> = options
                        .iter()
                        .filter_map(|option| option["label"].as_str())
                        .collect();
                    format!("{one} is not offered; there is: {}", offered.join(", "))
                })?;
                values.push(found["value"].as_str().unwrap_or_default().to_owned());
            }
        }
    }
    let mut resolved = Map::new();
    for (name, found) in [
        ("users", users),
        ("members", members),
        ("channels", channels),
    ] {
        if !found.is_empty() {
            resolved.insert(name.into(), Value::Object(found));
        }
    }
    Ok((values, Value::Object(resolved)))
}

pub(super) async fn press(shared: &Arc<Shared>, act: &Act) -> Result<Value, Refusal> {
    let wanted = act.action.clone().ok_or("say which button or select")?;
    let (before, doing) = shared.with(|state, now| -> Result<_, Refusal> {
        let user = person(state, act)?;
        let place = channel(state, act, &user, now)?;
        let message = existing(state, &place, act, &user)?;
        let found = element(&message.components, &wanted);
        let found = found.ok_or_else(|| {
            let labels: Vec<String> = render::message(state, &message).buttons.into_iter().map(|one| one.label).collect();
            format!("there is nothing called {wanted}; there is: {}", labels.join(", "))
        })?;
        if found["disabled"] == true {
            return Err(format!("{wanted} cannot be pressed now"));
        }
        if found["style"] == 5 {
            return Err(format!("{wanted} only leads to {}", found["url"]));
        }
        let place = state.channel(message.channel).map_err(|error| error.message)?.clone();
        let before = Before::note(state, user.id);
        let kind = found["type"].as_u64().unwrap_or(2);
        let mut data = json!({ "component_type": kind, "custom_id": found["custom_id"], "id": found["id"].as_u64().unwrap_or(1) });
        if kind != 2 {
            let (values, resolved) = chosen(state, &found, act.value.as_ref().unwrap_or(&Value::Null), place.guild)?;
            let count = u64::try_from(values.len()).unwrap_or(0);
            let (least, most) = (found["min_values"].as_u64().unwrap_or(1), found["max_values"].as_u64().unwrap_or(1));
            if count < least || count > most {
                return Err(format!("choose between {least} and {most}"));
            }
            data["values"] = json!(values);
            if resolved != json!({}) {
                data["resolved"] = resolved;
            }
        }
        let doing = Doing {
            kind: COMPONENT,
            user: user.id,
            data,
            channel: place,
            source: Some(message),
        };
        Ok((before, doing))
    })?;
    let receipt = deliver::interact(shared, doing).await;
    Ok(answered(shared, &before, receipt))
}

/// What a form would send: components as the payload has them, files, and the errors the client shows itself.
struct Filled {
    components: Vec<Value>,
    resolved: Value,
    errors: BTreeMap<String, String>,
    content: Value,
}

fn text_problem(field: &Value, value: &str) -> Option<String> {
    let length = u64::try_from(value.chars().count()).unwrap_or(u64::MAX);
    let least = field["min_length"].as_u64().unwrap_or(0);
    let most = field["max_length"].as_u64().unwrap_or(4000);
    let must = field["required"] != false;
    if must && value.trim().is_empty() {
        Some("This is a required field.".into())
    } else if length > most {
        Some(format!("Must be {most} or fewer in length."))
    } else if length < least && !value.is_empty() {
        Some(format!("Must be at least {least} in length."))
    } else {
        None
    }
}

fn fill(
    state: &State,
    modal: &Modal,
    given: &Map<String, Value>,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Filled, Refusal> {
    let fields = render::fields(&modal.content);
    let named = |label: &str, field: &Value| {
        given
            .get(label)
            .or_else(|| given.get(field["custom_id"].as_str().unwrap_or_default()))
    };
    let known = |key: &str| {
        fields
            .iter()
            .any(|(label, _, field)| label == key || field["custom_id"] == key)
    };
    if let Some(key) = given.keys().find(|key| !known(key)) {
        let labels: Vec<&str> = fields.iter().map(|(label, _, _)| label.as_str()).collect();
        return Err(format!(
            "there is no field {key:?}; there is: {}",
            labels.join(", ")
        ));
    }
    let guild = state
        .world
        .channels
        .get(&modal.channel)
        .and_then(|place| place.guild);
    let (mut errors, mut resolved, mut content) =
        (BTreeMap::new(), Map::new(), modal.content.clone());
    let mut components = Vec::new();
    for (index, part) in modal.content["components"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
    {
        let number = index + 1;
        let field = match part["type"].as_u64() {
            Some(18) => &part["component"],
            Some(1) => &part["components"][0],
            _ => {
                components.push(json!({ "type": 10, "id": number }));
                continue;
            }
        };
        let label = part["label"]
            .as_str()
            .or_else(|| field["label"].as_str())
            .unwrap_or_default();
        let custom_id = field["custom_id"].as_str().unwrap_or_default().to_owned();
        let typed = named(label, field);
        let mut sent = json!({ "type": field["type"], "custom_id": custom_id, "id": number + 10 });
        let must = field["required"] != false;
        match field["type"].as_u64() {
            Some(4) => {
                let value = typed
                    .map_or(&field["value"], |typed| typed)
                    .as_str()
                    .unwrap_or_default()
                    .to_owned();
                if let Some(problem) = text_problem(field, &value) {
                    errors.insert(custom_id, problem);
                }
                // What was typed stays on the screen when the form is not sent.
                let path = if part["type"] == 18 {
                    format!("/components/{index}/component")
                } else {
                    format!("/components/{index}/components/0")
                };
                if let Some(kept) = content.pointer_mut(&path) {
                    kept["value"] = json!(value);
                }
                sent["value"] = json!(value);
            }
            Some(23) => {
                sent["value"] =
                    json!(typed.map_or(field["default"] == true, |typed| *typed == true))
            }
            Some(19) => {
                let ids: Vec<String> =
                    serde_json::from_value(typed.cloned().unwrap_or_else(|| json!([])))
                        .unwrap_or_default();
                let mut files = resolved.remove("attachments").unwrap_or_else(|| json!({}));
                for id in &ids {
                    let shown = id
                        .parse()
                        .ok()
                        .and_then(|id| super::slash::ephemeral(state, id, now));
                    files[id] = shown.ok_or("there is no such file")?;
                }
                if files != json!({}) {
                    resolved.insert("attachments".into(), files);
                }
                let count = u64::try_from(ids.len()).unwrap_or(0);
                let least = if must {
                    field["min_values"].as_u64().unwrap_or(1)
                } else {
                    0
                };
                if count < least || count > field["max_values"].as_u64().unwrap_or(1) {
                    errors.insert(custom_id, "This is a required field.".into());
                }
                sent["values"] = json!(ids);
            }
            kind => {
                let usual = || {
                    let all = field["options"].as_array().into_iter().flatten();
                    all.filter(|one| one["default"] == true)
                        .map(|one| one["value"].clone())
                        .collect::<Vec<_>>()
                };
                let given = typed.cloned().unwrap_or_else(|| json!(usual()));
                let (values, found) = chosen(state, field, &given, guild)?;
                for (key, inner) in found.as_object().into_iter().flatten() {
                    resolved.insert(key.clone(), inner.clone());
                }
                let count = u64::try_from(values.len()).unwrap_or(0);
                let usual_most = if kind == Some(22) { 10 } else { 1 };
                let most = field["max_values"].as_u64().unwrap_or(usual_most);
                if must && count < field["min_values"].as_u64().unwrap_or(1).max(1) {
                    errors.insert(custom_id, "This is a required field.".into());
                } else if count > most {
                    errors.insert(custom_id, format!("Choose {most} at most."));
                }
                if kind == Some(21) {
                    sent["value"] = json!(values.first());
                } else {
                    sent["values"] = json!(values);
                }
            }
        }
        components.push(if part["type"] == 18 {
            json!({ "type": 18, "id": number, "component": sent })
        } else {
            json!({ "type": 1, "id": number, "components": [sent] })
        });
    }
    Ok(Filled {
        components,
        resolved: Value::Object(resolved),
        errors,
        content,
    })
}

pub(super) async fn submit(shared: &Arc<Shared>, act: &Act) -> Result<Value, Refusal> {
    let prepared = shared.with(|state, now| -> Result<_, Refusal> {
        let user = person(state, act)?;
        let modal = state
            .modals
            .get(&user.id)
            .cloned()
            .ok_or("there is no form open")?;
        let before = Before::note(state, user.id);
        let filled = fill(state, &modal, &act.values, now)?;
        if let Some(open) = state.modals.get_mut(&user.id) {
            open.content = filled.content;
        }
        if !filled.errors.is_empty() {
            let seen = Seen {
                errors: filled.errors,
                ..before.seen(state)
            };
            return Ok(Err(json!(seen)));
        }
        let place = state
            .channel(modal.channel)
            .map_err(|error| error.message)?
            .clone();
        let mut data =
            json!({ "custom_id": modal.content["custom_id"], "components": filled.components });
        if filled.resolved != json!({}) {
            data["resolved"] = filled.resolved;
        }
        let source = modal.source.and_then(|id| state.find(id)).cloned();
        let doing = Doing {
            kind: MODAL_SUBMIT,
            user: user.id,
            data,
            channel: place,
            source,
        };
        Ok(Ok((before, doing)))
    })?;
    let (before, doing) = match prepared {
        Ok(prepared) => prepared,
        Err(seen) => return Ok(seen),
    };
    let receipt = deliver::interact(shared, doing).await;
    Ok(answered(shared, &before, receipt))
}

/// Closes the form; on Discord nobody hears of it.
pub(super) fn close(shared: &Arc<Shared>, act: &Act) -> Result<Value, Refusal> {
    shared.with(|state, _| {
        let user = person(state, act)?;
        let before = Before::note(state, user.id);
        if state.modals.remove(&user.id).is_none() && !act.all {
            return Err("there is no form open".into());
        }
        Ok(json!(before.seen(state)))
    })
}
