//! Installations at the terminal: `slack installations`, `slack forget`, and what `doctor` says about each.
//!
//! Invariants: what is refused says the way out, and exits with 1; nothing that a command prints is a secret. Neighbours: `operator` types.

use super::{
    bravo, grant, installed,
    operator::{CONFIGURED, KEY, OAUTH, OTHER_KEY, Operator},
};
use crate::harness::{setup::BRAVO, world::World};
use chrono::TimeDelta;
use secevent::domain::{
    clock::{Clock as _, SystemClock},
    installation::{Grant, InstallationState, Tokens},
};
use serde_json::json;

both!(Setup::two_workspaces =>
    one_that_works_is_listed_and_not_forgotten,
    one_that_was_taken_out_is_forgotten_and_its_alarm_with_it,
    one_that_is_refused_is_examined_and_forgotten,
    a_name_cannot_move_the_cursor,
    a_token_that_expires_needs_somebody_who_renews_it,
    a_key_that_is_lost_is_named_and_the_messages_wait,
    what_came_from_nowhere_is_looked_at,
);

async fn one_that_works_is_listed_and_not_forgotten(world: &World) {
    let operator = Operator::new(world, &[CONFIGURED, KEY]);
    let none = operator.types("slack installations").await;
    none.ends_with(0).says("No installation is on record");
    installed(world).await;

    let listed = operator.types("slack installations").await;
    listed.ends_with(0).says("PLACE").says("TOKEN EXPIRES");
    let row = listed.lines(BRAVO);
    assert_eq!(row.len(), 1, "{listed:?}");
    for cell in ["Bravo", "active", "2026-03-02 09:00", "U0BELLA", "never"] {
        assert!(row[0].contains(cell), "{cell}: {row:?}");
    }
    let refused = operator.types("slack forget T0BRAVO").await;
    refused
        .ends_with(1)
        .says("it works; take the app out in Slack first");
    assert_eq!(bravo(world).await.state, InstallationState::Active);
    let refused = operator.types("slack forget T0NOBODY").await;
    refused
        .ends_with(1)
        .says("nothing is installed there")
        .says("secevent slack installations");
    operator.types("slack forget").await.ends_with(2);

    let examined = operator.types("doctor").await;
    examined.ends_with(0).says("All is well.");
    examined.says("ok     slack T0BRAVO token: the bot secevent is installed in Bravo");
    examined.says("ok     slack T0BRAVO scopes: the token has every scope");
}

async fn one_that_was_taken_out_is_forgotten_and_its_alarm_with_it(world: &World) {
    let operator = Operator::new(world, &[CONFIGURED, KEY]);
    let one = installed(world).await;
    let ended = world.app.workflow().uninstalled(one.id, "app_uninstalled");
    ended.await.unwrap();

    let listed = operator.types("slack installations").await;
    let row = listed.lines(BRAVO)[0].to_owned();
    assert!(
        row.contains("uninstalled") && row.ends_with("app_uninstalled"),
        "{row}"
    );
    let examined = operator.types("doctor").await;
    examined
        .ends_with(1)
        .says("Bravo took the app out (app_uninstalled)");
    let wrong = examined.lines("WRONG");
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    for words in [
        "token_refused",
        "slack:T0BRAVO",
        "/slack/install",
        "`secevent slack forget T0BRAVO`",
    ] {
        assert!(wrong[0].contains(words), "{words}: {wrong:?}");
    }

    // As the alarm says. Twice does no harm, and leaves one entry.
    for _ in 0..2 {
        let forgotten = operator.types("slack forget T0BRAVO").await;
        forgotten.ends_with(0).says("Bravo (T0BRAVO) is forgotten");
    }
    assert_eq!(world.alarms().await, Vec::<String>::new());
    assert_eq!(world.org_entries("bot_uninstalled").await.len(), 1);
    operator
        .types("doctor")
        .await
        .ends_with(0)
        .says("All is well.");
}

async fn one_that_is_refused_is_examined_and_forgotten(world: &World) {
    let operator = Operator::new(world, &[CONFIGURED, KEY]);
    let one = installed(world).await;
    world
        .control("revoke", json!({ "token": super::BRAVO_TOKEN }))
        .await;
    // Nobody has noticed yet; the doctor asks Slack, and changes nothing.
    let examined = operator.types("doctor").await;
    examined.ends_with(1);
    let wrong = examined.lines("WRONG");
    assert_eq!(
        wrong,
        [
            "WRONG  slack T0BRAVO token: Slack refuses the bot token (token_revoked); open /slack/install there"
        ]
    );
    assert_eq!(bravo(world).await.state, InstallationState::Active);

    let refused = world
        .app
        .workflow()
        .token_refused(one.id, one.epoch, "token_revoked");
    refused.await.unwrap();
    let examined = operator.types("doctor").await;
    examined
        .ends_with(1)
        .says("WRONG  slack T0BRAVO: Slack refuses the token for Bravo (token_revoked); open /slack/install there, or run `secevent slack forget T0BRAVO`");
    operator
        .types("slack forget T0BRAVO")
        .await
        .ends_with(0)
        .says("its tokens are deleted");
    let ended = world.app.store().installation(one.id).await.unwrap();
    let (ended, tokens) = ended.unwrap();
    assert_eq!(ended.state, InstallationState::Uninstalled);
    assert!(tokens.is_none(), "its tokens are gone");
    assert_eq!(world.alarms().await, Vec::<String>::new());
    let entries = world.org_entries("bot_uninstalled").await;
    assert_eq!(
        (entries.len(), &entries[0]["reason"]),
        (1, &json!("forgotten"))
    );
    world.expect_refusal("token_revoked");
}

async fn a_name_cannot_move_the_cursor(world: &World) {
    let operator = Operator::new(world, &[CONFIGURED, KEY]);
    let workflow = world.app.workflow();
    let name = "Bra\u{1b}[2Jvo\nWRONG".to_owned();
    let one = workflow.install(Grant { name, ..grant() }).await.unwrap();
    workflow
        .uninstalled(one.id, "app_uninstalled")
        .await
        .unwrap();
    for command in ["slack installations", "doctor", "slack forget T0BRAVO"] {
        let said = operator.types(command).await;
        said.says("Bra\u{fffd}[2Jvo WRONG");
        assert!(!said.text.contains('\u{1b}'), "{said:?}");
    }
}

async fn a_token_that_expires_needs_somebody_who_renews_it(world: &World) {
    let expires_in = |hours| Grant {
        tokens: Tokens {
            expires_at: Some(SystemClock.now() + TimeDelta::hours(hours)),
            refresh: Some("xoxe-1-refresh".into()),
            ..grant().tokens
        },
        ..grant()
    };
    let workflow = world.app.workflow();
    workflow.install(expires_in(11)).await.unwrap();
    let without = Operator::new(world, &[CONFIGURED, KEY])
        .types("doctor")
        .await;
    without
        .ends_with(1)
        .says("and nobody renews it; set slack.oauth_client_id and slack.oauth_client_secret_file");
    let operator = Operator::new(world, &[CONFIGURED, KEY, OAUTH]);
    let renewed = operator.types("doctor").await;
    renewed
        .ends_with(0)
        .says("ok     slack T0BRAVO expiry: the token expires at")
        .says("and is renewed before");
    workflow.install(expires_in(1)).await.unwrap();
    let late = operator.types("doctor").await;
    late.ends_with(1)
        .says("should be renewed already; is `secevent serve` running?");
    // The story's own time is before all that.
    workflow.install(grant()).await.unwrap();
}

async fn a_key_that_is_lost_is_named_and_the_messages_wait(world: &World) {
    installed(world).await;
    let without = Operator::new(world, &[CONFIGURED]).types("doctor").await;
    without
        .ends_with(1)
        .says("WRONG  slack T0BRAVO token:")
        .says("no key to seal tokens with is configured; set slack.token_key_file");
    let other = Operator::new(world, &[CONFIGURED, OTHER_KEY])
        .types("doctor")
        .await;
    other
        .ends_with(1)
        .says("WRONG  slack T0BRAVO token:")
        .says("which is not configured; name it in slack.token_key_before_file");
    let before = KEY.replace("token_key", "token_key_before");
    let both = Operator::new(world, &[CONFIGURED, OTHER_KEY, &before]);
    both.types("doctor").await.ends_with(0);

    // A replica that has no key sends nothing there with another's token: it waits until one that has it comes round.
    let fault = json!({ "kind": "status", "code": 503 });
    let once = json!({ "method": "conversations.open", "fault": fault, "times": 1 });
    world.control("fault", once).await;
    let bella = world.person("bella");
    let number = bella.reports("odd mail").await.number();
    let keyless = super::replica::start(world, &[CONFIGURED]).await;
    world.pass(TimeDelta::minutes(2)).await;
    // The card at home goes out; the receipt to her does not.
    let pass = keyless.step().await;
    assert_eq!(
        (pass.temporary, pass.permanent, pass.delivered),
        (1, 0, 1),
        "{pass:?}"
    );
    world.advance(10).await;
    bella.reads(&[&format!("recorded as {number}")]).await;
    world.person("rita").sees_card(&number).await.says(&number);
    let stopped = keyless.stop().await;
    assert!(stopped.unfinished.is_empty(), "{:?}", stopped.unfinished);
    world.expect_error("there is no key to open their tokens with");
}

async fn what_came_from_nowhere_is_looked_at(world: &World) {
    let operator = Operator::new(world, &[CONFIGURED, KEY]);
    let none = operator.types("unread list").await;
    none.ends_with(0)
        .says("Nothing that could not be read is kept");
    let bella = world.person("bella");
    bella
        .reports("my laptop \u{202e}speaks")
        .await
        .says("not connected to the security team");
    let wrong = operator.types("doctor").await;
    wrong.ends_with(1);
    assert_eq!(wrong.lines("WRONG").len(), 1, "{wrong:?}");
    wrong
        .says("unreadable_inbound")
        .says("`secevent unread list`")
        .says("`secevent unread done`");

    let listed = operator.types("unread list").await;
    listed
        .ends_with(0)
        .says("slack")
        .says("the bot is not installed in T0BRAVO");
    let hash = listed.text.lines().nth(1).unwrap();
    let hash = hash.split_whitespace().next().unwrap();
    assert_eq!(hash.len(), 16, "{listed:?}");
    let shown = operator.types(&format!("unread show {hash}")).await;
    shown.ends_with(0).says("my laptop \u{fffd}speaks");
    let unknown = operator.types("unread show 0000").await;
    unknown.ends_with(1).says("`secevent unread list`");

    operator
        .types("unread done")
        .await
        .ends_with(0)
        .says("1 alarm(s) ended");
    operator.types("doctor").await.ends_with(0);
    operator.types("unread list").await.says(hash);
}

mod before_the_first_start {
    use super::*;
    use secevent::emulator::{
        clock::EmulatorClock,
        slack::{Seed, SlackEmulator},
    };

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn commands_say_what_is_missing() {
        let emulator = SlackEmulator::start(Seed::example_corp(), EmulatorClock::system())
            .await
            .unwrap();
        let files = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}", files.path().join("secevent.db").display());
        let api = emulator.api_url();
        let operator = Operator::on(&database, &api, &[CONFIGURED, KEY]);
        for command in ["slack installations", "slack forget T0BRAVO"] {
            operator
                .types(command)
                .await
                .ends_with(1)
                .says("run `secevent migrate` first");
        }
        operator
            .types("doctor")
            .await
            .says("the schema will be changed");
        operator.types("migrate").await.ends_with(0);
        for command in ["slack installations", "slack forget T0BRAVO"] {
            operator
                .types(command)
                .await
                .ends_with(1)
                .says("no policy was adopted yet: start `secevent serve` once");
        }
        // Nobody can have installed anything: that is well.
        operator
            .types("doctor")
            .await
            .says("All is well.")
            .ends_with(0);
        // Home by OAuth cannot be there either, and its doctor says so.
        let by_oauth = Operator::on(&database, &api, &["team = \"T0EXAMPLE\"", KEY, OAUTH]);
        by_oauth
            .types("doctor")
            .await
            .ends_with(1)
            .says("WRONG  slack token: home is installed by OAuth");
        emulator.stop().await;
    }
}
