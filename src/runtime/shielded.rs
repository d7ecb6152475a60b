//! The handle of a named task, and the waiting for it.
//!
//! Invariants: dropping a handle or running out of time ends the waiting and never the work, unless a test took the
//! shield away on purpose.
//!
//! Neighbours: `runtime` starts the tasks and makes the handles.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::JoinHandle;

/// How a task ended without a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TaskFailed {
    /// The task panicked. It was logged when it happened; do not log it again.
    #[error("task {task} panicked: {message}")]
    Panicked {
        /// Name of the task.
        task: &'static str,
        /// What the panic said.
        message: String,
    },
    /// The process is going down and the executor dropped the task.
    #[error("task {task} was dropped because the process is stopping")]
    Dropped {
        /// Name of the task.
        task: &'static str,
    },
}

/// Why `within` came back without a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unconfirmed {
    /// The time is over. The task goes on, and its result is still recorded by what it does.
    #[error("no answer within {} ms; the work goes on", limit.as_millis())]
    StillRunning {
        /// How long was waited.
        limit: Duration,
    },
    /// The task failed.
    #[error(transparent)]
    Failed(#[from] TaskFailed),
}

/// The handle of a named task. Dropping it never stops the task.
#[must_use = "await the handle, or call `detach` to say that nobody waits"]
pub struct Shielded<T> {
    pub(super) task: &'static str,
    pub(super) work: Work<T>,
}

/// Where the work of a handle is done.
pub(super) enum Work<T> {
    Task(JoinHandle<Result<T, TaskFailed>>),
    /// Only with `Faults::without_shield`: the work lives and dies with the one who waits.
    Inline(Pin<Box<dyn Future<Output = Result<T, TaskFailed>> + Send>>),
}

impl<T> Shielded<T> {
    /// Name of the task.
    pub fn name(&self) -> &'static str {
        self.task
    }

    /// Says that nobody waits for this task. A panic in it is still logged and counted.
    pub fn detach(self) {}
}

impl<T> fmt::Debug for Shielded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Shielded").field(&self.task).finish()
    }
}

impl<T> Future for Shielded<T> {
    type Output = Result<T, TaskFailed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let task = self.task;
        match &mut self.work {
            Work::Task(handle) => Pin::new(handle)
                .poll(cx)
                .map(|joined| joined.unwrap_or(Err(TaskFailed::Dropped { task }))),
            Work::Inline(future) => future.as_mut().poll(cx),
        }
    }
}

/// Waits for a task for at most `limit`. When the time is over only the waiting ends: the task goes on.
///
/// # Errors
/// `Unconfirmed::StillRunning` when the time is over, `Unconfirmed::Failed` when the task panicked.
pub async fn within<T>(limit: Duration, task: Shielded<T>) -> Result<T, Unconfirmed> {
    match tokio::time::timeout(limit, task).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(Unconfirmed::StillRunning { limit }),
    }
}
