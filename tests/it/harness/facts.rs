//! Figures that a test run should show, such as the rounds of a crash loop and what was lost.
//!
//! Invariants: a fact is one line, short and true; it proves nothing by itself, the test asserts.
//!
//! Neighbours: `.ci/run` names the file in `SECEVENT_CI_FACTS` and prints it at its end; without it a fact goes to
//! the test's own output.

use std::fs::OpenOptions;
use std::io::Write as _;

/// Notes a fact for the summary.
pub fn note(fact: &str) {
    println!("{fact}");
    if let Some(path) = std::env::var_os("SECEVENT_CI_FACTS") {
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .unwrap();
        file.write_all(format!("{fact}\n").as_bytes()).unwrap();
    }
}
