//! Questions about installations: which there are, which one a place has, and its token.
//!
//! Invariants: a token leaves the vault for one call, and is kept nowhere in the clear; nothing is remembered here, so that what another
//! replica stored is true at once. Neighbours: `chat::installations` asks for an adapter; `doctor` asks which there are.

use super::{Fault, Workflow, ground::fault};
use crate::domain::{
    clock::Entropy,
    ids::InstallationId,
    installation::{Installation, InstallationState, Tokens},
    person::PlatformId,
};
use crate::runtime;
use crate::store::{SealedTokens, Sealing, StoreError, Vault, VaultError};
use secrecy::SecretString;

/// Seals tokens of an installation.
pub(super) fn sealed(
    vault: &Vault,
    of: InstallationId,
    tokens: &Tokens,
    entropy: &dyn Entropy,
) -> Result<SealedTokens, VaultError> {
    let refresh = tokens.refresh.as_ref();
    Ok(SealedTokens {
        key_id: vault.key_id()?.to_owned(),
        bot: vault.seal(of, Sealing::Bot, &tokens.bot, entropy)?,
        refresh: refresh
            .map(|refresh| vault.seal(of, Sealing::Refresh, refresh, entropy))
            .transpose()?,
        expires_at: tokens.expires_at,
    })
}

/// Opens a sealed token.
pub(super) fn opened(
    vault: &Vault,
    of: InstallationId,
    what: Sealing,
    key_id: &str,
    sealed: &[u8],
) -> Result<SecretString, VaultError> {
    vault.open(of, what, key_id, sealed)
}

impl Workflow {
    /// Every installation on a platform, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn installations(&self, platform: PlatformId) -> Result<Vec<Installation>, Fault> {
        let workflow = self.clone();
        let all = runtime::shield("installations", async move {
            workflow.inner.store.installations(platform).await
        });
        let all = all.await.map_err(|failed| Fault::Bug(failed.to_string()))?;
        let all = all.map_err(|error| fault(&error))?;
        Ok(all.into_iter().map(|(one, _)| one).collect())
    }

    /// Those in this workspace or organisation: the workspace's own first, then the organisation's as a whole, then those of its other
    /// workspaces.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn installations_in(
        &self,
        platform: PlatformId,
        place: &str,
    ) -> Result<Vec<Installation>, Fault> {
        let (workflow, place) = (self.clone(), place.to_owned());
        let found = runtime::shield("installations_in", async move {
            workflow
                .inner
                .store
                .installations_in(platform, &place)
                .await
        });
        let found = found
            .await
            .map_err(|failed| Fault::Bug(failed.to_string()))?;
        let found = found.map_err(|error| fault(&error))?;
        Ok(found.into_iter().map(|(one, _)| one).collect())
    }

    /// The token of an installation, with its epoch; `None` if it is not active.
    ///
    /// # Errors
    /// When the database does not answer, or the token does not open.
    pub async fn bot_token(
        &self,
        id: InstallationId,
    ) -> Result<Option<(SecretString, u64)>, Fault> {
        let workflow = self.clone();
        let found = runtime::shield("bot_token", async move {
            workflow.inner.store.installation(id).await
        });
        let found: Result<_, StoreError> = found
            .await
            .map_err(|failed| Fault::Bug(failed.to_string()))?;
        match found.map_err(|error| fault(&error))? {
            Some((one, Some(tokens))) if one.state == InstallationState::Active => {
                let vault = &self.inner.vault;
                let token = opened(vault, id, Sealing::Bot, &tokens.key_id, &tokens.bot);
                let token = token.map_err(|error| Fault::Bug(error.to_string()))?;
                Ok(Some((token, one.epoch)))
            }
            _ => Ok(None),
        }
    }

    /// Whether tokens can be sealed: whether there may be installations besides the configured one.
    #[must_use]
    pub fn keeps_installations(&self) -> bool {
        self.inner.vault.is_open()
    }
}
