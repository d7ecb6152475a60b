//! The other nouns: directory, policy, deadlines, escalations, alarms, files, what could not be read.

use super::bench::{Bench, ENTROPY, deadline, person, policy};
use chrono::Duration;
use secevent::{
    domain::{
        deadline::{DeadlineChange, DeadlineKind},
        decision::{AlarmChange, AlarmKind, Decision, PersonChange},
        escalation::{Escalation, Run},
        event_report::{Attachment, FileRef, Kept},
        ids::{AttachmentId, EscalationId, GrantId, OutboxId},
        person::{ContactMethod, PlatformId, Role, RoleGrant},
    },
    store::{Place, StoreError, UnreadInbound},
};
use tokio::task::JoinSet;

on_both!(
    roles_hold_from_and_until,
    the_directory_replaces_a_person_and_keeps_whom_chat_saw,
    the_same_policy_is_one_version,
    deadlines_move_and_end,
    a_case_has_one_running_escalation,
    an_alarm_counts_until_it_is_cleared,
    an_alarm_that_nothing_mends_lapses,
    a_seat_says_until_when_everything_was_heard,
    files_are_kept_by_their_content,
    unreadable_deliveries_are_kept_for_a_time,
    a_delivery_is_known_again_for_a_time,
    replicas_that_start_together_migrate_once,
);

async fn roles_hold_from_and_until(bench: Bench) {
    let (first, second) = (bench.person("A").await, bench.person("B").await);
    let grant = |whom: &secevent::domain::person::Person, minutes| RoleGrant {
        id: GrantId::new(&ENTROPY, bench.now),
        role: Role::OnCallPrimary,
        person: whom.id,
        from: bench.now + Duration::minutes(minutes),
        until: None,
        granted_by: None,
        vouched_by: None,
    };
    let (of_first, of_second) = (grant(&first, 0), grant(&second, 1));
    let decision = Decision {
        people: vec![
            PersonChange::Grant(of_second.clone()),
            PersonChange::Grant(of_first.clone()),
        ],
        ..Decision::default()
    };
    bench.record(&decision).await.unwrap();
    let on_call = async |at| {
        let people = bench.store.people_with_role(Role::OnCallPrimary, at).await;
        people
            .unwrap()
            .into_iter()
            .map(|p| p.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(on_call(bench.now).await, [first.id]);
    let later = bench.now + Duration::minutes(2);
    assert_eq!(on_call(later).await, [first.id, second.id]);
    let known = bench.store.person(first.id, later).await.unwrap().unwrap();
    assert!(known.roles.contains(&Role::OnCallPrimary));

    let closed = RoleGrant {
        until: Some(later),
        ..of_first
    };
    let decision = Decision {
        people: vec![PersonChange::Revoke { grant: closed }],
        ..Decision::default()
    };
    bench.record(&decision).await.unwrap();
    assert_eq!(on_call(later).await, [second.id]);
    assert_eq!(bench.store.grants(later).await.unwrap(), vec![of_second]);
}

async fn the_directory_replaces_a_person_and_keeps_whom_chat_saw(bench: Bench) {
    let mut anna = bench.person("A").await;
    anna.name = "Anna".to_owned();
    anna.contacts = vec![
        ContactMethod::Phone("+43 1 234".to_owned()),
        ContactMethod::Mail("anna@example.org".to_owned()),
    ];
    anna.identities.push(secevent::domain::person::Identity {
        platform: PlatformId::Teams,
        realm: "tenant".to_owned(),
        user: "anna".to_owned(),
    });
    anna.identities.sort();
    let decision = Decision {
        people: vec![PersonChange::Put(anna.clone())],
        ..Decision::default()
    };
    bench.record(&decision).await.unwrap();
    bench.record(&decision).await.unwrap();
    let known = bench
        .store
        .person_by_identity(&anna.identities[0], bench.now)
        .await
        .unwrap();
    assert_eq!(known.unwrap().person, anna);

    // Somebody else saw the same account first: load again.
    let twin = person("A", bench.now);
    let decision = Decision {
        people: vec![PersonChange::Seen(twin)],
        ..Decision::default()
    };
    let refused = bench.record(&decision).await;
    assert!(
        matches!(refused, Err(StoreError::Conflict(_))),
        "{refused:?}"
    );
    let everybody = bench.store.all_people(bench.now).await.unwrap();
    assert_eq!(everybody.len(), 1);
}

async fn the_same_policy_is_one_version(bench: Bench) {
    let store = &bench.store;
    let same = store
        .adopt_policy(&policy(), bench.now, &ENTROPY)
        .await
        .unwrap();
    assert_eq!((same.version, same.changed), (bench.version, false));
    let mut other = policy();
    other.queue.team = "Blue".to_owned();
    let adopted = store
        .adopt_policy(&other, bench.now, &ENTROPY)
        .await
        .unwrap();
    assert!(adopted.changed);
    let current = store.current_policy().await.unwrap().unwrap();
    assert_eq!(
        (current.version, &current.policy),
        (adopted.version, &other)
    );
    // Back to the first: the same version again.
    let back = store
        .adopt_policy(&policy(), bench.now, &ENTROPY)
        .await
        .unwrap();
    assert_eq!((back.version, back.changed), (bench.version, true));
    let stored = store
        .policy_version(adopted.version)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(stored.policy, other);
    assert_eq!(store.verify_all_chains().await.unwrap().entries, 3);
}

async fn deadlines_move_and_end(bench: Bench) {
    let case = bench.case("U1").await;
    let at = |minutes| bench.now + Duration::minutes(minutes);
    let set = |kind, minutes| DeadlineChange::Set(deadline(case.id, kind, at(minutes)));
    let deadlines = async |changes| {
        let decision = Decision {
            deadlines: changes,
            ..Decision::default()
        };
        bench.record(&decision).await.unwrap();
        let open = bench.store.open_deadlines(case.id).await.unwrap();
        open.into_iter()
            .map(|open| (open.deadline.kind, open.deadline.due_at))
            .collect::<Vec<_>>()
    };
    let (take, triage) = (DeadlineKind::Take, DeadlineKind::Triage);
    assert_eq!(
        deadlines(vec![set(take, 5)]).await,
        [(take, at(5)), (triage, at(60))]
    );
    assert_eq!(bench.store.next_deadline().await.unwrap(), Some(at(5)));
    assert!(
        bench
            .store
            .due_deadlines(at(4), 10)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(bench.store.due_deadlines(at(5), 10).await.unwrap().len(), 1);
    let (case, kind) = (case.id, take);
    assert_eq!(
        deadlines(vec![DeadlineChange::Met { case, kind }]).await,
        [(triage, at(60))]
    );
    // Ended and set again by one decision.
    let both = vec![
        set(triage, 90),
        DeadlineChange::Missed { case, kind: triage },
    ];
    assert_eq!(deadlines(both).await, [(triage, at(90))]);
    assert_eq!(
        bench
            .number("select count(*) from deadline where state = 'missed'")
            .await,
        1
    );
}

async fn a_case_has_one_running_escalation(bench: Bench) {
    let case = bench.case("U1").await;
    let by = bench.person("A").await.id;
    let run = || Escalation {
        id: EscalationId::new(&ENTROPY, bench.now),
        case: case.id,
        policy: "default".to_owned(),
        by,
        reason: "it spreads".to_owned(),
        started_at: bench.now,
        run: Run::Running {
            step: 0,
            attempt: 1,
            page: OutboxId::new(&ENTROPY, bench.now),
            paged: by,
        },
    };
    let decide = |escalations| Decision {
        escalations,
        ..Decision::default()
    };
    let first = run();
    bench.record(&decide(vec![first.clone()])).await.unwrap();
    assert_eq!(
        bench.store.open_escalation(case.id).await.unwrap(),
        Some(first.clone())
    );
    let refused = bench.record(&decide(vec![run()])).await;
    assert!(
        matches!(refused, Err(StoreError::Conflict(_))),
        "{refused:?}"
    );
    let ended = Escalation {
        run: Run::Cancelled { at: bench.now },
        ..first
    };
    bench.record(&decide(vec![ended, run()])).await.unwrap();
    assert_eq!(
        bench
            .store
            .escalations_of_case(case.id)
            .await
            .unwrap()
            .len(),
        2
    );
}

async fn an_alarm_that_nothing_mends_lapses(bench: Bench) {
    let (kind, store) = (AlarmKind::EventsMissed, &bench.store);
    let later = bench.now + Duration::days(3);
    for (subject, at) in [("old", bench.now), ("again", bench.now), ("again", later)] {
        let raised = store.raise_alarm(kind, subject, "missed", at, &ENTROPY);
        raised.await.unwrap();
    }
    let lapsed = store.lapse_alarms(kind, later, later).await.unwrap();
    let open = store.open_alarms().await.unwrap();
    assert_eq!((lapsed, open.len()), (1, 1));
    assert_eq!(open[0].subject, "again");
}

async fn a_seat_says_until_when_everything_was_heard(bench: Bench) {
    let (discord, until) = (PlatformId::Discord, bench.now + Duration::seconds(20));
    let take = async |holder, now| {
        bench
            .store
            .take_seat(discord, holder, now, until)
            .await
            .unwrap()
    };
    let seat = take("a", bench.now).await.unwrap();
    // Nothing is older than the first seat of all.
    assert_eq!(
        (seat.epoch, seat.begun_at, seat.place.heard_until),
        (1, Some(bench.now), Some(bench.now))
    );
    let place = Place {
        stream: None,
        heard_until: Some(bench.now + Duration::seconds(7)),
        owed_since: Some(bench.now),
    };
    assert!(bench.store.note_place(discord, 1, &place).await.unwrap());
    assert_eq!(take("b", bench.now).await, None);
    let next = take("b", until).await.unwrap();
    assert_eq!((next.epoch, next.begun_at), (2, Some(bench.now)));
    assert_eq!(next.place, place);
    // Whoever lost it writes nothing.
    assert!(
        !bench
            .store
            .note_place(discord, 1, &Place::default())
            .await
            .unwrap()
    );
}

async fn an_alarm_counts_until_it_is_cleared(bench: Bench) {
    let raise = |text: &str| Decision {
        alarms: vec![AlarmChange::Raise {
            kind: AlarmKind::NobodyOnCall,
            subject: "on_call_backup".to_owned(),
            text: text.to_owned(),
        }],
        ..Decision::default()
    };
    bench.record(&raise("one")).await.unwrap();
    bench.record(&raise("two")).await.unwrap();
    let open = bench.store.open_alarms().await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].count, open[0].text.as_str()), (2, "two"));
    let kind = AlarmKind::NobodyOnCall;
    assert!(
        bench
            .store
            .clear_alarm(kind, "on_call_backup", bench.now)
            .await
            .unwrap()
    );
    assert!(
        !bench
            .store
            .clear_alarm(kind, "on_call_backup", bench.now)
            .await
            .unwrap()
    );
    bench
        .store
        .raise_alarm(kind, "on_call_backup", "three", bench.now, &ENTROPY)
        .await
        .unwrap();
    assert_eq!(bench.store.open_alarms().await.unwrap()[0].count, 1);
    assert_eq!(bench.number("select count(*) from alarm").await, 2);
}

async fn files_are_kept_by_their_content(bench: Bench) {
    let case = bench.case("U1").await;
    let mut file = Attachment {
        id: AttachmentId::new(&ENTROPY, bench.now),
        case: case.id,
        file: FileRef {
            id: "F1".to_owned(),
            name: "screen.png".to_owned(),
            media_type: Some("image/png".to_owned()),
            size: Some(3),
        },
        source: Some(super::bench::message("1.1")),
        kept: Kept::Pending,
    };
    let decide = |file: &Attachment| Decision {
        attachments: vec![file.clone()],
        ..Decision::default()
    };
    bench.record(&decide(&file)).await.unwrap();
    assert_eq!(
        bench.store.pending_attachments(10).await.unwrap(),
        vec![file.clone()]
    );
    let sha256 = bench
        .store
        .keep_content(vec![1, 0, 255], bench.now)
        .await
        .unwrap();
    let again = bench
        .store
        .keep_content(vec![1, 0, 255], bench.now)
        .await
        .unwrap();
    assert_eq!(sha256, again);
    file.kept = Kept::Yes {
        sha256: sha256.clone(),
        size: 3,
    };
    bench.record(&decide(&file)).await.unwrap();
    assert!(
        bench
            .store
            .pending_attachments(10)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        bench.store.attachments_of_case(case.id).await.unwrap(),
        vec![file]
    );
    let content = bench.store.content(&sha256).await.unwrap();
    assert_eq!(content, Some(vec![1, 0, 255]));
    assert_eq!(
        bench
            .number("select count(*) from attachment_content")
            .await,
        1
    );
}

async fn unreadable_deliveries_are_kept_for_a_time(bench: Bench) {
    let unread = UnreadInbound {
        platform: PlatformId::Slack,
        what: "interaction".to_owned(),
        masked: "é".repeat(30_000),
        reason: "no type".to_owned(),
        wire_sha256: "00".repeat(32),
        at: bench.now,
    };
    bench.store.keep_unread(&unread, &ENTROPY).await.unwrap();
    let kept = bench.store.unread(10).await.unwrap();
    assert_eq!(kept[0].masked.chars().count(), 20_000);
    let days = |n| bench.now + Duration::days(n);
    assert_eq!(bench.store.purge_unread(days(7), 7).await.unwrap(), 0);
    assert_eq!(bench.store.purge_unread(days(8), 7).await.unwrap(), 1);
}

async fn a_delivery_is_known_again_for_a_time(bench: Bench) {
    let mut tx = bench.store.begin().await.unwrap();
    let answer = "first".to_owned();
    let before = tx.remember("slack:1", "00", &answer, bench.now);
    assert_eq!(before.await.unwrap(), None);
    let _ = tx.commit().await.unwrap();
    let days = |n| bench.now + Duration::days(n);
    assert_eq!(bench.store.purge_seen(days(30)).await.unwrap(), 0);
    let seen = bench.store.seen::<String>("slack:1").await.unwrap();
    assert_eq!(seen.as_deref(), Some("first"));
    assert_eq!(bench.store.purge_seen(days(31)).await.unwrap(), 1);
    assert_eq!(bench.store.seen::<String>("slack:1").await.unwrap(), None);
}

async fn replicas_that_start_together_migrate_once(bench: Bench) {
    if !bench.is_postgres() {
        return;
    }
    let cluster = crate::harness::postgres::Cluster::shared();
    let url = cluster.url(&cluster.empty_database());
    let mut tasks = JoinSet::new();
    for _ in 0..4 {
        let options = secevent::store::StoreOptions::new(url.clone());
        tasks.spawn(async move {
            let store = secevent::store::Store::connect(&options).await.unwrap();
            store.migrate().await.unwrap();
            assert!(store.pending_migrations().await.unwrap().is_empty());
            store.ping().await.unwrap();
            let skew = store
                .clock_skew(chrono::DateTime::UNIX_EPOCH)
                .await
                .unwrap();
            assert!(skew.unwrap() > Duration::days(365 * 50));
            store.close().await;
        });
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
}
