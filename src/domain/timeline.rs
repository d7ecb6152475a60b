//! The timeline: append-only, hash-chained entries per stream (promise 5).
//!
//! Invariants: `seq` is gapless from 1 per stream; `hash` covers the canonical JSON (RFC 8785) of [`Sealed`], which holds the hash of
//! the payload and not the payload, so an entry stays provable after its payload was redacted; the payload's hash is salted,
//! so a redacted short text cannot be guessed. Neighbours: the store writes, `cli verify` recomputes.

use super::{
    assessment::Assessment,
    case::Cia,
    clock::Timestamp,
    event_report::{Asset, Attachment, EventReport, MessageRef},
    ids::{
        AssessmentId, CaseId, CaseNumber, EscalationId, OutboxId, PersonId, PolicyVersionId,
        ReportId,
    },
    person::Role,
    severity::Level,
};
use serde::{Deserialize, Serialize};

mod entry;
mod held;
mod link;
mod place;
mod role;
mod seal;
mod stream;

pub use entry::NewEntry;
pub use held::Held;
pub use link::{Accounts, Linked};
pub use place::Place;
pub use role::{RoleOf, Unvouched, VouchEnd, Vouched};
pub use seal::{GENESIS, NotCanonical, Sealed, canonical, payload_hash, sha256_hex};
pub use stream::Stream;

/// What an entry says. Stored as JSON `{"kind": .., ..}`; a new kind is added, never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Body {
    /// A report opened the case. Holds the whole report: what was said is hashed at report time.
    Reported {
        /// The report.
        report: Box<EventReport>,
    },
    /// Another report joined the case.
    Joined {
        /// The report.
        report: Box<EventReport>,
    },
    /// The advice that was shown to the reporter (R13), by category.
    AdviceShown {
        /// The report it answered.
        report: ReportId,
        /// Category id whose advice was shown.
        category: String,
    },
    /// A reporter or responder told more through the details form.
    DetailsAdded {
        /// What was told, by field name.
        fields: std::collections::BTreeMap<String, String>,
    },
    /// The reporter withdrew the report; the case stays.
    Withdrawn {
        /// The report.
        report: ReportId,
    },
    /// A person took the case.
    Taken {
        /// The person owner before, if there was one.
        from: Option<PersonId>,
    },
    /// Triage was done.
    Triaged {
        /// Category id.
        category: String,
        /// Severity given.
        severity: Level,
        /// Asset.
        asset: Asset,
        /// Alert id of a machine source.
        alert_id: Option<String>,
        /// Links to artifacts.
        links: Vec<String>,
        /// Service owner.
        service_owner: Option<String>,
        /// Which of confidentiality, integrity and availability may be affected.
        #[serde(default)]
        cia: Cia,
        /// Why it was rated lower than its category usually is.
        reason: Option<String>,
    },
    /// Category set outside triage (at closing).
    CategorySet {
        /// Before.
        from: String,
        /// After.
        to: String,
    },
    /// Severity changed.
    SeverityChanged {
        /// Before; absent if unrated.
        from: Option<Level>,
        /// After.
        to: Level,
        /// Why.
        reason: String,
    },
    /// Event or incident: decided.
    Assessed {
        /// The record of the decision.
        assessment: AssessmentId,
        /// The result.
        result: Assessment,
        /// Why.
        rationale: String,
        /// Criterion id to answer.
        criteria: std::collections::BTreeMap<String, bool>,
        /// What follows.
        consequence: String,
        /// Priority.
        priority: String,
    },
    /// Somebody decided to escalate (R70).
    Escalated {
        /// The run.
        escalation: EscalationId,
        /// Id of the escalation policy.
        policy: String,
        /// Why.
        reason: String,
    },
    /// A page was put into the outbox.
    Paged {
        /// The run.
        escalation: EscalationId,
        /// Step from 0.
        step: u32,
        /// Try from 1.
        attempt: u32,
        /// The page.
        page: OutboxId,
        /// Who.
        person: PersonId,
        /// Under which role of the step.
        role: Role,
    },
    /// The platform accepted a page, receipt or feedback.
    Sent {
        /// The outbox row.
        notification: OutboxId,
        /// What it was: page, receipt, feedback.
        what: String,
        /// To whom.
        person: PersonId,
        /// SHA-256 of what was sent, hex.
        content_sha256: String,
        /// The platform's message.
        message: Option<MessageRef>,
    },
    /// A page, receipt or feedback could not be delivered.
    SendFailed {
        /// The outbox row.
        notification: OutboxId,
        /// What it was.
        what: String,
        /// To whom.
        person: PersonId,
        /// Why.
        reason: String,
    },
    /// A page was acknowledged.
    Acknowledged {
        /// The run.
        escalation: EscalationId,
        /// The page that was open.
        page: OutboxId,
    },
    /// A page was not acknowledged in time.
    Unanswered {
        /// The run.
        escalation: EscalationId,
        /// Step from 0.
        step: u32,
        /// Try from 1.
        attempt: u32,
        /// Who was paged.
        person: PersonId,
    },
    /// Nobody acknowledged, or a step had nobody to page.
    EscalationFailed {
        /// The run.
        escalation: EscalationId,
        /// Why, in words.
        reason: String,
    },
    /// A run ended because the case ended.
    EscalationCancelled {
        /// The run.
        escalation: EscalationId,
    },
    /// A note.
    Noted {
        /// The text.
        text: String,
    },
    /// A message in the case's thread or a receipt's thread.
    Said {
        /// The text.
        text: String,
        /// The message.
        message: MessageRef,
    },
    /// A message of the record was edited in chat; what stood there before stays in its own entry.
    MessageEdited {
        /// The message.
        message: MessageRef,
        /// The text now.
        text: String,
        /// What stood there before, as far as the record holds it.
        #[serde(default)]
        before: Option<Held>,
    },
    /// A message of the record was deleted in chat; what stood there stays in its own entry.
    MessageDeleted {
        /// The message.
        message: MessageRef,
        /// What stood there, as far as the record holds it.
        #[serde(default)]
        before: Option<Held>,
    },
    /// A file was kept, or could not be had.
    File {
        /// The file.
        attachment: Box<Attachment>,
    },
    /// The case was closed.
    Closed {
        /// Outcome id.
        outcome: String,
        /// Notes.
        notes: String,
    },
    /// How a reporter will be told, or the recorded reason why not (R113).
    FeedbackPlanned {
        /// The report.
        report: ReportId,
        /// Whom.
        person: PersonId,
        /// Why there is no message; absent if there is one.
        not_told_because: Option<String>,
    },
    /// The case was reopened.
    Reopened {
        /// Why.
        reason: String,
    },
    /// The case was merged into another one, which goes on.
    MergedInto {
        /// The other case.
        case: CaseId,
        /// Its number.
        number: CaseNumber,
        /// Why.
        reason: String,
    },
    /// Another case was merged into this one.
    Merged {
        /// The other case.
        case: CaseId,
        /// Its number.
        number: CaseNumber,
        /// Why.
        reason: String,
    },
    /// The case was taken out of the one that it had been merged into, and is open again.
    Unmerged {
        /// The other case.
        case: CaseId,
        /// Its number.
        number: CaseNumber,
        /// Why.
        reason: String,
    },
    /// A case that had been merged into this one was taken out again.
    MergeUndone {
        /// The other case.
        case: CaseId,
        /// Its number.
        number: CaseNumber,
        /// Why.
        reason: String,
    },
    /// Something came in for a case that was merged into this one; it stands in the record of that case.
    MergedHeard {
        /// The other case.
        case: CaseId,
        /// Its number.
        number: CaseNumber,
        /// The entry of its record.
        entry: u64,
    },
    /// The case became restricted.
    Restricted {
        /// Why.
        reason: String,
        /// Until when.
        until: Timestamp,
    },
    /// A deadline passed.
    DeadlineMissed {
        /// Which kind.
        deadline: super::deadline::DeadlineKind,
        /// When it was due.
        due_at: Timestamp,
    },
    /// Somebody was refused (org stream).
    AccessRefused {
        /// The verb.
        verb: String,
        /// The case, if one was meant.
        case: Option<CaseId>,
        /// Why.
        reason: String,
    },
    /// Somebody saw the substance of a restricted case (org stream, R55).
    RestrictedViewed {
        /// The case.
        case: CaseId,
        /// What it was looked at for: `view`, or the verb whose form was opened.
        verb: String,
    },
    /// The bot was installed in a workspace or organisation, or installed again (org stream).
    BotInstalled {
        /// Where.
        at: Place,
        /// The app's id.
        app: String,
        /// What its token may do.
        scopes: Vec<String>,
        /// The account that installed it.
        by: String,
    },
    /// Somebody installed the bot where it must not be; nothing was kept (org stream).
    InstallRefused {
        /// Where.
        at: Place,
        /// The account that installed it.
        by: String,
        /// Why it was refused.
        reason: String,
    },
    /// The bot was taken out of a workspace or organisation (org stream).
    BotUninstalled {
        /// Where.
        at: Place,
        /// The platform's word for what happened.
        reason: String,
    },
    /// The platform refuses the token of an installation (org stream).
    TokenRefused {
        /// Where.
        at: Place,
        /// The platform's word.
        reason: String,
    },
    /// A policy version was adopted (org stream).
    PolicyAdopted {
        /// Its id.
        policy: PolicyVersionId,
        /// SHA-256 of its canonical JSON, hex.
        sha256: String,
    },
    /// A person of the directory was added or changed (org stream).
    PersonChanged {
        /// Who.
        person: PersonId,
        /// Name.
        name: String,
    },
    /// Chat shows that somebody belongs to the organisation who counted as an outsider by what it showed before (org stream).
    PersonBelongs {
        /// Who.
        person: PersonId,
    },
    /// Two accounts were linked as one person, who said so on both sides (org stream).
    AccountsLinked(Linked),
    /// The account that asked for a code does not know the one that typed it (org stream).
    LinkRefused(Accounts),
    /// A role was granted (org stream).
    RoleGranted(RoleOf),
    /// A role was revoked (org stream).
    RoleRevoked(RoleOf),
    /// A platform's role vouches for one of ours, for a while (org stream).
    RoleVouched(Vouched),
    /// It vouches no longer (org stream).
    VouchEnded(Unvouched),
}
