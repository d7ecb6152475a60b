//! How fast a report becomes durable: signed slash commands over HTTP against the real program, beside the figures of others.
//!
//! Neighbours: docs/performance.md explains how to read it.
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

use load::{Shape, memory_mb, ms};
use site::{Database, Site, lasts};
use std::time::Duration;

const SHAPES: &[(&str, Shape)] = &[
    ("1 client", Shape::Closed(1)),
    ("8 clients", Shape::Closed(8)),
    ("32 clients", Shape::Closed(32)),
    ("100/s, open loop", Shape::Open(100)),
];

const OTHERS: &str = "\
Others on 2 cores at 2.1 GHz, PostgreSQL, a row for each command (docs/performance.md):
                                       1 client     8 clients    32 clients   p99 at 100/s, open loop
  Bolt for JavaScript 5.1.0, 1 row     1,942/s      4,141/s      6,095/s      4.69 ms
  slack_bolt 1.30.0 async, 1 row       91/s         739/s        2,676/s      13.8 ms
  axum and sea-orm, 1 row              5,595/s      9,750/s      14,618/s     3.45 ms
  axum and sea-orm, 3 rows             2,311/s      5,005/s      5,678/s      4.02 ms
Targets: p99 under 5 ms at 100/s; idle under 50 MB; ready in under 1 s.";

#[tokio::main]
async fn main() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    for database in Database::chosen() {
        measure(database).await;
    }
    println!("{OTHERS}");
}

async fn measure(database: Database) {
    let site = Site::start(database).await;
    // Pools fill and the allocator settles; a measurement, not a test.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let (idle, _) = memory_mb(site.pid);
    println!(
        "{}: ready in {} ms, idle {}",
        database.name(),
        ms(site.ready_in),
        mb(idle)
    );
    println!(
        "  {:<18} {:>10} {:>10} {:>10} {:>10} {:>8} {:>10}",
        "load", "reports/s", "p50 ms", "p99 ms", "max ms", "failed", "memory"
    );
    let (client, door) = (load::client(), site.door());
    // The open loop first: a backlog of the closed loops would be sent during it.
    for (name, shape) in SHAPES.iter().rev() {
        load::run(&client, &door, *shape, Duration::from_secs(1)).await;
        let measured = load::run(&client, &door, *shape, lasts()).await;
        println!(
            "  {name:<18} {:>10.0} {:>10} {:>10} {:>10} {:>8} {:>10}",
            measured.per_second(),
            ms(measured.quantile(0.5)),
            ms(measured.quantile(0.99)),
            ms(measured.quantile(1.0)),
            measured.failed.0,
            mb(memory_mb(site.pid).0),
        );
        if let (count, Some(words)) = &measured.failed {
            println!("    {count} answers were not a receipt; the first one: {words}");
        }
    }
    println!("  highest memory {}", mb(memory_mb(site.pid).1));
    println!();
}

fn mb(value: Option<f64>) -> String {
    value.map_or_else(|| "unknown".to_owned(), |value| format!("{value:.1} MB"))
}
