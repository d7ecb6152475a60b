//! The emulator's own clock: the system's, or one that only moves when it is stepped.
//!
//! Purpose: expiry of triggers and response URLs, rate limits, retries and scripted hangs are decided by this clock, so a
//! test steps them instead of sleeping. Invariants: time never goes backwards; this is the only place in the emulator
//! that asks the operating system for the time. Neighbours: everything in `emulator` takes it by clone.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

/// A shared source of "now"; clones show the same time.
#[derive(Clone, Debug)]
pub struct EmulatorClock {
    source: Arc<Source>,
}

#[derive(Debug)]
enum Source {
    System,
    Manual(watch::Sender<DateTime<Utc>>),
}

impl EmulatorClock {
    /// The operating system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self {
            source: Arc::new(Source::System),
        }
    }

    /// A clock that shows `start` until [`EmulatorClock::advance`] moves it.
    #[must_use]
    pub fn manual(start: DateTime<Utc>) -> Self {
        Self {
            source: Arc::new(Source::Manual(watch::Sender::new(start))),
        }
    }

    /// The current instant.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the emulator's one door to the system's time"
    )]
    pub fn now(&self) -> DateTime<Utc> {
        match &*self.source {
            Source::System => Utc::now(),
            Source::Manual(now) => *now.borrow(),
        }
    }

    /// Moves a manual clock forward and wakes what was waiting. Returns false, and does nothing, on the system's clock.
    pub fn advance(&self, by: Duration) -> bool {
        let Source::Manual(now) = &*self.source else {
            return false;
        };
        let step = TimeDelta::from_std(by).unwrap_or(TimeDelta::zero());
        now.send_modify(|instant| *instant += step);
        true
    }

    /// Moves a manual clock forward to `to`; an instant in the past changes nothing. False on the system's clock.
    pub fn advance_to(&self, to: DateTime<Utc>) -> bool {
        let Source::Manual(now) = &*self.source else {
            return false;
        };
        now.send_modify(|instant| *instant = to.max(*instant));
        true
    }

    /// Waits until `for_how_long` has passed on this clock.
    pub async fn sleep(&self, for_how_long: Duration) {
        match &*self.source {
            Source::System => tokio::time::sleep(for_how_long).await,
            Source::Manual(now) => {
                let mut changes = now.subscribe();
                let until = *changes.borrow()
                    + TimeDelta::from_std(for_how_long).unwrap_or(TimeDelta::zero());
                // The sender lives as long as `self`, so waiting can only end by reaching the instant.
                let _ = changes.wait_for(|instant| *instant >= until).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_manual_clock_moves_only_when_stepped() {
        let start = DateTime::<Utc>::UNIX_EPOCH;
        let clock = EmulatorClock::manual(start);
        let sleeper = clock.clone();
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(async move { sleeper.sleep(Duration::from_secs(60)).await });
        tokio::task::yield_now().await;
        assert!(clock.advance(Duration::from_secs(59)));
        tokio::task::yield_now().await;
        assert!(tasks.try_join_next().is_none(), "woke one second early");
        clock.advance(Duration::from_secs(1));
        assert!(tasks.join_next().await.is_some_and(|ended| ended.is_ok()));
        assert_eq!(clock.now(), start + TimeDelta::seconds(60));
    }

    #[test]
    fn the_system_clock_cannot_be_stepped() {
        assert!(!EmulatorClock::system().advance(Duration::from_secs(1)));
    }
}
