//! What `doctor` finds out about tokens, scopes and the queue channel.
//!
//! Invariants: asks Slack anew, changes nothing, and each finding that is not well says how to mend it; no finding holds a secret.
//! Neighbours: `egress`, `manifest` knows the scopes that are needed.

use super::channels::{Channels, Unfit};
use crate::chat::{
    platform::Finding,
    slack::{
        api::{Api, CallError},
        files::web_client,
        hosts::Hosts,
        manifest,
        settings::{SettingsError, SlackSettings},
    },
};
use crate::domain::{
    clock::{Clock, Timestamp},
    installation::{Installation, InstallationState},
};
use secrecy::ExposeSecret;
use serde_json::Value;
use std::{sync::Arc, time::Duration};

/// Examines the connection to Slack.
#[derive(Debug, Clone)]
pub struct Examiner {
    api: Api,
    channels: Channels,
    client: reqwest::Client,
    api_url: String,
    team: Option<String>,
    home_is_configured: bool,
    has_app_token: bool,
    renews: bool,
    clock: Arc<dyn Clock>,
    limit: Duration,
}

fn finding(what: &str, sentence: Result<String, String>) -> Finding {
    Finding {
        what: what.to_owned(),
        ok: sentence.is_ok(),
        sentence: sentence.unwrap_or_else(|wrong| wrong),
    }
}

impl Examiner {
    /// For these settings.
    ///
    /// # Errors
    /// [`SettingsError::Tls`].
    pub fn new(
        settings: &SlackSettings,
        hosts: &Hosts,
        api: Api,
        channels: Channels,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SettingsError> {
        Ok(Self {
            api,
            channels,
            client: web_client(hosts, settings.timeouts.call)?,
            api_url: settings.api_url.trim_end_matches('/').to_owned(),
            team: settings.team.clone(),
            home_is_configured: settings.bot_token.is_some(),
            has_app_token: settings.app_token.is_some(),
            renews: settings.oauth.is_some(),
            clock,
            limit: settings.timeouts.call,
        })
    }

    /// All findings.
    pub async fn examine(&self, queue_channel: &str) -> Vec<Finding> {
        let (mut findings, is_well) = self.home().await;
        if is_well {
            let queue = self.queue(queue_channel).await;
            findings.push(finding("slack queue channel", queue));
        }
        if self.has_app_token {
            findings.push(finding("slack app token", self.app_token().await));
        }
        findings
    }

    /// Home's token, and whether it is well. One that was installed by OAuth is told of with the other installations; here it has to be there.
    async fn home(&self) -> (Vec<Finding>, bool) {
        let is_well = |found: &[Finding]| found.iter().all(|one| one.ok);
        if self.home_is_configured {
            let again = "install the app again and configure its new token";
            let home = self.team.as_ref();
            let found = self.token("slack", &self.api, home, again).await;
            let is_well = is_well(&found);
            return (found, is_well);
        }
        let wrong = match self.api.bearer().await {
            // A token that Slack refuses is used for nothing more: the first ordinary call would end the installation.
            Ok(_) => {
                let found = self.token("slack", &self.api, None, "").await;
                return (Vec::new(), is_well(&found));
            }
            Err(CallError::NoToken) => {
                "home is installed by OAuth, and the record cannot be read yet".to_owned()
            }
            Err(error @ CallError::NotInstalled(_)) => {
                format!("{error}; open /slack/install there")
            }
            Err(error) => error.to_string(),
        };
        (vec![finding("slack token", Err(wrong))], false)
    }

    /// An installation on record: its token and scopes, when it expires, and why it ended.
    pub async fn installation(&self, one: &Installation, api: Option<&Api>) -> Vec<Finding> {
        let of = format!("slack {}", one.at);
        let reason = one.reason.as_deref().unwrap_or("no reason was given");
        let Some(api) = api.filter(|_| one.state == InstallationState::Active) else {
            let sentence = match one.state {
                // Whether that was meant to be so is the alarm's business.
                InstallationState::Uninstalled => {
                    Ok(format!("{} took the app out ({reason})", one.name))
                }
                _ => Err(format!(
                    "Slack refuses the token for {} ({reason}); open /slack/install there, or run `secevent slack forget {}`",
                    one.name, one.at
                )),
            };
            return vec![finding(&of, sentence)];
        };
        let again = "open /slack/install there";
        let mut findings = self.token(&of, api, None, again).await;
        if let Some(expires_at) = one.expires_at {
            findings.push(finding(
                &format!("{of} expiry"),
                self.expiry(one, expires_at),
            ));
        }
        findings
    }

    fn expiry(&self, one: &Installation, expires_at: Timestamp) -> Result<String, String> {
        let when = expires_at.format("%Y-%m-%d %H:%M UTC");
        if !self.renews {
            return Err(format!(
                "the token expires at {when} and nobody renews it; set slack.oauth_client_id and slack.oauth_client_secret_file"
            ));
        }
        if one.is_due(self.clock.now()) {
            return Err(format!(
                "the token expires at {when} and should be renewed already; is `secevent serve` running?"
            ));
        }
        Ok(format!("the token expires at {when} and is renewed before"))
    }

    /// Token and scopes; `again` is how to get another token. The client hides the header that lists the scopes, so this one call is made without it.
    async fn token(&self, of: &str, api: &Api, home: Option<&String>, again: &str) -> Vec<Finding> {
        let token = format!("{of} token");
        let bearer = match api.bearer().await {
            Ok(bearer) => bearer,
            Err(error) => return vec![finding(&token, Err(error.to_string()))],
        };
        let asked = self.client.post(format!("{}/auth.test", self.api_url));
        let answer = asked
            .bearer_auth(bearer.secret.expose_secret())
            .send()
            .await;
        let Ok(answer) = answer else {
            return vec![finding(&token, Err(unreached()))];
        };
        let status = answer.status();
        let scopes = answer.headers().get("x-oauth-scopes");
        let scopes = scopes
            .and_then(|scopes| scopes.to_str().ok())
            .map(ToOwned::to_owned);
        let body: Value = match answer.bytes().await {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
            Err(_) => Value::Null,
        };
        if body["ok"] != true {
            let code = body["error"].as_str().unwrap_or("no reason");
            let wrong = if status.is_success() {
                format!("Slack refuses the bot token ({code}); {again}")
            } else {
                format!(
                    "Slack answered with status {}; try again later",
                    status.as_u16()
                )
            };
            return vec![finding(&token, Err(wrong))];
        }
        let (team, user) = (
            body["team"].as_str().unwrap_or("?"),
            body["user"].as_str().unwrap_or("?"),
        );
        let ids = [&body["team_id"], &body["enterprise_id"]];
        let is_home = |wanted: &String| ids.iter().any(|id| id.as_str() == Some(wanted));
        let installed = match home.filter(|wanted| !is_home(wanted)) {
            Some(wanted) => Err(format!(
                "the bot {user} is installed in {team}, which is not {wanted}; configure the token of the right workspace, or slack.team"
            )),
            None => Ok(format!("the bot {user} is installed in {team}")),
        };
        let mut findings = vec![finding(&token, installed)];
        findings.extend(
            missing(scopes.as_deref())
                .into_iter()
                .map(|said| finding(&format!("{of} scopes"), said)),
        );
        findings
    }

    async fn queue(&self, channel: &str) -> Result<String, String> {
        match self.channels.look(channel).await {
            Ok(()) => Ok(format!(
                "the queue channel {channel} is private, not shared outside, and the app is in it"
            )),
            Err(Unfit::Because(why)) => Err(why),
            Err(Unfit::Unknown(error)) => Err(mend(&error)),
        }
    }

    async fn app_token(&self) -> Result<String, String> {
        match self.api.open_connection(self.limit).await {
            Ok(_) => Ok("Socket Mode can be connected".to_owned()),
            // Slack allows few of these calls a minute; being limited proves the token.
            Err(CallError::Limited(_)) => Ok("Slack knows the app token".to_owned()),
            Err(error) if error.code().is_some() => Err(format!(
                "Slack refuses the app token ({error}); turn Socket Mode on and make an app-level token with connections:write"
            )),
            Err(error) => Err(mend(&error)),
        }
    }
}

fn unreached() -> String {
    "Slack cannot be reached; check the network, the proxy and slack.api_url".to_owned()
}

fn mend(error: &CallError) -> String {
    match error {
        CallError::Refused { .. } => {
            format!(
                "{error}; compare the app's scopes with `secevent manifest slack` and install it again"
            )
        }
        CallError::Unreached | CallError::Lost { .. } => unreached(),
        _ => format!("{error}; try again later"),
    }
}

/// One line for each scope that is missing: what stops working without it, and how to give it.
fn missing(scopes: Option<&str>) -> Vec<Result<String, String>> {
    let Some(scopes) = scopes else {
        return vec![Err("Slack did not say which scopes the token has; compare them with `secevent manifest slack`".to_owned())];
    };
    let has: Vec<&str> = scopes.split(',').map(str::trim).collect();
    let missing: Vec<Result<String, String>> = manifest::BOT_SCOPES
        .iter()
        .filter(|scope| !has.contains(&scope.name))
        .map(|scope| {
            Err(format!(
                "the token lacks {}: without it {}; update the app with `secevent manifest slack` and install it again",
                scope.name, scope.without
            ))
        })
        .collect();
    if missing.is_empty() {
        return vec![Ok("the token has every scope that is needed".to_owned())];
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_scopes_are_named() {
        let all: Vec<&str> = manifest::BOT_SCOPES
            .iter()
            .map(|scope| scope.name)
            .collect();
        let well = |said: Vec<Result<String, String>>| said.iter().all(Result::is_ok);
        assert!(well(missing(Some(&all.join(",")))));
        assert!(well(missing(Some(&all.join(", ")))));
        let why = missing(Some(&all[2..].join(",")));
        assert_eq!(why.len(), 2, "a line for each");
        for (why, scope) in why.into_iter().zip(manifest::BOT_SCOPES) {
            let why = why.unwrap_err();
            assert!(
                why.contains(scope.name) && why.contains(scope.without),
                "{why}"
            );
        }
        assert!(!well(missing(None)));
    }
}
