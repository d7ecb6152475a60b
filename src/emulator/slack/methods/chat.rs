//! Writing: `chat.*`.
//!
//! Purpose: post, change and remove messages of the bot under Slack's rules. Invariants: nothing is stored that breaks a
//! limit; only one's own messages can be changed. Neighbours: `world` stores, `limits` checks blocks.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::super::errors::ApiError;
use super::super::limits::{self, Surface};
use super::super::model::{Ephemeral, Message};
use super::super::objects;
use super::super::world::{Draft, complete_blocks};
use super::Call;

/// Longest text of a message, in code points.
const MOST_TEXT: usize = 40_000;
/// Longest `markdown_text`, in code points.
const MOST_MARKDOWN: usize = 12_000;

/// Text and blocks of a message, checked.
struct Content {
    text: String,
    blocks: Option<Value>,
    attachments: Option<Value>,
    metadata: Option<Value>,
}

fn content(call: &Call<'_>) -> Result<Content, ApiError> {
    let blocks = call
        .args
        .json("blocks")?
        .filter(|blocks| blocks.as_array().is_none_or(|list| !list.is_empty()));
    if let Some(blocks) = &blocks {
        if !blocks.is_array() {
            return Err(ApiError::new("invalid_blocks_format"));
        }
        limits::check_blocks(blocks, Surface::Message)
            .map_err(|why| ApiError::because("invalid_blocks", why))?;
    }
    let attachments = call.args.json("attachments")?;
    if attachments
        .as_ref()
        .and_then(Value::as_array)
        .is_some_and(|list| list.len() > 100)
    {
        return Err(ApiError::new("too_many_attachments"));
    }
    let markdown = call.args.text("markdown_text");
    if markdown.is_some() && (blocks.is_some() || call.args.has("text")) {
        return Err(ApiError::new("markdown_text_conflict"));
    }
    if markdown.is_some_and(|text| text.chars().count() > MOST_MARKDOWN) {
        return Err(ApiError::new("msg_too_long"));
    }
    if call.args.has("text") && call.args.text("text").is_none() {
        return Err(ApiError::arguments(
            "text must be a string [json-pointer:/text]",
        ));
    }
    let text = call
        .args
        .text("text")
        .or(markdown)
        .unwrap_or_default()
        .to_owned();
    if text.is_empty() && blocks.is_none() && attachments.is_none() {
        return Err(ApiError::new("no_text"));
    }
    if text.chars().count() > MOST_TEXT {
        return Err(ApiError::new("msg_too_long"));
    }
    let metadata = call.args.json("metadata")?;
    if metadata
        .as_ref()
        .is_some_and(|meta| !meta["event_type"].is_string() || !meta["event_payload"].is_object())
    {
        return Err(ApiError::new("invalid_metadata_format"));
    }
    Ok(Content {
        text,
        blocks,
        attachments,
        metadata,
    })
}

/// The channel to write to; a person's id stands for the conversation with the bot.
fn target(call: &mut Call<'_>) -> Result<String, ApiError> {
    let wanted = call.args.required("channel")?.to_owned();
    let channel = if call.state.world.users.contains_key(&wanted) {
        call.state
            .open_im(&call.app.bot_user.clone(), &wanted, call.now)
            .0
    } else {
        wanted
    };
    let found = match call.state.writable(&channel, &call.app.bot_user) {
        Err(error)
            if error.code == "not_in_channel" && call.app.scopes.contains("chat:write.public") =>
        {
            call.state.channel(&channel)?
        }
        other => other?,
    };
    if found.is_im {
        let people = found
            .members
            .iter()
            .filter_map(|id| call.state.world.users.get(id))
            .filter(|user| !user.is_bot);
        for person in people {
            if let Some(code) = &person.dm_refused {
                return Err(ApiError::new(code));
            }
            if person.deleted {
                return Err(ApiError::new("user_disabled"));
            }
        }
    }
    Ok(channel)
}

fn thread(call: &Call<'_>, channel: &str) -> Result<Option<String>, ApiError> {
    let Some(thread) = call.args.text("thread_ts") else {
        return Ok(None);
    };
    let parent = call
        .state
        .message(channel, thread)
        .map_err(|_| ApiError::new("thread_not_found"))?;
    if parent
        .thread_ts
        .as_deref()
        .is_some_and(|root| root != parent.ts)
    {
        return Err(ApiError::new("cannot_reply_to_message"));
    }
    Ok(Some(thread.to_owned()))
}

pub(super) fn post_message(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let content = content(call)?;
    let channel = target(call)?;
    let draft = Draft {
        user: call.app.bot_user.clone(),
        bot: Some(objects::bot_author(&call.app)),
        text: content.text,
        blocks: content.blocks,
        attachments: content.attachments,
        thread_ts: thread(call, &channel)?,
        files: Vec::new(),
        metadata: content.metadata,
    };
    let (message, deliveries) = call.state.post(&channel, draft, call.now);
    call.deliveries = deliveries;
    let extra = extra(call);
    call.state.wrote(
        "chat.postMessage",
        &call.app.id,
        call.now,
        Some(&message),
        extra,
    );
    let rendered = objects::message(call.state, &message);
    Ok(json!({ "channel": channel, "ts": message.ts, "message": rendered }))
}

/// Arguments a test may want to see that a message does not keep.
fn extra(call: &Call<'_>) -> Value {
    let all = call.args.all();
    let picked = [
        "unfurl_links",
        "unfurl_media",
        "link_names",
        "parse",
        "mrkdwn",
    ];
    picked
        .iter()
        .filter(|key| call.args.has(key))
        .map(|key| ((*key).to_owned(), all[*key].clone()))
        .collect()
}

/// The bot's own message, if it may still be changed.
fn own(call: &Call<'_>, refusal: &str) -> Result<Message, ApiError> {
    let channel = call.args.required("channel")?;
    let ts = call.args.required("ts")?;
    let found = call.state.visible(channel, &call.app.bot_user)?;
    if found.is_archived {
        return Err(ApiError::new("is_inactive"));
    }
    let message = call.state.message(channel, ts)?;
    if message.tombstone {
        return Err(ApiError::new("message_not_found"));
    }
    if message.user != call.app.bot_user {
        return Err(ApiError::new(refusal));
    }
    Ok(message.clone())
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let content = content(call)?;
    let message = own(call, "cant_update_message")?;
    let age = message
        .ts
        .split('.')
        .next()
        .and_then(|seconds| seconds.parse::<i64>().ok());
    if let (Some(minutes), Some(posted)) = (call.state.world.edit_window_minutes, age)
        && call.now.timestamp() - posted > TimeDelta::minutes(minutes).num_seconds()
    {
        return Err(ApiError::new("edit_window_closed"));
    }
    let has_text = call.args.has("text") || call.args.has("markdown_text");
    let change = move |message: &mut Message| {
        if has_text {
            message.text = content.text;
        }
        // Text without blocks removes the blocks, as Slack does.
        message.blocks = content.blocks;
        message.attachments = content.attachments;
        if content.metadata.is_some() {
            message.metadata = content.metadata;
        }
    };
    let bot_user = call.app.bot_user.clone();
    let (message, deliveries) =
        call.state
            .edit(&message.channel, &message.ts, &bot_user, change, call.now)?;
    call.deliveries = deliveries;
    call.state.wrote(
        "chat.update",
        &call.app.id,
        call.now,
        Some(&message),
        Value::Null,
    );
    let rendered = objects::message(call.state, &message);
    Ok(
        json!({ "channel": message.channel, "ts": message.ts, "text": message.text, "message": rendered }),
    )
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let message = own(call, "cant_delete_message")?;
    let (message, deliveries) = call.state.delete(&message.channel, &message.ts, call.now)?;
    call.deliveries = deliveries;
    call.state.wrote(
        "chat.delete",
        &call.app.id,
        call.now,
        Some(&message),
        Value::Null,
    );
    Ok(json!({ "channel": message.channel, "ts": message.ts }))
}

pub(super) fn post_ephemeral(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let mut content = content(call)?;
    let channel = target(call)?;
    let user = call.args.required("user")?.to_owned();
    if !call.state.channel(&channel)?.members.contains(&user) {
        return Err(ApiError::new("user_not_in_channel"));
    }
    if let Some(blocks) = &mut content.blocks {
        complete_blocks(call.state, blocks);
    }
    let message = Message {
        ts: call.state.next_ts(call.now),
        channel: channel.clone(),
        user: call.app.bot_user.clone(),
        bot: Some(objects::bot_author(&call.app)),
        text: content.text,
        blocks: content.blocks,
        attachments: content.attachments,
        thread_ts: thread(call, &channel)?,
        files: Vec::new(),
        reactions: Vec::new(),
        edited: None,
        metadata: None,
        tombstone: false,
        subtype: None,
        client_msg_id: None,
    };
    let for_user = json!({ "for_user": user });
    call.state.wrote(
        "chat.postEphemeral",
        &call.app.id,
        call.now,
        Some(&message),
        for_user,
    );
    let ts = message.ts.clone();
    call.state.world.ephemerals.push(Ephemeral {
        message,
        for_user: user,
    });
    Ok(json!({ "message_ts": ts }))
}

pub(super) fn permalink(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let channel = call.args.required("channel")?;
    let ts = call.args.required("message_ts")?;
    let found = call.state.visible(channel, &call.app.bot_user)?;
    let message = call.state.message(channel, ts)?;
    let domain = &call.state.home_of(found).domain;
    let mut link = format!(
        "https://{domain}.slack.com/archives/{channel}/p{}",
        ts.replace('.', "")
    );
    if let Some(thread) = message
        .thread_ts
        .as_ref()
        .filter(|thread| **thread != message.ts)
    {
        link = format!("{link}?thread_ts={thread}&cid={channel}");
    }
    Ok(json!({ "channel": channel, "permalink": link }))
}
