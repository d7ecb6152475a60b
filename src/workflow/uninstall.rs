//! Uninstalled, and token refused: an installation ends, by an act on the platform or because the platform takes its token no more.
//!
//! Invariants: an ended installation sends nothing; an alarm names it until it is installed again; what ended is on the org stream once,
//! however often it is told; a refusal of a token that was replaced meanwhile ends nothing. Neighbours: `chat::installations`.

use super::{Fault, Workflow, act::Tries, ground::fault, install::place};
use crate::domain::{
    decision::{AlarmChange, AlarmKind},
    ids::InstallationId,
    installation::{Installation, InstallationState},
    timeline::Body,
};
use crate::runtime;
use crate::store::{Stamp, StoreError};

/// What a refusal of a token came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusing {
    /// The installation is not used any more.
    Ended,
    /// Its token is to be renewed, or was replaced meanwhile: try again.
    Again,
}

impl Workflow {
    /// The bot was taken out of a place; `reason` is the platform's word.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn uninstalled(&self, id: InstallationId, reason: &str) -> Result<(), Fault> {
        self.ending(id, InstallationState::Uninstalled, reason, None)
            .await
    }

    /// The platform refused the token of this epoch with this word. A token that rotates is renewed once, before it counts as refused.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn token_refused(
        &self,
        id: InstallationId,
        epoch: u64,
        reason: &str,
    ) -> Result<Refusing, Fault> {
        let is_over = matches!(reason, "account_inactive" | "token_revoked");
        let (workflow, word) = (self.clone(), reason.to_owned());
        let again = runtime::shield("token_refused", async move {
            let inner = &workflow.inner;
            let Some((now_is, _)) = inner.store.installation(id).await? else {
                return Ok(false);
            };
            let now = inner.clock.now();
            if now_is.epoch != epoch {
                return Ok(now_is.state == InstallationState::Active);
            }
            if is_over || !now_is.may_renew(now) {
                return Ok(false);
            }
            tracing::info!(installation = %now_is.at, reason = word, "the platform refuses a token that rotates; it is renewed");
            inner.store.hasten_renewal(id, epoch, now).await?;
            Ok::<_, StoreError>(true)
        })
        .await
        .map_err(|failed| Fault::Bug(failed.to_string()))?
        .map_err(|error| fault(&error))?;
        if again {
            return Ok(Refusing::Again);
        }
        self.ending(id, InstallationState::Refused, reason, Some(epoch))
            .await?;
        Ok(Refusing::Ended)
    }

    pub(super) async fn ending(
        &self,
        id: InstallationId,
        state: InstallationState,
        reason: &str,
        epoch: Option<u64>,
    ) -> Result<(), Fault> {
        let (workflow, reason) = (self.clone(), reason.chars().take(60).collect::<String>());
        runtime::shield("uninstall", async move {
            let mut tries = Tries::default();
            loop {
                match workflow.end_once(id, state, &reason, epoch).await {
                    Err(error) if tries.again(&error) => {}
                    done => return done.map_err(|error| fault(&error)),
                }
            }
        })
        .await
        .unwrap_or_else(|failed| Err(Fault::Bug(failed.to_string())))
    }

    async fn end_once(
        &self,
        id: InstallationId,
        state: InstallationState,
        reason: &str,
        epoch: Option<u64>,
    ) -> Result<(), StoreError> {
        let inner = &self.inner;
        let Some((installation, _)) = inner.store.installation(id).await? else {
            return Ok(());
        };
        let now = inner.clock.now();
        let in_force = inner.policy.current();
        let mut tx = inner.store.begin().await?;
        if !tx.end_installation(id, state, reason, epoch).await? {
            return tx.rollback().await;
        }
        let (at, subject) = (
            place(&installation.at, &installation.name),
            installation.at.subject(),
        );
        let mut decision = self.about(if state == InstallationState::Uninstalled {
            Body::BotUninstalled {
                at,
                reason: reason.to_owned(),
            }
        } else {
            Body::TokenRefused {
                at,
                reason: reason.to_owned(),
            }
        });
        decision.alarms.push(AlarmChange::Raise {
            kind: AlarmKind::TokenRefused,
            subject,
            text: lost(&installation, state, reason),
        });
        let _ = tx
            .record(&decision, Stamp::from(&self.at(&in_force, now)))
            .await?;
        let _ = tx.commit().await?;
        Ok(())
    }
}

/// What is wrong and what to do.
fn lost(one: &Installation, state: InstallationState, reason: &str) -> String {
    let what = if state == InstallationState::Uninstalled {
        "The bot was taken out of"
    } else {
        "The platform refuses the token for"
    };
    format!(
        "{what} {} ({}): {reason}. Nobody there can report or be told anything; other installations go on. Install it there again: open /slack/install. \
         If it is meant to be so, `secevent slack forget {}` ends this alarm.",
        one.name, one.at, one.at
    )
}
