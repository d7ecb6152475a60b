//! Tokens that rotate: renewed in time, by one, and what happens when the machine or Slack does not play along.

use super::{
    bravo,
    browser::{Browser, asks_slack},
    operator::{CONFIGURED, KEY, OAUTH},
    replica,
};
use crate::harness::world::World;
use chrono::TimeDelta;
use secevent::{
    chat::slack::oauth::rotation::Renewals,
    domain::{installation::InstallationState, person::PlatformId},
};
use secrecy::ExposeSecret;
use serde_json::json;

both!(Setup::rotating =>
    three_tokens_end_and_nothing_fails,
    two_at_once_renew_once,
    two_replicas_renew_once,
    a_crash_between_the_answer_and_the_commit_is_survived,
    a_crash_that_lasted_too_long_ends_in_an_alarm,
    slack_that_does_not_answer_is_asked_again,
    a_token_that_is_refused_early_is_renewed_once,
    a_new_token_that_is_refused_is_no_storm,
);

async fn installed(world: &World) {
    Browser::default()
        .installs(world, "bella")
        .await
        .says("Installed in Bravo");
    assert!(bravo(world).await.expires_at.is_some());
}

async fn token(world: &World) -> String {
    let id = bravo(world).await.id;
    let (token, _) = world.app.workflow().bot_token(id).await.unwrap().unwrap();
    token.expose_secret().to_owned()
}

/// How often Slack was asked to renew.
async fn asked(world: &World) -> usize {
    let calls = world.door().calls(0).await.unwrap();
    let is_renewal = |call: &&serde_json::Value| {
        call["method"] == "oauth.v2.access" && call["args"]["grant_type"] == "refresh_token"
    };
    calls.iter().filter(is_renewal).count()
}

async fn pass(world: &World, time: TimeDelta) {
    world.clock.advance(time);
    world.door().advance(time.to_std().unwrap()).await.unwrap();
}

/// Bella writes to the bot, and it answers with Bravo's token.
async fn bella_is_answered(world: &World) {
    let bella = world.person("bella");
    let _ = bella.writes("help").await;
    let said = bella.reads_some("").await;
    assert_eq!(said.len(), 1, "the bot did not answer");
}

async fn three_tokens_end_and_nothing_fails(world: &World) {
    installed(world).await;
    let mut tokens = vec![token(world).await];
    for hour in 0..38 {
        bella_is_answered(world).await;
        world.advance(60).await;
        let now = token(world).await;
        if tokens.last() != Some(&now) {
            tokens.push(now);
        }
        assert!(tokens.len() > 1 || hour < 10, "hour {hour}");
    }
    bella_is_answered(world).await;
    assert_eq!((tokens.len(), asked(world).await), (4, 3));
    let log = world.capture.lines().join("\n");
    assert!(tokens.iter().all(|token| !log.contains(token)) && !log.contains("xoxe"));
    assert_eq!(world.alarms().await, Vec::<String>::new());
}

async fn two_at_once_renew_once(world: &World) {
    installed(world).await;
    pass(world, TimeDelta::hours(10)).await;
    let (one, two, three) = tokio::join!(
        world.app.renew_tokens(),
        world.app.renew_tokens(),
        world.app.renew_tokens()
    );
    assert_eq!(one.renewed + two.renewed + three.renewed, 1);
    assert_eq!(asked(world).await, 1);
    bella_is_answered(world).await;
}

async fn two_replicas_renew_once(world: &World) {
    installed(world).await;
    let other = replica::start(world, &[CONFIGURED, KEY, OAUTH]).await;
    let mut tokens = vec![token(world).await];
    for round in 1..=4 {
        pass(world, TimeDelta::hours(10)).await;
        let (one, two) = tokio::join!(world.app.renew_tokens(), other.renew_tokens());
        assert_eq!(
            (one.renewed + two.renewed, one.refused + two.refused),
            (1, 0)
        );
        assert_eq!(asked(world).await, round);
        tokens.push(token(world).await);
        // Who renewed it makes no difference: both take the new one for the next call.
        let id = bravo(world).await.id;
        let (theirs, _) = other.workflow().bot_token(id).await.unwrap().unwrap();
        assert_eq!(
            Some(theirs.expose_secret()),
            tokens.last().map(String::as_str)
        );
        bella_is_answered(world).await;
    }
    tokens.dedup();
    assert_eq!(tokens.len(), 5);
    // One dies in its turn: the other takes over when the turn is over, and not before.
    pass(world, TimeDelta::hours(10)).await;
    crashes_after_the_answer(world).await;
    assert_eq!(other.renew_tokens().await, Renewals::default());
    pass(world, TimeDelta::seconds(40)).await;
    assert_eq!(other.renew_tokens().await.renewed, 1);
    bella_is_answered(world).await;
    assert_eq!(world.alarms().await, Vec::<String>::new());
    let stopped = other.stop().await;
    assert!(stopped.unfinished.is_empty(), "{:?}", stopped.unfinished);
}

async fn a_crash_between_the_answer_and_the_commit_is_survived(world: &World) {
    installed(world).await;
    let before = token(world).await;
    pass(world, TimeDelta::hours(10)).await;
    crashes_after_the_answer(world).await;
    // Nobody else begins while the turn lasts, and the old token still works.
    assert_eq!(world.app.renew_tokens().await, Renewals::default());
    bella_is_answered(world).await;
    pass(world, TimeDelta::seconds(40)).await;
    assert_eq!(world.app.renew_tokens().await.renewed, 1);
    assert_ne!(token(world).await, before);
    pass(world, TimeDelta::hours(9)).await;
    bella_is_answered(world).await;
}

/// Takes the turn, has Slack's answer, and dies before it is stored.
async fn crashes_after_the_answer(world: &World) {
    let turns = world.app.workflow().renewals_due(PlatformId::Slack).await;
    let turns = turns.unwrap();
    let form = format!(
        "client_id=1234.emulator&client_secret=emulator-client-secret&grant_type=refresh_token&refresh_token={}",
        turns[0].refresh.expose_secret()
    );
    assert_eq!(asks_slack(world, &form).await["ok"], true);
}

async fn a_crash_that_lasted_too_long_ends_in_an_alarm(world: &World) {
    installed(world).await;
    pass(world, TimeDelta::hours(10)).await;
    crashes_after_the_answer(world).await;
    pass(world, TimeDelta::minutes(10)).await;
    assert_eq!(world.app.renew_tokens().await.refused, 1);
    let one = bravo(world).await;
    assert_eq!(one.state, InstallationState::Refused);
    assert_eq!(one.reason.as_deref(), Some("invalid_refresh_token"));
    assert_eq!(world.alarms().await, ["token_refused"]);
    // Installed again, all is well.
    installed(world).await;
    assert_eq!(world.alarms().await, Vec::<String>::new());
    bella_is_answered(world).await;
    world.expect_refusal("invalid_refresh_token");
}

async fn slack_that_does_not_answer_is_asked_again(world: &World) {
    installed(world).await;
    pass(world, TimeDelta::hours(10)).await;
    let fault = json!({ "kind": "status", "code": 503 });
    world
        .control(
            "fault",
            json!({ "method": "oauth.v2.access", "fault": fault, "times": 2 }),
        )
        .await;
    assert_eq!(world.app.renew_tokens().await.later, 1);
    assert_eq!(
        world.app.renew_tokens().await,
        Renewals::default(),
        "not before a minute passed"
    );
    bella_is_answered(world).await;
    pass(world, TimeDelta::seconds(61)).await;
    assert_eq!(world.app.renew_tokens().await.later, 1);
    pass(world, TimeDelta::seconds(61)).await;
    assert_eq!(world.app.renew_tokens().await.renewed, 1);
    bella_is_answered(world).await;
}

async fn a_token_that_is_refused_early_is_renewed_once(world: &World) {
    installed(world).await;
    pass(world, TimeDelta::minutes(30)).await;
    let fault = json!({ "kind": "error", "error": "token_expired" });
    world
        .control(
            "fault",
            json!({ "method": "conversations.open", "fault": fault, "times": 1 }),
        )
        .await;
    let bella = world.person("bella");
    let number = bella.reports("odd mail").await.number();
    world.settle().await;
    world.advance(1).await;
    bella.reads(&[&format!("recorded as {number}")]).await;
    world.person("rita").sees_card(&number).await.says(&number);
    assert_eq!(
        (asked(world).await, bravo(world).await.state),
        (1, InstallationState::Active)
    );
    world.expect_refusal("token_expired");
}

async fn a_new_token_that_is_refused_is_no_storm(world: &World) {
    installed(world).await;
    pass(world, TimeDelta::minutes(30)).await;
    let fault = json!({ "kind": "error", "error": "invalid_auth" });
    let given = json!({ "method": "conversations.open", "fault": fault, "forever": true });
    world.control("fault", given).await;
    let number = world.person("bella").reports("odd mail").await.number();
    world.settle().await;
    world.advance(1).await;
    world.advance(2).await;
    assert_eq!(asked(world).await, 1);
    assert_eq!(bravo(world).await.state, InstallationState::Refused);
    let rita = world.person("rita");
    let card = rita.sees_card(&number).await;
    let _ = rita
        .reads_thread(&card, &["the receipt could not be delivered"])
        .await;
    world.control("clear_faults", json!({})).await;
    for alarm in ["token_refused", "outbox_gave_up"] {
        world.expect_alarm(alarm);
    }
    world.expect_refusal("invalid_auth");
}
