//! How far the stream of events was worked off, though events are worked on side by side.
//!
//! Invariants: the place that is kept never overtakes an event that is not done, across sessions too: of a session that is over, what is not
//! done yet holds back the place in the next one. Neighbours: [`super::connection`] tells, and keeps the place in the database.

use crate::chat::seats::Stream;
use std::collections::VecDeque;

/// What was begun, in order.
#[derive(Debug, Default)]
pub(super) struct Progress {
    begun: VecDeque<Begun>,
    next: u64,
    reached: Option<Stream>,
}

#[derive(Debug)]
struct Begun {
    ticket: u64,
    place: Stream,
    is_done: bool,
}

impl Progress {
    /// Goes on from a place.
    pub(super) fn from(place: Option<Stream>) -> Self {
        Self {
            reached: place,
            ..Self::default()
        }
    }

    /// An event is here; its ticket.
    pub(super) fn begin(&mut self, place: Stream) -> u64 {
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
        if let Some(one) = self.begun.iter_mut().find(|one| one.ticket == ticket) {
            one.is_done = true;
        }
        while self.begun.front().is_some_and(|first| first.is_done) {
            self.reached = self.begun.pop_front().map(|first| first.place);
        }
    }

    /// Everything up to here is done.
    pub(super) const fn reached(&self) -> Option<&Stream> {
        self.reached.as_ref()
    }

    /// How many are not done, or wait for one that is not.
    pub(super) fn waiting(&self) -> usize {
        self.begun.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn place(session: &str, sequence: u64) -> Stream {
        Stream {
            session: session.to_owned(),
            resume_url: "ws://x".to_owned(),
            sequence,
        }
    }

    #[test]
    fn a_slow_event_holds_the_place_back_and_nothing_else() {
        let mut progress = Progress::from(Some(place("a", 4)));
        let slow = progress.begin(place("a", 5));
        let quick = progress.begin(place("a", 6));
        progress.done(quick);
        assert_eq!(progress.reached(), Some(&place("a", 4)));
        let anew = progress.begin(place("b", 1));
        progress.done(anew);
        assert_eq!(progress.reached(), Some(&place("a", 4)));
        progress.done(slow);
        assert_eq!(progress.reached(), Some(&place("b", 1)));
        assert_eq!(progress.waiting(), 0);
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
                let reached = progress.reached().map_or(0, |place| place.sequence);
                // Tickets begin at 0, places at 1: everything up to the place is closed, and the next one is not.
                prop_assert!(open.iter().all(|ticket| *ticket >= reached));
                prop_assert!(open.is_empty() || open.contains(&reached));
            }
            prop_assert_eq!(progress.waiting(), 0);
        }
    }
}
