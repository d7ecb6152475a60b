//! Recomputing every hash chain (`secevent verify`).
//!
//! Invariants: nothing stored is taken for granted: each hash is computed anew from the columns, each payload is held against its salted
//! hash, chains must be gapless, end where their head says and agree with the version of their case; a payload may be missing only with a
//! redaction that allowed it. It streams, so its memory does not grow with the record. Neighbours: `chain` made what is checked.

use super::{
    Store,
    chain::kind_of,
    error::StoreError,
    row::Row,
    sql::{Sql, int},
};
use crate::domain::{
    ids::{CaseId, PolicyVersionId},
    timeline::{GENESIS, Sealed, payload_hash},
};

/// Something that is not as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainFault {
    /// The stream.
    pub stream: String,
    /// The entry, if it is about one.
    pub seq: Option<u64>,
    /// What is wrong, in words.
    pub what: String,
}

/// What a verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// Streams with entries.
    pub streams: u64,
    /// Entries.
    pub entries: u64,
    /// Entries whose payload was redacted.
    pub redacted: u64,
    /// What is wrong, in the order it was found; the first [`FAULTS_CAP`].
    pub faults: Vec<ChainFault>,
    /// How many faults there are in all.
    pub fault_count: u64,
}

/// How many faults are named one by one.
pub const FAULTS_CAP: usize = 1000;

const PAGE: i64 = 500;

impl Verified {
    fn fault(&mut self, stream: &str, seq: Option<u64>, what: impl Into<String>) {
        self.fault_count += 1;
        if self.faults.len() < FAULTS_CAP {
            self.faults.push(ChainFault {
                stream: stream.to_owned(),
                seq,
                what: what.into(),
            });
        }
    }
}

/// Where the walk stands within a stream.
struct Walk {
    stream: String,
    seq: u64,
    hash: String,
    /// What the head says: its sequence number and hash.
    head: Option<(u64, String)>,
}

impl Store {
    /// Recomputes everything. Reads page by page and holds no transaction, so entries recorded meanwhile may make the end of a chain look
    /// newer than its head for a moment: run it again if a fault names a head only.
    ///
    /// # Errors
    /// If the database could not be asked. A row that cannot be read is a fault, not an error.
    pub async fn verify_all_chains(&self) -> Result<Verified, StoreError> {
        let mut found = Verified::default();
        let mut walk: Option<Walk> = None;
        loop {
            let (stream, seq) = walk
                .as_ref()
                .map_or(("", 0), |walk| (walk.stream.as_str(), walk.seq));
            let page = Sql::new(
                "select t.*, p.salt, p.json, r.authorised_at as redacted, h.seq as head_seq, h.hash as head_hash
                 from timeline t
                 left join timeline_payload p on p.stream = t.stream and p.seq = t.seq
                 left join redaction r on r.stream = t.stream and r.seq = t.seq
                 left join timeline_head h on h.stream = t.stream
                 where (t.stream, t.seq) > (?, ?) order by t.stream, t.seq limit ?",
            )
            .bind(stream)
            .bind(int(seq)?)
            .bind(PAGE)
            .all(&self.read, "timeline", "stream")
            .await?;
            if page.is_empty() {
                break;
            }
            for row in &page {
                step(&mut found, &mut walk, row)?;
            }
        }
        if let Some(walk) = walk {
            end(&mut found, &walk);
        }
        self.verify_heads(&mut found).await?;
        self.verify_versions(&mut found).await?;
        Ok(found)
    }

    /// A head whose last entry is gone.
    async fn verify_heads(&self, found: &mut Verified) -> Result<(), StoreError> {
        let rows = Sql::new(
            "select h.stream, h.seq from timeline_head h where h.seq > 0
             and not exists (select 1 from timeline t where t.stream = h.stream) order by h.stream",
        )
        .all(&self.read, "timeline_head", "stream")
        .await?;
        for row in rows {
            let seq: u64 = row.count("seq")?;
            found.fault(
                &row.text("stream")?,
                None,
                format!("all of its {seq} entries are gone"),
            );
        }
        Ok(())
    }

    /// A case whose version is not the end of its chain.
    async fn verify_versions(&self, found: &mut Verified) -> Result<(), StoreError> {
        let mut after = CaseId(uuid::Uuid::nil());
        loop {
            let rows = Sql::new(
                "select c.id, c.version, h.seq from cases c
                 left join timeline_head h on h.stream = 'case:' || cast(c.id as text)
                 where c.id > ? order by c.id limit ?",
            )
            .bind(after)
            .bind(PAGE)
            .all(&self.read, "cases", "id")
            .await?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            after = last.id("id")?;
            for row in &rows {
                let id: CaseId = row.id("id")?;
                let (version, seq) = (row.int("version")?, row.opt_int("seq")?);
                if seq != Some(version) {
                    let end = seq.map_or("has no timeline".to_owned(), |seq| {
                        format!("its timeline ends at {seq}")
                    });
                    found.fault(
                        &format!("case:{id}"),
                        None,
                        format!("the case has version {version} but {end}"),
                    );
                }
            }
        }
    }
}

/// One entry.
fn step(found: &mut Verified, walk: &mut Option<Walk>, row: &Row) -> Result<(), StoreError> {
    let stream = row.text("stream")?;
    let seq: u64 = row.count("seq")?;
    if walk.as_ref().is_none_or(|walk| walk.stream != stream) {
        if let Some(before) = walk.take() {
            end(found, &before);
        }
        found.streams += 1;
        let head = row.opt_count("head_seq")?.zip(row.opt_text("head_hash")?);
        *walk = Some(Walk {
            stream,
            seq: 0,
            hash: GENESIS.to_owned(),
            head,
        });
    }
    let Some(walk) = walk.as_mut() else {
        return Ok(());
    };
    found.entries += 1;
    if seq != walk.seq + 1 {
        let what = format!("the entry after {} is missing", walk.seq);
        found.fault(&walk.stream, Some(seq), what);
    }
    let hash = row.text("hash")?;
    match check(row, walk, seq, &hash) {
        Ok(Some(what)) => found.fault(&walk.stream, Some(seq), what),
        Ok(None) => {}
        Err(error) => found.fault(&walk.stream, Some(seq), error.to_string()),
    }
    match check_payload(row) {
        Ok(Payload::Whole) => {}
        Ok(Payload::Redacted) => found.redacted += 1,
        Ok(Payload::Wrong(what)) => found.fault(&walk.stream, Some(seq), what),
        Err(error) => found.fault(&walk.stream, Some(seq), error.to_string()),
    }
    walk.seq = seq;
    walk.hash = hash;
    Ok(())
}

/// The end of a stream.
fn end(found: &mut Verified, walk: &Walk) {
    match &walk.head {
        None => found.fault(&walk.stream, None, "its head is missing"),
        Some((seq, hash)) if *seq != walk.seq || *hash != walk.hash => {
            let what = format!(
                "its head says that it ends at {seq} with hash {hash}, but it ends at {} with hash {}",
                walk.seq, walk.hash
            );
            found.fault(&walk.stream, None, what);
        }
        Some(_) => {}
    }
}

/// Chain and hash of one entry.
fn check(row: &Row, walk: &Walk, seq: u64, hash: &str) -> Result<Option<String>, StoreError> {
    let policy: PolicyVersionId = row.id("policy")?;
    let sealed = Sealed {
        v: 1,
        stream: walk.stream.clone(),
        seq,
        prev_hash: row.text("prev_hash")?,
        recorded_at: row.int("recorded_at")?,
        effective_at: row.int("effective_at")?,
        actor: row.text("actor")?,
        kind: row.text("kind")?,
        origin: row.json("origin")?,
        policy: policy.to_string(),
        payload_hash: row.text("payload_hash")?,
    };
    let computed = sealed.hash().map_err(|error| row.bad("hash", error))?;
    if computed != hash {
        return Ok(Some(
            "the entry was changed: its hash is another".to_owned(),
        ));
    }
    if sealed.prev_hash != walk.hash {
        return Ok(Some(
            "it does not continue the entry before it: the chain is broken".to_owned(),
        ));
    }
    Ok(None)
}

enum Payload {
    Whole,
    Redacted,
    Wrong(String),
}

fn check_payload(row: &Row) -> Result<Payload, StoreError> {
    let (Some(json), Some(salt)) = (row.opt_text("json")?, row.opt_text("salt")?) else {
        return Ok(match row.opt_int("redacted")? {
            Some(_) => Payload::Redacted,
            None => Payload::Wrong("its payload is gone, and no redaction allowed it".to_owned()),
        });
    };
    let salt = hex::decode(&salt).map_err(|error| row.bad("salt", error))?;
    if payload_hash(&salt, &json) != row.text("payload_hash")? {
        return Ok(Payload::Wrong("its payload was changed".to_owned()));
    }
    if kind_of(&json)? != row.text("kind")? {
        return Ok(Payload::Wrong("its payload is of another kind".to_owned()));
    }
    Ok(Payload::Whole)
}
