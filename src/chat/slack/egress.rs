//! Sending: the platform as delivery sees it.
//!
//! Invariants: every message goes once per call, with text and blocks, its key as hidden metadata, and nothing unfolded or linked by Slack;
//! whatever is posted into the queue channel, new, in a thread or in place, is posted only while the channel is fit for it.
//! Neighbours: `delivery` calls it through [`Platform`], `doctor` examines it.

pub mod channels;
pub mod examine;
pub mod verdict;

use super::{
    api::{Api, CallError},
    ear::Ear,
    files::Files,
    home::{Home, Homes},
    ingress::Common,
    render::card::{Rendered, message},
    settings::{SettingsError, SlackSettings},
};
use crate::{
    chat::platform::{Fetched, Finding, Outgoing, Permanent, Platform, Sent, Target},
    domain::{
        clock::Clock,
        event_report::FileRef,
        person::{Identity, PlatformId},
    },
};
use async_trait::async_trait;
use channels::{Channels, Unfit};
use examine::Examiner;
use serde_json::{Value, json};
use std::sync::Arc;
use verdict::{Call, verdict};

/// Slack, for sending.
#[derive(Debug, Clone)]
pub struct SlackPlatform {
    api: Api,
    homes: Homes,
    channels: Channels,
    files: Files,
    examiner: Examiner,
    queue_channel: String,
    brand: Option<String>,
    ear: Ear,
    clock: Arc<dyn Clock>,
}

impl SlackPlatform {
    /// For these settings.
    ///
    /// # Errors
    /// [`SettingsError::Tls`].
    pub fn new(
        settings: &SlackSettings,
        common: &Common,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SettingsError> {
        let channels = Channels::new(common.api.clone(), clock.clone());
        Ok(Self {
            api: common.api.clone(),
            homes: common.homes.clone(),
            files: Files::new(settings, &common.hosts, common.api.clone())?,
            examiner: Examiner::new(
                settings,
                &common.hosts,
                common.api.clone(),
                channels.clone(),
            )?,
            channels,
            queue_channel: settings.queue_channel.clone(),
            brand: settings.brand.clone(),
            ear: common.ear.clone(),
            clock,
        })
    }

    async fn try_send(&self, outgoing: &Outgoing) -> Result<Sent, Sent> {
        let home = self
            .homes
            .ask()
            .await
            .map_err(|error| verdict(&error, Call::Before))?;
        let said = message(&outgoing.card, self.brand.as_deref());
        let (channel, thread) = match &outgoing.target {
            Target::Direct(identity) => (self.direct(identity).await?, None),
            Target::Queue => (self.fit(&self.queue_channel).await?, None),
            Target::Thread(root) => (self.fit(&root.channel).await?, Some(&root.message)),
            Target::Update(old) => {
                let channel = self.fit(&old.channel).await?;
                let mut body = body(&said, &channel, &outgoing.key);
                body["ts"] = json!(old.message);
                return Ok(self
                    .call("chat.update", &body, &home, &channel, Call::Update)
                    .await);
            }
        };
        let mut body = body(&said, &channel, &outgoing.key);
        body["unfurl_links"] = json!(false);
        body["unfurl_media"] = json!(false);
        if let Some(thread) = thread {
            body["thread_ts"] = json!(thread);
        }
        let call = if matches!(outgoing.target, Target::Direct(_)) {
            Call::Direct
        } else {
            Call::Post
        };
        // Before the call: the echo may be here before the answer.
        let said_at = self.clock.now();
        let sent = self
            .call("chat.postMessage", &body, &home, &channel, call)
            .await;
        if channel == self.queue_channel && matches!(sent, Sent::Delivered { .. }) {
            self.ear.said(said_at);
        }
        if let (Target::Direct(identity), Sent::Permanent { .. }) = (&outgoing.target, &sent) {
            // The conversation may have been replaced; the next try opens it anew.
            self.channels.forget(&identity.user);
        }
        Ok(sent)
    }

    async fn call(
        &self,
        method: &str,
        body: &Value,
        home: &Home,
        channel: &str,
        call: Call,
    ) -> Sent {
        match self.api.post(method, body).await {
            Err(error) => verdict(&error, call),
            Ok(answer) => match answer["ts"].as_str() {
                Some(ts) => {
                    let channel = answer["channel"].as_str().unwrap_or(channel);
                    Sent::Delivered {
                        message: home.message(channel, ts),
                    }
                }
                None => verdict(&CallError::Garbled, call),
            },
        }
    }

    async fn direct(&self, identity: &Identity) -> Result<String, Sent> {
        if identity.platform != PlatformId::Slack || identity.user.is_empty() {
            return Err(Sent::Permanent {
                reason: Permanent::Unreachable,
                detail: "the account is none of Slack's".to_owned(),
            });
        }
        let opened = self.channels.direct(&identity.user).await;
        opened.map_err(|error| verdict(&error, Call::Open))
    }

    /// The channel, if it may be posted to. Only the queue channel has rules: other channels are conversations of two.
    async fn fit(&self, channel: &str) -> Result<String, Sent> {
        if channel != self.queue_channel {
            return Ok(channel.to_owned());
        }
        match self.channels.queue(channel).await {
            Ok(()) => Ok(channel.to_owned()),
            Err(Unfit::Because(why)) => Err(Sent::Permanent {
                reason: Permanent::ChannelUnfit,
                detail: why,
            }),
            Err(Unfit::Unknown(error)) => Err(verdict(&error, Call::Before)),
        }
    }
}

fn body(said: &Rendered, channel: &str, key: &str) -> Value {
    json!({
        "channel": channel, "text": said.text, "blocks": said.blocks, "link_names": false,
        "metadata": { "event_type": "secevent", "event_payload": { "key": key } },
    })
}

#[async_trait]
impl Platform for SlackPlatform {
    fn id(&self) -> PlatformId {
        PlatformId::Slack
    }

    async fn send(&self, message: &Outgoing) -> Sent {
        self.try_send(message)
            .await
            .unwrap_or_else(|refused| refused)
    }

    async fn fetch(&self, file: &FileRef) -> Fetched {
        self.files.fetch(file).await
    }

    async fn examine(&self) -> Vec<Finding> {
        self.examiner.examine(&self.queue_channel).await
    }
}
