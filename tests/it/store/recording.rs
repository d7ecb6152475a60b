//! Recording: all or nothing, versions, numbers, doubled deliveries, one case per message.

use super::bench::{Bench, ENTROPY, message, note, person};
use secevent::{
    domain::{
        case::Status,
        decision::{CaseChange, Decision, MessageRole},
        ids::CaseNumber,
        person::PlatformId,
        timeline::Body,
    },
    store::StoreError,
};
use std::collections::BTreeSet;
use tokio::task::JoinSet;

on_both!(
    an_intake_is_read_back_as_it_was_recorded,
    a_change_over_another_version_is_refused,
    a_decision_commits_wholly_or_not_at_all,
    numbers_are_unique_and_in_order_of_commit,
    a_doubled_delivery_gets_the_same_answer,
    several_reactions_at_one_instant_make_one_case,
    a_row_that_does_not_convert_names_its_place,
    what_was_recorded_cannot_be_changed,
);

async fn an_intake_is_read_back_as_it_was_recorded(bench: Bench) {
    let reporter = person("U1", bench.now);
    let source = message("1.1");
    let intake = bench.intake(&reporter, true).about(&source);
    let recorded = bench.record(&intake.decision).await.unwrap();
    assert_eq!(
        recorded.number(intake.case),
        Some(CaseNumber { year: 2027, n: 1 })
    );
    assert_eq!(recorded.version(intake.case), Some(2));

    let store = &bench.store;
    let case = store.case_by_id(intake.case).await.unwrap().unwrap();
    let CaseChange::Open(expected) = &intake.decision.changes[0] else {
        panic!("an intake opens a case");
    };
    let mut expected = (**expected).clone();
    expected.number.n = 1;
    expected.version = 2;
    assert_eq!(case, expected);
    assert_eq!(
        store.case_by_number(case.number).await.unwrap(),
        Some(case.clone())
    );
    assert_eq!(
        store.reports_of_case(case.id).await.unwrap(),
        intake.decision.reports
    );
    let known = store
        .person_by_identity(&reporter.identities[0], bench.now)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(known.person, reporter);
    assert!(known.roles.is_empty());
    assert_eq!(
        store.cases_of_reporter(reporter.id, 10).await.unwrap(),
        vec![case.clone()]
    );
    let found = store.message(PlatformId::Slack, "C1", "1.1").await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].case, found[0].role),
        (case.id, MessageRole::Source)
    );
    assert_eq!(store.open_deadlines(case.id).await.unwrap().len(), 2);
    assert_eq!(store.open_cases(10).await.unwrap(), vec![case.clone()]);
    let stream = secevent::domain::timeline::Stream::Case(case.id);
    let entries = store.timeline(stream, 1, 10).await.unwrap();
    assert_eq!(
        entries
            .iter()
            .map(|e| e.body.clone().unwrap())
            .collect::<Vec<_>>(),
        intake
            .decision
            .entries
            .iter()
            .map(|e| e.body.clone())
            .collect::<Vec<_>>()
    );
}

async fn a_change_over_another_version_is_refused(bench: Bench) {
    let case = bench.case("U1").await;
    let by = bench.person("U2").await.id;
    let change = |status, text: &str| {
        let mut changed = case.clone();
        changed.status = status;
        Decision {
            changes: vec![CaseChange::Update(Box::new(changed))],
            entries: vec![note(&case, by, text, bench.now)],
            ..Decision::default()
        }
    };
    bench
        .record(&change(Status::Triaging, "first"))
        .await
        .unwrap();
    let refused = bench.record(&change(Status::Escalated, "second")).await;
    assert!(
        matches!(refused, Err(StoreError::Conflict(_))),
        "{refused:?}"
    );

    let now = bench.store.case_by_id(case.id).await.unwrap().unwrap();
    assert_eq!((now.status, now.version), (Status::Triaging, 3));
    assert_eq!(
        bench
            .number("select count(*) from timeline where kind = 'noted'")
            .await,
        1
    );

    // An entry that changes nothing moves the version on too.
    let only_entry = Decision {
        entries: vec![note(&case, by, "third", bench.now)],
        ..Decision::default()
    };
    bench.record(&only_entry).await.unwrap();
    let now = bench.store.case_by_id(case.id).await.unwrap().unwrap();
    assert_eq!(now.version, 4);
}

async fn a_decision_commits_wholly_or_not_at_all(bench: Bench) {
    // The receipt goes to a person who is not on record: the commit must refuse everything.
    let reporter = person("U1", bench.now);
    let intake = bench.intake(&reporter, false);
    let refused = bench.record(&intake.decision).await;
    assert!(
        matches!(refused, Err(StoreError::Invalid(_))),
        "{refused:?}"
    );
    for table in [
        "cases",
        "event_report",
        "outbox",
        "deadline",
        "case_counter",
    ] {
        let rows = bench.number(&format!("select count(*) from {table}")).await;
        assert_eq!(rows, 0, "{table} kept a part of it");
    }
    let entries = "select count(*) from timeline where stream <> 'org'";
    assert_eq!(bench.number(entries).await, 0);
    // The number was not used up.
    assert_eq!(bench.case("U1").await.number.n, 1);
}

async fn numbers_are_unique_and_in_order_of_commit(bench: Bench) {
    let mut tasks = JoinSet::new();
    for worker in 0..8 {
        let store = bench.store.clone();
        let stamp = bench.stamp();
        let decisions: Vec<_> = (0..12)
            .map(|n| bench.intake(&person(&format!("U{worker}-{n}"), bench.now), true))
            .collect();
        tasks.spawn(async move {
            let mut numbers = Vec::new();
            for intake in decisions {
                let mut tx = store.begin().await.unwrap();
                let recorded = tx.record(&intake.decision, stamp).await.unwrap();
                let _ = tx.commit().await.unwrap();
                numbers.push(recorded.number(intake.case).unwrap().n);
            }
            numbers
        });
    }
    let mut all = BTreeSet::new();
    while let Some(numbers) = tasks.join_next().await {
        let numbers = numbers.unwrap();
        // Whoever files later gets the higher number.
        assert!(numbers.is_sorted(), "{numbers:?}");
        all.extend(numbers);
    }
    assert_eq!(all, (1..=96).collect());
}

async fn a_doubled_delivery_gets_the_same_answer(bench: Bench) {
    let mut tasks = JoinSet::new();
    for _ in 0..6 {
        let store = bench.store.clone();
        let stamp = bench.stamp();
        let intake = bench.intake(&person("U1", bench.now), true);
        tasks.spawn(async move {
            let answer = serde_json::json!({"case": intake.case, "number": "SE-2027-0000"});
            let mut tx = store.begin().await.unwrap();
            let before = tx
                .remember("slack:E1", "00", &answer, stamp.now)
                .await
                .unwrap();
            if let Some(before) = before {
                tx.rollback().await.unwrap();
                return (false, before);
            }
            tx.record(&intake.decision, stamp).await.unwrap();
            let _ = tx.commit().await.unwrap();
            let answer: Option<serde_json::Value> = store.seen("slack:E1").await.unwrap();
            (true, answer.unwrap())
        });
    }
    let mut answers = Vec::new();
    while let Some(answer) = tasks.join_next().await {
        answers.push(answer.unwrap());
    }
    assert_eq!(answers.iter().filter(|(first, _)| *first).count(), 1);
    for (_, answer) in &answers {
        assert_eq!(answer, &answers[0].1);
        assert_eq!(answer["number"], "SE-2027-0001");
    }
    assert_eq!(bench.number("select count(*) from cases").await, 1);
}

async fn several_reactions_at_one_instant_make_one_case(bench: Bench) {
    let mut tasks = JoinSet::new();
    for reactor in 0..8 {
        let store = bench.store.clone();
        let stamp = bench.stamp();
        let intake = bench
            .intake(&person(&format!("U{reactor}"), bench.now), true)
            .about(&message("7.7"));
        tasks.spawn(async move {
            let mut tx = store.begin().await.unwrap();
            match tx.record(&intake.decision, stamp).await {
                Ok(_) => tx.commit().await.map(|_| true),
                Err(StoreError::SourceTaken(_)) => Ok(false),
                Err(other) => Err(other),
            }
        });
    }
    let mut opened = 0;
    while let Some(result) = tasks.join_next().await {
        opened += usize::from(result.unwrap().unwrap());
    }
    assert_eq!(opened, 1);
    assert_eq!(bench.number("select count(*) from cases").await, 1);
    assert_eq!(bench.number("select count(*) from event_report").await, 1);
}

async fn a_row_that_does_not_convert_names_its_place(bench: Bench) {
    let case = bench.case("U1").await;
    let broken = format!(
        "update cases set alert_links = 'no json' where id = '{}'",
        case.id
    );
    bench.sql(&broken).await.unwrap();
    let error = bench.store.case_by_id(case.id).await.unwrap_err();
    let StoreError::BadRow {
        table, column, row, ..
    } = &error
    else {
        panic!("{error}");
    };
    assert_eq!((*table, column.as_str()), ("cases", "alert_links"));
    assert_eq!(row, &case.id.to_string());

    // A word that this program does not know.
    let drop_check = if bench.is_postgres() {
        "alter table outbox drop constraint outbox_kind_check"
    } else {
        "pragma ignore_check_constraints = on"
    };
    bench.sql(drop_check).await.unwrap();
    bench
        .sql("update outbox set kind = 'telegram' where kind = 'receipt'")
        .await
        .unwrap();
    let error = bench.store.outbox(&Default::default()).await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("outbox") && text.contains("kind") && text.contains("telegram"),
        "{text}"
    );
}

async fn what_was_recorded_cannot_be_changed(bench: Bench) {
    let case = bench.case("U1").await;
    let record = secevent::domain::assessment::AssessmentRecord {
        id: secevent::domain::ids::AssessmentId::new(&ENTROPY, bench.now),
        case: case.id,
        policy: bench.version,
        criteria: Default::default(),
        result: secevent::domain::assessment::Assessment::Event,
        consequence: "c".to_owned(),
        priority: "p".to_owned(),
        rationale: "r".to_owned(),
        decider: bench.store.reports_of_case(case.id).await.unwrap()[0].reporter,
        decided_at: bench.now,
    };
    let decision = Decision {
        assessments: vec![record.clone()],
        ..Decision::default()
    };
    bench.record(&decision).await.unwrap();
    assert_eq!(
        bench.store.assessments_of_case(case.id).await.unwrap(),
        vec![record]
    );
    bench
        .sql(&format!(
            "insert into attempt (id, outbox_id, epoch, generation, owner, finished_at, outcome, late)
             select id, id, 1, 1, 'x', 1, 'delivered', {} from outbox limit 1",
            if bench.is_postgres() { "false" } else { "0" }
        ))
        .await
        .unwrap();

    let mut refused = vec![
        "update timeline set actor = 'system'",
        "update timeline set seq = seq + 1",
        "delete from timeline",
        "update timeline_payload set json = '{}'",
        "delete from timeline_payload",
        "update assessment set rationale = 'better'",
        "delete from assessment",
        "update attempt set outcome = 'temporary'",
        "delete from attempt",
        "update policy_version set json = '{}'",
        "delete from policy_version",
        "update event_report set text = 'nothing'",
        "update event_report set withdrawn_at = 1, text = 'nothing'",
        "delete from event_report",
    ];
    if bench.is_postgres() {
        refused.extend([
            "truncate timeline cascade",
            "truncate timeline_payload",
            "truncate attempt",
            "truncate event_report",
            "truncate assessment",
        ]);
    } else {
        refused.extend([
            "insert or replace into timeline select * from timeline",
            "insert or replace into timeline_payload (stream, seq, salt, json) select stream, seq, salt, '{}' from timeline_payload",
            "insert or replace into attempt select * from attempt",
            "insert or replace into event_report select * from event_report",
            "update or replace timeline set actor = 'system'",
        ]);
    }
    for sql in refused {
        let error = bench.sql(sql).await.expect_err(sql);
        assert!(error.contains("append-only"), "{sql}: {error}");
    }
    // The one change that is allowed, once.
    bench
        .sql("update event_report set withdrawn_at = 5")
        .await
        .unwrap();
    bench
        .sql("update event_report set withdrawn_at = 6")
        .await
        .unwrap_err();
    // A payload goes only with a redaction on record.
    bench
        .sql("insert into redaction (stream, seq, reason, authorised_by, authorised_at)
              select stream, seq, 'a name that should not be here', (select id from person limit 1), 1 from timeline where stream <> 'org' and seq = 2")
        .await
        .unwrap();
    bench.sql("delete from redaction").await.unwrap_err();
    bench
        .sql("delete from timeline_payload where stream <> 'org' and seq = 1")
        .await
        .unwrap_err();
    bench
        .sql("delete from timeline_payload where stream <> 'org' and seq = 2")
        .await
        .unwrap();
    let verified = bench.store.verify_all_chains().await.unwrap();
    assert_eq!(
        (verified.redacted, verified.fault_count),
        (1, 0),
        "{verified:?}"
    );
    let stream = secevent::domain::timeline::Stream::Case(case.id);
    let entries = bench.store.timeline(stream, 1, 10).await.unwrap();
    assert!(matches!(entries[0].body, Some(Body::Reported { .. })));
    assert_eq!(entries[1].body, None);
}
