//! Reading escalations.
//!
//! Invariants: a case has at most one running escalation (a rule of the schema).

use super::{Store, error::StoreError, row::Row, sql::Sql};
use crate::domain::{
    escalation::{Escalation, Run},
    ids::{CaseId, EscalationId},
};

fn read(row: &Row) -> Result<Escalation, StoreError> {
    let run = match row.text("state")?.as_str() {
        "running" => Run::Running {
            step: row.count("step")?,
            attempt: row.count("attempt")?,
            page: row.id("page")?,
            paged: row.id("paged")?,
        },
        "acknowledged" => Run::Acknowledged {
            by: row.id("ended_by")?,
            at: row.instant("ended_at")?,
        },
        "failed" => Run::Failed {
            at: row.instant("ended_at")?,
        },
        "cancelled" => Run::Cancelled {
            at: row.instant("ended_at")?,
        },
        other => return Err(row.bad("state", format_args!("\"{other}\" is no state"))),
    };
    Ok(Escalation {
        id: row.id("id")?,
        case: row.id("case_id")?,
        policy: row.text("policy")?,
        by: row.id("started_by")?,
        reason: row.text("reason")?,
        started_at: row.instant("started_at")?,
        run,
    })
}

impl Store {
    /// The running escalation of a case.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if its row cannot be read.
    pub async fn open_escalation(&self, case: CaseId) -> Result<Option<Escalation>, StoreError> {
        let row = Sql::new("select * from escalation where case_id = ? and state = 'running'")
            .bind(case)
            .one(&self.read, "escalation", "id")
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// The escalation with this id.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if its row cannot be read.
    pub async fn escalation(&self, id: EscalationId) -> Result<Option<Escalation>, StoreError> {
        let row = Sql::new("select * from escalation where id = ?")
            .bind(id)
            .one(&self.read, "escalation", "id")
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// Every escalation of a case, oldest first.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn escalations_of_case(&self, case: CaseId) -> Result<Vec<Escalation>, StoreError> {
        Sql::new("select * from escalation where case_id = ? order by started_at, id")
            .bind(case)
            .all(&self.read, "escalation", "id")
            .await?
            .iter()
            .map(read)
            .collect()
    }
}
