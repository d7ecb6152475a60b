//! How the connections to Slack are doing, for readiness and alarms.
//!
//! Invariants: says the reason while nothing is connected; a stop for good stays visible until the process ends.
//! Neighbours: `socket` writes, `app` reads.

use crate::{domain::clock::Timestamp, telemetry::names};
use std::sync::Arc;
use tokio::sync::watch;

/// How the connections are doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketState {
    /// How many there should be.
    pub wanted: usize,
    /// Connections that Slack sends to.
    pub live: usize,
    /// Connections that were warned and are still read.
    pub draining: usize,
    /// When anything came over any of them.
    pub last_frame: Option<Timestamp>,
    /// Why the last try failed; cleared by a connection.
    pub reason: Option<String>,
    /// Not tried any more: the link is switched off or the token is refused.
    pub is_stopped: bool,
}

impl SocketState {
    /// What is wrong and how to mend it, if nothing is connected.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        let reason = self.reason.as_deref().unwrap_or("not connected yet");
        if self.is_stopped {
            return Some(format!(
                "Slack refuses Socket Mode ({reason}); turn it on in the app's settings, check slack.app_token, and restart"
            ));
        }
        (self.live == 0).then(|| format!("no connection to Slack ({reason}); trying again"))
    }
}

/// A view on the state, for any number of readers.
#[derive(Debug, Clone)]
pub struct Health(Arc<watch::Sender<SocketState>>);

impl Health {
    pub(super) fn new(wanted: usize) -> Self {
        let state = SocketState {
            wanted,
            live: 0,
            draining: 0,
            last_frame: None,
            reason: None,
            is_stopped: false,
        };
        Self(Arc::new(watch::Sender::new(state)))
    }

    /// The state now.
    #[must_use]
    pub fn state(&self) -> SocketState {
        self.0.borrow().clone()
    }

    /// Follows the state; a new frame alone does not count as a change.
    #[must_use]
    pub fn follow(&self) -> watch::Receiver<SocketState> {
        self.0.subscribe()
    }

    pub(super) fn counts(&self, live: usize, draining: usize) {
        metrics::gauge!(names::SOCKET_UP, "platform" => "slack").set(f64::from(u8::from(live > 0)));
        self.0.send_if_modified(|state| {
            let is_new = (state.live, state.draining) != (live, draining);
            (state.live, state.draining) = (live, draining);
            is_new
        });
    }

    pub(super) fn frame(&self, at: Timestamp) {
        self.0.send_if_modified(|state| {
            state.last_frame = Some(at);
            false
        });
    }

    pub(super) fn is_up(&self) {
        self.0.send_modify(|state| state.reason = None);
    }

    pub(super) fn failed(&self, why: &str) {
        self.0
            .send_modify(|state| state.reason = Some(why.to_owned()));
    }

    pub(super) fn stopped(&self, why: &str) {
        self.0.send_modify(|state| {
            state.reason = Some(why.to_owned());
            state.is_stopped = true;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_told_while_nothing_is_connected() {
        let health = Health::new(2);
        assert!(
            health
                .state()
                .trouble()
                .is_some_and(|why| why.contains("not connected yet"))
        );
        health.is_up();
        health.counts(1, 0);
        assert_eq!(health.state().trouble(), None);
        health.failed("no frame for 45 s");
        health.counts(0, 1);
        assert!(
            health
                .state()
                .trouble()
                .is_some_and(|why| why.contains("no frame"))
        );
        health.stopped("link_disabled");
        assert!(
            health
                .state()
                .trouble()
                .is_some_and(|why| why.contains("turn it on"))
        );
    }
}
