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
mod digest;
mod directory;
mod draft;
mod escalate;
mod forget;
mod ground;
mod held;
mod home;
mod install;
mod installations;
mod join;
mod keep_unreadable;
mod link;
mod merge;
mod message_changed;
mod message_deleted;
mod note;
mod open;
mod refresh_card;
mod renew_token;
mod reopen;
mod seat;
mod seed_directory;
mod set_severity;
mod take;
mod tick;
mod triage;
mod uninstall;
mod unmerge;
mod viewed;
mod vouch;
mod withdraw;

use crate::domain::{
    clock::{Clock, Entropy},
    in_force::PolicyHandle,
};
use crate::store::{Store, Vault};
use std::sync::Arc;

pub use crate::domain::input::{AssessInput, CloseInput, NewReport, NoteInput, Reply, TriageInput};
pub use ask::{CaseLine, CaseView};
pub use cx::{Caller, Cx, Done, Fault, InboundKey};
pub use home::{HomeView, OwnCase, OwnReport};
pub use link::OtherAccount;
pub use renew_token::Turn;
pub use seat::{Place, Seat, Stream};
pub use tick::TickReport;
pub use uninstall::Refusing;

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
    vault: Vault,
    digests: digest::Looked,
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
        Self::with_vault(store, clock, entropy, policy, Vault::default())
    }

    /// As [`Self::new`], with a vault for the tokens of installations.
    #[must_use]
    pub fn with_vault(
        store: Store,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        policy: PolicyHandle,
        vault: Vault,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                store,
                clock,
                entropy,
                policy,
                vault,
                digests: digest::Looked::default(),
            }),
        }
    }
}
