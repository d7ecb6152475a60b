//! The Web API client: the one place that names slack_morphism.
//!
//! Invariants: every call ends within a limit of ours; no call is retried or paced here (the outbox does that), so the crate's rate
//! control stays off; an error says whether the call may have taken effect, and never carries a body or a token. Reads are GET with a
//! query and writes are POST with JSON, as the crate does it. Why raw calls: `docs/decisions/slack-client.md`.
//! Neighbours: `egress`, `people`, `snapshot`, `responses`, `socket`.

use super::{
    hosts::Hosts,
    settings::{SettingsError, SlackSettings},
};
use crate::{
    chat::installations::{Installations, Refusing},
    domain::{ids::InstallationId, installation::Installation, person::PlatformId},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use slack_morphism::errors::SlackClientError;
use slack_morphism::prelude::{
    SlackApiToken, SlackApiTokenValue, SlackClient, SlackClientHyperConnector,
    SlackClientHyperHttpsConnector,
};
use std::{fmt, sync::Arc, time::Duration};

/// Why a call gave no answer that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// 429.
    #[error("Slack limits this method")]
    Limited(Option<Duration>),
    /// Slack said no, with its own word.
    #[error("Slack answered {code}{}", list(.details))]
    Refused {
        /// The word, such as `channel_not_found`.
        code: String,
        /// What Slack adds, such as the place in a block.
        details: Vec<String>,
    },
    /// An HTTP status that is neither success nor 429.
    #[error("Slack answered with status {0}")]
    Status(u16),
    /// No connection came about: the call had no effect.
    #[error("Slack could not be reached")]
    Unreached,
    /// The connection broke, or the time was over, after the call may have been read.
    #[error("no answer from Slack{}", if *.timeout { " in time" } else { ": the connection broke" })]
    Lost {
        /// Whether our limit ended it.
        timeout: bool,
    },
    /// The answer was no JSON.
    #[error("Slack's answer could not be read")]
    Garbled,
    /// The call needs a token that is not configured.
    #[error("no token is configured for this")]
    NoToken,
    /// The bot is not installed where the call would go, or not any more.
    #[error("the bot is not installed in {0}")]
    NotInstalled(String),
    /// The installation's token is not at hand now.
    #[error("the installation's token is not at hand: {0}")]
    Unasked(String),
}

/// Words by which Slack refuses a token itself.
const TOKEN_WORDS: [&str; 5] = [
    "account_inactive",
    "invalid_auth",
    "not_authed",
    "token_expired",
    "token_revoked",
];

/// Where the token of a call comes from.
#[derive(Clone)]
enum Token {
    /// The settings.
    Settings(SecretString),
    /// Whatever is installed at home; nothing yet, perhaps.
    Home {
        of: Arc<dyn Installations>,
        place: String,
    },
    /// No token was configured.
    None,
    /// An installation on record; asked for each call, so that a renewed one is used at once.
    Installation {
        of: Arc<dyn Installations>,
        id: InstallationId,
        place: String,
    },
}

/// A token for one call.
pub(super) struct Bearer {
    pub(super) secret: SecretString,
    /// Of which installation it is and under which epoch, if it is one's.
    installed: Option<(InstallationId, u64)>,
}

fn list(details: &[String]) -> String {
    if details.is_empty() {
        String::new()
    } else {
        format!(" ({})", details.join("; "))
    }
}

impl CallError {
    /// Slack's own word, if it gave one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            _ => None,
        }
    }

    /// Whether a form's trigger was too old or used up: the person has to press again.
    #[must_use]
    pub fn is_trigger(&self) -> bool {
        // Five names of one thing are in use.
        matches!(
            self.code(),
            Some(
                "trigger_expired"
                    | "trigger_exchanged"
                    | "expired_trigger_id"
                    | "exchanged_trigger_id"
                    | "invalid_trigger_id"
            )
        )
    }
}

/// The client. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    client: Arc<SlackClient<SlackClientHyperHttpsConnector>>,
    token: Token,
    app_token: Option<SecretString>,
    limit: Duration,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

fn token(secret: &SecretString) -> SlackApiToken {
    SlackApiToken::new(SlackApiTokenValue(secret.expose_secret().to_owned()))
}

impl Api {
    /// A client for these settings.
    ///
    /// # Errors
    /// [`SettingsError`] when the machine has no CA certificates.
    pub fn new(settings: &SlackSettings, hosts: &Hosts) -> Result<Self, SettingsError> {
        // One connector type for production and for an API on this machine; `hosts` and `settings` decide what it may reach.
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(hosts.tls()?)
            .https_or_http()
            .enable_http1()
            .enable_http2()
            .build();
        let connector = SlackClientHyperConnector::with_connector(connector)
            .with_slack_api_url(settings.api_url.trim_end_matches('/'));
        Ok(Self {
            client: Arc::new(SlackClient::new(connector)),
            token: settings
                .bot_token
                .clone()
                .map_or(Token::None, Token::Settings),
            app_token: settings.app_token.clone(),
            limit: settings.timeouts.call,
        })
    }

    /// The same client with the token of whatever is installed at home.
    #[must_use]
    pub fn of_home(&self, of: Arc<dyn Installations>, place: &str) -> Self {
        Self {
            token: Token::Home {
                of,
                place: place.to_owned(),
            },
            ..self.clone()
        }
    }

    /// The same client with an installation's token.
    #[must_use]
    pub fn of_installation(&self, of: Arc<dyn Installations>, one: &Installation) -> Self {
        Self {
            token: Token::Installation {
                of,
                id: one.id,
                place: one.at.to_string(),
            },
            ..self.clone()
        }
    }

    /// The token for a call that is made elsewhere.
    pub(super) async fn bearer(&self) -> Result<Bearer, CallError> {
        let (of, id, place) = match &self.token {
            Token::None => return Err(CallError::NoToken),
            Token::Settings(secret) => {
                return Ok(Bearer {
                    secret: secret.clone(),
                    installed: None,
                });
            }
            Token::Home { of, place } => {
                let found = of.of(PlatformId::Slack, place).await;
                let found = found.map_err(|why| CallError::Unasked(why.0))?;
                let one = found.iter().find(|one| one.at.id() == place);
                let one = one.ok_or_else(|| CallError::NotInstalled(place.clone()))?;
                (of, one.id, place)
            }
            Token::Installation { of, id, place } => (of, *id, place),
        };
        let found = of
            .token(id)
            .await
            .map_err(|why| CallError::Unasked(why.0))?;
        let (secret, epoch) = found.ok_or_else(|| CallError::NotInstalled(place.clone()))?;
        Ok(Bearer {
            secret,
            installed: Some((id, epoch)),
        })
    }

    /// Tells the record when an installation's token is refused. A token that is renewed now makes the call one to try again.
    async fn noted(
        &self,
        bearer: &Bearer,
        answer: Result<Value, CallError>,
    ) -> Result<Value, CallError> {
        let (Token::Home { of, .. } | Token::Installation { of, .. }, Some((id, epoch))) =
            (&self.token, bearer.installed)
        else {
            return answer;
        };
        let Err(error) = answer else { return answer };
        let Some(word) = error.code().filter(|word| TOKEN_WORDS.contains(word)) else {
            return Err(error);
        };
        match of.refused(id, epoch, word).await {
            Ok(Refusing::Ended) => Err(error),
            Ok(Refusing::Again) => Err(CallError::Unasked("it is being renewed".to_owned())),
            Err(why) => Err(CallError::Unasked(why.0)),
        }
    }

    /// A read.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn get(&self, method: &str, args: &[(&str, &str)]) -> Result<Value, CallError> {
        let bearer = self.bearer().await?;
        let token = token(&bearer.secret);
        let session = self.client.open_session(&token);
        let args: Vec<(&str, Option<&str>)> = args
            .iter()
            .map(|(key, value)| (*key, Some(*value)))
            .collect();
        let call = session.http_session_api.http_get(method, &args, None);
        let answer = within(self.limit, call).await;
        self.noted(&bearer, answer).await
    }

    /// A write.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn post(&self, method: &str, body: &Value) -> Result<Value, CallError> {
        self.post_within(self.limit, method, body).await
    }

    /// A write with a limit of its own.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn post_within(
        &self,
        limit: Duration,
        method: &str,
        body: &Value,
    ) -> Result<Value, CallError> {
        let bearer = self.bearer().await?;
        let answer = self.post_as(&bearer.secret, limit, method, body).await;
        self.noted(&bearer, answer).await
    }

    /// Asks for the address of a Socket Mode connection, with the app's token.
    ///
    /// # Errors
    /// [`CallError`]; [`CallError::NoToken`] when there is no app token.
    pub async fn open_connection(&self, limit: Duration) -> Result<String, CallError> {
        let app_token = self.app_token.as_ref().ok_or(CallError::NoToken)?;
        let body = Value::Object(serde_json::Map::new());
        let answer = self
            .post_as(app_token, limit, "apps.connections.open", &body)
            .await?;
        answer["url"]
            .as_str()
            .map(ToOwned::to_owned)
            .ok_or(CallError::Garbled)
    }

    async fn post_as(
        &self,
        secret: &SecretString,
        limit: Duration,
        method: &str,
        body: &Value,
    ) -> Result<Value, CallError> {
        let token = token(secret);
        let session = self.client.open_session(&token);
        let call = session.http_session_api.http_post(method, body, None);
        within(limit, call).await
    }
}

async fn within(
    limit: Duration,
    call: impl Future<Output = Result<Value, SlackClientError>>,
) -> Result<Value, CallError> {
    match tokio::time::timeout(limit, call).await {
        Err(_) => Err(CallError::Lost { timeout: true }),
        Ok(Err(error)) => Err(classify(&error)),
        // A 200 that is not JSON comes as `{}`: nothing that Slack says.
        Ok(Ok(answer)) if answer["ok"] != true => Err(CallError::Garbled),
        Ok(Ok(answer)) => Ok(answer),
    }
}

/// The crate's errors carry bodies; only codes and statuses leave this function.
fn classify(error: &SlackClientError) -> CallError {
    match error {
        SlackClientError::RateLimitError(limited) => CallError::Limited(limited.retry_after),
        SlackClientError::ApiError(api) if api.code == "ratelimited" => CallError::Limited(None),
        SlackClientError::ApiError(api) => CallError::Refused {
            code: capped(&api.code, 100),
            details: details(api.http_response_body.as_deref(), api.errors.as_deref()),
        },
        SlackClientError::HttpError(http) => CallError::Status(http.status_code.as_u16()),
        SlackClientError::ProtocolError(_) => CallError::Garbled,
        SlackClientError::HttpProtocolError(protocol) => {
            let unreached = protocol
                .cause
                .as_ref()
                .and_then(|cause| cause.downcast_ref::<hyper_util::client::legacy::Error>())
                .is_some_and(hyper_util::client::legacy::Error::is_connect);
            if unreached {
                CallError::Unreached
            } else {
                CallError::Lost { timeout: false }
            }
        }
        _ => CallError::Lost { timeout: false },
    }
}

/// `errors`, the messages of `response_metadata` and the scope that is missing: what a human needs to mend it.
fn details(body: Option<&str>, errors: Option<&[String]>) -> Vec<String> {
    let body: Value = body
        .and_then(|body| serde_json::from_str(body).ok())
        .unwrap_or_default();
    let messages = body["response_metadata"]["messages"].as_array();
    let messages = messages.into_iter().flatten().filter_map(Value::as_str);
    let needed = body["needed"]
        .as_str()
        .map(|scope| format!("needed: {scope}"));
    let errors = errors.unwrap_or_default().iter().cloned();
    errors
        .chain(messages.map(ToOwned::to_owned))
        .chain(needed)
        .take(10)
        .map(|detail| capped(&detail, 200))
        .collect()
}

fn capped(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_five_names_of_a_spent_trigger_are_one() {
        let refused = |code: &str| CallError::Refused {
            code: code.to_owned(),
            details: Vec::new(),
        };
        for code in [
            "trigger_expired",
            "trigger_exchanged",
            "expired_trigger_id",
            "exchanged_trigger_id",
            "invalid_trigger_id",
        ] {
            assert!(refused(code).is_trigger(), "{code}");
        }
        assert!(!refused("invalid_arguments").is_trigger());
        assert!(!CallError::Unreached.is_trigger());
    }

    #[test]
    fn what_slack_adds_is_kept_and_capped() {
        let body = r#"{"ok":false,"error":"missing_scope","needed":"groups:read","response_metadata":{"messages":["[ERROR] at /blocks/0"]}}"#;
        assert_eq!(
            details(Some(body), Some(&["a".repeat(300)])),
            [
                "a".repeat(200),
                "[ERROR] at /blocks/0".to_owned(),
                "needed: groups:read".to_owned()
            ]
        );
        assert_eq!(details(Some("no json"), None), Vec::<String>::new());
    }
}
