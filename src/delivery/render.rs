//! From facts to what is sent: the card, in the reader's words and for the audience, and its hash. Pure.
//!
//! Invariants: rendered when it is sent, from the state of that moment; a case is shown through `visible` only; a fact that is missing
//! and without which nothing true can be said is an error in words, never a card with a hole. Neighbours: `facts` looks the facts
//! up, `chat::speech` has the words.

use crate::chat::{
    card::Card,
    platform::Target,
    speech::{self, CaseFacts, Dial, Escalated, Hearing, Notice, Outcome, Page, Reader, Receipt},
};
use crate::domain::{
    case::Case,
    case_file::Merged,
    clock::Timestamp,
    deadline::{Deadline, DeadlineKind},
    digest::Digest,
    escalation::Escalation,
    event_report::{Attachment, EventReport},
    gates,
    ids::{CaseNumber, PersonId},
    in_force::InForce,
    linking::LinkRef,
    next_steps,
    notification::{NotificationKind, Recipient, Refs, Topic},
    person::{Person, PersonKind, PlatformId, Role},
    timeline::{NotCanonical, canonical, sha256_hex},
    visible::{Audience, visible},
};
use chrono::TimeDelta;
use std::collections::BTreeMap;

use super::address::CardMessage;

/// All that a notification may be rendered from, read at one moment.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The policy in force.
    pub in_force: InForce,
    /// The case.
    pub case: Option<Case>,
    /// The case that it was merged into.
    pub into: Option<Box<Case>>,
    /// The cases that were merged into it.
    pub merged: Vec<Merged>,
    /// The other case that a notice of a merge speaks of.
    pub other: Option<CaseNumber>,
    /// Its files.
    pub files: Vec<Attachment>,
    /// Its reports, in order.
    pub reports: Vec<EventReport>,
    /// The escalation that the notification refers to; for a card the last one of the case.
    pub escalation: Option<Escalation>,
    /// Open deadlines of the case.
    pub deadlines: Vec<Deadline>,
    /// The person it goes to.
    pub recipient: Option<Person>,
    /// Names of the people that it may mention.
    pub people: BTreeMap<PersonId, String>,
    /// Words of a person that a notice quotes.
    pub words: Option<String>,
    /// Category whose advice the reporter was shown.
    pub advice: Option<String>,
    /// Whether the report that a receipt answers joined a case that was there.
    pub joined: bool,
    /// Whom to phone, for a failed escalation.
    pub dial: Vec<Dial>,
    /// What is due for the person, for a digest, or why there is nothing to tell.
    pub digest: Option<Result<Digest, &'static str>>,
    /// For a feedback: a later one to the same person took its place.
    pub answered_later: bool,
    /// The case's card.
    pub card: CardMessage,
}

/// What is rendered, and for where.
#[derive(Debug, Clone, Copy)]
pub struct Occasion<'a> {
    /// What is told.
    pub kind: NotificationKind,
    /// To whom.
    pub to: &'a Recipient,
    /// What it refers to.
    pub refs: &'a Refs,
    /// On which platform.
    pub platform: PlatformId,
    /// The present instant.
    pub now: Timestamp,
    /// Marks cards of an installation that is not for production.
    pub brand: Option<&'a str>,
    /// What may be heard there.
    pub hearing: Hearing,
}

/// The card.
///
/// # Errors
/// In words: which fact is missing.
pub fn render(occasion: &Occasion<'_>, facts: &Facts) -> Result<Card, String> {
    if occasion.refs.topic == Some(Topic::Digest) {
        let card = digest(occasion, facts)?;
        return Ok(speech::brand(card, occasion.brand));
    }
    if let (Some(topic), Some(link)) = (occasion.refs.topic, &occasion.refs.link) {
        let card = link_notice(&reader(occasion, facts), topic, link)?;
        return Ok(speech::brand(card, occasion.brand));
    }
    let case = facts
        .case
        .as_ref()
        .ok_or("it belongs to no case that is known")?;
    let card = match occasion.kind {
        NotificationKind::Page => page(occasion, facts, case)?,
        NotificationKind::Receipt => receipt(occasion, facts, case)?,
        NotificationKind::Feedback => feedback(occasion, facts, case)?,
        NotificationKind::CaseCard => case_card(occasion, facts, case),
        NotificationKind::ThreadNote
        | NotificationKind::QueueNotice
        | NotificationKind::DirectNotice => notice(occasion, facts, case)?,
    };
    Ok(speech::brand(card, occasion.brand))
}

/// SHA-256, hex, of where a card goes and of the canonical form of what it says: what the attempt keeps as evidence.
///
/// # Errors
/// Never for cards of ours.
pub fn content_sha256(target: &Target, card: &Card) -> Result<String, NotCanonical> {
    let place = format!("{target:?}");
    Ok(sha256_hex(canonical(&(place, card))?.as_bytes()))
}

fn reader(occasion: &Occasion<'_>, facts: &Facts) -> Reader {
    let policy = &facts.in_force.policy;
    match (&facts.recipient, occasion.to) {
        (Some(person), Recipient::Person { .. }) => {
            Reader::person(person, occasion.platform, policy, occasion.hearing)
        }
        _ => Reader::channel(occasion.platform, policy, occasion.hearing),
    }
}

/// What one account is told of another.
fn link_notice(reader: &Reader, topic: Topic, link: &LinkRef) -> Result<Card, String> {
    match topic {
        Topic::LinkAsked => Ok(speech::link_asked(reader, link)),
        Topic::Linked => Ok(speech::link_answered(
            reader,
            link.platform,
            &link.name,
            true,
        )),
        Topic::LinkRefused => Ok(speech::link_answered(
            reader,
            link.platform,
            &link.name,
            false,
        )),
        other => Err(format!("a link says nothing of {other}")),
    }
}

/// The only card that is of no case, or of many.
fn digest(occasion: &Occasion<'_>, facts: &Facts) -> Result<Card, String> {
    let told = facts.digest.as_ref().ok_or("what is due is not known")?;
    let digest = told.as_ref().map_err(|reason| (*reason).to_owned())?;
    Ok(speech::digest(
        &reader(occasion, facts),
        &facts.in_force.policy,
        digest,
        occasion.now,
    ))
}

fn due(facts: &Facts, kind: DeadlineKind) -> Option<Timestamp> {
    let deadline = facts.deadlines.iter().find(|due| due.kind == kind);
    deadline.map(|deadline| deadline.due_at)
}

fn name(facts: &Facts, person: PersonId) -> Option<&str> {
    facts.people.get(&person).map(String::as_str)
}

fn page(occasion: &Occasion<'_>, facts: &Facts, case: &Case) -> Result<Card, String> {
    let policy = &facts.in_force.policy;
    let escalation = facts
        .escalation
        .as_ref()
        .ok_or("its escalation is not known")?;
    let step = occasion.refs.step.unwrap_or_default();
    let role = policy
        .escalation
        .iter()
        .find(|one| one.id == escalation.policy)
        .or_else(|| policy.escalation.first())
        .and_then(|found| found.step.get(usize::try_from(step).ok()?))
        .map_or(Role::OnCallPrimary, |step| step.role);
    let page = Page {
        policy,
        view: &visible(case, &Audience::Queue),
        escalation,
        role,
        attempt: occasion.refs.attempt.unwrap_or(1),
        by: name(facts, escalation.by),
        due: due(facts, DeadlineKind::Acknowledge),
        link: None,
    };
    Ok(speech::page(&reader(occasion, facts), &page))
}

fn report<'a>(occasion: &Occasion<'_>, facts: &'a Facts) -> Result<&'a EventReport, String> {
    let wanted = occasion.refs.report;
    let found = facts
        .reports
        .iter()
        .find(|report| Some(report.id) == wanted);
    found.ok_or_else(|| "the report it answers is not known".to_owned())
}

fn receipt(occasion: &Occasion<'_>, facts: &Facts, case: &Case) -> Result<Card, String> {
    let policy = &facts.in_force.policy;
    let report = report(occasion, facts)?;
    let until = report.reported_at + TimeDelta::seconds(i64::from(policy.targets.withdraw_seconds));
    let receipt = Receipt {
        policy,
        case: case.id,
        number: case.number,
        report: report.id,
        category: facts.advice.as_deref().unwrap_or(&case.category),
        joined: facts.joined,
        withdraw_until: (until > occasion.now).then_some(until),
        restricted: case.handling.restricted.is_some(),
        outsider: is_outsider(facts),
        direct: true,
    };
    Ok(speech::receipt(&reader(occasion, facts), &receipt))
}

/// A reporter of another organisation gets no phone numbers; so does one of whom nothing is known.
fn is_outsider(facts: &Facts) -> bool {
    let recipient = facts.recipient.as_ref();
    recipient.is_none_or(|person| person.kind == PersonKind::ThirdParty)
}

fn feedback(occasion: &Occasion<'_>, facts: &Facts, case: &Case) -> Result<Card, String> {
    let report = report(occasion, facts)?;
    // What was merged is answered with the outcome of the case that went on.
    let ended = facts.into.as_deref().unwrap_or(case);
    let closure = ended.closure.as_ref().ok_or("the case has no outcome")?;
    let outcome = Outcome {
        policy: &facts.in_force.policy,
        case: case.id,
        number: case.number,
        outcome: &closure.outcome,
        restricted: [case, ended]
            .iter()
            .any(|case| case.handling.restricted.is_some()),
        said: &report.text,
        reported_at: report.reported_at,
    };
    Ok(speech::feedback(&reader(occasion, facts), &outcome))
}

fn case_card(occasion: &Occasion<'_>, facts: &Facts, case: &Case) -> Card {
    let policy = &facts.in_force.policy;
    let view = visible(case, &Audience::Queue).among(
        facts.into.as_deref(),
        &facts.merged,
        &Audience::Queue,
    );
    let merged = facts.merged.iter().flat_map(|merged| &merged.reports);
    let reporters: Vec<PersonId> = facts
        .reports
        .iter()
        .chain(merged)
        .filter(|report| view.reports.shows(report))
        .map(|report| report.reporter)
        .collect();
    let next_due = facts.deadlines.iter().min_by_key(|due| due.due_at);
    let escalation = facts.escalation.as_ref();
    let card = CaseFacts {
        policy,
        case: case.id,
        view: &view,
        people: &facts.people,
        reporters: &reporters,
        reports: facts.reports.len(),
        said: None,
        missing: &gates::incomplete(case, policy),
        due: next_due.map(|due| (due.kind, due.due_at)),
        escalation: escalation.map(|run| Escalated {
            run,
            due: due(facts, DeadlineKind::Acknowledge),
        }),
        files: &facts.files,
        next: &next_steps::sensible(case, escalation),
    };
    speech::case_card(&reader(occasion, facts), &card)
}

fn notice(occasion: &Occasion<'_>, facts: &Facts, case: &Case) -> Result<Card, String> {
    let topic = occasion
        .refs
        .topic
        .ok_or("it does not say what it is about")?;
    let to_reporter = match occasion.to {
        Recipient::Person { person, .. } => facts
            .reports
            .iter()
            .any(|report| report.reporter == *person),
        Recipient::Queue | Recipient::CaseThread => false,
    };
    let about = occasion.refs.about.and_then(|about| name(facts, about));
    let notice = Notice {
        policy: &facts.in_force.policy,
        case,
        topic,
        other: facts.other,
        to_reporter,
        about,
        words: facts.words.as_deref(),
        attempt: occasion.refs.attempt,
        escalation: occasion.refs.escalation,
        due: match topic {
            Topic::PageSent | Topic::PageUnanswered => due(facts, DeadlineKind::Acknowledge),
            _ => None,
        },
        dial: &facts.dial,
    };
    Ok(speech::notice(&reader(occasion, facts), &notice))
}
