//! Tests of the sealing key and of OAuth: each setting that is missing or dangerous is refused by its name, with the way out, and no secret
//! shows.

use crate::config::{
    Config, LoadError,
    tests::{GOOD, parse, shows_no_secret},
};
use secrecy::ExposeSecret;

const KEY: &str =
    "token_key = \"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"";
const SECRET: &str = "oauth_client_secret = \"hunter2client\"";
const REDIRECT: &str = "oauth_redirect_url = \"https://bot.example.org/slack/oauth\"";
const ALLOWED: &str = "oauth_allowed = \"T012345, E067890\"";

/// All that OAuth needs.
fn whole() -> String {
    let id = "oauth_client_id = \"1234.5678\"";
    format!(
        "{GOOD}{}\n",
        [KEY, id, SECRET, REDIRECT, ALLOWED].join("\n")
    )
}

fn shows_nothing(shown: &str) {
    shows_no_secret(shown);
    for secret in ["0011", "ABEi", "bm8g"] {
        assert!(!shown.contains(secret), "{secret} is shown in: {shown}");
    }
}

/// The text is refused at `key`, and the way out has these words.
#[track_caller]
fn refuses(text: &str, key: &str, way_out: &str) -> LoadError {
    let error = parse(text, &[]).expect_err("accepted");
    shows_nothing(&format!("{error} {error:?}"));
    let at = |one: &&crate::config::Problem| one.place.key.as_deref() == Some(key);
    let problem = error.problems.iter().find(at);
    let problem = problem.unwrap_or_else(|| panic!("no error at {key}: {error}"));
    assert!(problem.way_out.contains(way_out), "{error}");
    error
}

/// As [`refuses`], after one change of the whole; the line of the change is named.
#[track_caller]
fn changed(from: &str, to: &str, key: &str, way_out: &str) {
    let text = whole().replacen(from, to, 1);
    assert_ne!(text, whole(), "nothing was changed");
    let error = refuses(&text, key, way_out);
    if !to.is_empty() {
        assert!(
            error.problems.iter().any(|one| one.place.line.is_some()),
            "{error}"
        );
    }
}

fn taken(text: &str) -> Config {
    let config = parse(text, &[]).unwrap();
    shows_nothing(&format!("{config:?} {config:#?}"));
    config
}

#[test]
fn whole_settings_are_taken() {
    let slack = taken(&whole()).slack.unwrap();
    let oauth = slack.oauth.unwrap();
    assert_eq!(
        oauth.authorize_url.as_str(),
        "https://slack.com/oauth/v2/authorize"
    );
    assert_eq!(oauth.client_secret.expose_secret(), "hunter2client");
    assert_eq!(Vec::from_iter(&oauth.allowed), ["E067890", "T012345"]);
    // Blanks part the ids as commas do.
    let spaced = whole().replacen("T012345, E067890", " T012345  E067890,", 1);
    let spaced = taken(&spaced).slack.unwrap().oauth.unwrap();
    assert_eq!(spaced.allowed, oauth.allowed);
}

#[test]
fn a_key_is_taken_in_hex_and_in_base64_without_oauth_too() {
    let hex = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    for written in [
        hex,
        &hex.to_uppercase(),
        "ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=",
    ] {
        let slack = taken(&format!("{GOOD}token_key = \"{written}\"\n"))
            .slack
            .unwrap();
        let keys: Vec<_> = slack
            .token_keys
            .iter()
            .map(ExposeSecret::expose_secret)
            .collect();
        assert_eq!(keys, [hex]);
        assert!(slack.oauth.is_none());
    }
    let other =
        "token_key_before = \"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\"";
    let slack = taken(&format!("{GOOD}{KEY}\n{other}\n")).slack.unwrap();
    assert_eq!(slack.token_keys.len(), 2);
    assert_eq!(
        slack.token_keys[0].expose_secret(),
        hex,
        "the present one seals"
    );
}

#[test]
fn what_is_no_key_is_refused() {
    for written in [
        "0011",
        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeef",
        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff00",
        "bm8ga2V5IG9mIDMyIGJ5dGVz",
        "hunter2",
    ] {
        for name in ["token_key", "token_key_before"] {
            let (key, more) = (
                format!("slack.{name}"),
                if name == "token_key" { "" } else { KEY },
            );
            let text = format!("{GOOD}{more}\n{name} = \"{written}\"\n");
            refuses(&text, &key, "openssl rand -hex 32");
        }
    }
    for empty in ["", " "] {
        let text = format!("{GOOD}token_key = \"{empty}\"\n");
        refuses(&text, "slack.token_key", "");
    }
    refuses(
        &format!("{GOOD}{KEY}\ntoken_key_file = \"/x\"\n"),
        "slack.token_key",
        "Remove one",
    );
    let before = KEY.replace("token_key", "token_key_before");
    refuses(
        &format!("{GOOD}{before}\n"),
        "slack.token_key_before",
        "Set slack.token_key_file",
    );
}

#[test]
fn oauth_is_whole_or_refused() {
    changed(KEY, "", "slack.token_key", "openssl rand -hex 32");
    changed(
        "oauth_client_id = \"1234.5678\"",
        "",
        "slack.oauth_client_id",
        "Basic Information",
    );
    changed(
        "1234.5678",
        " ",
        "slack.oauth_client_id",
        "Basic Information",
    );
    changed(
        SECRET,
        "",
        "slack.oauth_client_secret",
        "slack.oauth_client_secret_file",
    );
    changed(
        "hunter2client",
        "",
        "slack.oauth_client_secret",
        "alone on one line",
    );
    changed(
        REDIRECT,
        "",
        "slack.oauth_redirect_url",
        "https://your.host/slack/oauth",
    );
    changed(ALLOWED, "", "slack.oauth_allowed", "ids of the workspaces");
    // One of them alone asks for all the others.
    for one in [
        SECRET,
        REDIRECT,
        ALLOWED,
        "oauth_authorize_url = \"https://slack.com/x\"",
    ] {
        let error = refuses(&format!("{GOOD}{one}\n"), "slack.token_key", "openssl");
        assert!(error.problems.len() >= 4, "{error}");
    }
}

#[test]
fn nobody_unnamed_may_install() {
    for list in [
        "",
        "   ",
        ",,",
        "*",
        "all",
        "T012345, acme",
        "t012345",
        "C012345",
        "T1",
        "T012345;E067890",
    ] {
        changed(
            "T012345, E067890",
            list,
            "slack.oauth_allowed",
            "ids of the workspaces",
        );
    }
}

#[test]
fn browsers_come_back_to_our_own_page_and_never_in_the_clear() {
    for url in [
        "bot.example.org/slack/oauth",
        "https://bot.example.org",
        "https://bot.example.org/slack/oauth/",
        "https://bot.example.org/other",
        "https://bot.example.org/slack/oauth?x=1",
        "https://bot.example.org/slack/oauth#x",
        "https://user@bot.example.org/slack/oauth",
        "https://user:hunter2@bot.example.org/slack/oauth",
        "http://bot.example.org/slack/oauth",
        "http://127.0.0.1:8080/slack/oauth",
        "ftp://bot.example.org/slack/oauth",
    ] {
        changed(
            "https://bot.example.org/slack/oauth",
            url,
            "slack.oauth_redirect_url",
            "TLS proxy",
        );
    }
    // For a trial on this machine, and only there.
    let trial = whole().replacen("production", "test", 1);
    let local = trial.replacen("https://bot.example.org", "http://127.0.0.1:8080", 1);
    assert!(taken(&local).slack.unwrap().oauth.is_some());
    let far = trial.replacen("https://bot.example.org", "http://bot.example.org", 1);
    refuses(&far, "slack.oauth_redirect_url", "TLS proxy");
}

#[test]
fn people_consent_on_slack_s_page_or_the_stand_in_s() {
    let with = |url: &str| format!("{}oauth_authorize_url = \"{url}\"\n", whole());
    for url in [
        "https://slack.com.example.org/oauth/v2/authorize",
        "http://slack.com/oauth/v2/authorize",
        "https://slack.com/oauth/v2/authorize?client_id=1",
        "http://127.0.0.1:7700/oauth/v2/authorize",
        "not an address",
    ] {
        refuses(&with(url), "slack.oauth_authorize_url", "is the default");
    }
    assert!(
        taken(&with("https://acme.slack.com/oauth/v2/authorize"))
            .slack
            .unwrap()
            .oauth
            .is_some()
    );
    let stand_in = |port: u16| {
        let text = with(&format!("http://127.0.0.1:{port}/oauth/v2/authorize"));
        let text = text.replacen("production", "test", 1);
        text.replacen(
            "[slack]",
            "[slack]\napi_url = \"http://127.0.0.1:7700/api\"",
            1,
        )
    };
    assert!(taken(&stand_in(7700)).slack.unwrap().oauth.is_some());
    refuses(
        &stand_in(7701),
        "slack.oauth_authorize_url",
        "is the default",
    );
}

#[test]
fn home_without_a_token_needs_oauth_and_its_name() {
    let token = "bot_token = \"xoxb-hunter2-bot\"\n";
    let without = |text: &str| text.replacen(token, "", 1);
    refuses(&without(&whole()), "slack.bot_token", "slack.team");
    let team = "team = \"T012345\"\n";
    refuses(
        &without(&format!("{GOOD}{team}")),
        "slack.bot_token",
        "slack.oauth_...",
    );
    let slack = taken(&without(&format!("{}{team}", whole())))
        .slack
        .unwrap();
    assert!(slack.bot_token.is_none() && slack.oauth.is_some());
    assert_eq!(slack.team.as_deref(), Some("T012345"));
    let misnamed = without(&format!("{}team = \"acme\"\n", whole()));
    refuses(&misnamed, "slack.team", "starts with T or E");
}

#[test]
fn each_has_its_variable() {
    let given = [
        ("SECEVENT_SLACK_TOKEN_KEY", "hunter2"),
        ("SECEVENT_SLACK_OAUTH_ALLOWED", "nobody"),
    ];
    let error = parse(&whole(), &given).unwrap_err();
    shows_nothing(&format!("{error} {error:?}"));
    for (variable, _) in given {
        assert!(error.to_string().contains(variable), "{error}");
    }
}
