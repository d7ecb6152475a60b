//! A child process: its log in a file, killed, stopped and paused by signals.
//!
//! Invariants: dropping it kills it and nobody else; waiting has a limit. Neighbours: `bot` and `emulator` are such processes.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// The binary under test.
pub const BINARY: &str = env!("CARGO_BIN_EXE_secevent");

/// A running child.
#[derive(Debug)]
pub struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts a command with all its words going to `log`.
    pub fn start(command: Command, log: &Path) -> Self {
        let words = open(log);
        Self::spawn(command, log, Stdio::from(words))
    }

    /// Starts a command and waits for the first line on its standard output; the rest goes to nobody, its errors to `log`.
    pub async fn start_and_hear(command: Command, log: &Path) -> (Self, String) {
        let mut process = Self::spawn(command, log, Stdio::piped());
        let stdout = process.child.stdout.as_mut().unwrap();
        let mut lines = BufReader::new(stdout).lines();
        let heard = tokio::time::timeout(Duration::from_secs(20), lines.next_line()).await;
        match heard {
            Ok(Ok(Some(line))) => (process, line),
            other => panic!("no first line ({other:?}); its log says: {}", process.log()),
        }
    }

    fn spawn(mut command: Command, log: &Path, stdout: Stdio) -> Self {
        let child = command
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(open(log))
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self {
            child,
            log: log.to_owned(),
        }
    }

    /// The end of its log.
    pub fn log(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let from = text.len().saturating_sub(4_000);
        let from = (from..text.len()).find(|at| text.is_char_boundary(*at));
        text[from.unwrap_or(0)..].to_owned()
    }

    /// Its number, while it runs.
    pub fn pid(&self) -> u32 {
        self.child.id().expect("a running process")
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let sent = std::process::Command::new("kill")
            .arg(format!("-{name}"))
            .arg(self.pid().to_string())
            .status();
        assert!(sent.unwrap().success(), "kill -{name} failed");
    }

    /// Whether it ended within the limit, and how.
    pub async fn ended_within(&mut self, limit: Duration) -> Option<ExitStatus> {
        let ended = tokio::time::timeout(limit, self.child.wait()).await;
        ended.ok().map(Result::unwrap)
    }

    /// Whether it has ended.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// SIGKILL, and waits until it is gone.
    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }
}

fn open(log: &Path) -> File {
    File::options().create(true).append(true).open(log).unwrap()
}
