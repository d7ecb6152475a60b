//! `secevent demo`: the whole product on a stand-in of Slack, to be watched (`--tour`) or played with.
//!
//! Invariants: no account, no network, no browser; nothing but the folder of the demo is written. Neighbours: `demo/stage` starts the
//! parts, `demo/tour` plays a story and checks the promises, `demo/shell` takes a person's lines.

mod eyes;
mod line;
mod screen;
mod shell;
mod show;
mod stage;
mod tour;

use super::{Failure, Outcome};
use crate::domain::clock::{Clock, Entropy, SystemClock, SystemEntropy};
use clap::Args;
use std::path::{Path, PathBuf};

/// How the demo runs.
#[derive(Debug, Args)]
pub struct Demo {
    /// Play a whole case by itself, print who sees what and when, check the promises, and exit with 0 only if they held.
    #[arg(long)]
    tour: bool,
    /// Folder of the record. A tour wants an empty one, and takes one of its own, which it removes, without this.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Begin with an empty record: what the last demo kept in the folder is removed.
    #[arg(long, conflicts_with = "tour")]
    fresh: bool,
    /// File that gets all that the stand-in of Slack accepted and delivered, one JSON object a line.
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// Spoil something behind the bot's back, to see that the tour catches it.
    #[arg(long, value_name = "WHAT", hide = true, requires = "tour")]
    sabotage: Option<tour::Sabotage>,
}

impl Demo {
    /// Runs the demo.
    pub async fn run(self) -> Outcome {
        if !self.tour {
            return Box::pin(shell::run(self.data, self.fresh, self.ledger)).await;
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
        let outcome = Box::pin(tour::run(&folder, self.ledger, self.sabotage)).await;
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
