//! Installations as part of the app: the vault for their tokens, and the examination of all of them.
//!
//! Invariants: others than home are served wherever they are on record, with or without the key: without it what goes to them waits and says
//! why, and never goes out with home's token. Neighbours: `app` puts it in, `doctor` examines.

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
        installation::InstallationState,
        person::PlatformId,
    },
    store::{Store, Vault},
    workflow::{Fault, Workflow},
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

/// The installations on record, if there are any or may be.
///
/// # Errors
/// When the record cannot be asked.
pub(super) async fn installations(
    workflow: &Workflow,
) -> Result<Option<Arc<dyn Installations>>, Fault> {
    let mut kept = workflow.keeps_installations();
    if !kept {
        let all = workflow.installations(PlatformId::Slack).await?;
        kept = all.iter().any(|one| one.state == InstallationState::Active);
        if kept {
            tracing::error!(
                "others installed the bot, and there is no key to open their tokens with; set slack.token_key_file"
            );
        }
    }
    Ok(kept.then(|| Arc::new(workflow.clone()) as Arc<dyn Installations>))
}

/// The verbs for a command: on the record, under the policy in force, without keys. The sentence says what to do if there is no policy.
///
/// # Errors
/// That sentence, or the database's.
pub async fn offline_workflow(store: &Store) -> Result<Workflow, String> {
    let workflow = with_keys(store, Vault::default()).await?;
    workflow.ok_or_else(|| "no policy was adopted yet: start `secevent serve` once".to_owned())
}

/// `None` before the first start, when there is no policy yet.
async fn with_keys(store: &Store, vault: Vault) -> Result<Option<Workflow>, String> {
    let stored = store.current_policy().await;
    let Some(stored) = stored.map_err(|error| error.to_string())? else {
        return Ok(None);
    };
    let in_force = PolicyHandle::new(Arc::new(stored.policy), stored.version);
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let store = store.clone();
    let workflow = Workflow::with_vault(store, clock, entropy, in_force, vault);
    Ok(Some(workflow))
}

/// The installations on record, for an examination.
async fn on_record(
    store: Option<&Store>,
    vault: Vault,
) -> Result<Option<Arc<dyn Installations>>, String> {
    let Some(store) = store else { return Ok(None) };
    match with_keys(store, vault).await? {
        Some(workflow) => installations(&workflow)
            .await
            .map_err(|fault| fault.to_string()),
        None => Ok(None),
    }
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
    let of = match on_record(store, vault).await {
        Ok(of) => of,
        Err(error) => return Some(Err(format!("the installations on record: {error}"))),
    };
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
