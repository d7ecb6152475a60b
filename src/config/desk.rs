//! The desk at which settings are decided: what is at hand, the problems found so far, and the helpers of every section.
//!
//! Invariants: a problem names the line or the variable that the value came from; a secret is read whole, checked, and never
//! quoted. Neighbours: `decide`, `database` and `slack` work at it.

use super::{
    problem::{Place, Problem},
    raw::{Environment, Raw},
    source::Source,
    variables::{self, Variables},
};
use secrecy::{ExposeSecret, SecretString};
use std::{
    ops::RangeInclusive,
    path::{Path, PathBuf},
};

/// Where the settings are decided: the sources at hand, and the problems found so far.
pub(super) struct Desk<'a> {
    pub(super) source: &'a Source,
    pub(super) folder: &'a Path,
    pub(super) variables: &'a Variables,
    pub(super) environment: Environment,
    pub(super) problems: Vec<Problem>,
}

impl Desk<'_> {
    /// The place that `key` was set at, or would be.
    fn place(&self, key: &str) -> Place {
        if self.variables.sets(key) {
            variables::place(&super::raw::variable_of(key))
        } else {
            self.source.place(key)
        }
    }

    pub(super) fn refuse(&mut self, key: &str, what: impl AsRef<str>, way_out: impl AsRef<str>) {
        self.problems
            .push(Problem::error(self.place(key), what, way_out));
    }

    pub(super) fn warn(&mut self, key: &str, what: impl AsRef<str>, way_out: impl AsRef<str>) {
        self.problems
            .push(Problem::warning(self.place(key), what, way_out));
    }

    /// A number in its range, or its default.
    pub(super) fn number(
        &mut self,
        key: &str,
        given: Option<u64>,
        default: u64,
        range: RangeInclusive<u64>,
    ) -> u64 {
        let value = given.unwrap_or(default);
        if range.contains(&value) {
            return value;
        }
        let way_out = format!(
            "Write {} to {}; {default} is the default",
            range.start(),
            range.end()
        );
        self.refuse(key, format!("{value} is out of range"), way_out);
        default
    }

    /// As [`Self::number`], for counts; `range` must lie within `u32`.
    pub(super) fn count(
        &mut self,
        key: &str,
        given: Option<u64>,
        default: u64,
        range: RangeInclusive<u64>,
    ) -> u32 {
        u32::try_from(self.number(key, given, default, range)).unwrap_or(u32::MAX)
    }

    /// A path of a setting: relative to the settings file, or to the working directory if a variable gave it.
    pub(super) fn path(&self, key: &str, path: PathBuf) -> PathBuf {
        if self.variables.sets(key) {
            path
        } else {
            self.folder.join(path)
        }
    }

    /// A secret that stands in `key` or in the file that `key`_file names; `None` if there is none or it cannot be used.
    pub(super) fn secret(
        &mut self,
        key: &str,
        inline: Option<SecretString>,
        file: Option<PathBuf>,
    ) -> Option<SecretString> {
        let file_key = format!("{key}_file");
        let (key, secret) = match (inline, file) {
            (Some(_), Some(_)) => {
                let way_out =
                    format!("Remove one of them; {file_key} keeps the secret out of this file");
                self.refuse(key, format!("both {key} and {file_key} are set"), way_out);
                return None;
            }
            (None, None) => return None,
            (Some(secret), None) => (key.to_owned(), secret),
            (None, Some(path)) => {
                let path = self.path(&file_key, path);
                match Source::read(&path, "the secret") {
                    Ok(read) => (
                        file_key,
                        SecretString::from(read.text.trim_end_matches(['\r', '\n'])),
                    ),
                    Err(error) => {
                        for problem in error.problems {
                            let what = format!("{} ({})", problem.what, path.display());
                            self.refuse(&file_key, what, problem.way_out);
                        }
                        return None;
                    }
                }
            }
        };
        let text = secret.expose_secret();
        if text.is_empty() {
            self.refuse(
                &key,
                "there is no secret yet",
                "Put it there, alone on one line",
            );
            return None;
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            self.refuse(
                &key,
                "this secret holds a space or a line break",
                "Copy it again, whole and alone",
            );
            return None;
        }
        Some(secret)
    }

    /// Warns of a settings file that holds secrets and is open to everybody on the machine.
    pub(super) fn open_secrets(&mut self, file: Option<&Path>, raw: &Raw) {
        use std::os::unix::fs::PermissionsExt;
        let slack = raw.slack.as_ref();
        let discord = raw.discord.as_ref();
        let database = raw.database.url.as_ref();
        let inline = [
            (
                "database.url",
                database.is_some_and(|url| url.expose_secret().contains('@')),
            ),
            (
                "slack.bot_token",
                slack.is_some_and(|slack| slack.bot_token.is_some()),
            ),
            (
                "slack.app_token",
                slack.is_some_and(|slack| slack.app_token.is_some()),
            ),
            (
                "slack.signing_secret",
                slack.is_some_and(|slack| slack.signing_secret.is_some()),
            ),
            (
                "slack.token_key",
                slack.is_some_and(|slack| slack.token_key.is_some()),
            ),
            (
                "slack.token_key_before",
                slack.is_some_and(|slack| slack.token_key_before.is_some()),
            ),
            (
                "slack.oauth_client_secret",
                slack.is_some_and(|slack| slack.oauth_client_secret.is_some()),
            ),
            (
                "discord.bot_token",
                discord.is_some_and(|discord| discord.bot_token.is_some()),
            ),
        ];
        let held = inline
            .iter()
            .find(|(key, given)| *given && !self.variables.sets(key));
        let mode = file
            .and_then(|file| std::fs::metadata(file).ok())
            .map(|meta| meta.permissions().mode());
        if let (Some((key, _)), Some(mode)) = (held, mode)
            && mode & 0o004 != 0
        {
            self.warn(
                key,
                "everybody on this machine can read this secret",
                format!("Use {key}_file, or take the right to read from others (chmod o-r)"),
            );
        }
    }
}
