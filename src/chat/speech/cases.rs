//! The caller's own cases, and the state of one case.
//!
//! Invariants: a case of somebody else never gets here (it is refused like an unknown number); a reporter reads the own words, nobody else's.
//! Neighbours: [`super::case_card()`] says one case.

use super::labels;
use super::quote::one_line;
use super::reader::{Reader, code, plain};
use crate::chat::card::{Card, Line, Part, Span, Tone};
use crate::chat::traits;
use crate::domain::{case::Status, clock::Timestamp, ids::CaseNumber};

/// How many cases one list shows.
const SHOWN: usize = 20;

/// A case in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseRow {
    /// Its number.
    pub number: CaseNumber,
    /// Where it stands.
    pub status: Status,
    /// It is worked on together with another report.
    pub together: bool,
    /// When the reader reported it.
    pub reported_at: Timestamp,
    /// What the reader said.
    pub said: String,
}

/// The caller's own cases, newest first.
#[must_use]
pub fn mine(reader: &Reader, rows: &[CaseRow]) -> Card {
    let title = Some(reader.say("Your reports"));
    if rows.is_empty() {
        let traits = traits::of(reader.platform);
        let sentence = if traits.command_takes_words {
            "You have not reported anything so far. To report: {command} and what you saw."
        } else {
            "You have not reported anything so far. To report: {command}."
        };
        return Card {
            title,
            parts: vec![reader.text(sentence, &[("command", code(traits.report_command))])],
            tone: Tone::Calm,
            summary: reader.say("You have not reported anything so far."),
        };
    }
    let item = |row: &CaseRow| -> Line {
        vec![
            code(row.number),
            plain(format!(": {}, ", labels::status(reader, row.status))),
            plain(if row.together {
                reader.say("worked on together with another report, ")
            } else {
                String::new()
            }),
            Span::Time(row.reported_at),
            plain(", "),
            Span::Quoted(one_line(&row.said, 60)),
        ]
    };
    let mut parts = vec![Part::List {
        items: rows.iter().take(SHOWN).map(item).collect(),
    }];
    if rows.len() > SHOWN {
        let more = (rows.len() - SHOWN).to_string();
        parts.push(reader.small("And {n} older ones.", &[("n", plain(more))]));
    }
    parts.push(reader.small(
        "One of them in full: {command} and its number.",
        &[("command", code("/secevent status"))],
    ));
    let n = rows.len().to_string();
    Card {
        title,
        parts,
        tone: Tone::Calm,
        summary: reader.fill("Your reports: {n}.", &[("n", &n)]),
    }
}
