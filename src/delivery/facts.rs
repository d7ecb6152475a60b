//! Looks up everything that a notification is measured against and rendered from.
//!
//! Invariants: reads only, each in a transaction of its own, so nothing is held while something is sent; the case is read before what hangs
//! on it, so that whoever changed it since makes the recording of a decision fail and be decided anew. Runs inside a shielded task.
//! Neighbours: `attempt` asks, `render` and `recheck` use the answer.

use super::{address::CardMessage, digest, render::Facts};
use crate::chat::speech::Dial;
use crate::domain::{
    case::Case,
    case_file::{CaseFile, OnCall},
    clock::Timestamp,
    ids::{CaseId, CaseNumber},
    in_force::InForce,
    notification::{Notification, NotificationKind, Recipient, Topic},
    person::{Person, Role},
    policy::Policy,
    timeline::{Body, Stream},
};
use crate::store::{Claimed, OutboxFilter, OutboxRow, OutboxState, Store, StoreError};
use std::collections::BTreeMap;

/// How many entries of a timeline are looked through for the advice of a receipt: it stands soon after its report.
const ENTRIES: u32 = 50;

/// The case with what belongs to it; `None` if there is none.
pub(super) async fn case_file(
    store: &Store,
    case: CaseId,
    now: Timestamp,
) -> Result<Option<CaseFile>, StoreError> {
    let Some(case) = store.case_by_id(case).await? else {
        return Ok(None);
    };
    let reports = store.reports_of_case(case.id).await?;
    let escalation = store.escalations_of_case(case.id).await?.pop();
    let into = match case.merged_into {
        Some(into) => store.case_by_id(into.case).await?.map(Box::new),
        None => None,
    };
    let merged = store.merged_into(case.id).await?;
    let ids: Vec<_> = CaseFile::mentioned(&case, &reports, escalation.as_ref(), &merged)
        .into_iter()
        .collect();
    let people = store.people(&ids, now).await?;
    Ok(Some(CaseFile {
        case,
        reports,
        escalation,
        into,
        merged,
        people: people
            .into_iter()
            .map(|known| (known.person.id, known.person))
            .collect(),
    }))
}

/// Who has the roles that the policy pages.
pub(super) async fn on_call(
    store: &Store,
    policy: &Policy,
    now: Timestamp,
) -> Result<OnCall, StoreError> {
    let mut roles = BTreeMap::new();
    for role in paged_roles(policy) {
        let people = store.people_with_role(role, now).await?;
        roles.insert(role, people.iter().map(|person| person.id).collect());
    }
    Ok(OnCall(roles))
}

fn paged_roles(policy: &Policy) -> Vec<Role> {
    let steps = policy.escalation.iter().flat_map(|one| &one.step);
    let mut roles: Vec<Role> = Vec::new();
    for step in steps {
        if !roles.contains(&step.role) {
            roles.push(step.role);
        }
    }
    roles
}

/// Everything about the notification of a claimed row.
pub(super) async fn load(
    store: &Store,
    in_force: InForce,
    claimed: &Claimed,
    now: Timestamp,
) -> Result<Facts, StoreError> {
    let notification = &claimed.notification;
    let mut file = match notification.case {
        Some(case) => case_file(store, case, now).await?,
        None => None,
    };
    if let (Some(file), Some(wanted)) = (&mut file, notification.refs.escalation)
        && file.escalation.as_ref().is_none_or(|one| one.id != wanted)
    {
        file.escalation = store.escalation(wanted).await?;
    }
    let mut facts = Facts {
        in_force,
        case: None,
        into: None,
        merged: Vec::new(),
        other: None,
        files: Vec::new(),
        reports: Vec::new(),
        escalation: None,
        deadlines: Vec::new(),
        recipient: recipient(store, file.as_ref(), &notification.to, now).await?,
        people: BTreeMap::new(),
        words: None,
        advice: None,
        joined: false,
        dial: Vec::new(),
        digest: None,
        answered_later: false,
        card: CardMessage::Never,
    };
    if notification.refs.topic == Some(Topic::Digest) {
        let told = digest::load(store, &facts.in_force.policy, notification, now).await?;
        facts.digest = Some(told);
    }
    let Some(file) = file else {
        return Ok(facts);
    };
    names(store, &mut facts, &file, notification, now).await?;
    facts.card = card(store, claimed, &file.case).await?;
    more(store, &mut facts, &file, notification, now).await?;
    facts.case = Some(file.case);
    facts.reports = file.reports;
    facts.into = file.into;
    facts.merged = file.merged;
    facts.escalation = file.escalation;
    Ok(facts)
}

/// What only some kinds need.
async fn more(
    store: &Store,
    facts: &mut Facts,
    file: &CaseFile,
    notification: &Notification,
    now: Timestamp,
) -> Result<(), StoreError> {
    let refs = &notification.refs;
    match notification.kind {
        NotificationKind::Receipt => {
            let stream = Stream::Case(file.case.id);
            let from = refs.entry.unwrap_or(1);
            let entries = store.timeline(stream, from, ENTRIES).await?;
            for entry in entries {
                match entry.body {
                    Some(Body::AdviceShown { report, category }) if Some(report) == refs.report => {
                        facts.advice = Some(category);
                    }
                    // Which of two reports of one instant came first is in the timeline, not in their times.
                    Some(Body::Joined { report }) if Some(report.id) == refs.report => {
                        facts.joined = true;
                    }
                    _ => {}
                }
            }
        }
        NotificationKind::Feedback => {
            facts.answered_later = answered_later(store, notification).await?;
        }
        NotificationKind::Page | NotificationKind::CaseCard => {
            facts.deadlines = open_deadlines(store, file).await?;
            if notification.kind == NotificationKind::CaseCard {
                facts.files = store.attachments_of_case(file.case.id).await?;
            }
        }
        NotificationKind::ThreadNote
        | NotificationKind::QueueNotice
        | NotificationKind::DirectNotice => {
            facts.deadlines = open_deadlines(store, file).await?;
            if let Some(seq) = refs.entry {
                let entry = store.entry(Stream::Case(file.case.id), seq).await?;
                let body = entry.and_then(|entry| entry.body);
                facts.other = body.as_ref().and_then(other);
                facts.words = match body {
                    // What came in stands in the record of the case that was merged into this one.
                    Some(Body::MergedHeard { case, entry, .. }) => {
                        let heard = store.entry(Stream::Case(case), entry).await?;
                        heard.and_then(|heard| heard.body).and_then(words)
                    }
                    body => body.and_then(words),
                };
            }
            if refs.topic == Some(Topic::EscalationFailed) {
                facts.dial = dial(store, &facts.in_force.policy, now).await?;
            }
        }
    }
    Ok(())
}

async fn open_deadlines(
    store: &Store,
    file: &CaseFile,
) -> Result<Vec<crate::domain::deadline::Deadline>, StoreError> {
    let open = store.open_deadlines(file.case.id).await?;
    Ok(open.into_iter().map(|open| open.deadline).collect())
}

async fn recipient(
    store: &Store,
    file: Option<&CaseFile>,
    to: &Recipient,
    now: Timestamp,
) -> Result<Option<Person>, StoreError> {
    let Recipient::Person { person, .. } = to else {
        return Ok(None);
    };
    if let Some(known) = file.and_then(|file| file.people.get(person)) {
        return Ok(Some(known.clone()));
    }
    let known = store.person(*person, now).await?;
    Ok(known.map(|known| known.person))
}

/// The names of everybody whom the case or the notification mentions.
async fn names(
    store: &Store,
    facts: &mut Facts,
    file: &CaseFile,
    notification: &Notification,
    now: Timestamp,
) -> Result<(), StoreError> {
    let known = file.people.values();
    facts.people = known.map(|one| (one.id, one.name.clone())).collect();
    if let Some(about) = notification.refs.about
        && !facts.people.contains_key(&about)
        && let Some(known) = store.person(about, now).await?
    {
        facts.people.insert(about, known.person.name);
    }
    Ok(())
}

/// Where the card of the case stands. Asked only for what goes there.
async fn card(store: &Store, claimed: &Claimed, case: &Case) -> Result<CardMessage, StoreError> {
    match (claimed.notification.kind, &claimed.notification.to) {
        (NotificationKind::CaseCard, _) => {
            return Ok(claimed
                .message
                .clone()
                .map_or(CardMessage::Coming, CardMessage::At));
        }
        (_, Recipient::CaseThread) => {}
        _ => return Ok(CardMessage::Never),
    }
    if let Some(message) = store.card_message(case.id).await? {
        return Ok(CardMessage::At(message));
    }
    let cards = store
        .outbox(&OutboxFilter {
            states: vec![
                OutboxState::Ready,
                OutboxState::Leased,
                OutboxState::Sending,
            ],
            kind: Some(NotificationKind::CaseCard),
            case: Some(case.id),
            limit: 1,
        })
        .await?;
    Ok(if cards.is_empty() {
        CardMessage::Never
    } else {
        CardMessage::Coming
    })
}

/// The other case that an entry names.
const fn other(body: &Body) -> Option<CaseNumber> {
    match body {
        Body::MergedInto { number, .. }
        | Body::Merged { number, .. }
        | Body::Unmerged { number, .. }
        | Body::MergeUndone { number, .. }
        | Body::MergedHeard { number, .. } => Some(*number),
        _ => None,
    }
}

/// The words of a person in an entry, where a notice quotes it.
fn words(body: Body) -> Option<String> {
    match body {
        Body::Said { text, .. } | Body::Noted { text } => Some(text),
        Body::Reopened { reason }
        | Body::MergedInto { reason, .. }
        | Body::Merged { reason, .. }
        | Body::Unmerged { reason, .. }
        | Body::MergeUndone { reason, .. } => Some(reason),
        Body::DetailsAdded { fields } => {
            let lines: Vec<String> = fields
                .into_iter()
                .map(|(name, value)| format!("{}: {value}", name.replace('_', " ")))
                .collect();
            Some(lines.join("\n"))
        }
        _ => None,
    }
}

/// Whom to phone: everybody who has a role that the policy pages, in its order.
async fn dial(store: &Store, policy: &Policy, now: Timestamp) -> Result<Vec<Dial>, StoreError> {
    let mut dial: Vec<Dial> = Vec::new();
    for role in paged_roles(policy) {
        for person in store.people_with_role(role, now).await? {
            dial.push(Dial {
                role,
                name: person.name,
                means: person.contacts,
            });
        }
    }
    Ok(dial)
}

/// Whether the case was closed once more since this answer was planned, with another answer to the same person: one outcome is enough, and
/// the later one is true.
async fn answered_later(store: &Store, notification: &Notification) -> Result<bool, StoreError> {
    let rows = feedback(store, notification.case).await?;
    Ok(rows.iter().any(|row| {
        row.notification.to.person() == notification.to.person()
            && row.notification.refs.entry > notification.refs.entry
    }))
}

/// Every feedback of a case.
async fn feedback(store: &Store, case: Option<CaseId>) -> Result<Vec<OutboxRow>, StoreError> {
    store
        .outbox(&OutboxFilter {
            states: Vec::new(),
            kind: Some(NotificationKind::Feedback),
            case,
            limit: 1000,
        })
        .await
}

/// Whether every reporter of the case has been told, this feedback included: of each report the latest feedback counts.
pub(super) async fn all_told(store: &Store, claimed: &Claimed) -> Result<bool, StoreError> {
    let rows = feedback(store, claimed.notification.case).await?;
    let mut latest = BTreeMap::new();
    for row in &rows {
        let newest = latest.entry(row.notification.refs.report).or_insert(row);
        if row.created_at >= newest.created_at {
            *newest = row;
        }
    }
    Ok(latest.values().all(|row| {
        row.notification.id == claimed.notification.id
            || matches!(row.state, OutboxState::Done | OutboxState::Cancelled)
    }))
}
