//! A small app: answers deliveries by a function, over sockets or HTTP.
//!
//! Purpose: be the other side of the wire without any code of the product. Invariants: it records every delivery with its
//! headers or envelope. Neighbours: all tests of this folder.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;

use super::super::http_client::{Failure, HttpClient};
use super::super::push::sign;
use super::super::seed::{APP_TOKEN, SIGNING_SECRET};

/// Calls a method.
pub async fn api(
    api_url: &str,
    token: &str,
    method: &str,
    args: &Value,
) -> Result<(u16, Value), Failure> {
    let headers = [
        ("content-type", "application/json; charset=utf-8".to_owned()),
        ("authorization", format!("Bearer {token}")),
    ];
    let url = format!("{api_url}/{method}");
    let body = args.to_string().into_bytes();
    let answer = HttpClient::default()
        .post(&url, &headers, body, Duration::from_secs(5))
        .await?;
    Ok((
        answer.status,
        serde_json::from_slice(&answer.body).unwrap_or(Value::Null),
    ))
}

/// What an app answers to a payload: a body, or `None` for no answer at all.
pub type Answer = Arc<dyn Fn(&Value) -> Option<Value> + Send + Sync>;

/// A running app.
pub struct App {
    /// Everything delivered: payload, and headers or envelope.
    pub heard: Arc<Mutex<Vec<(Value, Value)>>>,
    /// Where it listens, for HTTP.
    pub url: String,
    _tasks: JoinSet<()>,
}

impl App {
    /// Payloads delivered so far.
    pub fn payloads(&self) -> Vec<Value> {
        self.heard
            .lock()
            .unwrap()
            .iter()
            .map(|(payload, _)| payload.clone())
            .collect()
    }
}

/// An app with one socket.
pub async fn on_socket(api_url: &str, answer: Answer) -> App {
    let (_, opened) = api(api_url, APP_TOKEN, "apps.connections.open", &json!({}))
        .await
        .unwrap();
    let url = opened["url"].as_str().unwrap();
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    let hello: Value =
        serde_json::from_str(socket.next().await.unwrap().unwrap().to_text().unwrap()).unwrap();
    assert_eq!(hello["type"], "hello");
    let heard = Arc::new(Mutex::new(Vec::new()));
    let book = Arc::clone(&heard);
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        while let Some(Ok(frame)) = socket.next().await {
            let Message::Text(text) = frame else { continue };
            let envelope: Value = serde_json::from_str(&text).unwrap();
            book.lock()
                .unwrap()
                .push((envelope["payload"].clone(), envelope.clone()));
            let Some(id) = envelope["envelope_id"].as_str() else {
                continue;
            };
            let ack = match answer(&envelope["payload"]) {
                None => continue,
                Some(Value::Null) => json!({ "envelope_id": id }),
                Some(payload) => json!({ "envelope_id": id, "payload": payload }),
            };
            if socket
                .send(Message::Text(ack.to_string().into()))
                .await
                .is_err()
            {
                break;
            }
        }
    });
    App {
        heard,
        url: String::new(),
        _tasks: tasks,
    }
}

type Shared = (Answer, Arc<Mutex<Vec<(Value, Value)>>>);

/// An app that listens for signed requests. An answer `{"status": n}` becomes an HTTP status.
pub async fn on_http(answer: Answer) -> App {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/slack", listener.local_addr().unwrap());
    let routes = Router::new()
        .fallback(receive)
        .with_state((answer, Arc::clone(&heard)));
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { axum::serve(listener, routes).await.unwrap() });
    App {
        heard,
        url,
        _tasks: tasks,
    }
}

async fn receive(
    State((answer, heard)): State<Shared>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    let expected = sign(SIGNING_SECRET, &text("x-slack-request-timestamp"), &body);
    assert_eq!(text("x-slack-signature"), expected);
    let payload: Value = if text("content-type").starts_with("application/json") {
        serde_json::from_slice(&body).unwrap()
    } else {
        let form: serde_json::Map<String, Value> = url::form_urlencoded::parse(&body)
            .map(|(key, value)| (key.into_owned(), json!(value)))
            .collect();
        match form.get("payload") {
            Some(payload) => serde_json::from_str(payload.as_str().unwrap()).unwrap(),
            None => Value::Object(form),
        }
    };
    let retry = json!({ "num": text("x-slack-retry-num"), "reason": text("x-slack-retry-reason") });
    heard.lock().unwrap().push((payload.clone(), retry));
    match answer(&payload) {
        Some(answer) if answer["status"].is_u64() => {
            let status = answer["status"]
                .as_u64()
                .and_then(|code| u16::try_from(code).ok())
                .unwrap();
            StatusCode::from_u16(status).unwrap().into_response()
        }
        Some(Value::Null) => StatusCode::OK.into_response(),
        Some(answer) => axum::Json(answer).into_response(),
        None => std::future::pending().await,
    }
}

/// An app that acknowledges everything and says nothing.
pub fn silent() -> Answer {
    Arc::new(|_| Some(Value::Null))
}
