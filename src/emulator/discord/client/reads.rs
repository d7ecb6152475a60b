//! What a person looks at: channels, threads, direct conversations, open forms, banners.
//!
//! Invariants: nothing is read that the person could not see. A direct conversation has no threads: all of it is read in one line, and a thread in it
//! is a message with the answers to it. Neighbours: `render`.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::model::{Channel, DIRECT, Id, Message, THREAD};
use super::super::permissions as may;
use super::super::render;
use super::super::state::State;
use super::{Refusal, Shared, channel, person};
use crate::emulator::door::{Act, SeenMessage};

/// The mark of the first message in a thread, which only repeats the one it hangs on.
const STARTER: u8 = 21;

fn visible(state: &State, channel: Id, user: Id) -> impl Iterator<Item = &Message> {
    let seen =
        move |one: &&Message| one.kind != STARTER && one.only_for.is_none_or(|only| only == user);
    state.messages_of(channel).filter(seen)
}

fn thread(state: &State, channel: &Channel, root: Id, user: Id) -> Vec<SeenMessage> {
    let mut all: Vec<&Message> = visible(state, channel.id, user)
        .filter(|one| one.id == root)
        .collect();
    if channel.kind == DIRECT {
        let answers = |one: &&Message| one.reference.is_some_and(|(_, target)| target == root);
        all.extend(visible(state, channel.id, user).filter(answers));
    } else {
        all.extend(visible(state, root, user));
    }
    all.into_iter()
        .map(|one| render::message(state, one))
        .collect()
}

pub(super) fn read(shared: &Arc<Shared>, what: &str, act: &Act) -> Result<Value, Refusal> {
    shared.look(|state, now| {
        let user = person(state, act)?;
        Ok(match what {
            "channels" => {
                let seen = state.world.channels.values().filter(|one| one.kind != THREAD && may::sees(&state.world, one, user.id));
                json!(seen.map(|one| render::channel(state, one, user.id)).collect::<Vec<_>>())
            }
            "channel" => {
                let channel = channel(state, act, &user, now)?;
                let all = visible(state, channel.id, user.id);
                json!(all.map(|one| render::message(state, one)).collect::<Vec<_>>())
            }
            "thread" => {
                let channel = channel(state, act, &user, now)?;
                let root = act.thread_ts.as_deref().or(act.ts.as_deref());
                let root: Id = root.and_then(|ts| ts.parse().ok()).ok_or("say which thread, by its ts")?;
                json!(thread(state, &channel, root, user.id))
            }
            "ephemerals" => json!(state.only_for(user.id).into_iter().map(|one| render::message(state, one)).collect::<Vec<_>>()),
            "views" => json!(state.modals.get(&user.id).map(|modal| render::modal(state, modal)).into_iter().collect::<Vec<_>>()),
            "view" => json!(state.modals.get(&user.id).map(|modal| render::modal(state, modal))),
            "toasts" => json!(state.toasts.get(&user.id).cloned().unwrap_or_default()),
            "whoami" => {
                let ours = state.world.guilds.get(&super::super::seed::GUILD);
                let member = ours.and_then(|guild| guild.members.get(&user.id));
                json!({
                    "id": user.id.to_string(), "handle": user.name, "name": user.global_name, "team": "discord", "title": "",
                    "external": member.is_none(), "guest": member.is_some_and(|one| one.roles.contains(&super::super::seed::GUEST_ROLE)),
                })
            }
            "apps" => apps(state),
            "places" => places(state, user.id),
            _ => return Err(format!("there is nothing to do called {what}")),
        })
    })
}

/// Where somebody is: the servers with the channels they see in each, and the threads of those.
fn places(state: &State, user: Id) -> Value {
    let seen = |one: &&Channel| may::sees(&state.world, one, user);
    let guilds = state.world.guilds.values();
    let guilds = guilds.filter(|guild| guild.members.contains_key(&user));
    let guilds = guilds.map(|guild| {
        let own = |one: &&Channel| one.guild == Some(guild.id) && one.kind != THREAD;
        let all = state.world.channels.values().filter(own).filter(seen);
        let channels: Vec<String> = all.map(|one| one.id.to_string()).collect();
        json!({ "id": guild.id.to_string(), "name": guild.name, "channels": channels })
    });
    let guilds: Vec<Value> = guilds.collect();
    let threads = state.world.channels.values();
    let threads = threads.filter(|one| one.kind == THREAD).filter(seen);
    let threads = threads.map(|one| {
        let mut shown = json!(render::channel(state, one, user));
        shown["parent"] = json!(one.parent.map(|id| id.to_string()));
        shown
    });
    json!({ "guilds": guilds, "threads": threads.collect::<Vec<_>>() })
}

/// What the client offers of the app: sub-commands as commands, and message commands as shortcuts.
fn apps(state: &State) -> Value {
    let (mut commands, mut shortcuts) = (Vec::new(), Vec::new());
    for one in state.world.commands.iter().map(|one| &one.body) {
        let name = one["name"].as_str().unwrap_or_default();
        if one["type"] == 3 {
            shortcuts.push(json!({ "name": name, "callback_id": name, "on_message": true }));
            continue;
        }
        let subs: Vec<&Value> = one["options"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|option| option["type"] == 1)
            .collect();
        let hint = |owner: &Value| {
            let options = owner["options"].as_array().into_iter().flatten();
            let names =
                options.map(|option| format!("[{}]", option["name"].as_str().unwrap_or_default()));
            names.collect::<Vec<_>>().join(" ")
        };
        if subs.is_empty() {
            commands.push(json!({ "command": format!("/{name}"), "description": one["description"], "usage_hint": hint(one), "options": one["options"] }));
        }
        for sub in subs {
            let command = format!("/{name} {}", sub["name"].as_str().unwrap_or_default());
            commands.push(json!({ "command": command, "description": sub["description"], "usage_hint": hint(sub), "options": sub["options"] }));
        }
    }
    let app = &state.world.app;
    let bot = state
        .world
        .users
        .get(&app.bot)
        .map(|user| user.name.clone());
    json!([{
        "name": app.name, "home_tab": false, "bot_user": app.bot.to_string(), "bot_handle": bot, "commands": commands, "shortcuts": shortcuts,
    }])
}

/// Waits until anything may look different from change `since` on, or until the time is over; names the present change.
pub(super) async fn changed(shared: &Arc<Shared>, act: &Act) -> Result<Value, Refusal> {
    let limit = Duration::from_millis(act.timeout_ms.unwrap_or(10_000));
    let change = shared.change_after(act.since, limit).await;
    Ok(json!({ "change": change }))
}

/// Waits until a message the person sees in a channel, in or out of threads, contains words.
pub(super) async fn wait(shared: &Arc<Shared>, act: &Act) -> Result<Value, Refusal> {
    let words = act.contains.clone().ok_or("say which words to wait for")?;
    let (user, place) = shared.look(|state, now| -> Result<_, Refusal> {
        let user = person(state, act)?;
        let place = channel(state, act, &user, now)?;
        Ok((user.id, place.id))
    })?;
    let limit = Duration::from_millis(act.timeout_ms.unwrap_or(10_000));
    let found = shared.wait_for(limit, |state| {
        let threads = state
            .world
            .channels
            .values()
            .filter(|one| one.parent == Some(place));
        let places: Vec<Id> = threads.map(|one| one.id).chain([place]).collect();
        let mut all: Vec<&Message> = places
            .iter()
            .flat_map(|place| visible(state, *place, user))
            .collect();
        all.sort_by_key(|one| one.id);
        let mut shown = all.into_iter().rev().map(|one| render::message(state, one));
        shown.find(|one| one.shown.contains(&words) || one.text.contains(&words))
    });
    let name = act.channel.as_deref().unwrap_or("the channel");
    let found = found
        .await
        .ok_or_else(|| format!("no message with {words:?} came up in {name}"))?;
    Ok(json!(found))
}
