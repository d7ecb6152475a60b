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
use site::{Database, Site, lasts, sent};
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
    let mut sent = sent::sent(&site).await;
    let receipts = sent.remove("receipt").unwrap_or_default();
    let mut waited = receipts.waited;
    println!(
        "{:<10} {:>9} {:>9} {:>9} {:>9} {:>9}",
        database.name(),
        waited.len() + receipts.unsent,
        ms(quantile(&mut waited, 0.5)),
        ms(quantile(&mut waited, 0.99)),
        ms(quantile(&mut waited, 1.0)),
        receipts.unsent
    );
}
