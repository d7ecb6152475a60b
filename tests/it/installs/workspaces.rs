//! Two workspaces, one queue: who reports in Bravo is answered with Bravo's token, and the case is worked on at home.

use super::{bravo, close, grant, installed};
use crate::{
    harness::{setup::BRAVO_BOT, world::World},
    scenarios::reported,
};
use secevent::domain::installation::InstallationState;
use serde_json::json;

both!(Setup::two_workspaces =>
    a_report_in_another_workspace_is_worked_on_at_home,
    every_door_of_another_workspace_is_open,
    a_file_of_another_workspace_is_fetched_with_its_token,
    what_comes_from_where_the_bot_is_not_installed_is_kept,
    a_workspace_that_refuses_its_token_ends_alone,
    installed_again_it_goes_on,
);

/// Who wrote what the bot wrote in a channel of Bravo.
async fn writers(world: &World) -> Vec<String> {
    let ledger = world.door().ledger(0).await.unwrap();
    let bravos = ["C0BRAVO", "D0BELLA"];
    let mut writers: Vec<String> = ledger
        .iter()
        .filter(|entry| bravos.iter().any(|channel| entry["channel"] == *channel))
        .filter_map(|entry| Some(entry["user"].as_str()?.to_owned()))
        .filter(|user| user.ends_with("BOT") || user.ends_with("SECEVENT"))
        .collect();
    writers.sort();
    writers.dedup();
    writers
}

async fn a_report_in_another_workspace_is_worked_on_at_home(world: &World) {
    installed(world).await;
    let (bella, rita) = (world.person("bella"), world.person("rita"));
    let heard = bella.reports("A strange mail asks for my password").await;
    let number = heard.says("What to do now").number();
    bella.reads(&[&format!("recorded as {number}")]).await;

    let card = rita.sees_card(&number).await;
    card.says("Bella Braun");
    close(world, &number, &card).await;
    bella.reads(&[&format!("Outcome of {number}")]).await;

    // Home goes on beside it.
    let other = reported(world, "And one at home").await;
    rita.sees_card(&other).await.says(&other);
    assert_eq!(writers(world).await, [BRAVO_BOT]);
    let ended = world
        .app
        .workflow()
        .token_refused(bravo(world).await.id, 99, "invalid_auth");
    ended.await.unwrap();
    assert_eq!(
        bravo(world).await.state,
        InstallationState::Active,
        "another epoch's refusal"
    );
}

async fn every_door_of_another_workspace_is_open(world: &World) {
    installed(world).await;
    let (bella, rita) = (world.person("bella"), world.person("rita"));
    // The form, by command and by shortcut.
    for opens in ["command", "shortcut"] {
        let form = if opens == "command" {
            bella.opens_report_form().await
        } else {
            bella.picks_report().await
        };
        form.opens("Report a security event");
        let sent = bella
            .fills(json!({ "What happened?": format!("By {opens}") }))
            .await;
        let number = sent.number();
        bella.reads(&[&format!("recorded as {number}")]).await;
        rita.sees_card(&number).await.says(&format!("By {opens}"));
    }
    // A message: its reaction, its menu, a mention, and words to the bot itself.
    let said = bella
        .says("general", "Look at this odd invoice")
        .await
        .posted();
    bella.reacts(&said).await.is_silent();
    let receipt = bella.reads(&["recorded as SE-2026-0003"]).await;
    rita.sees_card("SE-2026-0003")
        .await
        .says("Look at this odd invoice");
    bella
        .replies(&receipt[0], "It is the third one")
        .await
        .is_silent();
    let card = rita.sees_card("SE-2026-0003").await;
    rita.reads_thread(&card, &["A reporter added"]).await;
    let said = bella.says("general", "And at this one").await.posted();
    bella.picks_report_on(&said).await.says("SE-2026-0004");
    bella.reads(&["recorded as SE-2026-0004"]).await;
    bella
        .mentions_bot("general", "my badge is gone")
        .await
        .says("SE-2026-0005");
    bella.reads(&["recorded as SE-2026-0005"]).await;
    for number in ["SE-2026-0004", "SE-2026-0005"] {
        rita.sees_card(number).await.says(number);
    }
    assert_eq!(writers(world).await, [BRAVO_BOT]);
}

async fn a_file_of_another_workspace_is_fetched_with_its_token(world: &World) {
    installed(world).await;
    let bella = world.person("bella");
    let number = bella.reports("See the picture").await.number();
    let receipt = bella.reads(&[&format!("recorded as {number}")]).await;
    bella
        .sends_file(&receipt[0], "shot.png", b"pixels")
        .await
        .is_silent();
    world.settle().await;
    let kept = world.entries(&number, "file").await;
    let sizes: Vec<_> = kept
        .iter()
        .filter_map(|one| one["attachment"]["kept"].get("size"))
        .collect();
    assert_eq!(sizes, [&json!(6)], "{kept:?}");
    let rita = world.person("rita");
    let card = rita.sees_card(&number).await;
    rita.reads_thread(&card, &["A reporter added"]).await;
    // Home's token was asked first, and does not know it.
    world.expect_refusal("file_not_found");
}

async fn what_comes_from_where_the_bot_is_not_installed_is_kept(world: &World) {
    // Slack delivers it, because the app is installed there; but not with us.
    let bella = world.person("bella");
    let heard = bella.reports("my laptop speaks").await;
    heard
        .says("not connected to the security team")
        .says("Your operators are told")
        .says("Point of contact");
    bella
        .mentions_bot("general", "my laptop speaks")
        .await
        .is_silent();
    let said = bella.says("general", "look").await.posted();
    bella.reacts(&said).await.is_silent();
    bella
        .says("general", "nothing for the bot")
        .await
        .is_silent();
    let kept = world.app.store().unread(10).await.unwrap();
    let why: Vec<&str> = kept.iter().map(|one| one.reason.as_str()).collect();
    // The command, the reaction, and the mention, which Slack tells as two events.
    assert_eq!(why, ["the bot is not installed in T0BRAVO"; 4]);
    assert!(
        kept.iter()
            .any(|one| one.masked.contains("my laptop speaks"))
    );
    assert_eq!(world.case_count().await, 0);
    world.expect_alarm("unreadable_inbound");
}

async fn a_workspace_that_refuses_its_token_ends_alone(world: &World) {
    installed(world).await;
    let (bella, rita) = (world.person("bella"), world.person("rita"));
    let number = bella.reports(crate::scenarios::CLICKED).await.number();
    bella.reads(&[&format!("recorded as {number}")]).await;
    let card = rita.sees_card(&number).await;
    world
        .control("revoke", json!({ "token": super::BRAVO_TOKEN }))
        .await;
    close(world, &number, &card).await;
    world.settle().await;

    let ended = bravo(world).await;
    assert_eq!(ended.state, InstallationState::Refused);
    assert_eq!(ended.reason.as_deref(), Some("token_revoked"));
    let entries = world.org_entries("token_refused").await;
    assert_eq!(
        (entries.len(), &entries[0]["at"]["workspace"]),
        (1, &json!("T0BRAVO"))
    );
    let failed = world.entries(&number, "send_failed").await;
    assert_eq!(failed.len(), 1, "{failed:?}");
    rita.reads_thread(&card, &["could not be told"]).await;
    // Home goes on; and nothing more is tried in Bravo.
    let other = reported(world, "one at home").await;
    rita.sees_card(&other).await.says(&other);
    world.expect_refusal("token_revoked");
    for alarm in ["token_refused", "feedback_failed", "outbox_gave_up"] {
        world.expect_alarm(alarm);
    }
    let alarms = world.app.store().open_alarms().await.unwrap();
    let ours = alarms
        .iter()
        .find(|one| one.subject == "slack:T0BRAVO")
        .unwrap();
    assert!(
        ours.text.contains("Bravo") && ours.text.contains("/slack/install"),
        "{}",
        ours.text
    );
}

async fn installed_again_it_goes_on(world: &World) {
    let first = installed(world).await;
    let workflow = world.app.workflow();
    workflow
        .uninstalled(first.id, "app_uninstalled")
        .await
        .unwrap();
    workflow
        .uninstalled(first.id, "tokens_revoked")
        .await
        .unwrap();
    assert_eq!(world.org_entries("bot_uninstalled").await.len(), 1);
    assert_eq!(world.alarms().await, ["token_refused"]);
    let bella = world.person("bella");
    bella.reports("nobody hears me").await.says("not connected");
    assert_eq!(
        workflow.bot_token(first.id).await.unwrap().map(|_| ()),
        None
    );

    let again = workflow.install(grant()).await.unwrap();
    assert_eq!(again.id, first.id);
    assert_eq!(world.alarms().await, ["unreadable_inbound"]);
    let number = bella.reports("now they do").await.number();
    bella.reads(&[&format!("recorded as {number}")]).await;
    world.person("rita").sees_card(&number).await.says(&number);
    let all = world.org_entries("bot_installed").await;
    assert_eq!(all.len(), 2);
    world.expect_alarm("unreadable_inbound");
}
