//! Home installed by OAuth, as every other workspace: no token in the settings, one that rotates on record.
//!
//! Invariants: until it is installed the doors say so and nothing is lost; afterwards home is as any home. Neighbours: `oauth` and
//! `rotation` tell the same of another workspace.

use super::{
    browser::Browser,
    close,
    operator::{KEY, OAUTH, Operator},
};
use crate::{
    harness::world::World,
    scenarios::{CLICKED, reported},
};
use secevent::domain::{installation::InstallationState, person::PlatformId};
use secrecy::ExposeSecret;
use serde_json::json;

both!(Setup::home_by_oauth =>
    it_is_installed_and_the_whole_loop_runs,
    taken_out_and_installed_again,
    the_doctor_names_a_refused_token_and_ends_nothing,
);

async fn doctor(world: &World) -> super::operator::Said {
    let settings = ["team = \"T0EXAMPLE\"", KEY, OAUTH];
    Operator::new(world, &settings).types("doctor").await
}

async fn home(world: &World) -> secevent::domain::installation::Installation {
    let all = world.app.workflow().installations(PlatformId::Slack).await;
    let mut all = all.unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

async fn it_is_installed_and_the_whole_loop_runs(world: &World) {
    let said = doctor(world).await;
    said.ends_with(1).says(
        "WRONG  slack token: the bot is not installed in T0EXAMPLE; open /slack/install there",
    );

    let seen = Browser::default().installs(world, "alice").await;
    seen.says("Installed in Example Corp");
    let (alice, rita) = (world.person("alice"), world.person("rita"));
    let number = reported(world, CLICKED).await;
    let card = rita.sees_card(&number).await;
    close(world, &number, &card).await;
    alice.reads(&[&format!("Outcome of {number}")]).await;

    // Two tokens end, and nothing fails.
    let first = home(world).await.epoch;
    for _ in 0..26 {
        world.advance(60).await;
    }
    assert!(home(world).await.epoch >= first + 4);
    let number = reported(world, "and another").await;
    rita.sees_card(&number).await.says(&number);
    assert_eq!(world.alarms().await, Vec::<String>::new());

    // By the machine's own clock that token ended long ago; everything else of home is said once.
    let said = doctor(world).await;
    let found: Vec<&str> = said
        .text
        .lines()
        .filter(|line| line.contains(" slack "))
        .collect();
    let of_token = |line: &&&str| line.contains("T0EXAMPLE token");
    assert_eq!(found.iter().filter(of_token).count(), 1, "{said:?}");
    said.says("slack T0EXAMPLE expiry: the token expires at")
        .says("is `secevent serve` running?")
        .says("slack queue channel");
    assert!(!said.text.contains("slack token"), "{said:?}");
}

async fn taken_out_and_installed_again(world: &World) {
    Browser::default()
        .installs(world, "alice")
        .await
        .says("Installed in Example Corp");
    let number = reported(world, "odd mail").await;
    let rita = world.person("rita");
    rita.sees_card(&number).await.says(&number);
    world.control("uninstall", json!({})).await;
    world.door().idle().await.unwrap();
    assert_eq!(home(world).await.state, InstallationState::Uninstalled);
    assert_eq!(world.alarms().await, ["token_refused"]);
    doctor(world)
        .await
        .ends_with(1)
        .says("`secevent slack forget T0EXAMPLE`");

    Browser::default()
        .installs(world, "alice")
        .await
        .says("Installed in Example Corp");
    assert_eq!(world.alarms().await, Vec::<String>::new());
    let number = reported(world, "back again").await;
    rita.sees_card(&number).await.says(&number);
}

async fn the_doctor_names_a_refused_token_and_ends_nothing(world: &World) {
    Browser::default()
        .installs(world, "alice")
        .await
        .says("Installed in Example Corp");
    let id = home(world).await.id;
    let (token, _) = world.app.workflow().bot_token(id).await.unwrap().unwrap();
    world
        .control("revoke", json!({ "token": token.expose_secret() }))
        .await;
    let said = doctor(world).await;
    let wrong: Vec<&str> = said.lines("WRONG  slack T0EXAMPLE token");
    assert_eq!(wrong.len(), 1, "{said:?}");
    assert!(wrong[0].contains("(token_revoked); open /slack/install there"));
    assert!(!said.text.contains("queue channel"), "{said:?}");
    assert_eq!(home(world).await.state, InstallationState::Active);
    assert_eq!(world.alarms().await, Vec::<String>::new());
    world.expect_refusal("token_revoked");
}
