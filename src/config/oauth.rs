//! The part of Slack's section that is about more than one installation: the keys that seal tokens, and OAuth.
//!
//! Invariants: tokens of others are kept only under a key; strangers are kept out by a list that cannot be left out; the client secret goes
//! to the host of the Web API and nowhere else. Neighbours: `slack` decides the rest of the section; `chat/slack/oauth` serves the pages.

use super::{
    database::is_loopback,
    desk::Desk,
    raw::Environment,
    settings::OAuthConfig,
    slack::{is_id, is_slack},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret, SecretString};
use std::{collections::BTreeSet, path::PathBuf};
use url::Url;

/// Where Slack sends browsers back to, below our own address.
pub const REDIRECT_PATH: &str = "/slack/oauth";
/// Slack's page where people consent.
const AUTHORIZE_URL: &str = "https://slack.com/oauth/v2/authorize";

/// A secret, in the settings or in a file.
type Secret = (Option<SecretString>, Option<PathBuf>);

/// As it is written.
pub(super) struct Given {
    pub(super) token_key: Secret,
    pub(super) token_key_before: Secret,
    pub(super) client_id: Option<String>,
    pub(super) client_secret: Secret,
    pub(super) redirect_url: Option<String>,
    pub(super) allowed: Option<String>,
    pub(super) authorize_url: Option<String>,
}

/// Decided.
pub(super) struct Installs {
    pub(super) token_keys: Vec<SecretString>,
    pub(super) oauth: Option<OAuthConfig>,
}

/// The keys and OAuth, as far as they are there.
pub(super) fn decide(desk: &mut Desk<'_>, given: Given, api_url: Option<&Url>) -> Installs {
    let is_there = |secret: &Secret| secret.0.is_some() || secret.1.is_some();
    let has_key = is_there(&given.token_key);
    if is_there(&given.token_key_before) && !has_key {
        desk.refuse(
            "slack.token_key_before",
            "there is a key from before, and none for now",
            "Set slack.token_key_file, or remove this one",
        );
    }
    let wants_oauth = given.client_id.is_some()
        || is_there(&given.client_secret)
        || given.redirect_url.is_some()
        || given.allowed.is_some()
        || given.authorize_url.is_some();
    if wants_oauth && !has_key {
        desk.refuse(
            "slack.token_key",
            "what others install must be sealed before it is stored, and there is no key",
            "Set slack.token_key_file; make the key with: openssl rand -hex 32",
        );
    }
    let mut token_keys = Vec::new();
    token_keys.extend(key(desk, "slack.token_key", given.token_key));
    token_keys.extend(key(desk, "slack.token_key_before", given.token_key_before));
    if !wants_oauth {
        return Installs {
            token_keys,
            oauth: None,
        };
    }
    let client_id = needed(
        desk,
        "slack.oauth_client_id",
        given.client_id,
        "the client id is missing",
        "It is shown under Basic Information",
    );
    let has_secret = is_there(&given.client_secret);
    let (inline, file) = given.client_secret;
    let client_secret = desk.secret("slack.oauth_client_secret", inline, file);
    if !has_secret {
        desk.refuse(
            "slack.oauth_client_secret",
            "the client secret is missing",
            "Set slack.oauth_client_secret_file; the secret is shown under Basic Information",
        );
    }
    let redirect_url = redirect_url(desk, given.redirect_url);
    let allowed = allowed(desk, given.allowed);
    let authorize_url = authorize_url(desk, given.authorize_url, api_url);
    let oauth = (|| {
        Some(OAuthConfig {
            client_id: client_id?,
            client_secret: client_secret?,
            redirect_url: redirect_url?,
            authorize_url: authorize_url?,
            allowed: allowed?,
        })
    })();
    Installs { token_keys, oauth }
}

fn needed(
    desk: &mut Desk<'_>,
    key: &str,
    value: Option<String>,
    what: &str,
    way_out: &str,
) -> Option<String> {
    let value = value.filter(|value| !value.trim().is_empty());
    if value.is_none() {
        desk.refuse(key, what, way_out);
    }
    value
}

/// A key of 32 bytes, hex or base64, as hex.
fn key(desk: &mut Desk<'_>, name: &str, (inline, file): Secret) -> Option<SecretString> {
    let secret = desk.secret(name, inline, file)?;
    let text = secret.expose_secret();
    let bytes = hex::decode(text)
        .ok()
        .or_else(|| STANDARD.decode(text).ok());
    match bytes.filter(|bytes| bytes.len() == 32) {
        Some(bytes) => Some(hex::encode(bytes).into()),
        None => {
            desk.refuse(
                name,
                "this is no key of 32 bytes",
                "Write 64 hex digits (openssl rand -hex 32), or 32 bytes in base64",
            );
            None
        }
    }
}

fn redirect_url(desk: &mut Desk<'_>, text: Option<String>) -> Option<Url> {
    const KEY: &str = "slack.oauth_redirect_url";
    let way_out =
        format!("Write https://your.host{REDIRECT_PATH}, where a TLS proxy stands before `listen`");
    let text = needed(
        desk,
        KEY,
        text,
        "the address that Slack sends browsers back to is missing",
        &way_out,
    )?;
    let plain = |url: &Url| {
        url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
            && url.path() == REDIRECT_PATH
    };
    let Some(url) = Url::parse(&text).ok().filter(plain) else {
        desk.refuse(KEY, "this is not the address of our own page", way_out);
        return None;
    };
    let trial = matches!(desk.environment, Environment::Test | Environment::Demo);
    if url.scheme() != "https" && !(trial && url.scheme() == "http" && is_loopback(&url)) {
        desk.refuse(
            KEY,
            "a code that gets a token would cross a network in the clear",
            way_out,
        );
        return None;
    }
    Some(url)
}

fn allowed(desk: &mut Desk<'_>, text: Option<String>) -> Option<BTreeSet<String>> {
    const KEY: &str = "slack.oauth_allowed";
    let way_out = "Write the ids of the workspaces (T...) and organisations (E...) that may install the bot, with commas between them";
    let text = needed(
        desk,
        KEY,
        text,
        "nobody is allowed to install the bot",
        way_out,
    )?;
    let ids = text.split([',', ' ']).filter(|id| !id.is_empty());
    let ids: BTreeSet<String> = ids.map(str::to_owned).collect();
    if ids.is_empty() || !ids.iter().all(|id| is_id(id, &['T', 'E'])) {
        desk.refuse(
            KEY,
            "not all of these are ids of workspaces or organisations",
            way_out,
        );
        return None;
    }
    Some(ids)
}

fn authorize_url(desk: &mut Desk<'_>, text: Option<String>, api_url: Option<&Url>) -> Option<Url> {
    const KEY: &str = "slack.oauth_authorize_url";
    let usual = format!("Remove it; \"{AUTHORIZE_URL}\" is the default");
    let url = Url::parse(text.as_deref().unwrap_or(AUTHORIZE_URL)).ok();
    let fits = |url: &Url| {
        let is_stand_in = api_url.is_some_and(|api| {
            is_loopback(api) && url.scheme() == "http" && url.origin() == api.origin()
        });
        url.query().is_none() && (is_slack(url) || is_stand_in)
    };
    let url = url.filter(fits);
    if url.is_none() {
        desk.refuse(
            KEY,
            "this is neither Slack's page nor that of the stand-in at slack.api_url",
            usual,
        );
    }
    url
}

#[cfg(test)]
mod tests;
