//! What people ask, by platform: ways in, commands, verbs, forms and their fields.
//!
//! Invariants: as of the table. Neighbours: [`super`] prints it, [`super::said`] is the other half.

use super::{Cells, both, less, native, not_on_discord};
use crate::chat::form::Input;
use crate::chat::forms;
use crate::chat::grammar::Said;
use crate::domain::{authority::Verb, event_report::Door};

/// A way in; `None` for those that are no chat.
pub(super) const fn door(door: Door) -> Option<Cells> {
    Some(match door {
        Door::SlashCommand => less(
            "`/secevent` and what you saw",
            "`/secevent report` with what you saw in its option `text`, and a file in `file`: a command with sub-commands takes no text of its own",
        ),
        Door::Form => less(
            "`/secevent` alone opens the form",
            "`/secevent report` without text opens it",
        ),
        Door::GlobalShortcut => not_on_discord(
            "\"Report security event\" in the menu of shortcuts",
            "Discord has commands for messages and people only",
            "`/secevent report`",
        ),
        Door::Home => less(
            "the app's home, drawn anew when it is opened and after what its owner did",
            "`/secevent home` shows the same privately, as of that moment; it is not drawn anew",
        ),
        Door::MessageShortcut => native(
            "\"Report security event\" in the menu of a message",
            "\"Report security event\" in the menu of a message, under Apps; works without the message-content intent, so it is the first choice there",
        ),
        Door::Reaction => less(
            "the reactions of the policy, where the bot is in the channel",
            "the same emoji, by their usual short names; without the message-content intent the words cannot be read, and the case says so and links to the message",
        ),
        Door::Mention => less(
            "`@secevent` and what you saw; the answer is seen by you alone, in place",
            "`@secevent` and what you saw, readable without any intent; the answer is a direct message, because nothing in a channel is private to one person",
        ),
        Door::DirectMessage => both("a direct message to the bot"),
        Door::CaseThread => less(
            "replies below the card, edits and deletions",
            "a thread made from the card; replies can be read with the message-content intent only",
        ),
        Door::ReceiptThread => less(
            "a reply below the receipt, in the direct conversation",
            "a reply to the receipt (Reply in its menu): a direct conversation has no threads",
        ),
        Door::Button => both("buttons of cards, and forms"),
        Door::CommandLine | Door::Clock | Door::Delivery | Door::File | Door::Install => {
            return None;
        }
    })
}

/// A sub-command, by its word: two of them may ask the same.
pub(super) fn word(word: &str, asked: &Said) -> Cells {
    if word == "status" {
        return less(
            "`/secevent status` alone lists your own, as `mine` does",
            "`/secevent mine`: `status` asks for the number",
        );
    }
    said(asked)
}

/// What is asked.
pub(super) const fn said(said: &Said) -> Cells {
    match said {
        Said::Help => native("`/secevent help`", "`/secevent help`"),
        Said::Mine => native("`/secevent mine`", "`/secevent mine`"),
        Said::Status(_) => native(
            "`/secevent status 42`",
            "`/secevent status`; its option `case` completes the numbers that you may see",
        ),
        Said::OnCall => both("`/secevent oncall`"),
        Said::Contacts => both("`/secevent contacts`"),
        Said::Link => both("`/secevent link` tells a code, privately"),
        Said::LinkCode(_) => native(
            "`/secevent link` and the code of the other account",
            "`/secevent link` with the code in its option `code`",
        ),
        Said::Form => less("`/secevent`", "`/secevent report`"),
        Said::Report(_) => less(
            "`/secevent` and the words",
            "`/secevent report` and the words",
        ),
    }
}

/// A verb; `None` for those that are not done in chat.
pub(super) const fn verb(verb: Verb) -> Option<Cells> {
    Some(match verb {
        Verb::Open => both("every way in of the table above"),
        Verb::Join => native(
            "a reaction on a card of the case, or on a message that is reported already",
            "a reaction or the message command on such a message",
        ),
        Verb::Attach => both("a reply in the thread of the case"),
        Verb::MessageChanged => less(
            "edits of messages of the record",
            "the same; while the bot was away, they are not found out later; without the message-content intent an edit does not show its words, and nothing is recorded of it",
        ),
        Verb::MessageDeleted => less(
            "deletions of messages of the record",
            "the same; while the bot was away, they are not found out later",
        ),
        Verb::Withdraw | Verb::Take | Verb::Acknowledge => both("a button"),
        Verb::AddDetails
        | Verb::Triage
        | Verb::Assess
        | Verb::SetSeverity
        | Verb::Escalate
        | Verb::Note
        | Verb::Close
        | Verb::Reopen
        | Verb::Merge
        | Verb::Unmerge => both(
            "a button that opens a form; words to the bot in the thread of the case, where the verb needs no form",
        ),
        Verb::Link => both("`/secevent link`, and a button in a direct message"),
        Verb::View => both("`/secevent status`, and the button Show"),
        Verb::Tick | Verb::AdoptPolicy | Verb::SeedDirectory => return None,
    })
}

/// A form, by the word of its verb.
pub(super) fn form(word: &str) -> Option<Cells> {
    if word == forms::report::VERB {
        return Some(less(
            "one form, which grows by \"Add details\"",
            "one form, which asks at once whether it concerns a colleague; more is told by \"Add details\" on the receipt",
        ));
    }
    Some(match word.parse().ok()? {
        Verb::Close => less(
            "one form, with a preview of the answer to reporters",
            "one form or two steps, by what is still missing; no preview",
        ),
        Verb::AddDetails | Verb::Triage => {
            less("one form", "steps of five fields, each opened by a button")
        }
        Verb::Assess
        | Verb::SetSeverity
        | Verb::Escalate
        | Verb::Note
        | Verb::Reopen
        | Verb::Merge
        | Verb::Unmerge => both("one form"),
        Verb::Open
        | Verb::Join
        | Verb::Attach
        | Verb::MessageChanged
        | Verb::MessageDeleted
        | Verb::Withdraw
        | Verb::Take
        | Verb::Acknowledge
        | Verb::Link
        | Verb::View
        | Verb::Tick
        | Verb::AdoptPolicy
        | Verb::SeedDirectory => return None,
    })
}

/// A field of a form, with its name in the table.
pub(super) const fn field(input: &Input) -> (&'static str, Cells) {
    match input {
        Input::Line { .. } => ("a line", both("a text of one line")),
        Input::Paragraph { .. } => ("a paragraph", both("a text of several lines")),
        Input::Choice { .. } => (
            "one of few",
            native("a menu", "a menu; beyond 25 choices they are typed"),
        ),
        Input::Many { .. } => (
            "any of few",
            native("boxes to tick", "a menu of which several can be picked"),
        ),
        Input::Moment { .. } => (
            "an instant",
            less(
                "date and time are picked",
                "typed like 2026-03-31 14:05, in the organisation's zone: Discord has no picker",
            ),
        ),
        Input::Files { .. } => ("files", both("files are uploaded")),
        Input::More { .. } => (
            "a button inside",
            not_on_discord(
                "the form changes, and keeps what was entered",
                "a form of Discord holds no buttons",
                "the next card has the button, or the field is in a further step",
            ),
        ),
    }
}
