//! The brand of a card that does not come from a production installation.
//!
//! Invariant: with `environment = "test"` every card says so, first thing. Neighbours: [`super::super::conversation`], `delivery`.

use crate::chat::card::{Card, Part, Span};

/// Puts the brand (`TEST`) on a card; nothing without one.
#[must_use]
pub fn brand(mut card: Card, brand: Option<&str>) -> Card {
    if let Some(brand) = brand {
        let line = vec![Span::Strong(brand.to_owned())];
        card.parts.insert(0, Part::Small { line });
        card.summary = format!("[{brand}] {}", card.summary);
    }
    card
}
