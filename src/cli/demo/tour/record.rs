//! The record as the tour reads it: by SQL of its own, every column as it is stored.
//!
//! Invariants: a connection of its own that cannot write; no type of the store; whole tables, because a tour is small. The one place
//! outside the store that names its database library, so that the judge does not ask the judged. Neighbours: `promises`, `chronicle`,
//! and `sabotage`, which spoils the file through [`spoil`].

use crate::{
    cli::{Failure, Outcome},
    runtime::shield,
};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement};
use serde_json::Value;
use std::{collections::BTreeMap, path::Path};

const TABLES: &[&str] = &[
    "alarm",
    "assessment",
    "attempt",
    "cases",
    "escalation",
    "event_report",
    "identity",
    "outbox",
    "person",
    "person_link",
    "timeline",
    "timeline_head",
    "timeline_payload",
];

/// The tables.
#[derive(Debug, Default)]
pub struct Record(BTreeMap<&'static str, Vec<Value>>);

impl Record {
    /// Reads everything at once.
    pub async fn read(file: &Path) -> Result<Self, Failure> {
        let url = format!("sqlite:{}?mode=ro", file.display());
        let reading = shield("tour", async move {
            let on = Database::connect(url).await?;
            let mut tables = BTreeMap::new();
            for table in TABLES {
                tables.insert(*table, rows(&on, table).await?);
            }
            on.close().await?;
            Ok::<_, DbErr>(tables)
        });
        let tables = reading
            .await
            .map_err(Failure::stopped)?
            .map_err(|error| Failure::Stopped(format!("the record cannot be read: {error}")))?;
        Ok(Self(tables))
    }

    /// The rows of a table, in the order of their writing.
    pub fn rows(&self, table: &str) -> &[Value] {
        self.0.get(table).map_or(&[], Vec::as_slice)
    }

    /// The row of a table whose column `key` is `value`.
    pub fn find(&self, table: &str, key: &str, value: &Value) -> Option<&Value> {
        self.rows(table).iter().find(|row| row[key] == *value)
    }

    /// A person's name; the id where there is none.
    pub fn name(&self, person: &Value) -> String {
        self.find("person", "id", person)
            .and_then(|row| row["name"].as_str())
            .or(person.as_str())
            .unwrap_or("nobody")
            .to_owned()
    }

    /// A person's users on the platforms.
    pub fn users(&self, person: &Value) -> impl Iterator<Item = &str> {
        let rows = self.rows("identity").iter();
        rows.filter(move |row| row["person_id"] == *person)
            .filter_map(|row| row["user_id"].as_str())
    }
}

/// A column as text; empty if it is not.
pub fn text(row: &Value, column: &str) -> String {
    row[column].as_str().unwrap_or_default().to_owned()
}

/// A column that holds JSON as text.
pub fn json(row: &Value, column: &str) -> Value {
    serde_json::from_str(row[column].as_str().unwrap_or_default()).unwrap_or(Value::Null)
}

/// The number that people say.
pub fn number(case: &Value) -> String {
    format!(
        "SE-{}-{:04}",
        case["number_year"],
        case["number_n"].as_i64().unwrap_or_default()
    )
}

/// Rows as JSON objects, made by the database itself.
async fn rows(on: &DatabaseConnection, table: &str) -> Result<Vec<Value>, DbErr> {
    let ask = |sql: String| Statement::from_string(DbBackend::Sqlite, sql);
    let columns = ask(format!(
        "select group_concat('''' || name || ''', \"' || name || '\"') as j from pragma_table_info('{table}')"
    ));
    let columns: String = match on.query_one_raw(columns).await? {
        Some(row) => row.try_get("", "j")?,
        None => String::new(),
    };
    let all = ask(format!(
        "select json_object({columns}) as j from {table} order by rowid"
    ));
    let mut found = Vec::new();
    for row in on.query_all_raw(all).await? {
        let object: String = row.try_get("", "j")?;
        found
            .push(serde_json::from_str(&object).map_err(|error| DbErr::Custom(error.to_string()))?);
    }
    Ok(found)
}

/// Changes the file behind the bot's back. For sabotage alone.
pub async fn spoil(file: &Path, statements: &[&str]) -> Outcome {
    let statements: Vec<String> = statements.iter().map(|one| (*one).to_owned()).collect();
    let url = format!("sqlite:{}?mode=rw", file.display());
    let spoiling = shield("tour", async move {
        let on = Database::connect(url).await?;
        let mut changed = 0;
        for statement in &statements {
            changed = on.execute_unprepared(statement).await?.rows_affected();
        }
        on.close().await?;
        Ok::<_, DbErr>(changed)
    });
    let changed = spoiling.await.map_err(Failure::stopped)?;
    match changed {
        Ok(0) => Err(Failure::Stopped(
            "the sabotage found nothing to spoil".to_owned(),
        )),
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::Stopped(format!("the sabotage failed: {error}"))),
    }
}
