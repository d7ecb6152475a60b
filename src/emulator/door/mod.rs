//! The doors of an emulator: their language, their guard, and how to go through them from Rust, in the same process or another.
//!
//! Purpose: let tests and demo say `alice.slash("#general", "/secevent ...")`. Invariants: every call ends within its time
//! limit; a thing a person cannot do is [`DoorError::Refused`] with the sentence. Neighbours: `person` acts as somebody; each emulator's
//! `client` and `control` answer.

mod at_home;
pub(super) mod guard;
pub(super) mod http_client;
mod person;
pub mod seen;

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use self::http_client::HttpClient;

pub use http_client::Failure;
pub use person::AtClient;
pub use seen::{
    Act, MessageRef, Seen, SeenButton, SeenChannel, SeenChoice, SeenDelivery, SeenField,
    SeenMessage, SeenView,
};

/// Longest wait for an answer; an act takes three seconds at most to be acknowledged.
const LIMIT: Duration = Duration::from_secs(30);

/// Why a door did not answer as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DoorError {
    /// The emulator says why not.
    #[error("{0}")]
    Refused(String),
    /// The emulator is not there, or too slow.
    #[error("the emulator did not answer: {0}")]
    Unreachable(#[from] Failure),
    /// The answer cannot be read.
    #[error("the emulator's answer cannot be read: {0}")]
    Unreadable(String),
}

/// A door to one emulator.
#[derive(Clone, Debug)]
pub struct Door {
    client: HttpClient,
    url: String,
    token: String,
}

type Answer<T> = Result<T, DoorError>;

impl Door {
    /// A door by its address and token.
    #[must_use]
    pub fn new(url: &str, token: &str) -> Self {
        Self {
            client: HttpClient::default(),
            url: url.trim_end_matches('/').to_owned(),
            token: token.to_owned(),
        }
    }

    /// Acts as somebody, by user id or handle.
    #[must_use]
    pub fn as_user(&self, user: &str) -> AtClient {
        AtClient::new(self.clone(), user)
    }

    async fn call<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Answer<T> {
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("authorization", format!("Bearer {}", self.token)),
        ];
        let url = format!("{}/{path}", self.url);
        let answer = self
            .client
            .post(&url, &headers, body.to_string().into_bytes(), LIMIT)
            .await?;
        if answer.status != 200 {
            let body = String::from_utf8_lossy(&answer.body).into_owned();
            let why = serde_json::from_str::<Value>(&body)
                .ok()
                .and_then(|v| v["error"].as_str().map(ToOwned::to_owned));
            return Err(DoorError::Refused(why.unwrap_or(body)));
        }
        serde_json::from_slice(&answer.body)
            .map_err(|error| DoorError::Unreadable(error.to_string()))
    }

    /// Calls a control by its name.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn control(&self, what: &str, given: Value) -> Answer<Value> {
        self.call(&format!("control/{what}"), &given).await
    }

    /// Scripts a fault of a method for its next `times` calls, such as `json!({"kind": "status", "code": 503})`.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn fault(&self, method: &str, fault: Value, times: u64) -> Answer<()> {
        self.control(
            "fault",
            json!({ "method": method, "fault": fault, "times": times }),
        )
        .await
        .map(drop)
    }

    /// Scripts a fault of the next delivery to a surface (`event`, `interaction`, `command`), such as `doubled`.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn delivery_fault(&self, surface: &str, kind: &str) -> Answer<()> {
        let given = json!({ "surface": surface, "fault": { "kind": kind } });
        self.control("delivery_fault", given).await.map(drop)
    }

    /// Entries of the ledger after a sequence number.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn ledger(&self, since: usize) -> Answer<Vec<Value>> {
        self.call("control/ledger", &json!({ "since": since }))
            .await
    }

    /// Calls of the Web API after a position.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn calls(&self, since: usize) -> Answer<Vec<Value>> {
        self.call("control/calls", &json!({ "since": since })).await
    }

    /// Waits until no delivery is under way; false when some still is after ten seconds.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn idle(&self) -> Answer<bool> {
        Ok(self.control("idle", json!({})).await?["idle"] == true)
    }

    /// Steps a manual clock.
    ///
    /// # Errors
    /// [`DoorError`], also on the system's clock.
    pub async fn advance(&self, by: Duration) -> Answer<()> {
        self.control("advance", json!({ "seconds": by.as_secs_f64() }))
            .await
            .map(drop)
    }

    /// Plays with sockets: `warning`, `refresh`, `link_disabled`, `too_many`, `ping`, `close`, `reset`, `silence`, `mute`.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn sockets(&self, what: &str) -> Answer<()> {
        self.control("socket", json!({ "what": what }))
            .await
            .map(drop)
    }
}
