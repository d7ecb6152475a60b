//! What Discord said about its limits: which buckets are used up, and until when.
//!
//! Invariants: nothing is hard-coded, only what answers said is used; a full bucket stops its own routes and no other, a global limit stops
//! all; time is handed in; the memory is bounded. Neighbours: `api` asks before each call and tells each answer.

use crate::domain::clock::Timestamp;
use chrono::TimeDelta;
use reqwest::{Method, header::HeaderMap};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Most routes and closed buckets that are remembered.
const MOST: usize = 5_000;
/// The longest wait that is believed.
const LONGEST: TimeDelta = TimeDelta::hours(24);
/// What is waited when Discord limits and does not say how long.
const UNSAID: TimeDelta = TimeDelta::seconds(5);

/// What Discord counts together, as far as a path tells: the method, the path without ids, and the id that has limits of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Route {
    shape: String,
    major: String,
}

impl Route {
    /// The route of a call.
    #[must_use]
    pub fn of(method: &Method, path: &[&str]) -> Self {
        let mut shape = method.as_str().to_owned();
        let mut major = String::new();
        let mut before = "";
        for (index, step) in path.iter().enumerate() {
            let is_id = !step.is_empty() && step.bytes().all(|b| b.is_ascii_digit());
            if index == 1 && ["channels", "guilds", "webhooks"].contains(&before) {
                major = (*step).to_owned();
            }
            shape.push('/');
            shape.push_str(match (is_id, before) {
                (true, _) => ":id",
                (false, "reactions") => ":emoji",
                _ => step,
            });
            before = step;
        }
        Self { shape, major }
    }
}

/// A limit that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// How long still.
    pub wait: Duration,
    /// For every call of this bot.
    pub global: bool,
}

/// The limits that hold.
#[derive(Debug, Default)]
pub struct Rate {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    global_until: Option<Timestamp>,
    /// Discord's name for the bucket of a shape.
    buckets: HashMap<String, String>,
    /// Used up until then, by bucket (else shape) and major id.
    closed: HashMap<(String, String), Timestamp>,
}

impl Known {
    fn key(&self, route: &Route) -> (String, String) {
        let bucket = self.buckets.get(&route.shape).unwrap_or(&route.shape);
        (bucket.clone(), route.major.clone())
    }
}

impl Rate {
    /// Whether a call may be made now.
    ///
    /// # Errors
    /// The limit that holds.
    pub fn ask(&self, route: &Route, now: Timestamp) -> Result<(), Held> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let held = |until: Option<Timestamp>, global| {
            let wait = (until? - now).to_std().ok()?;
            (!wait.is_zero()).then_some(Held { wait, global })
        };
        held(known.global_until, true)
            .or_else(|| held(known.closed.get(&known.key(route)).copied(), false))
            .map_or(Ok(()), Err)
    }

    /// Learns from the headers of an answer. For a 429, the limit that it set; `body_wait` and `body_global` are what its body says.
    pub fn learn(
        &self,
        route: &Route,
        headers: &HeaderMap,
        limited: Option<(Option<f64>, bool)>,
        now: Timestamp,
    ) -> Option<Held> {
        let text = |name: &str| headers.get(name)?.to_str().ok();
        let seconds = |name: &str| text(name)?.parse::<f64>().ok();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.forget_past(now);
        if let Some(bucket) = text("x-ratelimit-bucket").filter(|name| name.len() <= 100) {
            known.buckets.insert(route.shape.clone(), bucket.to_owned());
        }
        let Some((body_wait, body_global)) = limited else {
            if text("x-ratelimit-remaining") == Some("0")
                && let Some(wait) = seconds("x-ratelimit-reset-after").and_then(delta)
            {
                let key = known.key(route);
                known.closed.insert(key, now + wait);
            }
            return None;
        };
        // The body is exact, the header rounded up.
        let wait = body_wait
            .and_then(delta)
            .or_else(|| seconds("retry-after").and_then(delta))
            .or_else(|| seconds("x-ratelimit-reset-after").and_then(delta))
            .unwrap_or(UNSAID);
        // Without the name of a bucket it is not Discord that answers but the guard before it, which blocks the whole address.
        let global = body_global
            || text("x-ratelimit-global") == Some("true")
            || text("x-ratelimit-scope") == Some("global")
            || (text("x-ratelimit-bucket").is_none() && text("x-ratelimit-scope").is_none());
        let until = now + wait;
        if global {
            known.global_until = known.global_until.max(Some(until));
        } else {
            let key = known.key(route);
            known.closed.insert(key, until);
        }
        Some(Held {
            wait: wait.to_std().unwrap_or_default(),
            global,
        })
    }
}

impl Known {
    fn forget_past(&mut self, now: Timestamp) {
        if self.closed.len() >= MOST {
            self.closed.retain(|_, until| *until > now);
        }
        if self.closed.len() >= MOST {
            self.closed.clear();
        }
        if self.buckets.len() >= MOST {
            self.buckets.clear();
        }
    }
}

/// Seconds as a wait that can be believed.
fn delta(seconds: f64) -> Option<TimeDelta> {
    if !seconds.is_finite() || seconds < 0.0 {
        return None;
    }
    let wait = Duration::try_from_secs_f64(seconds).ok()?;
    Some(TimeDelta::from_std(wait).unwrap_or(LONGEST).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::from_micros;
    use proptest::prelude::*;

    fn start() -> Timestamp {
        from_micros(1_800_000_000_000_000).unwrap()
    }

    fn headers(of: &[(&'static str, &str)]) -> HeaderMap {
        of.iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    fn post(channel: &str) -> Route {
        Route::of(&Method::POST, &["channels", channel, "messages"])
    }

    fn patch(channel: &str, message: &str) -> Route {
        Route::of(&Method::PATCH, &["channels", channel, "messages", message])
    }

    #[test]
    fn messages_share_a_route_and_channels_do_not() {
        assert_eq!(patch("1", "2"), patch("1", "3"));
        assert_ne!(patch("1", "2"), patch("4", "2"));
        assert_ne!(post("1"), patch("1", "2"));
        let reactions = |emoji| {
            Route::of(
                &Method::GET,
                &["channels", "1", "messages", "2", "reactions", emoji],
            )
        };
        assert_eq!(reactions("🚨"), reactions("x:7"));
    }

    #[test]
    fn a_used_up_bucket_stops_its_own_channel_until_it_is_full_again() {
        let rate = Rate::default();
        let used = headers(&[
            ("x-ratelimit-bucket", "b1"),
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset-after", "1.5"),
        ]);
        assert_eq!(rate.learn(&post("1"), &used, None, start()), None);
        let held = rate.ask(&post("1"), start()).unwrap_err();
        assert_eq!((held.wait.as_millis(), held.global), (1_500, false));
        assert_eq!(rate.ask(&post("2"), start()), Ok(()));
        let later = start() + TimeDelta::milliseconds(1_500);
        assert_eq!(rate.ask(&post("1"), later), Ok(()));
        let left = headers(&[
            ("x-ratelimit-remaining", "1"),
            ("x-ratelimit-reset-after", "9"),
        ]);
        assert_eq!(rate.learn(&post("1"), &left, None, later), None);
        assert_eq!(rate.ask(&post("1"), later), Ok(()));
    }

    #[test]
    fn routes_of_one_bucket_stop_together() {
        let rate = Rate::default();
        let bucket = headers(&[("x-ratelimit-bucket", "b1"), ("x-ratelimit-remaining", "4")]);
        rate.learn(&patch("1", "2"), &bucket, None, start());
        rate.learn(&post("1"), &bucket, None, start());
        rate.learn(&post("1"), &bucket, Some((Some(2.0), false)), start());
        assert!(rate.ask(&patch("1", "2"), start()).is_err());
    }

    #[test]
    fn a_global_limit_stops_everything() {
        for (headers, body_global) in [
            (
                headers(&[
                    ("x-ratelimit-global", "true"),
                    ("x-ratelimit-scope", "global"),
                ]),
                false,
            ),
            (headers(&[("x-ratelimit-bucket", "b1")]), true),
            // The guard before Discord.
            (headers(&[("retry-after", "3")]), false),
        ] {
            let rate = Rate::default();
            let limited = Some((Some(3.0), body_global));
            let held = rate.learn(&post("1"), &headers, limited, start()).unwrap();
            assert!(held.global);
            assert!(rate.ask(&post("2"), start()).unwrap_err().global);
            assert_eq!(
                rate.ask(&post("2"), start() + TimeDelta::seconds(3)),
                Ok(())
            );
        }
    }

    #[test]
    fn a_limit_of_one_route_is_no_limit_of_others_and_waits_for_what_is_said() {
        let rate = Rate::default();
        let limited = headers(&[("x-ratelimit-scope", "shared"), ("retry-after", "2")]);
        let held = rate
            .learn(&post("1"), &limited, Some((None, false)), start())
            .unwrap();
        assert_eq!((held.wait.as_secs(), held.global), (2, false));
        assert!(rate.ask(&post("1"), start()).is_err());
        assert_eq!(rate.ask(&post("2"), start()), Ok(()));
    }

    proptest! {
        #[test]
        fn nothing_that_answers_say_breaks_it(
            wait in any::<f64>(), text in "\\PC{0,20}", body_global in any::<bool>(),
        ) {
            let rate = Rate::default();
            let mut said = headers(&[("x-ratelimit-scope", "user"), ("x-ratelimit-remaining", "0")]);
            if let Ok(value) = text.parse() {
                said.insert("x-ratelimit-reset-after", value);
            }
            rate.learn(&post("1"), &said, None, start());
            let held = rate.learn(&post("1"), &said, Some((Some(wait), body_global)), start()).unwrap();
            prop_assert!(held.wait <= Duration::from_secs(24 * 3_600));
            prop_assert_eq!(rate.ask(&post("1"), start() + LONGEST), Ok(()));
        }
    }
}
