//! Installing the bot by OAuth: the page that sends a browser to Slack, and the page that it comes back to.
//!
//! Invariants: a state is random, bound to the browser by a cookie, lives ten minutes and is used once; only who is on the list may install,
//! and what others granted is given back; no code, token or secret is logged, shown or kept in the clear; what is asked after the answer of
//! Slack runs shielded, so that who closes the page loses nothing. Why so: `docs/decisions/slack-installations.md`.
//! Neighbours: `access` asks Slack, `chat::installations` keeps, `app` serves the routes on the platforms' listener.

pub mod access;
mod page;
pub mod rotation;

use super::{branches::Branches, manifest};
use crate::{
    chat::installations::Installations,
    config::OAuthConfig,
    domain::{
        clock::Entropy,
        installation::{Grant, StateUse},
    },
    runtime::Runtime,
};
use access::{Access, AccessError};
use axum::{
    Router,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use page::{Page, put, quiet};
use sha2::{Digest, Sha256};
use std::{sync::Arc, time::Duration};
use subtle::ConstantTimeEq;

/// How long somebody may take to consent.
const LIVES: Duration = Duration::from_secs(600);
/// Most bytes of a query that is read.
const MOST_QUERY: usize = 4_096;

/// The two pages.
#[derive(Debug, Clone)]
pub struct Install {
    pub(super) oauth: OAuthConfig,
    pub(super) access: Access,
    pub(super) of: Arc<dyn Installations>,
    pub(super) branches: Branches,
    pub(super) home_is_configured: bool,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) runtime: Runtime,
}

impl Install {
    /// `/slack/install` and `/slack/oauth`.
    pub fn router(self) -> Router {
        Router::new()
            .route("/slack/install", get(begin))
            .route("/slack/oauth", get(end))
            .with_state(self)
    }

    fn is_https(&self) -> bool {
        self.oauth.redirect_url.scheme() == "https"
    }

    /// A browser takes a `__Host-` cookie over HTTPS only, from this very host, for the whole of it.
    fn cookie_name(&self) -> &'static str {
        if self.is_https() {
            "__Host-secevent-install"
        } else {
            "secevent-install"
        }
    }

    fn cookie(&self, state: &str, lives: Duration) -> String {
        let secure = if self.is_https() { "; Secure" } else { "" };
        format!(
            "{}={state}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{secure}",
            self.cookie_name(),
            lives.as_secs()
        )
    }

    async fn sent_to_slack(&self) -> Response {
        let mut random = [0_u8; 32];
        self.entropy.fill(&mut random);
        let state = hex::encode(random);
        if let Err(error) = self.of.begin(hash(&state), LIVES).await {
            tracing::warn!(%error, "an install could not begin");
            let page = Page::new(StatusCode::SERVICE_UNAVAILABLE, "Not now")
                .says("The install could not begin. Nothing was changed. Please try again in some minutes.");
            return page.respond(None);
        }
        let scopes: Vec<&str> = manifest::BOT_SCOPES
            .iter()
            .map(|scope| scope.name)
            .collect();
        let mut address = self.oauth.authorize_url.clone();
        address
            .query_pairs_mut()
            .append_pair("client_id", &self.oauth.client_id)
            .append_pair("scope", &scopes.join(","))
            .append_pair("redirect_uri", self.oauth.redirect_url.as_str())
            .append_pair("state", &state);
        let mut response = StatusCode::FOUND.into_response();
        quiet(&mut response);
        put(&mut response, header::LOCATION, Some(address.as_str()));
        put(
            &mut response,
            header::SET_COOKIE,
            Some(&self.cookie(&state, LIVES)),
        );
        response
    }

    async fn came_back(&self, given: &Given, cookie: Option<&str>) -> Page {
        let is_ours = given
            .state
            .as_deref()
            .zip(cookie)
            .is_some_and(|(state, cookie)| {
                !state.is_empty() && bool::from(state.as_bytes().ct_eq(cookie.as_bytes()))
            });
        let Some(state) = given.state.as_deref().filter(|_| is_ours) else {
            return not_begun(
                "This browser did not begin the install here, or took longer than ten minutes.",
            );
        };
        match self.of.state(hash(state)).await {
            Ok(StateUse::Good) => {}
            Ok(StateUse::Used) => {
                return not_begun("This install was ended already; a page like this works once.");
            }
            Ok(StateUse::Expired) => {
                return not_begun("This install took longer than ten minutes.");
            }
            Ok(StateUse::Unknown) => return not_begun("Nobody began this install here."),
            Err(error) => return not_stored(&error),
        }
        if let Some(word) = &given.error {
            tracing::info!(word, "an install was not consented to");
            let why = if word == "access_denied" {
                "Somebody said no on Slack's page.".to_owned()
            } else {
                format!("Slack says: {word}.")
            };
            return Page::new(StatusCode::OK, "Not installed")
                .says(why)
                .says("Nothing was changed. To begin again, open /slack/install.");
        }
        let Some(code) = &given.code else {
            return not_begun("Slack sent no code.");
        };
        match self.access.exchange(code).await {
            Ok(grant) => self.granted(grant).await,
            Err(AccessError::Refused(word)) => {
                tracing::warn!(word, "Slack refused a code");
                Page::new(StatusCode::BAD_GATEWAY, "Not installed")
                    .says(format!("Slack refused the code that it gave this browser: {word}."))
                    .says("A code works once and for ten minutes. To begin again, open /slack/install. If it stays so, compare client id, client secret and redirect URL of the settings with the app's.")
            }
            Err(AccessError::Unanswered(why)) => {
                tracing::warn!(why, "Slack did not exchange a code");
                Page::new(StatusCode::BAD_GATEWAY, "Not installed")
                    .says(format!("{why}."))
                    .says("Nothing was stored. Please begin again in some minutes: open /slack/install.")
            }
        }
    }

    async fn granted(&self, grant: Grant) -> Page {
        let at = grant.at.clone();
        let is_allowed = self.oauth.allowed.iter().any(|one| at.is_in(one));
        if !is_allowed {
            self.access.give_back(&grant.tokens.bot).await;
            return self.refused(&grant, "it is not on the list of who may install", "Whoever runs this bot can put it on the list (slack.oauth_allowed) and begin again. What Slack granted was given back and is not kept.").await;
        }
        if self.home_is_configured {
            match self.branches.home().homes.ask().await {
                // Its token is the one of the settings, so it is not given back.
                Ok(home)
                    if home.workspace == at.id()
                        || home.is_organisation && home.enterprise.as_deref() == Some(at.id()) =>
                {
                    return self.refused(&grant, "it is home, whose token stands in the settings", "Whoever runs this bot can remove slack.bot_token from the settings, name this place in slack.team, and begin again.").await;
                }
                // Whether this is home is not known. A token that Slack refuses says so, and leaves home to be installed elsewhere.
                Err(error) if error.code().is_none() => {
                    tracing::warn!(%error, place = %at, "an install was not stored, because nobody knows whether it is home");
                    return Page::new(StatusCode::BAD_GATEWAY, "Not installed")
                        .says(format!("Slack did not say which workspace is home: {error}."))
                        .says("Nothing was stored. Please begin again in some minutes: open /slack/install.");
                }
                Ok(_) | Err(_) => {}
            }
        }
        let scopes: Vec<&str> = manifest::BOT_SCOPES
            .iter()
            .map(|scope| scope.name)
            .filter(|scope| !grant.scopes.iter().any(|has| has == scope))
            .collect();
        let name = grant.name.clone();
        match self.of.installed(grant).await {
            Err(error) => not_stored(&error),
            Ok(_) => {
                tracing::info!(place = %at, "the bot was installed");
                let page = Page::new(StatusCode::OK, format!("Installed in {name}"))
                    .says(format!("People in {name} ({at}) can report now: /secevent, or a direct message to the bot."))
                    .says("Invite the bot to the channels where a reaction or a mention should report something. Cases are worked on where they were before.");
                if scopes.is_empty() {
                    page
                } else {
                    page.says(format!("Slack did not grant all that is needed; these are missing: {}. Install it again with the present manifest.", scopes.join(", ")))
                }
            }
        }
    }

    async fn refused(&self, grant: &Grant, why: &str, way_out: &str) -> Page {
        tracing::warn!(place = %grant.at, why, "an install was refused");
        if let Err(error) = self.of.install_refused(grant, why).await {
            tracing::warn!(%error, "a refused install could not be put on the record");
        }
        Page::new(StatusCode::FORBIDDEN, "Not installed")
            .says(format!(
                "The bot cannot be installed in {} ({}): {why}.",
                grant.name, grant.at
            ))
            .says(way_out)
    }
}

async fn begin(State(install): State<Install>) -> Response {
    let runtime = install.runtime.clone();
    runtime
        .scope(async move { install.sent_to_slack().await })
        .await
}

async fn end(
    State(install): State<Install>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let runtime = install.runtime.clone();
    let given = Given::read(query.as_deref().unwrap_or_default());
    let cookie = cookie(&headers, install.cookie_name());
    let over = install.cookie("", Duration::ZERO);
    let work = runtime.shield("slack install", async move {
        install.came_back(&given, cookie.as_deref()).await
    });
    let page = work.await.unwrap_or_else(|_| {
        Page::new(StatusCode::INTERNAL_SERVER_ERROR, "Not installed")
            .says("Something of ours broke. Please begin again: open /slack/install.")
    });
    page.respond(Some(&over))
}

fn not_begun(why: &str) -> Page {
    Page::new(StatusCode::BAD_REQUEST, "Not installed")
        .says(why)
        .says("Nothing was changed. To begin again, open /slack/install in this browser.")
}

fn not_stored(error: &impl std::fmt::Display) -> Page {
    tracing::error!(%error, "an install could not be stored");
    Page::new(StatusCode::SERVICE_UNAVAILABLE, "Not installed").says(
        "The install could not be stored. Please begin again in some minutes: open /slack/install.",
    )
}

/// What a browser brought back.
#[derive(Default)]
struct Given {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
}

impl Given {
    fn read(query: &str) -> Self {
        let mut given = Self::default();
        if query.len() > MOST_QUERY {
            return given;
        }
        for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match &*key {
                "code" => given.code = Some(value.into_owned()),
                "state" => given.state = Some(value.into_owned()),
                "error" => {
                    let word = value
                        .chars()
                        .filter(|c| c.is_ascii_alphanumeric() || *c == '_');
                    given.error = Some(word.take(60).collect());
                }
                _ => {}
            }
        }
        given
    }
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter();
    let pairs = all
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'));
    let mut pairs = pairs.filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

fn hash(state: &str) -> String {
    hex::encode(Sha256::digest(state.as_bytes()))
}
