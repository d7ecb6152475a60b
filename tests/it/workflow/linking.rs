//! Two accounts of one person: linked by a code that is confirmed on both sides, or not at all.
//!
//! Neighbours: `scenarios/linking` tells it as people see it.

use super::bench::{Bench, account};
use super::bench_now;
use secevent::{
    domain::{
        authority::Verb,
        decision::RefusalCode,
        event_report::Door,
        ids::{CaseId, LinkId},
        linking::{Code, LinkRequest},
        notification::{NotificationKind, Recipient, Topic},
        person::{Identity, PlatformId, Role},
        timeline::{Body, Stream},
    },
    store::OutboxFilter,
    workflow::{Caller, Cx, Fault, NewReport, OtherAccount},
};
use std::collections::BTreeSet;

on_both!(
    reports_of_both_accounts_are_of_one_person,
    roles_are_of_both_accounts_whichever_asked,
    whoever_owns_a_case_keeps_it,
    nobody_but_the_account_that_asked_confirms,
    a_code_is_good_for_minutes_and_once,
    two_people_of_the_directory_stay_two,
    an_outsider_cannot_link,
    an_account_can_say_no,
    the_directory_file_has_the_last_word,
    two_replicas_confirm_once,
);

/// Somebody on the other platform.
pub(super) fn elsewhere(user: &str) -> Identity {
    Identity {
        platform: PlatformId::Discord,
        realm: "discord".into(),
        user: user.into(),
    }
}

pub(super) fn cx_of(bench: &Bench, identity: Identity) -> Cx {
    let mut cx = bench.cx("U0", Door::Button);
    cx.caller = Caller::Account {
        name: Some(format!("Name of {}", identity.user)),
        identity,
        outsider: false,
        locale: None,
        time_zone: None,
    };
    cx
}

fn refused<T: std::fmt::Debug>(result: Result<T, Fault>) -> RefusalCode {
    match result {
        Err(Fault::Refused(refusal)) => refusal.code,
        other => panic!("not refused: {other:?}"),
    }
}

async fn reported(bench: &Bench, cx: Cx, text: &str) -> CaseId {
    let report = NewReport {
        text: text.into(),
        ..NewReport::default()
    };
    match bench.workflow.open(&cx, report).await.unwrap() {
        secevent::workflow::Done::Opened { case, .. } => case,
        other => panic!("not opened: {other:?}"),
    }
}

/// The request that a question was sent about, and to whom.
async fn asked(bench: &Bench) -> (LinkId, Identity) {
    let rows = bench
        .store
        .outbox(&OutboxFilter {
            states: Vec::new(),
            kind: Some(NotificationKind::DirectNotice),
            case: None,
            limit: 100,
        })
        .await
        .unwrap();
    // The latest one.
    let asked = rows
        .iter()
        .map(|row| &row.notification)
        .filter(|one| one.refs.topic == Some(Topic::LinkAsked))
        .max_by_key(|one| (one.not_before, one.id));
    let asked = asked.expect("nobody was asked");
    let Recipient::Person { via: Some(via), .. } = &asked.to else {
        panic!("{asked:?}")
    };
    (asked.refs.link.as_ref().unwrap().id, via.clone())
}

/// `first` asks, `second` types, `first` confirms.
pub(super) async fn link(
    bench: &Bench,
    first: Identity,
    second: Identity,
) -> Result<OtherAccount, Fault> {
    let w = &bench.workflow;
    let code = w.begin_link(&cx_of(bench, first.clone())).await?;
    let told = code.told();
    let waits = w.enter_link(&cx_of(bench, second), &told).await?;
    assert_eq!(waits.platform, first.platform);
    let (id, via) = asked(bench).await;
    assert_eq!(via, first, "whoever asked is asked");
    w.confirm_link(&cx_of(bench, first), id).await
}

async fn reports_of_both_accounts_are_of_one_person(bench: Bench) {
    let w = &bench.workflow;
    let here = reported(&bench, cx_of(&bench, account("U1")), "a strange mail").await;
    let there = reported(&bench, cx_of(&bench, elsewhere("900")), "a strange call").await;
    let mine = async |identity| {
        let lines = w.mine(&cx_of(&bench, identity)).await.unwrap();
        lines.into_iter().map(|line| line.case).collect::<Vec<_>>()
    };
    assert_eq!(mine(account("U1")).await, [here]);

    let other = link(&bench, account("U1"), elsewhere("900")).await.unwrap();
    assert_eq!(other.name, "Name of 900");
    for identity in [account("U1"), elsewhere("900")] {
        assert_eq!(mine(identity.clone()).await, [there, here]);
        let home = w.home(&cx_of(&bench, identity)).await.unwrap();
        assert_eq!(home.reports.len(), 2);
    }
    // Who reported it there withdraws it here.
    let view = w
        .case_view(&cx_of(&bench, account("U1")), there)
        .await
        .unwrap();
    assert!(view.relation.reporter);
    w.withdraw(&cx_of(&bench, account("U1")), view.reports[0].id)
        .await
        .unwrap();
    // The record keeps under whom it was filed, and says who that is now.
    let filed = bench.bodies(Stream::Case(there)).await;
    let Some(Body::Reported { report }) = filed.first() else {
        panic!("{filed:?}")
    };
    let org = bench.bodies(Stream::Org).await;
    let linked = org.iter().find_map(|body| match body {
        Body::AccountsLinked(linked) => Some(linked),
        _ => None,
    });
    let linked = linked.unwrap();
    assert_eq!(linked.accounts.first, account("U1"));
    assert_eq!(linked.accounts.second, elsewhere("900"));
    assert_eq!(linked.from, report.reporter);
    assert_eq!(view.actor.person(), Some(linked.into));
    let verified = bench.store.verify_all_chains().await.unwrap();
    assert!(verified.faults.is_empty(), "{verified:?}");
}

async fn roles_are_of_both_accounts_whichever_asked(bench: Bench) {
    // Rita's account of the directory types the code that her other one asked for: still she stays who she is.
    link(&bench, elsewhere("901"), account("UR")).await.unwrap();
    let (actor, person) = bench
        .workflow
        .who(&cx_of(&bench, elsewhere("901")))
        .await
        .unwrap();
    assert!(actor.roles.contains(&Role::Responder), "{actor:?}");
    assert_eq!(person.unwrap().name, "Rita");
    let case = bench.report("U1", "a strange mail").await;
    bench
        .workflow
        .take(&cx_of(&bench, elsewhere("901")), case)
        .await
        .unwrap();
}

async fn whoever_owns_a_case_keeps_it(bench: Bench) {
    let w = &bench.workflow;
    let case = bench.report("U1", "a strange mail").await;
    w.take(&cx_of(&bench, account("UR")), case).await.unwrap();
    // Rita leaves the team, and her case is still hers when she links another account, which asked.
    let without = directory(&bench, |file| {
        file.retain(|(person, _)| person.name != "Rita");
    });
    w.seed_directory(without.await).await.unwrap();
    bench.wait(1);
    let (actor, _) = w.who(&cx_of(&bench, account("UR"))).await.unwrap();
    assert!(actor.roles.is_empty(), "{actor:?}");
    link(&bench, elsewhere("911"), account("UR")).await.unwrap();
    let (actor, person) = w.who(&cx_of(&bench, elsewhere("911"))).await.unwrap();
    assert_eq!(person.unwrap().name, "Rita");
    let owned = bench.store.open_cases_of_owner(actor.person().unwrap());
    assert_eq!(owned.await.unwrap()[0].id, case);
}

async fn nobody_but_the_account_that_asked_confirms(bench: Bench) {
    let w = &bench.workflow;
    let code = w.begin_link(&cx_of(&bench, account("UR"))).await.unwrap();
    w.enter_link(&cx_of(&bench, elsewhere("902")), &code.told())
        .await
        .unwrap();
    let (id, _) = asked(&bench).await;
    for thief in [elsewhere("902"), account("U9"), elsewhere("666")] {
        let cx = cx_of(&bench, thief);
        assert_eq!(
            refused(w.confirm_link(&cx, id).await),
            RefusalCode::AlreadyDone
        );
        assert_eq!(
            refused(w.refuse_link(&cx, id).await),
            RefusalCode::AlreadyDone
        );
    }
    let (actor, _) = w.who(&cx_of(&bench, elsewhere("902"))).await.unwrap();
    assert!(actor.roles.is_empty(), "typing a code gives nothing");
    // Nor does the same code bring in a second account.
    let third = cx_of(&bench, elsewhere("903"));
    assert_eq!(
        refused(w.enter_link(&third, &code.told()).await),
        RefusalCode::BadInput
    );
}

async fn a_code_is_good_for_minutes_and_once(bench: Bench) {
    let w = &bench.workflow;
    let first = || cx_of(&bench, account("U1"));
    let second = || cx_of(&bench, elsewhere("904"));
    assert_eq!(
        refused(w.enter_link(&second(), "ABCD-EFGH").await),
        RefusalCode::BadInput
    );
    assert_eq!(
        refused(w.enter_link(&second(), "no code at all").await),
        RefusalCode::BadInput
    );
    let late = w.begin_link(&first()).await.unwrap().told();
    assert_eq!(
        refused(w.enter_link(&first(), &late).await),
        RefusalCode::BadInput,
        "by the account itself"
    );
    assert_eq!(
        refused(w.enter_link(&cx_of(&bench, account("U2")), &late).await),
        RefusalCode::BadInput,
        "in the same workspace"
    );
    bench.wait(600);
    assert_eq!(
        refused(w.enter_link(&second(), &late).await),
        RefusalCode::BadInput,
        "after ten minutes"
    );
    // Typed in time, and confirmed too late.
    let code = w.begin_link(&first()).await.unwrap().told();
    bench.wait(599);
    w.enter_link(&second(), &code).await.unwrap();
    // The same delivery again, or the same person in doubt.
    w.enter_link(&second(), &code).await.unwrap();
    let (id, _) = asked(&bench).await;
    bench.wait(1);
    assert_eq!(
        refused(w.confirm_link(&first(), id).await),
        RefusalCode::AlreadyDone
    );
    // Confirmed once.
    link(&bench, account("U1"), elsewhere("904")).await.unwrap();
    let (id, _) = asked(&bench).await;
    assert_eq!(
        refused(w.confirm_link(&first(), id).await),
        RefusalCode::AlreadyDone
    );
    let again = w.begin_link(&first()).await.unwrap().told();
    assert_eq!(
        refused(w.enter_link(&second(), &again).await),
        RefusalCode::AlreadyDone,
        "linked already"
    );
    // Many codes of one account: only the newest are good.
    let mut codes = Vec::new();
    for _ in 0..5 {
        bench.wait(1);
        codes.push(w.begin_link(&first()).await.unwrap());
    }
    let mut good = 0;
    for code in &codes {
        let found: Option<LinkRequest> = bench.store.link_by_code(code).await.unwrap();
        good += usize::from(found.is_some());
    }
    assert_eq!(good, 3);
    assert!(
        bench
            .store
            .link_by_code(codes.last().unwrap())
            .await
            .unwrap()
            .is_some()
    );
    assert!(Code::parse(&codes[0].told()).is_some());
}

async fn two_people_of_the_directory_stay_two(bench: Bench) {
    bench
        .workflow
        .seed_directory(
            directory(&bench, |people| {
                people[0].0.identities.push(elsewhere("905"));
            })
            .await,
        )
        .await
        .unwrap();
    let refusal = link(&bench, elsewhere("905"), account("UP")).await;
    let Err(Fault::Refused(refusal)) = refusal else {
        panic!("{refusal:?}")
    };
    assert_eq!(refusal.code, RefusalCode::WrongState);
    assert!(refusal.sentence.contains("directory"), "{refusal}");
}

async fn an_outsider_cannot_link(bench: Bench) {
    let w = &bench.workflow;
    let outside = bench.cx("UX1", Door::SlashCommand);
    assert_eq!(
        refused(w.begin_link(&outside).await),
        RefusalCode::NotAllowed
    );
    let code = w
        .begin_link(&cx_of(&bench, elsewhere("906")))
        .await
        .unwrap();
    assert_eq!(
        refused(
            w.enter_link(&bench.cx("UX1", Door::SlashCommand), &code.told())
                .await
        ),
        RefusalCode::NotAllowed
    );
    let org = bench.bodies(Stream::Org).await;
    let recorded = org.iter().filter(
        |body| matches!(body, Body::AccessRefused { verb, .. } if verb == Verb::Link.as_str()),
    );
    assert_eq!(recorded.count(), 2);
}

async fn an_account_can_say_no(bench: Bench) {
    let w = &bench.workflow;
    let code = w.begin_link(&cx_of(&bench, account("UR"))).await.unwrap();
    w.enter_link(&cx_of(&bench, elsewhere("907")), &code.told())
        .await
        .unwrap();
    let (id, _) = asked(&bench).await;
    let cx = cx_of(&bench, account("UR"));
    assert_eq!(w.refuse_link(&cx, id).await.unwrap().name, "Name of 907");
    assert_eq!(
        refused(w.confirm_link(&cx, id).await),
        RefusalCode::AlreadyDone
    );
    let org = bench.bodies(Stream::Org).await;
    assert!(org.iter().any(|body| matches!(body, Body::LinkRefused(_))));
}

/// The directory as a file would have it, after a change.
async fn directory(
    bench: &Bench,
    change: impl FnOnce(&mut Vec<(secevent::domain::person::Person, BTreeSet<Role>)>),
) -> Vec<(secevent::domain::person::Person, BTreeSet<Role>)> {
    let people = bench.store.all_people(bench_now(bench)).await.unwrap();
    let linked = bench.store.linked_identities().await.unwrap();
    let mut file: Vec<_> = people
        .into_iter()
        .filter(|known| !known.roles.is_empty())
        .map(|mut known| {
            known.person.identities.retain(|one| !linked.contains(one));
            (known.person, known.roles)
        })
        .collect();
    file.sort_by(|one, other| other.0.name.cmp(&one.0.name));
    change(&mut file);
    file
}

async fn the_directory_file_has_the_last_word(bench: Bench) {
    let w = &bench.workflow;
    link(&bench, account("UR"), elsewhere("908")).await.unwrap();
    // A start with the same file changes nothing, and the link stays.
    let same = directory(&bench, |_| {}).await;
    assert_eq!(w.seed_directory(same).await.unwrap(), 0);
    let who = async || {
        let (_, person) = w.who(&cx_of(&bench, elsewhere("908"))).await.unwrap();
        person.unwrap().name
    };
    assert_eq!(who().await, "Rita");
    // A change of hers that does not touch accounts keeps it, too.
    let renamed = directory(&bench, |file| file[0].0.name = "Rita Roth".into()).await;
    assert_eq!(w.seed_directory(renamed).await.unwrap(), 1);
    assert_eq!(who().await, "Rita Roth");
    // The file gives the account to somebody else.
    let given = directory(&bench, |file| file[1].0.identities.push(elsewhere("908"))).await;
    let name = given[1].0.name.clone();
    assert_eq!(w.seed_directory(given).await.unwrap(), 1);
    assert_eq!(who().await, name);
    assert!(bench.store.linked_identities().await.unwrap().is_empty());
}

async fn two_replicas_confirm_once(bench: Bench) {
    let w = &bench.workflow;
    let code = w.begin_link(&cx_of(&bench, account("U1"))).await.unwrap();
    w.enter_link(&cx_of(&bench, elsewhere("909")), &code.told())
        .await
        .unwrap();
    let (id, _) = asked(&bench).await;
    let other = bench.replica().await;
    let (one, two) = (cx_of(&bench, account("U1")), cx_of(&bench, account("U1")));
    let (one, two) = tokio::join!(w.confirm_link(&one, id), other.confirm_link(&two, id));
    let done = [&one, &two].iter().filter(|done| done.is_ok()).count();
    assert_eq!(done, 1, "{one:?} {two:?}");
    let org = bench.bodies(Stream::Org).await;
    let linked = org
        .iter()
        .filter(|body| matches!(body, Body::AccountsLinked(_)));
    assert_eq!(linked.count(), 1);
}
