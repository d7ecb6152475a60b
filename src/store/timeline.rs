//! Reading the timeline.
//!
//! Invariants: an entry whose payload was redacted has no body, and everything else. Neighbours: `chain` writes, `verify` recomputes.

use super::{Store, error::StoreError, row::Row, sql::Sql};
use crate::domain::{
    clock::Timestamp,
    event_report::Origin,
    ids::PolicyVersionId,
    person::Who,
    timeline::{Body, Stream},
};

/// An entry in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Whose chain.
    pub stream: Stream,
    /// From 1, gapless.
    pub seq: u64,
    /// Hash of the entry before, hex.
    pub prev_hash: String,
    /// Its hash, hex.
    pub hash: String,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// When it became true.
    pub effective_at: Timestamp,
    /// Who.
    pub actor: Who,
    /// The kind of the body.
    pub kind: String,
    /// Through which door.
    pub origin: Origin,
    /// The policy version cited.
    pub policy: PolicyVersionId,
    /// Salted hash of the body, hex.
    pub payload_hash: String,
    /// What; absent if it was redacted.
    pub body: Option<Body>,
}

fn read(row: &Row) -> Result<Entry, StoreError> {
    Ok(Entry {
        stream: row.word("stream")?,
        seq: row.count("seq")?,
        prev_hash: row.text("prev_hash")?,
        hash: row.text("hash")?,
        recorded_at: row.instant("recorded_at")?,
        effective_at: row.instant("effective_at")?,
        actor: actor(row)?,
        kind: row.text("kind")?,
        origin: row.json("origin")?,
        policy: row.id("policy")?,
        payload_hash: row.text("payload_hash")?,
        body: row.opt_json("json")?,
    })
}

fn actor(row: &Row) -> Result<Who, StoreError> {
    let text = row.text("actor")?;
    match text.strip_prefix("person:") {
        Some(person) => person
            .parse()
            .map(Who::Person)
            .map_err(|error| row.bad("actor", error)),
        None if text == "system" => Ok(Who::System),
        None => Err(row.bad("actor", format_args!("\"{text}\" is no actor"))),
    }
}

impl Store {
    /// The entries of a stream from `from` on (1 is the first), oldest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn timeline(
        &self,
        stream: Stream,
        from: u64,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        Sql::new(
            "select t.*, p.json from timeline t left join timeline_payload p on p.stream = t.stream and p.seq = t.seq
             where t.stream = ? and t.seq >= ? order by t.seq limit ?",
        )
        .bind(stream.to_string())
        .bind(super::sql::int(from)?)
        .bind(i64::from(limit))
        .all(&self.read, "timeline", "seq")
        .await?
        .iter()
        .map(read)
        .collect()
    }

    /// One entry.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if its row cannot be read.
    pub async fn entry(&self, stream: Stream, seq: u64) -> Result<Option<Entry>, StoreError> {
        let mut entries = self.timeline(stream, seq, 1).await?;
        entries.retain(|entry| entry.seq == seq);
        Ok(entries.pop())
    }

    /// How often each kind of entry was recorded, in all streams.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn entry_counts(&self) -> Result<Vec<(String, u64)>, StoreError> {
        Sql::new("select kind, count(*) as n from timeline group by kind order by kind")
            .all(&self.read, "timeline", "kind")
            .await?
            .iter()
            .map(|row| Ok((row.text("kind")?, row.count("n")?)))
            .collect()
    }
}
