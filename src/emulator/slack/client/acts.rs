//! Commands, shortcuts, messages, reactions and uploads.
//!
//! Purpose: one function per thing a person does in a channel. Invariants: the client's own rules come first (membership,
//! archived channels, other people's messages); then the world changes; then the app hears of it. Neighbours: `super`.

use std::sync::Arc;

use base64::Engine;
use serde_json::{Value, json};

use super::super::Shared;
use super::super::deliver::{self, Outcome};
use super::super::interactions::Actor;
use super::super::model::{Channel, File, Message, User};
use super::super::objects;
use super::super::respond;
use super::super::seen::{Act, MessageRef};
use super::super::state::State;
use super::super::world::Draft;
use super::{Before, Refusal, app_with, channel, failed, ours, person, settle, told, typing};

fn writes(channel: &Channel, user: &User) -> Result<(), Refusal> {
    if !channel.members.contains(&user.id) {
        return Err(format!("{} must join #{} first", user.handle, channel.name));
    }
    if channel.is_archived {
        Err(format!("#{} is archived", channel.name))
    } else {
        Ok(())
    }
}

fn named(act: &Act) -> Result<String, Refusal> {
    act.ts
        .clone()
        .ok_or_else(|| "say which message, by its ts".into())
}

fn existing(state: &State, channel: &Channel, act: &Act) -> Result<Message, Refusal> {
    let ts = named(act)?;
    let found = state
        .message(&channel.id, &ts)
        .ok()
        .filter(|message| !message.tombstone);
    found
        .cloned()
        .ok_or_else(|| format!("there is no message {ts} in this channel"))
}

pub(super) async fn slash(shared: &Arc<Shared>, act: &Act) -> Result<Value, Refusal> {
    let typed = act.text.clone().unwrap_or_default();
    let (command, rest) = typed
        .split_once(char::is_whitespace)
        .unwrap_or((&typed, ""));
    let (before, actor, channel, delivery) = shared.with(|state, now| -> Result<_, Refusal> {
        let user = person(state, act)?;
        ours(state, &user, "slash commands")?;
        if act.thread_ts.is_some() {
            return Err(format!("{command} is not supported in threads. Sorry!"));
        }
        let channel = channel(state, act, &user, now)?;
        writes(&channel, &user)?;
        let app = app_with(
            state,
            &user,
            |app| app.commands.iter().any(|one| one.command == command),
            command,
        )?;
        let should_escape = app
            .commands
            .iter()
            .any(|one| one.command == command && one.should_escape);
        let before = Before::note(state, &user.id);
        let actor = Actor { user, app, now };
        let text = if act.raw {
            rest.to_owned()
        } else {
            typing::command(state, &actor.user.team_id, rest.trim(), should_escape)
        };
        let delivery = actor.command(state, &channel, command, &text);
        Ok((before, actor, channel, delivery))
    })?;
    let receipts = deliver::send_all(shared, vec![delivery]).await;
    let deliveries = shared.with(|state, now| {
        let Some(receipt) = receipts.first() else {
            return Vec::new();
        };
        let why = match &receipt.outcome {
            Outcome::Acknowledged => {
                let answer = receipt
                    .answer
                    .clone()
                    .filter(|answer| answer.as_object().is_none_or(|one| !one.is_empty()));
                let Some(answer) = answer else {
                    return Vec::new();
                };
                match respond::check(&answer) {
                    Ok(()) => {
                        return respond::say(
                            state,
                            &actor.target(&channel.id, None),
                            &answer,
                            "command_answer",
                            now,
                        )
                        .1;
                    }
                    Err(code) => {
                        let fields =
                            json!({ "method": "command_answer", "error": code, "answer": answer });
                        state.ledger.append("refused", now, fields);
                        "invalid_command_response"
                    }
                }
            }
            Outcome::Dropped => return Vec::new(),
            Outcome::Timeout => "operation_timeout",
            Outcome::Status(400..=499) => "http_client_error",
            Outcome::Status(_) => "http_service_error",
            Outcome::NoConnection | Outcome::ConnectionFailed(_) => "dispatch_failed",
        };
        state.toast(
            &actor.user.id,
            &format!("{command} failed with the error \"{why}\""),
        );
        Vec::new()
    });
    for delivery in deliveries {
        drop(deliver::send(shared, delivery));
    }
    Ok(told(shared, &before, &receipts, None))
}

pub(super) async fn global_shortcut(shared: &Arc<Shared>, act: &Act) -> Result<Value, Refusal> {
    shortcut(shared, act, false).await
}

pub(super) async fn message_shortcut(shared: &Arc<Shared>, act: &Act) -> Result<Value, Refusal> {
    shortcut(shared, act, true).await
}

async fn shortcut(shared: &Arc<Shared>, act: &Act, on_message: bool) -> Result<Value, Refusal> {
    let wanted = act.shortcut.clone().ok_or("say which shortcut")?;
    let (before, actor, delivery) = shared.with(|state, now| -> Result<_, Refusal> {
        let user = person(state, act)?;
        ours(state, &user, "shortcuts")?;
        let fits = |one: &super::super::model::Shortcut| {
            one.on_message == on_message && (one.callback_id == wanted || one.name == wanted)
        };
        let app = app_with(state, &user, |app| app.shortcuts.iter().any(fits), &wanted)?;
        let callback = app
            .shortcuts
            .iter()
            .find(|one| fits(one))
            .map(|one| one.callback_id.clone())
            .unwrap_or_default();
        let before = Before::note(state, &user.id);
        let found = if on_message {
            let channel = channel(state, act, &user, now)?;
            let message = existing(state, &channel, act)?;
            Some((channel, message))
        } else {
            None
        };
        let actor = Actor { user, app, now };
        let delivery = match found {
            Some((channel, message)) => {
                actor.message_shortcut(state, &channel, &message, &callback)
            }
            None => actor.global_shortcut(state, &callback),
        };
        Ok((before, actor, delivery))
    })?;
    let receipts = deliver::send_all(shared, vec![delivery]).await;
    receipts
        .iter()
        .for_each(|receipt| failed(shared, &actor, receipt));
    Ok(told(shared, &before, &receipts, None))
}

pub(super) async fn react(shared: &Arc<Shared>, act: &Act, add: bool) -> Result<Value, Refusal> {
    let emoji = act.emoji.clone().ok_or("say which emoji")?;
    let emoji = emoji.trim_matches(':').to_owned();
    let (before, deliveries) = shared.with(|state, now| -> Result<_, Refusal> {
        let user = person(state, act)?;
        let channel = channel(state, act, &user, now)?;
        writes(&channel, &user)?;
        let message = existing(state, &channel, act)?;
        let before = Before::note(state, &user.id);
        let deliveries = state
            .react(&channel.id, &message.ts, &user.id, &emoji, add, now)
            .map_err(|error| error.code)?;
        Ok((before, deliveries))
    })?;
    let posted = act
        .ts
        .clone()
        .zip(act.channel.clone())
        .map(|(ts, channel)| MessageRef { channel, ts });
    Ok(settle(shared, &before, deliveries, posted).await)
}

pub(super) async fn post(shared: &Arc<Shared>, act: &Act) -> Result<Value, Refusal> {
    let typed = act.text.clone().unwrap_or_default();
    if typed.is_empty() && act.files.is_empty() {
        return Err("say something".into());
    }
    if typed.chars().count() > 40_000 {
        return Err("a message may have 40,000 characters at most".into());
    }
    let (before, message, deliveries) = shared.with(|state, now| -> Result<_, Refusal> {
        let user = person(state, act)?;
        let channel = channel(state, act, &user, now)?;
        writes(&channel, &user)?;
        if let Some(thread) = &act.thread_ts {
            state
                .message(&channel.id, thread)
                .map_err(|_| format!("there is no message {thread} to reply to"))?;
        }
        let before = Before::note(state, &user.id);
        let (text, blocks) = if act.raw {
            (typed.clone(), None)
        } else {
            let (text, blocks) = typing::message(state, &user.team_id, &typed);
            (text, Some(blocks))
        };
        let draft = Draft {
            user: user.id.clone(),
            text,
            blocks: blocks.filter(|_| !typed.is_empty()),
            thread_ts: act.thread_ts.clone(),
            files: act.files.clone(),
            ..Draft::default()
        };
        let (message, deliveries) = state.post(&channel.id, draft, now);
        Ok((before, message, deliveries))
    })?;
    let posted = MessageRef {
        channel: message.channel,
        ts: message.ts,
    };
    Ok(settle(shared, &before, deliveries, Some(posted)).await)
}

fn own(
    state: &mut State,
    act: &Act,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(User, Message), Refusal> {
    let user = person(state, act)?;
    let channel = channel(state, act, &user, now)?;
    let message = existing(state, &channel, act)?;
    if message.user != user.id {
        return Err(format!("{} can only change own messages", user.handle));
    }
    Ok((user, message))
}

pub(super) async fn edit(shared: &Arc<Shared>, act: &Act) -> Result<Value, Refusal> {
    let typed = act.text.clone().ok_or("say the new words")?;
    let (before, message, deliveries) = shared.with(|state, now| -> Result<_, Refusal> {
        let (user, message) = own(state, act, now)?;
        let before = Before::note(state, &user.id);
        let (text, blocks) = typing::message(state, &user.team_id, &typed);
        let change = |message: &mut Message| {
            message.text = text;
            message.blocks = Some(blocks);
        };
        let edited = state.edit(&message.channel, &message.ts, &user.id, change, now);
        let (message, deliveries) = edited.map_err(|error| error.code)?;
        Ok((before, message, deliveries))
    })?;
    let posted = MessageRef {
        channel: message.channel,
        ts: message.ts,
    };
    Ok(settle(shared, &before, deliveries, Some(posted)).await)
}

pub(super) async fn delete(shared: &Arc<Shared>, act: &Act) -> Result<Value, Refusal> {
    let (before, deliveries) = shared.with(|state, now| -> Result<_, Refusal> {
        let (user, message) = own(state, act, now)?;
        let before = Before::note(state, &user.id);
        let (_, deliveries) = state
            .delete(&message.channel, &message.ts, now)
            .map_err(|error| error.code)?;
        Ok((before, deliveries))
    })?;
    Ok(settle(shared, &before, deliveries, None).await)
}

/// Uploads a file: into a channel when one is named, else to be put into a form.
pub(super) async fn upload(shared: &Arc<Shared>, act: &Act) -> Result<Value, Refusal> {
    let name = act.name.clone().ok_or("say how the file is called")?;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(act.content.as_deref().unwrap_or_default())
        .map_err(|_| "the content must be base64")?;
    let id = shared.with(|state, now| -> Result<_, Refusal> {
        let user = person(state, act)?;
        let id = state.ids.next("F");
        let file = File {
            id: id.clone(),
            name,
            mimetype: act
                .mimetype
                .clone()
                .unwrap_or_else(|| "application/octet-stream".into()),
            user: user.id,
            bytes,
            channels: std::collections::BTreeSet::new(),
            created: now,
            deleted: false,
            withheld: super::super::model::Withheld::No,
        };
        state.world.files.insert(id.clone(), file);
        Ok(id)
    })?;
    let mut seen = if act.channel.is_some() {
        let with_file = Act {
            files: vec![id.clone()],
            ..act.clone()
        };
        post(shared, &with_file).await?
    } else {
        json!(super::super::seen::Seen {
            acknowledged: true,
            ..Default::default()
        })
    };
    seen["file"] = json!(id);
    Ok(seen)
}

pub(super) async fn open_home(shared: &Arc<Shared>, act: &Act) -> Result<Value, Refusal> {
    let (before, deliveries) = shared.with(|state, now| -> Result<_, Refusal> {
        let user = person(state, act)?;
        let before = Before::note(state, &user.id);
        let app = app_with(state, &user, |app| app.home_tab, "a Home tab")?;
        let (channel, _) = state.open_im(&app.bot_user, &user.id, now);
        let mut event = json!({
            "type": "app_home_opened", "user": user.id, "channel": channel, "tab": "home",
            "event_ts": state.next_ts(now),
        });
        // Only what was published before is sent along.
        let home = state.world.homes.get(&user.id);
        if let Some(view) = home.and_then(|id| state.world.views.get(id)) {
            event["view"] = objects::view(state, view);
        }
        Ok((before, state.emit_to(&app, "app_home_opened", event, now)))
    })?;
    Ok(settle(shared, &before, deliveries, None).await)
}
