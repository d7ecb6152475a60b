//! From the neutral answer to what Discord shows.
//!
//! Invariants: every answer is the one initial response, seen by the asker alone; a form that cannot be opened in answer to what was done
//! is reached by a button; nothing is answered with silence. Neighbours: `forms` keeps what is being filled in, `render`.

use super::Inner;
use crate::chat::{
    answer::Answer,
    card::Card,
    discord::{phrases, render},
    inbound::{Inbound, InboundKind},
    speech::Untold,
};
use serde_json::{Value, json};
use std::time::Instant;

/// Seen by the asker alone.
const EPHEMERAL: u64 = 64;
/// Most choices that Discord shows, and most characters of each.
const CHOICES: usize = 25;
const CHOICE: usize = 100;

impl Inner {
    /// A message that the asker alone sees.
    pub(super) fn private(&self, card: &Card) -> Value {
        let mut message = render::card::message(card, &self.looks);
        message["flags"] = json!(EPHEMERAL);
        json!({ "type": 4, "data": message })
    }

    /// The answer to a command or a button.
    pub(super) async fn to_asker(
        &self,
        answer: Answer,
        inbound: &Inbound,
        since: Instant,
    ) -> Value {
        if matches!(inbound.kind, InboundKind::Completion { .. }) {
            return offer(&answer);
        }
        match answer {
            // The effect shows on the card.
            Answer::Nothing | Answer::Done(None)
                if matches!(inbound.kind, InboundKind::Button { .. }) =>
            {
                json!({ "type": 6 })
            }
            Answer::Nothing | Answer::Done(None) | Answer::Offer(_) => {
                self.private(&phrases::done())
            }
            Answer::Private(card)
            | Answer::Home(card)
            | Answer::Done(Some(card))
            | Answer::NotConfirmed(card)
            | Answer::Failed(card) => self.private(&card),
            Answer::Open(form) | Answer::Replace(form) => self.open(form, inbound, since).await,
            Answer::FieldErrors(errors) => self.private(&phrases::errors(&errors)),
            // Discord delivers no interaction again.
            Answer::Again => self.private(&self.untold(Untold::Unstored, inbound.from.outsider)),
        }
    }
}

fn offer(answer: &Answer) -> Value {
    let choices: Vec<Value> = match answer {
        Answer::Offer(offered) => offered
            .iter()
            .take(CHOICES)
            .map(|(value, label)| {
                let cut = |text: &str| text.chars().take(CHOICE).collect::<String>();
                json!({ "name": cut(label), "value": cut(value) })
            })
            .collect(),
        _ => Vec::new(),
    };
    json!({ "type": 8, "data": { "choices": choices } })
}
