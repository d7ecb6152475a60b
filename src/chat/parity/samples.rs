//! One of each, for vocabularies that cannot be listed.
//!
//! Invariants: one of every kind; a test finds two of one. Neighbours: [`super`] asks for the cells of each.

use crate::chat::answer::Answer;
use crate::chat::card::Card;
use crate::chat::card::{Part, Span};
use crate::chat::form::{Form, FormKey, Input};
use crate::domain::clock::Timestamp;
use crate::domain::person::{Identity, PlatformId};
use std::collections::BTreeMap;

pub(super) fn inputs() -> [Input; 7] {
    [
        Input::Line {
            max: 1,
            initial: None,
        },
        Input::Paragraph {
            max: 1,
            initial: None,
        },
        Input::Choice {
            options: Vec::new(),
            initial: None,
        },
        Input::Many {
            options: Vec::new(),
            initial: Vec::new(),
        },
        Input::Moment { initial: None },
        Input::Files { max: 1 },
        Input::More {
            verb: String::new(),
        },
    ]
}

fn form() -> Form {
    Form {
        key: FormKey {
            verb: String::new(),
            id: String::new(),
            extra: BTreeMap::new(),
        },
        title: String::new(),
        intro: Vec::new(),
        fields: Vec::new(),
        submit: String::new(),
    }
}

pub(super) fn answers() -> [Answer; 10] {
    [
        Answer::Nothing,
        Answer::Private(Card::default()),
        Answer::Home(Card::default()),
        Answer::Open(form()),
        Answer::Replace(form()),
        Answer::FieldErrors(BTreeMap::new()),
        Answer::Done(None),
        Answer::Offer(Vec::new()),
        Answer::Failed(Card::default()),
        Answer::Again,
    ]
}

pub(super) fn parts() -> [Part; 8] {
    let (text, line) = (String::new, Vec::new);
    [
        Part::Heading { text: text() },
        Part::Text { line: line() },
        Part::Fields { fields: Vec::new() },
        Part::List { items: Vec::new() },
        Part::Quote { text: text() },
        Part::Small { line: line() },
        Part::Row {
            line: line(),
            about: line(),
            button: None,
        },
        Part::Buttons {
            buttons: Vec::new(),
        },
    ]
}

pub(super) fn spans() -> [Span; 7] {
    let nobody = Identity {
        platform: PlatformId::Slack,
        realm: String::new(),
        user: String::new(),
    };
    [
        Span::Plain(String::new()),
        Span::Strong(String::new()),
        Span::Code(String::new()),
        Span::Quoted(String::new()),
        Span::Mention(nobody),
        Span::Link {
            url: String::new(),
            label: String::new(),
        },
        Span::Time(Timestamp::UNIX_EPOCH),
    ]
}
