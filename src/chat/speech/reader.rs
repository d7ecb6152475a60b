//! Who reads, and how a sentence is put together for that reader.
//!
//! Invariants: every sentence is written once, in English, as a template with `{names}`; another language is one more file with a
//! function from template to template, and a sentence it lacks stays English; text from people enters as a span, never by
//! formatting it into a template. Neighbours: every file of [`super`].

use crate::chat::card::{Line, Part, Span};
use crate::chat::inbound::Inbound;
use crate::chat::traits::Hearing;
use crate::domain::clock::Timestamp;
use crate::domain::person::{Person, PlatformId};
use crate::domain::policy::Policy;
use chrono_tz::Tz;

/// A language that the bot speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Locale {
    /// English.
    #[default]
    English,
}

impl Locale {
    /// The language for a BCP 47 tag; English for one that is not spoken yet.
    #[must_use]
    pub fn of(_tag: Option<&str>) -> Self {
        Self::English
    }

    /// The template in this language.
    pub(super) const fn template(self, english: &'static str) -> &'static str {
        match self {
            Self::English => english,
        }
    }
}

/// Who reads a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader {
    /// The language.
    pub locale: Locale,
    /// The zone in which times are written where the platform does not convert them itself.
    pub time_zone: Tz,
    /// The platform: some sentences speak of its command.
    pub platform: PlatformId,
    /// What is written in the thread of a case there is read without a mention.
    pub hears_threads: bool,
}

impl Reader {
    /// Whoever sent something: by what the platform says of the account, else by the organisation's zone.
    #[must_use]
    pub fn sender(inbound: &Inbound, policy: &Policy, hearing: Hearing) -> Self {
        Self::new(
            inbound.from.locale.as_deref(),
            inbound.from.time_zone.as_deref(),
            (inbound.place.platform, hearing),
            policy,
        )
    }

    /// A person of the directory, on one platform.
    #[must_use]
    pub fn person(
        person: &Person,
        platform: PlatformId,
        policy: &Policy,
        hearing: Hearing,
    ) -> Self {
        Self::new(
            person.locale.as_deref(),
            person.time_zone.as_deref(),
            (platform, hearing),
            policy,
        )
    }

    /// Everybody in a channel: English, and the organisation's zone.
    #[must_use]
    pub fn channel(platform: PlatformId, policy: &Policy, hearing: Hearing) -> Self {
        Self::new(None, None, (platform, hearing), policy)
    }

    fn new(
        locale: Option<&str>,
        time_zone: Option<&str>,
        (platform, hearing): (PlatformId, Hearing),
        policy: &Policy,
    ) -> Self {
        Self {
            locale: Locale::of(locale),
            time_zone: time_zone
                .and_then(|zone| zone.parse().ok())
                .unwrap_or(policy.organisation.time_zone),
            platform,
            hears_threads: hearing.threads(platform),
        }
    }

    /// A sentence without blanks to fill.
    #[must_use]
    pub fn say(&self, template: &'static str) -> String {
        self.locale.template(template).to_owned()
    }

    /// A sentence as plain text: for labels, summaries and errors. A filled-in value is never read as a template.
    #[must_use]
    pub fn fill(&self, template: &'static str, values: &[(&str, &str)]) -> String {
        filled(self.locale.template(template), values)
    }

    /// A sentence as a line, each blank filled by a span.
    #[must_use]
    pub fn line(&self, template: &'static str, values: &[(&str, Span)]) -> Line {
        let mut line = Line::new();
        for piece in pieces(self.locale.template(template)) {
            match piece {
                Piece::Words(words) => line.push(Span::Plain(words.to_owned())),
                Piece::Blank(name) => {
                    let value = values.iter().find(|(key, _)| *key == name);
                    line.push(
                        value
                            .map_or_else(|| Span::Plain(name.to_owned()), |(_, span)| span.clone()),
                    );
                }
            }
        }
        line
    }

    /// A paragraph.
    #[must_use]
    pub fn text(&self, template: &'static str, values: &[(&str, Span)]) -> Part {
        Part::Text {
            line: self.line(template, values),
        }
    }

    /// Small print.
    #[must_use]
    pub fn small(&self, template: &'static str, values: &[(&str, Span)]) -> Part {
        Part::Small {
            line: self.line(template, values),
        }
    }

    /// An instant in the reader's zone, for text that cannot carry [`Span::Time`].
    #[must_use]
    pub fn time(&self, at: Timestamp) -> String {
        at.with_timezone(&self.time_zone)
            .format("%-d %b %Y, %H:%M %Z")
            .to_string()
    }

    /// A length of time in words, rounded down to its greatest unit ("10 minutes").
    #[must_use]
    pub fn duration(&self, seconds: u32) -> String {
        let (n, one, many) = match seconds {
            0..60 => (seconds, "1 second", "{n} seconds"),
            60..3_600 => (seconds / 60, "1 minute", "{n} minutes"),
            3_600..172_800 => (seconds / 3_600, "1 hour", "{n} hours"),
            _ => (seconds / 86_400, "1 day", "{n} days"),
        };
        if n == 1 {
            self.say(one)
        } else {
            self.fill(many, &[("n", &n.to_string())])
        }
    }
}

/// A template with its blanks filled.
pub(super) fn filled(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for piece in pieces(template) {
        match piece {
            Piece::Words(words) => text.push_str(words),
            Piece::Blank(name) => {
                let value = values.iter().find(|(key, _)| *key == name);
                text.push_str(value.map_or(name, |(_, value)| value));
            }
        }
    }
    text
}

enum Piece<'a> {
    Words(&'a str),
    Blank(&'a str),
}

/// Templates are ours, so a brace without its partner cannot come from outside; it is kept as words.
fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, behind)) = after.split_once('}') else {
            break;
        };
        if !before.is_empty() {
            found.push(Piece::Words(before));
        }
        found.push(Piece::Blank(name));
        rest = behind;
    }
    if !rest.is_empty() {
        found.push(Piece::Words(rest));
    }
    found
}

/// Our words, strong.
pub(crate) fn strong(text: impl Into<String>) -> Span {
    Span::Strong(text.into())
}

/// Our words.
pub(crate) fn plain(text: impl Into<String>) -> Span {
    Span::Plain(text.into())
}

/// Something to copy.
pub(crate) fn code(text: impl ToString) -> Span {
    Span::Code(text.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader() -> Reader {
        Reader {
            locale: Locale::of(Some("de-CH")),
            time_zone: chrono_tz::Europe::Zurich,
            platform: PlatformId::Slack,
            hears_threads: true,
        }
    }

    #[test]
    fn a_value_is_never_read_as_a_template() {
        let said = reader().fill("a {x} b {y}", &[("x", "{y}"), ("y", "2")]);
        assert_eq!(said, "a {y} b 2");
        let line = reader().line("{x}, {y}.", &[("x", Span::Quoted("{y}".into()))]);
        assert_eq!(line[0], Span::Quoted("{y}".into()));
        assert_eq!(line[2], plain("y"));
    }

    #[test]
    fn lengths_of_time_are_said_in_words() {
        let said: Vec<_> = [1, 59, 60, 600, 3_600, 14_400, 604_800]
            .map(|seconds| reader().duration(seconds))
            .into();
        assert_eq!(
            said,
            [
                "1 second",
                "59 seconds",
                "1 minute",
                "10 minutes",
                "1 hour",
                "4 hours",
                "7 days"
            ]
        );
    }

    #[test]
    fn a_time_is_written_in_the_readers_zone() {
        let at = crate::domain::clock::from_micros(1_770_000_000_000_000).unwrap();
        assert_eq!(reader().time(at), "2 Feb 2026, 03:40 CET");
    }
}
