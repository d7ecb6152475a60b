//! Two replicas of the whole app on one PostgreSQL: one holds the gateway, the other takes over, and nothing is lost or recorded twice.

use super::stage::LONG;
use crate::harness::{
    setup::Setup,
    stand::Host,
    world::{Database, World},
};
use sea_orm::{ConnectionTrait, Statement};
use secevent::{
    app::{App, Pace},
    config::{Config, DiscordMode},
};
use serde_json::json;
use std::time::Instant;

/// Settings of a replica that connects; the story's own app does not.
fn connecting(world: &World) -> Config {
    let mut config = world.config.clone();
    config.discord.as_mut().unwrap().mode = DiscordMode::Gateway;
    config
}

/// The place in the stream that is kept, if one is.
async fn kept(world: &World) -> Option<i64> {
    let raw = sea_orm::Database::connect(&world.database.url)
        .await
        .unwrap();
    let select = "select sequence from seat where sequence is not null";
    let select = Statement::from_string(raw.get_database_backend(), select);
    let row = raw.query_one_raw(select).await.unwrap();
    raw.close().await.unwrap();
    row.map(|row| row.try_get("", "sequence").unwrap())
}

/// Waits until it holds.
async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < LONG, "never: {what}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_dies_is_replaced_and_what_happened_meanwhile_is_told_once() {
    let setup = Setup::apart().on(Host::Discord);
    let world = World::start(Database::postgres().await, setup).await;
    // A runtime of its own dies at once, with everything on it, and gives nothing up in good order.
    let own = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let (config, parts) = (connecting(&world), world.replica_parts());
    let start = Box::pin(App::start(config, parts, Pace::Stepped));
    let first = tokio::task::block_in_place(|| own.block_on(start)).unwrap();
    assert!(first.connected(LONG).await);
    let lines = async || world.control("sockets", json!({})).await;
    until("the first is connected", async || {
        lines().await["sessions"][0]["connected"] == true
    })
    .await;
    let second = world.replica_with(connecting(&world)).await;
    assert!(second.connected(LONG).await, "waiting is no fault");
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    alice.reports("My badge is gone").await.says("SE-2026-0001");
    until("a place is kept", async || kept(&world).await.is_some()).await;
    assert_eq!(lines().await["connections"], 1, "one of two connects");

    own.shutdown_background();
    until("the line is gone", async || {
        lines().await["sessions"][0]["connected"] == false
    })
    .await;
    let odd = bob.says("general", "Pay this invoice today!").await;
    let _ = alice.reacts(&odd.posted()).await;
    let _ = bob.mentions_bot("general", "my phone was stolen").await;
    assert_eq!(world.case_count().await, 1);
    // Nobody may take the seat before it is over.
    world.pass(chrono::TimeDelta::seconds(25)).await;
    until("both are told", async || world.case_count().await == 3).await;
    let line = lines().await;
    assert_eq!(
        (&line["identifies"], &line["connections"]),
        (&json!(1), &json!(2)),
        "the session of the dead goes on"
    );
    // It works as the first did; and what Discord tells twice is recorded once.
    world
        .door()
        .delivery_fault("MESSAGE_REACTION_ADD", "doubled")
        .await
        .unwrap();
    let other = bob.says("general", "Your mailbox is full").await;
    alice.reacts(&other.posted()).await.is_silent();
    until("the fourth is there", async || {
        world.case_count().await == 4
    })
    .await;
    alice.reports("A stranger").await.says("SE-2026-0005");
    for number in 1..=5 {
        let number = format!("SE-2026-000{number}");
        world.person("rita").sees_card(&number).await.says(&number);
        let record = world.record(&number).await;
        assert_eq!(record, ["reported", "advice_shown", "sent"], "{number}");
    }
    alice.reads_some("SE-2026").await;
    bob.reads_some("SE-2026-000").await;
    let stopped = second.stop().await;
    assert!(stopped.unfinished.is_empty(), "{stopped:?}");
    drop(first);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_gateway_tells_twice_is_recorded_once_whoever_holds_it() {
    let setup = Setup::apart().on(Host::Discord);
    let world = World::start(Database::postgres().await, setup).await;
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    for n in 1..=3 {
        // Each replica takes over from the one before, and finds its last place.
        let replica = world.replica_with(connecting(&world)).await;
        assert!(replica.connected(LONG).await);
        for surface in ["MESSAGE_CREATE", "MESSAGE_REACTION_ADD"] {
            world
                .door()
                .delivery_fault(surface, "doubled")
                .await
                .unwrap();
        }
        let odd = bob.says("general", &format!("Free bonus {n}")).await;
        alice.reacts(&odd.posted()).await.is_silent();
        until("the case is there", async || world.case_count().await == n).await;
        let stopped = replica.stop().await;
        assert!(stopped.unfinished.is_empty(), "{stopped:?}");
        let number = format!("SE-2026-000{n}");
        alice.reads(&[&number]).await;
        world.person("rita").sees_card(&number).await.says("bonus");
        let record = world.record(&number).await;
        assert_eq!(record, ["reported", "advice_shown", "sent"], "{number}");
    }
    let line = world.control("sockets", json!({})).await;
    assert_eq!(line["identifies"], 1, "one session for all three");
    world.finish().await;
}
