//! Channels: whether one may be posted to, the conversation of two with somebody, and the threads of cases.
//!
//! Invariants: nothing is posted in a guild but into a text channel of the configured guild that is not open to everybody, or a thread below
//! one; what was found holds for a minute; what is remembered is bounded. Neighbours: `egress`, `examine`, `permissions` computes.

use super::permissions::is_open_to_all;
use crate::{
    chat::discord::api::{Api, CallError},
    domain::clock::{Clock, Timestamp},
};
use serde_json::{Value, json};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

const FRESH_SECONDS: i64 = 60;
const MOST: usize = 10_000;
/// A week without a word, the most that Discord offers; a message wakes a thread again.
const ARCHIVE_MINUTES: u32 = 10_080;
/// Text in a guild.
const TEXT: u64 = 0;
/// The three kinds of threads.
const THREADS: [u64; 3] = [10, 11, 12];

/// Why a channel may not be posted to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// A sentence that says what to do.
    Because(String),
    /// Discord did not say.
    Unknown(CallError),
}

/// When a channel was looked at, and why it may not be posted to, if so.
type Found = (Timestamp, Result<(), String>);

/// What is known of channels.
#[derive(Debug, Clone)]
pub struct Channels {
    api: Api,
    clock: Arc<dyn Clock>,
    guild: String,
    found: Arc<Mutex<HashMap<String, Found>>>,
    direct: Arc<Mutex<HashMap<String, String>>>,
    threads: Arc<Mutex<HashSet<String>>>,
}

impl Channels {
    /// Knows nothing yet.
    #[must_use]
    pub fn new(api: Api, guild: String, clock: Arc<dyn Clock>) -> Self {
        Self {
            api,
            clock,
            guild,
            found: Arc::default(),
            direct: Arc::default(),
            threads: Arc::default(),
        }
    }

    /// Whether a channel may be posted to, as found at most a minute ago.
    ///
    /// # Errors
    /// [`Unfit`].
    pub async fn fit(&self, channel: &str) -> Result<(), Unfit> {
        let now = self.clock.now();
        let known = lock(&self.found).get(channel).cloned();
        if let Some((at, found)) = known
            && now - at < chrono::Duration::seconds(FRESH_SECONDS)
        {
            return found.map_err(Unfit::Because);
        }
        self.look(channel).await.map(drop)
    }

    /// Looks anew, and says what Discord says of the channel.
    ///
    /// # Errors
    /// [`Unfit`].
    pub async fn look(&self, channel: &str) -> Result<Value, Unfit> {
        let found = self.ask(channel).await?;
        let why = found.as_ref().map(drop).map_err(Clone::clone);
        let mut all = lock(&self.found);
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(channel.to_owned(), (self.clock.now(), why));
        found.map_err(Unfit::Because)
    }

    async fn ask(&self, channel: &str) -> Result<Result<Value, String>, Unfit> {
        let mut info = match self.info(channel).await? {
            Ok(info) => info,
            Err(why) => return Ok(Err(why)),
        };
        let is_thread = |info: &Value| {
            let kind = info["type"].as_u64();
            kind.is_some_and(|kind| THREADS.contains(&kind))
        };
        if is_thread(&info) {
            let Some(parent) = info["parent_id"].as_str() else {
                return Ok(Err(format!("the thread {channel} has no channel")));
            };
            info = match self.info(parent).await? {
                Ok(info) => info,
                Err(why) => return Ok(Err(why)),
            };
        }
        let roles = self.api.get(&["guilds", &self.guild, "roles"], &[]).await;
        let roles = roles.map_err(Unfit::Unknown)?;
        Ok(fit(&self.guild, channel, &info, &roles).map(|()| info))
    }

    async fn info(&self, channel: &str) -> Result<Result<Value, String>, Unfit> {
        match self.api.get(&["channels", channel], &[]).await {
            Ok(info) => Ok(Ok(info)),
            Err(error) if matches!(error.code(), Some(10_003 | 50_001)) => Ok(Err(format!(
                "the channel {channel} does not exist, or the bot does not see it; give its role View Channel there, or name another in discord.queue_channel"
            ))),
            Err(error) => Err(Unfit::Unknown(error)),
        }
    }

    /// The conversation of two with this person, opened if need be.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn direct(&self, user: &str) -> Result<String, CallError> {
        let known = lock(&self.direct).get(user).cloned();
        if let Some(channel) = known {
            return Ok(channel);
        }
        let body = json!({ "recipient_id": user });
        let answer = self.api.post(&["users", "@me", "channels"], &body).await?;
        let channel = answer["id"].as_str().ok_or(CallError::Garbled)?.to_owned();
        let mut direct = lock(&self.direct);
        if direct.len() >= MOST {
            direct.clear();
        }
        direct.insert(user.to_owned(), channel.clone());
        Ok(channel)
    }

    /// Opens the conversation anew the next time.
    pub fn forget_direct(&self, user: &str) {
        lock(&self.direct).remove(user);
    }

    /// The thread below a message, started if there is none. It has the message's id.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn thread(&self, channel: &str, message: &str, name: &str) -> Result<(), CallError> {
        if lock(&self.threads).contains(message) {
            return Ok(());
        }
        let path = ["channels", channel, "messages", message, "threads"];
        let body = json!({ "name": name, "auto_archive_duration": ARCHIVE_MINUTES });
        match self.api.post(&path, &body).await {
            Ok(_) => {}
            // There is one already.
            Err(error) if error.code() == Some(160_004) => {}
            Err(error) => return Err(error),
        }
        let mut threads = lock(&self.threads);
        if threads.len() >= MOST {
            threads.clear();
        }
        threads.insert(message.to_owned());
        Ok(())
    }

    /// Asks for the thread anew the next time.
    pub fn forget_thread(&self, message: &str) {
        lock(&self.threads).remove(message);
    }

    /// Takes a thread out of the archive.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn wake(&self, thread: &str) -> Result<(), CallError> {
        let body = json!({ "archived": false });
        self.api.patch(&["channels", thread], &body).await.map(drop)
    }
}

fn lock<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

fn fit(guild: &str, channel: &str, info: &Value, roles: &Value) -> Result<(), String> {
    let why = if info["guild_id"].as_str() != Some(guild) {
        "is in another server; name one of the server in discord.guild"
    } else if info["type"].as_u64() != Some(TEXT) {
        "is no text channel (an announcement channel can be followed from other servers, others hold no messages); name a text channel"
    } else if is_open_to_all(guild, roles, info) {
        "is open to everybody in the server; deny @everyone View Channel there and allow it to the responders' role and the bot's, or name another in discord.queue_channel"
    } else {
        return Ok(());
    };
    Err(format!("the channel {channel} {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> (Value, Value) {
        let channel = json!({ "id": "5", "guild_id": "1", "type": 0, "permission_overwrites": [{ "id": "1", "allow": "0", "deny": "1024" }] });
        (channel, json!([{ "id": "1", "permissions": "1024" }]))
    }

    #[test]
    fn only_a_private_text_channel_of_the_server_is_fit() {
        let (channel, roles) = good();
        assert_eq!(fit("1", "5", &channel, &roles), Ok(()));
        for (key, value, word) in [
            ("guild_id", json!("2"), "another server"),
            ("guild_id", json!(null), "another server"),
            ("type", json!(5), "no text channel"),
            ("type", json!(1), "no text channel"),
            ("type", json!(null), "no text channel"),
            ("permission_overwrites", json!([]), "open to everybody"),
            ("permission_overwrites", json!(null), "open to everybody"),
        ] {
            let mut bad = channel.clone();
            bad[key] = value;
            let why = fit("1", "5", &bad, &roles).unwrap_err();
            assert!(why.contains(word) && why.contains('5'), "{why}");
        }
        assert!(fit("1", "5", &channel, &json!(null)).is_err());
        assert!(fit("1", "5", &json!(null), &roles).is_err());
    }
}
