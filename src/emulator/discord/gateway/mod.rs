//! The gateway: a web socket per connection, from hello to its end.
//!
//! Invariants: what a client may not send closes the socket with Discord's code; a session outlives its socket unless the client closed it
//! normally. Neighbours: `sessions` keeps the books, `events` fills them, `control` plays tricks.

mod events;
mod sessions;

use std::sync::Arc;

use axum::extract::connect_info::ConnectInfo;
use axum::extract::ws::{CloseFrame, Message as Ws, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub use events::Told;
pub use sessions::{Frame, Link, Sessions};

use super::Shared;
use super::intents;
use super::{guilds, objects};
use crate::emulator::listener::Breaker;

/// Most bytes of a payload of a client.
const MOST_BYTES: usize = 4096;
/// Most payloads of a client in a minute; those the gateway asked for are not counted.
const MOST_A_MINUTE: usize = 120;

/// What the address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    v: Option<String>,
    encoding: Option<String>,
    compress: Option<String>,
}

/// `GET /gateway`.
pub async fn open(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(breaker): ConnectInfo<Breaker>,
    Query(asked): Query<Asked>,
    upgrade: WebSocketUpgrade,
) -> Response {
    if shared.look(|state, _| state.sessions.refuse) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    upgrade.on_upgrade(move |socket| async move {
        let (out, frames) = mpsc::unbounded_channel();
        let number = shared.with(|state, now| {
            state.sessions.connections += 1;
            let number = state.sessions.connections;
            state.ledger.append(
                "gateway",
                now,
                json!({ "connection": number, "what": "connected" }),
            );
            number
        });
        let connection = Connection {
            shared,
            socket,
            link: Link { number, out },
            session: None,
            recent: Vec::new(),
            asked_for_heartbeat: 0,
        };
        connection.run(frames, &asked, &breaker).await;
    })
}

/// Why a socket ends.
enum End {
    /// We close it.
    Close(Option<u16>),
    /// We reset it.
    Abort,
    /// The client closed it, normally or not, or is gone.
    Gone { normal: bool },
}

/// Neither reads nor closes the socket, until somebody else does or everything stops.
async fn linger(frames: &mut mpsc::UnboundedReceiver<Frame>, stop: &CancellationToken) -> End {
    loop {
        tokio::select! {
            () = stop.cancelled() => return End::Abort,
            frame = frames.recv() => match frame {
                Some(Frame::Close(code)) => return End::Close(code),
                Some(Frame::Abort) | None => return End::Abort,
                Some(Frame::Json(_) | Frame::Text(_)) => {}
            },
        }
    }
}

struct Connection {
    shared: Arc<Shared>,
    socket: WebSocket,
    link: Link,
    session: Option<String>,
    recent: Vec<std::time::Instant>,
    asked_for_heartbeat: u64,
}

impl Connection {
    async fn run(
        mut self,
        mut frames: mpsc::UnboundedReceiver<Frame>,
        asked: &Asked,
        breaker: &Breaker,
    ) {
        let end = self.talk(&mut frames, asked).await;
        let (normal, what) = match &end {
            End::Close(code) => (
                false,
                format!(
                    "closed {}",
                    code.map_or_else(|| "without code".to_owned(), |code| code.to_string())
                ),
            ),
            End::Abort => (false, "reset".to_owned()),
            End::Gone { normal } => (*normal, if *normal { "left" } else { "gone" }.to_owned()),
        };
        let (number, session) = (self.link.number, self.session.clone());
        self.shared.with(|state, now| {
            if let Some(session) = &session {
                state.sessions.leave(session, number, normal, now);
            }
            state.ledger.append(
                "gateway",
                now,
                json!({ "connection": number, "what": what, "session": session }),
            );
        });
        match end {
            End::Close(code) => {
                let frame = code.map(|code| CloseFrame {
                    code,
                    reason: "".into(),
                });
                // Nobody may be there any more to be told.
                let _ = self.socket.send(Ws::Close(frame)).await;
                let farewell = async { while let Some(Ok(_)) = self.socket.recv().await {} };
                let _ = tokio::time::timeout(std::time::Duration::from_secs(2), farewell).await;
            }
            End::Abort => {
                breaker.reset();
                let _ = self.socket.send(Ws::Text("".into())).await;
            }
            End::Gone { .. } => {}
        }
    }

    async fn talk(&mut self, frames: &mut mpsc::UnboundedReceiver<Frame>, asked: &Asked) -> End {
        if asked.v.as_deref().is_some_and(|v| v != "10") {
            return End::Close(Some(4012));
        }
        if asked.encoding.as_deref().is_some_and(|one| one != "json") || asked.compress.is_some() {
            // Only plain JSON is spoken here; a client that wants transport compression would not understand.
            return End::Close(Some(4002));
        }
        let interval = self.shared.look(|state, _| state.heartbeat_millis);
        let hello = json!({ "op": 10, "s": null, "t": null, "d": { "heartbeat_interval": interval, "_trace": ["emulator"] } });
        let silent = self.shared.look(|state, _| state.sessions.silent);
        if !silent && self.send(&hello).await.is_err() {
            return End::Gone { normal: false };
        }
        let stop = self.shared.stop.clone();
        loop {
            let step = tokio::select! {
                () = stop.cancelled() => Err(End::Close(Some(1001))),
                frame = frames.recv() => match frame {
                    Some(Frame::Json(payload)) => {
                        self.asked_for_heartbeat += u64::from(payload["op"] == 1);
                        let sent = self.send(&payload).await.map_err(|()| End::Gone { normal: false });
                        let asks_to_go = payload["op"] == 7 || payload["op"] == 9;
                        if asks_to_go && self.shared.look(|state, _| state.sessions.linger) {
                            return linger(frames, &stop).await;
                        }
                        sent
                    }
                    Some(Frame::Text(text)) => {
                        let sent = self.socket.send(Ws::Text(text.into())).await;
                        sent.map_err(|_| End::Gone { normal: false })
                    }
                    Some(Frame::Close(code)) => Err(End::Close(code)),
                    Some(Frame::Abort) | None => Err(End::Abort),
                },
                received = self.socket.recv() => match received {
                    Some(Ok(Ws::Text(text))) => self.take(&text).await,
                    Some(Ok(Ws::Binary(_))) => Err(End::Close(Some(4002))),
                    Some(Ok(Ws::Close(frame))) => {
                        let code = frame.map(|frame| frame.code);
                        Err(End::Gone { normal: matches!(code, Some(1000 | 1001)) })
                    }
                    Some(Ok(_)) => Ok(()),
                    Some(Err(_)) | None => Err(End::Gone { normal: false }),
                },
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    async fn send(&mut self, payload: &Value) -> Result<(), ()> {
        let sent = self.socket.send(Ws::Text(payload.to_string().into())).await;
        sent.map_err(|_| ())
    }

    async fn take(&mut self, text: &str) -> Result<(), End> {
        let payload: Option<Value> = serde_json::from_str(text).ok();
        let payload = payload.filter(|_| text.len() <= MOST_BYTES);
        let Some(payload) = payload else {
            return Err(End::Close(Some(4002)));
        };
        if payload["op"] == 1 && self.asked_for_heartbeat > 0 {
            self.asked_for_heartbeat -= 1;
        } else {
            let now = std::time::Instant::now();
            self.recent
                .retain(|at| now.duration_since(*at).as_secs() < 60);
            self.recent.push(now);
            if self.recent.len() > MOST_A_MINUTE {
                return Err(End::Close(Some(4008)));
            }
        }
        let data = &payload["d"];
        match payload["op"].as_u64() {
            Some(1) => self.heartbeat(data).await,
            Some(2) if self.session.is_some() => Err(End::Close(Some(4005))),
            Some(2) => self.identify(data),
            Some(6) if self.session.is_some() => Err(End::Close(Some(4005))),
            Some(6) => self.resume(data).await,
            Some(3 | 4 | 8 | 31) if self.session.is_none() => Err(End::Close(Some(4003))),
            Some(3 | 4 | 8 | 31) => Ok(()),
            _ => Err(End::Close(Some(4001))),
        }
    }

    async fn heartbeat(&mut self, data: &Value) -> Result<(), End> {
        if !(data.is_null() || data.is_u64()) {
            return Err(End::Close(Some(4002)));
        }
        let session = self.session.clone();
        let mute = self.shared.with(|state, _| {
            let session = session.and_then(|id| state.sessions.all.get_mut(&id));
            if let (Some(session), Some(seq)) = (session, data.as_u64()) {
                session.received = session.received.max(seq);
            }
            state.sessions.mute
        });
        if mute {
            return Ok(());
        }
        let ack = json!({ "op": 11, "s": null, "t": null, "d": null });
        self.send(&ack)
            .await
            .map_err(|()| End::Gone { normal: false })
    }

    fn identify(&mut self, data: &Value) -> Result<(), End> {
        let close = |code| Err(End::Close(Some(code)));
        let Some(wanted) = data["intents"].as_u64() else {
            return close(4013);
        };
        let properties = &data["properties"];
        if !["os", "browser", "device"]
            .iter()
            .all(|key| properties[key].is_string())
        {
            return close(4002);
        }
        let shard = data.get("shard").filter(|shard| !shard.is_null());
        if shard.is_some_and(|shard| *shard != json!([0, 1])) {
            return close(4010);
        }
        let (link, number) = (self.link.clone(), self.link.number);
        let begun = self.shared.with(|state, now| {
            let token = data["token"].as_str().unwrap_or_default();
            if token.trim_start_matches("Bot ") != state.world.app.token {
                return Err(4004);
            }
            if wanted & !intents::ALL != 0 {
                return Err(4013);
            }
            if wanted & intents::PRIVILEGED & !state.world.app.privileged != 0 {
                return Err(4014);
            }
            let id = format!("{:032x}", state.ids.next(now));
            state.sessions.begin(id.clone(), wanted, link);
            state.ledger.append("gateway", now, json!({ "connection": number, "what": "identified", "session": id, "intents": wanted }));
            let ready = json!({
                "v": 10, "user": objects::own_user(state), "user_settings": {}, "session_type": "normal", "session_id": id,
                "resume_gateway_url": format!("{}/resume", state.base_url.replacen("http", "ws", 1)), "relationships": [],
                "private_channels": [], "presences": [], "guild_join_requests": [], "geo_ordered_rtc_regions": [],
                "guilds": guilds::own(state).iter().map(|guild| json!({ "id": guild.id.to_string(), "unavailable": true })).collect::<Vec<_>>(),
                "application": { "id": state.world.app.id.to_string(), "flags": guilds::application_flags(state.world.app.privileged) },
                "_trace": ["emulator"],
            });
            let ready = match data.get("shard") {
                Some(shard) if !shard.is_null() => {
                    let mut ready = ready;
                    ready["shard"] = shard.clone();
                    ready
                }
                _ => ready,
            };
            let known: Vec<Value> = guilds::own(state).into_iter().filter(|guild| !guild.unavailable).map(|guild| guilds::created(state, guild)).collect();
            if let Some(session) = state.sessions.all.get_mut(&id) {
                session.dispatch("READY", ready, false);
                if wanted & intents::GUILDS != 0 {
                    for guild in known {
                        session.dispatch("GUILD_CREATE", guild, false);
                    }
                }
            }
            Ok(id)
        });
        match begun {
            Ok(id) => {
                self.session = Some(id);
                Ok(())
            }
            Err(code) => close(code),
        }
    }

    async fn resume(&mut self, data: &Value) -> Result<(), End> {
        let (link, number) = (self.link.clone(), self.link.number);
        let (Some(id), Some(seq)) = (data["session_id"].as_str(), data["seq"].as_u64()) else {
            return Err(End::Close(Some(4007)));
        };
        let missed = self.shared.with(|state, now| {
            let token = data["token"].as_str().unwrap_or_default();
            if token.trim_start_matches("Bot ") != state.world.app.token {
                return Err(4004);
            }
            let missed = state.sessions.resume(id, seq, link, now);
            let what = if missed.is_some() {
                "resumed"
            } else {
                "not resumed"
            };
            state.ledger.append(
                "gateway",
                now,
                json!({ "connection": number, "what": what, "session": id, "seq": seq }),
            );
            if let (Some(missed), Some(session)) = (&missed, state.sessions.all.get_mut(id)) {
                // Queued on the socket while the lock is held, so that nothing newer overtakes.
                if let Some(link) = &session.link {
                    for payload in missed {
                        let _ = link.out.send(Frame::Json(payload.clone()));
                    }
                }
                session.dispatch("RESUMED", json!({ "_trace": ["emulator"] }), false);
            }
            Ok(missed.is_some())
        });
        match missed {
            Err(code) => Err(End::Close(Some(code))),
            Ok(true) => {
                self.session = Some(id.to_owned());
                Ok(())
            }
            Ok(false) => {
                let invalid = json!({ "op": 9, "s": null, "t": null, "d": false });
                self.send(&invalid)
                    .await
                    .map_err(|()| End::Gone { normal: false })
            }
        }
    }
}
