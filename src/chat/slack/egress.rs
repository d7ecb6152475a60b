//! Sending: the platform as delivery sees it.
//!
//! Invariants: every message goes once per call, with text and blocks, its key as hidden metadata, and nothing unfolded or linked by Slack;
//! whatever is posted into the queue channel, new, in a thread or in place, is posted only while the channel is fit for it.
//! Neighbours: `delivery` calls it through [`Platform`], `doctor` examines it.

pub mod channels;
pub mod examine;
pub mod verdict;

use super::{
    api::CallError,
    branches::{Branch, Branches, NoBranch},
    ear::Ear,
    home::Home,
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
use channels::Unfit;
use examine::Examiner;
use serde_json::{Value, json};
use std::sync::Arc;
use verdict::{Call, verdict};

/// Slack, for sending.
#[derive(Debug, Clone)]
pub struct SlackPlatform {
    branches: Branches,
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
        let home = common.branches.home();
        Ok(Self {
            branches: common.branches.clone(),
            examiner: Examiner::new(
                settings,
                &common.hosts,
                common.api.clone(),
                home.channels.clone(),
                common.branches.clock(),
            )?,
            queue_channel: settings.queue_channel.clone(),
            brand: settings.brand.clone(),
            ear: common.ear.clone(),
            clock,
        })
    }

    async fn try_send(&self, outgoing: &Outgoing) -> Result<Sent, Sent> {
        let (branch, opened) = self.branch(&outgoing.target).await?;
        let home = branch
            .homes
            .ask()
            .await
            .map_err(|error| verdict(&error, Call::Before))?;
        let at = (&*branch, &home);
        let said = message(&outgoing.card, self.brand.as_deref());
        let (channel, thread) = match &outgoing.target {
            Target::Direct(_) => (opened, None),
            Target::Queue => (self.fit(&self.queue_channel).await?, None),
            Target::Thread(root) => (self.fit(&root.channel).await?, Some(&root.message)),
            Target::Update(old) => {
                let channel = self.fit(&old.channel).await?;
                let mut body = body(&said, &channel, &outgoing.key);
                body["ts"] = json!(old.message);
                return Ok(call(at, "chat.update", &body, &channel, Call::Update).await);
            }
        };
        let mut body = body(&said, &channel, &outgoing.key);
        body["unfurl_links"] = json!(false);
        body["unfurl_media"] = json!(false);
        if let Some(thread) = thread {
            body["thread_ts"] = json!(thread);
        }
        let kind = if matches!(outgoing.target, Target::Direct(_)) {
            Call::Direct
        } else {
            Call::Post
        };
        // Before the call: the echo may be here before the answer.
        let said_at = self.clock.now();
        let sent = call(at, "chat.postMessage", &body, &channel, kind).await;
        if channel == self.queue_channel && matches!(sent, Sent::Delivered { .. }) {
            self.ear.said(said_at);
        }
        if let (Target::Direct(identity), Sent::Permanent { .. }) = (&outgoing.target, &sent) {
            // The conversation may have been replaced; the next try opens it anew.
            branch.channels.forget(&identity.user);
        }
        Ok(sent)
    }

    /// The installation that reaches the target; for a person, with the conversation that it opened.
    async fn branch(&self, target: &Target) -> Result<(Arc<Branch>, String), Sent> {
        let failed = |why: NoBranch| verdict(&why.into(), Call::Before);
        let found = match target {
            Target::Queue => Ok(Arc::clone(self.branches.home())),
            Target::Thread(at) | Target::Update(at) => self.branches.of_place(&at.workspace).await,
            Target::Direct(identity) => {
                let all = self
                    .branches
                    .of_realm(&identity.realm)
                    .await
                    .map_err(failed)?;
                return first_to_reach(all, identity).await;
            }
        };
        Ok((found.map_err(failed)?, String::new()))
    }

    /// The channel, if it may be posted to. A conversation of two has no rules; the queue channel has, and what was the queue channel once.
    async fn fit(&self, channel: &str) -> Result<String, Sent> {
        if is_direct(channel) {
            return Ok(channel.to_owned());
        }
        match self.branches.home().channels.queue(channel).await {
            Ok(()) => Ok(channel.to_owned()),
            Err(Unfit::Because(why)) => Err(Sent::Permanent {
                reason: Permanent::ChannelUnfit,
                detail: why,
            }),
            Err(Unfit::Unknown(error)) => Err(verdict(&error, Call::Before)),
        }
    }
}

fn is_direct(channel: &str) -> bool {
    channel.starts_with('D')
}

async fn call(
    (branch, home): (&Branch, &Home),
    method: &str,
    body: &Value,
    channel: &str,
    call: Call,
) -> Sent {
    match branch.api.post(method, body).await {
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

/// The first installation that can open the conversation of two with somebody; the first one's refusal if none can. Nobody is out of reach
/// while one of them could not be asked.
async fn first_to_reach(
    all: Vec<Arc<Branch>>,
    identity: &Identity,
) -> Result<(Arc<Branch>, String), Sent> {
    let mut first = None;
    for branch in all {
        match direct(&branch, identity).await {
            Ok(channel) => return Ok((branch, channel)),
            Err(refused @ Sent::Permanent { .. }) => {
                first.get_or_insert(refused);
            }
            Err(later) => return Err(later),
        }
    }
    Err(first.unwrap_or_else(|| verdict(&CallError::Garbled, Call::Before)))
}

async fn direct(branch: &Branch, identity: &Identity) -> Result<String, Sent> {
    if identity.platform != PlatformId::Slack || identity.user.is_empty() {
        return Err(Sent::Permanent {
            reason: Permanent::Unreachable,
            detail: "the account is none of Slack's".to_owned(),
        });
    }
    let opened = branch.channels.direct(&identity.user).await;
    opened.map_err(|error| verdict(&error, Call::Open))
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
        let sent = self
            .try_send(message)
            .await
            .unwrap_or_else(|refused| refused);
        match &message.target {
            Target::Thread(at) | Target::Update(at) if !is_direct(&at.channel) => {
                sent.of_place(&at.channel, &self.queue_channel)
            }
            _ => sent,
        }
    }

    fn knows(&self, file: &FileRef) -> bool {
        super::files::is_ours(file)
    }

    async fn fetch(&self, file: &FileRef) -> Fetched {
        // A file's id does not tell whose it is, and a token finds those of its own workspace only.
        let all = match self.branches.all().await {
            Ok(all) => all,
            Err(error) => {
                let why = format!("the installations could not be asked: {error}");
                return Fetched::Temporary(why);
            }
        };
        let mut first = None;
        for branch in all {
            match branch.files.fetch(file).await {
                Fetched::Never(why) => {
                    first.get_or_insert(Fetched::Never(why));
                }
                found => return found,
            }
        }
        first.unwrap_or_else(|| Fetched::Temporary("no installation was asked".to_owned()))
    }

    async fn examine(&self) -> Vec<Finding> {
        let mut findings = self.examiner.examine(&self.queue_channel).await;
        match self.branches.on_record().await {
            Ok(all) => {
                for one in &all {
                    let branch = self.branches.active(one).ok();
                    let api = branch.as_ref().map(|branch| &branch.api);
                    findings.extend(self.examiner.installation(one, api).await);
                }
            }
            Err(error) => findings.push(Finding {
                what: "slack installations".to_owned(),
                ok: false,
                sentence: error.to_string(),
            }),
        }
        findings
    }
}
