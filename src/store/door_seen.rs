//! When something came through a door the last time, whichever replica it came to (R35).
//!
//! Invariants: the instant only grows; it is a sign of life, not a record of what came. Neighbours: `app` writes it now and then.

use super::{
    Store,
    error::StoreError,
    sql::{Sql, V},
};
use crate::domain::{clock::Timestamp, person::PlatformId};

/// A sign of life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoorSeen {
    /// Platform.
    pub platform: PlatformId,
    /// Kind of delivery, as the adapter calls it.
    pub door: String,
    /// When something came the last time.
    pub last_at: Timestamp,
}

impl Store {
    /// Notes that something came at `at`.
    ///
    /// # Errors
    /// If it could not be stored.
    pub async fn door_seen(
        &self,
        platform: PlatformId,
        door: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let mut sql = Sql::new("insert into door_seen (platform, door, last_at) values ");
        sql.tuple(vec![V::from(platform.as_str()), V::from(door), V::from(at)]);
        sql.and(
            " on conflict (platform, door) do update set last_at = excluded.last_at
              where door_seen.last_at < excluded.last_at",
        )
        .run(&self.write)
        .await?;
        Ok(())
    }

    /// Every door through which something came.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn doors_seen(&self) -> Result<Vec<DoorSeen>, StoreError> {
        Sql::new("select * from door_seen order by platform, door")
            .all(&self.read, "door_seen", "door")
            .await?
            .iter()
            .map(|row| {
                Ok(DoorSeen {
                    platform: row.word("platform")?,
                    door: row.text("door")?,
                    last_at: row.instant("last_at")?,
                })
            })
            .collect()
    }
}
