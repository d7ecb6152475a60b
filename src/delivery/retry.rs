//! What follows from one try: done, again later, or given up. Pure: the instant and the randomness are handed in.
//!
//! Invariants: a platform's limit never uses up an attempt (a busy platform is not a failing one) and pauses the whole lane; what
//! the platform asks for (`Retry-After`) is waited for at least; waiting is full jitter, so that rows which failed together do not come
//! back together; a page is given up early, because the next person of the escalation is the better retry.
//! Neighbours: `dispatcher` asks, the store's outbox records the answer.

use crate::chat::platform::{Permanent, Sent};
use crate::domain::{
    clock::{Entropy, Timestamp},
    notification::NotificationKind,
};
use chrono::TimeDelta;
use std::time::Duration;

/// The first wait; every further one is drawn from twice as much.
const BASE: Duration = Duration::from_secs(1);

/// The longest wait after a limit that came without `Retry-After`.
const LIMITED_CAP: Duration = Duration::from_secs(60);

/// The longest `Retry-After` that is believed. A platform that asks for more is asked again after this long.
const BELIEVED: Duration = Duration::from_secs(15 * 60);

/// How patiently one kind of notification is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Tries in all, the first one included.
    pub attempts: u32,
    /// The longest wait between two tries.
    pub cap: Duration,
}

/// How patiently this kind is tried. A page: some twenty seconds, then the next step is the better retry. What people wait for: an hour
/// or more, longer than most outages of a platform.
#[must_use]
pub const fn patience(kind: NotificationKind) -> Patience {
    match kind {
        NotificationKind::Page => Patience {
            attempts: 8,
            cap: Duration::from_secs(5),
        },
        NotificationKind::Receipt => Patience {
            attempts: 40,
            cap: Duration::from_secs(2 * 60),
        },
        NotificationKind::Feedback | NotificationKind::DirectNotice => Patience {
            attempts: 60,
            cap: Duration::from_secs(10 * 60),
        },
        NotificationKind::CaseCard
        | NotificationKind::ThreadNote
        | NotificationKind::QueueNotice => Patience {
            attempts: 60,
            cap: Duration::from_secs(5 * 60),
        },
    }
}

/// What is known of a row when a try has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tried {
    /// What it is.
    pub kind: NotificationKind,
    /// Attempts used up, this one not included.
    pub attempts: u32,
    /// How often in a row its lane was limited, this time not included.
    pub limited_before: u32,
    /// It referred to a message (an update of it, a reply below it) that may be gone.
    pub refers: bool,
}

/// What follows from one try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// The platform took it.
    Done,
    /// The platform limits us: the lane rests until then, the row keeps its attempts.
    Rest {
        /// Until when.
        until: Timestamp,
        /// What the platform said.
        reason: String,
    },
    /// Again at this instant; an attempt is used up.
    Again {
        /// When.
        at: Timestamp,
        /// Why it did not work.
        reason: String,
        /// The platform may have taken it: the next try may be a duplicate.
        maybe_sent: bool,
    },
    /// The message that it referred to is gone: post anew, at once.
    PostAnew {
        /// What the platform said.
        reason: String,
    },
    /// Given up.
    GiveUp {
        /// Why, in words.
        reason: String,
        /// What the platform refused for good, if it did; absent if the attempts are used up.
        refused: Option<Permanent>,
    },
}

/// What follows from this try.
#[must_use]
pub fn next(sent: &Sent, tried: Tried, now: Timestamp, entropy: &dyn Entropy) -> Next {
    match sent {
        Sent::Delivered { .. } => Next::Done,
        Sent::Permanent {
            reason: Permanent::MessageGone,
            detail,
        } if tried.refers => Next::PostAnew {
            reason: detail.clone(),
        },
        Sent::Permanent { reason, detail } => Next::GiveUp {
            reason: detail.clone(),
            refused: Some(*reason),
        },
        Sent::Temporary {
            after,
            limited: true,
            reason,
            ..
        } => Next::Rest {
            until: later(now, rest(*after, tried.limited_before)),
            reason: reason.clone(),
        },
        Sent::Temporary {
            after,
            limited: false,
            maybe_sent,
            reason,
        } => {
            let patience = patience(tried.kind);
            let used = tried.attempts.saturating_add(1);
            if used >= patience.attempts {
                return Next::GiveUp {
                    reason: format!("{used} attempts failed; the last one: {reason}"),
                    refused: None,
                };
            }
            let jitter = full_jitter(tried.attempts, patience.cap, entropy);
            let asked = after.unwrap_or_default().min(BELIEVED);
            Next::Again {
                at: later(now, jitter.max(asked)),
                reason: reason.clone(),
                maybe_sent: *maybe_sent,
            }
        }
    }
}

/// How long a lane rests after a limit: what the platform asks for, else 1 s doubling with each limit in a row.
#[must_use]
pub fn rest(after: Option<Duration>, limited_before: u32) -> Duration {
    match after {
        Some(after) => after.min(BELIEVED),
        None => doubled(limited_before, LIMITED_CAP),
    }
}

/// A wait drawn evenly from (almost) nothing up to 1 s doubled with each attempt, at most `cap`. Never nothing at all: a row that
/// failed is not due at the instant at which it failed.
#[must_use]
pub fn full_jitter(attempts: u32, cap: Duration, entropy: &dyn Entropy) -> Duration {
    let ceiling = u64::try_from(doubled(attempts, cap).as_micros()).unwrap_or(u64::MAX);
    let mut bytes = [0u8; 8];
    entropy.fill(&mut bytes);
    // The bias of the remainder is one in 10^10 at the longest cap.
    Duration::from_micros(1 + u64::from_le_bytes(bytes) % ceiling.max(1))
}

fn doubled(times: u32, cap: Duration) -> Duration {
    BASE.saturating_mul(1u32.checked_shl(times.min(31)).unwrap_or(u32::MAX))
        .min(cap)
}

/// `now` and a wait. A wait that chrono cannot hold does not occur: every one is capped above.
#[must_use]
pub fn later(now: Timestamp, wait: Duration) -> Timestamp {
    TimeDelta::from_std(wait)
        .ok()
        .and_then(|wait| now.checked_add_signed(wait))
        .unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{clock::from_micros, event_report::MessageRef, person::PlatformId};
    use proptest::prelude::*;

    /// Every byte the same: 0 draws the shortest wait.
    #[derive(Debug)]
    struct Bytes(u8);
    impl Entropy for Bytes {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    fn now() -> Timestamp {
        from_micros(1_800_000_000_000_000).unwrap()
    }

    fn tried(kind: NotificationKind, attempts: u32) -> Tried {
        Tried {
            kind,
            attempts,
            limited_before: 0,
            refers: false,
        }
    }

    fn temporary(after: Option<u64>, limited: bool) -> Sent {
        Sent::Temporary {
            after: after.map(Duration::from_secs),
            limited,
            maybe_sent: false,
            reason: "busy".to_owned(),
        }
    }

    #[test]
    fn a_limit_rests_the_lane_and_uses_up_no_attempt() {
        let mut last = tried(NotificationKind::Page, 7);
        let waits: Vec<_> = (0..8)
            .map(|limited_before| {
                last.limited_before = limited_before;
                match next(&temporary(None, true), last, now(), &Bytes(0)) {
                    Next::Rest { until, .. } => (until - now()).num_seconds(),
                    other => panic!("{other:?}"),
                }
            })
            .collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(
            next(&temporary(Some(7), true), last, now(), &Bytes(0)),
            Next::Rest {
                until: now() + TimeDelta::seconds(7),
                reason: "busy".to_owned()
            }
        );
    }

    #[test]
    fn retry_after_is_waited_for_at_least_but_not_for_ever() {
        for (asked, waited) in [(90, 90), (1_000_000, 900)] {
            match next(
                &temporary(Some(asked), false),
                tried(NotificationKind::Receipt, 0),
                now(),
                &Bytes(0),
            ) {
                Next::Again { at, .. } => assert_eq!((at - now()).num_seconds(), waited),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn the_last_attempt_gives_up_and_says_how_many_there_were() {
        for kind in NotificationKind::ALL {
            let attempts = patience(*kind).attempts;
            assert!(matches!(
                next(
                    &temporary(None, false),
                    tried(*kind, attempts - 2),
                    now(),
                    &Bytes(1)
                ),
                Next::Again { .. }
            ));
            match next(
                &temporary(None, false),
                tried(*kind, attempts - 1),
                now(),
                &Bytes(1),
            ) {
                Next::GiveUp { reason, refused } => {
                    assert_eq!(refused, None);
                    assert_eq!(
                        reason,
                        format!("{attempts} attempts failed; the last one: busy")
                    );
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_page_fails_within_a_minute_and_a_half_even_if_every_try_hangs() {
        let patience = patience(NotificationKind::Page);
        let waits: Duration = (0..patience.attempts - 1)
            .map(|attempt| doubled(attempt, patience.cap))
            .sum();
        assert!(waits <= Duration::from_secs(30), "{waits:?}");
    }

    #[test]
    fn a_message_that_is_gone_is_posted_anew_and_anything_else_refused_is_given_up() {
        let gone = Sent::Permanent {
            reason: Permanent::MessageGone,
            detail: "message_not_found".to_owned(),
        };
        let mut card = tried(NotificationKind::CaseCard, 0);
        card.refers = true;
        assert!(matches!(
            next(&gone, card, now(), &Bytes(0)),
            Next::PostAnew { .. }
        ));
        card.refers = false;
        assert!(matches!(
            next(&gone, card, now(), &Bytes(0)),
            Next::GiveUp {
                refused: Some(Permanent::MessageGone),
                ..
            }
        ));
        let delivered = Sent::Delivered {
            message: MessageRef {
                platform: PlatformId::Slack,
                workspace: "T".to_owned(),
                channel: "C".to_owned(),
                message: "1.1".to_owned(),
            },
        };
        assert_eq!(next(&delivered, card, now(), &Bytes(0)), Next::Done);
    }

    proptest! {
        #[test]
        fn jitter_stays_below_its_ceiling(attempts in 0u32..200, byte: u8, cap in 1u64..3600) {
            let cap = Duration::from_secs(cap);
            let wait = full_jitter(attempts, cap, &Bytes(byte));
            prop_assert!(wait <= cap);
            prop_assert!(wait <= BASE.saturating_mul(2u32.saturating_pow(attempts)));
        }
    }
}
