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

/// Where the holder is in the platform's stream, and what it knows of the time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// Where the stream was left.
    pub stream: Option<Stream>,
    /// Everything that happened up to here was heard and is done, or is owed.
    pub heard_until: Option<Timestamp>,
    /// A look back is owed, because what happened since may never have been told.
    pub owed_since: Option<Timestamp>,
}

/// A seat that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// Grows with every holder.
    pub epoch: u64,
    /// When it was taken for the first time; unknown of seats that are older than this column.
    pub begun_at: Option<Timestamp>,
    /// Where the last holder was.
    pub place: Place,
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
        let mut sql = Sql::new(
            "insert into seat (platform, holder, epoch, held_until, begun_at, heard_until) values ",
        );
        sql.tuple(vec![
            V::from(platform.as_str()),
            V::from(holder),
            V::from(1_i64),
            V::from(until),
            V::from(now),
            V::from(now),
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
            begun_at: row.opt_instant("begun_at")?,
            place: Place {
                stream,
                heard_until: row.opt_instant("heard_until")?,
                owed_since: row.opt_instant("owed_since")?,
            },
        }))
    }

    /// Notes where the holder is; `false` if the seat is another's by now.
    ///
    /// # Errors
    /// If the database could not be told.
    pub async fn note_place(
        &self,
        platform: PlatformId,
        epoch: u64,
        place: &Place,
    ) -> Result<bool, StoreError> {
        let stream = place.stream.as_ref();
        let sequence = stream.map(|stream| int(stream.sequence)).transpose()?;
        let noted = Sql::new(
            "update seat set session = ?, resume_url = ?, sequence = ?, heard_until = ?, owed_since = ? where platform = ? and epoch = ?",
        )
        .bind(stream.map(|stream| stream.session.clone()))
        .bind(stream.map(|stream| stream.resume_url.clone()))
        .bind(sequence)
        .bind(place.heard_until)
        .bind(place.owed_since)
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
