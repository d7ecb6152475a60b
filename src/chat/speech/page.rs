//! A page: a person must acknowledge.
//!
//! Invariants: short, safe to forward; says that it came by chat only and what happens without an answer; of a restricted case only the
//! number, status and handling. Neighbours: sent by `delivery` with the highest priority.

use super::labels;
use super::quote::{one_line, quote};
use super::reader::{Reader, code, plain, strong};
use crate::chat::card::{Action, Button, Card, Part, Span, Style, Tone};
use crate::domain::{
    clock::Timestamp, escalation::Escalation, person::Role, policy::Policy, visible::View,
};

/// What a page is made from.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// The policy in force.
    pub policy: &'a Policy,
    /// The case, as whoever is paged may see it on a screen that others may read too: the queue's view.
    pub view: &'a View,
    /// The run that pages.
    pub escalation: &'a Escalation,
    /// The role under which the person is paged.
    pub role: Role,
    /// Try within the step, from 1.
    pub attempt: u32,
    /// Name of the person who escalated, if known.
    pub by: Option<&'a str>,
    /// Until when an acknowledgement is awaited, if known.
    pub due: Option<Timestamp>,
    /// A link to the case card, if the platform can make one.
    pub link: Option<&'a str>,
}

/// The page.
#[must_use]
pub fn page(reader: &Reader, page: &Page<'_>) -> Card {
    let view = page.view;
    let number = view.number.to_string();
    let severity = view
        .severity
        .map(|severity| labels::severity(reader, page.policy, severity));
    let title = view.title.as_deref();
    let mut parts = vec![reader.text(
        "You are paged for {number} ({role}). Please acknowledge, so that everybody knows that you are on it.",
        &[
            ("role", strong(labels::role(page.policy, page.role))),
            ("number", code(&number)),
        ],
    )];
    if page.attempt > 1 {
        parts.push(reader.text(
            "This is page number {n}; the one before was not answered.",
            &[("n", plain(page.attempt.to_string()))],
        ));
    }
    let mut fields = vec![(
        reader.say("Status"),
        vec![plain(labels::status(reader, view.status))],
    )];
    if view.restricted {
        fields.push((
            reader.say("Handling"),
            vec![plain(reader.say("Restricted"))],
        ));
    }
    if let Some(severity) = &severity {
        fields.push((reader.say("Severity"), vec![strong(severity.as_str())]));
    }
    if let Some(by) = page.by.filter(|_| view.names) {
        fields.push((reader.say("Escalated by"), vec![plain(by)]));
    }
    parts.push(Part::Fields { fields });
    if let Some(title) = title {
        parts.push(Part::Quote { text: quote(title) });
    }
    let reason = quote(&page.escalation.reason);
    if view.work && !reason.is_empty() {
        parts.push(reader.text("Why: {reason}", &[("reason", Span::Quoted(reason))]));
    }
    if let Some(due) = page.due {
        parts.push(reader.text(
            "Without your answer by {due} the next page goes out.",
            &[("due", Span::Time(due))],
        ));
    }
    if let Some(url) = page.link {
        let label = reader.say("Open the case");
        let url = url.to_owned();
        parts.push(Part::Text {
            line: vec![Span::Link { url, label }],
        });
    }
    parts.push(Part::Buttons {
        buttons: vec![Button {
            label: reader.say("Acknowledge"),
            action: Action {
                verb: "acknowledge".to_owned(),
                id: page.escalation.id.to_string(),
            },
            style: Style::Primary,
        }],
    });
    let summary = match (&severity, title) {
        (Some(severity), Some(title)) => reader.fill(
            "Page: {number} needs you ({severity}): {title}",
            &[
                ("number", &number),
                ("severity", severity),
                ("title", &one_line(title, 80)),
            ],
        ),
        _ => reader.fill("Page: {number} needs you.", &[("number", &number)]),
    };
    Card {
        title: Some(reader.fill("{number} needs you", &[("number", &number)])),
        parts,
        tone: Tone::Urgent,
        summary,
    }
}
