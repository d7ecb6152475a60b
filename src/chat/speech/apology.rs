//! What is said when the product itself fails: not confirmed, not stored, not read, a fault.
//!
//! Invariants: never says "reported"; always names the urgent path to use instead (promise 1); an outsider gets the point of contact without numbers.
//! Neighbours: [`crate::chat::conversation`] picks among them, for adapters too.

use super::contacts::urgent_items;
use super::reader::{Reader, code, plain, strong};
use crate::chat::card::{Card, Part, Tone};
use crate::domain::policy::Policy;

/// Storing was not confirmed in time: it may still happen.
#[must_use]
pub fn not_confirmed(reader: &Reader, policy: &Policy, outsider: bool) -> Card {
    let mut parts = vec![reader.text(
        "I could not confirm in time that this was stored. If it was, its number follows in a direct message; please do not wait for it if it is urgent.",
        &[],
    )];
    urgent_path(reader, policy, outsider, &mut parts);
    Card {
        title: Some(reader.say("Not confirmed")),
        parts,
        tone: Tone::Bad,
        summary: reader.say("Not confirmed. If it is urgent, use the urgent contacts."),
    }
}

/// The store did not take it: nothing is stored.
#[must_use]
pub fn unavailable(reader: &Reader, policy: &Policy, outsider: bool) -> Card {
    let mut parts = vec![reader.text(
        "I could not store this, so it is not confirmed and nobody has been told. Please try again in a minute.",
        &[],
    )];
    urgent_path(reader, policy, outsider, &mut parts);
    Card {
        title: Some(reader.say("Not stored")),
        parts,
        tone: Tone::Bad,
        summary: reader.say("Not stored. If it is urgent, use the urgent contacts."),
    }
}

/// What became of something that an adapter could not hand over, while somebody waits to hear of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Untold {
    /// It was not stored, and the platform does not deliver it again.
    Unstored,
    /// It could not be read. `kept`: the operators find it, with an alarm.
    Unread {
        /// It is kept, masked.
        kept: bool,
    },
    /// It came from where the bot is not installed, or not any more.
    Foreign {
        /// It is kept, masked.
        kept: bool,
    },
}

/// It did not get as far as the conversation: whom to turn to instead.
#[must_use]
pub fn untold(reader: &Reader, policy: &Policy, outsider: bool, untold: Untold) -> Card {
    let what = match untold {
        Untold::Unstored => return unavailable(reader, policy, outsider),
        Untold::Unread { kept: true } => {
            "I could not read what {platform} sent me, so it is not confirmed. Your operators are told, and nobody else."
        }
        Untold::Unread { kept: false } => {
            "I could not read what {platform} sent me, and could not keep it either, so it is lost and nobody has been told."
        }
        Untold::Foreign { kept: true } => {
            "Here I am not connected to the security team any more, so this is not confirmed. Your operators are told, with what you wrote, and nobody else."
        }
        Untold::Foreign { kept: false } => {
            "Here I am not connected to the security team any more, and what you wrote could not be kept, so it is lost and nobody has been told."
        }
    };
    let platform = plain(reader.platform.name());
    let mut parts = vec![reader.text(what, &[("platform", platform)])];
    urgent_path(reader, policy, outsider, &mut parts);
    Card {
        title: Some(reader.say("Not confirmed")),
        parts,
        tone: Tone::Bad,
        summary: reader.fill(what, &[("platform", reader.platform.name())]),
    }
}

/// A fault of ours, with the id under which it was logged.
#[must_use]
pub fn apology(reader: &Reader, policy: &Policy, outsider: bool, id: &str) -> Card {
    let mut parts = vec![reader.text(
        "Sorry, something went wrong on our side, and this was not done. Please try again; if it fails again, give the point of contact this id: {id}.",
        &[("id", code(id))],
    )];
    urgent_path(reader, policy, outsider, &mut parts);
    Card {
        title: Some(reader.say("Something went wrong")),
        parts,
        tone: Tone::Bad,
        summary: reader.fill("Something went wrong on our side ({id}).", &[("id", id)]),
    }
}

pub(super) fn urgent_path(reader: &Reader, policy: &Policy, outsider: bool, parts: &mut Vec<Part>) {
    if !outsider && !policy.contacts.urgent.is_empty() {
        parts.push(Part::Text {
            line: vec![strong(reader.say("If it is urgent, call:"))],
        });
        parts.push(Part::List {
            items: urgent_items(policy),
        });
    }
    parts.push(reader.text(
        "Point of contact: {contact}.",
        &[("contact", plain(policy.contacts.point_of_contact.as_str()))],
    ));
}
