//! Which hosts are Discord's, and how this adapter speaks TLS to them.
//!
//! Invariants: an address that came in a payload (a file's) is only used when it is on Discord's own content hosts, over TLS; or, when the
//! API itself is on this machine, on that same host. Redirects are never followed. Neighbours: `api`, `files`.

use super::settings::SettingsError;
use hyper_rustls::ConfigBuilderExt;
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use std::{sync::Arc, time::Duration};
use url::Url;

/// Where attachments lie. The first serves them, the second serves them resized.
const CONTENT: [&str; 2] = ["cdn.discordapp.com", "media.discordapp.net"];

/// Tells Discord's addresses from others.
#[derive(Debug, Clone)]
pub struct Hosts {
    api: Url,
}

impl Hosts {
    /// For an API at this address.
    #[must_use]
    pub const fn new(api: Url) -> Self {
        Self { api }
    }

    /// Whether the API is on this machine, over plain HTTP: an emulator's.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.api.scheme() == "http"
    }

    /// Whether a file may be fetched from this address.
    #[must_use]
    pub fn allows(&self, address: &Url) -> bool {
        let Some(host) = address.host_str() else {
            return false;
        };
        if !address.username().is_empty() || address.password().is_some() {
            return false;
        }
        if self.is_local() {
            return address.scheme() == "http"
                && Some(host) == self.api.host_str()
                && address.port_or_known_default() == self.api.port_or_known_default();
        }
        address.scheme() == "https"
            && address.port_or_known_default() == Some(443)
            && CONTENT.contains(&host)
    }

    /// A client without redirects, whose every request ends within the limit.
    ///
    /// # Errors
    /// [`SettingsError::Tls`].
    pub fn client(&self, limit: Duration) -> Result<reqwest::Client, SettingsError> {
        reqwest::Client::builder()
            .tls_backend_preconfigured(self.tls()?)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(limit)
            .user_agent(AGENT)
            .build()
            .map_err(|error| SettingsError::Tls(error.to_string()))
    }

    /// Ring, the machine's own roots; none at all when the API is local and speaks no TLS.
    fn tls(&self) -> Result<ClientConfig, SettingsError> {
        let wrong = |error: &dyn std::fmt::Display| SettingsError::Tls(error.to_string());
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong(&error))?;
        let builder = if self.is_local() {
            builder.with_root_certificates(RootCertStore::empty())
        } else {
            builder.with_native_roots().map_err(|error| wrong(&error))?
        };
        Ok(builder.with_no_client_auth())
    }
}

/// In the form that Discord demands; it blocks clients without one.
const AGENT: &str = concat!(
    "DiscordBot (https://localhost/",
    env!("CARGO_PKG_NAME"),
    ", ",
    env!("CARGO_PKG_VERSION"),
    ")"
);

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(api: &str) -> Hosts {
        Hosts::new(api.parse().unwrap())
    }

    #[test]
    fn only_discords_own_content_hosts_over_tls_are_used() {
        let discord = hosts("https://discord.com/api/v10");
        for good in [
            "https://cdn.discordapp.com/attachments/1/2/a.png?ex=1&is=2&hm=3",
            "https://media.discordapp.net/ephemeral-attachments/1/2/a.png",
        ] {
            assert!(discord.allows(&good.parse().unwrap()), "{good}");
        }
        for bad in [
            "http://cdn.discordapp.com/attachments/1/2/a.png",
            "https://cdn.discordapp.com:8443/attachments/1/2/a.png",
            "https://cdn.discordapp.com.evil.example/x",
            "https://evilcdn.discordapp.com/x",
            "https://me@cdn.discordapp.com/x",
            "https://discord.com/api/v10/users/@me",
            "https://169.254.169.254/latest",
            "ftp://cdn.discordapp.com/x",
            "data:text/plain,x",
        ] {
            assert!(!discord.allows(&bad.parse().unwrap()), "{bad}");
        }
    }

    #[test]
    fn a_local_api_allows_itself_and_nothing_else() {
        let local = hosts("http://127.0.0.1:7700/api/v10");
        let allows = |url: &str| local.allows(&url.parse().unwrap());
        assert!(allows("http://127.0.0.1:7700/attachments/1/2/a.png"));
        assert!(!allows("http://127.0.0.1:7701/attachments/1/2/a.png"));
        assert!(!allows("https://cdn.discordapp.com/attachments/1/2/a.png"));
        assert!(local.client(Duration::from_secs(1)).is_ok());
    }
}
