//! Turns silence into an alarm: Slack takes our messages, and tells us nothing of what happens (promise 10).
//!
//! Invariants: silence is judged by what any replica heard; the alarm is raised after [`QUIET`] without the echo of a message of ours and cleared by
//! the next event, whoever hears it. Neighbours: `chat/slack/ear` hears, `store/door_seen` is what replicas share.

use super::workers::every;
use crate::{
    chat::slack::ear::Ear,
    domain::{
        clock::{Clock, Entropy, Timestamp},
        decision::AlarmKind,
        person::PlatformId,
    },
    runtime::Runtime,
    store::{Store, StoreError},
};
use chrono::TimeDelta;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio_util::sync::CancellationToken;

/// What the alarm is about.
const SUBJECT: &str = "slack";
/// The kind of delivery that an echo comes by.
const EVENT: &str = "event";
/// An echo takes a second; after so long it does not come any more.
const QUIET: TimeDelta = TimeDelta::minutes(5);
/// A sign of life is written no more often than this.
const APART: TimeDelta = TimeDelta::seconds(30);
/// While it lasts, the alarm is counted once more after this long.
const REPEAT: TimeDelta = TimeDelta::minutes(1);
/// How often it is looked.
const POLL: Duration = Duration::from_secs(15);

/// Listens for silence. Clones share what was written.
#[derive(Debug, Clone)]
pub(super) struct Quiet {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    ear: Ear,
    runtime: Runtime,
    store: Store,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    written: Mutex<BTreeMap<&'static str, Timestamp>>,
}

impl Quiet {
    /// Listens with `ear`.
    pub(super) fn new(
        ear: Ear,
        runtime: Runtime,
        store: Store,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                ear,
                runtime,
                store,
                clock,
                entropy,
                written: Mutex::default(),
            }),
        }
    }

    /// Looks once.
    ///
    /// # Errors
    /// If the database could not be asked or told; the next look does it.
    pub(super) async fn run_once(&self) -> Result<(), StoreError> {
        let inner = Arc::clone(&self.inner);
        let looked = self.inner.runtime.shield("quiet watch", async move {
            inner.signs_of_life().await?;
            inner.silence().await
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
    async fn signs_of_life(&self) -> Result<(), StoreError> {
        for (door, at) in self.ear.last() {
            let written = self.written(|written| written.get(door).copied());
            if written.is_none_or(|before| at - before >= APART) {
                self.store.door_seen(PlatformId::Slack, door, at).await?;
                self.written(|written| written.insert(door, at));
            }
        }
        Ok(())
    }

    async fn silence(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let is_silent = |since: &Timestamp| now - *since >= QUIET;
        let waiting = self.ear.waiting_since().filter(is_silent);
        let alarms = self.store.open_alarms().await?;
        let open = alarms
            .iter()
            .find(|alarm| alarm.kind == AlarmKind::EventsQuiet && alarm.subject == SUBJECT);
        if waiting.is_none() && open.is_none() {
            return Ok(());
        }
        let doors = self.store.doors_seen().await?;
        let is_event = |seen: &&crate::store::DoorSeen| {
            seen.platform == PlatformId::Slack && seen.door == EVENT
        };
        let last = doors.iter().find(is_event).map(|seen| seen.last_at);
        if let Some(last) = last {
            self.ear.heard_elsewhere(last);
        }
        match (waiting, open) {
            (_, Some(alarm)) if last.is_some_and(|last| last > alarm.first_seen) => {
                self.store
                    .clear_alarm(AlarmKind::EventsQuiet, SUBJECT, now)
                    .await?;
                Ok(())
            }
            (Some(since), open)
                if last.is_none_or(|last| last < since)
                    && open.is_none_or(|alarm| alarm.last_seen + REPEAT <= now) =>
            {
                let text = format!(
                    "Slack took a message into the queue channel {} minutes ago and has told of nothing since: reactions, mentions and replies may be getting lost. Look at the event subscriptions of the app (message.groups among them), and restart this instance.",
                    (now - since).num_minutes()
                );
                self.store
                    .raise_alarm(AlarmKind::EventsQuiet, SUBJECT, &text, now, &*self.entropy)
                    .await
            }
            _ => Ok(()),
        }
    }

    fn written<T>(&self, ask: impl FnOnce(&mut BTreeMap<&'static str, Timestamp>) -> T) -> T {
        ask(&mut self.written.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
