//! A caller that signs as Slack does, and may hang up.
//!
//! Invariants: one connection for each request, because a hang-up ends it; written from Slack's documentation, with nothing of the
//! project's own. Neighbours: the storm and the fault tests call with it.

use std::net::SocketAddr;
use std::time::{Duration, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::world::settings::SIGNING_SECRET;

/// Slack waits three seconds.
const PATIENCE: Duration = Duration::from_secs(3);

/// A request of Slack's.
#[derive(Debug, Clone)]
pub struct Command {
    path: &'static str,
    media_type: &'static str,
    body: String,
}

impl Command {
    /// `/secevent <text>` by Alice.
    pub fn report(text: &str) -> Self {
        Self::with(&[("user_id", "U0ALICE"), ("user_name", "alice")], text)
    }

    /// A mention by nobody: it cannot be read, and is kept. Slack delivers it again unless it is answered 200.
    pub fn unreadable_event(text: &str) -> Self {
        let event = serde_json::json!({
            "token": "emulator-verification", "team_id": "T0EXAMPLE", "api_app_id": "A0SECEVENT", "type": "event_callback",
            "event_id": format!("Ev{}", hex(text.as_bytes())), "event_time": 1,
            "event": { "type": "app_mention", "text": text, "channel": "C0GENERAL", "ts": "1.1", "event_ts": "1.1" },
        });
        Self {
            path: "/slack/events",
            media_type: "application/json",
            body: event.to_string(),
        }
    }

    fn with(user: &[(&str, &str)], text: &str) -> Self {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs([
            ("token", "emulator-verification"),
            ("team_id", "T0EXAMPLE"),
            ("team_domain", "example-corp"),
            ("channel_id", "C0GENERAL"),
            ("channel_name", "general"),
            ("command", "/secevent"),
            ("api_app_id", "A0SECEVENT"),
            ("is_enterprise_install", "false"),
            ("response_url", "http://127.0.0.1:9/response/none"),
        ]);
        form.extend_pairs(user);
        // The trigger is unique for each command, as Slack's is.
        form.append_pair("trigger_id", &format!("1.2.{}", hex(text.as_bytes())));
        form.append_pair("text", text);
        Self {
            path: "/slack/commands",
            media_type: "application/x-www-form-urlencoded",
            body: form.finish(),
        }
    }

    /// Hash of the bytes on the wire.
    pub fn wire_sha256(&self) -> String {
        hex(&Sha256::digest(self.body.as_bytes()))
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Body.
    pub body: String,
    /// How long it took.
    pub took: Duration,
}

/// Calls one bot.
#[derive(Debug, Clone, Copy)]
pub struct Caller {
    at: SocketAddr,
}

impl Caller {
    /// A caller of the bot that listens there.
    pub const fn new(at: SocketAddr) -> Self {
        Self { at }
    }

    /// Calls and waits for the answer as long as Slack does; `None` if there was none.
    pub async fn call(&self, command: &Command) -> Option<Answer> {
        self.call_for(PATIENCE, command).await
    }

    /// Calls and waits so long for the answer; `None` if there was none.
    pub async fn call_for(&self, patience: Duration, command: &Command) -> Option<Answer> {
        let begun = tokio::time::Instant::now();
        let answer = async {
            let mut stream = self.send(command).await?;
            let mut bytes = Vec::new();
            stream.read_to_end(&mut bytes).await.ok()?;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let (head, body) = text.split_once("\r\n\r\n")?;
            Some(Answer {
                status: head.split_whitespace().nth(1)?.parse().ok()?,
                body: body.to_owned(),
                took: begun.elapsed(),
            })
        };
        timeout(patience, answer).await.ok().flatten()
    }

    /// Calls, and hangs up after `patience` if no answer has begun by then.
    pub async fn hang_up_after(&self, command: &Command, patience: Duration) {
        self.hang_up_at(command, std::future::pending(), patience)
            .await;
    }

    /// Calls, and hangs up at that moment, or after `patience` if it does not come.
    pub async fn hang_up_at(
        &self,
        command: &Command,
        moment: impl Future<Output = ()>,
        patience: Duration,
    ) {
        if let Some(mut stream) = self.send(command).await {
            let mut byte = [0];
            let ends = async {
                tokio::select! {
                    () = moment => {}
                    _ = stream.read(&mut byte) => {}
                }
            };
            drop(timeout(patience, ends).await);
        }
    }

    async fn send(&self, command: &Command) -> Option<TcpStream> {
        let at = self.at;
        let mut stream = TcpStream::connect(at).await.ok()?;
        let seconds = UNIX_EPOCH.elapsed().ok()?.as_secs();
        let mut mac = Hmac::<Sha256>::new_from_slice(SIGNING_SECRET.as_bytes()).ok()?;
        mac.update(format!("v0:{seconds}:{}", command.body).as_bytes());
        let signature = hex(&mac.finalize().into_bytes());
        let request = format!(
            "POST {} HTTP/1.1\r\nhost: {at}\r\nconnection: close\r\ncontent-type: {}\r\n\
             content-length: {}\r\nx-slack-request-timestamp: {seconds}\r\nx-slack-signature: v0={signature}\r\n\r\n{}",
            command.path,
            command.media_type,
            command.body.len(),
            command.body
        );
        stream.write_all(request.as_bytes()).await.ok()?;
        Some(stream)
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}
