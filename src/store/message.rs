//! Messages of a chat that belong to a case.
//!
//! Invariants: a message is the source of at most one case (a rule of the schema); a lookup leaves the workspace out, because a
//! channel that two organisations share shows the same message in both. Neighbours: threads and reactions find their case here.

use super::{
    Store,
    error::StoreError,
    row::Row,
    sql::{Sql, V},
};
use crate::domain::{
    clock::Timestamp,
    decision::MessageRole,
    event_report::MessageRef,
    ids::{CaseId, OutboxId, PersonId},
    person::PlatformId,
};

/// A message and what it is to its case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageOf {
    /// The message.
    pub message: MessageRef,
    /// The case.
    pub case: CaseId,
    /// What it is to the case.
    pub role: MessageRole,
    /// The person it was sent to, for a message of ours to one person.
    pub person: Option<PersonId>,
    /// The outbox row that sent it, for a message of ours.
    pub notification: Option<OutboxId>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

pub(super) const COLUMNS: &str = "message_ref (platform, workspace, channel, message, case_id, role, person_id, outbox_id, recorded_at)";

pub(super) fn row(
    message: &MessageRef,
    case: CaseId,
    role: MessageRole,
    person: Option<PersonId>,
    notification: Option<OutboxId>,
    at: Timestamp,
) -> Vec<V> {
    vec![
        V::from(message.platform.as_str()),
        V::from(&message.workspace),
        V::from(&message.channel),
        V::from(&message.message),
        V::from(case),
        V::from(role.as_str()),
        V::from(person),
        V::from(notification),
        V::from(at),
    ]
}

fn read(row: &Row) -> Result<MessageOf, StoreError> {
    Ok(MessageOf {
        message: MessageRef {
            platform: row.word("platform")?,
            workspace: row.text("workspace")?,
            channel: row.text("channel")?,
            message: row.text("message")?,
        },
        case: row.id("case_id")?,
        role: row.word("role")?,
        person: row.opt_id("person_id")?,
        notification: row.opt_id("outbox_id")?,
        recorded_at: row.instant("recorded_at")?,
    })
}

impl Store {
    /// What a message is to cases; `source` first. Empty for a message that belongs to none.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn message(
        &self,
        platform: PlatformId,
        channel: &str,
        message: &str,
    ) -> Result<Vec<MessageOf>, StoreError> {
        Sql::new(
            "select * from message_ref where platform = ? and channel = ? and message = ?
             order by case when role = 'source' then 0 else 1 end, recorded_at, case_id",
        )
        .bind(platform.as_str())
        .bind(channel)
        .bind(message)
        .all(&self.read, "message_ref", "message")
        .await?
        .iter()
        .map(read)
        .collect()
    }

    /// The messages of one role of a case, oldest first: its receipts, its sources.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn messages_of_case(
        &self,
        case: CaseId,
        role: MessageRole,
    ) -> Result<Vec<MessageOf>, StoreError> {
        Sql::new("select * from message_ref where case_id = ? and role = ? order by recorded_at, message")
            .bind(case)
            .bind(role.as_str())
            .all(&self.read, "message_ref", "message")
            .await?
            .iter()
            .map(read)
            .collect()
    }

    /// The card of a case in the queue channel: the newest, if a card had to be posted again.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn card_message(&self, case: CaseId) -> Result<Option<MessageRef>, StoreError> {
        let mut cards = self.messages_of_case(case, MessageRole::Card).await?;
        Ok(cards.pop().map(|card| card.message))
    }
}
