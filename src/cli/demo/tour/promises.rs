//! The promises of the product, held against what the tour saw.
//!
//! Invariants: only three witnesses are heard: what people saw on their screens, the ledgers of the platforms, and the rows of the record;
//! no code of the product takes part, hashes are recomputed here. A promise without evidence counts as broken. Neighbours: `story` made
//! the evidence, `chain` recomputes, `record` reads.

mod crossing;
mod handled;
mod posts;
mod told;

use super::{
    Told,
    record::{Record, json, number, text},
};
use crate::cli::demo::{
    eyes::{Place, Sight},
    show::name,
    stage::CAST,
    stands::Host,
};
use crate::emulator::discord;
use serde_json::Value;

/// Delivery states that say that somebody has it.
const TOLD: [&str; 4] = ["accepted", "delivered", "read", "acknowledged"];

/// The witnesses.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'e> {
    /// The rows.
    pub record: &'e Record,
    /// What each platform accepted and delivered.
    pub ledgers: &'e [(Host, Vec<Value>)],
    /// What everybody saw.
    pub sights: &'e [Sight],
    /// What the story meant to say.
    pub told: &'e Told,
}

/// The judgement on one promise.
#[derive(Debug)]
pub struct Verdict {
    /// The promise.
    pub promise: &'static str,
    /// What speaks against it; held if empty.
    pub broken: Vec<String>,
    /// What was looked at.
    pub evidence: String,
}

type Finding = (Vec<String>, String);

/// Judges every promise that the story shows.
pub fn judge(evidence: &Evidence<'_>) -> Vec<Verdict> {
    type Judge = fn(&Evidence<'_>) -> Finding;
    let judges: [(&'static str, Judge); 8] = [
        (
            "Committed before acknowledged: what anybody was told is on record",
            told::committed,
        ),
        (
            "Every report is answered with a receipt that names its case",
            told::receipts,
        ),
        (
            "Nothing lost: whatever had to be told stands in the outbox and was told",
            told::nothing_lost,
        ),
        ("Nothing sent twice for one cause", told::nothing_twice),
        ("Every page ends in a fact", handled::pages),
        (
            "The timeline is append-only and tamper-evident",
            handled::timeline,
        ),
        (
            "No close without an assessment, an outcome and an answer to each reporter",
            handled::closed,
        ),
        (
            "Only the right people see a restricted case and the responders' notes",
            handled::right_people,
        ),
    ];
    let both: (&'static str, Judge) = (
        "One record: reported on one platform, worked on from the other, answered where it was reported",
        crossing::one_record,
    );
    // One platform alone has nothing to cross.
    let both = Some(both).filter(|_| evidence.ledgers.len() > 1);
    judges
        .into_iter()
        .chain(both)
        .map(|(promise, judge)| {
            let (broken, evidence) = judge(evidence);
            Verdict {
                promise,
                broken,
                evidence,
            }
        })
        .collect()
}

/// Whether this is the account of somebody, on either platform.
fn is_account(user: &str, handle: &str) -> bool {
    let on_discord = discord::seed::person(handle).map(|id| id.to_string());
    user == format!("U0{}", handle.to_uppercase()) || Some(user) == on_discord.as_deref()
}

impl Evidence<'_> {
    /// The case of a row.
    fn case(&self, row: &Value) -> String {
        self.record
            .find("cases", "id", &row["case_id"])
            .map_or_else(|| "no case".to_owned(), number)
    }

    /// The outbox rows of a kind.
    fn outbox(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.record
            .rows("outbox")
            .iter()
            .filter(move |row| row["kind"] == kind)
    }

    /// The row of a kind that refers to this report.
    fn about(&self, kind: &str, report: &Value) -> Option<&Value> {
        self.outbox(kind)
            .find(|row| json(row, "refs")["report"] == report["id"])
    }

    /// Who a person is at the client.
    fn handle(&self, person: &Value) -> &'static str {
        let full = self.record.name(person);
        CAST.iter()
            .find(|one| {
                full == one.full
                    || self
                        .record
                        .users(person)
                        .any(|user| is_account(user, one.handle))
            })
            .map_or("somebody", |one| one.handle)
    }

    /// Payloads of a case's timeline with this kind, in order.
    fn entries(&self, case: &Value, kind: &str) -> Vec<Value> {
        let stream = format!("case:{}", case.as_str().unwrap_or_default());
        self.record
            .rows("timeline_payload")
            .iter()
            .filter(|row| row["stream"] == stream.as_str())
            .map(|row| json(row, "json"))
            .filter(|body| body["kind"] == kind)
            .collect()
    }

    /// Direct messages that somebody saw.
    fn direct(&self, handle: &str) -> impl Iterator<Item = &Sight> {
        self.sights.iter().filter(move |sight| {
            sight.place == Place::Direct && sight.who.iter().any(|who| who == handle)
        })
    }

    /// Whether a row says that it was told, and the person saw it there.
    fn reached(&self, row: &Value, handle: &str, words: &str) -> Result<(), String> {
        let what = text(row, "dedupe");
        if row["state"] != "done" || !TOLD.contains(&text(row, "delivery_state").as_str()) {
            return Err(format!(
                "{what} was not told: its row is {}, its delivery {}",
                text(row, "state"),
                text(row, "delivery_state")
            ));
        }
        let seen = self.direct(handle).any(|sight| {
            sight.message.ts == text(row, "message_id")
                && sight.message.channel == text(row, "message_channel")
                && sight.message.shown.contains(words)
        });
        if seen {
            Ok(())
        } else {
            Err(format!(
                "{what} stands as told, and {} never saw a message that says {words:?}",
                name(handle)
            ))
        }
    }
}
