//! From nothing to a healthy installation: `init` asks and writes, `doctor` names what is wrong until nothing is.
//!
//! Invariants: the real binary; every finding of the doctor is mended in the way that it says.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use secevent::emulator::clock::EmulatorClock;
use secevent::emulator::discord::{self, DiscordEmulator};
use secevent::emulator::slack::seed::{APP_TOKEN, BOT_TOKEN};
use secevent::emulator::slack::{Seed, SlackEmulator};

use crate::crash::world::process::BINARY;

/// As somebody would type them; the wrong ones are asked again.
const ANSWERS: &[&str] = &[
    "Acme",
    "Berlin",
    "Europe/Berlin",
    "",
    "Security desk, desk@acme.example",
    "call me",
    "+49 30 5550100",
    "",
    "teams",
    "",
    "",
    "T0EXAMPLE",
    "#security",
    "C0QUEUE",
    "Ben Bauer",
    "U0BEN",
    "+49 30 5550102",
    "Rita Roth",
    "U0BEN",
    "U0RITA",
    "+49 30 5550104",
    "Ivy Ito",
    "U0IVY",
    "+49 30 5550103",
    "",
];

fn run(
    folder: &Path,
    more: &[(&str, &str)],
    arguments: &[&str],
    answers: &[&str],
) -> (bool, String) {
    let mut command = Command::new(BINARY);
    command
        .env_clear()
        .envs(more.iter().copied())
        .current_dir(folder)
        .args(arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let text = answers
        .iter()
        .map(|answer| format!("{answer}\n"))
        .collect::<String>();
    // A refusal may come before all is read.
    let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().unwrap();
    let said = [stdout, stderr].concat();
    (status.success(), String::from_utf8(said).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_become_an_installation_that_the_doctor_brings_to_health() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let (ok, said) = run(at, &[], &["init", "--folder", "own"], ANSWERS);
    assert!(ok, "{said}");
    for again in [
        "No such time zone",
        "dialled from abroad",
        "Write slack, discord or both",
        "Channel details",
        "has this id already",
    ] {
        assert!(said.contains(again), "{again}: {said}");
    }
    let own = at.join("own");
    for secret in ["secrets/slack_bot_token", "secrets/slack_app_token"] {
        let mode = std::fs::metadata(own.join(secret))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{secret}");
    }
    let (ok, said) = run(at, &[], &["init", "--folder", "own"], ANSWERS);
    assert!(
        !ok && said.contains("nothing was asked and nothing written"),
        "{said}"
    );

    let emulator = SlackEmulator::start(Seed::example_corp(), EmulatorClock::system())
        .await
        .unwrap();
    let url = emulator.api_url();
    // The stand-in is no host of Slack's: only a test may speak to it.
    let test = [
        ("SECEVENT_SLACK_API_URL", url.as_str()),
        ("SECEVENT_ENVIRONMENT", "test"),
    ];
    let doctor = || run(at, &test, &["--config", "own/secevent.toml", "doctor"], &[]);
    let wrong = |said: &str| {
        said.lines()
            .filter(|line| line.starts_with("WRONG"))
            .map(ToOwned::to_owned)
            .collect::<Vec<_>>()
    };

    let (ok, said) = doctor();
    let found = wrong(&said);
    assert!(
        !ok && found
            .iter()
            .any(|line| line.contains("slack.bot_token_file")
                && line.contains("there is no secret yet")),
        "{said}"
    );
    std::fs::write(own.join("secrets/slack_bot_token"), "xoxb-of-another-app\n").unwrap();
    let (_, said) = doctor();
    assert!(
        wrong(&said)
            .iter()
            .any(|line| line.contains("slack.app_token_file")),
        "{said}"
    );
    std::fs::write(
        own.join("secrets/slack_app_token"),
        format!("{APP_TOKEN}\n"),
    )
    .unwrap();
    let (_, said) = doctor();
    assert!(
        wrong(&said)
            .iter()
            .any(|line| line.contains("install the app again")),
        "{said}"
    );
    std::fs::write(
        own.join("secrets/slack_bot_token"),
        format!("{BOT_TOKEN}\n"),
    )
    .unwrap();
    let (ok, said) = doctor();
    assert_eq!(wrong(&said), Vec::<String>::new());
    assert!(ok && said.contains("All is well."), "{said}");
    assert!(
        !said.contains("xoxb-") && !said.contains("xapp-"),
        "no secret is shown: {said}"
    );
    emulator.stop().await;
}

/// The same in Discord; a name in place of an id is asked again.
const IN_DISCORD: &[&str] = &[
    "Acme",
    "",
    "",
    "Security desk, desk@acme.example",
    "+49 30 5550100",
    "",
    "discord",
    "secevent",
    "1100000000000000010",
    "1100000000000000001",
    "1100000000000000102",
    "yes",
    "Ben Bauer",
    "1100000000000001004",
    "+49 30 5550102",
    "Rita Roth",
    "1100000000000001003",
    "+49 30 5550104",
    "Ivy Ito",
    "1100000000000001005",
    "+49 30 5550103",
    "",
];

#[tokio::test(flavor = "multi_thread")]
async fn the_same_in_discord_alone() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let (ok, said) = run(at, &[], &["init", "--folder", "own"], IN_DISCORD);
    assert!(
        ok && said.contains("are numbers of 17 to 20 digits"),
        "{said}"
    );
    assert!(
        said.contains("manifest discord --apply") && !said.contains("slack.com"),
        "{said}"
    );
    let emulator = DiscordEmulator::start(discord::Seed::example_corp(), EmulatorClock::system())
        .await
        .unwrap();
    let url = emulator.api_url();
    let test = [
        ("SECEVENT_DISCORD_API_URL", url.as_str()),
        ("SECEVENT_ENVIRONMENT", "test"),
    ];
    let told = |arguments: &[&str]| {
        let all = [&["--config", "own/secevent.toml"], arguments].concat();
        run(at, &test, &all, &[])
    };
    let (ok, said) = told(&["doctor"]);
    assert!(!ok && said.contains("discord.bot_token_file"), "{said}");
    let token = format!("{}\n", discord::seed::BOT_TOKEN);
    std::fs::write(at.join("own/secrets/discord_bot_token"), token).unwrap();
    let (ok, said) = told(&["doctor"]);
    assert!(
        !ok && said.contains("run `secevent manifest discord --apply`"),
        "{said}"
    );
    let (ok, said) = told(&["manifest", "discord", "--apply"]);
    assert!(ok, "{said}");
    let (ok, said) = told(&["doctor"]);
    assert!(ok && said.contains("All is well."), "{said}");
    emulator.stop().await;
}

#[test]
fn answers_that_end_early_write_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (ok, said) = run(
        folder.path(),
        &[],
        &["init", "--folder", "own"],
        &ANSWERS[..11],
    );
    assert!(
        !ok && said.contains("the answers ended at the question \"Id of your workspace"),
        "{said}"
    );
    assert!(!folder.path().join("own").exists());
}
