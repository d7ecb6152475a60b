//! Reading deadlines.
//!
//! Invariants: at most one is open per case and kind (a rule of the schema); `now` is the caller's. Neighbours: the ticker asks for
//! what is due, the verbs set and end deadlines by their decisions.

use super::{
    Store,
    error::StoreError,
    row::Row,
    sql::{Sql, V},
};
use crate::domain::{
    clock::Timestamp,
    deadline::Deadline,
    ids::{CaseId, DeadlineId},
    owed::Unmet,
};

/// An open deadline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenDeadline {
    /// Its id.
    pub id: DeadlineId,
    /// What is due.
    pub deadline: Deadline,
    /// When it was set or moved.
    pub set_at: Timestamp,
}

fn read(row: &Row) -> Result<OpenDeadline, StoreError> {
    Ok(OpenDeadline {
        id: row.id("id")?,
        deadline: Deadline {
            kind: row.word("kind")?,
            case: row.id("case_id")?,
            escalation: row.opt_id("escalation_id")?,
            due_at: row.instant("due_at")?,
        },
        set_at: row.instant("set_at")?,
    })
}

impl Store {
    /// Open deadlines that are due at `now`, the oldest first.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn due_deadlines(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<OpenDeadline>, StoreError> {
        Sql::new(
            "select * from deadline where state = 'open' and due_at <= ? order by due_at, id limit ?",
        )
        .bind(now)
        .bind(i64::from(limit))
        .all(&self.read, "deadline", "id")
        .await?
        .iter()
        .map(read)
        .collect()
    }

    /// The open deadlines of a case, the next first.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn open_deadlines(&self, case: CaseId) -> Result<Vec<OpenDeadline>, StoreError> {
        Sql::new("select * from deadline where state = 'open' and case_id = ? order by due_at, id")
            .bind(case)
            .all(&self.read, "deadline", "id")
            .await?
            .iter()
            .map(read)
            .collect()
    }

    /// The deadlines of these cases that are open or were missed, in the order in which they were set.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn unmet_deadlines(&self, cases: &[CaseId]) -> Result<Vec<Unmet>, StoreError> {
        let mut found = Vec::new();
        // SQLite takes a limited number of values in one statement.
        for some in cases.chunks(500) {
            let mut sql = Sql::new(
                "select * from deadline where state in ('open', 'missed') and case_id in ",
            );
            sql.tuple(some.iter().map(|case| V::from(*case)).collect());
            let rows = sql
                .and(" order by set_at, id")
                .all(&self.read, "deadline", "id")
                .await?;
            for row in &rows {
                found.push(Unmet {
                    deadline: read(row)?.deadline,
                    missed: row.text("state")? == "missed",
                });
            }
        }
        Ok(found)
    }

    /// Open deadlines of all cases, the next first.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn next_deadlines(&self, limit: u32) -> Result<Vec<OpenDeadline>, StoreError> {
        Sql::new("select * from deadline where state = 'open' order by due_at, id limit ?")
            .bind(i64::from(limit))
            .all(&self.read, "deadline", "id")
            .await?
            .iter()
            .map(read)
            .collect()
    }

    /// When the next open deadline is due: how long the ticker may rest.
    ///
    /// # Errors
    /// If the database could not be asked.
    pub async fn next_deadline(&self) -> Result<Option<Timestamp>, StoreError> {
        let row = Sql::new("select min(due_at) as due_at from deadline where state = 'open'")
            .one(&self.read, "deadline", "due_at")
            .await?;
        row.map_or(Ok(None), |row| row.opt_instant("due_at"))
    }
}
