//! Reading event reports and assessment records.
//!
//! Invariants: both are written once and never changed (triggers), but for the instant a report was withdrawn; whom a report is of is read through
//! what was linked since.

use super::{
    Store,
    error::StoreError,
    row::Row,
    sql::{Sql, V},
};
use crate::domain::{
    assessment::AssessmentRecord,
    event_report::EventReport,
    ids::{CaseId, PersonId, ReportId},
};

/// Reports, each with who its reporter is now: somebody whose accounts were linked is one person.
const REPORTS: &str = "select r.*, coalesce(l.person_id, r.reporter) as who from event_report r
    left join person_link l on l.from_person = r.reporter";

fn read(row: &Row) -> Result<EventReport, StoreError> {
    Ok(EventReport {
        id: row.id("id")?,
        case: row.id("case_id")?,
        reporter: row.id("who")?,
        reply_to: row.opt_json("reply_to")?,
        origin: row.json("origin")?,
        text: row.text("text")?,
        snapshot: row.opt_json("snapshot")?,
        details: row.json("details")?,
        wire_sha256: row.text("wire_sha256")?,
        reported_at: row.instant("reported_at")?,
        withdrawn_at: row.opt_instant("withdrawn_at")?,
    })
}

impl Store {
    /// The report with this id.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if its row cannot be read.
    pub async fn report(&self, report: ReportId) -> Result<Option<EventReport>, StoreError> {
        let row = Sql::new(&format!("{REPORTS} where r.id = ?"))
            .bind(report)
            .one(&self.read, "event_report", "id")
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// The reports of a case, oldest first.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn reports_of_case(&self, case: CaseId) -> Result<Vec<EventReport>, StoreError> {
        Sql::new(&format!(
            "{REPORTS} where r.case_id = ? order by r.reported_at, r.id"
        ))
        .bind(case)
        .all(&self.read, "event_report", "id")
        .await?
        .iter()
        .map(read)
        .collect()
    }

    /// What one person reported in these cases, oldest first.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn reports_of_reporter(
        &self,
        person: PersonId,
        cases: &[CaseId],
    ) -> Result<Vec<EventReport>, StoreError> {
        if cases.is_empty() {
            return Ok(Vec::new());
        }
        let mut sql = Sql::new(&format!(
            "{REPORTS} where coalesce(l.person_id, r.reporter) = ? and r.case_id in "
        ))
        .bind(person);
        sql.tuple(cases.iter().map(|case| V::from(*case)).collect());
        sql.and(" order by r.reported_at, r.id")
            .all(&self.read, "event_report", "id")
            .await?
            .iter()
            .map(read)
            .collect()
    }

    /// The assessments of a case, oldest first; the last one holds.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn assessments_of_case(
        &self,
        case: CaseId,
    ) -> Result<Vec<AssessmentRecord>, StoreError> {
        Sql::new("select * from assessment where case_id = ? order by decided_at, id")
            .bind(case)
            .all(&self.read, "assessment", "id")
            .await?
            .iter()
            .map(|row| {
                Ok(AssessmentRecord {
                    id: row.id("id")?,
                    case: row.id("case_id")?,
                    policy: row.id("policy")?,
                    criteria: row.json("criteria")?,
                    result: row.word("result")?,
                    consequence: row.text("consequence")?,
                    priority: row.text("priority")?,
                    rationale: row.text("rationale")?,
                    decider: row.id("decider")?,
                    decided_at: row.instant("decided_at")?,
                })
            })
            .collect()
    }
}
