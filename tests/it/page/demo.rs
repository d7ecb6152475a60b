//! `secevent demo` as a process: started in an empty folder, asked for its address, ended by a signal.
//!
//! Invariants: the process ends with the test; an end in good order is part of what is tested. Neighbours: `story`.

use std::io::{BufRead as _, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// A running demo.
pub struct Demo {
    child: Child,
    // Kept open: what is printed later has somewhere to go.
    _lines: Lines<BufReader<ChildStdout>>,
    /// Where the page is.
    pub url: String,
}

impl Demo {
    /// Starts one in this folder.
    pub fn start(folder: &Path, more: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_secevent"))
            .args(["demo", "--data", folder.to_str().unwrap()])
            .args(more)
            .env_remove("SECEVENT_CONFIG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = lines
            .by_ref()
            .map(|line| line.unwrap())
            .find(|line| line.starts_with("http://127.0.0.1:"));
        let url = url.expect("the demo prints the address of its page");
        Self {
            child,
            _lines: lines,
            url,
        }
    }

    /// Asks it to end, as Ctrl-C does, and expects that it ends well.
    pub fn end(mut self) {
        let asked = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status();
        assert!(asked.unwrap().success());
        let status = self.child.wait().unwrap();
        assert!(status.success(), "the demo ended with {status}");
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
