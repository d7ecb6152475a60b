//! The ledger: what was accepted, refused, delivered and acknowledged, in order, never changed.
//!
//! Purpose: a witness for tests that must not trust the program under test; optionally a file of JSON lines that survives
//! a kill of every process. Invariants: append-only; a line is on disk before the wire answers; a failed write to the file
//! is told on every later append. Neighbours: `shared` appends, `control` and the crash tests read.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

/// The append-only list.
#[derive(Debug, Default)]
pub struct Ledger {
    entries: Vec<Value>,
    file: Option<File>,
    /// First failure to write the file.
    pub broken: Option<String>,
}

impl Ledger {
    /// A ledger that is also appended to a file, one JSON object per line, synced line by line.
    ///
    /// # Errors
    /// When the file cannot be opened for appending.
    pub fn with_file(path: &Path) -> std::io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self {
            file: Some(file),
            ..Self::default()
        })
    }

    /// Adds one entry: `seq` and `at` are filled in here, `kind` names what it is.
    pub fn append(&mut self, kind: &str, at: DateTime<Utc>, fields: Value) {
        let mut entry = Map::new();
        entry.insert("seq".into(), json!(self.entries.len() + 1));
        entry.insert(
            "at".into(),
            json!(at.to_rfc3339_opts(SecondsFormat::Micros, true)),
        );
        entry.insert("kind".into(), json!(kind));
        if let Value::Object(fields) = fields {
            entry.extend(fields);
        }
        let entry = Value::Object(entry);
        if let Some(file) = &mut self.file {
            let line = format!("{entry}\n");
            let written = file
                .write_all(line.as_bytes())
                .and_then(|()| file.sync_data());
            if let Err(error) = written {
                tracing::error!(%error, "the emulator's ledger file cannot be written");
                self.broken.get_or_insert(error.to_string());
            }
        }
        self.entries.push(entry);
    }

    /// Entries after the given sequence number.
    pub fn since(&self, seq: usize) -> Vec<Value> {
        self.entries.iter().skip(seq).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_numbered_and_on_disk() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("ledger.jsonl");
        let mut ledger = Ledger::with_file(&path)?;
        ledger.append(
            "write",
            DateTime::<Utc>::UNIX_EPOCH,
            json!({"method": "chat.postMessage"}),
        );
        ledger.append(
            "refused",
            DateTime::<Utc>::UNIX_EPOCH,
            json!({"error": "not_in_channel"}),
        );
        let text = std::fs::read_to_string(&path)?;
        let lines: Vec<Value> = text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[1]["seq"], 2);
        assert_eq!(ledger.since(1), lines[1..].to_vec());
        Ok(())
    }
}
