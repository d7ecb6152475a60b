//! Random numbers that a seed repeats.
//!
//! Invariants: the same seed gives the same numbers; `SECEVENT_CRASH_SEED` sets it. Neighbours: the crash loop rolls them.

use std::time::Duration;

/// SplitMix64: small, and good enough to choose moments.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Dice for a run; `salt` keeps the runs of one process apart.
    pub fn of_this_run(salt: u64) -> Self {
        let seed = std::env::var("SECEVENT_CRASH_SEED")
            .ok()
            .and_then(|text| text.parse().ok());
        Self(seed.unwrap_or(20_261_121_u64).wrapping_add(salt))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low + 1)
    }

    /// A span in milliseconds.
    pub fn millis(&mut self, low: u64, high: u64) -> Duration {
        Duration::from_millis(self.between(low, high))
    }

    /// One of several.
    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let last = all.len() as u64 - 1;
        &all[usize::try_from(self.between(0, last)).unwrap()]
    }
}
