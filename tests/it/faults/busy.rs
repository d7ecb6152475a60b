//! Whether the machine was busy with other things: an answer that came late on such a machine says nothing about the bot.
//!
//! Invariants: a quiet machine is never called busy, so that there the promise is judged by the clock. Neighbours: the tests of this directory.

use std::time::Instant;

/// From this share of the time on, in which somebody waited for a processor, the machine counts as busy.
const BUSY: f64 = 0.25;

/// Watches from its making on.
#[derive(Debug)]
pub struct Watch {
    begun: Instant,
    waited: Option<f64>,
}

impl Watch {
    /// Begins.
    pub fn begin() -> Self {
        Self {
            begun: Instant::now(),
            waited: seconds_waited(),
        }
    }

    /// Whether processes had to wait for a processor since the beginning.
    pub fn was_busy(&self) -> bool {
        match (self.waited, seconds_waited()) {
            (Some(before), Some(now)) => now - before > BUSY * self.begun.elapsed().as_secs_f64(),
            // A kernel that does not say: by the length of the queue.
            _ => is_crowded(),
        }
    }
}

/// What Linux says of pressure on the processors: for how long some process had to wait for one, in all.
fn seconds_waited() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/pressure/cpu").ok()?;
    let total = text.lines().next()?.split("total=").nth(1)?;
    let micros: f64 = total.trim().parse().ok()?;
    Some(micros / 1_000_000.0)
}

fn is_crowded() -> bool {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let running: Option<f64> = text
        .split_whitespace()
        .next()
        .and_then(|load| load.parse().ok());
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    running.is_some_and(|load| load > processors as f64)
}
