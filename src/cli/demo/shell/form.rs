//! Forms and buttons at the prompt: fill in, submit, press.
//!
//! Invariants: what is filled in is kept until it is sent, as a client does; labels may be shortened to their beginning. Neighbours: `shell`.

use super::Shell;
use crate::{
    cli::{
        Failure, Outcome,
        demo::{
            screen::{INDENT, Ink},
            show::name,
        },
    },
    emulator::door::{MessageRef, SeenField, SeenView},
};
use serde_json::Value;

impl Shell {
    /// The form on top.
    async fn form(&self) -> Result<Option<SeenView>, Failure> {
        let views = self.show.at(self.who)?.views().await;
        Ok(views.map_err(Failure::stopped)?.pop())
    }

    /// See [`crate::cli::demo::line::Line`].
    pub(super) async fn fill(&mut self, values: Vec<(String, String)>) -> Outcome {
        let form = self.form().await?.ok_or_else(|| {
            Failure::Stopped(
                "no form is open; press a button that opens one, such as Triage".to_owned(),
            )
        })?;
        for (label, text) in values {
            let field = field(&form, &label)?;
            let many = field.kind.contains("checkboxes") || field.kind.contains("multi_");
            let value = if many {
                Value::from(text.split(',').map(str::trim).collect::<Vec<_>>())
            } else {
                Value::from(text)
            };
            self.draft.insert(field.label.clone(), value);
        }
        let missing: Vec<&str> = self.missing(&form);
        let text = if missing.is_empty() {
            format!("`submit` presses [{}].", form.submit)
        } else {
            format!("Still needed: {}.", missing.join(", "))
        };
        self.show.screen.block(INDENT, &text, Ink::Quiet);
        Ok(())
    }

    /// Fields that must be filled and are not.
    fn missing<'f>(&self, form: &'f SeenView) -> Vec<&'f str> {
        form.fields
            .iter()
            .filter(|field| {
                !field.optional && is_empty(field) && !self.draft.contains_key(&field.label)
            })
            .map(|field| field.label.as_str())
            .collect()
    }

    /// See [`crate::cli::demo::line::Line`].
    pub(super) async fn submit(&mut self) -> Outcome {
        if self.form().await?.is_none() {
            return Err(Failure::Stopped("no form is open".to_owned()));
        }
        let values = Value::Object(self.draft.clone());
        let me = self.show.at(self.who)?;
        let seen = self.show.happens(self.who, me.submit(values)).await?;
        if seen.errors.is_empty() {
            self.draft.clear();
        }
        self.show.settle().await
    }

    /// See [`crate::cli::demo::line::Line`].
    pub(super) async fn press(&mut self, number: Option<usize>, label: &str) -> Outcome {
        let me = self.show.at(self.who)?;
        if number.is_none()
            && let Some(form) = self.form().await?
        {
            if form.submit.eq_ignore_ascii_case(label) {
                return Box::pin(self.submit()).await;
            }
            let button = form
                .buttons
                .iter()
                .find(|button| starts_with(&button.label, label));
            if let Some(button) = button {
                if !self.missing(&form).is_empty() && !self.draft.is_empty() {
                    // The client keeps what is typed and sends nothing, because something is missing.
                    let typed = Value::Object(self.draft.clone());
                    me.submit(typed).await.map_err(Failure::stopped)?;
                }
                let pressed = me.press_in_view(&button.label, None);
                self.show.happens(self.who, pressed).await?;
                return self.show.settle().await;
            }
        }
        let message = match number {
            Some(number) => self.message(number)?,
            None => self.with_button(label)?,
        };
        let label = self.exact(&message, label);
        let pressed = me.press(&message, &label);
        self.show.happens(self.who, pressed).await?;
        self.show.settle().await
    }

    /// The newest message with such a button that this person sees.
    fn with_button(&self, label: &str) -> Result<MessageRef, Failure> {
        let here = self.show.here();
        let found = self.show.eyes.latest(|sight| {
            sight.host == here
                && sight.who.iter().any(|who| who == self.who)
                && sight
                    .message
                    .buttons
                    .iter()
                    .any(|button| starts_with(&button.label, label))
        });
        found.map(|sight| sight.message.at()).ok_or_else(|| {
            Failure::Stopped(format!(
                "{} sees no button {label:?}; `read` shows what there is",
                name(self.who)
            ))
        })
    }

    /// The words on the button, as they stand there.
    fn exact(&self, message: &MessageRef, label: &str) -> String {
        self.show
            .eyes
            .latest(|sight| sight.message.at() == *message)
            .and_then(|sight| {
                let mut buttons = sight.message.buttons.iter();
                buttons.find(|button| starts_with(&button.label, label))
            })
            .map_or_else(|| label.to_owned(), |button| button.label.clone())
    }
}

fn starts_with(text: &str, start: &str) -> bool {
    !start.is_empty() && text.to_lowercase().starts_with(&start.to_lowercase())
}

fn is_empty(field: &SeenField) -> bool {
    match &field.value {
        Value::Null => true,
        // The state of a field: its type, and one member that holds what is chosen or typed.
        Value::Object(state) => state
            .iter()
            .filter(|(key, _)| *key != "type")
            .all(|(_, value)| {
                value.is_null() || value == "" || value.as_array().is_some_and(Vec::is_empty)
            }),
        _ => false,
    }
}

/// The field whose label begins so.
fn field<'f>(form: &'f SeenView, label: &str) -> Result<&'f SeenField, Failure> {
    let found = form
        .fields
        .iter()
        .find(|field| starts_with(&field.label, label));
    found.ok_or_else(|| {
        let all: Vec<&str> = form
            .fields
            .iter()
            .map(|field| field.label.as_str())
            .collect();
        Failure::Stopped(format!(
            "the form has no field {label:?}; it has {}",
            all.join(", ")
        ))
    })
}
