//! The daily digest: what is overdue, due today and due next on the own cases, and for leads what nobody has taken.
//!
//! Invariants: a case is said as in the home, so of a restricted one nothing but number, status and deadline, whoever reads; what is left
//! out is counted. Neighbours: `domain::digest` gathers it, [`super::home`](super::home()) has the row of a case.

use super::home::{OwnCase, case_row};
use super::reader::{Reader, plain};
use crate::chat::card::{Card, Part, Span, Tone};
use crate::domain::{
    clock::Timestamp,
    digest::{Digest, Part as Cases},
    policy::Policy,
};

/// The digest.
#[must_use]
pub fn digest(reader: &Reader, policy: &Policy, digest: &Digest, as_of: Timestamp) -> Card {
    let mut parts = Vec::new();
    for (heading, cases) in [
        ("Overdue", &digest.overdue),
        ("Due today", &digest.today),
        ("Due next", &digest.later),
        ("Not taken by anybody", &digest.unowned),
    ] {
        section(reader, policy, as_of, heading, cases, &mut parts);
    }
    parts.push(reader.small(
        "As of {time}. This comes once a day, and only if something is due.",
        &[("time", Span::Time(as_of))],
    ));
    let n = |cases: &Cases| cases.total().to_string();
    let own = [
        n(&digest.overdue),
        n(&digest.today),
        n(&digest.later),
        n(&digest.unowned),
    ];
    let [overdue, today, later, unowned] = &own;
    let template = if digest.unowned.total() > 0 {
        "Your day: {overdue} overdue, {today} due today, {later} due later, {unowned} not taken by anybody."
    } else {
        "Your day: {overdue} overdue, {today} due today, {later} due later."
    };
    Card {
        title: Some(reader.say("Your day")),
        parts,
        tone: if digest.overdue.cases.is_empty() {
            Tone::Calm
        } else {
            Tone::Urgent
        },
        summary: reader.fill(
            template,
            &[
                ("overdue", overdue),
                ("today", today),
                ("later", later),
                ("unowned", unowned),
            ],
        ),
    }
}

fn section(
    reader: &Reader,
    policy: &Policy,
    as_of: Timestamp,
    heading: &'static str,
    cases: &Cases,
    parts: &mut Vec<Part>,
) {
    if cases.cases.is_empty() {
        return;
    }
    parts.push(Part::Heading {
        text: reader.say(heading),
    });
    for case in &cases.cases {
        let row = OwnCase {
            case: case.case,
            view: &case.view,
            due: case.due,
        };
        parts.push(case_row(reader, policy, as_of, &row));
    }
    if cases.more > 0 {
        let n = plain(cases.more.to_string());
        parts.push(reader.small("Not shown here: {n}. These are due first.", &[("n", n)]));
    }
}
