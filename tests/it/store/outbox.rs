//! The outbox: nobody sends twice, nothing is lost, lanes keep their pace.

use super::bench::{Bench, ENTROPY, card, message, note, person};
use chrono::Duration;
use secevent::{
    domain::{
        case::Case,
        decision::{Decision, MessageRole},
        escalation::{Escalation, Run},
        event_report::MessageRef,
        ids::{EscalationId, OutboxId, PersonId},
        notification::{DeliveryState, Notification, NotificationKind, Priority, Recipient, Refs},
        person::PlatformId,
    },
    store::{
        AttemptOutcome, AttemptResult, Budget, ClaimOptions, Claimed, OutboxFilter, OutboxState,
    },
};
use std::{collections::BTreeSet, time::Duration as Span};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

on_both!(
    two_owners_never_claim_the_same_row,
    a_lost_lease_comes_back_and_its_holder_is_fenced,
    a_claim_that_was_not_sent_comes_back_clean,
    a_card_that_changes_while_it_is_sent_is_sent_again,
    lanes_keep_pace_and_priority,
    a_row_that_cannot_be_read_is_given_up_and_stops_nobody,
    nothing_is_claimed_that_the_pace_would_make_wait,
    being_told_to_slow_down_costs_no_attempt,
    what_failed_waits_gives_up_and_can_be_retried,
    a_cancelled_page_is_not_sent_and_frees_its_lane,
    what_follows_is_recorded_with_the_finish_or_not_at_all,
    commits_wake_the_replicas,
);

const LEASE: Span = Span::from_secs(30);

fn options(owner: &str) -> ClaimOptions<'_> {
    ClaimOptions {
        owner,
        lease: LEASE,
        pace: Span::from_secs(1),
        limit: 10,
        budget: Budget::UNLIMITED,
    }
}

fn result(outcome: AttemptOutcome) -> AttemptResult {
    AttemptResult {
        started_at: Some(chrono::DateTime::UNIX_EPOCH),
        status: Some("ok".to_owned()),
        content_sha256: None,
        outcome,
    }
}

fn delivered(message: Option<MessageRef>) -> AttemptResult {
    result(AttemptOutcome::Delivered {
        state: DeliveryState::Accepted,
        message,
    })
}

fn notice(
    case: &Case,
    to: PersonId,
    dedupe: &str,
    priority: Priority,
    now: chrono::DateTime<chrono::Utc>,
) -> Notification {
    Notification {
        id: OutboxId::new(&ENTROPY, now),
        dedupe: dedupe.to_owned(),
        kind: NotificationKind::DirectNotice,
        case: Some(case.id),
        to: Recipient::Person {
            person: to,
            via: None,
        },
        priority,
        not_before: now,
        refs: Refs::default(),
    }
}

impl Bench {
    async fn notify(&self, notifications: Vec<Notification>) {
        let decision = Decision {
            notifications,
            ..Decision::default()
        };
        self.record(&decision).await.unwrap();
    }

    /// Sends everything that is due, so that the outbox is empty.
    async fn drain(&mut self) {
        loop {
            let claimed = self.claim("drain").await;
            if claimed.is_empty() {
                break;
            }
            for claim in claimed {
                assert!(self.store.mark_sending(&claim, self.now).await.unwrap());
                self.finish(&claim, delivered(None)).await;
            }
            self.now += Duration::seconds(1);
        }
    }

    async fn claim(&self, owner: &str) -> Vec<Claimed> {
        self.store
            .claim(&options(owner), self.now, &ENTROPY)
            .await
            .unwrap()
    }

    async fn finish(&self, claim: &Claimed, result: AttemptResult) -> bool {
        self.store
            .finish(claim, &result, self.now, &ENTROPY, None)
            .await
            .unwrap()
            .ours
    }

    async fn state(&self, id: OutboxId) -> OutboxState {
        self.store.outbox_row(id).await.unwrap().unwrap().state
    }
}

async fn two_owners_never_claim_the_same_row(mut bench: Bench) {
    let case = bench.case("U1").await;
    bench.drain().await;
    let mut notices = Vec::new();
    for n in 0..60 {
        let to = bench.person(&format!("P{n}")).await.id;
        // Two for each person: the second must wait for the first.
        for round in 0..2 {
            let dedupe = format!("n{n}-{round}");
            notices.push(notice(&case, to, &dedupe, Priority::Page, bench.now));
        }
    }
    bench.notify(notices).await;
    let mut tasks = JoinSet::new();
    for owner in ["a", "b", "c"] {
        let store = bench.replica().await;
        let start = bench.now;
        tasks.spawn(async move {
            let mut mine = Vec::new();
            let mut now = start;
            let mut idle = 0;
            while idle < 3 {
                let claimed = store.claim(&options(owner), now, &ENTROPY).await.unwrap();
                idle = if claimed.is_empty() { idle + 1 } else { 0 };
                let lanes: BTreeSet<_> = claimed.iter().map(|c| c.lane.clone()).collect();
                assert_eq!(lanes.len(), claimed.len(), "a lane twice in one claim");
                for claim in claimed {
                    assert!(store.mark_sending(&claim, now).await.unwrap());
                    let done = delivered(None);
                    let finished = store.finish(&claim, &done, now, &ENTROPY, None).await;
                    assert!(finished.unwrap().ours);
                    mine.push(claim.notification.id);
                }
                now += Duration::seconds(1);
            }
            mine
        });
    }
    let mut all = Vec::new();
    while let Some(mine) = tasks.join_next().await {
        all.extend(mine.unwrap());
    }
    let distinct: BTreeSet<_> = all.iter().collect();
    assert_eq!((all.len(), distinct.len()), (120, 120));
    let doubled = "select count(*) from (select outbox_id from attempt group by outbox_id having count(*) > 1) d";
    assert_eq!(bench.number(doubled).await, 0);
}

async fn a_lost_lease_comes_back_and_its_holder_is_fenced(mut bench: Bench) {
    bench.case("U1").await;
    let claims = bench.claim("zombie").await;
    assert_eq!(claims.len(), 2, "the receipt and the card");
    let receipt = claims[0].clone();
    assert_eq!(receipt.notification.kind, NotificationKind::Receipt);
    assert!(bench.store.mark_sending(&receipt, bench.now).await.unwrap());
    assert!(
        bench.claim("other").await.is_empty(),
        "everything is leased"
    );

    bench.now += Duration::seconds(31);
    let again = bench.claim("other").await;
    assert_eq!(again.len(), 2);
    assert_eq!(again[0].notification, receipt.notification);
    assert!(again[0].maybe_sent, "it may have been sent");
    assert!(!again[1].maybe_sent, "the card was never begun");
    assert_eq!(again[0].epoch, receipt.epoch + 1);

    assert!(!bench.finish(&receipt, delivered(None)).await, "fenced");
    assert_eq!(
        bench.state(receipt.notification.id).await,
        OutboxState::Leased
    );
    assert!(
        bench
            .store
            .mark_sending(&again[0], bench.now)
            .await
            .unwrap()
    );
    assert!(bench.finish(&again[0], delivered(None)).await);
    assert_eq!(
        bench.state(receipt.notification.id).await,
        OutboxState::Done
    );

    let attempts = bench.store.attempts(receipt.notification.id).await.unwrap();
    let seen: Vec<_> = attempts
        .iter()
        .map(|a| (a.epoch, a.outcome.as_str(), a.late))
        .collect();
    assert_eq!(
        seen,
        vec![
            (1, "unknown", false),
            (1, "delivered", true),
            (2, "delivered", false)
        ]
    );
}

async fn a_claim_that_was_not_sent_comes_back_clean(mut bench: Bench) {
    bench.case("U1").await;
    let slow = bench.claim("slow").await;
    bench.now += Duration::seconds(30);
    // The lease is over, though nobody took the row yet: it must not be sent any more.
    assert!(!bench.store.mark_sending(&slow[0], bench.now).await.unwrap());
    let again = bench.claim("quick").await;
    assert_eq!(again.len(), 2);
    assert!(again.iter().all(|c| !c.maybe_sent && c.attempts == 0));
    assert!(
        bench
            .store
            .attempts(slow[0].notification.id)
            .await
            .unwrap()
            .is_empty()
    );
}

async fn a_card_that_changes_while_it_is_sent_is_sent_again(mut bench: Bench) {
    let case = bench.case("U1").await;
    let claims = bench.claim("a").await;
    let first = &claims[1];
    assert_eq!(first.notification.kind, NotificationKind::CaseCard);
    assert!(bench.store.mark_sending(first, bench.now).await.unwrap());
    // Two more causes while the card is on its way.
    bench.notify(vec![card(case.id, bench.now)]).await;
    bench.notify(vec![card(case.id, bench.now)]).await;
    let posted = message("card.1");
    assert!(bench.finish(first, delivered(Some(posted.clone()))).await);
    assert_eq!(
        bench.store.card_message(case.id).await.unwrap(),
        Some(posted.clone())
    );

    bench.now += Duration::seconds(1);
    let again = bench.claim("a").await;
    let card_again = again
        .iter()
        .find(|c| c.notification.id == first.notification.id);
    let card_again = card_again.expect("the card goes again").clone();
    assert_eq!(card_again.generation, 3);
    assert_eq!(
        card_again.message,
        Some(posted),
        "it is updated where it stands"
    );
    assert!(bench.finish(&card_again, delivered(None)).await);
    assert_eq!(bench.state(first.notification.id).await, OutboxState::Done);

    // One more cause after it was done.
    bench.notify(vec![card(case.id, bench.now)]).await;
    assert_eq!(bench.state(first.notification.id).await, OutboxState::Ready);
    let cards = OutboxFilter {
        kind: Some(NotificationKind::CaseCard),
        ..OutboxFilter::default()
    };
    assert_eq!(bench.store.outbox(&cards).await.unwrap().len(), 1);
}

async fn lanes_keep_pace_and_priority(mut bench: Bench) {
    let case = bench.case("U1").await;
    bench.drain().await;
    let (anna, ben) = (bench.person("A").await.id, bench.person("B").await.id);
    bench
        .notify(vec![
            notice(&case, anna, "a-low", Priority::Card, bench.now),
            notice(&case, anna, "a-page", Priority::Page, bench.now),
            notice(&case, anna, "a-page-2", Priority::Page, bench.now),
            notice(&case, ben, "b-low", Priority::Feedback, bench.now),
            notice(
                &case,
                ben,
                "b-later",
                Priority::Page,
                bench.now + Duration::hours(1),
            ),
        ])
        .await;
    let names = |claims: &[Claimed]| -> Vec<String> {
        claims
            .iter()
            .map(|c| c.notification.dedupe.clone())
            .collect()
    };
    let first = bench.claim("a").await;
    assert_eq!(names(&first), ["a-page", "b-low"]);
    for claim in &first {
        assert!(bench.finish(claim, delivered(None)).await);
    }
    assert!(bench.claim("a").await.is_empty(), "a second has not passed");
    assert_eq!(
        bench.store.next_outbox_due().await.unwrap(),
        Some(bench.now + Duration::seconds(1))
    );
    bench.now += Duration::seconds(1);
    let second = bench.claim("a").await;
    assert_eq!(names(&second), ["a-page-2"]);
    // The lane is busy until it is finished, however much time passes within the lease.
    bench.now += Duration::seconds(10);
    assert!(bench.claim("b").await.is_empty());
    assert!(bench.finish(&second[0], delivered(None)).await);
    assert_eq!(names(&bench.claim("b").await), ["a-low"]);
    let age = bench
        .store
        .oldest_ready_age(bench.now + Duration::hours(2))
        .await
        .unwrap();
    assert!(age.unwrap() > Duration::minutes(59));
}

async fn being_told_to_slow_down_costs_no_attempt(mut bench: Bench) {
    let case = bench.case("U1").await;
    bench.drain().await;
    let anna = bench.person("A").await.id;
    bench
        .notify(vec![
            notice(&case, anna, "one", Priority::Page, bench.now),
            notice(&case, anna, "two", Priority::Page, bench.now),
        ])
        .await;
    let claim = bench.claim("a").await.remove(0);
    assert!(bench.store.mark_sending(&claim, bench.now).await.unwrap());
    let until = bench.now + Duration::seconds(20);
    let told = result(AttemptOutcome::RateLimited {
        until,
        reason: "429".to_owned(),
    });
    assert!(bench.finish(&claim, told).await);
    bench.now += Duration::seconds(19);
    assert!(bench.claim("a").await.is_empty(), "the whole lane waits");
    assert_eq!(bench.store.next_outbox_due().await.unwrap(), Some(until));
    bench.now = until;
    let again = bench.claim("a").await.remove(0);
    assert_eq!(again.notification.dedupe, "one");
    assert_eq!((again.attempts, again.maybe_sent), (0, false));
    // A shorter block never replaces a longer one.
    bench
        .store
        .block_lane(&again.lane, until + Duration::minutes(5))
        .await
        .unwrap();
    bench
        .store
        .block_lane(&again.lane, until + Duration::minutes(1))
        .await
        .unwrap();
    assert!(bench.finish(&again, delivered(None)).await);
    bench.now = until + Duration::minutes(2);
    assert!(bench.claim("a").await.is_empty());
}

async fn what_failed_waits_gives_up_and_can_be_retried(mut bench: Bench) {
    let case = bench.case("U1").await;
    bench.drain().await;
    let anna = bench.person("A").await.id;
    bench
        .notify(vec![notice(&case, anna, "one", Priority::Page, bench.now)])
        .await;
    let claim = bench.claim("a").await.remove(0);
    let id = claim.notification.id;
    let failed = result(AttemptOutcome::Temporary {
        after: bench.now + Duration::seconds(8),
        reason: "connection reset".to_owned(),
        maybe_sent: true,
    });
    assert!(bench.finish(&claim, failed).await);
    bench.now += Duration::seconds(7);
    assert!(bench.claim("a").await.is_empty());
    bench.now += Duration::seconds(1);
    let claim = bench.claim("a").await.remove(0);
    assert_eq!((claim.attempts, claim.maybe_sent), (1, true));
    let dead = result(AttemptOutcome::Permanent {
        reason: "channel_not_found".to_owned(),
    });
    assert!(bench.finish(&claim, dead).await);
    let row = bench.store.outbox_row(id).await.unwrap().unwrap();
    assert_eq!(
        (row.state, row.delivery),
        (OutboxState::Dead, DeliveryState::Failed)
    );
    assert_eq!(row.last_error.as_deref(), Some("channel_not_found"));
    assert!(bench.claim("a").await.is_empty());

    assert!(bench.store.retry(id, bench.now).await.unwrap());
    assert!(
        !bench.store.retry(id, bench.now).await.unwrap(),
        "it waits already"
    );
    bench.now += Duration::seconds(1);
    let claim = bench.claim("a").await.remove(0);
    assert!(bench.finish(&claim, delivered(None)).await);
    assert_eq!(bench.store.attempts(id).await.unwrap().len(), 3);
    let counts = bench.store.outbox_counts().await.unwrap();
    assert!(
        counts.iter().all(|count| count.state == OutboxState::Done),
        "{counts:?}"
    );
}

async fn a_cancelled_page_is_not_sent_and_frees_its_lane(mut bench: Bench) {
    let case = bench.case("U1").await;
    bench.drain().await;
    let anna = bench.person("A").await.id;
    let escalation = EscalationId::new(&ENTROPY, bench.now);
    let mut page = notice(&case, anna, "page", Priority::Page, bench.now);
    page.kind = NotificationKind::Page;
    page.refs.escalation = Some(escalation);
    let run = Escalation {
        id: escalation,
        case: case.id,
        policy: "default".to_owned(),
        by: anna,
        reason: "it spreads".to_owned(),
        started_at: bench.now,
        run: Run::Running {
            step: 0,
            attempt: 1,
            page: page.id,
            paged: anna,
        },
    };
    let start = Decision {
        escalations: vec![run.clone()],
        notifications: vec![
            page.clone(),
            notice(&case, anna, "later", Priority::Card, bench.now),
        ],
        ..Decision::default()
    };
    bench.record(&start).await.unwrap();
    let claim = bench.claim("a").await.remove(0);
    assert_eq!(claim.notification, page);
    let mut ended = run;
    ended.run = Run::Acknowledged {
        by: anna,
        at: bench.now,
    };
    let acknowledged = Decision {
        escalations: vec![ended.clone()],
        cancel_pages: vec![escalation],
        ..Decision::default()
    };
    bench.record(&acknowledged).await.unwrap();
    assert!(!bench.store.mark_sending(&claim, bench.now).await.unwrap());
    assert_eq!(bench.state(page.id).await, OutboxState::Cancelled);
    assert_eq!(
        bench.store.escalation(escalation).await.unwrap(),
        Some(ended)
    );
    assert_eq!(bench.store.open_escalation(case.id).await.unwrap(), None);
    bench.now += Duration::seconds(1);
    assert_eq!(bench.claim("a").await[0].notification.dedupe, "later");
}

async fn what_follows_is_recorded_with_the_finish_or_not_at_all(mut bench: Bench) {
    let case = bench.case("U1").await;
    let claims = bench.claim("a").await;
    let entry = Decision {
        entries: vec![note(&case, person("U9", bench.now).id, "sent", bench.now)],
        ..Decision::default()
    };
    let follows = Some((&entry, bench.stamp()));
    let done = delivered(Some(message("dm.1")));
    let finished = bench
        .store
        .finish(&claims[0], &done, bench.now, &ENTROPY, follows)
        .await
        .unwrap();
    assert_eq!(finished.recorded.unwrap().version(case.id), Some(3));
    let receipts = bench
        .store
        .messages_of_case(case.id, MessageRole::Receipt)
        .await
        .unwrap();
    assert_eq!(receipts[0].message, message("dm.1"));
    assert!(receipts[0].person.is_some());
    assert_eq!(receipts[0].notification, Some(claims[0].notification.id));
    let found = bench
        .store
        .message(PlatformId::Slack, "C1", "dm.1")
        .await
        .unwrap();
    assert_eq!(found, receipts);

    bench.now += Duration::seconds(31);
    assert_eq!(bench.claim("b").await.len(), 1);
    let follows = Some((&entry, bench.stamp()));
    let late = bench
        .store
        .finish(&claims[1], &done, bench.now, &ENTROPY, follows)
        .await
        .unwrap();
    assert!(!late.ours);
    assert_eq!(late.recorded, None);
    let version = bench
        .store
        .case_by_id(case.id)
        .await
        .unwrap()
        .unwrap()
        .version;
    assert_eq!(version, 3, "nothing follows from a late finish");
    assert_eq!(
        bench.store.verify_all_chains().await.unwrap().fault_count,
        0
    );
}

async fn commits_wake_the_replicas(bench: Bench) {
    let other = bench.replica().await;
    let mut here = bench.store.changes();
    let mut there = other.changes();
    let stop = CancellationToken::new();
    let mut workers = JoinSet::new();
    workers.spawn(bench.store.clone().tell_replicas(stop.clone()));
    workers.spawn(other.clone().hear_replicas(stop.clone()));
    if bench.is_postgres() {
        // The listener rings once when it listens.
        there.changed().await.unwrap();
    }
    here.mark_unchanged();
    bench.case("U1").await;
    here.changed().await.unwrap();
    if bench.is_postgres() {
        there.changed().await.unwrap();
    }
    stop.cancel();
    while let Some(ended) = workers.join_next().await {
        ended.unwrap();
    }
}

async fn a_row_that_cannot_be_read_is_given_up_and_stops_nobody(bench: Bench) {
    let case = bench.case("alice").await;
    let (one, two) = (bench.person("u1").await, bench.person("u2").await);
    let decision = Decision {
        notifications: vec![
            notice(&case, one.id, "broken", Priority::Page, bench.now),
            notice(&case, two.id, "whole", Priority::Page, bench.now),
        ],
        ..Decision::default()
    };
    bench.record(&decision).await.unwrap();
    bench
        .sql("update outbox set recipient = '{\"to\":\"nowhere\"}' where dedupe = 'broken'")
        .await
        .unwrap();
    let claimed = bench
        .store
        .claim(&options("one"), bench.now, &ENTROPY)
        .await
        .unwrap();
    let dedupes: Vec<_> = claimed
        .iter()
        .map(|c| c.notification.dedupe.as_str())
        .collect();
    assert!(
        dedupes.contains(&"whole") && !dedupes.contains(&"broken"),
        "{dedupes:?}"
    );
    let dead = "select count(*) from outbox where dedupe = 'broken' and state = 'dead'";
    assert_eq!(bench.number(dead).await, 1);
    let alarms = bench.store.open_alarms().await.unwrap();
    assert_eq!(alarms.len(), 1, "{alarms:?}");
    assert!(alarms[0].text.contains("recipient"), "{}", alarms[0].text);
    let why =
        "select count(*) from attempt where outcome = 'permanent' and reason like '%recipient%'";
    assert_eq!(bench.number(why).await, 1);
}

async fn nothing_is_claimed_that_the_pace_would_make_wait(bench: Bench) {
    let case = bench.case("alice").await;
    let mut notifications = Vec::new();
    for n in 0..5 {
        let reader = bench.person(&format!("u{n}")).await;
        let dedupe = format!("told-{n}");
        notifications.push(notice(
            &case,
            reader.id,
            &dedupe,
            Priority::Feedback,
            bench.now,
        ));
    }
    let paged = bench.person("paged").await;
    notifications.push(notice(&case, paged.id, "page", Priority::Page, bench.now));
    let decision = Decision {
        notifications,
        ..Decision::default()
    };
    bench.record(&decision).await.unwrap();
    let mut told = Vec::new();
    for (posts, wanted) in [(2, 3), (0, 0), (9, 5)] {
        let options = ClaimOptions {
            budget: Budget { posts, updates: 0 },
            ..options("one")
        };
        let claimed = bench.store.claim(&options, bench.now, &ENTROPY).await;
        let claimed = claimed.unwrap();
        assert_eq!(claimed.len(), wanted, "with {posts} new messages");
        told.extend(claimed.into_iter().map(|claim| claim.notification.dedupe));
    }
    assert_eq!(told[0], "page", "{told:?}");
    // Receipt and card of the case itself among them.
    assert_eq!(told.iter().collect::<BTreeSet<_>>().len(), 8);
}
