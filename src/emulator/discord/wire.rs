//! The REST interface at the wire: who calls, what for, how fast; and the answer with its headers.
//!
//! Invariants: a call is counted, refused or carried out in this order: route, token, fault, pace, body; every call is in the ledger with its body
//! and outcome; an answer without a body has no content type. Neighbours: `rest` carries out.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::Shared;
use super::errors::ApiError;
use super::faults::CallFault;
use super::rate::{Pace, Standing};
use super::rest::{self, Call, File, Route};
use crate::emulator::listener::Breaker;

/// Most bytes of a request.
const MOST_BYTES: usize = 25 * 1024 * 1024;

/// What a call leads to.
struct Done {
    status: u16,
    body: Option<Value>,
    standing: Option<Standing>,
    headers: Vec<(&'static str, String)>,
}

impl Done {
    fn refused(error: &ApiError) -> Self {
        Self {
            status: error.status,
            body: Some(error.body()),
            standing: None,
            headers: Vec::new(),
        }
    }

    /// 429: seconds to wait, of all routes or of one.
    fn slow(seconds: f64, global: bool, standing: Option<Standing>) -> Self {
        let body = json!({ "message": "You are being rate limited.", "retry_after": seconds, "global": global });
        let scope = if global { "global" } else { "user" };
        let mut headers = vec![
            ("retry-after", format!("{}", seconds.ceil())),
            ("x-ratelimit-scope", scope.to_owned()),
        ];
        if global {
            headers.push(("x-ratelimit-global", "true".to_owned()));
        }
        Self {
            status: 429,
            body: Some(body),
            standing,
            headers,
        }
    }

    fn response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let text = self.body.as_ref().map(Value::to_string);
        let mut response = Response::new(text.map_or_else(Body::empty, Body::from));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        let mut put = |name: &'static str, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        if self.body.is_some() {
            put("content-type", "application/json");
        }
        put("via", "1.1 emulator");
        if let Some(standing) = &self.standing {
            put("x-ratelimit-limit", &standing.limit.to_string());
            put("x-ratelimit-remaining", &standing.remaining.to_string());
            put("x-ratelimit-reset", &format!("{:.3}", standing.reset));
            put("x-ratelimit-reset-after", &format!("{:.3}", standing.after));
            put("x-ratelimit-bucket", &standing.bucket);
        }
        for (name, value) in &self.headers {
            put(name, value);
        }
        response
    }
}

/// `/api/v10/...`.
pub async fn call(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(breaker): ConnectInfo<Breaker>,
    request: Request,
) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let query = request.uri().query().unwrap_or_default().to_owned();
    let headers = request.headers().clone();
    let path = path.strip_prefix("/api/v10").unwrap_or(&path).to_owned();
    let route = rest::route(&method, &path);
    let read = read(request).await;
    let (body, files) = match &read {
        Ok((body, files)) => (body.clone(), files.clone()),
        Err(_) => (Value::Null, Vec::new()),
    };
    let names: Vec<Value> = files
        .iter()
        .map(|file| json!({ "name": file.name, "bytes": file.bytes.len() }))
        .collect();
    let call = Call {
        query,
        body: body.clone(),
        files,
    };
    let fault = route.as_ref().and_then(|route| {
        shared.look(|state, _| {
            state
                .faults
                .for_call(route.name, route.ids.first().map(String::as_str))
        })
    });
    let mut lost = false;
    let done = match fault {
        Some(CallFault::RateLimited {
            retry_after,
            global,
        }) => {
            let seconds = retry_after.unwrap_or(0.0);
            if global {
                shared.look(|state, now| state.limits.stop_all(now, seconds));
            }
            let mut done = Done::slow(seconds, global, None);
            if retry_after.is_none() {
                done.headers.clear();
                done.body = None;
            }
            done
        }
        Some(CallFault::Status { code }) => {
            note(
                &shared,
                &method,
                &path,
                route.as_ref(),
                &body,
                &names,
                code,
                None,
            );
            let mut response =
                Response::new(Body::from("<html><body>upstream trouble</body></html>"));
            *response.status_mut() =
                StatusCode::from_u16(code).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
            return response;
        }
        Some(CallFault::Error { code }) => Done::refused(&ApiError::known(code)),
        Some(CallFault::Reset) => {
            note(
                &shared,
                &method,
                &path,
                route.as_ref(),
                &body,
                &names,
                0,
                None,
            );
            breaker.reset();
            return Response::new(Body::empty());
        }
        other => {
            if let Some(CallFault::Hang { seconds }) = other {
                shared.hang(seconds).await;
            }
            lost = other == Some(CallFault::LostAnswer);
            carry_out(&shared, route.as_ref(), read.err(), call, &headers).await
        }
    };
    note(
        &shared,
        &method,
        &path,
        route.as_ref(),
        &body,
        &names,
        done.status,
        done.body.as_ref(),
    );
    if lost {
        breaker.reset();
    }
    done.response()
}

async fn carry_out(
    shared: &Arc<Shared>,
    route: Option<&Route>,
    unreadable: Option<ApiError>,
    call: Call,
    headers: &HeaderMap,
) -> Done {
    let Some(route) = route else {
        return Done::refused(&ApiError::known(404));
    };
    if route.needs_token {
        let given = headers
            .get("authorization")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let known = shared.look(|state, _| given == format!("Bot {}", state.world.app.token));
        if !known {
            return Done::refused(&ApiError::known(401));
        }
    }
    let place = route.ids.first().map_or("", String::as_str);
    let standing = match shared.look(|state, now| state.limits.pace(route.name, place, now)) {
        Pace::Go(standing) => standing,
        Pace::Wait(standing) => return Done::slow(standing.after, false, Some(standing)),
        Pace::WaitAll(seconds) => return Done::slow(seconds, true, None),
    };
    let result = match unreadable {
        Some(refused) => Err(refused),
        None => shared.with(|state, now| rest::carry_out(state, route, &call, now)),
    };
    let mut done = match result {
        Ok((status, body)) => Done {
            status,
            body,
            standing: None,
            headers: Vec::new(),
        },
        Err(refused) => Done::refused(&refused),
    };
    done.standing = standing;
    done
}

#[expect(
    clippy::too_many_arguments,
    reason = "one line of the books has so many columns"
)]
fn note(
    shared: &Arc<Shared>,
    method: &Method,
    path: &str,
    route: Option<&Route>,
    body: &Value,
    files: &[Value],
    status: u16,
    answer: Option<&Value>,
) {
    shared.look(|state, now| {
        let name = route.map_or("?", |route| route.name);
        let refused = status >= 400;
        let entry = json!({
            "route": name, "http_method": method.as_str(), "path": path, "body": body, "files": files, "status": status,
            "error": answer.filter(|_| refused),
        });
        state.ledger.append(if refused { "refused" } else { "call" }, now, entry.clone());
        state.calls.push(entry);
    });
}

/// The body: JSON, or a form with JSON and files.
async fn read(request: Request) -> Result<(Value, Vec<File>), ApiError> {
    let kind = request
        .headers()
        .get("content-type")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    if kind.starts_with("multipart/form-data") {
        return form(request).await;
    }
    let bytes: Bytes = to_bytes(request.into_body(), MOST_BYTES)
        .await
        .map_err(|_| ApiError::known(413))?;
    if bytes.is_empty() {
        return Ok((Value::Null, Vec::new()));
    }
    if !kind.starts_with("application/json") {
        let why = "Expected \"Content-Type\" header to be one of {'application/json'}.";
        return Err(ApiError::new(400, 50035, why));
    }
    let body = serde_json::from_slice(&bytes).map_err(|_| ApiError::known(50109))?;
    Ok((body, Vec::new()))
}

async fn form(request: Request) -> Result<(Value, Vec<File>), ApiError> {
    let bad = |_| ApiError::known(50035);
    let mut parts = Multipart::from_request(request, &())
        .await
        .map_err(|_| ApiError::known(50035))?;
    let (mut body, mut files, mut total) = (json!({}), Vec::new(), 0);
    while let Some(part) = parts.next_field().await.map_err(bad)? {
        let name = part.name().unwrap_or_default().to_owned();
        let file_name = part.file_name().map(ToOwned::to_owned);
        let content_type = part
            .content_type()
            .unwrap_or("application/octet-stream")
            .to_owned();
        let bytes = part.bytes().await.map_err(|_| ApiError::known(413))?;
        total += bytes.len();
        if total > MOST_BYTES {
            return Err(ApiError::known(413));
        }
        if name == "payload_json" {
            body = serde_json::from_slice(&bytes).map_err(|_| ApiError::known(50109))?;
        } else if let Some(index) = name
            .strip_prefix("files[")
            .and_then(|rest| rest.strip_suffix(']'))
        {
            files.push(File {
                index: index.to_owned(),
                name: file_name.unwrap_or_else(|| "file".into()),
                content_type,
                bytes: bytes.to_vec(),
            });
        }
    }
    Ok((body, files))
}
