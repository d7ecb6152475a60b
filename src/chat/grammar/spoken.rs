//! Verbs as words, in the room of a case: what a responder writes to the bot instead of pressing a button.
//!
//! ```text
//! spoken  = "take" | "ack" | "acknowledge"
//!         | ( "sev" | "severity" ) level why          level = "1" | "2" | "3" | "4", also as "sev2"
//!         | "escalate" why | "reopen" why
//!         | "merge into" number why | "unmerge" why  number = as after "status"
//!         | result why                                result = "incident" | "event" | "false alarm" | "duplicate"
//!         | "note" ":" text | "tell the reporter" ":" text
//!         | word                                      a verb alone: its form, if it needs more than its name
//! why     = ( "because" | ":" ) text
//! word    = "triage" | "assess" | "severity" | "escalate" | "note" | "close" | "reopen" | "merge" | "unmerge" | "details" | "verbs" | "help"
//! ```
//!
//! Invariants: a sentence is a verb only if it is one from its first word to its last ("take a look" is talk, and is kept as such); a reason is never
//! guessed. Neighbours: [`super::command`] reads what is addressed to the bot elsewhere; `conversation/spoken.rs` does it.

use super::Which;
use crate::domain::{assessment::Assessment, authority::Verb, severity::Level};

/// A verb that somebody wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spoken {
    /// "take"
    Take,
    /// "ack"
    Acknowledge,
    /// "sev 2 because it spreads"
    Severity(Level, String),
    /// "escalate because it spreads"
    Escalate(String),
    /// "reopen because it is back"
    Reopen(String),
    /// "merge into SE-2026-0042 because it is the same mail"
    Merge(Which, String),
    /// "unmerge because it is another mail"
    Unmerge(String),
    /// "incident because the password was used"
    Assess(Assessment, String),
    /// "note: the mail came from 203.0.113.7"; whether the reporters are told, too.
    Note(String, bool),
    /// A verb that needs more than its name: its form.
    Form(Verb),
    /// "verbs": what can be written here.
    Verbs,
}

/// The verbs that may stand alone and lead to their form.
const ALONE: [(&str, Verb); 10] = [
    ("triage", Verb::Triage),
    ("assess", Verb::Assess),
    ("severity", Verb::SetSeverity),
    ("escalate", Verb::Escalate),
    ("note", Verb::Note),
    ("close", Verb::Close),
    ("reopen", Verb::Reopen),
    ("merge", Verb::Merge),
    ("unmerge", Verb::Unmerge),
    ("details", Verb::AddDetails),
];

const RESULTS: [(&str, Assessment); 4] = [
    ("incident", Assessment::Incident),
    ("event", Assessment::Event),
    ("false alarm", Assessment::FalsePositive),
    ("duplicate", Assessment::Duplicate),
];

/// Reads a text that was addressed to the bot in the room of a case; `None` if it is talk.
#[must_use]
pub fn spoken(text: &str) -> Option<Spoken> {
    let text = text.trim().trim_end_matches(['.', '!']);
    let alone = |word: &str| text.eq_ignore_ascii_case(word);
    if alone("take") {
        return Some(Spoken::Take);
    }
    if alone("ack") || alone("acknowledge") {
        return Some(Spoken::Acknowledge);
    }
    if alone("verbs") || alone("help") {
        return Some(Spoken::Verbs);
    }
    if let Some((_, verb)) = ALONE.iter().find(|(word, _)| alone(word)) {
        return Some(Spoken::Form(*verb));
    }
    if let Some(rest) =
        after(text, "tell the reporter").or_else(|| after(text, "tell the reporters"))
    {
        return Some(Spoken::Note(colon(rest)?, true));
    }
    if let Some(rest) = after(text, "note") {
        return Some(Spoken::Note(colon(rest)?, false));
    }
    if let Some(rest) = after(text, "escalate") {
        return Some(Spoken::Escalate(why(rest)?));
    }
    if let Some(rest) = after(text, "reopen") {
        return Some(Spoken::Reopen(why(rest)?));
    }
    if let Some(rest) = after(text, "merge into") {
        let (which, rest) = other(rest)?;
        return Some(Spoken::Merge(which, why(rest)?));
    }
    if let Some(rest) = after(text, "unmerge") {
        return Some(Spoken::Unmerge(why(rest)?));
    }
    if let Some(rest) = after(text, "severity").or_else(|| after(text, "sev")) {
        let (level, rest) = level(rest)?;
        return Some(Spoken::Severity(level, why(rest)?));
    }
    RESULTS.iter().find_map(|(word, result)| {
        let rest = after(text, word)?;
        Some(Spoken::Assess(*result, why(rest)?))
    })
}

/// What stands after a word, if the text begins with it.
fn after<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let head = text.get(..word.len())?;
    head.eq_ignore_ascii_case(word)
        .then(|| text.get(word.len()..))
        .flatten()
}

fn level(text: &str) -> Option<(Level, &str)> {
    let text = text.trim_start();
    let level = match text.chars().next()? {
        '1' => Level::Sev1,
        '2' => Level::Sev2,
        '3' => Level::Sev3,
        '4' => Level::Sev4,
        _ => return None,
    };
    Some((level, text.get(1..)?))
}

/// The number of another case, and what stands behind it.
fn other(text: &str) -> Option<(Which, &str)> {
    let text = text.strip_prefix(char::is_whitespace)?.trim_start();
    let end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '#'))
        .unwrap_or(text.len());
    let (number, rest) = text.split_at_checked(end)?;
    Some((super::which(number)?, rest))
}

/// A reason: after "because" or a colon.
fn why(text: &str) -> Option<String> {
    let because = || {
        let rest = after(
            text.trim_start().trim_start_matches(',').trim_start(),
            "because",
        )?;
        // "because" is a word of its own, and stands apart from what is before it.
        let apart = text.starts_with([' ', ',']) && rest.starts_with(char::is_whitespace);
        apart.then_some(rest)
    };
    because().map_or_else(|| colon(text), said)
}

fn colon(text: &str) -> Option<String> {
    said(text.trim_start().strip_prefix(':')?)
}

fn said(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_verb_is_understood_with_its_reason() {
        let some = |text: &str| spoken(text).unwrap_or_else(|| panic!("{text} is talk"));
        assert_eq!(some(" Take! "), Spoken::Take);
        assert_eq!(some("ACK"), Spoken::Acknowledge);
        assert_eq!(
            some("sev 2 because it spreads"),
            Spoken::Severity(Level::Sev2, "it spreads".into())
        );
        assert_eq!(
            some("Sev1: the vault is open"),
            Spoken::Severity(Level::Sev1, "the vault is open".into())
        );
        assert_eq!(
            some("severity 4, because a scanner did it."),
            Spoken::Severity(Level::Sev4, "a scanner did it".into())
        );
        assert_eq!(
            some("escalate because nobody knows that host"),
            Spoken::Escalate("nobody knows that host".into())
        );
        assert_eq!(
            some("false alarm: it was our own exercise"),
            Spoken::Assess(Assessment::FalsePositive, "it was our own exercise".into())
        );
        assert_eq!(
            some("note: the mail came from 203.0.113.7"),
            Spoken::Note("the mail came from 203.0.113.7".into(), false)
        );
        assert_eq!(
            some("Tell the reporter: we have it"),
            Spoken::Note("we have it".into(), true)
        );
        let why = || "it is the same mail".to_owned();
        let other = "SE-2026-0042".parse().unwrap();
        for (words, which) in [
            (
                "merge into SE-2026-0042 because it is the same mail",
                Which::Full(other),
            ),
            (
                "Merge into se-2026-0042, because it is the same mail.",
                Which::Full(other),
            ),
            ("merge into 42: it is the same mail", Which::OfThisYear(42)),
            (
                "merge into #42 because it is the same mail",
                Which::OfThisYear(42),
            ),
        ] {
            assert_eq!(some(words), Spoken::Merge(which, why()), "{words}");
        }
        assert_eq!(
            some("unmerge because it is another mail"),
            Spoken::Unmerge("it is another mail".into())
        );
        assert_eq!(some("merge"), Spoken::Form(Verb::Merge));
        assert_eq!(some("close"), Spoken::Form(Verb::Close));
        assert_eq!(some("escalate"), Spoken::Form(Verb::Escalate));
    }

    #[test]
    fn talk_is_no_verb() {
        for talk in [
            "",
            "take a look",
            "take it",
            "sev 2",
            "sev 5 because why not",
            "sev because",
            "severity is high because of the bank",
            "escalate to legal?",
            "escalatebecause x",
            "escalate because ",
            "incident response is busy because of you",
            "incidentbecause x",
            "event in the hall: free cake",
            "note that this is odd",
            "notebook: stolen",
            "close the door",
            "merge into SE-2026-0042",
            "merge into the other because it is the same",
            "merge into42 because it is the same",
            "merge into 42because it is the same",
            "merge these because they are the same",
            "unmerge it",
            "because",
        ] {
            assert_eq!(spoken(talk), None, "{talk}");
        }
    }

    proptest! {
        #[test]
        fn every_text_is_read_without_a_panic(text in any::<String>()) {
            let _ = spoken(&text);
        }

        #[test]
        fn a_reason_is_kept_word_by_word(reason in "[a-zA-Z0-9é漢 ,;-]{1,60}[a-z漢]") {
            let reason = reason.trim().to_owned();
            prop_assume!(!reason.is_empty());
            prop_assert_eq!(
                spoken(&format!("escalate because {reason}")),
                Some(Spoken::Escalate(reason))
            );
        }
    }
}
