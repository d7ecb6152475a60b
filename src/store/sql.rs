//! One statement with its values, and a batch of statements that goes to the database in one round trip where it can.
//!
//! Invariants: SQL text never holds a value; a statement is written once for both databases with `?` for each value (no `?` may stand
//! in a literal); ids are bound as `uuid` on PostgreSQL and as text on SQLite. Round trips decide throughput on
//! PostgreSQL, so a [`Batch`] becomes one statement there (`with a as (insert ..), b as (insert ..) insert ..`); on SQLite it is one text of
//! several statements, which costs one hop to the driver's thread. All parts of a PostgreSQL batch see the state before it, so two parts may
//! never touch the same row. Neighbours: `row` reads what comes back.

use super::{error::StoreError, row::Row};
use crate::domain::clock::{Timestamp, micros};
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};
use std::fmt::Write as _;
use uuid::Uuid;

/// A value to bind.
#[derive(Debug, Clone)]
pub(super) enum V {
    Id(Option<Uuid>),
    Text(Option<String>),
    Int(Option<i64>),
    Bool(bool),
    Bytes(Vec<u8>),
    OptBytes(Option<Vec<u8>>),
}

impl V {
    fn bind(self, backend: DbBackend) -> Value {
        match self {
            Self::Id(id) if backend == DbBackend::Postgres => Value::Uuid(id),
            Self::Id(id) => Value::String(id.map(|id| id.to_string())),
            Self::Text(text) => Value::String(text),
            Self::Int(int) => Value::BigInt(int),
            Self::Bool(yes) => Value::Bool(Some(yes)),
            Self::Bytes(bytes) => Value::Bytes(Some(bytes)),
            Self::OptBytes(bytes) => Value::Bytes(bytes),
        }
    }
}

impl From<&str> for V {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}
impl From<String> for V {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}
impl From<&String> for V {
    fn from(text: &String) -> Self {
        Self::Text(Some(text.clone()))
    }
}
impl From<Option<String>> for V {
    fn from(text: Option<String>) -> Self {
        Self::Text(text)
    }
}
impl From<&Option<String>> for V {
    fn from(text: &Option<String>) -> Self {
        Self::Text(text.clone())
    }
}
impl From<Option<&str>> for V {
    fn from(text: Option<&str>) -> Self {
        Self::Text(text.map(str::to_owned))
    }
}
impl From<i64> for V {
    fn from(int: i64) -> Self {
        Self::Int(Some(int))
    }
}
impl From<Option<i64>> for V {
    fn from(int: Option<i64>) -> Self {
        Self::Int(int)
    }
}
impl From<bool> for V {
    fn from(yes: bool) -> Self {
        Self::Bool(yes)
    }
}
impl From<Timestamp> for V {
    fn from(at: Timestamp) -> Self {
        Self::Int(Some(micros(at)))
    }
}
impl From<Option<Timestamp>> for V {
    fn from(at: Option<Timestamp>) -> Self {
        Self::Int(at.map(micros))
    }
}

/// An unsigned number of the domain as the database's signed one.
pub(super) fn int(n: u64) -> Result<i64, StoreError> {
    i64::try_from(n).map_err(|_| StoreError::Invalid(format!("{n} is too large to be stored")))
}

/// JSON text of a value of the domain.
pub(super) fn json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Invalid(format!("no JSON: {error}")))
}

/// A statement under construction.
#[derive(Debug, Clone, Default)]
pub(super) struct Sql {
    text: String,
    values: Vec<V>,
}

impl Sql {
    pub(super) fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            values: Vec::new(),
        }
    }

    /// Appends text.
    pub(super) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Gives the value of the next `?`.
    pub(super) fn bind(mut self, value: impl Into<V>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Appends another statement with its values.
    pub(super) fn join(mut self, other: Self) -> Self {
        self.text.push_str(&other.text);
        self.values.extend(other.values);
        self
    }

    /// Appends `(?, ?, ..)` with its values.
    pub(super) fn tuple(&mut self, values: Vec<V>) -> &mut Self {
        self.text.push('(');
        for (i, value) in values.into_iter().enumerate() {
            self.text.push_str(if i == 0 { "?" } else { ", ?" });
            self.values.push(value);
        }
        self.text.push(')');
        self
    }

    /// Appends to an owned statement.
    pub(super) fn and(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    /// The statement with `$n` for each `?`; both databases take that form.
    fn statement(self, backend: DbBackend) -> Statement {
        let mut text = String::with_capacity(self.text.len() + 2 * self.values.len());
        let mut n = 0;
        for piece in self.text.split_inclusive('?') {
            if let Some(before) = piece.strip_suffix('?') {
                n += 1;
                text.push_str(before);
                // Writing to a String cannot fail.
                let _ = write!(text, "${n}");
            } else {
                text.push_str(piece);
            }
        }
        debug_assert_eq!(n, self.values.len(), "{}", self.text);
        let values = self.values.into_iter().map(|value| value.bind(backend));
        Statement::from_sql_and_values(backend, text, values)
    }

    /// Runs it; how many rows it touched.
    pub(super) async fn run<C: ConnectionTrait>(self, on: &C) -> Result<u64, StoreError> {
        let statement = self.statement(on.get_database_backend());
        Ok(on.execute_raw(statement).await?.rows_affected())
    }

    /// Every row; `table` and `key` (a column of the result) name a row that cannot be read.
    pub(super) async fn all<C: ConnectionTrait>(
        self,
        on: &C,
        table: &'static str,
        key: &'static str,
    ) -> Result<Vec<Row>, StoreError> {
        let backend = on.get_database_backend();
        let rows = on.query_all_raw(self.statement(backend)).await?;
        Ok(rows
            .into_iter()
            .map(|row| Row::new(row, table, key, backend == DbBackend::Postgres))
            .collect())
    }

    /// The first row.
    pub(super) async fn one<C: ConnectionTrait>(
        self,
        on: &C,
        table: &'static str,
        key: &'static str,
    ) -> Result<Option<Row>, StoreError> {
        let backend = on.get_database_backend();
        let row = on.query_one_raw(self.statement(backend)).await?;
        Ok(row.map(|row| Row::new(row, table, key, backend == DbBackend::Postgres)))
    }
}

/// Both databases limit the values of one statement (SQLite to 32,766); a batch stays well below.
const VALUES_CAP: usize = 20_000;

/// Statements that need no answer and touch different rows.
#[derive(Debug, Default)]
pub(super) struct Batch(Vec<Sql>);

impl Batch {
    pub(super) fn add(&mut self, sql: Sql) {
        self.0.push(sql);
    }

    /// Adds `insert into <into> values (..), (..) <suffix>`, in as many statements as the limit demands; none without rows.
    pub(super) fn insert(&mut self, into: &str, rows: Vec<Vec<V>>, suffix: &str) {
        let mut sql = Sql::default();
        for row in rows {
            if sql.values.len() + row.len() > VALUES_CAP {
                self.0.push(std::mem::take(&mut sql).and(suffix));
            }
            if sql.values.is_empty() {
                sql.push("insert into ").push(into).push(" values ");
            } else {
                sql.push(", ");
            }
            sql.tuple(row);
        }
        if !sql.values.is_empty() {
            self.0.push(sql.and(suffix));
        }
    }

    /// Runs them: one round trip, as long as they hold fewer than [`VALUES_CAP`] values.
    pub(super) async fn run<C: ConnectionTrait>(self, on: &C) -> Result<(), StoreError> {
        let together = match on.get_database_backend() {
            DbBackend::Sqlite => in_turn,
            _ => together,
        };
        let mut group = Vec::new();
        let mut values = 0;
        for sql in self.0 {
            values += sql.values.len();
            if values > VALUES_CAP && !group.is_empty() {
                together(std::mem::take(&mut group)).run(on).await?;
                values = sql.values.len();
            }
            group.push(sql);
        }
        if group.is_empty() {
            return Ok(());
        }
        together(group).run(on).await?;
        Ok(())
    }
}

/// `..; ..`: the driver of SQLite runs them one after the other in its own thread, so it is asked once.
fn in_turn(parts: Vec<Sql>) -> Sql {
    let mut all = Sql::default();
    for (i, part) in parts.into_iter().enumerate() {
        all.push(if i == 0 { "" } else { "; " });
        all = all.join(part);
    }
    all
}

/// `with p0 as (..), p1 as (..) ..`: one statement of several.
fn together(mut parts: Vec<Sql>) -> Sql {
    let last = parts.pop().unwrap_or_default();
    let mut all = Sql::default();
    for (i, part) in parts.into_iter().enumerate() {
        let with = if i == 0 { "with" } else { "," };
        all.push(&format!("{with} p{i} as ("));
        all.push(&part.text).push(") ");
        all.values.extend(part.values);
    }
    all.push(&last.text);
    all.values.extend(last.values);
    all
}
