//! Tick: what time does. Every deadline that is due is fired, as the product itself, and digests are queued whose hour has come. A step
//! function; the loop is the app's.
//!
//! Invariants: a deadline is fired once, also by several replicas: what it says is recorded over the version that was read, and it is
//! looked up again before each try; one that cannot be fired now does not hold up the others. Neighbours: `domain::time_rules`,
//! [`super::digest`].

use super::{Fault, Workflow, act::Tries, ground::fault};
use crate::domain::{
    case_file::OnCall,
    clock::Timestamp,
    deadline::{Deadline, DeadlineKind},
    decision::Decision,
    draft::Act,
    event_report::{Door, Origin},
    ids::CaseId,
    notification::NotificationKind,
    person::Actor,
    time_rules,
};
use crate::runtime;
use crate::store::{OutboxFilter, OutboxState, StoreError};
use crate::telemetry::TickLine;
use std::time::Instant;

/// How many deadlines one step fires at most; the rest is due at the next step.
const AT_ONCE: u32 = 200;

/// What one step of time did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TickReport {
    /// Deadlines that were fired: missed, or found to be met.
    pub fired: usize,
    /// Deadlines that could not be fired now, each with the reason; the next step tries them again.
    pub failed: Vec<String>,
    /// Daily digests that were queued.
    pub digests: usize,
    /// More were due than one step fires.
    pub more: bool,
    /// When the next open deadline is due.
    pub next: Option<Timestamp>,
}

impl Workflow {
    /// Fires what is due.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn tick(&self) -> Result<TickReport, Fault> {
        let workflow = self.clone();
        runtime::shield("tick", async move { workflow.fire_due().await })
            .await
            .map_err(|failed| Fault::Bug(failed.to_string()))?
            .map_err(|error| fault(&error))
    }

    async fn fire_due(&self) -> Result<TickReport, StoreError> {
        let begun = Instant::now();
        let due = self
            .inner
            .store
            .due_deadlines(self.inner.clock.now(), AT_ONCE)
            .await?;
        let found = due.len();
        let mut report = TickReport {
            more: due.len() >= AT_ONCE as usize,
            ..TickReport::default()
        };
        for open in due {
            match self.fire(&open.deadline).await {
                Ok(true) => report.fired += 1,
                Ok(false) => {}
                Err(error) => {
                    let Deadline { kind, case, .. } = open.deadline;
                    report
                        .failed
                        .push(format!("{kind} of case {case}: {error}"));
                }
            }
        }
        match self.queue_digests().await {
            Ok(queued) => report.digests = queued,
            Err(error) => report.failed.push(format!("the daily digests: {error}")),
        }
        TickLine {
            due: found,
            fired: report.fired,
            failed: report.failed.len(),
            took: begun.elapsed(),
        }
        .log();
        report.next = self.inner.store.next_deadline().await?;
        Ok(report)
    }

    /// Fires one deadline; `false` if somebody else did.
    async fn fire(&self, deadline: &Deadline) -> Result<bool, StoreError> {
        let mut tries = Tries::default();
        loop {
            match self.fire_once(deadline).await {
                Err(error) if tries.again(&error) => {}
                done => return done,
            }
        }
    }

    async fn fire_once(&self, deadline: &Deadline) -> Result<bool, StoreError> {
        let in_force = self.inner.policy.current();
        let now = self.inner.clock.now();
        let at = self.at(&in_force, now);
        let Some(file) = self.file(deadline.case, now).await? else {
            return Err(StoreError::Invalid(format!(
                "the deadline {} is of case {}, which is not there",
                deadline.kind, deadline.case
            )));
        };
        // Asked after the case was read: if it was ended since, the case has another version and the recording conflicts.
        let open = self.inner.store.open_deadlines(deadline.case).await?;
        let Some(still) = open
            .iter()
            .map(|open| &open.deadline)
            .find(|open| open.kind == deadline.kind && open.due_at <= now)
        else {
            return Ok(false);
        };
        let on_call = if still.kind == DeadlineKind::Acknowledge {
            self.on_call_now(at.policy, now).await?
        } else {
            OnCall::default()
        };
        let feedback_open =
            still.kind == DeadlineKind::Feedback && self.feedback_open(still.case).await?;
        let (actor, origin) = (Actor::system(), Origin::inside(Door::Clock));
        let act = Act {
            at,
            actor: &actor,
            origin: &origin,
            happened_at: now,
        };
        let decision = time_rules::fire(act, &file, &on_call, still, feedback_open);
        if decision != Decision::default() {
            self.record_alone(&at, &decision).await?;
        }
        Ok(true)
    }

    /// Whether some feedback of the case has not been accepted by a platform yet.
    async fn feedback_open(&self, case: CaseId) -> Result<bool, StoreError> {
        let filter = OutboxFilter {
            states: vec![
                OutboxState::Ready,
                OutboxState::Leased,
                OutboxState::Sending,
                OutboxState::Dead,
            ],
            kind: Some(NotificationKind::Feedback),
            case: Some(case),
            limit: 1,
        };
        Ok(!self.inner.store.outbox(&filter).await?.is_empty())
    }
}
