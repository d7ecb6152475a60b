//! Reading cases.
//!
//! Invariants: what is read is what was recorded, or an error that names the row. Who may see it is decided by the caller with
//! `visible`; only [`Store::cases_of_reporter`] is narrowed here. Neighbours: `record_case` writes.

use super::{Store, error::StoreError, row::Row, sql::Sql};
use crate::domain::{
    case::{Alert, Case, Cia, Closure, Instants, MergedInto, Owner},
    case_file::Merged,
    clock::Timestamp,
    event_report::Asset,
    handling::{Handling, Restriction},
    ids::{CaseId, CaseNumber, PersonId},
    severity::{Level, Severity},
};

/// More open cases nobody can own, or leave lying; of more, the oldest are read.
const MOST_OPEN: i64 = 500;

pub(super) fn read(row: &Row) -> Result<Case, StoreError> {
    Ok(Case {
        id: row.id("id")?,
        number: CaseNumber {
            year: row.count("number_year")?,
            n: row.count("number_n")?,
        },
        version: row.count("version")?,
        title: row.text("title")?,
        status: row.word("status")?,
        assessment: row.word("assessment")?,
        phase: row.opt_word("phase")?,
        severity: severity(row)?,
        cia: Cia {
            confidentiality: row.bool("confidentiality")?,
            integrity: row.bool("integrity")?,
            availability: row.bool("availability")?,
        },
        handling: Handling {
            tlp: row.word("tlp")?,
            restricted: restriction(row)?,
        },
        category: row.text("category")?,
        detection_source: row.word("detection_source")?,
        asset: Asset {
            provider: row.opt_text("asset_provider")?,
            account: row.opt_text("asset_account")?,
            tenant: row.opt_text("asset_tenant")?,
            application: row.opt_text("asset_application")?,
        },
        alert: Alert {
            id: row.opt_text("alert_id")?,
            links: row.json("alert_links")?,
        },
        owner: owner(row)?,
        service_owner: row.opt_text("service_owner")?,
        reported_at: row.instant("reported_at")?,
        instants: Instants {
            occurred: row.opt_instant("occurred_at")?,
            detected: row.opt_instant("detected_at")?,
            taken: row.opt_instant("taken_at")?,
            triaged: row.opt_instant("triaged_at")?,
            escalated: row.opt_instant("escalated_at")?,
            closed: row.opt_instant("closed_at")?,
        },
        closure: closure(row)?,
        merged_into: merged_into(row)?,
        policy: row.id("policy")?,
        exercise: row.bool("exercise")?,
    })
}

fn severity(row: &Row) -> Result<Severity, StoreError> {
    let current: Option<Level> = row.opt_word("severity")?;
    let initial: Option<Level> = row.opt_word("severity_initial")?;
    match (initial, current) {
        (None, None) => Ok(Severity::Unrated),
        (Some(initial), Some(current)) => Ok(Severity::Rated { initial, current }),
        _ => Err(row.bad("severity", "only one of first and present rating is there")),
    }
}

fn restriction(row: &Row) -> Result<Option<Restriction>, StoreError> {
    let reason = row.opt_text("restricted_reason")?;
    let until: Option<Timestamp> = row.opt_instant("restricted_until")?;
    match (reason, until) {
        (None, None) => Ok(None),
        (Some(reason), Some(until)) => Ok(Some(Restriction { reason, until })),
        _ => Err(row.bad("restricted_until", "a restriction has a reason and an end")),
    }
}

fn owner(row: &Row) -> Result<Owner, StoreError> {
    let person: Option<PersonId> = row.opt_id("owner_person")?;
    match (row.opt_text("owner_team")?, person) {
        (Some(team), None) => Ok(Owner::Team(team)),
        (None, Some(person)) => Ok(Owner::Person(person)),
        _ => Err(row.bad("owner_team", "a case has one owner, a team or a person")),
    }
}

fn closure(row: &Row) -> Result<Option<Closure>, StoreError> {
    let by: Option<PersonId> = row.opt_id("closed_by")?;
    match (row.opt_text("outcome")?, row.opt_text("closure_notes")?, by) {
        (None, None, None) => Ok(None),
        (Some(outcome), Some(notes), Some(by)) => Ok(Some(Closure { outcome, notes, by })),
        _ => Err(row.bad("outcome", "a closed case has outcome, notes and closer")),
    }
}

fn merged_into(row: &Row) -> Result<Option<MergedInto>, StoreError> {
    let Some(case) = row.opt_id("merged_into")? else {
        return Ok(None);
    };
    let number = CaseNumber {
        year: row.count("into_year")?,
        n: row.count("into_n")?,
    };
    Ok(Some(MergedInto { case, number }))
}

/// Every column of a case, with the number of the case that it was merged into.
const CASES: &str = "select cases.*, other.number_year as into_year, other.number_n as into_n
    from cases left join cases other on other.id = cases.merged_into";

fn cases(rest: &str) -> Sql {
    Sql::new(CASES).and(rest)
}

impl Store {
    /// The case with this id.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if its row cannot be read.
    pub async fn case_by_id(&self, case: CaseId) -> Result<Option<Case>, StoreError> {
        let row = cases(" where cases.id = ?")
            .bind(case)
            .one(&self.read, "cases", "id")
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// The case with this number.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if its row cannot be read.
    pub async fn case_by_number(&self, number: CaseNumber) -> Result<Option<Case>, StoreError> {
        let row = cases(" where cases.number_year = ? and cases.number_n = ?")
            .bind(i64::from(number.year))
            .bind(i64::from(number.n))
            .one(&self.read, "cases", "id")
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// The cases that a person reported or joined as a reporter, newest first.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn cases_of_reporter(
        &self,
        person: PersonId,
        limit: u32,
    ) -> Result<Vec<Case>, StoreError> {
        cases(
            " where cases.id in (select case_id from event_report where reporter = ?
                 or reporter in (select from_person from person_link where person_id = ?))
             order by cases.reported_at desc, cases.number_n desc limit ?",
        )
        .bind(person)
        .bind(person)
        .bind(i64::from(limit))
        .all(&self.read, "cases", "id")
        .await?
        .iter()
        .map(read)
        .collect()
    }

    /// In how many cases a person reported something.
    ///
    /// # Errors
    /// If the database could not be asked.
    pub async fn count_cases_of_reporter(&self, person: PersonId) -> Result<u64, StoreError> {
        let row = Sql::new(
            "select count(distinct case_id) as n from event_report where reporter = ?
                     or reporter in (select from_person from person_link where person_id = ?)",
        )
        .bind(person)
        .bind(person)
        .one(&self.read, "event_report", "n")
        .await?;
        row.map_or(Ok(0), |row| row.count("n"))
    }

    /// The cases that a person owns and that are not closed, oldest first.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn open_cases_of_owner(&self, person: PersonId) -> Result<Vec<Case>, StoreError> {
        cases(
            " where cases.status <> 'closed' and cases.owner_person = ?
             order by cases.reported_at, cases.number_year, cases.number_n limit ?",
        )
        .bind(person)
        .bind(MOST_OPEN)
        .all(&self.read, "cases", "id")
        .await?
        .iter()
        .map(read)
        .collect()
    }

    /// The cases that no person owns and that are not closed, oldest first.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn open_cases_of_nobody(&self) -> Result<Vec<Case>, StoreError> {
        cases(
            " where cases.status <> 'closed' and cases.owner_person is null
             order by cases.reported_at, cases.number_year, cases.number_n limit ?",
        )
        .bind(MOST_OPEN)
        .all(&self.read, "cases", "id")
        .await?
        .iter()
        .map(read)
        .collect()
    }

    /// Cases that are not closed, oldest first.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn open_cases(&self, limit: u32) -> Result<Vec<Case>, StoreError> {
        cases(
            " where cases.status <> 'closed' order by cases.reported_at, cases.number_year, cases.number_n limit ?",
        )
        .bind(i64::from(limit))
        .all(&self.read, "cases", "id")
        .await?
        .iter()
        .map(read)
        .collect()
    }

    /// All cases, newest number first, below `before` if given: one page of the list.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn cases(
        &self,
        before: Option<CaseNumber>,
        limit: u32,
    ) -> Result<Vec<Case>, StoreError> {
        let mut sql = cases("");
        if let Some(before) = before {
            sql = sql
                .and(" where (cases.number_year, cases.number_n) < (?, ?)")
                .bind(i64::from(before.year))
                .bind(i64::from(before.n));
        }
        sql.and(" order by cases.number_year desc, cases.number_n desc limit ?")
            .bind(i64::from(limit))
            .all(&self.read, "cases", "id")
            .await?
            .iter()
            .map(read)
            .collect()
    }

    /// The cases that were merged into this one, each with its reports, by number.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn merged_into(&self, case: CaseId) -> Result<Vec<Merged>, StoreError> {
        let rows = cases(" where cases.merged_into = ? order by cases.number_year, cases.number_n")
            .bind(case)
            .all(&self.read, "cases", "id")
            .await?;
        let mut merged = Vec::new();
        for row in &rows {
            let case = read(row)?;
            let reports = self.reports_of_case(case.id).await?;
            merged.push(Merged { case, reports });
        }
        Ok(merged)
    }

    /// How many cases are not closed.
    ///
    /// # Errors
    /// If the database could not be asked.
    pub async fn count_open_cases(&self) -> Result<u64, StoreError> {
        let row = Sql::new("select count(*) as n from cases where status <> 'closed'")
            .one(&self.read, "cases", "n")
            .await?;
        row.map_or(Ok(0), |row| row.count("n"))
    }
}
