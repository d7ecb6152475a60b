//! `secevent migrate`: brings the database's schema up to date.
//!
//! Invariants: replicas that run it at once migrate once (an advisory lock on PostgreSQL). `serve` does the same at its start; this command is
//! for installations where the bot's own role may not change the schema. Neighbours: `store`, `migrations/`.

use super::{Failure, Outcome, settings};
use crate::{app, runtime::shield};
use clap::Args;
use std::path::Path;

/// What to do.
#[derive(Debug, Args)]
pub struct Migrate {
    /// Only say what would be done; exits with 1 if something would.
    #[arg(long)]
    check: bool,
}

impl Migrate {
    /// Runs the command.
    pub async fn run(self, config: Option<&Path>) -> Outcome {
        let config = settings(config)?;
        let check = self.check;
        shield("cli", async move {
            let store = app::connect(&config).await.map_err(Failure::stopped)?;
            let pending = store.pending_migrations().await.map_err(Failure::stopped)?;
            if pending.is_empty() {
                println!("The schema is up to date.");
                return Ok(());
            }
            if check {
                println!("To be done: {}", pending.join(", "));
                return Err(Failure::Findings);
            }
            store.migrate().await.map_err(Failure::stopped)?;
            println!("Done: {}", pending.join(", "));
            Ok(())
        })
        .await
        .map_err(Failure::stopped)?
    }
}
