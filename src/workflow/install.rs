//! Install: the platform granted us a token for a workspace or organisation; or it did for one where we must not be.
//!
//! Invariants: a place has one installation, and installing again replaces its tokens and clears its alarm; tokens are sealed before they are
//! stored; the org stream says who installed what, never with a token; a state that a browser brings back is used once.
//! Neighbours: `chat::installations` hands it over, [`super::installations`] answers who is installed.

use super::{Fault, Workflow, act::Tries, ground::fault, installations::sealed};
use crate::domain::{
    decision::{AlarmChange, AlarmKind, Decision},
    event_report::{Door, Origin},
    ids::InstallationId,
    installation::{Grant, Installation, InstallationState, Installed, StateUse},
    person::Who,
    timeline::{Body, NewEntry, Place, Stream},
};
use crate::runtime;
use crate::store::{Stamp, StoreError};
use chrono::Duration;
use std::sync::Arc;

/// The entry's name of a place.
pub(super) fn place(at: &Installed, name: &str) -> Place {
    Place {
        platform: at.platform,
        enterprise: at.enterprise.clone(),
        workspace: at.workspace.clone(),
        name: name.to_owned(),
    }
}

impl Workflow {
    /// Stores the grant as the installation of its place.
    ///
    /// # Errors
    /// When it is not stored, or there is no key to seal tokens with.
    pub async fn install(&self, grant: Grant) -> Result<Installation, Fault> {
        let (workflow, grant) = (self.clone(), Arc::new(grant));
        runtime::shield("install", async move {
            let mut tries = Tries::default();
            loop {
                match workflow.install_once(&grant).await {
                    Err(Stop::Store(error)) if tries.again(&error) => {}
                    Err(Stop::Store(error)) => return Err(fault(&error)),
                    Err(Stop::Fault(fault)) => return Err(fault),
                    Ok(installation) => return Ok(installation),
                }
            }
        })
        .await
        .unwrap_or_else(|failed| Err(Fault::Bug(failed.to_string())))
    }

    async fn install_once(&self, grant: &Grant) -> Result<Installation, Stop> {
        let inner = &self.inner;
        let now = inner.clock.now();
        let in_force = inner.policy.current();
        let mut tx = inner.store.begin().await?;
        let before = tx.installation_at(&grant.at).await?;
        let id = before.unwrap_or_else(|| InstallationId::new(&*inner.entropy, now));
        let tokens = sealed(&inner.vault, id, &grant.tokens, &*inner.entropy)
            .map_err(|error| Stop::Fault(Fault::Bug(error.to_string())))?;
        let installation = Installation {
            id,
            at: grant.at.clone(),
            name: grant.name.clone(),
            app: grant.app.clone(),
            bot_user: grant.bot_user.clone(),
            scopes: grant.scopes.clone(),
            installed_by: grant.installed_by.clone(),
            installed_at: now,
            state: InstallationState::Active,
            reason: None,
            epoch: 1,
            issued_at: now,
            expires_at: grant.tokens.expires_at,
        };
        tx.put_installation(&installation, tokens).await?;
        let mut decision = self.about(Body::BotInstalled {
            at: place(&grant.at, &grant.name),
            app: grant.app.clone(),
            scopes: grant.scopes.clone(),
            by: grant.installed_by.clone(),
        });
        decision.alarms.push(AlarmChange::Clear {
            kind: AlarmKind::TokenRefused,
            subject: grant.at.subject(),
        });
        let _ = tx
            .record(&decision, Stamp::from(&self.at(&in_force, now)))
            .await?;
        let _ = tx.commit().await?;
        Ok(installation)
    }

    /// Puts on the record that somebody installed the bot where it must not be.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn refuse_install(&self, grant: &Grant, reason: &str) -> Result<(), Fault> {
        let decision = self.about(Body::InstallRefused {
            at: place(&grant.at, &grant.name),
            by: grant.installed_by.clone(),
            reason: reason.to_owned(),
        });
        let workflow = self.clone();
        runtime::shield("refuse_install", async move {
            let mut tries = Tries::default();
            loop {
                let in_force = workflow.inner.policy.current();
                let at = workflow.at(&in_force, workflow.inner.clock.now());
                match workflow.record_alone(&at, &decision).await {
                    Err(error) if tries.again(&error) => {}
                    done => return done.map_err(|error| fault(&error)),
                }
            }
        })
        .await
        .unwrap_or_else(|failed| Err(Fault::Bug(failed.to_string())))
    }

    /// A decision of one entry on the org stream, about an installation.
    pub(super) fn about(&self, body: Body) -> Decision {
        Decision {
            entries: vec![NewEntry {
                stream: Stream::Org,
                effective_at: self.inner.clock.now(),
                actor: Who::System,
                origin: Origin::inside(Door::Install),
                body,
            }],
            ..Decision::default()
        }
    }

    /// Remembers the hash of a state that an installer's browser was given, for so long.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn begin_install(&self, sha256: String, lives: Duration) -> Result<(), Fault> {
        let workflow = self.clone();
        runtime::shield("begin_install", async move {
            let now = workflow.inner.clock.now();
            workflow
                .inner
                .store
                .put_oauth_state(&sha256, now, now + lives)
                .await
        })
        .await
        .map_err(|failed| Fault::Bug(failed.to_string()))?
        .map_err(|error| fault(&error))
    }

    /// Uses a state up.
    ///
    /// # Errors
    /// When that is not stored.
    pub async fn use_install(&self, sha256: String) -> Result<StateUse, Fault> {
        let workflow = self.clone();
        runtime::shield("use_install", async move {
            let now = workflow.inner.clock.now();
            workflow.inner.store.use_oauth_state(&sha256, now).await
        })
        .await
        .map_err(|failed| Fault::Bug(failed.to_string()))?
        .map_err(|error| fault(&error))
    }
}

enum Stop {
    Store(StoreError),
    Fault(Fault),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
