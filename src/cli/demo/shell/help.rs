//! What can be typed at the prompt, and by whom.
//!
//! Invariants: a command is shown as the platform has it on which one is. Neighbours: `shell`.

use super::Shell;
use crate::cli::{
    Outcome,
    demo::{
        screen::{INDENT, Ink},
        stage::CAST,
        stands::{Host, Wanted},
    },
};

/// Where there are two platforms.
const ON: (&str, &str) = (
    "on discord",
    "go to the other platform; `on slack` comes back",
);
/// A command, as each platform has it.
const fn command(host: Host) -> (&'static str, &'static str) {
    match host {
        Host::Slack => (
            "/secevent I clicked a link",
            "a command; try also /secevent, /secevent help, /secevent mine",
        ),
        Host::Discord => (
            "/secevent report I clicked a link",
            "a command; try also /secevent report, /secevent help, /secevent home",
        ),
    }
}

const HELP: &[(&str, &str)] = &[
    ("as rita", "be somebody else; `people` lists everybody"),
    ("in #general", "type in another channel"),
    (
        "say Strange call just now",
        "post in the channel; `dm ...` writes to the bot",
    ),
    (
        "react 3",
        "put :rotating_light: on message 3; `react 3 eyes` another one",
    ),
    (
        "reply 3 It was the blue link",
        "reply in the thread of message 3",
    ),
    (
        "press Take",
        "press the newest button with these words; `press 3 Take` the one on message 3",
    ),
    (
        "fill Severity = SEV2",
        "fill in a field of the open form; several values with commas",
    ),
    ("submit", "send the open form; `cancel` leaves it"),
    (
        "read",
        "all that you see now, with the numbers of the messages",
    ),
    (
        "advance 15",
        "let minutes pass; nothing else moves the time",
    ),
    ("cases", "all cases on record"),
    ("timeline SE-2026-0001", "the record of a case"),
    ("quit", "leave; the record stays"),
];

impl Shell {
    /// What can be typed.
    pub(super) fn help(&self) -> Outcome {
        let on = self.has_both().then_some(&ON);
        let command = command(self.show.here());
        for (typed, what) in on.into_iter().chain([&command]).chain(HELP) {
            let first = format!("  {typed:<33} ");
            self.show
                .screen
                .hanging(&first, &" ".repeat(36), what, Ink::Plain);
        }
        Ok(())
    }

    /// Who is there.
    pub(super) fn people(&self) -> Outcome {
        for one in CAST {
            let text = format!("{:<8}{}, {}", one.handle, one.full, one.what);
            self.show.screen.block("  ", &text, Ink::Plain);
        }
        Ok(())
    }

    /// Whether there are two platforms to be on.
    pub(super) fn has_both(&self) -> bool {
        self.show.stage.stands().wanted() == Wanted::All
    }

    /// What somebody types first.
    pub(super) fn beginning(&self) -> String {
        format!("{} in a strange mail", command(self.show.here()).0)
    }

    /// There is nothing yet, and what would change that.
    pub(super) fn nothing(&self, what: &str) {
        let text = format!("{what} Report something: {}", self.beginning());
        self.show.screen.block(INDENT, &text, Ink::Quiet);
    }
}
