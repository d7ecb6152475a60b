//! Slack over signed HTTP.
//!
//! Invariants: size, headers and age are checked before the body is read, and the body is read up to its cap (1 MB) and for 3 seconds; nothing
//! unsigned gets further; the work runs shielded, so a client that hangs up loses nothing. Neighbours: `signature`, `ingress`.

use super::{
    ingress::{Delivery, Ingress, Kind, WireAnswer, wire_hash},
    signature::{Forged, fresh, verify},
};
use crate::{domain::clock::Clock, runtime::Runtime, telemetry::names};
use axum::{
    Json, Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use secrecy::SecretString;
use serde_json::{Map, Value};
use std::{sync::Arc, time::Duration};

/// How long a body may take to arrive: Slack gives the whole request 3 seconds.
const READ_LIMIT: Duration = Duration::from_secs(3);

/// The three doors.
#[derive(Debug, Clone)]
pub struct Doors {
    ingress: Ingress,
    secret: SecretString,
    clock: Arc<dyn Clock>,
    runtime: Runtime,
    most: usize,
}

impl Doors {
    /// Doors that take what this secret signed, in bodies of at most `most` bytes.
    #[must_use]
    pub fn new(
        ingress: Ingress,
        secret: SecretString,
        clock: Arc<dyn Clock>,
        runtime: Runtime,
        most: usize,
    ) -> Self {
        Self {
            ingress,
            secret,
            clock,
            runtime,
            most,
        }
    }

    /// `/slack/events`, `/slack/interactivity`, `/slack/commands`.
    pub fn router(self) -> Router {
        let door = |kind: Kind| {
            post(
                move |State(doors): State<Self>, request: Request| async move {
                    let runtime = doors.runtime.clone();
                    runtime
                        .scope(async move { doors.take(kind, request).await })
                        .await
                },
            )
        };
        Router::new()
            .route("/slack/events", door(Kind::Event))
            .route("/slack/interactivity", door(Kind::Interactive))
            .route("/slack/commands", door(Kind::Command))
            .with_state(self)
    }

    async fn take(self, kind: Kind, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let mut delivery = Delivery::new(String::new(), retry(&parts.headers));
        let bytes = match self.verified(&parts.headers, body).await {
            Ok(bytes) => bytes,
            Err(refused) => return refused.respond(),
        };
        if let Some(challenge) = challenge(kind, &bytes) {
            return challenge.into_response();
        }
        let hash = wire_hash(&bytes);
        delivery.id = hash.get(..12).unwrap_or_default().to_owned();
        let ingress = self.ingress.clone();
        let work = self.runtime.shield("slack request", async move {
            match parse(kind, &bytes) {
                Some(raw) => ingress.accept(kind, raw, hash, delivery).await,
                None => ingress.garbage(kind, &bytes, hash, delivery).await,
            }
        });
        match work.await {
            Ok(WireAnswer::Ack(None)) => StatusCode::OK.into_response(),
            Ok(WireAnswer::Ack(Some(body))) => Json(body).into_response(),
            Ok(WireAnswer::Again) | Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        }
    }

    async fn verified(&self, headers: &HeaderMap, body: Body) -> Result<Bytes, Refused> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let length =
            text(header::CONTENT_LENGTH.as_str()).and_then(|length| length.parse::<u64>().ok());
        if length.is_some_and(|length| length > self.most as u64) {
            return Err(Refused::TooLarge);
        }
        let timestamp =
            text("x-slack-request-timestamp").ok_or(Refused::Forged(Forged::Unsigned))?;
        let signature = text("x-slack-signature").ok_or(Refused::Forged(Forged::Unsigned))?;
        fresh(timestamp, self.clock.now()).map_err(Refused::Forged)?;
        let read = tokio::time::timeout(READ_LIMIT, to_bytes(body, self.most)).await;
        let bytes = read
            .map_err(|_| Refused::TooSlow)?
            .map_err(|error| Refused::unread(&error))?;
        verify(&self.secret, timestamp, signature, &bytes, self.clock.now())
            .map_err(Refused::Forged)?;
        Ok(bytes)
    }
}

#[derive(Debug, Clone, Copy)]
enum Refused {
    TooLarge,
    TooSlow,
    Broken,
    Forged(Forged),
}

impl Refused {
    fn unread(error: &axum::Error) -> Self {
        let mut cause: Option<&dyn std::error::Error> = Some(error);
        while let Some(error) = cause {
            if error.to_string().contains("length limit") {
                return Self::TooLarge;
            }
            cause = error.source();
        }
        Self::Broken
    }

    fn respond(self) -> Response {
        let (status, reason) = match self {
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "size"),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "slow"),
            Self::Broken => (StatusCode::BAD_REQUEST, "broken"),
            Self::Forged(Forged::Stale) => (StatusCode::UNAUTHORIZED, "age"),
            Self::Forged(Forged::Unsigned | Forged::Wrong) => {
                (StatusCode::UNAUTHORIZED, "signature")
            }
        };
        metrics::counter!(names::INBOUND_REFUSED, "platform" => "slack", "reason" => reason)
            .increment(1);
        tracing::info!(reason, "a request to Slack's doors was refused");
        // The rest of the body is not read: the connection must go.
        let close = [(header::CONNECTION, "close")];
        (status, close).into_response()
    }
}

fn retry(headers: &HeaderMap) -> Option<(u64, String)> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let number = text("x-slack-retry-num")?.parse().ok()?;
    let reason: String = text("x-slack-retry-reason")
        .unwrap_or_default()
        .chars()
        .take(40)
        .collect();
    Some((number, reason))
}

/// The answer to Slack's question whether this address is ours.
fn challenge(kind: Kind, bytes: &[u8]) -> Option<String> {
    if kind != Kind::Event {
        return None;
    }
    let raw: Value = serde_json::from_slice(bytes).ok()?;
    if raw["type"] != "url_verification" {
        return None;
    }
    raw["challenge"].as_str().map(ToOwned::to_owned)
}

fn parse(kind: Kind, bytes: &[u8]) -> Option<Value> {
    let form = || url::form_urlencoded::parse(bytes);
    match kind {
        Kind::Event => serde_json::from_slice(bytes).ok(),
        Kind::Interactive => {
            let (_, payload) = form().find(|(key, _)| key == "payload")?;
            serde_json::from_str(&payload).ok()
        }
        Kind::Command => {
            let fields: Map<String, Value> = form()
                .map(|(key, value)| (key.into_owned(), Value::String(value.into_owned())))
                .collect();
            Some(Value::Object(fields))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_bytes_are_parsed_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            for kind in [Kind::Event, Kind::Interactive, Kind::Command] {
                let _ = (parse(kind, &bytes), challenge(kind, &bytes));
            }
        }

        #[test]
        fn what_a_form_carries_arrives(text in ".{0,80}", name in "[a-z_]{1,12}") {
            let fields = url::form_urlencoded::Serializer::new(String::new())
                .append_pair(&name, &text)
                .finish();
            let command = parse(Kind::Command, fields.as_bytes());
            prop_assert_eq!(command, Some(serde_json::json!({ name: text.clone() })));
            let payload = serde_json::json!({ "text": text });
            let fields = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("other", "x")
                .append_pair("payload", &payload.to_string())
                .finish();
            prop_assert_eq!(parse(Kind::Interactive, fields.as_bytes()), Some(payload));
        }
    }
}
