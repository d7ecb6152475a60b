//! Reports: by command, form, shortcut, reaction, mention and direct message.
//!
//! Invariants: no question stands between the words and the case (R9); a reaction outside the configured set costs nothing; a reaction on one of
//! our cards joins that case. Neighbours: `workflow.open` and `workflow.join`; the receipt in the outbox follows in any case.

use super::Conversation;
use super::turn::{Told, Turn};
use crate::chat::answer::Answer;
use crate::chat::card::Card;
use crate::chat::speech::{self, Receipt};
use crate::domain::{
    decision::MessageRole,
    event_report::{Details, Door, FileRef, Snapshot},
    input::NewReport,
};
use crate::workflow::{Done, Fault};

impl Conversation {
    /// Opens a case and answers with the receipt.
    pub(super) async fn report(
        &self,
        turn: &Turn,
        report: NewReport,
        door: Door,
    ) -> Result<Told, Fault> {
        let restricted = report.details.concerns_colleague;
        let done = self.workflow.open(&turn.cx(door), report).await?;
        Ok(turn.receipt(&done, restricted))
    }

    /// Words that are a report whatever they say; a form if there are neither words nor files.
    pub(super) async fn words(
        &self,
        turn: &Turn,
        text: &str,
        files: &[FileRef],
    ) -> Result<Told, Fault> {
        let text = match text.trim() {
            "" if files.is_empty() => return Ok(turn.report_form(Door::Form)),
            "" => turn.reader.say("A file without words."),
            words => words.to_owned(),
        };
        let report = NewReport {
            text,
            details: Details {
                files: files.to_vec(),
                ..Details::default()
            },
            ..NewReport::default()
        };
        self.report(turn, report, Door::SlashCommand).await
    }

    /// A message is reported by its shortcut.
    pub(super) async fn report_message(
        &self,
        turn: &Turn,
        snapshot: Snapshot,
        door: Door,
    ) -> Result<Told, Fault> {
        if let Some(done) = self.joins(turn, &snapshot, door).await? {
            return Ok(turn.receipt(&done, false));
        }
        let report = NewReport {
            snapshot: Some(snapshot),
            ..NewReport::default()
        };
        self.report(turn, report, door).await
    }

    /// A reaction: no question and no answer in line; the receipt comes by direct message.
    pub(super) async fn reaction(
        &self,
        turn: &Turn,
        name: &str,
        snapshot: Snapshot,
    ) -> Result<Told, Fault> {
        if !turn.policy.reactions.iter().any(|wanted| wanted == name) {
            return Ok(Told::ignored());
        }
        let mut told = self.report_message(turn, snapshot, Door::Reaction).await?;
        told.answer = Answer::Nothing;
        Ok(told)
    }

    /// Joins the case of the message, if it is a message of ours or a reply that belongs to a case. A message that was reported itself is
    /// left to `open`, which decides that under the lock that makes one case of several reactions at the same instant.
    async fn joins(
        &self,
        turn: &Turn,
        snapshot: &Snapshot,
        door: Door,
    ) -> Result<Option<Done>, Fault> {
        match self.workflow.case_of_message(&snapshot.source).await? {
            None | Some((_, MessageRole::Source)) => Ok(None),
            Some((case, _)) => {
                let text = turn
                    .reader
                    .say("Reported the same, by a mark on the message.");
                let done = self.workflow.join(&turn.cx(door), case, text).await?;
                Ok(Some(done))
            }
        }
    }
}

impl Turn {
    /// The receipt of a report, in line.
    pub(super) fn receipt(&self, done: &Done, restricted: bool) -> Told {
        let card = |case, number, report, category: &str, withdraw_until, joined| -> Card {
            speech::receipt(
                &self.reader,
                &Receipt {
                    policy: &self.policy,
                    case,
                    number,
                    report,
                    category,
                    joined,
                    withdraw_until,
                    restricted,
                    outsider: self.outsider(),
                    direct: false,
                },
            )
        };
        match done {
            Done::Opened {
                case,
                number,
                report,
                category,
                withdraw_until,
            } => {
                let until = Some(*withdraw_until);
                let card = card(*case, *number, *report, category, until, false);
                Told::committed(self.private(card), *number)
            }
            Done::Joined {
                case,
                number,
                report,
                category,
            } => {
                let card = card(*case, *number, *report, category, None, true);
                Told::committed(self.private(card), *number)
            }
            Done::Changed { .. } | Done::Refused { .. } | Done::Nothing => Told::silent(done),
        }
    }
}
