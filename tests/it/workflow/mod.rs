//! The verbs on both databases: the whole loop, doubled deliveries, races, refusals, time.
//!
//! Neighbours: `bench` makes a workflow over a fresh database.

/// Runs each of these functions, which take a [`bench::Bench`], on both databases.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::workflow::bench::Bench::sqlite().await).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::workflow::bench::Bench::postgres().await).await;
            })+
        }
    };
}

mod bench;
mod linking;
mod newcomers;
mod vouching;

use bench::{Bench, message, snapshot};
use secevent::{
    domain::{
        assessment::Assessment,
        authority::Verb,
        case::{Cia, Owner, Status},
        decision::RefusalCode,
        escalation::Run,
        event_report::{Asset, Door},
        severity::Level,
        timeline::{Body, Stream},
    },
    workflow::{AssessInput, CloseInput, Done, Fault, NewReport, Reply, TriageInput},
};
use std::collections::BTreeMap;

on_both!(
    a_case_goes_from_report_to_answer,
    a_doubled_delivery_gets_the_same_answer_and_changes_nothing,
    several_reporters_of_one_message_at_once_make_one_case,
    who_may_not_is_refused_and_the_refusal_is_on_record,
    several_replicas_fire_a_deadline_once,
    an_escalation_that_nobody_answers_fails_and_is_told,
    messages_are_recorded_only_in_threads_of_a_case,
    the_directory_is_taken_over_once,
);

fn code(result: Result<Done, Fault>) -> RefusalCode {
    match result {
        Err(Fault::Refused(refusal)) => refusal.code,
        other => panic!("not refused: {other:?}"),
    }
}

fn closing(result: Assessment, outcome: &str) -> CloseInput {
    CloseInput {
        category: Some("phishing_social".into()),
        assess: Some(AssessInput {
            criteria: BTreeMap::new(),
            result,
            rationale: "a test mail".into(),
        }),
        severity: None,
        outcome: outcome.into(),
        notes: "it was announced".into(),
    }
}

async fn a_case_goes_from_report_to_answer(bench: Bench) {
    let w = &bench.workflow;
    let case = bench.report("U1", "a strange mail\nwith a link").await;
    let rita = |door| bench.cx("UR", door);
    w.take(&rita(Door::Button), case).await.unwrap();
    assert_eq!(
        code(w.take(&rita(Door::Button), case).await),
        RefusalCode::AlreadyDone
    );
    let triage = TriageInput {
        category: "phishing_social".into(),
        severity: Level::Sev3,
        reason: None,
        asset: Asset::default(),
        alert_id: None,
        links: vec![],
        service_owner: None,
        cia: Cia::default(),
    };
    w.triage(&rita(Door::Button), case, triage).await.unwrap();
    w.escalate(&rita(Door::Button), case, "it spreads".into())
        .await
        .unwrap();
    let view = w.case_view(&rita(Door::Button), case).await.unwrap();
    assert_eq!(view.case.status, Status::Escalated);
    assert!(view.next.contains(&Verb::Acknowledge), "{:?}", view.next);
    assert_eq!(view.owner_name.as_deref(), Some("Rita"));
    let escalation = view.escalation.unwrap().id;
    w.acknowledge(&bench.cx("UP", Door::Button), escalation)
        .await
        .unwrap();
    let again = w
        .acknowledge(&bench.cx("UB", Door::Button), escalation)
        .await;
    match again {
        Err(Fault::Refused(refusal)) => assert!(refusal.sentence.contains("Pia"), "{refusal}"),
        other => panic!("{other:?}"),
    }
    let policy = w.policy();
    let outcome = policy
        .outcome
        .iter()
        .find(|o| o.fits.contains(&Assessment::FalsePositive))
        .unwrap();
    let wrong = policy
        .outcome
        .iter()
        .find(|o| !o.fits.contains(&Assessment::FalsePositive))
        .unwrap();
    let refused = w
        .close(
            &rita(Door::Button),
            case,
            closing(Assessment::FalsePositive, &wrong.id),
        )
        .await;
    assert_eq!(code(refused), RefusalCode::BadInput);
    w.close(
        &rita(Door::Button),
        case,
        closing(Assessment::FalsePositive, &outcome.id),
    )
    .await
    .unwrap();
    let view = w
        .by_number(&bench.cx("U1", Door::SlashCommand), view.case.number)
        .await
        .unwrap();
    assert_eq!(view.view.outcome.as_deref(), Some(outcome.id.as_str()));
    assert_eq!((view.view.title, view.reports.len()), (None, 1));
    assert_eq!(
        bench
            .count(case, |body| matches!(body, Body::FeedbackPlanned { .. }))
            .await,
        1
    );
    w.reopen(&rita(Door::Button), case, "it came again".into())
        .await
        .unwrap();
    let mine = w.mine(&bench.cx("U1", Door::SlashCommand)).await.unwrap();
    assert_eq!((mine.len(), mine[0].status), (1, Status::Triaging));
    assert_eq!(mine[0].title, "a strange mail");
}

async fn a_doubled_delivery_gets_the_same_answer_and_changes_nothing(bench: Bench) {
    let cx = bench.cx("U1", Door::SlashCommand);
    let report = NewReport {
        text: "twice".into(),
        ..NewReport::default()
    };
    let (one, two) = tokio::join!(
        bench.workflow.open(&cx, report.clone()),
        bench.workflow.open(&cx, report.clone())
    );
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one, two);
    assert_eq!(bench.workflow.open(&cx, report).await.unwrap(), one);
    let Done::Opened { case, number, .. } = one else {
        panic!("{one:?}")
    };
    assert_eq!(number.n, 1);
    assert_eq!(bench.store.cases(None, 10).await.unwrap().len(), 1);
    // A verb that its own first delivery made impossible: the answer is the first one, not a refusal.
    let press = bench.cx("UR", Door::Button);
    let first = bench.workflow.take(&press, case).await.unwrap();
    assert_eq!(bench.workflow.take(&press, case).await.unwrap(), first);
}

async fn several_reporters_of_one_message_at_once_make_one_case(bench: Bench) {
    let report = || NewReport {
        snapshot: Some(snapshot("7.7", "look at this")),
        ..NewReport::default()
    };
    let users: Vec<String> = (0..8).map(|n| format!("U{n}")).collect();
    let all = users.iter().map(|user| {
        let cx = bench.cx(user, Door::Reaction);
        let workflow = bench.workflow.clone();
        async move { workflow.open(&cx, report()).await.unwrap() }
    });
    let done = futures_util::future::join_all(all).await;
    let opened = done
        .iter()
        .filter(|done| matches!(done, Done::Opened { .. }))
        .count();
    assert_eq!(opened, 1, "{done:?}");
    let cases = bench.store.cases(None, 10).await.unwrap();
    assert_eq!(cases.len(), 1);
    assert_eq!(
        bench
            .store
            .reports_of_case(cases[0].id)
            .await
            .unwrap()
            .len(),
        users.len()
    );
    // The same person once more: the answer, and nothing new.
    let again = bench
        .workflow
        .open(&bench.cx("U1", Door::Reaction), report())
        .await
        .unwrap();
    assert!(matches!(again, Done::Joined { .. }), "{again:?}");
    assert_eq!(
        bench
            .store
            .reports_of_case(cases[0].id)
            .await
            .unwrap()
            .len(),
        users.len()
    );
}

async fn who_may_not_is_refused_and_the_refusal_is_on_record(bench: Bench) {
    let w = &bench.workflow;
    let case = bench.report("U1", "odd").await;
    assert_eq!(
        code(w.take(&bench.cx("U1", Door::Button), case).await),
        RefusalCode::NotAllowed
    );
    assert_eq!(
        code(w.take(&bench.cx("U2", Door::Button), case).await),
        RefusalCode::NoSuchCase
    );
    let outsider = bench.cx("UX1", Door::DirectMessage);
    assert!(matches!(
        w.case_view(&outsider, case).await,
        Err(Fault::Refused(_))
    ));
    let again = bench.cx("UX1", Door::DirectMessage);
    assert!(matches!(w.on_call(&again).await, Err(Fault::Refused(_))));
    let refused = bench.bodies(Stream::Org).await;
    let refused = refused
        .iter()
        .filter(|body| matches!(body, Body::AccessRefused { .. }))
        .count();
    assert_eq!(refused, 4);
    assert!(matches!(
        bench.store.case_by_id(case).await.unwrap().unwrap().owner,
        Owner::Team(_)
    ));
}

async fn several_replicas_fire_a_deadline_once(bench: Bench) {
    let case = bench.report("U1", "nobody comes").await;
    let other = bench.replica().await;
    bench.wait(60 * 60 * 24);
    let (one, two) = tokio::join!(bench.workflow.tick(), other.tick());
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.failed.len() + two.failed.len(), 0, "{one:?} {two:?}");
    assert_eq!(
        bench
            .count(case, |body| matches!(body, Body::DeadlineMissed { .. }))
            .await,
        2
    );
    assert_eq!(bench.workflow.tick().await.unwrap().fired, 0);
    let alarms = bench.store.open_alarms().await.unwrap();
    assert_eq!(
        alarms.iter().map(|alarm| alarm.count).collect::<Vec<_>>(),
        [1, 1],
        "{alarms:?}"
    );
    bench
        .workflow
        .take(&bench.cx("UR", Door::Button), case)
        .await
        .unwrap();
    assert_eq!(bench.store.open_alarms().await.unwrap().len(), 1);
}

async fn an_escalation_that_nobody_answers_fails_and_is_told(bench: Bench) {
    let w = &bench.workflow;
    let case = bench.report("U1", "it burns").await;
    w.escalate(&bench.cx("UR", Door::Button), case, "it burns".into())
        .await
        .unwrap();
    for _ in 0..10 {
        bench.wait(3600);
        w.tick().await.unwrap();
    }
    let view = w
        .case_view(&bench.cx("UR", Door::Button), case)
        .await
        .unwrap();
    assert!(matches!(view.escalation.unwrap().run, Run::Failed { .. }));
    let tries: u32 = w.policy().escalation[0]
        .step
        .iter()
        .map(|step| step.tries)
        .sum();
    let unanswered = bench
        .count(case, |body| matches!(body, Body::Unanswered { .. }))
        .await;
    assert_eq!(unanswered, tries as usize);
    assert_eq!(
        bench
            .count(case, |body| matches!(body, Body::EscalationFailed { .. }))
            .await,
        1
    );
    w.escalate(&bench.cx("UR", Door::Button), case, "again".into())
        .await
        .unwrap();
}

async fn messages_are_recorded_only_in_threads_of_a_case(bench: Bench) {
    let w = &bench.workflow;
    let report = NewReport {
        snapshot: Some(snapshot("1.1", "look")),
        ..NewReport::default()
    };
    let Done::Opened { case, .. } = w
        .open(&bench.cx("U1", Door::Reaction), report)
        .await
        .unwrap()
    else {
        panic!("not opened");
    };
    let reply = |thread: &str| Reply {
        text: "more".into(),
        message: message("1.2"),
        thread: message(thread),
        files: vec![],
    };
    let people = bench
        .store
        .all_people(bench_now(&bench))
        .await
        .unwrap()
        .len();
    assert_eq!(
        w.attach(&bench.cx("U9", Door::CaseThread), reply("9.9"))
            .await
            .unwrap(),
        Done::Nothing
    );
    assert_eq!(
        w.attach(&bench.cx("U9", Door::CaseThread), reply("1.1"))
            .await
            .unwrap(),
        Done::Nothing
    );
    assert_eq!(
        bench
            .store
            .all_people(bench_now(&bench))
            .await
            .unwrap()
            .len(),
        people
    );
    let changed = w
        .message_changed(
            &bench.cx("U9", Door::Mention),
            message("1.1"),
            "never said".into(),
        )
        .await;
    assert!(matches!(changed.unwrap(), Done::Changed { .. }));
    w.message_deleted(&bench.cx("U9", Door::Mention), message("1.1"))
        .await
        .unwrap();
    let log = bench.bodies(Stream::Case(case)).await;
    let Some(Body::Reported { report }) = log.first() else {
        panic!("{log:?}")
    };
    assert_eq!(report.snapshot.as_ref().unwrap().text, "look");
    assert!(matches!(log.last(), Some(Body::MessageDeleted { .. })));
}

fn bench_now(bench: &Bench) -> secevent::domain::clock::Timestamp {
    use secevent::domain::clock::Clock;
    bench.clock.now()
}

async fn the_directory_is_taken_over_once(bench: Bench) {
    let granted = |bodies: &[Body]| {
        bodies
            .iter()
            .filter(|b| matches!(b, Body::RoleGranted { .. }))
            .count()
    };
    assert_eq!(granted(&bench.bodies(Stream::Org).await), 3);
    let people = bench.store.all_people(bench_now(&bench)).await.unwrap();
    let file: Vec<_> = people
        .iter()
        .map(|known| (known.person.clone(), known.roles.clone()))
        .collect();
    assert_eq!(
        bench.workflow.seed_directory(file.clone()).await.unwrap(),
        0
    );
    // Two people who acted apart cannot be made one by the file.
    let mut merged = file.clone();
    let taken = merged[1].0.identities.clone();
    merged[0].0.identities.extend(taken);
    let alone = vec![merged[0].clone()];
    match bench.workflow.seed_directory(alone).await {
        Err(Fault::Refused(refusal)) => {
            assert!(refusal.sentence.contains(&file[1].0.name), "{refusal}");
        }
        other => panic!("{other:?}"),
    }
    // A grant holds from the instant on; one that is gone in the file is revoked.
    bench.wait(1);
    let fewer = file
        .into_iter()
        .filter(|(person, _)| person.name != "Bo")
        .collect();
    assert_eq!(bench.workflow.seed_directory(fewer).await.unwrap(), 1);
    bench.wait(1);
    let on_call = bench
        .workflow
        .on_call(&bench.cx("U1", Door::SlashCommand))
        .await
        .unwrap();
    assert!(
        on_call.iter().any(|(_, person)| person.is_none()),
        "{on_call:?}"
    );
}
