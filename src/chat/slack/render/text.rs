//! Lines of text in Slack's three forms: rich text, mrkdwn, plain.
//!
//! Invariants: words of people are cut and cleaned of control and direction-override characters, which only serve to make text look like
//! something else; `mrkdwn` is only ever made of lines without words of people. Neighbours: `card`, `form`.

use crate::{
    chat::card::Span,
    domain::{
        clock::Timestamp,
        person::{Identity, PlatformId},
    },
};
use serde_json::{Value, json};
use url::Url;

/// What stands where something was cut.
pub const CUT: char = '…';

/// The text with at most `most` code points, the last of them "…" if something was cut.
#[must_use]
pub fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept = text.chars().take(most.saturating_sub(1));
    kept.chain((most > 0).then_some(CUT)).collect()
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

/// Escapes the three characters that Slack's markup has, and no more, within `most` code points of the result.
#[must_use]
pub fn escape(text: &str, most: usize) -> String {
    let mut escaped = String::new();
    let mut length = 0;
    let total: usize = text.chars().map(|c| entity(c).map_or(1, str::len)).sum();
    for c in text.chars() {
        let entity = entity(c);
        let needs = entity.map_or(1, str::len);
        if total > most && length + needs > most.saturating_sub(1) {
            escaped.push(CUT);
            break;
        }
        length += needs;
        match entity {
            Some(entity) => escaped.push_str(entity),
            None => escaped.push(c),
        }
    }
    escaped
}

const fn entity(c: char) -> Option<&'static str> {
    match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        _ => None,
    }
}

/// Whether words of people are in the line.
#[must_use]
pub fn has_quoted(line: &[Span]) -> bool {
    line.iter().any(|span| matches!(span, Span::Quoted(_)))
}

/// The elements of a `rich_text_section`, with at most `most` code points of text.
#[must_use]
pub fn rich(line: &[Span], most: usize) -> Vec<Value> {
    let mut left = most;
    let mut elements = Vec::new();
    for span in line {
        let words = words(span);
        if words.is_empty() {
            continue;
        }
        if left == 0 {
            break;
        }
        let shown = cut(&words, left);
        left -= shown.chars().count();
        elements.push(match span {
            Span::Strong(_) => {
                json!({ "type": "text", "text": shown, "style": { "bold": true } })
            }
            Span::Code(_) => json!({ "type": "text", "text": shown, "style": { "code": true } }),
            Span::Mention(identity) if is_slack_user(identity) => {
                json!({ "type": "user", "user_id": identity.user })
            }
            Span::Link { url, .. } if is_web(url) => {
                json!({ "type": "link", "url": url, "text": shown })
            }
            Span::Time(at) => json!({
                "type": "date", "timestamp": at.timestamp(), "format": "{date_short_pretty} at {time}",
                "fallback": moment(*at),
            }),
            _ => json!({ "type": "text", "text": shown }),
        });
    }
    if elements.is_empty() {
        elements.push(json!({ "type": "text", "text": "–" }));
    }
    elements
}

/// The line as mrkdwn. Only for lines without words of people ([`has_quoted`]); such words are left as plain as mrkdwn can be.
#[must_use]
pub fn mrkdwn(line: &[Span], most: usize) -> String {
    let mut text = String::new();
    for span in line {
        let left = most.saturating_sub(text.chars().count());
        let marked = |mark: &str, words: &str| {
            let inner: String = words.chars().filter(|c| !mark.contains(*c)).collect();
            format!("{mark}{}{mark}", escape(&inner, left.saturating_sub(2)))
        };
        let piece = match span {
            Span::Strong(words) => marked("*", words),
            Span::Code(words) => marked("`", words),
            Span::Mention(identity) if is_slack_user(identity) => format!("<@{}>", identity.user),
            Span::Link { url, label } if is_web(url) => {
                let url = escape(url, usize::MAX).replace('|', "%7C");
                format!("<{url}|{}>", escape(label, 300).replace('|', "/"))
            }
            Span::Time(at) => format!(
                "<!date^{}^{{date_short_pretty}} at {{time}}|{}>",
                at.timestamp(),
                moment(*at)
            ),
            _ => escape(&words(span), left),
        };
        // A mention, link or date cannot be cut without breaking it.
        if piece.chars().count() > left {
            break;
        }
        text.push_str(&piece);
    }
    if text.is_empty() {
        "–".to_owned()
    } else {
        text
    }
}

/// The line without any markup, not escaped.
#[must_use]
pub fn plain(line: &[Span], most: usize) -> String {
    let text: String = line.iter().map(words).collect();
    if text.is_empty() {
        "–".to_owned()
    } else {
        cut(&text, most)
    }
}

/// A plain text object. Emoji codes in it stay codes: they may be words of people.
#[must_use]
pub fn plain_object(text: &str, most: usize) -> Value {
    let text = cut(text, most);
    let text = if text.trim().is_empty() { "–" } else { &text };
    json!({ "type": "plain_text", "text": text, "emoji": false })
}

/// A mrkdwn object in which Slack makes no links and mentions of its own.
#[must_use]
pub fn mrkdwn_object(text: &str) -> Value {
    json!({ "type": "mrkdwn", "text": text, "verbatim": true })
}

fn words(span: &Span) -> String {
    match span {
        Span::Plain(words) | Span::Strong(words) | Span::Code(words) => words.clone(),
        Span::Quoted(words) => clean(words),
        Span::Mention(identity) => format!("@{}", identity.user),
        Span::Link { label, .. } => label.clone(),
        Span::Time(at) => moment(*at),
    }
}

fn moment(at: Timestamp) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

fn is_slack_user(identity: &Identity) -> bool {
    identity.platform == PlatformId::Slack
        && !identity.user.is_empty()
        && identity.user.chars().all(|c| c.is_ascii_alphanumeric())
}

fn is_web(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| ["http", "https"].contains(&url.scheme())) && url.len() <= 3_000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(id: &str) -> Span {
        Span::Mention(Identity {
            platform: PlatformId::Slack,
            realm: "T1".to_owned(),
            user: id.to_owned(),
        })
    }

    #[test]
    fn cutting_counts_code_points_and_shows() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "ab…");
        assert_eq!(cut("🚨🚨🚨🚨", 3), "🚨🚨…");
        assert_eq!(cut("שלום עולם", 5), "שלום…");
        assert_eq!(cut("abc", 0), "");
        let long = cut(&"x".repeat(40_000), 3_000);
        assert_eq!(long.chars().count(), 3_000);
        assert!(long.ends_with('…'));
    }

    #[test]
    fn escaping_is_done_once_and_never_cuts_an_entity() {
        assert_eq!(
            escape("<!channel> & <@U1>", 100),
            "&lt;!channel&gt; &amp; &lt;@U1&gt;"
        );
        assert_eq!(escape("&amp;", 100), "&amp;amp;");
        assert_eq!(escape("<<<", 8), "&lt;…");
        assert_eq!(escape("<<<", 9), "&lt;&lt;…");
        assert_eq!(escape("<<", 8), "&lt;&lt;");
        for most in 1..20 {
            let cut = escape("a<b>&c🚨<", most);
            assert!(cut.chars().count() <= most, "{most}: {cut}");
            assert!(
                !cut.replace("&lt;", "")
                    .replace("&gt;", "")
                    .replace("&amp;", "")
                    .contains('&')
            );
        }
    }

    #[test]
    fn words_of_people_form_nothing_in_rich_text() {
        let evil =
            "<!channel> <@U1> <https://evil.example|here> *bold* `code` \u{202e}txt.exe\u{7}";
        let elements = rich(&[Span::Quoted(evil.to_owned())], 3_000);
        assert_eq!(elements.len(), 1);
        assert_eq!(elements[0]["type"], "text");
        assert_eq!(
            elements[0]["text"],
            "<!channel> <@U1> <https://evil.example|here> *bold* `code` txt.exe"
        );
        assert!(elements[0].get("style").is_none());
    }

    #[test]
    fn a_mention_is_only_made_of_an_id() {
        assert_eq!(mrkdwn(&[user("U1")], 100), "<@U1>");
        assert_eq!(
            mrkdwn(&[user("U1> <!channel")], 100),
            "@U1&gt; &lt;!channel"
        );
        assert_eq!(rich(&[user("U1")], 100)[0]["user_id"], "U1");
        assert_eq!(rich(&[user("<!here>")], 100)[0]["type"], "text");
    }

    #[test]
    fn a_link_is_only_made_of_a_web_address() {
        let link = |url: &str| Span::Link {
            url: url.to_owned(),
            label: "the <message>".to_owned(),
        };
        assert_eq!(
            mrkdwn(&[link("https://x.slack.com/a?b=1&c=|")], 200),
            "<https://x.slack.com/a?b=1&amp;c=%7C|the &lt;message&gt;>"
        );
        assert_eq!(
            mrkdwn(&[link("javascript:alert(1)")], 200),
            "the &lt;message&gt;"
        );
        assert_eq!(rich(&[link("javascript:alert(1)")], 200)[0]["type"], "text");
    }

    #[test]
    fn empty_text_is_never_sent() {
        assert_eq!(
            rich(&[Span::Quoted("\u{202e}".to_owned())], 10)[0]["text"],
            "–"
        );
        assert_eq!(mrkdwn(&[], 10), "–");
        assert_eq!(plain_object("  ", 10)["text"], "–");
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_without_breaking_markup() {
        let line = [
            Span::Strong("a".repeat(50)),
            Span::Plain("b".repeat(50)),
            user("U123456789"),
        ];
        for most in 1..140 {
            let text = mrkdwn(&line, most);
            assert!(text.chars().count() <= most, "{most}: {text}");
            assert_eq!(text.matches('*').count() % 2, 0, "{text}");
            assert_eq!(text.contains('<'), text.contains('>'), "{text}");
        }
    }
}
