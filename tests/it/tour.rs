//! The tour as somebody runs it: the real binary, from nothing; and the binary again with something spoiled, which it must catch.
//!
//! Neighbours: `src/cli/demo/tour` is what runs; the README quotes its transcript.

use std::process::{Command, Output, Stdio};

/// Runs `secevent demo` with these arguments and this input.
fn demo(arguments: &[&str], input: &str) -> (Option<i32>, String) {
    use std::io::Write as _;
    let mut child = Command::new(env!("CARGO_BIN_EXE_secevent"))
        .arg("demo")
        .args(arguments)
        .env_remove("SECEVENT_CONFIG")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().unwrap();
    let text = String::from_utf8(stdout).unwrap() + &String::from_utf8_lossy(&stderr);
    (status.code(), text)
}

/// The promises that the judgement calls broken.
fn broken(text: &str) -> Vec<&str> {
    text.lines()
        .filter_map(|line| line.strip_prefix("BROKEN  "))
        .collect()
}

/// Without what differs from run to run: hashes, and seconds.
fn steady(line: &str) -> String {
    line.split_whitespace()
        .map(|word| {
            let is_hash = word.len() == 8 && word.chars().all(|c| c.is_ascii_hexdigit());
            if is_hash { "<hash>" } else { word }
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// Takes the tour: every one of so many promises holds, and the transcript is fit to be read.
fn holds(more: &[&str], promises: usize) -> String {
    let mut arguments = vec!["--tour"];
    arguments.extend(more);
    let (code, text) = demo(&arguments, "");
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(broken(&text), Vec::<&str>::new(), "{text}");
    assert_eq!(text.matches("\nheld    ").count(), promises, "{text}");
    for line in text.lines() {
        assert!(line.chars().count() <= 100, "too wide: {line:?}");
        assert!(
            !line.contains('\u{1b}'),
            "colours without a terminal: {line:?}"
        );
    }
    text
}

/// What the README quotes below this mark is said by the tour, in this order.
fn is_quoted(mark: &str, text: &str) {
    let readme =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let quoted = readme
        .split_once(&format!("<!-- {mark} -->\n\n```text\n"))
        .and_then(|(_, rest)| rest.split_once("\n```"))
        .map(|(quoted, _)| quoted)
        .expect("the README quotes the transcript");
    let said: Vec<String> = text.lines().map(steady).collect();
    let mut from = 0;
    for line in quoted.lines().map(steady) {
        if line.is_empty() || line == "[...]" {
            continue;
        }
        let found = said[from..].iter().position(|one| *one == line);
        let found = found.unwrap_or_else(|| {
            panic!("the README quotes {line:?}, which the tour does not say (any more, or here)")
        });
        from += found + 1;
    }
    assert!(from > 0, "the README quotes nothing");
}

#[test]
fn every_promise_of_the_tour_holds_and_the_readme_quotes_it() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("ledger.jsonl");
    let text = holds(&["--ledger", ledger.to_str().unwrap()], 8);
    is_quoted("transcript", &text);
    let ledger = std::fs::read_to_string(ledger).unwrap();
    assert!(ledger.lines().count() > 50, "the ledger is thin:\n{ledger}");
}

#[test]
fn the_same_tour_is_taken_on_discord() {
    let text = holds(&["--platform", "discord"], 8);
    assert!(
        text.contains("types in #general: /secevent report"),
        "{text}"
    );
    assert!(!text.contains("Slack"), "{text}");
}

#[test]
fn a_case_is_reported_on_discord_and_worked_on_from_slack() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("ledger.jsonl");
    let text = holds(
        &["--platform", "all", "--ledger", ledger.to_str().unwrap()],
        9,
    );
    is_quoted("crossing", &text);
    for host in ["slack", "discord"] {
        let ledger = folder.path().join(format!("ledger.{host}.jsonl"));
        let ledger = std::fs::read_to_string(ledger).unwrap();
        assert!(ledger.lines().count() > 30, "{host} is thin:\n{ledger}");
    }
}

/// Spoils something and expects the tour on each of these platforms to fail and to name this promise.
fn catches(platforms: &[&str], sabotage: &str, promise: &str) {
    for platform in platforms {
        let arguments = ["--tour", "--platform", platform, "--sabotage", sabotage];
        let (code, text) = demo(&arguments, "");
        assert_eq!(code, Some(1), "not caught: {sabotage}\n{text}");
        let named = broken(&text);
        assert!(
            named
                .iter()
                .any(|line| promise.starts_with(line) || line.starts_with(promise)),
            "{sabotage} broke {named:?}, not {promise:?}\n{text}"
        );
        assert!(text.contains("Broken: "), "{text}");
    }
}

/// On both at once the case of which most is told is Discord's.
const EVERYWHERE: &[&str] = &["slack", "all"];

#[test]
fn a_dropped_receipt_is_caught() {
    catches(
        EVERYWHERE,
        "receipt_dropped",
        "Every report is answered with a receipt",
    );
}

#[test]
fn an_edited_entry_is_caught() {
    catches(
        EVERYWHERE,
        "entry_edited",
        "The timeline is append-only and tamper-evident",
    );
}

#[test]
fn a_deleted_row_of_the_outbox_is_caught() {
    catches(EVERYWHERE, "outbox_row_deleted", "Nothing lost");
}

#[test]
fn an_unacknowledged_page_is_caught() {
    catches(
        EVERYWHERE,
        "page_unacknowledged",
        "Every page ends in a fact",
    );
}

#[test]
fn lost_feedback_is_caught() {
    catches(
        EVERYWHERE,
        "feedback_lost",
        "No close without an assessment, an outcome and an answer",
    );
}

#[test]
fn a_message_that_nobody_caused_is_caught() {
    catches(EVERYWHERE, "note_unknown", "Nothing sent twice");
}

#[test]
fn a_link_that_the_record_does_not_know_is_caught() {
    catches(&["all"], "link_undone", "One record");
}

#[test]
fn a_tour_does_not_touch_a_record_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("secevent.db"), "precious").unwrap();
    let (code, text) = demo(&["--tour", "--data", folder.path().to_str().unwrap()], "");
    assert_eq!(code, Some(1));
    assert!(text.contains("holds a record already"), "{text}");
    let kept = std::fs::read_to_string(folder.path().join("secevent.db")).unwrap();
    assert_eq!(kept, "precious");
}

/// Plays the demo from piped input, in this folder.
fn play(folder: &std::path::Path, more: &[&str], lines: &str) -> String {
    let mut arguments = vec!["--terminal", "--data", folder.to_str().unwrap()];
    arguments.extend(more);
    let (code, text) = demo(&arguments, lines);
    assert_eq!(code, Some(0), "{text}");
    text
}

/// These words stand in the text, in this order.
fn says(text: &str, all: &[&str]) {
    let mut rest = text;
    for words in all {
        let at = rest.find(words);
        let at =
            at.unwrap_or_else(|| panic!("{words:?} is missing, or comes too early, in:\n{text}"));
        rest = &rest[at + words.len()..];
    }
}

#[test]
fn the_demo_is_played_from_the_terminal_and_keeps_its_record() {
    let folder = tempfile::tempdir().unwrap();
    let text = play(
        folder.path(),
        &[],
        "read\ncases\ntimeline SE-2026-0001\nhello\nas nobody\nsay Look at this\nreact 1\npress Nothing\n\
         /secevent I clicked a link in a strange mail\nas rita\npress Take\npress Triage\nfill Severity = SEV9\nsubmit\n\
         fill severity = SEV3; Provider = AWS\nsubmit\nadvance 15\nread\nquit\n",
    );
    says(
        &text,
        &[
            "Nothing yet. Report something",
            "No case yet. Report something",
            "there is no case SE-2026-0001; `cases` lists",
            "nothing is called \"hello\" here; `help` lists",
            "there is nobody called nobody; there is alice, bob",
            "This is message 1.",
            "Your report is recorded as SE-",
            "sees no button \"Nothing\"",
            "Your report is recorded as SE-",
            "You are Rita Roth now",
            "is yours now",
            "The form \"Triage\" opens",
            "SEV9",
            "is triaged",
            "It is ",
            "The record is kept in",
        ],
    );
    let number = text.split("recorded as ").last().unwrap()[..12].to_owned();
    let text = play(
        folder.path(),
        &[],
        &format!("cases\ntimeline {number}\n/secevent help\n"),
    );
    says(
        &text,
        &[
            "The cases of earlier demos are on record",
            &number,
            "SEV3",
            "Rita Roth",
            "reported:",
            "took the case",
            "triaged",
        ],
    );
    let text = play(folder.path(), &["--fresh"], "cases\n");
    says(&text, &["Begin with: /secevent", "No case yet"]);
}

#[test]
fn both_platforms_are_played_from_one_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let text = play(
        folder.path(),
        &["--platform", "all"],
        "on teams\n/secevent I clicked a link in a strange mail\non discord\nhelp\n/secevent I clicked\n\
         /secevent report I clicked a link in a strange mail\nreact 1\nas rita\npress Take\npress Triage\n\
         fill Severity = SEV3; Category = Something else, or not sure\nsubmit\npress Continue\nsubmit\npress Continue\nsubmit\n\
         on slack\n/secevent status 2\nquit\n",
    );
    says(
        &text,
        &[
            "one bot connected to both",
            "alice on slack #general> on teams",
            "there is no teams in this demo; there is slack, discord",
            "Your report is recorded as SE-",
            "on discord",
            "/secevent report I clicked a link",
            "/secevent has no sub-command I; there is: report",
            "Your report is recorded as SE-",
            "message 1 is on Slack; `on slack` takes you there",
            "is yours now",
            "The form \"Triage (1 of 3)\" opens",
            "Step 1 of 3 is kept",
            "is triaged",
            "rita on slack #general>",
            "-0002: In triage",
            "SEV3",
        ],
    );
}
