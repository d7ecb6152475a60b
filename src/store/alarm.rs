//! Alarms: what the product notices about itself (promise 10).
//!
//! Invariants: at most one alarm is open per kind and subject; raising an open one counts it once more; a cleared one stays as a row.

use super::{
    Store,
    error::StoreError,
    row::Row,
    sql::{Sql, V},
};
use crate::domain::{
    clock::{Entropy, Timestamp},
    decision::AlarmKind,
};

/// An open alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Kind.
    pub kind: AlarmKind,
    /// What it is about.
    pub subject: String,
    /// What is wrong and what to do.
    pub text: String,
    /// When it was raised.
    pub first_seen: Timestamp,
    /// When it was raised the last time.
    pub last_seen: Timestamp,
    /// How often.
    pub count: u64,
}

fn read(row: &Row) -> Result<Alarm, StoreError> {
    Ok(Alarm {
        kind: row.word("kind")?,
        subject: row.text("subject")?,
        text: row.text("text")?,
        first_seen: row.instant("first_seen")?,
        last_seen: row.instant("last_seen")?,
        count: row.count("count")?,
    })
}

pub(super) fn raise(
    kind: &str,
    subject: &str,
    text: &str,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Sql {
    let mut sql = Sql::new(
        "insert into alarm (id, kind, subject, text, first_seen, last_seen, count) values ",
    );
    sql.tuple(vec![
        V::Id(Some(entropy.uuid(now))),
        V::from(kind),
        V::from(subject),
        V::from(text),
        V::from(now),
        V::from(now),
        V::from(1i64),
    ]);
    sql.and(
        " on conflict (kind, subject) where cleared_at is null do update
            set count = alarm.count + 1, last_seen = excluded.last_seen, text = excluded.text",
    )
}

pub(super) fn clear(kind: &str, subject: &str, now: Timestamp) -> Sql {
    Sql::new(
        "update alarm set cleared_at = ? where kind = ? and subject = ? and cleared_at is null",
    )
    .bind(now)
    .bind(kind)
    .bind(subject)
}

impl Store {
    /// Raises an alarm, or counts it once more, outside any decision.
    ///
    /// # Errors
    /// If it could not be stored.
    pub async fn raise_alarm(
        &self,
        kind: AlarmKind,
        subject: &str,
        text: &str,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<(), StoreError> {
        raise(kind.as_str(), subject, text, now, entropy)
            .run(&self.write)
            .await?;
        Ok(())
    }

    /// Clears an alarm; whether it was open.
    ///
    /// # Errors
    /// If it could not be stored.
    pub async fn clear_alarm(
        &self,
        kind: AlarmKind,
        subject: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let cleared = clear(kind.as_str(), subject, now).run(&self.write).await?;
        Ok(cleared > 0)
    }

    /// Ends the alarms of a kind that nothing has raised again since; how many.
    ///
    /// # Errors
    /// If it could not be stored.
    pub async fn lapse_alarms(
        &self,
        kind: AlarmKind,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        Sql::new(
            "update alarm set cleared_at = ? where kind = ? and last_seen < ? and cleared_at is null",
        )
        .bind(now)
        .bind(kind.as_str())
        .bind(since)
        .run(&self.write)
        .await
    }

    /// This alarm, if it is open.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if its row cannot be read.
    pub async fn open_alarm(
        &self,
        kind: AlarmKind,
        subject: &str,
    ) -> Result<Option<Alarm>, StoreError> {
        let row =
            Sql::new("select * from alarm where kind = ? and subject = ? and cleared_at is null")
                .bind(kind.as_str())
                .bind(subject)
                .one(&self.read, "alarm", "id")
                .await?;
        row.as_ref().map(read).transpose()
    }

    /// Every open alarm, oldest first.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn open_alarms(&self) -> Result<Vec<Alarm>, StoreError> {
        Sql::new("select * from alarm where cleared_at is null order by first_seen, kind, subject")
            .all(&self.read, "alarm", "id")
            .await?
            .iter()
            .map(read)
            .collect()
    }

    /// Alarms with the instant at which they were cleared: open ones first, then those that were seen last.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn alarms(&self, limit: u32) -> Result<Vec<(Alarm, Option<Timestamp>)>, StoreError> {
        Sql::new(
            "select * from alarm order by case when cleared_at is null then 0 else 1 end, last_seen desc, id limit ?",
        )
        .bind(i64::from(limit))
        .all(&self.read, "alarm", "id")
        .await?
        .iter()
        .map(|row| Ok((read(row)?, row.opt_instant("cleared_at")?)))
        .collect()
    }
}
