//! After a session that could not be resumed: what may have been told in vain is looked for in the channels that are watched.
//!
//! Invariants: bounded, newest first, and idempotent by the keys that the events would have had; it finds reports by reaction and by mention,
//! because nothing else of what is missed is a report of somebody's. Neighbours: [`super::connection`] starts it, `ingress` takes what it finds.

use crate::chat::discord::{
    api::{Api, CallError},
    ingress::{Ingress, Taken, wire_hash},
    wire::{entities::mentions, id, text},
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Newest messages of a channel that are looked at; Discord hands out as many at once.
const MESSAGES: &str = "100";
/// Most people who reacted with one emoji that are looked at.
const PEOPLE: &str = "100";
/// Between two calls: this runs beside what people wait for.
const BETWEEN: Duration = Duration::from_millis(250);

/// Looks through the channels; how many reports it handed over.
pub(super) async fn scan(api: &Api, ingress: &Ingress, guild: &str, channels: &[String]) -> u32 {
    let mut found = 0;
    for channel in channels {
        match look(api, ingress, guild, channel).await {
            Ok(more) => found += more,
            Err(error) => {
                tracing::warn!(%error, channel, "a channel could not be looked through for what may have been missed");
            }
        }
    }
    tracing::info!(
        channels = channels.len(),
        found,
        "looked through the watched channels, because events may have been missed"
    );
    found
}

async fn look(api: &Api, ingress: &Ingress, guild: &str, channel: &str) -> Result<u32, CallError> {
    let messages = calm(
        api,
        &["channels", channel, "messages"],
        &[("limit", MESSAGES)],
    )
    .await?;
    let mut found = 0;
    for message in messages.as_array().into_iter().flatten() {
        let Some(message_id) = id(message, "id") else {
            continue;
        };
        let words = text(message, "content").unwrap_or_default();
        if mentions(words, &ingress.bot()) {
            // The history leaves out what an event says.
            let mut event = message.clone();
            event["guild_id"] = json!(guild);
            found += u32::from(ingress.found(&event, Instant::now()).await == Taken::Done);
        }
        for reaction in message["reactions"].as_array().into_iter().flatten() {
            let emoji = &reaction["emoji"];
            if ingress.reports(emoji) {
                found += reacted(api, ingress, guild, channel, &message_id, emoji).await?;
            }
        }
    }
    Ok(found)
}

async fn reacted(
    api: &Api,
    ingress: &Ingress,
    guild: &str,
    channel: &str,
    message: &str,
    emoji: &Value,
) -> Result<u32, CallError> {
    let name = text(emoji, "name").unwrap_or_default();
    let wanted = match id(emoji, "id") {
        Some(own) => format!("{name}:{own}"),
        None => name.to_owned(),
    };
    let path = [
        "channels",
        channel,
        "messages",
        message,
        "reactions",
        wanted.as_str(),
    ];
    let people = calm(api, &path, &[("limit", PEOPLE)]).await?;
    let mut found = 0;
    for user in people.as_array().into_iter().flatten() {
        let event = json!({
            "user_id": user["id"], "channel_id": channel, "message_id": message, "guild_id": guild,
            "emoji": emoji, "member": { "user": user },
        });
        let hash = wire_hash(event.to_string().as_bytes());
        let taken = ingress
            .event("MESSAGE_REACTION_ADD", &event, hash, Instant::now())
            .await;
        found += u32::from(taken == Taken::Done);
    }
    Ok(found)
}

/// One call; once more after the wait that Discord asks for.
async fn calm(api: &Api, path: &[&str], query: &[(&str, &str)]) -> Result<Value, CallError> {
    tokio::time::sleep(BETWEEN).await;
    match api.get(path, query).await {
        Err(CallError::Limited { after, .. }) if after < Duration::from_secs(60) => {
            tokio::time::sleep(after).await;
            api.get(path, query).await
        }
        done => done,
    }
}
