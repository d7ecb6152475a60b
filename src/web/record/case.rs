//! One case as stored: its facts, what is due, its timeline with the hashes, its outbox with every attempt.
//!
//! Invariants: nothing of a case is shown that `visible` does not allow; a row about a message of the chat names it, so that whoever frames
//! the page can show that message, and find the row from it. Neighbours: `overview` links here, `words` says what an entry says.

use super::{
    Made, Missing, Reading,
    look::{self, Names, reference},
    overview::{deadlines, status},
    words,
};
use crate::{
    domain::{
        case::Case,
        event_report::MessageRef,
        ids::CaseNumber,
        notification::{NotificationKind, Recipient},
        timeline::Stream,
        visible::{Audience, View},
    },
    store::{Attempt, Entry, OutboxFilter, OutboxRow, OutboxState},
    web::html::Html,
};
use std::collections::BTreeMap;

/// Most entries on the page.
const ENTRIES: u32 = 400;
/// Most rows of the outbox on the page.
const ROWS: u32 = 60;

/// Makes the page.
pub async fn page(reading: &Reading, number: CaseNumber) -> Made {
    let store = &reading.store;
    let case = store.case_by_number(number).await?;
    let case = case.ok_or(Missing::NotFound)?;
    let view = look::view(reading, &case);
    let names = Names::read(reading).await?;
    let mut html = Html::default();
    html.raw("<nav class=\"back\"><a href=\"../cases\">← All cases</a></nav>");
    let merged = store.merged_into(case.id).await?;
    let view = view.among(None, &merged, &Audience::Queue);
    facts(&mut html, &case, &view, &names);
    if !view.work {
        return Ok(html);
    }
    let due = store.open_deadlines(case.id).await?;
    if !due.is_empty() {
        deadlines(&mut html, reading, &due, &BTreeMap::new());
    }
    let entries = store.timeline(Stream::Case(case.id), 1, ENTRIES).await?;
    timeline(&mut html, &entries, &names);
    let filter = OutboxFilter {
        case: Some(case.id),
        limit: ROWS,
        ..OutboxFilter::default()
    };
    let mut rows = Vec::new();
    for row in store.outbox(&filter).await? {
        let attempts = store.attempts(row.notification.id).await?;
        rows.push((row, attempts));
    }
    outbox(&mut html, &rows, &names);
    Ok(html)
}

fn facts(html: &mut Html, case: &Case, view: &View, names: &Names) {
    html.raw("<header class=\"top case-top\"><h1>")
        .text(view.number)
        .raw("</h1>");
    status(html, view.status);
    if view.restricted {
        html.sign("hot", "restricted");
    }
    html.raw("<p class=\"title\">")
        .text(
            view.title
                .as_deref()
                .unwrap_or("Restricted: only its number and status may be shown here."),
        )
        .raw("</p></header><dl class=\"facts\">");
    let mut fact = |label: &'static str, value: &str| {
        html.raw("<div><dt>")
            .raw(label)
            .raw("</dt><dd>")
            .text(value)
            .raw("</dd></div>");
    };
    fact("severity", &look::severity(view.severity));
    fact("owner", names.owner(view.owner.as_ref()));
    if let Some(assessment) = view.assessment {
        fact("assessment", assessment.as_str());
    }
    if let Some(category) = &view.category {
        fact("category", category);
    }
    if let Some(tlp) = view.tlp {
        fact("handling", tlp.as_str());
    }
    if let Some(closure) = &view.closure {
        fact("outcome", &closure.outcome);
    }
    if view.work {
        fact("version", &case.version.to_string());
    }
    html.raw("</dl>");
    if let Some(into) = view.merged_into {
        html.raw("<p class=\"merged\">merged into ");
        other_case(html, into);
        html.raw("; it is worked on there</p>");
    }
    if !view.merged.is_empty() {
        html.raw("<p class=\"merged\">merged in: ");
        for (place, (number, _)) in view.merged.iter().enumerate() {
            html.raw(if place == 0 { "" } else { ", " });
            other_case(html, *number);
        }
        html.raw("</p>");
    }
}

fn other_case(html: &mut Html, number: CaseNumber) {
    html.raw("<a href=\"")
        .text(number)
        .raw("\">")
        .text(number)
        .raw("</a>");
}

fn row_start(html: &mut Html, message: Option<&MessageRef>) {
    match message {
        Some(message) => html
            .raw("<li class=\"row linked\" data-ref=\"")
            .text(reference(message))
            .raw("\">"),
        None => html.raw("<li class=\"row\">"),
    };
}

fn show_link(html: &mut Html, message: Option<&MessageRef>) {
    if let Some(message) = message {
        html.raw(" <button type=\"button\" class=\"show\" data-show=\"")
            .text(reference(message))
            .raw("\" title=\"Show its message\">message</button>");
    }
}

fn timeline(html: &mut Html, entries: &[Entry], names: &Names) {
    html.raw("<section><h2>Timeline <small>append-only; each hash covers the entry and the hash before it</small></h2><ol class=\"timeline\">");
    for entry in entries {
        let message = entry.body.as_ref().and_then(words::message);
        row_start(html, message);
        html.raw("<span class=\"seq\">")
            .text(entry.seq)
            .raw("</span><div class=\"said\"><p><b>")
            .text(names.who(entry.actor))
            .raw("</b> ")
            .text(words::said(entry.body.as_ref(), names))
            .raw("</p><p class=\"quiet\">")
            .time(entry.recorded_at)
            .raw(" · ")
            .text(words::door(&entry.origin))
            .raw(" · <code title=\"")
            .text(&entry.hash)
            .raw("\">")
            .text(words::short(&entry.hash))
            .raw("</code>");
        show_link(html, message);
        html.raw("</p></div></li>");
    }
    html.raw("</ol></section>");
}

fn outbox(html: &mut Html, rows: &[(OutboxRow, Vec<Attempt>)], names: &Names) {
    html.raw("<section><h2>Outbox <small>what must be told, and every attempt</small></h2><ol class=\"outbox\">");
    for (row, attempts) in rows {
        let message = row.message.as_ref();
        row_start(html, message);
        html.raw("<div class=\"said\"><p>");
        state(html, row.state);
        html.raw("<b>")
            .raw(kind(row.notification.kind))
            .raw("</b> ")
            .text(to(&row.notification.to, names));
        if let Some(topic) = row.notification.refs.topic {
            html.raw(" <span class=\"quiet\">")
                .text(topic.as_str().replace('_', " "))
                .raw("</span>");
        }
        if let Some(message) = message {
            html.raw(" <span class=\"quiet\">on ")
                .raw(message.platform.name())
                .raw("</span>");
        }
        show_link(html, message);
        html.raw("</p>");
        if row.state == OutboxState::Ready {
            html.raw("<p class=\"quiet\">due from ")
                .time(row.run_at)
                .raw(" on, as soon as its lane is free");
            if let Some(error) = &row.last_error {
                html.raw(" · last try: ").text(error);
            }
            html.raw("</p>");
        }
        for one in attempts {
            attempt(html, one);
        }
        html.raw("</div></li>");
    }
    html.raw("</ol></section>");
}

fn attempt(html: &mut Html, one: &Attempt) {
    let tone = match one.outcome.as_str() {
        "delivered" => "good",
        "temporary" | "rate_limited" | "unknown" => "busy",
        "permanent" => "hot",
        _ => "calm",
    };
    html.raw("<p class=\"attempt quiet\">attempt ")
        .text(one.epoch)
        .raw(" · ");
    html.sign(tone, one.outcome.replace('_', " "));
    html.time(one.finished_at);
    if let Some(reason) = &one.reason {
        html.raw(" · ").text(reason);
    }
    if let Some(hash) = &one.content_sha256 {
        html.raw(" · sent <code title=\"")
            .text(hash)
            .raw("\">")
            .text(words::short(hash))
            .raw("</code>");
    }
    html.raw("</p>");
}

fn state(html: &mut Html, state: OutboxState) {
    let (tone, word) = match state {
        OutboxState::Ready => ("busy", "waiting"),
        OutboxState::Leased | OutboxState::Sending => ("busy", "sending"),
        OutboxState::Done => ("good", "sent"),
        OutboxState::Dead => ("hot", "given up"),
        OutboxState::Cancelled => ("calm", "not needed"),
    };
    html.sign(tone, word);
}

const fn kind(kind: NotificationKind) -> &'static str {
    match kind {
        NotificationKind::Page => "page",
        NotificationKind::Receipt => "receipt",
        NotificationKind::Feedback => "outcome",
        NotificationKind::CaseCard => "case card",
        NotificationKind::ThreadNote => "note in the thread",
        NotificationKind::QueueNotice => "notice in the queue",
        NotificationKind::DirectNotice => "notice",
    }
}

fn to(recipient: &Recipient, names: &Names) -> String {
    match recipient {
        Recipient::Person { person, .. } => format!("to {}", names.of(*person)),
        Recipient::Queue => "in the queue channel".to_owned(),
        Recipient::CaseThread => "in the case's thread".to_owned(),
    }
}
