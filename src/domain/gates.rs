//! Gates: what is still missing in a case, for its card ("incomplete") and for closing it (R15, R48, R51, R110).
//!
//! Invariants: a missing field never stops a report, an escalation or a hand-off; it stops closing, where the promise is.
//! Neighbours: [`super::closing`] refuses by it, the case card lists it.

use super::{
    assessment::Assessment,
    case::{Case, DetectionSource},
    policy::{NOT_SURE, Policy},
    severity::Severity,
    vocabulary::vocabulary,
};

vocabulary! {
    /// Something that a case lacks.
    Missing {
        /// A category other than "not sure".
        Category = "category",
        /// A severity.
        Severity = "severity",
        /// What it concerns.
        Asset = "asset",
        /// The decision event or incident.
        Assessment = "assessment",
        /// The provider's alert id (machine sources).
        AlertId = "alert_id",
        /// The cloud account (machine sources).
        Account = "account",
        /// Links to artifacts (machine sources).
        Links = "links",
    }
}

impl Missing {
    /// What it is, in the middle of a sentence.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Category => "a category other than \"not sure\"",
            Self::Severity => "a severity",
            Self::Asset => "what it concerns (provider, account, tenant or application)",
            Self::Assessment => "the decision whether it is an incident, with its reason",
            Self::AlertId => "the id of the alert",
            Self::Account => "the cloud account",
            Self::Links => "links to the artifacts",
        }
    }
}

/// Everything that the case still lacks.
#[must_use]
pub fn incomplete(case: &Case, policy: &Policy) -> Vec<Missing> {
    let mut missing = Vec::new();
    if case.category == NOT_SURE {
        missing.push(Missing::Category);
    }
    if case.severity == Severity::Unrated {
        missing.push(Missing::Severity);
    }
    if case.asset.is_empty() {
        missing.push(Missing::Asset);
    }
    if case.assessment == Assessment::Undecided {
        missing.push(Missing::Assessment);
    }
    missing.extend(machine_fields(case, policy));
    missing
}

/// What must be there before the case can be closed. An incident needs a severity; anything else may be closed unrated.
#[must_use]
pub fn missing_to_close(case: &Case, policy: &Policy) -> Vec<Missing> {
    incomplete(case, policy)
        .into_iter()
        .filter(|missing| match missing {
            Missing::Asset => false,
            Missing::Severity => case.assessment == Assessment::Incident,
            _ => true,
        })
        .collect()
}

/// What a case of a cloud category that a machine reported must hold (R48).
fn machine_fields(case: &Case, policy: &Policy) -> Vec<Missing> {
    let machine = matches!(
        case.detection_source,
        DetectionSource::Siem | DetectionSource::CspAlert
    );
    let cloud = policy.category(&case.category).is_some_and(|c| c.cloud);
    if !machine || !cloud {
        return Vec::new();
    }
    let mut missing = Vec::new();
    if case.alert.id.is_none() {
        missing.push(Missing::AlertId);
    }
    if case.asset.account.is_none() {
        missing.push(Missing::Account);
    }
    if case.alert.links.is_empty() {
        missing.push(Missing::Links);
    }
    missing
}

/// The missing things as one phrase: "a severity and the cloud account".
#[must_use]
pub fn phrase(missing: &[Missing]) -> String {
    let words: Vec<&str> = missing.iter().map(|m| m.words()).collect();
    match words.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}
