//! Mentions of the bot, messages to it, and replies in threads.
//!
//! Invariants: a reply in a thread of a case is an entry of that case, whatever it says; a message of a channel that belongs to no case is dropped before
//! any write or log; words addressed to us are a report unless the grammar knows them. Neighbours: [`super::reports`], [`super::asking`].

use super::Conversation;
use super::turn::{Told, Turn};
use crate::chat::answer::Answer;
use crate::chat::grammar::{self, Said};
use crate::chat::inbound::InboundKind;
use crate::domain::{
    event_report::{Door, FileRef, MessageRef, Snapshot},
    input::{NewReport, Reply},
};
use crate::workflow::{Done, Fault};

impl Conversation {
    pub(super) async fn message(&self, turn: &Turn) -> Result<Told, Fault> {
        let (text, message, thread, files, mention) = match &turn.inbound.kind {
            InboundKind::Mention {
                text,
                message,
                thread,
                files,
            } => (text, message, thread, files, true),
            InboundKind::Message {
                text,
                message,
                thread,
                files,
            } => (text, message, thread, files, false),
            _ => return Ok(Told::ignored()),
        };
        if mention
            && let Some(thread) = thread
            && let Some(spoken) = grammar::spoken::spoken(text)
            && let Some(case) = self.room_of(thread).await?
        {
            return self.spoken(turn, case, spoken).await;
        }
        let said = grammar::addressed(text);
        let addressed = mention || turn.inbound.place.direct;
        // A sub-command in a thread is a question; it is not what the thread is about.
        let question = addressed && !matches!(said, Said::Report(_)) && files.is_empty();
        let courtesy = !mention && thread.is_some() && said == Said::Help;
        if let Some(thread) = thread
            && (!question || courtesy)
        {
            let done = self.reply(turn, text, message, thread, files).await?;
            if done != Done::Nothing {
                return Ok(Told::silent(&done));
            }
        }
        if !addressed {
            return Ok(Told::ignored());
        }
        let door = if mention {
            Door::Mention
        } else {
            Door::DirectMessage
        };
        if question {
            return self.question(turn, &said, door).await;
        }
        let report = NewReport {
            text: text.trim().to_owned(),
            snapshot: Some(own_words(turn, text, message, files)),
            ..NewReport::default()
        };
        let mut told = self.report(turn, report, door).await?;
        if turn.inbound.place.direct {
            // The receipt of the outbox arrives in this very conversation; twice would be once too often.
            told.answer = Answer::Nothing;
        }
        Ok(told)
    }

    async fn reply(
        &self,
        turn: &Turn,
        text: &str,
        message: &MessageRef,
        thread: &MessageRef,
        files: &[FileRef],
    ) -> Result<Done, Fault> {
        let reply = Reply {
            text: text.to_owned(),
            message: message.clone(),
            thread: thread.clone(),
            files: files.to_vec(),
        };
        self.workflow
            .attach(&turn.cx(turn.thread_door()), reply)
            .await
    }
}

/// The message itself as the source of the report: its files, edits and deletion belong to the case, and a reaction on it joins.
fn own_words(turn: &Turn, text: &str, message: &MessageRef, files: &[FileRef]) -> Snapshot {
    Snapshot {
        source: message.clone(),
        author: Some(turn.inbound.from.identity.clone()),
        text: text.trim().to_owned(),
        files: files.to_vec(),
        permalink: None,
        missing: None,
    }
}
