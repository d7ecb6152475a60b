//! `secevent doctor`: examines everything an installation needs, and says how to mend what is wrong.
//!
//! Invariants: changes nothing; goes on after a finding, as far as the next examination can; exits with 1 if anything is not well.
//! Neighbours: `config` loads, `store` and the platform's adapter examine themselves.

use super::{Failure, Outcome, output::safe};
use crate::{
    app,
    config::{Config, LoadedPolicy, Variables, load_config, load_directory, load_policy},
    domain::clock::{Clock, SystemClock},
    domain::person::Role,
    runtime::shield,
    store::Store,
};
use std::path::Path;

/// A larger difference between this machine's clock and the database's is a finding: leases and deadlines are compared across replicas.
const SKEW_MS: i64 = 1_000;

/// What was found so far.
#[derive(Debug, Default)]
struct Findings {
    wrong: usize,
}

impl Findings {
    fn well(&self, what: &str, sentence: impl std::fmt::Display) {
        println!("ok     {what}: {}", safe(&sentence.to_string()));
    }

    fn look(&self, what: &str, sentence: impl std::fmt::Display) {
        println!("look   {what}: {}", safe(&sentence.to_string()));
    }

    fn wrong(&mut self, what: &str, sentence: impl std::fmt::Display) {
        for line in sentence.to_string().lines() {
            self.wrong += 1;
            println!("WRONG  {what}: {}", safe(line));
        }
    }
}

/// Runs the command.
pub async fn run(config: Option<&Path>) -> Outcome {
    let mut findings = Findings::default();
    match load_config(config, &Variables::of_process()) {
        Err(error) => findings.wrong("settings", error),
        Ok(config) => {
            findings.well("settings", "can be read");
            for warning in &config.warnings {
                findings.look("settings", warning);
            }
            examine(&config, &mut findings).await?;
        }
    }
    if findings.wrong == 0 {
        println!("All is well.");
        return Ok(());
    }
    println!(
        "{} finding(s) to mend. Begin with the first: others may follow from it, or come to light after it.",
        findings.wrong
    );
    Err(Failure::Findings)
}

async fn examine(config: &Config, findings: &mut Findings) -> Outcome {
    files(config, findings);
    let mut store = None;
    let connecting = config.clone();
    match shield("cli", async move { app::connect(&connecting).await })
        .await
        .map_err(Failure::stopped)?
    {
        Err(error) => findings.wrong(
            "database",
            format!("{error}; is it up, and is database.url right?"),
        ),
        Ok(opened) => {
            // What is on record can be read once the schema is there.
            store = database(opened.clone(), findings).await?.then_some(opened);
        }
    }
    let settings = config.clone();
    let examined = shield("cli", async move {
        [
            ("slack", app::examine_slack(&settings, store.as_ref()).await),
            ("discord", app::examine_discord(&settings).await),
        ]
    });
    let examined = examined.await.map_err(Failure::stopped)?;
    if examined.iter().all(|(_, found)| found.is_none()) {
        findings.wrong(
            "platforms",
            "no section [slack] or [discord] in the settings: nobody can report",
        );
    }
    for (platform, found) in examined {
        match found {
            None => {}
            Some(Err(error)) => findings.wrong(platform, error),
            Some(Ok(found)) => found.into_iter().for_each(|finding| {
                if finding.ok {
                    findings.well(&finding.what, finding.sentence);
                } else {
                    findings.wrong(&finding.what, finding.sentence);
                }
            }),
        }
    }
    Ok(())
}

fn files(config: &Config, findings: &mut Findings) {
    let policy = match load_policy(config.policy_file.as_deref()) {
        Err(error) => return findings.wrong("policy", error),
        Ok(policy) => policy,
    };
    findings.well("policy", format!("{} can be adopted", policy.source));
    for warning in &policy.warnings {
        findings.look("policy", warning);
    }
    match &config.directory_file {
        None => findings.wrong("directory", "no directory_file in the settings: nobody can take a case or be paged. Copy manifests/policy/directory.example.toml"),
        Some(file) => directory(file, &policy, findings),
    }
}

fn directory(file: &Path, policy: &LoadedPolicy, findings: &mut Findings) {
    let loaded = match load_directory(file, &policy.policy) {
        Err(error) => return findings.wrong("directory", error),
        Ok(loaded) => loaded,
    };
    for warning in &loaded.warnings {
        findings.look("directory", warning);
    }
    let mut paged: Vec<Role> = policy
        .policy
        .escalation
        .iter()
        .flat_map(|policy| &policy.step)
        .map(|step| step.role)
        .collect();
    paged.sort_unstable();
    paged.dedup();
    for role in paged {
        if !loaded.directory.holds(role) {
            findings.wrong("directory", format!("nobody holds the role {role}, which the escalation policy pages: give it to somebody"));
        }
    }
    findings.well(
        "directory",
        format!("{} people", loaded.directory.people().len()),
    );
}

/// Whether it can be read.
async fn database(store: Store, findings: &mut Findings) -> Result<bool, Failure> {
    let asked = store.clone();
    let found = shield("cli", async move {
        let pending = asked.pending_migrations().await?;
        let skew = asked.clock_skew(SystemClock.now()).await?;
        let (alarms, doors) = if pending.is_empty() {
            (asked.open_alarms().await?, asked.doors_seen().await?)
        } else {
            (Vec::new(), Vec::new())
        };
        Ok::<_, crate::store::StoreError>((pending, skew, alarms, doors))
    })
    .await
    .map_err(Failure::stopped)?;
    let (pending, skew, alarms, doors) = match found {
        Err(error) => {
            findings.wrong("database", error);
            return Ok(false);
        }
        Ok(found) => found,
    };
    if pending.is_empty() {
        findings.well("database", "reached, and its schema is up to date");
    } else {
        findings.look(
            "database",
            format!(
                "the schema will be changed at the next start ({}); `secevent migrate` does it now",
                pending.join(", ")
            ),
        );
    }
    match skew.map(|skew| skew.num_milliseconds()) {
        Some(ms) if ms.abs() > SKEW_MS => findings.wrong("clock", format!("the database's clock differs by {ms} ms from this machine's; synchronise both (NTP)")),
        Some(ms) => findings.well("clock", format!("differs by {ms} ms from the database's")),
        None => findings.well("clock", "one machine, one clock"),
    }
    if pending.is_empty() && doors.is_empty() {
        findings.look("doors", "nothing has come from any platform yet");
    }
    for door in doors {
        let at = super::output::instant(door.last_at);
        findings.well(
            "doors",
            format!(
                "{} sent a delivery of kind {} last at {at}",
                door.platform, door.door
            ),
        );
    }
    if pending.is_empty() && alarms.is_empty() {
        findings.well("alarms", "none open");
    }
    for alarm in alarms {
        let since = super::output::instant(alarm.first_seen);
        findings.wrong(
            "alarm",
            format!(
                "{} ({}), {} time(s) since {since}: {}",
                alarm.kind, alarm.subject, alarm.count, alarm.text
            ),
        );
    }
    Ok(pending.is_empty())
}
