//! What somebody types at the demo's prompt.
//!
//! Invariants: pure; a line that makes no sense is an error that says what would. Neighbours: `shell` obeys.

/// Longest time that may pass at once, in minutes: a week.
const LONGEST: i64 = 7 * 24 * 60;

/// A line, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// An empty line or a comment.
    Nothing,
    /// What can be typed.
    Help,
    /// Who is there.
    People,
    /// Be this person.
    As(String),
    /// Go to this platform.
    On(String),
    /// Type in this channel.
    In(String),
    /// A slash command, whole.
    Slash(String),
    /// Post in the channel.
    Say(String),
    /// Write to the bot.
    Dm(String),
    /// React to a message with an emoji.
    React(usize, String),
    /// Reply in the thread of a message.
    Reply(usize, String),
    /// Press a button, on this message or the newest that has it.
    Press(Option<usize>, String),
    /// Fill in fields: label and value.
    Fill(Vec<(String, String)>),
    /// Send the form.
    Submit,
    /// Leave the form.
    Cancel,
    /// All that is seen now.
    Read,
    /// All cases.
    Cases,
    /// The record of a case.
    Timeline(String),
    /// Let minutes pass.
    Advance(i64),
    /// Leave.
    Quit,
}

/// Understands a line.
///
/// # Errors
/// A sentence that says what could be typed.
pub fn understand(line: &str) -> Result<Line, String> {
    if line.is_empty() || line.starts_with("# ") {
        return Ok(Line::Nothing);
    }
    if line.starts_with('/') {
        return Ok(Line::Slash(line.to_owned()));
    }
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    let some = |usage: &str| {
        if rest.is_empty() {
            Err(format!("say more: {usage}"))
        } else {
            Ok(rest.to_owned())
        }
    };
    Ok(match word.to_lowercase().as_str() {
        "help" | "?" => Line::Help,
        "people" => Line::People,
        "as" => Line::As(some("as rita")?),
        "on" => Line::On(some("on discord")?),
        "in" => Line::In(some("in #general")?),
        "say" => Line::Say(some("say Strange call just now")?),
        "dm" => Line::Dm(some("dm I got a strange call")?),
        "react" => {
            let (number, emoji) = numbered(rest, "react 3")?;
            let emoji = if emoji.is_empty() {
                "rotating_light".to_owned()
            } else {
                emoji.trim_matches(':').to_owned()
            };
            Line::React(number, emoji)
        }
        "reply" => {
            let usage = "reply 3 It was the blue link";
            let (number, text) = numbered(rest, usage)?;
            if text.is_empty() {
                return Err(format!("say more: {usage}"));
            }
            Line::Reply(number, text)
        }
        "press" => {
            let rest = some("press Take, or press 3 Take")?;
            match numbered(&rest, "") {
                Ok((number, label)) if !label.is_empty() => Line::Press(Some(number), label),
                _ => Line::Press(None, rest),
            }
        }
        "fill" => Line::Fill(fields(&some("fill Severity = SEV2")?)?),
        "submit" => Line::Submit,
        "cancel" => Line::Cancel,
        "read" => Line::Read,
        "cases" => Line::Cases,
        "timeline" => Line::Timeline(some("timeline SE-2026-0001")?),
        "advance" => match some("advance 15")?.parse() {
            Ok(minutes) if (1..=LONGEST).contains(&minutes) => Line::Advance(minutes),
            _ => {
                return Err(format!(
                    "say how many minutes pass, from 1 to {LONGEST}: advance 15"
                ));
            }
        },
        "quit" | "exit" => Line::Quit,
        _ => {
            return Err(format!(
                "nothing is called {word:?} here; `help` lists what can be typed"
            ));
        }
    })
}

/// A number, and what follows.
fn numbered(text: &str, usage: &str) -> Result<(usize, String), String> {
    let (number, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    match number.trim_matches(['[', ']']).parse() {
        Ok(number) => Ok((number, rest.trim().to_owned())),
        Err(_) => Err(format!("say which message, by its number: {usage}")),
    }
}

/// `label = value`, several with semicolons between them.
fn fields(text: &str) -> Result<Vec<(String, String)>, String> {
    text.split(';')
        .map(|part| {
            let (label, value) = part
                .split_once('=')
                .ok_or("say field and value: fill Severity = SEV2; Provider = AWS")?;
            Ok((label.trim().to_owned(), value.trim().to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Line, understand};

    #[test]
    fn lines_are_understood() {
        let cases = [
            ("", Line::Nothing),
            (
                "/secevent odd login",
                Line::Slash("/secevent odd login".into()),
            ),
            ("as rita", Line::As("rita".into())),
            ("on discord", Line::On("discord".into())),
            ("react 3", Line::React(3, "rotating_light".into())),
            ("react [3] :sos:", Line::React(3, "sos".into())),
            (
                "reply 2 the blue one",
                Line::Reply(2, "the blue one".into()),
            ),
            ("press Add details", Line::Press(None, "Add details".into())),
            ("press 12 Take", Line::Press(Some(12), "Take".into())),
            ("advance 15", Line::Advance(15)),
            (
                "fill Severity = SEV2; Why? = because",
                Line::Fill(vec![
                    ("Severity".into(), "SEV2".into()),
                    ("Why?".into(), "because".into()),
                ]),
            ),
        ];
        for (typed, meant) in cases {
            assert_eq!(understand(typed), Ok(meant), "{typed}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_answered_with_what_would() {
        for (typed, hint) in [
            ("hello", "`help`"),
            ("as", "as rita"),
            ("on", "on discord"),
            ("advance soon", "advance 15"),
            ("advance 0", "advance 15"),
            ("advance 99999999999999999999", "advance 15"),
            ("react three", "react 3"),
            ("reply 3", "reply 3 It"),
            ("fill Severity", "fill Severity = SEV2"),
        ] {
            let why = understand(typed).unwrap_err();
            assert!(why.contains(hint), "{typed}: {why}");
        }
    }
}
