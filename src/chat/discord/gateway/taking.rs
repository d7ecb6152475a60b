//! Hands what came to the way in, until it is stored.
//!
//! Invariants: what was not stored is tried again; what can never be stored is kept as unreadable, so that one event cannot hold up all
//! others for ever; a stop ends the trying, and what was not stored by then is not counted as done. Neighbours: [`super::connection`] hands
//! over what it is told, [`super::reconcile`] what it finds.

use super::GatewayTimings;
use crate::chat::discord::ingress::{Ingress, Taken};
use serde_json::Value;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Somebody told us to stop before it was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Halted;

/// Waits so long, or until the stop.
pub(super) async fn pause(wait: Duration, stop: &CancellationToken) -> Result<(), Halted> {
    tokio::select! {
        () = tokio::time::sleep(wait) => Ok(()),
        () = stop.cancelled() => Err(Halted),
    }
}

/// Hands over. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Taking {
    pub(super) ingress: Ingress,
    pub(super) timings: GatewayTimings,
    pub(super) stop: CancellationToken,
    /// It was found by looking back, and nobody waits for an answer.
    pub(super) is_found: bool,
}

impl Taking {
    /// Tries an event until it is stored, or kept as unreadable.
    pub(super) async fn event(&self, kind: &str, data: &Value, hash: String) -> Result<(), Halted> {
        let timings = &self.timings;
        let mut wait = timings.backoff;
        for _ in 0..timings.tries {
            if self.once(kind, data, hash.clone()).await == Taken::Done {
                return Ok(());
            }
            pause(wait, &self.stop).await?;
            wait = (wait * 2).min(timings.backoff_most);
        }
        tracing::error!(
            kind,
            tries = timings.tries,
            "an event could not be stored, and is kept as unreadable"
        );
        let since = Instant::now;
        while !self.ingress.given_up(data, hash.clone(), since()).await {
            pause(timings.backoff_most, &self.stop).await?;
        }
        Ok(())
    }

    async fn once(&self, kind: &str, data: &Value, hash: String) -> Taken {
        let since = Instant::now();
        if self.is_found {
            self.ingress.found(kind, data, hash, since).await
        } else {
            self.ingress.event(kind, data, hash, since).await
        }
    }

    /// Keeps what cannot be read, until it is kept.
    pub(super) async fn unreadable(&self, text: &str) -> Result<(), Halted> {
        let mut wait = self.timings.backoff;
        while !self.ingress.garbage(text.as_bytes(), Instant::now()).await {
            pause(wait, &self.stop).await?;
            wait = (wait * 2).min(self.timings.backoff_most);
        }
        Ok(())
    }
}
