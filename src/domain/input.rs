//! What people enter for the verbs: the input of each `decide`.
//!
//! Invariants: nothing here is checked yet; the rules check, cap and refuse with the name of the field.
//! Neighbours: `chat` and `cli` fill them, the rules of this room read them.

use super::{
    assessment::Assessment,
    case::Cia,
    event_report::{Asset, Details, FileRef, MessageRef, Snapshot},
    person::PlatformId,
    severity::Level,
};
use std::collections::BTreeMap;

/// A new report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewReport {
    /// What the reporter said; may be empty if there is a snapshot.
    pub text: String,
    /// The message that is reported.
    pub snapshot: Option<Snapshot>,
    /// The rest.
    pub details: Details,
}

/// A message in a thread that may belong to a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Its text.
    pub text: String,
    /// The message.
    pub message: MessageRef,
    /// The root of the thread.
    pub thread: MessageRef,
    /// Its files.
    pub files: Vec<FileRef>,
}

/// What triage records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriageInput {
    /// Category id.
    pub category: String,
    /// Severity by the rubric.
    pub severity: Level,
    /// Why it is rated lower than its category usually is.
    pub reason: Option<String>,
    /// What it concerns; fields left empty keep what is known.
    pub asset: Asset,
    /// The provider's alert id.
    pub alert_id: Option<String>,
    /// Links to artifacts.
    pub links: Vec<String>,
    /// Who owns the service.
    pub service_owner: Option<String>,
    /// Confidentiality, integrity, availability.
    pub cia: Cia,
}

/// A decision event or incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssessInput {
    /// Criterion id to answer; a criterion that is left out counts as "no".
    pub criteria: BTreeMap<String, bool>,
    /// The result.
    pub result: Assessment,
    /// Why.
    pub rationale: String,
}

/// A note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteInput {
    /// The text.
    pub text: String,
    /// Tell it to the reporters, too.
    pub to_reporters: bool,
}

/// What closing records; what the case has already may be left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseInput {
    /// Category id, if it changes or is still "not sure".
    pub category: Option<String>,
    /// The assessment, if none was recorded yet or it is revised.
    pub assess: Option<AssessInput>,
    /// The severity, if it was not rated yet.
    pub severity: Option<Level>,
    /// Outcome id.
    pub outcome: String,
    /// Closure notes.
    pub notes: String,
}

/// Something that came in and could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// From which platform.
    pub platform: PlatformId,
    /// What it seems to be: command, interaction, reaction, mention, direct message.
    pub what: String,
    /// Its text, with tokens, response URLs and trigger ids masked.
    pub masked: String,
    /// Why it could not be read, in words without content.
    pub reason: String,
    /// SHA-256 of the wire bytes, hex.
    pub wire_sha256: String,
}
