//! The bell: whoever waits for work (the dispatcher, the fetcher of files) hears of a commit in milliseconds, on every replica.
//!
//! Invariants: it only makes things sooner; a slow poll must find the same work without it. A NOTIFY is sent after the commit, never
//! inside (inside it halves the throughput), on a connection of its own, at most one per 20 ms. A listener that lost its
//! connection rings once when it is back, because it may have missed one. Neighbours: [`super::Tx::commit`] rings.

use super::{Backend, Store, error::StoreError, sql::Sql};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, sqlx::postgres::PgListener,
};
use secrecy::ExposeSecret;
use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

/// What a commit did for those who wait: told already, here only for the log and for tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Wake {
    /// Whether something waits to be sent or fetched now.
    pub work: bool,
}

const CHANNEL: &str = "secevent_work";
const DEBOUNCE: Duration = Duration::from_millis(20);
const RETRY: Duration = Duration::from_secs(1);

/// The bell of one process.
#[derive(Debug)]
pub(super) struct Bell {
    here: watch::Sender<u64>,
    files: watch::Sender<u64>,
    far: Notify,
    /// The server's process behind the connection on which we tell the others: what it tells, we know.
    teller: AtomicU32,
}

impl Bell {
    pub(super) fn new() -> Self {
        Self {
            here: watch::Sender::new(0),
            files: watch::Sender::new(0),
            far: Notify::new(),
            teller: AtomicU32::new(0),
        }
    }

    /// Something waits to be sent, by this process's doing.
    pub(super) fn ring(&self) {
        more(&self.here);
        self.far.notify_one();
    }

    /// A file waits to be fetched, by this process's doing.
    pub(super) fn ring_files(&self) {
        more(&self.files);
        self.far.notify_one();
    }

    /// Somebody else made work; nobody knows of what kind.
    fn ring_all(&self) {
        more(&self.here);
        more(&self.files);
    }
}

fn more(bell: &watch::Sender<u64>) {
    bell.send_modify(|count| *count = count.wrapping_add(1));
}

impl Store {
    /// Something to wait on: changes whenever there may be new work in the outbox. May be dropped at will.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.bell.here.subscribe()
    }

    /// The same for files that wait to be fetched.
    #[must_use]
    pub fn file_changes(&self) -> watch::Receiver<u64> {
        self.bell.files.subscribe()
    }

    /// Rings as if something had been committed: for whoever made work possible by other means (a lane is free again).
    pub fn ring(&self) {
        self.bell.ring();
    }

    /// Tells the other replicas of our commits, at most once per 20 ms, until `stop`. Returns at once on SQLite. A worker.
    pub async fn tell_replicas(self, stop: CancellationToken) {
        if self.backend() == Backend::Sqlite {
            return;
        }
        let mut connection: Option<DatabaseConnection> = None;
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.bell.far.notified() => {}
            }
            if let Err(error) = self.tell_once(&mut connection).await {
                tracing::warn!(%error, "other replicas could not be told of new work; they find it by polling");
                connection = None;
            }
            // Only a signal is awaited here, no work of the database.
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(DEBOUNCE) => {}
            }
        }
        if let Some(connection) = connection {
            // A connection that will not close cleanly is closed by the server.
            let _ = connection.close().await;
        }
    }

    async fn tell_once(
        &self,
        connection: &mut Option<DatabaseConnection>,
    ) -> Result<(), StoreError> {
        let on = match connection {
            Some(on) => on,
            None => {
                let mut options = ConnectOptions::new(self.options.url.expose_secret().to_owned());
                options.max_connections(1).sqlx_logging(false);
                let on = connection.insert(Database::connect(options).await?);
                let row = Sql::new("select pg_backend_pid()::bigint as pid")
                    .one(on, "pg_backend_pid", "pid")
                    .await?;
                let pid: u32 = row.map_or(Ok(0), |row| row.count("pid"))?;
                self.bell.teller.store(pid, Ordering::Relaxed);
                on
            }
        };
        on.execute_unprepared(&format!("notify {CHANNEL}")).await?;
        Ok(())
    }

    /// Hears of the commits of other replicas, until `stop`. Returns at once on SQLite. A worker.
    pub async fn hear_replicas(self, stop: CancellationToken) {
        if self.backend() == Backend::Sqlite {
            return;
        }
        while !stop.is_cancelled() {
            if let Err(error) = self.listen(&stop).await {
                tracing::warn!(%error, "the line to other replicas is down; their work is found by polling");
            }
            // What was committed while nobody listened is found now.
            self.bell.ring_all();
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(RETRY) => {}
            }
        }
    }

    /// Listens on a connection that does nothing else: dropping it loses no write, so waiting for `stop` beside it is sound.
    async fn listen(&self, stop: &CancellationToken) -> Result<(), StoreError> {
        let failed = |error| super::error::from_driver(&error);
        let mut listener = PgListener::connect(self.options.url.expose_secret())
            .await
            .map_err(failed)?;
        listener.listen(CHANNEL).await.map_err(failed)?;
        self.bell.ring_all();
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                heard = listener.try_recv() => {
                    // `None` is a lost connection: the next call connects again, and something may have been missed.
                    let heard = heard.map_err(failed)?;
                    let teller = self.bell.teller.load(Ordering::Relaxed);
                    if heard.is_none_or(|heard| heard.process_id() != teller) {
                        self.bell.ring_all();
                    }
                }
            }
        }
    }
}
