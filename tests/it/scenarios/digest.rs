//! The daily digest: what is due, told once a day to whoever it is due for. A world begins on a Monday at nine, an hour too late for that day.

use super::{CLICKED, false_alarm, opened, reported, sorted, triaged};
use crate::harness::world::World;
use chrono::TimeDelta;
use secevent::{
    config::load_policy,
    domain::{clock::SystemEntropy, in_force::PolicyHandle},
    store::{OutboxFilter, OutboxRow, OutboxState, Store, StoreOptions},
    workflow::Workflow,
};
use serde_json::json;
use std::{collections::BTreeSet, sync::Arc};

everywhere!(
    at_its_hour_it_says_what_is_due,
    once_a_day_however_often_and_wherever_it_is_looked_for,
    nothing_due_nothing_said,
    what_nobody_took_is_told_to_leads_alone,
    what_was_closed_meanwhile_is_not_told,
    it_comes_later_the_same_day_if_nobody_was_up,
    what_waited_past_its_day_is_not_told,
    who_cannot_be_told_is_one_alarm_however_many_days,
);
everywhere!(of_a_restricted_case_it_says_the_number_alone);
everywhere!(Setup::far_away => the_hour_is_that_of_the_person);
everywhere!(Setup::without_digests => the_policy_turns_it_off);

/// From the beginning of a world to eight o'clock of the next day.
const TO_EIGHT: i64 = 23 * 60;
/// A day.
const DAY: i64 = 24 * 60;
/// Everybody with a role that works on cases.
const WORKERS: usize = 5;

/// The rows of digests, oldest first.
async fn rows(world: &World) -> Vec<OutboxRow> {
    let filter = OutboxFilter {
        limit: 1000,
        ..OutboxFilter::default()
    };
    let mut rows = world.app.store().outbox(&filter).await.unwrap();
    rows.retain(|row| row.notification.dedupe.starts_with("digest:"));
    rows.reverse();
    rows
}

/// Of the digests that were not sent, why.
async fn reasons(world: &World) -> BTreeSet<String> {
    let mut reasons = BTreeSet::new();
    for row in rows(world).await {
        if row.state == OutboxState::Cancelled {
            let attempts = world.app.store().attempts(row.notification.id).await;
            reasons.extend(attempts.unwrap().pop().unwrap().reason);
        }
    }
    reasons
}

/// Another process on the same database, which has looked for nothing yet.
async fn replica(world: &World) -> (Workflow, Store) {
    let url = world.database.url.clone();
    let store = Store::connect(&StoreOptions::new(url)).await.unwrap();
    let stored = store.current_policy().await.unwrap().unwrap();
    let policy = Arc::new(load_policy(None).unwrap().policy);
    let workflow = Workflow::new(
        store.clone(),
        Arc::new(world.clock.clone()),
        Arc::new(SystemEntropy),
        PolicyHandle::new(policy, stored.version),
    );
    (workflow, store)
}

async fn at_its_hour_it_says_what_is_due(world: &World) {
    let (number, card) = triaged(world).await;
    let rita = world.person("rita");
    world.advance(TO_EIGHT - 1).await;
    rita.reads(&[]).await;
    assert_eq!(rows(world).await.len(), 0);
    world.advance(1).await;
    let digest = rita.reads(&["Your day"]).await;
    digest[0]
        .says(&number)
        .says(CLICKED)
        .says("Due next")
        .says("resolution")
        .hides("Overdue")
        .hides("Due today")
        .hides("Not taken");
    assert!(digest[0].summary().contains("1 due later"), "{digest:?}");
    rita.presses(&digest[0], "Show")
        .await
        .says(&format!("{number}: In triage"));
    // Two days on, the clock jumped: one digest, and the case is due at nine.
    world.advance(2 * DAY).await;
    rita.reads(&["Due today"]).await[0].says(&number);
    world.advance(DAY).await;
    rita.reads_thread(&card, &["should have been resolved"])
        .await;
    rita.reads(&["Overdue since"]).await[0].hides("Due today");
    let _ = rita.sees_card(&number).await;
}

async fn once_a_day_however_often_and_wherever_it_is_looked_for(world: &World) {
    let (_, _) = triaged(world).await;
    let (one, store) = replica(world).await;
    let (two, other) = replica(world).await;
    world.pass(TimeDelta::minutes(TO_EIGHT)).await;
    let (a, b, c) = tokio::join!(world.app.tick(), one.tick(), two.tick());
    for looked in [a.unwrap(), b.unwrap(), c.unwrap()] {
        assert_eq!(looked.failed, Vec::<String>::new());
    }
    assert_eq!(rows(world).await.len(), WORKERS);
    world.person("rita").reads(&["Your day"]).await;
    // Later, and by a process that knows nothing of it.
    world.advance(61).await;
    let (late, third) = replica(world).await;
    assert_eq!(late.tick().await.unwrap().digests, 0);
    // The clock is set back, and goes on.
    world.clock.advance(TimeDelta::hours(-2));
    assert_eq!(one.tick().await.unwrap().digests, 0);
    world.clock.advance(TimeDelta::hours(2));
    assert_eq!(one.tick().await.unwrap().digests, 0);
    assert_eq!(rows(world).await.len(), WORKERS);
    for store in [store, other, third] {
        store.close().await;
    }
}

async fn nothing_due_nothing_said(world: &World) {
    world.advance(TO_EIGHT).await;
    let rows = rows(world).await;
    assert_eq!(rows.len(), WORKERS);
    assert!(rows.iter().all(|row| row.state == OutboxState::Cancelled));
    assert_eq!(
        reasons(world).await,
        BTreeSet::from(["nothing is due for the person".to_owned()])
    );
    // What comes up afterwards waits for the next day.
    let _ = triaged(world).await;
    world.advance(60).await;
}

async fn what_nobody_took_is_told_to_leads_alone(world: &World) {
    let (number, card) = opened(world).await;
    let (rita, ivy) = (world.person("rita"), world.person("ivy"));
    world.advance(TO_EIGHT).await;
    let overdue = ["Nobody has taken", "Triage of"];
    rita.reads_queue(&overdue).await;
    rita.reads_thread(&card, &overdue).await;
    let digest = ivy.reads(&["Not taken by anybody"]).await;
    digest[0].says(&number).says(CLICKED).says("Overdue since");
    assert!(digest[0].summary().contains("1 not taken"), "{digest:?}");
    rita.reads(&[]).await;
    for kind in ["case_unowned", "triage_overdue"] {
        world.expect_alarm(kind);
    }
    let _ = rita.sees_card(&number).await;
}

async fn the_hour_is_that_of_the_person(world: &World) {
    let (number, _) = triaged(world).await;
    let rita = world.person("rita");
    // It is six in the evening in Tokyo; five in the morning is eleven hours on.
    world.advance(11 * 60 - 1).await;
    assert_eq!(rows(world).await.len(), 0);
    world.advance(1).await;
    rita.reads(&["Due next"]).await[0].says(&number);
    assert_eq!(rows(world).await.len(), 1);
    // Five in the morning where everybody else is.
    world.advance(9 * 60 - 1).await;
    assert_eq!(rows(world).await.len(), 1);
    world.advance(1).await;
    assert_eq!(rows(world).await.len(), WORKERS);
    rita.reads(&[]).await;
}

async fn the_policy_turns_it_off(world: &World) {
    let _ = triaged(world).await;
    world.advance(DAY).await;
    assert_eq!(rows(world).await.len(), 0);
    world.person("rita").reads(&[]).await;
}

async fn of_a_restricted_case_it_says_the_number_alone(world: &World) {
    let (alice, rita, ivy) = (
        world.person("alice"),
        world.person("rita"),
        world.person("ivy"),
    );
    alice
        .opens_report_form()
        .await
        .opens("Report a security event");
    alice.wants_to_say_more().await;
    alice
        .fills(json!({
            "What happened?": "Zacharias copies the zebra files",
            "Does it concern a colleague?": ["Yes, it concerns a colleague"],
        }))
        .await
        .says("It is restricted");
    alice.reads(&["It is restricted"]).await;
    let card = rita.sees_card("SE-2026-0001").await;
    ivy.presses(&card, "Take").await.says("is yours now");
    ivy.presses(&card, "Triage").await.opens("Triage");
    ivy.fills(sorted("SEV2")).await.says("is triaged");
    let looks = world.org_entries("restricted_viewed").await.len();
    world.advance(TO_EIGHT).await;
    let digest = ivy.reads(&["SE-2026-0001"]).await;
    digest[0]
        .says("restricted")
        .says("Due next")
        .says("resolution")
        .hides("zebra")
        .hides("Zacharias")
        .hides("SEV2")
        .hides("Alice");
    // To be told that it is due is not to look at it; to look at it is recorded.
    assert_eq!(world.org_entries("restricted_viewed").await.len(), looks);
    ivy.presses(&digest[0], "Show").await.says("zebra");
    assert_eq!(
        world.org_entries("restricted_viewed").await.len(),
        looks + 1
    );
    let _ = rita.sees_card("SE-2026-0001").await;
}

async fn what_was_closed_meanwhile_is_not_told(world: &World) {
    let (number, card) = triaged(world).await;
    let rita = world.person("rita");
    world.advance_untold(TO_EIGHT).await;
    let waiting = rows(world).await;
    assert!(waiting.iter().all(|row| row.state == OutboxState::Ready));
    assert_eq!(waiting.len(), WORKERS);
    rita.presses(&card, "Close").await.opens("Close");
    rita.fills(false_alarm()).await.says("is closed");
    world
        .person("alice")
        .reads(&[&format!("Outcome of {number}")])
        .await;
    rita.reads(&[]).await;
    let rows = rows(world).await;
    assert!(rows.iter().all(|row| row.state == OutboxState::Cancelled));
    let _ = rita.sees_card(&number).await;
}

async fn it_comes_later_the_same_day_if_nobody_was_up(world: &World) {
    let (number, _) = triaged(world).await;
    let rita = world.person("rita");
    // Nobody looked at the clock from Monday, nine, to Tuesday, two in the afternoon.
    let (restarted, store) = replica(world).await;
    world.settle().await;
    world.pass(TimeDelta::minutes(DAY + 5 * 60)).await;
    assert_eq!(restarted.tick().await.unwrap().digests, WORKERS);
    rita.reads(&["Your day"]).await[0].says(&number);
    // Nor from then to Thursday, seven: what Wednesday missed is not made up for.
    world.pass(TimeDelta::minutes(DAY + 17 * 60)).await;
    assert_eq!(restarted.tick().await.unwrap().digests, 0);
    world.pass(TimeDelta::minutes(60)).await;
    assert_eq!(restarted.tick().await.unwrap().digests, WORKERS);
    rita.reads(&["Due today"]).await;
    store.close().await;
}

async fn what_waited_past_its_day_is_not_told(world: &World) {
    let _ = reported(world, CLICKED).await;
    let rita = world.person("rita");
    let card = rita.sees_card("SE-2026-0001").await;
    rita.presses(&card, "Triage").await.opens("Triage");
    rita.fills(sorted("SEV3")).await.says("is triaged");
    world.advance_untold(TO_EIGHT).await;
    world.pass(TimeDelta::minutes(DAY)).await;
    let _ = world.app.tick().await.unwrap();
    assert_eq!(rows(world).await.len(), 2 * WORKERS);
    rita.reads(&["Your day"]).await;
    assert!(
        reasons(world)
            .await
            .contains("its day had passed before it was sent")
    );
    let _ = rita.sees_card("SE-2026-0001").await;
}

async fn who_cannot_be_told_is_one_alarm_however_many_days(world: &World) {
    let (_, card) = triaged(world).await;
    let rita = world.person("rita");
    world.takes_no_messages("rita", "user_disabled").await;
    let gave_up = async || {
        let mut open = world.app.store().open_alarms().await.unwrap();
        open.retain(|one| one.kind.as_str() == "outbox_gave_up");
        open
    };
    world.advance(TO_EIGHT).await;
    for day in 1..=3 {
        let open = gave_up().await;
        assert_eq!(open.len(), 1, "{open:?}");
        assert_eq!(open[0].count, day, "counted once a day");
        assert!(open[0].subject.starts_with("digest:"), "{open:?}");
        assert!(open[0].text.contains("A daily digest was not delivered"));
        // It names the last row, which can be looked at and sent again.
        let all = rows(world).await;
        let dead = all.iter().rev().find(|row| row.state == OutboxState::Dead);
        let id = dead.unwrap().notification.id;
        assert!(open[0].text.contains(&format!("outbox show {id}")));
        if day < 3 {
            world.advance(DAY).await;
        }
    }
    // Sent again in vain, it is an alarm again; the first that comes through ends it.
    let (store, now) = (world.app.store(), world.now());
    let dead = rows(world).await;
    let dead = dead.iter().rev().find(|row| row.state == OutboxState::Dead);
    let id = dead.unwrap().notification.id;
    assert!(store.retry(id, now).await.unwrap());
    assert_eq!(gave_up().await.len(), 0);
    world.settle().await;
    assert_eq!(gave_up().await.len(), 1);
    world.takes_messages_again("rita").await;
    world.advance(DAY).await;
    rita.reads(&["Your day"]).await;
    rita.reads_thread(&card, &["should have been resolved"])
        .await;
    assert_eq!(gave_up().await.len(), 0);
    let _ = rita.sees_card("SE-2026-0001").await;
}
