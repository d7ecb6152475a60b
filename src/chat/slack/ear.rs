//! Whether Slack still tells us what happens: connections can be up, and calls answered, while no event comes any more.
//!
//! A message that we post into the queue channel comes back as an event; this echo is the proof. Invariants: only a message of ours that was
//! taken by Slack makes us wait; any event ends the waiting, because the way that it took is the same. Neighbours: `ingress` hears,
//! `egress` speaks, `app` asks, and looks at what other replicas heard, because Slack sends each event to one of them.

use super::ingress::Kind;
use crate::domain::clock::Timestamp;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What was heard, and since when an echo is missing. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Ear(Arc<Mutex<Heard>>);

#[derive(Debug, Default)]
struct Heard {
    last: BTreeMap<&'static str, Timestamp>,
    waiting_since: Option<Timestamp>,
}

impl Ear {
    /// Something came.
    pub(super) fn came(&self, kind: Kind, at: Timestamp) {
        let mut heard = self.lock();
        heard.last.insert(kind.word(), at);
        if kind == Kind::Event && heard.waiting_since.is_some_and(|since| since <= at) {
            heard.waiting_since = None;
        }
    }

    /// Slack took a message that it will tell us of; said at this instant or a little later.
    pub(super) fn said(&self, at: Timestamp) {
        let mut heard = self.lock();
        let is_back = heard
            .last
            .get(Kind::Event.word())
            .is_some_and(|last| *last >= at);
        if !is_back {
            heard.waiting_since.get_or_insert(at);
        }
    }

    /// Another replica heard an event at this instant.
    pub fn heard_elsewhere(&self, at: Timestamp) {
        let mut heard = self.lock();
        if heard.waiting_since.is_some_and(|since| since <= at) {
            heard.waiting_since = None;
        }
    }

    /// Since when an echo is missing.
    #[must_use]
    pub fn waiting_since(&self) -> Option<Timestamp> {
        self.lock().waiting_since
    }

    /// When something came the last time, by kind of delivery.
    #[must_use]
    pub fn last(&self) -> Vec<(&'static str, Timestamp)> {
        let heard = self.lock();
        heard.last.iter().map(|(door, at)| (*door, *at)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::from_micros;

    fn at(seconds: i64) -> Timestamp {
        from_micros(1_772_000_000_000_000 + seconds * 1_000_000).unwrap()
    }

    #[test]
    fn an_echo_ends_the_waiting_and_nothing_else_does() {
        let ear = Ear::default();
        ear.came(Kind::Event, at(0));
        ear.said(at(1));
        ear.said(at(5));
        assert_eq!(ear.waiting_since(), Some(at(1)));
        ear.came(Kind::Command, at(6));
        ear.came(Kind::Interactive, at(6));
        assert_eq!(ear.waiting_since(), Some(at(1)));
        ear.heard_elsewhere(at(0));
        assert_eq!(ear.waiting_since(), Some(at(1)));
        ear.came(Kind::Event, at(7));
        assert_eq!(ear.waiting_since(), None);
        ear.said(at(8));
        ear.heard_elsewhere(at(9));
        assert_eq!(ear.waiting_since(), None);
    }

    #[test]
    fn an_echo_may_be_here_before_the_answer_to_the_call() {
        let ear = Ear::default();
        ear.came(Kind::Event, at(2));
        ear.said(at(1));
        assert_eq!(ear.waiting_since(), None);
    }
}
