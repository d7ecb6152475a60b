//! Sending: the platform as delivery sees it.
//!
//! Invariants: every message goes once per call and mentions nobody; a new one carries a nonce made of its key, so that Discord itself takes
//! it once when an answer was lost; whatever is posted, threaded or changed in the guild is so only while its channel is fit for it.
//! Neighbours: `delivery` calls it through [`Platform`], `doctor` examines it.

pub mod channels;
pub mod examine;
pub mod permissions;
pub mod verdict;

use super::{
    api::{Api, CallError},
    files::{self, Files},
    render::{
        Looks, card,
        text::{cut, is_id, one_line},
    },
    settings::{DiscordSettings, SettingsError},
};
use crate::{
    chat::platform::{Fetched, Finding, Outgoing, Permanent, Platform, Sent, Target},
    domain::{
        clock::Clock,
        event_report::{FileRef, MessageRef},
        person::{Identity, PlatformId},
    },
};
use async_trait::async_trait;
use channels::{Channels, Unfit};
use examine::Examiner;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use verdict::{Call, verdict};

/// The workspace of a direct conversation.
pub const DIRECT: &str = "@me";
/// Characters of a nonce; Discord takes 25.
const NONCE: usize = 24;
/// The name of a thread.
const THREAD_NAME: usize = 100;

/// Discord, for sending.
#[derive(Debug, Clone)]
pub struct DiscordPlatform {
    api: Api,
    channels: Channels,
    files: Files,
    examiner: Examiner,
    guild: String,
    queue_channel: String,
    looks: Looks,
}

impl DiscordPlatform {
    /// For these settings.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn new(
        settings: &DiscordSettings,
        api: Api,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SettingsError> {
        let channels = Channels::new(api.clone(), settings.guild.clone(), clock);
        Ok(Self {
            files: Files::new(settings, api.clone())?,
            examiner: Examiner::new(settings, api.clone(), channels.clone()),
            channels,
            api,
            guild: settings.guild.clone(),
            queue_channel: settings.queue_channel.clone(),
            looks: Looks {
                brand: settings.brand.clone(),
                // Nothing is typed into a message.
                zone: chrono_tz::UTC,
            },
        })
    }

    async fn try_send(&self, outgoing: &Outgoing) -> Result<Sent, Sent> {
        let body = card::message(&outgoing.card, &self.looks);
        match &outgoing.target {
            Target::Direct(identity) => {
                let user = account(identity)?;
                let channel = self.channels.direct(user).await;
                let channel = channel.map_err(|error| verdict(&error, Call::Open))?;
                let sent = self
                    .post(&channel, DIRECT, body, &outgoing.key, Call::Direct)
                    .await;
                if matches!(sent, Sent::Permanent { .. }) {
                    self.channels.forget_direct(user);
                }
                Ok(sent)
            }
            Target::Queue => {
                let channel = &self.queue_channel;
                self.fit(channel, &self.guild).await?;
                Ok(self
                    .post(channel, &self.guild, body, &outgoing.key, Call::Post)
                    .await)
            }
            Target::Thread(root) if root.workspace == DIRECT => {
                Ok(self.reply(root, body, &outgoing.key).await)
            }
            Target::Thread(root) => {
                self.fit(&root.channel, &root.workspace).await?;
                let name = outgoing.case.as_deref().unwrap_or("Security event");
                self.thread(root, name, body, &outgoing.key).await
            }
            Target::Update(old) => {
                self.fit(&old.channel, &old.workspace).await?;
                self.update(old, &body).await
            }
        }
    }

    /// A conversation of two has no rules; a channel of the guild has.
    async fn fit(&self, channel: &str, workspace: &str) -> Result<(), Sent> {
        if workspace == DIRECT {
            return Ok(());
        }
        match self.channels.fit(channel).await {
            Ok(()) => Ok(()),
            Err(Unfit::Because(why)) => Err(Sent::Permanent {
                reason: Permanent::ChannelUnfit,
                detail: why,
            }),
            Err(Unfit::Unknown(error)) => Err(verdict(&error, Call::Before)),
        }
    }

    async fn post(
        &self,
        channel: &str,
        workspace: &str,
        body: Value,
        key: &str,
        call: Call,
    ) -> Sent {
        match self.create(channel, workspace, body, key).await {
            Ok(message) => Sent::Delivered { message },
            Err(error) => verdict(&error, call),
        }
    }

    async fn create(
        &self,
        channel: &str,
        workspace: &str,
        mut body: Value,
        key: &str,
    ) -> Result<MessageRef, CallError> {
        body["nonce"] = json!(nonce(key, channel));
        body["enforce_nonce"] = json!(true);
        let path = ["channels", channel, "messages"];
        let answer = self.api.post(&path, &body).await?;
        let id = answer["id"].as_str().ok_or(CallError::Garbled)?;
        Ok(at(workspace, channel, id))
    }

    /// There are no threads between two: a reply points at what it belongs to.
    async fn reply(&self, root: &MessageRef, mut body: Value, key: &str) -> Sent {
        body["message_reference"] =
            json!({ "message_id": root.message, "fail_if_not_exists": false });
        self.post(&root.channel, DIRECT, body, key, Call::Direct)
            .await
    }

    async fn thread(
        &self,
        root: &MessageRef,
        name: &str,
        body: Value,
        key: &str,
    ) -> Result<Sent, Sent> {
        let name = cut(&one_line(name), THREAD_NAME);
        let failed = |error: CallError| verdict(&error, Call::Thread);
        let start = || self.channels.thread(&root.channel, &root.message, &name);
        start().await.map_err(failed)?;
        let workspace = &self.guild;
        let create = |body| self.create(&root.message, workspace, body, key);
        let sent = match create(body.clone()).await {
            // Deleted since it was started: the message may have another.
            Err(error) if error.code() == Some(10_003) => {
                self.channels.forget_thread(&root.message);
                start().await.map_err(failed)?;
                create(body).await
            }
            Err(error) if error.code() == Some(50_083) => {
                self.channels.wake(&root.message).await.map_err(failed)?;
                create(body).await
            }
            sent => sent,
        };
        sent.map(|message| Sent::Delivered { message })
            .map_err(failed)
    }

    async fn update(&self, old: &MessageRef, body: &Value) -> Result<Sent, Sent> {
        let path = ["channels", &old.channel, "messages", &old.message];
        let failed = |error: CallError| verdict(&error, Call::Update);
        let changed = match self.api.patch(&path, body).await {
            Err(error) if error.code() == Some(50_083) => {
                self.channels.wake(&old.channel).await.map_err(failed)?;
                self.api.patch(&path, body).await
            }
            changed => changed,
        };
        changed.map_err(failed)?;
        Ok(Sent::Delivered {
            message: old.clone(),
        })
    }
}

fn account(identity: &Identity) -> Result<&str, Sent> {
    if identity.platform == PlatformId::Discord && is_id(&identity.user) {
        return Ok(&identity.user);
    }
    Err(Sent::Permanent {
        reason: Permanent::Unreachable,
        detail: "the account is none of Discord's".to_owned(),
    })
}

fn at(workspace: &str, channel: &str, message: &str) -> MessageRef {
    MessageRef {
        platform: PlatformId::Discord,
        workspace: workspace.to_owned(),
        channel: channel.to_owned(),
        message: message.to_owned(),
    }
}

/// The channel is part of it: what goes elsewhere under the same key is another message.
fn nonce(key: &str, channel: &str) -> String {
    let mut hex = hex::encode(Sha256::digest(format!("{channel}\n{key}")));
    hex.truncate(NONCE);
    hex
}

#[async_trait]
impl Platform for DiscordPlatform {
    fn id(&self) -> PlatformId {
        PlatformId::Discord
    }

    async fn send(&self, message: &Outgoing) -> Sent {
        let sent = self
            .try_send(message)
            .await
            .unwrap_or_else(|refused| refused);
        match &message.target {
            Target::Thread(at) | Target::Update(at) if at.workspace != DIRECT => {
                sent.of_place(&at.channel, &self.queue_channel)
            }
            _ => sent,
        }
    }

    fn knows(&self, file: &FileRef) -> bool {
        files::is_ours(file)
    }

    async fn fetch(&self, file: &FileRef) -> Fetched {
        self.files.fetch(file).await
    }

    async fn examine(&self) -> Vec<Finding> {
        self.examiner.examine().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_short_and_of_one_message() {
        let one = nonce("outbox:1", "5");
        assert_eq!(one, nonce("outbox:1", "5"));
        assert!(one.len() <= 25 && one.bytes().all(|b| b.is_ascii_alphanumeric()));
        assert_ne!(one, nonce("outbox:2", "5"));
        assert_ne!(one, nonce("outbox:1", "6"));
    }
}
