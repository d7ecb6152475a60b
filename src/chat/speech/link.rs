//! Linking two accounts of one person: the code, who is asked, and what came of it.
//!
//! Invariants: each side reads the name of the other account, as a quote, before anything is linked; the code is told to whoever asked and to nobody
//! else. Neighbours: `domain::linking` decides, `delivery` sends the notices.

use super::quote::one_line;
use super::reader::{Reader, code, strong};
use crate::chat::card::{Action, Button, Card, Part, Span, Style, Tone};
use crate::domain::{linking::LinkRef, person::PlatformId};

/// On a button: yes, the other account is mine.
pub const CONFIRM: &str = "confirm_link";
/// On a button: no, it is not.
pub const REFUSE: &str = "refuse_link";

/// A name is not a story.
const NAME_CAP: usize = 80;

fn name(name: &str) -> Span {
    Span::Quoted(one_line(name, NAME_CAP))
}

/// The code, for whoever asked for it.
#[must_use]
pub fn link_code(reader: &Reader, told: &str) -> Card {
    let lines = [
        reader.text(
            "With your other account, on the other platform: {command} and this code (in Discord in its option {option}).",
            &[("command", code("/secevent link")), ("option", code("code"))],
        ),
        // Alone, to be copied: behind a command it would not reach the option.
        Part::Text {
            line: vec![code(told)],
        },
        reader.text(
            "Then I ask you here whether it was you. The code is good for ten minutes, once. Give it to nobody: whoever you confirm acts as you.",
            &[],
        ),
    ];
    Card {
        title: Some(reader.say("Link another account")),
        parts: lines.into(),
        tone: Tone::Calm,
        summary: reader.say("A code to link another account of yours."),
    }
}

/// Typed: now the other side must confirm.
#[must_use]
pub fn link_waits(reader: &Reader, first: PlatformId, first_name: &str) -> Card {
    Card {
        title: Some(reader.say("One more step")),
        parts: vec![
            reader.text(
                "The code was asked for by {name} on {platform}. I asked there whether this account here is theirs, too: confirm it there.",
                &[("name", name(first_name)), ("platform", strong(first.name()))],
            ),
            reader.text(
                "If you do not know that account, do nothing, and tell security: nothing is linked until it is confirmed.",
                &[],
            ),
        ],
        tone: Tone::Calm,
        summary: reader.say("Confirm it with the other account."),
    }
}

/// The account that asked for the code is asked whether the other one is the same person.
#[must_use]
pub fn link_asked(reader: &Reader, link: &LinkRef) -> Card {
    let button = |label: &'static str, verb: &str, style| Button {
        label: reader.say(label),
        action: Action {
            verb: verb.to_owned(),
            id: link.id.to_string(),
        },
        style,
    };
    Card {
        title: Some(reader.say("Is this you?")),
        parts: vec![
            reader.text(
                "{name} on {platform} typed the code that you asked for. If that is you, confirm it: then both accounts are one person here, with all reports and all rights of both.",
                &[("name", name(&link.name)), ("platform", strong(link.platform.name()))],
            ),
            Part::Buttons {
                buttons: vec![
                    button("Yes, that is me", CONFIRM, Style::Primary),
                    button("No", REFUSE, Style::Danger),
                ],
            },
        ],
        tone: Tone::Urgent,
        summary: reader.say("Somebody typed your code. Is this you?"),
    }
}

/// What came of it, for either side; the other account is named.
#[must_use]
pub fn link_answered(reader: &Reader, other: PlatformId, other_name: &str, yes: bool) -> Card {
    let values = [
        ("name", name(other_name)),
        ("platform", strong(other.name())),
    ];
    let (said, summary, tone) = if yes {
        (
            "Linked: {name} on {platform} and you are one person here now. If that is wrong, tell security at once.",
            "Your accounts are linked.",
            Tone::Good,
        )
    } else {
        (
            "Nothing was linked: {name} on {platform} is somebody else. It is on the record.",
            "Nothing was linked.",
            Tone::Calm,
        )
    };
    Card {
        title: None,
        parts: vec![reader.text(said, &values)],
        tone,
        summary: reader.say(summary),
    }
}
