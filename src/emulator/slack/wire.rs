//! The Web API on the wire: authentication, faults, pace, scopes, then the method.
//!
//! Purpose: the strict outer shell of every call. Invariants: each call is logged with its outcome; an accepted write is
//! in the ledger before the answer leaves; deliveries a call causes never delay its answer. Neighbours: `methods`,
//! `faults`, `deliver`.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::SecondsFormat;
use serde_json::{Value, json};

use super::Shared;
use super::args::Args;
use super::deliver;
use super::errors::ApiError;
use super::faults::CallFault;
use super::listener::Breaker;
use super::methods::{self, Call};
use super::model::{App, TokenKind};
use super::oauth;
use super::rate::Tier;
use super::state::{Delivery, State as Inner};

/// How a call ended.
enum Ended {
    Done(Value, Vec<Delivery>),
    Refused(ApiError),
    TooFast(Option<u64>),
}

/// Answers one call.
pub async fn call(
    State(shared): State<Arc<Shared>>,
    Path(method): Path<String>,
    ConnectInfo(connection): ConnectInfo<Breaker>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let parsed = Args::parse(&headers, query.as_deref().unwrap_or_default(), &body);
    let (mut args, parse_error) = match parsed {
        Ok(args) => (args, None),
        Err(error) => (Args::default(), Some(error)),
    };
    let in_body = args.take_token();
    let token = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .map(ToOwned::to_owned)
        .or(in_body);
    let channel = args.text("channel").map(ToOwned::to_owned);
    let fault = shared.look(|state, _| state.faults.for_call(&method, channel.as_deref()));
    let scripted = match &fault {
        Some(CallFault::RateLimited { retry_after }) => Some(Ended::TooFast(*retry_after)),
        Some(CallFault::Error { error }) => Some(Ended::Refused(ApiError::new(error))),
        Some(CallFault::Status { code }) => {
            note(
                &shared,
                &method,
                &args,
                &format!("status_{code}"),
                fault.as_ref(),
            );
            let status = StatusCode::from_u16(*code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return (status, "upstream connect error").into_response();
        }
        Some(CallFault::Reset) => {
            note(&shared, &method, &args, "reset", fault.as_ref());
            connection.reset();
            return StatusCode::NO_CONTENT.into_response();
        }
        Some(CallFault::Hang { seconds }) => {
            note(&shared, &method, &args, "hangs", fault.as_ref());
            shared.hang(*seconds).await;
            None
        }
        Some(CallFault::LostAnswer) | None => None,
    };
    let was_scripted = scripted.is_some();
    let (ended, scopes) = shared.with(|state, now| {
        let app = token.as_deref().and_then(|token| owner(state, token, now).ok()).map(|(app, _)| app);
        let scopes = app.as_ref().map(methods::provided).unwrap_or_default();
        let ended = scripted.unwrap_or_else(|| match parse_error {
            Some(error) => Ended::Refused(error),
            None => carry_out(state, now, &method, token.as_deref(), &args),
        });
        if let Ended::Refused(error) = &ended {
            let fields = json!({
                "method": method, "error": error.code, "messages": error.messages, "channel": channel,
                "app": app.map(|app| app.id), "scripted": was_scripted,
            });
            state.ledger.append("refused", now, fields);
        }
        (ended, scopes)
    });
    let outcome = match &ended {
        Ended::Done(..) => "ok",
        Ended::Refused(error) => &error.code,
        Ended::TooFast(_) => "ratelimited",
    };
    note(&shared, &method, &args, outcome, fault.as_ref());
    if fault == Some(CallFault::LostAnswer) {
        connection.reset();
    }
    render(&shared, ended, &scopes)
}

fn render(shared: &Arc<Shared>, ended: Ended, scopes: &str) -> Response {
    let mut response = match ended {
        Ended::Done(mut answer, deliveries) => {
            for delivery in deliveries {
                // What the app hears of its own acts is delivered on the side.
                drop(deliver::send(shared, delivery));
            }
            answer["ok"] = json!(true);
            Json(answer).into_response()
        }
        Ended::Refused(error) => Json(error.body()).into_response(),
        Ended::TooFast(retry_after) => {
            let body = Json(json!({ "ok": false, "error": "ratelimited" }));
            let mut response = (StatusCode::TOO_MANY_REQUESTS, body).into_response();
            if let Some(seconds) = retry_after {
                response
                    .headers_mut()
                    .insert("retry-after", HeaderValue::from(seconds));
            }
            response
        }
    };
    if let Ok(scopes) = HeaderValue::from_str(scopes) {
        response
            .headers_mut()
            .insert(HeaderName::from_static("x-oauth-scopes"), scopes);
    }
    response
}

/// Who presents a token.
fn owner(
    state: &Inner,
    token: &str,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(App, TokenKind), ApiError> {
    let known = state
        .world
        .tokens
        .get(token)
        .ok_or_else(|| ApiError::new("invalid_auth"))?;
    if let Some(word) = known.refusal(now) {
        return Err(ApiError::new(word));
    }
    let app = state.app_at(&known.app_id, known.install.as_deref());
    let app = app.ok_or_else(|| ApiError::new("invalid_auth"))?;
    Ok((app, known.kind.clone()))
}

fn carry_out(
    state: &mut Inner,
    now: chrono::DateTime<chrono::Utc>,
    name: &str,
    token: Option<&str>,
    args: &Args,
) -> Ended {
    if name == "oauth.v2.access" {
        // Proved by the app's secret, not by a token.
        return match oauth::access(state, args, now) {
            Ok(answer) => Ended::Done(answer, Vec::new()),
            Err(error) => Ended::Refused(error),
        };
    }
    let checked = || -> Result<_, ApiError> {
        let method = methods::find(name).ok_or_else(|| ApiError::new("unknown_method"))?;
        let (app, kind) = owner(
            state,
            token.ok_or_else(|| ApiError::new("not_authed"))?,
            now,
        )?;
        if kind != method.token {
            return Err(ApiError::new("not_allowed_token_type"));
        }
        Ok((method, app))
    };
    let (method, app) = match checked() {
        Ok(found) => found,
        Err(error) => return Ended::Refused(error),
    };
    let key = match method.tier {
        Tier::Posting => format!(
            "{}:{name}:{}",
            app.key(),
            args.text("channel").unwrap_or_default()
        ),
        _ => format!("{}:{name}", app.key()),
    };
    if let Err(seconds) = state.limits.take(&key, method.tier, now) {
        return Ended::TooFast(Some(seconds));
    }
    let mut call = Call {
        state,
        now,
        app,
        args,
        deliveries: Vec::new(),
    };
    let result = method.scope.map_or(Ok(()), |scope| call.need(scope));
    let result = result
        .and_then(|()| args.only(method.args))
        .and_then(|()| (method.run)(&mut call));
    match result {
        Ok(answer) => Ended::Done(answer, call.deliveries),
        Err(error) => Ended::Refused(error),
    }
}

/// Adds a line to the log of calls.
fn note(shared: &Arc<Shared>, method: &str, args: &Args, outcome: &str, fault: Option<&CallFault>) {
    shared.look(|state, now| {
        state.calls.push(json!({
            "at": now.to_rfc3339_opts(SecondsFormat::Micros, true), "method": method, "args": args.all(),
            "outcome": outcome, "fault": fault,
        }));
    });
}
