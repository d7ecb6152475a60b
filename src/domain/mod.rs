//! The rules of the product: pure, without input or output, importing nothing of ours.
//!
//! A verb is decided here (`decide(..) -> Result<Decision, Refusal>`), recorded by `store`, told by `delivery`.
//! Invariants: time, randomness and ids are arguments; a state that the promises forbid cannot be built by the
//! functions of this room; nothing here knows a chat platform's wire or a database.

pub mod assessment;
pub mod authority;
pub mod case;
pub mod clock;
pub mod deadline;
pub mod decision;
pub mod escalation;
pub mod event_report;
pub mod gates;
pub mod handling;
pub mod ids;
pub mod in_force;
pub mod input;
pub mod notification;
pub mod person;
pub mod policy;
pub mod severity;
pub mod timeline;
pub mod visible;
pub mod vocabulary;
