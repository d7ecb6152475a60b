//! Tests of the settings: every dangerous combination is refused where it was made, and no secret is ever shown.

use super::{
    Config, DatabaseKind, Environment, LoadError, SlackMode, Variables, load_config, parse_config,
};
use secrecy::ExposeSecret;
use std::{fs, os::unix::fs::PermissionsExt, path::Path, time::Duration};

const SECRETS: [&str; 4] = [
    "xoxb-hunter2-bot",
    "xapp-hunter2-app",
    "hunter2signing",
    "hunter2db",
];

/// A configuration that is right.
pub(super) const GOOD: &str = r#"
environment = "production"
directory_file = "directory.toml"

[database]
url = "postgres://bot:hunter2db@db.example.org/secevent?sslmode=verify-full"

[slack]
mode = "socket"
bot_token = "xoxb-hunter2-bot"
app_token = "xapp-hunter2-app"
queue_channel = "C012345"
"#;

fn no_variables() -> Variables {
    Variables::default()
}

pub(super) fn parse(text: &str, variables: &[(&str, &str)]) -> Result<Config, LoadError> {
    let variables = variables.iter().copied().collect();
    parse_config("mine.toml", text, Path::new("/etc/secevent"), &variables)
}

/// No message and no `Debug` may show any of the secrets.
pub(super) fn shows_no_secret(shown: &str) {
    for secret in SECRETS {
        assert!(!shown.contains(secret), "{secret} is shown in: {shown}");
    }
    assert!(!shown.contains("hunter2"), "{shown}");
}

/// Changes the good settings by one replacement and expects an error at `key` in the line of the change.
fn refused(from: &str, to: &str, key: &str, way_out: &str) {
    let text = GOOD.replacen(from, to, 1);
    assert_ne!(text, GOOD, "nothing was changed");
    let error = parse(&text, &[]).expect_err(&format!("accepted: {to}"));
    shows_no_secret(&error.to_string());
    shows_no_secret(&format!("{error:?}"));
    let problem = error
        .problems
        .iter()
        .find(|problem| problem.place.key.as_deref() == Some(key))
        .unwrap_or_else(|| panic!("no error at {key}: {error}"));
    assert_eq!(problem.place.source, "mine.toml");
    assert!(problem.place.line.is_some(), "{error}");
    assert!(problem.way_out.contains(way_out), "{error}");
}

#[test]
fn good_settings_are_taken_with_their_defaults() {
    let config = parse(GOOD, &[]).unwrap();
    assert_eq!(config.warnings, []);
    assert_eq!(config.environment, Environment::Production);
    assert_eq!(config.database.kind, DatabaseKind::Postgres);
    assert_eq!(
        config.directory_file.as_deref(),
        Some(Path::new("/etc/secevent/directory.toml"))
    );
    assert_eq!(config.operator_listen.to_string(), "127.0.0.1:9464");
    assert_eq!(config.intake.confirm_within, Duration::from_secs(2));
    let slack = config.slack.unwrap();
    assert_eq!(slack.api_url.as_str(), "https://slack.com/api");
    assert_eq!(slack.bot_token.unwrap().expose_secret(), SECRETS[0]);
    assert!(matches!(
        slack.mode,
        SlackMode::Socket { connections: 2, .. }
    ));
}

#[test]
fn no_secret_is_shown_by_debug() {
    let config = parse(GOOD, &[("SECEVENT_SLACK_SIGNING_SECRET", SECRETS[2])]).unwrap();
    shows_no_secret(&format!("{config:?} {config:#?}"));
    let variables: Variables = [("SECEVENT_SLACK_BOT_TOKEN", SECRETS[0])]
        .into_iter()
        .collect();
    shows_no_secret(&format!("{variables:?}"));
}

#[test]
fn hosts_other_than_slack_s_are_refused_in_production() {
    for url in [
        "http://slack.com/api",
        "https://slack.com:8443/api",
        "https://slack.com.example.org/api",
        "https://evilslack.com/api",
        "https://192.0.2.7/api",
        "http://127.0.0.1:7700/api",
        "http://localhost:7700/api",
        "https://user:hunter2@slack.com/api",
        "ftp://slack.com/api",
        "slack.com/api",
        "https://slack.com/api?x=1",
    ] {
        refused(
            "mode = \"socket\"",
            &format!("api_url = \"{url}\""),
            "slack.api_url",
            "https://slack.com/api",
        );
    }
    let gov = GOOD.replacen(
        "mode =",
        "api_url = \"https://acme.enterprise.slack.com/api/\"\nmode =",
        1,
    );
    let config = parse(&gov, &[]).unwrap();
    assert_eq!(
        config.slack.unwrap().api_url.as_str(),
        "https://acme.enterprise.slack.com/api"
    );
}

#[test]
fn a_stand_in_is_possible_in_a_trial_and_on_loopback_only() {
    let with = |environment: &str, url: &str| {
        let text = GOOD.replacen("production", environment, 1);
        parse(
            &text.replacen("mode =", &format!("api_url = \"{url}\"\nmode ="), 1),
            &[],
        )
    };
    for environment in ["test", "demo"] {
        for url in [
            "http://127.0.0.1:7700/api",
            "http://[::1]:7700/api",
            "http://localhost:1/api",
        ] {
            with(environment, url).unwrap();
        }
        for url in [
            "http://192.0.2.7:7700/api",
            "https://example.org/api",
            "http://slack.com/api",
        ] {
            assert!(
                with(environment, url).is_err(),
                "{environment} accepted {url}"
            );
        }
    }
    assert!(with("test", "https://slack.com/api").is_ok());
    assert!(with("demo", "https://slack.com/api").is_err());
}

#[test]
fn tokens_and_modes_must_fit() {
    refused(
        "app_token = \"xapp-hunter2-app\"\n",
        "\n",
        "slack.app_token",
        "connections:write",
    );
    refused(
        "mode = \"socket\"",
        "mode = \"http\"",
        "slack.signing_secret",
        "signing_secret_file",
    );
    refused(
        "bot_token = \"xoxb-hunter2-bot\"\n",
        "\n",
        "slack.bot_token",
        "bot_token_file",
    );
    refused(
        "bot_token = \"xoxb-hunter2-bot\"",
        "bot_token = \"xapp-hunter2-app\"",
        "slack.bot_token",
        "xoxb-",
    );
    refused(
        "app_token = \"xapp-hunter2-app\"",
        "app_token = \"xoxb-hunter2-bot\"",
        "slack.app_token",
        "xapp-",
    );
    refused(
        "bot_token = \"xoxb-hunter2-bot\"",
        "bot_token = \"hunter2 bot\"",
        "slack.bot_token",
        "Copy it again",
    );
    refused(
        "bot_token = \"xoxb-hunter2-bot\"",
        "bot_token = \"\"",
        "slack.bot_token",
        "alone on one line",
    );
    refused(
        "app_token =",
        "bot_token_file = \"/x\"\napp_token =",
        "slack.bot_token",
        "Remove one",
    );
    refused(
        "app_token =",
        "app_token_file = \"/x\"\napp_token =",
        "slack.app_token",
        "Remove one",
    );
    refused(
        "queue_channel = \"C012345\"",
        "queue_channel = \"#security\"",
        "slack.queue_channel",
        "C or G",
    );
    refused(
        "queue_channel = \"C012345\"\n",
        "\n",
        "slack.queue_channel",
        "C or G",
    );
    refused("mode =", "team = \"Acme\"\nmode =", "slack.team", "T or E");
    refused(
        "mode =",
        "connections = 9\nmode =",
        "slack.connections",
        "1 to 8",
    );
    let unused = GOOD.replacen("mode =", "signing_secret = \"hunter2signing\"\nmode =", 1);
    assert_eq!(parse(&unused, &[]).unwrap().warnings.len(), 1);
}

#[test]
fn the_inside_is_not_shown_to_the_public_by_accident() {
    let open = "operator_listen = \"0.0.0.0:9464\"\nenvironment";
    refused(
        "environment",
        open,
        "operator_listen",
        "operator_listen_public = true",
    );
    let meant = GOOD.replacen(
        "environment",
        &format!("operator_listen_public = true\n{open}"),
        1,
    );
    assert!(parse(&meant, &[]).is_ok());
    refused(
        "environment",
        "operator_listen = \"127.0.0.1:8080\"\nenvironment",
        "operator_listen",
        "port of its own",
    );
}

#[test]
fn databases_that_would_lose_reports_are_refused() {
    const URL: &str = "postgres://bot:hunter2db@db.example.org/secevent?sslmode=verify-full";
    refused(URL, "sqlite::memory:", "database.url", "Name a file");
    refused(URL, "sqlite://x?mode=memory", "database.url", "Name a file");
    refused(
        URL,
        "mysql://bot:hunter2db@db/x",
        "database.url",
        "postgres://",
    );
    refused(
        URL,
        "postgres://bot:hunter2db@[db/x",
        "database.url",
        "percent-encode",
    );
    refused(
        &format!("url = \"{URL}\""),
        "",
        "database.url",
        "sqlite:secevent.db",
    );
    refused(
        "[slack]",
        "url_file = \"/x\"\n[slack]",
        "database.url",
        "Remove one",
    );
    let several = GOOD.replacen(URL, "sqlite:secevent.db", 1).replacen(
        "environment",
        "replicas = 2\nenvironment",
        1,
    );
    let error = parse(&several, &[]).unwrap_err();
    assert_eq!(
        error.problems[0].place.key.as_deref(),
        Some("replicas"),
        "{error}"
    );
    assert_eq!(error.problems[0].place.line, Some(2));
    let open = GOOD.replacen("?sslmode=verify-full", "", 1);
    let warnings = parse(&open, &[]).unwrap().warnings;
    assert_eq!(warnings.len(), 1);
    shows_no_secret(&warnings[0].to_string());
}

#[test]
fn numbers_stay_in_their_range() {
    let outbox = |line: &str| GOOD.replacen("[slack]", &format!("[outbox]\n{line}\n[slack]"), 1);
    for (line, key) in [
        ("lease_seconds = 0", "outbox.lease_seconds"),
        ("lease_seconds = 10", "outbox.send_timeout_seconds"),
        ("send_timeout_seconds = 30", "outbox.send_timeout_seconds"),
        ("senders = 0", "outbox.senders"),
        ("poll_ms = 1", "outbox.poll_ms"),
        ("lane_gap_ms = 999", "outbox.lane_gap_ms"),
    ] {
        let error = parse(&outbox(line), &[]).expect_err(line);
        assert_eq!(error.problems[0].place.key.as_deref(), Some(key), "{error}");
    }
    let intake = GOOD.replacen("[slack]", "[intake]\nconfirm_within_ms = 3000\n[slack]", 1);
    assert!(
        parse(&intake, &[]).is_err(),
        "an answer after 3 seconds is no answer"
    );
}

#[test]
fn unknown_keys_and_wrong_types_are_refused_with_line_and_way_out() {
    for (from, to, line, way_out) in [
        (
            "queue_channel",
            "queue_chanel",
            12,
            "Did you mean \"queue_channel\"?",
        ),
        (
            "environment",
            "enviroment",
            2,
            "Did you mean \"environment\"?",
        ),
        ("[slack]", "[slak]", 8, "Did you mean \"slack\"?"),
        ("\"production\"", "\"prod\"", 2, "production, test, demo"),
        ("\"socket\"", "\"hunter2\"", 9, "socket, http"),
        ("\"xoxb-hunter2-bot\"", "42", 10, "string"),
        ("mode =", "connections = \"hunter2\"\nmode =", 9, "Write"),
    ] {
        let error = parse(&GOOD.replacen(from, to, 1), &[]).expect_err(to);
        assert_eq!(error.problems[0].place.line, Some(line), "{error}");
        assert!(error.problems[0].way_out.contains(way_out), "{error}");
        shows_no_secret(&error.to_string());
    }
    let error = parse(
        "[slack]\nbot_token = \"xoxb-hunter2-bot\napp_token = 3",
        &[],
    )
    .unwrap_err();
    assert_eq!(error.problems[0].place.line, Some(2), "{error}");
    shows_no_secret(&error.to_string());
}

#[test]
fn several_mistakes_are_told_at_once() {
    let text = "replicas = 0\noperator_listen = \"0.0.0.0:1\"\n[slack]\n";
    let error = parse(text, &[]).unwrap_err();
    assert!(error.problems.len() >= 6, "{error}");
    assert_eq!(error.to_string().lines().count(), error.problems.len());
}

#[test]
fn variables_win_over_the_file_and_are_checked_alike() {
    let variables = [
        ("SECEVENT_ENVIRONMENT", "test"),
        ("SECEVENT_SLACK_API_URL", "http://127.0.0.1:7700/api"),
        ("SECEVENT_SLACK_CONNECTIONS", "3"),
        ("SECEVENT_OPERATOR_LISTEN_PUBLIC", "true"),
        ("SECEVENT_DATABASE_URL", "sqlite:other.db"),
        ("SECEVENT_SLACK_TEAM", ""),
        ("SECEVENT_CI_FACTS", "/tmp/x"),
        ("PATH", "/bin"),
    ];
    let config = parse(GOOD, &variables).unwrap();
    assert!(config.is_test() && config.log.is_test);
    assert_eq!(config.database.kind, DatabaseKind::Sqlite);
    let slack = config.slack.unwrap();
    assert!(matches!(
        slack.mode,
        SlackMode::Socket { connections: 3, .. }
    ));
    assert_eq!(slack.team, None);

    for (name, value, way_out) in [
        (
            "SECEVENT_SLACK_BOT_TOKN",
            "xoxb-hunter2-bot",
            "SECEVENT_SLACK_BOT_TOKEN",
        ),
        ("SECEVENT_SLACK_CONNECTIONS", "hunter2", "whole number"),
        (
            "SECEVENT_OPERATOR_LISTEN_PUBLIC",
            "hunter2",
            "true or false",
        ),
        ("SECEVENT_ENVIRONMENT", "hunter2", "production, test, demo"),
        ("SECEVENT_LISTEN", "hunter2", "Write"),
        (
            "SECEVENT_SLACK_API_URL",
            "http://192.0.2.7/api",
            "https://slack.com/api",
        ),
        ("SECEVENT_SLACK_BOT_TOKEN", "xapp-hunter2-app", "xoxb-"),
    ] {
        let error = parse(GOOD, &[(name, value)]).expect_err(name);
        assert!(error.problems[0].place.source.ends_with(name), "{error}");
        assert!(error.problems[0].way_out.contains(way_out), "{error}");
        shows_no_secret(&error.to_string());
    }
}

#[test]
fn crash_switches_stop_the_start_outside_a_test() {
    for name in [
        "SECEVENT_CRASH_AT",
        "SECEVENT_WITHOUT_SHIELD",
        "SECEVENT_SABOTAGE",
    ] {
        let value = if name == "SECEVENT_SABOTAGE" {
            "answer_before_commit"
        } else if name == "SECEVENT_CRASH_AT" {
            "after_claim"
        } else {
            "1"
        };
        assert!(
            parse(GOOD, &[(name, value)]).is_err(),
            "{name} was accepted in production"
        );
        let config = parse(GOOD, &[(name, value), ("SECEVENT_ENVIRONMENT", "test")]).unwrap();
        assert_eq!(
            config.faults.without_shield,
            name == "SECEVENT_WITHOUT_SHIELD"
        );
    }
}

#[test]
fn secrets_come_from_files_beside_the_settings() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secevent.toml");
    let text = GOOD
        .replacen(
            "bot_token = \"xoxb-hunter2-bot\"",
            "bot_token_file = \"bot\"",
            1,
        )
        .replacen(
            "app_token = \"xapp-hunter2-app\"",
            "app_token_file = \"app\"",
            1,
        )
        .replacen(
            "url = \"postgres://bot:hunter2db@db.example.org/secevent?sslmode=verify-full\"",
            "url = \"sqlite:x.db\"",
            1,
        );
    fs::write(&path, &text).unwrap();
    fs::write(folder.path().join("bot"), "xoxb-hunter2-bot\n").unwrap();

    let error = load_config(Some(&path), &no_variables()).unwrap_err();
    assert_eq!(error.problems.len(), 1, "{error}");
    assert_eq!(
        error.problems[0].place.key.as_deref(),
        Some("slack.app_token_file")
    );
    assert_eq!(error.problems[0].place.line, Some(11), "{error}");

    fs::write(folder.path().join("app"), "xapp-hunter2\nxapp-more").unwrap();
    let error = load_config(Some(&path), &no_variables()).unwrap_err();
    shows_no_secret(&error.to_string());

    fs::write(folder.path().join("app"), "xapp-hunter2-app\r\n").unwrap();
    let config = load_config(Some(&path), &no_variables()).unwrap();
    assert_eq!(
        config.slack.unwrap().bot_token.unwrap().expose_secret(),
        "xoxb-hunter2-bot"
    );

    // A variable replaces the file's setting of the same secret, and is not in conflict with it.
    let variables = [("SECEVENT_SLACK_APP_TOKEN", "xapp-other")]
        .into_iter()
        .collect();
    let config = load_config(Some(&path), &variables).unwrap();
    let Some(SlackMode::Socket { app_token, .. }) = config.slack.map(|slack| slack.mode) else {
        panic!("not in socket mode");
    };
    assert_eq!(app_token.expose_secret(), "xapp-other");
    let both = [
        ("SECEVENT_SLACK_APP_TOKEN", "xapp-other"),
        ("SECEVENT_SLACK_APP_TOKEN_FILE", "/x"),
    ];
    assert!(load_config(Some(&path), &both.into_iter().collect()).is_err());
}

#[test]
fn a_settings_file_with_secrets_that_all_may_read_is_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secevent.toml");
    fs::write(&path, GOOD).unwrap();
    for (mode, warnings) in [(0o644, 1), (0o640, 0)] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let config = load_config(Some(&path), &no_variables()).unwrap();
        assert_eq!(config.warnings.len(), warnings, "mode {mode:o}");
    }
}

#[test]
fn missing_and_unreadable_settings_are_explained() {
    let error = load_config(
        Some(Path::new("/nonexistent/secevent.toml")),
        &no_variables(),
    )
    .unwrap_err();
    assert!(error.to_string().contains("Check the path"), "{error}");
    // Without a file the variables must do.
    let error = load_config(None, &no_variables()).unwrap_err();
    assert!(
        error.to_string().contains("no database is named"),
        "{error}"
    );
    let variables = [("SECEVENT_DATABASE_URL", "sqlite:secevent.db")]
        .into_iter()
        .collect();
    assert!(load_config(None, &variables).is_ok());
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 128, failure_persistence: None, ..Default::default() })]

    /// Cuts pieces out of good settings and puts others in: never a panic, never a secret in what is said.
    #[test]
    fn no_mangled_settings_panic_or_leak(start in 0usize..400, length in 0usize..40, put in "[\\[\\]\"'{}=.,#\n a-z0-9\u{e4}\u{0}]{0,8}") {
        let mut text: Vec<char> = GOOD.chars().collect();
        let start = start % text.len();
        let end = (start + length).min(text.len());
        text.splice(start..end, put.chars());
        let text: String = text.into_iter().collect();
        match parse(&text, &[]) {
            Ok(config) => shows_no_secret(&format!("{config:?}")),
            Err(error) => shows_no_secret(&format!("{error} {error:?}")),
        }
    }
}
