//! Adding to a case: details, replies in its threads, edits and deletions of messages, notes, and a report that is withdrawn.
//!
//! Invariants: what was said stays as it was said, a change of it is a new entry (promise 5); what a reporter tells fills gaps and
//! never overrides what responders have set; a withdrawn report leaves the case. Neighbours: [`super::opening`] uses `apply`.

use super::{
    authority::Relation,
    case_file::CaseFile,
    deadline::DeadlineKind,
    decision::{Decision, MessageRole, Refusal, RefusalCode},
    draft::{Act, Draft, after},
    event_report::{Asset, Attachment, Details, EventReport, FileRef, Kept, MessageRef, TEXT_CAP},
    handling::Restriction,
    ids::{AttachmentId, ReportId},
    input::{NoteInput, Reply},
    lifecycle::{add_links, person_of, required, wrong_field},
    notification::Topic,
    opening::note_cut,
    policy::NOT_SURE,
    timeline::{Body, Held, sha256_hex},
    words::{capped, line},
};
use std::collections::BTreeMap;

/// Why a case that concerns a colleague is restricted.
pub const CONCERNS_A_COLLEAGUE: &str = "The report says that it concerns a colleague.";

/// The details with every text at its cap.
#[must_use]
pub fn capped_details(details: &Details) -> Details {
    let asset = &details.asset;
    let mut links = Vec::new();
    add_links(&mut links, &details.links);
    Details {
        category: details.category.clone(),
        asset: Asset {
            provider: line(asset.provider.as_deref()),
            account: line(asset.account.as_deref()),
            tenant: line(asset.tenant.as_deref()),
            application: line(asset.application.as_deref()),
        },
        noticed_at: details.noticed_at,
        on_screen: details
            .on_screen
            .as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(|text| capped(text, TEXT_CAP)),
        links,
        concerns_colleague: details.concerns_colleague,
        begun_at: details.begun_at,
        files: details.files.clone(),
    }
}

/// Fills the gaps of the case with what was told.
pub fn apply(draft: &mut Draft<'_>, details: &Details) {
    let policy = draft.act().at.policy;
    let case = &mut draft.case;
    if case.category == NOT_SURE
        && let Some(category) = details
            .category
            .as_deref()
            .and_then(|id| policy.category(id))
    {
        case.category.clone_from(&category.id);
    }
    fill(&mut case.asset.provider, details.asset.provider.as_ref());
    fill(&mut case.asset.account, details.asset.account.as_ref());
    fill(&mut case.asset.tenant, details.asset.tenant.as_ref());
    fill(
        &mut case.asset.application,
        details.asset.application.as_ref(),
    );
    if case.instants.detected.is_none() {
        case.instants.detected = details.noticed_at;
    }
    add_links(&mut case.alert.links, &details.links);
    if details.concerns_colleague && case.handling.restricted.is_none() {
        let until = draft
            .act()
            .in_seconds(policy.targets.restriction_review_seconds);
        let reason = CONCERNS_A_COLLEAGUE.to_owned();
        draft.case.handling.restricted = Some(Restriction {
            reason: reason.clone(),
            until,
        });
        draft.entry(Body::Restricted { reason, until });
        draft.due(DeadlineKind::RestrictionReview, until, None);
    }
}

fn fill(known: &mut Option<String>, told: Option<&String>) {
    if known.is_none() {
        *known = told.cloned();
    }
}

/// Files to be fetched.
pub fn attach_files(draft: &mut Draft<'_>, files: &[FileRef], source: Option<&MessageRef>) {
    for file in files {
        let act = draft.act();
        let attachment = Attachment {
            id: AttachmentId::new(act.at.entropy, act.at.now),
            case: draft.case.id,
            file: file.clone(),
            source: source.cloned(),
            kept: Kept::Pending,
        };
        draft.parts().attachments.push(attachment);
    }
}

/// More about a case, by a reporter or a responder.
///
/// # Errors
/// When nothing was told, or a category does not exist.
pub fn add(
    act: Act<'_>,
    file: &CaseFile,
    relation: Relation,
    told: &Details,
) -> Result<Decision, Refusal> {
    let person = person_of(&act)?;
    let details = capped_details(told);
    if details == Details::default() {
        return Err(Refusal::new(
            RefusalCode::BadInput,
            "Nothing was filled in. Fill in at least one field, or answer your receipt.",
        ));
    }
    if details
        .category
        .as_deref()
        .is_some_and(|id| act.at.policy.category(id).is_none())
    {
        return Err(wrong_field(
            "category",
            "Choose one of the categories of the policy.",
        ));
    }
    let mut draft = Draft::change(act, &file.case);
    let entry = draft.entry(Body::DetailsAdded {
        fields: fields(&details),
    });
    attach_files(&mut draft, &details.files, None);
    apply(&mut draft, &details);
    if relation.reporter {
        draft.thread_note(Topic::ReporterAdded, Some(person), entry);
    }
    Ok(draft.finish())
}

/// What was told, by field name, as text.
fn fields(details: &Details) -> BTreeMap<String, String> {
    let asset = &details.asset;
    let names: Vec<&str> = details
        .files
        .iter()
        .map(|file| file.name.as_str())
        .collect();
    let told = [
        ("category", details.category.clone()),
        ("provider", asset.provider.clone()),
        ("account", asset.account.clone()),
        ("tenant", asset.tenant.clone()),
        ("application", asset.application.clone()),
        ("noticed_at", details.noticed_at.map(|at| at.to_rfc3339())),
        ("on_screen", details.on_screen.clone()),
        ("links", Some(details.links.join("\n"))),
        (
            "concerns_colleague",
            details.concerns_colleague.then(|| "yes".to_owned()),
        ),
        ("files", Some(names.join("\n"))),
    ];
    told.into_iter()
        .filter_map(|(name, value)| {
            Some((name.to_owned(), value.filter(|value| !value.is_empty())?))
        })
        .collect()
}

/// A message in a thread of the case. `by_reporter` in the thread of a receipt or of feedback: then the queue hears of it.
#[must_use]
pub fn said(act: Act<'_>, file: &CaseFile, by_reporter: bool, reply: &Reply) -> Decision {
    let mut draft = Draft::change(act, &file.case);
    let entry = draft.entry(Body::Said {
        text: capped(&reply.text, TEXT_CAP),
        message: reply.message.clone(),
    });
    note_cut(&mut draft, "message", &reply.text);
    attach_files(&mut draft, &reply.files, Some(&reply.message));
    let message = (reply.message.clone(), file.case.id, MessageRole::Reply);
    draft.parts().messages.push(message);
    if by_reporter {
        draft.thread_note(Topic::ReporterAdded, act.actor.person(), entry);
    } else {
        draft.unchecked();
    }
    draft.finish()
}

/// A message of the record was edited.
#[must_use]
pub fn edited(
    act: Act<'_>,
    file: &CaseFile,
    message: &MessageRef,
    text: &str,
    before: Option<&Held>,
) -> Decision {
    let text_now = capped(text, TEXT_CAP);
    // Nothing of its words changed: a link was unfolded, or the same edit was told twice.
    if before.is_some_and(|held| held.sha256 == sha256_hex(text_now.as_bytes())) {
        return Decision::default();
    }
    let mut draft = Draft::change(act, &file.case);
    draft.entry(Body::MessageEdited {
        message: message.clone(),
        text: text_now,
        before: before.cloned(),
    });
    note_cut(&mut draft, "edited message", text);
    draft.unchecked();
    draft.finish()
}

/// A message of the record was deleted.
#[must_use]
pub fn deleted(
    act: Act<'_>,
    file: &CaseFile,
    message: &MessageRef,
    before: Option<&Held>,
) -> Decision {
    let mut draft = Draft::change(act, &file.case);
    draft.entry(Body::MessageDeleted {
        message: message.clone(),
        before: before.cloned(),
    });
    draft.unchecked();
    draft.finish()
}

/// A reporter withdraws the own report.
///
/// # Errors
/// When it is not the reporter's own, was withdrawn already, or the time is over.
pub fn withdraw(act: Act<'_>, file: &CaseFile, report: ReportId) -> Result<Decision, Refusal> {
    let person = person_of(&act)?;
    let own = file
        .reports
        .iter()
        .find(|known| known.id == report && known.reporter == person)
        .ok_or_else(|| {
            Refusal::new(
                RefusalCode::NotAllowed,
                "Only the person who reported it can withdraw a report.",
            )
        })?;
    if own.withdrawn_at.is_some() {
        return Err(Refusal::new(
            RefusalCode::AlreadyDone,
            "You have withdrawn this report already.",
        ));
    }
    let until = after(own.reported_at, act.at.policy.targets.withdraw_seconds);
    if act.at.now > until {
        let minutes = act.at.policy.targets.withdraw_seconds / 60;
        return Err(Refusal::new(
            RefusalCode::TooLate,
            format!(
                "A report can be withdrawn for {minutes} minutes. {} is being looked at; reply to your receipt if it was a mistake.",
                file.case.number
            ),
        ));
    }
    let mut draft = Draft::change(act, &file.case);
    let entry = draft.entry(Body::Withdrawn { report });
    draft.parts().withdrawn.push((report, act.at.now));
    draft.thread_note(Topic::ReportWithdrawn, Some(person), entry);
    Ok(draft.finish())
}

/// A note of the responders, told to the reporters too if wished.
///
/// # Errors
/// When it is empty, or nobody could be told.
pub fn note(act: Act<'_>, file: &CaseFile, input: &NoteInput) -> Result<Decision, Refusal> {
    let person = person_of(&act)?;
    let text = required(&input.text, "text", "Write the note.")?;
    let reachable: Vec<&EventReport> = if input.to_reporters {
        reachable_reporters(file)
    } else {
        Vec::new()
    };
    if input.to_reporters && reachable.is_empty() {
        return Err(wrong_field(
            "to_reporters",
            "No reporter of this case can be reached in chat. Note it without telling them, or call them.",
        ));
    }
    let mut draft = Draft::change(act, &file.case);
    let entry = draft.entry(Body::Noted { text });
    for report in reachable {
        let to = (report.reporter, report.reply_to.clone());
        draft.direct_notice(
            Topic::NoteToReporter,
            to,
            Some(person),
            Some(report.id),
            entry,
        );
    }
    Ok(draft.finish())
}

/// One report of each reporter that did not withdraw and can be reached.
pub fn reachable_reporters(file: &CaseFile) -> Vec<&EventReport> {
    let mut seen = std::collections::BTreeSet::new();
    file.reports
        .iter()
        .filter(|report| report.withdrawn_at.is_none())
        .filter(|report| reachable(report, file.people.get(&report.reporter)))
        .filter(|report| seen.insert(report.reporter))
        .collect()
}

/// Whether the reporter has an account to answer to.
#[must_use]
pub fn reachable(report: &EventReport, reporter: Option<&super::person::Person>) -> bool {
    report.reply_to.is_some() || reporter.is_some_and(|person| !person.identities.is_empty())
}
