//! Seats: which replica holds the one connection of a platform, and how far its stream was worked off.
//!
//! Invariants: whoever holds the seat keeps it by renewing it; another takes it when it is over, under a new epoch; a holder that lost it
//! writes nothing. Neighbours: `workflow/seat.rs`.

use super::{
    Store,
    error::StoreError,
    sql::{Sql, V, int},
};
use crate::domain::{clock::Timestamp, person::PlatformId};

/// How far a platform's stream was worked off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// The platform's name of the session.
    pub session: String,
    /// Where it goes on.
    pub resume_url: String,
    /// Everything up to this number is done.
    pub sequence: u64,
}

/// A seat that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// Grows with every holder.
    pub epoch: u64,
    /// Where the stream was left.
    pub stream: Option<Stream>,
}

impl Store {
    /// Takes the seat, or renews it; `None` while another holds it.
    ///
    /// # Errors
    /// If the database could not be told.
    pub async fn take_seat(
        &self,
        platform: PlatformId,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Seat>, StoreError> {
        let mut sql = Sql::new("insert into seat (platform, holder, epoch, held_until) values ");
        sql.tuple(vec![
            V::from(platform.as_str()),
            V::from(holder),
            V::from(1_i64),
            V::from(until),
        ]);
        let found = sql
            .and(
                " on conflict (platform) do update set
                  epoch = case when seat.holder = excluded.holder then seat.epoch else seat.epoch + 1 end,
                  holder = excluded.holder, held_until = excluded.held_until
                  where seat.holder = excluded.holder or seat.held_until <= ? returning *",
            )
            .bind(now)
            .one(&self.write, "seat", "platform")
            .await?;
        let Some(row) = found else { return Ok(None) };
        let stream = match (row.opt_text("session")?, row.opt_text("resume_url")?) {
            (Some(session), Some(resume_url)) => Some(Stream {
                session,
                resume_url,
                sequence: row.count("sequence")?,
            }),
            _ => None,
        };
        Ok(Some(Seat {
            epoch: row.count("epoch")?,
            stream,
        }))
    }

    /// Notes how far the stream is; `false` if the seat is another's by now.
    ///
    /// # Errors
    /// If the database could not be told.
    pub async fn note_stream(
        &self,
        platform: PlatformId,
        epoch: u64,
        stream: Option<&Stream>,
    ) -> Result<bool, StoreError> {
        let sequence = stream.map(|stream| int(stream.sequence)).transpose()?;
        let noted = Sql::new(
            "update seat set session = ?, resume_url = ?, sequence = ? where platform = ? and epoch = ?",
        )
        .bind(stream.map(|stream| stream.session.clone()))
        .bind(stream.map(|stream| stream.resume_url.clone()))
        .bind(sequence)
        .bind(platform.as_str())
        .bind(int(epoch)?)
        .run(&self.write)
        .await?;
        Ok(noted == 1)
    }

    /// Gives the seat up, so that another may take it at once.
    ///
    /// # Errors
    /// If the database could not be told.
    pub async fn leave_seat(
        &self,
        platform: PlatformId,
        epoch: u64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        Sql::new("update seat set held_until = ? where platform = ? and epoch = ?")
            .bind(now)
            .bind(platform.as_str())
            .bind(int(epoch)?)
            .run(&self.write)
            .await?;
        Ok(())
    }
}
