//! What the conversation asks for besides the verbs: a card shown anew, and an unreadable delivery kept.
//!
//! Invariants: neither changes a case. Neighbours: `chat::conversation` calls these.

use super::{Fault, Workflow};
use crate::domain::{ids::CaseId, input::Unread};

impl Workflow {
    /// Lets the card of a case be shown in its present state, because somebody pressed a button of an older one.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn refresh_card(&self, case: CaseId) -> Result<(), Fault> {
        let _ = case;
        Err(Fault::Bug("not built yet".into()))
    }

    /// Keeps a delivery that could not be read, masked and capped, and raises the alarm.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn keep_unreadable(&self, what: Unread) -> Result<(), Fault> {
        let _ = what;
        Err(Fault::Bug("not built yet".into()))
    }
}
