//! The ledger of the clients: what people read, one JSON object a line, on disk before the next thing happens.
//!
//! Invariants: append-only; nothing is written that nobody read. Neighbours: `people` writes, `tests/checker` reads.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

/// The ledger. Clones append to the same file.
#[derive(Debug, Clone)]
pub struct Ledger {
    file: Arc<Mutex<File>>,
    path: PathBuf,
}

impl Ledger {
    /// A new one.
    pub fn create(path: &Path) -> Self {
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .unwrap();
        Self {
            file: Arc::new(Mutex::new(file)),
            path: path.to_owned(),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn line(&self, line: &Value) {
        let text = format!("{line}\n");
        self.file
            .lock()
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
    }

    /// Somebody read that the report with this token has this number.
    pub fn told(&self, user: &str, token: &str, number: &str) {
        self.line(&json!({ "kind": "told", "user": user, "token": token, "number": number }));
    }

    /// Somebody read that storing was not confirmed.
    pub fn unconfirmed(&self, user: &str, token: &str) {
        self.line(&json!({ "kind": "unconfirmed", "user": user, "token": token }));
    }

    /// Somebody read that it is done: the timeline must have an entry of this kind.
    pub fn confirmed(&self, user: &str, number: &str, entry: &str) {
        self.line(&json!({ "kind": "confirmed", "user": user, "number": number, "entry": entry }));
    }

    /// How often people read that something was done.
    pub fn read(&self, entry: &str) -> u64 {
        let text = std::fs::read_to_string(&self.path).unwrap();
        // A last line that is still being written counts the next time.
        let lines = text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        lines.filter(|line: &Value| line["entry"] == entry).count() as u64
    }

    /// A delivery with these bytes was accepted.
    pub fn accepted(&self, wire_sha256: &str) {
        self.line(&json!({ "kind": "accepted", "wire_sha256": wire_sha256 }));
    }

    /// The bot died, or was paused past its lease.
    pub fn crash(&self, how: &str) {
        self.line(&json!({ "kind": "crash", "how": how }));
    }
}
