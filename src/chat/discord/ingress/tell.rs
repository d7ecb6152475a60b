//! Private answers to messages: by direct message, because nothing else is private to one person in a channel.
//!
//! Invariants: a courtesy on top of the durable record, so it is bounded, tried once, and its loss is logged and nothing more; the answer to a
//! message never stands where others read it. Neighbours: the gateway's events.

use crate::{
    chat::{
        answer::Answer,
        card::Card,
        discord::{
            api::{Api, CallError},
            phrases,
            render::{Looks, card::message},
        },
        inbound::{Inbound, InboundKind},
    },
    runtime,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Answers on their way at once; more are dropped.
const AT_ONCE: usize = 64;
/// Characters of what keeps one answer from being said twice; Discord takes 25.
const NONCE: usize = 24;

/// Says things privately, in the background.
#[derive(Debug, Clone)]
pub(super) struct Telling {
    api: Api,
    looks: Looks,
    room: Arc<Semaphore>,
}

impl Telling {
    pub(super) fn new(api: Api, looks: Looks) -> Self {
        Self {
            api,
            looks,
            room: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// The answer to a message; reactions, edits and deletions are answered by nothing.
    pub(super) fn of_event(&self, answer: Answer, inbound: &Inbound) {
        let (InboundKind::Mention { .. } | InboundKind::Message { .. }) = &inbound.kind else {
            return;
        };
        let (card, word) = match answer {
            Answer::Private(card) | Answer::Done(Some(card)) | Answer::Home(card) => (card, ""),
            Answer::NotConfirmed(card) | Answer::Failed(card) => (card, "not stored"),
            Answer::Nothing | Answer::Done(None) | Answer::Again | Answer::Offer(_) => return,
            Answer::Open(_) | Answer::Replace(_) | Answer::FieldErrors(_) => {
                tracing::error!("a message was answered with a form, which Discord cannot show");
                return;
            }
        };
        let nonce = hex::encode(Sha256::digest(format!("{} {word}", inbound.key)));
        self.say(&card, nonce.get(..NONCE).unwrap_or_default(), inbound);
    }

    fn say(&self, card: &Card, nonce: &str, inbound: &Inbound) {
        let Ok(room) = Arc::clone(&self.room).try_acquire_owned() else {
            tracing::warn!("a private answer was dropped: too many are on their way to Discord");
            return;
        };
        let body = once(message(card, &self.looks), nonce);
        let closed = once(message(&phrases::unreachable(), &self.looks), nonce);
        let api = self.api.clone();
        let user = inbound.from.identity.user.clone();
        let place = inbound.place.channel.clone();
        let is_direct = inbound.place.direct;
        runtime::spawn("discord private answer", async move {
            let channel = place.unwrap_or_default();
            let said = if is_direct {
                post(&api, &channel, &body).await
            } else {
                match direct(&api, &user, &body).await {
                    // Closed to the bot: it says so where it was asked, and nothing of what it would have said.
                    Err(error) if matches!(error.code(), Some(50_007 | 50_278)) => {
                        post(&api, &channel, &closed).await
                    }
                    said => said,
                }
            };
            if let Err(error) = said {
                tracing::warn!(%error, "a private answer did not reach Discord");
            }
            drop(room);
        })
        .detach();
    }
}

fn once(mut message: Value, nonce: &str) -> Value {
    message["nonce"] = json!(nonce);
    message["enforce_nonce"] = json!(true);
    message
}

async fn post(api: &Api, channel: &str, body: &Value) -> Result<(), CallError> {
    let path = ["channels", channel, "messages"];
    api.post(&path, body).await.map(drop)
}

async fn direct(api: &Api, user: &str, body: &Value) -> Result<(), CallError> {
    let whom = json!({ "recipient_id": user });
    let opened = api.post(&["users", "@me", "channels"], &whom).await?;
    let channel = super::super::wire::required(&opened, "id").map_err(|_| CallError::Garbled)?;
    post(api, &channel, body).await
}
