//! The demo's screen: headings, acts, and what somebody sees, wrapped for a terminal.
//!
//! Invariants: a line is at most [`WIDTH`] columns; colours only on a terminal and never with `NO_COLOR`; text of people cannot
//! move the cursor. Neighbours: `show` decides what is printed.

use crate::cli::output::safe;
use std::io::{IsTerminal, Write};

/// Columns of a line.
pub const WIDTH: usize = 100;

/// Before an act's further lines, and before what is said about it.
pub const INDENT: &str = "         ";

/// How a piece of text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// As it is.
    Plain,
    /// A heading.
    Strong,
    /// Beside the point.
    Quiet,
    /// Well.
    Good,
    /// Not well.
    Bad,
}

/// Where it is printed.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    colours: bool,
}

impl Screen {
    /// Standard output.
    pub fn of_process() -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self {
            colours: wanted && std::io::stdout().is_terminal(),
        }
    }

    /// An empty line.
    pub fn gap(self) {
        put("\n");
    }

    /// A heading.
    pub fn heading(self, text: &str) {
        self.gap();
        self.block("", text, Ink::Strong);
    }

    /// A paragraph from the left margin.
    pub fn say(self, text: &str) {
        self.block("", text, Ink::Plain);
    }

    /// A paragraph behind `margin`, which also stands before its further lines.
    pub fn block(self, margin: &str, text: &str, ink: Ink) {
        self.hanging(margin, margin, text, ink);
    }

    /// A paragraph behind `first`, its further lines behind `rest`.
    pub fn hanging(self, first: &str, rest: &str, text: &str, ink: Ink) {
        let width = WIDTH.saturating_sub(first.chars().count().max(rest.chars().count()));
        for (index, line) in wrap(&safe(text), width).iter().enumerate() {
            let margin = if index == 0 { first } else { rest };
            let line = format!("{}{}", self.ink(margin, Ink::Quiet), self.ink(line, ink));
            put(&format!("{}\n", line.trim_end()));
        }
    }

    /// Words without an end of line, and out with them: a prompt.
    pub fn prompt(self, text: &str) {
        put(&self.ink(text, Ink::Strong));
    }

    fn ink(self, text: &str, ink: Ink) -> String {
        let code = match ink {
            Ink::Strong => "1",
            Ink::Quiet => "2",
            Ink::Good => "32",
            Ink::Bad => "1;31",
            Ink::Plain => return text.to_owned(),
        };
        if self.colours && !text.trim().is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// A reader that went away (`| head`) is no fault of ours.
fn put(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

/// Breaks text into lines of at most `width` characters, between words where possible. Never empty.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(10);
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        if used > 0 && used + 1 + word.len() > width {
            lines.push(String::new());
            used = 0;
        }
        while word.len() > width {
            let rest = word.split_off(width);
            if let Some(line) = lines.last_mut() {
                line.extend(word);
            }
            lines.push(String::new());
            word = rest;
        }
        if let Some(line) = lines.last_mut() {
            if used > 0 || (line.is_empty() && word.is_empty()) {
                line.push(' ');
                used += 1;
            }
            used += word.len();
            line.extend(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn lines_break_between_words_and_long_words_are_cut() {
        assert_eq!(wrap("one two three", 10), ["one two", "three"]);
        assert_eq!(wrap("abcdefghijklm no", 10), ["abcdefghij", "klm no"]);
        assert_eq!(wrap("", 10), [" "]);
        for line in wrap(&"word ".repeat(50), 17) {
            assert!(line.chars().count() <= 17, "{line:?}");
        }
    }
}
