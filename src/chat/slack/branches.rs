//! Branches: what the adapter has for each installation, and which of them a payload or a message belongs to.
//!
//! Invariants: the installation of the settings is home, and everything is home's while no others are kept; what belongs to a place that has
//! no installation, or one that ended, goes to nobody else's token; whether an installation is there and active is asked anew each time,
//! only what was learned of people and channels is kept, for each installation apart. Neighbours: `ingress` and `egress` pick a branch,
//! `chat::installations` knows which there are.

use super::{
    api::{Api, CallError},
    egress::channels::Channels,
    envelope::Scope,
    files::Files,
    home::{Home, Homes},
    hosts::Hosts,
    people::People,
    settings::{SettingsError, SlackSettings},
    snapshot::Snapshots,
};
use crate::{
    chat::installations::{Installations, Unanswered},
    domain::{
        clock::Clock,
        ids::InstallationId,
        installation::{Installation, InstallationState},
        person::PlatformId,
    },
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Branches that are kept; more than any organisation has workspaces.
const MOST: usize = 1_000;

/// What the adapter has for one installation.
#[derive(Debug)]
pub struct Branch {
    /// The Web API, with the installation's token.
    pub api: Api,
    /// The installation itself.
    pub homes: Homes,
    /// Its people.
    pub people: People,
    /// Its messages.
    pub snapshots: Snapshots,
    /// Its channels.
    pub channels: Channels,
    /// Its files.
    pub files: Files,
}

/// Why a place has no branch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoBranch {
    /// Nobody installed the bot there.
    #[error("the bot is not installed in {0}")]
    Absent(String),
    /// It was taken out, or its token is refused.
    #[error("the bot's installation in {0} has ended")]
    Ended(String),
    /// The record could not be asked.
    #[error("the installations could not be asked: {0}")]
    Unasked(String),
}

impl From<NoBranch> for CallError {
    fn from(why: NoBranch) -> Self {
        match why {
            NoBranch::Absent(place) | NoBranch::Ended(place) => Self::NotInstalled(place),
            NoBranch::Unasked(why) => Self::Unasked(why),
        }
    }
}

/// All branches. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Branches {
    home: Arc<Branch>,
    of: Option<Arc<dyn Installations>>,
    maker: Arc<Maker>,
    made: Arc<Mutex<HashMap<InstallationId, Made>>>,
}

/// The bot's account that a branch was made for, and the branch.
type Made = (String, Arc<Branch>);

#[derive(Debug)]
struct Maker {
    settings: SlackSettings,
    hosts: Hosts,
    clock: Arc<dyn Clock>,
}

impl Maker {
    fn branch(&self, api: Api, homes: Homes) -> Result<Branch, SettingsError> {
        let (limits, clock) = (&self.settings.timeouts, &self.clock);
        let people = People::new(api.clone(), clock.clone(), limits.who);
        Ok(Branch {
            snapshots: Snapshots::new(api.clone(), people.clone(), limits.snapshot),
            channels: Channels::new(api.clone(), clock.clone()),
            files: Files::new(&self.settings, &self.hosts, api.clone())?,
            people,
            homes,
            api,
        })
    }
}

impl Branches {
    /// With the installation of the settings alone; others are found in `of`, if that is given.
    ///
    /// # Errors
    /// [`SettingsError::Tls`].
    pub fn new(
        settings: &SlackSettings,
        hosts: &Hosts,
        clock: Arc<dyn Clock>,
        api: Api,
        of: Option<Arc<dyn Installations>>,
    ) -> Result<Self, SettingsError> {
        let maker = Maker {
            settings: settings.clone(),
            hosts: hosts.clone(),
            clock,
        };
        let homes = Homes::new(api.clone(), settings.timeouts.who);
        Ok(Self {
            home: Arc::new(maker.branch(api, homes)?),
            of,
            maker: Arc::new(maker),
            made: Arc::default(),
        })
    }

    /// The time.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.maker.clock)
    }

    /// The installation of the settings.
    #[must_use]
    pub fn home(&self) -> &Arc<Branch> {
        &self.home
    }

    /// The installation that a payload was delivered for.
    ///
    /// # Errors
    /// [`NoBranch`].
    pub async fn of_payload(&self, scope: &Scope) -> Result<Arc<Branch>, NoBranch> {
        let (Some(of), Some(place)) = (&self.of, scope.installed()) else {
            return Ok(Arc::clone(&self.home));
        };
        let home = self.home.homes.ask().await.ok();
        if home.as_ref().is_some_and(|home| home.workspace == place) {
            return Ok(Arc::clone(&self.home));
        }
        let found = match of.of(PlatformId::Slack, place).await {
            Ok(found) => found,
            // Nobody knows anything: as if there were no others.
            Err(_) if home.is_none() => return Ok(Arc::clone(&self.home)),
            Err(error) => return Err(NoBranch::Unasked(error.0)),
        };
        // Another workspace of the same organisation is another installation.
        let own = |one: &&Installation| one.at.id() == place;
        if let Some(one) = found.iter().find(own) {
            return self.active(one);
        }
        if let Some(organisation) = scope.enterprise.as_deref().filter(|one| *one != place) {
            let found = of.of(PlatformId::Slack, organisation).await;
            let found = found.map_err(|error| NoBranch::Unasked(error.0))?;
            if let Some(one) = found.iter().find(|one| one.at.is_organisation()) {
                return self.active(one);
            }
        }
        match home {
            None => Ok(Arc::clone(&self.home)),
            Some(home) if home.is_organisation && home.enterprise == scope.enterprise => {
                Ok(Arc::clone(&self.home))
            }
            Some(_) => Err(NoBranch::Absent(place.to_owned())),
        }
    }

    /// The installation that reaches this workspace or organisation. What none of them knows is home's: a connected organisation.
    ///
    /// # Errors
    /// [`NoBranch`].
    pub async fn of_place(&self, place: &str) -> Result<Arc<Branch>, NoBranch> {
        let Some(of) = &self.of else {
            return Ok(Arc::clone(&self.home));
        };
        let is_home =
            |home: &Home| home.workspace == place || home.enterprise.as_deref() == Some(place);
        if self.home.homes.ask().await.is_ok_and(|home| is_home(&home)) {
            return Ok(Arc::clone(&self.home));
        }
        let found = of.of(PlatformId::Slack, place).await;
        let found = found.map_err(|error| NoBranch::Unasked(error.0))?;
        let is_active = |one: &&Installation| one.state == InstallationState::Active;
        match found.iter().find(is_active).or_else(|| found.first()) {
            Some(one) => self.active(one),
            None => Ok(Arc::clone(&self.home)),
        }
    }

    /// The bot was taken out of where a payload was delivered for. An installation that is not on record ends by nothing.
    ///
    /// # Errors
    /// [`NoBranch::Unasked`], and nothing is on record.
    pub async fn ended(&self, scope: &Scope, word: &str) -> Result<(), NoBranch> {
        let (Some(of), Some(place)) = (&self.of, scope.installed()) else {
            tracing::warn!(
                word,
                "Slack says that the bot was taken out of its workspace"
            );
            return Ok(());
        };
        let unasked = |error: Unanswered| NoBranch::Unasked(error.0);
        let found = of.of(PlatformId::Slack, place).await.map_err(unasked)?;
        match found.iter().find(|one| one.at.id() == place) {
            Some(one) => of.uninstalled(one.id, word).await.map_err(unasked),
            None => {
                tracing::warn!(
                    place,
                    word,
                    "Slack says that the bot was taken out of a workspace that is not on record"
                );
                Ok(())
            }
        }
    }

    /// The installations that may reach somebody of this realm, the likeliest first: in an organisation of several workspaces, each of which
    /// installed the bot for itself, a token finds the people of its own workspace only.
    ///
    /// # Errors
    /// [`NoBranch`].
    pub async fn of_realm(&self, realm: &str) -> Result<Vec<Arc<Branch>>, NoBranch> {
        let first = self.of_place(realm).await?;
        let mut all = vec![first];
        if let Some(of) = &self.of {
            let found = of.of(PlatformId::Slack, realm).await;
            let found = found.map_err(|error| NoBranch::Unasked(error.0))?;
            let others = found.iter().filter_map(|one| self.active(one).ok());
            let others: Vec<_> = others.filter(|one| !Arc::ptr_eq(one, &all[0])).collect();
            all.extend(others);
        }
        Ok(all)
    }

    /// Every installation on record.
    ///
    /// # Errors
    /// When the record does not answer.
    pub async fn on_record(&self) -> Result<Vec<Installation>, Unanswered> {
        match &self.of {
            Some(of) => of.all(PlatformId::Slack).await,
            None => Ok(Vec::new()),
        }
    }

    /// Home, then every other active installation.
    ///
    /// # Errors
    /// When the record does not answer: then nobody can say that none of them has something.
    pub async fn all(&self) -> Result<Vec<Arc<Branch>>, Unanswered> {
        let mut all = vec![Arc::clone(&self.home)];
        let others = self.on_record().await?;
        all.extend(others.iter().filter_map(|one| self.active(one).ok()));
        Ok(all)
    }

    /// The branch of an installation, unless it ended.
    ///
    /// # Errors
    /// [`NoBranch::Ended`].
    pub fn active(&self, one: &Installation) -> Result<Arc<Branch>, NoBranch> {
        let ended = || NoBranch::Ended(one.at.to_string());
        let of = self.of.as_ref().ok_or_else(ended)?;
        if one.state != InstallationState::Active {
            return Err(ended());
        }
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((bot, branch)) = made.get(&one.id)
            && *bot == one.bot_user
        {
            return Ok(Arc::clone(branch));
        }
        let api = self.home.api.of_installation(Arc::clone(of), one);
        let homes = Homes::known(api.clone(), Home::of(one));
        // Made once for home already, so the certificates are there.
        let branch = self.maker.branch(api, homes).map_err(|_| ended())?;
        let branch = Arc::new(branch);
        if made.len() >= MOST {
            made.clear();
        }
        made.insert(one.id, (one.bot_user.clone(), Arc::clone(&branch)));
        Ok(branch)
    }
}
