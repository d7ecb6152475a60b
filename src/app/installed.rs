//! Installations as part of the app: the vault for their tokens, and the examination of all of them.
//!
//! Invariants: there are others than home only where there is a key. Neighbours: `app` puts it in, `doctor` examines.

use super::{App, StartError, slack_door, slack_door::SlackDoor};
use crate::{
    chat::{
        installations::Installations,
        platform::{Finding, Platform as _},
        slack::{Slack, oauth::rotation::Renewals},
    },
    config::Config,
    domain::{
        clock::{SystemClock, SystemEntropy},
        in_force::PolicyHandle,
    },
    store::{Store, Vault},
    workflow::Workflow,
};
use std::sync::Arc;

/// The vault for tokens of installations, with the keys of the settings.
pub(super) fn vault(config: &Config) -> Result<Vault, StartError> {
    let keys = config
        .slack
        .as_ref()
        .map(|slack| slack.token_keys.as_slice());
    Vault::new(keys.unwrap_or_default()).map_err(|error| StartError::Slack(error.to_string()))
}

/// The installations on record, if any can be kept.
pub(super) fn installations(workflow: &Workflow) -> Option<Arc<dyn Installations>> {
    let kept = workflow.keeps_installations();
    kept.then(|| Arc::new(workflow.clone()) as Arc<dyn Installations>)
}

/// The verbs for a command: on the record, under the policy in force, without keys. The sentence says what to do if there is no policy.
///
/// # Errors
/// That sentence, or the database's.
pub async fn offline_workflow(store: &Store) -> Result<Workflow, String> {
    with_keys(store, Vault::default()).await
}

async fn with_keys(store: &Store, vault: Vault) -> Result<Workflow, String> {
    let stored = store.current_policy().await;
    let stored = stored.map_err(|error| error.to_string())?;
    let stored = stored.ok_or("no policy was adopted yet: start `secevent serve` once")?;
    let in_force = PolicyHandle::new(Arc::new(stored.policy), stored.version);
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    Ok(Workflow::with_vault(
        store.clone(),
        clock,
        entropy,
        in_force,
        vault,
    ))
}

/// Lets the Slack adapter of the settings examine itself: token, scopes, queue channel, and every installation on record if the record is at
/// hand. `None` without the section `slack`.
pub async fn examine_slack(
    config: &Config,
    store: Option<&Store>,
) -> Option<Result<Vec<Finding>, String>> {
    let settings = slack_door::settings(config)?;
    let vault = match vault(config) {
        Ok(vault) => vault,
        Err(error) => return Some(Err(error.to_string())),
    };
    let of = match store {
        Some(store) => with_keys(store, vault).await.ok(),
        None => None,
    };
    let of = of.as_ref().and_then(installations);
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let slack = Slack::with_installations(settings, clock, entropy, of);
    Some(match slack {
        Ok(slack) => Ok(slack.platform().examine().await),
        Err(error) => Err(error.to_string()),
    })
}

impl App {
    /// Renews the tokens that are due now.
    pub async fn renew_tokens(&self) -> Renewals {
        match self.slack.as_ref().and_then(SlackDoor::rotation) {
            Some(rotation) => self.runtime.scope(rotation.run_once()).await,
            None => Renewals::default(),
        }
    }
}
