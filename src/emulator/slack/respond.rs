//! What an app says through a response URL, or as the body of its acknowledgement of a command.
//!
//! Purpose: show it to the one person, or to the channel, or change or remove the message acted on. Invariants: five
//! uses in thirty minutes; ephemeral unless said otherwise; blocks are checked like those of any message. Neighbours:
//! `response_urls` counts, `client` shows the result.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::Shared;
use super::deliver;
use super::faults::CallFault;
use super::limits::{self, Surface};
use super::listener::Breaker;
use super::model::{Ephemeral, Message};
use super::objects;
use super::response_urls::ResponseUrl;
use super::state::{Delivery, State as Inner};
use super::world::{Draft, complete_blocks};

const KNOWN: &[&str] = &[
    "text",
    "blocks",
    "attachments",
    "response_type",
    "replace_original",
    "delete_original",
    "thread_ts",
    "mrkdwn",
    "parse",
    "link_names",
    "unfurl_links",
    "unfurl_media",
    "metadata",
];

/// `POST /response/{id}`.
pub async fn post(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    ConnectInfo(connection): ConnectInfo<Breaker>,
    _headers: HeaderMap,
    body: Bytes,
) -> Response {
    let fault = shared.look(|state, _| state.faults.for_call("response_url", None));
    match &fault {
        Some(CallFault::RateLimited { retry_after }) => {
            let mut response = (StatusCode::TOO_MANY_REQUESTS, "ratelimited").into_response();
            if let Some(seconds) = retry_after {
                response
                    .headers_mut()
                    .insert("retry-after", HeaderValue::from(*seconds));
            }
            return response;
        }
        Some(CallFault::Status { code }) => {
            let status = StatusCode::from_u16(*code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return (status, "upstream connect error").into_response();
        }
        Some(CallFault::Error { error }) => {
            return (StatusCode::BAD_REQUEST, error.clone()).into_response();
        }
        Some(CallFault::Reset) => {
            connection.reset();
            return StatusCode::NO_CONTENT.into_response();
        }
        Some(CallFault::Hang { seconds }) => shared.hang(*seconds).await,
        Some(CallFault::LostAnswer) | None => {}
    }
    let result = shared.with(|state, now| {
        let result = respond(state, &id, &body, now);
        if let Err((_, code)) = &result {
            let fields = json!({ "method": "response_url", "error": code, "response_url": id });
            state.ledger.append("refused", now, fields);
        }
        result
    });
    if fault == Some(CallFault::LostAnswer) {
        connection.reset();
    }
    match result {
        Ok(deliveries) => {
            for delivery in deliveries {
                drop(deliver::send(&shared, delivery));
            }
            "ok".into_response()
        }
        Err((status, code)) => (status, code).into_response(),
    }
}

type Refusal = (StatusCode, String);

fn respond(
    state: &mut Inner,
    id: &str,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<Vec<Delivery>, Refusal> {
    let refuse = |code: &str| (StatusCode::BAD_REQUEST, code.to_owned());
    let payload: Value = serde_json::from_slice(body).map_err(|_| refuse("invalid_payload"))?;
    check(&payload).map_err(|code| refuse(&code))?;
    let target = state
        .response_urls
        .spend(id, now)
        .map_err(|code| (StatusCode::NOT_FOUND, code.to_owned()))?;
    if payload["delete_original"] == true {
        return remove_original(state, &target, now).map_err(|code| refuse(&code));
    }
    if payload["replace_original"] == true && target.message_ts.is_some() {
        return replace_original(state, &target, &payload, now).map_err(|code| refuse(&code));
    }
    Ok(say(state, &target, &payload, "response_url", now).1)
}

/// Why a payload cannot be shown, if it cannot.
pub fn check(payload: &Value) -> Result<(), String> {
    let Some(object) = payload.as_object() else {
        return Err("invalid_payload".into());
    };
    if object.keys().any(|key| !KNOWN.contains(&key.as_str())) {
        return Err("invalid_payload".into());
    }
    if payload["delete_original"] == true {
        return if object.len() == 1 {
            Ok(())
        } else {
            Err("invalid_payload".into())
        };
    }
    if !["", "ephemeral", "in_channel"]
        .contains(&payload["response_type"].as_str().unwrap_or_default())
    {
        return Err("invalid_response_type".into());
    }
    if let Some(blocks) = payload.get("blocks").filter(|blocks| !blocks.is_null()) {
        limits::check_blocks(blocks, Surface::Message)
            .map_err(|why| format!("invalid_blocks: {}", why.join("; ")))?;
    }
    let text = payload["text"].as_str().unwrap_or_default();
    if text.is_empty() && payload.get("blocks").is_none() && payload.get("attachments").is_none() {
        return Err("no_text".into());
    }
    if text.chars().count() > 40_000 {
        return Err("msg_too_long".into());
    }
    Ok(())
}

/// Shows a checked payload: to the channel if it says so, else to the one person. Answers the message and its deliveries.
pub fn say(
    state: &mut Inner,
    target: &ResponseUrl,
    payload: &Value,
    how: &str,
    now: DateTime<Utc>,
) -> (Option<Message>, Vec<Delivery>) {
    let Some(app) = state.app_at(&target.app_id, target.install.as_deref()) else {
        return (None, Vec::new());
    };
    let mut blocks = payload
        .get("blocks")
        .filter(|blocks| !blocks.is_null())
        .cloned();
    let thread_ts = payload["thread_ts"].as_str().map(ToOwned::to_owned);
    let text = payload["text"].as_str().unwrap_or_default().to_owned();
    let attachments = payload.get("attachments").cloned();
    if payload["response_type"] == "in_channel" {
        let draft = Draft {
            user: app.bot_user.clone(),
            bot: Some(objects::bot_author(&app)),
            text,
            blocks,
            attachments,
            thread_ts,
            ..Draft::default()
        };
        let (message, deliveries) = state.post(&target.channel, draft, now);
        state.wrote(how, &app.id, now, Some(&message), Value::Null);
        return (Some(message), deliveries);
    }
    if let Some(blocks) = &mut blocks {
        complete_blocks(state, blocks);
    }
    let message = Message {
        ts: state.next_ts(now),
        channel: target.channel.clone(),
        user: app.bot_user.clone(),
        bot: Some(objects::bot_author(&app)),
        text,
        blocks,
        attachments,
        thread_ts: thread_ts.or_else(|| target.thread_ts.clone()),
        files: Vec::new(),
        reactions: Vec::new(),
        edited: None,
        metadata: None,
        tombstone: false,
        subtype: None,
        client_msg_id: None,
    };
    state.wrote(
        how,
        &app.id,
        now,
        Some(&message),
        json!({ "for_user": target.user }),
    );
    state.world.ephemerals.push(Ephemeral {
        message: message.clone(),
        for_user: target.user.clone(),
    });
    (Some(message), Vec::new())
}

fn remove_original(
    state: &mut Inner,
    target: &ResponseUrl,
    now: DateTime<Utc>,
) -> Result<Vec<Delivery>, String> {
    let ts = target.message_ts.clone().ok_or("message_not_found")?;
    let before = state.world.ephemerals.len();
    state.world.ephemerals.retain(|one| one.message.ts != ts);
    let fields = json!({ "channel": target.channel, "ts": ts, "for_user": target.user });
    if state.world.ephemerals.len() < before {
        state.wrote("response_url.delete", &target.app_id, now, None, fields);
        return Ok(Vec::new());
    }
    let (_, deliveries) = state
        .delete(&target.channel, &ts, now)
        .map_err(|error| error.code)?;
    state.wrote("response_url.delete", &target.app_id, now, None, fields);
    Ok(deliveries)
}

fn replace_original(
    state: &mut Inner,
    target: &ResponseUrl,
    payload: &Value,
    now: DateTime<Utc>,
) -> Result<Vec<Delivery>, String> {
    let ts = target.message_ts.clone().ok_or("message_not_found")?;
    let mut blocks = payload
        .get("blocks")
        .filter(|blocks| !blocks.is_null())
        .cloned();
    let text = payload["text"].as_str().map(ToOwned::to_owned);
    if let Some(blocks) = &mut blocks {
        complete_blocks(state, blocks);
    }
    let change = |message: &mut Message| {
        if let Some(text) = text {
            message.text = text;
        }
        message.blocks = blocks;
    };
    if let Some(one) = state
        .world
        .ephemerals
        .iter_mut()
        .find(|one| one.message.ts == ts)
    {
        change(&mut one.message);
        let (message, for_user) = (one.message.clone(), one.for_user.clone());
        let for_user = json!({ "for_user": for_user });
        state.wrote(
            "response_url.replace",
            &target.app_id,
            now,
            Some(&message),
            for_user,
        );
        return Ok(Vec::new());
    }
    let by = state.app_at(&target.app_id, target.install.as_deref());
    let by = by.ok_or("invalid_auth")?.bot_user;
    let (message, deliveries) = state
        .edit(&target.channel, &ts, &by, change, now)
        .map_err(|error| error.code)?;
    state.wrote(
        "response_url.replace",
        &target.app_id,
        now,
        Some(&message),
        Value::Null,
    );
    Ok(deliveries)
}
