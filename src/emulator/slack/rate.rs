//! Rate limits: tiers per method, and the pace of posting per channel.
//!
//! Purpose: answer 429 with `Retry-After` as Slack does. Invariants: a bucket refills on the emulator's clock; switched
//! off, nothing is counted. Neighbours: `wire` asks before a method runs.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

/// Slack's published tiers, and the special rule for posting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// About one a minute, with a burst; opening connections.
    Connections,
    /// More than 20 a minute.
    Two,
    /// More than 50 a minute.
    Three,
    /// More than 100 a minute.
    Four,
    /// About one a second in each channel.
    Posting,
    /// Several hundred a minute.
    Special,
}

impl Tier {
    /// Burst and refill per second.
    const fn bucket(self) -> (f64, f64) {
        match self {
            Self::Connections => (30.0, 0.5),
            Self::Two => (20.0, 20.0 / 60.0),
            Self::Three => (50.0, 50.0 / 60.0),
            Self::Four => (100.0, 100.0 / 60.0),
            Self::Posting => (3.0, 1.0),
            Self::Special => (600.0, 10.0),
        }
    }
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    at: DateTime<Utc>,
}

/// All buckets of all apps.
#[derive(Debug, Default)]
pub struct RateLimits {
    off: bool,
    buckets: BTreeMap<String, Bucket>,
}

impl RateLimits {
    /// Switches limits on or off; switching forgets what was counted.
    pub fn switch(&mut self, on: bool) {
        self.off = !on;
        self.buckets.clear();
    }

    /// Takes one call from the bucket `key`, or tells after how many seconds it may be tried again.
    pub fn take(&mut self, key: &str, tier: Tier, now: DateTime<Utc>) -> Result<(), u64> {
        if self.off {
            return Ok(());
        }
        let (burst, per_second) = tier.bucket();
        let bucket = self.buckets.entry(key.to_owned()).or_insert(Bucket {
            tokens: burst,
            at: now,
        });
        let passed = (now - bucket.at).as_seconds_f64().max(0.0);
        bucket.tokens = (bucket.tokens + passed * per_second).min(burst);
        bucket.at = now;
        if bucket.tokens >= 1.0 {
            bucket.tokens -= 1.0;
            return Ok(());
        }
        let wait = ((1.0 - bucket.tokens) / per_second).ceil().max(1.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a few seconds, never negative"
        )]
        let wait = wait as u64;
        Err(wait)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn posting_is_one_a_second_after_a_small_burst() {
        let mut limits = RateLimits::default();
        let now = DateTime::<Utc>::UNIX_EPOCH;
        for _ in 0..3 {
            assert_eq!(limits.take("C1", Tier::Posting, now), Ok(()));
        }
        assert_eq!(limits.take("C1", Tier::Posting, now), Err(1));
        assert_eq!(
            limits.take("C2", Tier::Posting, now),
            Ok(()),
            "another channel has a bucket of its own"
        );
        assert_eq!(
            limits.take("C1", Tier::Posting, now + TimeDelta::seconds(1)),
            Ok(())
        );
        limits.switch(false);
        for _ in 0..100 {
            assert_eq!(limits.take("C1", Tier::Posting, now), Ok(()));
        }
    }
}
