//! The control door: the hand that plays tricks and turns the world.
//!
//! Purpose: faults, the clock, changes an administrator would make, and the books (ledger, calls, sockets). Invariants: it
//! does nothing a test could mistake for the product's doing; each change is in the ledger. Neighbours: `guard` protects it.

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
use super::admin::{app_id, world_change};
use super::deliver;
use super::faults::{CallFault, DeliveryFault, Surface};
use super::http_client::HttpClient;
use super::model::Transport;
use super::oauth;
use super::push::{self, Push};
use super::sockets::{Frame, disconnect};
use super::state::Delivery;

/// Parameters of a control; which matter depends on it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Control {
    pub(super) method: Option<String>,
    pub(super) surface: Option<Surface>,
    pub(super) fault: Option<Value>,
    pub(super) times: Option<u64>,
    pub(super) forever: bool,
    pub(super) channel: Option<String>,
    pub(super) user: Option<String>,
    pub(super) team: Option<String>,
    pub(super) file: Option<String>,
    pub(super) error: Option<String>,
    pub(super) on: Option<bool>,
    pub(super) seconds: Option<f64>,
    pub(super) minutes: Option<i64>,
    pub(super) since: usize,
    pub(super) what: Option<String>,
    pub(super) socket: Option<u64>,
    pub(super) frame: Option<Value>,
    pub(super) scopes: Option<Vec<String>>,
    pub(super) token: Option<String>,
    pub(super) url: Option<String>,
    /// Addresses for events, interactions and commands, where they differ.
    pub(super) urls: Option<[String; 3]>,
    pub(super) app: Option<String>,
    pub(super) event: Option<Value>,
    pub(super) payload: Option<Value>,
    pub(super) timeout_ms: Option<u64>,
    /// Whether the whole organisation is meant.
    pub(super) whole: bool,
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
        "deliver" => inject(&shared, given).await,
        "socket" => socket(&shared, &given),
        _ => match world_change(&shared, &name, &given) {
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
            let fault: DeliveryFault =
                serde_json::from_value(needed(given.fault.as_ref(), "fault")?)
                    .map_err(|e| e.to_string())?;
            let surface = needed(given.surface.as_ref(), "surface")?;
            shared.look(|state, _| state.faults.on_delivery(surface, fault, times));
        }
        "clear_faults" => {
            shared.look(|state, _| state.faults.clear());
            shared.release_hangs();
        }
        "consent" => {
            let url = needed(given.url.as_ref(), "url")?;
            let wanted = needed(given.user.as_ref(), "user")?;
            let approve = given.on.unwrap_or(true);
            let back = shared.with(|state, now| {
                let user = state.world.users.values();
                let mut user = user.filter(|one| one.id == wanted || one.handle == wanted);
                let user = user
                    .next()
                    .cloned()
                    .ok_or_else(|| format!("there is nobody called {wanted}"))?;
                oauth::consent(state, &url, &user, approve, given.whole, now)
            })?;
            return Ok(json!({ "redirect": back }));
        }
        "release" => shared.release_hangs(),
        "retry_now" => shared.retry_now(),
        "rate_limits" => shared.look(|state, _| state.limits.switch(given.on.unwrap_or(true))),
        "advance" => {
            let by = Duration::try_from_secs_f64(given.seconds.unwrap_or_default())
                .map_err(|error| error.to_string())?;
            if !shared.clock.advance(by) {
                return Err("this emulator runs on the system's clock".into());
            }
        }
        "clock" => {}
        "ledger" => return Ok(shared.look(|state, _| json!(state.ledger.since(given.since)))),
        "calls" => {
            return Ok(shared
                .look(|state, _| json!(state.calls.iter().skip(given.since).collect::<Vec<_>>())));
        }
        "sockets" => return Ok(shared.look(|state, _| state.sockets.describe())),
        "status" => {
            return Ok(shared.look(|state, now| {
                json!({
                    "now": now.to_rfc3339_opts(SecondsFormat::Micros, true), "in_flight": shared.in_flight(),
                    "faults_left": state.faults.left(), "ledger_broken": state.ledger.broken,
                    "calls": state.calls.len(), "sockets": state.sockets.describe(),
                })
            }));
        }
        "stop" => shared.stop.cancel(),
        _ => return Err(format!("there is no control called {name}")),
    }
    Ok(json!({ "now": shared.clock.now().to_rfc3339_opts(SecondsFormat::Micros, true) }))
}

/// Plays with sockets: `warning`, `refresh`, `link_disabled`, `too_many`, `ping`, `close`, `reset`, `silence`, `mute`, `frame`.
fn socket(shared: &Arc<Shared>, given: &Control) -> Answer {
    let what = needed(given.what.as_ref(), "what")?;
    let (told, ids) = shared.with(|state, _| -> Result<_, String> {
        let ids = given
            .socket
            .map_or_else(|| state.sockets.ids(), |id| vec![id]);
        let mut tell = |frame: Frame| state.sockets.tell(given.socket, &frame);
        let told = match what.as_str() {
            "warning" => tell(Frame::Json(disconnect("warning"))),
            "refresh" => {
                let told = tell(Frame::Json(disconnect("refresh_requested")));
                state.sockets.drain(given.socket);
                told
            }
            "link_disabled" => {
                let told = tell(Frame::Json(disconnect("link_disabled")));
                tell(Frame::Close);
                state
                    .world
                    .apps
                    .values_mut()
                    .for_each(|app| app.socket_mode_off = true);
                told
            }
            "too_many" => {
                let told = tell(Frame::Json(disconnect("too_many_websockets")));
                tell(Frame::Close);
                told
            }
            "ping" => tell(Frame::Ping),
            "close" => tell(Frame::Close),
            "reset" => tell(Frame::Reset),
            "silence" => tell(Frame::Silence),
            "mute" => tell(Frame::Mute),
            "frame" => tell(Frame::Json(needed(given.frame.as_ref(), "frame")?)),
            _ => return Err(format!("nothing to do with a socket is called {what}")),
        };
        Ok((told, ids))
    })?;
    if what == "refresh" {
        // Slack closes what it asked to be refreshed about ten seconds later, or after the `seconds` of a story that is told faster.
        let wait = given.seconds.unwrap_or(10.0).clamp(0.0, 60.0);
        let later = Arc::clone(shared);
        shared.background(async move {
            later.clock.sleep(Duration::from_secs_f64(wait)).await;
            later.with(|state, _| {
                ids.iter()
                    .map(|id| state.sockets.tell(Some(*id), &Frame::Close))
                    .sum::<usize>()
            });
        });
    }
    Ok(json!({ "told": told }))
}

/// Delivers something hand-made: an inner event to be wrapped, or a whole payload.
async fn inject(shared: &Arc<Shared>, given: Control) -> Answer {
    let delivery = shared.with(|state, now| -> Result<Delivery, String> {
        let app_id = app_id(state, &given)?;
        if let Some(event) = given.event {
            let channel = given
                .channel
                .as_ref()
                .and_then(|id| state.world.channels.get(id))
                .cloned();
            let app = state.app_at(&app_id, given.team.as_deref());
            let app = app.ok_or("there is no such app")?;
            return state
                .wrap(&app, channel.as_ref(), event, now)
                .ok_or_else(|| "there is no such app".into());
        }
        let payload = needed(given.payload.as_ref(), "event or payload")?;
        Ok(Delivery {
            app_id,
            surface: needed(given.surface.as_ref(), "surface")?,
            payload,
            user: None,
        })
    })?;
    let receipt = deliver::send(shared, delivery)
        .await
        .map_err(|_| "the emulator is stopping")?;
    Ok(
        json!({ "outcome": receipt.outcome.word(), "answer": receipt.answer, "millis": receipt.millis }),
    )
}

/// Slack's check of a request address.
async fn verify_url(shared: &Arc<Shared>, given: &Control) -> Answer {
    let app = shared
        .look(|state, _| app_id(state, given).map(|id| state.world.apps.get(&id).cloned()))?;
    let app = app.ok_or("there is no such app")?;
    let Transport::Http { events, .. } = &app.transport else {
        return Err("the app uses sockets".into());
    };
    let challenge = shared.with(|state, _| state.ids.next("challenge"));
    let payload = json!({ "type": "url_verification", "token": app.verification_token, "challenge": challenge });
    let push = Push {
        url: events,
        secret: &app.signing_secret,
        surface: Surface::Event,
        payload: &payload,
        retry: None,
    };
    let sent = push::send(
        &HttpClient::default(),
        push,
        shared.clock.now(),
        shared.ack_limit,
    )
    .await;
    let answer = sent.map_err(|error| error.to_string())?;
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    Ok(
        json!({ "verified": answer.status == 200 && body.contains(&challenge), "status": answer.status, "body": body }),
    )
}
