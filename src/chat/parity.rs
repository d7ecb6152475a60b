//! The door table: every way in, verb, form, answer and notice of the product, by platform: native, degraded by a rule, or impossible with a
//! way out. `docs/platforms.md` is printed from it.
//!
//! Invariants: each part is a `match` over its vocabulary, so that something new does not compile until its row is filled; a cell that is not
//! native says how, and one that is impossible says what to do instead. Neighbours: the adapters do what is said here, the stories of
//! `tests/it/scenarios` are told on both platforms.

mod asked;
mod said;
mod samples;

use super::forms;
use super::grammar::{Said, WORDS, Which};
use crate::domain::{
    authority::Verb,
    event_report::Door,
    notification::{NotificationKind, Topic},
};
use asked::{door, field, form, verb};
use said::{answer, notification, part, span, topic};
use std::fmt::Write as _;

/// How a platform does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// As the platform means it to be done.
    Native(&'static str),
    /// Done, with something less: how.
    Degraded(&'static str),
    /// Not there: why, and what instead.
    Impossible {
        /// Why.
        why: &'static str,
        /// What instead.
        instead: &'static str,
    },
}

/// The cells of a row: Slack, Discord.
pub type Cells = [How; 2];

/// A row: what, and its cells.
pub type Row = (String, Cells);

const fn both(how: &'static str) -> Cells {
    [How::Native(how), How::Native(how)]
}

const fn native(slack: &'static str, discord: &'static str) -> Cells {
    [How::Native(slack), How::Native(discord)]
}

const fn less(slack: &'static str, discord: &'static str) -> Cells {
    [How::Native(slack), How::Degraded(discord)]
}

const fn not_on_discord(slack: &'static str, why: &'static str, instead: &'static str) -> Cells {
    [How::Native(slack), How::Impossible { why, instead }]
}

/// Everything, section by section.
#[must_use]
pub fn table() -> Vec<(&'static str, Vec<Row>)> {
    let words = WORDS
        .iter()
        .map(|(word, said)| ((*word).to_owned(), asked::word(word, said)));
    let spoken = [
        ("status and a number", Said::Status(Which::OfThisYear(1))),
        ("link and a code", Said::LinkCode(String::new())),
        ("nothing", Said::Form),
        ("anything else", Said::Report(String::new())),
    ];
    let spoken = spoken
        .iter()
        .map(|(name, said)| ((*name).to_owned(), asked::said(said)));
    let named = |(name, cells): (&'static str, Cells)| (name.to_owned(), cells);
    vec![
        (
            "Ways in",
            rows(
                Door::ALL
                    .iter()
                    .map(|one| (plain(one.as_str()), door(*one))),
            ),
        ),
        ("Commands", words.chain(spoken).collect()),
        (
            "Verbs",
            rows(
                Verb::ALL
                    .iter()
                    .map(|one| (plain(one.as_str()), verb(*one))),
            ),
        ),
        (
            "Forms",
            rows(
                std::iter::once(forms::report::VERB)
                    .chain(forms::HAVE_FORMS.iter().map(|verb| verb.as_str()))
                    .map(|word| (plain(word), form(word))),
            ),
        ),
        (
            "Fields of forms",
            samples::inputs().iter().map(field).map(named).collect(),
        ),
        (
            "Answers in line",
            samples::answers().iter().map(answer).map(named).collect(),
        ),
        (
            "What is told by itself",
            rows(
                NotificationKind::ALL
                    .iter()
                    .map(|one| (plain(one.as_str()), Some(notification(*one)))),
            ),
        ),
        (
            "Messages, by topic",
            rows(
                Topic::ALL
                    .iter()
                    .map(|one| (plain(one.as_str()), Some(topic(*one)))),
            ),
        ),
        (
            "Parts of cards",
            samples::parts().iter().map(part).map(named).collect(),
        ),
        (
            "Pieces of text",
            samples::spans().iter().map(span).map(named).collect(),
        ),
    ]
}

fn rows(all: impl Iterator<Item = (String, Option<Cells>)>) -> Vec<Row> {
    all.filter_map(|(name, cells)| Some((name, cells?)))
        .collect()
}

fn plain(word: &str) -> String {
    word.replace('_', " ")
}

/// The table as it stands in `docs/platforms.md`.
#[must_use]
pub fn page() -> String {
    let mut page = String::from(HEAD);
    let (mut all, mut less) = (0, 0);
    for (title, rows) in table() {
        let _ = write!(
            page,
            "\n## {title}\n\n| | Slack | Discord |\n|---|---|---|\n"
        );
        for (name, cells) in rows {
            all += 1;
            less += usize::from(!matches!(cells[1], How::Native(_)));
            let [slack, discord] = cells.map(cell);
            let _ = writeln!(page, "| {name} | {slack} | {discord} |");
        }
    }
    let _ = write!(
        page,
        "\n{all} rows; on Discord {less} are degraded or impossible, each by the rule in its cell.\n"
    );
    page
}

const HEAD: &str = "# Platforms

Whatever works on one platform works on the other, or degrades by a rule that stands here. This page is printed from `src/chat/parity.rs`, where something new does not
compile until its row is filled; a test compares the two. Where a cell says nothing else, it is native.

**Who is an outsider.** On Slack, guests and people of connected organisations report and learn nothing of others. Discord has no guests: whoever is in the configured server counts as one of the
organisation, and whoever is not is an outsider. Keep the server to your people.

Nothing here was verified against the real Slack or the real Discord: both were emulated. [Operating](operating.md) lists what is to be looked at first.
";

fn cell(how: How) -> String {
    match how {
        How::Native(how) => how.to_owned(),
        How::Degraded(how) => format!("**degraded:** {how}"),
        How::Impossible { why, instead } => {
            format!("**impossible:** {why}. Instead: {instead}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `SECEVENT_WRITE_PAGES=1 cargo test --lib parity` writes the page anew.
    #[test]
    fn the_page_is_the_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/platforms.md");
        if std::env::var_os("SECEVENT_WRITE_PAGES").is_some() {
            std::fs::write(path, page()).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap();
        assert!(
            written == page(),
            "docs/platforms.md is not what src/chat/parity.rs says; write it anew: SECEVENT_WRITE_PAGES=1 cargo test --lib parity"
        );
    }

    #[test]
    fn no_cell_is_empty_and_every_degradation_says_how() {
        for (title, rows) in table() {
            assert!(!rows.is_empty(), "{title}");
            for (name, cells) in rows {
                for how in cells {
                    let said = match how {
                        How::Native(how) | How::Degraded(how) => vec![how],
                        How::Impossible { why, instead } => vec![why, instead],
                    };
                    for words in said {
                        assert!(
                            words.len() > 3 && !words.contains('|'),
                            "{title}, {name}: {words:?}"
                        );
                    }
                }
            }
        }
    }

    /// The samples stand for whole vocabularies: two of one kind would hide a missing one.
    #[test]
    fn every_row_is_there_once() {
        for (title, rows) in table() {
            let mut names: Vec<&String> = rows.iter().map(|(name, _)| name).collect();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), rows.len(), "{title}");
        }
    }
}
