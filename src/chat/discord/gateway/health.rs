//! How the connection to Discord's gateway is doing, for readiness and alarms.
//!
//! Invariants: says the reason while nothing is connected; a replica that waits for its turn is well; a stop for good stays visible until
//! the process ends. Neighbours: `gateway` writes, `app` reads.

use crate::{domain::clock::Timestamp, telemetry::names};
use std::sync::Arc;
use tokio::sync::watch;

/// Where the connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Not there yet, or not any more.
    Down,
    /// Another replica holds it.
    Standby,
    /// Discord sends us what happens.
    Live,
    /// Not tried any more: Discord refuses for good.
    Stopped,
}

/// How the connection is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayState {
    /// Where it stands.
    pub phase: Phase,
    /// When anything came over it.
    pub last_frame: Option<Timestamp>,
    /// Why it is not there; cleared when it is.
    pub reason: Option<String>,
    /// How many sessions were begun anew since the start, and how many were resumed.
    pub sessions: (u64, u64),
}

impl GatewayState {
    /// What is wrong and how to mend it.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        let reason = self.reason.as_deref().unwrap_or("not connected yet");
        match self.phase {
            Phase::Live | Phase::Standby => None,
            Phase::Down => Some(format!(
                "no connection to Discord's gateway ({reason}); trying again"
            )),
            Phase::Stopped => Some(format!("Discord refuses the gateway: {reason}")),
        }
    }
}

/// A view on the state, for any number of readers.
#[derive(Debug, Clone)]
pub struct Health(Arc<watch::Sender<GatewayState>>);

impl Health {
    pub(super) fn new() -> Self {
        let state = GatewayState {
            phase: Phase::Down,
            last_frame: None,
            reason: None,
            sessions: (0, 0),
        };
        Self(Arc::new(watch::Sender::new(state)))
    }

    /// The state now.
    #[must_use]
    pub fn state(&self) -> GatewayState {
        self.0.borrow().clone()
    }

    /// Follows the state; a new frame alone does not count as a change.
    #[must_use]
    pub fn follow(&self) -> watch::Receiver<GatewayState> {
        self.0.subscribe()
    }

    /// The connection stands there now, and nothing is wrong with that.
    pub(super) fn phase(&self, phase: Phase) {
        self.change(phase, None);
    }

    /// Phase and reason change together, so that no reader sees one without the other.
    fn change(&self, phase: Phase, why: Option<&str>) {
        self.0.send_if_modified(|state| {
            if state.phase == Phase::Stopped || (state.phase == phase && why.is_none()) {
                return false;
            }
            state.phase = phase;
            if why.is_some() || matches!(phase, Phase::Live | Phase::Standby) {
                state.reason = why.map(ToOwned::to_owned);
            }
            metrics::gauge!(names::SOCKET_UP, "platform" => "discord")
                .set(f64::from(u8::from(phase == Phase::Live)));
            true
        });
    }

    pub(super) fn frame(&self, at: Timestamp) {
        self.0.send_if_modified(|state| {
            state.last_frame = Some(at);
            false
        });
    }

    pub(super) fn session(&self, is_new: bool) {
        self.0.send_modify(|state| {
            if is_new {
                state.sessions.0 += 1;
            } else {
                state.sessions.1 += 1;
            }
        });
    }

    pub(super) fn failed(&self, why: &str) {
        self.change(Phase::Down, Some(why));
    }

    pub(super) fn stopped(&self, why: &str) {
        self.change(Phase::Stopped, Some(why));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_told_while_nothing_is_connected() {
        let health = Health::new();
        let says = |words: &str| {
            let trouble = health.state().trouble();
            trouble.is_some_and(|trouble| trouble.contains(words))
        };
        assert!(says("not connected yet"));
        health.failed("the connection broke");
        assert!(says("the connection broke"));
        health.phase(Phase::Standby);
        assert_eq!(health.state().trouble(), None);
        health.phase(Phase::Live);
        assert_eq!(health.state().trouble(), None);
        health.stopped("the token is wrong");
        health.phase(Phase::Live);
        assert!(says("the token is wrong"));
    }
}
