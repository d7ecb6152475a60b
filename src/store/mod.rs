//! The store: the record itself, on SQLite or PostgreSQL. The only room that names the database's crates.
//!
//! Invariants: [`Tx::record`] is the only way a case changes, and everything of one decision commits together or not at all
//! (promise 2); the timeline is chained and append-only (promise 5); a row that does not convert is an error that names table,
//! column and row; `now` is always a parameter, never the database's clock.
//!
//! **No future of this room may be dropped before it is done** (a dropped one can lose a write that was acknowledged later:
//! docs/decisions/no-cancelled-database-work.md). Every caller runs inside `crate::runtime::shield` or a worker of
//! [`crate::runtime`]; a limit of time belongs around the handle, never around one of these futures. The one exception is
//! [`Store::changes`], which waits for a signal in memory and may be dropped at will.
//!
//! Neighbours: `workflow` decides and records, `delivery` claims and finishes rows of the outbox, `assurance` and `cli` read.
//! One query file per noun; SQL is written by hand (docs/decisions/sql-by-hand.md).

use sea_orm::{
    DatabaseConnection, DbBackend, DbErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use std::sync::Arc;

use crate::domain::clock::{Timestamp, from_micros};

mod alarm;
mod attachment;
mod broken;
mod case;
mod chain;
mod connect;
mod counted;
mod deadline;
mod door_seen;
mod draft;
mod error;
mod escalation;
mod finish;
mod inbound;
mod installation;
mod link;
mod message;
mod outbox;
mod outbox_due;
mod outbox_list;
mod person;
mod policy;
mod record;
mod record_case;
mod record_outbox;
mod record_parts;
mod report;
mod row;
mod seat;
mod sql;
mod timeline;
mod tx;
mod vault;
mod verify;
mod wake;

pub use alarm::Alarm;
pub use connect::StoreOptions;
pub use deadline::OpenDeadline;
pub use door_seen::DoorSeen;
pub use error::StoreError;
pub use finish::{AttemptOutcome, AttemptResult, Finished};
pub use inbound::UnreadInbound;
pub use installation::SealedTokens;
pub use message::MessageOf;
pub use outbox::{ClaimOptions, Claimed};
pub use outbox_due::Budget;
pub use outbox_list::{Attempt, OutboxCount, OutboxFilter, OutboxRow, OutboxState};
pub use person::Known;
pub use policy::{Adopted, StoredPolicy};
pub use seat::{Place, Seat, Stream};
pub use timeline::Entry;
pub use tx::{Recorded, Stamp, Tx};
pub use vault::{Sealing, Vault, VaultError};
pub use verify::{ChainFault, Verified};
pub use wake::Wake;

use sql::Sql;

/// How many dead connections in a row `begin` passes over.
const DEAD_CONNECTIONS: u32 = 3;

/// Which database is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// A file of this machine, one process.
    Sqlite,
    /// A server, several replicas.
    Postgres,
}

/// The record. Cheap to clone; all clones share connections and the bell of the outbox.
#[derive(Debug, Clone)]
pub struct Store {
    write: DatabaseConnection,
    read: DatabaseConnection,
    options: Arc<StoreOptions>,
    bell: Arc<wake::Bell>,
}

impl Store {
    /// Which database.
    #[must_use]
    pub fn backend(&self) -> Backend {
        match self.read.get_database_backend() {
            DbBackend::Postgres => Backend::Postgres,
            _ => Backend::Sqlite,
        }
    }

    /// Begins a transaction that may write (`BEGIN IMMEDIATE` on SQLite, where one writer goes at a time).
    ///
    /// # Errors
    /// [`StoreError::Busy`] if another process holds the lock, [`StoreError::Unavailable`] if there is no database or no connection
    /// was free in time.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let mut dead = 0;
        loop {
            let options = TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            };
            match self.write.begin_with_options(options).await {
                Ok(inner) => {
                    let broken = broken::Broken::asked_for(&self.write);
                    return Ok(Tx::new(inner, Arc::clone(&self.bell), broken));
                }
                // A pooled connection died (the server was restarted): nothing was begun, the next connection may live.
                Err(DbErr::Query(_)) if dead < DEAD_CONNECTIONS && !self.is_sqlite() => {
                    dead += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn is_sqlite(&self) -> bool {
        self.backend() == Backend::Sqlite
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// If there is none.
    pub async fn ping(&self) -> Result<(), StoreError> {
        Sql::new("select 1 as one")
            .one(&self.read, "(ping)", "one")
            .await?;
        Ok(())
    }

    /// How far the database's clock is ahead of `now`; `None` on SQLite, which has the clock of this machine. For `doctor` only: no
    /// decision is ever taken by the database's clock.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub async fn clock_skew(&self, now: Timestamp) -> Result<Option<chrono::Duration>, StoreError> {
        if self.backend() == Backend::Sqlite {
            return Ok(None);
        }
        let clock = "select (extract(epoch from clock_timestamp()) * 1000000)::bigint as micros";
        let row = Sql::new(clock).one(&self.read, "(clock)", "micros").await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let theirs = row.int("micros")?;
        Ok(from_micros(theirs).map(|theirs| theirs - now))
    }

    /// Closes the connections. Work that still runs gets [`StoreError::Unavailable`].
    pub async fn close(&self) {
        // A connection that will not close cleanly is closed by the end of the process.
        let _ = self.read.close_by_ref().await;
        let _ = self.write.close_by_ref().await;
    }
}
