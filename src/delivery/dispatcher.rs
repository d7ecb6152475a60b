//! The dispatcher: claims what is due, sends it, records what became of it.
//!
//! Invariants: database work runs in tasks of its own and is never dropped half way; nothing is sent while a transaction is open;
//! everything sent was announced to the store before (`sending`), so a crash leaves a trace; who has lost its lease records nothing.
//! Neighbours: `attempt` handles one row, the store's outbox leases, `watch` looks at what does not move.

use super::{
    attempt,
    outcome::End,
    pace::{Method, Pace},
    queue_channel::Unfit,
};
use crate::chat::platform::Platform;
use crate::chat::speech::Hearing;
use crate::domain::{
    clock::{Clock, Entropy, Timestamp},
    in_force::PolicyHandle,
    person::PlatformId,
};
use crate::runtime::{self, Shielded, TaskFailed};
use crate::store::{Budget, ClaimOptions, Claimed, Store, StoreError};
use chrono::TimeDelta;
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How the dispatcher works.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Names this process among replicas; unique per start, so that nobody mistakes leases of a dead process for its own.
    pub owner: String,
    /// How long a claimed row is this process's alone. Longer than `send_timeout` with room for the database.
    pub lease: Duration,
    /// Rows claimed at once, at most.
    pub batch: u32,
    /// Rows on their way at once, at most.
    pub max_in_flight: usize,
    /// The slow poll that finds what no wake announced.
    pub poll: Duration,
    /// How long one call to a platform may take.
    pub send_timeout: Duration,
    /// The pace of one lane: the time between two messages.
    pub lane_gap: Duration,
    /// Where cases are worked on; each where it was reported first if absent.
    pub queue_on: Option<PlatformId>,
    /// Marks cards of an installation that is not for production.
    pub brand: Option<String>,
    /// What may be heard: nobody is told that words are kept which never arrive.
    pub hearing: Hearing,
}

impl Settings {
    /// Ordinary settings for an owner.
    #[must_use]
    pub fn new(owner: impl Into<String>) -> Self {
        Self {
            owner: owner.into(),
            lease: Duration::from_secs(45),
            batch: 32,
            max_in_flight: 32,
            poll: Duration::from_secs(1),
            send_timeout: Duration::from_secs(10),
            lane_gap: Duration::from_secs(1),
            queue_on: None,
            brand: None,
            hearing: Hearing::ALL,
        }
    }
}

/// What one pass did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pass {
    /// Rows claimed; a row that came back within the pass counts again.
    pub claimed: usize,
    /// Taken by the platform.
    pub delivered: usize,
    /// To be tried again.
    pub temporary: usize,
    /// Given up.
    pub permanent: usize,
    /// No longer true.
    pub cancelled: usize,
    /// Left to whoever holds them now, or to the end of their lease, because the database did not record what happened.
    pub unrecorded: usize,
}

impl Pass {
    fn count(&mut self, end: End) {
        match end {
            End::Delivered => self.delivered += 1,
            End::Temporary => self.temporary += 1,
            End::Permanent => self.permanent += 1,
            End::Cancelled => self.cancelled += 1,
            End::Unrecorded => self.unrecorded += 1,
        }
    }
}

/// Sends the outbox to the world. Clones are handles to the same dispatcher.
#[derive(Debug, Clone)]
pub struct Dispatcher {
    pub(super) inner: Arc<Inner>,
}

/// What every attempt needs.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) store: Store,
    pub(super) platforms: Vec<Arc<dyn Platform>>,
    pub(super) ids: Vec<PlatformId>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) policy: PolicyHandle,
    pub(super) settings: Settings,
    pub(super) pace: Pace,
    pub(super) queue_unfit: Unfit,
    limited: Mutex<BTreeMap<String, u32>>,
}

impl Inner {
    /// The platform with this id, if it is connected.
    pub(super) fn platform(&self, id: PlatformId) -> Option<Arc<dyn Platform>> {
        self.platforms
            .iter()
            .find(|platform| platform.id() == id)
            .cloned()
    }

    /// How often in a row the lane was limited.
    pub(super) fn limited_before(&self, lane: &str) -> u32 {
        let limited = self.limited.lock().unwrap_or_else(PoisonError::into_inner);
        limited.get(lane).copied().unwrap_or_default()
    }

    /// What the pace of the platforms lets go now beside what is `flying`, and when it lets something go that it holds back now.
    fn budget(&self, now: Timestamp, flying: usize) -> (Budget, Timestamp) {
        let flying = u32::try_from(flying).unwrap_or(u32::MAX);
        let free = |method| {
            let free = self.ids.iter().map(|id| self.pace.free(*id, method, now));
            let best = free.max_by_key(|(free, next)| (*free, std::cmp::Reverse(*next)));
            let (free, next) = best.unwrap_or((u32::MAX, now));
            (free.saturating_sub(flying), next)
        };
        let ((posts, post_at), (updates, update_at)) = (free(Method::Post), free(Method::Update));
        let held_until = match (posts, updates) {
            (0, 0) => post_at.min(update_at),
            (0, _) => post_at,
            (_, 0) => now + UPDATES_NAP,
            _ => now,
        };
        (Budget { posts, updates }, held_until)
    }

    /// The lane was limited once more, or is free again.
    pub(super) fn note_limit(&self, lane: &str, is_limited: bool) {
        let mut limited = self.limited.lock().unwrap_or_else(PoisonError::into_inner);
        if is_limited {
            *limited.entry(lane.to_owned()).or_default() += 1;
        } else {
            limited.remove(lane);
        }
    }
}

impl Dispatcher {
    /// A dispatcher for these platforms. The first of them carries the queue channel.
    #[must_use]
    pub fn new(
        store: Store,
        platforms: Vec<Arc<dyn Platform>>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        policy: PolicyHandle,
        settings: Settings,
    ) -> Self {
        let ids: Vec<PlatformId> = platforms.iter().map(|platform| platform.id()).collect();
        let queue_unfit = Unfit::unknown(&ids);
        Self {
            inner: Arc::new(Inner {
                store,
                platforms,
                ids,
                clock,
                entropy,
                policy,
                settings,
                pace: Pace::default(),
                queue_unfit,
                limited: Mutex::default(),
            }),
        }
    }

    /// Claims all that is due now, sends it, records it, and returns when that has ended. What the sending itself makes due at
    /// once is part of the pass.
    pub async fn run_once(&self) -> Pass {
        let mut pass = Pass::default();
        loop {
            let rows = match self.claim(self.inner.settings.max_in_flight, 0).await {
                Ok(rows) if rows.is_empty() => return pass,
                Ok(rows) => rows,
                Err(error) => {
                    tracing::error!(%error, "the outbox could not be claimed");
                    return pass;
                }
            };
            pass.claimed += rows.len();
            let mut flying: FuturesUnordered<_> =
                rows.into_iter().map(|row| self.start(row)).collect();
            while let Some(ended) = flying.next().await {
                pass.count(ended.unwrap_or(End::Unrecorded));
            }
        }
    }

    /// Runs until `stop`: woken by commits in milliseconds, by the slow poll otherwise. At the stop it claims nothing new and
    /// waits for what is on its way.
    pub async fn run(self, stop: CancellationToken) {
        let mut changes = self.inner.store.changes();
        let mut flying: FuturesUnordered<Shielded<End>> = FuturesUnordered::new();
        let mut is_down = false;
        while !stop.is_cancelled() {
            // Marked as seen before the claim: what is committed during the claim rings again.
            changes.borrow_and_update();
            let free = self.inner.settings.max_in_flight - flying.len();
            let mut wait = self.inner.settings.poll;
            if free > 0 {
                match self.claim(free, flying.len()).await {
                    Ok(rows) => {
                        if is_down {
                            tracing::info!("the outbox can be claimed again");
                            is_down = false;
                        }
                        flying.extend(rows.into_iter().map(|row| self.start(row)));
                        wait = self.until_next(wait, flying.len()).await;
                    }
                    Err(error) => {
                        if !is_down {
                            tracing::error!(%error, "the outbox cannot be claimed; it is tried every poll");
                            is_down = true;
                        }
                    }
                }
            }
            // Only signals are awaited here; a send and its recording have a task of their own.
            tokio::select! {
                () = stop.cancelled() => {}
                _ = changes.changed(), if !is_down => {}
                Some(_) = flying.next(), if !flying.is_empty() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
        while flying.next().await.is_some() {}
    }

    /// How long until the next row is due, at most `poll`.
    async fn until_next(&self, poll: Duration, flying: usize) -> Duration {
        let inner = Arc::clone(&self.inner);
        let now = inner.clock.now();
        let (budget, held_until) = inner.budget(now, flying);
        if budget.posts == 0 {
            // Nearly everything waits for the pace, so nobody is asked which of it is due; a page rings.
            return (held_until - now)
                .to_std()
                .unwrap_or_default()
                .clamp(SHORTEST, poll);
        }
        let next = runtime::shield("delivery.next", async move {
            inner.store.next_outbox_due().await
        });
        match next.await {
            Ok(Ok(Some(due))) => (due.max(held_until) - now)
                .to_std()
                .unwrap_or_default()
                .clamp(SHORTEST, poll),
            _ => poll,
        }
    }

    async fn claim(&self, free: usize, flying: usize) -> Result<Vec<Claimed>, StoreError> {
        let inner = Arc::clone(&self.inner);
        let claimed = runtime::shield("delivery.claim", async move {
            let settings = &inner.settings;
            let now = inner.clock.now();
            let options = ClaimOptions {
                budget: inner.budget(now, flying).0,
                owner: &settings.owner,
                lease: settings.lease,
                pace: settings.lane_gap,
                limit: settings.batch.min(u32::try_from(free).unwrap_or(u32::MAX)),
            };
            inner.store.claim(&options, now, &*inner.entropy).await
        });
        claimed.await.unwrap_or_else(|failed| Err(lost(&failed)))
    }

    fn start(&self, row: Claimed) -> Shielded<End> {
        let inner = Arc::clone(&self.inner);
        runtime::spawn("delivery.attempt", attempt::run(inner, row))
    }
}

/// No nap is shorter: a lane that frees up now and then must not make the loop spin.
const SHORTEST: Duration = Duration::from_millis(5);

/// While no card may be changed in place: other rows may be due, so it looks again soon.
const UPDATES_NAP: TimeDelta = TimeDelta::milliseconds(50);

/// A task of the database that panicked or was dropped at the end of the process: nobody knows what it wrote.
pub(super) fn lost(failed: &TaskFailed) -> StoreError {
    StoreError::Unavailable(failed.to_string())
}
