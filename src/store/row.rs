//! A row that came back, read column by column; what cannot be read names table, column and row.
//!
//! Invariants: a value is never guessed or skipped: a word outside its vocabulary, an instant outside the calendar or a broken JSON is
//! [`StoreError::BadRow`]. Neighbours: every query file.

use super::{error::StoreError, sql::V};
use crate::domain::{
    clock::{Timestamp, from_micros},
    ids::{
        AssessmentId, AttachmentId, CaseId, DeadlineId, EscalationId, GrantId, InstallationId,
        LinkId, OutboxId, PersonId, PolicyVersionId, ReportId,
    },
};
use sea_orm::{QueryResult, TryGetable};
use std::{fmt::Display, str::FromStr};
use uuid::Uuid;

/// An id of the domain.
pub(super) trait Id: Copy {
    fn from_uuid(uuid: Uuid) -> Self;
}

macro_rules! ids {
    ($($name:ident),+) => {$(
        impl Id for $name {
            fn from_uuid(uuid: Uuid) -> Self { Self(uuid) }
        }
        impl From<$name> for V {
            fn from(id: $name) -> Self { Self::Id(Some(id.0)) }
        }
        impl From<Option<$name>> for V {
            fn from(id: Option<$name>) -> Self { Self::Id(id.map(|id| id.0)) }
        }
    )+};
}
ids!(
    AssessmentId,
    AttachmentId,
    CaseId,
    DeadlineId,
    EscalationId,
    GrantId,
    InstallationId,
    LinkId,
    OutboxId,
    PersonId,
    PolicyVersionId,
    ReportId
);

/// A row of a result.
#[derive(Debug)]
pub(super) struct Row {
    row: QueryResult,
    table: &'static str,
    key: &'static str,
    postgres: bool,
}

impl Row {
    pub(super) const fn new(
        row: QueryResult,
        table: &'static str,
        key: &'static str,
        postgres: bool,
    ) -> Self {
        Self {
            row,
            table,
            key,
            postgres,
        }
    }

    /// An error about one column of this row.
    pub(super) fn bad(&self, column: &str, why: impl Display) -> StoreError {
        let key = self
            .row
            .try_get::<String>("", self.key)
            .or_else(|_| {
                self.row
                    .try_get::<Uuid>("", self.key)
                    .map(|id| id.to_string())
            })
            .or_else(|_| self.row.try_get::<i64>("", self.key).map(|n| n.to_string()))
            .unwrap_or_else(|_| format!("with an unreadable {}", self.key));
        StoreError::BadRow {
            table: self.table,
            column: column.to_owned(),
            row: key,
            why: why.to_string(),
        }
    }

    fn get<T: TryGetable>(&self, column: &str) -> Result<T, StoreError> {
        self.row
            .try_get("", column)
            .map_err(|error| self.bad(column, error))
    }

    pub(super) fn text(&self, column: &str) -> Result<String, StoreError> {
        self.get(column)
    }

    pub(super) fn opt_text(&self, column: &str) -> Result<Option<String>, StoreError> {
        self.get(column)
    }

    pub(super) fn int(&self, column: &str) -> Result<i64, StoreError> {
        self.get(column)
    }

    pub(super) fn opt_int(&self, column: &str) -> Result<Option<i64>, StoreError> {
        self.get(column)
    }

    /// A number that cannot be negative.
    pub(super) fn count<T: TryFrom<i64>>(&self, column: &str) -> Result<T, StoreError> {
        let n = self.int(column)?;
        T::try_from(n).map_err(|_| self.bad(column, format_args!("{n} is out of range")))
    }

    pub(super) fn opt_count<T: TryFrom<i64>>(&self, column: &str) -> Result<Option<T>, StoreError> {
        self.opt_int(column)?
            .map(|n| {
                T::try_from(n).map_err(|_| self.bad(column, format_args!("{n} is out of range")))
            })
            .transpose()
    }

    pub(super) fn bool(&self, column: &str) -> Result<bool, StoreError> {
        self.get(column)
    }

    pub(super) fn bytes(&self, column: &str) -> Result<Vec<u8>, StoreError> {
        self.get(column)
    }

    pub(super) fn opt_bytes(&self, column: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.get(column)
    }

    pub(super) fn id<T: Id>(&self, column: &str) -> Result<T, StoreError> {
        self.opt_id(column)?
            .ok_or_else(|| self.bad(column, "it is empty"))
    }

    /// An id: `uuid` on PostgreSQL, text on SQLite.
    pub(super) fn opt_id<T: Id>(&self, column: &str) -> Result<Option<T>, StoreError> {
        let uuid = if self.postgres {
            self.get::<Option<Uuid>>(column)?
        } else {
            self.opt_text(column)?
                .map(|text| Uuid::parse_str(&text).map_err(|error| self.bad(column, error)))
                .transpose()?
        };
        Ok(uuid.map(T::from_uuid))
    }

    pub(super) fn instant(&self, column: &str) -> Result<Timestamp, StoreError> {
        let micros = self.int(column)?;
        from_micros(micros).ok_or_else(|| self.bad(column, format_args!("{micros} is no instant")))
    }

    pub(super) fn opt_instant(&self, column: &str) -> Result<Option<Timestamp>, StoreError> {
        self.opt_int(column)?
            .map(|micros| {
                from_micros(micros)
                    .ok_or_else(|| self.bad(column, format_args!("{micros} is no instant")))
            })
            .transpose()
    }

    /// A word of a closed vocabulary.
    pub(super) fn word<T>(&self, column: &str) -> Result<T, StoreError>
    where
        T: FromStr,
        T::Err: Display,
    {
        self.text(column)?
            .parse()
            .map_err(|error| self.bad(column, error))
    }

    pub(super) fn opt_word<T>(&self, column: &str) -> Result<Option<T>, StoreError>
    where
        T: FromStr,
        T::Err: Display,
    {
        self.opt_text(column)?
            .map(|word| word.parse().map_err(|error| self.bad(column, error)))
            .transpose()
    }

    pub(super) fn json<T: serde::de::DeserializeOwned>(
        &self,
        column: &str,
    ) -> Result<T, StoreError> {
        serde_json::from_str(&self.text(column)?).map_err(|error| self.bad(column, error))
    }

    pub(super) fn opt_json<T: serde::de::DeserializeOwned>(
        &self,
        column: &str,
    ) -> Result<Option<T>, StoreError> {
        self.opt_text(column)?
            .map(|text| serde_json::from_str(&text).map_err(|error| self.bad(column, error)))
            .transpose()
    }
}
