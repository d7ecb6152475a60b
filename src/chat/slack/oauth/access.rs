//! `oauth.v2.access`: a code for a token, and a refresh token for the next one.
//!
//! Invariants: made without the crate, whose types know neither organisation-wide installs nor rotation; the secret, codes and tokens go into
//! the body and into no address, log or error; the answer is read leniently (`"team": null` is an organisation's install). Neighbours: `super`
//! serves the pages, `rotation` renews.

use crate::{
    chat::slack::{
        envelope::{id, text},
        files::web_client,
        hosts::Hosts,
        settings::{SettingsError, SlackSettings},
    },
    config::OAuthConfig,
    domain::{
        clock::Clock,
        installation::{Grant, Installed, Tokens},
        person::PlatformId,
    },
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::sync::Arc;

/// Most bytes of an answer.
const MOST: usize = 64 * 1024;

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// Slack said no, with its own word.
    #[error("Slack answered {0}")]
    Refused(String),
    /// Slack did not answer, or not in a way that can be read.
    #[error("{0}")]
    Unanswered(String),
}

/// Asks for tokens.
#[derive(Debug, Clone)]
pub struct Access {
    client: reqwest::Client,
    api_url: String,
    oauth: OAuthConfig,
    clock: Arc<dyn Clock>,
}

impl Access {
    /// For these settings.
    ///
    /// # Errors
    /// [`SettingsError::Tls`].
    pub fn new(
        settings: &SlackSettings,
        hosts: &Hosts,
        oauth: OAuthConfig,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SettingsError> {
        Ok(Self {
            client: web_client(hosts, settings.timeouts.call)?,
            api_url: settings.api_url.trim_end_matches('/').to_owned(),
            oauth,
            clock,
        })
    }

    /// Exchanges the code that a browser brought.
    ///
    /// # Errors
    /// [`AccessError`].
    pub async fn exchange(&self, code: &str) -> Result<Grant, AccessError> {
        let redirect = self.oauth.redirect_url.as_str();
        let answer = self
            .ask(&[("code", code), ("redirect_uri", redirect)])
            .await?;
        let tokens = self.tokens(&answer)?;
        grant(&answer, tokens).ok_or_else(|| {
            AccessError::Unanswered("Slack did not say where it was installed".to_owned())
        })
    }

    /// The next token.
    ///
    /// # Errors
    /// [`AccessError`].
    pub async fn renew(&self, refresh: &SecretString) -> Result<Tokens, AccessError> {
        let refresh = refresh.expose_secret();
        let args = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
        let answer = self.ask(&args).await?;
        self.tokens(&answer)
    }

    /// Gives a token back that is not kept; as well as it goes.
    pub async fn give_back(&self, token: &SecretString) {
        let asked = self.client.post(format!("{}/auth.revoke", self.api_url));
        let asked = asked.bearer_auth(token.expose_secret()).send().await;
        if !asked.is_ok_and(|answer| answer.status().is_success()) {
            tracing::warn!("a token that is not kept could not be given back to Slack");
        }
    }

    async fn ask(&self, args: &[(&str, &str)]) -> Result<Value, AccessError> {
        let mut form = vec![
            ("client_id", self.oauth.client_id.as_str()),
            ("client_secret", self.oauth.client_secret.expose_secret()),
        ];
        form.extend(args);
        let unanswered = |why: &str| AccessError::Unanswered(why.to_owned());
        let asked = self
            .client
            .post(format!("{}/oauth.v2.access", self.api_url));
        // Not the error itself: it names the address.
        let mut answer = asked
            .form(&form)
            .send()
            .await
            .map_err(|_| unanswered("Slack did not answer"))?;
        let status = answer.status();
        if !status.is_success() {
            let why = format!("Slack answered with status {}", status.as_u16());
            return Err(AccessError::Unanswered(why));
        }
        let mut bytes = Vec::new();
        while let Ok(Some(chunk)) = answer.chunk().await {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MOST {
                return Err(unanswered("Slack's answer is too long"));
            }
        }
        let answer: Value = serde_json::from_slice(&bytes)
            .map_err(|_| unanswered("Slack's answer could not be read"))?;
        if answer["ok"] == true {
            return Ok(answer);
        }
        let word = text(&answer, "error").unwrap_or("no reason");
        let word: String = word
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
            .take(60)
            .collect();
        match word.as_str() {
            "ratelimited" | "internal_error" | "fatal_error" | "service_unavailable" => {
                Err(AccessError::Unanswered(format!("Slack answered {word}")))
            }
            _ => Err(AccessError::Refused(word)),
        }
    }

    fn tokens(&self, answer: &Value) -> Result<Tokens, AccessError> {
        let unread = || AccessError::Unanswered("Slack's answer holds no bot token".to_owned());
        let bot = text(answer, "access_token").ok_or_else(unread)?;
        if text(answer, "token_type").is_some_and(|kind| kind != "bot") {
            return Err(unread());
        }
        let lives = answer["expires_in"].as_i64().filter(|seconds| *seconds > 0);
        let lives = lives.and_then(chrono::Duration::try_seconds);
        Ok(Tokens {
            bot: bot.into(),
            refresh: text(answer, "refresh_token").map(SecretString::from),
            expires_at: lives.map(|lives| self.clock.now() + lives),
        })
    }
}

fn grant(answer: &Value, tokens: Tokens) -> Option<Grant> {
    let is_organisation = answer["is_enterprise_install"] == true;
    let at = Installed {
        platform: PlatformId::Slack,
        enterprise: id(answer, "enterprise"),
        workspace: id(answer, "team").filter(|_| !is_organisation),
    };
    let place = if is_organisation {
        "enterprise"
    } else {
        "team"
    };
    let name = text(&answer[place], "name").unwrap_or(at.id());
    let own = |key: &str| text(answer, key).unwrap_or_default().to_owned();
    let scopes = own("scope");
    let scopes = scopes
        .split(',')
        .map(str::trim)
        .filter(|scope| !scope.is_empty());
    let grant = Grant {
        name: name.chars().take(100).collect(),
        app: own("app_id"),
        bot_user: text(answer, "bot_user_id")?.to_owned(),
        scopes: scopes.map(str::to_owned).collect(),
        installed_by: id(answer, "authed_user").unwrap_or_default(),
        tokens,
        at,
    };
    (!grant.at.id().is_empty()).then_some(grant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tokens() -> Tokens {
        Tokens {
            bot: "xoxb-hidden".into(),
            refresh: Some("xoxe-hidden".into()),
            expires_at: None,
        }
    }

    #[test]
    fn workspaces_and_whole_organisations_are_read_alike() {
        let workspace = json!({
            "ok": true, "app_id": "A1", "authed_user": { "id": "U1" }, "scope": "chat:write,commands", "bot_user_id": "U2",
            "team": { "id": "T1", "name": "One" }, "enterprise": null, "is_enterprise_install": false, "new": [1],
        });
        let read = grant(&workspace, tokens()).unwrap();
        assert_eq!(
            (read.at.id(), read.name.as_str(), read.scopes.len()),
            ("T1", "One", 2)
        );
        let organisation = json!({
            "app_id": "A1", "authed_user": { "id": "W1" }, "scope": "commands", "bot_user_id": "W2", "team": null,
            "enterprise": { "id": "E1", "name": "Group" }, "is_enterprise_install": true,
        });
        let read = grant(&organisation, tokens()).unwrap();
        assert!(read.at.is_organisation() && read.at.id() == "E1" && read.name == "Group");
        for bad in [
            json!({}),
            json!({ "bot_user_id": "U2" }),
            json!({ "team": "T1" }),
            json!(7),
        ] {
            assert!(grant(&bad, tokens()).is_none(), "{bad}");
        }
        let shown = format!("{read:?}");
        assert!(!shown.contains("hidden"), "{shown}");
    }
}
