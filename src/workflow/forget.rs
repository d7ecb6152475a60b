//! Forget an installation that ended: it was meant to be so, and its alarm is over.
//!
//! Invariants: one that works is not forgotten, because the platform would go on delivering; its tokens are deleted; that it was there, and
//! when it ended, stays on the org stream. Neighbours: the command line calls it.

use super::{Fault, Workflow, act::Tries, ground::fault, install::place};
use crate::domain::{
    decision::{AlarmChange, AlarmKind, Decision, Refusal, RefusalCode},
    installation::{Installation, InstallationState},
    person::PlatformId,
    timeline::Body,
};
use crate::runtime;
use crate::store::{Stamp, StoreError};

/// What stands as the reason of one that was forgotten.
const WORD: &str = "forgotten";

impl Workflow {
    /// Forgets the installation of this workspace or organisation.
    ///
    /// # Errors
    /// Refused when there is none, or it works; not stored.
    pub async fn forget_installation(
        &self,
        platform: PlatformId,
        at: &str,
    ) -> Result<Installation, Fault> {
        let found = self.installations_in(platform, at).await?;
        let one = found.into_iter().find(|one| one.at.id() == at);
        let refused =
            |sentence: &str| Fault::Refused(Refusal::new(RefusalCode::WrongState, sentence));
        let one = one.ok_or_else(|| {
            refused("nothing is installed there; `secevent slack installations` lists what is")
        })?;
        if one.state == InstallationState::Active {
            return Err(refused(
                "it works; take the app out in Slack first (Manage apps), then forget it",
            ));
        }
        let (workflow, installation) = (self.clone(), one.clone());
        runtime::shield("forget", async move {
            let mut tries = Tries::default();
            loop {
                match workflow.forget_once(&installation).await {
                    Err(error) if tries.again(&error) => {}
                    done => return done.map_err(|error| fault(&error)),
                }
            }
        })
        .await
        .unwrap_or_else(|failed| Err(Fault::Bug(failed.to_string())))?;
        Ok(one)
    }

    async fn forget_once(&self, one: &Installation) -> Result<(), StoreError> {
        let in_force = self.inner.policy.current();
        let at = self.at(&in_force, self.inner.clock.now());
        let mut tx = self.inner.store.begin().await?;
        let is_new = tx
            .end_installation(one.id, InstallationState::Uninstalled, WORD, None)
            .await?;
        let mut decision = if is_new {
            self.about(Body::BotUninstalled {
                at: place(&one.at, &one.name),
                reason: WORD.to_owned(),
            })
        } else {
            Decision::default()
        };
        decision.alarms.push(AlarmChange::Clear {
            kind: AlarmKind::TokenRefused,
            subject: one.at.subject(),
        });
        let _ = tx.record(&decision, Stamp::from(&at)).await?;
        let _ = tx.commit().await?;
        Ok(())
    }
}
