//! `secevent outbox`: what is on its way, what gave up, and sending it again.
//!
//! Invariants: nothing is rendered or sent here; `retry` makes a row due again and the running bot sends it. Neighbours: `store`.

use super::{
    Failure, Outcome, open_store,
    output::{Table, instant, safe},
};
use crate::{
    domain::{
        clock::{Clock, SystemClock},
        ids::{CaseNumber, OutboxId},
        notification::Recipient,
    },
    runtime::shield,
    store::{OutboxFilter, OutboxRow, OutboxState, Store},
};
use clap::{Args, Subcommand};
use std::path::Path;

/// What to do with the outbox.
#[derive(Debug, Subcommand)]
pub enum Outbox {
    /// List rows, newest first; those that still wait or gave up unless told otherwise.
    List(List),
    /// Show one row with every attempt.
    Show(One),
    /// Make a row that gave up or was cancelled due again.
    Retry(One),
}

/// Which rows.
#[derive(Debug, Args)]
pub struct List {
    /// Also those that are done.
    #[arg(long)]
    all: bool,
    /// Only those of this case.
    #[arg(long, value_name = "NUMBER")]
    case: Option<CaseNumber>,
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    limit: u32,
}

/// Which row.
#[derive(Debug, Args)]
pub struct One {
    /// Its id, as `outbox list` prints it.
    id: OutboxId,
}

impl Outbox {
    /// Runs the command.
    pub async fn run(self, config: Option<&Path>) -> Outcome {
        let store = open_store(config).await?;
        match self {
            Self::List(list) => shield("cli", list.run(store)).await,
            Self::Show(one) => shield("cli", show(store, one.id)).await,
            Self::Retry(one) => shield("cli", retry(store, one.id)).await,
        }
        .map_err(Failure::stopped)?
    }
}

impl List {
    async fn run(self, store: Store) -> Outcome {
        let case = match self.case {
            None => None,
            Some(number) => {
                let case = store
                    .case_by_number(number)
                    .await
                    .map_err(Failure::stopped)?;
                Some(
                    case.ok_or_else(|| Failure::Stopped(format!("there is no case {number}")))?
                        .id,
                )
            }
        };
        let states = if self.all {
            Vec::new()
        } else {
            vec![
                OutboxState::Ready,
                OutboxState::Leased,
                OutboxState::Sending,
                OutboxState::Dead,
            ]
        };
        let filter = OutboxFilter {
            states,
            kind: None,
            case,
            limit: self.limit,
        };
        let rows = store.outbox(&filter).await.map_err(Failure::stopped)?;
        if rows.is_empty() {
            println!(
                "Nothing is waiting and nothing gave up. `secevent outbox list --all` shows what is done."
            );
            return Ok(());
        }
        let mut table = Table::new(&["ID", "KIND", "STATE", "TRIES", "DUE", "LANE", "LAST ERROR"]);
        for row in &rows {
            table.row(&[
                row.notification.id.to_string(),
                row.notification.kind.to_string(),
                row.state.to_string(),
                row.attempts.to_string(),
                instant(row.run_at),
                row.lane.clone(),
                row.last_error.clone().unwrap_or_default(),
            ]);
        }
        print!("{}", table.render());
        Ok(())
    }
}

async fn find(store: &Store, id: OutboxId) -> Result<OutboxRow, Failure> {
    store
        .outbox_row(id)
        .await
        .map_err(Failure::stopped)?
        .ok_or_else(|| Failure::Stopped(format!("there is no row {id} in the outbox; `secevent outbox list --all` shows which there are")))
}

async fn show(store: Store, id: OutboxId) -> Outcome {
    let row = find(&store, id).await?;
    let notification = &row.notification;
    println!("{} {} ({})", notification.kind, id, notification.dedupe);
    println!(
        "state      {} since it was made {}, delivery {}",
        row.state,
        instant(row.created_at),
        row.delivery
    );
    println!("to         {}", recipient(&notification.to));
    println!("due        {}", instant(row.run_at));
    if row.maybe_sent {
        println!(
            "note       a call was under way when its sender died: it may have arrived already"
        );
    }
    if let Some(message) = &row.message {
        println!(
            "message    {} {} {}",
            message.platform, message.channel, message.message
        );
    }
    let attempts = store.attempts(id).await.map_err(Failure::stopped)?;
    if attempts.is_empty() {
        println!("No attempt yet.");
        return Ok(());
    }
    let mut table = Table::new(&[
        "ENDED",
        "OUTCOME",
        "BY",
        "STATUS",
        "CONTENT SHA-256",
        "REASON",
    ]);
    for attempt in &attempts {
        table.row(&[
            instant(attempt.finished_at),
            attempt.outcome.clone(),
            attempt.owner.clone(),
            attempt.status.clone().unwrap_or_default(),
            attempt
                .content_sha256
                .as_deref()
                .map(|hash| hash.chars().take(16).collect())
                .unwrap_or_default(),
            attempt.reason.clone().unwrap_or_default(),
        ]);
    }
    print!("{}", table.render());
    Ok(())
}

fn recipient(to: &Recipient) -> String {
    match to {
        Recipient::Person {
            person,
            via: Some(via),
        } => safe(&format!(
            "person {person} as {} on {}",
            via.user, via.platform
        )),
        Recipient::Person { person, via: None } => format!("person {person}"),
        Recipient::Queue => "the queue channel".to_owned(),
        Recipient::CaseThread => "the case's thread".to_owned(),
    }
}

async fn retry(store: Store, id: OutboxId) -> Outcome {
    let row = find(&store, id).await?;
    if store
        .retry(id, SystemClock.now())
        .await
        .map_err(Failure::stopped)?
    {
        println!(
            "{} {id} is due again; the running bot sends it.",
            row.notification.kind
        );
        Ok(())
    } else {
        Err(Failure::Stopped(format!(
            "row {id} is {}: only what gave up or was cancelled can be sent again",
            row.state
        )))
    }
}
