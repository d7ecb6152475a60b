//! What came in: deliveries by key with the answer they got, and what could not be read.
//!
//! Invariants: a key is remembered in the transaction of what it caused; the same delivery at the same moment waits for that
//! transaction and then gets its answer; what could not be read is masked by the caller, capped here and kept for as long as the settings say.

use super::{Store, Tx, error::StoreError, sql::Sql};
use crate::domain::{
    clock::{Entropy, Timestamp},
    person::PlatformId,
};
use sea_orm::ConnectionTrait;
use serde::{Serialize, de::DeserializeOwned};

/// Something that should have been readable and was not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadInbound {
    /// From which platform.
    pub platform: PlatformId,
    /// What it seems to be: command, interaction, reaction, mention, direct message.
    pub what: String,
    /// Its text, with tokens, response URLs and trigger ids masked already; capped at [`UNREAD_CAP`] code points here.
    pub masked: String,
    /// Why it could not be read.
    pub reason: String,
    /// SHA-256 of the wire bytes, hex.
    pub wire_sha256: String,
    /// When it came.
    pub at: Timestamp,
}

/// How many code points of an unreadable delivery are kept.
pub const UNREAD_CAP: usize = 20_000;

/// How many days a delivery is known again. Platforms deliver again within hours.
pub const SEEN_DAYS: i64 = 30;

impl Tx {
    /// Remembers a delivery and its answer. `Some` is the answer that the same delivery got before: then this transaction
    /// has nothing to do and is rolled back. Call it first in the transaction: a doubled delivery then waits here, before it does any
    /// work, until the other has committed or failed.
    ///
    /// A new case has no number yet at this moment; an answer that holds the case's number as it stands in the decision
    /// (`n` = 0, "SE-2026-0000") gets the real one when [`Tx::record`] opens the case in this transaction.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if the other transaction took too long.
    pub async fn remember<T: Serialize + DeserializeOwned>(
        &mut self,
        key: &str,
        wire_sha256: &str,
        answer: &T,
        now: Timestamp,
    ) -> Result<Option<T>, StoreError> {
        let inserted = Sql::new(
            "insert into inbound_seen (key, answer, wire_sha256, at) values (?, ?, ?, ?) on conflict (key) do nothing",
        )
        .bind(key)
        .bind(super::sql::json(answer)?)
        .bind(wire_sha256)
        .bind(now)
        .run(&self.inner)
        .await?;
        if inserted == 0 {
            return answer_of(&self.inner, key).await;
        }
        self.remembered.push(key.to_owned());
        Ok(None)
    }

    /// The answer that a delivery got, if it was seen before.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if the stored answer is of another type.
    pub async fn seen<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, StoreError> {
        answer_of(&self.inner, key).await
    }
}

async fn answer_of<T: DeserializeOwned, C: ConnectionTrait>(
    on: &C,
    key: &str,
) -> Result<Option<T>, StoreError> {
    Sql::new("select key, answer from inbound_seen where key = ?")
        .bind(key)
        .one(on, "inbound_seen", "key")
        .await?
        .map(|row| row.json("answer"))
        .transpose()
}

impl Store {
    /// The answer that a delivery got, if it was seen before and is committed.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if the stored answer is of another type.
    pub async fn seen<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, StoreError> {
        answer_of(&self.read, key).await
    }

    /// Keeps something that could not be read.
    ///
    /// # Errors
    /// If it could not be stored.
    pub async fn keep_unread(
        &self,
        unread: &UnreadInbound,
        entropy: &dyn Entropy,
    ) -> Result<(), StoreError> {
        let masked: String = unread.masked.chars().take(UNREAD_CAP).collect();
        Sql::new(
            "insert into inbound_unread (id, at, platform, what, masked, reason, wire_sha256) values (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(super::sql::V::Id(Some(entropy.uuid(unread.at))))
        .bind(unread.at)
        .bind(unread.platform.as_str())
        .bind(&unread.what)
        .bind(masked)
        .bind(&unread.reason)
        .bind(&unread.wire_sha256)
        .run(&self.write)
        .await?;
        Ok(())
    }

    /// What could not be read, newest first.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn unread(&self, limit: u32) -> Result<Vec<UnreadInbound>, StoreError> {
        Sql::new("select * from inbound_unread order by at desc, id desc limit ?")
            .bind(i64::from(limit))
            .all(&self.read, "inbound_unread", "id")
            .await?
            .iter()
            .map(|row| {
                Ok(UnreadInbound {
                    platform: row.word("platform")?,
                    what: row.text("what")?,
                    masked: row.text("masked")?,
                    reason: row.text("reason")?,
                    wire_sha256: row.text("wire_sha256")?,
                    at: row.instant("at")?,
                })
            })
            .collect()
    }

    /// Forgets deliveries older than [`SEEN_DAYS`], some at a time so that nobody waits long for the writer; how many.
    ///
    /// # Errors
    /// If the database could not be asked.
    pub async fn purge_seen(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut all = 0;
        loop {
            let n = Sql::new(
                "delete from inbound_seen where key in (select key from inbound_seen where at < ? limit 2000)",
            )
            .bind(now - chrono::Duration::days(SEEN_DAYS))
            .run(&self.write)
            .await?;
            all += n;
            if n == 0 {
                return Ok(all);
            }
        }
    }

    /// Removes what could not be read and is older than `days`; how many.
    ///
    /// # Errors
    /// If the database could not be asked.
    pub async fn purge_unread(&self, now: Timestamp, days: u32) -> Result<u64, StoreError> {
        Sql::new("delete from inbound_unread where at < ?")
            .bind(now - chrono::Duration::days(i64::from(days)))
            .run(&self.write)
            .await
    }
}
