//! What a check finds: the type, how it is gathered, and the limits that more than one check keeps.
//!
//! Invariants: a finding names a place, what is wrong and a way out; gathering never stops at the first mistake.
//! Neighbours: [`super::check`] gathers, `config` gives a finding's path a line of the file.

use std::{collections::BTreeMap, fmt};

/// Longest label that a choice of a form can show, in code points (Slack: option text).
pub const LABEL_MAX: usize = 75;
/// Longest single example, trigger or advice, in code points: a receipt must stay readable on a phone.
pub const LINE_MAX: usize = 200;
/// Longest running text, in code points.
pub const TEXT_MAX: usize = 600;
/// Most choices that a form can offer (Slack: options of a select).
pub const CHOICES_MAX: usize = 100;
/// Longest time that a policy may name, in seconds: 366 days.
pub const SECONDS_MAX: u32 = 366 * 86_400;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Weight {
    /// It must be mended before the policy can be adopted.
    Error,
    /// Somebody should look at it.
    Warning,
}

/// Something that is wrong, or should be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How much it weighs.
    pub weight: Weight,
    /// Where, as a path of keys and indices from 0: `category[2].advice_do`.
    pub path: String,
    /// What is wrong, in a sentence.
    pub what: String,
    /// What to do about it.
    pub way_out: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}. {}", self.path, self.what, self.way_out)
    }
}

/// Findings being gathered; the helpers that every part of the check shares.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    pub(super) fn into_list(self) -> Vec<Finding> {
        self.0
    }

    pub(super) fn error(
        &mut self,
        path: impl Into<String>,
        what: impl Into<String>,
        way_out: impl Into<String>,
    ) {
        self.push(Weight::Error, path.into(), what.into(), way_out.into());
    }

    pub(super) fn warn(
        &mut self,
        path: impl Into<String>,
        what: impl Into<String>,
        way_out: impl Into<String>,
    ) {
        self.push(Weight::Warning, path.into(), what.into(), way_out.into());
    }

    fn push(&mut self, weight: Weight, path: String, what: String, way_out: String) {
        self.0.push(Finding {
            weight,
            path,
            what,
            way_out,
        });
    }

    /// A text that people read: not blank, not longer than `max` code points, no control characters.
    pub(super) fn text(&mut self, path: &str, text: &str, max: usize) {
        let length = text.chars().count();
        if text.trim().is_empty() {
            self.error(path, "this text is empty", "Write it, people will read it");
        } else if length > max {
            self.error(
                path,
                format!("this text has {length} characters, and {max} can be shown"),
                "Shorten it",
            );
        } else if text.chars().any(char::is_control) {
            self.error(
                path,
                "this text holds a line break or control character",
                "Write it on one line",
            );
        }
    }

    /// A list of texts with at least one entry.
    pub(super) fn texts(&mut self, path: &str, texts: &[String], max: usize) {
        if texts.is_empty() {
            self.error(path, "this list is empty", "Give at least one entry");
        }
        for (at, text) in texts.iter().enumerate() {
            self.text(&format!("{path}[{at}]"), text, max);
        }
    }

    /// Ids that are well formed and unique within `list`.
    pub(super) fn ids<'a>(&mut self, list: &str, ids: impl Iterator<Item = &'a str>) {
        let mut seen = BTreeMap::new();
        for (at, id) in ids.enumerate() {
            let path = format!("{list}[{at}].id");
            let well_formed = id.len() <= 40
                && id.starts_with(|c: char| c.is_ascii_lowercase())
                && id
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            if !well_formed {
                self.error(
                    &path,
                    format!("\"{}\" cannot be an id", capped(id)),
                    "Use lower-case letters, digits and _, starting with a letter, 40 at most",
                );
            }
            if let Some(first) = seen.insert(id, at) {
                self.error(
                    &path,
                    format!("\"{}\" is also the id of {list}[{first}]", capped(id)),
                    "Give each its own id",
                );
            }
        }
    }

    /// A time in seconds that is at least 1 and at most [`SECONDS_MAX`].
    pub(super) fn seconds(&mut self, path: &str, seconds: u32) {
        if seconds == 0 || seconds > SECONDS_MAX {
            self.error(
                path,
                format!("{seconds} seconds is not a usable time"),
                format!("Give 1 to {SECONDS_MAX} seconds"),
            );
        }
    }

    /// Warns when `text` still shows what the default policy ships with.
    pub(super) fn placeholder(&mut self, path: &str, text: &str) {
        let shipped = [
            "Example Organisation",
            "example.org",
            "example.com",
            " 555 01",
        ];
        if shipped.iter().any(|mark| text.contains(mark)) {
            self.warn(
                path,
                "this still holds the example that the product ships with",
                "Write what is true for your organisation",
            );
        }
    }
}

/// The start of a text from a file, for a message.
pub(super) fn capped(text: &str) -> String {
    text.chars().take(60).collect()
}
