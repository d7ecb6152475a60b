//! Figures of what was recorded: taken from a decision, counted when its commit has answered.
//!
//! Invariants: what was rolled back is not counted; the figures come from the entries of the timeline, so the two cannot disagree.
//! Neighbours: [`super::tx`] keeps these until the commit, `telemetry::names` names them.

use crate::domain::{
    deadline::{DeadlineChange, DeadlineKind},
    decision::Decision,
    event_report::{Door, EventReport},
    timeline::Body,
};
use crate::telemetry::names;
use metrics::{counter, histogram};
use std::time::Duration;

/// What one decision adds to the figures.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Count {
    /// A report; for a form, how long it took from opening it.
    Report(Door, Option<Duration>),
    /// A page came to its end.
    Page(&'static str),
    /// A deadline was missed.
    Deadline(DeadlineKind),
}

/// What is counted after the commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Counts(Vec<Count>);

impl Counts {
    /// Adds what `decision` says.
    pub fn add(&mut self, decision: &Decision) {
        let entries = decision.entries.iter().filter_map(|entry| of(&entry.body));
        let missed = decision.deadlines.iter().filter_map(|change| match change {
            DeadlineChange::Missed { kind, .. } => Some(Count::Deadline(*kind)),
            DeadlineChange::Set(_) | DeadlineChange::Met { .. } => None,
        });
        self.0.extend(entries.chain(missed));
    }

    /// Counts.
    pub fn commit(self) {
        for count in self.0 {
            match count {
                Count::Report(door, took) => {
                    counter!(names::REPORTS, "door" => door.as_str()).increment(1);
                    if let Some(took) = took {
                        histogram!(names::SUBMIT_SECONDS, "door" => door.as_str()).record(took);
                    }
                }
                Count::Page(fact) => counter!(names::PAGES, "fact" => fact).increment(1),
                Count::Deadline(kind) => {
                    counter!(names::DEADLINES_MISSED, "kind" => kind.as_str()).increment(1);
                }
            }
        }
    }
}

fn of(body: &Body) -> Option<Count> {
    match body {
        Body::Reported { report } | Body::Joined { report } => {
            Some(Count::Report(report.origin.door, to_submit(report)))
        }
        Body::Acknowledged { .. } => Some(Count::Page("acknowledged")),
        Body::Unanswered { .. } => Some(Count::Page("unanswered")),
        Body::SendFailed { what, .. } if what == "page" => Some(Count::Page("undelivered")),
        Body::EscalationCancelled { .. } => Some(Count::Page("called_off")),
        _ => None,
    }
}

fn to_submit(report: &EventReport) -> Option<Duration> {
    let took = report.reported_at - report.details.begun_at?;
    took.to_std().ok()
}
