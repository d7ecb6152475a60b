//! The seat at a platform that gives one connection: who holds it, and how far the platform's stream was worked off.
//!
//! Invariants: the time is ours, so replicas must agree on it as well as a lease is long; what a holder notes after it lost the seat changes
//! nothing. Neighbours: `chat::seats` asks for an adapter.

use super::{Fault, Workflow, ground::fault};
use crate::domain::person::PlatformId;
use crate::runtime;
use chrono::TimeDelta;

pub use crate::store::{Seat, Stream};

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

    /// Notes how far the stream is; `false` if the seat is another's by now.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn note_stream(
        &self,
        platform: PlatformId,
        epoch: u64,
        stream: Option<Stream>,
    ) -> Result<bool, Fault> {
        let workflow = self.clone();
        let noted = runtime::shield("note_stream", async move {
            let store = &workflow.inner.store;
            store.note_stream(platform, epoch, stream.as_ref()).await
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
}
