//! Spoiling things behind the bot's back, so that a test sees the tour catch it.
//!
//! Invariants: each spoils exactly one thing, through the platforms' controls or by SQL on the file of the record; the bot's own
//! code is untouched. Neighbours: `story` says when, `promises` must notice.

use super::record;
use crate::cli::{
    Failure, Outcome,
    demo::{stage::Stage, stands::Host},
};
use clap::ValueEnum;
use serde_json::json;

/// What is spoiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Sabotage {
    /// The first receipt is marked as sent, and never is.
    ReceiptDropped,
    /// Words of an entry of the timeline are changed, its trigger put aside.
    EntryEdited,
    /// The row of a card that waits is deleted.
    OutboxRowDeleted,
    /// The press on "Acknowledge" never arrives.
    PageUnacknowledged,
    /// The answers to the reporters are called off.
    FeedbackLost,
    /// The record forgets which message its note in a thread is, as if somebody else had posted it.
    NoteUnknown,
    /// What says that two accounts are one person is removed.
    LinkUndone,
}

/// A moment of the story at which something may be spoiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The first report is stored, its receipt waits.
    Reported,
    /// The backup is about to acknowledge.
    Acknowledging,
    /// The case is closed, card and answers wait.
    Closed,
}

impl Sabotage {
    /// Spoils it if this is the moment; `here` is the platform on which people act.
    pub async fn at(self, moment: Moment, stage: &Stage, here: Host) -> Outcome {
        match (self, moment) {
            (Self::ReceiptDropped, Moment::Reported) => {
                let sql = "update outbox set state = 'done', delivery_state = 'delivered', attempts = 1, finished_at = created_at where kind = 'receipt'";
                record::spoil(stage.record(), &[sql]).await
            }
            (Self::PageUnacknowledged, Moment::Acknowledging) => {
                let given = json!({ "surface": "interaction", "fault": { "kind": "dropped" } });
                let done = stage.door(here)?.control("delivery_fault", given).await;
                done.map(drop).map_err(Failure::stopped)
            }
            (Self::OutboxRowDeleted, Moment::Closed) => {
                let sql = "delete from outbox where kind = 'case_card' and state = 'ready'";
                record::spoil(stage.record(), &[sql]).await
            }
            (Self::FeedbackLost, Moment::Closed) => {
                let sql = "update outbox set state = 'cancelled', delivery_state = 'cancelled', finished_at = created_at where kind = 'feedback' and state = 'ready'";
                record::spoil(stage.record(), &[sql]).await
            }
            _ => Ok(()),
        }
    }

    /// Spoils what is spoiled when all is told.
    pub async fn at_the_end(self, stage: &Stage) -> Outcome {
        let statements: &[&str] = match self {
            Self::EntryEdited => &[
                "drop trigger timeline_payload_refuses_update",
                "update timeline_payload set json = replace(json, 'typed my password', 'typed nothing') where seq = 1 and json like '%typed my password%'",
            ],
            Self::NoteUnknown => &[
                "update outbox set message_id = '1' where id = (select max(id) from outbox where kind = 'thread_note')",
            ],
            Self::LinkUndone => &["delete from person_link"],
            _ => return Ok(()),
        };
        record::spoil(stage.record(), statements).await
    }
}
