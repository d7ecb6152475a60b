//! Use cases: one verb per file. A verb loads what it needs, lets `domain` decide, and records the decision in one transaction.
//!
//! Invariants: every verb checks the authorisation table first; the same inbound key gives the same answer and changes nothing
//! twice; a conflict with another writer is decided anew on fresh state; no verb calls the outside. Neighbours: `chat` and `cli`
//! call verbs, `store` records, `tick` is what time does.

pub mod ask;
pub mod cx;
mod upkeep;
mod verbs;

use crate::domain::{
    clock::{Clock, Entropy},
    in_force::PolicyHandle,
};
use std::sync::Arc;

pub use crate::domain::input::{AssessInput, CloseInput, NewReport, NoteInput, Reply, TriageInput};
pub use ask::{CaseLine, CaseView};
pub use cx::{Caller, Cx, Done, Fault, InboundKey};

/// The verbs and questions. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Workflow {
    inner: Arc<Inner>,
}

/// What every verb needs.
#[expect(
    dead_code,
    reason = "the verbs that use them are built in the next commits"
)]
#[derive(Debug)]
struct Inner {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    policy: PolicyHandle,
}

/// What one step of time did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TickReport {
    /// Deadlines that were fired (missed, or found met).
    pub fired: usize,
    /// Deadlines that could not be fired now; the next step tries them again. Each with the reason.
    pub failed: Vec<String>,
}
