//! Renew a token: whoever gets the turn asks the platform, and stores the answer before anybody uses it.
//!
//! Invariants: of several replicas one has the turn, and loses it after a while, so that a crash between the platform's answer and the
//! commit costs one turn and not the installation (the platform takes the used refresh token for a short while longer); a refresh token that is
//! refused ends the installation, with the alarm. Neighbours: `chat::installations`; the adapter asks the platform.

use super::{
    Fault, Workflow,
    ground::fault,
    installations::{opened, sealed},
};
use crate::domain::{
    ids::InstallationId,
    installation::{Installation, InstallationState, Tokens},
    person::PlatformId,
};
use crate::runtime;
use crate::store::{Sealing, StoreError};
use chrono::Duration;
use secrecy::SecretString;

/// How long a turn lasts: longer than a call may take.
const TURN: Duration = Duration::seconds(30);
/// How long after a failed try the next begins.
const AGAIN: Duration = Duration::seconds(60);

/// A turn to renew a token.
#[derive(Debug, Clone)]
pub struct Turn {
    /// Whose.
    pub installation: Installation,
    /// Under which epoch the answer is stored.
    pub epoch: u64,
    /// What gets the next token.
    pub refresh: SecretString,
}

impl Workflow {
    /// Takes the turn for every token that is due and that nobody else renews now.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn renewals_due(&self, platform: PlatformId) -> Result<Vec<Turn>, Fault> {
        let workflow = self.clone();
        let (turns, without) = runtime::shield("renewals_due", async move {
            let inner = &workflow.inner;
            let now = inner.clock.now();
            let (mut turns, mut without) = (Vec::new(), Vec::new());
            for (installation, tokens) in inner.store.installations(platform).await? {
                if !installation.is_due(now) {
                    continue;
                }
                let (id, epoch) = (installation.id, installation.epoch);
                if !inner
                    .store
                    .claim_renewal(id, epoch, now, now + TURN)
                    .await?
                {
                    continue;
                }
                let refresh = tokens.as_ref().and_then(|tokens| {
                    let sealed = tokens.refresh.as_ref()?;
                    Some(opened(
                        &inner.vault,
                        id,
                        Sealing::Refresh,
                        &tokens.key_id,
                        sealed,
                    ))
                });
                match refresh {
                    Some(Ok(refresh)) => turns.push(Turn {
                        installation,
                        epoch: epoch + 1,
                        refresh,
                    }),
                    Some(Err(error)) => without.push((id, epoch + 1, error.to_string())),
                    None => without.push((id, epoch + 1, "token_expired".to_owned())),
                }
            }
            Ok::<_, StoreError>((turns, without))
        })
        .await
        .map_err(|failed| Fault::Bug(failed.to_string()))?
        .map_err(|error| fault(&error))?;
        for (id, epoch, why) in without {
            self.renewal_refused(id, epoch, &why).await?;
        }
        Ok(turns)
    }

    /// Stores what the platform answered. `false` if the turn was over: then another has it, and what came is not used.
    ///
    /// # Errors
    /// When it is not stored: the turn ends by itself, and the platform takes the same refresh token for a short while longer.
    pub async fn renewed(&self, turn: &Turn, tokens: &Tokens) -> Result<bool, Fault> {
        let (workflow, id, epoch) = (self.clone(), turn.installation.id, turn.epoch);
        let sealed = sealed(&self.inner.vault, id, tokens, &*self.inner.entropy)
            .map_err(|error| Fault::Bug(error.to_string()))?;
        runtime::shield("renewed", async move {
            let now = workflow.inner.clock.now();
            workflow
                .inner
                .store
                .renew_tokens(id, epoch, sealed, now)
                .await
        })
        .await
        .map_err(|failed| Fault::Bug(failed.to_string()))?
        .map_err(|error| fault(&error))
    }

    /// The platform could not be asked: somebody tries again in a minute.
    ///
    /// # Errors
    /// When it is not stored: then the turn ends by itself.
    pub async fn renewal_failed(&self, turn: &Turn) -> Result<(), Fault> {
        let (workflow, id, epoch) = (self.clone(), turn.installation.id, turn.epoch);
        runtime::shield("renewal_failed", async move {
            let again = workflow.inner.clock.now() + AGAIN;
            workflow.inner.store.release_renewal(id, epoch, again).await
        })
        .await
        .map_err(|failed| Fault::Bug(failed.to_string()))?
        .map_err(|error| fault(&error))
    }

    /// The platform refuses the refresh token: nothing of ours can get another.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn renewal_refused(
        &self,
        id: InstallationId,
        epoch: u64,
        reason: &str,
    ) -> Result<(), Fault> {
        self.ending(id, InstallationState::Refused, reason, Some(epoch))
            .await
    }
}
