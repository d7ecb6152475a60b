//! Rotation: renews tokens before they end.
//!
//! Invariants: one replica renews a token at a time, and what Slack answered is stored before anybody uses it; Slack that does not answer is
//! asked again in a minute, while the old token still lives; Slack that refuses the refresh token ends the installation, with its alarm.
//! Neighbours: `access` asks Slack, `workflow/renew_token.rs` gives the turn.

use super::access::{Access, AccessError};
use crate::{chat::installations::Installations, domain::person::PlatformId};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// How often it is looked whether a token is to be renewed.
const EVERY: Duration = Duration::from_secs(5);

/// What one pass did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Renewals {
    /// Tokens renewed.
    pub renewed: usize,
    /// Tokens for which Slack did not answer, or that somebody else renewed meanwhile.
    pub later: usize,
    /// Installations that ended.
    pub refused: usize,
}

/// Renews tokens.
#[derive(Debug, Clone)]
pub struct Rotation {
    access: Access,
    of: Arc<dyn Installations>,
}

impl Rotation {
    /// Asks this way, for these installations.
    #[must_use]
    pub fn new(access: Access, of: Arc<dyn Installations>) -> Self {
        Self { access, of }
    }

    /// Renews what is due now.
    pub async fn run_once(&self) -> Renewals {
        let mut pass = Renewals::default();
        let turns = match self.of.due(PlatformId::Slack).await {
            Ok(turns) => turns,
            Err(error) => {
                tracing::warn!(%error, "it could not be looked which tokens are to be renewed");
                return pass;
            }
        };
        for turn in turns {
            let place = &turn.installation.at;
            let stored = match self.access.renew(&turn.refresh).await {
                Ok(tokens) => match self.of.renewed(&turn, &tokens).await {
                    Ok(true) => {
                        tracing::info!(%place, "a token was renewed");
                        pass.renewed += 1;
                        Ok(())
                    }
                    Ok(false) => {
                        pass.later += 1;
                        Ok(())
                    }
                    Err(error) => Err(error),
                },
                Err(AccessError::Unanswered(why)) => {
                    tracing::warn!(%place, why, "a token could not be renewed yet");
                    pass.later += 1;
                    self.of.not_renewed(&turn).await
                }
                Err(AccessError::Refused(word)) => {
                    tracing::warn!(%place, word, "Slack refuses to renew a token");
                    pass.refused += 1;
                    self.of.never_renewed(&turn, &word).await
                }
            };
            if let Err(error) = stored {
                tracing::warn!(%place, %error, "what became of a token's renewal could not be stored; its turn ends by itself");
                pass.later += 1;
            }
        }
        pass
    }

    /// Renews until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let mut beat = tokio::time::interval(EVERY);
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while !stop.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = beat.tick() => {}
            }
            let _ = self.run_once().await;
        }
    }
}
