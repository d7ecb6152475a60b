//! The platform-neutral conversation: what comes in, what is said, and the trait that a platform implements.
//!
//! Invariants: nothing here knows a platform's wire; text from people is escaped once, by the adapter, when it renders; an adapter
//! translates and decides nothing. Neighbours: `workflow` does what was asked, `delivery` sends through [`platform::Platform`].

pub mod answer;
pub mod card;
pub mod conversation;
#[cfg(test)]
mod damage;
pub mod discord;
pub mod drafts;
pub mod form;
pub mod forms;
pub mod grammar;
pub mod handler;
pub mod inbound;
pub mod installations;
pub mod parity;
pub mod platform;
pub mod seats;
pub mod slack;
pub mod speech;
pub mod traits;
