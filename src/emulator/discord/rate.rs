//! The pace of calls: buckets per route and place, and a limit over all.
//!
//! Invariants: answers of a paced route tell the state of its bucket; interactions are outside of the limit over all. Neighbours: `wire` asks.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

/// Calls of all routes in a second.
const TOGETHER: u32 = 50;

#[derive(Clone, Copy, Debug)]
struct Window {
    until: DateTime<Utc>,
    used: u32,
}

/// How a bucket stands after a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Name of the bucket.
    pub bucket: String,
    /// Calls in a window.
    pub limit: u32,
    /// Calls left in this one.
    pub remaining: u32,
    /// When it ends, in seconds since 1970.
    pub reset: f64,
    /// Seconds until then.
    pub after: f64,
}

/// Whether a call may go on.
#[derive(Clone, Debug, PartialEq)]
pub enum Pace {
    /// It may; a paced route has a standing.
    Go(Option<Standing>),
    /// The bucket is used up.
    Wait(Standing),
    /// The limit over all is used up; seconds until it is not.
    WaitAll(f64),
}

/// All buckets.
#[derive(Debug)]
pub struct RateLimits {
    on: bool,
    windows: BTreeMap<String, Window>,
    all_until: Option<DateTime<Utc>>,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            on: true,
            windows: BTreeMap::new(),
            all_until: None,
        }
    }
}

/// Calls and seconds of a window of a route.
const fn window_of(route: &str) -> (u32, i64) {
    match route.as_bytes() {
        b"messages.post" | b"messages.edit" | b"followups.post" | b"followups.edit" => (5, 5),
        b"reactions.add" => (4, 1),
        b"commands.put" | b"users.dm" => (10, 10),
        b"threads.start" => (50, 300),
        _ => (30, 10),
    }
}

fn seconds(of: TimeDelta) -> f64 {
    of.num_microseconds().map_or(0.0, |micros| {
        let micros = i32::try_from(micros / 1000).unwrap_or(i32::MAX);
        f64::from(micros.max(0)) / 1000.0
    })
}

fn stamp(at: DateTime<Utc>) -> f64 {
    seconds(TimeDelta::zero())
        + at.timestamp_millis()
            .to_string()
            .parse::<f64>()
            .unwrap_or(0.0)
            / 1000.0
}

impl RateLimits {
    /// Switches pacing on or off.
    pub const fn switch(&mut self, on: bool) {
        self.on = on;
    }

    /// Nobody may call for so long.
    pub fn stop_all(&mut self, now: DateTime<Utc>, for_seconds: f64) {
        let for_how_long = std::time::Duration::try_from_secs_f64(for_seconds).unwrap_or_default();
        self.all_until = Some(now + TimeDelta::from_std(for_how_long).unwrap_or(TimeDelta::zero()));
    }

    fn take(&mut self, key: String, limit: u32, length: i64, now: DateTime<Utc>) -> (bool, Window) {
        let fresh = Window {
            until: now + TimeDelta::seconds(length),
            used: 0,
        };
        let window = self.windows.entry(key).or_insert(fresh);
        if window.until <= now {
            *window = fresh;
        }
        let fits = window.used < limit;
        if fits {
            window.used += 1;
        }
        (fits, *window)
    }

    /// Counts a call of a route at a place.
    pub fn pace(&mut self, route: &str, place: &str, now: DateTime<Utc>) -> Pace {
        let interaction = route.starts_with("interactions.") || route.starts_with("followups.");
        if let Some(until) = self.all_until.filter(|until| *until > now && !interaction) {
            return Pace::WaitAll(seconds(until - now));
        }
        if !self.on || route == "interactions.callback" {
            return Pace::Go(None);
        }
        if !interaction {
            let (fits, window) = self.take("*".into(), TOGETHER, 1, now);
            if !fits {
                return Pace::WaitAll(seconds(window.until - now));
            }
        }
        let (limit, length) = window_of(route);
        let (fits, window) = self.take(format!("{route}:{place}"), limit, length, now);
        let standing = Standing {
            bucket: format!("emu-{}", route.replace('.', "-")),
            limit,
            remaining: limit - window.used.min(limit),
            reset: stamp(window.until),
            after: seconds(window.until - now),
        };
        if fits {
            Pace::Go(Some(standing))
        } else {
            Pace::Wait(standing)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_fill_per_place_and_empty_with_time() {
        let mut limits = RateLimits::default();
        let now = DateTime::<Utc>::UNIX_EPOCH;
        for left in (0..5).rev() {
            let Pace::Go(Some(standing)) = limits.pace("messages.post", "1", now) else {
                unreachable!("five fit");
            };
            assert_eq!((standing.limit, standing.remaining), (5, left));
        }
        assert!(
            matches!(limits.pace("messages.post", "1", now), Pace::Wait(one) if one.after == 5.0)
        );
        assert!(matches!(
            limits.pace("messages.post", "2", now),
            Pace::Go(_)
        ));
        let later = now + TimeDelta::seconds(5);
        assert!(matches!(
            limits.pace("messages.post", "1", later),
            Pace::Go(_)
        ));
        limits.stop_all(later, 2.0);
        assert_eq!(limits.pace("guilds.get", "", later), Pace::WaitAll(2.0));
        assert_eq!(
            limits.pace("interactions.callback", "", later),
            Pace::Go(None)
        );
    }
}
