//! What is wrong with a file or variable: where, what, and the way out; and the error that carries all of it at once.
//!
//! Invariants: no value of a setting is ever quoted whole (it may be a secret in the wrong place): what a parser says about values
//! is reworded by `explain`, and everything that looks like a credential is masked. Neighbours: every loader of `config`.

use crate::domain::policy::finding::Weight;
use std::fmt;

/// Where a problem is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The file, or `environment variable SECEVENT_...`.
    pub source: String,
    /// The line, from 1, if known.
    pub line: Option<usize>,
    /// The key, as a path: `slack.api_url`, `category[2].label`.
    pub key: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        if let Some(key) = &self.key {
            write!(f, " ({key})")?;
        }
        Ok(())
    }
}

/// One thing that is wrong, or should be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Whether it stops the start.
    pub weight: Weight,
    /// Where.
    pub place: Place,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub way_out: String,
}

impl Problem {
    /// A problem that stops the start. Texts are masked.
    pub(super) fn error(place: Place, what: impl AsRef<str>, way_out: impl AsRef<str>) -> Self {
        Self {
            weight: Weight::Error,
            place,
            what: mask(what.as_ref()),
            way_out: mask(way_out.as_ref()),
        }
    }

    /// A problem that is told and stops nothing.
    pub(super) fn warning(place: Place, what: impl AsRef<str>, way_out: impl AsRef<str>) -> Self {
        Self {
            weight: Weight::Warning,
            ..Self::error(place, what, way_out)
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}. {}.", self.place, self.what, self.way_out)
    }
}

/// Why something could not be loaded: every error that was found, one a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadError {
    /// The problems; at least one.
    pub problems: Vec<Problem>,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.problems.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for LoadError {}

impl From<Problem> for LoadError {
    fn from(problem: Problem) -> Self {
        Self {
            problems: vec![problem],
        }
    }
}

/// Parts warnings from errors: `Ok` with the warnings if there is no error, else all errors.
pub(super) fn settle(problems: Vec<Problem>) -> Result<Vec<Problem>, LoadError> {
    let (errors, warnings): (Vec<_>, Vec<_>) = problems
        .into_iter()
        .partition(|problem| problem.weight == Weight::Error);
    if errors.is_empty() {
        Ok(warnings)
    } else {
        Err(LoadError { problems: errors })
    }
}

/// What the TOML reader says, as a sentence and a way out, without the value that it speaks of.
pub(super) fn explain(message: &str) -> (String, String) {
    let message = message.lines().next().unwrap_or_default();
    if let Some(rest) = message.strip_prefix("unknown field `") {
        let (name, rest) = rest.split_once('`').unwrap_or((rest, ""));
        let known = quoted(rest);
        let way_out = match nearest(name, &known) {
            Some(meant) => format!("Did you mean \"{meant}\"? Else remove it"),
            None if known.is_empty() => "Remove it".to_owned(),
            None => format!("Remove it; known here are {}", known.join(", ")),
        };
        return (format!("the key \"{name}\" is unknown"), way_out);
    }
    if let Some(rest) = message.strip_prefix("missing field `") {
        let name = rest.split('`').next().unwrap_or_default();
        return (
            format!("the key \"{name}\" is missing"),
            format!("Add \"{name} = ...\""),
        );
    }
    if let Some(rest) = message.strip_prefix("unknown variant `") {
        let (_, rest) = rest.split_once("`, ").unwrap_or((rest, ""));
        return (
            "this word may not stand here".to_owned(),
            format!("Write one of {}", quoted(rest).join(", ")),
        );
    }
    for prefix in ["invalid type: ", "invalid value: "] {
        if let Some((found, expected)) = message
            .strip_prefix(prefix)
            .and_then(|rest| rest.rsplit_once(", expected "))
        {
            // `string "xoxb-..."`: the kind is telling, the value may be a secret.
            let kind = found.split([' ', '`', '"']).next().unwrap_or("value");
            let expected = if expected.contains("date string") {
                "a date in quotes, for instance \"2026-01-31\""
            } else {
                expected
            };
            return (
                format!("this is a {kind}, and that does not fit"),
                format!("Write {expected}"),
            );
        }
    }
    if message.contains("failed to parse timezone") {
        return (
            "this is not a time zone".to_owned(),
            "Write an IANA name, for instance \"Europe/Berlin\" or \"UTC\"".to_owned(),
        );
    }
    (
        format!("this cannot be read ({message})"),
        "Write it as in the commented example under manifests".to_owned(),
    )
}

/// The words in backticks.
fn quoted(text: &str) -> Vec<String> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// The known name that `name` is most likely a slip of.
pub(super) fn nearest<'k, S: AsRef<str>>(name: &str, known: &'k [S]) -> Option<&'k str> {
    known
        .iter()
        .map(|candidate| (distance(name, candidate.as_ref()), candidate.as_ref()))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 5)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Edit distance in code points; long names are not compared.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    if a.chars().count() > 64 || b.len() > 64 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

/// Masks what looks like a credential: Slack's tokens (their prefix alone is none), and the password of a URL.
fn mask(text: &str) -> String {
    let token = |word: &str| {
        let prefixes = [
            "xoxb-", "xoxp-", "xoxa-", "xoxs-", "xoxr-", "xoxe-", "xapp-",
        ];
        let starts = prefixes.iter().filter_map(|prefix| {
            let at = word.find(prefix)?;
            let rest = word.get(at + prefix.len()..)?;
            rest.starts_with(|c: char| c.is_alphanumeric())
                .then_some(at)
        });
        starts.min()
    };
    let masked = text.split(' ').map(|word| {
        if let Some(start) = token(word) {
            format!("{}***", word.get(..start).unwrap_or_default())
        } else if let (Some(scheme), Some(at)) = (word.find("://"), word.rfind('@')) {
            let host = word.get(at..).unwrap_or_default();
            format!("{}***{host}", word.get(..scheme + 3).unwrap_or_default())
        } else {
            word.to_owned()
        }
    });
    masked.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{explain, mask, nearest};

    #[test]
    fn a_reader_s_message_loses_the_value_and_gains_a_way_out() {
        let (what, way_out) = explain("invalid type: string \"hunter2\", expected u32");
        assert_eq!(what, "this is a string, and that does not fit");
        assert_eq!(way_out, "Write u32");
        let (what, way_out) = explain("unknown variant `hunter2`, expected `json` or `text`");
        assert!(!what.contains("hunter2"));
        assert_eq!(way_out, "Write one of json, text");
        let (_, way_out) = explain("unknown field `bot_tokn`, expected one of `bot_token`, `mode`");
        assert!(way_out.contains("Did you mean \"bot_token\"?"), "{way_out}");
    }

    #[test]
    fn credentials_are_masked() {
        assert_eq!(mask("a \"xoxb-1-secret\" b"), "a \"*** b");
        assert_eq!(mask("postgres://u:secret@db/x"), "postgres://***@db/x");
    }

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let known = ["bot_token", "app_token"];
        assert_eq!(nearest("bot_tokn", &known), Some("bot_token"));
        assert_eq!(nearest("colour", &known), None);
    }
}
