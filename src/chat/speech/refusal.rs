//! A refusal: somebody asked for what may not be, or cannot be.
//!
//! Invariants: the sentence comes from the rule that refused and says what is missing or who can; nothing is added that the rule left out.
//! Neighbours: `domain::decision::Refusal`.

use super::reader::{Reader, plain};
use crate::chat::card::{Card, Part, Tone};
use crate::domain::decision::{Refusal, RefusalCode};

/// The refusal, for the one who asked.
#[must_use]
pub fn refusal(reader: &Reader, refusal: &Refusal) -> Card {
    let title = match refusal.code {
        RefusalCode::NotAllowed => "Not yours to do",
        RefusalCode::NoSuchCase => "No such case",
        RefusalCode::WrongState => "Not now",
        RefusalCode::BadInput => "Something is missing",
        RefusalCode::AlreadyDone => "Done already",
        RefusalCode::TooLate => "Too late",
    };
    let mut parts = vec![Part::Text {
        line: vec![plain(refusal.sentence.as_str())],
    }];
    if !refusal.fields.is_empty() {
        parts.push(Part::List {
            items: refusal
                .fields
                .values()
                .map(|sentence| vec![plain(sentence.as_str())])
                .collect(),
        });
    }
    Card {
        title: Some(reader.say(title)),
        parts,
        tone: if refusal.code == RefusalCode::AlreadyDone {
            Tone::Calm
        } else {
            Tone::Bad
        },
        summary: refusal.sentence.clone(),
    }
}
