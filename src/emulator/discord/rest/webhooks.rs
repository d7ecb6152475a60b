//! Answers to interactions: the first one, and what may follow for fifteen minutes.
//!
//! Invariants: nothing follows before the first answer; a token works for its own messages only; the first message after "thinking..." becomes it.
//! Neighbours: `answers` takes the first answer.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::super::answers::{change, draft};
use super::super::errors::ApiError;
use super::super::interactions::Standing;
use super::super::limits::{self, Use};
use super::super::model::{EPHEMERAL, Id, LOADING, Message};
use super::super::objects;
use super::super::state::State;
use super::super::writing::Draft;
use super::{Answer, Call, Route, object, ok, take_files};

pub(super) fn callback(
    state: &mut State,
    route: &Route,
    call: &Call,
    now: DateTime<Utc>,
) -> Answer {
    let body = object(&call.body)?;
    let (id, token) = (route.id(0)?, route.text(1).to_owned());
    let files = take_files(state, call, &body["data"], now);
    let (message, _) = state.answer(id, &token, body, files, now)?;
    if call.parameter("with_response").as_deref() != Some("true") {
        return Ok((204, None));
    }
    let Some(one) = state.interactions.get(&token) else {
        return Err(ApiError::known(10062));
    };
    let kind = body["type"].as_u64().unwrap_or(0);
    let loading = kind == 5;
    let mut answer = json!({ "interaction": {
        "id": one.id.to_string(), "type": one.kind, "response_message_id": one.original.map(|id| id.to_string()),
        "response_message_loading": loading, "response_message_ephemeral": message.as_ref().is_some_and(|one| one.only_for.is_some()),
        "channel_id": one.channel.to_string(),
    } });
    if let Some(guild) = state
        .world
        .channels
        .get(&one.channel)
        .and_then(|channel| channel.guild)
    {
        answer["interaction"]["guild_id"] = json!(guild.to_string());
    }
    answer["resource"] = json!({ "type": kind });
    if let Some(message) = message {
        answer["resource"]["message"] = objects::message(state, &message, now);
    }
    ok(answer)
}

/// The interaction of a token: its channel, `@original` and cause.
fn known(state: &State, route: &Route, now: DateTime<Utc>) -> Result<(), ApiError> {
    if route.id(0)? != state.world.app.id {
        return Err(ApiError::known(10015));
    }
    let one = state
        .interactions
        .get(route.text(1))
        .ok_or_else(|| ApiError::known(50027))?;
    if !one.token_works(now) {
        return Err(ApiError::known(50027));
    }
    match one.standing {
        Standing::Answered(kind) if kind != 8 => Ok(()),
        _ => Err(ApiError::known(10015)),
    }
}

pub(super) fn carry_out(
    state: &mut State,
    verb: &str,
    route: &Route,
    call: &Call,
    now: DateTime<Utc>,
) -> Answer {
    known(state, route, now)?;
    if verb == "post" {
        return post(state, route, call, now);
    }
    let message = named(state, route)?;
    match verb {
        "get" => ok(objects::message(state, &message, now)),
        "edit" => edit(state, route, &message, call, now),
        "delete" => {
            let bot = state.world.app.bot;
            state.delete(message.channel, message.id, bot, now)?;
            Ok((204, None))
        }
        _ => Err(ApiError::known(404)),
    }
}

/// The message of the path: `@original`, or one that this interaction made.
fn named(state: &State, route: &Route) -> Result<Message, ApiError> {
    let unknown = || ApiError::known(10008);
    let one = state.interactions.get(route.text(1)).ok_or_else(unknown)?;
    let id = if route.text(2) == "@original" {
        one.original.ok_or_else(unknown)?
    } else {
        route.id(2)?
    };
    let message = state.find(id).ok_or_else(unknown)?;
    let own = message
        .cause
        .as_ref()
        .is_some_and(|cause| cause.id == one.id);
    if own || one.original == Some(id) || one.source == Some(id) {
        Ok(message.clone())
    } else {
        Err(unknown())
    }
}

fn edit(
    state: &mut State,
    route: &Route,
    message: &Message,
    call: &Call,
    now: DateTime<Utc>,
) -> Answer {
    let body = object(&call.body)?;
    limits::message(body, Use::Edit, call.files.len(), "")?;
    let files = take_files(state, call, body, now);
    let allowed = limits::given(body, "allowed_mentions").cloned();
    let (message, _) = state.edit(
        message.channel,
        message.id,
        allowed,
        |one| change(one, body, files),
        now,
    )?;
    if let Some(one) = state.interactions.get_mut(route.text(1)) {
        one.thinking &= one.original != Some(message.id);
    }
    ok(objects::message(state, &message, now))
}

fn post(state: &mut State, route: &Route, call: &Call, now: DateTime<Utc>) -> Answer {
    let body = object(&call.body)?;
    limits::message(body, Use::Answer, call.files.len(), "")?;
    let Some(one) = state.interactions.get(route.text(1)) else {
        return Err(ApiError::known(50027));
    };
    let (channel, user, cause) = (one.channel, one.user, one.cause());
    let original: Option<Id> = one.original.filter(|_| one.thinking);
    if let Some(original) = original {
        // What follows "thinking..." first becomes it, seen by whom that was seen.
        let message = state
            .find(original)
            .cloned()
            .ok_or_else(|| ApiError::known(10008))?;
        return edit(state, route, &message, call, now);
    }
    let files = take_files(state, call, body, now);
    let flags = body["flags"].as_u64().unwrap_or(0) & !LOADING;
    let draft = Draft {
        author: state.world.app.bot,
        only_for: (flags & EPHEMERAL != 0).then_some(user),
        cause: Some(cause),
        ..draft(body, files)
    };
    let (message, _) = state.write(channel, draft, now)?;
    let shown: Value = objects::message(state, &message, now);
    ok(shown)
}
