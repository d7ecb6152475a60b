//! What the adapter must be told: addresses, secrets, ids, limits of time.
//!
//! Invariants: a secret never shows in `Debug`; plain HTTP is only spoken to this machine itself; every outside call has one of these
//! limits. Neighbours: `config` checks the section `discord`, `app` adds the brand and the limits of intake.

use crate::{
    config::{DiscordConfig, DiscordMode},
    domain::person::{PlatformId, Voucher},
};
use secrecy::SecretString;
use std::time::Duration;
use url::Url;

/// Discord's own API.
pub const DISCORD_API: &str = "https://discord.com/api/v10";

/// Most bytes of a request.
pub const BODY_BYTES: usize = 1024 * 1024;
/// Most bytes of a file.
pub const FILE_BYTES: u64 = 20 * 1024 * 1024;

/// Limits of time, all of them ours.
#[derive(Debug, Clone)]
pub struct Timeouts {
    /// A call of the API.
    pub call: Duration,
    /// Answering an interaction within its 3 seconds.
    pub respond: Duration,
    /// All that is done before an interaction is answered.
    pub confirm: Duration,
    /// Keeping or finding what was entered in a form so far, once.
    pub draft: Duration,
    /// Fetching the message that a reaction points at, all calls together.
    pub snapshot: Duration,
    /// Looking up which channel a thread belongs to, before a reply is stored.
    pub place: Duration,
    /// Fetching a file.
    pub download: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            call: Duration::from_secs(10),
            respond: Duration::from_millis(1_500),
            confirm: Duration::from_secs(2),
            draft: Duration::from_millis(700),
            snapshot: Duration::from_millis(1_500),
            place: Duration::from_millis(800),
            download: Duration::from_secs(30),
        }
    }
}

/// The settings of the adapter.
#[derive(Debug, Clone)]
pub struct DiscordSettings {
    /// Base of the API with its version, without a slash at its end; [`DISCORD_API`] in production.
    pub api_url: String,
    /// The bot's token.
    pub bot_token: SecretString,
    /// Id of the application.
    pub application_id: String,
    /// The application's public key in hex, if Discord calls us by signed HTTP.
    pub public_key: Option<String>,
    /// Whether the gateway is opened.
    pub gateway: bool,
    /// Id of the guild that is the organisation's.
    pub guild: String,
    /// Id of the queue channel.
    pub queue_channel: String,
    /// Whether the app may read what other people's messages say.
    pub message_content: bool,
    /// Id of the guild's role whose holders are responders, if there is one.
    pub responder_role: Option<String>,
    /// Ids of the channels that are looked through after a gap in which events may have been lost.
    pub watch_channels: Vec<String>,
    /// Most bytes of a request to the HTTP door.
    pub body_bytes: usize,
    /// Most bytes of a file that is fetched.
    pub file_bytes: u64,
    /// Small print below every card, in the environments `test` and `demo`.
    pub brand: Option<String>,
    /// Limits of time.
    pub timeouts: Timeouts,
}

impl From<&DiscordConfig> for DiscordSettings {
    /// With the usual limits and without a brand.
    fn from(config: &DiscordConfig) -> Self {
        let (gateway, public_key) = match &config.mode {
            DiscordMode::Gateway => (true, None),
            DiscordMode::Http { public_key } => (false, Some(public_key.clone())),
            DiscordMode::Both { public_key } => (true, Some(public_key.clone())),
        };
        Self {
            api_url: config.api_url.as_str().trim_end_matches('/').to_owned(),
            bot_token: config.bot_token.clone(),
            application_id: config.application_id.clone(),
            public_key,
            gateway,
            guild: config.guild.clone(),
            queue_channel: config.queue_channel.clone(),
            message_content: config.message_content,
            responder_role: config.responder_role.clone(),
            watch_channels: config.watch_channels.clone(),
            body_bytes: BODY_BYTES,
            file_bytes: FILE_BYTES,
            brand: None,
            timeouts: Timeouts::default(),
        }
    }
}

/// Settings that must not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The address is no URL of an API.
    #[error("discord.api_url: `{0}` is not a URL; use {DISCORD_API}")]
    NotAUrl(String),
    /// Tokens would cross a network in the clear.
    #[error("discord.api_url: `{0}` is plain HTTP to another machine; use https")]
    PlainHttp(String),
    /// The key cannot check a signature.
    #[error(
        "discord.public_key: this is no public key; copy it from the developer portal, General Information"
    )]
    PublicKey,
    /// TLS or the HTTP client cannot be set up.
    #[error(
        "the certificates of this machine could not be loaded ({0}); install its CA certificates"
    )]
    Tls(String),
}

impl DiscordSettings {
    /// The role of the guild that stands for responders, as the record names it.
    #[must_use]
    pub fn voucher(&self) -> Option<Voucher> {
        let role = self.responder_role.clone()?;
        Some(Voucher {
            platform: PlatformId::Discord,
            workspace: self.guild.clone(),
            role,
        })
    }

    /// The API's address, checked.
    ///
    /// # Errors
    /// [`SettingsError`] when it is no URL, or plain HTTP to another machine.
    pub fn api(&self) -> Result<Url, SettingsError> {
        let no_url = || SettingsError::NotAUrl(self.api_url.clone());
        let url: Url = self.api_url.parse().map_err(|_| no_url())?;
        if url.host_str().is_none() || !["http", "https"].contains(&url.scheme()) {
            return Err(no_url());
        }
        if url.scheme() == "https" || is_this_machine(&url) {
            Ok(url)
        } else {
            Err(SettingsError::PlainHttp(self.api_url.clone()))
        }
    }
}

pub(super) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn settings(api_url: &str) -> DiscordSettings {
        DiscordSettings {
            api_url: api_url.to_owned(),
            bot_token: "hidden.token.1".into(),
            application_id: "1".to_owned(),
            public_key: None,
            gateway: true,
            guild: "2".to_owned(),
            queue_channel: "3".to_owned(),
            message_content: false,
            responder_role: None,
            watch_channels: Vec::new(),
            body_bytes: BODY_BYTES,
            file_bytes: FILE_BYTES,
            brand: None,
            timeouts: Timeouts::default(),
        }
    }

    #[test]
    fn plain_http_is_only_spoken_to_this_machine() {
        for good in [
            DISCORD_API,
            "http://127.0.0.1:7700/api/v10",
            "http://localhost:1/api/v10",
            "http://[::1]:9/api/v10",
        ] {
            assert!(settings(good).api().is_ok(), "{good}");
        }
        for bad in [
            "http://discord.com/api/v10",
            "http://10.0.0.1/api",
            "ftp://discord.com",
            "discord",
            "",
        ] {
            assert!(settings(bad).api().is_err(), "{bad}");
        }
    }

    #[test]
    fn no_secret_shows() {
        let shown = format!("{:?}", settings(DISCORD_API));
        assert!(!shown.contains("hidden"), "{shown}");
    }
}
