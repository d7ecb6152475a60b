//! Opening and joining: from what somebody said to a case with an owner, deadlines, advice and a receipt.
//!
//! Invariants: a suspicion suffices, nothing is asked first (R9); whatever is missing leaves an incomplete case, never a lost report
//! (R15); a text that is too long is cut, and the cut is on the record with the hash of the whole; a report that joins a closed case
//! gets its answer at once. Neighbours: [`super::details`] applies what was told beyond the text, [`super::closing`] plans answers.

use super::{
    assessment::Assessment,
    case::{Alert, Case, DetectionSource, Instants, Owner, Status},
    case_file::CaseFile,
    closing,
    deadline::DeadlineKind,
    decision::{Decision, MessageRole, Refusal},
    details,
    draft::{Act, Draft},
    event_report::{Details, EventReport, Snapshot, TEXT_CAP},
    handling::{Handling, Tlp},
    ids::{CaseId, CaseNumber, ReportId},
    input::NewReport,
    lifecycle::wrong_field,
    notification::Topic,
    person::{Identity, Person},
    policy::{NOT_SURE, Policy, suggest::suggest},
    severity::Severity,
    timeline::{Body, sha256_hex},
    words::capped,
};
use chrono::Datelike;

/// How many code points a title has at most.
pub const TITLE_CAP: usize = 150;

/// Who files a report, and how it came in.
#[derive(Debug, Clone, Copy)]
pub struct Filing<'a> {
    /// The reporter.
    pub reporter: &'a Person,
    /// The account that it came from, if a chat.
    pub reply_to: Option<&'a Identity>,
    /// Hash of the bytes of the wire, hex; empty outside chat.
    pub wire_sha256: &'a str,
}

/// What opening decided, with what the answer is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The decision.
    pub decision: Decision,
    /// The case.
    pub case: CaseId,
    /// The report.
    pub report: ReportId,
    /// Category whose advice is shown.
    pub category: String,
}

/// Opens a case for a report.
///
/// # Errors
/// When there is nothing at all in it.
pub fn open(act: Act<'_>, filing: Filing<'_>, new: &NewReport) -> Result<Opened, Refusal> {
    let (now, policy) = (act.at.now, act.at.policy);
    let empty =
        new.text.trim().is_empty() && new.snapshot.is_none() && new.details == Details::default();
    if empty {
        return Err(wrong_field(
            "text",
            "Say in a few words what happened or what you noticed.",
        ));
    }
    let id = CaseId::new(act.at.entropy, now);
    let category = category_of(policy, new);
    let case = Case {
        id,
        number: CaseNumber {
            year: now.with_timezone(&policy.organisation.time_zone).year(),
            n: 0,
        },
        version: 0,
        title: title(new),
        status: Status::New,
        assessment: Assessment::Undecided,
        phase: None,
        severity: Severity::Unrated,
        cia: super::case::Cia::default(),
        handling: Handling {
            tlp: Tlp::AmberStrict,
            restricted: None,
        },
        category: category.clone(),
        detection_source: DetectionSource::UserReport,
        asset: super::event_report::Asset::default(),
        alert: Alert::default(),
        owner: Owner::Team(policy.queue.team.clone()),
        service_owner: None,
        reported_at: now,
        instants: Instants::default(),
        closure: None,
        merged_into: None,
        policy: act.at.version,
        exercise: false,
    };
    let mut draft = Draft::open(act, case);
    let report = report_of(&mut draft, filing, new);
    let entry = draft.entry(Body::Reported {
        report: Box::new(report.clone()),
    });
    note_cuts(&mut draft, new);
    details::apply(&mut draft, &report.details);
    answer(&mut draft, filing, &report, &category, entry);
    if let Some(snapshot) = &report.snapshot {
        let source = (snapshot.source.clone(), id, MessageRole::Source);
        draft.parts().messages.push(source);
    }
    draft.due(
        DeadlineKind::Take,
        act.in_seconds(policy.targets.take_seconds),
        None,
    );
    draft.due(
        DeadlineKind::Triage,
        act.in_seconds(policy.targets.triage_seconds),
        None,
    );
    let report_id = report.id;
    draft.parts().reports.push(report);
    Ok(Opened {
        decision: draft.finish(),
        case: id,
        report: report_id,
        category,
    })
}

/// Another report of a case that is there. A reporter who adds nothing to the own report gets that report as the answer, and
/// nothing is written.
///
/// # Errors
/// None today; the signature leaves room for rules.
pub fn join(
    act: Act<'_>,
    file: &CaseFile,
    filing: Filing<'_>,
    new: &NewReport,
) -> Result<Opened, Refusal> {
    let own = file
        .reports
        .iter()
        .find(|report| report.reporter == filing.reporter.id && report.withdrawn_at.is_none());
    if let Some(own) = own
        && new.text.trim().is_empty()
        && new.details == Details::default()
    {
        return Ok(Opened {
            decision: Decision::default(),
            case: file.case.id,
            report: own.id,
            category: file.case.category.clone(),
        });
    }
    let mut draft = Draft::change(act, &file.case);
    let report = report_of(&mut draft, filing, new);
    let entry = draft.entry(Body::Joined {
        report: Box::new(report.clone()),
    });
    note_cuts(&mut draft, new);
    details::apply(&mut draft, &report.details);
    let category = advice_for(act.at.policy, &draft.case.category, new);
    answer(&mut draft, filing, &report, &category, entry);
    draft.thread_note(Topic::ReporterJoined, Some(filing.reporter.id), entry);
    // What was merged is answered with the case that goes on.
    let answered = file.into.as_deref().unwrap_or(&file.case);
    if answered.status == Status::Closed {
        closing::plan_feedback(&mut draft, std::slice::from_ref(&report), &|_| {
            Some(filing.reporter)
        });
    }
    let report_id = report.id;
    draft.parts().reports.push(report);
    Ok(Opened {
        decision: draft.finish(),
        case: file.case.id,
        report: report_id,
        category,
    })
}

/// The category that the report names, else the one that its words suggest.
fn category_of(policy: &Policy, new: &NewReport) -> String {
    let named = new
        .details
        .category
        .as_deref()
        .filter(|id| policy.category(id).is_some() && *id != NOT_SURE);
    if let Some(named) = named {
        return named.to_owned();
    }
    let said = new
        .snapshot
        .as_ref()
        .map_or("", |snapshot| snapshot.text.as_str());
    let text = format!("{}\n{said}", new.text);
    suggest(policy, &text).map_or_else(|| NOT_SURE.to_owned(), |found| found.category.id.clone())
}

/// Advice follows what is known of the case, else what this report says.
fn advice_for(policy: &Policy, known: &str, new: &NewReport) -> String {
    if known == NOT_SURE {
        category_of(policy, new)
    } else {
        known.to_owned()
    }
}

fn report_of(draft: &mut Draft<'_>, filing: Filing<'_>, new: &NewReport) -> EventReport {
    let act = draft.act();
    let id = ReportId::new(act.at.entropy, act.at.now);
    let snapshot = new.snapshot.as_ref().map(|snapshot| Snapshot {
        text: capped(&snapshot.text, TEXT_CAP),
        ..snapshot.clone()
    });
    let details = details::capped_details(&new.details);
    let source = snapshot.as_ref().map(|snapshot| snapshot.source.clone());
    if let Some(snapshot) = &snapshot {
        details::attach_files(draft, &snapshot.files, source.as_ref());
    }
    details::attach_files(draft, &details.files, None);
    EventReport {
        id,
        case: draft.case.id,
        reporter: filing.reporter.id,
        reply_to: filing.reply_to.cloned(),
        origin: act.origin.clone(),
        text: capped(&new.text, TEXT_CAP),
        snapshot,
        details,
        wire_sha256: filing.wire_sha256.to_owned(),
        reported_at: act.at.now,
        withdrawn_at: None,
    }
}

/// Records that a text was cut, with the hash of the whole.
fn note_cuts(draft: &mut Draft<'_>, new: &NewReport) {
    let said = new.snapshot.as_ref().map(|snapshot| snapshot.text.as_str());
    for (what, text) in [
        ("report", Some(new.text.as_str())),
        ("reported message", said),
    ] {
        if let Some(text) = text {
            note_cut(draft, what, text);
        }
    }
}

/// Records that `text` was cut to [`TEXT_CAP`], if it was.
pub fn note_cut(draft: &mut Draft<'_>, what: &str, text: &str) {
    let length = text.chars().count();
    if length > TEXT_CAP {
        let sha256 = sha256_hex(text.as_bytes());
        draft.system_entry(Body::Noted {
            text: format!(
                "The text of the {what} has {length} characters; the first {TEXT_CAP} are kept. SHA-256 of the whole: {sha256}."
            ),
        });
    }
}

/// The receipt with the advice that belongs to it.
fn answer(
    draft: &mut Draft<'_>,
    filing: Filing<'_>,
    report: &EventReport,
    category: &str,
    entry: u64,
) {
    draft.system_entry(Body::AdviceShown {
        report: report.id,
        category: category.to_owned(),
    });
    if report.reply_to.is_some() || !filing.reporter.identities.is_empty() {
        let via = report.reply_to.clone();
        draft.receipt(report.id, filing.reporter.id, via, entry);
    }
}

/// The first line of what was said.
fn title(new: &NewReport) -> String {
    let snapshot = new.snapshot.as_ref();
    let said = [
        Some(new.text.as_str()),
        snapshot.map(|snapshot| snapshot.text.as_str()),
        new.details.on_screen.as_deref(),
    ];
    let first = said
        .into_iter()
        .flatten()
        .flat_map(str::lines)
        .map(str::trim)
        .find(|line| !line.is_empty());
    match (first, snapshot) {
        (Some(line), _) => capped(line, TITLE_CAP),
        (None, Some(_)) => "A message without text".to_owned(),
        (None, None) => "A report without words".to_owned(),
    }
}
