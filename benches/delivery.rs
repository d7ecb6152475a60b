//! From the commit to the call of the provider: how long a receipt waits in the outbox.
//!
//! Measured from the instant at which the receipt was put into the outbox (before the commit) to the instant at which the stand-in took the
//! call that posts it, both by the clock of this machine: an upper bound. Neighbours: docs/performance.md explains how to read it.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    dead_code,
    reason = "a measurement that cannot be made ends with the reason; it has the clock of the machine; not every bench uses all parts"
)]

mod load;
mod site;

use load::{Shape, ms, quantile};
use sea_orm::{ConnectionTrait, Database as Connection, Statement};
use site::{Database, Site, lasts};
use std::collections::BTreeMap;
use std::time::Duration;

/// Reports a second: few enough that neither a direct conversation is busy when its receipt comes, nor the pace of new messages (five a second
/// and workspace, cards among them) used up. What is measured is the way to the call, not the waiting that a platform asks for.
const RATE: u32 = 3;
/// So many times longer than a row of the other benchmark, for enough receipts.
const LONGER: u32 = 3;

const OTHERS: &str = "\
An outbox of the same shape, 200/s (docs/performance.md): PostgreSQL woken by NOTIFY p50 1.97, p99 4.27 ms; polled each second p50 476,
p99 988 ms; SQLite woken in the process p50 0.91, p99 2.96 ms. Target: p99 under 10 ms.";

#[tokio::main]
async fn main() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    println!(
        "{:<10} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "database", "receipts", "p50 ms", "p99 ms", "max ms", "not sent"
    );
    for database in Database::chosen() {
        measure(database).await;
    }
    println!("{OTHERS}");
}

async fn measure(database: Database) {
    let site = Site::start(database).await;
    let client = load::client();
    let measured = load::run(&client, &site.door(), Shape::Open(RATE), lasts() * LONGER).await;
    if let (count, Some(words)) = &measured.failed {
        println!("{count} answers were not a receipt; the first one: {words}");
    }
    // The last receipts are on their way.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let called = calls(&site).await;
    let receipts = receipts(&site).await;
    let mut waited = Vec::new();
    let mut unsent = 0;
    for (created, message) in &receipts {
        match message.as_ref().and_then(|message| called.get(message)) {
            Some(at) => waited.push(Duration::from_micros((at - created).max(0).unsigned_abs())),
            None => unsent += 1,
        }
    }
    println!(
        "{:<10} {:>9} {:>9} {:>9} {:>9} {:>9}",
        database.name(),
        receipts.len(),
        ms(quantile(&mut waited, 0.5)),
        ms(quantile(&mut waited, 0.99)),
        ms(quantile(&mut waited, 1.0)),
        unsent
    );
}

/// When each message was taken by the stand-in, by channel and key, in microseconds since the epoch.
async fn calls(site: &Site) -> BTreeMap<(String, String), i64> {
    let ledger = site.workspace().ledger(0).await.expect("the ledger");
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

/// When each receipt was put into the outbox, and the message that it became.
async fn receipts(site: &Site) -> Vec<(i64, Option<(String, String)>)> {
    let connection = Connection::connect(&site.database_url)
        .await
        .expect("the database");
    let sql = "select created_at, message_channel, message_id from outbox where kind = 'receipt'";
    let rows = connection
        .query_all_raw(Statement::from_string(
            connection.get_database_backend(),
            sql,
        ))
        .await
        .expect("the outbox");
    rows.iter()
        .map(|row| {
            let created: i64 = row.try_get("", "created_at").expect("an instant");
            let channel: Option<String> = row.try_get("", "message_channel").expect("a channel");
            let message: Option<String> = row.try_get("", "message_id").expect("a message");
            (created, channel.zip(message))
        })
        .collect()
}
