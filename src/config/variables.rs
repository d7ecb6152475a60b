//! The environment on top of the settings file: `SECEVENT_*` variables, one for each setting.
//!
//! Invariants: a variable wins over the file; an empty one counts as unset; an unknown one is refused, so that a slip does not
//! silently leave a default in force; `Debug` shows names, never values. Neighbours: `raw` lists the settings, `decide` decides.

use super::{
    problem::{Place, Problem, explain, nearest},
    raw::{Kind, Raw, SETTINGS, variable_of},
};
use serde::Deserialize;
use std::{collections::BTreeMap, fmt};
use toml::{Table, Value};

/// Variables that others read.
const OTHERS: &[&str] = &[
    "SECEVENT_CONFIG",
    "SECEVENT_CRASH_AT",
    "SECEVENT_WITHOUT_SHIELD",
    "SECEVENT_SABOTAGE",
];
/// Parts of names that belong to tests and their machinery.
const OF_TESTS: &[&str] = &["_TEST_", "SECEVENT_CI_", "SECEVENT_BENCH_"];

/// The `SECEVENT_*` variables of the process, or what a test says they are.
#[derive(Clone, Default)]
pub struct Variables(BTreeMap<String, String>);

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Variables {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let pairs = pairs
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()));
        Self(
            pairs
                .filter(|(name, value)| name.starts_with("SECEVENT_") && !value.trim().is_empty())
                .collect(),
        )
    }
}

impl Variables {
    /// Those of this process. A value that is not UTF-8 is taken with its bad bytes replaced, and then refused as what it is.
    #[must_use]
    pub fn of_process() -> Self {
        std::env::vars_os()
            .map(|(name, value)| {
                (
                    name.to_string_lossy().into_owned(),
                    value.to_string_lossy().into_owned(),
                )
            })
            .collect()
    }

    /// The value of a variable, if it is set and not empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Whether the setting `key` comes from here.
    pub(super) fn sets(&self, key: &str) -> bool {
        self.0.contains_key(&variable_of(key))
    }

    /// Puts the variables into `table`, and says what is wrong with them.
    pub(super) fn overlay(&self, table: &mut Table) -> Vec<Problem> {
        let mut problems = Vec::new();
        let names: Vec<String> = SETTINGS.iter().map(|(key, _)| variable_of(key)).collect();
        for name in self.0.keys() {
            let known = names.contains(name)
                || OTHERS.contains(&name.as_str())
                || OF_TESTS.iter().any(|part| name.contains(part));
            if !known {
                let way_out = match nearest(name, &names) {
                    Some(meant) => format!("Did you mean {meant}? Else unset it"),
                    None => "Unset it; the settings are listed in manifests/secevent.example.toml"
                        .to_owned(),
                };
                problems.push(Problem::error(
                    place(name),
                    "no setting has this variable",
                    way_out,
                ));
            }
        }
        for ((key, kind), name) in SETTINGS.iter().zip(&names) {
            let Some(text) = self.0.get(name) else {
                continue;
            };
            let Some(value) = value(*kind, text) else {
                let way_out = if *kind == Kind::Bool {
                    "Write true or false"
                } else {
                    "Write a whole number"
                };
                problems.push(Problem::error(
                    place(name),
                    "this value does not fit",
                    way_out,
                ));
                continue;
            };
            let mut alone = Table::new();
            put(&mut alone, key, value.clone());
            if let Err(error) = Raw::deserialize(alone) {
                let (what, way_out) = explain(error.message());
                problems.push(Problem::error(place(name), what, way_out));
                continue;
            }
            // `x` here replaces `x_file` of the file, and the other way round.
            let sibling = key
                .strip_suffix("_file")
                .map_or_else(|| format!("{key}_file"), str::to_owned);
            if SETTINGS.iter().any(|(key, _)| *key == sibling) && !self.sets(&sibling) {
                remove(table, &sibling);
            }
            put(table, key, value);
        }
        problems
    }
}

/// The place of a variable, for a message.
pub(super) fn place(name: &str) -> Place {
    Place {
        source: format!("environment variable {name}"),
        ..Place::default()
    }
}

fn value(kind: Kind, text: &str) -> Option<Value> {
    match kind {
        Kind::Text => Some(Value::String(text.to_owned())),
        Kind::Integer => text.trim().parse().ok().map(Value::Integer),
        Kind::Bool => text.trim().parse().ok().map(Value::Boolean),
    }
}

fn put(table: &mut Table, key: &str, value: Value) {
    match key.split_once('.') {
        None => {
            table.insert(key.to_owned(), value);
        }
        Some((section, key)) => {
            let section = table
                .entry(section.to_owned())
                .or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(section) = section {
                section.insert(key.to_owned(), value);
            }
        }
    }
}

fn remove(table: &mut Table, key: &str) {
    if let Some((section, key)) = key.split_once('.')
        && let Some(Value::Table(section)) = table.get_mut(section)
    {
        section.remove(key);
    }
}
