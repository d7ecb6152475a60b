//! Watches whether the outbox drains, and says so: an alarm, figures, and an answer for readiness.
//!
//! Invariants: silence never looks like success: rows that are due and do not move raise an alarm that clears when they move again (promise
//! 10); the figures are of the whole database, so every replica tells the same. Neighbours: the store counts, `http` serves what is told here.

use super::dispatcher::lost;
use crate::domain::{
    clock::{Clock, Entropy, Timestamp},
    decision::AlarmKind,
    notification::{NotificationKind, Priority},
};
use crate::runtime;
use crate::store::{OutboxCount, OutboxState, Store, StoreError};
use crate::telemetry::names;
use chrono::TimeDelta;
use metrics::gauge;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What the alarm is about.
const SUBJECT: &str = "outbox";
/// How often it is to be looked.
pub const EVERY: Duration = Duration::from_secs(5);
/// While it lasts, the alarm is counted once more after this long.
const REPEAT: TimeDelta = TimeDelta::minutes(1);

/// Watches the outbox. Clones share what was seen.
#[derive(Debug, Clone)]
pub struct Watch {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    stuck_after: Duration,
    raised_at: Mutex<Option<Timestamp>>,
}

/// How the outbox does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readiness {
    /// It drains.
    pub ok: bool,
    /// What was found, and what to do if it is not well.
    pub sentence: String,
}

impl Watch {
    /// A watch that calls the outbox stuck when a row has been due for `stuck_after`. A channel takes one message a second, so a burst
    /// of reports alone may keep a card waiting for a minute or two.
    #[must_use]
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        stuck_after: Duration,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                store,
                clock,
                entropy,
                stuck_after,
                raised_at: Mutex::default(),
            }),
        }
    }

    /// Looks once: figures, and the alarm raised or cleared.
    ///
    /// # Errors
    /// If the database could not be asked or told.
    pub async fn run_once(&self) -> Result<Readiness, StoreError> {
        let inner = Arc::clone(&self.inner);
        let looked = runtime::shield("outbox.watch", async move { inner.look().await });
        looked.await.unwrap_or_else(|failed| Err(lost(&failed)))
    }

    /// How the outbox does now. Writes nothing.
    pub async fn readiness(&self) -> Readiness {
        let inner = Arc::clone(&self.inner);
        let now = inner.clock.now();
        let age = runtime::shield("outbox.readiness", async move {
            inner.store.oldest_ready_age(now).await
        });
        match age.await.unwrap_or_else(|failed| Err(lost(&failed))) {
            Ok(age) => judge(age, self.inner.stuck_after),
            Err(error) => Readiness {
                ok: false,
                sentence: format!("the outbox cannot be asked: {error}"),
            },
        }
    }
}

impl Inner {
    async fn look(&self) -> Result<Readiness, StoreError> {
        let now = self.clock.now();
        let age = self.store.oldest_ready_age(now).await?;
        gauge!(names::OUTBOX_OLDEST_SECONDS).set(seconds(age));
        for (priority, n) in pending(&self.store.outbox_counts().await?) {
            gauge!(names::OUTBOX_PENDING, "priority" => priority.as_str()).set(n as f64);
        }
        let readiness = judge(age, self.stuck_after);
        if readiness.ok {
            self.store
                .clear_alarm(AlarmKind::OutboxStuck, SUBJECT, now)
                .await?;
            *self.raised() = None;
        } else if self.raised().is_none_or(|at| at + REPEAT <= now) {
            let sentence = &readiness.sentence;
            self.store
                .raise_alarm(
                    AlarmKind::OutboxStuck,
                    SUBJECT,
                    sentence,
                    now,
                    &*self.entropy,
                )
                .await?;
            *self.raised() = Some(now);
        }
        let mut open: BTreeMap<AlarmKind, usize> =
            AlarmKind::ALL.iter().map(|kind| (*kind, 0)).collect();
        for alarm in self.store.open_alarms().await? {
            *open.entry(alarm.kind).or_default() += 1;
        }
        for (kind, n) in open {
            gauge!(names::ALARMS_OPEN, "kind" => kind.as_str()).set(n as f64);
        }
        Ok(readiness)
    }

    fn raised(&self) -> std::sync::MutexGuard<'_, Option<Timestamp>> {
        self.raised_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn seconds(age: Option<TimeDelta>) -> f64 {
    age.and_then(|age| age.to_std().ok())
        .unwrap_or_default()
        .as_secs_f64()
}

fn judge(age: Option<TimeDelta>, stuck_after: Duration) -> Readiness {
    let waited = age.and_then(|age| age.to_std().ok()).unwrap_or_default();
    if waited < stuck_after {
        return Readiness {
            ok: true,
            sentence: "the outbox drains".to_owned(),
        };
    }
    Readiness {
        ok: false,
        sentence: format!(
            "The outbox does not drain: its oldest row has been due for {} s. Look at `secevent outbox list` for the reason of the last try, and at `secevent doctor`.",
            waited.as_secs()
        ),
    }
}

/// Rows on their way, by priority; every priority has its figure, also when it is 0.
fn pending(counts: &[OutboxCount]) -> BTreeMap<Priority, u64> {
    let mut pending: BTreeMap<Priority, u64> = Priority::ALL
        .iter()
        .map(|priority| (*priority, 0))
        .collect();
    for count in counts {
        if matches!(
            count.state,
            OutboxState::Ready | OutboxState::Leased | OutboxState::Sending
        ) {
            *pending.entry(usual(count.kind)).or_default() += count.n;
        }
    }
    pending
}

/// The priority that a kind usually has.
const fn usual(kind: NotificationKind) -> Priority {
    match kind {
        NotificationKind::Page => Priority::Page,
        NotificationKind::Receipt => Priority::Receipt,
        NotificationKind::Feedback | NotificationKind::DirectNotice => Priority::Feedback,
        NotificationKind::CaseCard
        | NotificationKind::ThreadNote
        | NotificationKind::QueueNotice => Priority::Card,
    }
}
