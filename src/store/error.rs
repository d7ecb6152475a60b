//! What can go wrong in the store, sorted by what the caller does about it.
//!
//! Invariants: [`StoreError::Conflict`] and [`StoreError::Busy`] mean that nothing was written and the same work may be tried again;
//! [`StoreError::Unavailable`] means that nobody knows whether it was written if it came from a commit, so the user hears "not confirmed";
//! a row that cannot be understood names its table, column and key. Neighbours: `sql` turns the driver's errors into these.

use crate::domain::event_report::MessageRef;
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, SqlxError};

/// Why the store did not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Somebody else changed the case (or the person, or the escalation) in between. Nothing was written: load again, decide again.
    #[error("somebody else changed {0} at the same moment")]
    Conflict(String),
    /// The message was reported already, by somebody else at the same moment. Nothing was written: look up its case and join it.
    #[error("the message was reported already")]
    SourceTaken(Option<MessageRef>),
    /// The database was busy (lock, deadlock, serialisation). Nothing was written: try the same again.
    #[error("the database is busy: {0}")]
    Busy(String),
    /// The database cannot be reached, refuses work or is full.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// A row does not say what its type demands.
    #[error("row {row} of table {table}: column {column} cannot be read: {why}")]
    BadRow {
        /// The table.
        table: &'static str,
        /// The column.
        column: String,
        /// The row's key.
        row: String,
        /// Why.
        why: String,
    },
    /// The schema is older or newer than this program.
    #[error("the schema of the database does not fit this program: {0}")]
    Schema(String),
    /// A decision that cannot be recorded, or a statement that the database refuses: a bug.
    #[error("this cannot be recorded: {0}")]
    Invalid(String),
}

impl StoreError {
    /// Whether the same work may be tried again at once, because nothing was written.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Conflict(_) | Self::Busy(_))
    }
}

/// Which rule of the schema a unique violation broke, by the name of its index or its columns.
const SOURCE: [&str; 2] = [
    "message_ref_source",
    "message_ref.platform, message_ref.channel, message_ref.message",
];

/// Rules that are broken only by a race: the loser loads again and decides again.
const RACES: [(&str, &str); 16] = [
    ("identity_pkey", "the person"),
    ("identity.platform", "the person"),
    ("person_pkey", "the person"),
    ("person.id", "the person"),
    ("escalation_running", "the escalation"),
    ("escalation.case_id", "the escalation"),
    ("timeline_pkey", "the timeline"),
    ("timeline.stream", "the timeline"),
    ("timeline_head_pkey", "the timeline"),
    ("timeline_head.stream", "the timeline"),
    ("policy_version_sha256_key", "the policy"),
    ("policy_version.sha256", "the policy"),
    ("policy_current_pkey", "the policy"),
    ("policy_current.one", "the policy"),
    ("person_link_pkey", "the person"),
    ("person_link.from_person", "the person"),
];

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        match &error {
            // The waiting was long already, and an unreachable server looks the same: trying again at once would not help.
            DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => {
                Self::Unavailable("no connection to the database could be had in time".to_owned())
            }
            DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed) => {
                Self::Unavailable("the connections are closed".to_owned())
            }
            DbErr::Conn(RuntimeErr::SqlxError(cause))
            | DbErr::Exec(RuntimeErr::SqlxError(cause))
            | DbErr::Query(RuntimeErr::SqlxError(cause)) => from_driver(cause),
            DbErr::Conn(_) => Self::Unavailable(error.to_string()),
            _ => Self::Invalid(error.to_string()),
        }
    }
}

/// Sorts an error of the driver.
pub(super) fn from_driver(error: &SqlxError) -> StoreError {
    match error {
        SqlxError::Database(refused) => {
            let code = refused.code().unwrap_or_default();
            let rule = refused.constraint().unwrap_or_default();
            let message = refused.message();
            sort(&code, rule, message)
        }
        SqlxError::PoolTimedOut
        | SqlxError::Io(_)
        | SqlxError::Tls(_)
        | SqlxError::PoolClosed
        | SqlxError::WorkerCrashed
        | SqlxError::Protocol(_) => StoreError::Unavailable(error.to_string()),
        other => StoreError::Invalid(other.to_string()),
    }
}

/// Sorts by SQLSTATE (PostgreSQL, five characters) or extended result code (SQLite, a number).
fn sort(code: &str, rule: &str, message: &str) -> StoreError {
    let busy = || StoreError::Busy(message.to_owned());
    let unavailable = || StoreError::Unavailable(message.to_owned());
    match code {
        "40001" | "40P01" | "55P03" | "57014" => return busy(),
        "23505" => return unique(rule, message),
        _ if code.len() == 5
            && ["08", "53", "57", "58", "28", "3D"]
                .iter()
                .any(|class| code.starts_with(class)) =>
        {
            return unavailable();
        }
        _ => {}
    }
    if let Ok(number) = code.parse::<i64>()
        && code.len() < 5
    {
        return match (number, number & 0xff) {
            (1555 | 2067, _) => unique(message, message),
            // busy, locked
            (_, 5 | 6) => busy(),
            // permission, read-only, I/O, corrupt, full, cannot open, not a database
            (_, 3 | 8 | 10 | 11 | 13 | 14 | 26) => unavailable(),
            _ => StoreError::Invalid(message.to_owned()),
        };
    }
    StoreError::Invalid(message.to_owned())
}

fn unique(rule: &str, message: &str) -> StoreError {
    if SOURCE.iter().any(|source| rule.contains(source)) {
        return StoreError::SourceTaken(None);
    }
    RACES
        .iter()
        .find(|(name, _)| rule.contains(name))
        .map_or_else(
            || StoreError::Invalid(message.to_owned()),
            |(_, what)| StoreError::Conflict((*what).to_owned()),
        )
}

#[cfg(test)]
mod tests {
    use super::{StoreError, sort};

    #[test]
    fn errors_are_sorted_by_what_to_do() {
        assert!(matches!(sort("40P01", "", "deadlock"), StoreError::Busy(_)));
        assert!(matches!(sort("5", "", "locked"), StoreError::Busy(_)));
        assert!(matches!(sort("517", "", "snapshot"), StoreError::Busy(_)));
        assert!(matches!(sort("13", "", "full"), StoreError::Unavailable(_)));
        assert!(matches!(
            sort("53100", "", "full"),
            StoreError::Unavailable(_)
        ));
        assert!(matches!(
            sort("57P01", "", "shutdown"),
            StoreError::Unavailable(_)
        ));
        assert!(matches!(
            sort("23505", "message_ref_source", ""),
            StoreError::SourceTaken(None)
        ));
        assert!(matches!(
            sort(
                "2067",
                "",
                "UNIQUE constraint failed: message_ref.platform, message_ref.channel, message_ref.message"
            ),
            StoreError::SourceTaken(None)
        ));
        assert!(matches!(
            sort("23505", "identity_pkey", ""),
            StoreError::Conflict(_)
        ));
        assert!(matches!(
            sort("23514", "cases_check", ""),
            StoreError::Invalid(_)
        ));
    }
}
