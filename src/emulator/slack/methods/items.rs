//! Reactions and files: `reactions.get`, `reactions.add`, `files.info`.
//!
//! Purpose: what hangs on messages. Invariants: seen only through a channel the bot is in, or as the owner of the form a
//! file was put into. Neighbours: `world`, `objects`; the bytes of a file are served by `downloads`.

use serde_json::{Value, json};

use super::super::errors::ApiError;
use super::super::model::Withheld;
use super::super::objects;
use super::Call;

pub(super) fn reactions_get(call: &mut Call<'_>) -> Result<Value, ApiError> {
    if !call.args.has("channel") || !call.args.has("timestamp") {
        return Err(ApiError::new("no_item_specified"));
    }
    let channel = call.args.required("channel")?;
    let found = call.state.visible(channel, &call.app.bot_user)?;
    if !found.members.contains(&call.app.bot_user) {
        return Err(ApiError::new("not_in_channel"));
    }
    let message = call
        .state
        .message(channel, call.args.required("timestamp")?)?;
    Ok(
        json!({ "type": "message", "channel": channel, "message": objects::message(call.state, message) }),
    )
}

pub(super) fn reactions_add(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let channel = call.args.required("channel")?.to_owned();
    let ts = call.args.required("timestamp")?.to_owned();
    let name = call.args.required("name")?.to_owned();
    let bot_user = call.app.bot_user.clone();
    call.state.writable(&channel, &bot_user)?;
    if !name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "_+-':".contains(c))
    {
        return Err(ApiError::new("invalid_name"));
    }
    call.deliveries = call
        .state
        .react(&channel, &ts, &bot_user, &name, true, call.now)?;
    let fields = json!({ "channel": channel, "ts": ts, "reaction": name });
    call.state
        .wrote("reactions.add", &call.app.id, call.now, None, fields);
    Ok(json!({}))
}

pub(super) fn file_info(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let id = call.args.required("file")?;
    let file = call
        .state
        .world
        .files
        .get(id)
        .ok_or_else(|| ApiError::new("file_not_found"))?;
    if file.deleted {
        return Err(ApiError::new("file_deleted"));
    }
    if file.withheld == Withheld::Foreign {
        return Err(ApiError::new("access_denied"));
    }
    if !call.state.may_read_file(file, &call.app.bot_user) {
        return Err(ApiError::new("file_not_found"));
    }
    Ok(
        json!({ "file": objects::file(call.state, file), "comments": [], "response_metadata": { "next_cursor": "" } }),
    )
}
