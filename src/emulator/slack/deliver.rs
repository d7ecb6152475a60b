//! Deliveries to the app: one attempt, its acknowledgement, and the retries Slack makes of events.
//!
//! Purpose: the same promise over sockets and over HTTP: three seconds, then the person sees an error; events are tried
//! again at once, after a minute and after five. Invariants: each attempt and each outcome is in the ledger; a delivery
//! does not depend on who waits for it. Neighbours: `push`, `sockets`, and all that emits.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::Shared;
use super::faults::{DeliveryFault, Surface};
use super::http_client::{Failure, HttpClient};
use super::model::Transport;
use super::push::{self, Push};
use super::state::Delivery;

/// Waits between the tries of an event, in seconds.
const RETRY_AFTER: [u64; 3] = [0, 60, 300];

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// In time.
    Acknowledged,
    /// Not within the limit.
    Timeout,
    /// The app has no socket open.
    NoConnection,
    /// Nobody listens, or the connection broke.
    ConnectionFailed(String),
    /// An HTTP status other than 2xx.
    Status(u16),
    /// Swallowed by a scripted fault.
    Dropped,
}

impl Outcome {
    /// One word for ledger and door.
    pub fn word(&self) -> String {
        match self {
            Self::Acknowledged => "acknowledged".into(),
            Self::Timeout => "timeout".into(),
            Self::NoConnection => "no_connection".into(),
            Self::ConnectionFailed(_) => "connection_failed".into(),
            Self::Status(code) => format!("http_{code}"),
            Self::Dropped => "dropped".into(),
        }
    }

    const fn retry_reason(&self) -> &'static str {
        match self {
            Self::Timeout => "http_timeout",
            Self::Status(_) => "http_error",
            Self::NoConnection | Self::ConnectionFailed(_) => "connection_failed",
            Self::Acknowledged | Self::Dropped => "unknown_error",
        }
    }
}

/// An attempt and its answer.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// Number of the attempt in the ledger.
    pub id: String,
    /// Which door.
    pub surface: Surface,
    /// What kind of payload.
    pub kind: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The answer's body, when it had one.
    pub answer: Option<Value>,
    /// Real time it took.
    pub millis: u64,
    /// The app asked not to be tried again.
    no_retry: bool,
}

/// Sends a delivery, retries included; the receiver tells how the first attempt ended.
pub fn send(shared: &Arc<Shared>, delivery: Delivery) -> oneshot::Receiver<Receipt> {
    let (first, receiver) = oneshot::channel();
    // Counted from here, so that "idle" cannot be seen between the cause and its delivery.
    let flight = shared.start_flight();
    let shared_for_task = Arc::clone(shared);
    shared.background(async move {
        let shared = shared_for_task;
        let fault = shared.look(|state, _| state.faults.for_delivery(delivery.surface));
        let mut receipt = match fault {
            Some(DeliveryFault::Dropped) => dropped(&shared, &delivery),
            Some(DeliveryFault::Doubled) => {
                let (one, _other) = tokio::join!(
                    attempt(&shared, &delivery, None),
                    attempt(&shared, &delivery, None)
                );
                one
            }
            Some(DeliveryFault::Retried) => {
                attempt(&shared, &delivery, None).await;
                attempt(&shared, &delivery, Some((1, "http_timeout"))).await
            }
            None => attempt(&shared, &delivery, None).await,
        };
        // Whoever waited may be gone; the delivery counts all the same.
        let _ = first.send(receipt.clone());
        drop(flight);
        if delivery.surface != Surface::Event || fault == Some(DeliveryFault::Dropped) {
            return;
        }
        for (number, wait) in (1_u32..).zip(RETRY_AFTER) {
            if receipt.outcome == Outcome::Acknowledged || receipt.no_retry {
                return;
            }
            if wait > 0 {
                shared.until_retry(Duration::from_secs(wait)).await;
            }
            let _flight = shared.start_flight();
            receipt = attempt(
                &shared,
                &delivery,
                Some((number, receipt.outcome.retry_reason())),
            )
            .await;
        }
    });
    receiver
}

/// Sends several at once and waits for the first attempt of each.
pub async fn send_all(shared: &Arc<Shared>, deliveries: Vec<Delivery>) -> Vec<Receipt> {
    let waiting: Vec<_> = deliveries
        .into_iter()
        .map(|delivery| send(shared, delivery))
        .collect();
    let mut receipts = Vec::new();
    for one in waiting {
        // A closed channel means that the emulator is stopping.
        receipts.extend(one.await.ok());
    }
    receipts
}

/// What a payload is, in one word.
fn kind_of(delivery: &Delivery) -> String {
    let payload = &delivery.payload;
    let word = match delivery.surface {
        Surface::Command => payload["command"].as_str(),
        Surface::Interaction => payload["type"].as_str(),
        Surface::Event => payload["event"]["type"].as_str(),
    };
    word.unwrap_or("?").to_owned()
}

fn dropped(shared: &Arc<Shared>, delivery: &Delivery) -> Receipt {
    let id = shared.with(|state, now| {
        let id = state.ids.next("dlv-");
        state
            .ledger
            .append("delivery", now, described(&id, delivery, "none", None));
        id
    });
    finish(
        shared,
        delivery,
        id,
        Instant::now(),
        Outcome::Dropped,
        None,
        false,
    )
}

fn described(
    id: &str,
    delivery: &Delivery,
    transport: &str,
    retry: Option<(u32, &'static str)>,
) -> Value {
    json!({
        "delivery": id, "app": delivery.app_id, "surface": delivery.surface, "type": kind_of(delivery),
        "user": delivery.user, "transport": transport, "retry": retry.map(|(number, _)| number),
        "retry_reason": retry.map(|(_, reason)| reason), "payload": delivery.payload,
    })
}

async fn attempt(
    shared: &Arc<Shared>,
    delivery: &Delivery,
    retry: Option<(u32, &'static str)>,
) -> Receipt {
    let started = Instant::now();
    let app = shared.look(|state, _| state.world.apps.get(&delivery.app_id).cloned());
    let Some(app) = app else {
        return dropped(shared, delivery);
    };
    match &app.transport {
        Transport::Socket => over_socket(shared, delivery, retry, started).await,
        Transport::Http {
            events,
            interactions,
            commands,
        } => {
            let url = match delivery.surface {
                Surface::Event => events,
                Surface::Interaction => interactions,
                Surface::Command => commands,
            };
            let id = shared.with(|state, now| {
                let id = state.ids.next("dlv-");
                state
                    .ledger
                    .append("delivery", now, described(&id, delivery, "http", retry));
                id
            });
            let push = Push {
                url,
                secret: &app.signing_secret,
                surface: delivery.surface,
                payload: &delivery.payload,
                retry,
            };
            let sent = push::send(
                &HttpClient::default(),
                push,
                shared.clock.now(),
                shared.ack_limit,
            )
            .await;
            let (outcome, answer, no_retry) = match sent {
                Ok(answer) => {
                    let outcome = if (200..300).contains(&answer.status) {
                        Outcome::Acknowledged
                    } else {
                        Outcome::Status(answer.status)
                    };
                    (
                        outcome,
                        body_of(&answer.body),
                        answer.headers.contains_key("x-slack-no-retry"),
                    )
                }
                Err(Failure::Timeout) => (Outcome::Timeout, None, false),
                Err(Failure::Connection(why)) => (Outcome::ConnectionFailed(why), None, false),
            };
            finish(shared, delivery, id, started, outcome, answer, no_retry)
        }
    }
}

/// An answer's body: JSON, or plain text as Slack takes it for a command.
fn body_of(body: &[u8]) -> Option<Value> {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    Some(serde_json::from_str(text).unwrap_or_else(|_| json!({ "text": text })))
}

async fn over_socket(
    shared: &Arc<Shared>,
    delivery: &Delivery,
    retry: Option<(u32, &'static str)>,
    started: Instant,
) -> Receipt {
    let kind = match delivery.surface {
        Surface::Event => "events_api",
        Surface::Interaction => "interactive",
        Surface::Command => "slash_commands",
    };
    let (id, envelope_id, waiting) = shared.with(|state, now| {
        let id = state.ids.next("dlv-");
        let envelope_id = state.ids.next("env-");
        let mut entry = described(&id, delivery, "socket", retry);
        let mut envelope = json!({
            "type": kind, "envelope_id": envelope_id, "payload": delivery.payload,
            "accepts_response_payload": delivery.surface != Surface::Event,
        });
        if delivery.surface == Surface::Event {
            envelope["retry_attempt"] = json!(retry.map_or(0, |(number, _)| number));
            envelope["retry_reason"] = json!(retry.map_or("", |(_, reason)| reason));
        }
        let waiting = state.sockets.send(&delivery.app_id, &envelope_id, envelope);
        entry["envelope_id"] = json!(envelope_id);
        entry["socket"] = json!(waiting.as_ref().map(|(socket, _)| socket));
        state.ledger.append("delivery", now, entry);
        (id, envelope_id, waiting)
    });
    let Some((_, waiting)) = waiting else {
        return finish(
            shared,
            delivery,
            id,
            started,
            Outcome::NoConnection,
            None,
            false,
        );
    };
    let (outcome, answer) = match tokio::time::timeout(shared.ack_limit, waiting).await {
        Ok(Ok(answer)) => (Outcome::Acknowledged, answer.get("payload").cloned()),
        Ok(Err(_)) => (
            Outcome::ConnectionFailed("the socket closed before the acknowledgement".into()),
            None,
        ),
        Err(_) => {
            shared.look(|state, _| state.sockets.give_up(&envelope_id));
            (Outcome::Timeout, None)
        }
    };
    finish(shared, delivery, id, started, outcome, answer, false)
}

fn finish(
    shared: &Arc<Shared>,
    delivery: &Delivery,
    id: String,
    started: Instant,
    outcome: Outcome,
    answer: Option<Value>,
    no_retry: bool,
) -> Receipt {
    let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let detail = if let Outcome::ConnectionFailed(why) = &outcome {
        Some(why.clone())
    } else {
        None
    };
    shared.with(|state, now| {
        let fields = json!({
            "delivery": id, "surface": delivery.surface, "type": kind_of(delivery), "user": delivery.user,
            "outcome": outcome.word(), "detail": detail, "millis": millis, "answer": answer,
        });
        state.ledger.append("ack", now, fields);
    });
    Receipt {
        id,
        surface: delivery.surface,
        kind: kind_of(delivery),
        outcome,
        answer,
        millis,
        no_retry,
    }
}
