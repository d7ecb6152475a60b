//! The Slack adapter: translates and nothing else.
//!
//! Invariants: no other room names slack_morphism; everything that comes in passes `ingress`, whatever transport brought it; everything that
//! goes out passes a limit of time; no secret is logged, kept or shown. Neighbours: `app` builds a [`Slack`] and starts its parts,
//! `delivery` sends through [`egress::SlackPlatform`], the conversation is the [`Handler`].

pub mod api;
pub mod branches;
pub mod ear;
pub mod egress;
pub mod envelope;
pub mod files;
pub mod home;
pub mod hosts;
pub mod http;
pub mod ingress;
pub mod manifest;
pub mod oauth;
pub mod people;
pub mod phrases;
pub mod render;
pub mod settings;
pub mod signature;
pub mod snapshot;
pub mod socket;

use crate::{
    chat::{handler::Handler, installations::Installations},
    domain::clock::{Clock, Entropy},
    runtime::Runtime,
};
use api::Api;
use branches::Branches;
use ear::Ear;
use egress::SlackPlatform;
use hosts::Hosts;
use http::Doors;
use ingress::{Common, Ingress};
use oauth::{Install, access::Access, rotation::Rotation};
use settings::{SettingsError, SlackSettings};
use socket::{Parts, SocketTimings, Supervisor};
use std::sync::Arc;

/// The adapter before it has a conversation: can send, and be given a handler.
#[derive(Debug, Clone)]
pub struct Slack {
    settings: SlackSettings,
    common: Common,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    platform: SlackPlatform,
    /// The installations on record, and how tokens for them are asked for, if the settings say so.
    of: Option<Arc<dyn Installations>>,
    access: Option<Access>,
}

impl Slack {
    /// For these settings, and the installation in them alone. Connects to nothing yet.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn new(
        settings: SlackSettings,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, SettingsError> {
        Self::with_installations(settings, clock, entropy, None)
    }

    /// As [`Self::new`], with whatever other installations are on record.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn with_installations(
        settings: SlackSettings,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        of: Option<Arc<dyn Installations>>,
    ) -> Result<Self, SettingsError> {
        let hosts = Hosts::new(settings.api()?);
        let api = Api::new(&settings, &hosts)?;
        let api = match (&settings.bot_token, &of, &settings.team) {
            (None, Some(of), Some(home)) => api.of_home(Arc::clone(of), home),
            _ => api,
        };
        let branches = Branches::new(&settings, &hosts, clock.clone(), api.clone(), of.clone())?;
        let ear = Ear::default();
        let common = Common {
            api,
            branches,
            hosts,
            ear,
        };
        let platform = SlackPlatform::new(&settings, &common, clock.clone())?;
        let access = settings.oauth.clone();
        let access =
            access.map(|oauth| Access::new(&settings, &common.hosts, oauth, clock.clone()));
        let access = access.transpose()?;
        Ok(Self {
            settings,
            common,
            clock,
            entropy,
            platform,
            of,
            access,
        })
    }

    /// What was heard from Slack, for the alarm that it has gone quiet.
    #[must_use]
    pub fn ear(&self) -> Ear {
        self.common.ear.clone()
    }

    /// For delivery and `doctor`.
    #[must_use]
    pub fn platform(&self) -> Arc<SlackPlatform> {
        Arc::new(self.platform.clone())
    }

    /// The way in, to this conversation. Made once; both transports take a clone.
    ///
    /// # Errors
    /// [`SettingsError::Tls`].
    pub fn ingress(&self, handler: Arc<dyn Handler>) -> Result<Ingress, SettingsError> {
        let (clock, entropy) = (self.clock.clone(), self.entropy.clone());
        Ingress::new(self.settings.clone(), &self.common, handler, clock, entropy)
    }

    /// Socket Mode. Run it as a worker: `runtime.worker("slack socket", |stop| supervisor.run(stop))`.
    #[must_use]
    pub fn supervisor(
        &self,
        ingress: Ingress,
        runtime: &Runtime,
        timings: SocketTimings,
    ) -> Supervisor {
        let parts = Parts {
            api: self.common.api.clone(),
            hosts: self.common.hosts.clone(),
            ingress,
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            runtime: runtime.clone(),
        };
        Supervisor::new(parts, self.settings.connections, timings)
    }

    /// Signed HTTP; `None` without a signing secret. Merge its router into the platforms' listener.
    #[must_use]
    pub fn doors(&self, ingress: Ingress, runtime: &Runtime) -> Option<Doors> {
        let secret = self.settings.signing_secret.clone()?;
        let (clock, most) = (self.clock.clone(), self.settings.body_bytes);
        Some(Doors::new(ingress, secret, clock, runtime.clone(), most))
    }

    /// The pages by which others install the bot; `None` without OAuth. Merge their router into the platforms' listener.
    #[must_use]
    pub fn install(&self, runtime: &Runtime) -> Option<Install> {
        Some(Install {
            oauth: self.settings.oauth.clone()?,
            access: self.access.clone()?,
            of: self.of.clone()?,
            branches: self.common.branches.clone(),
            home_is_configured: self.settings.bot_token.is_some(),
            entropy: self.entropy.clone(),
            runtime: runtime.clone(),
        })
    }

    /// What renews tokens that rotate; `None` without OAuth, whose secret it takes.
    #[must_use]
    pub fn rotation(&self) -> Option<Rotation> {
        Some(Rotation::new(self.access.clone()?, self.of.clone()?))
    }
}
