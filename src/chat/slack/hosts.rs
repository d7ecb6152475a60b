//! Which hosts are Slack's, and how this adapter speaks TLS to them.
//!
//! Invariants: an address that came in a payload (response URL, file, socket) is only used when it is on Slack's own host, over TLS;
//! or, when the API itself is on this machine, on that same host. Neighbours: `api`, `responses`, `files`, `socket`.

use super::settings::SettingsError;
use hyper_rustls::ConfigBuilderExt;
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use std::sync::Arc;
use url::Url;

/// Tells Slack's addresses from others.
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

    /// Whether an address that a payload named may be used. `scheme` is `http` or `ws`; TLS is demanded unless the API is local.
    #[must_use]
    pub fn allows(&self, address: &Url, scheme: &str) -> bool {
        let (Some(host), Some(api_host)) = (address.host_str(), self.api.host_str()) else {
            return false;
        };
        if self.is_local() {
            return address.scheme() == scheme
                && host == api_host
                && address.port_or_known_default() == self.api.port_or_known_default();
        }
        let is_slack = host == "slack.com" || host.ends_with(".slack.com");
        address.scheme() == format!("{scheme}s")
            && address.port_or_known_default() == Some(443)
            && (is_slack || host == api_host)
    }

    /// The TLS settings: ring, the machine's own roots; none at all when the API is local and speaks no TLS.
    ///
    /// # Errors
    /// [`SettingsError::Tls`] when the machine has no CA certificates.
    pub fn tls(&self) -> Result<ClientConfig, SettingsError> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(api: &str) -> Hosts {
        Hosts::new(api.parse().unwrap())
    }

    #[test]
    fn only_slacks_own_hosts_over_tls_are_used() {
        let slack = hosts("https://slack.com/api");
        for (good, scheme) in [
            ("https://hooks.slack.com/commands/1/2", "http"),
            ("https://files.slack.com/files-pri/T1-F1/a.png", "http"),
            ("wss://wss-primary.slack.com/link/?ticket=1", "ws"),
        ] {
            assert!(slack.allows(&good.parse().unwrap(), scheme), "{good}");
        }
        for (bad, scheme) in [
            ("http://hooks.slack.com/commands/1/2", "http"),
            ("https://hooks.slack.com.evil.example/x", "http"),
            ("https://evilslack.com/x", "http"),
            ("https://files.slack.com:8443/x", "http"),
            ("https://169.254.169.254/latest", "http"),
            ("ws://wss-primary.slack.com/link", "ws"),
            ("wss://example.org/link", "ws"),
        ] {
            assert!(!slack.allows(&bad.parse().unwrap(), scheme), "{bad}");
        }
    }

    #[test]
    fn a_local_api_allows_itself_and_nothing_else() {
        let local = hosts("http://127.0.0.1:7700/api");
        assert!(local.allows(&"http://127.0.0.1:7700/response/1".parse().unwrap(), "http"));
        assert!(local.allows(&"ws://127.0.0.1:7700/link/".parse().unwrap(), "ws"));
        assert!(!local.allows(&"http://127.0.0.1:7701/response/1".parse().unwrap(), "http"));
        assert!(!local.allows(&"https://hooks.slack.com/x".parse().unwrap(), "http"));
        assert!(local.tls().is_ok());
    }
}
