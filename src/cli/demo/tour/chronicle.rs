//! The timeline of a case, for people.
//!
//! Invariants: one line per entry, in order, with its number, the beginning of its hash and who did it; a kind that this page does not
//! know is still shown by its name. Neighbours: `record` reads, `promises` recomputes the hashes.

use super::record::{Record, json, number, text};
use crate::cli::demo::screen::{Ink, Screen};
use chrono::DateTime;
use serde_json::Value;

/// Prints the timeline of the first case, and a line on each other one.
pub fn print(screen: Screen, record: &Record) {
    for (index, case) in record.rows("cases").iter().enumerate() {
        let stream = format!("case:{}", text(case, "id"));
        let entries: Vec<&Value> = record
            .rows("timeline")
            .iter()
            .filter(|entry| entry["stream"] == stream.as_str())
            .collect();
        if index > 0 {
            let restricted = if case["restricted_reason"].is_null() {
                ""
            } else {
                ", restricted"
            };
            let last = entries.last().map(|entry| text(entry, "hash"));
            screen.say(&format!(
                "{}: {} entries, {}{restricted}, ends with {}",
                number(case),
                entries.len(),
                text(case, "status"),
                short(&last.unwrap_or_default())
            ));
            continue;
        }
        screen.heading(&format!("The record of {}", number(case)));
        for entry in entries {
            let what = said(record, entry);
            screen.hanging(&head(record, entry), &" ".repeat(41), &what, Ink::Plain);
        }
    }
}

/// One line on each case; `false` if there is none.
pub fn cases(screen: Screen, record: &Record) -> bool {
    for case in record.rows("cases") {
        let title = if case["restricted_reason"].is_null() {
            text(case, "title")
        } else {
            "(restricted)".to_owned()
        };
        let owner = match case["owner_person"].as_str() {
            Some(_) => record.name(&case["owner_person"]),
            None => "nobody yet".to_owned(),
        };
        let severity = case["severity"].as_str().unwrap_or("unrated");
        let first = format!(
            "  {}  {:<9}  {severity:<7}  {owner:<12}  ",
            number(case),
            text(case, "status")
        );
        screen.hanging(
            &first,
            &" ".repeat(first.chars().count()),
            &title,
            Ink::Plain,
        );
    }
    !record.rows("cases").is_empty()
}

/// When the newest entry was recorded, in microseconds since the epoch.
pub fn last_entry(record: &Record) -> Option<i64> {
    let recorded = record.rows("timeline").iter();
    recorded.filter_map(|row| row["recorded_at"].as_i64()).max()
}

/// The timeline of one case, by its number; `false` if there is none.
pub fn timeline(screen: Screen, record: &Record, wanted: &str) -> bool {
    let found = record
        .rows("cases")
        .iter()
        .find(|case| number(case).eq_ignore_ascii_case(wanted));
    let Some(case) = found else {
        return false;
    };
    let stream = format!("case:{}", text(case, "id"));
    for entry in record.rows("timeline") {
        if entry["stream"] == stream.as_str() {
            let what = said(record, entry);
            screen.hanging(&head(record, entry), &" ".repeat(41), &what, Ink::Plain);
        }
    }
    true
}

fn short(hash: &str) -> &str {
    hash.get(..8).unwrap_or(hash)
}

fn head(record: &Record, entry: &Value) -> String {
    let at = entry["recorded_at"]
        .as_i64()
        .and_then(DateTime::from_timestamp_micros)
        .map_or_else(String::new, |at| at.format("%H:%M:%S").to_string());
    format!(
        "{:>3}  {at}  {}  {:<14}  ",
        entry["seq"].to_string(),
        short(&text(entry, "hash")),
        actor(record, entry)
    )
}

fn actor(record: &Record, entry: &Value) -> String {
    match text(entry, "actor").strip_prefix("person:") {
        Some(person) => record.name(&Value::from(person)),
        None => "(secevent)".to_owned(),
    }
}

fn payload(record: &Record, entry: &Value) -> Value {
    record
        .rows("timeline_payload")
        .iter()
        .find(|row| row["stream"] == entry["stream"] && row["seq"] == entry["seq"])
        .map_or(Value::Null, |row| json(row, "json"))
}

/// What an entry says, in words.
fn said(record: &Record, entry: &Value) -> String {
    let body = payload(record, entry);
    let who = |key: &str| record.name(&body[key]);
    let word = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
    let count = |key: &str, from: u64| body[key].as_u64().unwrap_or_default() + from;
    match text(entry, "kind").as_str() {
        "reported" => format!("reported: \"{}\"", report(&body)),
        "joined" => format!("reported it too: \"{}\"", report(&body)),
        "advice_shown" => format!("advice was shown ({})", word("category")),
        "taken" => "took the case".to_owned(),
        "triaged" => format!("triaged: {}, {}", word("category"), word("severity")),
        "assessed" => format!("assessed: {}. {}", word("result"), word("rationale")),
        "escalated" => format!("escalated: {}", word("reason")),
        "paged" => format!(
            "step {}, call {}: page for {}",
            count("step", 1),
            count("attempt", 0),
            who("person")
        ),
        "sent" => format!("{} reached {}", word("what"), who("person")),
        "send_failed" => format!(
            "{} did not reach {}: {}",
            word("what"),
            who("person"),
            word("reason")
        ),
        "unanswered" => format!("{} did not answer", who("person")),
        "acknowledged" => "acknowledged the page".to_owned(),
        "escalation_failed" => format!("nobody answered: {}", word("reason")),
        "escalation_cancelled" => "the escalation ended with the case".to_owned(),
        "noted" | "said" => format!("\"{}\"", word("text")),
        "closed" => format!("closed: {}. {}", word("outcome"), word("notes")),
        "feedback_planned" => match body["not_told_because"].as_str() {
            None => format!("{} will be told the outcome", who("person")),
            Some(why) => format!("{} is not told: {why}", who("person")),
        },
        "severity_changed" => format!("severity {}: {}", word("to"), word("reason")),
        "category_set" => format!("category {}", word("to")),
        "reopened" => format!("reopened: {}", word("reason")),
        "restricted" => format!("restricted: {}", word("reason")),
        "deadline_missed" => format!("deadline missed: {}", word("deadline")),
        other => other.replace('_', " "),
    }
}

fn report(body: &Value) -> String {
    let report = &body["report"];
    let words = report["text"].as_str().filter(|text| !text.is_empty());
    words
        .or_else(|| report["snapshot"]["text"].as_str())
        .unwrap_or_default()
        .to_owned()
}
