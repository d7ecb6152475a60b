//! Discord over signed HTTP: commands, buttons and forms.
//!
//! Invariants: size and age are checked before the body is read, and the body is read up to its cap and for 3 seconds; the signature is checked
//! over the very bytes; nothing unsigned gets further, and what was signed long ago does not either; the work runs shielded, so a caller
//! that hangs up loses nothing; a request that comes twice is known by the interaction's id. Neighbours: `ingress`.

use super::{
    ingress::{Ingress, wire_hash},
    settings::SettingsError,
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
use serde_json::Value;
use serenity::interactions_endpoint::Verifier;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Where Discord calls.
pub const PATH: &str = "/discord/interactions";
/// How long a body may take to arrive: Discord gives the whole request 3 seconds.
const READ_LIMIT: Duration = Duration::from_secs(3);
/// How old a request may be, and how far ahead Discord's clock.
const FRESH_SECONDS: u64 = 300;

/// The door.
#[derive(Clone)]
pub struct Door {
    ingress: Ingress,
    verifier: Verifier,
    clock: Arc<dyn Clock>,
    runtime: Runtime,
    most: usize,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door")
            .field("most", &self.most)
            .finish_non_exhaustive()
    }
}

impl Door {
    /// A door that takes what this key signed, in bodies of at most `most` bytes.
    ///
    /// # Errors
    /// [`SettingsError::PublicKey`].
    pub fn new(
        ingress: Ingress,
        public_key: &str,
        clock: Arc<dyn Clock>,
        runtime: Runtime,
        most: usize,
    ) -> Result<Self, SettingsError> {
        let mut key = [0_u8; 32];
        hex::decode_to_slice(public_key, &mut key).map_err(|_| SettingsError::PublicKey)?;
        let verifier = Verifier::try_new(key).map_err(|_| SettingsError::PublicKey)?;
        Ok(Self {
            ingress,
            verifier,
            clock,
            runtime,
            most,
        })
    }

    /// `/discord/interactions`.
    pub fn router(self) -> Router {
        let take = post(|State(door): State<Self>, request: Request| async move {
            let runtime = door.runtime.clone();
            runtime.scope(async move { door.take(request).await }).await
        });
        Router::new().route(PATH, take).with_state(self)
    }

    async fn take(self, request: Request) -> Response {
        let since = Instant::now();
        let (parts, body) = request.into_parts();
        let bytes = match self.verified(&parts.headers, body).await {
            Ok(bytes) => bytes,
            Err(refused) => return refused.respond(),
        };
        let ingress = self.ingress.clone();
        let work = self.runtime.shield("discord request", async move {
            let hash = wire_hash(&bytes);
            match serde_json::from_slice::<Value>(&bytes) {
                Ok(raw) => Some(ingress.interaction(&raw, hash, since).await),
                Err(_) => {
                    ingress.garbage(&bytes, since).await;
                    None
                }
            }
        });
        match work.await {
            Ok(Some(body)) => Json(body).into_response(),
            Ok(None) => StatusCode::BAD_REQUEST.into_response(),
            Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        }
    }

    async fn verified(&self, headers: &HeaderMap, body: Body) -> Result<Bytes, Refused> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let length =
            text(header::CONTENT_LENGTH.as_str()).and_then(|length| length.parse::<u64>().ok());
        if length.is_some_and(|length| length > self.most as u64) {
            return Err(Refused::TooLarge);
        }
        let timestamp = text("x-signature-timestamp").ok_or(Refused::Forged)?;
        let signature = text("x-signature-ed25519").ok_or(Refused::Forged)?;
        let signed_at: i64 = timestamp.parse().map_err(|_| Refused::Forged)?;
        if self.clock.now().timestamp().abs_diff(signed_at) > FRESH_SECONDS {
            return Err(Refused::Stale);
        }
        // The library slices the text of the signature, so it is hex before it gets there.
        if signature.len() != 128 || !signature.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Refused::Forged);
        }
        let read = tokio::time::timeout(READ_LIMIT, to_bytes(body, self.most)).await;
        let bytes = read
            .map_err(|_| Refused::TooSlow)?
            .map_err(|error| Refused::unread(&error))?;
        self.verifier
            .verify(signature, timestamp, &bytes)
            .map_err(|()| Refused::Forged)?;
        Ok(bytes)
    }
}

#[derive(Debug, Clone, Copy)]
enum Refused {
    TooLarge,
    TooSlow,
    Broken,
    Stale,
    Forged,
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
            Self::Stale => (StatusCode::UNAUTHORIZED, "age"),
            Self::Forged => (StatusCode::UNAUTHORIZED, "signature"),
        };
        metrics::counter!(names::INBOUND_REFUSED, "platform" => "discord", "reason" => reason)
            .increment(1);
        tracing::info!(reason, "a request to Discord's door was refused");
        // The rest of the body is not read: the connection must go.
        let close = [(header::CONNECTION, "close")];
        (status, close).into_response()
    }
}
