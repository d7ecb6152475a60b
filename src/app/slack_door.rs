//! Slack as part of the app: from settings to an adapter with open doors.
//!
//! Invariants: one ingress for both transports. Neighbours: `chat/slack` does the work, `config` decided the section.

use super::{Parts, StartError};
use crate::{
    chat::{
        handler::Handler,
        installations::Installations,
        platform::Platform,
        slack::{
            Slack,
            ear::Ear,
            oauth::rotation::Rotation,
            settings::SlackSettings,
            socket::{SocketTimings, health::Health},
        },
    },
    config::{Config, Environment},
    http::Routes,
};
use std::{net::SocketAddr, sync::Arc};
use tokio::net::TcpListener;

/// The adapter and its doors.
#[derive(Debug)]
pub(super) struct SlackDoor {
    slack: Slack,
    handler: Arc<dyn Handler>,
    health: Option<Health>,
}

/// What stands on everything shown outside production.
pub(super) fn brand(config: &Config) -> Option<String> {
    match config.environment {
        Environment::Production => None,
        Environment::Test => Some("TEST: nothing here is real".to_owned()),
        Environment::Demo => Some("DEMO: nothing here is real".to_owned()),
    }
}

/// The adapter's settings, from the section of the settings file.
pub(super) fn settings(config: &Config) -> Option<SlackSettings> {
    let mut settings = SlackSettings::from(config.slack.as_ref()?);
    // The adapter brands whatever it renders, answers and deliveries alike.
    settings.brand = brand(config);
    settings.body_bytes =
        usize::try_from(config.intake.body_bytes_max).unwrap_or(settings.body_bytes);
    settings.file_bytes = config.intake.file_bytes_max;
    Some(settings)
}

impl SlackDoor {
    /// An adapter for the section `slack`. Connects to nothing yet.
    pub(super) fn new(
        config: &Config,
        parts: &Parts,
        handler: Arc<dyn Handler>,
        of: Option<Arc<dyn Installations>>,
    ) -> Result<Self, StartError> {
        let Some(settings) = settings(config) else {
            return Err(StartError::Slack("the section is missing".to_owned()));
        };
        let slack = Slack::with_installations(
            settings,
            Arc::clone(&parts.clock),
            Arc::clone(&parts.entropy),
            of,
        )
        .map_err(wrong)?;
        Ok(Self {
            slack,
            handler,
            health: None,
        })
    }

    /// What was heard from Slack.
    pub(super) fn ear(&self) -> Ear {
        self.slack.ear()
    }

    /// For delivery.
    pub(super) fn platform(&self) -> Arc<dyn Platform> {
        self.slack.platform()
    }

    /// How Socket Mode is doing.
    pub(super) fn health(&self) -> Option<&Health> {
        self.health.as_ref()
    }

    /// What renews tokens that rotate.
    pub(super) fn rotation(&self) -> Option<Rotation> {
        self.slack.rotation()
    }

    /// Opens the doors: sockets as workers of the runtime, or the routes that Slack and installers call.
    pub(super) fn open(&mut self, parts: &Parts) -> Result<Option<Routes>, StartError> {
        let ingress = self
            .slack
            .ingress(Arc::clone(&self.handler))
            .map_err(wrong)?;
        let doors = self.slack.doors(ingress.clone(), &parts.runtime);
        let is_signed = doors.is_some();
        let install = self.slack.install(&parts.runtime);
        let routes = doors
            .map(|doors| doors.router())
            .into_iter()
            .chain(install.map(|install| install.router()))
            .reduce(|all, more| all.merge(more));
        if !is_signed {
            let supervisor =
                self.slack
                    .supervisor(ingress, &parts.runtime, SocketTimings::default());
            self.health = Some(supervisor.health());
            parts
                .runtime
                .worker("slack socket", |stop| supervisor.run(stop));
        }
        Ok(routes)
    }
}

fn wrong(error: impl std::fmt::Display) -> StartError {
    StartError::Slack(error.to_string())
}

/// Binds a listener.
pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|error| StartError::Listen { address, error })
}
