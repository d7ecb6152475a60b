//! Time, randomness and ids as values that somebody hands in (promise 9).
//!
//! Invariants: the only place of the product that asks the operating system for the time or for random bytes;
//! every instant is truncated to microseconds, the precision of both databases. Neighbours: every verb takes `now`.

use chrono::{DateTime, SubsecRound, Utc};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// An instant in UTC with microsecond precision.
pub type Timestamp = DateTime<Utc>;

/// Where the time comes from.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The present instant, truncated to microseconds.
    fn now(&self) -> Timestamp;
}

/// The operating system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one home of the operating system's clock"
    )]
    fn now(&self) -> Timestamp {
        Utc::now().trunc_subsecs(6)
    }
}

/// A clock that only moves when told to; for tests and for the demo's time control.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<Mutex<Timestamp>>);

impl ManualClock {
    /// A clock that stands at `start`.
    #[must_use]
    pub fn at(start: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(start.trunc_subsecs(6))))
    }

    /// Moves the clock by `step` (which may be negative).
    pub fn advance(&self, step: chrono::Duration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now += step;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Microseconds since the epoch: the form in which every deadline, lease and ordering column is stored.
#[must_use]
pub fn micros(at: Timestamp) -> i64 {
    at.timestamp_micros()
}

/// The instant for `micros` since the epoch, or `None` outside chrono's range.
#[must_use]
pub fn from_micros(micros: i64) -> Option<Timestamp> {
    DateTime::from_timestamp_micros(micros)
}

/// Where random bytes come from.
pub trait Entropy: Send + Sync + std::fmt::Debug {
    /// Fills `bytes` with unpredictable bytes.
    fn fill(&self, bytes: &mut [u8]);

    /// A UUIDv7 for `now`: ordered by time, unpredictable in its tail.
    fn uuid(&self, now: Timestamp) -> Uuid {
        let mut tail = [0u8; 10];
        self.fill(&mut tail);
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
    }
}

/// The operating system's source of randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one home of the operating system's randomness"
    )]
    #[expect(
        clippy::panic,
        reason = "without randomness no id, salt or token may be made: the process must not go on"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            panic!("the operating system refused random bytes: {error}");
        }
    }
}
