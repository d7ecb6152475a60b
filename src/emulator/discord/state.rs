//! All that changes, behind one lock: the world and the books kept about it.
//!
//! Purpose: one place to hold world, ids, sessions, interactions, limits, faults and ledger, so that a call sees them consistent. Invariants:
//! everything that changes is told to the ledger before the lock is released. Neighbours: `writing` changes messages, `gateway` tells of it.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::errors::ApiError;
use super::faults::Faults;
use super::gateway::Sessions;
use super::ids::Ids;
use super::interactions::Interaction;
use super::model::{Attachment, Channel, DIRECT, Id, Message, World};
use super::rate::RateLimits;
use crate::emulator::ledger::Ledger;

/// A form on somebody's screen.
#[derive(Clone, Debug)]
pub struct Modal {
    /// Its id at the client door.
    pub id: String,
    /// What the app sent.
    pub content: Value,
    /// Where it was opened.
    pub channel: Id,
    /// Message whose button opened it.
    pub source: Option<Id>,
}

/// Everything behind the lock.
#[derive(Debug)]
pub struct State {
    /// People, channels, messages.
    pub world: World,
    /// Source of ids.
    pub ids: Ids,
    /// Gateway sessions.
    pub sessions: Sessions,
    /// Interactions by token.
    pub interactions: BTreeMap<String, Interaction>,
    /// Open forms by person.
    pub modals: BTreeMap<Id, Modal>,
    /// Error banners by person.
    pub toasts: BTreeMap<Id, Vec<String>>,
    /// Messages by channel and enforced nonce, with the instant.
    pub nonces: BTreeMap<(Id, String), (Id, DateTime<Utc>)>,
    /// Messages that may not be edited any more (30046).
    pub worn_out: std::collections::BTreeSet<Id>,
    /// Pace.
    pub limits: RateLimits,
    /// Scripted misbehaviour.
    pub faults: Faults,
    /// The witness.
    pub ledger: Ledger,
    /// Every call with its outcome.
    pub calls: Vec<Value>,
    /// Interval told to gateway clients.
    pub heartbeat_millis: u64,
    /// Where the emulator is reached, without a trailing slash.
    pub base_url: String,
    file_key: String,
}

/// How long an enforced nonce is remembered.
const NONCE_MINUTES: i64 = 5;
/// How long an address of a file works.
const FILE_HOURS: i64 = 24;

impl State {
    /// A state over a seeded world.
    pub fn new(world: World, ids: Ids, ledger: Ledger, file_key: String) -> Self {
        Self {
            world,
            ids,
            sessions: Sessions::default(),
            interactions: BTreeMap::new(),
            modals: BTreeMap::new(),
            toasts: BTreeMap::new(),
            nonces: BTreeMap::new(),
            worn_out: std::collections::BTreeSet::new(),
            limits: RateLimits::default(),
            faults: Faults::default(),
            ledger,
            calls: Vec::new(),
            heartbeat_millis: 41_250,
            base_url: String::new(),
            file_key,
        }
    }

    /// A channel, or the refusal a caller gets.
    pub fn channel(&self, id: Id) -> Result<&Channel, ApiError> {
        let found = self.world.channels.get(&id);
        found.ok_or_else(|| ApiError::known(10003))
    }

    /// A message, or the refusal a caller gets.
    pub fn message(&self, channel: Id, id: Id) -> Result<&Message, ApiError> {
        let found = self
            .world
            .messages
            .get(&channel)
            .and_then(|all| all.get(&id));
        found.ok_or_else(|| ApiError::known(10008))
    }

    /// Messages of a channel, oldest first.
    pub fn messages_of(&self, channel: Id) -> impl DoubleEndedIterator<Item = &Message> {
        let all = self.world.messages.get(&channel);
        all.into_iter().flat_map(BTreeMap::values)
    }

    /// Messages that only this person sees, oldest first.
    pub fn only_for(&self, user: Id) -> Vec<&Message> {
        let all = self.world.messages.values().flat_map(BTreeMap::values);
        let mut own: Vec<&Message> = all.filter(|one| one.only_for == Some(user)).collect();
        own.sort_by_key(|one| one.id);
        own
    }

    /// A message wherever it is.
    pub fn find(&self, id: Id) -> Option<&Message> {
        self.world.messages.values().find_map(|all| all.get(&id))
    }

    /// The direct conversation of two; opened when there is none. Says whether it is new.
    pub fn open_direct(&mut self, one: Id, other: Id, now: DateTime<Utc>) -> (Id, bool) {
        let people: std::collections::BTreeSet<Id> = [one, other].into();
        let found = self
            .world
            .channels
            .values()
            .find(|channel| channel.kind == DIRECT && channel.people == people);
        if let Some(channel) = found {
            return (channel.id, false);
        }
        let id = self.ids.next(now);
        let channel = Channel {
            id,
            kind: DIRECT,
            guild: None,
            name: String::new(),
            parent: None,
            overwrites: Vec::new(),
            people,
            owner: None,
            archived: false,
            locked: false,
            created: now,
            last: None,
        };
        self.world.channels.insert(id, channel);
        (id, true)
    }

    /// Whether two people share a guild.
    pub fn share_guild(&self, one: Id, other: Id) -> bool {
        let both =
            |members: &BTreeMap<Id, _>| members.contains_key(&one) && members.contains_key(&other);
        self.world.guilds.values().any(|guild| both(&guild.members))
    }

    /// The message that an enforced nonce made before, if it did in the past minutes.
    pub fn made_by_nonce(&self, channel: Id, nonce: &str, now: DateTime<Utc>) -> Option<&Message> {
        let (id, at) = self.nonces.get(&(channel, nonce.to_owned()))?;
        let fresh = now - *at < TimeDelta::minutes(NONCE_MINUTES);
        self.message(channel, *id).ok().filter(|_| fresh)
    }

    fn file_signature(&self, path: &str, until: &str) -> String {
        // HMAC takes keys of any length; the fallback would only make an address that nobody can open.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.file_key.as_bytes()) else {
            return String::new();
        };
        mac.update(format!("{path}?ex={until}").as_bytes());
        hex::encode(mac.finalize().into_bytes())
    }

    /// The address of a file, signed and good for a day.
    pub fn file_url(&self, file: &Attachment, now: DateTime<Utc>) -> String {
        let kind = if file.channel.is_some() {
            "attachments"
        } else {
            "ephemeral-attachments"
        };
        let place = file.channel.unwrap_or(self.world.app.id);
        let name: String = url::form_urlencoded::byte_serialize(file.name.as_bytes()).collect();
        let path = format!("/{kind}/{place}/{}/{name}", file.id);
        let until = format!("{:x}", (now + TimeDelta::hours(FILE_HOURS)).timestamp());
        let signature = self.file_signature(&path, &until);
        format!(
            "{}{path}?ex={until}&is={:x}&hm={signature}",
            self.base_url,
            now.timestamp()
        )
    }

    /// Whether an address of a file is what was handed out, and still good.
    pub fn file_url_works(
        &self,
        path: &str,
        until: &str,
        signature: &str,
        now: DateTime<Utc>,
    ) -> bool {
        let ends = i64::from_str_radix(until, 16).unwrap_or(0);
        ends > now.timestamp() && self.file_signature(path, until) == signature
    }

    /// Writes an accepted change of the world into the ledger.
    pub fn wrote(
        &mut self,
        method: &str,
        by: Id,
        now: DateTime<Utc>,
        message: Option<&Message>,
        more: Value,
    ) {
        let mut fields = json!({ "method": method, "by": by.to_string() });
        if let (Some(message), Some(fields)) = (message, fields.as_object_mut()) {
            fields.insert("channel".into(), json!(message.channel.to_string()));
            fields.insert("ts".into(), json!(message.id.to_string()));
            fields.insert("user".into(), json!(message.author.to_string()));
            fields.insert("type".into(), json!(message.kind));
            fields.insert("text".into(), json!(message.content));
            fields.insert("embeds".into(), json!(message.embeds));
            fields.insert("components".into(), json!(message.components));
            fields.insert(
                "only_for".into(),
                json!(message.only_for.map(|id| id.to_string())),
            );
            fields.insert("nonce".into(), json!(message.nonce));
        }
        if let (Value::Object(more), Some(fields)) = (more, fields.as_object_mut()) {
            fields.extend(more);
        }
        self.ledger.append("write", now, fields);
    }

    /// Shows a person an error banner.
    pub fn toast(&mut self, user: Id, text: &str) {
        self.toasts.entry(user).or_default().push(text.to_owned());
    }
}
