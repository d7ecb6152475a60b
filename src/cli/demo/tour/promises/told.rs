//! Promises about what comes in and goes out: stored before answered, answered, nothing lost, nothing twice.
//!
//! Invariants: as `promises`. Neighbours: `promises` asks; `handled` has those about what responders do.

use super::{Evidence, Finding, posts};
use crate::cli::demo::{
    eyes::Place,
    show::name,
    tour::record::{json, number, text},
};
use std::collections::{BTreeMap, BTreeSet};

/// Every number in a text.
fn numbers(text: &str) -> BTreeSet<String> {
    text.match_indices("SE-")
        .filter_map(|(start, _)| text.get(start..start + 12))
        .filter(|found| found.chars().skip(8).all(|c| c.is_ascii_digit()))
        .map(str::to_owned)
        .collect()
}

/// See the promise's name in [`super::judge`].
pub(super) fn committed(on: &Evidence<'_>) -> Finding {
    let mut broken = Vec::new();
    let known: BTreeSet<String> = on.record.rows("cases").iter().map(number).collect();
    let shown: BTreeSet<String> = on
        .sights
        .iter()
        .flat_map(|sight| numbers(&sight.message.shown))
        .collect();
    for number in shown.difference(&known) {
        broken.push(format!("{number} was shown to somebody and does not exist"));
    }
    let reports = on.record.rows("event_report");
    for told in &on.told.reports {
        let stored = reports.iter().any(|row| {
            on.handle(&row["reporter"]) == told.who
                && (text(row, "text") == told.words || json(row, "snapshot")["text"] == told.words)
        });
        if !stored {
            broken.push(format!(
                "what {} reported is not stored word for word: {:?}",
                name(told.who),
                told.words
            ));
        }
    }
    for row in reports {
        let sealed = ["reported", "joined"]
            .iter()
            .flat_map(|kind| on.entries(&row["case_id"], kind))
            .find(|body| body["report"]["id"] == row["id"]);
        let same = sealed.is_some_and(|body| {
            body["report"]["text"] == row["text"]
                && body["report"]["wire_sha256"] == row["wire_sha256"]
                && body["report"]["snapshot"] == json(row, "snapshot")
        });
        if !same {
            broken.push(format!(
                "a report of {} and its sealed entry do not say the same",
                on.case(row)
            ));
        }
    }
    if reports.len() != on.told.reports.len() {
        broken.push(format!(
            "{} reports were made, {} are stored",
            on.told.reports.len(),
            reports.len()
        ));
    }
    let evidence = format!(
        "{} reports stored word for word and equal to their sealed entries; {} case numbers were shown, all exist.",
        reports.len(),
        shown.len()
    );
    (broken, evidence)
}

/// See the promise's name in [`super::judge`].
pub(super) fn receipts(on: &Evidence<'_>) -> Finding {
    let mut broken = Vec::new();
    let mut answered = Vec::new();
    for report in on.record.rows("event_report") {
        let handle = on.handle(&report["reporter"]);
        let case = on.case(report);
        let Some(row) = on.about("receipt", report) else {
            broken.push(format!("no receipt for {} on {case}", name(handle)));
            continue;
        };
        match on.reached(row, handle, &case) {
            Ok(()) => answered.push(format!("{} {case}", name(handle))),
            Err(why) => broken.push(format!("{} on {case}: {why}", name(handle))),
        }
        // What was answered in line names the same case.
        let in_line = on.sights.iter().any(|sight| {
            sight.place == Place::Alone
                && sight.who.iter().any(|who| who == handle)
                && sight.message.shown.contains(&case)
        });
        if text(report, "door") != "reaction" && !in_line {
            broken.push(format!(
                "{} was not answered in line with {case}",
                name(handle)
            ));
        }
    }
    if answered.is_empty() {
        broken.push("nobody got a receipt".to_owned());
    }
    (
        broken,
        format!("Delivered and seen: {}.", answered.join(", ")),
    )
}

/// See the promise's name in [`super::judge`].
pub(super) fn nothing_lost(on: &Evidence<'_>) -> Finding {
    let mut broken = Vec::new();
    let rows = on.record.rows("outbox");
    for row in rows {
        if ["ready", "leased", "sending", "dead"].contains(&text(row, "state").as_str()) {
            broken.push(format!(
                "{} is still {} ({})",
                text(row, "dedupe"),
                text(row, "state"),
                row["last_error"].as_str().unwrap_or("no error")
            ));
        }
    }
    for attempt in on.record.rows("attempt") {
        if on
            .record
            .find("outbox", "id", &attempt["outbox_id"])
            .is_none()
        {
            broken.push("an attempt is on record whose row of the outbox is gone".to_owned());
            break;
        }
    }
    for case in on.record.rows("cases") {
        let carded = on
            .outbox("case_card")
            .any(|row| row["case_id"] == case["id"]);
        if !carded {
            broken.push(format!("{} has no card in the outbox", number(case)));
        }
        for paged in on.entries(&case["id"], "paged") {
            if on.record.find("outbox", "id", &paged["page"]).is_none() {
                broken.push(format!("a page of {} is not in the outbox", number(case)));
            }
        }
        for told in on.entries(&case["id"], "feedback_planned") {
            let there = on
                .outbox("feedback")
                .any(|row| json(row, "refs")["report"] == told["report"]);
            if told["not_told_because"].is_null() && !there {
                broken.push(format!(
                    "an answer of {} is not in the outbox",
                    number(case)
                ));
            }
        }
        let shows_end = on.sights.iter().rev().find(|sight| {
            matches!(sight.place, Place::Channel(_))
                && sight.message.shown.contains(&format!("{}: ", number(case)))
        });
        let shown = shows_end.map_or("", |sight| sight.message.shown.as_str());
        if case["status"] == "closed" && !shown.contains("Closed") {
            broken.push(format!(
                "{} is closed, and its card does not say so",
                number(case)
            ));
        }
    }
    for alarm in on.record.rows("alarm") {
        if alarm["cleared_at"].is_null() {
            broken.push(format!("an alarm is open: {}", text(alarm, "text")));
        }
    }
    let count = |state: &str| rows.iter().filter(|row| row["state"] == state).count();
    let open = on
        .record
        .rows("alarm")
        .iter()
        .filter(|alarm| alarm["cleared_at"].is_null())
        .count();
    let (done, cancelled) = (count("done"), count("cancelled"));
    let evidence = format!(
        "{} rows in the outbox: {done} told, {cancelled} called off, {} waiting or given up; {open} alarms open.",
        rows.len(),
        rows.len() - done - cancelled
    );
    (broken, evidence)
}

/// See the promise's name in [`super::judge`].
pub(super) fn nothing_twice(on: &Evidence<'_>) -> Finding {
    let mut broken = Vec::new();
    let mut posts = Vec::new();
    for (host, ledger) in on.ledgers {
        let found = posts::of_bot(*host, ledger);
        if found.is_empty() {
            broken.push(format!("the bot posted nothing on {}", host.name()));
        }
        posts.extend(found);
    }
    let rows = on.record.rows("outbox").iter();
    let causes: BTreeSet<(String, String)> = rows
        .map(|row| (text(row, "message_channel"), text(row, "message_id")))
        .collect();
    let mut keys: BTreeMap<&str, usize> = BTreeMap::new();
    for post in &posts {
        let words = &post.words;
        if !causes.contains(&post.at) {
            broken.push(format!(
                "a message that no row of the outbox knows: {words:?}"
            ));
        }
        if post.key.is_empty() {
            broken.push(format!("a message that names no cause: {words:?}"));
        }
        *keys.entry(&post.key).or_default() += 1;
    }
    for post in &posts {
        if let Some(count) = keys.remove(post.key.as_str()).filter(|count| *count > 1) {
            broken.push(format!("sent {count} times: {:?}", post.words));
        }
    }
    let evidence = format!(
        "{} took {} messages of the bot; each is the one message of one row of the outbox, and no two have one cause.",
        if on.ledgers.len() > 1 {
            "The platforms"
        } else {
            "The workspace"
        },
        posts.len()
    );
    (broken, evidence)
}
