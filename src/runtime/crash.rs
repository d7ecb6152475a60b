//! Faults that a crash or storm test may ask for: a death at a named point, work without its shield, a broken promise.
//!
//! Invariants: nothing is armed unless the app says that it runs with `environment = "test"`; the variables are read
//! once, at start, and set outside a test they stop the start. The process dies as by a power cut: SIGKILL, no
//! clean-up.
//!
//! Neighbours: `runtime` carries the faults; the code at the points calls `runtime::crash_point`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Every named point at which a test may kill the process.
pub const CRASH_POINTS: &[&str] = &[
    // The change is durable, the reporter has no answer yet.
    "after_commit_before_answer",
    // An outbox row is leased to this process, nothing was sent.
    "after_claim",
    // The platform accepted the message, the attempt is not recorded.
    "after_send_before_finish",
];

/// `SECEVENT_CRASH_AT=<point>[:<nth>]`: die when the point is reached for the nth time (1 if not given).
const CRASH_AT: &str = "SECEVENT_CRASH_AT";
/// `SECEVENT_WITHOUT_SHIELD=1`: database work lives and dies with the request that asked for it.
const WITHOUT_SHIELD: &str = "SECEVENT_WITHOUT_SHIELD";
/// `SECEVENT_SABOTAGE=<promise to break>`: the checker of the crash loop must notice.
const SABOTAGE: &str = "SECEVENT_SABOTAGE";

/// A promise broken on purpose, so that the checker of the crash loop is known to see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// A transaction says that it is committed before it is.
    AnswerBeforeCommit,
    /// The rows of the outbox are written by a transaction of their own, after that of the case.
    OutboxSecondTransaction,
}

impl Sabotage {
    fn parse(given: &str) -> Option<Self> {
        match given {
            "answer_before_commit" => Some(Self::AnswerBeforeCommit),
            "outbox_second_transaction" => Some(Self::OutboxSecondTransaction),
            _ => None,
        }
    }
}

/// What a test asked to go wrong. The default is nothing.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    /// Run shielded work in the waiting future, so that a hang-up drops it.
    pub without_shield: bool,
    /// Which promise to break.
    pub sabotage: Option<Sabotage>,
    /// Where to die.
    pub crash: CrashPoints,
}

/// Why the faults asked for cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// A fault was asked for outside a test.
    #[error(
        "{variable} is set, but environment is not \"test\": unset it, it would lose reports on purpose"
    )]
    NotATest {
        /// The variable that is set.
        variable: &'static str,
    },
    /// The point or its count cannot be read.
    #[error("SECEVENT_CRASH_AT={given}: expected <point> or <point>:<nth> with nth from 1; points are {}", CRASH_POINTS.join(", "))]
    UnknownPoint {
        /// What the variable held.
        given: String,
    },
    /// There is no such promise to break.
    #[error(
        "SECEVENT_SABOTAGE={given}: expected answer_before_commit or outbox_second_transaction"
    )]
    UnknownSabotage {
        /// What the variable held.
        given: String,
    },
}

impl Faults {
    /// Reads the faults from the environment, given by `variable` (in the program `|name| std::env::var(name).ok()`).
    ///
    /// # Errors
    /// When a fault is asked for and `is_test` is false, or a crash point does not exist.
    pub fn read(
        is_test: bool,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, FaultError> {
        let set = |name: &'static str| match variable(name).filter(|value| !value.is_empty()) {
            Some(_) if !is_test => Err(FaultError::NotATest { variable: name }),
            value => Ok(value),
        };
        let crash = match set(CRASH_AT)? {
            Some(given) => CrashPoints::parse(&given)?,
            None => CrashPoints::default(),
        };
        let without_shield = set(WITHOUT_SHIELD)?.is_some_and(|value| value != "0");
        let sabotage = match set(SABOTAGE)? {
            Some(given) => {
                Some(Sabotage::parse(&given).ok_or(FaultError::UnknownSabotage { given })?)
            }
            None => None,
        };
        Ok(Self {
            without_shield,
            sabotage,
            crash,
        })
    }

    /// Faults of a hang-up storm that is to show losses. Only an app with `environment = "test"` may use it.
    pub fn without_shield_for_tests() -> Self {
        Self {
            without_shield: true,
            ..Self::default()
        }
    }
}

/// The armed crash point, if any.
#[derive(Debug, Clone, Default)]
pub struct CrashPoints {
    armed: Option<Arc<Armed>>,
}

#[derive(Debug)]
struct Armed {
    point: String,
    nth: u64,
    reached: AtomicU64,
}

impl CrashPoints {
    fn parse(given: &str) -> Result<Self, FaultError> {
        let unknown = || FaultError::UnknownPoint {
            given: given.to_owned(),
        };
        let (point, nth) = match given.split_once(':') {
            Some((point, nth)) => (point, nth.parse().map_err(|_| unknown())?),
            None => (given, 1),
        };
        if nth == 0 || !CRASH_POINTS.contains(&point) {
            return Err(unknown());
        }
        let armed = Armed {
            point: point.to_owned(),
            nth,
            reached: AtomicU64::new(0),
        };
        Ok(Self {
            armed: Some(Arc::new(armed)),
        })
    }

    /// Dies here if this point is armed and its count is full.
    pub(super) fn reach(&self, point: &'static str) {
        debug_assert!(
            CRASH_POINTS.contains(&point),
            "{point} is missing in CRASH_POINTS"
        );
        if let Some(armed) = &self.armed
            && armed.point == point
            && armed.reached.fetch_add(1, Ordering::SeqCst) + 1 == armed.nth
        {
            die();
        }
    }

    #[cfg(test)]
    pub(super) fn times_reached(&self) -> u64 {
        self.armed
            .as_ref()
            .map_or(0, |armed| armed.reached.load(Ordering::SeqCst))
    }
}

/// SIGKILL to ourselves. The shell's `kill` is built in, so it is there on every system; parking keeps this thread
/// from going one step further while the signal is on its way.
fn die() -> ! {
    let kill = format!("kill -9 {}", std::process::id());
    if std::process::Command::new("sh")
        .args(["-c", &kill])
        .status()
        .is_err()
    {
        std::process::abort();
    }
    loop {
        std::thread::park();
    }
}
