//! Whom chat took for an outsider, and shows as one of us later; what the directory file says of somebody stands.
//!
//! Neighbours: `discord/newcomers` tells it as people see it.

use super::bench::Bench;
use super::bench_now;
use super::linking::{cx_of, elsewhere};
use secevent::{
    domain::{
        ids::PersonId,
        person::{Person, PersonKind},
        timeline::{Body, Stream},
    },
    workflow::{Caller, Cx, NewReport},
};
use std::collections::BTreeSet;

on_both!(
    who_is_shown_as_one_of_us_is_one_from_then_on,
    what_the_directory_file_says_stands,
);

/// An act of this account, which the platform shows as an outsider's or as one of ours.
fn shown(bench: &Bench, user: &str, is_ours: bool) -> Cx {
    let mut cx = cx_of(bench, elsewhere(user));
    if let Caller::Account { outsider, .. } = &mut cx.caller {
        *outsider = !is_ours;
    }
    cx
}

async fn reports(bench: &Bench, cx: &Cx) {
    let report = NewReport {
        text: "a strange mail".into(),
        ..NewReport::default()
    };
    bench.workflow.open(cx, report).await.unwrap();
}

async fn kind(bench: &Bench, user: &str) -> PersonKind {
    let (account, now) = (elsewhere(user), bench_now(bench));
    let known = bench.store.person_by_identity(&account, now).await;
    known.unwrap().unwrap().person.kind
}

/// How often the record says that somebody belongs to the organisation.
async fn said(bench: &Bench) -> usize {
    let bodies = bench.bodies(Stream::Org).await;
    let says = |body: &&Body| matches!(body, Body::PersonBelongs { .. });
    bodies.iter().filter(says).count()
}

async fn who_is_shown_as_one_of_us_is_one_from_then_on(bench: Bench) {
    let w = &bench.workflow;
    reports(&bench, &shown(&bench, "700", false)).await;
    assert_eq!(kind(&bench, "700").await, PersonKind::ThirdParty);
    assert!(w.on_call(&shown(&bench, "700", false)).await.is_err());
    // A question is answered by what is shown now, and writes nothing.
    assert!(w.on_call(&shown(&bench, "700", true)).await.is_ok());
    assert_eq!(said(&bench).await, 0);
    // What they do next is recorded together with it, once.
    for _ in 0..2 {
        reports(&bench, &shown(&bench, "700", true)).await;
        assert_eq!(kind(&bench, "700").await, PersonKind::Person);
        assert_eq!(said(&bench).await, 1);
    }
    // From elsewhere they act as an outsider still, and are known as ours all the same.
    assert!(w.on_call(&shown(&bench, "700", false)).await.is_err());
    assert_eq!(kind(&bench, "700").await, PersonKind::Person);
    let verified = bench.store.verify_all_chains().await.unwrap();
    assert!(verified.faults.is_empty(), "{verified:?}");
}

async fn what_the_directory_file_says_stands(bench: Bench) {
    let partner = |n: u128, name: &str, user: &str| Person {
        id: PersonId(uuid::Uuid::from_u128(n)),
        kind: PersonKind::ThirdParty,
        name: name.into(),
        locale: None,
        time_zone: None,
        identities: vec![elsewhere(user)],
        contacts: Vec::new(),
    };
    // The file names one whom chat saw before, and one who is new.
    reports(&bench, &shown(&bench, "701", false)).await;
    let people = [
        partner(71, "Pat \"\\\" %", "701"),
        partner(72, "Quin", "702"),
    ];
    let people = people.map(|person| (person, BTreeSet::new()));
    bench.workflow.seed_directory(people.into()).await.unwrap();
    for user in ["701", "702"] {
        let asked = bench.workflow.on_call(&shown(&bench, user, true)).await;
        assert!(asked.is_err(), "{user}");
        reports(&bench, &shown(&bench, user, true)).await;
        assert_eq!(kind(&bench, user).await, PersonKind::ThirdParty, "{user}");
    }
    assert_eq!(said(&bench).await, 0);
}
