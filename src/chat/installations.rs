//! Installations as an adapter sees them: which one a call goes to, its token, and what the platform does to them.
//!
//! Invariants: a token is handed out for one call and not kept; every answer is asked anew, so that what another replica did is true at once;
//! the work on the database runs shielded, so an adapter may give up waiting. Neighbours: implemented by the verbs of `workflow`, called by
//! an adapter that serves several workspaces.

use crate::{
    domain::{
        ids::InstallationId,
        installation::{Grant, Installation, StateUse, Tokens},
        person::PlatformId,
    },
    workflow::{Fault, Workflow},
};
use async_trait::async_trait;
use secrecy::SecretString;
use std::time::Duration;

pub use crate::workflow::{Refusing, Turn};

/// The installations could not be asked, or did not take it; in words without secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unanswered(pub String);

impl From<Fault> for Unanswered {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(refusal) => Self(refusal.to_string()),
            // Only asked, perhaps: neither "not stored" nor whose fault it is can be told from here.
            Fault::Unavailable(why) | Fault::Bug(why) => Self(why),
        }
    }
}

/// The installations of a platform.
#[async_trait]
pub trait Installations: Send + Sync + std::fmt::Debug {
    /// All of them, oldest first.
    async fn all(&self, platform: PlatformId) -> Result<Vec<Installation>, Unanswered>;

    /// Those in this workspace or organisation: the workspace's own first, then the organisation's as a whole, then those of its other
    /// workspaces.
    async fn of(&self, platform: PlatformId, place: &str) -> Result<Vec<Installation>, Unanswered>;

    /// The token of an installation and its epoch; `None` if it is not active.
    async fn token(&self, id: InstallationId) -> Result<Option<(SecretString, u64)>, Unanswered>;

    /// The platform refused the token of this epoch with this word.
    async fn refused(
        &self,
        id: InstallationId,
        epoch: u64,
        word: &str,
    ) -> Result<Refusing, Unanswered>;

    /// The bot was taken out of a place.
    async fn uninstalled(&self, id: InstallationId, word: &str) -> Result<(), Unanswered>;

    /// Somebody installed the bot.
    async fn installed(&self, grant: Grant) -> Result<Installation, Unanswered>;

    /// Somebody installed the bot where it must not be.
    async fn install_refused(&self, grant: &Grant, why: &str) -> Result<(), Unanswered>;

    /// Remembers the hash of a state that an installer's browser was given.
    async fn begin(&self, state_sha256: String, lives: Duration) -> Result<(), Unanswered>;

    /// Uses such a state up.
    async fn state(&self, state_sha256: String) -> Result<StateUse, Unanswered>;

    /// Takes the turn for every token that is due and that nobody else renews now.
    async fn due(&self, platform: PlatformId) -> Result<Vec<Turn>, Unanswered>;

    /// Stores renewed tokens; `false` if the turn was over.
    async fn renewed(&self, turn: &Turn, tokens: &Tokens) -> Result<bool, Unanswered>;

    /// The platform could not be asked: later again.
    async fn not_renewed(&self, turn: &Turn) -> Result<(), Unanswered>;

    /// The platform refuses to renew, with this word.
    async fn never_renewed(&self, turn: &Turn, word: &str) -> Result<(), Unanswered>;
}

#[async_trait]
impl Installations for Workflow {
    async fn all(&self, platform: PlatformId) -> Result<Vec<Installation>, Unanswered> {
        Ok(self.installations(platform).await?)
    }

    async fn of(&self, platform: PlatformId, place: &str) -> Result<Vec<Installation>, Unanswered> {
        Ok(self.installations_in(platform, place).await?)
    }

    async fn token(&self, id: InstallationId) -> Result<Option<(SecretString, u64)>, Unanswered> {
        Ok(self.bot_token(id).await?)
    }

    async fn refused(
        &self,
        id: InstallationId,
        epoch: u64,
        word: &str,
    ) -> Result<Refusing, Unanswered> {
        Ok(self.token_refused(id, epoch, word).await?)
    }

    async fn uninstalled(&self, id: InstallationId, word: &str) -> Result<(), Unanswered> {
        Ok(Self::uninstalled(self, id, word).await?)
    }

    async fn installed(&self, grant: Grant) -> Result<Installation, Unanswered> {
        Ok(self.install(grant).await?)
    }

    async fn install_refused(&self, grant: &Grant, why: &str) -> Result<(), Unanswered> {
        Ok(self.refuse_install(grant, why).await?)
    }

    async fn begin(&self, state_sha256: String, lives: Duration) -> Result<(), Unanswered> {
        let lives = chrono::Duration::from_std(lives).unwrap_or_default();
        Ok(self.begin_install(state_sha256, lives).await?)
    }

    async fn state(&self, state_sha256: String) -> Result<StateUse, Unanswered> {
        Ok(self.use_install(state_sha256).await?)
    }

    async fn due(&self, platform: PlatformId) -> Result<Vec<Turn>, Unanswered> {
        Ok(self.renewals_due(platform).await?)
    }

    async fn renewed(&self, turn: &Turn, tokens: &Tokens) -> Result<bool, Unanswered> {
        Ok(Self::renewed(self, turn, tokens).await?)
    }

    async fn not_renewed(&self, turn: &Turn) -> Result<(), Unanswered> {
        Ok(self.renewal_failed(turn).await?)
    }

    async fn never_renewed(&self, turn: &Turn, word: &str) -> Result<(), Unanswered> {
        let (id, epoch) = (turn.installation.id, turn.epoch);
        Ok(self.renewal_refused(id, epoch, word).await?)
    }
}
