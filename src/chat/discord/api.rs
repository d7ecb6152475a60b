//! The REST client: every call to Discord's API goes through here.
//!
//! Invariants: every call ends within a limit of ours and its answer is capped; redirects are not followed; no call is retried or paced
//! here (the outbox does that), but a call that Discord said it would refuse is not made; an error holds no address, no body and no token,
//! because the address of an interaction is a secret. Neighbours: `rate` keeps what is limited, `egress`, `files`, and all of the inbound side.

use super::{
    hosts::Hosts,
    rate::{Held, Rate, Route},
    settings::{DiscordSettings, SettingsError},
};
use crate::domain::clock::Clock;
use reqwest::{Method, RequestBuilder, Response, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::{fmt, sync::Arc, time::Duration};
use url::Url;

/// Most bytes of an answer: a hundred messages with all their embeds are about half of it.
const ANSWER_BYTES: usize = 4 * 1024 * 1024;
/// Most details of a refusal, and most characters of each.
const DETAILS: usize = 10;
const DETAIL: usize = 200;

/// Why a call gave no answer that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// 429, or a limit that is known to hold: then nothing was sent.
    #[error("Discord limits {}", if *.global { "this bot" } else { "this call" })]
    Limited {
        /// How long.
        after: Duration,
        /// Every call of this bot.
        global: bool,
    },
    /// Discord said no.
    #[error("Discord answered {code} with status {status}{}", list(.details))]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Discord's own code, such as 50007; 0 where it gave none.
        code: u64,
        /// Which places of a message are refused, and by which rule. Discord's sentence if there are none.
        details: Vec<String>,
    },
    /// An HTTP status without a word of Discord's.
    #[error("Discord answered with status {0}")]
    Status(u16),
    /// No connection came about: the call had no effect.
    #[error("Discord could not be reached")]
    Unreached,
    /// The connection broke, or the time was over, after the call may have been read.
    #[error("no answer from Discord{}", if *.timeout { " in time" } else { ": the connection broke" })]
    Lost {
        /// Whether our limit ended it.
        timeout: bool,
    },
    /// The answer was no JSON, or too long.
    #[error("Discord's answer could not be read")]
    Garbled,
}

fn list(details: &[String]) -> String {
    if details.is_empty() {
        String::new()
    } else {
        format!(" ({})", details.join("; "))
    }
}

impl CallError {
    /// Discord's own code, if it gave one.
    #[must_use]
    pub const fn code(&self) -> Option<u64> {
        match self {
            Self::Refused { code, .. } if *code != 0 => Some(*code),
            _ => None,
        }
    }

    /// The HTTP status, if there was an answer that refused.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } | Self::Status(status) => Some(*status),
            _ => None,
        }
    }
}

/// The client. Cheap to clone; clones share what is known of limits.
#[derive(Clone)]
pub struct Api {
    client: reqwest::Client,
    base: Url,
    token: SecretString,
    respond: Duration,
    rate: Arc<Rate>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("respond", &self.respond)
            .finish_non_exhaustive()
    }
}

impl Api {
    /// A client for these settings.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn new(settings: &DiscordSettings, clock: Arc<dyn Clock>) -> Result<Self, SettingsError> {
        let base = settings.api()?;
        Ok(Self {
            client: Hosts::new(base.clone()).client(settings.timeouts.call)?,
            base,
            token: settings.bot_token.clone(),
            respond: settings.timeouts.respond,
            rate: Arc::default(),
            clock,
        })
    }

    /// A read. The path is given by its steps: `["channels", id, "messages"]`.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Value, CallError> {
        self.call(Method::GET, path, query, None).await
    }

    /// A write.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn post(&self, path: &[&str], body: &Value) -> Result<Value, CallError> {
        self.call(Method::POST, path, &[], Some(body)).await
    }

    /// A change.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn patch(&self, path: &[&str], body: &Value) -> Result<Value, CallError> {
        self.call(Method::PATCH, path, &[], Some(body)).await
    }

    /// A replacement.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn put(&self, path: &[&str], body: &Value) -> Result<Value, CallError> {
        self.call(Method::PUT, path, &[], Some(body)).await
    }

    /// A removal.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn delete(&self, path: &[&str]) -> Result<Value, CallError> {
        self.call(Method::DELETE, path, &[], None).await
    }

    /// The one initial answer to an interaction. It needs no token of the bot and falls under none of its limits; the interaction's own
    /// token is a secret, so it stands in no log, error or route.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn respond(
        &self,
        interaction: &str,
        token: &SecretString,
        body: &Value,
    ) -> Result<(), CallError> {
        let url = self.url(&[
            "interactions",
            interaction,
            token.expose_secret(),
            "callback",
        ]);
        let request = self.client.post(url).timeout(self.respond);
        let (status, headers, body) = send(request.json(body)).await?;
        if status == StatusCode::TOO_MANY_REQUESTS {
            // Told here and remembered by nobody: the next interaction has a route of its own.
            let body = parse(&body).unwrap_or_default();
            let route = Route::of(&Method::POST, &["interactions"]);
            let held =
                Rate::default().learn(&route, &headers, Some(limit(&body)), self.clock.now());
            return Err(limited(held));
        }
        answer(status, &body).map(drop)
    }

    async fn call(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Value, CallError> {
        let route = Route::of(&method, path);
        self.rate
            .ask(&route, self.clock.now())
            .map_err(|held| limited(Some(held)))?;
        let mut authorization =
            header::HeaderValue::try_from(format!("Bot {}", self.token.expose_secret()))
                // A token that is no header value is one that Discord does not know.
                .map_err(|_| CallError::Status(401))?;
        authorization.set_sensitive(true);
        let mut url = self.url(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = self
            .client
            .request(method, url)
            .header(header::AUTHORIZATION, authorization);
        if let Some(body) = body {
            request = request.json(body);
        }
        let (status, headers, body) = send(request).await?;
        let is_limited = status == StatusCode::TOO_MANY_REQUESTS && !is_refusal(&body);
        let said = is_limited.then(|| limit(&parse(&body).unwrap_or_default()));
        let held = self.rate.learn(&route, &headers, said, self.clock.now());
        if is_limited {
            return Err(limited(held));
        }
        answer(status, &body)
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut steps) = url.path_segments_mut() {
            // Each step is escaped: an id that is none cannot lead elsewhere.
            steps.pop_if_empty().extend(path);
        }
        url
    }
}

async fn send(
    request: RequestBuilder,
) -> Result<(StatusCode, header::HeaderMap, Vec<u8>), CallError> {
    let mut response = request.send().await.map_err(|error| unsent(&error))?;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = read(&mut response).await?;
    Ok((status, headers, body))
}

async fn read(response: &mut Response) -> Result<Vec<u8>, CallError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| CallError::Lost {
        timeout: error.is_timeout(),
    })? {
        if body.len() + chunk.len() > ANSWER_BYTES {
            return Err(CallError::Garbled);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Never the error itself: it names the address.
fn unsent(error: &reqwest::Error) -> CallError {
    if error.is_connect() || error.is_builder() {
        CallError::Unreached
    } else {
        CallError::Lost {
            timeout: error.is_timeout(),
        }
    }
}

fn parse(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body).ok()
}

/// Whether a 429 is no limit of the pace but a refusal with a code of its own and no word of when to come back, such as that a message was
/// edited too often (30046): it concerns one message, and must not hold up anything else.
fn is_refusal(body: &[u8]) -> bool {
    parse(body).is_some_and(|body| {
        body["code"].as_u64().is_some_and(|code| code > 0) && body["retry_after"].is_null()
    })
}

/// What the body of a 429 says: how long, and whether for everything.
fn limit(body: &Value) -> (Option<f64>, bool) {
    (body["retry_after"].as_f64(), body["global"] == true)
}

fn limited(held: Option<Held>) -> CallError {
    let (after, global) = held.map_or((Duration::ZERO, false), |held| (held.wait, held.global));
    CallError::Limited { after, global }
}

fn answer(status: StatusCode, body: &[u8]) -> Result<Value, CallError> {
    if status == StatusCode::NO_CONTENT || (status.is_success() && body.is_empty()) {
        return Ok(Value::Null);
    }
    let parsed = parse(body);
    if status.is_success() {
        return parsed.ok_or(CallError::Garbled);
    }
    let status = status.as_u16();
    match parsed.and_then(|body| Some((body["code"].as_u64()?, details(&body)))) {
        Some((code, details)) => Err(CallError::Refused {
            status,
            code,
            details,
        }),
        None => Err(CallError::Status(status)),
    }
}

/// Which places of the body Discord refuses, and by which rule: `embeds.0.title: BASE_TYPE_MAX_LENGTH`. Not its sentences about them,
/// which may repeat what somebody wrote; its sentence about the whole if there are no places.
fn details(body: &Value) -> Vec<String> {
    fn walk(value: &Value, path: &str, found: &mut Vec<String>) {
        let Some(fields) = value.as_object() else {
            return;
        };
        for (key, inner) in fields {
            if found.len() >= DETAILS {
                return;
            }
            if key == "_errors" {
                let rules = inner.as_array().into_iter().flatten();
                let rules = rules.filter_map(|rule| rule["code"].as_str());
                found.extend(rules.map(|rule| capped(&format!("{path}: {rule}"))));
                continue;
            }
            let path = if path.is_empty() {
                key.clone()
            } else {
                format!("{path}.{key}")
            };
            walk(inner, &path, found);
        }
    }
    let mut found = Vec::new();
    walk(&body["errors"], "", &mut found);
    found.truncate(DETAILS);
    if found.is_empty() {
        found.extend(body["message"].as_str().map(capped));
    }
    found
}

fn capped(text: &str) -> String {
    text.chars().take(DETAIL).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{chat::discord::settings::tests::settings as local, domain::clock::SystemClock};
    use serde_json::json;

    fn api() -> Api {
        let settings = local("http://127.0.0.1:7700/api/v10");
        Api::new(&settings, Arc::new(SystemClock)).unwrap()
    }

    #[test]
    fn steps_of_a_path_cannot_lead_elsewhere() {
        let url = |path: &[&str]| api().url(path).to_string();
        let base = "http://127.0.0.1:7700/api/v10";
        assert_eq!(
            url(&["channels", "1", "messages"]),
            format!("{base}/channels/1/messages")
        );
        assert_eq!(
            url(&["channels", "1/../2?x#y", "messages"]),
            format!("{base}/channels/1%2F..%2F2%3Fx%23y/messages")
        );
        assert!(url(&["..", "..", "admin"]).starts_with(base));
        assert_eq!(url(&["users", "@me"]), format!("{base}/users/@me"));
    }

    #[test]
    fn answers_are_told_apart() {
        let of = |status: u16, body: &str| {
            answer(StatusCode::from_u16(status).unwrap(), body.as_bytes())
        };
        assert_eq!(of(204, ""), Ok(Value::Null));
        assert_eq!(of(200, r#"{"id":"1"}"#), Ok(json!({ "id": "1" })));
        assert_eq!(of(200, "<html>"), Err(CallError::Garbled));
        assert_eq!(of(502, "<html>"), Err(CallError::Status(502)));
        assert_eq!(of(302, ""), Err(CallError::Status(302)));
        let refused = of(403, r#"{"message":"Missing Access","code":50001}"#).unwrap_err();
        assert_eq!(refused.code(), Some(50001));
        assert_eq!(refused.status(), Some(403));
        let plain = of(401, r#"{"message":"401: Unauthorized","code":0}"#).unwrap_err();
        assert_eq!((plain.code(), plain.status()), (None, Some(401)));
    }

    #[test]
    fn a_429_with_a_code_and_no_word_of_when_is_no_pace() {
        for (body, refusal) in [
            (
                r#"{"message":"Maximum number of edits to messages older than 1 hour reached","code":30046}"#,
                true,
            ),
            (
                r#"{"message":"You are opening direct messages too fast","code":40003}"#,
                true,
            ),
            (
                r#"{"message":"You are being rate limited.","retry_after":0.5,"global":false}"#,
                false,
            ),
            (
                r#"{"message":"You are being rate limited.","retry_after":7,"global":true,"code":0}"#,
                false,
            ),
            (
                r#"{"message":"slow","code":20028,"retry_after":3.0}"#,
                false,
            ),
            ("<html>", false),
        ] {
            assert_eq!(is_refusal(body.as_bytes()), refusal, "{body}");
        }
    }

    #[test]
    fn a_refusal_names_places_and_rules_and_never_what_was_written() {
        let body = json!({
            "code": 50035, "message": "Invalid Form Body",
            "errors": { "embeds": { "0": { "title": { "_errors": [
                { "code": "BASE_TYPE_MAX_LENGTH", "message": "secret words" }
            ] } } }, "content": { "_errors": [{ "code": "BASE_TYPE_REQUIRED", "message": "secret words" }] } }
        });
        let error = answer(StatusCode::BAD_REQUEST, body.to_string().as_bytes()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Discord answered 50035 with status 400 (content: BASE_TYPE_REQUIRED; embeds.0.title: BASE_TYPE_MAX_LENGTH)"
        );
        let plain = json!({ "code": 50007, "message": "Cannot send messages to this user" });
        assert_eq!(details(&plain), ["Cannot send messages to this user"]);
        assert_eq!(details(&json!({ "errors": 7 })), Vec::<String>::new());
    }

    #[test]
    fn no_secret_shows() {
        assert!(!format!("{:?}", api()).contains("hidden"));
    }
}
