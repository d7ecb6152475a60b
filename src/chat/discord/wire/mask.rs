//! Secrets out of a payload before it is kept.
//!
//! Invariants: tokens of interactions and of the bot, wherever they stand and whatever their type, and everything that looks like one of
//! Discord's tokens or webhook addresses in any text, are replaced; the result is capped on a character boundary.
//! Neighbours: `ingress` keeps what does not parse.

use regex::Regex;
use serde_json::Value;
use std::sync::LazyLock;

/// What stands in place of a secret.
pub const MASK: &str = "***";

/// Fields that hold a secret whatever they look like.
fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["token", "secret", "session_id", "resume_gateway_url"]
        .iter()
        .any(|part| key.contains(part))
}

/// A bot's token, an interaction's token (long, in base64), a webhook's address with its token, and what signs the address of a file.
static LOOKS_SECRET: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"[A-Za-z0-9_-]{18,}\.[A-Za-z0-9_-]{5,8}\.[A-Za-z0-9_-]{25,}|aW50ZXJhY3Rpb24[A-Za-z0-9+/=_-]+|/(?:webhooks|interactions)/\d+/[A-Za-z0-9._=-]+|[?&](?:hm|ex|is)=[0-9a-f]+",
    )
    .ok()
});

/// The payload as text without secrets, with at most `cap` bytes.
#[must_use]
pub fn masked(payload: &Value, cap: usize) -> String {
    let mut payload = payload.clone();
    hide(&mut payload);
    capped(payload.to_string(), cap)
}

/// Bytes that are no JSON, as text without secrets, with at most `cap` bytes.
#[must_use]
pub fn masked_bytes(bytes: &[u8], cap: usize) -> String {
    // Secrets have no name here, so whatever could follow a name of one is hidden too.
    let text = hide_words(&String::from_utf8_lossy(bytes));
    let words = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && !"-_.:/%".contains(c));
    let mut after_name = false;
    let mut kept = String::new();
    for word in words {
        let bare = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        if after_name && !bare.is_empty() {
            kept.push_str(MASK);
            kept.push_str(&word[bare.len()..]);
            after_name = false;
        } else {
            kept.push_str(word);
        }
        if !bare.is_empty() {
            after_name = is_secret(bare);
        }
    }
    capped(kept, cap)
}

fn hide(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields.iter_mut() {
                if is_secret(key) && !inner.is_null() {
                    *inner = Value::String(MASK.to_owned());
                } else {
                    hide(inner);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide),
        Value::String(text) => *text = hide_words(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn hide_words(text: &str) -> String {
    match &*LOOKS_SECRET {
        Some(secret) => secret.replace_all(text, MASK).into_owned(),
        // Never reached: the pattern is a constant, and a test compiles it. Nothing is shown rather than a secret.
        None => MASK.to_owned(),
    }
}

fn capped(mut text: String, cap: usize) -> String {
    if text.len() > cap {
        let end = (0..=cap)
            .rev()
            .find(|end| text.is_char_boundary(*end))
            .unwrap_or(0);
        text.truncate(end);
    }
    text
}
