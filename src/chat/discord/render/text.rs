//! Lines of text as Discord's markdown, and as plain text where Discord reads none.
//!
//! Invariants: every character that can begin or end a construct of Discord's markdown is escaped, whoever wrote it, so that only this
//! module makes markup; words of people are cleaned of control and direction-override characters; nothing is cut in the middle of an escape,
//! a mention, a link or a time. serenity's own escaper leaves links, mentions and headings alive. Neighbours: `card`, `form`.

use crate::{
    chat::card::Span,
    domain::{
        clock::Timestamp,
        person::{Identity, PlatformId},
    },
};
use url::Url;

/// What stands where something was cut.
pub const CUT: char = '…';
/// What stands where there are no words.
const NOTHING: &str = "–";
/// The longest address of a link.
const ADDRESS: usize = 1_000;

/// The length that Discord's limits are compared with. Discord does not say what it counts: of code points and UTF-16 units these are more.
#[must_use]
pub fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The text within `most`, with "…" at its end if something was cut.
#[must_use]
pub fn cut(text: &str, most: usize) -> String {
    if length(text) <= most {
        return text.to_owned();
    }
    if most == 0 {
        return String::new();
    }
    let mut kept = head(text, most - 1).to_owned();
    kept.push(CUT);
    kept
}

/// The longest beginning of the text within `most`.
#[must_use]
pub fn head(text: &str, most: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.len_utf16();
        if used > most {
            return &text[..at];
        }
    }
    text
}

/// Words of people without characters that are not seen but change what is seen.
#[must_use]
pub fn clean(text: &str) -> String {
    let hidden = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().filter(|c| !hidden(*c)).collect()
}

/// Text in which no line breaks stand.
#[must_use]
pub fn one_line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a character can begin, end or join a construct wherever it stands.
const fn is_special(c: char) -> bool {
    matches!(
        c,
        '\\' | '*'
            | '_'
            | '~'
            | '`'
            | '|'
            | '<'
            | '>'
            | '['
            | ']'
            | '('
            | ')'
            | '#'
            | '@'
            | ':'
            | '/'
    )
}

/// The text with everything escaped that Discord would interpret, within `most` of the result. It may stand at the beginning of a line.
#[must_use]
pub fn escape(text: &str, most: usize) -> String {
    let pieces = pieces(&clean(text));
    let total: usize = pieces.iter().map(|piece| length(piece)).sum();
    let room = if total > most {
        most.saturating_sub(1)
    } else {
        most
    };
    let mut escaped = String::new();
    let mut used = 0;
    for piece in pieces {
        used += length(&piece);
        if used > room {
            break;
        }
        escaped.push_str(&piece);
    }
    if total > most && most > 0 {
        escaped.push(CUT);
    }
    escaped
}

/// Each character with its escape, so that a cut never parts them.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces = Vec::with_capacity(text.len());
    // Only white space and digits so far in this line: what follows may make it a list.
    let mut begins = true;
    for c in text.chars() {
        let listed = begins && matches!(c, '-' | '+' | '.');
        pieces.push(if is_special(c) || listed {
            format!("\\{c}")
        } else {
            c.to_string()
        });
        begins = c == '\n' || (begins && (c.is_whitespace() || c.is_ascii_digit()));
    }
    pieces
}

/// The line as markdown, within `most`. Line breaks of people stay where `breaks` allows them.
#[must_use]
pub fn markdown(line: &[Span], most: usize, breaks: bool) -> String {
    let mut text = String::new();
    for span in line {
        let left = most.saturating_sub(length(&text));
        if left == 0 {
            break;
        }
        let words = words(span);
        let words = if breaks {
            words
        } else {
            one_line_around(&words)
        };
        let piece = match span {
            Span::Strong(_) => strong(&words, left),
            Span::Code(_) => code(&words, left),
            Span::Mention(identity) if is_discord_user(identity) => {
                format!("<@{}>", identity.user)
            }
            Span::Link { url, .. } => match address(url) {
                Some(url) => {
                    let room = left.saturating_sub(length(&url) + 6).min(300);
                    format!("[{}](<{url}>)", escape(&words, room))
                }
                None => escape(&words, left),
            },
            Span::Time(at) => format!("<t:{}:f>", at.timestamp()),
            _ => escape(&words, left),
        };
        // A mention, link or time cannot be cut without breaking it.
        if length(&piece) > left {
            text = cut_markdown(text, most);
            break;
        }
        text.push_str(&piece);
    }
    if text.trim().is_empty() {
        NOTHING.to_owned()
    } else {
        text
    }
}

/// With "…" at the end, if there is room without cutting what is there.
fn cut_markdown(mut text: String, most: usize) -> String {
    if length(&text) < most {
        text.push(CUT);
    }
    text
}

/// One line, with the white space at its ends, which parts it from its neighbours.
fn one_line_around(words: &str) -> String {
    let space = |is: bool| if is { " " } else { "" };
    let inner = one_line(words);
    if inner.is_empty() {
        return space(!words.is_empty()).to_owned();
    }
    format!(
        "{}{inner}{}",
        space(words.starts_with(char::is_whitespace)),
        space(words.ends_with(char::is_whitespace))
    )
}

/// White space stays outside the marks: with it inside, they would be text.
fn marked(words: &str, mark: &str, inner: impl Fn(&str) -> String) -> String {
    let core = words.trim();
    if core.is_empty() {
        return words.to_owned();
    }
    let start = &words[..words.len() - words.trim_start().len()];
    let end = &words[words.trim_end().len()..];
    format!("{start}{mark}{}{mark}{end}", inner(core))
}

fn strong(words: &str, most: usize) -> String {
    let around = length(words) - length(words.trim());
    let room = most.saturating_sub(around + 4);
    marked(words, "**", |core| escape(core, room))
}

fn code(words: &str, most: usize) -> String {
    let around = length(words) - length(words.trim());
    let room = most.saturating_sub(around + 2);
    let words: String = clean(words).chars().filter(|c| *c != '`').collect();
    marked(&words, "`", |core| cut(core, room))
}

/// The line without any markup, not escaped: for places where Discord reads none.
#[must_use]
pub fn plain(line: &[Span], most: usize) -> String {
    let text: String = line
        .iter()
        .map(|span| match span {
            Span::Time(at) => moment(*at),
            _ => words(span),
        })
        .collect();
    if text.trim().is_empty() {
        NOTHING.to_owned()
    } else {
        cut(&clean(&text), most)
    }
}

fn words(span: &Span) -> String {
    match span {
        Span::Plain(words) | Span::Strong(words) | Span::Code(words) | Span::Quoted(words) => {
            words.clone()
        }
        Span::Mention(identity) => format!("@{}", identity.user),
        Span::Link { label, .. } => label.clone(),
        Span::Time(at) => moment(*at),
    }
}

fn moment(at: Timestamp) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

fn is_discord_user(identity: &Identity) -> bool {
    identity.platform == PlatformId::Discord && is_id(&identity.user)
}

/// Whether a text is one of Discord's ids.
#[must_use]
pub fn is_id(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// The address of a link of ours, with what would end it escaped; `None` if it is none of the web.
fn address(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let is_web = ["http", "https"].contains(&url.scheme());
    let text: String = url
        .as_str()
        .chars()
        .flat_map(|c| match c {
            '(' => "%28".chars().collect::<Vec<_>>(),
            ')' => "%29".chars().collect(),
            '<' => "%3C".chars().collect(),
            '>' => "%3E".chars().collect(),
            '\\' => "%5C".chars().collect(),
            c => vec![c],
        })
        .collect();
    (is_web && text.len() <= ADDRESS).then_some(text)
}

#[cfg(test)]
mod tests;
