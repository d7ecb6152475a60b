//! The policy file: TOML to [`Policy`], checked across fields, with its digest.
//!
//! Invariants: a [`LoadedPolicy`] has no error finding; the digest depends on what the policy says and not on how the file is
//! written (comments, order of keys, spaces). Neighbours: `domain::policy::check` has the rules; the store keeps each version.

use super::{
    problem::{LoadError, Problem, settle},
    source::Source,
};
use crate::domain::{
    policy::{Policy, check},
    timeline::{NotCanonical, canonical, sha256_hex},
};
use std::path::Path;

/// The default policy, as shipped: `manifests/policy/policy.toml`.
pub const DEFAULT_POLICY: &str = include_str!("../../manifests/policy/policy.toml");
/// What messages call the default policy.
pub const DEFAULT_POLICY_NAME: &str = "policy.toml (built in)";

/// A policy that may be adopted.
#[derive(Debug, Clone)]
pub struct LoadedPolicy {
    /// The policy.
    pub policy: Policy,
    /// [`policy_digest`] of it.
    pub digest: String,
    /// The file's name, or [`DEFAULT_POLICY_NAME`].
    pub source: String,
    /// What somebody should look at.
    pub warnings: Vec<Problem>,
}

/// Loads the policy from `path`, or the default if there is none.
///
/// # Errors
/// Everything that is wrong with the file, each with its line and a way out.
pub fn load_policy(path: Option<&Path>) -> Result<LoadedPolicy, LoadError> {
    match path {
        Some(path) => adopt(&Source::read(path, "the policy")?),
        None => parse_policy(DEFAULT_POLICY_NAME, DEFAULT_POLICY),
    }
}

/// Loads a policy from a text; `name` stands for the file in messages.
///
/// # Errors
/// As [`load_policy`].
pub fn parse_policy(name: &str, text: &str) -> Result<LoadedPolicy, LoadError> {
    adopt(&Source::new(name, text))
}

fn adopt(source: &Source) -> Result<LoadedPolicy, LoadError> {
    let policy: Policy = source.decode()?;
    let findings = check::check(&policy);
    let warnings = settle(
        findings
            .iter()
            .map(|finding| source.problem(finding))
            .collect(),
    )?;
    let digest = policy_digest(&policy).map_err(|error| {
        let what = format!("the policy has no canonical form: {error}");
        Problem::error(
            source.place("organisation"),
            what,
            "Report this: it is a bug of secevent",
        )
    })?;
    Ok(LoadedPolicy {
        policy,
        digest,
        source: source.name.clone(),
        warnings,
    })
}

/// Lower-case hex SHA-256 of the policy's canonical JSON (RFC 8785): two files that say the same have the same digest.
///
/// # Errors
/// When the policy has no canonical form, which no policy from a file can cause.
pub fn policy_digest(policy: &Policy) -> Result<String, NotCanonical> {
    Ok(sha256_hex(canonical(policy)?.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::{DEFAULT_POLICY, load_policy, parse_policy};
    use crate::config::problem::LoadError;
    use proptest::prelude::*;
    use std::path::Path;

    fn refused(text: &str) -> LoadError {
        parse_policy("mine.toml", text).expect_err("this policy should have been refused")
    }

    /// The line of the default policy that starts with `start`, from 1.
    fn line_of(text: &str, start: &str) -> usize {
        1 + text
            .lines()
            .position(|line| line.starts_with(start))
            .unwrap()
    }

    #[test]
    fn the_default_policy_loads() {
        let loaded = load_policy(None).unwrap();
        assert_eq!(loaded.digest.len(), 64);
        assert_eq!(loaded.policy.category.len(), 10);
        // Each warning is about an example that the operator replaces, and knows its line.
        assert!(
            loaded
                .warnings
                .iter()
                .all(|warning| warning.place.line.is_some())
        );
    }

    #[test]
    fn the_digest_is_of_the_meaning() {
        let one = load_policy(None).unwrap().digest;
        let spaced = format!("# a comment\n\n{DEFAULT_POLICY}\n\n");
        assert_eq!(parse_policy("x", &spaced).unwrap().digest, one);
        let changed = DEFAULT_POLICY.replacen("take_seconds = 900", "take_seconds = 901", 1);
        assert_ne!(parse_policy("x", &changed).unwrap().digest, one);
    }

    #[test]
    fn a_policy_from_before_there_were_digests_keeps_its_digest() {
        let (before, rest) = DEFAULT_POLICY.split_once("[digest]\n").unwrap();
        assert!(
            rest.lines().count() <= 2,
            "the section stands at the end of the file"
        );
        let usual = load_policy(None).unwrap();
        let absent = parse_policy("x", before).unwrap();
        assert_eq!(absent.digest, usual.digest);
        assert_eq!(absent.policy, usual.policy);
        assert!(absent.policy.digest.enabled && absent.policy.digest.hour == 8);
        for changed in ["enabled = false", "hour = 9"] {
            let other = parse_policy("x", &format!("{before}[digest]\n{changed}\n")).unwrap();
            assert_ne!(other.digest, usual.digest);
        }
    }

    #[test]
    fn a_wrong_hour_of_the_digest_is_refused_with_its_line_and_the_way_out() {
        let (before, _) = DEFAULT_POLICY.split_once("[digest]\n").unwrap();
        for (line, way_out) in [
            ("hour = 24", "0 to 23"),
            ("hour = \"eight\"", "u8"),
            ("at = 8", "enabled, hour"),
        ] {
            let text = format!("{before}[digest]\n{line}\n");
            let error = refused(&text);
            let problem = &error.problems[0];
            assert_eq!(problem.place.line, Some(text.lines().count()), "{error}");
            assert!(error.to_string().contains(way_out), "{error}");
        }
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line_and_the_way_out() {
        let text = DEFAULT_POLICY.replacen("take_seconds", "take_secnds", 1);
        let error = refused(&text);
        let problem = &error.problems[0];
        assert_eq!(problem.place.line, Some(line_of(&text, "take_secnds")));
        assert_eq!(problem.place.source, "mine.toml");
        assert!(problem.way_out.contains("\"take_seconds\""), "{error}");
    }

    #[test]
    fn a_wrong_type_word_or_zone_is_refused_with_its_line() {
        for (from, to, way_out) in [
            ("take_seconds = 900", "take_seconds = \"soon\"", "u32"),
            ("time_zone = \"UTC\"", "time_zone = \"Mars/Base\"", "IANA"),
            (
                "level = \"SEV1\"",
                "level = \"SEV9\"",
                "SEV1, SEV2, SEV3, SEV4",
            ),
            (
                "approved_on = \"2026-01-01\"",
                "approved_on = 2026-01-01",
                "in quotes",
            ),
        ] {
            let text = DEFAULT_POLICY.replacen(from, to, 1);
            let error = refused(&text);
            let problem = &error.problems[0];
            let key = from.split(' ').next().unwrap();
            assert_eq!(problem.place.line, Some(line_of(&text, key)), "{error}");
            assert!(problem.way_out.contains(way_out), "{error}");
        }
    }

    #[test]
    fn findings_of_the_check_know_their_lines_and_come_together() {
        let text = DEFAULT_POLICY
            .replacen("tries = 2", "tries = 0", 1)
            .replacen("wait_seconds = 300", "wait_seconds = 0", 1);
        let error = refused(&text);
        let found: Vec<_> = error
            .problems
            .iter()
            .map(|problem| {
                (
                    problem.place.key.clone().unwrap(),
                    problem.place.line.unwrap(),
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                (
                    "escalation[0].step[0].tries".to_owned(),
                    line_of(&text, "tries = 0")
                ),
                (
                    "escalation[0].step[0].wait_seconds".to_owned(),
                    line_of(&text, "wait_seconds = 0")
                ),
            ]
        );
    }

    #[test]
    fn an_entry_of_a_list_has_its_own_line() {
        let text = DEFAULT_POLICY.replacen(
            "  \"Do not delete mails, prompts or sign-in history.\",",
            "  \"\",",
            1,
        );
        let error = refused(&text);
        assert_eq!(
            error.problems[0].place.line,
            Some(line_of(&text, "  \"\",")),
            "{error}"
        );
    }

    #[test]
    fn broken_toml_and_a_missing_file_are_explained() {
        let error = refused("[organisation\nname = 'x'");
        assert_eq!(error.problems[0].place.line, Some(1), "{error}");
        let error = load_policy(Some(Path::new("/nonexistent/policy.toml"))).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("/nonexistent/policy.toml: the policy cannot be opened"),
            "{error}"
        );
        assert!(load_policy(Some(Path::new("/"))).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

        /// Cuts, doubles and overwrites pieces of the default policy: it may be refused, it must not panic.
        #[test]
        fn no_mangled_policy_makes_the_loader_panic(
            cuts in proptest::collection::vec((0usize..40_000, 0usize..80, "[\\[\\]\"'{}=.,#\n a-z0-9\u{e4}\u{1F600}\u{0}]{0,6}"), 1..6)
        ) {
            let mut text: Vec<char> = DEFAULT_POLICY.chars().collect();
            for (start, length, put) in cuts {
                let start = start % text.len();
                let end = (start + length).min(text.len());
                text.splice(start..end, put.chars());
            }
            let text: String = text.into_iter().collect();
            if let Err(error) = parse_policy("mangled.toml", &text) {
                prop_assert!(!error.problems.is_empty());
                prop_assert!(error.to_string().starts_with("mangled.toml"));
            }
        }

        #[test]
        fn no_text_makes_the_loader_panic(text in "\\PC{0,200}") {
            prop_assert!(parse_policy("any.toml", &text).is_err());
        }
    }
}
