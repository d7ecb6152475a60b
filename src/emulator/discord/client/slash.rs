//! Commands: typed, suggested, or picked in the menu of a message.
//!
//! Purpose: what a person types is mapped as a client would, by the registered commands: sub-command, then options. Words go into the first text
//! option that was not named; `name: words` names one. Invariants: an unknown command or sub-command, a missing option and a choice that is not
//! offered are refused with a sentence, and nothing is sent. Neighbours: `deliver` brings the interaction.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::deliver;
use super::super::interactions::{AUTOCOMPLETE, COMMAND, Doing};
use super::super::model::{Channel, Command, DIRECT, Id, User};
use super::super::objects;
use super::super::permissions as may;
use super::super::state::State;
use super::{Before, Refusal, Shared, answered, channel, existing, person};
use crate::emulator::door::Act;

/// Whether the command is offered to a person at a place.
fn offered(state: &State, one: &Command, place: &Channel, user: &User) -> bool {
    let contexts = one.body["contexts"].as_array();
    let context = if place.kind == DIRECT { 1 } else { 0 };
    if let Some(contexts) = contexts.filter(|all| !all.is_empty())
        && !contexts.iter().any(|one| *one == context)
    {
        return false;
    }
    if place.kind == DIRECT {
        let with_bot = place.people.contains(&state.world.app.bot);
        return one.guild.is_none() && with_bot && one.body["dm_permission"] != false;
    }
    if one.guild.is_some() && one.guild != place.guild {
        return false;
    }
    let bits = may::in_channel(&state.world, place, user.id);
    let wanted = one.body["default_member_permissions"]
        .as_str()
        .and_then(|text| text.parse::<u64>().ok());
    // "0" leaves it to administrators.
    let allowed =
        wanted.is_none_or(|wanted| bits & wanted == wanted && (wanted != 0 || bits == may::ALL));
    let bot_here = place
        .guild
        .and_then(|id| state.world.guilds.get(&id))
        .is_some_and(|guild| guild.members.contains_key(&state.world.app.bot));
    allowed && bot_here && bits & may::USE_APPLICATION_COMMANDS != 0
}

fn find(
    state: &State,
    place: &Channel,
    user: &User,
    name: &str,
    kind: u64,
) -> Result<Command, Refusal> {
    let all = state
        .world
        .commands
        .iter()
        .filter(|one| one.body["name"] == name && one.body["type"] == kind);
    let here = all.clone().find(|one| offered(state, one, place, user));
    let here = here.cloned();
    here.ok_or_else(|| {
        if all.count() > 0 {
            format!("{name} is not available to {} here", user.name)
        } else if kind == 1 {
            format!("there is no command /{name}")
        } else {
            format!("no app offers {name}")
        }
    })
}

/// What was typed, mapped to the payload's options. `focus` leaves the last word open, as while typing.
struct Typed {
    command: Command,
    options: Value,
    attachments: Vec<Id>,
}

fn names(options: &[Value]) -> String {
    let names = options.iter().filter_map(|one| one["name"].as_str());
    names.collect::<Vec<_>>().join(", ")
}

fn map(
    state: &State,
    place: &Channel,
    user: &User,
    act: &Act,
    focus: bool,
) -> Result<Typed, Refusal> {
    let text = act.text.clone().unwrap_or_default();
    let text = text.trim_start();
    let (name, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let name = name.strip_prefix('/').ok_or("a command begins with /")?;
    let command = find(state, place, user, name, 1)?;
    let none = Vec::new();
    let options = command.body["options"].as_array().unwrap_or(&none).clone();
    let has_subs = options.iter().any(|one| one["type"] == 1);
    let mut attachments = Vec::new();
    let options = if has_subs {
        let rest = rest.trim_start();
        let (sub, words) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        if sub.is_empty() {
            return Err(format!(
                "/{name} is a base command and cannot be sent alone; choose one of: {}",
                names(&options)
            ));
        }
        let known = options
            .iter()
            .find(|one| one["type"] == 1 && one["name"] == sub);
        let known = known.ok_or_else(|| {
            format!(
                "/{name} has no sub-command {sub}; there is: {}",
                names(&options)
            )
        })?;
        let wanted = known["options"].as_array().unwrap_or(&none);
        let filled = fill(state, wanted, words, act, focus, &mut attachments)?;
        json!([{ "type": 1, "name": sub, "options": filled }])
    } else {
        json!(fill(state, &options, rest, act, focus, &mut attachments)?)
    };
    Ok(Typed {
        command,
        options,
        attachments,
    })
}

/// Cuts `words` at `option:` of a known option.
fn cut(wanted: &[Value], words: &str) -> Vec<(Option<String>, String)> {
    let mut parts: Vec<(Option<String>, String)> = Vec::new();
    let (mut current, mut open) = (None, String::new());
    let known = |word: &str| {
        let (name, first) = word.split_once(':')?;
        wanted
            .iter()
            .any(|one| one["name"] == name)
            .then(|| (name.to_owned(), first.to_owned()))
    };
    for piece in words.split_inclusive(char::is_whitespace) {
        match known(piece.trim_end()) {
            Some((name, first)) => {
                parts.push((current.replace(name), std::mem::take(&mut open)));
                let blank = piece.get(piece.trim_end().len()..).unwrap_or_default();
                open = format!("{first}{blank}");
            }
            None => open.push_str(piece),
        }
    }
    parts.push((current, open));
    parts.retain(|(name, words)| name.is_some() || !words.trim().is_empty());
    parts
}

fn fill(
    state: &State,
    wanted: &[Value],
    words: &str,
    act: &Act,
    focus: bool,
    attachments: &mut Vec<Id>,
) -> Result<Vec<Value>, Refusal> {
    let mut filled: Vec<Value> = Vec::new();
    let mut files = act.files.iter();
    let parts = cut(wanted, words);
    let named: Vec<&String> = parts.iter().filter_map(|(name, _)| name.as_ref()).collect();
    let free = |one: &&Value| one["type"] == 3 && !named.iter().any(|name| one["name"] == **name);
    for (name, words) in &parts {
        let option = match name {
            Some(name) => wanted.iter().find(|one| one["name"] == **name),
            None => wanted.iter().find(free),
        };
        let option = option
            .ok_or_else(|| format!("this command takes no words, but got {:?}", words.trim()))?;
        let mut value = one(state, option, words.trim(), focus)?;
        if focus && option["autocomplete"] == true {
            value["focused"] = json!(true);
        }
        filled.push(value);
    }
    for option in wanted.iter().filter(|one| one["type"] == 11) {
        let Some(file) = files.next() else { break };
        let id: Id = file.parse().map_err(|_| "there is no such file")?;
        if !state.world.attachments.contains_key(&id) {
            return Err("there is no such file".into());
        }
        attachments.push(id);
        filled.push(json!({ "name": option["name"], "type": 11, "value": file }));
    }
    if files.next().is_some() {
        return Err("this command takes no more files".into());
    }
    if focus && !filled.iter().any(|one| one["focused"] == true) {
        let open = wanted.iter().find(|one| {
            one["autocomplete"] == true && !filled.iter().any(|given| given["name"] == one["name"])
        });
        let open = open.ok_or("nothing is suggested here")?;
        filled.push(
            json!({ "name": open["name"], "type": open["type"], "value": "", "focused": true }),
        );
    }
    let missing = |option: &&Value| {
        option["required"] == true && !filled.iter().any(|given| given["name"] == option["name"])
    };
    if let Some(option) = wanted.iter().find(missing).filter(|_| !focus) {
        return Err(format!(
            "the option {} is required",
            option["name"].as_str().unwrap_or_default()
        ));
    }
    Ok(filled)
}

/// One option's value, checked as the client does.
fn one(state: &State, option: &Value, words: &str, focus: bool) -> Result<Value, Refusal> {
    let name = option["name"].as_str().unwrap_or_default();
    let kind = option["type"].as_u64().unwrap_or(3);
    let value = match kind {
        3 => {
            let length = u64::try_from(words.chars().count()).unwrap_or(u64::MAX);
            let (least, most) = (
                option["min_length"].as_u64().unwrap_or(0),
                option["max_length"].as_u64().unwrap_or(6000),
            );
            if !focus && (length < least || length > most) {
                return Err(format!(
                    "{name} must have between {least} and {most} characters"
                ));
            }
            match option["choices"].as_array().filter(|all| !all.is_empty()) {
                Some(choices) => {
                    let found = choices
                        .iter()
                        .find(|one| one["name"] == words || one["value"] == words);
                    found.ok_or_else(|| format!("{words:?} is not offered for {name}"))?["value"]
                        .clone()
                }
                None => json!(words),
            }
        }
        4 | 10 => json!(
            words
                .parse::<i64>()
                .map_err(|_| format!("{name} must be a number"))?
        ),
        5 => json!(matches!(words, "true" | "True" | "yes")),
        6 | 9 => {
            let handle = words.trim_start_matches('@');
            let found = state.world.users.values().find(|one| one.name == handle);
            json!(
                found
                    .ok_or_else(|| format!("there is nobody called {handle}"))?
                    .id
                    .to_string()
            )
        }
        7 => {
            let place = words.trim_start_matches('#');
            let found = state.world.channels.values().find(|one| one.name == place);
            json!(
                found
                    .ok_or_else(|| format!("there is no channel {place}"))?
                    .id
                    .to_string()
            )
        }
        _ => return Err(format!("{name} cannot be typed")),
    };
    Ok(json!({ "name": name, "type": kind, "value": value }))
}

fn data(state: &State, typed: &Typed, now: chrono::DateTime<chrono::Utc>) -> Value {
    let mut data = json!({ "id": typed.command.id.to_string(), "name": typed.command.body["name"], "type": typed.command.body["type"] });
    if typed.options.as_array().is_some_and(|all| !all.is_empty()) {
        data["options"] = typed.options.clone();
    }
    if let Some(guild) = typed.command.guild {
        data["guild_id"] = json!(guild.to_string());
    }
    let files = typed
        .attachments
        .iter()
        .filter_map(|id| Some((id.to_string(), ephemeral(state, *id, now)?)));
    let files: serde_json::Map<String, Value> = files.collect();
    if !files.is_empty() {
        data["resolved"] = json!({ "attachments": files });
    }
    data
}

/// A file given to a command or form: nobody else sees it.
pub(super) fn ephemeral(
    state: &State,
    id: Id,
    now: chrono::DateTime<chrono::Utc>,
) -> Option<Value> {
    let mut shown = objects::attachment(state, id, now)?;
    shown["ephemeral"] = json!(true);
    Some(shown)
}

/// The place of a command: a channel, or the thread of a message in it.
fn place(
    state: &mut State,
    act: &Act,
    user: &User,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Channel, Refusal> {
    let place = channel(state, act, user, now)?;
    let thread = act
        .thread_ts
        .as_deref()
        .and_then(|id| id.parse::<Id>().ok());
    let thread = thread
        .and_then(|id| state.world.channels.get(&id))
        .filter(|one| one.parent == Some(place.id));
    Ok(thread.cloned().unwrap_or(place))
}

pub(super) async fn slash(shared: &Arc<Shared>, act: &Act) -> Result<Value, Refusal> {
    let (before, doing) = shared.with(|state, now| -> Result<_, Refusal> {
        let user = person(state, act)?;
        let place = place(state, act, &user, now)?;
        let typed = map(state, &place, &user, act, false)?;
        let before = Before::note(state, user.id);
        let doing = Doing {
            kind: COMMAND,
            user: user.id,
            data: data(state, &typed, now),
            channel: place,
            source: None,
        };
        Ok((before, doing))
    })?;
    let receipt = deliver::interact(shared, doing).await;
    Ok(answered(shared, &before, receipt))
}

/// What is suggested for the option being typed: `[{"name", "value"}]`.
pub(super) async fn autocomplete(shared: &Arc<Shared>, act: &Act) -> Result<Value, Refusal> {
    let doing = shared.with(|state, now| -> Result<_, Refusal> {
        let user = person(state, act)?;
        let place = place(state, act, &user, now)?;
        let typed = map(state, &place, &user, act, true)?;
        Ok(Doing {
            kind: AUTOCOMPLETE,
            user: user.id,
            data: data(state, &typed, now),
            channel: place,
            source: None,
        })
    })?;
    let answer = deliver::interact(shared, doing)
        .await
        .and_then(|receipt| receipt.answer);
    let answer = answer.ok_or("loading options failed")?;
    Ok(answer.data["choices"].clone())
}

pub(super) async fn message_command(shared: &Arc<Shared>, act: &Act) -> Result<Value, Refusal> {
    let wanted = act.shortcut.clone().ok_or("say which command")?;
    let (before, doing) = shared.with(|state, now| -> Result<_, Refusal> {
        let user = person(state, act)?;
        let place = channel(state, act, &user, now)?;
        let message = existing(state, &place, act, &user)?;
        if message.only_for.is_some() {
            return Err("a message that only one person sees has no menu of apps".into());
        }
        let place = state.channel(message.channel).map_err(|error| error.message)?.clone();
        let command = find(state, &place, &user, &wanted, 3)?;
        let before = Before::note(state, user.id);
        let target = message.id.to_string();
        let mut data = json!({
            "id": command.id.to_string(), "name": command.body["name"], "type": 3, "target_id": target,
            "resolved": { "messages": { target.clone(): objects::message(state, &message, now) } },
        });
        if let Some(guild) = command.guild {
            data["guild_id"] = json!(guild.to_string());
        }
        let doing = Doing {
            kind: COMMAND,
            user: user.id,
            data,
            channel: place,
            source: None,
        };
        Ok((before, doing))
    })?;
    let receipt = deliver::interact(shared, doing).await;
    Ok(answered(shared, &before, receipt))
}
