//! The neutral words in Discord's form: cards as messages, forms as modals, and what was filled in back again.
//!
//! Invariants: text from people is escaped once, here, and can form no mention, link or markup; every limit of Discord is kept by cutting,
//! in sight, and checked again before anything leaves. Neighbours: `egress` sends, the inbound side answers with it.

pub mod buttons;
pub mod card;
pub mod entered;
pub mod form;
pub mod limits;
pub mod text;

#[cfg(test)]
mod tests;

use chrono_tz::Tz;

/// How everything looks here.
#[derive(Debug, Clone)]
pub struct Looks {
    /// Small print below every card, in the environments `test` and `demo`.
    pub brand: Option<String>,
    /// The organisation's zone, in which moments are typed: Discord has no field for them.
    pub zone: Tz,
}
