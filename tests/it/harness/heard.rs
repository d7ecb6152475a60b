//! What came of an act, in the eyes of who did it.
//!
//! Invariants: it must be looked at; what it shows counts as read, because the one who looks has it in hand.
//!
//! Neighbours: every act of a [`super::person::Person`] returns one.

use super::message::{Message, number_in};
use secevent::emulator::door::{Seen, SeenView};
use std::collections::BTreeMap;

/// What came of an act.
#[derive(Clone, Debug)]
#[must_use = "look at what was answered"]
pub struct Heard {
    pub(super) seen: Seen,
    /// What only this person sees: messages first, then a card that took the place of a form.
    pub(super) told: Vec<Message>,
    /// A card in place of a form, as text.
    pub(super) card: Option<String>,
    /// The open form.
    pub(super) form: Option<SeenView>,
}

impl Heard {
    pub(super) fn all(&self) -> String {
        let mut all: Vec<&str> = self.told.iter().map(Message::text).collect();
        all.extend(self.card.as_deref());
        all.extend(self.form.as_ref().map(|form| form.shown.as_str()));
        let errors: Vec<String> = self
            .seen
            .errors
            .iter()
            .map(|(field, error)| format!("[{field}: {error}]"))
            .collect();
        let errors = errors.join("\n");
        all.push(&errors);
        all.extend(self.seen.toast.as_deref());
        all.join("\n---\n")
    }

    /// What was answered contains these words.
    #[track_caller]
    pub fn says(&self, words: &str) -> &Self {
        let all = self.all();
        assert!(
            all.contains(words),
            "{words:?} is not in the answer:\n{all}"
        );
        self
    }

    /// What was answered does not contain these words.
    #[track_caller]
    pub fn hides(&self, words: &str) -> &Self {
        let all = self.all();
        assert!(!all.contains(words), "{words:?} is in the answer:\n{all}");
        self
    }

    /// There was no answer in words, and no error.
    #[track_caller]
    pub fn is_silent(&self) -> &Self {
        let all = self.all();
        assert!(all.trim().is_empty(), "an answer:\n{all}");
        self.is_acknowledged()
    }

    /// The bot took what was said in time.
    #[track_caller]
    pub fn is_acknowledged(&self) -> &Self {
        assert!(
            self.seen.acknowledged && self.seen.toast.is_none(),
            "not acknowledged: {:?} {:?}",
            self.seen.deliveries,
            self.seen.toast
        );
        self
    }

    /// The case number that was named.
    #[track_caller]
    pub fn number(&self) -> String {
        number_in(&self.all())
    }

    /// The code that was told, to be typed with another account.
    #[track_caller]
    pub fn code(&self) -> String {
        let all = self.all();
        let is_half = |half: &str| half.len() == 4 && half.chars().all(char::is_alphanumeric);
        let mut words = all.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        let is_code = |word: &&str| {
            let halves = word.split_once('-');
            halves.is_some_and(|(head, tail)| is_half(head) && is_half(tail))
        };
        let told = words.find(is_code);
        told.unwrap_or_else(|| panic!("no code is told:\n{all}"))
            .to_owned()
    }

    /// The only message that came as an answer.
    #[track_caller]
    pub fn message(&self) -> Message {
        assert_eq!(self.told.len(), 1, "not one message:\n{}", self.all());
        self.told[0].clone()
    }

    /// The message that this act posted.
    #[track_caller]
    pub fn posted(&self) -> Message {
        let at = self.seen.posted.clone().expect("nothing was posted");
        Message::of(secevent::emulator::door::SeenMessage {
            channel: at.channel,
            ts: at.ts,
            ..Default::default()
        })
    }

    /// Errors at the fields of the form, by the label of the field.
    pub fn errors(&self) -> BTreeMap<String, String> {
        let label = |id: &String| {
            let field = self
                .form
                .iter()
                .flat_map(|form| &form.fields)
                .find(|field| field.block_id == *id);
            field.map_or_else(|| id.clone(), |field| field.label.clone())
        };
        self.seen
            .errors
            .iter()
            .map(|(id, error)| (label(id), error.clone()))
            .collect()
    }

    /// The error at a field.
    #[track_caller]
    pub fn complains_about(&self, label: &str, words: &str) -> &Self {
        let errors = self.errors();
        // Where fields show no errors, a message lists them.
        let listed = self.told.iter().any(|told| {
            told.text()
                .lines()
                .any(|line| line.contains(label) && line.contains(words))
        });
        if listed {
            return self;
        }
        let found = errors.get(label).unwrap_or_else(|| {
            panic!("no error at {label:?}; there is {errors:?}\n{}", self.all())
        });
        assert!(found.contains(words), "{words:?} is not in {found:?}");
        self
    }

    /// A form with this title is open.
    #[track_caller]
    pub fn opens(&self, title: &str) -> &Self {
        let found = self.form.as_ref().map(|form| form.title.as_str());
        // A form that is shown in steps says which one this is.
        let fits =
            found.is_some_and(|found| found == title || found.starts_with(&format!("{title} (")));
        assert!(
            fits,
            "{title:?} is not open but {found:?}; answer:\n{}",
            self.all()
        );
        self
    }

    /// The labels of the fields of the open form.
    #[track_caller]
    pub fn fields(&self) -> Vec<&str> {
        let form = self.form.as_ref().expect("no form is open");
        form.fields
            .iter()
            .map(|field| field.label.as_str())
            .collect()
    }

    /// What a field of the open form holds.
    #[track_caller]
    pub fn field(&self, label: &str) -> String {
        let form = self.form.as_ref().expect("no form is open");
        let field = form.fields.iter().find(|field| field.label == label);
        let field = field.unwrap_or_else(|| panic!("no field {label:?}"));
        if !field.value.is_null() {
            return field.value.to_string();
        }
        // Untouched, it holds what the form began with.
        let mut blocks = form.blocks.as_array().into_iter().flatten();
        let block = blocks.find(|block| block["block_id"] == field.block_id);
        let element = &block.unwrap()["element"];
        let initial = ["initial_value", "initial_option", "initial_options"];
        let held = initial.iter().map(|key| element[key].to_string());
        held.collect::<Vec<_>>().join(" ")
    }

    /// Nobody is notified by what was answered, and nothing in it can be followed.
    #[track_caller]
    pub fn is_harmless(&self) -> &Self {
        for message in &self.told {
            message.is_harmless();
        }
        self
    }
}
