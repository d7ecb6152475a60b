//! The timeline's hash chains, recomputed from the columns alone.
//!
//! Invariants: written from `docs/architecture.md` and RFC 8785, with no code of the product, so that a mistake there is not repeated
//! here. Neighbours: `promises` asks, `record` reads.

use super::record::{Record, json, text};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// What is wrong, as sentences.
pub fn chains(record: &Record) -> Vec<String> {
    let mut broken = Vec::new();
    let streams: BTreeSet<String> = record
        .rows("timeline_head")
        .iter()
        .chain(record.rows("timeline"))
        .map(|row| text(row, "stream"))
        .collect();
    for stream in streams {
        let of_stream = |row: &&Value| row["stream"] == stream.as_str();
        let mut entries: Vec<&Value> = record.rows("timeline").iter().filter(of_stream).collect();
        entries.sort_by_key(|row| row["seq"].as_i64());
        let (mut seq, mut hash) = (0, "0".repeat(64));
        for entry in entries {
            let name = format!("entry {} of {stream}", entry["seq"]);
            if entry["seq"] != seq + 1 {
                broken.push(format!("{name} follows entry {seq}: there is a gap"));
            }
            if entry["prev_hash"] != hash.as_str() {
                broken.push(format!("{name} does not point at the hash before it"));
            }
            if sealed(entry) != text(entry, "hash") {
                broken.push(format!(
                    "{name} was changed: its hash does not fit its columns"
                ));
            }
            let payload = record
                .rows("timeline_payload")
                .iter()
                .find(|row| of_stream(row) && row["seq"] == entry["seq"]);
            if payload.is_none_or(|row| salted(row) != text(entry, "payload_hash")) {
                broken.push(format!(
                    "{name} was changed: its payload does not fit its hash"
                ));
            }
            seq = entry["seq"].as_i64().unwrap_or_default();
            hash = text(entry, "hash");
        }
        let head = record.find("timeline_head", "stream", &Value::from(stream.as_str()));
        if head.is_none_or(|row| row["seq"] != seq || row["hash"] != hash.as_str()) {
            broken.push(format!("{stream} does not end where its head says"));
        }
    }
    if record.rows("timeline").is_empty() {
        broken.push("there is no timeline".to_owned());
    }
    broken
}

fn canonical(value: &Value) -> String {
    serde_json_canonicalizer::to_string(value).unwrap_or_default()
}

fn sealed(entry: &Value) -> String {
    let sealed = json!({
        "v": 1, "stream": entry["stream"], "seq": entry["seq"], "prev_hash": entry["prev_hash"],
        "recorded_at": entry["recorded_at"], "effective_at": entry["effective_at"], "actor": entry["actor"],
        "kind": entry["kind"], "origin": json(entry, "origin"), "policy": entry["policy"],
        "payload_hash": entry["payload_hash"],
    });
    hex::encode(Sha256::digest(canonical(&sealed).as_bytes()))
}

fn salted(payload: &Value) -> String {
    let mut hash = Sha256::new();
    hash.update(hex::decode(text(payload, "salt")).unwrap_or_default());
    hash.update(canonical(&json(payload, "json")).as_bytes());
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_hashes_as_the_architecture_says() {
        let entry = json!({
            "stream": "org", "seq": 1, "prev_hash": "0".repeat(64), "recorded_at": 5, "effective_at": 5,
            "actor": "system", "kind": "policy_adopted", "origin": "{\"door\":\"file\"}", "policy": "p",
            "payload_hash": "1".repeat(64),
        });
        let by_hand = format!(
            "{{\"actor\":\"system\",\"effective_at\":5,\"kind\":\"policy_adopted\",\"origin\":{{\"door\":\"file\"}},\"payload_hash\":\"{}\",\
             \"policy\":\"p\",\"prev_hash\":\"{}\",\"recorded_at\":5,\"seq\":1,\"stream\":\"org\",\"v\":1}}",
            "1".repeat(64),
            "0".repeat(64)
        );
        assert_eq!(sealed(&entry), hex::encode(Sha256::digest(by_hand)));
        let mut other = entry.clone();
        other["seq"] = json!(2);
        assert_ne!(sealed(&entry), sealed(&other));
    }

    #[test]
    fn nothing_is_no_timeline() {
        assert!(!chains(&Record::default()).is_empty());
    }
}
