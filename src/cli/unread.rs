//! `secevent unread`: what came in and could not be read, or came from where the bot is not installed; it may have been a report.
//!
//! Invariants: shows what was kept masked, without control characters; `done` ends the alarm and removes nothing, so what was looked at can be
//! looked at again until its days are over. Neighbours: `workflow/keep_unreadable` keeps it and raises the alarm.

use super::{
    Failure, Outcome, open_store,
    output::{Table, instant, safe},
};
use crate::{
    domain::{
        clock::{Clock, SystemClock},
        decision::AlarmKind,
    },
    runtime::shield,
    store::Store,
};
use clap::{Args, Subcommand};
use std::path::Path;

/// More than is looked through at a terminal.
const MOST: u32 = 1_000;

/// What to do with what could not be read.
#[derive(Debug, Subcommand)]
pub enum Unread {
    /// List it, newest first.
    List(List),
    /// Show one whole, as far as it was kept.
    Show(Show),
    /// End the alarms about it: somebody has looked, and whoever must act knows.
    Done,
}

/// How many.
#[derive(Debug, Args)]
pub struct List {
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    limit: u32,
}

/// Which one.
#[derive(Debug, Args)]
pub struct Show {
    /// The beginning of its hash, as `unread list` prints it.
    hash: String,
}

impl Unread {
    /// Runs the command.
    pub async fn run(self, config: Option<&Path>) -> Outcome {
        let store = open_store(config).await?;
        match self {
            Self::List(list) => shield("cli", list.run(store)).await,
            Self::Show(show) => shield("cli", show.run(store)).await,
            Self::Done => shield("cli", done(store)).await,
        }
        .map_err(Failure::stopped)?
    }
}

impl List {
    async fn run(self, store: Store) -> Outcome {
        let all = store.unread(self.limit).await.map_err(Failure::stopped)?;
        if all.is_empty() {
            println!("Nothing that could not be read is kept.");
            return Ok(());
        }
        let mut table = Table::new(&["HASH", "AT", "FROM", "WHAT", "WHY"]);
        for one in &all {
            table.row(&[
                one.wire_sha256.chars().take(16).collect(),
                instant(one.at),
                one.platform.to_string(),
                one.what.clone(),
                one.reason.clone(),
            ]);
        }
        print!("{}", table.render());
        Ok(())
    }
}

impl Show {
    async fn run(self, store: Store) -> Outcome {
        let all = store.unread(MOST).await.map_err(Failure::stopped)?;
        let hash = self.hash.to_lowercase();
        let mut found = all
            .iter()
            .filter(|one| !hash.is_empty() && one.wire_sha256.starts_with(&hash))
            .peekable();
        if found.peek().is_none() {
            return Err(Failure::Stopped(format!(
                "nothing that was kept begins with {hash}; `secevent unread list` shows what was"
            )));
        }
        for one in found {
            println!(
                "{} {} from {}: {}\nSHA-256 {}\n{}",
                instant(one.at),
                safe(&one.what),
                one.platform,
                safe(&one.reason),
                one.wire_sha256,
                safe(&one.masked)
            );
        }
        Ok(())
    }
}

async fn done(store: Store) -> Outcome {
    let (kind, now) = (AlarmKind::UnreadableInbound, SystemClock.now());
    let mut open = store.open_alarms().await.map_err(Failure::stopped)?;
    open.retain(|alarm| alarm.kind == kind);
    for alarm in &open {
        store
            .clear_alarm(kind, &alarm.subject, now)
            .await
            .map_err(Failure::stopped)?;
    }
    println!(
        "{} alarm(s) ended. What was kept stays for the days of intake.keep_unread_days.",
        open.len()
    );
    Ok(())
}
