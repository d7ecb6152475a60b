//! The help: how to report, what the words mean, whom to call.
//!
//! Invariants: names every sub-command of [`crate::chat::grammar`]; shows the report-early rule (R14) and the point of contact (R16); short, because
//! whoever asks may be in a hurry. Neighbours: the grammar.

use super::contacts::urgent_items;
use super::reader::{Reader, code, plain, strong};
use crate::chat::card::{Card, Line, Part, Tone};
use crate::chat::traits::{self, Traits};
use crate::domain::policy::Policy;

/// Each sub-command with what it does, in the order shown.
const COMMANDS: [(&str, &str); 6] = [
    ("/secevent mine", "your reports and your cases"),
    ("/secevent status 42", "one case, by its number"),
    ("/secevent oncall", "who is on call now"),
    ("/secevent contacts", "point of contact and urgent numbers"),
    (
        "/secevent link",
        "says that an account elsewhere is yours, too",
    ),
    ("/secevent help", "this text"),
];

/// The help. Outsiders have no command, so they are told of mentions and direct messages only, and get no phone numbers. `direct`: it is read
/// in a direct conversation, where some platforms have no commands.
#[must_use]
pub fn help(reader: &Reader, policy: &Policy, outsider: bool, direct: bool) -> Card {
    let traits = traits::of(reader.platform);
    let mut parts = vec![Part::Text {
        line: vec![strong(policy.organisation.report_early.as_str())],
    }];
    parts.push(reader.text("To report something that worries you:", &[]));
    let mut ways: Vec<Line> = Vec::new();
    if !outsider {
        let type_it = if traits.command_takes_words {
            "type {command} and what you saw"
        } else {
            "use {command}"
        };
        ways.push(reader.line(type_it, &[("command", code(traits.report_command))]));
        ways.push(reader.line(
            "pick {shortcut} in the menu of a message",
            &[("shortcut", strong(traits.message_menu))],
        ));
    }
    if let Some(reaction) = policy.reactions.first() {
        ways.push(reader.line(
            "put {reaction} on a message",
            &[("reaction", code(format!(":{reaction}:")))],
        ));
    }
    ways.push(reader.line("mention me, or write to me directly", &[]));
    parts.push(Part::List { items: ways });
    if !outsider {
        parts.extend(commands(reader, traits, direct));
    }
    parts.push(reader.text(
        "Point of contact: {contact}.",
        &[("contact", strong(policy.contacts.point_of_contact.as_str()))],
    ));
    if !outsider && !policy.contacts.urgent.is_empty() {
        parts.push(reader.text("If it is urgent, call:", &[]));
        parts.push(Part::List {
            items: urgent_items(policy),
        });
    }
    Card {
        title: Some(reader.say("How to report a security event")),
        parts,
        tone: Tone::Calm,
        summary: reader.say("How to report a security event."),
    }
}

fn commands(reader: &Reader, traits: Traits, direct: bool) -> Vec<Part> {
    let report = if traits.command_takes_words {
        "opens the report form"
    } else {
        "opens the report form; with words it reports at once"
    };
    let items = std::iter::once((traits.report_command, report))
        .chain(COMMANDS)
        .map(|(command, about)| vec![code(command), plain(": "), plain(reader.say(about))])
        .collect();
    let mut parts = vec![Part::List { items }];
    if direct && !traits.direct_commands {
        parts.push(reader.text(
            "Here write {mine}, {status} or {oncall}, without the slash.",
            &[
                ("mine", code("mine")),
                ("status", code("status 42")),
                ("oncall", code("oncall")),
            ],
        ));
    }
    parts
}
