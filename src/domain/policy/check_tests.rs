//! Tests of the policy check: the default passes, and each kind of mistake is found where it was made.

use super::check;
use crate::domain::{
    assessment::Assessment,
    person::Role,
    policy::{
        NOT_SURE, Policy,
        finding::{Finding, Weight},
        sample,
    },
};

fn errors(policy: &Policy) -> Vec<Finding> {
    let mut found = check(policy);
    found.retain(|finding| finding.weight == Weight::Error);
    found
}

/// Breaks the default policy and expects an error at `path`.
fn refused(path: &str, change: impl FnOnce(&mut Policy)) {
    let mut policy = sample();
    change(&mut policy);
    let found = errors(&policy);
    assert!(
        found.iter().any(|finding| finding.path == path),
        "no error at {path}, but: {found:#?}"
    );
}

fn warned(path: &str, change: impl FnOnce(&mut Policy)) {
    let mut policy = sample();
    change(&mut policy);
    let found = check(&policy);
    assert!(
        found
            .iter()
            .any(|finding| finding.path == path && finding.weight == Weight::Warning),
        "no warning at {path}, but: {found:#?}"
    );
}

#[test]
fn the_hour_of_the_digest_is_one_of_a_day() {
    refused("digest.hour", |policy| policy.digest.hour = 24);
    for hour in [0, 23] {
        let mut policy = sample();
        policy.digest.hour = hour;
        assert!(errors(&policy).is_empty());
    }
}

#[test]
fn the_default_policy_has_no_error_and_only_its_examples_are_warned_of() {
    let found = check(&sample());
    let paths: Vec<&str> = found.iter().map(|finding| finding.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "organisation.name",
            "organisation.approved_by",
            "contacts.point_of_contact",
            "contacts.urgent[0].reach",
            "contacts.urgent[1].reach"
        ],
        "{found:#?}"
    );
    assert!(
        found
            .iter()
            .all(|finding| finding.weight == Weight::Warning)
    );
}

#[test]
fn mistakes_in_categories_are_found() {
    refused("category", |p| p.category.retain(|c| c.id != NOT_SURE));
    refused("category[1].id", |p| {
        p.category[1].id = p.category[0].id.clone()
    });
    refused("category[1].id", |p| {
        p.category[1].id = "Data Access".to_owned()
    });
    refused("category[0].label", |p| {
        p.category[0].label = "x".repeat(76)
    });
    refused("category[0].label", |p| {
        p.category[0].label = "  ".to_owned()
    });
    refused("category[1].label", |p| {
        p.category[1].label = p.category[0].label.clone()
    });
    refused("category[2].advice_do", |p| p.category[2].advice_do.clear());
    refused("category[2].advice_dont[0]", |p| {
        p.category[2].advice_dont[0] = "two\nlines".to_owned()
    });
    refused("category[3].triggers", |p| p.category[3].triggers.clear());
    refused("category[3].keywords[0]", |p| {
        p.category[3].keywords[0] = "Fire Wall".to_owned()
    });
    refused("category[3].keywords[1]", |p| {
        p.category[3].keywords[1] = p.category[3].keywords[0].clone()
    });
    warned("category[1].keywords[0]", |p| {
        p.category[1].keywords[0] = "mfa".to_owned()
    });
    warned("category", |p| {
        p.category.retain(|c| c.id != "malware_cloud_compute")
    });
}

#[test]
fn mistakes_in_the_rubric_are_found() {
    refused("severity", |p| p.severity.truncate(3));
    refused("severity", |p| p.severity.swap(0, 1));
    refused("severity[0].triage_seconds", |p| {
        p.severity[0].triage_seconds = 0
    });
    refused("severity[1].acknowledge_seconds", |p| {
        p.severity[1].acknowledge_seconds = 1
    });
    refused("severity[2].triage_seconds", |p| {
        p.severity[2].triage_seconds = u32::MAX
    });
}

#[test]
fn mistakes_in_scheme_and_outcomes_are_found() {
    refused("scheme.criterion", |p| p.scheme.criterion.clear());
    refused("scheme.criterion[0].question", |p| {
        p.scheme.criterion[0].question = "Judge it.".to_owned()
    });
    refused("scheme.consequence", |p| p.scheme.consequence.truncate(3));
    refused("scheme.consequence[0].result", |p| {
        p.scheme.consequence[0].result = Assessment::Undecided
    });
    refused("outcome[0].fits", |p| p.outcome[0].fits.clear());
    refused("outcome[0].fits", |p| {
        p.outcome[0].fits = vec![Assessment::Undecided]
    });
    refused("outcome", |p| {
        p.outcome
            .retain(|o| !o.fits.contains(&Assessment::Duplicate))
    });
    refused("outcome[0].tell", |p| p.outcome[0].tell.clear());
    warned("outcome[0].tell_restricted", |p| {
        p.outcome[0].tell_restricted = p.outcome[0].tell.clone()
    });
}

#[test]
fn mistakes_about_people_are_found() {
    refused("contacts.urgent", |p| p.contacts.urgent.clear());
    refused("role", |p| p.role.truncate(2));
    refused("role[1].role", |p| p.role[1].role = p.role[0].role);
    refused("escalation", |p| p.escalation.clear());
    refused("escalation[0].step", |p| p.escalation[0].step.clear());
    refused("escalation[0].step[0].role", |p| {
        p.escalation[0].step[0].role = Role::Auditor
    });
    refused("escalation[0].step[0].tries", |p| {
        p.escalation[0].step[0].tries = 0
    });
    refused("escalation[0].step[1].wait_seconds", |p| {
        p.escalation[0].step[1].wait_seconds = 0
    });
    refused("reactions[0]", |p| {
        p.reactions[0] = ":rotating_light:".to_owned()
    });
    refused("reactions[1]", |p| p.reactions[1] = p.reactions[0].clone());
    warned("escalation[0].step", |p| p.escalation[0].step.truncate(1));
    warned("reactions", |p| p.reactions.clear());
}

#[test]
fn mistakes_in_targets_are_found() {
    refused("targets.take_seconds", |p| {
        p.targets.take_seconds = p.targets.triage_seconds + 1
    });
    refused("targets.withdraw_seconds", |p| {
        p.targets.withdraw_seconds = 90_000
    });
    refused("targets.feedback_seconds", |p| {
        p.targets.feedback_seconds = 0
    });
}
