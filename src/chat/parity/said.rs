//! What the bot says, by platform: answers, notices, and what cards are made of.
//!
//! Invariants: as of the table. Neighbours: [`super`] prints it, [`super::asked`] is the other half.

use super::{Cells, How, both, less, native};
use crate::chat::answer::Answer;
use crate::chat::card::{Part, Span};
use crate::domain::notification::{NotificationKind, Topic};

/// An answer in line, with its name in the table.
pub(super) const fn answer(answer: &Answer) -> (&'static str, Cells) {
    match answer {
        Answer::Nothing => ("nothing to say", both("acknowledged")),
        Answer::Private(_) => ("said to one", both("a message that only the asker sees")),
        Answer::Home(_) => (
            "the home",
            less(
                "published to the app's home",
                "a message that only the asker sees",
            ),
        ),
        Answer::Open(_) => ("a form", both("opens at once")),
        Answer::Replace(_) => (
            "another form in its place",
            less(
                "the form changes before one's eyes",
                "a message that only the asker sees, with a button that opens the next form, filled in",
            ),
        ),
        Answer::FieldErrors(_) => (
            "errors at fields",
            less(
                "below each field",
                "a message that only the asker sees lists them; its button opens the form again, filled in",
            ),
        ),
        Answer::Done(_) => (
            "done",
            native("in place of the form", "a message that only the asker sees"),
        ),
        Answer::Offer(_) => (
            "what may be meant",
            [
                How::Impossible {
                    why: "Slack completes nothing behind a command",
                    instead: "the number as it stands on the receipt, or the digits alone",
                },
                How::Native("offered while typing, at most 25"),
            ],
        ),
        Answer::NotConfirmed(_) | Answer::Failed(_) => (
            "not stored, or not confirmed",
            less(
                "said with whom to call; Slack delivers again",
                "said with whom to call; Discord does not deliver again, so a form can be sent again by a button, and anything else must be repeated",
            ),
        ),
        Answer::Again => (
            "heard, not stored",
            less(
                "Slack delivers it again",
                "tried again for some minutes, and told again after a restart; what can never be stored is kept as unreadable, with an alarm",
            ),
        ),
    }
}

/// What is told by itself.
pub(super) const fn notification(kind: NotificationKind) -> Cells {
    match kind {
        NotificationKind::Page => native(
            "a direct message with Acknowledge",
            "a direct message with Acknowledge; if the person is closed to bots, the next step follows at once",
        ),
        NotificationKind::Receipt | NotificationKind::Feedback => native(
            "a direct message",
            "a direct message; if the person is closed to bots, the responders are told",
        ),
        NotificationKind::CaseCard => less(
            "one message in the queue channel, always current",
            "one message in the queue channel, always current; one that Discord will not let be edited any more is posted anew",
        ),
        NotificationKind::ThreadNote => native(
            "a reply below the card",
            "a message in the thread of the card, which is made by the first one; where the thread is locked, gone or not allowed, a message in the channel",
        ),
        NotificationKind::QueueNotice => both("a message in the queue channel"),
        NotificationKind::DirectNotice => both("a direct message"),
    }
}

/// What a notice is about: all are cards, so all are as good as cards.
pub(super) const fn topic(topic: Topic) -> Cells {
    match topic {
        Topic::PageSent
        | Topic::PageAcknowledged
        | Topic::PageUnanswered
        | Topic::EscalationFailed
        | Topic::FeedbackFailed
        | Topic::ReceiptFailed
        | Topic::TakeOverdue
        | Topic::TriageOverdue
        | Topic::ResolveOverdue
        | Topic::RestrictionDue
        | Topic::ReporterAdded
        | Topic::ReportWithdrawn
        | Topic::ReporterJoined
        | Topic::Reopened
        | Topic::MergedInto
        | Topic::Merged
        | Topic::Unmerged
        | Topic::MergeUndone
        | Topic::MergedHeard
        | Topic::Linked
        | Topic::LinkRefused => both("a card"),
        Topic::LinkAsked => both("a card with two buttons, in a direct message"),
        Topic::NoteToReporter => less(
            "a card; answered by a reply in its thread",
            "a card; answered by Reply in its menu",
        ),
        Topic::Digest => less(
            "a card with a button beside each case",
            "a card; its buttons stand below, with the numbers of the cases on them",
        ),
    }
}

/// A part of a card, with its name in the table.
pub(super) const fn part(part: &Part) -> (&'static str, Cells) {
    match part {
        Part::Heading { .. } => ("a heading", both("set apart")),
        Part::Text { .. } => ("a paragraph", both("text")),
        Part::Fields { .. } => (
            "labelled values",
            native("side by side", "side by side, three in a row"),
        ),
        Part::List { .. } => ("a list", both("a list")),
        Part::Quote { .. } => (
            "words of a person",
            both("quoted, every sign of markup made harmless"),
        ),
        Part::Small { .. } => ("small print", both("small")),
        Part::Row { .. } => (
            "a row with a button",
            less(
                "the button stands beside it",
                "the buttons stand below the card",
            ),
        ),
        Part::Buttons { .. } => (
            "buttons",
            less(
                "as many as needed",
                "25 at most; a line says what was left out",
            ),
        ),
    }
}

/// A piece of text, with its name in the table.
pub(super) const fn span(span: &Span) -> (&'static str, Cells) {
    match span {
        Span::Plain(_) => ("our words", both("text")),
        Span::Strong(_) => ("our words, strong", both("bold")),
        Span::Code(_) => ("something to copy", both("set in code")),
        Span::Quoted(_) => (
            "words of people in a line",
            both("escaped: no mention, link or markup comes of them"),
        ),
        Span::Mention(_) => (
            "a person",
            less(
                "a mention",
                "a mention that calls nobody: allowed mentions are empty",
            ),
        ),
        Span::Link { .. } => ("a link of ours", both("a link")),
        Span::Time(_) => ("an instant", both("in the reader's zone")),
    }
}
