//! The policy: versioned data that the program runs on, checks and prints (promise 8).
//!
//! Invariants: a loaded policy has passed [`check::check`]; ids are unique and every reference resolves; times are whole seconds.
//! Neighbours: `config` reads the TOML files into these types, the store keeps each version, every decision cites one.

pub mod check;
mod check_people;
pub mod finding;
pub mod suggest;

use super::assessment::Assessment;
use super::{person::Role, severity::Level};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// The whole policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The organisation.
    pub organisation: Organisation,
    /// Where events are worked on.
    pub queue: Queue,
    /// The point of contact and urgent contacts.
    pub contacts: Contacts,
    /// Event taxonomy, in the order shown; one of them is `not_sure`.
    pub category: Vec<Category>,
    /// Severity rubric, gravest first; exactly the four levels.
    pub severity: Vec<SeverityRule>,
    /// Assessment scheme.
    pub scheme: Scheme,
    /// Outcome vocabulary.
    pub outcome: Vec<Outcome>,
    /// Labels of roles.
    pub role: Vec<RoleLabel>,
    /// Escalation policies; the first is the default.
    pub escalation: Vec<EscalationPolicy>,
    /// Names of reactions (without colons) that report a message, per organisation.
    pub reactions: Vec<String>,
    /// Targets that are not per severity.
    pub targets: Targets,
    /// The daily digest. What is as if it were not written is left out, so that a policy from before there were digests stays the same version.
    #[serde(default, skip_serializing_if = "DigestRules::is_usual")]
    pub digest: DigestRules,
}

/// The organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// Its name.
    pub name: String,
    /// Its zone: years of case numbers, times on cards.
    pub time_zone: Tz,
    /// The report-early rule, shown at every intake surface (R14).
    pub report_early: String,
    /// Who approved this policy and when (R60).
    pub approved_by: String,
    /// Date of approval, ISO 8601.
    pub approved_on: chrono::NaiveDate,
}

/// The queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// Name of the team that owns a case until a person takes it.
    pub team: String,
    /// Purpose, in words.
    pub purpose: String,
}

/// The point of contact and the urgent path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contacts {
    /// Named point of contact, shown in help, receipts and replies (R16).
    pub point_of_contact: String,
    /// What to do when it is urgent or storing was not confirmed (R29).
    pub urgent: Vec<UrgentContact>,
}

/// One urgent contact, by role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UrgentContact {
    /// The role.
    pub role: Role,
    /// How to reach it, as shown: a phone number or bridge.
    pub reach: String,
}

/// A category of the taxonomy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Stable id.
    pub id: String,
    /// Label (at most 75 code points: Slack's option limit).
    pub label: String,
    /// Examples.
    pub examples: Vec<String>,
    /// Reporting triggers: "I saw ..." (R25).
    pub triggers: Vec<String>,
    /// Words and phrases in a report that suggest this category (lower case).
    #[serde(default)]
    pub keywords: Vec<String>,
    /// What the reporter should do now.
    pub advice_do: Vec<String>,
    /// What the reporter should not do.
    pub advice_dont: Vec<String>,
    /// The severity that the rubric would not go below without a reason.
    pub floor: Option<Level>,
    /// Cases of this category must hold alert id, account and links before they leave triage when they come from a machine (R48).
    #[serde(default)]
    pub cloud: bool,
}

/// A level of the rubric.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeverityRule {
    /// The level.
    pub level: Level,
    /// Name.
    pub name: String,
    /// When it applies.
    pub when: String,
    /// Seconds until a page of a step must be acknowledged.
    pub acknowledge_seconds: u32,
    /// Seconds from report to triage.
    pub triage_seconds: u32,
    /// Seconds from report to resolution, shown on the case (R63).
    pub resolve_seconds: u32,
}

/// The assessment scheme (R56-R60).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scheme {
    /// Testable criteria; any that is answered yes speaks for an incident.
    pub criterion: Vec<Criterion>,
    /// What follows from each result; every result but `undecided` has one.
    pub consequence: Vec<Consequence>,
}

/// A testable criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// Stable id.
    pub id: String,
    /// The question, answerable with yes or no.
    pub question: String,
}

/// What follows from a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consequence {
    /// The result.
    pub result: Assessment,
    /// What follows.
    pub consequence: String,
    /// Order of work.
    pub priority: String,
}

/// An outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Stable id.
    pub id: String,
    /// Label for responders.
    pub label: String,
    /// What each reporter is told; in words fit for anybody.
    pub tell: String,
    /// What a reporter of a restricted case is told: nothing of the substance.
    pub tell_restricted: String,
    /// The assessments it may end.
    pub fits: Vec<Assessment>,
}

/// The label of a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleLabel {
    /// The role.
    pub role: Role,
    /// Its label.
    pub label: String,
}

/// Whom to page, in which order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EscalationPolicy {
    /// Stable id.
    pub id: String,
    /// Label.
    pub label: String,
    /// Steps, in order.
    pub step: Vec<EscalationStep>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EscalationStep {
    /// Whom: the first person who has the role now.
    pub role: Role,
    /// How often the person is paged before the next step, at least 1.
    pub tries: u32,
    /// Seconds to wait for an acknowledgement while the case is unrated; a rated case waits as long as its severity says.
    pub wait_seconds: u32,
}

/// Targets of the organisation (never limits of a standard: reading 4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Targets {
    /// Seconds until a person takes a case.
    pub take_seconds: u32,
    /// Seconds until an unrated case is triaged.
    pub triage_seconds: u32,
    /// Seconds in which a reporter may withdraw.
    pub withdraw_seconds: u32,
    /// Seconds until the restriction of a case that concerns a colleague is reviewed.
    pub restriction_review_seconds: u32,
    /// Seconds until feedback must have been delivered after closing.
    pub feedback_seconds: u32,
}

/// The daily digest of what is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DigestRules {
    /// Whether there is one.
    pub enabled: bool,
    /// The hour of the person's own day from which it is sent, 0 to 23.
    pub hour: u8,
}

impl Default for DigestRules {
    fn default() -> Self {
        Self {
            enabled: true,
            hour: 8,
        }
    }
}

impl DigestRules {
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

impl Policy {
    /// The category with this id.
    #[must_use]
    pub fn category(&self, id: &str) -> Option<&Category> {
        self.category.iter().find(|category| category.id == id)
    }

    /// The outcome with this id.
    #[must_use]
    pub fn outcome(&self, id: &str) -> Option<&Outcome> {
        self.outcome.iter().find(|outcome| outcome.id == id)
    }

    /// The rubric's entry for a level.
    #[must_use]
    pub fn severity(&self, level: Level) -> Option<&SeverityRule> {
        self.severity.iter().find(|rule| rule.level == level)
    }
}

/// The id of the category that means nobody knows yet.
pub const NOT_SURE: &str = "not_sure";

/// The default policy that the product ships with, for tests of the domain (`config` loads it for everybody else).
#[cfg(test)]
#[must_use]
pub fn sample() -> Policy {
    toml::from_str(include_str!("../../../manifests/policy/policy.toml"))
        .unwrap_or_else(|error| panic!("manifests/policy/policy.toml: {}", error.message()))
}
