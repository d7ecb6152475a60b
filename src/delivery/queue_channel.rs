//! The queue channel while it may not be posted to: archived, public, shared with another organisation, or without the app.
//!
//! Invariants: what is to be told there is not given up, because nothing is wrong with it: it waits until somebody mends the channel, and the
//! alarm says what to mend (promise 10); the first message that the channel takes again clears the alarm.
//! Neighbours: `attempt` asks after each call; the platform finds the channel unfit, and looks anew after a minute.

use super::{
    dispatcher::{Inner, lost},
    retry::Next,
};
use crate::chat::platform::Permanent;
use crate::domain::{decision::AlarmKind, notification::Recipient, person::PlatformId};
use crate::runtime;
use crate::store::Claimed;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long what is to be told waits before the channel is tried again; longer than the platform remembers what it found.
pub(super) const WAIT: Duration = Duration::from_secs(61);
/// Platforms whose queue channel may not be posted to, or of which nobody knows. Each has a channel and an alarm of its own.
#[derive(Debug)]
pub(super) struct Unfit(Mutex<BTreeSet<PlatformId>>);

impl Unfit {
    /// At the start nobody knows what an earlier process has found.
    pub(super) fn unknown(platforms: &[PlatformId]) -> Self {
        Self(Mutex::new(platforms.iter().copied().collect()))
    }

    fn note(&self, platform: PlatformId) {
        self.all().insert(platform);
    }

    /// Whether it was unfit until now.
    fn forget(&self, platform: PlatformId) -> bool {
        self.all().remove(&platform)
    }

    fn all(&self) -> MutexGuard<'_, BTreeSet<PlatformId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes whether the queue channel of a platform took a message or may not be posted to. The reason to wait in the latter case.
pub(super) async fn note(
    inner: &Arc<Inner>,
    claimed: &Claimed,
    platform: PlatformId,
    next: &Next,
) -> Option<String> {
    if matches!(claimed.notification.to, Recipient::Person { .. }) {
        return None;
    }
    match next {
        Next::GiveUp {
            refused: Some(Permanent::ChannelUnfit),
            reason,
        } => {
            inner.queue_unfit.note(platform);
            alarm(inner, platform, Some(reason.clone())).await;
            Some(reason.clone())
        }
        Next::Done if inner.queue_unfit.forget(platform) => {
            alarm(inner, platform, None).await;
            None
        }
        _ => None,
    }
}

/// Raises the alarm for a reason, or clears it.
async fn alarm(inner: &Arc<Inner>, platform: PlatformId, reason: Option<String>) {
    let this = Arc::clone(inner);
    let kind = AlarmKind::QueueChannelUnfit;
    let told = runtime::shield("delivery.queue_channel", async move {
        let now = this.clock.now();
        let Some(reason) = reason else {
            return this
                .store
                .clear_alarm(kind, platform.as_str(), now)
                .await
                .map(drop);
        };
        let text = format!(
            "Nothing is told in the queue channel of {platform} until it is mended, then everything that waits: {reason}."
        );
        let store = &this.store;
        store
            .raise_alarm(kind, platform.as_str(), &text, now, &*this.entropy)
            .await
    });
    if let Err(error) = told.await.unwrap_or_else(|failed| Err(lost(&failed))) {
        // Unknown again, so that the next message looks after it.
        inner.queue_unfit.note(platform);
        tracing::warn!(%error, "the alarm of the queue channel could not be kept up to date");
    }
}
