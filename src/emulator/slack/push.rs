//! Signed HTTP delivery, as Slack sends it to an app's request addresses.
//!
//! Purpose: form bodies for commands and interactions, JSON for events, the `v0` signature and the retry marks.
//! Invariants: the signature covers exactly the bytes sent; its timestamp is the emulator's clock. Neighbours: `deliver`.

use std::time::Duration;

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use super::faults::Surface;
use super::http_client::{Answer, Failure, HttpClient};

/// `v0=` and the hexadecimal HMAC-SHA256 over `v0:timestamp:body`.
pub fn sign(secret: &str, timestamp: &str, body: &[u8]) -> String {
    // HMAC takes keys of any length; the empty fallback would only make a signature nobody accepts.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(format!("v0:{timestamp}:").as_bytes());
    mac.update(body);
    format!("v0={}", hex::encode(mac.finalize().into_bytes()))
}

/// A delivery as bytes, with its content type.
pub fn encode(surface: Surface, payload: &Value) -> (&'static str, Vec<u8>) {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    match surface {
        Surface::Event => return ("application/json", payload.to_string().into_bytes()),
        Surface::Interaction => {
            form.append_pair("payload", &payload.to_string());
        }
        Surface::Command => {
            for (key, value) in payload.as_object().into_iter().flatten() {
                form.append_pair(key, value.as_str().unwrap_or_default());
            }
        }
    }
    (
        "application/x-www-form-urlencoded",
        form.finish().into_bytes(),
    )
}

/// One signed request.
#[derive(Debug)]
pub struct Push<'a> {
    /// Address of the app.
    pub url: &'a str,
    /// Signing secret.
    pub secret: &'a str,
    /// Which door.
    pub surface: Surface,
    /// What.
    pub payload: &'a Value,
    /// Number and reason of a redelivery.
    pub retry: Option<(u32, &'static str)>,
}

/// Sends it and waits for the answer.
///
/// # Errors
/// [`Failure`], when there is none in time.
pub async fn send(
    client: &HttpClient,
    push: Push<'_>,
    now: DateTime<Utc>,
    limit: Duration,
) -> Result<Answer, Failure> {
    let (content_type, body) = encode(push.surface, push.payload);
    let timestamp = now.timestamp().to_string();
    let mut headers = vec![
        ("content-type", content_type.to_owned()),
        (
            "user-agent",
            "Slackbot 1.0 (+https://api.slack.com/robots)".to_owned(),
        ),
        ("accept", "application/json,*/*".to_owned()),
        ("x-slack-signature", sign(push.secret, &timestamp, &body)),
        ("x-slack-request-timestamp", timestamp),
    ];
    if let Some((number, reason)) = push.retry {
        headers.push(("x-slack-retry-num", number.to_string()));
        headers.push(("x-slack-retry-reason", reason.to_owned()));
    }
    client.post(push.url, &headers, body, limit).await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_signature_matches_the_documented_example() {
        let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V\
                    &channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=\
                    &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554\
                    %2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        assert_eq!(
            sign(
                "8f742231b10e8888abcd99yyyzzz85a5",
                "1531420618",
                body.as_bytes()
            ),
            "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
        );
    }

    #[test]
    fn each_surface_has_its_encoding() {
        let (kind, body) = encode(
            Surface::Command,
            &json!({"command": "/secevent", "text": "a & b"}),
        );
        assert_eq!(
            (kind, body.as_slice()),
            (
                "application/x-www-form-urlencoded",
                &b"command=%2Fsecevent&text=a+%26+b"[..]
            )
        );
        let (_, body) = encode(Surface::Interaction, &json!({"type": "shortcut"}));
        assert_eq!(body, b"payload=%7B%22type%22%3A%22shortcut%22%7D");
        assert_eq!(
            encode(Surface::Event, &json!({"a": 1})),
            ("application/json", b"{\"a\":1}".to_vec())
        );
    }
}
