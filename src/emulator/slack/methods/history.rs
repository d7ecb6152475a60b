//! Reading messages: `conversations.history` and `conversations.replies`.
//!
//! Purpose: what a bot may read back. Invariants: only members read; history shows parents, newest first, replies show a
//! thread, oldest first. Neighbours: `conversations`, `objects`.

use serde_json::{Value, json};

use super::super::errors::ApiError;
use super::super::model::Message;
use super::super::objects;
use super::{Call, page};

/// The channel's messages within `oldest` and `latest`, oldest first.
fn within(call: &Call<'_>) -> Result<Vec<Message>, ApiError> {
    let id = call.args.required("channel")?;
    let channel = call.state.visible(id, &call.app.bot_user)?;
    call.need_for(channel, "history")?;
    if !channel.members.contains(&call.app.bot_user) {
        return Err(ApiError::new("not_in_channel"));
    }
    let inclusive = call.args.flag("inclusive");
    let (oldest, latest) = (micros(call, "oldest")?, micros(call, "latest")?);
    let inside = |message: &&Message| {
        let at = parse_ts(&message.ts).unwrap_or_default();
        oldest.is_none_or(|oldest| at > oldest || (inclusive && at == oldest))
            && latest.is_none_or(|latest| at < latest || (inclusive && at == latest))
    };
    Ok(call.state.messages_of(id).filter(inside).cloned().collect())
}

fn parse_ts(ts: &str) -> Option<i64> {
    let (seconds, fraction) = ts.split_once('.').unwrap_or((ts, "0"));
    let fraction: i64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    Some(seconds.parse::<i64>().ok()? * 1_000_000 + fraction)
}

fn micros(call: &Call<'_>, key: &str) -> Result<Option<i64>, ApiError> {
    let Some(text) = call.args.text(key).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    parse_ts(text)
        .map(Some)
        .ok_or_else(|| ApiError::new(&format!("invalid_ts_{key}")))
}

fn rendered(call: &Call<'_>, messages: &[Message]) -> Vec<Value> {
    let with_metadata = call.args.flag("include_all_metadata");
    let one = |message: &Message| {
        let mut wire = objects::message(call.state, message);
        if let (false, Some(wire)) = (with_metadata, wire.as_object_mut()) {
            wire.remove("metadata");
        }
        wire
    };
    messages.iter().map(one).collect()
}

fn answer(call: &Call<'_>, messages: &[Message]) -> Result<Value, ApiError> {
    let (some, next) = page(call.args, messages, 100)?;
    let mut answer =
        json!({ "messages": rendered(call, &some), "has_more": !next.is_empty(), "pin_count": 0 });
    if !next.is_empty() {
        answer["response_metadata"] = json!({ "next_cursor": next });
    }
    Ok(answer)
}

pub(super) fn history(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let mut parents = within(call)?;
    parents.retain(|message| {
        message
            .thread_ts
            .as_ref()
            .is_none_or(|thread| *thread == message.ts)
    });
    parents.reverse();
    answer(call, &parents)
}

pub(super) fn replies(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let ts = call.args.required("ts")?.to_owned();
    let mut thread = within(call)?;
    let id = call.args.required("channel")?;
    let asked = call
        .state
        .message(id, &ts)
        .map_err(|_| ApiError::new("thread_not_found"))?;
    let root = asked.thread_ts.clone().unwrap_or_else(|| asked.ts.clone());
    thread.retain(|message| message.ts == root || message.thread_ts.as_ref() == Some(&root));
    answer(call, &thread)
}
