//! A card: anything the bot says, before a platform renders it.
//!
//! Invariants: text from people travels as [`Span::Quoted`] and can form no mention, link or markup on any platform; a button
//! carries only a verb and an id (state is read when it is pressed); `summary` stands alone in a push notification.
//! Neighbours: `chat/speech` builds cards, an adapter renders them and degrades by rule.

use crate::domain::{clock::Timestamp, person::Identity};
use serde::{Deserialize, Serialize};

/// A piece of text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "span", content = "value", rename_all = "snake_case")]
pub enum Span {
    /// Our words.
    Plain(String),
    /// Our words, strong.
    Strong(String),
    /// Something to copy: a case number, a command.
    Code(String),
    /// Words of people or machines: never interpreted.
    Quoted(String),
    /// A person on this platform; rendered as a mention that notifies nobody else.
    Mention(Identity),
    /// A link of ours (a permalink): never one that a reporter wrote.
    Link {
        /// Where.
        url: String,
        /// What it says.
        label: String,
    },
    /// An instant, shown in the reader's zone where the platform can, else in the organisation's.
    Time(Timestamp),
}

/// A line of text.
pub type Line = Vec<Span>;

/// One part of a card, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "snake_case")]
pub enum Part {
    /// Words above the parts that follow, where a card has several subjects.
    Heading {
        /// Our words, plain, at most 150 code points.
        text: String,
    },
    /// A paragraph.
    Text {
        /// Its words.
        line: Line,
    },
    /// Labelled values, shown side by side where the platform can.
    Fields {
        /// Label and value.
        fields: Vec<(String, Line)>,
    },
    /// A list.
    List {
        /// Its items.
        items: Vec<Line>,
    },
    /// Words of a person, set apart; whole here, capped by speech.
    Quote {
        /// The words.
        text: String,
    },
    /// Small print.
    Small {
        /// Its words.
        line: Line,
    },
    /// One of several things of a kind, with its own button beside it where the platform can.
    Row {
        /// What it is.
        line: Line,
        /// Small print below.
        about: Line,
        /// What can be done with it.
        button: Option<Button>,
    },
    /// Buttons in a row.
    Buttons {
        /// The buttons.
        buttons: Vec<Button>,
    },
}

/// How a button looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// Like any other.
    #[default]
    Normal,
    /// The sensible next step.
    Primary,
    /// Not to be pressed by accident.
    Danger,
}

/// A button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// What it says, at most 75 code points.
    pub label: String,
    /// What it does.
    pub action: Action,
    /// How it looks.
    pub style: Style,
}

/// What a button asks for: a verb and the id it acts on, nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// The verb's word (`take`, `triage`, `acknowledge`, `add_details`, ...).
    pub verb: String,
    /// A case, report or escalation id.
    pub id: String,
}

/// The mood of a card; colour or icon where the platform has one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Matter of fact.
    #[default]
    Calm,
    /// Good news.
    Good,
    /// Somebody must act.
    Urgent,
    /// Refused or failed.
    Bad,
}

/// Anything the bot says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Title, at most 150 code points, plain.
    pub title: Option<String>,
    /// The parts, in order.
    pub parts: Vec<Part>,
    /// The mood.
    pub tone: Tone,
    /// One plain line for push notifications and screen readers. May hold people's words: adapters escape it.
    pub summary: String,
}
