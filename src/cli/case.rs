//! `secevent case`: looks at cases from the operator's terminal.
//!
//! Invariants: changes no case; what people wrote is shown without control characters. A restricted case shows its number and status
//! only; `--reveal` shows the rest, after that was put on the record. Neighbours: `store`, and `workflow` for what is revealed.

use super::{
    Failure, Outcome, open_store,
    output::{Table, instant, safe},
};
use crate::{
    app,
    domain::{
        case::{Case as Record, Owner},
        clock::{Clock, SystemClock},
        event_report::Kept,
        ids::{CaseId, CaseNumber},
        person::Who,
        severity::Severity,
        timeline::Stream,
        visible::{Audience, visible},
    },
    runtime::shield,
    store::{Entry, Store},
};
use clap::{Args, Subcommand};
use std::{collections::BTreeMap, path::Path};

/// What to do with cases.
#[derive(Debug, Subcommand)]
pub enum Case {
    /// List cases: open ones, oldest first, unless told otherwise.
    List(List),
    /// Show one case with its reports and its timeline.
    Show(Show),
}

/// Which cases.
#[derive(Debug, Args)]
pub struct List {
    /// Also closed ones, newest first.
    #[arg(long)]
    all: bool,
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    limit: u32,
}

/// Which case.
#[derive(Debug, Args)]
pub struct Show {
    /// Its number, such as SE-2026-0042.
    number: CaseNumber,
    /// Show a restricted case whole. That somebody looked goes on the record first.
    #[arg(long)]
    reveal: bool,
}

impl Case {
    /// Runs the command.
    pub async fn run(self, config: Option<&Path>) -> Outcome {
        let store = open_store(config).await?;
        match self {
            Self::List(list) => shield("cli", list.run(store)).await,
            Self::Show(show) => shield("cli", show.run(store)).await,
        }
        .map_err(Failure::stopped)?
    }
}

impl List {
    async fn run(self, store: Store) -> Outcome {
        let cases = if self.all {
            store.cases(None, self.limit).await
        } else {
            store.open_cases(self.limit).await
        }
        .map_err(Failure::stopped)?;
        if cases.is_empty() {
            println!(
                "{}",
                if self.all {
                    "No case yet."
                } else {
                    "No open case. `secevent case list --all` shows closed ones too."
                }
            );
            return Ok(());
        }
        let names = names(&store).await?;
        let mut table = Table::new(&[
            "NUMBER",
            "STATUS",
            "SEVERITY",
            "ASSESSMENT",
            "OWNER",
            "REPORTED",
            "TITLE",
        ]);
        for case in &cases {
            let view = visible(case, &Audience::Queue);
            let shown = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
            table.row(&[
                view.number.to_string(),
                view.merged_into.map_or_else(
                    || view.status.to_string(),
                    |into| format!("merged into {into}"),
                ),
                shown(view.severity.map(severity)),
                shown(view.assessment.map(|found| found.to_string())),
                shown(view.owner.map(|whose| owner(&whose, &names))),
                shown(view.reported_at.map(instant)),
                view.title.unwrap_or_else(|| "(restricted)".to_owned()),
            ]);
        }
        print!("{}", table.render());
        Ok(())
    }
}

impl Show {
    async fn run(self, store: Store) -> Outcome {
        let case = store
            .case_by_number(self.number)
            .await
            .map_err(Failure::stopped)?
            .ok_or_else(|| Failure::Stopped(format!("there is no case {}", self.number)))?;
        if case.handling.restricted.is_some() {
            if !self.reveal {
                println!(
                    "{}  {}, restricted. `secevent case show {} --reveal` shows the rest and puts on the record that somebody looked.",
                    case.number, case.status, case.number
                );
                return Ok(());
            }
            reveal(&store, case.id).await?;
        }
        let names = names(&store).await?;
        print!("{}", facts(&case, &names));
        for merged in store.merged_into(case.id).await.map_err(Failure::stopped)? {
            println!(
                "merged in   {} ({} reports)",
                merged.case.number,
                merged.reports.len()
            );
        }
        println!("\nREPORTS");
        for report in store
            .reports_of_case(case.id)
            .await
            .map_err(Failure::stopped)?
        {
            let name = names
                .get(&report.reporter.to_string())
                .cloned()
                .unwrap_or_else(|| report.reporter.to_string());
            println!(
                "{}  {}  by {}: {}",
                instant(report.reported_at),
                report.origin.door,
                safe(&name),
                safe(&report.text)
            );
        }
        let files = store
            .attachments_of_case(case.id)
            .await
            .map_err(Failure::stopped)?;
        if !files.is_empty() {
            println!("\nFILES");
        }
        for file in &files {
            println!("{}: {}", safe(&file.file.name), safe(&kept(&file.kept)));
        }
        println!("\nTIMELINE");
        let mut table = Table::new(&["SEQ", "RECORDED", "WHO", "WHAT", "DOOR", "HASH"]);
        let mut from = 1;
        loop {
            let page = store
                .timeline(Stream::Case(case.id), from, 500)
                .await
                .map_err(Failure::stopped)?;
            let Some(last) = page.last() else { break };
            from = last.seq + 1;
            for entry in &page {
                table.row(&line(entry, &names));
            }
        }
        print!("{}", table.render());
        Ok(())
    }
}

fn kept(kept: &Kept) -> String {
    match kept {
        Kept::Pending => "to be fetched".to_owned(),
        Kept::Yes { sha256, size } => format!("kept, {size} bytes, SHA-256 {sha256}"),
        Kept::No { reason } => format!("not kept. {reason}"),
    }
}

/// Puts on the record that somebody looks; without that nothing is shown.
async fn reveal(store: &Store, case: CaseId) -> Outcome {
    let workflow = app::offline_workflow(store).await;
    let workflow = workflow.map_err(Failure::Stopped)?;
    workflow.reveal(case).await.map_err(Failure::stopped)
}

fn line(entry: &Entry, names: &BTreeMap<String, String>) -> [String; 6] {
    let who = match entry.actor {
        Who::System => "system".to_owned(),
        Who::Person(person) => names
            .get(&person.to_string())
            .cloned()
            .unwrap_or_else(|| person.to_string()),
    };
    [
        entry.seq.to_string(),
        instant(entry.recorded_at),
        who,
        if entry.body.is_some() {
            entry.kind.clone()
        } else {
            format!("{} (redacted)", entry.kind)
        },
        entry.origin.door.to_string(),
        entry.hash.chars().take(16).collect(),
    ]
}

fn facts(case: &Record, names: &BTreeMap<String, String>) -> String {
    let mut lines = vec![
        format!("{}  {}", case.number, safe(&case.title)),
        format!("status      {} ({})", case.status, case.assessment),
        format!("severity    {}", severity(case.severity)),
        format!("category    {}", case.category),
        format!("owner       {}", owner(&case.owner, names)),
        format!("handling    {}", case.handling.tlp),
        format!("reported    {}", instant(case.reported_at)),
    ];
    if let Some(restriction) = &case.handling.restricted {
        lines.push(format!(
            "restricted  {} (review {})",
            safe(&restriction.reason),
            instant(restriction.until)
        ));
    }
    for (label, at) in [
        ("taken", case.instants.taken),
        ("triaged", case.instants.triaged),
        ("escalated", case.instants.escalated),
        ("closed", case.instants.closed),
    ] {
        if let Some(at) = at {
            lines.push(format!("{label:<11} {}", instant(at)));
        }
    }
    if let Some(into) = &case.merged_into {
        lines.push(format!("merged into {}", into.number));
    }
    if let Some(closure) = &case.closure {
        lines.push(format!(
            "outcome     {}: {}",
            closure.outcome,
            safe(&closure.notes)
        ));
    }
    lines.push(format!("policy      {}", case.policy));
    lines.join("\n") + "\n"
}

fn severity(severity: Severity) -> String {
    match severity {
        Severity::Unrated => "unrated".to_owned(),
        Severity::Rated { initial, current } if initial == current => current.to_string(),
        Severity::Rated { initial, current } => format!("{current} (first {initial})"),
    }
}

fn owner(owner: &Owner, names: &BTreeMap<String, String>) -> String {
    match owner {
        Owner::Team(team) => team.clone(),
        Owner::Person(person) => names
            .get(&person.to_string())
            .cloned()
            .unwrap_or_else(|| person.to_string()),
    }
}

async fn names(store: &Store) -> Result<BTreeMap<String, String>, Failure> {
    let people = store
        .all_people(SystemClock.now())
        .await
        .map_err(Failure::stopped)?;
    Ok(people
        .into_iter()
        .map(|known| (known.person.id.to_string(), known.person.name))
        .collect())
}
