//! The context of one act, and how a verb ends: done, refused (a human's mistake) or a fault (ours).
//!
//! Invariants: `Done` is what is remembered for a doubled delivery, so it holds all that the answer is rendered from.

use crate::domain::clock::Timestamp;
use crate::domain::{
    decision::Refusal,
    event_report::Origin,
    ids::{CaseId, CaseNumber, ReportId},
    person::{Identity, Person},
};
use serde::{Deserialize, Serialize};

/// Who acts, from where, and because of which delivery.
#[derive(Debug, Clone)]
pub struct Cx {
    /// The person as far as it is known: an existing person of the directory, or one just seen for the first time.
    pub caller: Caller,
    /// Through which door and where.
    pub origin: Origin,
    /// The delivery that caused it, if one did: makes the act idempotent.
    pub inbound: Option<InboundKey>,
    /// When it happened, as the platform says (`effective_at`).
    pub happened_at: Timestamp,
}

/// The key of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundKey {
    /// Unique per cause.
    pub key: String,
    /// Hash of the wire bytes, hex.
    pub wire_sha256: String,
}

/// Who calls.
#[derive(Debug, Clone)]
pub enum Caller {
    /// An account on a platform; looked up (and first recorded, if new) by the verb.
    Account {
        /// The account.
        identity: Identity,
        /// Name to record when it is new.
        name: Option<String>,
        /// Guest or of another organisation.
        outsider: bool,
        /// BCP 47 tag.
        locale: Option<String>,
        /// IANA zone.
        time_zone: Option<String>,
    },
    /// A person of the directory (command line).
    Person(Box<Person>),
    /// The product itself.
    System,
}

/// What a verb did; stored with the inbound key, so a doubled delivery gets the same answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "done", rename_all = "snake_case")]
pub enum Done {
    /// A report opened a case.
    Opened {
        /// The case.
        case: CaseId,
        /// Its number.
        number: CaseNumber,
        /// The report.
        report: ReportId,
        /// Category whose advice is shown.
        category: String,
        /// Until when the reporter may withdraw.
        withdraw_until: Timestamp,
    },
    /// A report joined an existing case.
    Joined {
        /// The case.
        case: CaseId,
        /// Its number.
        number: CaseNumber,
        /// The report.
        report: ReportId,
        /// Category whose advice is shown.
        category: String,
    },
    /// A verb changed a case.
    Changed {
        /// The verb's word.
        verb: String,
        /// The case.
        case: CaseId,
        /// Its number.
        number: CaseNumber,
        /// The version afterwards.
        version: u64,
    },
    /// It was refused by the authorisation table, which is on the record.
    Refused {
        /// In these words.
        refusal: Refusal,
    },
    /// Nothing was to be done (a message outside any case; a reaction that does not report).
    Nothing,
}

impl Done {
    /// What was refused is refused again, in the same words.
    pub(super) fn or_refused(self) -> Result<Self, Fault> {
        match self {
            Self::Refused { refusal } => Err(Fault::Refused(refusal)),
            done => Ok(done),
        }
    }
}

/// Why a verb did not do it.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A human's mistake: answered in chat.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store did not take it: nothing is stored, say so.
    #[error("not stored: {0}")]
    Unavailable(String),
    /// A bug: logged once with its chain, answered with an apology and an id.
    #[error("a fault of ours: {0}")]
    Bug(String),
}
