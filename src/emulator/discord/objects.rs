//! What the app is shown of the world: users, members, channels, messages, as JSON of the tenth version.
//!
//! Invariants: a session or caller without the right to message content gets it empty, except where Discord makes exceptions; every shape parses
//! with a strict model (the tests hold it against one). Neighbours: `guilds` has the rest, `events` and `rest` send them.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::model::{Channel, DIRECT, HAS_THREAD, Id, Message, THREAD, User, World};
use super::permissions;
use super::state::State;

/// An instant as Discord writes it.
pub fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, false)
}

/// A user.
pub fn user(user: &User) -> Value {
    json!({
        "id": user.id.to_string(), "username": user.name, "global_name": user.global_name, "discriminator": "0", "avatar": null,
        "avatar_decoration_data": null, "bot": user.bot, "system": false, "public_flags": 0, "flags": 0, "banner": null,
        "accent_color": null, "primary_guild": null, "collectibles": null,
    })
}

/// The bot about itself.
pub fn own_user(state: &State) -> Value {
    let mut own = state
        .world
        .users
        .get(&state.world.app.bot)
        .map(user)
        .unwrap_or_default();
    own["mfa_enabled"] = json!(true);
    own["verified"] = json!(true);
    own["email"] = Value::Null;
    own["locale"] = json!("en-US");
    own
}

/// Somebody's user by id; a stub when gone.
pub fn user_by_id(world: &World, id: Id) -> Value {
    world.users.get(&id).map_or_else(
        || json!({ "id": id.to_string(), "username": "deleted_user", "discriminator": "0", "avatar": null, "global_name": null }),
        user,
    )
}

/// A member of a guild, without the user.
pub fn member_without_user(world: &World, guild: Id, id: Id) -> Option<Value> {
    let member = world.guilds.get(&guild)?.members.get(&id)?;
    let roles: Vec<String> = member.roles.iter().map(ToString::to_string).collect();
    Some(json!({
        "nick": member.nick, "avatar": null, "banner": null, "roles": roles, "joined_at": "2024-01-01T00:00:00.000000+00:00",
        "premium_since": null, "deaf": false, "mute": false, "flags": 0, "pending": false, "communication_disabled_until": null,
    }))
}

/// A member of a guild.
pub fn member(world: &World, guild: Id, id: Id) -> Option<Value> {
    let mut member = member_without_user(world, guild, id)?;
    member["user"] = user_by_id(world, id);
    Some(member)
}

/// A member as an interaction carries it.
pub fn interaction_member(world: &World, channel: &Channel, id: Id) -> Option<Value> {
    let mut member = member(world, channel.guild?, id)?;
    member["permissions"] = json!(permissions::in_channel(world, channel, id).to_string());
    Some(member)
}

/// A channel, thread or direct conversation.
pub fn channel(state: &State, channel: &Channel) -> Value {
    let world = &state.world;
    let last = channel.last.map(|id| id.to_string());
    let id = channel.id.to_string();
    let strings = |ids: &[Id]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    if channel.kind == DIRECT {
        let others = channel.people.iter().filter(|id| **id != world.app.bot);
        let recipients: Vec<Value> = others.map(|id| user_by_id(world, *id)).collect();
        return json!({ "id": id, "type": DIRECT, "flags": 0, "last_message_id": last, "recipients": recipients });
    }
    let mut shown = json!({
        "id": id, "type": channel.kind, "flags": 0, "last_message_id": last, "name": channel.name,
        "guild_id": channel.guild.map(|id| id.to_string()), "parent_id": channel.parent.map(|id| id.to_string()),
        "rate_limit_per_user": 0,
    });
    if channel.kind == THREAD {
        let count = state
            .messages_of(channel.id)
            .filter(|one| one.id != channel.id && one.kind == 0)
            .count();
        shown["owner_id"] = json!(channel.owner.map(|id| id.to_string()));
        shown["message_count"] = json!(count);
        shown["member_count"] = json!(channel.people.len());
        shown["total_message_sent"] = json!(count);
        shown["thread_metadata"] = json!({
            "archived": channel.archived, "auto_archive_duration": 1440, "archive_timestamp": time(channel.created),
            "locked": channel.locked, "create_timestamp": time(channel.created),
        });
        return shown;
    }
    let overwrites: Vec<Value> = channel.overwrites.iter().map(|one| {
        json!({ "id": strings(&[one.id])[0], "type": u8::from(one.of_member), "allow": one.allow.to_string(), "deny": one.deny.to_string() })
    }).collect();
    shown["position"] = json!(channel.id % 100);
    shown["permission_overwrites"] = json!(overwrites);
    shown["nsfw"] = json!(false);
    shown["topic"] = Value::Null;
    shown
}

/// An emoji as on the wire: a character, or `name:id` of a custom one.
pub fn emoji(wire: &str) -> Value {
    match wire.rsplit_once(':') {
        Some((name, id)) if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()) => {
            json!({ "id": id, "name": name, "animated": false })
        }
        _ => json!({ "id": null, "name": wire }),
    }
}

/// A file, with an address that works for a day.
pub fn attachment(state: &State, id: Id, now: DateTime<Utc>) -> Option<Value> {
    let file = state.world.attachments.get(&id)?;
    let url = state.file_url(file, now);
    let mut shown = json!({
        "id": id.to_string(), "filename": file.name, "size": file.bytes.len(), "url": url, "proxy_url": url,
        "content_type": file.content_type,
    });
    if let Some(description) = &file.description {
        shown["description"] = json!(description);
    }
    Some(shown)
}

/// An embed as read back.
fn embed(sent: &Value) -> Value {
    let mut shown = sent.clone();
    shown["type"] = json!("rich");
    for field in shown["fields"].as_array_mut().into_iter().flatten() {
        if field.get("inline").is_none_or(Value::is_null) {
            field["inline"] = json!(false);
        }
    }
    if let Some(map) = shown.as_object_mut() {
        map.retain(|_, value| !value.is_null());
    }
    shown
}

/// Components as read back: numbered, defaults filled in.
fn component(sent: &Value, next: &mut u64) -> Value {
    let mut shown = sent.clone();
    *next += 1;
    if shown.get("id").is_none_or(|id| id.is_null() || *id == 0) {
        shown["id"] = json!(*next);
    }
    if shown["type"] == 2 && shown.get("style").is_none() {
        shown["style"] = json!(2);
    }
    for key in ["components", "items"] {
        if let Some(list) = sent[key].as_array() {
            shown[key] = list.iter().map(|one| component(one, next)).collect();
        }
    }
    for key in ["component", "accessory"] {
        if sent[key].is_object() {
            shown[key] = component(&sent[key], next);
        }
    }
    if let Some(map) = shown.as_object_mut() {
        map.retain(|_, value| !value.is_null());
    }
    shown
}

/// A message with all its content.
pub fn message(state: &State, message: &Message, now: DateTime<Utc>) -> Value {
    let world = &state.world;
    let author = user_by_id(world, message.author);
    let guild = world
        .channels
        .get(&message.channel)
        .and_then(|channel| channel.guild);
    let mentions: Vec<Value> = message
        .pings
        .users
        .iter()
        .filter_map(|id| {
            let mut shown = world.users.get(id).map(user)?;
            if let Some(member) = guild.and_then(|guild| member_without_user(world, guild, *id)) {
                shown["member"] = member;
            }
            Some(shown)
        })
        .collect();
    let mut next = 0;
    let thread = world
        .channels
        .get(&message.id)
        .filter(|one| one.kind == THREAD && one.parent == Some(message.channel));
    let flags = message.flags | if thread.is_some() { HAS_THREAD } else { 0 };
    let mut shown = json!({
        "id": message.id.to_string(), "channel_id": message.channel.to_string(), "type": message.kind, "author": author,
        "content": message.content, "timestamp": time(message.created), "edited_timestamp": message.edited.map(time),
        "tts": false, "mention_everyone": !message.pings.everyone.is_empty(), "mentions": mentions,
        "mention_roles": message.pings.roles.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "attachments": message.attachments.iter().filter_map(|id| attachment(state, *id, now)).collect::<Vec<_>>(),
        "embeds": message.embeds.iter().map(embed).collect::<Vec<_>>(), "pinned": false, "flags": flags,
        "components": message.components.iter().map(|one| component(one, &mut next)).collect::<Vec<_>>(),
    });
    let me = world.app.bot;
    let reactions: Vec<Value> = message.reactions.iter().map(|(name, users)| {
        json!({
            "emoji": emoji(name), "count": users.len(), "count_details": { "burst": 0, "normal": users.len() },
            "burst_colors": [], "me_burst": false, "me": users.contains(&me), "burst_me": false, "burst_count": 0,
        })
    }).collect();
    if !reactions.is_empty() {
        shown["reactions"] = json!(reactions);
    }
    if let Some((channel, target)) = message.reference {
        let mut reference = json!({ "type": 0, "channel_id": channel.to_string(), "message_id": target.to_string() });
        if let Some(guild) = guild {
            reference["guild_id"] = json!(guild.to_string());
        }
        shown["message_reference"] = reference;
        if message.kind == 19 {
            let found = world
                .messages
                .get(&channel)
                .and_then(|all| all.get(&target));
            shown["referenced_message"] = found.map_or(Value::Null, |one| {
                let mut plain = one.clone();
                plain.reference = None;
                self::message(state, &plain, now)
            });
        }
    }
    if let Some(thread) = thread {
        shown["thread"] = self::channel(state, thread);
    }
    if let Some(cause) = &message.cause {
        let mut meta = json!({
            "id": cause.id.to_string(), "type": cause.kind, "user": user_by_id(world, cause.user),
            "authorizing_integration_owners": owners(guild),
        });
        if let Some(name) = &cause.name {
            meta["name"] = json!(name);
            shown["interaction"] = json!({ "id": cause.id.to_string(), "type": cause.kind, "name": name, "user": user_by_id(world, cause.user) });
        }
        if cause.kind == 5 {
            meta["triggering_interaction_metadata"] = json!({
                "id": cause.id.to_string(), "type": 2, "user": user_by_id(world, cause.user), "authorizing_integration_owners": owners(guild),
            });
        }
        shown["interaction_metadata"] = meta;
        shown["webhook_id"] = json!(world.app.id.to_string());
        shown["application_id"] = json!(world.app.id.to_string());
    }
    shown
}

/// By whom the app was installed where it is used.
pub fn owners(guild: Option<Id>) -> Value {
    json!({ "0": guild.map_or_else(|| "0".to_owned(), |id| id.to_string()) })
}

/// A message for a reader that may be without the right to content (`false`).
pub fn message_for(state: &State, one: &Message, content: bool, now: DateTime<Utc>) -> Value {
    let mut shown = message(state, one, now);
    let bot = state.world.app.bot;
    let direct = state
        .world
        .channels
        .get(&one.channel)
        .is_some_and(|channel| channel.kind == DIRECT);
    if content || direct || one.author == bot || one.pings.users.contains(&bot) {
        return shown;
    }
    shown["content"] = json!("");
    for key in ["embeds", "attachments", "components"] {
        shown[key] = json!([]);
    }
    shown
}
