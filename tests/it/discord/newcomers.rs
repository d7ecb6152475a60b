//! Somebody new whom Discord could not tell us anything about, or who came from another server first: one of us as soon as it shows.

use crate::harness::world::World;
use chrono::TimeDelta;
use secevent::emulator::discord::seed::PARTNER_GENERAL;
use serde_json::json;

on_discord!(Setup::default =>
    who_could_not_be_looked_up_is_one_of_us_afterwards,
    who_came_from_another_server_first_is_one_of_us_afterwards,
    who_was_known_stays_known_while_discord_is_down,
);

async fn members_fail(world: &World) {
    let down = json!({ "kind": "status", "code": 500 });
    let door = world.door();
    door.fault("guilds.member", down, 1).await.unwrap();
}

async fn who_could_not_be_looked_up_is_one_of_us_afterwards(world: &World) {
    let alice = world.person("alice");
    members_fail(world).await;
    alice
        .writes("somebody stood behind me at the cash machine")
        .await
        .is_silent();
    let receipt = alice.reads(&["recorded as SE-2026-0001"]).await.remove(0);
    assert!(!receipt.text().contains("+1 202"), "{}", receipt.text());

    alice.commands("link").await.says("With your other account");
    alice.commands("oncall").await.says("On call");
    let number = alice.reports("he is back").await.number();
    let receipts = alice.reads(&[&number]).await;
    assert!(receipts[0].text().contains("+1 202"), "a receipt as others");
    // It is on the record, once.
    assert_eq!(world.org_entries("person_belongs").await.len(), 1);
    for number in ["SE-2026-0001", &number] {
        let _ = world.person("rita").sees_card(number).await;
    }
}

async fn who_came_from_another_server_first_is_one_of_us_afterwards(world: &World) {
    let otto = world.person("otto");
    let elsewhere = world.door().as_user("otto");
    let words = "@secevent I clicked a strange link";
    elsewhere
        .post(&PARTNER_GENERAL.to_string(), words)
        .await
        .unwrap();
    world.quiet().await;
    otto.reads_some("SE-2026-0001").await;
    otto.commands("oncall").await.says("On call");
    otto.commands("link").await.says("With your other account");
    assert_eq!(world.org_entries("person_belongs").await.len(), 1);
    let _ = world.person("rita").sees_card("SE-2026-0001").await;
}

async fn who_was_known_stays_known_while_discord_is_down(world: &World) {
    let alice = world.person("alice");
    alice.commands("oncall").await.says("On call");
    world.pass(TimeDelta::minutes(11)).await;
    members_fail(world).await;
    alice.writes("oncall").await.is_acknowledged();
    alice.reads(&["On call"]).await;
}
