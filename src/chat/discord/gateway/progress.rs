//! How far the stream of events was worked off, though events are worked on side by side.
//!
//! Invariants: what is reached never overtakes an event that is not done, across sessions too: of a session that is over, what is not
//! done yet holds back the place in the next one; what is remembered grows with the events that are not done, and not with those that are.
//! Neighbours: [`super::connection`] tells, and keeps the place in the database.

use crate::{chat::seats::Stream, domain::clock::Timestamp};
use std::collections::VecDeque;

/// A place, and what it says of the time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Reached {
    /// Right after this event.
    pub(super) stream: Option<Stream>,
    /// Everything that happened up to here was told before.
    pub(super) heard_until: Option<Timestamp>,
}

/// What was begun, in order.
#[derive(Debug, Default)]
pub(super) struct Progress {
    begun: VecDeque<Begun>,
    next: u64,
    reached: Reached,
}

#[derive(Debug)]
struct Begun {
    ticket: u64,
    place: Reached,
    is_done: bool,
}

impl Progress {
    /// Goes on from a place.
    pub(super) fn from(reached: Reached) -> Self {
        Self {
            reached,
            ..Self::default()
        }
    }

    /// An event is here; its ticket.
    pub(super) fn begin(&mut self, place: Reached) -> u64 {
        let ticket = self.next;
        self.next += 1;
        self.begun.push_back(Begun {
            ticket,
            place,
            is_done: false,
        });
        ticket
    }

    /// It is done.
    pub(super) fn done(&mut self, ticket: u64) {
        let found = self.begun.binary_search_by_key(&ticket, |one| one.ticket);
        let Ok(at) = found else { return };
        let is_done = |one: Option<&Begun>| one.is_some_and(|one| one.is_done);
        if let Some(one) = self.begun.get_mut(at) {
            one.is_done = true;
        }
        // Of several in a row that are done, the last says it all: behind one that stays open there may be very many.
        if is_done(self.begun.get(at + 1)) {
            self.begun.remove(at);
        }
        if at > 0 && is_done(self.begun.get(at - 1)) && is_done(self.begun.get(at)) {
            self.begun.remove(at - 1);
        }
        while is_done(self.begun.front()) {
            if let Some(first) = self.begun.pop_front() {
                self.reached = first.place;
            }
        }
    }

    /// Everything up to here is done.
    pub(super) const fn reached(&self) -> &Reached {
        &self.reached
    }

    /// The newest place, done or not.
    pub(super) fn newest(&self) -> &Reached {
        self.begun.back().map_or(&self.reached, |last| &last.place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn place(session: &str, sequence: u64) -> Reached {
        let stream = Stream {
            session: session.to_owned(),
            resume_url: "ws://x".to_owned(),
            sequence,
        };
        Reached {
            stream: Some(stream),
            heard_until: None,
        }
    }

    #[test]
    fn a_slow_event_holds_the_place_back_and_nothing_else() {
        let mut progress = Progress::from(place("a", 4));
        let slow = progress.begin(place("a", 5));
        let quick = progress.begin(place("a", 6));
        progress.done(quick);
        assert_eq!(progress.reached(), &place("a", 4));
        let anew = progress.begin(place("b", 1));
        progress.done(anew);
        assert_eq!(progress.reached(), &place("a", 4));
        assert_eq!(progress.newest(), &place("b", 1));
        progress.done(slow);
        assert_eq!(progress.reached(), &place("b", 1));
        assert_eq!(progress.begun.len(), 0);
    }

    #[test]
    fn what_is_done_behind_one_that_is_not_takes_no_room() {
        let mut progress = Progress::from(place("a", 0));
        let stuck = progress.begin(place("a", 1));
        for n in 2..2_000 {
            let ticket = progress.begin(place("a", n));
            progress.done(ticket);
            assert!(progress.begun.len() <= 2, "{n}");
        }
        progress.done(stuck);
        assert_eq!(progress.reached(), &place("a", 1_999));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_place_never_overtakes_what_is_not_done(order in proptest::collection::vec(any::<prop::sample::Index>(), 1..30)) {
            let mut progress = Progress::default();
            let mut open: Vec<u64> = (1..=order.len() as u64).map(|n| progress.begin(place("a", n))).collect();
            for index in order {
                let ticket = open.remove(index.index(open.len()));
                progress.done(ticket);
                let stream = progress.reached().stream.as_ref();
                let reached = stream.map_or(0, |place| place.sequence);
                // Tickets begin at 0, places at 1: everything up to the place is closed, and the next one is not.
                prop_assert!(open.iter().all(|ticket| *ticket >= reached));
                prop_assert!(open.is_empty() || open.contains(&reached));
                prop_assert!(progress.begun.len() <= 2 * open.len());
            }
            prop_assert_eq!(progress.begun.len(), 0);
        }
    }
}
