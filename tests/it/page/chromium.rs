//! A headless Chromium, driven over its DevTools protocol: a few commands on one web socket, and every complaint it makes.
//!
//! Invariants: one answer is awaited at a time, what the browser says meanwhile is kept; the browser and its profile are gone when this is
//! dropped. Neighbours: `screen` speaks in clicks and words. Why so: docs/decisions/demo-page.md.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, tungstenite::Message};

/// Names under which distributions install it.
const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];
/// How long the browser may take to start on a busy machine.
const START: Duration = Duration::from_secs(60);
/// How long one command may take.
const ANSWER: Duration = Duration::from_secs(90);

/// How a page is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Looks {
    /// Width and height in CSS pixels.
    pub size: (u32, u32),
    /// The system is set to dark.
    pub dark: bool,
    /// A phone: touch, and no hovering.
    pub phone: bool,
}

/// A running browser with one page.
pub struct Chromium {
    child: Child,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    session: Option<String>,
    last: u64,
    /// What the browser complained about.
    pub complaints: Vec<String>,
    _profile: tempfile::TempDir,
}

fn program() -> &'static str {
    let there = |name: &&str| {
        let mut asked = Command::new(name);
        asked.arg("--version").stdout(Stdio::null());
        asked.stderr(Stdio::null()).status().is_ok()
    };
    NAMES
        .into_iter()
        .find(|name| there(name))
        .expect("there is no Chromium here; `.ci/test` installs it")
}

impl Chromium {
    /// Starts it with an empty page.
    pub async fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut child = Command::new(program())
            .args([
                "--headless",
                // It shows one page, which this test serves itself; as root there is no sandbox.
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--disable-dev-shm-usage",
                "--hide-scrollbars",
                "--force-color-profile=srgb",
                "--lang=en-GB",
                "--remote-debugging-port=0",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .env("TZ", "UTC")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (told, address) = mpsc::channel();
        // The pipe is read to its end, so that the browser never waits for a reader.
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if let Some(address) = line.strip_prefix("DevTools listening on ") {
                    let _ = told.send(address.to_owned());
                }
            }
        });
        let address = address
            .recv_timeout(START)
            .expect("Chromium says where it listens");
        let (socket, _) = tokio_tungstenite::connect_async(address.as_str())
            .await
            .unwrap();
        let mut browser = Self {
            child,
            socket,
            session: None,
            last: 0,
            complaints: Vec::new(),
            _profile: profile,
        };
        browser.attach().await;
        browser
    }

    async fn attach(&mut self) {
        let made = self
            .call("Target.createTarget", json!({ "url": "about:blank" }))
            .await;
        let attached = self
            .call(
                "Target.attachToTarget",
                json!({ "targetId": made["targetId"], "flatten": true }),
            )
            .await;
        self.session = attached["sessionId"].as_str().map(ToOwned::to_owned);
        for domain in ["Page.enable", "Runtime.enable", "Log.enable"] {
            self.call(domain, json!({})).await;
        }
        // A breach of the policy also reaches the log; this names the directive.
        let watch = "addEventListener('securitypolicyviolation', (event) => \
             console.error(`content policy: ${event.violatedDirective} ${event.blockedURI}`));";
        self.call(
            "Page.addScriptToEvaluateOnNewDocument",
            json!({ "source": watch }),
        )
        .await;
    }

    /// Calls a command of the protocol and waits for its answer.
    pub async fn call(&mut self, method: &str, params: Value) -> Value {
        let answer = tokio::time::timeout(ANSWER, self.exchange(method, params));
        let answer = answer
            .await
            .unwrap_or_else(|_| panic!("{method}: no answer"));
        assert!(
            answer["error"].is_null(),
            "{method}: {}",
            answer["error"]["message"]
        );
        answer["result"].clone()
    }

    async fn exchange(&mut self, method: &str, params: Value) -> Value {
        self.last += 1;
        let mut command = json!({ "id": self.last, "method": method, "params": params });
        if let Some(session) = &self.session {
            command["sessionId"] = json!(session);
        }
        let command = Message::text(command.to_string());
        self.socket.send(command).await.unwrap();
        loop {
            let frame = self.socket.next().await.expect("the browser is there");
            let Message::Text(text) = frame.unwrap() else {
                continue;
            };
            let told: Value = serde_json::from_str(&text).unwrap();
            if told["id"] == self.last {
                return told;
            }
            self.hear(&told);
        }
    }

    /// Keeps what is a complaint.
    fn hear(&mut self, event: &Value) {
        let params = &event["params"];
        let complaint = match event["method"].as_str() {
            Some("Runtime.exceptionThrown") => {
                let details = &params["exceptionDetails"];
                format!(
                    "{} {}",
                    details["text"], details["exception"]["description"]
                )
            }
            Some("Runtime.consoleAPICalled")
                if matches!(
                    params["type"].as_str(),
                    Some("error" | "assert" | "warning")
                ) =>
            {
                params["args"].to_string()
            }
            Some("Log.entryAdded")
                if matches!(params["entry"]["level"].as_str(), Some("error" | "warning")) =>
            {
                format!("{} {}", params["entry"]["text"], params["entry"]["url"])
            }
            _ => return,
        };
        self.complaints.push(complaint);
    }

    /// Sets how the page is looked at.
    pub async fn dress(&mut self, looks: Looks) {
        let (width, height) = looks.size;
        let metrics = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": looks.phone,
        });
        self.call("Emulation.setDeviceMetricsOverride", metrics)
            .await;
        let touch = json!({ "enabled": looks.phone });
        self.call("Emulation.setTouchEmulationEnabled", touch).await;
        let scheme = if looks.dark { "dark" } else { "light" };
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.call("Emulation.setEmulatedMedia", features).await;
    }

    /// The value of an expression; a promise is awaited.
    pub async fn eval(&mut self, expression: &str) -> Value {
        let params = json!({
            "expression": expression, "awaitPromise": true, "returnByValue": true,
        });
        let done = self.call("Runtime.evaluate", params).await;
        let why = &done["exceptionDetails"]["exception"]["description"];
        assert!(why.is_null(), "{}", why.as_str().unwrap_or_default());
        done["result"]["value"].clone()
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
