//! The command grammar: pure, total, and the same on every platform.
//!
//! ```text
//! command    = ""                      the report form
//!            | word                    a sub-command, only because it is the whole text
//!            | "status" number         the state of one case
//!            | "link" code             the code that another account of the same person was told
//!            | anything else           a report, in the words it was written in
//! word       = "help" | "mine" | "status" | "oncall" | "contacts" | "link"
//! code       = letters and digits, eight, in two groups of four
//! number     = "SE-" year "-" digits | [ "#" ] digits          (digits alone: of this year)
//!
//! addressed  = ""  | greeting          help       (a mention of the bot, or a direct message to it)
//!            | command
//! greeting   = "hi" | "hello" | "thanks" | ...    with any punctuation or emoji around it
//! ```
//!
//! Invariants: a sub-command is recognised only when it is the whole text, so "help my laptop is encrypted" is a report, and so is
//! "status of my laptop: encrypted"; case and surrounding blanks do not matter; nothing is refused here, because suspicion suffices
//! (R9): what is not understood is reported. `status` alone lists the caller's own cases, as `mine` does.
//! Neighbours: [`super::conversation`] answers; `speech/help.rs` prints the same words, and a test compares the two.

use crate::domain::ids::CaseNumber;

pub mod spoken;

/// Which case a person means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The whole number.
    Full(CaseNumber),
    /// The running number alone: of the present year in the organisation's zone.
    OfThisYear(u32),
}

/// What a person asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// How to use the bot.
    Help,
    /// The caller's own cases.
    Mine,
    /// One case.
    Status(Which),
    /// Who is on call.
    OnCall,
    /// The point of contact and the urgent path.
    Contacts,
    /// A code by which another account is linked.
    Link,
    /// The code that the other account was told.
    LinkCode(String),
    /// The report form.
    Form,
    /// A report, trimmed.
    Report(String),
}

/// The words that are sub-commands, with what they ask for.
pub const WORDS: [(&str, Said); 6] = [
    ("help", Said::Help),
    ("mine", Said::Mine),
    ("status", Said::Mine),
    ("oncall", Said::OnCall),
    ("contacts", Said::Contacts),
    ("link", Said::Link),
];

/// What may be said to a bot that is no report: lower case, without punctuation.
const GREETINGS: [&str; 17] = [
    "hi",
    "hello",
    "hey",
    "hi there",
    "hello there",
    "hey there",
    "good morning",
    "good afternoon",
    "good evening",
    "morning",
    "thanks",
    "thank you",
    "many thanks",
    "thx",
    "ok",
    "okay",
    "yo",
];

/// Reads the text of a command.
#[must_use]
pub fn command(text: &str) -> Said {
    let text = text.trim();
    if text.is_empty() {
        return Said::Form;
    }
    for (word, said) in WORDS {
        if text.eq_ignore_ascii_case(word) {
            return said;
        }
    }
    if let Some(which) = status(text) {
        return Said::Status(which);
    }
    match link(text) {
        Some(code) => Said::LinkCode(code),
        None => Said::Report(text.to_owned()),
    }
}

/// Reads a text that was addressed to the bot: a mention without the mention itself, or a direct message. No form can be opened
/// from there, so an empty text and a greeting get help.
#[must_use]
pub fn addressed(text: &str) -> Said {
    match command(text) {
        Said::Form => Said::Help,
        Said::Report(report) if is_greeting(&report) => Said::Help,
        said => said,
    }
}

fn status(text: &str) -> Option<Which> {
    let mut words = text.split_whitespace();
    let (first, number) = (words.next()?, words.next()?);
    if words.next().is_some() || !first.eq_ignore_ascii_case("status") {
        return None;
    }
    which(number)
}

/// A code, whether it is good or not. Anything that does not look like one is a report: "link in a mail" is.
fn link(text: &str) -> Option<String> {
    let (first, code) = text.split_once(char::is_whitespace)?;
    let (head, tail) = code.trim().split_once('-')?;
    let is_group =
        |group: &str| group.len() == 4 && group.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (first.eq_ignore_ascii_case("link") && is_group(head) && is_group(tail))
        .then(|| code.trim().to_owned())
}

/// Reads a case's number, whole or short.
#[must_use]
pub fn which(number: &str) -> Option<Which> {
    if let Ok(full) = number.parse::<CaseNumber>() {
        return Some(Which::Full(full));
    }
    let digits = number.strip_prefix('#').unwrap_or(number);
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let n = digits.parse::<u32>().ok().filter(|n| *n > 0)?;
    all_digits.then_some(Which::OfThisYear(n))
}

fn is_greeting(text: &str) -> bool {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    // A number or a long text is information, whatever words it starts with.
    let plain = !text.contains(|c: char| c.is_numeric()) && text.chars().count() <= 40;
    plain && (words.is_empty() || GREETINGS.contains(&words.join(" ").as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_word_is_a_sub_command_only_if_it_is_the_whole_text() {
        assert_eq!(command(" Help "), Said::Help);
        assert_eq!(command("MINE"), Said::Mine);
        assert_eq!(command("status"), Said::Mine);
        assert_eq!(command("oncall"), Said::OnCall);
        assert_eq!(command("contacts"), Said::Contacts);
        assert_eq!(command("Link"), Said::Link);
        assert_eq!(
            command("link 7k3p-9QXD "),
            Said::LinkCode("7k3p-9QXD".to_owned())
        );
        assert_eq!(command("  "), Said::Form);
        for report in [
            "help my laptop is encrypted",
            "status of my laptop: encrypted",
            "mine is stolen",
            "link in a strange mail",
            "link http://example.org/7K3P-9QXD",
            "link 7K3P-9QXD clicked",
            "on call",
            "contacts were exported by somebody",
            "help!",
            "status -1",
            "status 0",
            "status SE-2026-0042 and a question",
            "status +42",
            "status 99999999999",
            "hi",
        ] {
            assert_eq!(command(report), Said::Report(report.to_owned()), "{report}");
        }
    }

    #[test]
    fn a_number_may_be_whole_or_short() {
        let full = CaseNumber { year: 2026, n: 42 };
        assert_eq!(
            command("status se-2026-42"),
            Said::Status(Which::Full(full))
        );
        assert_eq!(
            command("Status  SE-2026-0042 "),
            Said::Status(Which::Full(full))
        );
        assert_eq!(command("status 42"), Said::Status(Which::OfThisYear(42)));
        assert_eq!(command("status #0042"), Said::Status(Which::OfThisYear(42)));
    }

    #[test]
    fn a_greeting_gets_help_and_anything_else_is_a_report() {
        for greeting in [
            "",
            " ",
            "Hi!",
            "hello 👋",
            "Good morning",
            "thanks :)",
            "?",
            "🙂",
        ] {
            assert_eq!(addressed(greeting), Said::Help, "{greeting}");
        }
        for report in [
            "hi, I clicked a link",
            "good morning my files are gone",
            "help my laptop is encrypted",
            "185.220.101.4",
            "ok ok I paid the ransom",
        ] {
            assert_eq!(
                addressed(report),
                Said::Report(report.to_owned()),
                "{report}"
            );
        }
        assert_eq!(addressed("oncall"), Said::OnCall);
    }

    proptest! {
        #[test]
        fn every_text_is_understood_and_no_word_of_a_report_is_lost(text in any::<String>()) {
            for said in [command(&text), addressed(&text)] {
                if let Said::Report(report) = said {
                    prop_assert_eq!(report, text.trim());
                    prop_assert!(!text.trim().is_empty());
                }
            }
        }

        #[test]
        fn a_sub_command_followed_by_words_is_a_report(
            word in prop::sample::select(vec!["help", "mine", "oncall", "contacts"]),
            rest in "[a-zA-Z0-9éß漢🔥 ]{0,40}[a-zA-Zé漢🔥]",
        ) {
            let text = format!("{word} {rest}");
            prop_assert_eq!(command(&text), Said::Report(text.trim().to_owned()));
            prop_assert_eq!(addressed(&text), Said::Report(text.trim().to_owned()));
        }

        #[test]
        fn status_and_words_is_a_report(rest in "[a-zA-Z]{1,8}( [a-z]{1,8}){0,4}") {
            prop_assume!(!rest.to_ascii_lowercase().starts_with("se-"));
            let text = format!("status {rest}");
            prop_assert_eq!(command(&text), Said::Report(text));
        }
    }
}
