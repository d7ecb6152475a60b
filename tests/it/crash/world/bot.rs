//! The bot: the real binary, `secevent serve`, with `environment = "test"`.
//!
//! Invariants: readiness is asked for, never guessed; faults are asked for by the environment (`src/runtime/crash.rs`). Neighbours:
//! `settings` writes its files.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::process::{BINARY, Process};

/// How long a start may take on a busy machine, recovery of a database included.
const START_LIMIT: Duration = Duration::from_secs(60);
/// What is promised for a graceful stop.
const STOP_LIMIT: Duration = Duration::from_secs(10);

/// A running bot.
#[derive(Debug)]
pub struct Bot {
    process: Process,
    operator: SocketAddr,
}

impl Bot {
    /// Starts it with a settings file and what a test asks to go wrong.
    pub fn start(
        settings: &Path,
        operator: SocketAddr,
        log: &Path,
        faults: &[(&str, String)],
    ) -> Self {
        // A write beyond a limit on the size of files is to fail, not to kill.
        let mut command = Command::new("sh");
        command
            .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", BINARY])
            .arg("--config")
            .arg(settings)
            .arg("serve");
        // The test's own switches are none of the bot's.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("SECEVENT_") {
                command.env_remove(name);
            }
        }
        for (name, value) in faults {
            command.env(name, value);
        }
        Self {
            process: Process::start(command, log),
            operator,
        }
    }

    /// The process.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Waits until it is ready. `false` if it died before, which an armed crash point may cause.
    pub async fn ready(&mut self) -> bool {
        let begun = Instant::now();
        let mut tick = interval(Duration::from_millis(10));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            if self.process.ended().is_some() {
                return false;
            }
            if status(self.operator, "/readyz").await == Some(200) {
                return true;
            }
            assert!(
                begun.elapsed() < START_LIMIT,
                "the bot is not ready after {START_LIMIT:?}; its log says: {}",
                self.process.log()
            );
        }
    }

    /// Waits until it is ready; a death fails the test.
    pub async fn must_be_ready(&mut self) {
        assert!(
            self.ready().await,
            "the bot died at its start; its log says: {}",
            self.process.log()
        );
    }

    /// What a page of the operator answers.
    pub async fn operator_status(&self, page: &str) -> Option<u16> {
        status(self.operator, page).await
    }

    /// `kill -9`.
    pub async fn kill(mut self) {
        self.process.kill().await;
    }

    /// Asks it to stop and waits; fails if it does not end well in time.
    pub async fn stop(mut self) {
        self.process.signal("TERM");
        let ended = self.process.ended_within(STOP_LIMIT).await;
        let log = self.process.log();
        let status = ended.unwrap_or_else(|| panic!("no stop within {STOP_LIMIT:?}: {log}"));
        assert!(status.success(), "the stop ended with {status}: {log}");
    }
}

/// The status of a page; `None` if nobody answers.
pub async fn status(at: SocketAddr, page: &str) -> Option<u16> {
    let ask = async {
        let mut stream = TcpStream::connect(at).await.ok()?;
        let request = format!("GET {page} HTTP/1.1\r\nhost: {at}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.ok()?;
        let answer = String::from_utf8_lossy(&answer);
        answer.split_whitespace().nth(1)?.parse().ok()
    };
    timeout(Duration::from_secs(5), ask).await.ok().flatten()
}
