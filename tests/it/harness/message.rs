//! A message as somebody sees it, without the platform's shape.
//!
//! Invariants: what is asserted is what stands on the screen; a failed assertion shows the whole message.
//!
//! Neighbours: [`super::person`] reads messages, [`super::heard`] holds those that answer an act.

use secevent::emulator::door::{MessageRef, SeenMessage};

/// A message.
#[derive(Clone, Debug)]
#[must_use = "look at what it says"]
pub struct Message {
    pub(super) seen: SeenMessage,
}

impl Message {
    pub(super) fn of(seen: SeenMessage) -> Self {
        Self { seen }
    }

    pub fn at(&self) -> MessageRef {
        self.seen.at()
    }

    /// All that can be read.
    #[expect(
        clippy::misnamed_getters,
        reason = "the platform's own \"text\" is the notification"
    )]
    pub fn text(&self) -> &str {
        &self.seen.shown
    }

    /// What a notification on a locked screen says.
    pub fn summary(&self) -> &str {
        &self.seen.text
    }

    /// Words on its buttons.
    pub fn buttons(&self) -> Vec<&str> {
        self.seen
            .buttons
            .iter()
            .map(|button| button.label.as_str())
            .collect()
    }

    /// It contains these words.
    #[track_caller]
    pub fn says(&self, words: &str) -> &Self {
        assert!(
            self.text().contains(words),
            "{words:?} is not in:\n{}",
            self.text()
        );
        self
    }

    /// It does not contain these words, in its text or in its notification.
    #[track_caller]
    pub fn hides(&self, words: &str) -> &Self {
        assert!(
            !self.text().contains(words) && !self.summary().contains(words),
            "{words:?} is in:\n{}\n{}",
            self.summary(),
            self.text()
        );
        self
    }

    /// It has exactly these buttons.
    #[track_caller]
    pub fn offers(&self, buttons: &[&str]) -> &Self {
        assert_eq!(self.buttons(), buttons, "on:\n{}", self.text());
        self
    }

    /// Nobody was notified by its text, and nothing in it can be followed.
    #[track_caller]
    pub fn is_harmless(&self) -> &Self {
        assert!(
            self.seen.notifies.is_empty() && self.seen.links.is_empty(),
            "it notifies {:?} and links to {:?}:\n{}",
            self.seen.notifies,
            self.seen.links,
            self.text()
        );
        self
    }
}

/// The first case number in a text.
#[track_caller]
pub fn number_in(text: &str) -> String {
    let start = text
        .find("SE-")
        .unwrap_or_else(|| panic!("there is no case number in:\n{text}"));
    let rest = &text[start + 3..];
    let length = rest
        .find(|c: char| !c.is_ascii_digit() && c != '-')
        .unwrap_or(rest.len());
    format!("SE-{}", &rest[..length])
}
