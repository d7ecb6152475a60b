//! Giving entries their places in the chains.
//!
//! Invariants: the head of a chain is locked before its next place is given out; sequence numbers are gapless from 1; the hash covers the
//! entry with its payload's salted hash (see [`Sealed`]). Neighbours: `verify` recomputes all of it.

use super::{
    error::StoreError,
    sql::{Batch, Sql, V, int},
    tx::Stamp,
};
use crate::domain::{
    clock::micros,
    timeline::{GENESIS, NewEntry, Sealed, Stream, canonical, payload_hash},
};
use sea_orm::{ConnectionTrait, DbBackend};
use std::collections::BTreeMap;

/// Where a chain ends.
#[derive(Debug, Clone)]
pub(super) struct Place {
    seq: u64,
    hash: String,
}

impl Place {
    pub(super) const fn seq(&self) -> u64 {
        self.seq
    }
}

/// The chains that one decision touches.
#[derive(Debug, Default)]
pub(super) struct Chains(BTreeMap<Stream, Place>);

impl Chains {
    /// A chain that begins now.
    pub(super) fn begin(&mut self, stream: Stream) {
        let start = Place {
            seq: 0,
            hash: GENESIS.to_owned(),
        };
        self.0.insert(stream, start);
    }

    pub(super) fn place(&self, stream: Stream) -> Option<&Place> {
        self.0.get(&stream)
    }

    /// Reads and locks the heads of chains that exist.
    pub(super) async fn lock<C: ConnectionTrait>(
        &mut self,
        on: &C,
        streams: &[Stream],
    ) -> Result<(), StoreError> {
        if streams.is_empty() {
            return Ok(());
        }
        let mut sql = Sql::new("select stream, seq, hash from timeline_head where stream in ");
        sql.tuple(streams.iter().map(|s| V::from(s.to_string())).collect());
        sql.push(" order by stream");
        if on.get_database_backend() == DbBackend::Postgres {
            sql.push(" for update");
        }
        for row in sql.all(on, "timeline_head", "stream").await? {
            let stream: Stream = row.word("stream")?;
            let place = Place {
                seq: row.count("seq")?,
                hash: row.text("hash")?,
            };
            self.0.insert(stream, place);
        }
        match streams.iter().find(|stream| !self.0.contains_key(stream)) {
            Some(missing) => Err(StoreError::Invalid(format!("there is no stream {missing}"))),
            None => Ok(()),
        }
    }

    /// Seals `entries` behind the ends of their chains; the places they got, in their order.
    pub(super) fn seal(
        &mut self,
        batch: &mut Batch,
        entries: &[NewEntry],
        at: Stamp<'_>,
    ) -> Result<Vec<(Stream, u64)>, StoreError> {
        let mut places = Vec::with_capacity(entries.len());
        let (mut rows, mut payloads) = (Vec::new(), Vec::new());
        let uncanonical =
            |error: crate::domain::timeline::NotCanonical| StoreError::Invalid(error.to_string());
        for entry in entries {
            let end = self.0.get_mut(&entry.stream).ok_or_else(|| {
                StoreError::Invalid(format!("there is no stream {}", entry.stream))
            })?;
            let payload = canonical(&entry.body).map_err(uncanonical)?;
            let mut salt = [0u8; 16];
            at.entropy.fill(&mut salt);
            let sealed = Sealed {
                v: 1,
                stream: entry.stream.to_string(),
                seq: end.seq + 1,
                prev_hash: end.hash.clone(),
                recorded_at: micros(at.now),
                effective_at: micros(entry.effective_at),
                actor: entry.actor.to_string(),
                kind: kind_of(&payload)?,
                origin: entry.origin.clone(),
                policy: at.version.to_string(),
                payload_hash: payload_hash(&salt, &payload),
            };
            let hash = sealed.hash().map_err(uncanonical)?;
            let seq = int(sealed.seq)?;
            payloads.push(vec![
                V::from(&sealed.stream),
                V::from(seq),
                V::from(hex::encode(salt)),
                V::from(payload),
            ]);
            rows.push(vec![
                V::from(sealed.stream),
                V::from(seq),
                V::from(sealed.prev_hash),
                V::from(&hash),
                V::from(sealed.recorded_at),
                V::from(sealed.effective_at),
                V::from(sealed.actor),
                V::from(sealed.kind),
                V::from(canonical(&sealed.origin).map_err(uncanonical)?),
                V::from(at.version),
                V::from(sealed.payload_hash),
            ]);
            end.seq = sealed.seq;
            end.hash = hash;
            places.push((entry.stream, sealed.seq));
        }
        let mut heads: BTreeMap<Stream, &Place> = BTreeMap::new();
        for (stream, _) in &places {
            if let Some(place) = self.0.get(stream) {
                heads.insert(*stream, place);
            }
        }
        let heads = heads
            .into_iter()
            .map(|(stream, end)| {
                Ok(vec![
                    V::from(stream.to_string()),
                    V::from(int(end.seq)?),
                    V::from(&end.hash),
                ])
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        batch.insert(
            "timeline (stream, seq, prev_hash, hash, recorded_at, effective_at, actor, kind, origin, policy, payload_hash)",
            rows,
            "",
        );
        batch.insert("timeline_payload (stream, seq, salt, json)", payloads, "");
        batch.insert(
            "timeline_head (stream, seq, hash)",
            heads,
            " on conflict (stream) do update set seq = excluded.seq, hash = excluded.hash",
        );
        Ok(places)
    }
}

/// The kind of a payload, as its JSON says.
pub(super) fn kind_of(payload: &str) -> Result<String, StoreError> {
    #[derive(serde::Deserialize)]
    struct Kind {
        kind: String,
    }
    serde_json::from_str::<Kind>(payload)
        .map(|found| found.kind)
        .map_err(|error| StoreError::Invalid(format!("an entry without a kind: {error}")))
}
