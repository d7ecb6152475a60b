//! The case: what the organisation makes of the reports that belong to it.
//!
//! Invariants: status, assessment and phase are three separate fields; the owner is the queue's team from the first moment and a
//! person from Take on (promise 6); `version` is the sequence number of the last timeline entry, so every change has an entry.
//! Neighbours: [`super::decision`] carries changed cases to the store; `lifecycle` holds the legal transitions.

use super::{
    assessment::{Assessment, Phase},
    clock::Timestamp,
    event_report::Asset,
    handling::Handling,
    ids::{CaseId, CaseNumber, PersonId, PolicyVersionId},
    severity::Severity,
    vocabulary::vocabulary,
};
use serde::{Deserialize, Serialize};

vocabulary! {
    /// Where a case stands. Legal: new -> triaging | escalated | closed; triaging -> escalated | closed; escalated -> closed; closed -> triaging.
    Status {
        /// Reported, nobody works on it yet.
        New = "new",
        /// Somebody works on it.
        Triaging = "triaging",
        /// Somebody was called.
        Escalated = "escalated",
        /// Ended with an outcome.
        Closed = "closed",
    }
}

vocabulary! {
    /// How an event was detected (R42).
    DetectionSource {
        /// A human noticed.
        UserReport = "user_report",
        /// A SIEM rule.
        Siem = "siem",
        /// An alert of a cloud provider.
        CspAlert = "csp_alert",
        /// A notice of a vendor.
        VendorNotice = "vendor_notice",
        /// Anything else.
        Other = "other",
    }
}

/// Which of confidentiality, integrity and availability may be affected (R18).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cia {
    /// Confidentiality.
    pub confidentiality: bool,
    /// Integrity.
    pub integrity: bool,
    /// Availability.
    pub availability: bool,
}

/// Who is answerable for a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Owner {
    /// The queue's team, by the policy's name of it.
    Team(String),
    /// A person.
    Person(PersonId),
}

/// The machine alert behind a case (R48, R53).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// The provider's id of the alert.
    pub id: Option<String>,
    /// Links to artifacts.
    pub links: Vec<String>,
}

/// The key instants (R49); every one is set by the verb that makes it true.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instants {
    /// When it happened, if known.
    pub occurred: Option<Timestamp>,
    /// When somebody or something noticed.
    pub detected: Option<Timestamp>,
    /// When it was taken by a person for the first time.
    pub taken: Option<Timestamp>,
    /// When triage was done for the first time.
    pub triaged: Option<Timestamp>,
    /// When it was escalated for the first time.
    pub escalated: Option<Timestamp>,
    /// When it was closed the last time; absent while open.
    pub closed: Option<Timestamp>,
}

/// How a case ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closure {
    /// Outcome id of the policy.
    pub outcome: String,
    /// Closure notes, for the record.
    pub notes: String,
    /// Who closed it.
    pub by: PersonId,
}

/// The case that another one was merged into: both are about the same matter, and it is worked on there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergedInto {
    /// Its id.
    pub case: CaseId,
    /// Its number.
    pub number: CaseNumber,
}

/// The record of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// Its number; `n` is 0 until the store has recorded it.
    pub number: CaseNumber,
    /// Sequence number of the last timeline entry; 0 before the first.
    pub version: u64,
    /// One line: the start of the first report.
    pub title: String,
    /// Where it stands.
    pub status: Status,
    /// What it was found to be.
    pub assessment: Assessment,
    /// Phase, for an incident only.
    pub phase: Option<Phase>,
    /// Severity.
    pub severity: Severity,
    /// Confidentiality, integrity, availability.
    pub cia: Cia,
    /// How it may be shared.
    pub handling: Handling,
    /// Category id of the policy; `not_sure` until somebody knows.
    pub category: String,
    /// How it was detected.
    pub detection_source: DetectionSource,
    /// What it concerns.
    pub asset: Asset,
    /// The machine alert behind it.
    pub alert: Alert,
    /// Who answers for it.
    pub owner: Owner,
    /// Who owns the service, as text.
    pub service_owner: Option<String>,
    /// When it was reported for the first time.
    pub reported_at: Timestamp,
    /// The other key instants.
    pub instants: Instants,
    /// How it ended; present exactly while closed.
    pub closure: Option<Closure>,
    /// Where it is worked on, if it is the same as another case; only while closed.
    pub merged_into: Option<MergedInto>,
    /// The policy version in force when it was opened.
    pub policy: PolicyVersionId,
    /// A drill.
    pub exercise: bool,
}
