//! The home of a person: report, whom to call, the own reports, and for whoever owns cases what is due next.
//!
//! Invariants: says only what each [`View`] holds, and of a restricted case no word of what it is about, whoever looks: a home stands open on
//! shared screens, and looking at such a case is recorded when it is asked for; an outsider gets the point of contact without names and
//! numbers; what is left out is counted. Neighbours: [`mod@super::contacts`] names whom to call, [`mod@super::feedback`] has the words of an outcome,
//! [`super::digest()`] says once a day what is due.

use super::contacts::{holders, urgent_items};
use super::feedback;
use super::labels;
use super::quote::one_line;
use super::reader::{Reader, code, plain, strong};
use super::{OnCall, apology::urgent_path};
use crate::chat::card::{Action, Button, Card, Line, Part, Span, Style, Tone};
use crate::chat::traits;
use crate::domain::{
    case::Status, clock::Timestamp, ids::CaseId, owed::Owed, policy::Policy, visible::View,
};

/// Most code points of what was said.
const SAID: usize = 90;

/// The first button.
const REPORT: &str = "Report a security event";

/// What a home is made from.
#[derive(Debug, Clone, Copy)]
pub struct Home<'a> {
    /// The policy in force.
    pub policy: &'a Policy,
    /// When everything was looked up.
    pub as_of: Timestamp,
    /// Of another organisation, or a guest.
    pub outsider: bool,
    /// Who is on call; empty for an outsider.
    pub on_call: &'a [OnCall],
    /// The own reports, newest first.
    pub reports: &'a [OwnReport<'a>],
    /// How many older ones there are.
    pub more_reports: u64,
    /// The open cases that are theirs, most urgent first; absent for whoever does not work on cases.
    pub owned: Option<&'a [OwnCase<'a>]>,
    /// How many more there are.
    pub more_owned: u64,
}

/// A case that the reader reported.
#[derive(Debug, Clone, Copy)]
pub struct OwnReport<'a> {
    /// The case.
    pub case: CaseId,
    /// What of it the reader may see.
    pub view: &'a View,
    /// What the reader said.
    pub said: &'a str,
    /// When.
    pub reported_at: Timestamp,
    /// The reader took it back.
    pub withdrawn: bool,
}

/// A case that the reader owns.
#[derive(Debug, Clone, Copy)]
pub struct OwnCase<'a> {
    /// The case.
    pub case: CaseId,
    /// What of it the reader may see.
    pub view: &'a View,
    /// What is owed first, overdue or not.
    pub due: Option<Owed>,
}

/// The home.
#[must_use]
pub fn home(reader: &Reader, home: &Home<'_>) -> Card {
    let mut parts = vec![
        reader.text(
            "Did you see something odd? Suspicion is enough: report it, and go on with your day.",
            &[],
        ),
        Part::Buttons {
            buttons: vec![button(reader, REPORT, "report", "", Style::Primary)],
        },
    ];
    whom_to_call(reader, home, &mut parts);
    if let Some(owned) = home.owned {
        own_cases(reader, home, owned, &mut parts);
    }
    own_reports(reader, home, &mut parts);
    let again = if traits::of(reader.platform).home_page {
        "As of {time}. It is renewed when you open it again and after what you do here."
    } else {
        "As of {time}. Ask again to see what has changed since."
    };
    parts.push(reader.small(again, &[("time", Span::Time(home.as_of))]));
    Card {
        title: Some(reader.say("Security events")),
        parts,
        tone: Tone::Calm,
        summary: reader
            .say("Report a security event, see whom to call, and follow what you reported."),
    }
}

/// In place of a home that could not be read.
#[must_use]
pub fn no_home(reader: &Reader, policy: &Policy, outsider: bool) -> Card {
    let mut parts = vec![reader.text(
        "Your reports cannot be shown right now. Nothing of them is lost: try again in a minute. To report something meanwhile, write to me directly.",
        &[],
    )];
    urgent_path(reader, policy, outsider, &mut parts);
    Card {
        title: Some(reader.say("Not available right now")),
        parts,
        tone: Tone::Bad,
        summary: reader.say("Your reports cannot be shown right now."),
    }
}

fn whom_to_call(reader: &Reader, home: &Home<'_>, parts: &mut Vec<Part>) {
    let policy = home.policy;
    let heading = |text| Part::Heading {
        text: reader.say(text),
    };
    if home.outsider {
        parts.push(heading("Whom to ask"));
    } else {
        parts.push(heading("On call now"));
        if !home.on_call.is_empty() {
            parts.push(Part::List {
                items: holders(reader, policy, home.on_call),
            });
        }
        if home.on_call.is_empty() || home.on_call.iter().any(|one| one.holder.is_none()) {
            parts.push(reader.text(
                "A role without a person cannot be paged. If it is urgent, call:",
                &[],
            ));
            parts.push(Part::List {
                items: urgent_items(policy),
            });
        }
    }
    parts.push(reader.small(
        "Point of contact: {contact}.",
        &[("contact", plain(policy.contacts.point_of_contact.as_str()))],
    ));
}

fn own_reports(reader: &Reader, home: &Home<'_>, parts: &mut Vec<Part>) {
    parts.push(Part::Heading {
        text: reader.say("My reports"),
    });
    if home.reports.is_empty() {
        parts.push(reader.text(
            "You have not reported anything so far. Press {button}, or write to me directly.",
            &[("button", strong(reader.say(REPORT)))],
        ));
        return;
    }
    for report in home.reports {
        parts.push(report_row(reader, home.policy, report));
    }
    if home.more_reports > 0 {
        let n = plain(home.more_reports.to_string());
        parts.push(reader.small(
            "Older ones that are not shown here: {n}. One of them: {command} and its number.",
            &[("n", n), ("command", code("/secevent status"))],
        ));
    }
}

fn report_row(reader: &Reader, policy: &Policy, report: &OwnReport<'_>) -> Part {
    let view = report.view;
    let said = one_line(report.said, SAID);
    let line = if view.restricted || said.is_empty() {
        vec![code(view.number)]
    } else {
        vec![Span::Quoted(said)]
    };
    let mut about: Line = if view.restricted || line.first() == Some(&code(view.number)) {
        vec![strong(labels::status(reader, view.status))]
    } else {
        vec![
            code(view.number),
            plain(" "),
            strong(labels::status(reader, view.status)),
        ]
    };
    let words = if report.withdrawn {
        reader.say("you withdrew it.")
    } else if let Some(into) = view.merged_into {
        let into = into.to_string();
        reader.fill(
            "merged into {number}, and worked on there.",
            &[("number", &into)],
        )
    } else {
        standing(reader, policy, view)
    };
    about.extend([
        plain(": "),
        plain(words),
        plain(" "),
        plain(reader.say("Reported")),
        plain(" "),
    ]);
    about.extend([Span::Time(report.reported_at), plain(".")]);
    if view.together && view.merged_into.is_none() {
        let together = reader.say("It is worked on together with another report.");
        about.extend([plain(" "), plain(together)]);
    }
    if view.restricted {
        about.extend([plain(" "), plain(reader.say("It is restricted."))]);
    }
    Part::Row {
        line,
        about,
        button: Some(show(reader, report.case)),
    }
}

/// Where a case stands, for whoever reported it: in words, and at the end how it ended.
fn standing(reader: &Reader, policy: &Policy, view: &View) -> String {
    match view.status {
        Status::New => reader.say("it waits for somebody to take it."),
        Status::Triaging => reader.say("somebody is looking into it."),
        Status::Escalated => reader.say("it is being dealt with urgently."),
        Status::Closed => view
            .outcome
            .as_deref()
            .and_then(|id| policy.outcome(id))
            .map_or_else(
                || reader.say("it was dealt with."),
                |outcome| feedback::words(outcome, view.restricted).to_owned(),
            ),
    }
}

fn own_cases(reader: &Reader, home: &Home<'_>, owned: &[OwnCase<'_>], parts: &mut Vec<Part>) {
    parts.push(Part::Heading {
        text: reader.say("Cases I own"),
    });
    if owned.is_empty() {
        parts.push(reader.text(
            "No open case is yours. Those that wait for somebody stand in the queue channel.",
            &[],
        ));
        return;
    }
    for case in owned {
        parts.push(case_row(reader, home.policy, home.as_of, case));
    }
    if home.more_owned > 0 {
        let n = plain(home.more_owned.to_string());
        parts.push(reader.small("Not shown here: {n}. These are due first.", &[("n", n)]));
    }
}

/// A case and what is due first; also in a digest.
pub(super) fn case_row(
    reader: &Reader,
    policy: &Policy,
    as_of: Timestamp,
    case: &OwnCase<'_>,
) -> Part {
    let view = case.view;
    // What it is about is one press away, where looking is recorded.
    let title = view.title.as_deref().filter(|_| !view.restricted);
    let line = match title.map(|title| one_line(title, SAID)) {
        Some(title) if !title.is_empty() => vec![Span::Quoted(title)],
        _ => vec![code(view.number)],
    };
    let mut about = Line::new();
    if title.is_some() {
        about.extend([code(view.number), plain(" ")]);
    }
    about.push(strong(labels::status(reader, view.status)));
    if let Some(severity) = view.severity.filter(|_| !view.restricted) {
        about.extend([
            plain(". "),
            plain(labels::severity(reader, policy, severity)),
        ]);
    }
    if view.restricted {
        about.extend([plain(", "), plain(reader.say("restricted"))]);
    }
    about.push(plain(". "));
    about.extend(due(reader, case.due, as_of));
    Part::Row {
        line,
        about,
        button: Some(show(reader, case.case)),
    }
}

/// What is due next, and whether its time has passed.
fn due(reader: &Reader, due: Option<Owed>, now: Timestamp) -> Line {
    let Some(owed) = due else {
        return vec![plain(reader.say("No deadline is set."))];
    };
    let template = if owed.due_at < now {
        "Overdue since {at}: {what}."
    } else {
        "Due next, by {at}: {what}."
    };
    let what = plain(labels::deadline(reader, owed.kind));
    reader.line(template, &[("at", Span::Time(owed.due_at)), ("what", what)])
}

fn show(reader: &Reader, case: CaseId) -> Button {
    button(reader, "Show", "view", &case.to_string(), Style::Normal)
}

fn button(reader: &Reader, label: &'static str, verb: &str, id: &str, style: Style) -> Button {
    Button {
        label: reader.say(label),
        action: Action {
            verb: verb.to_owned(),
            id: id.to_owned(),
        },
        style,
    }
}
