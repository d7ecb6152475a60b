//! Where the app is installed: our workspace, other workspaces, the organisation as a whole.
//!
//! Purpose: one app as several workspaces have it, each with its own bot, scopes and tokens. Invariants: an [`App`] that this file hands out is
//! the app *as installed there*, so that methods and events need not know how many there are; what is uninstalled hears nothing more.
//! Neighbours: `oauth` makes installs, `events` and `client` pick one, `wire` finds the one of a token.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::model::{App, Channel, Team, Token, User};
use super::seed::{self, APP, BOT_USER, Seed};
use super::state::{Delivery, State};

/// The app in another place than our workspace.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Install {
    /// Which app.
    pub app_id: String,
    /// Workspace, or organisation.
    pub place: String,
    /// The place is the whole organisation.
    pub is_organisation: bool,
    /// Its bot user there.
    pub bot_user: String,
    /// `B...` there.
    pub bot_id: String,
    /// Scopes granted there.
    pub scopes: BTreeSet<String>,
    /// False once uninstalled.
    pub active: bool,
}

impl App {
    /// What tells this install from others of the same app, for triggers and paces.
    pub fn key(&self) -> String {
        match &self.team {
            None => self.id.clone(),
            Some(team) => format!("{}:{team}", self.id),
        }
    }

    fn as_installed(&self, install: &Install) -> Self {
        Self {
            team: Some(install.place.clone()),
            bot_user: install.bot_user.clone(),
            bot_id: install.bot_id.clone(),
            scopes: install.scopes.clone(),
            org_install: install.is_organisation,
            uninstalled: false,
            ..self.clone()
        }
    }
}

impl State {
    /// Every install of every app.
    pub fn installed_apps(&self) -> Vec<App> {
        let own = self.world.apps.values().filter(|app| !app.uninstalled);
        let others = self.world.installs.iter().filter(|one| one.active);
        let others =
            others.filter_map(|one| Some(self.world.apps.get(&one.app_id)?.as_installed(one)));
        own.cloned().chain(others).collect()
    }

    /// An app as installed in a place; `None` for our own workspace.
    pub fn app_at(&self, app_id: &str, place: Option<&str>) -> Option<App> {
        let app = self.world.apps.get(app_id)?;
        let Some(place) = place else {
            return Some(app.clone());
        };
        let mut installs = self.world.installs.iter();
        let one = installs.find(|one| one.app_id == app_id && one.place == place);
        one.map(|one| app.as_installed(one))
    }

    /// An app as people of this workspace have it: their own, or their organisation's.
    pub fn app_for(&self, team: &str, fits: impl Fn(&App) -> bool) -> Option<App> {
        let all = self.installed_apps();
        let own = |app: &&App| !app.org_install && self.team_of(app).id == team && fits(app);
        let shared = |app: &&App| {
            app.org_install
                && self.world.enterprise.is_some()
                && self.is_our_team(team)
                && fits(app)
        };
        // Who is of another organisation meets the first one in a channel that both share.
        let met = |app: &&App| !self.is_our_team(team) && fits(app);
        all.iter()
            .find(own)
            .or_else(|| all.iter().find(shared))
            .or_else(|| all.iter().find(met))
            .cloned()
    }

    /// The workspace of an install; our own for one of the whole organisation.
    pub fn team_of(&self, app: &App) -> &Team {
        let team = app.team.as_ref();
        team.and_then(|team| self.world.workspaces.get(team))
            .unwrap_or(&self.world.team)
    }

    /// The workspace of a channel.
    pub fn home_of(&self, channel: &Channel) -> &Team {
        let team = channel.team_id.as_ref();
        team.and_then(|team| self.world.workspaces.get(team))
            .unwrap_or(&self.world.team)
    }

    /// A workspace that stands here, not one of a connected organisation.
    pub fn is_our_team(&self, team: &str) -> bool {
        self.world.team.id == team || self.world.workspaces.contains_key(team)
    }

    /// Whether people of one workspace are colleagues in the other.
    pub fn is_same_house(&self, one: &str, other: &str) -> bool {
        let organisation = self.world.enterprise.is_some();
        one == other || organisation && self.is_our_team(one) && self.is_our_team(other)
    }

    /// Takes the app out of a place: its tokens end, and the app hears of it.
    ///
    /// # Errors
    /// When it is not installed there.
    pub fn uninstall(
        &mut self,
        app_id: &str,
        place: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<Delivery>, String> {
        let is_own = place == self.world.team.id
            || self
                .world
                .enterprise
                .as_ref()
                .is_some_and(|one| one.id == place);
        let other = self
            .world
            .installs
            .iter()
            .any(|one| one.place == place && one.active);
        let app = if other {
            self.app_at(app_id, Some(place))
        } else {
            self.world
                .apps
                .get(app_id)
                .filter(|app| is_own && !app.uninstalled)
                .cloned()
        };
        let app = app.ok_or_else(|| format!("the app is not installed in {place}"))?;
        let mut deliveries = Vec::new();
        let revoked = json!({
            "type": "tokens_revoked", "tokens": { "oauth": [], "bot": [app.bot_user] }, "event_ts": self.next_ts(now),
        });
        let gone = json!({ "type": "app_uninstalled", "event_ts": self.next_ts(now) });
        for (name, event) in [("tokens_revoked", revoked), ("app_uninstalled", gone)] {
            if app.events.contains(name) {
                deliveries.extend(self.wrap(&app, None, event, now));
            }
        }
        for token in self.world.tokens.values_mut() {
            if token.app_id == app_id && token.install == app.team && token.is_bots() {
                token.gone = true;
            }
        }
        self.world
            .refreshes
            .retain(|_, one| one.install != app.team);
        for one in &mut self.world.installs {
            one.active &= one.place != place;
        }
        if !other && let Some(own) = self.world.apps.get_mut(app_id) {
            own.uninstalled = true;
        }
        Ok(deliveries)
    }
}

impl Seed {
    /// Adds another workspace; people and channels get there by their `team_id`.
    #[must_use]
    pub fn with_workspace(mut self, id: &str, name: &str, domain: &str) -> Self {
        self.world
            .workspaces
            .insert(id.into(), seed::team(id, name, domain));
        self
    }

    /// Installs the app under test in another workspace, with this token, and puts its bot into channels there.
    #[must_use]
    pub fn with_install(mut self, place: &str, token: &str, channels: &[&str]) -> Self {
        let own = self.world.apps.get(APP).cloned();
        let bot = self.world.users.get(BOT_USER).cloned();
        let bot_user = format!("U{}BOT", place.get(1..).unwrap_or_default());
        if let (Some(own), Some(bot)) = (own, bot) {
            let there = User {
                id: bot_user.clone(),
                team_id: place.into(),
                ..bot
            };
            self.world.users.insert(bot_user.clone(), there);
            self.world.installs.push(Install {
                app_id: APP.into(),
                place: place.into(),
                is_organisation: false,
                bot_user: bot_user.clone(),
                bot_id: format!("B{}", place.get(1..).unwrap_or_default()),
                scopes: own.scopes,
                active: true,
            });
        }
        let issued = Token {
            install: Some(place.into()),
            ..Token::bot(APP)
        };
        self.world.tokens.insert(token.into(), issued);
        for channel in channels {
            if let Some(channel) = self.world.channels.get_mut(*channel) {
                channel.members.insert(bot_user.clone());
            }
        }
        self
    }
}
