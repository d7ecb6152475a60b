//! The one home of `tokio::spawn`: named tasks, supervised workers, graceful stop.
//!
//! Invariants: a database future is never dropped half way (`shield` gives it a task of its own, and `within` limits
//! the waiting, never the work); a panic in a task is logged once, counted, and told to whoever waits; a worker that
//! ends without being asked stays visible to `/readyz`; a stop names what did not end in time.
//! Why a dropped database future is fatal: `docs/decisions/no-cancelled-database-work.md`.
//!
//! Neighbours: every layer but `domain` and `emulator` may use it; it knows `telemetry` only. `runtime::crash` holds
//! the points at which the crash tests kill the process, `runtime::shielded` the handle of a task, `runtime::signals` the
//! wish of an operator to stop.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::telemetry::{Scope, names};

mod crash;
mod shielded;
mod signals;

pub use crash::{CRASH_POINTS, CrashPoints, FaultError, Faults, Sabotage};
use shielded::Work;
pub use shielded::{Shielded, TaskFailed, Unconfirmed, within};
pub use signals::StopSignals;

/// How long a stop may wait for tasks where no settings say it: under the 10 s that are promised, with time left for the exit.
pub const STOP_LIMIT: Duration = Duration::from_secs(8);

/// How long tasks may take of a stop of the whole process: four fifths, the rest is for the exit.
#[must_use]
pub fn stop_limit(within: Duration) -> Duration {
    within * 4 / 5
}

tokio::task_local! {
    /// The runtime whose task is being polled, so that code far below needs no handle passed down to it.
    static CURRENT: Runtime;
}

/// Starts a named task in the runtime of the task that calls, or in none of them when called from outside (an HTTP
/// server's own task, a test): then a panic is still logged and counted, but a stop does not wait for it.
/// Code that has a [`Runtime`] at hand uses [`Runtime::spawn`].
pub fn spawn<F>(name: &'static str, future: F) -> Shielded<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    current().spawn(name, future)
}

/// Like [`spawn`], for work on the database; [`Runtime::shield`] says what the difference is.
pub fn shield<F>(name: &'static str, future: F) -> Shielded<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    current().shield(name, future)
}

/// Kills the process here if a crash test armed this point; otherwise nothing. The names stand in [`CRASH_POINTS`].
/// Works inside tasks of a [`Runtime`]; outside of them nothing is armed.
pub fn crash_point(name: &'static str) {
    let _ = CURRENT.try_with(|runtime| runtime.crash_point(name));
}

/// Whether a test asked for this promise to be broken. Works inside tasks of a [`Runtime`]; outside of them nothing is.
pub fn sabotaged(promise: Sabotage) -> bool {
    CURRENT
        .try_with(|runtime| runtime.inner.faults.sabotage == Some(promise))
        .unwrap_or(false)
}

/// Sends every panic of the process to the log, once, after `telemetry::install`. A panic in a task of ours is only
/// announced here, with its place in the source; the error line, with the task's name, follows when it is caught.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        let message = panic.payload_as_str().unwrap_or("(no message)");
        if CURRENT.try_with(|_| ()).is_ok() {
            tracing::warn!(
                panic.place = place,
                panic.message = message,
                "a task panics"
            );
        } else {
            tracing::error!(
                panic.place = place,
                panic.message = message,
                "panic outside any task"
            );
        }
    }));
}

fn current() -> Runtime {
    CURRENT.try_with(Clone::clone).unwrap_or_default()
}

/// How a worker is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkerState {
    /// It runs.
    Running,
    /// It ended after the stop was asked for.
    Stopped,
    /// It ended unasked; the sentence says how. Only a restart of the process brings it back.
    Dead(String),
}

/// A long-running worker and its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// Name of the worker.
    pub name: &'static str,
    /// How it is doing.
    pub state: WorkerState,
}

/// What a stop achieved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StopReport {
    /// How long the stop took.
    pub took: Duration,
    /// Tasks that were still running when the time was over, each name with the number of its tasks.
    pub unfinished: Vec<(&'static str, usize)>,
}

/// The tasks of one app. Clones are handles to the same runtime; a process may hold several runtimes.
#[derive(Clone, Default)]
pub struct Runtime {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    tracker: TaskTracker,
    stop: CancellationToken,
    running: Mutex<BTreeMap<&'static str, usize>>,
    workers: Mutex<Vec<Worker>>,
    panics: AtomicU64,
    faults: Faults,
    scope: Scope,
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime")
            .field("running", &self.running())
            .field("workers", &self.workers())
            .finish_non_exhaustive()
    }
}

impl Runtime {
    /// A runtime whose tasks log and count into `scope`, with the faults that a test asked for.
    pub fn new(faults: Faults, scope: Scope) -> Self {
        Self {
            inner: Arc::new(Inner {
                faults,
                scope,
                ..Inner::default()
            }),
        }
    }

    /// Starts a named task. It ends by itself, not when the handle is dropped.
    pub fn spawn<F>(&self, name: &'static str, future: F) -> Shielded<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        // In a box before anything is wrapped around it: without optimisation every wrapping copies the whole future on the stack,
        // and a connection being opened would overflow it.
        let guarded = self.guard(name, Box::pin(future));
        let counted = Counted::new(self, name);
        let tracked = self.inner.tracker.track_future(async move {
            let _counted = counted;
            guarded.await
        });
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the home of tokio::spawn"
        )]
        let handle = tokio::spawn(tracked);
        Shielded {
            task: name,
            work: Work::Task(handle),
        }
    }

    /// Gives work on the database a task of its own, so that it goes on when the one who waits is dropped (a client
    /// that hangs up, a handler that runs out of time). With the fault `without_shield` the work runs in the waiting
    /// future instead, to show what is lost then.
    pub fn shield<F>(&self, name: &'static str, future: F) -> Shielded<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        if self.inner.faults.without_shield {
            let work = Work::Inline(Box::pin(self.guard(name, Box::pin(future))));
            return Shielded { task: name, work };
        }
        self.spawn(name, future)
    }

    /// Starts a long-running worker. It gets the token that says when to stop; ending before that is a death: logged
    /// as an error, and reported by [`Runtime::dead_workers`] until the process restarts.
    pub fn worker<F, W>(&self, name: &'static str, work: W)
    where
        W: FnOnce(CancellationToken) -> F,
        F: Future<Output = ()> + Send + 'static,
    {
        let slot = {
            let mut workers = lock(&self.inner.workers);
            workers.push(Worker {
                name,
                state: WorkerState::Running,
            });
            workers.len() - 1
        };
        let runtime = self.clone();
        let future = Box::pin(work(self.stopping()));
        self.spawn(name, async move {
            let ended = runtime.guard(name, future).await;
            let state = match ended {
                Err(failed) => WorkerState::Dead(failed.to_string()),
                Ok(()) if runtime.is_stopping() => WorkerState::Stopped,
                Ok(()) => {
                    tracing::error!(worker = name, "worker ended without being asked to stop");
                    WorkerState::Dead(format!("worker {name} ended without being asked to stop"))
                }
            };
            if let Some(worker) = lock(&runtime.inner.workers).get_mut(slot) {
                worker.state = state;
            }
        })
        .detach();
    }

    /// Polls a future inside this runtime's scope without a task of its own: for the handlers of an HTTP server, whose
    /// tasks are the server's. Code below then finds this runtime, its log and its metrics.
    pub fn scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        let runtime = self.clone();
        async move {
            let scope = runtime.inner.scope.clone();
            let mut future = pin!(CURRENT.scope(runtime, future));
            std::future::poll_fn(move |cx| scope.enter(|| future.as_mut().poll(cx))).await
        }
    }

    /// The token that is cancelled when the stop begins; a door that sees it takes nothing new.
    pub fn stopping(&self) -> CancellationToken {
        self.inner.stop.clone()
    }

    /// Whether the stop has begun.
    pub fn is_stopping(&self) -> bool {
        self.inner.stop.is_cancelled()
    }

    /// All workers ever started, in the order of their start.
    pub fn workers(&self) -> Vec<Worker> {
        lock(&self.inner.workers).clone()
    }

    /// The workers that ended without being asked.
    pub fn dead_workers(&self) -> Vec<Worker> {
        let mut workers = self.workers();
        workers.retain(|worker| matches!(worker.state, WorkerState::Dead(_)));
        workers
    }

    /// How many tasks panicked so far. A test fails when this is not 0 at its end.
    pub fn panics(&self) -> u64 {
        self.inner.panics.load(Ordering::Relaxed)
    }

    /// The running tasks by name, workers included.
    pub fn running(&self) -> Vec<(&'static str, usize)> {
        lock(&self.inner.running)
            .iter()
            .map(|(name, count)| (*name, *count))
            .collect()
    }

    /// Kills the process here if a crash test armed this point.
    pub fn crash_point(&self, name: &'static str) {
        self.inner.faults.crash.reach(name);
    }

    /// Stops gracefully: tells doors and workers, waits for running tasks up to `limit`, and says which did not end.
    /// Those go on until the process exits; none is cancelled here.
    pub async fn stop(&self, limit: Duration) -> StopReport {
        let begun = Instant::now();
        self.inner.stop.cancel();
        self.inner.tracker.close();
        let all_ended = tokio::time::timeout(limit, self.inner.tracker.wait())
            .await
            .is_ok();
        let unfinished = if all_ended {
            Vec::new()
        } else {
            self.running()
        };
        for (task, count) in &unfinished {
            tracing::error!(
                task,
                count,
                "task did not end before the stop ran out of time"
            );
        }
        StopReport {
            took: begun.elapsed(),
            unfinished,
        }
    }

    /// The future with everything around it that a task needs: scope, the span of the one who starts it, and the net
    /// for panics. Not an `async fn`, because the span must be taken now and not at the first poll.
    fn guard<F: Future>(
        &self,
        name: &'static str,
        future: F,
    ) -> impl Future<Output = Result<F::Output, TaskFailed>> + use<F> {
        let runtime = self.clone();
        let caught = async move {
            AssertUnwindSafe(future)
                .catch_unwind()
                .await
                .map_err(|payload| runtime.note_panic(name, payload.as_ref()))
        };
        self.scope(caught.in_current_span())
    }

    fn note_panic(&self, task: &'static str, payload: &(dyn std::any::Any + Send)) -> TaskFailed {
        let message = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "(no message)".to_owned());
        self.inner.panics.fetch_add(1, Ordering::Relaxed);
        metrics::counter!(names::TASK_PANICS, "task" => task).increment(1);
        tracing::error!(task, message, "task panicked");
        TaskFailed::Panicked { task, message }
    }
}

/// Keeps the count of running tasks by name, also when a task is dropped by the executor.
struct Counted {
    runtime: Runtime,
    name: &'static str,
}

impl Counted {
    fn new(runtime: &Runtime, name: &'static str) -> Self {
        *lock(&runtime.inner.running).entry(name).or_insert(0) += 1;
        Self {
            runtime: runtime.clone(),
            name,
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut running = lock(&self.runtime.inner.running);
        if let Some(count) = running.get_mut(self.name) {
            *count -= 1;
            if *count == 0 {
                running.remove(self.name);
            }
        }
    }
}

/// A poisoned lock here only means that a holder panicked between two plain assignments; the data is still sound.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
