//! Where we are at home: the workspace and organisation that the bot's token belongs to, and the bot's own account.
//!
//! Invariants: asked once (`auth.test`) and then known; while Slack does not answer, what a payload says about its installation stands in.
//! References to messages always carry the home workspace, whatever workspace of the organisation a payload names, so that one message has
//! one name. Neighbours: `people`, `ingress`, `egress`.

use super::{
    api::{Api, CallError},
    envelope::{Scope, User},
};
use crate::domain::{
    event_report::MessageRef,
    installation::Installation,
    person::{Identity, PlatformId},
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tokio::sync::OnceCell;

/// What is known of ourselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Home {
    /// The workspace, or the organisation in an organisation-wide install.
    pub workspace: String,
    /// The organisation, if there is one.
    pub enterprise: Option<String>,
    /// The bot's account.
    pub bot_user: String,
    /// The organisation as a whole installed the bot.
    pub is_organisation: bool,
}

impl Home {
    /// Who vouches for the people here.
    #[must_use]
    pub fn realm(&self) -> &str {
        self.enterprise.as_deref().unwrap_or(&self.workspace)
    }

    /// A message's name.
    #[must_use]
    pub fn message(&self, channel: &str, ts: &str) -> MessageRef {
        MessageRef {
            platform: PlatformId::Slack,
            workspace: self.workspace.clone(),
            channel: channel.to_owned(),
            message: ts.to_owned(),
        }
    }

    /// Whether a payload says that a user belongs elsewhere.
    #[must_use]
    pub fn is_foreign(&self, user: &User) -> bool {
        let team = user.team.as_deref();
        team.is_some_and(|team| team != self.workspace && Some(team) != self.enterprise.as_deref())
    }

    /// A user's identity by what the payload says alone.
    #[must_use]
    pub fn identity(&self, user: &User) -> Identity {
        // In an organisation the workspaces of its people differ from the home workspace, and all of them are ours.
        let foreign = self.is_foreign(user) && self.enterprise.is_none();
        let realm = user
            .team
            .as_deref()
            .filter(|_| foreign)
            .unwrap_or(self.realm());
        Identity {
            platform: PlatformId::Slack,
            realm: realm.to_owned(),
            user: user.id.clone(),
        }
    }

    /// The home of an installation that is on record.
    #[must_use]
    pub fn of(one: &Installation) -> Self {
        Self {
            workspace: one.at.id().to_owned(),
            enterprise: one.at.enterprise.clone(),
            bot_user: one.bot_user.clone(),
            is_organisation: one.at.is_organisation(),
        }
    }

    fn read(answer: &Value) -> Option<Self> {
        Some(Self {
            workspace: answer["team_id"].as_str()?.to_owned(),
            enterprise: answer["enterprise_id"].as_str().map(ToOwned::to_owned),
            bot_user: answer["user_id"].as_str()?.to_owned(),
            is_organisation: answer["is_enterprise_install"] == true,
        })
    }
}

/// Knows home, or finds out.
#[derive(Debug, Clone)]
pub struct Homes {
    api: Api,
    limit: Duration,
    known: Arc<OnceCell<Home>>,
}

impl Homes {
    /// Knows nothing yet.
    #[must_use]
    pub fn new(api: Api, limit: Duration) -> Self {
        Self {
            api,
            limit,
            known: Arc::new(OnceCell::new()),
        }
    }

    /// Knows it from the start.
    #[must_use]
    pub fn known(api: Api, home: Home) -> Self {
        Self {
            api,
            limit: Duration::ZERO,
            known: Arc::new(OnceCell::new_with(Some(home))),
        }
    }

    /// Home as `auth.test` tells it.
    ///
    /// # Errors
    /// [`CallError`] when Slack does not answer in time, or refuses the token.
    pub async fn ask(&self) -> Result<Home, CallError> {
        let asked = self.known.get_or_try_init(|| async {
            let answer = self
                .api
                .post_within(self.limit, "auth.test", &json!({}))
                .await?;
            Home::read(&answer).ok_or(CallError::Garbled)
        });
        asked.await.cloned()
    }

    /// Home, or else what a payload says of its installation.
    pub async fn or_said(&self, scope: &Scope, bot: Option<&str>) -> Home {
        if let Ok(home) = self.ask().await {
            return home;
        }
        Home {
            workspace: scope
                .team
                .clone()
                .or_else(|| scope.enterprise.clone())
                .unwrap_or_default(),
            enterprise: scope.enterprise.clone(),
            bot_user: bot.unwrap_or_default().to_owned(),
            is_organisation: scope.org,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::damage::each;

    #[test]
    fn home_is_known_wholly_or_not_at_all() {
        let answer = json!({ "ok": true, "team_id": "T1", "user_id": "UBOT", "bot_id": "B1", "enterprise_id": "E1", "url": "https://x" });
        each(&answer, |path, what, damaged| {
            if let Some(home) = Home::read(damaged) {
                assert!(
                    path != "/team_id" || home.workspace != "T1",
                    "{path} {what}"
                );
                assert!(
                    !home.realm().is_empty() || what.contains("text"),
                    "{path} {what}"
                );
            } else {
                assert!(
                    ["", "/team_id", "/user_id"].contains(&path),
                    "{path} {what}"
                );
            }
        });
    }
}
