//! A small app: a client of the REST interface, and a gateway connection that judges what comes in.
//!
//! Neighbours: the tests drive it; `judge` reads first.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message as Ws;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::super::seed::{APPLICATION, BOT_TOKEN, GUILD};
use super::super::{DiscordEmulator, intents};
use super::judge;

/// What the app asks to hear.
pub const WANTED: u64 = intents::GUILDS
    | intents::GUILD_MESSAGES
    | intents::GUILD_MESSAGE_REACTIONS
    | intents::DIRECT_MESSAGES
    | intents::DIRECT_MESSAGE_REACTIONS
    | intents::MESSAGE_CONTENT;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What came over the socket.
#[derive(Debug)]
pub enum Heard {
    /// A payload.
    Payload(Value),
    /// The end: the close code, if there was one.
    Closed(Option<u16>),
}

/// The app.
pub struct App {
    pub api: String,
    pub token: String,
    http: reqwest::Client,
    socket: Option<Socket>,
    pub session: Option<String>,
    pub resume_url: String,
    pub seq: u64,
    /// Heartbeats that were asked for are answered.
    pub answers_heartbeats: bool,
}

impl App {
    pub fn new(emulator: &DiscordEmulator) -> Self {
        // Another test may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            api: emulator.api_url(),
            token: BOT_TOKEN.into(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            socket: None,
            session: None,
            resume_url: String::new(),
            seq: 0,
            answers_heartbeats: true,
        }
    }

    // ---- REST

    pub async fn raw(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> reqwest::Result<reqwest::Response> {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.http.request(method, format!("{}{path}", self.api));
        if !path.starts_with("/interactions") && !path.starts_with("/webhooks") {
            request = request.header("authorization", format!("Bot {}", self.token));
        }
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        request.send().await
    }

    pub async fn call(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let body = Some(&body).filter(|body| !body.is_null());
        let answer = self.raw(method, path, body).await.unwrap();
        let status = answer.status().as_u16();
        let typed = answer.headers().contains_key("content-type");
        let text = answer.text().await.unwrap();
        assert_eq!(typed, !text.is_empty(), "a content type goes with a body");
        let body = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).unwrap()
        };
        judge::answer(method, path, status, &body);
        (status, body)
    }

    /// A call that succeeds.
    pub async fn ok(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(method, path, body).await;
        assert!(status < 300, "{method} {path}: {status} {answer}");
        answer
    }

    /// A call that is refused: status and code.
    pub async fn refused(&self, method: &str, path: &str, body: Value) -> (u16, u64) {
        let (status, answer) = self.call(method, path, body).await;
        assert!(status >= 400, "{method} {path}: {answer}");
        (status, answer["code"].as_u64().unwrap_or(0))
    }

    /// Sends a form with files.
    pub async fn with_file(&self, path: &str, body: &Value, name: &str, bytes: &[u8]) -> Value {
        let part = reqwest::multipart::Part::bytes(bytes.to_vec())
            .file_name(name.to_owned())
            .mime_str("image/png")
            .unwrap();
        let form = reqwest::multipart::Form::new()
            .text("payload_json", body.to_string())
            .part("files[0]", part);
        let request = self
            .http
            .post(format!("{}{path}", self.api))
            .header("authorization", format!("Bot {}", self.token));
        let answer = request.multipart(form).send().await.unwrap();
        let (status, text) = (answer.status().as_u16(), answer.text().await.unwrap());
        let body: Value = serde_json::from_str(&text).unwrap();
        judge::answer("POST", path, status, &body);
        body
    }

    pub async fn fetch(&self, url: &str) -> (u16, Vec<u8>) {
        let answer = self.http.get(url).send().await.unwrap();
        (
            answer.status().as_u16(),
            answer.bytes().await.unwrap().to_vec(),
        )
    }

    pub async fn register(&self) {
        let text = json!({ "type": 3, "name": "text", "description": "What happened" });
        let file = json!({ "type": 11, "name": "attachment", "description": "A picture" });
        let case = json!({ "type": 3, "name": "case", "description": "Which", "autocomplete": true, "required": true });
        let sub = |name: &str, options: Value| json!({ "type": 1, "name": name, "description": "d", "options": options });
        let set = json!([
            { "name": "secevent", "description": "Security events", "options": [sub("report", json!([text, file])), sub("status", json!([case])), sub("help", json!([]))] },
            { "name": "Report security event", "type": 3 },
        ]);
        let answer = self
            .ok(
                "PUT",
                &format!("/applications/{APPLICATION}/guilds/{GUILD}/commands"),
                set,
            )
            .await;
        assert_eq!(answer.as_array().map(Vec::len), Some(2));
    }

    /// Answers an interaction.
    pub async fn answer(&self, interaction: &Value, answer: Value) -> (u16, Value) {
        let path = format!(
            "/interactions/{}/{}/callback",
            word(&interaction["id"]),
            word(&interaction["token"])
        );
        self.call("POST", &path, answer).await
    }

    // ---- gateway

    pub async fn connect(&mut self, url: &str) {
        let (socket, _) = connect_async(format!("{url}/?v=10&encoding=json"))
            .await
            .unwrap();
        self.socket = Some(socket);
        let Heard::Payload(hello) = self.hear().await else {
            panic!("no hello")
        };
        assert_eq!(hello["op"], 10);
    }

    pub async fn identify(&mut self) {
        self.identify_with(WANTED).await;
        let ready = self.event("READY").await;
        self.session = ready["session_id"].as_str().map(ToOwned::to_owned);
        self.resume_url = word(&ready["resume_gateway_url"]);
        for _ in 0..2 {
            self.event("GUILD_CREATE").await;
        }
    }

    pub async fn identify_with(&mut self, intents: u64) {
        let url = word(&self.ok("GET", "/gateway/bot", Value::Null).await["url"]);
        self.connect(&url).await;
        let properties = json!({ "os": "linux", "browser": "test", "device": "test" });
        let token = self.token.clone();
        self.say(2, json!({ "token": token, "intents": intents, "properties": properties, "compress": true })).await;
    }

    pub async fn resume(&mut self) {
        let url = self.resume_url.clone();
        self.connect(&url).await;
        self.say(
            6,
            json!({ "token": self.token, "session_id": self.session, "seq": self.seq }),
        )
        .await;
    }

    pub async fn say(&mut self, op: u64, data: Value) {
        let text = json!({ "op": op, "d": data }).to_string();
        self.socket
            .as_mut()
            .unwrap()
            .send(Ws::Text(text.into()))
            .await
            .unwrap();
    }

    pub async fn leave(&mut self, code: Option<u16>) {
        let frame = code.map(|code| CloseFrame {
            code: code.into(),
            reason: "".into(),
        });
        let mut socket = self.socket.take().unwrap();
        if code.is_some() {
            socket.close(frame).await.unwrap();
        }
    }

    /// The next thing that comes, heartbeats that are asked for answered.
    pub async fn hear(&mut self) -> Heard {
        loop {
            match self.hear_any().await {
                Heard::Payload(payload) if payload["op"] == 1 || payload["op"] == 11 => {}
                other => return other,
            }
        }
    }

    /// The next event, which must be of this kind, and then the heartbeat for which the gateway asks.
    pub async fn take_in(&mut self, kind: &str) -> Value {
        let data = self.event(kind).await;
        while !matches!(self.hear_any().await, Heard::Payload(one) if one["op"] == 1) {}
        data
    }

    async fn hear_any(&mut self) -> Heard {
        loop {
            let next = tokio::time::timeout(
                std::time::Duration::from_secs(10),
                self.socket.as_mut().unwrap().next(),
            );
            let text = match next.await.expect("nothing came") {
                Some(Ok(Ws::Text(text))) => text,
                Some(Ok(Ws::Close(frame))) => {
                    return Heard::Closed(frame.map(|frame| frame.code.into()));
                }
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => return Heard::Closed(None),
            };
            judge::payload(&text);
            let payload: Value = serde_json::from_str(&text).unwrap();
            if let Some(seq) = payload["s"].as_u64() {
                self.seq = seq;
            }
            if payload["op"] == 1 && self.answers_heartbeats {
                let seq = self.seq;
                self.say(1, json!(seq)).await;
            }
            return Heard::Payload(payload);
        }
    }

    /// The data of the next event, which must be of this kind.
    pub async fn event(&mut self, kind: &str) -> Value {
        match self.hear().await {
            Heard::Payload(payload) if payload["t"] == kind => payload["d"].clone(),
            other => panic!("not {kind}: {other:?}"),
        }
    }

    /// The data of the next event of this kind; others before it are passed over.
    pub async fn next(&mut self, kind: &str) -> Value {
        loop {
            match self.hear().await {
                Heard::Payload(payload) if payload["t"] == kind => return payload["d"].clone(),
                Heard::Payload(_) => {}
                closed @ Heard::Closed(_) => panic!("no {kind}: {closed:?}"),
            }
        }
    }

    /// The close code that comes.
    pub async fn closed(&mut self) -> Option<u16> {
        loop {
            if let Heard::Closed(code) = self.hear().await {
                return code;
            }
        }
    }
}

/// A text of a payload.
pub fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
