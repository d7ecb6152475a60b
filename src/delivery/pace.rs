//! The pace per method: how many calls of one kind a platform allows, kept below it so that its limits are rarely met.
//!
//! Invariants: a full bucket of one method never delays another; a limit that the platform reports closes the bucket until then; time is
//! handed in. The pace per channel is the store's (lanes, shared by all replicas); this one is per process, and what two replicas
//! together exceed the platform answers with a limit, which is honoured. Neighbours: `dispatcher` asks before it sends.

use crate::chat::platform::Target;
use crate::domain::{clock::Timestamp, person::PlatformId};
use chrono::TimeDelta;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// What a platform counts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// A new message, in a channel, a thread or a direct conversation.
    Post,
    /// A message changed in place.
    Update,
}

impl Method {
    /// The method that a target needs.
    #[must_use]
    pub const fn of(target: &Target) -> Self {
        match target {
            Target::Update(_) => Self::Update,
            Target::Direct(_) | Target::Queue | Target::Thread(_) => Self::Post,
        }
    }

    /// How many at once, and the time after which one more is free. Slack: updates are tier 3 (50 a minute and workspace, bursts
    /// tolerated), messages "several hundred a minute" and workspace. Discord: 50 calls of any kind a second and bot, of which a third is
    /// left to what people do; five messages in five seconds and channel are the lanes' business. Teams: as Slack, until it is measured.
    const fn allowance(self, platform: PlatformId) -> (i64, TimeDelta) {
        match (platform, self) {
            (PlatformId::Discord, Self::Post) => (20, TimeDelta::milliseconds(50)),
            (PlatformId::Discord, Self::Update) => (10, TimeDelta::milliseconds(100)),
            (_, Self::Post) => (60, TimeDelta::milliseconds(200)),
            (_, Self::Update) => (20, TimeDelta::milliseconds(1200)),
        }
    }
}

/// The buckets of all methods.
#[derive(Debug, Default)]
pub struct Pace {
    buckets: Mutex<BTreeMap<(PlatformId, Method), Bucket>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    /// When the bucket will be full again (generic cell rate: one instant says it all).
    full_at: Option<Timestamp>,
    /// The platform said not before this.
    closed_until: Option<Timestamp>,
}

impl Pace {
    /// Takes one call, or says when one will be free.
    ///
    /// # Errors
    /// The instant at which to ask again.
    pub fn take(
        &self,
        platform: PlatformId,
        method: Method,
        now: Timestamp,
    ) -> Result<(), Timestamp> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry((platform, method)).or_default();
        if let Some(until) = bucket.closed_until.filter(|until| *until > now) {
            return Err(until);
        }
        let (burst, one) = method.allowance(platform);
        let depth = TimeDelta::microseconds(
            one.num_microseconds()
                .unwrap_or_default()
                .saturating_mul(burst),
        );
        let full_at = bucket.full_at.unwrap_or(now).max(now) + one;
        if full_at - now > depth {
            return Err(full_at - depth);
        }
        bucket.full_at = Some(full_at);
        Ok(())
    }

    /// How many calls of a method are free now, and when the next one will be.
    pub fn free(&self, platform: PlatformId, method: Method, now: Timestamp) -> (u32, Timestamp) {
        let buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets
            .get(&(platform, method))
            .copied()
            .unwrap_or_default();
        if let Some(until) = bucket.closed_until.filter(|until| *until > now) {
            return (0, until);
        }
        let (burst, one) = method.allowance(platform);
        let one = one.num_microseconds().unwrap_or(1).max(1);
        let used = (bucket.full_at.unwrap_or(now).max(now) - now)
            .num_microseconds()
            .unwrap_or(i64::MAX);
        let free = burst
            .saturating_sub(used.saturating_add(one - 1) / one)
            .max(0);
        let next = if free > 0 {
            now
        } else {
            now + TimeDelta::microseconds(used - one.saturating_mul(burst - 1))
        };
        (u32::try_from(free).unwrap_or(u32::MAX), next)
    }

    /// The platform limits this method until then.
    pub fn close(&self, platform: PlatformId, method: Method, until: Timestamp) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry((platform, method)).or_default();
        bucket.closed_until = bucket.closed_until.max(Some(until));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::from_micros;

    fn start() -> Timestamp {
        from_micros(1_800_000_000_000_000).unwrap()
    }

    #[test]
    fn fifty_updates_a_minute_and_a_burst_go_through_and_posts_are_not_delayed() {
        let pace = Pace::default();
        let through = (0..60_000)
            .filter(|ms| {
                let now = start() + TimeDelta::milliseconds(*ms);
                pace.take(PlatformId::Slack, Method::Update, now).is_ok()
            })
            .count();
        assert!((69..=70).contains(&through), "{through}");
        let now = start() + TimeDelta::milliseconds(59_999);
        assert!(pace.take(PlatformId::Slack, Method::Update, now).is_err());
        assert_eq!(pace.take(PlatformId::Slack, Method::Post, now), Ok(()));
    }

    #[test]
    fn discord_is_called_less_than_its_fifty_times_a_second() {
        let pace = Pace::default();
        let through = |method| {
            (0..10_000)
                .filter(|ms| {
                    let now = start() + TimeDelta::milliseconds(*ms);
                    pace.take(PlatformId::Discord, method, now).is_ok()
                })
                .count()
        };
        let (posts, updates) = (through(Method::Post), through(Method::Update));
        // Ten seconds and the bursts.
        assert!((219..=220).contains(&posts), "{posts}");
        assert!((109..=110).contains(&updates), "{updates}");
    }

    #[test]
    fn who_asks_again_when_told_is_let_through() {
        let pace = Pace::default();
        let mut now = start();
        for _ in 0..100 {
            if let Err(at) = pace.take(PlatformId::Slack, Method::Update, now) {
                assert!(at > now);
                now = at;
                assert_eq!(pace.take(PlatformId::Slack, Method::Update, now), Ok(()));
            }
        }
        assert!(now > start());
    }

    #[test]
    fn what_is_free_is_what_is_let_through() {
        let pace = Pace::default();
        let mut now = start();
        for step in 0..2_000 {
            now += TimeDelta::milliseconds(step % 97);
            let (free, next) = pace.free(PlatformId::Slack, Method::Update, now);
            if free == 0 {
                assert!(pace.take(PlatformId::Slack, Method::Update, now).is_err());
                assert!(next > now);
                assert!(pace.free(PlatformId::Slack, Method::Update, next).0 > 0);
            } else {
                assert_eq!(pace.take(PlatformId::Slack, Method::Update, now), Ok(()));
            }
        }
        assert_eq!(pace.free(PlatformId::Slack, Method::Post, now).0, 60);
    }

    #[test]
    fn a_reported_limit_closes_only_its_method_and_never_opens_early() {
        let pace = Pace::default();
        let until = start() + TimeDelta::seconds(30);
        pace.close(PlatformId::Slack, Method::Update, until);
        pace.close(
            PlatformId::Slack,
            Method::Update,
            start() + TimeDelta::seconds(5),
        );
        assert_eq!(
            pace.take(PlatformId::Slack, Method::Update, start()),
            Err(until)
        );
        assert_eq!(pace.take(PlatformId::Slack, Method::Post, start()), Ok(()));
        assert_eq!(pace.take(PlatformId::Slack, Method::Update, until), Ok(()));
    }
}
