//! A plain HTTP client for loopback: deliveries to the app, and the door used from another process.
//!
//! Purpose: one small call with a time limit and no TLS. Invariants: every call ends within its limit; an answer is read
//! to sixty-four megabytes at most. Neighbours: `push` and `door`.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

const MOST_BYTES: usize = 64 * 1024 * 1024;

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Vec<u8>,
}

/// Why nothing came back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The limit passed.
    #[error("no answer in time")]
    Timeout,
    /// Refused, reset, or not HTTP.
    #[error("connection failed: {0}")]
    Connection(String),
}

/// The client; clones share connections.
#[derive(Clone, Debug)]
pub struct HttpClient {
    inner: Client<HttpConnector, Body>,
}

impl Default for HttpClient {
    fn default() -> Self {
        Self {
            inner: Client::builder(TokioExecutor::new()).build_http(),
        }
    }
}

impl HttpClient {
    /// Posts a body and reads the answer.
    ///
    /// # Errors
    /// [`Failure`], when there is no answer within `limit`.
    pub async fn post(
        &self,
        url: &str,
        headers: &[(&str, String)],
        body: Vec<u8>,
        limit: Duration,
    ) -> Result<Answer, Failure> {
        let mut request = Request::post(url);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request
            .body(Body::from(body))
            .map_err(|error| Failure::Connection(error.to_string()))?;
        let call = async {
            let answer = self
                .inner
                .request(request)
                .await
                .map_err(|error| Failure::Connection(reasons(&error)))?;
            let (parts, body) = answer.into_parts();
            let body = to_bytes(Body::new(body), MOST_BYTES).await;
            let body = body
                .map_err(|error| Failure::Connection(error.to_string()))?
                .to_vec();
            Ok(Answer {
                status: parts.status.as_u16(),
                headers: parts.headers,
                body,
            })
        };
        tokio::time::timeout(limit, call)
            .await
            .unwrap_or(Err(Failure::Timeout))
    }
}

/// An error with its causes, which hyper keeps to itself otherwise.
fn reasons(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
