//! Slack's stand-in in a process of its own: the ledger survives every death of the bot.
//!
//! Invariants: loopback only; every accepted message is on disk before the bot hears that it was accepted. Neighbours: `people` act
//! through its door.

use std::path::{Path, PathBuf};

use secevent::emulator::slack::Door;
use serde_json::Value;
use tokio::process::Command;

use super::process::{BINARY, Process};

/// A running stand-in.
#[derive(Debug)]
pub struct Emulator {
    /// Root of the Web API.
    pub api_url: String,
    /// Its ledger.
    pub ledger: PathBuf,
    /// To act and to control.
    pub door: Door,
    // Its death is the end of the world it holds.
    _process: Process,
}

impl Emulator {
    /// Starts one; with `http_url` it delivers there by signed HTTP, else by Socket Mode.
    pub async fn start(directory: &Path, http_url: Option<&str>) -> Self {
        let ledger = directory.join("slack.jsonl");
        let mut command = Command::new(BINARY);
        command
            .args(["emulator", "slack", "--port", "0", "--no-rate-limits"])
            .arg("--ledger")
            .arg(&ledger);
        if let Some(url) = http_url {
            command.args(["--http-url", url]);
        }
        let log = directory.join("slack.log");
        let (process, line) = Process::start_and_hear(command, &log).await;
        let said: Value = serde_json::from_str(&line).unwrap();
        let text = |name: &str| said[name].as_str().unwrap().to_owned();
        Self {
            api_url: text("api_url"),
            ledger,
            door: Door::new(&text("door_url"), &text("door_token")),
            _process: process,
        }
    }
}
