//! Channels and direct conversations: `conversations.open`, `info`, `members`, `list`, `join`.
//!
//! Purpose: what a bot may learn of channels. Invariants: a private channel the bot is not in does not exist for it; the
//! scope asked for depends on the kind of channel. Neighbours: `world` decides who sees what, `history` reads messages.

use serde_json::{Value, json};

use super::super::errors::ApiError;
use super::super::model::Channel;
use super::super::objects;
use super::{Call, page};

pub(super) fn open(call: &mut Call<'_>) -> Result<Value, ApiError> {
    if let Some(id) = call.args.text("channel") {
        let channel = call.state.visible(id, &call.app.bot_user)?;
        return Ok(json!({ "channel": objects::channel(call.state, channel, &call.app.bot_user) }));
    }
    if !call.args.has("users") {
        return Err(ApiError::new("users_list_not_supplied"));
    }
    let users: Vec<&str> = call
        .args
        .required("users")?
        .split(',')
        .map(str::trim)
        .collect();
    let [id] = users.as_slice() else {
        return Err(ApiError::new("too_many_users"));
    };
    let user = call.state.user(id)?.clone();
    if user.is_bot {
        return Err(ApiError::new("cannot_dm_bot"));
    }
    if user.deleted {
        return Err(ApiError::new("user_disabled"));
    }
    if let Some(code) = &user.dm_refused {
        return Err(ApiError::new(code));
    }
    let bot_user = call.app.bot_user.clone();
    let own = call.state.team_of(&call.app).id.clone();
    // A workspace's own install reaches its own people; one of the whole organisation reaches all of them.
    let is_near = user.team_id == own
        || call.app.org_install && call.state.is_same_house(&user.team_id, &own);
    if !is_near {
        let mut shared = call.state.world.channels.values();
        if !shared.any(|one| {
            !one.is_im && one.members.contains(&user.id) && one.members.contains(&bot_user)
        }) {
            return Err(ApiError::new("user_not_visible"));
        }
    }
    let (id, already) = call.state.open_im(&bot_user, &user.id, call.now);
    let mut answer = json!({ "channel": { "id": id } });
    if call.args.flag("return_im") {
        answer["channel"] = objects::channel(call.state, call.state.channel(&id)?, &bot_user);
    }
    if already {
        answer["no_op"] = json!(true);
        answer["already_open"] = json!(true);
    }
    Ok(answer)
}

/// The channel named, if the bot may see and read about it.
fn readable<'c>(call: &'c Call<'_>) -> Result<&'c Channel, ApiError> {
    let channel = call
        .state
        .visible(call.args.required("channel")?, &call.app.bot_user)?;
    call.need_for(channel, "read")?;
    Ok(channel)
}

pub(super) fn info(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let channel = readable(call)?;
    let mut rendered = objects::channel(call.state, channel, &call.app.bot_user);
    if call.args.flag("include_num_members") {
        rendered["num_members"] = json!(channel.members.len());
    }
    Ok(json!({ "channel": rendered }))
}

pub(super) fn members(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let all: Vec<String> = readable(call)?.members.iter().cloned().collect();
    let (members, next) = page(call.args, &all, 100)?;
    Ok(json!({ "members": members, "response_metadata": { "next_cursor": next } }))
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let types: Vec<&str> = call
        .args
        .text("types")
        .unwrap_or("public_channel")
        .split(',')
        .map(str::trim)
        .collect();
    for kind in &types {
        match *kind {
            "public_channel" => call.need("channels:read")?,
            "private_channel" => call.need("groups:read")?,
            "im" => call.need("im:read")?,
            "mpim" => call.need("mpim:read")?,
            _ => return Err(ApiError::new("invalid_types")),
        }
    }
    let bot_user = &call.app.bot_user;
    let wanted = |channel: &Channel| {
        let kind = match (channel.is_im, channel.is_private) {
            (true, _) => "im",
            (false, true) => "private_channel",
            (false, false) => "public_channel",
        };
        types.contains(&kind)
            && call.state.sees(channel, bot_user)
            && !(channel.is_archived && call.args.flag("exclude_archived"))
    };
    let all: Vec<Value> = call
        .state
        .world
        .channels
        .values()
        .filter(|channel| wanted(channel))
        .map(|channel| objects::channel(call.state, channel, bot_user))
        .collect();
    let (channels, next) = page(call.args, &all, 100)?;
    Ok(json!({ "channels": channels, "response_metadata": { "next_cursor": next } }))
}

pub(super) fn join(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let id = call.args.required("channel")?.to_owned();
    let bot_user = call.app.bot_user.clone();
    let channel = call.state.visible(&id, &bot_user)?;
    if channel.is_private {
        return Err(ApiError::new("method_not_supported_for_channel_type"));
    }
    if channel.is_archived {
        return Err(ApiError::new("is_archived"));
    }
    call.deliveries = call.state.join(&id, &bot_user, call.now);
    call.state.wrote(
        "conversations.join",
        &call.app.id,
        call.now,
        None,
        json!({ "channel": id }),
    );
    let channel = call.state.channel(&id)?;
    Ok(json!({ "channel": objects::channel(call.state, channel, &bot_user) }))
}
