//! Socket Mode on the wire: one task per web socket.
//!
//! Purpose: greet, pass envelopes out and acknowledgements in, and misbehave when told. Invariants: a ticket opens one
//! socket; an acknowledgement that fits nothing is in the ledger; a payload on an event's acknowledgement is refused.
//! Neighbours: `sockets` keeps the books, `deliver` waits.

use std::sync::Arc;

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::Shared;
use super::listener::Breaker;
use super::sockets::Frame;

/// Query of the address that `apps.connections.open` gave.
#[derive(Debug, Deserialize)]
pub struct Ticket {
    ticket: String,
}

/// Upgrades a request with a valid ticket.
pub async fn open(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(connection): ConnectInfo<Breaker>,
    Query(query): Query<Ticket>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let app = shared.look(|state, _| state.sockets.use_ticket(&query.ticket));
    match app {
        Some(app) => upgrade.on_upgrade(move |socket| serve(shared, socket, app, connection)),
        None => (StatusCode::UNAUTHORIZED, "invalid ticket").into_response(),
    }
}

async fn serve(shared: Arc<Shared>, socket: WebSocket, app: String, connection: Breaker) {
    let (sender, mut frames) = mpsc::unbounded_channel();
    let id = shared.with(|state, now| {
        let id = state.sockets.open(&app, sender);
        state.ledger.append(
            "socket",
            now,
            json!({ "socket": id, "app": app, "event": "open" }),
        );
        id
    });
    let (mut writer, mut reader) = socket.split();
    let mut silent = false;
    let mut mute = false;
    loop {
        tokio::select! {
            () = shared.stop.cancelled() => {
                let _ = writer.send(Message::Close(None)).await;
                break;
            }
            frame = frames.recv() => match frame {
                // No sender left: this connection was sent away.
                None => break,
                Some(Frame::Reset) => {
                    connection.reset();
                    let _ = writer.send(Message::Ping("reset".into())).await;
                    break;
                }
                Some(Frame::Silence) => silent = true,
                Some(Frame::Mute) => mute = true,
                Some(_) if silent => {}
                Some(Frame::Json(_)) if mute => {}
                Some(Frame::Json(value)) => {
                    if writer.send(Message::Text(value.to_string().into())).await.is_err() {
                        break;
                    }
                }
                Some(Frame::Ping) => {
                    let _ = writer.send(Message::Ping("Ping from the emulator".into())).await;
                }
                Some(Frame::Close) => {
                    let _ = writer.send(Message::Close(None)).await;
                    break;
                }
            },
            incoming = reader.next(), if !silent => match incoming {
                Some(Ok(Message::Text(text))) => heard(&shared, id, &text),
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => {}
            },
        }
    }
    shared.with(|state, now| {
        state.sockets.closed(id);
        state.ledger.append(
            "socket",
            now,
            json!({ "socket": id, "app": app, "event": "closed" }),
        );
    });
}

fn heard(shared: &Arc<Shared>, socket: u64, text: &str) {
    let frame: Value = serde_json::from_str(text).unwrap_or(Value::Null);
    let envelope = frame["envelope_id"].as_str().unwrap_or_default().to_owned();
    shared.with(|state, now| {
        if let Err(why) = state.sockets.acknowledge(&envelope, frame) {
            let fields =
                json!({ "method": "socket", "error": why, "socket": socket, "frame": text });
            state.ledger.append("refused", now, fields);
        }
    });
}
