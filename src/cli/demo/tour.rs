//! `secevent demo --tour`: a whole case, told as it happens, and the promises held against it.
//!
//! Invariants: the story acts through the client door only; the promises are judged by what people saw, by the platforms' ledgers and by
//! SQL of the tour's own, with nothing of the product between; success means that every promise shown was held. Neighbours:
//! `story` plays, `record` reads, `promises` judges, `chronicle` prints the timeline, `sabotage` spoils.

mod chain;
mod chronicle;
mod promises;
mod record;
mod sabotage;
mod story;

use super::{
    screen::{Ink, Screen},
    show::{BRAND, Show},
    stage::{CAST, Stage},
    stands::Wanted,
};
use crate::{
    cli::{Failure, Outcome},
    domain::clock::Timestamp,
};
pub use chronicle::{cases, last_entry, timeline};
use chrono::DateTime;
pub use record::Record;
pub use sabotage::Sabotage;
use std::{
    path::{Path, PathBuf},
    time::Instant,
};

/// Monday, 2 March 2026, nine in the morning, UTC.
const START: i64 = 1_772_442_000;

/// What the story leaves for the judgement.
#[derive(Debug, Default)]
pub struct Told {
    /// Who reported what, in the words that they typed or marked.
    pub reports: Vec<Report>,
    /// Words that only responders may see: with the handles of those who may.
    pub secrets: Vec<Secret>,
}

/// What somebody reported.
#[derive(Debug)]
pub struct Report {
    /// Handle.
    pub who: &'static str,
    /// Words.
    pub words: &'static str,
}

/// Words that not everybody may see.
#[derive(Debug)]
pub struct Secret {
    /// Words.
    pub words: String,
    /// Handles of those who may see them.
    pub may: Vec<&'static str>,
}

/// Runs the tour in an empty folder.
pub async fn run(
    wanted: Wanted,
    folder: &Path,
    ledger: Option<PathBuf>,
    sabotage: Option<Sabotage>,
) -> Outcome {
    let begun = Instant::now();
    let start: Timestamp = DateTime::from_timestamp(START, 0).unwrap_or_default();
    let screen = Screen::of_process();
    let stage = Box::pin(Stage::open(wanted, folder, ledger.as_deref(), start)).await?;
    introduce(screen, wanted, start);
    let mut show = Show::new(stage, screen, false)?;
    let mut told = Told::default();
    let played = Box::pin(story::play(&mut show, &mut told, sabotage)).await;
    if let Err(why) = &played {
        screen.gap();
        screen.block("", &format!("The story could not go on: {why}."), Ink::Bad);
    }
    if let Some(sabotage) = sabotage {
        sabotage.at_the_end(&show.stage).await?;
    }
    let judged = judge(&show, &told).await;
    let errors = show.stage.errors();
    for error in &errors {
        screen.block("! ", &format!("In the bot's log: {error}"), Ink::Bad);
    }
    let hours = (show.stage.now() - start).num_minutes();
    show.stage.close().await;
    let verdicts = judged?;
    let broken: Vec<&str> = verdicts
        .iter()
        .filter(|verdict| !verdict.broken.is_empty())
        .map(|verdict| verdict.promise)
        .collect();
    screen.gap();
    let took = begun.elapsed().as_secs_f64();
    if broken.is_empty() && played.is_ok() && errors.is_empty() {
        let text = format!(
            "All {} promises held. On stage {hours} minutes passed, here {took:.1} seconds.",
            verdicts.len()
        );
        screen.block("", &text, Ink::Good);
        screen.say("Play yourself with `secevent demo`.");
        return Ok(());
    }
    if broken.is_empty() {
        screen.block(
            "",
            "The promises that could be looked at held, but the tour did not go as it should.",
            Ink::Bad,
        );
    } else {
        let text = format!("Broken: {}.", broken.join("; "));
        screen.block("", &text, Ink::Bad);
    }
    Err(Failure::Findings)
}

fn introduce(screen: Screen, wanted: Wanted, start: Timestamp) {
    screen.block(
        "",
        "secevent: from a report to an answered reporter",
        Ink::Strong,
    );
    let stands = match wanted {
        Wanted::Slack => {
            "A strict stand-in of Slack, the bot on its real Slack adapter (Socket Mode), a record in SQLite"
        }
        Wanted::Discord => {
            "A strict stand-in of Discord, the bot on its real Discord adapter (gateway), a record in SQLite"
        }
        Wanted::All => {
            "Strict stand-ins of Slack and of Discord, one bot on its real adapters for both (Socket Mode, gateway), one record in SQLite"
        }
    };
    screen.say(&format!(
        "{stands}. It is {} UTC. \
         Every message of the bot carries \"{BRAND}\"; \
         that line is left out, and \"...\" stands for lines printed before.",
        start.format("%A, %-d %B %Y, %H:%M")
    ));
    let people: Vec<String> = CAST
        .iter()
        .map(|one| format!("{} ({})", one.name, one.what))
        .collect();
    screen.say(&format!("Who is here: {}.", people.join(", ")));
}

/// Prints timeline and judgement.
async fn judge(show: &Show, told: &Told) -> Result<Vec<promises::Verdict>, Failure> {
    let record = Record::read(show.stage.record()).await?;
    let mut ledgers = Vec::new();
    for host in show.stage.stands().hosts() {
        let ledger = show.stage.door(*host)?.ledger(0).await;
        ledgers.push((*host, ledger.map_err(Failure::stopped)?));
    }
    chronicle::print(show.screen, &record);
    let verdicts = promises::judge(&promises::Evidence {
        record: &record,
        ledgers: &ledgers,
        sights: &show.eyes.all,
        told,
    });
    show.screen
        .heading("What was promised, and what the evidence says");
    for verdict in &verdicts {
        let (word, ink) = if verdict.broken.is_empty() {
            ("held    ", Ink::Good)
        } else {
            ("BROKEN  ", Ink::Bad)
        };
        show.screen.hanging(word, "        ", verdict.promise, ink);
        for line in &verdict.broken {
            show.screen.block("        ! ", line, Ink::Bad);
        }
        if verdict.broken.is_empty() {
            show.screen.block("        ", &verdict.evidence, Ink::Plain);
        }
    }
    Ok(verdicts)
}
