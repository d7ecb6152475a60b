//! Slack's entities in texts turned into plain words, and mentions of the bot found and taken away.
//!
//! Invariants: the three escapes are undone once, after entities are read, so that `&lt;@U1&gt;` typed by somebody stays what was typed;
//! nothing is lost: what is no entity stays as it is. Neighbours: `ingress::read`.

/// The text as somebody reads it: `<@U1|bob>` is `@bob`, `<#C1|x>` is `#x`, `<https://a|b>` is `b (https://a)`.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        words.push_str(&unescape(&rest[..start]));
        let Some(length) = rest[start..].find('>') else {
            rest = &rest[start..];
            words.push_str(&unescape(rest));
            return words;
        };
        words.push_str(&unescape(&entity(&rest[start + 1..start + length])));
        rest = &rest[start + length + 1..];
    }
    words.push_str(&unescape(rest));
    words
}

fn entity(inner: &str) -> String {
    let (target, label) = match inner.split_once('|') {
        Some((target, label)) => (target, Some(label).filter(|label| !label.is_empty())),
        None => (inner, None),
    };
    match target.chars().next() {
        Some('@') => format!("@{}", label.unwrap_or(&target[1..]).trim_start_matches('@')),
        Some('#') => format!("#{}", label.unwrap_or(&target[1..]).trim_start_matches('#')),
        Some('!') => special(&target[1..], label),
        _ => match label {
            Some(label) if shows(target, label) => label.to_owned(),
            // Where a link really goes is evidence.
            Some(label) => format!("{label} ({target})"),
            None => target.trim_start_matches("mailto:").to_owned(),
        },
    }
}

/// Whether the label says all that the address says.
fn shows(target: &str, label: &str) -> bool {
    let bare = target.split_once("://").map_or(target, |(_, bare)| bare);
    target == label
        || target.strip_prefix("mailto:") == Some(label)
        || target.strip_prefix("tel:") == Some(label)
        || bare.trim_end_matches('/') == label
}

fn special(target: &str, label: Option<&str>) -> String {
    if let Some(label) = label {
        return label.to_owned();
    }
    match target.split('^').next().unwrap_or_default() {
        word @ ("here" | "channel" | "everyone") => format!("@{word}"),
        "subteam" => format!("@{}", target.split('^').nth(1).unwrap_or_default()),
        other => other.to_owned(),
    }
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// Whether the raw text mentions this user.
#[must_use]
pub fn mentions(text: &str, user: &str) -> bool {
    !user.is_empty()
        && (text.contains(&format!("<@{user}>")) || text.contains(&format!("<@{user}|")))
}

/// The raw text without mentions of this user.
#[must_use]
pub fn without_mention(text: &str, user: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("<@") {
        let end = rest[start..].find('>').map(|length| start + length);
        let Some(end) = end else { break };
        let target = rest[start + 2..end].split('|').next().unwrap_or_default();
        kept.push_str(&rest[..start]);
        if target != user {
            kept.push_str(&rest[start..=end]);
        }
        rest = &rest[end + 1..];
    }
    kept.push_str(rest);
    kept.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn entities_become_words() {
        for (raw, words) in [
            ("hello", "hello"),
            ("<@U1|bob> in <#C1|general>", "@bob in #general"),
            ("<@U1> <#C1>", "@U1 #C1"),
            ("<#C1|>", "#C1"),
            (
                "<https://a.example/x|click here>",
                "click here (https://a.example/x)",
            ),
            ("<https://a.example|https://a.example>", "https://a.example"),
            ("<http://a.example|a.example>", "a.example"),
            (
                "<https://a.example/?a=1&amp;b=2>",
                "https://a.example/?a=1&b=2",
            ),
            ("<mailto:x@a.example|x@a.example>", "x@a.example"),
            (
                "<!channel> <!here> <!subteam^S1|@soc> <!subteam^S2>",
                "@channel @here @soc @S2",
            ),
            ("<!date^1700000000^{date}|14 November>", "14 November"),
            ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
            ("&lt;@U1&gt;", "<@U1>"),
            ("&amp;lt;", "&lt;"),
            ("broken <@U1", "broken <@U1"),
        ] {
            assert_eq!(plain(raw), words, "{raw}");
        }
    }

    #[test]
    fn the_bots_mention_is_found_and_taken_away() {
        assert!(mentions("<@UBOT> help", "UBOT"));
        assert!(mentions("hey <@UBOT|secevent>", "UBOT"));
        assert!(!mentions("<@UBOTTER> help", "UBOT"));
        assert!(!mentions("<@>", ""));
        assert_eq!(
            without_mention("<@UBOT> my laptop, <@U1>!", "UBOT"),
            "my laptop, <@U1>!"
        );
        assert_eq!(without_mention("a <@UBOT|x> b", "UBOT"), "a  b");
        assert_eq!(without_mention("a <@UBOT", "UBOT"), "a <@UBOT");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

        /// Slack escapes three characters of what somebody types; reading gives the very words back.
        #[test]
        fn what_was_typed_is_what_is_read(typed in ".{0,120}") {
            let wire = typed.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            prop_assert_eq!(plain(&wire), typed);
        }

        #[test]
        fn any_text_is_read_without_growing(wire in "[<>|@#!^&;a-zU1 é🚨]{0,200}") {
            prop_assert!(plain(&wire).len() <= wire.len() + wire.matches('<').count() * 3);
            let _ = (mentions(&wire, "U1"), without_mention(&wire, "U1"));
        }
    }
}
