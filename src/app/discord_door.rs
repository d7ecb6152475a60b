//! Discord as part of the app: from settings to an adapter with open doors.
//!
//! Invariants: one ingress for both transports. Neighbours: `chat/discord` does the work, `config` decided the section.

use super::{Parts, StartError, discord_asked};
use crate::{
    chat::{
        discord::{
            api::Api,
            egress::DiscordPlatform,
            gateway::{GatewayTimings, Parts as GatewayParts, Supervisor, health::Health},
            http::Door,
            ingress::{Ingress, Parts as IngressParts},
            render::Looks,
            settings::DiscordSettings,
        },
        handler::Handler,
        platform::Platform,
    },
    config::Config,
    http::Routes,
    workflow::Workflow,
};
use std::sync::Arc;

/// The adapter and its doors.
#[derive(Debug)]
pub(super) struct DiscordDoor {
    settings: DiscordSettings,
    api: Api,
    platform: DiscordPlatform,
    ingress: Ingress,
    workflow: Workflow,
    health: Option<Health>,
}

fn wrong(error: impl std::fmt::Display) -> StartError {
    StartError::Discord(error.to_string())
}

impl DiscordDoor {
    /// An adapter for the section `discord`; `None` without it. Connects to nothing yet.
    pub(super) fn new(
        config: &Config,
        parts: &Parts,
        handler: Arc<dyn Handler>,
        workflow: &Workflow,
    ) -> Result<Option<Self>, StartError> {
        let Some(settings) = discord_asked::settings(config) else {
            return Ok(None);
        };
        let clock = Arc::clone(&parts.clock);
        let api = Api::new(&settings, Arc::clone(&clock)).map_err(wrong)?;
        let platform =
            DiscordPlatform::new(&settings, api.clone(), Arc::clone(&clock)).map_err(wrong)?;
        let looks = Looks {
            brand: settings.brand.clone(),
            zone: workflow.policy().organisation.time_zone,
        };
        let ingress = Ingress::new(
            settings.clone(),
            IngressParts {
                handler,
                drafts: Arc::new(workflow.clone()),
                api: api.clone(),
                looks,
                clock,
            },
        );
        Ok(Some(Self {
            settings,
            api,
            platform,
            ingress,
            workflow: workflow.clone(),
            health: None,
        }))
    }

    /// For delivery.
    pub(super) fn platform(&self) -> Arc<dyn Platform> {
        Arc::new(self.platform.clone())
    }

    /// How the gateway is doing, if it is opened.
    pub(super) fn health(&self) -> Option<&Health> {
        self.health.as_ref()
    }

    /// What Discord calls, if it does.
    pub(super) fn routes(&self, parts: &Parts) -> Result<Option<Routes>, StartError> {
        let Some(key) = &self.settings.public_key else {
            return Ok(None);
        };
        let door = Door::new(
            self.ingress.clone(),
            key,
            Arc::clone(&parts.clock),
            parts.runtime.clone(),
            self.settings.body_bytes,
        );
        Ok(Some(door.map_err(wrong)?.router()))
    }

    /// Opens the gateway, as a worker of the runtime.
    pub(super) fn open(&mut self, parts: &Parts) {
        if !self.settings.gateway {
            return;
        }
        let gateway = GatewayParts {
            api: self.api.clone(),
            ingress: self.ingress.clone(),
            seats: Arc::new(self.workflow.clone()),
            clock: Arc::clone(&parts.clock),
            entropy: Arc::clone(&parts.entropy),
            runtime: parts.runtime.clone(),
        };
        let timings = GatewayTimings::default();
        let supervisor = Supervisor::new(gateway, self.settings.clone(), timings);
        self.health = Some(supervisor.health());
        parts
            .runtime
            .worker("discord gateway", |stop| supervisor.run(stop));
    }
}
