//! Writing rows of `cases`: a new one with its number, a changed one with its version.
//!
//! Invariants: a change is written only over the version that was read; a number is taken by the last write before the
//! commit, so the counter's row is locked for that statement and the commit alone. Neighbours: `case` reads them back.

use super::{
    error::StoreError,
    sql::{Sql, V, int, json},
};
use crate::domain::{
    case::{Case, Owner},
    ids::{CaseId, CaseNumber},
    severity::Severity,
};
use sea_orm::{ConnectionTrait, DbBackend};

/// The columns that a verb may change, with their values.
fn changing(case: &Case) -> Result<Vec<(&'static str, V)>, StoreError> {
    let (severity, initial) = match case.severity {
        Severity::Unrated => (None, None),
        Severity::Rated { initial, current } => (Some(current.as_str()), Some(initial.as_str())),
    };
    let (team, person) = match &case.owner {
        Owner::Team(team) => (Some(team.clone()), None),
        Owner::Person(person) => (None, Some(*person)),
    };
    let restricted = case.handling.restricted.as_ref();
    let closure = case.closure.as_ref();
    let instants = &case.instants;
    Ok(vec![
        ("title", V::from(&case.title)),
        ("status", V::from(case.status.as_str())),
        ("assessment", V::from(case.assessment.as_str())),
        ("phase", V::from(case.phase.map(|phase| phase.as_str()))),
        ("severity", V::from(severity)),
        ("severity_initial", V::from(initial)),
        ("confidentiality", V::from(case.cia.confidentiality)),
        ("integrity", V::from(case.cia.integrity)),
        ("availability", V::from(case.cia.availability)),
        ("tlp", V::from(case.handling.tlp.as_str())),
        (
            "restricted_reason",
            V::from(restricted.map(|r| r.reason.as_str())),
        ),
        ("restricted_until", V::from(restricted.map(|r| r.until))),
        ("category", V::from(&case.category)),
        ("detection_source", V::from(case.detection_source.as_str())),
        ("asset_provider", V::from(&case.asset.provider)),
        ("asset_account", V::from(&case.asset.account)),
        ("asset_tenant", V::from(&case.asset.tenant)),
        ("asset_application", V::from(&case.asset.application)),
        ("alert_id", V::from(&case.alert.id)),
        ("alert_links", V::from(json(&case.alert.links)?)),
        ("owner_team", V::from(team)),
        ("owner_person", V::from(person)),
        ("service_owner", V::from(&case.service_owner)),
        ("occurred_at", V::from(instants.occurred)),
        ("detected_at", V::from(instants.detected)),
        ("taken_at", V::from(instants.taken)),
        ("triaged_at", V::from(instants.triaged)),
        ("escalated_at", V::from(instants.escalated)),
        ("closed_at", V::from(instants.closed)),
        ("outcome", V::from(closure.map(|c| c.outcome.as_str()))),
        ("closure_notes", V::from(closure.map(|c| c.notes.as_str()))),
        ("closed_by", V::from(closure.map(|c| c.by))),
        (
            "merged_into",
            V::from(case.merged_into.map(|into| into.case)),
        ),
        ("exercise", V::from(case.exercise)),
    ])
}

/// Replaces the row of a case that was read at `case.version` and grows by `grows` entries.
pub(super) async fn update_case<C: ConnectionTrait>(
    on: &C,
    case: &Case,
    grows: u64,
) -> Result<(), StoreError> {
    let mut sql = Sql::new("update cases set version = ?").bind(int(case.version + grows)?);
    for (column, value) in changing(case)? {
        sql = sql.and(&format!(", {column} = ?")).bind(value);
    }
    let sql = sql
        .and(" where id = ? and version = ?")
        .bind(case.id)
        .bind(int(case.version)?);
    match sql.run(on).await? {
        1 => Ok(()),
        _ => Err(StoreError::Conflict(format!("case {}", case.id))),
    }
}

/// Counts entries that were added to a case that did not change otherwise.
pub(super) async fn touch_case<C: ConnectionTrait>(
    on: &C,
    case: CaseId,
    grows: u64,
) -> Result<(), StoreError> {
    let sql = Sql::new("update cases set version = version + ? where id = ?")
        .bind(int(grows)?)
        .bind(case);
    match sql.run(on).await? {
        1 => Ok(()),
        _ => Err(StoreError::Invalid(format!("there is no case {case}"))),
    }
}

/// Writes a new case and gives it the next number of its year; puts that number into the remembered answers that wait for it.
pub(super) async fn insert_case<C: ConnectionTrait>(
    on: &C,
    case: &Case,
    version: u64,
    remembered: &[String],
) -> Result<CaseNumber, StoreError> {
    let year = case.number.year;
    let mut columns = vec![
        ("id", V::from(case.id)),
        ("number_year", V::from(i64::from(year))),
        ("version", V::from(int(version)?)),
        ("reported_at", V::from(case.reported_at)),
        ("policy", V::from(case.policy)),
    ];
    columns.extend(changing(case)?);
    let row = if on.get_database_backend() == DbBackend::Postgres {
        in_one_statement(year, columns, remembered)
            .one(on, "cases", "n")
            .await?
    } else {
        let row = counter(year).one(on, "case_counter", "n").await?;
        if let Some(row) = &row {
            let n: u32 = row.count("n")?;
            in_two_statements(on, CaseNumber { year, n }, columns, remembered).await?;
        }
        row
    };
    let row = row.ok_or_else(|| StoreError::Invalid("the counter gave no number".to_owned()))?;
    let n = row.count("n")?;
    Ok(CaseNumber { year, n })
}

fn counter(year: i32) -> Sql {
    Sql::new(
        "insert into case_counter (year, n) values (?, 1)
         on conflict (year) do update set n = case_counter.n + 1 returning n",
    )
    .bind(i64::from(year))
}

/// PostgreSQL: the counter is locked while this one statement runs and until the commit.
fn in_one_statement(year: i32, columns: Vec<(&'static str, V)>, remembered: &[String]) -> Sql {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let mut sql = Sql::new("with c as (").join(counter(year)).and(&format!(
        "), k as (insert into cases ({}, number_n) select ",
        names.join(", ")
    ));
    for (_, value) in columns {
        sql = sql.and("?, ").bind(value);
    }
    sql = sql.and("c.n from c returning number_n)");
    if !remembered.is_empty() {
        let wanted = CaseNumber { year, n: 0 };
        sql = sql
            .and(", a as (update inbound_seen set answer = replace(answer, ?, ")
            .bind(format!("\"{wanted}\""))
            .and(" ? || lpad(c.n::text, greatest(4, length(c.n::text)), '0') || '\"') from c where key in ")
            .bind(format!("\"SE-{year}-"));
        sql.tuple(remembered.iter().map(V::from).collect());
        sql.push(")");
    }
    sql.and(" select number_n as n from k")
}

/// SQLite: the writer has the database to itself anyway.
async fn in_two_statements<C: ConnectionTrait>(
    on: &C,
    number: CaseNumber,
    columns: Vec<(&'static str, V)>,
    remembered: &[String],
) -> Result<(), StoreError> {
    let (mut names, mut values): (Vec<&str>, Vec<V>) = columns.into_iter().unzip();
    names.push("number_n");
    values.push(V::from(i64::from(number.n)));
    let mut sql = Sql::new(&format!("insert into cases ({}) values ", names.join(", ")));
    sql.tuple(values);
    sql.run(on).await?;
    if !remembered.is_empty() {
        let wanted = CaseNumber {
            year: number.year,
            n: 0,
        };
        let mut sql =
            Sql::new("update inbound_seen set answer = replace(answer, ?, ?) where key in ")
                .bind(format!("\"{wanted}\""))
                .bind(format!("\"{number}\""));
        sql.tuple(remembered.iter().map(V::from).collect());
        sql.run(on).await?;
    }
    Ok(())
}
