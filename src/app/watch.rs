//! Turns what happens to the connection into alarms: rows, not log lines (promise 10).
//!
//! Invariants: an alarm is raised when the last connection is gone and cleared by the next; a refusal for good is an alarm of its own.
//! Neighbours: `chat/slack/socket/health` tells, `doctor` and `/readyz` show.

use super::Parts;
use crate::{
    chat::slack::socket::health::{Health, SocketState},
    domain::decision::AlarmKind,
    runtime,
    store::{Store, StoreError},
};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What the alarms are about.
const SUBJECT: &str = "slack";
/// A connection that comes back sooner is no alarm.
const GRACE: Duration = Duration::from_secs(5);
/// While it lasts, the state is noted again after this long, which counts the alarm once more.
const REPEAT: Duration = Duration::from_secs(60);

/// Follows the connection until `stop`.
pub(super) async fn socket(store: Store, parts: Parts, health: Health, stop: CancellationToken) {
    let mut states = health.follow();
    let mut wait = GRACE;
    while !stop.is_cancelled() {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
        let state = states.borrow_and_update().clone();
        let is_trouble = state.trouble().is_some();
        let (store, parts) = (store.clone(), parts.clone());
        let noted = runtime::shield(
            "socket watch",
            async move { note(&store, &parts, &state).await },
        );
        match noted.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::warn!(%error, "the state of the connection could not be noted")
            }
            Err(failed) => {
                tracing::warn!(%failed, "the state of the connection could not be noted")
            }
        }
        if is_trouble {
            wait = REPEAT.min(wait * 2);
        } else {
            wait = GRACE;
            tokio::select! {
                () = stop.cancelled() => return,
                changed = states.changed() => if changed.is_err() { return stop.cancelled().await },
            }
        }
    }
}

/// Raises or clears the alarms of the connection.
pub(super) async fn note(
    store: &Store,
    parts: &Parts,
    state: &SocketState,
) -> Result<(), StoreError> {
    let now = parts.clock.now();
    let raise = async |kind, text: &str| {
        store
            .raise_alarm(kind, SUBJECT, text, now, &*parts.entropy)
            .await
            .map(drop)
    };
    let clear = async |kind| store.clear_alarm(kind, SUBJECT, now).await.map(drop);
    match state.trouble() {
        None => {
            clear(AlarmKind::SocketDown).await?;
            clear(AlarmKind::TokenRefused).await
        }
        Some(trouble) => {
            raise(AlarmKind::SocketDown, &trouble).await?;
            if state.is_stopped {
                raise(AlarmKind::TokenRefused, &trouble).await
            } else {
                Ok(())
            }
        }
    }
}
