//! What only two platforms over one record promise.
//!
//! Invariants: as `promises`; where something happened is read from the origin that is sealed with its entry, where something was told from the
//! row of the outbox. Neighbours: `promises` asks; `story/crossing` plays it.

use super::{Evidence, Finding};
use crate::cli::demo::{
    eyes::Place,
    show::name,
    stands::Wanted,
    tour::record::{json, number, text},
};
use serde_json::Value;
use std::collections::BTreeSet;

/// See the promise's name in [`super::judge`].
pub(super) fn one_record(on: &Evidence<'_>) -> Finding {
    let mut broken = Vec::new();
    let mut crossed = Vec::new();
    for case in on.record.rows("cases") {
        let number = number(case);
        let reported = on.platforms(&case["id"], |kind| kind == "reported");
        let worked = on.platforms(&case["id"], is_work);
        let Some(home) = reported.first() else {
            broken.push(format!("nobody knows where {number} was reported"));
            continue;
        };
        let told = |kind: &str| {
            let rows = on.outbox(kind).filter(|row| row["case_id"] == case["id"]);
            rows.map(|row| text(row, "message_platform"))
                .collect::<BTreeSet<_>>()
        };
        if told("case_card").iter().any(|platform| platform != home) {
            broken.push(format!(
                "the card of {number} is not on {}, where it was reported",
                called(home)
            ));
        }
        let elsewhere: Vec<&String> = worked.iter().filter(|one| *one != home).collect();
        if case["status"] == "closed"
            && let Some(elsewhere) = elsewhere.first()
        {
            crossed.push(format!(
                "{number} was reported on {}, worked on from {}",
                called(home),
                called(elsewhere)
            ));
        }
        for report in on.record.rows("event_report") {
            if report["case_id"] == case["id"] {
                broken.extend(answered_elsewhere(on, report, &number));
            }
        }
    }
    if crossed.is_empty() {
        broken.push("no case was reported on one platform and worked on from the other".to_owned());
    }
    let linked = linked(on, &mut broken);
    let evidence = format!(
        "{}; each card stands where its case was reported, each receipt and outcome came to the account that reported. {linked}",
        crossed.join(", ")
    );
    (broken, evidence)
}

/// What people call a platform of the record.
fn called(word: &str) -> &str {
    let host = Wanted::All.hosts().iter().find(|host| host.word() == word);
    host.map_or("no platform", |host| host.name())
}

/// Entries by which a responder brings a case on.
fn is_work(kind: &str) -> bool {
    ["triaged", "assessed", "escalated", "closed"].contains(&kind)
}

/// What came of a report and went elsewhere than where it was made.
fn answered_elsewhere(on: &Evidence<'_>, report: &Value, number: &str) -> Vec<String> {
    let from = on.platform_of(report).unwrap_or_default();
    let rows = ["receipt", "feedback"].map(|kind| on.about(kind, report));
    let wrong = rows
        .into_iter()
        .flatten()
        .filter(|row| text(row, "message_platform") != from);
    wrong
        .map(|row| {
            let who = name(on.handle(&report["reporter"]));
            format!(
                "{who} reported {number} on {} and was answered on {}",
                called(&from),
                called(&text(row, "message_platform"))
            )
        })
        .collect()
}

/// Who linked two accounts, and reads with the one what was reported with the other.
fn linked(on: &Evidence<'_>, broken: &mut Vec<String>) -> String {
    let links = on.record.rows("person_link");
    if links.len() != 1 {
        broken.push(format!("{} people are linked, not one", links.len()));
    }
    let Some(person) = links.first().map(|row| &row["person_id"]) else {
        return String::new();
    };
    let handle = on.handle(person);
    let accounts = on.record.rows("identity").iter();
    let accounts = accounts.filter(|row| row["person_id"] == *person);
    let platforms: BTreeSet<String> = accounts.map(|row| text(row, "platform")).collect();
    if platforms.len() != on.ledgers.len() {
        broken.push(format!(
            "the accounts of {} are not one person",
            name(handle)
        ));
    }
    let reports = on.record.rows("event_report").iter();
    let reported = reports.filter(|row| on.handle(&row["reporter"]) == handle);
    let mut read = 0;
    for report in reported {
        let (case, from) = (on.case(report), on.platform_of(report).unwrap_or_default());
        read += on
            .sights
            .iter()
            .filter(|sight| {
                sight.place == Place::Alone
                    && sight.host.word() != from
                    && sight.who.iter().any(|who| who == handle)
                    && sight.message.shown.contains(&case)
            })
            .count();
    }
    if read == 0 {
        broken.push(format!(
            "{} did not read with one account what the other reported",
            name(handle)
        ));
    }
    format!(
        "{} confirmed that both accounts are one person, and reads with one what was reported with the other.",
        name(handle)
    )
}

impl Evidence<'_> {
    /// The platforms from which entries of these kinds of a case came, in order, each once.
    fn platforms(&self, case: &Value, wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let stream = format!("case:{}", case.as_str().unwrap_or_default());
        let entries = self.record.rows("timeline").iter();
        let mut found: Vec<String> = entries
            .filter(|row| row["stream"] == stream.as_str() && wanted(&text(row, "kind")))
            .map(|row| text(&json(row, "origin"), "platform"))
            .collect();
        found.dedup();
        found
    }

    /// The platform on which a report was made.
    fn platform_of(&self, report: &Value) -> Option<String> {
        let payloads = self.record.rows("timeline_payload").iter();
        let sealed = payloads
            .filter(|row| json(row, "json")["report"]["id"] == report["id"])
            .collect::<Vec<_>>();
        let entries = self.record.rows("timeline").iter();
        let mut entries = entries.filter(|row| {
            ["reported", "joined"].contains(&text(row, "kind").as_str())
                && sealed
                    .iter()
                    .any(|one| one["stream"] == row["stream"] && one["seq"] == row["seq"])
        });
        entries
            .next()
            .map(|row| text(&json(row, "origin"), "platform"))
    }
}
