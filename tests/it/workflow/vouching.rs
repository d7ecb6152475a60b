//! A platform's own role that stands for responders: seen, renewed, seen gone, and no longer asked for.
//!
//! Neighbours: `discord/roles` tells it as people see it.

use super::bench::{Bench, account};
use super::bench_now;
use super::linking::{cx_of, elsewhere, link};
use chrono::TimeDelta;
use secevent::domain::{
    person::{PlatformId, Role, Vouch, Voucher},
    timeline::{Body, Stream, VouchEnd},
};
use std::collections::BTreeSet;

on_both!(
    who_is_seen_with_the_role_is_a_responder_for_hours,
    who_is_seen_without_it_is_none_any_more,
    what_comes_late_gives_nothing_back,
    who_never_had_it_leaves_no_trace,
    what_the_file_grants_is_another_matter,
    settings_that_go_by_another_role_end_it,
    a_vouched_account_can_be_linked,
    two_replicas_that_see_it_at_once,
);

fn by(role: &str) -> Voucher {
    Voucher {
        platform: PlatformId::Discord,
        workspace: "G1".into(),
        role: role.into(),
    }
}

/// The platform shows whether somebody has the role.
async fn shows(bench: &Bench, user: &str, holds: bool) {
    showed(bench, user, holds, 0).await;
}

/// As [`shows`], so many seconds ago: what is delivered late, or again.
async fn showed(bench: &Bench, user: &str, holds: bool, ago: i64) {
    let vouch = Vouch {
        by: by("R1"),
        holds,
        shown_at: bench_now(bench) - TimeDelta::seconds(ago),
    };
    let cx = cx_of(bench, elsewhere(user));
    bench.workflow.vouch(&cx, &vouch).await.unwrap();
}

async fn roles(bench: &Bench, user: &str) -> BTreeSet<Role> {
    let cx = cx_of(bench, elsewhere(user));
    bench.workflow.who(&cx).await.unwrap().0.roles
}

/// What the record says of it, in order.
async fn said(bench: &Bench) -> Vec<&'static str> {
    let bodies = bench.bodies(Stream::Org).await;
    let word = |body: &Body| match body {
        Body::RoleVouched(_) => Some("vouched"),
        Body::VouchEnded(one) => Some(one.because.as_str()),
        _ => None,
    };
    bodies.iter().filter_map(word).collect()
}

async fn who_is_seen_with_the_role_is_a_responder_for_hours(bench: Bench) {
    shows(&bench, "800", true).await;
    assert_eq!(roles(&bench, "800").await, [Role::Responder].into());
    // What is known is not written again, and what is soon over is.
    bench.wait(7 * 3_600);
    shows(&bench, "800", true).await;
    assert_eq!(said(&bench).await, ["vouched"]);
    bench.wait(2 * 3_600);
    shows(&bench, "800", true).await;
    assert_eq!(said(&bench).await, ["vouched", "vouched"]);
    bench.wait(11 * 3_600);
    assert_eq!(roles(&bench, "800").await, [Role::Responder].into());
    bench.wait(3_600);
    assert!(roles(&bench, "800").await.is_empty(), "nobody saw it since");
}

async fn who_is_seen_without_it_is_none_any_more(bench: Bench) {
    shows(&bench, "800", true).await;
    bench.wait(9 * 3_600);
    // Two grants hold now: both end.
    shows(&bench, "800", true).await;
    shows(&bench, "800", false).await;
    assert!(roles(&bench, "800").await.is_empty());
    shows(&bench, "800", false).await;
    let told = said(&bench).await;
    assert_eq!(told, ["vouched", "vouched", "role_gone", "role_gone"]);
    let verified = bench.store.verify_all_chains().await.unwrap();
    assert!(verified.faults.is_empty(), "{verified:?}");
}

/// A gateway tells again what it is not sure was heard, and a request can be replayed.
async fn what_comes_late_gives_nothing_back(bench: Bench) {
    shows(&bench, "800", true).await;
    bench.wait(60);
    shows(&bench, "800", false).await;
    bench.wait(60);
    for ago in [61, 120] {
        showed(&bench, "800", true, ago).await;
        assert!(roles(&bench, "800").await.is_empty(), "{ago} s ago");
    }
    // What was shown afterwards counts, from when it was shown.
    showed(&bench, "800", true, 30).await;
    assert_eq!(roles(&bench, "800").await, [Role::Responder].into());
    bench.wait(12 * 3_600 - 31);
    assert_eq!(roles(&bench, "800").await, [Role::Responder].into());
    bench.wait(1);
    assert!(roles(&bench, "800").await.is_empty());
    // Shown to nobody before, and long ago.
    showed(&bench, "801", true, 12 * 3_600).await;
    assert!(roles(&bench, "801").await.is_empty());
    // A role that is gone is gone, however late that comes.
    shows(&bench, "802", true).await;
    bench.wait(60);
    showed(&bench, "802", false, 30).await;
    assert!(roles(&bench, "802").await.is_empty());
    assert_eq!(
        said(&bench).await,
        ["vouched", "role_gone", "vouched", "vouched", "role_gone"]
    );
}

async fn who_never_had_it_leaves_no_trace(bench: Bench) {
    let before = bench.store.all_people(bench_now(&bench)).await.unwrap();
    shows(&bench, "800", false).await;
    let after = bench.store.all_people(bench_now(&bench)).await.unwrap();
    assert_eq!(before, after);
    assert!(said(&bench).await.is_empty());
}

async fn what_the_file_grants_is_another_matter(bench: Bench) {
    let now = bench_now(&bench);
    let people = bench.store.all_people(now).await.unwrap();
    let rita = people.iter().find(|known| known.person.name == "Rita");
    let mut rita = rita.unwrap().person.clone();
    rita.identities.push(elsewhere("900"));
    let file = |roles: &[Role]| vec![(rita.clone(), roles.iter().copied().collect())];
    bench
        .workflow
        .seed_directory(file(&[Role::Responder]))
        .await
        .unwrap();
    shows(&bench, "900", true).await;
    shows(&bench, "900", false).await;
    assert_eq!(
        roles(&bench, "900").await,
        [Role::Responder].into(),
        "the file says so"
    );
    // The file takes its own back, and leaves what the platform vouches for.
    shows(&bench, "900", true).await;
    bench.workflow.seed_directory(file(&[])).await.unwrap();
    assert_eq!(roles(&bench, "900").await, [Role::Responder].into());
    // A role of the file does not rest on what ends by itself.
    bench
        .workflow
        .seed_directory(file(&[Role::Responder]))
        .await
        .unwrap();
    shows(&bench, "900", false).await;
    assert_eq!(roles(&bench, "900").await, [Role::Responder].into());
}

async fn settings_that_go_by_another_role_end_it(bench: Bench) {
    shows(&bench, "800", true).await;
    let w = &bench.workflow;
    assert_eq!(w.settle_vouches(Some(by("R1"))).await.unwrap(), 0);
    assert_eq!(w.settle_vouches(Some(by("R2"))).await.unwrap(), 1);
    assert!(roles(&bench, "800").await.is_empty());
    assert_eq!(said(&bench).await, ["vouched", "setting_gone"]);
    shows(&bench, "800", true).await;
    assert_eq!(w.settle_vouches(None).await.unwrap(), 1);
    assert_eq!(w.settle_vouches(None).await.unwrap(), 0);
    assert!(roles(&bench, "800").await.is_empty());
    // What the file grants stays.
    let (rita, _) = w.who(&cx_of(&bench, account("UR"))).await.unwrap();
    assert_eq!(rita.roles, [Role::Responder].into());
    let because = bench.bodies(Stream::Org).await;
    assert!(because.iter().any(|body| matches!(
        body,
        Body::VouchEnded(one) if one.because == VouchEnd::SettingGone && one.by.role == "R1"
    )));
}

/// Else a responder of the directory whose other account has the role could never be linked: both would be people with a role.
async fn a_vouched_account_can_be_linked(bench: Bench) {
    shows(&bench, "900", true).await;
    link(&bench, account("UR"), elsewhere("900")).await.unwrap();
    let (rita, person) = bench
        .workflow
        .who(&cx_of(&bench, elsewhere("900")))
        .await
        .unwrap();
    assert_eq!(person.unwrap().name, "Rita");
    assert_eq!(rita.roles, [Role::Responder].into());
    shows(&bench, "900", true).await;
    shows(&bench, "900", false).await;
    assert_eq!(roles(&bench, "900").await, [Role::Responder].into());
}

async fn two_replicas_that_see_it_at_once(bench: Bench) {
    let other = bench.replica().await;
    let vouch = Vouch {
        by: by("R1"),
        holds: true,
        shown_at: bench_now(&bench),
    };
    let (one, two) = (
        cx_of(&bench, elsewhere("800")),
        cx_of(&bench, elsewhere("800")),
    );
    let (first, second) = tokio::join!(
        bench.workflow.vouch(&one, &vouch),
        other.vouch(&two, &vouch)
    );
    first.unwrap();
    second.unwrap();
    assert_eq!(roles(&bench, "800").await, [Role::Responder].into());
    shows(&bench, "800", false).await;
    assert!(
        roles(&bench, "800").await.is_empty(),
        "whatever both wrote is ended"
    );
}
