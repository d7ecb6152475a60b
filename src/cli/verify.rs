//! `secevent verify`: recomputes every hash chain of the record (promise 5).
//!
//! Invariants: reads only; exits with 1 if anything does not fit. Neighbours: `store` walks the chains.

use super::{Failure, Outcome, open_store, output::safe};
use crate::runtime::shield;
use std::path::Path;

/// Runs the command.
pub async fn run(config: Option<&Path>) -> Outcome {
    let store = open_store(config).await?;
    let verified = shield("cli", async move { store.verify_all_chains().await })
        .await
        .map_err(Failure::stopped)?
        .map_err(Failure::stopped)?;
    println!(
        "{} entries in {} streams were recomputed; {} payloads are redacted.",
        verified.entries, verified.streams, verified.redacted
    );
    if verified.fault_count == 0 {
        println!("Every chain holds.");
        return Ok(());
    }
    for fault in &verified.faults {
        let at = fault
            .seq
            .map(|seq| format!(", entry {seq}"))
            .unwrap_or_default();
        println!("BROKEN {}{at}: {}", safe(&fault.stream), safe(&fault.what));
    }
    println!(
        "{} faults. The record was changed outside the program, or the database is damaged: keep a copy of it as it is before anything else.",
        verified.fault_count
    );
    Err(Failure::Findings)
}
