//! Whom to reach: the point of contact, the urgent path, and who is on call.
//!
//! Invariants: an outsider gets the point of contact and nothing else; a role that nobody holds is said aloud (promise 10).
//! Neighbours: the receipt, the help and every "not confirmed" reuse the urgent path from here.

use super::labels::role;
use super::reader::{Reader, plain, strong};
use crate::chat::card::{Card, Line, Part, Tone};
use crate::domain::{person::ContactMethod, person::Role, policy::Policy};

/// Who holds a role now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnCall {
    /// The role.
    pub role: Role,
    /// The person's name and means of contact, if anybody holds it.
    pub holder: Option<(String, Vec<ContactMethod>)>,
}

/// Each urgent contact as an item of a list.
pub(super) fn urgent_items(policy: &Policy) -> Vec<Line> {
    let item = |contact: &crate::domain::policy::UrgentContact| {
        vec![
            strong(role(policy, contact.role)),
            plain(": "),
            plain(contact.reach.as_str()),
        ]
    };
    policy.contacts.urgent.iter().map(item).collect()
}

/// The point of contact, and for people of the organisation the urgent path.
#[must_use]
pub fn contacts(reader: &Reader, policy: &Policy, outsider: bool) -> Card {
    let contact = policy.contacts.point_of_contact.as_str();
    let mut parts = vec![reader.text(
        "The point of contact for security events is {contact}.",
        &[("contact", strong(contact))],
    )];
    if !outsider && !policy.contacts.urgent.is_empty() {
        parts.push(reader.text("If it is urgent, or chat does not work, call:", &[]));
        parts.push(Part::List {
            items: urgent_items(policy),
        });
    }
    Card {
        title: Some(reader.say("Contacts")),
        parts,
        tone: Tone::Calm,
        summary: reader.fill("Point of contact: {contact}.", &[("contact", contact)]),
    }
}

/// Who is on call now. An outsider gets the contacts instead: no names, no numbers.
#[must_use]
pub fn on_call(reader: &Reader, policy: &Policy, roles: &[OnCall], outsider: bool) -> Card {
    if outsider {
        return contacts(reader, policy, true);
    }
    let items = holders(reader, policy, roles);
    let empty = roles.iter().any(|on_call| on_call.holder.is_none());
    let mut parts = vec![Part::List { items }];
    if empty || roles.is_empty() {
        parts.push(reader.text(
            "A role without a person cannot be paged. If it is urgent, call:",
            &[],
        ));
        parts.push(Part::List {
            items: urgent_items(policy),
        });
    }
    Card {
        title: Some(reader.say("On call now")),
        parts,
        tone: if empty { Tone::Bad } else { Tone::Calm },
        summary: reader.say("Who is on call now."),
    }
}

/// Each role with who has it now, and how that one is reached.
pub(super) fn holders(reader: &Reader, policy: &Policy, roles: &[OnCall]) -> Vec<Line> {
    let item = |on_call| holder(reader, policy, on_call);
    roles.iter().map(item).collect()
}

fn holder(reader: &Reader, policy: &Policy, on_call: &OnCall) -> Line {
    let mut line = vec![strong(role(policy, on_call.role)), plain(": ")];
    match &on_call.holder {
        Some((name, means)) => {
            line.push(plain(name.as_str()));
            for means in means {
                line.push(plain(", "));
                line.push(plain(address(means)));
            }
        }
        None => line.push(plain(reader.say("nobody"))),
    }
    line
}

/// How somebody is reached, as it is dialled or written.
pub(super) fn address(means: &ContactMethod) -> String {
    match means {
        ContactMethod::Phone(number) => number.clone(),
        ContactMethod::Mail(address) => address.clone(),
    }
}
