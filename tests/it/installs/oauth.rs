//! Installing by OAuth: who may, who may not, and every way in which it goes wrong.

use super::{bravo, browser::Browser};
use crate::harness::{setup::BRAVO, world::World};
use secevent::domain::{installation::InstallationState, person::PlatformId};
use serde_json::json;

both!(Setup::oauth =>
    somebody_installs_and_people_report,
    somebody_says_no,
    a_state_is_bound_to_the_browser_and_used_once,
    a_state_lives_ten_minutes,
    strangers_are_kept_out,
    home_keeps_the_token_of_its_settings,
    slack_that_does_not_answer_is_said_in_words,
    taken_out_and_installed_again,
);

/// Bella's report is answered, in Bravo.
async fn bella_reports(world: &World) {
    let bella = world.person("bella");
    let number = bella.reports("odd mail").await.number();
    bella.reads(&[&format!("recorded as {number}")]).await;
    world
        .person("rita")
        .sees_card(&number)
        .await
        .says("Bella Braun");
}

async fn count(world: &World) -> usize {
    let all = world.app.workflow().installations(PlatformId::Slack).await;
    all.unwrap().len()
}

async fn somebody_installs_and_people_report(world: &World) {
    let mut browser = Browser::default();
    let page = browser.begins(world).await;
    let cookie = browser.cookie.clone().unwrap();
    assert!(cookie.starts_with("__Host-secevent-install="), "{cookie}");
    let state = cookie.split_once('=').unwrap().1;
    assert!(
        state.len() == 64 && page.contains(state) && page.contains("chat%3Awrite"),
        "{page}"
    );
    let path = Browser::consents(world, &page, "bella", true).await;
    let seen = browser.opens(world, &path).await;
    assert_eq!(seen.status, 200, "{seen:?}");
    seen.says("Installed in Bravo")
        .says("T0BRAVO")
        .says("Invite the bot");
    let policy = seen.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert_eq!(seen.header("cache-control"), Some("no-store"));
    assert_eq!(browser.cookie, None, "the cookie is taken back");

    bella_reports(world).await;
    let one = bravo(world).await;
    assert_eq!(
        (one.state, one.installed_by.as_str()),
        (InstallationState::Active, "U0BELLA")
    );
    assert!(one.expires_at.is_none() && one.scopes.iter().any(|scope| scope == "chat:write"));
    let entry = &world.org_entries("bot_installed").await[0];
    assert_eq!(entry["at"]["workspace"], BRAVO);
    assert_eq!(entry["by"], "U0BELLA");
    let (token, _) = world
        .app
        .workflow()
        .bot_token(one.id)
        .await
        .unwrap()
        .unwrap();
    let token = secrecy::ExposeSecret::expose_secret(&token).to_owned();
    let log = world.capture.lines().join("\n");
    for secret in [token.as_str(), "emulator-client-secret", state, "code-"] {
        assert!(!log.contains(secret), "the log holds {secret}");
    }
}

async fn somebody_says_no(world: &World) {
    let mut browser = Browser::default();
    let page = browser.begins(world).await;
    let path = Browser::consents(world, &page, "bella", false).await;
    let seen = browser.opens(world, &path).await;
    seen.says("Not installed").says("Somebody said no");
    assert_eq!((seen.status, count(world).await), (200, 0));
}

async fn a_state_is_bound_to_the_browser_and_used_once(world: &World) {
    let (mut browser, mut other) = (Browser::default(), Browser::default());
    let page = browser.begins(world).await;
    let path = Browser::consents(world, &page, "bella", true).await;
    // Somebody else's browser is made to open it: with no cookie, and with one of its own.
    other
        .opens(world, &path)
        .await
        .says("This browser did not begin");
    other.begins(world).await;
    let seen = other.opens(world, &path).await;
    assert_eq!(seen.status, 400);
    seen.says("This browser did not begin");
    // Forged: no state, another state, a state that we never gave with a cookie to match.
    for forged in [
        "?code=code-1",
        "?code=code-1&state=",
        "?code=code-1&state=abc",
        "",
    ] {
        let seen = browser.opens(world, &format!("/slack/oauth{forged}")).await;
        assert_eq!(seen.status, 400, "{forged}");
    }
    browser.cookie = Some(format!("__Host-secevent-install={}", "a".repeat(64)));
    let unknown = format!("/slack/oauth?code=code-1&state={}", "a".repeat(64));
    browser
        .opens(world, &unknown)
        .await
        .says("Nobody began this");
    assert_eq!(count(world).await, 0);

    let page = browser.begins(world).await;
    let cookie = browser.cookie.clone();
    let path = Browser::consents(world, &page, "bella", true).await;
    browser.opens(world, &path).await.says("Installed in Bravo");
    // The same page again, as "back" and "reload" do.
    browser.cookie = cookie;
    let seen = browser.opens(world, &path).await;
    assert_eq!(seen.status, 400);
    seen.says("ended already");
    assert_eq!(world.org_entries("bot_installed").await.len(), 1);
    // A code that was used is refused by Slack, in words.
    let page = browser.begins(world).await;
    let state = page.split("state=").nth(1).unwrap().to_owned();
    let code = path
        .split("code=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap();
    let replay = format!("/slack/oauth?code={code}&state={state}");
    browser
        .opens(world, &replay)
        .await
        .says("code_already_used");
    world.expect_refusal("code_already_used");
}

async fn a_state_lives_ten_minutes(world: &World) {
    let mut browser = Browser::default();
    let page = browser.begins(world).await;
    let path = Browser::consents(world, &page, "bella", true).await;
    world.advance(11).await;
    let seen = browser.opens(world, &path).await;
    assert_eq!(seen.status, 400);
    seen.says("longer than ten minutes");
    assert_eq!(count(world).await, 0);
}

async fn strangers_are_kept_out(world: &World) {
    let seen = Browser::default().installs(world, "cora").await;
    assert_eq!(seen.status, 403);
    seen.says("cannot be installed in Cargo (T0CARGO)")
        .says("slack.oauth_allowed");
    assert_eq!(count(world).await, 0);
    let entry = &world.org_entries("install_refused").await[0];
    assert_eq!(
        (&entry["at"]["workspace"], &entry["by"]),
        (&json!("T0CARGO"), &json!("U0CORA"))
    );
    // What Slack granted was given back.
    let calls = world.door().calls(0).await.unwrap();
    assert!(
        calls
            .iter()
            .any(|call| call["method"] == "auth.revoke" && call["outcome"] == "ok")
    );
}

async fn home_keeps_the_token_of_its_settings(world: &World) {
    // Before anybody knows which workspace is home, nothing is taken for another one.
    let busy = json!({ "kind": "status", "code": 503 });
    let given = json!({ "method": "auth.test", "fault": busy, "times": 1 });
    world.control("fault", given).await;
    let seen = Browser::default().installs(world, "alice").await;
    assert_eq!(seen.status, 502);
    seen.says("did not say which workspace is home")
        .says("Nothing was stored");
    assert_eq!(count(world).await, 0);

    let seen = Browser::default().installs(world, "alice").await;
    assert_eq!(seen.status, 403);
    seen.says("it is home").says("slack.bot_token");
    assert_eq!(count(world).await, 0);
    let number = crate::scenarios::reported(world, "home goes on").await;
    world.person("rita").sees_card(&number).await.says(&number);
}

async fn slack_that_does_not_answer_is_said_in_words(world: &World) {
    for fault in [
        json!({ "kind": "status", "code": 503 }),
        json!({ "kind": "error", "error": "internal_error" }),
    ] {
        let given = json!({ "method": "oauth.v2.access", "fault": fault, "times": 1 });
        world.control("fault", given).await;
        let seen = Browser::default().installs(world, "bella").await;
        assert_eq!(seen.status, 502);
        seen.says("Slack answered").says("begin again");
    }
    assert_eq!(count(world).await, 0);
    Browser::default()
        .installs(world, "bella")
        .await
        .says("Installed in Bravo");
    bella_reports(world).await;
    world.expect_refusal("internal_error");
}

async fn taken_out_and_installed_again(world: &World) {
    Browser::default()
        .installs(world, "bella")
        .await
        .says("Installed in Bravo");
    let (bella, rita) = (world.person("bella"), world.person("rita"));
    let number = bella.reports(crate::scenarios::CLICKED).await.number();
    bella.reads(&[&format!("recorded as {number}")]).await;
    let card = rita.sees_card(&number).await;

    world.control("uninstall", json!({ "team": BRAVO })).await;
    world.door().idle().await.unwrap();
    let ended = bravo(world).await;
    assert_eq!(ended.state, InstallationState::Uninstalled);
    let kept = world
        .app
        .store()
        .installation(ended.id)
        .await
        .unwrap()
        .unwrap();
    assert!(kept.1.is_none(), "its tokens are gone");
    assert_eq!(world.org_entries("bot_uninstalled").await.len(), 1);
    let alarms = world.app.store().open_alarms().await.unwrap();
    let told = alarms
        .iter()
        .find(|one| one.subject == "slack:T0BRAVO")
        .unwrap();
    assert!(told.text.contains("Bravo"), "{}", told.text);

    // Her feedback fails visibly, and home goes on.
    super::close(world, &number, &card).await;
    let failed = world.entries(&number, "send_failed").await;
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert!(
        failed[0]["reason"]
            .as_str()
            .unwrap()
            .contains("not installed in T0BRAVO"),
        "{failed:?}"
    );
    assert_eq!(
        rita.reads_thread(&card, &["could not be told"]).await.len(),
        1
    );
    let other = crate::scenarios::reported(world, "one at home").await;
    rita.sees_card(&other).await.says(&other);

    // Installed again, it goes on, and the alarm of it is over.
    Browser::default()
        .installs(world, "bella")
        .await
        .says("Installed in Bravo");
    bella_reports(world).await;
    let alarms = world.app.store().open_alarms().await.unwrap();
    assert!(
        alarms.iter().all(|one| one.subject != "slack:T0BRAVO"),
        "{alarms:?}"
    );
    for alarm in ["feedback_failed", "outbox_gave_up"] {
        world.expect_alarm(alarm);
    }
}
