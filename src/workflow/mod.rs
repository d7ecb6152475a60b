//! Use cases: one verb per file. A verb loads what it needs, lets `domain` decide, and records the decision in one transaction.
//!
//! Invariants: every verb checks the authorisation table first; the same inbound key gives the same answer and changes nothing
//! twice; a conflict with another writer is decided anew on fresh state; no verb calls the outside. Neighbours: `chat` and `cli`
//! call verbs, `store` records, `tick` is what time does.

pub mod cx;
