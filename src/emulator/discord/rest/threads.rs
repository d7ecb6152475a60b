//! Threads: started on a message or alone, joined.
//!
//! Invariants: one thread per message, with the message's id. Neighbours: `super`.

use chrono::{DateTime, Utc};

use super::super::errors::{ApiError, Faults};
use super::super::limits;
use super::super::objects;
use super::super::permissions as may;
use super::super::state::State;
use super::{Answer, Call, Route, needs, object, seen_channel};

pub(super) fn carry_out(
    state: &mut State,
    verb: &str,
    route: &Route,
    call: &Call,
    now: DateTime<Utc>,
) -> Answer {
    let channel = seen_channel(state, route.id(0)?)?;
    let bot = state.world.app.bot;
    if verb == "join" {
        if let Some(thread) = state.world.channels.get_mut(&channel.id) {
            thread.people.insert(bot);
        }
        return Ok((204, None));
    }
    let body = object(&call.body)?;
    let mut faults = Faults::default();
    limits::needed_text(&mut faults, body, "", "name", 1, 100);
    if let Some(after) = limits::given(body, "auto_archive_duration")
        && !matches!(after.as_u64(), Some(60 | 1440 | 4320 | 10080))
    {
        let why = "Value must be one of (60, 1440, 4320, 10080).";
        faults.note("auto_archive_duration", "BASE_TYPE_CHOICES", why);
    }
    faults.done()?;
    if channel.kind != super::super::model::TEXT {
        return Err(ApiError::known(50024));
    }
    needs(state, &channel, may::CREATE_PUBLIC_THREADS)?;
    let on = if verb == "start" {
        let message = route.id(1)?;
        if state.message(channel.id, message)?.only_for.is_some() {
            return Err(ApiError::known(10008));
        }
        Some(message)
    } else {
        None
    };
    let name = body["name"].as_str().unwrap_or_default();
    let (id, _) = state.start_thread(channel.id, on, name, bot, now)?;
    let thread = state.channel(id)?.clone();
    Ok((201, Some(objects::channel(state, &thread))))
}
