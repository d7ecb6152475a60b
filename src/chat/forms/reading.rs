//! Reading what was entered: every limit once more, every error at its field.
//!
//! Invariants: reading never stops at the first error; an error says what to do; lengths count code points.
//! Neighbours: the forms.

use super::{FILES, LINK, LINKS};
use crate::chat::form::{Entered, Value};
use crate::chat::speech::{Reader, no_moment};
use crate::domain::{clock::Timestamp, event_report::FileRef};
use chrono::{NaiveDateTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use std::collections::BTreeMap;

/// What is wrong, by field name.
pub type FieldErrors = BTreeMap<String, String>;

/// One reading of what was entered.
#[derive(Debug)]
pub struct Reading<'a> {
    reader: &'a Reader,
    entered: &'a Entered,
    errors: FieldErrors,
}

impl<'a> Reading<'a> {
    /// Begins.
    #[must_use]
    pub fn new(reader: &'a Reader, entered: &'a Entered) -> Self {
        Self {
            reader,
            entered,
            errors: FieldErrors::new(),
        }
    }

    /// Puts an error at a field; the first one of a field stays.
    pub fn wrong(&mut self, name: &str, sentence: String) {
        self.errors.entry(name.to_owned()).or_insert(sentence);
    }

    /// Text that must be there; empty (with an error) if it is not. `ask` says what to write.
    pub fn required(&mut self, name: &str, max: u32, ask: &'static str) -> String {
        match self.optional(name, max) {
            Some(text) => text,
            None => {
                self.wrong(name, self.reader.say(ask));
                String::new()
            }
        }
    }

    /// Text that may be there.
    pub fn optional(&mut self, name: &str, max: u32) -> Option<String> {
        let text = self.entered.text(name)?;
        let length = text.chars().count();
        if length > max as usize {
            let sentence = self.reader.fill(
                "This is {n} characters long and {max} fit. Shorten it here, and add the rest as a file or in a message.",
                &[("n", &length.to_string()), ("max", &max.to_string())],
            );
            self.wrong(name, sentence);
        }
        Some(text.to_owned())
    }

    /// One of few, read by `parse`; `None` (with an error, if something else was sent) otherwise.
    pub fn choice<T>(&mut self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let word = self.entered.text(name)?;
        let found = parse(word);
        if found.is_none() {
            let sentence = self
                .reader
                .say("This is no longer among the choices. Choose one from the list.");
            self.wrong(name, sentence);
        }
        found
    }

    /// One of few that must be chosen.
    pub fn chosen<T>(
        &mut self,
        name: &str,
        ask: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let found = self.choice(name, parse);
        if found.is_none() {
            self.wrong(name, self.reader.say(ask));
        }
        found
    }

    /// Any of few.
    #[must_use]
    pub fn many(&self, name: &str) -> Vec<String> {
        match self.entered.0.get(name) {
            Some(Value::Many(values)) => values.clone(),
            // Who read it without the form could not know that there may be several.
            Some(Value::Text(value)) => vec![value.clone()],
            _ => Vec::new(),
        }
    }

    /// An instant; where the platform has no picker, it is written in the reader's zone.
    pub fn moment(&mut self, name: &str) -> Option<Timestamp> {
        if let Some(Value::Moment(at)) = self.entered.0.get(name) {
            return Some(*at);
        }
        let written = self.entered.text(name)?;
        let read = instant(written, self.reader.time_zone);
        if read.is_none() {
            let sentence = no_moment(self.reader.locale, self.reader.time_zone);
            self.wrong(name, sentence);
        }
        read
    }

    /// Files; too many are refused.
    pub fn files(&mut self, name: &str) -> Vec<FileRef> {
        let files = match self.entered.0.get(name) {
            Some(Value::Files(files)) => files.clone(),
            _ => Vec::new(),
        };
        if files.len() > FILES as usize {
            let sentence = self.reader.fill(
                "At most {n} files fit here. Add the others in a message.",
                &[("n", &FILES.to_string())],
            );
            self.wrong(name, sentence);
        }
        files
    }

    /// Links, one per line. They are kept as text and never fetched.
    pub fn links(&mut self, name: &str) -> Vec<String> {
        let links: Vec<String> = self
            .entered
            .text(name)
            .unwrap_or_default()
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        if links.len() > LINKS {
            let sentence = self.reader.fill(
                "At most {n} links fit here, one per line. Add the others in a message.",
                &[("n", &LINKS.to_string())],
            );
            self.wrong(name, sentence);
        } else if links
            .iter()
            .any(|link| link.chars().count() > LINK as usize)
        {
            let sentence = self.reader.fill(
                "A link may have {max} characters. Attach what is longer as a file.",
                &[("max", &LINK.to_string())],
            );
            self.wrong(name, sentence);
        }
        links
    }

    /// What was wrong so far.
    #[must_use]
    pub fn errors(self) -> FieldErrors {
        self.errors
    }

    /// The input, if nothing was wrong.
    ///
    /// # Errors
    /// Everything that was wrong, by field.
    pub fn end<T>(self, input: T) -> Result<T, FieldErrors> {
        if self.errors.is_empty() {
            Ok(input)
        } else {
            Err(self.errors)
        }
    }
}

/// `2026-03-31 14:05` in this zone, or with `UTC` after it; of an hour that comes twice the first.
fn instant(written: &str, zone: Tz) -> Option<Timestamp> {
    let (bare, zone) = match written.trim().strip_suffix("UTC") {
        Some(bare) => (bare, Tz::UTC),
        None => (written, zone),
    };
    let bare = bare.replace('T', " ");
    let bare = bare.split_whitespace().collect::<Vec<_>>().join(" ");
    let local = ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(&bare, form).ok())?;
    let at = zone.from_local_datetime(&local).earliest()?;
    Some(at.with_timezone(&Utc))
}

/// The first `max` code points, with a sign of omission if there was more.
#[must_use]
pub(super) fn cut(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(max.saturating_sub(1)).collect();
    short.push('\u{2026}');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_read_as_people_write_it() {
        let zone = Tz::Europe__Berlin;
        for (written, utc) in [
            ("2026-03-31 14:05", "2026-03-31 12:05:00 UTC"),
            (" 2026-01-02   03:04 ", "2026-01-02 02:04:00 UTC"),
            ("2026-01-02T03:04", "2026-01-02 02:04:00 UTC"),
            ("2026-03-31 14:05 UTC", "2026-03-31 14:05:00 UTC"),
            // The hour that comes twice.
            ("2026-10-25 02:30", "2026-10-25 00:30:00 UTC"),
        ] {
            let read = instant(written, zone).map(|at| at.to_string());
            assert_eq!(read.as_deref(), Some(utc), "{written}");
        }
        for wrong in [
            "",
            "yesterday",
            "31.03.2026",
            "2026-02-30 10:00",
            // The hour that does not exist.
            "2026-03-29 02:30",
        ] {
            assert_eq!(instant(wrong, zone), None, "{wrong}");
        }
    }
}
