//! Turns what happens to the connection into alarms: rows, not log lines (promise 10).
//!
//! Invariants: an alarm is raised when the last connection to a platform is gone and cleared by the next; a refusal for good is an alarm of its
//! own. Neighbours: `chat/slack/socket/health` and `chat/discord/gateway/health` tell, `doctor` and `/readyz` show.

use super::Parts;
use crate::{
    chat::{discord::gateway::health as gateway, slack::socket::health as socket},
    domain::decision::AlarmKind,
    runtime,
    store::{Store, StoreError},
};
use std::{pin::Pin, time::Duration};
use tokio_util::sync::CancellationToken;

/// A connection that comes back sooner is no alarm.
const GRACE: Duration = Duration::from_secs(5);
/// While it lasts, the state is noted again after this long, which counts the alarm once more.
const REPEAT: Duration = Duration::from_secs(60);

/// A connection that we hold to a platform.
#[derive(Debug, Clone)]
pub(super) enum Connection {
    /// Socket Mode.
    Slack(socket::Health),
    /// The gateway.
    Discord(gateway::Health),
}

impl Connection {
    /// The platform, which the alarms are about.
    pub(super) const fn word(&self) -> &'static str {
        match self {
            Self::Slack(_) => "slack",
            Self::Discord(_) => "discord",
        }
    }

    /// What is wrong and how to mend it.
    pub(super) fn trouble(&self) -> Option<String> {
        match self {
            Self::Slack(health) => health.state().trouble(),
            Self::Discord(health) => health.state().trouble(),
        }
    }

    /// The platform refuses for good.
    fn is_stopped(&self) -> bool {
        match self {
            Self::Slack(health) => health.state().is_stopped,
            Self::Discord(health) => health.state().phase == gateway::Phase::Stopped,
        }
    }

    /// Waits until it is up; `false` if it is refused.
    pub(super) async fn up(&self) -> bool {
        match self {
            Self::Slack(health) => {
                let mut states = health.follow();
                let up = states.wait_for(|state| state.live > 0 || state.is_stopped);
                matches!(up.await, Ok(state) if state.live > 0)
            }
            Self::Discord(health) => {
                let mut states = health.follow();
                let up = states.wait_for(|state| state.phase != gateway::Phase::Down);
                matches!(up.await, Ok(state) if state.phase != gateway::Phase::Stopped)
            }
        }
    }

    /// Waits until something changes after this call, not after the first wait; `false` if nothing ever will.
    fn changed(&self) -> Pin<Box<dyn Future<Output = bool> + Send>> {
        match self {
            Self::Slack(health) => {
                let mut states = health.follow();
                Box::pin(async move { states.changed().await.is_ok() })
            }
            Self::Discord(health) => {
                let mut states = health.follow();
                Box::pin(async move { states.changed().await.is_ok() })
            }
        }
    }
}

/// Follows the connection until `stop`.
pub(super) async fn socket(
    store: Store,
    parts: Parts,
    connection: Connection,
    stop: CancellationToken,
) {
    let mut wait = GRACE;
    while !stop.is_cancelled() {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
        // Followed from before the look, so that no change is missed between the two.
        let changed = connection.changed();
        let is_trouble = connection.trouble().is_some();
        let (store, parts, looked) = (store.clone(), parts.clone(), connection.clone());
        let noted = runtime::shield("socket watch", async move {
            note(&store, &parts, &looked).await
        });
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
                goes_on = changed => if !goes_on { return stop.cancelled().await },
            }
        }
    }
}

/// Raises or clears the alarms of the connection.
pub(super) async fn note(
    store: &Store,
    parts: &Parts,
    connection: &Connection,
) -> Result<(), StoreError> {
    let now = parts.clock.now();
    let raise = async |kind, text: &str| {
        store
            .raise_alarm(kind, connection.word(), text, now, &*parts.entropy)
            .await
            .map(drop)
    };
    let clear = async |kind| {
        store
            .clear_alarm(kind, connection.word(), now)
            .await
            .map(drop)
    };
    match connection.trouble() {
        None => {
            clear(AlarmKind::SocketDown).await?;
            clear(AlarmKind::TokenRefused).await
        }
        Some(trouble) => {
            raise(AlarmKind::SocketDown, &trouble).await?;
            if connection.is_stopped() {
                raise(AlarmKind::TokenRefused, &trouble).await
            } else {
                Ok(())
            }
        }
    }
}
