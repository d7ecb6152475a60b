//! `secevent policy`: check a policy file before it is adopted, or print the policy as people read it (promise 8).
//!
//! Invariants: nothing is stored here; `check` exits with 1 if the file could not be adopted. Neighbours: `config` loads and
//! checks; `serve` adopts.

use super::{Failure, Outcome, output::Table};
use crate::{
    config::{LoadedPolicy, load_policy},
    domain::policy::{Category, Policy as Rules},
};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};

/// What to do with a policy.
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Say whether a policy file could be adopted, with the line and the way out of every mistake.
    Check(Which),
    /// Print the policy that a file holds, as people read it.
    Show(Which),
}

/// Which policy.
#[derive(Debug, Args)]
pub struct Which {
    /// The policy file; without it the settings' policy file, or else the built-in default.
    file: Option<PathBuf>,
}

impl Policy {
    /// Runs the command.
    pub fn run(self, config: Option<&Path>) -> Outcome {
        let (which, show) = match self {
            Self::Check(which) => (which, false),
            Self::Show(which) => (which, true),
        };
        let file = match (which.file, config) {
            (Some(file), _) => Some(file),
            (None, Some(config)) => super::settings(Some(config))?.policy_file,
            (None, None) => None,
        };
        let loaded = load_policy(file.as_deref()).map_err(Failure::stopped)?;
        if show {
            print!("{}", text(&loaded.policy));
        } else {
            print!("{}", verdict(&loaded));
        }
        Ok(())
    }
}

fn verdict(loaded: &LoadedPolicy) -> String {
    let mut text = String::new();
    for warning in &loaded.warnings {
        text.push_str(&format!("look at: {warning}\n"));
    }
    text.push_str(&format!(
        "{}: can be adopted. {} categories, {} outcomes, {} escalation policies. SHA-256 {}\n",
        loaded.source,
        loaded.policy.category.len(),
        loaded.policy.outcome.len(),
        loaded.policy.escalation.len(),
        loaded.digest
    ));
    text
}

/// The policy in words.
fn text(policy: &Rules) -> String {
    let mut text = format!(
        "{}\nApproved by {} on {}. Times in {}.\n{}\n\nPoint of contact: {}\n",
        policy.organisation.name,
        policy.organisation.approved_by,
        policy.organisation.approved_on,
        policy.organisation.time_zone,
        policy.organisation.report_early,
        policy.contacts.point_of_contact,
    );
    for urgent in &policy.contacts.urgent {
        text.push_str(&format!(
            "Urgent, {}: {}\n",
            label(policy, urgent.role),
            urgent.reach
        ));
    }
    text.push_str(&format!(
        "Queue: {} ({})\n\nCATEGORIES\n",
        policy.queue.team, policy.queue.purpose
    ));
    for category in &policy.category {
        text.push_str(&category_text(category));
    }
    text.push_str("\nSEVERITY\n");
    let mut table = Table::new(&["LEVEL", "NAME", "ACKNOWLEDGE", "TRIAGE", "RESOLVE", "WHEN"]);
    for rule in &policy.severity {
        table.row(&[
            rule.level.to_string(),
            rule.name.clone(),
            span(rule.acknowledge_seconds),
            span(rule.triage_seconds),
            span(rule.resolve_seconds),
            rule.when.clone(),
        ]);
    }
    text.push_str(&table.render());
    text.push_str("\nASSESSMENT: any yes speaks for an incident\n");
    for criterion in &policy.scheme.criterion {
        text.push_str(&format!("- {}\n", criterion.question));
    }
    for consequence in &policy.scheme.consequence {
        text.push_str(&format!(
            "{}: {} ({})\n",
            consequence.result, consequence.consequence, consequence.priority
        ));
    }
    text.push_str("\nOUTCOMES: what each reporter is told\n");
    for outcome in &policy.outcome {
        text.push_str(&format!("- {}: {}\n", outcome.label, outcome.tell));
    }
    text.push_str("\nESCALATION\n");
    for escalation in &policy.escalation {
        for (at, step) in escalation.step.iter().enumerate() {
            text.push_str(&format!(
                "{}, step {}: {}, {} page(s), {} each until severity says otherwise\n",
                escalation.label,
                at + 1,
                label(policy, step.role),
                step.tries,
                span(step.wait_seconds)
            ));
        }
    }
    text.push_str(&format!(
        "\nReactions that report a message: {}\n",
        policy.reactions.join(", ")
    ));
    text
}

fn category_text(category: &Category) -> String {
    let mut text = format!("{} [{}]\n", category.label, category.id);
    for (title, items) in [
        ("for example", &category.examples),
        ("report when", &category.triggers),
        ("do", &category.advice_do),
        ("do not", &category.advice_dont),
    ] {
        if !items.is_empty() {
            text.push_str(&format!("  {title}: {}\n", items.join("; ")));
        }
    }
    text
}

fn label(policy: &Rules, role: crate::domain::person::Role) -> String {
    policy
        .role
        .iter()
        .find(|entry| entry.role == role)
        .map_or_else(|| role.to_string(), |entry| entry.label.clone())
}

/// Seconds as people say them.
fn span(seconds: u32) -> String {
    match seconds {
        s if s % 86_400 == 0 => format!("{} d", s / 86_400),
        s if s % 3_600 == 0 => format!("{} h", s / 3_600),
        s if s % 60 == 0 => format!("{} min", s / 60),
        s => format!("{s} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::{span, text};
    use crate::config::load_policy;

    #[test]
    fn the_default_policy_prints_every_category_outcome_and_step() {
        let policy = load_policy(None).unwrap().policy;
        let printed = text(&policy);
        for category in &policy.category {
            assert!(
                printed.contains(&category.label),
                "{} is missing",
                category.label
            );
            assert!(
                category
                    .advice_dont
                    .iter()
                    .all(|advice| printed.contains(advice))
            );
        }
        assert!(
            policy
                .outcome
                .iter()
                .all(|outcome| printed.contains(&outcome.tell))
        );
        assert!(printed.contains("step 2"));
        assert_eq!(
            (span(7200), span(90), span(86_400)),
            ("2 h".into(), "90 s".into(), "1 d".into())
        );
    }
}
