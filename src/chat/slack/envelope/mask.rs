//! Secrets out of a payload before it is kept.
//!
//! Invariants: verification tokens, response URLs and trigger ids, wherever they stand and whatever their type, and everything that looks
//! like a Slack token or a webhook address in any text, are replaced; the result is capped on a character boundary.
//! Neighbours: `ingress` keeps what does not parse.

use serde_json::Value;

/// What stands in place of a secret.
pub const MASK: &str = "***";

/// Fields that hold a secret whatever they look like.
fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    [
        "token",
        "trigger",
        "response_url",
        "secret",
        "upload_url",
        "ticket",
    ]
    .iter()
    .any(|part| key.contains(part))
}

/// The payload as text without secrets, with at most `cap` bytes.
#[must_use]
pub fn masked(payload: &Value, cap: usize) -> String {
    let mut payload = payload.clone();
    hide(&mut payload);
    capped(payload.to_string(), cap)
}

/// Bytes that are no JSON and no form, as text without secrets, with at most `cap` bytes.
#[must_use]
pub fn masked_bytes(bytes: &[u8], cap: usize) -> String {
    // Secrets have no name here, so whatever could follow a name of one is hidden too.
    let text = String::from_utf8_lossy(bytes);
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
            kept.push_str(&hide_words(word));
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
                } else if key == "payload" && inner.is_string() {
                    // A form's payload is JSON in a text.
                    let parsed = inner
                        .as_str()
                        .and_then(|text| serde_json::from_str(text).ok());
                    *inner = match parsed {
                        Some(mut parsed) => {
                            hide(&mut parsed);
                            parsed
                        }
                        None => Value::String(masked_bytes(
                            inner.as_str().unwrap_or_default().as_bytes(),
                            usize::MAX,
                        )),
                    };
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

/// Slack's tokens and webhook addresses, by their looks.
fn hide_words(text: &str) -> String {
    let looks_secret = |word: &str| {
        let token = ["xoxb-", "xoxp-", "xoxa-", "xoxe", "xoxs-", "xoxr-", "xapp-"];
        token.iter().any(|start| word.contains(start))
            || word.contains("hooks.slack.com/")
            || word.contains("/link/?ticket=")
    };
    if !looks_secret(text) {
        return text.to_owned();
    }
    let words = text.split_inclusive(char::is_whitespace);
    let hidden = words.map(|word| {
        let bare = word.trim_end();
        if looks_secret(bare) {
            format!("{MASK}{}", &word[bare.len()..])
        } else {
            word.to_owned()
        }
    });
    hidden.collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        let payload = json!({
            "token": "verif", "trigger_id": "1.2.abc", "response_url": "https://hooks.slack.com/commands/1",
            "response_urls": [{ "response_url": "https://x" }], "text": "my token is xoxb-1-2 ok",
            "payload": "{\"trigger_id\":\"deep\",\"type\":\"x\"}", "view": { "id": "V1", "bot_token": 7 },
            "list": ["https://hooks.slack.com/actions/9"], "null_token": null
        });
        let shown = masked(&payload, 10_000);
        for secret in [
            "verif",
            "1.2.abc",
            "hooks.slack.com",
            "https://x",
            "xoxb",
            "deep",
            "7",
        ] {
            assert!(!shown.contains(secret), "{secret}: {shown}");
        }
        assert!(
            shown.contains("my token is *** ok") && shown.contains("V1"),
            "{shown}"
        );
    }

    #[test]
    fn bytes_that_are_nothing_are_masked_too() {
        let shown = masked_bytes(
            b"{\"token\":\"verif\",\"trigger_id\": \"1.2.abc\", \"type\":\"x",
            100,
        );
        assert!(
            !shown.contains("verif") && !shown.contains("1.2.abc"),
            "{shown}"
        );
        assert!(shown.contains("type"), "{shown}");
        let form = masked_bytes(
            b"token=verif&text=xoxb-1-2&response_url=https%3A%2F%2Fhooks",
            100,
        );
        assert!(
            !form.contains("verif") && !form.contains("xoxb") && !form.contains("hooks"),
            "{form}"
        );
        let _ = masked_bytes(&[0xff, 0xfe, b'<'], 2);
    }

    #[test]
    fn the_cap_never_splits_a_character() {
        for cap in 0..20 {
            assert!(masked(&json!("🚨🚨🚨"), cap).len() <= cap);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_token_never_survives(before in ".{0,30}", after in "[ \n\t].{0,30}", cap in 0_usize..200) {
            for secret in ["xoxb-1-2-abcDEF", "xapp-1-A1-2-abc", "xoxe.xoxp-1-abc", "https://hooks.slack.com/actions/T1/2/abc"] {
                let text = format!("{before} {secret}{after}");
                let shown = [
                    masked(&json!({ "text": text, "deep": [{ "more": text }] }), cap),
                    masked_bytes(text.as_bytes(), cap),
                ];
                for shown in shown {
                    prop_assert!(!shown.contains(secret), "{}", shown);
                    prop_assert!(shown.len() <= cap);
                }
            }
        }

        #[test]
        fn any_bytes_are_masked(bytes in proptest::collection::vec(any::<u8>(), 0..300), cap in 0_usize..100) {
            prop_assert!(masked_bytes(&bytes, cap).len() <= cap);
        }
    }
}
