//! What happens when Slack's payloads drift: every place of every payload damaged in every way.
//!
//! Each damaged payload must be understood, kept as unreadable, or be plainly not for us; the table of [`drift`] says which place leads to which,
//! and a snapshot keeps it. Read it as the list of what the adapter depends on.

use super::tests::{Bench, every_kind};
use super::{Kind, WireAnswer};
use crate::chat::{
    answer::Answer,
    damage::{each, with_unknown_fields},
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// What became of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Understood,
    Kept,
    NotForUs,
}

async fn fate(bench: &Bench, kind: Kind, raw: &Value) -> Fate {
    bench.forget();
    let answer = bench.take(kind, raw).await;
    assert!(matches!(answer, WireAnswer::Ack(_)), "{answer:?}: {raw}");
    let (inbound, unreadable) = (bench.inbound(), bench.unreadable());
    for kept in &unreadable {
        assert!(!kept.why.is_empty());
        for secret in ["1.2.abc", "hooks.slack.com"] {
            assert!(!kept.masked.contains(secret), "{}", kept.masked);
        }
    }
    match (inbound.len(), unreadable.len()) {
        (1, 0) => Fate::Understood,
        (0, 1) => Fate::Kept,
        (0, 0) => Fate::NotForUs,
        both => panic!("{both:?}: {raw}"),
    }
}

/// For each kind, the places whose damage costs the reading, and those whose damage makes the payload look as if it were not for us.
#[tokio::test]
async fn drift() {
    let mut table = String::new();
    for (number, (kind, raw)) in every_kind().into_iter().enumerate() {
        let bench = Bench::new(Answer::Nothing);
        let mut damaged = Vec::new();
        each(&raw, |path, what, value| {
            damaged.push((path.to_owned(), what.to_owned(), value.clone()));
        });
        let mut fates: BTreeMap<(Fate, String), BTreeSet<String>> = BTreeMap::new();
        let tried = damaged.len();
        for (path, what, value) in damaged {
            let fate = fate(&bench, kind, &value).await;
            if fate != Fate::Understood {
                fates.entry((fate, path)).or_default().insert(what);
            }
        }
        let name = raw["event"]["subtype"]
            .as_str()
            .or(raw["event"]["type"].as_str())
            .or(raw["type"].as_str())
            .unwrap_or("command");
        writeln!(table, "{number} {} {name}: {tried} damaged", kind.word()).unwrap();
        for ((fate, path), ways) in fates {
            let ways: Vec<String> = ways.into_iter().collect();
            writeln!(table, "  {fate:?} {path}: {}", ways.join(", ")).unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

#[tokio::test]
async fn fields_that_nobody_knows_change_nothing() {
    for (kind, raw) in every_kind() {
        let (plain, more) = (Bench::new(Answer::Nothing), Bench::new(Answer::Nothing));
        let mut expected = plain.one(kind, &raw).await;
        let mut got = more.one(kind, &with_unknown_fields(&raw)).await;
        // Only the hash of the bytes differs, and a key that is made of it.
        for one in [&mut expected, &mut got] {
            if one.key.contains(&one.wire_sha256) {
                one.key.clear();
            }
            one.wire_sha256.clear();
        }
        assert_eq!(expected, got);
    }
}
