//! Everything that the bot says, one file per occasion: functions from facts to a [`Card`](crate::chat::card::Card).
//!
//! Invariants: nothing here reads a store or a clock; text from people is a quote or a quoted span, at most [`QUOTE_CAP`] code points,
//! with recognised secrets masked; a restricted case shows its number, status and handling and nothing of the substance; outsiders get no names and no
//! numbers of other people. Neighbours: [`super::conversation`] and `delivery` call these, adapters render the cards.

pub mod labels;
pub mod reader;

mod apology;
mod brand;
mod case_card;
mod cases;
mod confirmation;
mod contacts;
mod digest;
mod feedback;
mod help;
mod home;
mod link;
mod moment;
mod notice;
mod page;
mod plain;
mod quote;
mod receipt;
mod refusal;
mod spoken;

pub use apology::{Untold, apology, not_confirmed, unavailable, untold};
pub use brand::brand;
pub use case_card::{CaseFacts, Escalated, case_card};
pub use cases::{CaseRow, mine};
pub use confirmation::done;
pub use contacts::{OnCall, contacts, on_call};
pub use digest::digest;
pub use feedback::{Outcome, feedback, preview};
pub use help::help;
pub use home::{Home, OwnCase, OwnReport, home, no_home};
pub use link::{
    CONFIRM as LINK_CONFIRM, REFUSE as LINK_REFUSE, link_answered, link_asked, link_code,
    link_waits,
};
pub use moment::no_moment;
pub use notice::{Dial, Notice, notice};
pub use page::{Page, page};
pub use plain::{plain, plain_line};
pub use quote::{QUOTE_CAP, one_line, quote};
pub use reader::{Locale, Reader};
pub use receipt::{Receipt, receipt};
pub use refusal::refusal;
pub use spoken::{needs_form, verbs};

pub use super::traits::Hearing;

#[cfg(test)]
pub(crate) mod tests;
