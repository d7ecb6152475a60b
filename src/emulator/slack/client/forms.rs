//! Buttons, selects and forms.
//!
//! Purpose: press what can be seen, fill in what is asked, and act on the app's answer to a submission. Invariants: a form
//! that a client would not send (a required field empty, a text too long) is not sent; errors the app names must belong
//! to fields of the form. Neighbours: `fill` reads what is typed into fields, `modal` changes the screen.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::Shared;
use super::super::deliver::{self, Outcome, Receipt};
use super::super::interactions::Actor;
use super::super::limits;
use super::super::modal;
use super::super::model::{Message, View};
use super::super::seen::{Act, Seen};
use super::super::state::State;
use super::{Before, Refusal, channel, failed, fill, person, told};

/// Finds a button or select by action id, visible label or placeholder.
fn element(blocks: &Value, wanted: &str) -> Option<Value> {
    let mut candidates = Vec::new();
    for block in blocks.as_array()? {
        let in_row = block["elements"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|_| block["type"] == "actions");
        for element in block
            .get("accessory")
            .into_iter()
            .chain(block.get("element"))
            .chain(in_row)
        {
            let mut element = element.clone();
            element["block_id"] = block["block_id"].clone();
            candidates.push(element);
        }
    }
    let by_id = candidates.iter().find(|one| one["action_id"] == wanted);
    let by_label = || {
        candidates
            .iter()
            .find(|one| one["text"]["text"] == wanted || one["placeholder"]["text"] == wanted)
    };
    by_id.or_else(by_label).cloned()
}

fn shown(blocks: &Value) -> String {
    let mut labels = Vec::new();
    for block in blocks.as_array().into_iter().flatten() {
        let in_row = block["elements"].as_array().into_iter().flatten();
        for one in block.get("accessory").into_iter().chain(in_row) {
            labels.extend(one["text"]["text"].as_str().map(ToOwned::to_owned));
        }
    }
    labels.join(", ")
}

/// The action a press sends.
fn action(
    state: &mut State,
    act: &Act,
    blocks: &Value,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Value, Refusal> {
    let wanted = act.action.as_deref().ok_or("say what to press")?;
    let element = element(blocks, wanted).ok_or_else(|| {
        format!(
            "there is nothing to press called {wanted:?}; there is: {}",
            shown(blocks)
        )
    })?;
    let mut action = json!({
        "type": element["type"], "action_id": element["action_id"], "block_id": element["block_id"],
        "action_ts": state.next_ts(now),
    });
    for key in ["text", "value", "style", "url", "placeholder"] {
        if let Some(value) = element
            .get(key)
            .filter(|_| element["type"] == "button" || key == "placeholder")
        {
            action[key] = value.clone();
        }
    }
    if element["type"] != "button" {
        let given = act.value.clone().ok_or("say what to choose")?;
        let value = fill::state_value(state, &element, &given)?;
        if let (Value::Object(value), Some(action)) = (value, action.as_object_mut()) {
            action.extend(value);
        }
    }
    Ok(action)
}

/// A message the person sees: one of the channel, or one only for them.
fn visible(state: &State, channel: &str, ts: &str, user: &str) -> Option<(Message, bool)> {
    let own = state
        .world
        .ephemerals
        .iter()
        .find(|one| one.for_user == user && one.message.ts == ts);
    own.map(|one| (one.message.clone(), true)).or_else(|| {
        state
            .message(channel, ts)
            .ok()
            .filter(|one| !one.tombstone)
            .map(|one| (one.clone(), false))
    })
}

pub(super) async fn press(shared: &Arc<Shared>, act: &Act) -> Result<Value, Refusal> {
    let ts = act.ts.clone().ok_or("say on which message, by its ts")?;
    let (before, actor, delivery) = shared.with(|state, now| -> Result<_, Refusal> {
        let user = person(state, act)?;
        let channel = channel(state, act, &user, now)?;
        if !channel.members.contains(&user.id) {
            return Err(format!("{} is not in #{}", user.handle, channel.name));
        }
        let (message, ephemeral) = visible(state, &channel.id, &ts, &user.id)
            .ok_or_else(|| format!("there is no message {ts}"))?;
        let app_id = message
            .bot
            .as_ref()
            .map(|bot| bot.app_id.clone())
            .ok_or("that message is no app's")?;
        let mut apps = state.installed_apps().into_iter();
        let app = apps.find(|app| app.id == app_id && app.bot_user == message.user);
        let app = app.ok_or("the app is not installed any more")?;
        let before = Before::note(state, &user.id);
        let action = action(state, act, &message.blocks.clone().unwrap_or_default(), now)?;
        let actor = Actor { user, app, now };
        let delivery = actor.message_action(state, &channel, &message, ephemeral, action);
        Ok((before, actor, delivery))
    })?;
    let receipts = deliver::send_all(shared, vec![delivery]).await;
    receipts
        .iter()
        .for_each(|receipt| failed(shared, &actor, receipt));
    Ok(told(shared, &before, &receipts, None))
}

/// The view an act is about: the one named, the App Home, or the one on top.
fn view(state: &State, act: &Act, user: &str) -> Result<View, Refusal> {
    let found = match &act.view {
        Some(id) => state
            .world
            .views
            .get(id)
            .filter(|view| view.user == user && view.open),
        None => modal::top(state, user),
    };
    found.cloned().ok_or_else(|| "there is no form open".into())
}

pub(super) async fn press_in_view(shared: &Arc<Shared>, act: &Act) -> Result<Value, Refusal> {
    let (before, actor, delivery) = shared.with(|state, now| -> Result<_, Refusal> {
        let user = person(state, act)?;
        let mut view = view(state, act, &user.id)?;
        let app = super::app_with(state, &user, |app| app.id == view.app_id, "this form")?;
        let before = Before::note(state, &user.id);
        let action = action(state, act, &view.content["blocks"].clone(), now)?;
        if action["type"] != "button" {
            fill::remember(&mut view.values, &action);
            if let Some(stored) = state.world.views.get_mut(&view.id) {
                stored.values = view.values.clone();
            }
        }
        let actor = Actor { user, app, now };
        let delivery = actor.view_action(state, &view, action);
        Ok((before, actor, delivery))
    })?;
    let receipts = deliver::send_all(shared, vec![delivery]).await;
    receipts
        .iter()
        .for_each(|receipt| failed(shared, &actor, receipt));
    Ok(told(shared, &before, &receipts, None))
}

pub(super) async fn submit(shared: &Arc<Shared>, act: &Act) -> Result<Value, Refusal> {
    let prepared = shared.with(|state, now| -> Result<_, Refusal> {
        let user = person(state, act)?;
        let mut view = view(state, act, &user.id)?;
        if view.content["submit"].is_null() {
            return Err("this view has no submit button".into());
        }
        let app = super::app_with(state, &user, |app| app.id == view.app_id, "this form")?;
        let before = Before::note(state, &user.id);
        let (values, errors) = fill::fill(state, &view, &act.values)?;
        view.values = values;
        if let Some(stored) = state.world.views.get_mut(&view.id) {
            stored.values = view.values.clone();
        }
        if !errors.is_empty() {
            let seen = Seen {
                errors,
                ..before.seen(state, &[])
            };
            return Ok(Err(json!(seen)));
        }
        let actor = Actor { user, app, now };
        let delivery = actor.submission(state, &view);
        Ok(Ok((before, actor, view, delivery)))
    })?;
    let (before, actor, view, delivery) = match prepared {
        Ok(prepared) => prepared,
        Err(seen) => return Ok(seen),
    };
    let receipts = deliver::send_all(shared, vec![delivery]).await;
    let mut errors = BTreeMap::new();
    if let Some(receipt) = receipts.first() {
        failed(shared, &actor, receipt);
        errors = answered(shared, &actor, &view, receipt);
    }
    let mut seen = told(shared, &before, &receipts, None);
    seen["errors"] = json!(errors);
    Ok(seen)
}

/// Does what the app answered to a submission; returns the errors it put at fields.
fn answered(
    shared: &Arc<Shared>,
    actor: &Actor,
    view: &View,
    receipt: &Receipt,
) -> BTreeMap<String, String> {
    if receipt.outcome != Outcome::Acknowledged {
        return BTreeMap::new();
    }
    let answer = receipt.answer.clone().unwrap_or_default();
    shared.with(|state, now| {
        let user = &actor.user.id;
        let refuse = |state: &mut State, code: &str, why: Value| {
            let fields = json!({ "method": "view_answer", "error": code, "messages": why, "answer": answer });
            state.ledger.append("refused", now, fields);
            state.toast(user, "We had some trouble connecting. Try again?");
            BTreeMap::new()
        };
        match answer["response_action"].as_str() {
            None if answer.as_object().is_some_and(|one| !one.is_empty()) => {
                return refuse(state, "unknown_view_answer", Value::Null);
            }
            None => modal::pop(state, user),
            Some("clear") => modal::close_all(state, user),
            Some("errors") => {
                let inputs: Vec<&str> = view.content["blocks"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter(|block| block["type"] == "input")
                    .filter_map(|block| block["block_id"].as_str())
                    .collect();
                let errors: BTreeMap<String, String> =
                    serde_json::from_value(answer["errors"].clone()).unwrap_or_default();
                if errors.is_empty() || errors.keys().any(|key| !inputs.contains(&key.as_str())) {
                    return refuse(state, "errors_at_unknown_fields", Value::Null);
                }
                return errors;
            }
            Some(kind @ ("update" | "push")) => {
                let content = answer["view"].clone();
                if let Err(why) = limits::check_view(&content) {
                    return refuse(state, "invalid_view", json!(why));
                }
                if kind == "push" && modal::depth(state, user) >= modal::MOST_STACKED {
                    return refuse(state, "push_limit_reached", Value::Null);
                }
                let fields = json!({ "view": content, "view_id": view.id, "for_user": user });
                state.wrote(&format!("view_answer.{kind}"), &actor.app.id, now, None, fields);
                if kind == "update" {
                    modal::replace(state, &view.id, content);
                } else {
                    modal::put(state, user, &actor.app.id, content);
                }
            }
            Some(_) => return refuse(state, "unknown_response_action", Value::Null),
        }
        BTreeMap::new()
    })
}

pub(super) async fn close(shared: &Arc<Shared>, act: &Act) -> Result<Value, Refusal> {
    let (before, deliveries) = shared.with(|state, now| -> Result<_, Refusal> {
        let user = person(state, act)?;
        let view = view(state, act, &user.id)?;
        let app = super::app_with(state, &user, |app| app.id == view.app_id, "this form")?;
        let before = Before::note(state, &user.id);
        let all = act.all || view.content["clear_on_close"] == true;
        let actor = Actor { user, app, now };
        let wants = view.content["notify_on_close"] == true;
        let deliveries: Vec<_> = wants
            .then(|| actor.closed(state, &view, all))
            .into_iter()
            .collect();
        if all {
            modal::close_all(state, &actor.user.id);
        } else {
            modal::pop(state, &actor.user.id);
        }
        Ok((before, deliveries))
    })?;
    Ok(super::settle(shared, &before, deliveries, None).await)
}
