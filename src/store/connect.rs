//! Connecting, and bringing the schema up to date.
//!
//! Invariants: SQLite has one writer (waiting in a fair queue, not by busy polling) and readers that cannot write, WAL, FULL
//! synchronisation and foreign keys; PostgreSQL migrates under an advisory lock, so that replicas that start together
//! migrate once. Neighbours: `config` fills [`StoreOptions`].

use super::{Store, error::StoreError, wake::Bell};
use migrations::Migrator;
use migrations::sea_orm_migration::MigratorTrait;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr,
    sqlx::{
        Connection as _,
        sqlite::{SqliteJournalMode, SqliteSynchronous},
    },
};
use secrecy::{ExposeSecret, SecretString};
use std::{sync::Arc, time::Duration};

/// How to reach the database.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// `sqlite:<path>` or `postgres://..`; may hold a password.
    pub url: SecretString,
    /// Connections to PostgreSQL, or readers of SQLite (which has one writer besides).
    pub connections: u32,
    /// How long to wait for a free connection, and on SQLite for another process's lock.
    pub acquire_timeout: Duration,
    /// How long one statement may take on PostgreSQL; a lock is waited for half as long. Migrations are not limited.
    pub statement_timeout: Duration,
    /// The largest size of a SQLite file, in pages of 4 KiB; none if absent. For an operator who must not fill a shared disk.
    pub max_pages: Option<u32>,
}

impl StoreOptions {
    /// Ordinary options for a database.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: SecretString::from(url.into()),
            connections: 12,
            acquire_timeout: Duration::from_secs(4),
            statement_timeout: Duration::from_secs(10),
            max_pages: None,
        }
    }

    fn is_sqlite(&self) -> bool {
        self.url.expose_secret().starts_with("sqlite:")
    }

    fn base(&self, connections: u32) -> ConnectOptions {
        let mut options = ConnectOptions::new(self.url.expose_secret().to_owned());
        options
            .max_connections(connections)
            .acquire_timeout(self.acquire_timeout)
            .connect_timeout(self.acquire_timeout)
            .sqlx_logging(false)
            .record_stmt_in_spans(false)
            .test_before_acquire(false);
        options
    }

    fn sqlite(&self, connections: u32, writer: bool) -> ConnectOptions {
        let mut options = self.base(connections);
        let busy = self.acquire_timeout;
        let max_pages = self.max_pages;
        options.map_sqlx_sqlite_opts(move |sqlite| {
            let mut sqlite = sqlite
                .create_if_missing(writer)
                .foreign_keys(true)
                .busy_timeout(busy)
                .synchronous(SqliteSynchronous::Full)
                .pragma("recursive_triggers", "on")
                .pragma("trusted_schema", "off");
            if let Some(pages) = max_pages {
                sqlite = sqlite.pragma("max_page_count", pages.to_string());
            }
            if writer {
                sqlite
                    .journal_mode(SqliteJournalMode::Wal)
                    .pragma("journal_size_limit", "67108864")
                    .optimize_on_close(true, None)
            } else {
                sqlite.pragma("query_only", "on")
            }
        });
        if !writer {
            return options;
        }
        // On a full disk SQLite may end a transaction by itself. The driver then fails to roll it back, still counts it as open, and lets
        // what follows end in savepoints of a transaction that never commits: acknowledged, and gone. Such a connection is closed.
        options.map_sqlx_sqlite_before_acquire(|connection, _| {
            Box::pin(async move {
                // A rollback may still be queued; the answer comes after it.
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        });
        options
    }

    fn postgres(&self) -> ConnectOptions {
        let mut options = self.base(self.connections);
        let statement = self.statement_timeout.as_millis().to_string();
        let lock = (self.statement_timeout / 2).as_millis().to_string();
        options
            .min_connections(self.connections.min(2))
            // Busy connections are not asked, so this costs nothing under load; idle ones may have died with the server.
            .test_before_acquire_if_idle_for(Duration::from_secs(1))
            .map_sqlx_postgres_opts(move |postgres| {
                postgres.application_name("secevent").options([
                    ("statement_timeout", statement.as_str()),
                    ("lock_timeout", lock.as_str()),
                    ("idle_in_transaction_session_timeout", "60000"),
                    // Every statement is short; compiling one would take longer than running it.
                    ("jit", "off"),
                ])
            });
        options
    }
}

/// The key of the advisory lock around migrations ("secevent" as a number).
const MIGRATION_LOCK: i64 = 0x7365_6365_7665_6e74;

impl Store {
    /// Connects; does not migrate.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the database cannot be reached or opened.
    pub async fn connect(options: &StoreOptions) -> Result<Self, StoreError> {
        let (write, read) = if options.is_sqlite() {
            let write = open(options.sqlite(1, true)).await?;
            let read = open(options.sqlite(options.connections.clamp(1, 4), false)).await?;
            (write, read)
        } else {
            let pool = open(options.postgres()).await?;
            (pool.clone(), pool)
        };
        Ok(Self {
            write,
            read,
            options: Arc::new(options.clone()),
            bell: Arc::new(Bell::new()),
        })
    }

    /// Brings the schema up to date; nothing to do if it is. Safe to run on several replicas at once.
    ///
    /// # Errors
    /// [`StoreError::Schema`] if the database is newer than this program or a migration fails (nothing of that migration stays).
    pub async fn migrate(&self) -> Result<(), StoreError> {
        if self.options.is_sqlite() {
            return up(&self.write).await;
        }
        // Two connections of their own: one holds the lock, the other migrates, without the limits of ordinary work.
        let lock = open(self.options.base(1)).await?;
        let result = self.migrate_locked(&lock).await;
        // The lock goes with its connection, whatever happened.
        let _ = lock.close().await;
        result
    }

    async fn migrate_locked(&self, lock: &DatabaseConnection) -> Result<(), StoreError> {
        lock.execute_unprepared(&format!("select pg_advisory_lock({MIGRATION_LOCK})"))
            .await?;
        let work = open(self.options.base(1)).await?;
        let result = up(&work).await;
        let _ = work.close().await;
        result
    }

    /// The names of migrations that were not applied yet; needs no right to change the schema.
    ///
    /// # Errors
    /// [`StoreError::Schema`] if the database is newer than this program.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, StoreError> {
        let pending = Migrator::get_pending_migrations_read_only(&self.read)
            .await
            .map_err(schema)?;
        Ok(pending
            .iter()
            .map(|migration| migration.name().to_owned())
            .collect())
    }
}

async fn open(options: ConnectOptions) -> Result<DatabaseConnection, StoreError> {
    Database::connect(options).await.map_err(|error| {
        // The driver's text may quote the address, never the password.
        match StoreError::from(error) {
            StoreError::Invalid(why) | StoreError::Busy(why) => StoreError::Unavailable(why),
            other => other,
        }
    })
}

async fn up(on: &DatabaseConnection) -> Result<(), StoreError> {
    Migrator::up(on, None).await.map_err(schema)
}

fn schema(error: DbErr) -> StoreError {
    let why = error.to_string();
    match StoreError::from(error) {
        StoreError::Invalid(_) => StoreError::Schema(why),
        other => other,
    }
}
