//! A start whose database is not there: a server is waited for until somebody asks to stop, a file is not.
//!
//! Invariants: the real binary, its own words and its exit; waiting has a limit that is no part of what is promised.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::crash::world::process::BINARY;

/// What is promised for a graceful stop.
const STOP: Duration = Duration::from_secs(10);

fn serve(folder: &std::path::Path, url: &str) -> std::process::Child {
    let settings = folder.join("secevent.toml");
    let text = format!(
        "environment = \"test\"\nlisten = \"127.0.0.1:0\"\noperator_listen = \"127.0.0.1:0\"\n[database]\nurl = \"{url}\"\n[slack]\nmode = \"http\"\n\
         signing_secret = \"a-signing-secret\"\nbot_token = \"xoxb-a-token\"\nqueue_channel = \"C0QUEUE\"\napi_url = \"http://127.0.0.1:9/api\"\n"
    );
    std::fs::write(&settings, text).unwrap();
    let mut command = Command::new(BINARY);
    // What steers the tests is no setting of the bot, and it refuses settings that it does not know.
    command.env_clear();
    command.arg("--config").arg(&settings).arg("serve");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

#[test]
fn a_start_that_waits_for_its_database_stops_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    // A port that nobody listens on: it was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("postgres://nobody:nothing@127.0.0.1:{port}/none");
    let mut bot = serve(folder.path(), &url);
    let mut lines = BufReader::new(bot.stderr.take().unwrap()).lines();
    let waits = lines.any(|line| line.unwrap().contains("it is tried again"));
    assert!(waits, "it did not wait for its database");
    let asked = Instant::now();
    let pid = bot.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    let ended = bot.wait().unwrap();
    assert!(ended.success(), "{ended}");
    assert!(asked.elapsed() < STOP, "it took {:?}", asked.elapsed());
}

#[test]
fn a_start_does_not_wait_for_a_file_that_cannot_be_opened() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("no/such/folder/secevent.db");
    let bot = serve(folder.path(), &format!("sqlite:{}", missing.display()));
    let said = bot.wait_with_output().unwrap();
    let mut words = String::new();
    said.stdout.as_slice().read_to_string(&mut words).unwrap();
    said.stderr.as_slice().read_to_string(&mut words).unwrap();
    assert!(!said.status.success(), "{words}");
    assert!(
        words.contains("database") && !words.contains("it is tried again"),
        "{words}"
    );
}
