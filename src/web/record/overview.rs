//! The first page of the record: what is due, the cases, what could not be sent, and what the program noticed about itself.
//!
//! Invariants: a case shows what `visible` allows; figures are counted when the page is made. Neighbours: `case` is where its links lead.

use super::{
    Made, Reading,
    look::{self, Names},
};
use crate::{
    domain::{
        case::{Case, Status},
        clock::Timestamp,
        ids::CaseId,
    },
    store::{Alarm, OpenDeadline, OutboxCount, OutboxState},
    web::html::Html,
};
use std::collections::BTreeMap;

/// Most cases on the page.
const CASES: u32 = 50;
/// Most deadlines and alarms on the page.
const SOME: u32 = 12;

/// Makes the page.
pub async fn page(reading: &Reading) -> Made {
    let store = &reading.store;
    let (cases, names) = (store.cases(None, CASES).await?, Names::read(reading).await?);
    let due = store.next_deadlines(SOME).await?;
    let alarms = store.alarms(SOME).await?;
    let outbox = store.outbox_counts().await?;
    let mut numbers: BTreeMap<CaseId, String> = BTreeMap::new();
    for case in &cases {
        numbers.insert(case.id, case.number.to_string());
    }
    let mut html = Html::default();
    html.raw("<header class=\"top\"><h1>The record</h1><p>as stored, read-only</p></header>");
    if !due.is_empty() {
        deadlines(&mut html, reading, &due, &numbers);
    }
    list(&mut html, reading, &cases, &names);
    figures(&mut html, &outbox);
    alarm_rows(&mut html, &alarms);
    html.raw("<p class=\"foot\"><a href=\"verified\">Recompute every hash</a></p>");
    Ok(html)
}

fn list(html: &mut Html, reading: &Reading, cases: &[Case], names: &Names) {
    html.raw("<section><h2>Cases</h2>");
    if cases.is_empty() {
        html.raw("<p class=\"empty\">No case yet. The first report makes one, in one transaction with its receipt, its deadlines and the first entries of its timeline.</p></section>");
        return;
    }
    html.raw("<ul class=\"cases\">");
    for case in cases {
        let view = look::view(reading, case);
        html.raw("<li><a class=\"case\" href=\"case/")
            .text(view.number)
            .raw("\"><span class=\"number\">")
            .text(view.number)
            .raw("</span>");
        status(html, view.status);
        html.raw("<span class=\"severity\">")
            .text(look::severity(view.severity))
            .raw("</span><span class=\"owner\">")
            .text(names.owner(view.owner.as_ref()))
            .raw("</span><span class=\"title\">")
            .text(view.title.as_deref().unwrap_or("restricted"));
        if let Some(into) = view.merged_into {
            html.raw(" <small>merged into ").text(into).raw("</small>");
        }
        html.raw("</span></a></li>");
    }
    html.raw("</ul></section>");
}

/// Where a case stands, as a sign.
pub fn status(html: &mut Html, status: Status) {
    let tone = match status {
        Status::New => "calm",
        Status::Triaging => "busy",
        Status::Escalated => "hot",
        Status::Closed => "good",
    };
    html.sign(tone, status);
}

/// What is due, each with its countdown.
pub fn deadlines(
    html: &mut Html,
    reading: &Reading,
    due: &[OpenDeadline],
    numbers: &BTreeMap<CaseId, String>,
) {
    html.raw("<section><h2>Due</h2><ul class=\"due\">");
    for one in due {
        let is_late = one.deadline.due_at <= reading.clock.now();
        html.raw(if is_late {
            "<li class=\"late\">"
        } else {
            "<li>"
        })
        .raw("<span class=\"count\" data-due=\"")
        .text(one.deadline.due_at.timestamp_millis())
        .raw("\">")
        .text(left(one.deadline.due_at - reading.clock.now()))
        .raw("</span><span class=\"what\">")
        .text(what(one))
        .raw("</span>");
        if let Some(number) = numbers.get(&one.deadline.case) {
            html.raw("<a href=\"case/")
                .text(number)
                .raw("\">")
                .text(number)
                .raw("</a>");
        }
        html.time(one.deadline.due_at).raw("</li>");
    }
    html.raw("</ul></section>");
}

fn what(one: &OpenDeadline) -> &'static str {
    use crate::domain::deadline::DeadlineKind as Kind;
    match one.deadline.kind {
        Kind::Take => "somebody takes it",
        Kind::Triage => "it is triaged",
        Kind::Acknowledge => "the page is acknowledged",
        Kind::Resolve => "it is resolved",
        Kind::RestrictionReview => "its restriction is reviewed",
        Kind::Feedback => "reporters hear the outcome",
    }
}

/// What is left of a time, as a clock shows it.
fn left(time: chrono::TimeDelta) -> String {
    let late = time < chrono::TimeDelta::zero();
    let seconds = time.num_seconds().abs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let sign = if late { "-" } else { "" };
    if hours > 0 {
        format!("{sign}{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{sign}{minutes}:{seconds:02}")
    }
}

fn figures(html: &mut Html, outbox: &[OutboxCount]) {
    let sum = |states: &[OutboxState]| -> u64 {
        outbox
            .iter()
            .filter(|one| states.contains(&one.state))
            .map(|one| one.n)
            .sum()
    };
    let waiting = sum(&[
        OutboxState::Ready,
        OutboxState::Leased,
        OutboxState::Sending,
    ]);
    html.raw("<section><h2>Outbox</h2><dl class=\"figures\">");
    for (label, n, tone) in [
        ("waiting", waiting, if waiting > 0 { "some" } else { "" }),
        ("sent", sum(&[OutboxState::Done]), ""),
        ("given up", sum(&[OutboxState::Dead]), "bad"),
        ("no longer needed", sum(&[OutboxState::Cancelled]), ""),
    ] {
        html.raw(if tone == "bad" && n > 0 {
            "<div class=\"bad\">"
        } else if tone == "some" {
            "<div class=\"some\">"
        } else {
            "<div>"
        })
        .raw("<dd>")
        .text(n)
        .raw("</dd><dt>")
        .raw(label)
        .raw("</dt></div>");
    }
    html.raw("</dl></section>");
}

fn alarm_rows(html: &mut Html, alarms: &[(Alarm, Option<Timestamp>)]) {
    html.raw("<section><h2>Alarms</h2>");
    if alarms.is_empty() {
        html.raw("<p class=\"empty\">None. A dead socket, an outbox that does not drain or a page that reaches nobody would be a row here.</p></section>");
        return;
    }
    html.raw("<ul class=\"alarms\">");
    for (alarm, cleared_at) in alarms {
        html.raw("<li>");
        match cleared_at {
            None => html.sign("hot", "open"),
            Some(_) => html.sign("good", "cleared"),
        };
        html.raw("<b>")
            .text(alarm.kind.as_str().replace('_', " "))
            .raw("</b> <span class=\"quiet\">")
            .text(&alarm.subject)
            .raw(" · seen ")
            .text(alarm.count)
            .raw(if alarm.count == 1 {
                " time, "
            } else {
                " times, "
            })
            .raw("first ")
            .time(alarm.first_seen)
            .raw("</span><p>")
            .text(&alarm.text)
            .raw("</p></li>");
    }
    html.raw("</ul></section>");
}

/// Recomputes every hash and says what came of it.
pub async fn verified(reading: &Reading) -> Made {
    let found = reading.store.verify_all_chains().await?;
    let mut html = Html::default();
    html.raw("<nav class=\"back\"><a href=\"cases\">← All cases</a></nav><header class=\"top\"><h1>Every hash, recomputed</h1></header>");
    if found.faults.is_empty() {
        html.raw("<p class=\"verdict good\">");
        html.text(found.entries)
            .raw(" entries in ")
            .text(found.streams)
            .raw(" chains: each hash follows from its entry and from the hash before, no entry is missing, every chain ends where its head says.</p>");
    } else {
        html.raw("<p class=\"verdict bad\">What is stored is not what was recorded:</p><ul>");
        for fault in &found.faults {
            html.raw("<li>")
                .text(&fault.stream)
                .raw(" ")
                .text(
                    fault
                        .seq
                        .map_or_else(String::new, |seq| format!("entry {seq}")),
                )
                .raw(": ")
                .text(&fault.what)
                .raw("</li>");
        }
        html.raw("</ul>");
    }
    html.raw("<p class=\"quiet\">Until signed checkpoints leave the house, whoever owns the database could recompute a whole chain; an edit, a gap, a reordering or a cut end is found.</p>");
    Ok(html)
}
