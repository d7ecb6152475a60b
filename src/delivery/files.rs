//! Fetches the files that people attached, and keeps them by the hash of their content.
//!
//! Invariants: a file comes from the platform's own host only, capped (both the platform's part) and with a timeout; every file ends in
//! an entry of the timeline, with the hash of what was kept or the reason why there is nothing; tries are bounded; of two replicas
//! that fetch the same file one records it. Neighbours: a verb records the file as pending, the store keeps bytes, `chat::platform` fetches.

use super::{dispatcher::lost, facts, retry};
use crate::chat::platform::{Fetched, Platform};
use crate::domain::{
    clock::{Clock, Entropy, Timestamp},
    decision::At,
    delivery_rules,
    draft::Act,
    event_report::{Attachment, Door, Kept, Origin},
    ids::AttachmentId,
    in_force::PolicyHandle,
    person::Actor,
};
use crate::runtime;
use crate::store::{Stamp, Store, StoreError};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Tries in all; with the waits between them about half an hour.
const TRIES: u32 = 10;
/// The first wait between two tries; doubled with each.
const FIRST_WAIT: Duration = Duration::from_secs(2);
/// How long one fetch may take.
const FETCH_TIMEOUT: Duration = Duration::from_secs(60);
/// How many pending files are looked at in one pass.
const BATCH: u32 = 200;
/// The slow poll that finds what no wake announced, and what is to be tried again.
const POLL: Duration = Duration::from_secs(2);
/// How often a conflict with another writer is decided anew.
const CONFLICTS: u32 = 8;

/// What one pass did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FilesPass {
    /// Files kept.
    pub kept: usize,
    /// Files that cannot be had; the reason is in the record.
    pub refused: usize,
    /// Files to be tried again.
    pub later: usize,
}

/// Fetches pending files. Clones share what was tried.
#[derive(Debug, Clone)]
pub struct Files {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    platforms: Vec<Arc<dyn Platform>>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    policy: PolicyHandle,
    /// Tries so far, and when the next may be. Of this process only: after a restart every file gets its tries anew.
    tried: Mutex<BTreeMap<AttachmentId, (u32, Timestamp)>>,
}

/// What a file is by now.
enum Answer {
    /// For the record.
    Known(Kept),
    /// Not now: why.
    Later(String),
}

impl Files {
    /// A fetcher for these platforms.
    #[must_use]
    pub fn new(
        store: Store,
        platforms: Vec<Arc<dyn Platform>>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        policy: PolicyHandle,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                store,
                platforms,
                clock,
                entropy,
                policy,
                tried: Mutex::default(),
            }),
        }
    }

    /// Looks at every pending file whose time has come, once.
    pub async fn run_once(&self) -> FilesPass {
        let mut pass = FilesPass::default();
        let inner = Arc::clone(&self.inner);
        let pending = runtime::shield("files.pending", async move {
            inner.store.pending_attachments(BATCH).await
        });
        let pending = match pending.await.unwrap_or_else(|failed| Err(lost(&failed))) {
            Ok(pending) => pending,
            Err(error) => {
                tracing::warn!(%error, "pending files could not be looked up");
                return pass;
            }
        };
        for attachment in pending {
            let now = self.inner.clock.now();
            let (tries, next) = self.inner.tried(attachment.id).unwrap_or((0, now));
            if next > now {
                continue;
            }
            let answer = match self.inner.fetch(&attachment).await {
                Answer::Later(reason) if tries + 1 >= TRIES => Answer::Known(Kept::No {
                    reason: format!(
                        "It could not be fetched in {TRIES} tries; the last one: {reason}. Ask the sender for it once more: Note, \"Also tell the reporters\"."
                    ),
                }),
                answer => answer,
            };
            match answer {
                Answer::Known(kept) => {
                    let was_kept = matches!(kept, Kept::Yes { .. });
                    if self.record(Attachment { kept, ..attachment }).await {
                        pass.kept += usize::from(was_kept);
                        pass.refused += usize::from(!was_kept);
                    }
                }
                Answer::Later(_) => {
                    let wait = FIRST_WAIT.saturating_mul(1 << tries.min(8));
                    let again = (tries + 1, retry::later(now, wait));
                    self.inner.lock().insert(attachment.id, again);
                    pass.later += 1;
                }
            }
        }
        pass
    }

    /// Runs until `stop`, woken by commits and by a slow poll. A worker.
    pub async fn run(self, stop: CancellationToken) {
        let mut changes = self.inner.store.file_changes();
        while !stop.is_cancelled() {
            changes.borrow_and_update();
            self.run_once().await;
            // Only signals are awaited here.
            tokio::select! {
                () = stop.cancelled() => {}
                _ = changes.changed() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    /// Writes what a file is by now; whether this process wrote it.
    async fn record(&self, attachment: Attachment) -> bool {
        let id = attachment.id;
        let inner = Arc::clone(&self.inner);
        let recorded = runtime::shield(
            "files.record",
            async move { inner.record(&attachment).await },
        );
        match recorded.await.unwrap_or_else(|failed| Err(lost(&failed))) {
            Ok(recorded) => {
                self.inner.lock().remove(&id);
                recorded
            }
            Err(error) => {
                tracing::warn!(%error, attachment = %id, "a file could not be recorded; it is tried again");
                false
            }
        }
    }
}

impl Inner {
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<AttachmentId, (u32, Timestamp)>> {
        self.tried.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tried(&self, id: AttachmentId) -> Option<(u32, Timestamp)> {
        self.lock().get(&id).copied()
    }

    async fn fetch(self: &Arc<Self>, attachment: &Attachment) -> Answer {
        // What came with a form or a command has no message: its name says whose it is.
        let is_from = |platform: &&Arc<dyn Platform>| match &attachment.source {
            Some(source) => platform.id() == source.platform,
            None => platform.knows(&attachment.file),
        };
        let platform = self.platforms.iter().find(is_from);
        let Some(platform) = platform else {
            return Answer::Known(Kept::No {
                reason: "The platform that it came from is not connected any more. Ask who sent it for the file.".to_owned(),
            });
        };
        let fetched =
            match tokio::time::timeout(FETCH_TIMEOUT, platform.fetch(&attachment.file)).await {
                Ok(fetched) => fetched,
                Err(_) => Fetched::Temporary(format!(
                    "it did not come within {} s",
                    FETCH_TIMEOUT.as_secs()
                )),
            };
        match fetched {
            Fetched::Bytes(bytes) => self.keep(bytes).await,
            Fetched::Temporary(reason) => Answer::Later(reason),
            Fetched::Never(reason) => Answer::Known(Kept::No { reason }),
        }
    }

    async fn keep(self: &Arc<Self>, bytes: Vec<u8>) -> Answer {
        let size = bytes.len() as u64;
        let inner = Arc::clone(self);
        let kept = runtime::shield("files.keep", async move {
            inner.store.keep_content(bytes, inner.clock.now()).await
        });
        match kept.await.unwrap_or_else(|failed| Err(lost(&failed))) {
            Ok(sha256) => Answer::Known(Kept::Yes { sha256, size }),
            Err(StoreError::Invalid(reason)) => Answer::Known(Kept::No { reason }),
            Err(error) => Answer::Later(error.to_string()),
        }
    }

    /// Decides on the case as it is, and anew when another writer came between.
    async fn record(&self, attachment: &Attachment) -> Result<bool, StoreError> {
        let mut conflicts = 0;
        loop {
            match self.try_record(attachment).await {
                Err(StoreError::Conflict(_)) if conflicts < CONFLICTS => conflicts += 1,
                other => return other,
            }
        }
    }

    async fn try_record(&self, attachment: &Attachment) -> Result<bool, StoreError> {
        let now = self.clock.now();
        // The case first: whoever recorded the file after this reading has changed the case, and makes the write below fail.
        let Some(file) = facts::case_file(&self.store, attachment.case, now).await? else {
            return Ok(false);
        };
        let known = self.store.attachment(attachment.id).await?;
        if known.is_none_or(|known| known.kept != Kept::Pending) {
            return Ok(false);
        }
        let in_force = self.policy.current();
        let (actor, origin) = (Actor::system(), Origin::inside(Door::Delivery));
        let act = Act {
            at: At {
                now,
                policy: &in_force.policy,
                version: in_force.version,
                entropy: &*self.entropy,
            },
            actor: &actor,
            origin: &origin,
            happened_at: now,
        };
        let decision = delivery_rules::file_kept(act, &file, attachment);
        let mut tx = self.store.begin().await?;
        tx.record(&decision, Stamp::from(&act.at)).await?;
        let _ = tx.commit().await?;
        Ok(true)
    }
}
