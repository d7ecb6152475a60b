//! Turns what the process notices about itself into alarms: a worker that died, and storing that was not confirmed in time (promise 10).
//!
//! Invariants: what could not be told to the database is told when it answers again, because the counters stay; a dead worker stays an
//! alarm until a process starts whose workers live; slow storing is cleared after a quiet while. Neighbours: `chat/conversation` counts,
//! `runtime` knows its workers, `doctor` and `/readyz` show.

use super::workers::every;
use crate::{
    chat::conversation::NotConfirmed,
    domain::{
        clock::{Clock, Entropy, Timestamp},
        decision::AlarmKind,
    },
    runtime::{Runtime, WorkerState},
    store::{Store, StoreError},
};
use chrono::TimeDelta;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio_util::sync::CancellationToken;

/// What the alarm of slow storing is about.
const INTAKE: &str = "intake";
/// How often it is looked.
const POLL: Duration = Duration::from_secs(5);
/// While it lasts, the alarm of a dead worker is counted once more after this long.
const REPEAT: TimeDelta = TimeDelta::minutes(1);
/// Storing that was confirmed in time for so long is well again.
const QUIET: TimeDelta = TimeDelta::minutes(10);

/// Looks at the process itself. Clones share what was seen.
#[derive(Debug, Clone)]
pub(super) struct Myself {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    runtime: Runtime,
    store: Store,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    not_confirmed: NotConfirmed,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// How many answers were unconfirmed when the alarm was raised last.
    unconfirmed: u64,
    /// When the death of a worker was told last.
    dead: BTreeMap<&'static str, Timestamp>,
}

impl Myself {
    /// A look at the workers of `runtime` and at what the conversation could not confirm.
    pub(super) fn new(
        runtime: Runtime,
        store: Store,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        not_confirmed: NotConfirmed,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                runtime,
                store,
                clock,
                entropy,
                not_confirmed,
                seen: Mutex::default(),
            }),
        }
    }

    /// Looks once.
    ///
    /// # Errors
    /// If the database could not be told; it is told at the next look.
    pub(super) async fn run_once(&self) -> Result<(), StoreError> {
        let inner = Arc::clone(&self.inner);
        let looked = self.inner.runtime.shield("self watch", async move {
            inner.workers().await?;
            inner.intake().await
        });
        looked
            .await
            .unwrap_or_else(|failed| Err(StoreError::Unavailable(failed.to_string())))
    }

    /// Looks until `stop`. A worker.
    pub(super) async fn run(self, stop: CancellationToken) {
        let look = || {
            let this = self.clone();
            async move { this.run_once().await }
        };
        every(POLL, stop, look).await;
    }
}

impl Inner {
    async fn workers(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        for worker in self.runtime.workers() {
            let told = self.seen().dead.get(worker.name).copied();
            match worker.state {
                WorkerState::Dead(how) if told.is_none_or(|at| at + REPEAT <= now) => {
                    let text = format!("{how}. Restart this instance; the log says more.");
                    self.raise(AlarmKind::WorkerDead, worker.name, &text, now)
                        .await?;
                    self.seen().dead.insert(worker.name, now);
                }
                // At the first look only: an instance before this one may have left its alarm.
                WorkerState::Running if told.is_none() => {
                    self.store
                        .clear_alarm(AlarmKind::WorkerDead, worker.name, now)
                        .await?;
                    self.seen().dead.insert(worker.name, Timestamp::MIN_UTC);
                }
                _ => {}
            }
        }
        Ok(())
    }

    async fn intake(&self) -> Result<(), StoreError> {
        let (now, count) = (self.clock.now(), self.not_confirmed.count());
        let before = self.seen().unconfirmed;
        if count > before {
            let text = format!(
                "Storing was not confirmed in time for {} deliveries; people were told so. Look at the load and the health of the database.",
                count - before
            );
            self.raise(AlarmKind::StoreSlow, INTAKE, &text, now).await?;
            self.seen().unconfirmed = count;
            return Ok(());
        }
        // Whoever raised it: that instance may have been restarted since, or be another one to which it still happens.
        let (kind, subject) = (AlarmKind::StoreSlow, INTAKE);
        let open = self.store.open_alarm(kind, subject).await?;
        if open.is_some_and(|alarm| alarm.last_seen + QUIET <= now) {
            self.store.clear_alarm(kind, subject, now).await?;
        }
        Ok(())
    }

    async fn raise(
        &self,
        kind: AlarmKind,
        subject: &str,
        text: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.store
            .raise_alarm(kind, subject, text, now, &*self.entropy)
            .await
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::{ManualClock, SystemEntropy, from_micros};
    use crate::store::StoreOptions;

    #[tokio::test]
    async fn a_dead_worker_and_slow_storing_become_alarms() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("own.db").display());
        let store = Store::connect(&StoreOptions::new(url)).await.unwrap();
        store.migrate().await.unwrap();
        let clock = ManualClock::at(from_micros(1_772_000_000_000_000).unwrap());
        let (runtime, counter) = (Runtime::default(), NotConfirmed::default());
        let myself = Myself::new(
            runtime.clone(),
            store.clone(),
            Arc::new(clock.clone()),
            Arc::new(SystemEntropy),
            counter.clone(),
        );
        let open = async || {
            myself.run_once().await.unwrap();
            let alarms = store.open_alarms().await.unwrap();
            let told =
                |alarm: &crate::store::Alarm| (alarm.kind, alarm.subject.clone(), alarm.count);
            alarms.iter().map(told).collect::<Vec<_>>()
        };
        assert_eq!(open().await, []);

        runtime.worker("ticker", |_| async {});
        while runtime.dead_workers().is_empty() {
            tokio::task::yield_now().await;
        }
        let dead = |n| (AlarmKind::WorkerDead, "ticker".to_owned(), n);
        assert_eq!(open().await, [dead(1)]);
        assert_eq!(open().await, [dead(1)]);
        clock.advance(TimeDelta::minutes(1));
        assert_eq!(open().await, [dead(2)]);

        counter.add();
        counter.add();
        let slow = (AlarmKind::StoreSlow, INTAKE.to_owned(), 1);
        assert!(open().await.contains(&slow));
        assert!(open().await.contains(&slow));
        clock.advance(TimeDelta::minutes(9));
        // Another instance does not end what happened here a moment ago; a restarted one ends what its predecessor left.
        let restarted = Myself::new(
            Runtime::default(),
            store.clone(),
            Arc::new(clock.clone()),
            Arc::new(SystemEntropy),
            NotConfirmed::default(),
        );
        restarted.run_once().await.unwrap();
        assert!(open().await.contains(&slow));
        clock.advance(TimeDelta::minutes(1));
        restarted.run_once().await.unwrap();
        let left = store.open_alarms().await.unwrap();
        assert!(left.iter().all(|alarm| alarm.kind != AlarmKind::StoreSlow));
    }
}
