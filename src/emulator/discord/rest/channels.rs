//! Channels and threads themselves.
//!
//! Invariants: only what the bot sees; a thread is closed or renamed by its owner or a moderator. Neighbours: `super`.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::super::errors::{ApiError, Faults};
use super::super::model::THREAD;
use super::super::objects;
use super::super::permissions as may;
use super::super::state::State;
use super::{Answer, Call, Route, needs, object, ok, seen_channel};
use crate::emulator::discord::limits;

pub(super) fn carry_out(
    state: &mut State,
    verb: &str,
    route: &Route,
    call: &Call,
    now: DateTime<Utc>,
) -> Answer {
    let mut channel = seen_channel(state, route.id(0)?)?;
    match verb {
        "get" => ok(objects::channel(state, &channel)),
        "typing" => Ok((204, None)),
        "edit" => {
            let body = object(&call.body)?;
            if channel.kind != THREAD {
                return Err(ApiError::known(50013));
            }
            if channel.owner != Some(state.world.app.bot) {
                needs(state, &channel, may::MANAGE_THREADS)?;
            }
            let mut faults = Faults::default();
            limits::text(&mut faults, body, "", "name", 1, 100);
            faults.done()?;
            let archived = body["archived"].as_bool().unwrap_or(channel.archived);
            let locked = body["locked"].as_bool().unwrap_or(channel.locked);
            if locked != channel.locked {
                needs(state, &channel, may::MANAGE_THREADS)?;
            }
            if channel.archived && archived && body.get("name").is_some() {
                return Err(ApiError::known(50083));
            }
            if let Some(name) = body["name"].as_str()
                && let Some(stored) = state.world.channels.get_mut(&channel.id)
            {
                stored.name = name.to_owned();
            }
            let bot = state.world.app.bot;
            state.archive(channel.id, archived, locked, now);
            channel = state.channel(channel.id)?.clone();
            let more = json!({ "channel": channel.id.to_string(), "name": channel.name, "archived": archived, "locked": locked });
            state.wrote("thread.edited", bot, now, None, more);
            ok(objects::channel(state, &channel))
        }
        _ => Err(ApiError::known(404)),
    }
}
