//! Words of people on a card: short, with recognised secrets masked.
//!
//! Invariants: never more than [`QUOTE_CAP`] code points, the sign of omission among them; masked before it is cut, so that no half of
//! a secret stays. Neighbours: `domain::masking` recognises secrets; adapters escape what is left.

use crate::domain::masking;

/// How many code points of somebody's words a card shows.
pub const QUOTE_CAP: usize = 150;

/// What a card shows of somebody's words: lines kept, secrets masked, capped.
#[must_use]
pub fn quote(text: &str) -> String {
    cap(masked(text).trim(), QUOTE_CAP)
}

/// The same on one line, for titles, lists and summaries, at most `cap` code points.
#[must_use]
pub fn one_line(text: &str, cap_at: usize) -> String {
    let words: Vec<String> = masked(text).split_whitespace().map(str::to_owned).collect();
    cap(&words.join(" "), cap_at.min(QUOTE_CAP))
}

fn masked(text: &str) -> String {
    masking::mask(text)
}

fn cap(text: &str, at: usize) -> String {
    if text.chars().count() <= at {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(at.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    short.push('\u{2026}');
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_secret_that_straddles_the_cut_is_masked_whole() {
        let text = format!("{} AKIAIOSFODNN7EXAMPLE", "x".repeat(140));
        assert!(!quote(&text).contains("AKIA"), "{}", quote(&text));
        assert!(!one_line(&text, 150).contains("AKIA"));
    }

    proptest! {
        #[test]
        fn a_quote_is_never_longer_than_the_cap(text in any::<String>(), more in 0usize..400) {
            let text = format!("{text}{}", "\u{1F525}é".repeat(more));
            prop_assert!(quote(&text).chars().count() <= QUOTE_CAP);
            prop_assert!(one_line(&text, 60).chars().count() <= 60);
            prop_assert!(!one_line(&text, 60).contains('\n'));
        }
    }
}
