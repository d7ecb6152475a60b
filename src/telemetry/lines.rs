//! The canonical log lines: exactly one per request, delivery and tick, readable alone, units in the field names.
//!
//! Invariants: a line carries ids and outcomes, never text from people, a name, a token or a URL with a secret; the
//! same call feeds the metrics, so that log and metrics cannot disagree.
//!
//! Neighbours: written by the platform ingress, the dispatcher and the ticker; `telemetry::names` names the metrics.

use std::time::Duration;

use metrics::{counter, histogram};

use super::names;

/// One request from a platform or another door, when its answer is known.
#[derive(Debug, Clone, Copy)]
pub struct RequestLine<'a> {
    /// `slack`, later others.
    pub platform: &'a str,
    /// What came in: `command`, `shortcut`, `reaction` and so on.
    pub kind: &'a str,
    /// What became of it: `committed`, `answered`, `refused`, `unconfirmed`, `ignored`, `failed`.
    pub outcome: &'a str,
    /// The delivery's own id, as the platform gave it, for support questions; empty if it has none.
    pub delivery: &'a str,
    /// Number of the case concerned, if there is one.
    pub case: Option<&'a str>,
    /// From the first byte to the answer.
    pub took: Duration,
}

impl RequestLine<'_> {
    /// Writes the line and counts.
    pub fn log(&self) {
        let labels = [
            ("platform", self.platform.to_owned()),
            ("kind", self.kind.to_owned()),
        ];
        histogram!(names::INTAKE_SECONDS, &labels).record(self.took);
        if self.outcome == "unconfirmed" {
            counter!(names::INTAKE_UNCONFIRMED, "platform" => self.platform.to_owned())
                .increment(1);
        }
        tracing::info!(
            request.platform = self.platform,
            request.kind = self.kind,
            request.outcome = self.outcome,
            request.delivery = self.delivery,
            request.took_ms = milliseconds(self.took),
            case.number = self.case,
            "request"
        );
    }
}

/// One attempt to deliver an outbox row, when its outcome is recorded.
#[derive(Debug, Clone, Copy)]
pub struct DeliveryLine<'a> {
    /// Id of the outbox row.
    pub row: &'a str,
    /// What is told: `receipt`, `page`, `feedback`, `card` and so on.
    pub kind: &'a str,
    /// By what means: `slack` and so on.
    pub means: &'a str,
    /// What became of it: `delivered`, `temporary`, `permanent`, `stale`.
    pub outcome: &'a str,
    /// Which attempt this was, from 1.
    pub attempt: u32,
    /// From the moment the row was due to the start of the call.
    pub lag: Duration,
    /// Duration of the call.
    pub call: Duration,
    /// Why it failed, in the provider's code (never its text); empty if it did not.
    pub reason: &'a str,
}

impl DeliveryLine<'_> {
    /// Writes the line and counts. A permanent failure also counts as given up.
    pub fn log(&self) {
        let means = self.means.to_owned();
        let labels = [
            ("means", means.clone()),
            ("outcome", self.outcome.to_owned()),
        ];
        counter!(names::DELIVERY_ATTEMPTS, &labels).increment(1);
        histogram!(names::DELIVERY_LAG_SECONDS, "means" => means.clone()).record(self.lag);
        histogram!(names::DELIVERY_CALL_SECONDS, "means" => means.clone()).record(self.call);
        if self.outcome == "permanent" {
            counter!(names::DELIVERY_GIVEN_UP, "means" => means).increment(1);
        }
        tracing::info!(
            delivery.row = self.row,
            delivery.kind = self.kind,
            delivery.means = self.means,
            delivery.outcome = self.outcome,
            delivery.attempt = self.attempt,
            delivery.reason = self.reason,
            delivery.lag_ms = milliseconds(self.lag),
            delivery.call_ms = milliseconds(self.call),
            "delivery"
        );
    }
}

/// One tick of the ticker.
#[derive(Debug, Clone, Copy)]
pub struct TickLine {
    /// Deadlines that were due.
    pub due: usize,
    /// Deadlines that fired.
    pub fired: usize,
    /// Deadlines whose verb failed; they stay due.
    pub failed: usize,
    /// Duration of the tick.
    pub took: Duration,
}

impl TickLine {
    /// Counts, and writes the line at level info if anything was due, else at level debug: a quiet night is no news.
    pub fn log(&self) {
        histogram!(names::TICK_SECONDS).record(self.took);
        let took_ms = milliseconds(self.took);
        if self.due == 0 {
            tracing::debug!(tick.due = 0, tick.took_ms = took_ms, "tick");
        } else {
            tracing::info!(
                tick.due = self.due,
                tick.fired = self.fired,
                tick.failed = self.failed,
                tick.took_ms = took_ms,
                "tick"
            );
        }
    }
}

/// Milliseconds with three decimals.
fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
