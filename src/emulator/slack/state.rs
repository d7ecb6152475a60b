//! All that changes, behind one lock: the world and the books kept about it.
//!
//! Purpose: one place to hold world, ids, triggers, limits, faults, ledger and sockets, so that a call sees them
//! consistent. Invariants: `ts` never repeats and never goes back; everything that changes is told to the ledger before
//! the lock is released. Neighbours: `shared` owns the lock, `world` holds the rules.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::errors::ApiError;
use super::faults::{Faults, Surface};
use super::ids::Ids;
use super::ledger::Ledger;
use super::model::{Channel, Message, User, World};
use super::rate::RateLimits;
use super::response_urls::{ResponseUrl, ResponseUrls};
use super::sockets::Sockets;
use super::triggers::{Trigger, Triggers};

/// Something on its way to an app.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Receiver.
    pub app_id: String,
    /// Which door of the app.
    pub surface: Surface,
    /// The payload as the app will see it.
    pub payload: Value,
    /// Who caused it, when a person did.
    pub user: Option<String>,
}

/// Everything behind the lock.
#[derive(Debug)]
pub struct State {
    /// People, channels, messages.
    pub world: World,
    /// Source of ids.
    pub ids: Ids,
    /// Rights to open a modal.
    pub triggers: Triggers,
    /// Addresses for later answers.
    pub response_urls: ResponseUrls,
    /// Pace.
    pub limits: RateLimits,
    /// Scripted misbehaviour.
    pub faults: Faults,
    /// The witness.
    pub ledger: Ledger,
    /// Every call of the Web API with its outcome, in memory only.
    pub calls: Vec<Value>,
    /// Open web sockets.
    pub sockets: Sockets,
    /// Where the emulator is reached, without a trailing slash.
    pub base_url: String,
    last_ts: i64,
}

impl State {
    /// A state over a seeded world.
    pub fn new(world: World, ids: Ids, ledger: Ledger) -> Self {
        Self {
            world,
            ids,
            triggers: Triggers::default(),
            response_urls: ResponseUrls::default(),
            limits: RateLimits::default(),
            faults: Faults::default(),
            ledger,
            calls: Vec::new(),
            sockets: Sockets::default(),
            base_url: String::new(),
            last_ts: 0,
        }
    }

    /// A fresh message timestamp: the clock's, or a microsecond after the last one.
    pub fn next_ts(&mut self, now: DateTime<Utc>) -> String {
        self.last_ts = now.timestamp_micros().max(self.last_ts + 1);
        format!(
            "{}.{:06}",
            self.last_ts / 1_000_000,
            self.last_ts % 1_000_000
        )
    }

    /// A new right to open a modal.
    pub fn new_trigger(
        &mut self,
        user: &str,
        app_id: &str,
        view_id: Option<&str>,
        now: DateTime<Utc>,
    ) -> String {
        let id = self.ids.next("trg.");
        let trigger = Trigger {
            user: user.to_owned(),
            app_id: app_id.to_owned(),
            view_id: view_id.map(ToOwned::to_owned),
        };
        self.triggers.issue(id.clone(), trigger, now);
        id
    }

    /// A new address for later answers.
    pub fn new_response_url(&mut self, target: ResponseUrl, now: DateTime<Utc>) -> String {
        let id = self.ids.next("r");
        let url = format!("{}/response/{id}", self.base_url);
        self.response_urls.issue(id, target, now);
        url
    }

    /// A channel, or the refusal a caller gets.
    pub fn channel(&self, id: &str) -> Result<&Channel, ApiError> {
        self.world
            .channels
            .get(id)
            .ok_or_else(|| ApiError::new("channel_not_found"))
    }

    /// A person, or the refusal a caller gets.
    pub fn user(&self, id: &str) -> Result<&User, ApiError> {
        self.world
            .users
            .get(id)
            .ok_or_else(|| ApiError::new("user_not_found"))
    }

    /// A message, or the refusal a caller gets.
    pub fn message(&self, channel: &str, ts: &str) -> Result<&Message, ApiError> {
        self.world
            .messages
            .get(channel)
            .and_then(|all| all.get(ts))
            .ok_or_else(|| ApiError::new("message_not_found"))
    }

    /// Messages of a channel, oldest first.
    pub fn messages_of(&self, channel: &str) -> impl DoubleEndedIterator<Item = &Message> {
        self.world
            .messages
            .get(channel)
            .into_iter()
            .flat_map(BTreeMap::values)
    }

    /// Writes an accepted change of the world into the ledger.
    pub fn wrote(
        &mut self,
        method: &str,
        by: &str,
        now: DateTime<Utc>,
        message: Option<&Message>,
        more: Value,
    ) {
        let mut fields = json!({ "method": method, "by": by });
        if let (Some(message), Some(fields)) = (message, fields.as_object_mut()) {
            fields.insert("channel".into(), json!(message.channel));
            fields.insert("ts".into(), json!(message.ts));
            fields.insert("user".into(), json!(message.user));
            fields.insert("text".into(), json!(message.text));
            fields.insert("thread_ts".into(), json!(message.thread_ts));
            fields.insert("blocks".into(), json!(message.blocks));
            fields.insert("metadata".into(), json!(message.metadata));
        }
        if let (Value::Object(more), Some(fields)) = (more, fields.as_object_mut()) {
            fields.extend(more);
        }
        self.ledger.append("write", now, fields);
    }

    /// Shows a person an error banner.
    pub fn toast(&mut self, user: &str, text: &str) {
        self.world
            .toasts
            .entry(user.to_owned())
            .or_default()
            .push(text.to_owned());
    }
}
