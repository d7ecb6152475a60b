//! What is said to somebody who writes a verb in the room of a case: how it is written, and the button where a form is needed.
//!
//! Invariants: shows every verb of [`crate::chat::grammar::spoken`] as it is understood; a test reads each example.
//! Neighbours: `conversation/spoken.rs`.

use super::labels;
use super::reader::{Reader, code, plain};
use crate::chat::card::{Action, Button, Card, Line, Part, Style, Tone};
use crate::domain::{
    authority::Verb,
    ids::{CaseId, CaseNumber},
};

/// Each way to write a verb, with what it does.
pub const EXAMPLES: [(&str, &str); 13] = [
    ("take", "the case is yours"),
    ("sev 2 because it spreads", "rates it, with the reason"),
    (
        "incident because the password was used",
        "assesses it; also: event, false alarm, duplicate",
    ),
    (
        "escalate because nobody knows that host",
        "pages who is on call",
    ),
    ("ack", "acknowledges the page"),
    ("note: the mail came from a known address", "writes a note"),
    (
        "tell the reporter: we are on it",
        "writes a note that the reporters get, too",
    ),
    ("reopen because it is back", "opens a closed case again"),
    (
        "merge into SE-2026-0042 because it is the same mail",
        "works on this case in the other one",
    ),
    (
        "unmerge because it is another mail",
        "works on it by itself again",
    ),
    ("triage", "the form of triage"),
    ("close", "the form that asks for what is still missing"),
    ("verbs", "this text"),
];

/// What can be written.
#[must_use]
pub fn verbs(reader: &Reader) -> Card {
    let item = |(words, about): &(&'static str, &'static str)| -> Line {
        vec![code(words), plain(": "), plain(reader.say(about))]
    };
    Card {
        title: Some(reader.say("In this thread, mention me and write")),
        parts: vec![
            Part::List {
                items: EXAMPLES.iter().map(item).collect(),
            },
            kept(reader),
        ],
        tone: Tone::Calm,
        summary: reader.say("What you can write in the thread of a case."),
    }
}

/// What becomes of what is no verb. Nobody is told that words are kept which never arrive.
fn kept(reader: &Reader) -> Part {
    if reader.hears_threads {
        let all = "Anything else you write here is kept in the record of the case.";
        return reader.small(all, &[]);
    }
    reader.small(
        "Words that do not mention me are not kept: I do not see them. Mention me and write {example}",
        &[("example", code("note: ..."))],
    )
}

/// A verb needs more than its name.
#[must_use]
pub fn needs_form(reader: &Reader, verb: Verb, case: CaseId, number: CaseNumber) -> Card {
    let example = match verb {
        Verb::SetSeverity => Some("sev 2 because it spreads"),
        Verb::Assess => Some("incident because the password was used"),
        Verb::Escalate => Some("escalate because nobody knows that host"),
        Verb::Note => Some("note: the mail came from a known address"),
        Verb::Merge => Some("merge into SE-2026-0042 because it is the same mail"),
        Verb::Unmerge => Some("unmerge because it is another mail"),
        Verb::Reopen => Some("reopen because it is back"),
        _ => None,
    };
    let template = "Press the button: its form asks for what {number} still needs.";
    let mut parts = vec![reader.text(template, &[("number", code(number))])];
    if let Some(example) = example {
        parts.push(reader.small(
            "Or write it whole: {example}",
            &[("example", code(example))],
        ));
    }
    parts.push(Part::Buttons {
        buttons: vec![Button {
            label: labels::verb(reader, verb),
            action: Action {
                verb: verb.as_str().to_owned(),
                id: case.to_string(),
            },
            style: Style::Primary,
        }],
    });
    Card {
        title: None,
        parts,
        tone: Tone::Calm,
        summary: reader.fill(template, &[("number", &number.to_string())]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::grammar::spoken::spoken;

    #[test]
    fn nobody_is_told_that_words_are_kept_which_are_not_heard() {
        let hears = crate::chat::speech::tests::english();
        let deaf = Reader {
            hears_threads: false,
            ..hears
        };
        let said = |reader| crate::chat::speech::plain(&verbs(reader));
        assert!(said(&hears).contains("Anything else you write here is kept"));
        let said = said(&deaf);
        assert!(!said.contains("is kept"), "{said}");
        assert!(said.contains("are not kept"), "{said}");
        assert!(said.contains("note: ..."), "{said}");
    }

    #[test]
    fn every_example_is_understood() {
        for (words, _) in EXAMPLES {
            assert!(spoken(words).is_some(), "{words}");
        }
    }
}
