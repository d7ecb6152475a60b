//! Text that becomes HTML.
//!
//! Invariants: markup is written in this program's source (`&'static str`); whatever else is said is escaped, in text and in attributes, so
//! that words of people cannot become markup. Neighbours: every page of this room.

use crate::domain::clock::Timestamp;
use chrono::SecondsFormat;
use std::fmt::{Display, Write};

/// HTML in the making.
#[derive(Debug, Default)]
pub struct Html(String);

impl Html {
    /// Markup of ours.
    pub fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Words, escaped.
    pub fn text(&mut self, words: impl Display) -> &mut Self {
        let mut plain = String::new();
        // Writing to a string cannot fail.
        let _ = write!(plain, "{words}");
        for c in plain.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                c => self.0.push(c),
            }
        }
        self
    }

    /// An instant, in UTC until the reader's browser says it in the zone that it knows.
    pub fn time(&mut self, at: Timestamp) -> &mut Self {
        self.raw("<time datetime=\"")
            .text(at.to_rfc3339_opts(SecondsFormat::Millis, true))
            .raw("\">")
            .text(at.format("%Y-%m-%d %H:%M:%S UTC"))
            .raw("</time>")
    }

    /// A small sign with words; `tone` picks its colour.
    pub fn sign(&mut self, tone: &'static str, words: impl Display) -> &mut Self {
        self.raw("<span class=\"sign ")
            .raw(tone)
            .raw("\">")
            .text(words)
            .raw("</span>")
    }

    /// Everything so far.
    pub fn done(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Html;

    #[test]
    fn words_become_no_markup() {
        let mut html = Html::default();
        html.raw("<p title=\"")
            .text("\"><script>alert('1')</script>&")
            .raw("\">");
        assert_eq!(
            html.done(),
            "<p title=\"&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;\">"
        );
    }
}
