//! The rules of the product: pure, without input or output, importing nothing of ours.
//!
//! A verb is decided here (`decide(..) -> Result<Decision, Refusal>`), recorded by `store`, told by `delivery`.
//! Invariants: time, randomness and ids are arguments; a state that the promises forbid cannot be built by the
//! functions of this room; nothing here knows a chat platform's wire or a database.

pub mod assessing;
pub mod assessment;
pub mod authority;
pub mod case;
pub mod case_file;
pub mod clock;
pub mod closing;
pub mod deadline;
pub mod decision;
pub mod delivery_rules;
pub mod details;
pub mod digest;
pub mod directory_rules;
pub mod draft;
pub mod escalation;
pub mod escalation_rules;
pub mod event_report;
pub mod gates;
pub mod handling;
pub mod ids;
pub mod in_force;
pub mod input;
pub mod installation;
pub mod lifecycle;
pub mod linking;
pub mod masking;
pub mod merging;
pub mod next_steps;
pub mod notification;
pub mod opening;
pub mod owed;
pub mod person;
pub mod policy;
#[cfg(test)]
mod promises;
pub mod severity;
pub mod time_rules;
pub mod timeline;
pub mod verb;
pub mod visible;
pub mod vocabulary;
pub mod vouching;
pub mod words;
