//! Promises about what responders do and who sees it: pages, timeline, closing, confidential words.
//!
//! Invariants: as `promises`. Neighbours: `promises` asks; `told` has those about what comes in and goes out.

use super::{Evidence, Finding};
use crate::cli::demo::{
    eyes::Place,
    show::name,
    tour::{
        chain::chains,
        record::{json, number, text},
        story,
    },
};
use chrono::DateTime;
use serde_json::Value;
use std::collections::BTreeSet;

/// See the promise's name in [`super::judge`].
pub(super) fn pages(on: &Evidence<'_>) -> Finding {
    let mut broken = Vec::new();
    let mut facts = Vec::new();
    for run in on.record.rows("escalation") {
        let case = on.case(run);
        let mut rows: Vec<&Value> = on
            .outbox("page")
            .filter(|row| row["escalation_id"] == run["id"])
            .collect();
        let place = |row: &Value| {
            let refs = json(row, "refs");
            (refs["step"].as_u64(), refs["attempt"].as_u64())
        };
        rows.sort_by_key(|row| place(row));
        let paged: Vec<String> = rows
            .iter()
            .map(|row| on.record.name(&row["person_id"]))
            .collect();
        if paged != ["Pia Park", "Pia Park", "Ben Bauer"] {
            broken.push(format!(
                "{case} should page Pia, Pia again, then Ben; it paged {paged:?}"
            ));
        }
        for row in &rows {
            let handle = on.handle(&row["person_id"]);
            if let Err(why) = on.reached(row, handle, &case) {
                broken.push(format!("a page for {}: {why}", name(handle)));
            }
        }
        let unanswered = on.entries(&run["case_id"], "unanswered").len();
        if unanswered != 2 {
            broken.push(format!(
                "{unanswered} pages are on record as unanswered, not 2"
            ));
        }
        if run["state"] != "acknowledged" {
            broken.push(format!(
                "the escalation of {case} ended as {}",
                text(run, "state")
            ));
        } else if on.record.name(&run["ended_by"]) != "Ben Bauer" {
            broken.push("somebody else than Ben acknowledged".to_owned());
        }
        let at = |micros: &Value| {
            micros
                .as_i64()
                .and_then(DateTime::from_timestamp_micros)
                .map_or_else(String::new, |at| at.format("%H:%M").to_string())
        };
        let mut story: Vec<String> = rows
            .iter()
            .zip(&paged)
            .map(|(row, name)| format!("{} {name}", at(&row["created_at"])))
            .collect();
        story.push(format!(
            "{} {} by {}",
            at(&run["ended_at"]),
            text(run, "state"),
            on.record.name(&run["ended_by"])
        ));
        facts.push(format!("{case}: {}.", story.join(", ")));
    }
    if facts.is_empty() {
        broken.push("nobody was paged".to_owned());
    }
    (broken, facts.join(" "))
}

/// See the promise's name in [`super::judge`].
pub(super) fn timeline(on: &Evidence<'_>) -> Finding {
    let broken = chains(on.record);
    let heads = on.record.rows("timeline_head");
    let evidence = format!(
        "{} entries in {} chains numbered without a gap; every hash was computed anew from the columns, every payload from its text.",
        on.record.rows("timeline").len(),
        heads.len()
    );
    (broken, evidence)
}

/// See the promise's name in [`super::judge`].
pub(super) fn closed(on: &Evidence<'_>) -> Finding {
    let mut broken = Vec::new();
    let mut answered = Vec::new();
    for case in on.record.rows("cases") {
        if case["status"] != "closed" {
            continue;
        }
        let number = number(case);
        if case["assessment"] == "undecided"
            || on
                .record
                .find("assessment", "case_id", &case["id"])
                .is_none()
        {
            broken.push(format!("{number} is closed without an assessment"));
        }
        if text(case, "outcome").is_empty() || case["owner_person"].is_null() {
            broken.push(format!("{number} is closed without an outcome or an owner"));
        }
        for report in on.record.rows("event_report") {
            if report["case_id"] != case["id"] {
                continue;
            }
            let handle = on.handle(&report["reporter"]);
            let words = format!("Outcome of {number}");
            let reached = on
                .about("feedback", report)
                .ok_or_else(|| "no answer in the outbox".to_owned())
                .and_then(|row| on.reached(row, handle, &words));
            match reached {
                Ok(()) => answered.push(format!("{} ({number})", name(handle))),
                Err(why) => broken.push(format!("{} on {number}: {why}", name(handle))),
            }
        }
    }
    if answered.len() < 3 && broken.is_empty() {
        broken.push("fewer than three reporters heard an outcome".to_owned());
    }
    (
        broken,
        format!(
            "Assessed, with outcome and owner; the outcome was read by {}.",
            answered.join(", ")
        ),
    )
}

/// See the promise's name in [`super::judge`].
pub(super) fn right_people(on: &Evidence<'_>) -> Finding {
    let mut broken = Vec::new();
    let mut looked = BTreeSet::new();
    let mut kept = 0;
    for sight in on.sights {
        for who in &sight.who {
            looked.insert(who.as_str());
            for secret in &on.told.secrets {
                let all = [&sight.message.shown, &sight.message.text];
                let shows = all.iter().any(|text| text.contains(&secret.words));
                if shows && secret.may.contains(&who.as_str()) {
                    kept += 1;
                } else if shows {
                    broken.push(format!("{} could read {:?}", name(who), secret.words));
                }
            }
        }
    }
    let restricted = on
        .record
        .rows("cases")
        .iter()
        .find(|case| !case["restricted_reason"].is_null());
    match restricted {
        None => broken.push("no case is restricted, so nothing was tried".to_owned()),
        Some(case) => {
            let seen = on.sights.iter().any(|sight| {
                matches!(sight.place, Place::Channel(_))
                    && sight.message.shown.contains(&number(case))
            });
            if !seen {
                broken.push(format!(
                    "{} does not even show its number in the queue",
                    number(case)
                ));
            }
        }
    }
    let reporters = looked.iter().filter(|who| story::is_reporter(who)).count();
    let evidence = format!(
        "{} messages on the screens of {} people ({reporters} reporters) were searched for {} confidential sentences; they stood {kept} times before those who may read them, and nowhere else.",
        on.sights.len(),
        looked.len(),
        on.told.secrets.len()
    );
    (broken, evidence)
}
