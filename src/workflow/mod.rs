//! Use cases: one verb per file. A verb loads what it needs, lets `domain` decide, and records the decision in one transaction.
//!
//! Invariants: every verb checks the authorisation table first; the same inbound key gives the same answer and changes nothing
//! twice; a conflict with another writer is decided anew on fresh state; no verb calls the outside; all work on the database runs
//! shielded, so a caller may give up waiting at any time. Neighbours: `chat` and `cli` call verbs, `store` records, `tick` is
//! what time does.

mod acknowledge;
mod act;
mod add_details;
mod adopt_policy;
pub mod ask;
mod assess;
mod attach;
mod close;
pub mod cx;
mod directory;
mod escalate;
mod ground;
mod held;
mod home;
mod join;
mod keep_unreadable;
mod merge;
mod message_changed;
mod message_deleted;
mod note;
mod open;
mod refresh_card;
mod reopen;
mod seed_directory;
mod set_severity;
mod take;
mod tick;
mod triage;
mod unmerge;
mod viewed;
mod withdraw;

use crate::domain::{
    clock::{Clock, Entropy},
    in_force::PolicyHandle,
};
use crate::store::Store;
use std::sync::Arc;

pub use crate::domain::input::{AssessInput, CloseInput, NewReport, NoteInput, Reply, TriageInput};
pub use ask::{CaseLine, CaseView};
pub use cx::{Caller, Cx, Done, Fault, InboundKey};
pub use home::{HomeView, OwnCase, OwnReport};
pub use tick::TickReport;

/// The verbs and questions. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Workflow {
    inner: Arc<Inner>,
}

/// What every verb needs.
#[derive(Debug)]
struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    policy: PolicyHandle,
}

impl Workflow {
    /// The verbs over a store, under the policy of `policy`.
    #[must_use]
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        policy: PolicyHandle,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                store,
                clock,
                entropy,
                policy,
            }),
        }
    }
}
