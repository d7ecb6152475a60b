//! Forms that are being filled in: kept for a day, for the account that fills them in, where the platform remembers nothing with a form.
//!
//! Invariants: a draft is no report, and is never worked on; what was said for good is on the record, and the draft may be lost. Neighbours:
//! `chat::drafts` asks for an adapter.

use super::{Fault, Workflow, ground::fault};
use crate::domain::person::Identity;
use crate::runtime;
use chrono::TimeDelta;
use uuid::Uuid;

/// How long a draft waits for whoever fills it in.
const LIVES: TimeDelta = TimeDelta::hours(24);

impl Workflow {
    /// Keeps a draft, under a new name or the one it has; the name. `None` if that name is another account's.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn keep_draft(
        &self,
        name: Option<Uuid>,
        owner: &Identity,
        body: String,
    ) -> Result<Option<Uuid>, Fault> {
        let (workflow, owner) = (self.clone(), owner.clone());
        let kept = runtime::shield("keep_draft", async move {
            let inner = &workflow.inner;
            let now = inner.clock.now();
            let name = name.unwrap_or_else(|| inner.entropy.uuid(now));
            let kept = inner.store.keep_draft(name, &owner, &body, now + LIVES);
            kept.await.map(|kept| kept.then_some(name))
        });
        kept.await
            .map_err(|failed| Fault::Bug(failed.to_string()))?
            .map_err(|error| fault(&error))
    }

    /// The owner's draft.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn draft(&self, name: Uuid, owner: &Identity) -> Result<Option<String>, Fault> {
        let (workflow, owner) = (self.clone(), owner.clone());
        let found = runtime::shield("draft", async move {
            let inner = &workflow.inner;
            inner.store.draft(name, &owner, inner.clock.now()).await
        });
        found
            .await
            .map_err(|failed| Fault::Bug(failed.to_string()))?
            .map_err(|error| fault(&error))
    }

    /// Removes the owner's draft.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forget_draft(&self, name: Uuid, owner: &Identity) -> Result<(), Fault> {
        let (workflow, owner) = (self.clone(), owner.clone());
        let gone = runtime::shield("forget_draft", async move {
            workflow.inner.store.forget_draft(name, &owner).await
        });
        gone.await
            .map_err(|failed| Fault::Bug(failed.to_string()))?
            .map_err(|error| fault(&error))
    }
}
