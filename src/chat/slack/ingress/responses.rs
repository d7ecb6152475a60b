//! Private answers outside the acknowledgement: response URLs, ephemeral and direct messages.
//!
//! Invariants: a courtesy on top of the durable record, so it is bounded, tried once, and its loss is logged and nothing more; response
//! URLs are only used on Slack's own host. Neighbours: `respond`.

use super::read::Reply;
use crate::{
    chat::{
        card::Card,
        slack::{
            api::{Api, CallError},
            hosts::Hosts,
            render::card::{Rendered, message},
        },
    },
    runtime,
};
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::Semaphore;
use url::Url;

/// Answers on their way at once; more are dropped.
const AT_ONCE: usize = 64;
/// Keys of events that were answered already.
const REMEMBERED: usize = 1_000;

/// Says things privately, in the background.
#[derive(Debug, Clone)]
pub(super) struct Responses {
    client: reqwest::Client,
    hosts: Hosts,
    brand: Option<String>,
    room: Arc<Semaphore>,
    said: Arc<Mutex<VecDeque<String>>>,
}

/// A rendered card as the body of a private answer.
pub(super) fn ephemeral(said: &Rendered) -> Value {
    json!({ "response_type": "ephemeral", "text": said.text, "blocks": said.blocks })
}

impl Responses {
    pub(super) fn new(client: reqwest::Client, hosts: Hosts, brand: Option<String>) -> Self {
        Self {
            client,
            hosts,
            brand,
            room: Arc::new(Semaphore::new(AT_ONCE)),
            said: Arc::default(),
        }
    }

    /// Through a response URL; to the person directly if that is none of Slack's.
    pub(super) fn respond(&self, card: &Card, response_url: Option<&str>, reply: &Reply) {
        let url = response_url.and_then(|url| url.parse::<Url>().ok());
        let Some(url) = url.filter(|url| self.hosts.allows(url, "http")) else {
            return self.direct(&reply.branch.api, card, &reply.user);
        };
        let mut body = ephemeral(&message(card, self.brand.as_deref()));
        body["replace_original"] = json!(false);
        let client = self.client.clone();
        self.in_background(async move {
            let sent = client.post(url).json(&body).send().await;
            match sent {
                Ok(answer) if answer.status().is_success() => Ok(()),
                Ok(answer) => Err(format!("status {}", answer.status().as_u16())),
                // Not the error itself: it names the address, which is a secret.
                Err(_) => Err("no answer".to_owned()),
            }
        });
    }

    /// By direct message.
    pub(super) fn direct(&self, api: &Api, card: &Card, user: &str) {
        let said = message(card, self.brand.as_deref());
        let (api, user) = (api.clone(), user.to_owned());
        self.in_background(async move { send_direct(&api, &user, &said, None).await });
    }

    /// Where an event happened: in its direct conversation, or seen by its sender alone. Once per event and kind of answer.
    pub(super) fn on_event(&self, card: &Card, once: String, reply: &Reply, thread: Option<&str>) {
        if !self.is_first(once) {
            return;
        }
        let said = message(card, self.brand.as_deref());
        let Reply {
            branch,
            user,
            channel,
            direct,
            ..
        } = reply.clone();
        let (api, thread) = (branch.api.clone(), thread.map(ToOwned::to_owned));
        self.in_background(async move {
            let Some(channel) = channel else {
                return send_direct(&api, &user, &said, None).await;
            };
            let mut body = json!({ "channel": channel, "text": said.text, "blocks": said.blocks, "link_names": false });
            if let Some(thread) = &thread {
                body["thread_ts"] = json!(thread);
            }
            if direct {
                body["unfurl_links"] = json!(false);
                body["unfurl_media"] = json!(false);
                return done(api.post("chat.postMessage", &body).await);
            }
            body["user"] = json!(user);
            match api.post("chat.postEphemeral", &body).await {
                Ok(_) => Ok(()),
                // Not in the channel, or not any more.
                Err(CallError::Refused { .. }) => send_direct(&api, &user, &said, None).await,
                Err(error) => Err(error.to_string()),
            }
        });
    }

    fn is_first(&self, key: String) -> bool {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.contains(&key) {
            return false;
        }
        if said.len() >= REMEMBERED {
            said.pop_front();
        }
        said.push_back(key);
        true
    }

    fn in_background(&self, work: impl Future<Output = Result<(), String>> + Send + 'static) {
        let Ok(room) = Arc::clone(&self.room).try_acquire_owned() else {
            tracing::warn!("a private answer was dropped: too many are on their way to Slack");
            return;
        };
        runtime::spawn("slack private answer", async move {
            if let Err(why) = work.await {
                tracing::warn!(why, "a private answer did not reach Slack");
            }
            drop(room);
        })
        .detach();
    }
}

fn done(result: Result<Value, CallError>) -> Result<(), String> {
    result.map(drop).map_err(|error| error.to_string())
}

async fn send_direct(
    api: &Api,
    user: &str,
    said: &Rendered,
    thread: Option<&str>,
) -> Result<(), String> {
    let opened = api
        .post("conversations.open", &json!({ "users": user }))
        .await;
    let opened = opened.map_err(|error| error.to_string())?;
    let mut body = json!({
        "channel": opened["channel"]["id"], "text": said.text, "blocks": said.blocks,
        "link_names": false, "unfurl_links": false, "unfurl_media": false,
    });
    if let Some(thread) = thread {
        body["thread_ts"] = json!(thread);
    }
    done(api.post("chat.postMessage", &body).await)
}
