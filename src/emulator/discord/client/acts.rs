//! Messages, reactions and uploads of people.
//!
//! Invariants: the client's own rules come first (rights, other people's messages); then the world changes; then the app hears of it. A reply goes into
//! the thread of the message, which is started when there is none; in a direct conversation it is an answer to the message. Neighbours: `super`.

use std::sync::Arc;

use base64::Engine;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::super::emoji;
use super::super::gateway::Told;
use super::super::markdown;
use super::super::model::{Attachment, Channel, DIRECT, Id, Message, THREAD, User};
use super::super::permissions as may;
use super::super::state::State;
use super::super::writing::Draft;
use super::{Before, Refusal, Shared, at, channel, existing, person, settle};
use crate::emulator::door::{Act, Seen};

fn writes(state: &State, channel: &Channel, user: &User) -> Result<(), Refusal> {
    match state.refuses_to_write(channel, user.id) {
        None => Ok(()),
        Some(50001) => Err(format!("{} sees no #{}", user.name, channel.name)),
        Some(_) => Err(format!("{} may not write in #{}", user.name, channel.name)),
    }
}

/// Typed words as the client sends them: `@handle`, `@Role` and `#channel` become mentions.
fn typed(state: &State, words: &str) -> String {
    let mut out = String::new();
    let mut rest = words;
    while let Some(index) = rest.find(['@', '#']) {
        let (before, after) = rest.split_at(index);
        out.push_str(before);
        let name_at = after.get(1..).unwrap_or_default();
        let end = name_at
            .find(|c: char| !(c.is_alphanumeric() || "_.-".contains(c)))
            .unwrap_or(name_at.len());
        let name = name_at.get(..end).unwrap_or_default().trim_end_matches('.');
        let escaped = before.ends_with('<') || before.ends_with('\\');
        let mention = if escaped {
            None
        } else if after.starts_with('@') {
            let user = state
                .world
                .users
                .values()
                .find(|one| one.name == name)
                .map(|one| format!("<@{}>", one.id));
            let mut roles = state
                .world
                .guilds
                .values()
                .flat_map(|guild| guild.roles.values());
            user.or_else(|| {
                roles
                    .find(|one| one.name == name && !name.is_empty())
                    .map(|one| format!("<@&{}>", one.id))
            })
        } else {
            let mut channels = state.world.channels.values();
            channels
                .find(|one| one.kind == 0 && one.name == name)
                .map(|one| format!("<#{}>", one.id))
        };
        if let Some(mention) = mention {
            out.push_str(&mention);
            rest = name_at.get(name.len()..).unwrap_or_default();
        } else {
            out.push_str(after.get(..1).unwrap_or_default());
            rest = name_at;
        }
    }
    out.push_str(rest);
    out
}

pub(super) async fn react(shared: &Arc<Shared>, act: &Act, add: bool) -> Result<Value, Refusal> {
    let name = act.emoji.clone().ok_or("say which emoji")?;
    let wire = emoji::wire(&name).ok_or_else(|| format!("there is no emoji called {name}"))?;
    let (before, told, posted) = shared.with(|state, now| -> Result<_, Refusal> {
        let user = person(state, act)?;
        let place = channel(state, act, &user, now)?;
        let message = existing(state, &place, act, &user)?;
        if message.only_for.is_some() {
            return Err("nobody can react to a message that only one person sees".into());
        }
        let new = !message.reactions.iter().any(|(name, _)| *name == wire);
        let inner = state
            .channel(message.channel)
            .map_err(|error| error.message)?;
        let bits = may::in_channel(&state.world, inner, user.id);
        let needed = may::READ_MESSAGE_HISTORY | if add && new { may::ADD_REACTIONS } else { 0 };
        if bits & needed != needed {
            return Err(format!("{} may not react here", user.name));
        }
        let before = Before::note(state, user.id);
        let told = state
            .react(message.channel, message.id, user.id, &wire, add, now)
            .map_err(|error| error.message)?;
        Ok((before, told, at(state, &message)))
    })?;
    Ok(settle(shared, &before, told, Some(posted)).await)
}

/// Where a reply goes: the thread of the message, started when there is none.
fn thread(
    state: &mut State,
    place: &Channel,
    root: &str,
    user: &User,
    now: DateTime<Utc>,
) -> Result<(Channel, Vec<Told>), Refusal> {
    let root: Id = root
        .parse()
        .map_err(|_| format!("there is no message {root} to reply to"))?;
    if let Some(thread) = state
        .world
        .channels
        .get(&root)
        .filter(|one| one.kind == THREAD && one.parent == Some(place.id))
    {
        return Ok((thread.clone(), Vec::new()));
    }
    // A reply to a message of a thread stays in that thread.
    let inner = state
        .find(root)
        .and_then(|one| state.world.channels.get(&one.channel));
    if let Some(thread) = inner.filter(|one| one.kind == THREAD) {
        return Ok((thread.clone(), Vec::new()));
    }
    let message = state
        .message(place.id, root)
        .map_err(|_| format!("there is no message {root} to reply to"))?;
    if message.only_for.is_some() {
        return Err("a message that only one person sees has no thread".into());
    }
    if may::in_channel(&state.world, place, user.id) & may::CREATE_PUBLIC_THREADS == 0 {
        return Err(format!(
            "{} may not start threads in #{}",
            user.name, place.name
        ));
    }
    let words = markdown::read(&state.world, &message.content).text;
    let name: String = words.chars().take(40).collect();
    let name = if name.trim().is_empty() {
        "Thread".to_owned()
    } else {
        name
    };
    let (id, told) = state
        .start_thread(place.id, Some(root), &name, user.id, now)
        .map_err(|error| error.message)?;
    Ok((
        state.channel(id).cloned().map_err(|error| error.message)?,
        told,
    ))
}

pub(super) async fn post(shared: &Arc<Shared>, act: &Act) -> Result<Value, Refusal> {
    let words = act.text.clone().unwrap_or_default();
    if words.is_empty() && act.files.is_empty() {
        return Err("say something".into());
    }
    let (before, told, posted) = shared.with(|state, now| -> Result<_, Refusal> {
        let user = person(state, act)?;
        let mut place = channel(state, act, &user, now)?;
        let before = Before::note(state, user.id);
        let content = if act.raw {
            words.clone()
        } else {
            typed(state, &words)
        };
        if content.chars().count() > 2000 {
            return Err("a message may have 2,000 characters at most".into());
        }
        let (mut told, mut reference) = (Vec::new(), None);
        match act.thread_ts.as_deref() {
            Some(root) if place.kind == DIRECT => {
                let target: Id = root.parse().map_err(|_| "there is no such message")?;
                state
                    .message(place.id, target)
                    .map_err(|_| format!("there is no message {root} to reply to"))?;
                reference = Some((place.id, target));
            }
            Some(root) => (place, told) = thread(state, &place, root, &user, now)?,
            None => {}
        }
        writes(state, &place, &user)?;
        let attachments: Result<Vec<Id>, Refusal> = act
            .files
            .iter()
            .map(|id| {
                let id = id
                    .parse()
                    .ok()
                    .filter(|id| state.world.attachments.contains_key(id));
                id.ok_or_else(|| "there is no such file".to_owned())
            })
            .collect();
        let draft = Draft {
            author: user.id,
            content,
            attachments: attachments?,
            kind: if reference.is_some() { 19 } else { 0 },
            reference,
            ..Draft::default()
        };
        let (message, more) = state
            .write(place.id, draft, now)
            .map_err(|error| error.message)?;
        told.extend(more);
        Ok((before, told, at(state, &message)))
    })?;
    Ok(settle(shared, &before, told, Some(posted)).await)
}

fn own(state: &mut State, act: &Act, now: DateTime<Utc>) -> Result<(User, Message), Refusal> {
    let user = person(state, act)?;
    let place = channel(state, act, &user, now)?;
    let message = existing(state, &place, act, &user)?;
    if message.author != user.id {
        return Err(format!("{} can only change own messages", user.name));
    }
    Ok((user, message))
}

pub(super) async fn edit(shared: &Arc<Shared>, act: &Act) -> Result<Value, Refusal> {
    let words = act.text.clone().ok_or("say the new words")?;
    let (before, told, posted) = shared.with(|state, now| -> Result<_, Refusal> {
        let (user, message) = own(state, act, now)?;
        let before = Before::note(state, user.id);
        let content = typed(state, &words);
        let edited = state.edit(
            message.channel,
            message.id,
            None,
            |one| one.content = content,
            now,
        );
        let (message, told) = edited.map_err(|error| error.message)?;
        Ok((before, told, at(state, &message)))
    })?;
    Ok(settle(shared, &before, told, Some(posted)).await)
}

pub(super) async fn delete(shared: &Arc<Shared>, act: &Act) -> Result<Value, Refusal> {
    let (before, told) = shared.with(|state, now| -> Result<_, Refusal> {
        let (user, message) = own(state, act, now)?;
        let before = Before::note(state, user.id);
        let told = state
            .delete(message.channel, message.id, user.id, now)
            .map_err(|error| error.message)?;
        Ok((before, told))
    })?;
    Ok(settle(shared, &before, told, None).await)
}

/// Uploads a file: into a channel when one is named, else to be put into a form or message.
pub(super) async fn upload(shared: &Arc<Shared>, act: &Act) -> Result<Value, Refusal> {
    let name = act.name.clone().ok_or("say how the file is called")?;
    let content = act.content.as_deref().unwrap_or_default();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(content)
        .map_err(|_| "the content must be base64")?;
    if bytes.len() > 10 * 1024 * 1024 {
        return Err("Your files are too powerful. Max file size: 10 MB".into());
    }
    let id = shared.with(|state, now| -> Result<_, Refusal> {
        person(state, act)?;
        let id = state.ids.next(now);
        let file = Attachment {
            id,
            name,
            content_type: act
                .mimetype
                .clone()
                .unwrap_or_else(|| "application/octet-stream".into()),
            bytes,
            channel: None,
            description: None,
            deleted: false,
        };
        state.world.attachments.insert(id, file);
        Ok(id.to_string())
    })?;
    let mut seen = if act.channel.is_some() {
        let with_file = Act {
            files: vec![id.clone()],
            ..act.clone()
        };
        post(shared, &with_file).await?
    } else {
        json!(Seen {
            acknowledged: true,
            ..Seen::default()
        })
    };
    seen["file"] = json!(id);
    Ok(seen)
}
