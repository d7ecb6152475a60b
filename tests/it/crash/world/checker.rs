//! Runs `tests/checker/check.py`, which shares no code with the project, and reads its verdict.
//!
//! Invariants: a checker that cannot tell fails the test. Neighbours: every crash and fault test ends here.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What the checker found.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// What is broken, as sentences that begin with the promise.
    pub problems: Vec<String>,
    /// Acknowledged reports that are gone.
    pub lost: u64,
    figures: Value,
}

impl Verdict {
    /// A figure by its name.
    pub fn figure(&self, name: &str) -> u64 {
        self.figures[name]
            .as_u64()
            .unwrap_or_else(|| panic!("the checker gave no figure {name}"))
    }

    /// Fails the test with everything that is broken.
    pub fn must_hold(&self, what: &str) {
        assert!(
            self.problems.is_empty(),
            "{what}: {} promises are broken:\n{}\n{}",
            self.problems.len(),
            self.problems.join("\n"),
            self.figures
        );
    }

    /// Leaves out promises that a run without a drain cannot keep.
    pub fn forget(&mut self, promises: &[&str]) {
        self.problems
            .retain(|one| !promises.iter().any(|name| one.starts_with(name)));
    }

    /// Whether a promise is named as broken.
    pub fn names(&self, promise: &str) -> bool {
        self.problems.iter().any(|one| one.starts_with(promise))
    }
}

/// The directory of the checker.
pub fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checker")
}

fn python() -> Command {
    let mut python = Command::new("python3");
    python.arg("-B").current_dir(directory());
    python
}

/// Checks a record against both ledgers. `in_flight` is how many messages may be on their way when a bot dies.
pub fn check(database: &str, client: &Path, emulator: &Path, in_flight: usize) -> Verdict {
    let output = python()
        .arg("check.py")
        .args(["--database", database, "--limit", "60"])
        .arg("--client")
        .arg(client)
        .arg("--emulator")
        .arg(emulator)
        .args(["--in-flight", &in_flight.to_string()])
        .args(["--not-confirmed", "not confirmed"])
        .output()
        .expect("python3 is needed for the checker: apt-get install python3");
    let text = String::from_utf8_lossy(&output.stdout);
    let read: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    assert!(
        read["problems"].is_array(),
        "the checker could not tell: {text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Verdict {
        problems: serde_json::from_value(read["problems"].clone()).unwrap(),
        lost: read["lost"].as_u64().unwrap(),
        figures: read["figures"].clone(),
    }
}

/// How many rows of the outbox are still on their way, and how many leases stand; `None` while there is no such table.
pub fn waiting(database: &str) -> Option<u64> {
    let output = python()
        .args(["waiting.py", database])
        .output()
        .expect("python3 is needed for the checker");
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}

/// Changes a record behind everybody's back, as whoever owns the database could.
pub fn tamper(database: &str, statement: &str) {
    let output = python()
        .args(["tamper.py", database, statement])
        .output()
        .expect("python3 is needed for the checker");
    assert!(
        output.status.success(),
        "{statement}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The checker's own tests.
#[test]
fn the_checker_sees_what_it_is_for() {
    let output = python().args(["-m", "unittest", "-q"]).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
