//! The few sentences that are about Discord's own mechanics and exist on no other platform.
//!
//! Invariants: each says what to do next; whoever may have something urgent gets `Handler::untold` instead. Everything else that the bot says lives in `chat::speech`. Neighbours: `ingress::respond`.

use crate::chat::{
    card::{Action, Button, Card, Part, Span, Style, Tone},
    form::Form,
    forms::reading::FieldErrors,
};

/// The verb of a button that opens a step of a form that is being filled in; its id is the draft's name and the step.
pub const FILL: &str = "fill";

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

fn with_buttons(mut card: Card, buttons: Vec<Button>) -> Card {
    if !buttons.is_empty() {
        card.parts.push(Part::Buttons { buttons });
    }
    card
}

fn fill(label: String, draft: &str, page: usize) -> Button {
    Button {
        label,
        action: Action {
            verb: FILL.to_owned(),
            id: format!("{draft}:{page}"),
        },
        style: Style::Primary,
    }
}

/// Whatever was asked for is done, and there is nothing else to say.
#[must_use]
pub fn done() -> Card {
    said("Done.")
}

/// A form cannot be opened in answer to this: a button opens it.
#[must_use]
pub fn open_it(title: &str, draft: &str) -> Card {
    let card = said(&format!("There is more to fill in: {title}."));
    with_buttons(card, vec![fill("Go on".to_owned(), draft, 0)])
}

/// A step is kept, the next one follows.
#[must_use]
pub fn next_step(page: usize, pages: usize, draft: &str) -> Card {
    let card = said(&format!(
        "Step {} of {pages} is kept for you. Nothing was sent yet: please go on.",
        page + 1
    ));
    let label = format!("Continue ({} of {pages})", page + 2);
    with_buttons(card, vec![fill(label, draft, page + 1)])
}

/// What must be corrected, by field, with a button for each step that has errors.
#[must_use]
pub fn correct(form: &Form, errors: &FieldErrors, draft: &str, pages: &[usize]) -> Card {
    let label = |name: &str| {
        let field = form.fields.iter().find(|field| field.name == name);
        field.map_or_else(|| name.to_owned(), |field| field.label.clone())
    };
    let line = |(name, error): (&String, &String)| {
        vec![
            Span::Strong(label(name)),
            Span::Plain(": ".to_owned()),
            // An error may repeat what somebody typed.
            Span::Quoted(error.clone()),
        ]
    };
    let mut card = said("Nothing was sent yet. Please correct this:");
    card.parts.push(Part::List {
        items: errors.iter().map(line).collect(),
    });
    let button = |page: &usize| {
        let label = if pages.len() > 1 {
            format!("Correct step {}", page + 1)
        } else {
            "Correct it".to_owned()
        };
        fill(label, draft, *page)
    };
    with_buttons(card, pages.iter().map(button).collect())
}

/// Errors of what cannot be opened again.
#[must_use]
pub fn errors(errors: &FieldErrors) -> Card {
    let mut card = said("Nothing was stored. Please check what you entered, and try again:");
    card.parts.push(Part::List {
        items: errors
            .iter()
            .map(|(name, error)| {
                vec![
                    Span::Strong(name.clone()),
                    Span::Quoted(format!(": {error}")),
                ]
            })
            .collect(),
    });
    card
}

/// It could not be stored; what was entered is kept to be sent again.
#[must_use]
pub fn again(card: Card, draft: &str, page: usize) -> Card {
    with_buttons(
        card,
        vec![fill("Open the form again".to_owned(), draft, page)],
    )
}

/// What a form asked is not known any more.
#[must_use]
pub fn start_anew() -> Card {
    said(
        "What you entered before is not known any more, and nothing was sent. Please open the form again.",
    )
}

/// The form could not be opened.
#[must_use]
pub fn not_opened() -> Card {
    said(
        "The form could not be opened. Please try again in a moment, or use /secevent report with what happened: that needs no form.",
    )
}

/// A button or command of another edition of the bot, or of nobody.
#[must_use]
pub fn unknown() -> Card {
    said("This is not known any more. Please use /secevent help to see what there is.")
}

/// Somebody wrote to the bot in a channel, and cannot be answered in private.
#[must_use]
pub fn unreachable() -> Card {
    said(
        "I answered you, but your direct messages are closed to me. Please use /secevent mine: only you see its answer.",
    )
}
