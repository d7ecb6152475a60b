//! The seat at a platform that gives one connection: who holds it, how far the platform's stream was worked off, and what was missed.
//!
//! Invariants: the time is ours, so replicas must agree on it as well as a lease is long; what a holder notes after it lost the seat changes
//! nothing. Neighbours: `chat::seats` asks for an adapter.

use super::{Fault, Workflow, ground::fault};
use crate::domain::{decision::AlarmKind, person::PlatformId};
use crate::runtime;
use chrono::TimeDelta;

pub use crate::store::{Place, Seat, Stream};

impl Workflow {
    /// Takes the seat for so long, or renews it; `None` while another holds it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn take_seat(
        &self,
        platform: PlatformId,
        holder: &str,
        lives: TimeDelta,
    ) -> Result<Option<Seat>, Fault> {
        let (workflow, holder) = (self.clone(), holder.to_owned());
        let taken = runtime::shield("take_seat", async move {
            let now = workflow.inner.clock.now();
            let store = &workflow.inner.store;
            store.take_seat(platform, &holder, now, now + lives).await
        });
        taken
            .await
            .map_err(|failed| Fault::Bug(failed.to_string()))?
            .map_err(|error| fault(&error))
    }

    /// Notes where the holder is; `false` if the seat is another's by now.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn note_place(
        &self,
        platform: PlatformId,
        epoch: u64,
        place: Place,
    ) -> Result<bool, Fault> {
        let workflow = self.clone();
        let noted = runtime::shield("note_place", async move {
            let store = &workflow.inner.store;
            store.note_place(platform, epoch, &place).await
        });
        noted
            .await
            .map_err(|failed| Fault::Bug(failed.to_string()))?
            .map_err(|error| fault(&error))
    }

    /// Gives the seat up.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn leave_seat(&self, platform: PlatformId, epoch: u64) -> Result<(), Fault> {
        let workflow = self.clone();
        let left = runtime::shield("leave_seat", async move {
            let now = workflow.inner.clock.now();
            workflow.inner.store.leave_seat(platform, epoch, now).await
        });
        left.await
            .map_err(|failed| Fault::Bug(failed.to_string()))?
            .map_err(|error| fault(&error))
    }

    /// Raises the alarm that something may have been missed: in a channel, or, without one, wherever nobody looks.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn raise_missed(
        &self,
        platform: PlatformId,
        channel: Option<&str>,
        text: &str,
    ) -> Result<(), Fault> {
        let (workflow, text) = (self.clone(), text.to_owned());
        let subject = channel.map_or_else(|| platform.to_string(), |id| about(platform, id));
        let raised = runtime::shield("raise_missed", async move {
            let inner = &workflow.inner;
            let (kind, now) = (AlarmKind::EventsMissed, inner.clock.now());
            inner
                .store
                .raise_alarm(kind, &subject, &text, now, &*inner.entropy)
                .await
        });
        raised
            .await
            .map_err(|failed| Fault::Bug(failed.to_string()))?
            .map_err(|error| fault(&error))
    }

    /// Ends the alarms about channels that were missed, all but these.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn clear_missed(&self, platform: PlatformId, but: Vec<String>) -> Result<(), Fault> {
        let workflow = self.clone();
        let cleared = runtime::shield("clear_missed", async move {
            let inner = &workflow.inner;
            let (now, prefix) = (inner.clock.now(), about(platform, ""));
            for alarm in inner.store.open_alarms().await? {
                let channel = alarm.subject.strip_prefix(&prefix);
                if alarm.kind == AlarmKind::EventsMissed
                    && channel.is_some_and(|id| !but.iter().any(|kept| kept == id))
                {
                    inner
                        .store
                        .clear_alarm(alarm.kind, &alarm.subject, now)
                        .await?;
                }
            }
            Ok(())
        });
        cleared
            .await
            .map_err(|failed| Fault::Bug(failed.to_string()))?
            .map_err(|error| fault(&error))
    }
}

/// What an alarm about a channel is about.
fn about(platform: PlatformId, channel: &str) -> String {
    format!("{platform}:{channel}")
}
