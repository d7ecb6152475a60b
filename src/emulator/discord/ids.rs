//! Snowflakes.
//!
//! Invariants: they rise, never repeat, differ from start to start even on a clock that stands still, and have nineteen digits, so that
//! their order as text is their order in time. Neighbours: everything that creates something.

use chrono::{DateTime, Utc};

use super::model::Id;
use crate::emulator::random::random_hex;

/// Milliseconds from 1970 to the first of January 2015.
const EPOCH: i64 = 1_420_070_400_000;
/// Below every snowflake handed out, above every one of a seed.
const FLOOR: Id = 1_200_000_000_000_000_000;

/// The first snowflake of an instant.
pub fn at(instant: DateTime<Utc>) -> Id {
    u64::try_from(instant.timestamp_millis() - EPOCH).unwrap_or(0) << 22
}

/// Issues snowflakes.
#[derive(Debug)]
pub struct Ids {
    last: Id,
    salt: Id,
}

impl Ids {
    /// A fresh sequence above `used`.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn new(used: Id) -> std::io::Result<Self> {
        let random = u64::from_str_radix(&random_hex(4)?, 16).unwrap_or_default();
        Ok(Self {
            last: used.max(FLOOR + random),
            salt: random & 0x003f_ffff,
        })
    }

    /// The next one.
    pub fn next(&mut self, now: DateTime<Utc>) -> Id {
        self.last = (self.last + 1).max(at(now) + self.salt);
        self.last
    }

    /// The last one handed out.
    pub const fn last(&self) -> Id {
        self.last
    }

    /// A fresh secret, such as an interaction's token.
    pub fn secret(&mut self, now: DateTime<Utc>) -> String {
        use base64::Engine;
        let random = random_hex(24).unwrap_or_default();
        let text = format!("interaction:{}:{random}", self.next(now));
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_rise_and_differ_between_starts() -> std::io::Result<()> {
        let at = DateTime::<Utc>::UNIX_EPOCH;
        let (mut one, mut two) = (Ids::new(0)?, Ids::new(0)?);
        let (first, other) = (one.next(at), two.next(at));
        assert_ne!(first, other);
        let later = one.next(DateTime::from_timestamp(1_790_000_000, 0).unwrap_or(at));
        assert!(first < later && later < one.next(at));
        assert_eq!(first.to_string().len(), 19);
        Ok(())
    }
}
