//! A card as plain text: for the command line, the tour, the tests, and platforms without layout.
//!
//! Invariants: everything that a card says is in it, in the same order; quoted words stand in quotation marks.
//! Neighbours: [`super`]; the tests of every occasion compare this text.

use crate::chat::card::{Card, Line, Part, Span};
use std::fmt::Write;

/// The card as text, one line per part.
#[must_use]
pub fn plain(card: &Card) -> String {
    let mut out = String::new();
    if let Some(title) = &card.title {
        let _ = writeln!(out, "# {title}");
    }
    for part in &card.parts {
        let _ = match part {
            Part::Heading { text } => writeln!(out, "## {text}"),
            Part::Text { line } => writeln!(out, "{}", plain_line(line)),
            Part::Fields { fields } => fields
                .iter()
                .try_for_each(|(label, line)| writeln!(out, "{label}: {}", plain_line(line))),
            Part::List { items } => items
                .iter()
                .try_for_each(|item| writeln!(out, "- {}", plain_line(item))),
            Part::Quote { text } => text.lines().try_for_each(|line| writeln!(out, "> {line}")),
            Part::Small { line } => writeln!(out, "({})", plain_line(line)),
            Part::Row {
                line,
                about,
                button,
            } => {
                let button = button.as_ref().map(|button| format!(" [{}]", button.label));
                let button = button.unwrap_or_default();
                writeln!(
                    out,
                    "* {}{button}\n  ({})",
                    plain_line(line),
                    plain_line(about)
                )
            }
            Part::Buttons { buttons } => {
                let labels: Vec<_> = buttons
                    .iter()
                    .map(|button| format!("[{}]", button.label))
                    .collect();
                writeln!(out, "{}", labels.join(" "))
            }
        };
    }
    out
}

/// A line as text.
#[must_use]
pub fn plain_line(line: &Line) -> String {
    line.iter()
        .map(|span| match span {
            Span::Plain(text) | Span::Strong(text) | Span::Code(text) => text.clone(),
            Span::Quoted(text) => format!("\u{201c}{text}\u{201d}"),
            Span::Mention(identity) => format!("@{}", identity.user),
            Span::Link { url, label } => format!("{label} <{url}>"),
            Span::Time(at) => at.format("%Y-%m-%d %H:%M UTC").to_string(),
        })
        .collect()
}
