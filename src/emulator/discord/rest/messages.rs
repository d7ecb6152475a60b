//! Messages of the bot, and reading those of others.
//!
//! Invariants: rights first, then the body; an enforced nonce makes one message; an ephemeral message is not found here. Neighbours: `super`,
//! `writing`.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::super::answers::{change, draft};
use super::super::errors::{ApiError, Faults};
use super::super::limits::{self, Use};
use super::super::model::{Channel, DIRECT, Id, Message};
use super::super::objects;
use super::super::permissions as may;
use super::super::state::State;
use super::super::writing::Draft;
use super::{Answer, Call, Route, needs, object, ok, reads_content, seen_channel, take_files};

pub(super) fn carry_out(
    state: &mut State,
    verb: &str,
    route: &Route,
    call: &Call,
    now: DateTime<Utc>,
) -> Answer {
    let channel = seen_channel(state, route.id(0)?)?;
    match verb {
        "post" => post(state, &channel, call, now),
        "list" => list(state, &channel, call, now),
        "get" => {
            needs(state, &channel, may::READ_MESSAGE_HISTORY)?;
            let message = public(state, &channel, route.id(1)?)?;
            ok(objects::message_for(
                state,
                &message,
                reads_content(state),
                now,
            ))
        }
        "edit" => edit(state, &channel, route.id(1)?, call, now),
        "delete" => {
            let message = public(state, &channel, route.id(1)?)?;
            let bot = state.world.app.bot;
            if message.author != bot {
                needs(state, &channel, may::MANAGE_MESSAGES)?;
            }
            state.delete(channel.id, message.id, bot, now)?;
            Ok((204, None))
        }
        _ => Err(ApiError::known(404)),
    }
}

fn public(state: &State, channel: &Channel, id: Id) -> Result<Message, ApiError> {
    let message = state.message(channel.id, id)?;
    if message.only_for.is_some() {
        return Err(ApiError::known(10008));
    }
    Ok(message.clone())
}

fn post(state: &mut State, channel: &Channel, call: &Call, now: DateTime<Utc>) -> Answer {
    let bot = state.world.app.bot;
    if let Some(code) = state.refuses_to_write(channel, bot) {
        return Err(ApiError::known(code));
    }
    if channel.kind == DIRECT {
        let other = channel
            .people
            .iter()
            .find(|id| **id != bot)
            .copied()
            .unwrap_or(0);
        if !state.share_guild(bot, other) {
            return Err(ApiError::known(50278));
        }
        if state.world.users.get(&other).is_none_or(|user| user.closed) {
            return Err(ApiError::known(50007));
        }
    }
    let body = object(&call.body)?;
    limits::message(body, Use::Message, call.files.len(), "")?;
    if body["embeds"].as_array().is_some_and(|all| !all.is_empty()) {
        needs(state, channel, may::EMBED_LINKS)?;
    }
    if !call.files.is_empty() {
        needs(state, channel, may::ATTACH_FILES)?;
    }
    let nonce = match limits::given(body, "nonce") {
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => Some(other.to_string()),
        None => None,
    };
    let nonce = nonce.filter(|_| body["enforce_nonce"] == true);
    if let Some(nonce) = &nonce
        && let Some(message) = state.made_by_nonce(channel.id, nonce, now)
    {
        return ok(with_nonce(state, message, now));
    }
    let reference = reference(state, channel, body)?;
    let files = take_files(state, call, body, now);
    let draft = Draft {
        author: bot,
        kind: if reference.is_some() { 19 } else { 0 },
        reference,
        ..draft(body, files)
    };
    let (message, _) = state.write(channel.id, draft, now)?;
    if let Some(nonce) = nonce {
        state.nonces.insert((channel.id, nonce), (message.id, now));
    }
    ok(with_nonce(state, &message, now))
}

fn with_nonce(state: &State, message: &Message, now: DateTime<Utc>) -> Value {
    let mut shown = objects::message(state, message, now);
    if let Some(nonce) = &message.nonce {
        shown["nonce"] = nonce.clone();
    }
    shown
}

fn reference(state: &State, channel: &Channel, body: &Value) -> Result<Option<(Id, Id)>, ApiError> {
    let Some(given) = limits::given(body, "message_reference") else {
        return Ok(None);
    };
    let mut faults = Faults::default();
    let Some(target) = super::super::snowflake(&given["message_id"]) else {
        faults.required("message_reference.message_id");
        return faults.done().map(|()| None);
    };
    needs(state, channel, may::READ_MESSAGE_HISTORY).map_err(|_| {
        ApiError::new(
            400,
            160_002,
            "Cannot reply without permission to read message history",
        )
    })?;
    if public(state, channel, target).is_ok() {
        return Ok(Some((channel.id, target)));
    }
    if given["fail_if_not_exists"] == false {
        return Ok(None);
    }
    faults.note(
        "message_reference",
        "REPLIES_UNKNOWN_MESSAGE",
        "Unknown message",
    );
    faults.done().map(|()| None)
}

fn edit(state: &mut State, channel: &Channel, id: Id, call: &Call, now: DateTime<Utc>) -> Answer {
    let bot = state.world.app.bot;
    let message = public(state, channel, id)?;
    if message.author != bot {
        return Err(ApiError::known(50005));
    }
    if channel.archived {
        return Err(ApiError::known(50083));
    }
    if channel.locked {
        needs(state, channel, may::MANAGE_THREADS).map_err(|_| ApiError::known(160_005))?;
    }
    let body = object(&call.body)?;
    limits::message(body, Use::Edit, call.files.len(), "")?;
    if state.worn_out.contains(&id) && now - message.created > TimeDelta::hours(1) {
        return Err(ApiError::known(30046));
    }
    let files = take_files(state, call, body, now);
    let mut after = message;
    change(&mut after, body, files.clone());
    let shows = !after.content.trim().is_empty()
        || !after.embeds.is_empty()
        || !after.components.is_empty()
        || !after.attachments.is_empty();
    if !shows {
        return Err(ApiError::known(50006));
    }
    let allowed = limits::given(body, "allowed_mentions").cloned();
    let (message, _) = state.edit(channel.id, id, allowed, |one| change(one, body, files), now)?;
    ok(objects::message(state, &message, now))
}

fn list(state: &State, channel: &Channel, call: &Call, now: DateTime<Utc>) -> Answer {
    let limit: usize = call
        .parameter("limit")
        .map_or(Ok(50), |text| text.parse())
        .unwrap_or(0);
    if !(1..=100).contains(&limit) {
        let mut faults = Faults::default();
        faults.note(
            "limit",
            "NUMBER_TYPE_MAX",
            "int value should be between 1 and 100.",
        );
        faults.done()?;
    }
    // Without the right to history there is nothing to list.
    if needs(state, channel, may::READ_MESSAGE_HISTORY).is_err() {
        return ok(Value::Array(Vec::new()));
    }
    let bound = |name: &str| {
        call.parameter(name)
            .and_then(|text| text.parse::<Id>().ok())
    };
    let all: Vec<&Message> = state
        .messages_of(channel.id)
        .filter(|one| one.only_for.is_none())
        .collect();
    let chosen: Vec<&Message> = if let Some(after) = bound("after") {
        let mut next: Vec<&Message> = all
            .into_iter()
            .filter(|one| one.id > after)
            .take(limit)
            .collect();
        next.reverse();
        next
    } else {
        let before = bound("before")
            .or_else(|| bound("around").map(|id| id + 1))
            .unwrap_or(Id::MAX);
        all.into_iter()
            .rev()
            .filter(|one| one.id < before)
            .take(limit)
            .collect()
    };
    let content = reads_content(state);
    ok(chosen
        .into_iter()
        .map(|one| objects::message_for(state, one, content, now))
        .collect())
}
