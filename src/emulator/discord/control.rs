//! The control door: the hand that plays tricks and turns the world.
//!
//! Purpose: faults, the clock, changes an administrator would make, and the books. Invariants: it does nothing a test could mistake for the
//! product's doing. Neighbours: the guard protects it; `admin` changes the world.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::SecondsFormat;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Shared;
use super::admin;
use super::endpoint;
use super::faults::{CallFault, EventFault};
use super::gateway::Frame;

/// Parameters of a control; which matter depends on it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Control {
    pub(super) method: Option<String>,
    pub(super) surface: Option<String>,
    pub(super) fault: Option<Value>,
    pub(super) times: Option<u64>,
    pub(super) forever: bool,
    pub(super) channel: Option<String>,
    pub(super) user: Option<String>,
    pub(super) guild: Option<String>,
    pub(super) role: Option<String>,
    pub(super) message: Option<String>,
    pub(super) file: Option<String>,
    pub(super) on: Option<bool>,
    pub(super) code: Option<u16>,
    pub(super) seconds: Option<f64>,
    pub(super) since: usize,
    pub(super) what: Option<String>,
    pub(super) url: Option<String>,
    pub(super) event: Option<String>,
    pub(super) payload: Option<Value>,
    pub(super) timeout_ms: Option<u64>,
    pub(super) deny: Option<String>,
}

pub(super) type Answer = Result<Value, String>;

/// `POST /control/{what}`.
pub async fn control(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    Json(given): Json<Control>,
) -> Response {
    let answer = match name.as_str() {
        "idle" => idle(&shared, &given).await,
        "verify_url" => verify_url(&shared, &given).await,
        "settle" => settle(&shared).await,
        "socket" => socket(&shared, &given),
        _ => match admin::change(&shared, &name, &given) {
            Some(answer) => answer,
            None => plain(&shared, &name, given),
        },
    };
    match answer {
        Ok(value) => Json(value).into_response(),
        Err(why) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Json(json!({ "error": why })),
        )
            .into_response(),
    }
}

pub(super) fn needed<T: Clone>(value: Option<&T>, name: &str) -> Result<T, String> {
    value.cloned().ok_or_else(|| format!("{name} is missing"))
}

async fn idle(shared: &Arc<Shared>, given: &Control) -> Answer {
    let limit = Duration::from_millis(given.timeout_ms.unwrap_or(10_000));
    let idle = tokio::time::timeout(limit, shared.idle()).await.is_ok();
    Ok(json!({ "idle": idle, "in_flight": shared.in_flight() }))
}

async fn verify_url(shared: &Arc<Shared>, given: &Control) -> Answer {
    let url = given
        .url
        .clone()
        .or_else(|| shared.look(|state, _| state.world.app.endpoint.clone()));
    let url = needed(url.as_ref(), "url")?;
    Ok(endpoint::verify(shared, &url).await)
}

/// Waits until every session received all that was dispatched so far.
async fn settle(shared: &Arc<Shared>) -> Answer {
    let told = shared.look(|state, _| {
        let all = state.sessions.all.values().filter(|one| one.link.is_some());
        let told = all.map(|one| super::gateway::Told {
            kind: "all".into(),
            to: Some((one.id.clone(), one.seq)),
            dropped: false,
        });
        told.collect::<Vec<_>>()
    });
    let seen = super::deliver::settle(shared, told).await;
    Ok(json!({ "settled": seen.iter().all(|one| one.outcome == "acknowledged") }))
}

fn plain(shared: &Arc<Shared>, name: &str, given: Control) -> Answer {
    let times = if given.forever {
        None
    } else {
        Some(given.times.unwrap_or(1))
    };
    match name {
        "fault" => {
            let fault: CallFault = serde_json::from_value(needed(given.fault.as_ref(), "fault")?)
                .map_err(|e| e.to_string())?;
            let method = needed(given.method.as_ref(), "method")?;
            shared.look(|state, _| state.faults.on_call(method, given.channel, fault, times));
        }
        "delivery_fault" => {
            let fault: EventFault = serde_json::from_value(needed(given.fault.as_ref(), "fault")?)
                .map_err(|e| e.to_string())?;
            let surface = needed(given.surface.as_ref(), "surface")?;
            shared.look(|state, _| state.faults.on_event(surface, fault, times));
        }
        "clear_faults" => {
            shared.look(|state, _| {
                state.faults.clear();
                (
                    state.sessions.mute,
                    state.sessions.refuse,
                    state.sessions.hold,
                ) = (false, false, false);
                (state.sessions.silent, state.sessions.linger) = (false, false);
                state.sessions.invalid_resumes = 0;
            });
            shared.release_hangs();
        }
        "release" => shared.release_hangs(),
        "rate_limits" => shared.look(|state, _| state.limits.switch(given.on.unwrap_or(true))),
        "global_limit" => {
            let seconds = given.seconds.unwrap_or(1.0);
            shared.look(|state, now| state.limits.stop_all(now, seconds));
        }
        "advance" => {
            let by = Duration::try_from_secs_f64(given.seconds.unwrap_or_default())
                .map_err(|error| error.to_string())?;
            if !shared.clock.advance(by) {
                return Err("this emulator runs on the system's clock".into());
            }
        }
        "clock" => {}
        "http_mode" => {
            let url = given.url.filter(|url| !url.is_empty());
            shared.with(|state, _| state.world.app.endpoint = url);
        }
        "deliver" => {
            let event = needed(given.event.as_ref(), "event")?;
            let payload = needed(given.payload.as_ref(), "payload")?;
            let told = shared.with(|state, now| state.tell(&event, payload, now));
            return Ok(json!({ "sessions": told.iter().filter(|one| one.to.is_some()).count() }));
        }
        "ledger" => return Ok(shared.look(|state, _| json!(state.ledger.since(given.since)))),
        "calls" => {
            return Ok(shared
                .look(|state, _| json!(state.calls.iter().skip(given.since).collect::<Vec<_>>())));
        }
        "sockets" => return Ok(shared.look(|state, _| state.sessions.describe())),
        "status" => {
            return Ok(shared.look(|state, now| {
                json!({
                    "now": now.to_rfc3339_opts(SecondsFormat::Micros, true), "in_flight": shared.in_flight(),
                    "faults_left": state.faults.left(), "ledger_broken": state.ledger.broken, "calls": state.calls.len(),
                    "sockets": state.sessions.describe(),
                })
            }));
        }
        "stop" => shared.stop.cancel(),
        _ => return Err(format!("there is no control called {name}")),
    }
    Ok(json!({ "now": shared.clock.now().to_rfc3339_opts(SecondsFormat::Micros, true) }))
}

/// Plays with the gateway: `close` (with a code), `close_empty`, `reset`, `reconnect`, `invalid`, `invalid_resumable`, `forget`, `mute`, `refuse`, `hold`,
/// `silent`, `linger`, `refuse_resumes`, `ping`, `raw` (with a text as `payload`). `on: false` ends what lasts; a `hold` that ends sends what was held
/// when the client resumes.
fn socket(shared: &Arc<Shared>, given: &Control) -> Answer {
    let what = needed(given.what.as_ref(), "what")?;
    let on = given.on.unwrap_or(true);
    let told = shared.with(|state, _| -> Result<usize, String> {
        let sessions = &mut state.sessions;
        let op = |op: u64, data: Value| {
            Frame::Json(json!({ "op": op, "s": null, "t": null, "d": data }))
        };
        Ok(match what.as_str() {
            "close" => sessions.tell(&Frame::Close(Some(given.code.unwrap_or(4000)))),
            "close_empty" => sessions.tell(&Frame::Close(None)),
            "reset" => sessions.tell(&Frame::Abort),
            "reconnect" | "warning" | "refresh" => sessions.tell(&op(7, Value::Null)),
            "invalid" => {
                let told = sessions.tell(&op(9, json!(false)));
                for session in sessions.all.values_mut() {
                    session.link = None;
                }
                sessions.all.clear();
                told
            }
            "invalid_resumable" => sessions.tell(&op(9, json!(true))),
            "forget" => {
                let told = sessions.tell(&Frame::Abort);
                sessions.all.clear();
                told
            }
            "ping" => sessions.tell(&op(1, Value::Null)),
            "raw" => {
                let text = given.payload.as_ref().and_then(Value::as_str);
                sessions.tell(&Frame::Text(needed(text.as_ref(), "payload")?.to_string()))
            }
            "silent" => {
                sessions.silent = on;
                0
            }
            "linger" => {
                sessions.linger = on;
                0
            }
            "mute" => {
                sessions.mute = on;
                0
            }
            "refuse" => {
                sessions.refuse = on;
                0
            }
            "hold" => {
                sessions.hold = on;
                0
            }
            "refuse_resumes" => {
                sessions.invalid_resumes = given.times.unwrap_or(1);
                0
            }
            _ => return Err(format!("nothing to do with the gateway is called {what}")),
        })
    })?;
    Ok(json!({ "told": told }))
}
