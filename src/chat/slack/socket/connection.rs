//! One Socket Mode connection, from its address to its end.
//!
//! Invariants: each envelope runs in a task of its own, so no acknowledgement waits for another and the reader never waits for a handler;
//! what was not stored is not acknowledged; when told to stop it reads nothing new, lets what runs finish, writes its
//! acknowledgements and closes. Neighbours: `socket` starts it and hears how it ends.

use super::{End, News, SocketTimings, health::Health};
use crate::{
    chat::slack::{
        api::{Api, CallError},
        hosts::Hosts,
        ingress::{Delivery, Ingress, Kind, WireAnswer, wire_hash},
    },
    domain::clock::Clock,
    runtime::Runtime,
};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::{
    net::TcpStream,
    sync::mpsc::{self, UnboundedReceiver, UnboundedSender},
    time::{Instant, timeout, timeout_at},
};
use tokio_tungstenite::{
    Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};
use tokio_util::sync::CancellationToken;
use url::Url;

/// Most bytes of a frame: Slack's largest payloads are views, at 250 KB.
const MOST_BYTES: usize = 4 * 1024 * 1024;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub(super) struct Connection {
    pub(super) id: u64,
    pub(super) api: Api,
    pub(super) hosts: Hosts,
    pub(super) ingress: Ingress,
    pub(super) health: Health,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) runtime: Runtime,
    pub(super) timings: SocketTimings,
    pub(super) tell: UnboundedSender<News>,
}

fn failed(why: &str) -> End {
    End::Failed(why.to_owned())
}

impl Connection {
    pub(super) async fn run(self, halt: &CancellationToken) -> End {
        let opened = tokio::select! {
            opened = self.open() => opened,
            () = halt.cancelled() => return failed("stopping"),
        };
        match opened {
            Ok(socket) => self.serve(socket, halt).await,
            Err(end) => end,
        }
    }

    async fn open(&self) -> Result<Socket, End> {
        let address = self
            .api
            .open_connection(self.timings.io)
            .await
            .map_err(|error| self.refused(&error))?;
        let url: Option<Url> = address.parse().ok();
        if !url.is_some_and(|url| self.hosts.allows(&url, "ws")) {
            return Err(failed("Slack named an address that is none of its own"));
        }
        let tls = self
            .hosts
            .tls()
            .map_err(|error| End::Failed(error.to_string()))?;
        let config = WebSocketConfig::default()
            .max_message_size(Some(MOST_BYTES))
            .max_frame_size(Some(MOST_BYTES));
        let connector = Some(Connector::Rustls(Arc::new(tls)));
        let connecting = connect_async_tls_with_config(address, Some(config), true, connector);
        match timeout(self.timings.io, connecting).await {
            Err(_) => Err(failed("connecting the socket took too long")),
            // Not the error itself: it may name the address, which holds a ticket.
            Ok(Err(_)) => Err(failed("the socket could not be connected")),
            Ok(Ok((socket, _))) => Ok(socket),
        }
    }

    fn refused(&self, error: &CallError) -> End {
        match error {
            CallError::Limited(after) => End::Wait(
                after.unwrap_or(self.timings.too_many),
                "Slack limits apps.connections.open".to_owned(),
            ),
            CallError::NoToken => End::Stopped("no app token is configured".to_owned()),
            CallError::Refused { code, .. } => match code.as_str() {
                "invalid_auth"
                | "not_authed"
                | "account_inactive"
                | "not_allowed_token_type"
                | "link_disabled"
                | "token_revoked"
                | "token_expired"
                | "access_denied"
                | "missing_scope"
                | "no_permission" => End::Stopped(code.clone()),
                _ => End::Failed(error.to_string()),
            },
            _ => End::Failed(format!("apps.connections.open: {error}")),
        }
    }

    async fn serve(self, mut socket: Socket, halt: &CancellationToken) -> End {
        let (acks, mut to_write) = mpsc::unbounded_channel::<String>();
        let mut ping = tokio::time::interval(self.timings.ping);
        ping.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut last = Instant::now();
        let mut drain_until: Option<Instant> = None;
        let end = loop {
            tokio::select! {
                () = halt.cancelled() => break failed("stopping"),
                Some(ack) = to_write.recv() => {
                    if !self.write(&mut socket, Message::Text(ack.into())).await {
                        return failed("an acknowledgement could not be written");
                    }
                }
                _ = ping.tick() => {
                    if last.elapsed() > self.timings.idle {
                        return failed("no frame came from Slack for too long");
                    }
                    if drain_until.is_some_and(|until| Instant::now() > until) {
                        break failed("drained");
                    }
                    if !self.write(&mut socket, Message::Ping("secevent".into())).await {
                        return failed("a ping could not be written");
                    }
                }
                frame = socket.next() => {
                    last = Instant::now();
                    self.health.frame(self.clock.now());
                    match frame {
                        Some(Ok(Message::Text(text))) => match self.frame(text.as_str(), &acks) {
                            Heard::Nothing => {}
                            Heard::Warned => drain_until = Some(Instant::now() + self.timings.drain),
                            Heard::End(end) => break end,
                        },
                        Some(Ok(Message::Close(_))) | None => break failed("Slack closed the connection"),
                        Some(Err(_)) => return failed("the connection broke"),
                        Some(Ok(_)) => {}
                    }
                }
            }
        };
        self.finish(socket, acks, to_write).await;
        end
    }

    /// Lets what runs finish, writes its acknowledgements, closes.
    async fn finish(
        &self,
        mut socket: Socket,
        acks: UnboundedSender<String>,
        mut to_write: UnboundedReceiver<String>,
    ) {
        // Each running envelope holds a sender; when the last is gone, all is written.
        drop(acks);
        let until = Instant::now() + self.timings.stop;
        while let Ok(Some(ack)) = timeout_at(until, to_write.recv()).await {
            if !self.write(&mut socket, Message::Text(ack.into())).await {
                return;
            }
        }
        // A peer that does not answer is not waited for.
        let _ = timeout(self.timings.io.min(self.timings.stop), socket.close(None)).await;
    }

    async fn write(&self, socket: &mut Socket, message: Message) -> bool {
        matches!(
            timeout(self.timings.io, socket.send(message)).await,
            Ok(Ok(()))
        )
    }

    fn frame(&self, text: &str, acks: &UnboundedSender<String>) -> Heard {
        let Ok(envelope) = serde_json::from_str::<Value>(text) else {
            // Without an envelope's id there is nothing to acknowledge.
            self.take(Work::Garbage(text.to_owned()), None, acks);
            return Heard::Nothing;
        };
        match envelope["type"].as_str().unwrap_or_default() {
            "hello" => {
                self.news(News::Live(self.id));
                Heard::Nothing
            }
            "disconnect" => match envelope["reason"].as_str().unwrap_or_default() {
                "link_disabled" => Heard::End(End::Stopped("link_disabled".to_owned())),
                "too_many_websockets" => Heard::End(End::Wait(
                    self.timings.too_many,
                    "too_many_websockets".to_owned(),
                )),
                // `warning`, `refresh_requested`, and what else Slack may call it: it will close, we still read.
                _ => {
                    self.news(News::Warned(self.id));
                    Heard::Warned
                }
            },
            kind => {
                let kind = match kind {
                    "events_api" => Some(Kind::Event),
                    "interactive" => Some(Kind::Interactive),
                    "slash_commands" => Some(Kind::Command),
                    _ => None,
                };
                let work = match kind {
                    Some(kind) => {
                        Work::Envelope(kind, Box::new(envelope), wire_hash(text.as_bytes()))
                    }
                    None => Work::Garbage(text.to_owned()),
                };
                let id = serde_json::from_str::<Value>(text)
                    .ok()
                    .and_then(|envelope| envelope["envelope_id"].as_str().map(ToOwned::to_owned));
                self.take(work, id, acks);
                Heard::Nothing
            }
        }
    }

    /// In a task of its own; the acknowledgement comes back when it is done.
    fn take(&self, work: Work, id: Option<String>, acks: &UnboundedSender<String>) {
        let (ingress, acks) = (self.ingress.clone(), acks.clone());
        let task = async move {
            let (answer, takes_body) = match work {
                Work::Garbage(text) => {
                    let delivery = Delivery::new(id.clone().unwrap_or_default(), None);
                    let hash = wire_hash(text.as_bytes());
                    (
                        ingress
                            .garbage(Kind::Event, text.as_bytes(), hash, delivery)
                            .await,
                        false,
                    )
                }
                Work::Envelope(kind, mut envelope, hash) => {
                    let number = envelope["retry_attempt"]
                        .as_u64()
                        .filter(|number| *number > 0);
                    let reason = envelope["retry_reason"].as_str().unwrap_or_default();
                    let retry = number.map(|number| (number, reason.chars().take(40).collect()));
                    let takes_body = envelope["accepts_response_payload"] != false;
                    let delivery = Delivery::new(id.clone().unwrap_or_default(), retry);
                    let payload = envelope["payload"].take();
                    (
                        ingress.accept(kind, payload, hash, delivery).await,
                        takes_body,
                    )
                }
            };
            let (WireAnswer::Ack(body), Some(id)) = (answer, id) else {
                return;
            };
            let mut ack = json!({ "envelope_id": id });
            if let Some(body) = body.filter(|_| takes_body) {
                ack["payload"] = body;
            }
            // The connection may be gone; then Slack delivers again, and the key keeps it from counting twice.
            let _ = acks.send(ack.to_string());
        };
        self.runtime.spawn("slack envelope", task).detach();
    }

    fn news(&self, news: News) {
        // Nobody listens any more only when the process stops.
        let _ = self.tell.send(news);
    }
}

enum Work {
    Envelope(Kind, Box<Value>, String),
    Garbage(String),
}

enum Heard {
    Nothing,
    Warned,
    End(End),
}
