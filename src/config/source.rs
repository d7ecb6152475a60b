//! A TOML text with its name: decoded into a type, and searched for the line of a key.
//!
//! Invariants: never panics, whatever the text; an error of reading names a line wherever the reader knows one.
//! Neighbours: `policy_file`, `directory_file` and `settings` read through it.

use super::problem::{LoadError, Place, Problem, explain};
use crate::domain::policy::finding::Finding;
use serde::de::DeserializeOwned;
use std::{fs::File, io::Read, ops::Range, path::Path};
use toml::de::{DeTable, DeValue};

/// Largest file that is read, in bytes.
const BYTES_MAX: u64 = 1024 * 1024;

/// A TOML text and where it came from.
pub(super) struct Source {
    pub(super) name: String,
    pub(super) text: String,
}

impl Source {
    pub(super) fn new(name: &str, text: &str) -> Self {
        Self {
            name: name.to_owned(),
            // Editors on some systems put a byte order mark first, which TOML does not know.
            text: text.trim_start_matches('\u{feff}').to_owned(),
        }
    }

    /// Reads a file. `purpose` is its name in messages: "the policy".
    pub(super) fn read(path: &Path, purpose: &str) -> Result<Self, LoadError> {
        let name = path.display().to_string();
        let fail = |what: String, way_out: &str| {
            let place = Place {
                source: name.clone(),
                ..Place::default()
            };
            LoadError::from(Problem::error(place, what, way_out))
        };
        let file = File::open(path).map_err(|error| {
            fail(
                format!("{purpose} cannot be opened: {error}"),
                "Check the path, and that the user who runs secevent may read it",
            )
        })?;
        let mut bytes = Vec::new();
        file.take(BYTES_MAX + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| {
                fail(
                    format!("{purpose} cannot be read: {error}"),
                    "Check that it is a file",
                )
            })?;
        if bytes.len() as u64 > BYTES_MAX {
            return Err(fail(
                format!("{purpose} is larger than {BYTES_MAX} bytes"),
                "Check that this is the right file",
            ));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self::new(&name, &text)),
            Err(_) => Err(fail(
                format!("{purpose} is not UTF-8 text"),
                "Save it as UTF-8",
            )),
        }
    }

    /// Decodes the whole text.
    pub(super) fn decode<T: DeserializeOwned>(&self) -> Result<T, LoadError> {
        let (_, syntax) = DeTable::parse_recoverable(&self.text);
        if !syntax.is_empty() {
            let problems = syntax.iter().take(10).map(|error| {
                Problem::error(
                    self.at(error.span(), None),
                    format!("this is not TOML ({})", error.message().replace('\n', ", ")),
                    "Texts stand in quotes, lists in [ ], each key once, sections open with [name]",
                )
            });
            return Err(LoadError {
                problems: problems.collect(),
            });
        }
        toml::from_str(&self.text).map_err(|error| {
            let (what, way_out) = explain(error.message());
            Problem::error(self.at(error.span(), None), what, way_out).into()
        })
    }

    /// The place of a key given as a path; as near to it as the text has it.
    pub(super) fn place(&self, key: &str) -> Place {
        let span = DeTable::parse(&self.text)
            .ok()
            .and_then(|table| locate(table.get_ref(), key));
        self.at(span, Some(key.to_owned()))
    }

    /// A finding of a check, with its line.
    pub(super) fn problem(&self, finding: &Finding) -> Problem {
        Problem {
            weight: finding.weight,
            place: self.place(&finding.path),
            what: finding.what.clone(),
            way_out: finding.way_out.clone(),
        }
    }

    fn at(&self, span: Option<Range<usize>>, key: Option<String>) -> Place {
        let line = span
            .and_then(|span| self.text.as_bytes().get(..span.start))
            .map(|before| 1 + before.iter().filter(|byte| **byte == b'\n').count());
        Place {
            source: self.name.clone(),
            line,
            key,
        }
    }
}

/// Where `path` (`category[2].advice_do[1]`) stands: the span of its last part that exists.
fn locate(table: &DeTable<'_>, path: &str) -> Option<Range<usize>> {
    let mut span = None;
    let mut tables = Some(table);
    for part in path.split('.') {
        let mut pieces = part.split('[');
        let key = pieces.next().unwrap_or_default();
        let Some((name, value)) = tables.and_then(|t| t.iter().find(|(k, _)| k.get_ref() == key))
        else {
            return span;
        };
        span = Some(name.span());
        let mut here = value;
        for index in pieces {
            let index = index.trim_end_matches(']').parse::<usize>().ok();
            let Some(entry) = index.and_then(|index| here.get_ref().as_array()?.get(index)) else {
                return span;
            };
            here = entry;
            span = Some(here.span());
        }
        tables = match here.get_ref() {
            DeValue::Table(table) => Some(table),
            _ => None,
        };
    }
    span
}
