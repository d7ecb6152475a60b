//! Plain output: tables that survive a pipe, and instants as people read them.
//!
//! Invariants: no colour, no cursor movement; text of people is shown on one line, with control characters replaced, so that
//! a report cannot rewrite an operator's terminal. Neighbours: every command that lists something.

use crate::domain::clock::Timestamp;

/// A table with a heading; columns are as wide as their widest cell.
#[derive(Debug)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these column headings.
    pub fn new(headings: &[&str]) -> Self {
        Self {
            rows: vec![
                headings
                    .iter()
                    .map(|heading| (*heading).to_owned())
                    .collect(),
            ],
        }
    }

    /// Adds a row; every cell is made safe for a terminal.
    pub fn row(&mut self, cells: &[String]) {
        self.rows
            .push(cells.iter().map(|cell| safe(cell)).collect());
    }

    /// The table as text, without trailing blanks.
    pub fn render(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                self.rows
                    .iter()
                    .filter_map(|row| row.get(column))
                    .map(|cell| cell.chars().count())
                    .max()
                    .unwrap_or_default()
            })
            .collect();
        let mut text = String::new();
        for row in &self.rows {
            let line: Vec<String> = row
                .iter()
                .zip(&widths)
                .map(|(cell, width)| format!("{cell:<width$}"))
                .collect();
            text.push_str(line.join("  ").trim_end());
            text.push('\n');
        }
        text
    }
}

/// One line without control characters (and without the marks that turn the direction of text).
pub fn safe(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\r' | '\t' => ' ',
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                '\u{fffd}'
            }
            c if c.is_control() => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// An instant in UTC to the second.
pub fn instant(at: Timestamp) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::{Table, safe};

    #[test]
    fn columns_line_up_and_a_report_cannot_move_the_cursor() {
        let mut table = Table::new(&["NUMBER", "TITLE"]);
        table.row(&[
            "SE-2026-0001".into(),
            "odd\u{1b}[2Jlogin\nfrom \u{202e}Lagos".into(),
        ]);
        assert_eq!(
            table.render(),
            "NUMBER        TITLE\nSE-2026-0001  odd\u{fffd}[2Jlogin from \u{fffd}Lagos\n"
        );
        assert_eq!(safe("plain"), "plain");
    }
}
