//! An Enterprise organisation of two workspaces: installed as a whole, by each workspace, and as a whole by OAuth.

use super::{
    browser::{Browser, sent_back},
    close, grant,
};
use crate::{harness::world::World, scenarios::CLICKED};
use secevent::domain::{installation::Grant, person::PlatformId};
use serde_json::json;

mod as_a_whole {
    both!(Setup::organisation => every_door_of_every_workspace_is_open);
    use super::every_door_of_every_workspace_is_open;
}
mod each_for_itself {
    both!(Setup::grid =>
        people_are_reached_by_their_own_workspace,
        nobody_is_given_up_while_their_workspace_could_not_be_asked,
        a_refused_token_of_home_keeps_nobody_elsewhere_waiting,
    );
    use super::{
        a_refused_token_of_home_keeps_nobody_elsewhere_waiting,
        nobody_is_given_up_while_their_workspace_could_not_be_asked,
        people_are_reached_by_their_own_workspace,
    };
}
mod by_oauth {
    both!(Setup::grid_to_install => the_organisation_installs_as_a_whole);
    use super::the_organisation_installs_as_a_whole;
}

/// Every kind of payload, by somebody of the other workspace, to the end of the case.
async fn every_door_of_every_workspace_is_open(world: &World) {
    every_door(world).await;
}

async fn every_door(world: &World) {
    let (bella, rita) = (world.person("bella"), world.person("rita"));
    // A command, the buttons of its receipt's form, a thread.
    let number = bella.reports(CLICKED).await.number();
    let receipt = bella.reads(&[&format!("recorded as {number}")]).await;
    bella
        .presses(&receipt[0], "Add details")
        .await
        .opens("Add details");
    bella.leaves_form().await;
    let card = rita.sees_card(&number).await;
    card.says("Bella Braun").hides("outsider");
    bella
        .replies(&receipt[0], "it was at noon")
        .await
        .is_silent();
    rita.reads_thread(&card, &["A reporter added"]).await;
    // The shortcut's form, a reaction, the menu of a message, a mention, a direct message.
    bella.picks_report().await.opens("Report a security event");
    let second = bella
        .fills(json!({ "What happened?": "a form" }))
        .await
        .number();
    bella.reads(&[&format!("recorded as {second}")]).await;
    let said = bella.says("general", "an odd invoice").await.posted();
    bella.reacts(&said).await.is_silent();
    bella.reads(&["recorded as SE-2026-0003"]).await;
    let said = bella.says("general", "and another").await.posted();
    bella.picks_report_on(&said).await.says("SE-2026-0004");
    bella.reads(&["recorded as SE-2026-0004"]).await;
    bella
        .mentions_bot("general", "my badge is gone")
        .await
        .says("SE-2026-0005");
    bella.reads(&["recorded as SE-2026-0005"]).await;
    for n in 2..=5 {
        let number = format!("SE-2026-000{n}");
        rita.sees_card(&number).await.says(&number);
    }
    // The case is worked on at home, and she hears how it ended.
    close(world, &number, &card).await;
    bella.reads(&[&format!("Outcome of {number}")]).await;
    assert!(world.app.store().unread(10).await.unwrap().is_empty());
}

/// Bravo, which belongs to home's organisation, installed the bot for itself.
async fn bravo_installs(world: &World) {
    let theirs = grant();
    let at = secevent::domain::installation::Installed {
        enterprise: Some("E0EXAMPLE".to_owned()),
        ..theirs.at.clone()
    };
    world
        .app
        .workflow()
        .install(Grant { at, ..theirs })
        .await
        .unwrap();
}

async fn people_are_reached_by_their_own_workspace(world: &World) {
    bravo_installs(world).await;
    every_door(world).await;
    // Home's token was tried first: in an organisation nobody can tell by the id.
    world.expect_refusal("user_not_visible");
}

/// How opening a conversation goes wrong, the next times.
async fn opening_fails(world: &World, faults: &[serde_json::Value]) {
    for fault in faults {
        let given = json!({ "method": "conversations.open", "fault": fault, "times": 1 });
        world.control("fault", given).await;
    }
}

async fn nobody_is_given_up_while_their_workspace_could_not_be_asked(world: &World) {
    bravo_installs(world).await;
    // Home does not know her, and Bravo cannot be asked now.
    let unknown = json!({ "kind": "error", "error": "user_not_visible" });
    let busy = json!({ "kind": "status", "code": 503 });
    opening_fails(world, &[unknown, busy]).await;
    let bella = world.person("bella");
    let number = bella.reports(CLICKED).await.number();
    world.advance(1).await;
    bella.reads(&[&format!("recorded as {number}")]).await;
    world.person("rita").sees_card(&number).await.says(&number);
    world.expect_refusal("user_not_visible");
}

async fn a_refused_token_of_home_keeps_nobody_elsewhere_waiting(world: &World) {
    bravo_installs(world).await;
    let refused = json!({ "kind": "error", "error": "token_revoked" });
    opening_fails(world, &[refused]).await;
    let bella = world.person("bella");
    let number = bella.reports(CLICKED).await.number();
    bella.reads(&[&format!("recorded as {number}")]).await;
    world.person("rita").sees_card(&number).await.says(&number);
    world.expect_refusal("token_revoked");
}

async fn the_organisation_installs_as_a_whole(world: &World) {
    if let Some(page) = refused_for_nobody(world).await {
        panic!("{page}");
    }
    let mut browser = Browser::default();
    let page = browser.begins(world).await;
    let given = json!({ "url": page, "user": "bella", "on": true, "whole": true });
    let path = sent_back(world, given).await;
    browser
        .opens(world, &path)
        .await
        .says("Installed in Example Group")
        .says("E0EXAMPLE");
    let all = world
        .app
        .workflow()
        .installations(PlatformId::Slack)
        .await
        .unwrap();
    assert!(all[0].at.is_organisation() && all[0].at.id() == "E0EXAMPLE");
    let joins = json!({ "channel": "C0BRAVO", "user": all[0].bot_user });
    world.control("membership", joins).await;
    every_door(world).await;
    world.expect_refusal("user_not_visible");
}

/// Before the install Bella's client offers no such app.
async fn refused_for_nobody(world: &World) -> Option<String> {
    let why = world.person("bella").cannot_command("general").await;
    (!why.contains("no app offers")).then_some(why)
}
