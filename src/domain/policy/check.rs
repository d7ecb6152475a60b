//! Checks across the fields of a policy, beyond what the types say: unique ids, closed references, order, limits of forms.
//!
//! Invariants: pure; never stops at the first mistake; a policy with an error among its findings is never adopted; a warning is
//! shown by `policy check` and `doctor` and stops nothing. Neighbours: `config` maps a finding's path back to a line of the file.

use super::{
    NOT_SURE, Outcome, Policy, SeverityRule,
    finding::{CHOICES_MAX, Finding, Findings, LABEL_MAX, LINE_MAX, TEXT_MAX, capped},
};
use crate::domain::{assessment::Assessment, person::Role, severity::Level};
use std::collections::{BTreeMap, BTreeSet};

/// The categories that the organisation cannot do without (R20 to R24).
pub const CORE_CATEGORIES: [&str; 5] = [
    "credential_anomaly",
    "data_access_anomaly",
    "malware_cloud_compute",
    "security_control_change",
    "third_party_notification",
];

/// Everything that is wrong with `policy`, errors and warnings, in the order of the file.
#[must_use]
pub fn check(policy: &Policy) -> Vec<Finding> {
    let mut found = Findings::default();
    organisation(policy, &mut found);
    categories(policy, &mut found);
    severities(&policy.severity, &mut found);
    scheme(policy, &mut found);
    outcomes(&policy.outcome, &mut found);
    super::check_people::people(policy, &mut found);
    targets(policy, &mut found);
    found.into_list()
}

fn organisation(policy: &Policy, found: &mut Findings) {
    let organisation = &policy.organisation;
    found.text("organisation.name", &organisation.name, 80);
    found.placeholder("organisation.name", &organisation.name);
    found.text("organisation.report_early", &organisation.report_early, 300);
    found.text("organisation.approved_by", &organisation.approved_by, 120);
    found.placeholder("organisation.approved_by", &organisation.approved_by);
    found.text("queue.team", &policy.queue.team, LABEL_MAX);
    found.text("queue.purpose", &policy.queue.purpose, TEXT_MAX);
}

fn categories(policy: &Policy, found: &mut Findings) {
    let all = &policy.category;
    found.ids("category", all.iter().map(|category| category.id.as_str()));
    if policy.category(NOT_SURE).is_none() {
        found.error(
            "category",
            "there is no category \"not_sure\"",
            "Add it: a reporter must never have to know the category",
        );
    }
    for id in CORE_CATEGORIES {
        if policy.category(id).is_none() {
            found.warn(
                "category",
                format!("the category \"{id}\" is missing"),
                "Add it, or record elsewhere which category takes its place",
            );
        }
    }
    if all.len() > CHOICES_MAX {
        found.error(
            "category",
            format!("{} categories do not fit into one choice", all.len()),
            format!("Keep {CHOICES_MAX} at most; ten are plenty"),
        );
    }
    let mut labels: BTreeMap<&str, usize> = BTreeMap::new();
    let mut keywords: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, category) in all.iter().enumerate() {
        let path = format!("category[{at}]");
        found.text(&format!("{path}.label"), &category.label, LABEL_MAX);
        if let Some(first) = labels.insert(&category.label, at) {
            found.error(
                format!("{path}.label"),
                format!("category[{first}] has the same label"),
                "Give each category a label of its own",
            );
        }
        found.texts(&format!("{path}.examples"), &category.examples, LINE_MAX);
        found.texts(&format!("{path}.triggers"), &category.triggers, LINE_MAX);
        found.texts(&format!("{path}.advice_do"), &category.advice_do, LINE_MAX);
        found.texts(
            &format!("{path}.advice_dont"),
            &category.advice_dont,
            LINE_MAX,
        );
        if category.id == NOT_SURE && !category.keywords.is_empty() {
            found.error(
                format!("{path}.keywords"),
                "\"not_sure\" cannot be suggested",
                "Remove its keywords: it is what remains when nothing else fits",
            );
        }
        for (k, keyword) in category.keywords.iter().enumerate() {
            let path = format!("{path}.keywords[{k}]");
            if !super::suggest::is_keyword(keyword) {
                found.error(
                    &path,
                    format!("\"{}\" cannot be a keyword", capped(keyword)),
                    "Use lower-case words parted by one space; only the last may end in *, after 3 letters or more",
                );
            }
            match keywords.insert(keyword, at) {
                Some(first) if first == at => {
                    found.error(&path, "this keyword stands here twice", "Remove one");
                }
                Some(first) => found.warn(
                    &path,
                    format!("category[{first}] has the same keyword, so it decides nothing"),
                    "Keep it in one of them",
                ),
                None => {}
            }
        }
    }
}

fn severities(rules: &[SeverityRule], found: &mut Findings) {
    let levels: Vec<Level> = rules.iter().map(|rule| rule.level).collect();
    if levels != Level::ALL {
        found.error(
            "severity",
            "the rubric does not hold SEV1, SEV2, SEV3 and SEV4, once each and in this order",
            "Write one [[severity]] for each, gravest first",
        );
    }
    for (at, rule) in rules.iter().enumerate() {
        let path = format!("severity[{at}]");
        found.text(&format!("{path}.name"), &rule.name, 40);
        found.text(&format!("{path}.when"), &rule.when, TEXT_MAX);
        let times = [
            ("acknowledge_seconds", rule.acknowledge_seconds),
            ("triage_seconds", rule.triage_seconds),
            ("resolve_seconds", rule.resolve_seconds),
        ];
        for (key, seconds) in times {
            found.seconds(&format!("{path}.{key}"), seconds);
        }
        for (key, seconds) in &times[..2] {
            if *seconds > rule.resolve_seconds {
                found.error(
                    format!("{path}.{key}"),
                    "this takes longer than resolving the whole case",
                    "Shorten it, or allow more in resolve_seconds",
                );
            }
        }
        if let Some(graver) = at.checked_sub(1).and_then(|before| rules.get(before)) {
            let before = [
                graver.acknowledge_seconds,
                graver.triage_seconds,
                graver.resolve_seconds,
            ];
            for ((key, seconds), before) in times.iter().zip(before) {
                if *seconds < before {
                    found.error(
                        format!("{path}.{key}"),
                        format!(
                            "{} would be handled faster than the graver {}",
                            rule.level, graver.level
                        ),
                        "Let the graver level have the shorter time",
                    );
                }
            }
        }
    }
}

fn scheme(policy: &Policy, found: &mut Findings) {
    let scheme = &policy.scheme;
    if scheme.criterion.is_empty() {
        found.error(
            "scheme.criterion",
            "there is no criterion",
            "Write at least one question that tells an incident from an event",
        );
    }
    found.ids(
        "scheme.criterion",
        scheme.criterion.iter().map(|c| c.id.as_str()),
    );
    for (at, criterion) in scheme.criterion.iter().enumerate() {
        let path = format!("scheme.criterion[{at}].question");
        found.text(&path, &criterion.question, LINE_MAX);
        if !criterion.question.trim_end().ends_with('?') {
            found.error(
                &path,
                "this is not a question",
                "Word it so that the facts answer yes or no, and end it with ?",
            );
        }
    }
    let mut seen = BTreeSet::new();
    for (at, consequence) in scheme.consequence.iter().enumerate() {
        let path = format!("scheme.consequence[{at}]");
        found.text(
            &format!("{path}.consequence"),
            &consequence.consequence,
            TEXT_MAX,
        );
        found.text(&format!("{path}.priority"), &consequence.priority, LINE_MAX);
        if consequence.result == Assessment::Undecided || !seen.insert(consequence.result) {
            found.error(
                format!("{path}.result"),
                format!(
                    "\"{}\" cannot stand here, or stands here twice",
                    consequence.result
                ),
                "Write one consequence for each of event, incident, false_positive and duplicate",
            );
        }
    }
    for result in decided().filter(|result| !seen.contains(result)) {
        found.error(
            "scheme.consequence",
            format!("nothing says what follows from \"{result}\""),
            format!("Add a [[scheme.consequence]] with result = \"{result}\""),
        );
    }
}

fn outcomes(outcomes: &[Outcome], found: &mut Findings) {
    found.ids(
        "outcome",
        outcomes.iter().map(|outcome| outcome.id.as_str()),
    );
    if outcomes.len() > CHOICES_MAX {
        found.error(
            "outcome",
            format!("{} outcomes do not fit into one choice", outcomes.len()),
            format!("Keep {CHOICES_MAX} at most"),
        );
    }
    for (at, outcome) in outcomes.iter().enumerate() {
        let path = format!("outcome[{at}]");
        found.text(&format!("{path}.label"), &outcome.label, LABEL_MAX);
        found.text(&format!("{path}.tell"), &outcome.tell, TEXT_MAX);
        found.text(
            &format!("{path}.tell_restricted"),
            &outcome.tell_restricted,
            TEXT_MAX,
        );
        if outcome.tell.trim() == outcome.tell_restricted.trim() {
            found.warn(
                format!("{path}.tell_restricted"),
                "reporters of a restricted case hear the same as everybody",
                "Make sure that it says nothing of the substance",
            );
        }
        let distinct: BTreeSet<_> = outcome.fits.iter().collect();
        if outcome.fits.is_empty()
            || distinct.len() != outcome.fits.len()
            || outcome.fits.contains(&Assessment::Undecided)
        {
            found.error(
                format!("{path}.fits"),
                "this list is empty, names an assessment twice, or holds \"undecided\"",
                "Name each of event, incident, false_positive, duplicate that this outcome may end",
            );
        }
    }
    for result in decided() {
        if !outcomes
            .iter()
            .any(|outcome| outcome.fits.contains(&result))
        {
            found.error(
                "outcome",
                format!("a case assessed as \"{result}\" could never be closed"),
                format!("Add \"{result}\" to the `fits` of an outcome"),
            );
        }
    }
}

fn targets(policy: &Policy, found: &mut Findings) {
    let targets = &policy.targets;
    for (key, seconds) in [
        ("take_seconds", targets.take_seconds),
        ("triage_seconds", targets.triage_seconds),
        ("withdraw_seconds", targets.withdraw_seconds),
        (
            "restriction_review_seconds",
            targets.restriction_review_seconds,
        ),
        ("feedback_seconds", targets.feedback_seconds),
    ] {
        found.seconds(&format!("targets.{key}"), seconds);
    }
    if targets.take_seconds > targets.triage_seconds {
        found.error(
            "targets.take_seconds",
            "a case would be triaged before anybody has to take it",
            "Let take_seconds be at most triage_seconds",
        );
    }
    if targets.withdraw_seconds > 86_400 {
        found.error(
            "targets.withdraw_seconds",
            "a report could be withdrawn for more than a day, after others have acted on it",
            "Give 86400 at most; 600 is usual",
        );
    }
    if policy.digest.hour > 23 {
        found.error(
            "digest.hour",
            format!("{} is no hour of a day", policy.digest.hour),
            "Give a whole hour from 0 to 23; to have no digest, write enabled = false",
        );
    }
}

fn decided() -> impl Iterator<Item = Assessment> {
    Assessment::ALL
        .iter()
        .copied()
        .filter(|result| *result != Assessment::Undecided)
}

/// Whether somebody with this role can be paged: the role must be able to act on a case.
#[must_use]
pub const fn can_be_paged(role: Role) -> bool {
    !matches!(role, Role::Auditor | Role::Operator)
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
