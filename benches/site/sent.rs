//! How long what was told waited in the outbox, by kind.
//!
//! From the instant at which a row was put into the outbox (before the commit) to the instant at which the stand-in took the call that
//! posts it, both by the clock of this machine: an upper bound. Neighbours: `delivery` and `storm`.

use super::Site;
use sea_orm::{ConnectionTrait, Database as Connection, QueryResult, Statement};
use std::collections::BTreeMap;
use std::time::Duration;

/// What was told of one kind.
#[derive(Debug, Default)]
pub struct Told {
    /// How long each waited that was sent.
    pub waited: Vec<Duration>,
    /// How many were not sent.
    pub unsent: usize,
}

/// By kind, what was to be told.
pub async fn sent(site: &Site) -> BTreeMap<String, Told> {
    let called = calls(site);
    let rows = query(
        site,
        "select kind, created_at, message_channel, message_id from outbox where state <> 'cancelled'",
    )
    .await;
    let mut told: BTreeMap<String, Told> = BTreeMap::new();
    for row in rows {
        let kind: String = row.try_get("", "kind").expect("a kind");
        let created: i64 = row.try_get("", "created_at").expect("an instant");
        let channel: Option<String> = row.try_get("", "message_channel").expect("a channel");
        let message: Option<String> = row.try_get("", "message_id").expect("a message");
        let told = told.entry(kind).or_default();
        match channel
            .zip(message)
            .and_then(|message| called.get(&message))
        {
            Some(at) => told
                .waited
                .push(Duration::from_micros((at - created).max(0).unsigned_abs())),
            None => told.unsent += 1,
        }
    }
    told
}

/// Rows of the record.
pub async fn query(site: &Site, sql: &str) -> Vec<QueryResult> {
    let connection = Connection::connect(&site.database_url)
        .await
        .expect("the database");
    let rows = connection
        .query_all_raw(Statement::from_string(
            connection.get_database_backend(),
            sql,
        ))
        .await
        .expect("the record");
    connection.close().await.expect("the end");
    rows
}

/// When each message was taken by the stand-in, by channel and key, in microseconds since the epoch.
fn calls(site: &Site) -> BTreeMap<(String, String), i64> {
    let text = std::fs::read_to_string(site.ledger()).expect("the ledger");
    let ledger: Vec<serde_json::Value> = text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let written = ledger
        .iter()
        .filter(|entry| entry["kind"] == "write" && entry["method"] == "chat.postMessage");
    written
        .filter_map(|entry| {
            let at = chrono::DateTime::parse_from_rfc3339(entry["at"].as_str()?).ok()?;
            let text = |name: &str| entry[name].as_str().map(ToOwned::to_owned);
            Some(((text("channel")?, text("ts")?), at.timestamp_micros()))
        })
        .collect()
}
