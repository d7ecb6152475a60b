//! Reactions of the bot, and who reacted.
//!
//! Invariants: an emoji is a character or `name:id`. Neighbours: `super`.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::super::errors::ApiError;
use super::super::objects;
use super::super::permissions as may;
use super::super::state::State;
use super::{Answer, Call, Route, needs, ok, seen_channel};

pub(super) fn carry_out(
    state: &mut State,
    verb: &str,
    route: &Route,
    call: &Call,
    now: DateTime<Utc>,
) -> Answer {
    let channel = seen_channel(state, route.id(0)?)?;
    let id = route.id(1)?;
    let message = state.message(channel.id, id)?.clone();
    let emoji = route.text(2).to_owned();
    let custom = emoji
        .rsplit_once(':')
        .is_some_and(|(_, id)| id.parse::<u64>().is_ok());
    if !custom && (emoji.is_empty() || emoji.is_ascii()) {
        return Err(ApiError::known(10014));
    }
    needs(state, &channel, may::READ_MESSAGE_HISTORY)?;
    let bot = state.world.app.bot;
    match verb {
        "list" => {
            let limit = call
                .parameter("limit")
                .and_then(|text| text.parse().ok())
                .unwrap_or(25_usize);
            let after: u64 = call
                .parameter("after")
                .and_then(|text| text.parse().ok())
                .unwrap_or(0);
            let users = message
                .reactions
                .iter()
                .filter(|(name, _)| *name == emoji)
                .flat_map(|(_, users)| users);
            let mut users: Vec<u64> = users.copied().filter(|user| *user > after).collect();
            users.sort_unstable();
            let shown: Vec<Value> = users
                .iter()
                .take(limit.min(100))
                .map(|user| objects::user_by_id(&state.world, *user))
                .collect();
            return ok(Value::Array(shown));
        }
        "add" => {
            if !message.reactions.iter().any(|(name, _)| *name == emoji) {
                needs(state, &channel, may::ADD_REACTIONS)?;
            }
            state.react(channel.id, id, bot, &emoji, true, now)?;
        }
        "remove" => drop(state.react(channel.id, id, bot, &emoji, false, now)?),
        _ => {
            needs(state, &channel, may::MANAGE_MESSAGES)?;
            let user = route.id(3)?;
            state.react(channel.id, id, user, &emoji, false, now)?;
        }
    }
    Ok((204, None))
}
