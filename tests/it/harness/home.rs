//! The home that the app has for each person, as that person sees it.
//!
//! Invariants: what is asserted is what stands on the screen; a failed assertion shows all of it.
//!
//! Neighbours: [`super::person`] opens it and presses in it.

use secevent::emulator::door::SeenView;

/// Somebody's home.
#[derive(Clone, Debug)]
#[must_use = "look at what it says"]
pub struct Home {
    pub(super) seen: SeenView,
}

impl Home {
    pub(super) fn of(seen: SeenView) -> Self {
        assert_eq!(seen.kind, "home");
        Self { seen }
    }

    /// All that can be read.
    pub fn text(&self) -> &str {
        &self.seen.shown
    }

    /// It contains these words.
    #[track_caller]
    pub fn says(&self, words: &str) -> &Self {
        let text = self.text();
        assert!(text.contains(words), "{words:?} is not in:\n{text}");
        self
    }

    /// It does not contain these words.
    #[track_caller]
    pub fn hides(&self, words: &str) -> &Self {
        let text = self.text();
        assert!(!text.contains(words), "{words:?} is in:\n{text}");
        self
    }

    /// These words stand in it in this order.
    #[track_caller]
    pub fn says_in_order(&self, words: &[&str]) -> &Self {
        let mut rest = self.text();
        for word in words {
            let at = rest.find(word);
            let at = at.unwrap_or_else(|| panic!("{word:?} does not follow in:\n{}", self.text()));
            rest = &rest[at + word.len()..];
        }
        self
    }

    /// How often these words stand in it.
    pub fn count(&self, words: &str) -> usize {
        self.text().matches(words).count()
    }

    /// The id of the button with this label; with a case number, of the one beside that case.
    #[track_caller]
    pub(super) fn action(&self, label: &str, case: Option<&str>) -> String {
        let blocks = self.seen.blocks.as_array().unwrap();
        let is = |element: &&serde_json::Value| element["text"]["text"] == label;
        let found = match case {
            None => blocks
                .iter()
                .flat_map(|block| block["elements"].as_array().into_iter().flatten())
                .find(is),
            Some(case) => (0..blocks.len()).find_map(|at| {
                // The number stands in the row's first line, or in the small print below it.
                let row = blocks.get(at..(at + 2).min(blocks.len()))?;
                let accessory = Some(&row[0]["accessory"]).filter(is)?;
                let text = serde_json::to_string(row).unwrap();
                text.contains(case).then_some(accessory)
            }),
        };
        let found =
            found.unwrap_or_else(|| panic!("no {label:?} for {case:?} in:\n{}", self.text()));
        found["action_id"].as_str().unwrap().to_owned()
    }
}
