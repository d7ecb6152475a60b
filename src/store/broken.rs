//! The two broken promises that the checker of the crash loop must catch in the real binary: an answer before its commit, and the
//! outbox in a transaction of its own.
//!
//! Invariants: nothing here happens unless `environment = "test"` and `SECEVENT_SABOTAGE` ask for it; only the recording of a new case is
//! broken, so that the rest of the bot stays as it is. Neighbours: `runtime::crash` reads the switch, [`super::Tx`] asks here.

use super::{error::StoreError, sql::Batch, wake::Bell};
use crate::runtime::{self, Sabotage};
use sea_orm::{DatabaseConnection, DatabaseTransaction, TransactionTrait};
use std::{sync::Arc, time::Duration};

/// How wide the gap is that a crash must hit: about the time of a slow disk.
const GAP: Duration = Duration::from_millis(60);

/// A transaction whose promise is broken.
#[derive(Debug)]
pub(super) struct Broken {
    promise: Sabotage,
    write: DatabaseConnection,
    outbox: Option<Batch>,
    opens: bool,
}

impl Broken {
    /// What the test that started this process asked for.
    pub(super) fn asked_for(write: &DatabaseConnection) -> Option<Self> {
        let asked = [
            Sabotage::AnswerBeforeCommit,
            Sabotage::OutboxSecondTransaction,
        ];
        let promise = asked.into_iter().find(|one| runtime::sabotaged(*one))?;
        Some(Self {
            promise,
            write: write.clone(),
            outbox: None,
            opens: false,
        })
    }

    /// A case is opened: the break counts. Where its notifications are gathered instead, if they are to come late.
    pub(super) fn open_case(&mut self) -> Option<&mut Batch> {
        self.opens = true;
        (self.promise == Sabotage::OutboxSecondTransaction)
            .then(|| self.outbox.get_or_insert_default())
    }

    /// Whether this transaction opened a case.
    pub(super) const fn is_due(&self) -> bool {
        self.opens
    }

    /// Commits as nobody should.
    pub(super) async fn commit(
        self,
        first: DatabaseTransaction,
        bell: Arc<Bell>,
    ) -> Result<(), StoreError> {
        match self.promise {
            Sabotage::AnswerBeforeCommit => {
                runtime::spawn("late commit", async move {
                    tokio::time::sleep(GAP).await;
                    match first.commit().await {
                        Ok(()) => bell.ring(),
                        Err(error) => tracing::warn!(%error, "the late commit failed"),
                    }
                })
                .detach();
            }
            Sabotage::OutboxSecondTransaction => {
                first.commit().await?;
                tokio::time::sleep(GAP).await;
                if let Some(outbox) = self.outbox {
                    let second = self.write.begin().await?;
                    outbox.run(&second).await?;
                    second.commit().await?;
                }
                bell.ring();
            }
        }
        Ok(())
    }
}
