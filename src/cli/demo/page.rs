//! `secevent demo`: a workspace, a guild, or both to play in, served to a browser on this machine.
//!
//! Invariants: loopback only, behind a random token, for this host and origin alone; whatever somebody does there goes through the
//! emulators' client doors; the bot is a process of its own, so that killing it is killing it. Neighbours: `play` holds the parts, `routes`
//! serves, `look` says what is seen, `bot` is what the other process runs. Why so: docs/decisions/demo-page.md.

mod bot;
mod breakage;
mod cast;
mod check;
mod look;
mod play;
mod process;
mod routes;
mod time;

use super::{
    folder::{alone, before, forget, home},
    make,
    screen::{Ink, Screen},
    stands,
};
use crate::{
    cli::{Failure, Outcome},
    domain::clock::{Clock, SystemClock},
    runtime::StopSignals,
};
pub use bot::run as bot;
use chrono::TimeDelta;
use play::Play;
use std::path::PathBuf;

/// How the page is wanted.
#[derive(Debug)]
pub struct Wanted {
    /// The platforms.
    pub platform: stands::Wanted,
    /// Folder of the record.
    pub data: Option<PathBuf>,
    /// Begin anew.
    pub fresh: bool,
    /// File for the ledger.
    pub ledger: Option<PathBuf>,
    /// Port of the page.
    pub port: u16,
}

/// Serves until asked to stop.
pub async fn run(wanted: Wanted) -> Outcome {
    let mut signals = StopSignals::listen().map_err(Failure::stopped)?;
    let folder = match wanted.data {
        Some(folder) => folder,
        None => home()?,
    };
    make(&folder)?;
    let _lock = alone(&folder)?;
    if wanted.fresh {
        forget(&folder)?;
    }
    let before = before(&folder).await?;
    let now = SystemClock.now();
    // Time that was hurried through in an earlier demo has passed for its record.
    let start = before.map_or(now, |last| now.max(last + TimeDelta::seconds(1)));
    let play = Box::pin(Play::open(
        wanted.platform,
        &folder,
        wanted.ledger.as_deref(),
        start,
    ))
    .await?;
    let url = routes::serve(&play, wanted.port).await?;
    let screen = Screen::of_process();
    screen.block("", "secevent, to play with in a browser", Ink::Strong);
    screen.say(match wanted.platform {
        stands::Wanted::Slack => "A stand-in of Slack with the bot connected to it, both on this machine; nothing leaves it.",
        stands::Wanted::Discord => "A stand-in of Discord with the bot connected to it, both on this machine; nothing leaves it.",
        stands::Wanted::All => "Stand-ins of Slack and Discord with one bot connected to both, all on this machine; nothing leaves it.",
    });
    screen.gap();
    // On a line of its own, so that a terminal makes a link of it.
    screen.say(&url);
    screen.gap();
    screen.say(&format!(
        "The record is kept in {}; `secevent demo --fresh` begins anew. Ctrl-C ends it.",
        folder.display()
    ));
    signals.asked().await;
    play.close().await;
    Ok(())
}
