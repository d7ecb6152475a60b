//! The doors of all platforms together: one listener for those that call us, and the connections that we hold.
//!
//! Invariants: an app may have any platforms of the settings, and needs none of them in particular. Neighbours: `slack_door` and
//! `discord_door` are the doors; `watch` and `readiness` look at the connections.

use super::{
    App, StartError,
    discord_door::DiscordDoor,
    slack_door::{SlackDoor, bind},
    watch::Connection,
};
use crate::{config::Config, http};
use std::{net::SocketAddr, time::Duration};

impl App {
    /// Opens the doors of every platform: those that call us share one listener.
    pub(super) async fn open(&mut self, config: &Config) -> Result<(), StartError> {
        let mut routes = None;
        if let Some(door) = &mut self.slack {
            routes = door.open(&self.parts)?;
        }
        if let Some(door) = &mut self.discord
            && let Some(more) = door.routes(&self.parts)?
        {
            routes = Some(routes.unwrap_or_default().merge(more));
        }
        if let Some(routes) = routes {
            let listener = bind(config.listen).await?;
            self.platform = listener.local_addr().ok();
            http::serve_platforms(&self.runtime, listener, routes);
        }
        if let Some(door) = &mut self.discord {
            door.open(&self.parts);
        }
        Ok(())
    }

    /// The connections that platforms hold to us, or we to them.
    pub(super) fn connections(&self) -> Vec<Connection> {
        let slack = self.slack.as_ref().and_then(SlackDoor::health);
        let discord = self.discord.as_ref().and_then(DiscordDoor::health);
        slack
            .map(|health| Connection::Slack(health.clone()))
            .into_iter()
            .chain(discord.map(|health| Connection::Discord(health.clone())))
            .collect()
    }

    /// Where platforms call us, with signed HTTP.
    #[must_use]
    pub const fn platform_address(&self) -> Option<SocketAddr> {
        self.platform
    }

    /// Waits until every connection that we open is live (a gateway may be held by another replica); at once if there is none. `false` if
    /// `limit` was over first or a platform refuses.
    pub async fn connected(&self, limit: Duration) -> bool {
        let connections = self.connections();
        let all = futures_util::future::join_all(connections.iter().map(Connection::up));
        let up = tokio::time::timeout(limit, self.runtime.scope(all)).await;
        up.is_ok_and(|all| all.into_iter().all(|is_up| is_up))
    }
}
