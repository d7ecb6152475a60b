//! What every handler of an emulator shares: the lock, the clock, background work and its end.
//!
//! Purpose: hold state behind one lock that is never kept across an await, run deliveries that outlive the call which
//! caused them, and let waiters sleep until something changed. Invariants: background work ends with the emulator; a
//! handler that goes away (its client hung up) takes no delivery with it. Neighbours: each emulator's `state` and handlers.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::clock::EmulatorClock;

/// Shared by all handlers.
#[derive(Debug)]
pub struct Shared<State> {
    /// The emulator's time.
    pub clock: EmulatorClock,
    /// `http://127.0.0.1:port`.
    pub base_url: String,
    /// Opens the client door and the control door.
    pub door_token: String,
    /// How long an app has to acknowledge, in real time.
    pub ack_limit: Duration,
    /// Ends everything.
    pub stop: CancellationToken,
    state: Mutex<State>,
    tasks: Mutex<JoinSet<()>>,
    changes: watch::Sender<u64>,
    in_flight: watch::Sender<usize>,
    releases: watch::Sender<u64>,
    retries: watch::Sender<u64>,
}

/// Counts one delivery as under way until dropped.
#[derive(Debug)]
pub struct InFlight(watch::Sender<usize>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}

impl<State> Shared<State> {
    /// Puts a state behind the lock.
    pub fn new(
        state: State,
        clock: EmulatorClock,
        base_url: String,
        door_token: String,
        ack_limit: Duration,
    ) -> Self {
        Self {
            clock,
            base_url,
            door_token,
            ack_limit,
            stop: CancellationToken::new(),
            state: Mutex::new(state),
            tasks: Mutex::new(JoinSet::new()),
            changes: watch::Sender::new(0),
            in_flight: watch::Sender::new(0),
            releases: watch::Sender::new(0),
            retries: watch::Sender::new(0),
        }
    }

    /// Runs `work` on the state at the current instant, then wakes whoever waits for a change.
    pub fn with<R>(&self, work: impl FnOnce(&mut State, DateTime<Utc>) -> R) -> R {
        let result = self.look(work);
        self.changes.send_modify(|version| *version += 1);
        result
    }

    /// Like [`Self::with`], for work that changes nothing others wait for.
    pub fn look<R>(&self, work: impl FnOnce(&mut State, DateTime<Utc>) -> R) -> R {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut state, self.clock.now())
    }

    /// Runs work that outlives the caller.
    pub fn background(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(work);
    }

    /// Stops all background work.
    pub fn abort_background(&self) {
        self.tasks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .abort_all();
    }

    /// Marks a delivery as under way.
    pub fn start_flight(&self) -> InFlight {
        self.in_flight.send_modify(|count| *count += 1);
        InFlight(self.in_flight.clone())
    }

    /// How many deliveries wait for their acknowledgement.
    pub fn in_flight(&self) -> usize {
        *self.in_flight.borrow()
    }

    /// Waits until no delivery is under way.
    pub async fn idle(&self) {
        let mut in_flight = self.in_flight.subscribe();
        let _ = in_flight.wait_for(|count| *count == 0).await;
    }

    /// Waits until `look` finds something, looking again after every change, for `limit` of real time at most.
    pub async fn wait_for<R>(
        &self,
        limit: Duration,
        mut look: impl FnMut(&mut State) -> Option<R>,
    ) -> Option<R> {
        let mut changes = self.changes.subscribe();
        let found = async {
            loop {
                changes.mark_unchanged();
                if let Some(found) = self.look(|state, _| look(state)) {
                    return Some(found);
                }
                if changes.changed().await.is_err() {
                    return None;
                }
            }
        };
        tokio::time::timeout(limit, found).await.ok().flatten()
    }

    /// The number of the present change, as soon as it is not `since` any more or `limit` of real time is over.
    pub async fn change_after(&self, since: Option<u64>, limit: Duration) -> u64 {
        let mut changes = self.changes.subscribe();
        let other = changes.wait_for(|change| since != Some(*change));
        let _ = tokio::time::timeout(limit, other).await;
        *self.changes.borrow()
    }

    /// Lets go of every call that hangs.
    pub fn release_hangs(&self) {
        self.releases.send_modify(|count| *count += 1);
    }

    /// Waits to be released, or for `seconds` on the emulator's clock.
    pub async fn hang(&self, seconds: Option<u64>) {
        let mut releases = self.releases.subscribe();
        let released = releases.changed();
        match seconds {
            None => {
                let _ = released.await;
            }
            Some(seconds) => {
                tokio::select! {
                    _ = released => {}
                    () = self.clock.sleep(Duration::from_secs(seconds)) => {}
                }
            }
        }
    }

    /// Redelivers at once what waits for its next try.
    pub fn retry_now(&self) {
        self.retries.send_modify(|count| *count += 1);
    }

    /// Waits until the next try of a delivery is due.
    pub async fn until_retry(&self, after: Duration) {
        let mut retries = self.retries.subscribe();
        tokio::select! {
            _ = retries.changed() => {}
            () = self.clock.sleep(after) => {}
        }
    }
}
