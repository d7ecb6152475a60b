//! The few sentences that are about Slack's own mechanics and exist on no other platform.
//!
//! Invariants: each says what to do next; whoever may have something urgent gets `Handler::untold` instead. Everything else that the bot says lives in `chat::speech`. Neighbours: `ingress::respond`.

use crate::chat::card::{Card, Part, Span, Tone};

fn said(summary: &str) -> Card {
    Card {
        title: None,
        parts: vec![Part::Text {
            line: vec![Span::Plain(summary.to_owned())],
        }],
        tone: Tone::Calm,
        summary: summary.to_owned(),
    }
}

/// The trigger was too old or used up.
#[must_use]
pub fn press_again() -> Card {
    said(
        "Slack gave us too little time to open the form. Please press again, or type /secevent followed by what happened.",
    )
}

/// Slack did not open the form for another reason.
#[must_use]
pub fn not_opened() -> Card {
    said(
        "Slack did not open the form. Please try again in a moment, or type /secevent followed by what happened: that needs no form.",
    )
}

/// The earlier pages of a form are gone.
#[must_use]
pub fn start_anew() -> Card {
    said(
        "The first pages of this form are not known any more. Please open the form again; nothing was sent yet.",
    )
}

/// A form's field has an error, but is not on this page.
#[must_use]
pub fn elsewhere(field: &str, error: &str) -> String {
    format!("{field}: {error}")
}
