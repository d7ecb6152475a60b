//! Suggests a category from what a reporter wrote, by the keywords and triggers of the policy (R25).
//!
//! Invariants: pure and deterministic; only ever a suggestion (a person decides); `not_sure` is never suggested; a tie suggests
//! nothing. Words are compared without case, accents kept, punctuation dropped. Neighbours: `check` refuses malformed keywords.

use super::{Category, NOT_SURE, Policy};

/// How many words of a text are looked at; the rest adds nothing to a suggestion.
const WORDS_MAX: usize = 2_000;
/// Points for each word of a keyword that was found.
const KEYWORD_POINTS: u32 = 10;
/// Points for a trigger whose telling words all appear.
const TRIGGER_POINTS: u32 = 25;
/// The least number of telling words that a trigger must have to count.
const TRIGGER_WORDS_MIN: usize = 2;
/// Words that tell nothing apart.
const SILENT: &[&str] = &[
    "a", "an", "and", "are", "at", "be", "because", "by", "can", "do", "for", "from", "had", "has",
    "have", "how", "i", "if", "in", "is", "it", "its", "me", "my", "nobody", "not", "of", "on",
    "or", "our", "ours", "somebody", "that", "the", "they", "this", "to", "us", "was", "we",
    "were", "where", "which", "who", "whom", "why", "with",
];

/// A category that a text speaks for, and what made it so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion<'p> {
    /// The category.
    pub category: &'p Category,
    /// How strongly; only comparable within one text.
    pub points: u32,
    /// The keywords and triggers of the policy that were found, in its order.
    pub because: Vec<&'p str>,
}

/// The one category that `text` speaks for most; `None` if nothing or more than one is equally likely.
#[must_use]
pub fn suggest<'p>(policy: &'p Policy, text: &str) -> Option<Suggestion<'p>> {
    let mut ranked = ranked(policy, text).into_iter();
    let first = ranked.next()?;
    match ranked.next() {
        Some(second) if second.points == first.points => None,
        _ => Some(first),
    }
}

/// Every category that `text` speaks for, strongest first; equals in the policy's order.
#[must_use]
pub fn ranked<'p>(policy: &'p Policy, text: &str) -> Vec<Suggestion<'p>> {
    let words = words(text, WORDS_MAX);
    let mut found: Vec<_> = policy
        .category
        .iter()
        .filter(|category| category.id != NOT_SURE)
        .map(|category| weigh(category, &words))
        .filter(|suggestion| suggestion.points > 0)
        .collect();
    found.sort_by_key(|suggestion| std::cmp::Reverse(suggestion.points));
    found
}

fn weigh<'p>(category: &'p Category, text: &[String]) -> Suggestion<'p> {
    let mut suggestion = Suggestion {
        category,
        points: 0,
        because: Vec::new(),
    };
    for keyword in &category.keywords {
        let wanted: Vec<&str> = keyword.split(' ').collect();
        if text
            .windows(wanted.len())
            .any(|window| matches(&wanted, window))
        {
            let length = u32::try_from(wanted.len()).unwrap_or(1);
            suggestion.points += KEYWORD_POINTS * length;
            suggestion.because.push(keyword);
        }
    }
    for trigger in &category.triggers {
        let mut telling = words(trigger, WORDS_MAX);
        telling.retain(|word| !SILENT.contains(&word.as_str()));
        if telling.len() >= TRIGGER_WORDS_MIN && telling.iter().all(|word| text.contains(word)) {
            suggestion.points += TRIGGER_POINTS;
            suggestion.because.push(trigger);
        }
    }
    suggestion
}

fn matches(wanted: &[&str], window: &[String]) -> bool {
    wanted.iter().zip(window).all(|(wanted, word)| {
        wanted
            .strip_suffix('*')
            .map_or(word == wanted, |stem| word.starts_with(stem))
    })
}

/// Lower-case words: runs of letters and digits. Apostrophes vanish, so that "don't" is one word.
fn words(text: &str, max: usize) -> Vec<String> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '\u{2019}'))
        .map(|word| {
            word.chars()
                .filter(|c| c.is_alphanumeric())
                .flat_map(char::to_lowercase)
                .collect::<String>()
        })
        .filter(|word| !word.is_empty())
        .take(max)
        .collect()
}

/// Whether `keyword` is written the way that [`suggest`] compares it.
pub(super) fn is_keyword(keyword: &str) -> bool {
    let body = keyword.strip_suffix('*').unwrap_or(keyword);
    let last = body.rsplit(' ').next().unwrap_or_default();
    let stem_is_telling = body.len() == keyword.len() || last.chars().count() >= 3;
    stem_is_telling && !body.is_empty() && words(body, WORDS_MAX).join(" ") == body
}

#[cfg(test)]
mod tests {
    use super::{is_keyword, ranked, suggest};
    use crate::domain::policy::{NOT_SURE, sample};

    fn suggested(text: &str) -> Option<String> {
        suggest(&sample(), text).map(|suggestion| suggestion.category.id.clone())
    }

    #[test]
    fn what_people_write_finds_its_category() {
        for (text, category) in [
            (
                "I approved an MFA prompt that I did not start!",
                "credential_anomaly",
            ),
            (
                "somebody posted our API keys on a public forum",
                "credential_anomaly",
            ),
            (
                "Huge BULK EXPORT from the CRM last night",
                "data_access_anomaly",
            ),
            ("help my laptop is encrypted", "malware_cloud_compute"),
            (
                "a crypto-miner is running on build-7",
                "malware_cloud_compute",
            ),
            (
                "Security group sg-1 was opened, 0.0.0.0/0",
                "security_control_change",
            ),
            (
                "our vendor's breach notice arrived today",
                "third_party_notification",
            ),
            ("got a phishing mail, I clicked", "phishing_social"),
            ("I've lost my laptop on the train", "lost_device_physical"),
            ("looks like a DDoS", "availability"),
            (
                "CVE-2026-1234 on the gateway, unpatched",
                "vulnerability_exposure",
            ),
        ] {
            assert_eq!(suggested(text).as_deref(), Some(category), "for: {text}");
        }
    }

    #[test]
    fn nothing_is_suggested_when_nothing_tells() {
        for text in ["", "something odd", "👻", "... --- ...", "the and of it"] {
            assert_eq!(suggested(text), None, "for: {text}");
        }
    }

    #[test]
    fn a_keyword_inside_another_word_does_not_count() {
        // "edr" is a keyword, "cedric" is a colleague; "mining" is one, "determining" is not.
        assert_eq!(suggested("cedric is determining the seating plan"), None);
    }

    #[test]
    fn a_tie_suggests_nothing_but_is_ranked() {
        let policy = sample();
        let text = "phishing and malware";
        assert_eq!(ranked(&policy, text).len(), 2);
        assert!(suggest(&policy, text).is_none());
    }

    #[test]
    fn every_trigger_of_the_default_policy_suggests_its_own_category() {
        let policy = sample();
        for category in policy.category.iter().filter(|c| c.id != NOT_SURE) {
            for trigger in &category.triggers {
                assert_eq!(
                    suggested(trigger).as_deref(),
                    Some(category.id.as_str()),
                    "for: {trigger}"
                );
            }
        }
    }

    #[test]
    fn keywords_have_one_way_of_being_written() {
        for good in ["mfa", "sign in prompt*", "c2", "0 0 0 0", "łódź"] {
            assert!(is_keyword(good), "{good}");
        }
        for bad in [
            "",
            "*",
            "MFA",
            "sign-in",
            "two  spaces",
            " lead",
            "a* b",
            "ab*",
            "don't",
        ] {
            assert!(!is_keyword(bad), "{bad}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]

        #[test]
        fn no_text_makes_it_panic_and_the_answer_is_stable(text in "\\PC{0,400}") {
            static POLICY: std::sync::LazyLock<crate::domain::policy::Policy> = std::sync::LazyLock::new(sample);
            let policy = &*POLICY;
            proptest::prop_assert_eq!(suggest(policy, &text), suggest(policy, &text));
        }
    }
}
