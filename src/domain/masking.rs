//! Masking: secrets that people paste are recognised and replaced before something is quoted or raw bytes are kept.
//!
//! Invariants: what is recognised is replaced whole, never shortened; ordinary sentences ("I lost my password") pass unchanged; a
//! missed secret is possible (a rule, not a promise), so quotes stay short as well.
//! Neighbours: `chat/speech` masks quotes, adapters mask raw bytes with [`mask_wire`] before they are kept.

use regex::Regex;
use std::{borrow::Cow, sync::LazyLock};

/// What stands in the place of a secret.
pub const MASK: &str = "[secret masked]";

/// Patterns; the group named `s` is the secret, or the whole match if there is none.
const PATTERNS: &[&str] = &[
    // Private keys, to the end of the block or of the text.
    r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY( BLOCK)?-----.*?(?:-----END [A-Z ]*PRIVATE KEY( BLOCK)?-----|\z)",
    // Access keys of cloud providers and tokens of well-known services, by their prefixes.
    r"\b(?:AKIA|ASIA|AIDA|AROA)[A-Z0-9]{16}\b",
    r"\bgh[pousr]_[A-Za-z0-9]{20,}",
    r"\bgithub_pat_[A-Za-z0-9_]{20,}",
    r"\bglpat-[A-Za-z0-9_-]{16,}",
    r"\b(?:xox[a-z]|xoxe\.xox[a-z]|xapp)-[A-Za-z0-9-]{10,}",
    r"\b(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}",
    r"\bsk-[A-Za-z0-9_-]{20,}",
    r"\bAIza[A-Za-z0-9_-]{35}",
    r"\bya29\.[A-Za-z0-9_-]{20,}",
    r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    r"\b(?:npm|dop_v1|shpat|hf)_[A-Za-z0-9]{20,}",
    r"hooks\.slack\.com/(?P<s>(?:services|commands|actions|workflows)/[A-Za-z0-9/_-]+)",
    r"discord(?:app)?\.com/api/(?P<s>webhooks/[0-9]+/[A-Za-z0-9_-]+)",
    r"(?i)\b(?:AccountKey|SharedAccessKey|sig)=(?P<s>[A-Za-z0-9+/%]{20,}=*)",
    // JSON web tokens.
    r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?",
    // Headers, user information in addresses.
    r"(?i)\b(?:bearer|basic)\s+(?P<s>[A-Za-z0-9._~+/-]{12,}=*)",
    r"(?i)\b[a-z][a-z0-9+.-]*://[^\s/:@]+:(?P<s>[^\s/@]+)@",
    // "password: hunter2", "api_key=...", "secret = '...'".
    r#"(?i)(?:pass(?:word|wd|phrase|code)|passwort|\bpwd|\bpin|secret|token|credentials?|api[ _-]?key|access[ _-]?key|private[ _-]?key|client[ _-]?secret)["'`*]?\s*(?::=|=>|[:=])\s*["'`]?(?P<s>[^\s"'`,;<>]{3,})"#,
    // "the password is Hunter2!": only what looks like one (a digit or a sign in it), not "the password is wrong".
    r#"(?i)\b(?:password|passphrase|passcode|passwort|pin|token|api key)\s+(?:is|was|ist|=)\s+["'`]?(?P<s>[^\s"'`]*[0-9!$%^&*#@+=][^\s"'`]*)"#,
];

/// Fields of the wire that are secrets by their name, in JSON and in forms.
const WIRE: &[&str] = &[
    r#""(?:token|response_url|trigger_id|app_token|bot_token|refresh_token|access_token|client_secret|ssl_check)"\s*:\s*"(?P<s>(?:[^"\\]|\\.)*)""#,
    r"(?:^|&)(?:token|response_url|trigger_id)=(?P<s>[^&\s]*)",
    r#""url"\s*:\s*"(?P<s>wss:(?:[^"\\]|\\.)*)""#,
    // The same JSON inside a form's `payload` field, percent-encoded.
    r"(?i)%22(?:token|response_url|trigger_id)%22(?:%20|\+)*%3A(?:%20|\+)*%22(?P<s>.*?)%22",
];

static SECRETS: LazyLock<Vec<Regex>> = LazyLock::new(|| compile(PATTERNS));
static WIRE_SECRETS: LazyLock<Vec<Regex>> = LazyLock::new(|| compile(WIRE));

/// A pattern that does not compile is found by the tests of this file.
fn compile(patterns: &[&str]) -> Vec<Regex> {
    patterns
        .iter()
        .filter_map(|pattern| Regex::new(pattern).ok())
        .collect()
}

/// The text with recognised secrets replaced.
#[must_use]
pub fn mask(text: &str) -> String {
    replace(text, &SECRETS)
}

/// The bytes of a platform, as text, with tokens, response URLs and trigger ids replaced, and recognised secrets too.
#[must_use]
pub fn mask_wire(text: &str) -> String {
    replace(&replace(text, &WIRE_SECRETS), &SECRETS)
}

fn replace(text: &str, patterns: &[Regex]) -> String {
    let mut text = Cow::Borrowed(text);
    for pattern in patterns {
        if !pattern.is_match(&text) {
            continue;
        }
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        for found in pattern.captures_iter(&text) {
            let Some(secret) = found.name("s").or_else(|| found.get(0)) else {
                continue;
            };
            out.push_str(&text[from..secret.start()]);
            // What an earlier pattern masked, or what is empty, stays as it is.
            if MASK.contains(secret.as_str()) {
                out.push_str(secret.as_str());
            } else {
                out.push_str(MASK);
            }
            from = secret.end();
        }
        out.push_str(&text[from..]);
        text = Cow::Owned(out);
    }
    text.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(SECRETS.len(), PATTERNS.len());
        assert_eq!(WIRE_SECRETS.len(), WIRE.len());
    }

    #[test]
    fn secrets_are_masked_whole() {
        // Put together here, so that no scanner of repositories takes them for real ones.
        let cases = [
            (
                format!("key AKIA{} leaked", "IOSFODNN7EXAMPLE"),
                "key [secret masked] leaked",
            ),
            (format!("ghp_{}", "a1B2".repeat(9)), "[secret masked]"),
            (format!("xoxb-{}-abcdef", "1234567890"), "[secret masked]"),
            (
                "my password: hunter2, sorry".into(),
                "my password: [secret masked], sorry",
            ),
            ("password=hunter2".into(), "password=[secret masked]"),
            (
                "\"api_key\": \"abc123\"".into(),
                "\"api_key\": \"[secret masked]\"",
            ),
            (
                "the password is Hunter2!".into(),
                "the password is [secret masked]",
            ),
            (
                "Authorization: Bearer abcdef0123456789".into(),
                "Authorization: Bearer [secret masked]",
            ),
            (
                "postgres://app:s3cr3t@db/x".into(),
                "postgres://app:[secret masked]@db/x",
            ),
            (
                format!("https://hooks.slack.com/{}/T1/B1/xyz", "services"),
                "https://hooks.slack.com/[secret masked]",
            ),
            (
                "a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nb".into(),
                "a\n[secret masked]\nb",
            ),
            (
                "-----BEGIN OPENSSH PRIVATE KEY-----\ncut off".into(),
                "[secret masked]",
            ),
            (
                format!(
                    "eyJ{}.eyJ{}.sig",
                    "hbGciOiJIUzI1NiJ9", "zdWIiOiIxMjM0NTYifQ"
                ),
                "[secret masked]",
            ),
        ];
        for (text, masked) in cases {
            assert_eq!(mask(&text), masked, "{text}");
        }
    }

    #[test]
    fn ordinary_words_pass_unchanged() {
        for text in [
            "I lost my password",
            "the password is wrong",
            "somebody asked for my token and my pin",
            "see https://example.org/a:b?x=1 and mail ada@example.org",
            "token ring, secret garden, basic training for everybody",
            "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "الأمن والسلامة 🔐 密码",
        ] {
            assert_eq!(mask(text), text);
        }
    }

    #[test]
    fn the_wire_loses_its_tokens_and_keeps_the_rest() {
        let json = r#"{"token":"abc","trigger_id":"1.2.x","response_url":"https:\/\/hooks.example\/x","text":"hi"}"#;
        assert_eq!(
            mask_wire(json),
            r#"{"token":"[secret masked]","trigger_id":"[secret masked]","response_url":"[secret masked]","text":"hi"}"#
        );
        let form =
            "token=abc&command=%2Fsecevent&text=hi&response_url=https%3A%2F%2Fx&trigger_id=1";
        assert_eq!(
            mask_wire(form),
            "token=[secret masked]&command=%2Fsecevent&text=hi&response_url=[secret masked]&trigger_id=[secret masked]"
        );
        let payload = "payload=%7B%22token%22%3A%22abc%22%2C%22text%22%3A%22hi%22%7D";
        assert_eq!(
            mask_wire(payload),
            "payload=%7B%22token%22%3A%22[secret masked]%22%2C%22text%22%3A%22hi%22%7D"
        );
    }

    #[test]
    fn masking_twice_changes_nothing() {
        let once = mask("password: hunter2 and password = hunter3");
        assert_eq!(mask(&once), once);
    }
}
