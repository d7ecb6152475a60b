//! Looking into the outbox: lists, one row with its attempts, figures; and the operator's hand: retry and cancel.
//!
//! Invariants: an attempt is never changed; a retry begins anew, with the evidence of what was tried before kept.

use super::{
    Store,
    error::StoreError,
    outbox::{message, notification},
    row::Row,
    sql::{Sql, V},
};
use crate::domain::{
    clock::Timestamp,
    decision::AlarmKind,
    delivery_rules,
    event_report::MessageRef,
    ids::{CaseId, OutboxId},
    notification::{DeliveryState, Notification, NotificationKind},
    vocabulary::vocabulary,
};
use std::collections::BTreeSet;

vocabulary! {
    /// Where a row stands.
    OutboxState {
        /// Waits for its time, its lane or a dispatcher.
        Ready = "ready",
        /// Claimed, not sent yet.
        Leased = "leased",
        /// The call to the outside is under way.
        Sending = "sending",
        /// Sent.
        Done = "done",
        /// Given up; the reason is the last error.
        Dead = "dead",
        /// No longer needed.
        Cancelled = "cancelled",
    }
}

/// A row of the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// What is to be told.
    pub notification: Notification,
    /// Where it stands.
    pub state: OutboxState,
    /// How far it is known to have come.
    pub delivery: DeliveryState,
    /// When it goes, if it is ready.
    pub run_at: Timestamp,
    /// Tries that count.
    pub attempts: u32,
    /// Causes so far (cards).
    pub generation: u64,
    /// It may have been sent without our knowing.
    pub maybe_sent: bool,
    /// Who is sending it.
    pub lease_by: Option<String>,
    /// Until when.
    pub lease_until: Option<Timestamp>,
    /// Its lane.
    pub lane: String,
    /// The message it became.
    pub message: Option<MessageRef>,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// When it was put into the outbox.
    pub created_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// One try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Which lease.
    pub epoch: u64,
    /// For which cause.
    pub generation: u64,
    /// Who tried.
    pub owner: String,
    /// When the call began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Timestamp,
    /// How: delivered, temporary, rate_limited, permanent, not_needed, unknown.
    pub outcome: String,
    /// It ended after its lease.
    pub late: bool,
    /// What the receiver answered.
    pub status: Option<String>,
    /// SHA-256 of what was sent, hex.
    pub content_sha256: Option<String>,
    /// The message it became.
    pub message: Option<MessageRef>,
    /// Why it failed.
    pub reason: Option<String>,
}

/// Which rows to list.
#[derive(Debug, Clone, Default)]
pub struct OutboxFilter {
    /// Only in these states; all if empty.
    pub states: Vec<OutboxState>,
    /// Only of this kind.
    pub kind: Option<NotificationKind>,
    /// Only of this case.
    pub case: Option<CaseId>,
    /// At most so many; 100 if 0.
    pub limit: u32,
}

/// How many rows there are of one state and kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboxCount {
    /// State.
    pub state: OutboxState,
    /// Kind.
    pub kind: NotificationKind,
    /// How many.
    pub n: u64,
}

fn read(row: &Row) -> Result<OutboxRow, StoreError> {
    Ok(OutboxRow {
        notification: notification(row)?,
        state: row.word("state")?,
        delivery: row.word("delivery_state")?,
        run_at: row.instant("run_at")?,
        attempts: row.count("attempts")?,
        generation: row.count("generation")?,
        maybe_sent: row.bool("maybe_sent")?,
        lease_by: row.opt_text("lease_by")?,
        lease_until: row.opt_instant("lease_until")?,
        lane: row.text("lane")?,
        message: message(row)?,
        last_error: row.opt_text("last_error")?,
        created_at: row.instant("created_at")?,
        finished_at: row.opt_instant("finished_at")?,
    })
}

impl Store {
    /// Rows of the outbox, newest first.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn outbox(&self, filter: &OutboxFilter) -> Result<Vec<OutboxRow>, StoreError> {
        let mut sql = Sql::new("select * from outbox where 1 = 1");
        if !filter.states.is_empty() {
            sql.push(" and state in ");
            sql.tuple(filter.states.iter().map(|s| V::from(s.as_str())).collect());
        }
        if let Some(kind) = filter.kind {
            sql = sql.and(" and kind = ?").bind(kind.as_str());
        }
        if let Some(case) = filter.case {
            sql = sql.and(" and case_id = ?").bind(case);
        }
        let limit = if filter.limit == 0 { 100 } else { filter.limit };
        sql.and(" order by created_at desc, position desc, id desc limit ?")
            .bind(i64::from(limit))
            .all(&self.read, "outbox", "id")
            .await?
            .iter()
            .map(read)
            .collect()
    }

    /// One row.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if it cannot be read.
    pub async fn outbox_row(&self, id: OutboxId) -> Result<Option<OutboxRow>, StoreError> {
        let row = Sql::new("select * from outbox where id = ?")
            .bind(id)
            .one(&self.read, "outbox", "id")
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// Those of `causes` that have a row, whatever became of it.
    ///
    /// # Errors
    /// If the database could not be asked.
    pub async fn causes_in_outbox(
        &self,
        causes: &[String],
    ) -> Result<BTreeSet<String>, StoreError> {
        let mut found = BTreeSet::new();
        // SQLite takes a limited number of values in one statement.
        for some in causes.chunks(500) {
            let mut sql = Sql::new("select dedupe from outbox where dedupe in ");
            sql.tuple(some.iter().map(V::from).collect());
            for row in &sql.all(&self.read, "outbox", "dedupe").await? {
                found.insert(row.text("dedupe")?);
            }
        }
        Ok(found)
    }

    /// The tries of a row, oldest first.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn attempts(&self, id: OutboxId) -> Result<Vec<Attempt>, StoreError> {
        Sql::new("select * from attempt where outbox_id = ? order by finished_at, epoch, late, id")
            .bind(id)
            .all(&self.read, "attempt", "id")
            .await?
            .iter()
            .map(|row| {
                Ok(Attempt {
                    epoch: row.count("epoch")?,
                    generation: row.count("generation")?,
                    owner: row.text("owner")?,
                    started_at: row.opt_instant("started_at")?,
                    finished_at: row.instant("finished_at")?,
                    outcome: row.text("outcome")?,
                    late: row.bool("late")?,
                    status: row.opt_text("status")?,
                    content_sha256: row.opt_text("content_sha256")?,
                    message: row.opt_json("message")?,
                    reason: row.opt_text("reason")?,
                })
            })
            .collect()
    }

    /// How long the oldest row that could go has waited; `None` if none waits. What `/readyz` judges the draining by.
    ///
    /// # Errors
    /// If the database could not be asked.
    pub async fn oldest_ready_age(
        &self,
        now: Timestamp,
    ) -> Result<Option<chrono::Duration>, StoreError> {
        let row = Sql::new(
            "select min(run_at) as run_at from outbox where state = 'ready' and run_at <= ?",
        )
        .bind(now)
        .one(&self.read, "outbox", "run_at")
        .await?;
        let oldest = row.map_or(Ok(None), |row| row.opt_instant("run_at"))?;
        Ok(oldest.map(|oldest| now - oldest))
    }

    /// How many rows there are by state and kind.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn outbox_counts(&self) -> Result<Vec<OutboxCount>, StoreError> {
        Sql::new("select state, kind, count(*) as n from outbox group by state, kind order by state, kind")
            .all(&self.read, "outbox", "state")
            .await?
            .iter()
            .map(|row| {
                Ok(OutboxCount {
                    state: row.word("state")?,
                    kind: row.word("kind")?,
                    n: row.count("n")?,
                })
            })
            .collect()
    }

    /// Lets a row that was given up or cancelled go again, now; whether it was one. Its alarm is over: if it gives up again, there is a new one.
    ///
    /// # Errors
    /// If it could not be stored.
    pub async fn retry(&self, id: OutboxId, now: Timestamp) -> Result<bool, StoreError> {
        let Some(row) = self.outbox_row(id).await? else {
            return Ok(false);
        };
        let subject = delivery_rules::alarm_subject(&row.notification);
        let mut tx = self.begin().await?;
        let changed = Sql::new(
            "update outbox set state = 'ready', delivery_state = 'pending', attempts = 0, run_at = ?, finished_at = null
             where id = ? and state in ('dead', 'cancelled')",
        )
        .bind(now)
        .bind(id)
        .run(&tx.inner)
        .await?;
        if changed == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        super::alarm::clear(AlarmKind::OutboxGaveUp.as_str(), &subject, now)
            .run(&tx.inner)
            .await?;
        tx.work = true;
        let _ = tx.commit().await?;
        Ok(true)
    }

    /// Takes a row back that was not sent yet; whether it could be.
    ///
    /// # Errors
    /// If it could not be stored.
    pub async fn cancel(&self, id: OutboxId, now: Timestamp) -> Result<bool, StoreError> {
        let changed = Sql::new(
            "update outbox set state = 'cancelled', delivery_state = 'cancelled', lease_by = null, lease_until = null, finished_at = ?
             where id = ? and state in ('ready', 'leased')",
        )
        .bind(now)
        .bind(id)
        .run(&self.write)
        .await?;
        Ok(changed > 0)
    }
}
