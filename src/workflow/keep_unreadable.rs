//! Keep what could not be read: a delivery that should have been a report or an answer, with an alarm, so that nothing gets lost unseen.
//!
//! Invariants: tokens, response URLs and trigger ids are masked by the adapter before it gets here; the store caps it and keeps it
//! for as long as the settings say. Neighbours: `chat` hands it over, `doctor` shows the alarm, `secevent unread` what was kept.

use super::{Fault, Workflow, ground::fault};
use crate::domain::{decision::AlarmKind, input::Unread};
use crate::runtime;
use crate::store::UnreadInbound;

impl Workflow {
    /// Keeps it and raises the alarm.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn keep_unreadable(&self, what: Unread) -> Result<(), Fault> {
        let workflow = self.clone();
        runtime::shield("keep_unreadable", async move {
            let inner = &workflow.inner;
            let now = inner.clock.now();
            let subject = format!("{}:{}", what.platform, what.what);
            let text = format!(
                "Something from {} ({}) could not be read: {}. It is kept for a time: `secevent unread list` shows it, and `secevent unread done` ends this alarm.",
                what.platform, what.what, what.reason
            );
            let unread = UnreadInbound {
                platform: what.platform,
                what: what.what,
                masked: what.masked,
                reason: what.reason,
                wire_sha256: what.wire_sha256,
                at: now,
            };
            let entropy = &*inner.entropy;
            inner.store.keep_unread(&unread, entropy).await?;
            inner
                .store
                .raise_alarm(AlarmKind::UnreadableInbound, &subject, &text, now, entropy)
                .await
        })
        .await
        .map_err(|failed| Fault::Bug(failed.to_string()))?
        .map_err(|error| fault(&error))
    }
}
