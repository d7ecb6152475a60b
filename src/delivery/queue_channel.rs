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
use crate::domain::{decision::AlarmKind, notification::Recipient};
use crate::runtime;
use crate::store::Claimed;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How long what is to be told waits before the channel is tried again; longer than the platform remembers what it found.
pub(super) const WAIT: Duration = Duration::from_secs(61);
/// What the alarm is about.
const SUBJECT: &str = "queue";

/// Notes whether the queue channel took a message or may not be posted to. The reason to wait in the latter case.
pub(super) async fn note(inner: &Arc<Inner>, claimed: &Claimed, next: &Next) -> Option<String> {
    if matches!(claimed.notification.to, Recipient::Person { .. }) {
        return None;
    }
    match next {
        Next::GiveUp {
            refused: Some(Permanent::ChannelUnfit),
            reason,
        } => {
            inner.queue_unfit.store(true, Ordering::Relaxed);
            alarm(inner, Some(reason.clone())).await;
            Some(reason.clone())
        }
        // True at the start too, when nobody knows what an earlier process has found.
        Next::Done if inner.queue_unfit.swap(false, Ordering::Relaxed) => {
            alarm(inner, None).await;
            None
        }
        _ => None,
    }
}

/// Raises the alarm for a reason, or clears it.
async fn alarm(inner: &Arc<Inner>, reason: Option<String>) {
    let this = Arc::clone(inner);
    let kind = AlarmKind::QueueChannelUnfit;
    let told = runtime::shield("delivery.queue_channel", async move {
        let now = this.clock.now();
        let Some(reason) = reason else {
            return this.store.clear_alarm(kind, SUBJECT, now).await.map(drop);
        };
        let text = format!(
            "Nothing is told in the queue channel until it is mended, then everything that waits: {reason}."
        );
        let store = &this.store;
        store
            .raise_alarm(kind, SUBJECT, &text, now, &*this.entropy)
            .await
    });
    if let Err(error) = told.await.unwrap_or_else(|failed| Err(lost(&failed))) {
        // Unknown again, so that the next message looks after it.
        inner.queue_unfit.store(true, Ordering::Relaxed);
        tracing::warn!(%error, "the alarm of the queue channel could not be kept up to date");
    }
}
