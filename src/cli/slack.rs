//! `secevent slack`: what is installed besides home, and the end of an alarm about a place that is meant to be gone.
//!
//! Invariants: shows no token; ends no installation that works: that is done in Slack. Neighbours: `workflow` has the verbs, `doctor`
//! asks Slack about each.

use super::{
    Failure, Outcome, open_store,
    output::{Table, instant, safe},
};
use crate::{
    app,
    domain::{installation::Installation, person::PlatformId},
    runtime::shield,
    store::Store,
};
use clap::{Args, Subcommand};
use std::path::Path;

/// What to do with installations.
#[derive(Debug, Subcommand)]
pub enum Slack {
    /// List the workspaces and organisations that installed the bot. Home, if its token stands in the settings, is not among them.
    Installations,
    /// End the alarm about a place where the bot was taken out or is refused, and delete what is left of its tokens.
    Forget(Forget),
}

/// Which one.
#[derive(Debug, Args)]
pub struct Forget {
    /// Its id: T... or E...
    place: String,
}

impl Slack {
    /// Runs the command.
    pub async fn run(self, config: Option<&Path>) -> Outcome {
        let store = open_store(config).await?;
        match self {
            Self::Installations => shield("cli", list(store)).await,
            Self::Forget(forget) => shield("cli", forget.run(store)).await,
        }
        .map_err(Failure::stopped)?
    }
}

async fn list(store: Store) -> Outcome {
    let workflow = app::offline_workflow(&store)
        .await
        .map_err(Failure::Stopped)?;
    let all = workflow.installations(PlatformId::Slack).await;
    let all = all.map_err(Failure::stopped)?;
    if all.is_empty() {
        println!(
            "No installation is on record; a token that stands in the settings is none. docs/operating.md, \"Several workspaces\", says how others install the bot."
        );
        return Ok(());
    }
    let headings = [
        "PLACE",
        "NAME",
        "STATE",
        "SINCE",
        "BY",
        "TOKEN EXPIRES",
        "WHY",
    ];
    let mut table = Table::new(&headings);
    for one in &all {
        table.row(&row(one));
    }
    print!("{}", table.render());
    Ok(())
}

fn row(one: &Installation) -> [String; 7] {
    [
        one.at.to_string(),
        one.name.clone(),
        one.state.to_string(),
        instant(one.installed_at),
        one.installed_by.clone(),
        one.expires_at.map_or_else(|| "never".to_owned(), instant),
        one.reason.clone().unwrap_or_default(),
    ]
}

impl Forget {
    async fn run(self, store: Store) -> Outcome {
        let workflow = app::offline_workflow(&store)
            .await
            .map_err(Failure::Stopped)?;
        let forgotten = workflow
            .forget_installation(PlatformId::Slack, &self.place)
            .await;
        let forgotten = forgotten.map_err(Failure::stopped)?;
        println!(
            "{} ({}) is forgotten: its tokens are deleted, and its alarm is over.",
            safe(&forgotten.name),
            forgotten.at
        );
        Ok(())
    }
}
