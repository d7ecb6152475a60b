//! A form: what somebody fills in, before a platform renders it; and what came back.
//!
//! Invariants: every limit is checked again by the workflow (R15): a platform's own check is a courtesy; a form that a platform
//! cannot show is degraded by the adapter's rule. Neighbours: `chat/forms` builds them, [`super::inbound::InboundKind::Submission`].

use super::card::Line;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which form it is and what it acts on; travels hidden with the form and comes back with the submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormKey {
    /// The verb's word (`report`, `add_details`, `triage`, `close`, ...).
    pub verb: String,
    /// A case or report id; empty for a new report.
    pub id: String,
    /// Anything else that the form must remember (the case version it was opened on, the origin channel).
    pub extra: BTreeMap<String, String>,
}

/// A form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// Which one.
    pub key: FormKey,
    /// Title, at most 24 code points.
    pub title: String,
    /// Words above the fields.
    pub intro: Vec<Line>,
    /// The fields, in order.
    pub fields: Vec<Field>,
    /// What the submit button says, at most 24 code points.
    pub submit: String,
}

/// A field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name in the submission.
    pub name: String,
    /// Its label.
    pub label: String,
    /// A hint below it.
    pub hint: Option<String>,
    /// Must be filled.
    pub required: bool,
    /// What can be entered.
    pub input: Input,
}

/// What can be entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "input", rename_all = "snake_case")]
pub enum Input {
    /// One line.
    Line {
        /// Most code points.
        max: u32,
        /// What stands there at first.
        initial: Option<String>,
    },
    /// Several lines.
    Paragraph {
        /// Most code points (a platform may cap lower: Slack 3,000).
        max: u32,
        /// What stands there at first.
        initial: Option<String>,
    },
    /// One of few.
    Choice {
        /// The options.
        options: Vec<Choice>,
        /// Value chosen at first.
        initial: Option<String>,
    },
    /// Any of few.
    Many {
        /// The options.
        options: Vec<Choice>,
        /// Values chosen at first.
        initial: Vec<String>,
    },
    /// An instant.
    Moment {
        /// What stands there at first.
        initial: Option<crate::domain::clock::Timestamp>,
    },
    /// Files.
    Files {
        /// How many at most.
        max: u32,
    },
    /// A button inside the form that asks for another form (its verb), keeping what was entered.
    More {
        /// The verb.
        verb: String,
    },
}

/// An option of a choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Its value.
    pub value: String,
    /// Its label, at most 75 code points.
    pub label: String,
    /// A line below it, at most 75 code points.
    pub about: Option<String>,
}

/// What was entered, by field name. Absent means empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entered(pub BTreeMap<String, Value>);

/// What was entered in one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum Value {
    /// Line, paragraph or choice.
    Text(String),
    /// Many.
    Many(Vec<String>),
    /// Moment.
    Moment(crate::domain::clock::Timestamp),
    /// Files.
    Files(Vec<crate::domain::event_report::FileRef>),
}

impl Entered {
    /// The trimmed text of a field, if there is any.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name)? {
            Value::Text(text) => Some(text.trim()).filter(|text| !text.is_empty()),
            _ => None,
        }
    }
}
