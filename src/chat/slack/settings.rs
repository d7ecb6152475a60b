//! What the adapter must be told: addresses, secrets, limits of time.
//!
//! Invariants: a secret never shows in `Debug`; plain HTTP is only spoken to this machine itself; every outside call has one of these
//! limits. Neighbours: `config` checks the section `slack`, `app` adds the brand and the limits of intake.

use crate::config::{OAuthConfig, SlackConfig, SlackMode};
use secrecy::SecretString;
use std::time::Duration;
use url::Url;

/// Slack's own Web API.
pub const SLACK_API: &str = "https://slack.com/api";

/// Most bytes of a request: Slack's largest payloads are views, at 250 KB.
pub const BODY_BYTES: usize = 1024 * 1024;
/// Most bytes of a file.
pub const FILE_BYTES: u64 = 20 * 1024 * 1024;

/// Limits of time, all of them ours.
#[derive(Debug, Clone)]
pub struct Timeouts {
    /// A Web API call.
    pub call: Duration,
    /// Opening a form within the 3 seconds of its trigger.
    pub form: Duration,
    /// Fetching the message that a reaction or a shortcut points at, all calls together.
    pub snapshot: Duration,
    /// Looking up who somebody is, before the report is stored.
    pub who: Duration,
    /// Fetching a file.
    pub download: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            call: Duration::from_secs(10),
            form: Duration::from_millis(1_500),
            snapshot: Duration::from_millis(1_500),
            who: Duration::from_millis(800),
            download: Duration::from_secs(30),
        }
    }
}

/// The settings of the adapter.
#[derive(Debug, Clone)]
pub struct SlackSettings {
    /// Base of the Web API without a slash at its end; [`SLACK_API`] in production.
    pub api_url: String,
    /// The bot's token (`xoxb-`) at home; without it, what is installed in `team` is home.
    pub bot_token: Option<SecretString>,
    /// The app's token (`xapp-`), for Socket Mode.
    pub app_token: Option<SecretString>,
    /// The signing secret, for HTTP mode.
    pub signing_secret: Option<SecretString>,
    /// Socket Mode connections to hold, 1 to 8.
    pub connections: usize,
    /// Id of the queue channel.
    pub queue_channel: String,
    /// Id of the team or enterprise that the bot must find itself in, if that is to be checked.
    pub team: Option<String>,
    /// How others install the bot, if they may.
    pub oauth: Option<OAuthConfig>,
    /// Most bytes of a request to the HTTP doors.
    pub body_bytes: usize,
    /// Most bytes of a file that is fetched.
    pub file_bytes: u64,
    /// Small print below every card, in the environments `test` and `demo`.
    pub brand: Option<String>,
    /// Limits of time.
    pub timeouts: Timeouts,
}

impl From<&SlackConfig> for SlackSettings {
    /// With the usual limits and without a brand.
    fn from(config: &SlackConfig) -> Self {
        let (app_token, signing_secret, connections) = match &config.mode {
            SlackMode::Socket {
                app_token,
                connections,
            } => (Some(app_token.clone()), None, *connections),
            SlackMode::Http { signing_secret } => (None, Some(signing_secret.clone()), 0),
        };
        Self {
            api_url: config.api_url.as_str().trim_end_matches('/').to_owned(),
            bot_token: config.bot_token.clone(),
            app_token,
            signing_secret,
            connections: usize::try_from(connections).unwrap_or(1),
            queue_channel: config.queue_channel.clone(),
            team: config.team.clone(),
            oauth: config.oauth.clone(),
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
    /// The address is no URL of a Web API.
    #[error("slack.api_url: `{0}` is not a URL; use {SLACK_API}")]
    NotAUrl(String),
    /// Tokens would cross a network in the clear.
    #[error("slack.api_url: `{0}` is plain HTTP to another machine; use https")]
    PlainHttp(String),
    /// TLS or the HTTP client cannot be set up.
    #[error(
        "the certificates of this machine could not be loaded ({0}); install its CA certificates"
    )]
    Tls(String),
}

impl SlackSettings {
    /// The API's address, checked.
    ///
    /// # Errors
    /// [`SettingsError`] when it is no URL, or plain HTTP to another machine.
    pub fn api(&self) -> Result<Url, SettingsError> {
        let url: Url = self
            .api_url
            .parse()
            .map_err(|_| SettingsError::NotAUrl(self.api_url.clone()))?;
        let plain_ok = url.scheme() == "http" && is_this_machine(&url);
        if url.host_str().is_none() || !["http", "https"].contains(&url.scheme()) {
            return Err(SettingsError::NotAUrl(self.api_url.clone()));
        }
        if url.scheme() == "https" || plain_ok {
            Ok(url)
        } else {
            Err(SettingsError::PlainHttp(self.api_url.clone()))
        }
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(api_url: &str) -> SlackSettings {
        SlackSettings {
            api_url: api_url.to_owned(),
            bot_token: Some("xoxb-hidden-1".into()),
            app_token: Some("xapp-hidden-2".into()),
            signing_secret: Some("hidden-3".into()),
            connections: 2,
            queue_channel: "C1".to_owned(),
            team: None,
            oauth: None,
            body_bytes: BODY_BYTES,
            file_bytes: FILE_BYTES,
            brand: None,
            timeouts: Timeouts::default(),
        }
    }

    #[test]
    fn plain_http_is_only_spoken_to_this_machine() {
        for good in [
            SLACK_API,
            "http://127.0.0.1:7700/api",
            "http://localhost:1/api",
            "http://[::1]:9/api",
        ] {
            assert!(settings(good).api().is_ok(), "{good}");
        }
        for bad in [
            "http://slack.com/api",
            "http://10.0.0.1/api",
            "ftp://slack.com",
            "slack",
            "",
        ] {
            assert!(settings(bad).api().is_err(), "{bad}");
        }
    }

    #[test]
    fn no_secret_shows() {
        let shown = format!("{:?}", settings(SLACK_API));
        assert!(!shown.contains("hidden"), "{shown}");
    }
}
