//! The answer given in line to something that came in: a courtesy on top of what is durable.
//!
//! Invariants: an answer that says "reported" is built only after the commit (promise 1); losing it loses nothing, because the receipt
//! is in the outbox. Neighbours: adapters put it into their platform's form (acknowledgement body, opened view, response URL).

use super::{card::Card, form::Form};
use std::collections::BTreeMap;

/// What is answered in line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Nothing is to be seen (an event; or a button whose effect shows on the card).
    Nothing,
    /// Said to the one who asked, visible to nobody else.
    Private(Card),
    /// The asker's home in the app, shown in place of what stood there.
    Home(Card),
    /// A form is opened (command without text, shortcut, button).
    Open(Form),
    /// The form that was submitted, or whose button was pressed, is replaced.
    Replace(Form),
    /// The submitted form has errors, by field name.
    FieldErrors(BTreeMap<String, String>),
    /// The submitted form is done; the card, if any, is said privately (or replaces the form where the platform cannot).
    Done(Option<Card>),
    /// What may be meant by what was typed so far: each as it is written, and what to show for it.
    Offer(Vec<(String, String)>),
    /// Storing was not confirmed in time: the platform must not retry as if nothing was heard by the human, the card says what to do.
    NotConfirmed(Card),
    /// Storing failed: the human is told by the card, and the platform should deliver again if it can.
    Failed(Card),
    /// Storing failed or was not confirmed for a message that nobody addressed to us and that may not concern us at all: nothing is
    /// said, and the platform should deliver again if it can.
    Again,
}
