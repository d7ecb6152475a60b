//! `secevent demo`: the whole product on stand-ins of the platforms, to be played with in a browser, or watched (`--tour`).
//!
//! Invariants: no account and no network beyond this machine; nothing but the folder of the demo is written. Neighbours: `demo/page`
//! serves a workspace to play in, `demo/tour` plays a story and checks the promises, `demo/shell` takes a person's lines; `demo/stands` are
//! the platforms, `demo/stage` starts the parts for the last two.

mod eyes;
mod folder;
mod line;
mod page;
mod screen;
mod shell;
mod show;
mod stage;
mod stands;
mod tour;

use super::{Failure, Outcome};
use crate::domain::clock::{Clock, Entropy, SystemClock, SystemEntropy};
use clap::Args;
use stands::Wanted;
use std::path::{Path, PathBuf};

/// How the demo runs.
#[derive(Debug, Args)]
pub struct Demo {
    /// Play a whole case by itself, print who sees what and when, check the promises, and exit with 0 only if they held.
    #[arg(long)]
    tour: bool,
    /// Play from the terminal, line by line, instead of in a browser.
    #[arg(long, conflicts_with = "tour")]
    terminal: bool,
    /// The platforms: Slack, Discord, or both over one record.
    #[arg(long, value_enum, default_value_t, value_name = "WHICH")]
    platform: Wanted,
    /// Port of the page on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0, value_name = "PORT", conflicts_with_all = ["tour", "terminal"])]
    port: u16,
    /// Folder of the record. A tour wants an empty one, and takes one of its own, which it removes, without this.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Begin with an empty record: what the last demo kept in the folder is removed.
    #[arg(long, conflicts_with = "tour")]
    fresh: bool,
    /// File that gets all that the stand-in accepted and delivered, one JSON object a line; with two platforms one file each, with its name in
    /// it (`ledger.slack.jsonl`).
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// Spoil something behind the bot's back, to see that the tour catches it.
    #[arg(long, value_name = "WHAT", hide = true, requires = "tour")]
    sabotage: Option<tour::Sabotage>,
    /// Be the bot of a page, with these settings; the page starts, steers and kills it.
    #[arg(long, value_name = "FILE", hide = true, conflicts_with_all = ["tour", "terminal", "port", "data", "fresh", "ledger"])]
    bot: Option<PathBuf>,
}

impl Demo {
    /// Runs the demo.
    pub async fn run(self) -> Outcome {
        if let Some(settings) = &self.bot {
            return Box::pin(page::bot(settings)).await;
        }
        if self.terminal {
            return Box::pin(shell::run(
                self.platform,
                self.data,
                self.fresh,
                self.ledger,
            ))
            .await;
        }
        if !self.tour {
            let wanted = page::Wanted {
                platform: self.platform,
                data: self.data,
                fresh: self.fresh,
                ledger: self.ledger,
                port: self.port,
            };
            return Box::pin(page::run(wanted)).await;
        }
        let (folder, own) = match self.data {
            Some(folder) => (folder, false),
            None => (scratch(), true),
        };
        make(&folder)?;
        if folder.join("secevent.db").exists() {
            return Err(Failure::Stopped(format!(
                "{} holds a record already; a tour begins with an empty folder",
                folder.display()
            )));
        }
        let outcome = Box::pin(tour::run(
            self.platform,
            &folder,
            self.ledger,
            self.sabotage,
        ))
        .await;
        if own && let Err(error) = std::fs::remove_dir_all(&folder) {
            eprintln!(
                "secevent: {} could not be removed: {error}",
                folder.display()
            );
        }
        outcome
    }
}

/// A folder that nobody else knows.
fn scratch() -> PathBuf {
    let name = SystemEntropy.uuid(SystemClock.now());
    std::env::temp_dir().join(format!("secevent-tour-{}", name.simple()))
}

/// Makes a folder that only its owner may read, if it is not there.
fn make(folder: &Path) -> Outcome {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .map_err(|error| Failure::Stopped(format!("{} cannot be made: {error}", folder.display())))
}
