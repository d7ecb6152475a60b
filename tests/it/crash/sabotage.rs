//! The checker, checked: the real binary breaks a promise on purpose, or somebody changes the record, and the checker must say so.
//!
//! Invariants: each sabotage is named by the promise that it breaks; a run without sabotage names none. Neighbours:
//! `src/store/broken.rs` breaks, `tests/checker` names.

use std::time::Duration;

use super::world::World;
use super::world::checker::tamper;
use super::world::database::Kind;
use super::world::dice::Dice;
use super::world::people::{People, note_answer};
use super::world::settings::{Door, SENDERS};
use crate::harness::facts;

/// How many deaths a broken promise may survive unseen. On a busy machine many of them come before anybody was answered.
const TRIES: u64 = 40;

/// Kills the bot under load until the checker names the promise, and says after how many deaths it did.
async fn caught(kind: Kind, sabotage: &str, promise: &str) -> u64 {
    let mut dice = Dice::of_this_run(77);
    let world = World::new(kind, Door::Http).await;
    world.start_ready(&[]).await.stop().await;
    let people = People::at_work(
        &world.emulator.door,
        &world.ledger,
        sabotage.replace('_', "-").as_str(),
        Duration::from_millis(60),
    );
    let mut deaths = 0;
    let mut is_caught = false;
    while !is_caught && deaths < TRIES {
        let mut bot = world
            .start_ready(&[("SECEVENT_SABOTAGE", sabotage.to_owned())])
            .await;
        let ended = bot.process().ended_within(dice.millis(400, 900)).await;
        assert!(
            ended.is_none(),
            "the bot ended by itself: {}",
            bot.process().log()
        );
        bot.kill().await;
        deaths += 1;
        world.ledger.crash(sabotage);
        is_caught = world.check(SENDERS).names(promise);
    }
    people.go_home().await;
    assert!(
        is_caught,
        "{sabotage} was not caught by {promise} after {TRIES} deaths"
    );
    deaths
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_before_its_commit_is_caught() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let deaths = caught(
            kind,
            "answer_before_commit",
            "committed_before_acknowledged",
        )
        .await;
        facts::note(&format!(
            "sabotage \"answer before commit\" on {}: caught after {deaths} kills",
            kind.name()
        ));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outbox_in_a_transaction_of_its_own_is_caught() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let deaths = caught(kind, "outbox_second_transaction", "one_transaction").await;
        facts::note(&format!(
            "sabotage \"outbox in a second transaction\" on {}: caught after {deaths} kills",
            kind.name()
        ));
    }
}

/// Ways to change a record, each with the promise that must be named.
fn tampering(kind: Kind) -> [(&'static str, &'static str, String); 3] {
    let off = |table: &str| match kind {
        Kind::Sqlite => format!("drop trigger {table}_refuses_update;"),
        Kind::Postgres => format!("alter table {table} disable trigger user;"),
    };
    [
        (
            "a row of the outbox is removed",
            "one_transaction",
            "delete from outbox where id = (select id from outbox where kind = 'receipt' order by id limit 1);".to_owned(),
        ),
        (
            "an entry is edited",
            "timeline_holds",
            format!("{} update timeline set actor = 'system' where seq = 1 and stream <> 'org';", off("timeline")),
        ),
        (
            "a payload is edited",
            "timeline_holds",
            format!(
                "{} update timeline_payload set json = replace(json, 'strange mail', 'usual mail') where seq = 1 and stream <> 'org';",
                off("timeline_payload")
            ),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_record_is_named() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let world = World::new(kind, Door::Socket).await;
        let bot = world.start_ready(&[]).await;
        let alice = world.emulator.door.as_user("alice");
        for n in 0..3 {
            let token = format!("tok-tamper-{n}");
            let seen = alice
                .slash("#general", &format!("/secevent {token} a strange mail"))
                .await
                .unwrap();
            note_answer(&world.ledger, "alice", &token, &seen);
        }
        world.drain().await;
        bot.stop().await;
        let sound = world.must_hold("before anybody changed anything", SENDERS);
        assert_eq!(sound.figure("acknowledged"), 3);
        for (what, promise, statements) in tampering(kind) {
            tamper(&world.database.url, &statements);
            assert!(
                world.check(SENDERS).names(promise),
                "{}: {what}, and {promise} was not named",
                kind.name()
            );
        }
        facts::note(&format!(
            "record changed by hand on {}: 3 of 3 ways named",
            kind.name()
        ));
    }
}
