//! The parts of a decision that need no answer: people, reports, messages, assessments, escalations, deadlines, files, alarms.
//!
//! Invariants: [`before`] ends what ends (so that what begins in the same decision does not meet it) and [`after`] adds; within one of
//! them no two statements touch the same row. Neighbours: `record` runs both; `record_outbox` adds the notifications.

use super::{
    error::StoreError,
    sql::{Batch, Sql, V, int, json},
    tx::Stamp,
};
use crate::domain::{
    deadline::DeadlineChange,
    decision::{AlarmChange, Decision, MessageRole, PersonChange},
    escalation::{Escalation, Run},
    event_report::{Attachment, EventReport, Kept},
    ids::DeadlineId,
    person::{ContactMethod, Person, PersonKind, RoleGrant},
};
use std::collections::{BTreeMap, BTreeSet};

/// What ends or makes room.
pub(super) fn before(batch: &mut Batch, decision: &Decision, at: Stamp<'_>) {
    for change in &decision.people {
        match change {
            PersonChange::Put(person) => replace_person(batch, person, at),
            PersonChange::Revoke { grant } => batch.add(
                Sql::new("update role_grant set until_at = ? where id = ?")
                    .bind(grant.until.unwrap_or(at.now))
                    .bind(grant.id),
            ),
            PersonChange::Belongs(person) => batch.add(
                Sql::new("update person set kind = ? where id = ?")
                    .bind(PersonKind::Person.as_str())
                    .bind(*person),
            ),
            PersonChange::Seen(_) | PersonChange::Grant(_) | PersonChange::Link { .. } => {}
        }
    }
    for (report, withdrawn_at) in &decision.withdrawn {
        batch.add(
            Sql::new(
                "update event_report set withdrawn_at = ? where id = ? and withdrawn_at is null",
            )
            .bind(*withdrawn_at)
            .bind(*report),
        );
    }
    let mut ended = BTreeMap::new();
    for change in &decision.deadlines {
        match change {
            DeadlineChange::Met { case, kind } => ended.insert((*case, *kind), "met"),
            DeadlineChange::Missed { case, kind } => ended.insert((*case, *kind), "missed"),
            DeadlineChange::Set(_) => None,
        };
    }
    for ((case, kind), state) in ended {
        batch.add(
            Sql::new(&format!(
                "update deadline set state = '{state}', ended_at = ? where case_id = ? and kind = ? and state = 'open'"
            ))
            .bind(at.now)
            .bind(case)
            .bind(kind.as_str()),
        );
    }
    if !decision.cancel_pages.is_empty() {
        // A page that is being sent cannot be called back; one that was only claimed can, because its sender asks once more.
        let mut sql = Sql::new(
            "update outbox set state = 'cancelled', delivery_state = 'cancelled', lease_by = null, lease_until = null, finished_at = ?
             where kind = 'page' and state in ('ready', 'leased') and escalation_id in ",
        )
        .bind(at.now);
        sql.tuple(
            decision
                .cancel_pages
                .iter()
                .map(|id| V::from(*id))
                .collect(),
        );
        batch.add(sql);
    }
    let cleared: BTreeSet<_> = decision
        .alarms
        .iter()
        .filter_map(|change| match change {
            AlarmChange::Clear { kind, subject } => Some((kind.as_str(), subject)),
            AlarmChange::Raise { .. } => None,
        })
        .collect();
    for (kind, subject) in cleared {
        batch.add(super::alarm::clear(kind, subject, at.now));
    }
}

/// What is added.
pub(super) fn after(
    batch: &mut Batch,
    decision: &Decision,
    at: Stamp<'_>,
) -> Result<(), StoreError> {
    people(batch, &decision.people, at);
    let reports = decision.reports.iter().map(report);
    batch.insert(
        "event_report (id, case_id, reporter, reply_to, door, origin, text, snapshot, details, wire_sha256, reported_at, withdrawn_at)",
        reports.collect::<Result<_, _>>()?,
        "",
    );
    messages(batch, decision, at);
    assessments(batch, decision)?;
    batch.insert(
        "escalation (id, case_id, policy, started_by, reason, started_at, state, step, attempt, page, paged, ended_at, ended_by)",
        decision.escalations.iter().map(escalation).collect(),
        " on conflict (id) do update set state = excluded.state, step = excluded.step, attempt = excluded.attempt,
            page = excluded.page, paged = excluded.paged, ended_at = excluded.ended_at, ended_by = excluded.ended_by",
    );
    deadlines(batch, decision, at);
    let attachments = decision.attachments.iter();
    batch.insert(
        "attachment (id, case_id, file_id, name, media_type, size, source, kept, sha256, kept_size, reason, recorded_at)",
        attachments
            .map(|attachment| attachment_row(attachment, at))
            .collect::<Result<_, _>>()?,
        " on conflict (id) do update set kept = excluded.kept, sha256 = excluded.sha256, kept_size = excluded.kept_size, reason = excluded.reason",
    );
    let mut raised = BTreeMap::new();
    for change in &decision.alarms {
        if let AlarmChange::Raise {
            kind,
            subject,
            text,
        } = change
        {
            raised.insert((kind.as_str(), subject.as_str()), text.as_str());
        }
    }
    for ((kind, subject), text) in raised {
        batch.add(super::alarm::raise(kind, subject, text, at.now, at.entropy));
    }
    Ok(())
}

fn person_row(person: &Person, at: Stamp<'_>) -> Vec<V> {
    vec![
        V::from(person.id),
        V::from(person.kind.as_str()),
        V::from(&person.name),
        V::from(&person.locale),
        V::from(&person.time_zone),
        V::from(at.now),
    ]
}

const PERSON: &str = "person (id, kind, name, locale, time_zone, created_at)";

fn replace_person(batch: &mut Batch, person: &Person, at: Stamp<'_>) {
    batch.insert(
        PERSON,
        vec![person_row(person, at)],
        " on conflict (id) do update set kind = excluded.kind, name = excluded.name, locale = excluded.locale, time_zone = excluded.time_zone",
    );
    for theirs in [
        "delete from identity where person_id = ? and linked_at is null",
        "delete from contact_method where person_id = ?",
    ] {
        batch.add(Sql::new(theirs).bind(person.id));
    }
    // What the directory file names is the file's, whoever linked it before.
    for identity in &person.identities {
        batch.add(
            Sql::new(
                "delete from identity where platform = ? and realm = ? and user_id = ? and linked_at is not null",
            )
            .bind(identity.platform.as_str())
            .bind(&identity.realm)
            .bind(&identity.user),
        );
    }
}

fn people(batch: &mut Batch, changes: &[PersonChange], at: Stamp<'_>) {
    let (mut seen, mut identities, mut contacts, mut grants) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut links = Vec::new();
    for change in changes {
        let person = match change {
            PersonChange::Seen(person) => {
                seen.push(person_row(person, at));
                person
            }
            PersonChange::Put(person) => person,
            PersonChange::Grant(grant) => {
                grants.push(grant_row(grant));
                continue;
            }
            PersonChange::Revoke { .. } | PersonChange::Belongs(_) => continue,
            PersonChange::Link { from, into } => {
                links.extend(super::link::linked(*from, *into, at.now));
                continue;
            }
        };
        identities.extend(accounts(person));
        for (position, contact) in (0i64..).zip(&person.contacts) {
            let (means, address) = match contact {
                ContactMethod::Phone(address) => ("phone", address),
                ContactMethod::Mail(address) => ("mail", address),
            };
            contacts.push(vec![
                V::from(person.id),
                V::from(position),
                V::from(means),
                V::from(address),
            ]);
        }
    }
    batch.insert(PERSON, seen, "");
    batch.insert(
        "identity (platform, realm, user_id, person_id)",
        identities,
        "",
    );
    batch.insert(
        "contact_method (person_id, position, means, address)",
        contacts,
        "",
    );
    batch.insert(
        "role_grant (id, role, person_id, from_at, until_at, granted_by, vouched_by)",
        grants,
        "",
    );
    for link in links {
        batch.add(link);
    }
}

fn accounts(person: &Person) -> impl Iterator<Item = Vec<V>> {
    person.identities.iter().map(|identity| {
        vec![
            V::from(identity.platform.as_str()),
            V::from(&identity.realm),
            V::from(&identity.user),
            V::from(person.id),
        ]
    })
}

fn grant_row(grant: &RoleGrant) -> Vec<V> {
    vec![
        V::from(grant.id),
        V::from(grant.role.as_str()),
        V::from(grant.person),
        V::from(grant.from),
        V::from(grant.until),
        V::from(grant.granted_by),
        V::from(grant.vouched_by.as_ref().map(ToString::to_string)),
    ]
}

fn report(report: &EventReport) -> Result<Vec<V>, StoreError> {
    let reply_to = report.reply_to.as_ref().map(json).transpose()?;
    let snapshot = report.snapshot.as_ref().map(json).transpose()?;
    Ok(vec![
        V::from(report.id),
        V::from(report.case),
        V::from(report.reporter),
        V::from(reply_to),
        V::from(report.origin.door.as_str()),
        V::from(json(&report.origin)?),
        V::from(&report.text),
        V::from(snapshot),
        V::from(json(&report.details)?),
        V::from(&report.wire_sha256),
        V::from(report.reported_at),
        V::from(report.withdrawn_at),
    ])
}

fn messages(batch: &mut Batch, decision: &Decision, at: Stamp<'_>) {
    let (mut sources, mut others) = (Vec::new(), Vec::new());
    for (message, case, role) in &decision.messages {
        let row = super::message::row(message, *case, *role, None, None, at.now);
        if *role == MessageRole::Source {
            sources.push(row);
        } else {
            others.push(row);
        }
    }
    batch.insert(super::message::COLUMNS, sources, "");
    batch.insert(super::message::COLUMNS, others, " on conflict do nothing");
}

fn assessments(batch: &mut Batch, decision: &Decision) -> Result<(), StoreError> {
    let rows = decision.assessments.iter().map(|record| {
        Ok(vec![
            V::from(record.id),
            V::from(record.case),
            V::from(record.policy),
            V::from(json(&record.criteria)?),
            V::from(record.result.as_str()),
            V::from(&record.consequence),
            V::from(&record.priority),
            V::from(&record.rationale),
            V::from(record.decider),
            V::from(record.decided_at),
        ])
    });
    batch.insert(
        "assessment (id, case_id, policy, criteria, result, consequence, priority, rationale, decider, decided_at)",
        rows.collect::<Result<_, StoreError>>()?,
        "",
    );
    Ok(())
}

fn escalation(run: &Escalation) -> Vec<V> {
    let (state, ended_at, ended_by) = match run.run {
        Run::Running { .. } => ("running", None, None),
        Run::Acknowledged { by, at } => ("acknowledged", Some(at), Some(by)),
        Run::Failed { at } => ("failed", Some(at), None),
        Run::Cancelled { at } => ("cancelled", Some(at), None),
    };
    let (step, attempt, page, paged) = match run.run {
        Run::Running {
            step,
            attempt,
            page,
            paged,
        } => (Some(step), Some(attempt), Some(page), Some(paged)),
        _ => (None, None, None, None),
    };
    vec![
        V::from(run.id),
        V::from(run.case),
        V::from(&run.policy),
        V::from(run.by),
        V::from(&run.reason),
        V::from(run.started_at),
        V::from(state),
        V::from(step.map(i64::from)),
        V::from(attempt.map(i64::from)),
        V::from(page),
        V::from(paged),
        V::from(ended_at),
        V::from(ended_by),
    ]
}

fn deadlines(batch: &mut Batch, decision: &Decision, at: Stamp<'_>) {
    let mut set = BTreeMap::new();
    for change in &decision.deadlines {
        if let DeadlineChange::Set(deadline) = change {
            set.insert((deadline.case, deadline.kind), deadline);
        }
    }
    let rows = set.into_values().map(|deadline| {
        vec![
            V::from(DeadlineId::new(at.entropy, at.now)),
            V::from(deadline.case),
            V::from(deadline.kind.as_str()),
            V::from(deadline.escalation),
            V::from(deadline.due_at),
            V::from("open"),
            V::from(at.now),
        ]
    });
    batch.insert(
        "deadline (id, case_id, kind, escalation_id, due_at, state, set_at)",
        rows.collect(),
        " on conflict (case_id, kind) where state = 'open' do update
            set due_at = excluded.due_at, escalation_id = excluded.escalation_id, set_at = excluded.set_at",
    );
}

fn attachment_row(attachment: &Attachment, at: Stamp<'_>) -> Result<Vec<V>, StoreError> {
    let (kept, sha256, size, reason) = match &attachment.kept {
        Kept::Pending => ("pending", None, None, None),
        Kept::Yes { sha256, size } => ("yes", Some(sha256.as_str()), Some(int(*size)?), None),
        Kept::No { reason } => ("no", None, None, Some(reason.as_str())),
    };
    let source = attachment.source.as_ref().map(json).transpose()?;
    Ok(vec![
        V::from(attachment.id),
        V::from(attachment.case),
        V::from(&attachment.file.id),
        V::from(&attachment.file.name),
        V::from(&attachment.file.media_type),
        V::from(attachment.file.size.map(int).transpose()?),
        V::from(source),
        V::from(kept),
        V::from(sha256),
        V::from(size),
        V::from(reason),
        V::from(at.now),
    ])
}
