//! Changes of the world that an administrator, an owner or a person at their own settings makes.
//!
//! Invariants: the app hears of each what Discord tells it. Neighbours: `control` calls it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::Shared;
use super::control::{Answer, Control, needed};
use super::model::{Channel, Id, Overwrite};
use super::permissions as may;
use super::state::State;
use super::{guilds, objects};

/// Carries out a change by its name; nothing when there is none of that name.
pub fn change(shared: &Arc<Shared>, name: &str, given: &Control) -> Option<Answer> {
    let known = [
        "close_dm",
        "message_content",
        "unfit",
        "deny",
        "delete_channel",
        "role",
        "kick",
        "leave_guild",
        "join_guild",
        "wear_out",
        "archive_thread",
        "delete_file",
        "unavailable",
    ];
    if !known.contains(&name) {
        return None;
    }
    let changed = shared.with(|state, now| apply(state, name, given, now));
    Some(changed.map(|()| json!({ "done": true })))
}

fn user(state: &State, given: &Control) -> Result<Id, String> {
    let wanted = needed(given.user.as_ref(), "user")?;
    let wanted = wanted.trim_start_matches('@');
    let found = state
        .world
        .users
        .values()
        .find(|one| one.name == wanted || one.id.to_string() == wanted);
    found
        .map(|one| one.id)
        .ok_or_else(|| format!("there is nobody called {wanted}"))
}

fn channel(state: &State, given: &Control) -> Result<Channel, String> {
    let wanted = needed(given.channel.as_ref(), "channel")?;
    let name = wanted.trim_start_matches('#');
    let found = state
        .world
        .channels
        .values()
        .find(|one| one.name == name || one.id.to_string() == name);
    found
        .cloned()
        .ok_or_else(|| format!("there is no channel {wanted}"))
}

fn guild(state: &State, given: &Control) -> Result<Id, String> {
    let Some(wanted) = &given.guild else {
        return Ok(super::seed::GUILD);
    };
    let found = state
        .world
        .guilds
        .values()
        .find(|one| one.name == *wanted || one.id.to_string() == *wanted);
    found
        .map(|one| one.id)
        .ok_or_else(|| format!("there is no guild {wanted}"))
}

fn apply(state: &mut State, name: &str, given: &Control, now: DateTime<Utc>) -> Result<(), String> {
    let on = given.on.unwrap_or(true);
    let bot = state.world.app.bot;
    match name {
        "close_dm" => {
            let id = user(state, given)?;
            if let Some(user) = state.world.users.get_mut(&id) {
                user.closed = on;
            }
        }
        "message_content" => {
            let bit = super::intents::MESSAGE_CONTENT;
            let app = &mut state.world.app;
            app.privileged = if on {
                app.privileged | bit
            } else {
                app.privileged & !bit
            };
        }
        // The bot no longer sees the channel, or with `deny` may not do one thing there.
        "unfit" | "deny" => {
            let channel = channel(state, given)?;
            let bits = match given.deny.as_deref() {
                None | Some("view") => may::VIEW_CHANNEL,
                Some("send") => may::SEND_MESSAGES,
                Some("history") => may::READ_MESSAGE_HISTORY,
                Some("threads") => may::CREATE_PUBLIC_THREADS,
                Some("send_in_threads") => may::SEND_MESSAGES_IN_THREADS,
                Some("embeds") => may::EMBED_LINKS,
                Some("files") => may::ATTACH_FILES,
                Some("reactions") => may::ADD_REACTIONS,
                Some(other) => return Err(format!("there is no permission called {other}")),
            };
            overwrite(state, &channel, bot, bits, on, now);
        }
        "delete_channel" => {
            let channel = channel(state, given)?;
            let data = objects::channel(state, &channel);
            let kind = if channel.kind == super::model::THREAD {
                "THREAD_DELETE"
            } else {
                "CHANNEL_DELETE"
            };
            state.tell_in(channel.id, kind, data, now);
            state.world.channels.remove(&channel.id);
            state.world.messages.remove(&channel.id);
            state
                .world
                .channels
                .retain(|_, one| one.parent != Some(channel.id));
        }
        "role" => {
            let (guild, id) = (guild(state, given)?, user(state, given)?);
            let role = needed(given.role.as_ref(), "role")?;
            let found = state
                .world
                .guilds
                .get_mut(&guild)
                .ok_or("there is no such guild")?;
            let role = found
                .roles
                .values()
                .find(|one| one.name == role || one.id.to_string() == role);
            let role = role.map(|one| one.id).ok_or("there is no such role")?;
            let member = found.members.get_mut(&id).ok_or("not a member")?;
            if on {
                member.roles.insert(role);
            } else {
                member.roles.remove(&role);
            }
            let mut data = objects::member(&state.world, guild, id).unwrap_or_default();
            data["guild_id"] = json!(guild.to_string());
            state.tell("GUILD_MEMBER_UPDATE", data, now);
        }
        "kick" => {
            let (guild, id) = (guild(state, given)?, user(state, given)?);
            if let Some(found) = state.world.guilds.get_mut(&guild) {
                found.members.remove(&id);
            }
            if id == bot {
                state.tell("GUILD_DELETE", json!({ "id": guild.to_string() }), now);
            }
        }
        "leave_guild" | "join_guild" => {
            let guild = guild(state, given)?;
            let joined = name == "join_guild";
            let Some(found) = state.world.guilds.get_mut(&guild) else {
                return Err("there is no such guild".into());
            };
            if joined {
                found.members.entry(bot).or_default();
                let data = state
                    .world
                    .guilds
                    .get(&guild)
                    .map(|one| guilds::created(state, one));
                state.tell("GUILD_CREATE", data.unwrap_or_default(), now);
            } else {
                found.members.remove(&bot);
                state.tell("GUILD_DELETE", json!({ "id": guild.to_string() }), now);
            }
        }
        "unavailable" => {
            let guild = guild(state, given)?;
            if let Some(found) = state.world.guilds.get_mut(&guild) {
                found.unavailable = on;
            }
            let data = state
                .world
                .guilds
                .get(&guild)
                .map(|one| guilds::created(state, one))
                .unwrap_or_default();
            if on {
                state.tell(
                    "GUILD_DELETE",
                    json!({ "id": guild.to_string(), "unavailable": true }),
                    now,
                );
            } else {
                state.tell("GUILD_CREATE", data, now);
            }
        }
        "wear_out" => {
            let id = needed(given.message.as_ref(), "message")?;
            state
                .worn_out
                .insert(id.parse().map_err(|_| "message is no id")?);
        }
        // Closed; closed and locked; or, with `lock`, open and locked.
        "archive_thread" => {
            let channel = channel(state, given)?;
            let what = given.what.as_deref();
            let archived = on && what != Some("lock");
            state.archive(channel.id, archived, on && what.is_some(), now);
        }
        _ => {
            let id: Id = needed(given.file.as_ref(), "file")?
                .parse()
                .map_err(|_| "file is no id")?;
            let file = state
                .world
                .attachments
                .get_mut(&id)
                .ok_or("there is no such file")?;
            file.deleted = on;
        }
    }
    state.ledger.append("control", now, json!({ "what": name, "user": given.user, "channel": given.channel, "on": on, "deny": given.deny }));
    Ok(())
}

fn overwrite(
    state: &mut State,
    channel: &Channel,
    who: Id,
    bits: u64,
    deny: bool,
    now: DateTime<Utc>,
) {
    let was_seen = may::sees(&state.world, channel, who);
    let Some(stored) = state.world.channels.get_mut(&channel.id) else {
        return;
    };
    let index = stored.overwrites.iter().position(|one| one.id == who);
    let index = index.unwrap_or_else(|| {
        stored.overwrites.push(Overwrite {
            id: who,
            of_member: true,
            allow: 0,
            deny: 0,
        });
        stored.overwrites.len() - 1
    });
    if let Some(one) = stored.overwrites.get_mut(index) {
        if deny {
            (one.allow, one.deny) = (one.allow & !bits, one.deny | bits);
        } else {
            (one.allow, one.deny) = (one.allow | bits, one.deny & !bits);
        }
    }
    let stored = stored.clone();
    let data: Value = objects::channel(state, &stored);
    let sees = may::sees(&state.world, &stored, who);
    match (was_seen, sees) {
        // To the bot a channel that it can no longer see is gone.
        (true, false) => drop(state.tell("CHANNEL_DELETE", data, now)),
        (false, true) => drop(state.tell("CHANNEL_CREATE", data, now)),
        _ => drop(state.tell("CHANNEL_UPDATE", data, now)),
    }
}
