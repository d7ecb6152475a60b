//! The buttons of a message, and what they carry.
//!
//! Invariants: a message holds 25 buttons in five rows, and says how many it could not; no two do the same; a button carries its verb and id
//! and nothing else. Neighbours: `card` puts them below a message, [`action`] reads them back.

use super::{
    limits,
    text::{cut, one_line},
};
use crate::chat::card::{Action, Button, Card, Part, Style};
use serde_json::Value;
use serenity::{
    all::ButtonStyle,
    builder::{CreateActionRow, CreateButton},
};
use std::collections::BTreeSet;

/// The edition of what a `custom_id` says.
const EDITION: &str = "v1";

/// What a button of a message is called: `v1:<verb>:<id>`.
#[must_use]
pub fn custom_id(action: &Action) -> String {
    format!("{EDITION}:{}:{}", action.verb, action.id)
}

/// What a pressed button asks for; `None` if it is none of ours.
#[must_use]
pub fn action(custom_id: &str) -> Option<Action> {
    let mut steps = custom_id.splitn(3, ':');
    let (edition, verb, id) = (steps.next()?, steps.next()?, steps.next()?);
    (edition == EDITION && !verb.is_empty()).then(|| Action {
        verb: verb.to_owned(),
        id: id.to_owned(),
    })
}

/// The buttons of a card.
pub(super) struct Shelf {
    /// In groups that share a row where there is room.
    groups: Vec<Vec<(Button, String)>>,
    /// Of each row that has a button of its own, what that does.
    numbered: Vec<Action>,
    dropped: usize,
}

impl Shelf {
    pub(super) fn of(card: &Card) -> Self {
        let mut shelf = Self {
            groups: Vec::new(),
            numbered: Vec::new(),
            dropped: 0,
        };
        let mut seen = BTreeSet::new();
        let mut of_rows = Vec::new();
        let mut put = |buttons: Vec<(Button, String)>, dropped: &mut usize| {
            let mut group = Vec::new();
            for (button, label) in buttons {
                let id = custom_id(&button.action);
                if id.len() > limits::CUSTOM_ID {
                    *dropped += 1;
                } else if seen.insert(id) {
                    group.push((button, label));
                }
            }
            group
        };
        let rows = card.parts.iter().filter_map(|part| match part {
            Part::Row { button, .. } => button.as_ref(),
            _ => None,
        });
        let is_numbered = rows.clone().count() > 1;
        for part in &card.parts {
            match part {
                Part::Buttons { buttons } => {
                    let buttons = buttons.iter().map(|b| (b.clone(), b.label.clone()));
                    let group = put(buttons.collect(), &mut shelf.dropped);
                    shelf.groups.push(group);
                }
                Part::Row {
                    button: Some(button),
                    ..
                } => {
                    let mut label = button.label.clone();
                    if is_numbered {
                        shelf.numbered.push(button.action.clone());
                        label = format!("{}. {label}", shelf.numbered.len());
                    }
                    of_rows.extend(put(vec![(button.clone(), label)], &mut shelf.dropped));
                }
                _ => {}
            }
        }
        // What can be done with the whole comes first: it is what must not be lost.
        shelf.groups.push(of_rows);
        shelf.groups.retain(|group| !group.is_empty());
        shelf.fit();
        shelf
    }

    /// Groups share rows if they must, and what is beyond 25 goes.
    fn fit(&mut self) {
        let needed: usize = self
            .groups
            .iter()
            .map(|group| group.len().div_ceil(limits::BUTTONS))
            .sum();
        if needed > limits::ROWS {
            let mut all: Vec<_> = std::mem::take(&mut self.groups).concat();
            let most = limits::ROWS * limits::BUTTONS;
            self.dropped += all.len().saturating_sub(most);
            all.truncate(most);
            self.groups = vec![all];
        }
    }

    /// The number of the row whose button this is, if rows have numbers.
    pub(super) fn number(&self, button: &Button) -> Option<usize> {
        let at = self.numbered.iter().position(|one| *one == button.action)?;
        Some(at + 1)
    }

    /// What to say of buttons that did not fit.
    pub(super) fn left_out(&self) -> Option<String> {
        match self.dropped {
            0 => None,
            1 => {
                Some("1 more button does not fit here. Ask for the case by its number.".to_owned())
            }
            n => Some(format!(
                "{n} more buttons do not fit here. Ask for the case by its number."
            )),
        }
    }

    pub(super) fn rows(&self) -> Vec<Value> {
        let rows = self
            .groups
            .iter()
            .flat_map(|group| group.chunks(limits::BUTTONS));
        rows.map(|row| {
            let buttons = row.iter().map(|(button, label)| {
                let label = one_line(label);
                let label = if label.is_empty() {
                    "–".to_owned()
                } else {
                    label
                };
                CreateButton::new(custom_id(&button.action))
                    .label(cut(&label, limits::BUTTON))
                    .style(style(button.style))
            });
            let row = CreateActionRow::Buttons(buttons.collect());
            serde_json::to_value(row).unwrap_or_default()
        })
        .collect()
    }
}

const fn style(style: Style) -> ButtonStyle {
    match style {
        Style::Normal => ButtonStyle::Secondary,
        Style::Primary => ButtonStyle::Primary,
        Style::Danger => ButtonStyle::Danger,
    }
}
