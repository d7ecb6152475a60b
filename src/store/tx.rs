//! A transaction: what is written in it commits together or not at all.
//!
//! Invariants: after an error nothing may be written in it any more; drop it (it rolls back) and begin again if the error says that
//! it may be tried again. Only what `commit` has answered is recorded. Neighbours: [`super::record`] writes a decision.

use super::{
    broken::Broken,
    counted::Counts,
    error::StoreError,
    wake::{Bell, Wake},
};
use crate::domain::{
    clock::{Entropy, Timestamp},
    decision::At,
    ids::{CaseId, CaseNumber, PolicyVersionId},
    timeline::Stream,
};
use sea_orm::DatabaseTransaction;
use std::sync::Arc;

/// What every entry of a decision is recorded with.
#[derive(Debug, Clone, Copy)]
pub struct Stamp<'a> {
    /// The instant of the decision.
    pub now: Timestamp,
    /// The policy version it cites.
    pub version: PolicyVersionId,
    /// Ids and salts.
    pub entropy: &'a dyn Entropy,
}

impl<'a> From<&At<'a>> for Stamp<'a> {
    fn from(at: &At<'a>) -> Self {
        Self {
            now: at.now,
            version: at.version,
            entropy: at.entropy,
        }
    }
}

/// What became of a decision (true once the transaction is committed).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Cases that were opened, with the numbers they got.
    pub opened: Vec<(CaseId, CaseNumber)>,
    /// Every case whose stream grew, with its version now.
    pub versions: Vec<(CaseId, u64)>,
    /// The place of each entry, in the order of the decision's entries.
    pub entries: Vec<(Stream, u64)>,
}

impl Recorded {
    /// The number a new case got.
    #[must_use]
    pub fn number(&self, case: CaseId) -> Option<CaseNumber> {
        self.opened
            .iter()
            .find(|(id, _)| *id == case)
            .map(|(_, number)| *number)
    }

    /// The version of a case now.
    #[must_use]
    pub fn version(&self, case: CaseId) -> Option<u64> {
        self.versions
            .iter()
            .find(|(id, _)| *id == case)
            .map(|(_, version)| *version)
    }
}

/// A transaction that may write. Dropping it rolls back.
#[derive(Debug)]
#[must_use = "a transaction that is not committed records nothing"]
pub struct Tx {
    pub(super) inner: DatabaseTransaction,
    bell: Arc<Bell>,
    /// Something waits to be sent after the commit.
    pub(super) work: bool,
    /// A file waits to be fetched after the commit.
    pub(super) files: bool,
    /// What is counted after the commit.
    pub(super) counts: Counts,
    /// Keys remembered in this transaction whose answers wait for the number of a new case.
    pub(super) remembered: Vec<String>,
    /// A promise that a test asked to break; it counts from the moment that a case is opened.
    pub(super) broken: Option<Broken>,
}

impl Tx {
    pub(super) fn new(inner: DatabaseTransaction, bell: Arc<Bell>, broken: Option<Broken>) -> Self {
        Self {
            inner,
            bell,
            work: false,
            files: false,
            counts: Counts::default(),
            remembered: Vec::new(),
            broken,
        }
    }

    /// Commits, then wakes whoever waits for work.
    ///
    /// # Errors
    /// Nothing may be taken as recorded. [`StoreError::Unavailable`] leaves open whether it was; the inbound key tells, when the
    /// same delivery comes again.
    pub async fn commit(self) -> Result<Wake, StoreError> {
        let wake = Wake {
            work: self.work || self.files,
        };
        if let Some(broken) = self.broken.filter(Broken::is_due) {
            broken.commit(self.inner, self.bell).await?;
            self.counts.commit();
            return Ok(wake);
        }
        self.inner.commit().await?;
        self.counts.commit();
        if self.work {
            self.bell.ring();
        }
        if self.files {
            self.bell.ring_files();
        }
        Ok(wake)
    }

    /// Gives up what was written so far.
    ///
    /// # Errors
    /// If the database cannot be told; it then rolls back by itself.
    pub async fn rollback(self) -> Result<(), StoreError> {
        self.inner.rollback().await?;
        Ok(())
    }
}
