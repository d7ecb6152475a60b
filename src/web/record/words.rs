//! What an entry of the timeline says, in one sentence.
//!
//! Invariants: every kind has its words; a redacted entry says so; words of people stay in quotes and are escaped by whoever shows them.
//! Neighbours: `case`.

use super::look::Names;
use crate::domain::{
    event_report::{EventReport, Kept, MessageRef, Origin},
    person::Identity,
    timeline::{Body, Held, Place, VouchEnd},
};

/// The sentence.
pub fn said(body: Option<&Body>, names: &Names) -> String {
    let Some(body) = body else {
        return "redacted; its hash still proves that it was here".to_owned();
    };
    match body {
        Body::Reported { report } => format!("reported: “{}”", words(report)),
        Body::Joined { report } => format!("reported it too: “{}”", words(report)),
        Body::AdviceShown { category, .. } => format!("advice was shown for {category}"),
        Body::DetailsAdded { fields } => {
            let all: Vec<String> = fields
                .iter()
                .map(|(name, text)| format!("{name} “{text}”"))
                .collect();
            format!("added details: {}", all.join(", "))
        }
        Body::Withdrawn { .. } => "withdrew the report; the case stays".to_owned(),
        Body::Taken { from: None } => "took the case".to_owned(),
        Body::Taken { from: Some(from) } => format!("took the case from {}", names.of(*from)),
        Body::Triaged {
            category, severity, ..
        } => format!("triaged: {category}, {severity}"),
        Body::CategorySet { from, to } => format!("category {to}, was {from}"),
        Body::SeverityChanged { to, reason, .. } => format!("severity {to}: “{reason}”"),
        Body::Assessed {
            result, rationale, ..
        } => format!("assessed: {result}. “{rationale}”"),
        Body::Escalated { reason, .. } => format!("escalated: “{reason}”"),
        Body::Paged {
            step,
            attempt,
            person,
            ..
        } => {
            format!(
                "step {}, call {attempt}: page for {}",
                step + 1,
                names.of(*person)
            )
        }
        Body::Sent { what, person, .. } => format!("{what} reached {}", names.of(*person)),
        Body::SendFailed {
            what,
            person,
            reason,
            ..
        } => {
            format!("{what} did not reach {}: {reason}", names.of(*person))
        }
        Body::Acknowledged { .. } => "acknowledged the page".to_owned(),
        Body::Unanswered {
            person, attempt, ..
        } => {
            format!("{} did not answer call {attempt}", names.of(*person))
        }
        Body::EscalationFailed { reason, .. } => format!("nobody answered: {reason}"),
        Body::EscalationCancelled { .. } => "the escalation ended with the case".to_owned(),
        Body::Noted { text } => format!("noted: “{text}”"),
        Body::Said { text, .. } => format!("wrote: “{text}”"),
        Body::MessageEdited { text, before, .. } => {
            format!(
                "edited the message; now “{text}”; {}",
                held(before.as_ref())
            )
        }
        Body::MessageDeleted { before, .. } => {
            format!("deleted the message; {}", held(before.as_ref()))
        }
        Body::File { attachment } => match &attachment.kept {
            Kept::Pending => format!("file {} is to be fetched", attachment.file.name),
            Kept::Yes { size, sha256 } => format!(
                "file {} kept, {size} bytes, SHA-256 {}",
                attachment.file.name,
                short(sha256)
            ),
            Kept::No { reason } => format!("file {} not kept: {reason}", attachment.file.name),
        },
        Body::Closed { outcome, notes } => format!("closed: {outcome}. “{notes}”"),
        Body::FeedbackPlanned {
            person,
            not_told_because: None,
            ..
        } => {
            format!("{} will be told the outcome", names.of(*person))
        }
        Body::FeedbackPlanned {
            person,
            not_told_because: Some(why),
            ..
        } => {
            format!("{} is not told: {why}", names.of(*person))
        }
        Body::Reopened { reason } => format!("reopened: “{reason}”"),
        Body::MergedInto { number, reason, .. } => format!("merged it into {number}: “{reason}”"),
        Body::Merged { number, reason, .. } => format!("merged {number} into it: “{reason}”"),
        Body::Unmerged { number, reason, .. } => {
            format!("took it out of {number} again: “{reason}”")
        }
        Body::MergeUndone { number, reason, .. } => {
            format!("took {number} out of it again: “{reason}”")
        }
        Body::MergedHeard { number, entry, .. } => {
            format!("added to {number}, which was merged into it (its entry {entry})")
        }
        Body::Restricted { reason, .. } => format!("restricted: “{reason}”"),
        Body::DeadlineMissed { deadline, .. } => {
            format!("deadline missed: {}", deadline.as_str().replace('_', " "))
        }
        Body::AccessRefused { verb, reason, .. } => format!("{verb} was refused: {reason}"),
        Body::RestrictedViewed { verb, .. } => {
            format!("looked at a restricted case ({})", verb.replace('_', " "))
        }
        Body::BotInstalled { at, .. } => format!("the bot was installed in {}", place(at)),
        Body::InstallRefused { at, reason, .. } => {
            format!("the bot was not installed in {}: {reason}", place(at))
        }
        Body::BotUninstalled { at, reason } => {
            format!("the bot was taken out of {} ({reason})", place(at))
        }
        Body::TokenRefused { at, reason } => {
            format!("the token for {} is refused ({reason})", place(at))
        }
        Body::PolicyAdopted { sha256, .. } => format!("policy adopted, SHA-256 {}", short(sha256)),
        Body::PersonChanged { name, .. } => format!("{name} is in the directory"),
        Body::PersonBelongs { person } => {
            format!("{} belongs to the organisation", names.of(*person))
        }
        Body::AccountsLinked(linked) => format!(
            "the accounts {} and {} are both {}",
            account(&linked.accounts.first),
            account(&linked.accounts.second),
            names.of(linked.into)
        ),
        Body::LinkRefused(accounts) => format!(
            "{} does not know {}: not linked",
            account(&accounts.first),
            account(&accounts.second)
        ),
        Body::RoleGranted(one) => {
            format!("{} was given the role {}", names.of(one.person), one.role)
        }
        Body::RoleRevoked(one) => format!("{} lost the role {}", names.of(one.person), one.role),
        Body::RoleVouched(one) => format!(
            "{} has the role {} until {}, because of the role {} of {}",
            names.of(one.person),
            one.role,
            one.until.format("%Y-%m-%d %H:%M UTC"),
            one.by.role,
            one.by.platform
        ),
        Body::VouchEnded(one) => {
            let (whose, by) = (names.of(one.person), &one.by);
            let why = match one.because {
                VouchEnd::RoleGone => "the role is gone",
                VouchEnd::SettingGone => "the settings no longer go by the role",
            };
            format!(
                "{whose} lost the role {}: {why} ({} of {})",
                one.role, by.role, by.platform
            )
        }
    }
}

/// What stood there before, as far as the record holds it.
fn held(before: Option<&Held>) -> String {
    before.map_or_else(
        || "the record holds no words of it".to_owned(),
        |held| {
            format!(
                "the record still holds what stood there: entry {}, SHA-256 {}",
                held.entry,
                short(&held.sha256)
            )
        },
    )
}

fn account(identity: &Identity) -> String {
    format!("{} of {}", identity.user, identity.platform)
}

fn place(at: &Place) -> String {
    let id = at.workspace.as_ref().or(at.enterprise.as_ref());
    format!("{} ({})", at.name, id.map_or("", String::as_str))
}

fn words(report: &EventReport) -> &str {
    match &report.snapshot {
        Some(snapshot) if report.text.trim().is_empty() => &snapshot.text,
        _ => &report.text,
    }
}

/// The message of the chat that an entry is about, if it is about one.
pub fn message(body: &Body) -> Option<&MessageRef> {
    match body {
        Body::Reported { report } | Body::Joined { report } => {
            report.snapshot.as_ref().map(|snapshot| &snapshot.source)
        }
        Body::Sent { message, .. } => message.as_ref(),
        Body::Said { message, .. }
        | Body::MessageEdited { message, .. }
        | Body::MessageDeleted { message, .. } => Some(message),
        Body::File { attachment } => attachment.source.as_ref(),
        _ => None,
    }
}

/// By which door something came, and where.
pub fn door(origin: &Origin) -> String {
    let door = origin.door.as_str().replace('_', " ");
    match origin.platform {
        None => door,
        Some(at) => format!("{door} in {}", at.name()),
    }
}

/// The beginning of a hash.
pub fn short(hash: &str) -> &str {
    hash.get(..10).unwrap_or(hash)
}
