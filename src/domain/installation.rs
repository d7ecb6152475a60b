//! An installation: the bot as one workspace, or one organisation as a whole, has installed it on a platform.
//!
//! Invariants: one installation for each place ([`Installed`]); its tokens are [`SecretString`], so that no `Debug` shows one; an
//! installation whose token was replaced has another epoch, so that who refused an old token says nothing about the new one.
//! Neighbours: `store::vault` seals the tokens, `workflow` installs, renews and ends, an adapter picks one by where a call goes.

use super::{clock::Timestamp, ids::InstallationId, person::PlatformId, vocabulary::vocabulary};
use chrono::Duration;
use secrecy::SecretString;
use std::fmt;

vocabulary! {
    /// How an installation is.
    InstallationState {
        /// Its token is used.
        Active = "active",
        /// It was taken away on the platform; its tokens are gone.
        Uninstalled = "uninstalled",
        /// The platform refuses its token.
        Refused = "refused",
    }
}

/// Where the bot is installed: a workspace, or an organisation as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Installed {
    /// The platform.
    pub platform: PlatformId,
    /// The organisation, if there is one.
    pub enterprise: Option<String>,
    /// The workspace; none if the whole organisation installed it.
    pub workspace: Option<String>,
}

impl Installed {
    /// The id that people know it by: the workspace, or else the organisation.
    #[must_use]
    pub fn id(&self) -> &str {
        let organisation = || self.enterprise.as_deref().unwrap_or_default();
        self.workspace.as_deref().unwrap_or_else(organisation)
    }

    /// Whether the whole organisation installed it.
    #[must_use]
    pub const fn is_organisation(&self) -> bool {
        self.workspace.is_none()
    }

    /// Whether it is this workspace or organisation.
    #[must_use]
    pub fn is_in(&self, id: &str) -> bool {
        [&self.workspace, &self.enterprise]
            .into_iter()
            .any(|own| own.as_deref() == Some(id))
    }

    /// What alarms about it are about.
    #[must_use]
    pub fn subject(&self) -> String {
        format!("{}:{}", self.platform, self.id())
    }
}

impl fmt::Display for Installed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// An installation, without its tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// Its id.
    pub id: InstallationId,
    /// Where.
    pub at: Installed,
    /// What people there call the place.
    pub name: String,
    /// The app's id.
    pub app: String,
    /// The bot's account there.
    pub bot_user: String,
    /// What the token may do.
    pub scopes: Vec<String>,
    /// The account that installed it.
    pub installed_by: String,
    /// When.
    pub installed_at: Timestamp,
    /// How it is.
    pub state: InstallationState,
    /// The platform's word for why it is not active.
    pub reason: Option<String>,
    /// Counts the tokens that it had, and the tries to renew them.
    pub epoch: u64,
    /// When its present token was issued.
    pub issued_at: Timestamp,
    /// When its present token expires, if it does.
    pub expires_at: Option<Timestamp>,
}

/// How long before its end a token is renewed. Slack's live twelve hours.
const RENEW_BEFORE: Duration = Duration::hours(2);
/// A token that is refused so soon after it was issued is not renewed again: the platform refuses us, not a token.
const TOO_SOON: Duration = Duration::minutes(5);

impl Installation {
    /// When its token is to be renewed: a quarter of its life before its end, and two hours at most.
    #[must_use]
    pub fn renew_at(&self) -> Option<Timestamp> {
        let expires_at = self.expires_at?;
        let quarter = (expires_at - self.issued_at) / 4;
        Some(expires_at - quarter.clamp(Duration::zero(), RENEW_BEFORE))
    }

    /// Whether its token is to be renewed now.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.state == InstallationState::Active && self.renew_at().is_some_and(|at| at <= now)
    }

    /// Whether a refusal of its present token may be mended by a new one.
    #[must_use]
    pub fn may_renew(&self, now: Timestamp) -> bool {
        self.expires_at.is_some() && now - self.issued_at >= TOO_SOON
    }
}

/// Tokens, in the clear: only on their way.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// The bot's.
    pub bot: SecretString,
    /// What gets the next one, if tokens rotate; used once.
    pub refresh: Option<SecretString>,
    /// When the bot's expires, if it does.
    pub expires_at: Option<Timestamp>,
}

/// What the platform granted to whoever installed the bot.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Where.
    pub at: Installed,
    /// What people there call the place.
    pub name: String,
    /// The app's id.
    pub app: String,
    /// The bot's account there.
    pub bot_user: String,
    /// What the token may do.
    pub scopes: Vec<String>,
    /// The account that installed it.
    pub installed_by: String,
    /// The tokens.
    pub tokens: Tokens,
}

/// What became of the state that an installer's browser brought back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateUse {
    /// It is ours, and is used up now.
    Good,
    /// Nobody was given it.
    Unknown,
    /// It was used before.
    Used,
    /// It is too old.
    Expired,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{clock::from_micros, ids::InstallationId};

    fn rotating(hours: Option<i64>) -> Installation {
        let at = from_micros(1_700_000_000_000_000).unwrap();
        Installation {
            id: InstallationId(uuid::Uuid::nil()),
            at: Installed {
                platform: PlatformId::Slack,
                enterprise: Some("E1".to_owned()),
                workspace: Some("T1".to_owned()),
            },
            name: String::new(),
            app: String::new(),
            bot_user: String::new(),
            scopes: Vec::new(),
            installed_by: String::new(),
            installed_at: at,
            state: InstallationState::Active,
            reason: None,
            epoch: 1,
            issued_at: at,
            expires_at: hours.map(|hours| at + Duration::hours(hours)),
        }
    }

    #[test]
    fn a_token_is_renewed_well_before_its_end_and_one_that_does_not_end_never() {
        let twelve = rotating(Some(12));
        let at = |hours| twelve.issued_at + Duration::hours(hours);
        assert!(!twelve.is_due(at(9)) && twelve.is_due(at(10)));
        assert_eq!(rotating(Some(4)).renew_at(), Some(at(3)));
        assert_eq!(rotating(Some(0)).renew_at(), Some(at(0)));
        assert!(!rotating(None).is_due(at(10_000)));
        let gone = Installation {
            state: InstallationState::Refused,
            ..twelve.clone()
        };
        assert!(!gone.is_due(at(11)));
    }

    #[test]
    fn a_new_token_that_is_refused_at_once_is_not_renewed_again() {
        let twelve = rotating(Some(12));
        assert!(!twelve.may_renew(twelve.issued_at + Duration::minutes(1)));
        assert!(twelve.may_renew(twelve.issued_at + Duration::minutes(5)));
        assert!(!rotating(None).may_renew(twelve.issued_at + Duration::hours(1)));
    }

    #[test]
    fn a_place_is_known_by_its_workspace_or_else_its_organisation() {
        let mut at = rotating(None).at;
        assert!(at.is_in("T1") && at.is_in("E1") && !at.is_in("T2"));
        assert_eq!((at.id(), at.subject().as_str()), ("T1", "slack:T1"));
        at.workspace = None;
        assert_eq!(at.to_string(), "E1");
        assert!(at.is_organisation());
    }
}
