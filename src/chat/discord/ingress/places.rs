//! Which channel a thread is in, what channels are called, and who belongs to our guild.
//!
//! Invariants: what events told is used first, a call is made once for what they did not tell; both memories are bounded; stale knowledge is
//! better than none, and who cannot be looked up at all counts as an outsider, because less is told to outsiders. Neighbours: `read`.

use crate::{
    chat::discord::{
        api::{Api, CallError},
        wire::{entities::Names, event::Channel, who},
    },
    domain::clock::{Clock, Timestamp},
};
use chrono::TimeDelta;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Most channels, and most people, that are remembered.
const MOST: usize = 20_000;
/// How long it is believed who belongs to the guild.
const BELIEVED: TimeDelta = TimeDelta::minutes(10);

/// What is known of somebody and our guild.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Member {
    /// Belongs to it.
    pub is_ours: bool,
    /// The roles there, if they were shown.
    pub roles: Option<Vec<String>>,
    /// When they were shown, if that is known.
    pub shown_at: Option<Timestamp>,
}

impl Member {
    /// Somebody of the guild.
    #[must_use]
    pub const fn of(roles: Option<Vec<String>>, shown_at: Option<Timestamp>) -> Self {
        Self {
            is_ours: true,
            roles,
            shown_at,
        }
    }
}

/// Who belongs to the guild, and since when that is believed.
type Members = HashMap<String, (Member, Timestamp)>;

/// What is known. Clones share it.
#[derive(Debug, Clone)]
pub struct Places {
    api: Api,
    guild: String,
    limit: Duration,
    clock: Arc<dyn Clock>,
    channels: Arc<Mutex<HashMap<String, Channel>>>,
    members: Arc<Mutex<Members>>,
}

/// The channel could not be looked up now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unknown;

impl Places {
    /// Of this guild; `limit` is for one lookup.
    #[must_use]
    pub fn new(api: Api, guild: String, limit: Duration, clock: Arc<dyn Clock>) -> Self {
        Self {
            api,
            guild,
            limit,
            clock,
            channels: Arc::default(),
            members: Arc::default(),
        }
    }

    /// These channels are there.
    pub fn learn(&self, channels: Vec<Channel>) {
        let mut known = lock(&self.channels);
        for channel in channels {
            if known.len() >= MOST && !known.contains_key(&channel.id) {
                known.clear();
            }
            known.insert(channel.id.clone(), channel);
        }
    }

    /// This channel is gone. Its parent stays known: messages in it may still be edited in what is delivered late.
    pub fn forget(&self, channel: &str) {
        let mut known = lock(&self.channels);
        if known.get(channel).is_some_and(|one| !one.is_thread) {
            known.remove(channel);
        }
    }

    /// The channel that a thread is in; `None` for a channel that is no thread.
    ///
    /// # Errors
    /// [`Unknown`] if Discord could not be asked now.
    pub async fn parent(&self, channel: &str) -> Result<Option<String>, Unknown> {
        if let Some(known) = lock(&self.channels).get(channel) {
            return Ok(known.parent.clone());
        }
        let path = ["channels", channel];
        match tokio::time::timeout(self.limit, self.api.get(&path, &[])).await {
            Ok(Ok(raw)) => {
                let Some(found) = Channel::read(&raw) else {
                    return Err(Unknown);
                };
                let parent = found.parent.clone();
                self.learn(vec![found]);
                Ok(parent)
            }
            // What we may not see is no thread of a card of ours.
            Ok(Err(CallError::Refused {
                status: 403 | 404, ..
            })) => Ok(None),
            Ok(Err(_)) | Err(_) => Err(Unknown),
        }
    }

    /// What somebody who writes to the bot directly is in our guild. If Discord cannot be asked now, what was known last; nobody of it, if
    /// nothing was.
    pub async fn member(&self, user: &str) -> Member {
        let now = self.clock.now();
        let known = lock(&self.members).get(user).cloned();
        if let Some((member, since)) = &known
            && now - *since < BELIEVED
            // A payload may show that somebody belongs to it, and not as what, or not since when.
            && (member.roles.is_some() || !member.is_ours)
            && member.shown_at.is_some()
        {
            return member.clone();
        }
        let path = ["guilds", self.guild.as_str(), "members", user];
        let member = match tokio::time::timeout(self.limit, self.api.get(&path, &[])).await {
            Ok(Ok(raw)) => Member::of(who::roles(&raw), Some(now)),
            // Whoever left has no roles there any more.
            Ok(Err(CallError::Refused { status: 404, .. })) => Member {
                is_ours: false,
                roles: Some(Vec::new()),
                shown_at: Some(now),
            },
            Ok(Err(_)) | Err(_) => return known.map(|(member, _)| member).unwrap_or_default(),
        };
        self.seen(user, member.clone());
        member
    }

    /// A payload showed what somebody is in our guild.
    pub fn seen(&self, user: &str, member: Member) {
        let mut members = lock(&self.members);
        if members.len() >= MOST {
            members.clear();
        }
        // What is delivered late does not take the place of what was shown since.
        let is_late = |known: &Member| known.shown_at > member.shown_at;
        if members.get(user).is_some_and(|(known, _)| is_late(known)) {
            return;
        }
        members.insert(user.to_owned(), (member, self.clock.now()));
    }
}

impl Names for Places {
    fn user(&self, _id: &str) -> Option<String> {
        None
    }

    fn channel(&self, id: &str) -> Option<String> {
        lock(&self.channels).get(id)?.name.clone()
    }
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}
