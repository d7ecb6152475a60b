//! The part of the check that is about people: contacts, labels of roles, escalation, reactions.
//!
//! Invariants: as in [`super::check`]: pure, gathers everything. Who holds a role is not known here; the directory file's
//! check compares the two.

use super::{
    Policy,
    check::can_be_paged,
    finding::{Findings, LABEL_MAX, LINE_MAX, capped},
};
use crate::domain::person::Role;
use std::collections::BTreeSet;

/// Most tries within one step.
const TRIES_MAX: u32 = 10;
/// Longest wait for an acknowledgement, in seconds: one day.
const WAIT_MAX: u32 = 86_400;

pub(super) fn people(policy: &Policy, found: &mut Findings) {
    contacts(policy, found);
    labels(policy, found);
    escalation(policy, found);
    reactions(&policy.reactions, found);
}

fn contacts(policy: &Policy, found: &mut Findings) {
    let contacts = &policy.contacts;
    found.text(
        "contacts.point_of_contact",
        &contacts.point_of_contact,
        LINE_MAX,
    );
    found.placeholder("contacts.point_of_contact", &contacts.point_of_contact);
    for (at, contact) in contacts.urgent.iter().enumerate() {
        let path = format!("contacts.urgent[{at}].reach");
        found.text(&path, &contact.reach, LINE_MAX);
        found.placeholder(&path, &contact.reach);
    }
    let leads = [Role::IncidentCommander, Role::SocLead];
    if !contacts
        .urgent
        .iter()
        .any(|contact| leads.contains(&contact.role))
    {
        found.error(
            "contacts.urgent",
            "no urgent contact leads to the incident commander or the security operations lead",
            "Add a [[contacts.urgent]] with role = \"incident_commander\" and a number that is answered",
        );
    }
}

fn labels(policy: &Policy, found: &mut Findings) {
    let mut seen = BTreeSet::new();
    for (at, entry) in policy.role.iter().enumerate() {
        found.text(&format!("role[{at}].label"), &entry.label, LABEL_MAX);
        if !seen.insert(entry.role) {
            found.error(
                format!("role[{at}].role"),
                format!("\"{}\" has a label already", entry.role),
                "Keep one",
            );
        }
    }
    for role in Role::ALL.iter().filter(|role| !seen.contains(role)) {
        found.error(
            "role",
            format!("the role \"{role}\" has no label"),
            format!("Add a [[role]] with role = \"{role}\""),
        );
    }
}

fn escalation(policy: &Policy, found: &mut Findings) {
    if policy.escalation.is_empty() {
        found.error(
            "escalation",
            "nobody can be paged: there is no escalation policy",
            "Add one [[escalation]] with at least one [[escalation.step]]",
        );
    }
    found.ids(
        "escalation",
        policy.escalation.iter().map(|e| e.id.as_str()),
    );
    for (at, escalation) in policy.escalation.iter().enumerate() {
        let path = format!("escalation[{at}]");
        found.text(&format!("{path}.label"), &escalation.label, LABEL_MAX);
        match escalation.step.as_slice() {
            [] => found.error(
                format!("{path}.step"),
                "this escalation policy has no step",
                "Add a [[escalation.step]]",
            ),
            [_] => found.warn(
                format!("{path}.step"),
                "nobody is paged when the first step does not answer",
                "Add a second step with a backup",
            ),
            _ => {}
        }
        for (s, step) in escalation.step.iter().enumerate() {
            let path = format!("{path}.step[{s}]");
            if !can_be_paged(step.role) {
                found.error(
                    format!("{path}.role"),
                    format!("\"{}\" may not act on a case, so a page to it leads nowhere", step.role),
                    "Page on_call_primary, on_call_backup, incident_commander or another role that decides",
                );
            }
            if step.tries == 0 || step.tries > TRIES_MAX {
                found.error(
                    format!("{path}.tries"),
                    format!("{} tries cannot be made", step.tries),
                    format!("Give 1 to {TRIES_MAX}"),
                );
            }
            if step.wait_seconds == 0 || step.wait_seconds > WAIT_MAX {
                found.error(
                    format!("{path}.wait_seconds"),
                    format!("{} seconds is not a usable wait", step.wait_seconds),
                    format!("Give 1 to {WAIT_MAX} seconds; 300 is usual"),
                );
            }
            let before = s.checked_sub(1).and_then(|b| escalation.step.get(b));
            if before.is_some_and(|before| before.role == step.role) {
                found.warn(
                    format!("{path}.role"),
                    "this step pages the same role as the step before",
                    "Raise `tries` of that step, or name another role",
                );
            }
        }
    }
}

fn reactions(reactions: &[String], found: &mut Findings) {
    if reactions.is_empty() {
        found.warn(
            "reactions",
            "no reaction reports a message",
            "Name at least one, for instance \"rotating_light\"",
        );
    }
    let mut seen = BTreeSet::new();
    for (at, name) in reactions.iter().enumerate() {
        let path = format!("reactions[{at}]");
        let allowed = |c: char| !c.is_uppercase() && (c.is_alphanumeric() || "_-+'".contains(c));
        if name.is_empty() || name.chars().count() > 100 || !name.chars().all(allowed) {
            found.error(
                &path,
                format!("\"{}\" is not the name of a reaction", capped(name)),
                "Write it in lower case, without colons and without a skin tone: \"rotating_light\"",
            );
        }
        if !seen.insert(name) {
            found.error(&path, "this reaction stands here twice", "Remove one");
        }
    }
}
