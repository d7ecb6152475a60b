//! Messages: written, edited, deleted, reacted to. Each with the events that tell of it.
//!
//! Invariants: whom a message pings is decided here, by its words, what the sender allows, and the sender's rights; embeds never ping. Neighbours:
//! `rest` and `client` write, `gateway` tells.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::errors::ApiError;
use super::gateway::Told;
use super::markdown;
use super::model::{Cause, Channel, DIRECT, Id, Message, Pings, THREAD};
use super::permissions as may;
use super::state::State;

/// A message to be.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Who.
    pub author: Id,
    /// Words.
    pub content: String,
    /// Embeds.
    pub embeds: Vec<Value>,
    /// Components.
    pub components: Vec<Value>,
    /// Files.
    pub attachments: Vec<Id>,
    /// Flags.
    pub flags: u64,
    /// Message type.
    pub kind: u8,
    /// Nonce.
    pub nonce: Option<Value>,
    /// Message it answers.
    pub reference: Option<(Id, Id)>,
    /// Who alone sees it.
    pub only_for: Option<Id>,
    /// Interaction it answers.
    pub cause: Option<Cause>,
    /// What may ping.
    pub allowed: Option<Value>,
}

/// The words of a message that can ping: its content and its text displays.
fn pinging_words(content: &str, components: &[Value]) -> String {
    let mut words = content.to_owned();
    for one in components {
        if one["type"] == 10 {
            words.push('\n');
            words.push_str(one["content"].as_str().unwrap_or_default());
        }
        if let Some(inner) = one["components"].as_array() {
            words.push_str(&pinging_words("", inner));
        }
    }
    words
}

impl State {
    fn pings(&self, channel: &Channel, draft: &Draft) -> Pings {
        let words = pinging_words(&draft.content, &draft.components);
        let mentioned = markdown::read(&self.world, &words);
        let bits = may::in_channel(&self.world, channel, draft.author);
        let everyone = bits & may::MENTION_EVERYONE != 0;
        let usual = if draft.cause.is_some() {
            json!({ "parse": ["users"] })
        } else {
            json!({ "parse": ["users", "roles", "everyone"], "replied_user": true })
        };
        let allowed = draft.allowed.as_ref().unwrap_or(&usual);
        let parse = |what: &str| {
            allowed["parse"]
                .as_array()
                .is_some_and(|all| all.iter().any(|one| one == what))
        };
        let listed = |what: &str, id: Id| {
            let mut ids = allowed[what].as_array().into_iter().flatten();
            ids.any(|one| super::snowflake(one) == Some(id))
        };
        let mut pings = Pings::default();
        let users = mentioned.users.iter().copied();
        pings.users = users
            .filter(|id| parse("users") || listed("users", *id))
            .collect();
        pings.users.retain(|id| self.world.users.contains_key(id));
        let guild = channel.guild.and_then(|id| self.world.guilds.get(&id));
        let roles = mentioned.roles.iter().copied();
        pings.roles = roles
            .filter(|id| parse("roles") || listed("roles", *id))
            .filter(|id| {
                guild
                    .and_then(|guild| guild.roles.get(id))
                    .is_some_and(|role| everyone || role.mentionable)
            })
            .collect();
        if everyone && parse("everyone") {
            pings.everyone = mentioned.everyone;
        }
        if let Some((channel, target)) = draft.reference
            && draft.kind == 19
            && allowed["replied_user"] == true
            && let Ok(answered) = self.message(channel, target)
        {
            pings.users.insert(answered.author);
        }
        pings
    }

    /// Writes a message. A closed thread that is not locked opens again.
    ///
    /// # Errors
    /// 10003, 50083.
    pub fn write(
        &mut self,
        channel_id: Id,
        draft: Draft,
        now: DateTime<Utc>,
    ) -> Result<(Message, Vec<Told>), ApiError> {
        let channel = self.channel(channel_id)?.clone();
        let mut told = Vec::new();
        if channel.kind == THREAD && channel.archived {
            if channel.locked {
                return Err(ApiError::known(50083));
            }
            told.extend(self.archive(channel_id, false, false, now));
        }
        let pings = self.pings(&channel, &draft);
        let id = self.ids.next(now);
        let message = Message {
            id,
            channel: channel_id,
            author: draft.author,
            content: draft.content,
            embeds: draft.embeds,
            components: draft.components,
            attachments: draft.attachments,
            flags: draft.flags,
            kind: draft.kind,
            nonce: draft.nonce,
            created: now,
            edited: None,
            reactions: Vec::new(),
            reference: draft.reference,
            pings,
            only_for: draft.only_for,
            cause: draft.cause,
        };
        for file in &message.attachments {
            if let Some(file) = self.world.attachments.get_mut(file) {
                file.channel = Some(channel_id);
            }
        }
        self.world
            .messages
            .entry(channel_id)
            .or_default()
            .insert(id, message.clone());
        if message.only_for.is_none()
            && let Some(channel) = self.world.channels.get_mut(&channel_id)
        {
            channel.last = Some(id);
            if channel.kind == THREAD {
                channel.people.insert(message.author);
            }
        }
        self.wrote(
            "message.created",
            message.author,
            now,
            Some(&message),
            json!({}),
        );
        told.extend(self.tell_of_message("MESSAGE_CREATE", &message, now));
        Ok((message, told))
    }

    /// Changes a message.
    ///
    /// # Errors
    /// 10008.
    pub fn edit(
        &mut self,
        channel: Id,
        id: Id,
        allowed: Option<Value>,
        change: impl FnOnce(&mut Message),
        now: DateTime<Utc>,
    ) -> Result<(Message, Vec<Told>), ApiError> {
        let mut message = self.message(channel, id)?.clone();
        change(&mut message);
        message.edited = Some(now);
        let place = self.channel(channel)?.clone();
        let draft = Draft {
            author: message.author,
            content: message.content.clone(),
            components: message.components.clone(),
            cause: message.cause.clone(),
            reference: message.reference,
            kind: message.kind,
            allowed,
            ..Draft::default()
        };
        message.pings = self.pings(&place, &draft);
        if let Some(all) = self.world.messages.get_mut(&channel) {
            all.insert(id, message.clone());
        }
        self.wrote(
            "message.edited",
            message.author,
            now,
            Some(&message),
            json!({}),
        );
        let told = self.tell_of_message("MESSAGE_UPDATE", &message, now);
        Ok((message, told))
    }

    /// Deletes a message.
    ///
    /// # Errors
    /// 10008.
    pub fn delete(
        &mut self,
        channel: Id,
        id: Id,
        by: Id,
        now: DateTime<Utc>,
    ) -> Result<Vec<Told>, ApiError> {
        let message = self.message(channel, id)?.clone();
        if let Some(all) = self.world.messages.get_mut(&channel) {
            all.remove(&id);
        }
        for file in &message.attachments {
            self.world.attachments.remove(file);
        }
        self.wrote("message.deleted", by, now, Some(&message), json!({}));
        if message.only_for.is_some() {
            return Ok(Vec::new());
        }
        let guild = self.channel(channel)?.guild;
        let mut data = json!({ "id": id.to_string(), "channel_id": channel.to_string() });
        if let Some(guild) = guild {
            data["guild_id"] = json!(guild.to_string());
        }
        Ok(self.tell_in(channel, "MESSAGE_DELETE", data, now))
    }

    /// Adds or takes back a reaction; nothing happens when it was there, or was not.
    ///
    /// # Errors
    /// 10008.
    pub fn react(
        &mut self,
        channel: Id,
        id: Id,
        user: Id,
        emoji: &str,
        add: bool,
        now: DateTime<Utc>,
    ) -> Result<Vec<Told>, ApiError> {
        self.message(channel, id)?;
        let Some(message) = self
            .world
            .messages
            .get_mut(&channel)
            .and_then(|all| all.get_mut(&id))
        else {
            return Err(ApiError::known(10008));
        };
        let position = message.reactions.iter().position(|(name, _)| name == emoji);
        let index = position.unwrap_or_else(|| {
            message.reactions.push((emoji.to_owned(), Vec::new()));
            message.reactions.len() - 1
        });
        let Some((_, users)) = message.reactions.get_mut(index) else {
            return Ok(Vec::new());
        };
        let had = users.contains(&user);
        if add && !had {
            users.push(user);
        } else if !add {
            users.retain(|one| *one != user);
        }
        message.reactions.retain(|(_, users)| !users.is_empty());
        if had == add {
            return Ok(Vec::new());
        }
        let message = message.clone();
        let method = if add {
            "reaction.added"
        } else {
            "reaction.removed"
        };
        self.wrote(
            method,
            user,
            now,
            None,
            json!({ "channel": channel.to_string(), "ts": id.to_string(), "emoji": emoji }),
        );
        Ok(self.tell_of_reaction(&message, user, emoji, add, now))
    }

    /// Where somebody may write: `None`, or the code of the refusal.
    pub fn refuses_to_write(&self, channel: &Channel, user: Id) -> Option<u64> {
        if channel.kind == DIRECT {
            return (!channel.people.contains(&user)).then_some(50001);
        }
        let bits = may::in_channel(&self.world, channel, user);
        let needed = if channel.kind == THREAD {
            may::SEND_MESSAGES_IN_THREADS
        } else {
            may::SEND_MESSAGES
        };
        if bits & may::VIEW_CHANNEL == 0 {
            Some(50001)
        } else if bits & needed == 0 {
            Some(50013)
        } else if channel.locked && !channel.archived && bits & may::MANAGE_THREADS == 0 {
            // A closed one that is locked says first that it is closed.
            Some(160_005)
        } else {
            None
        }
    }
}
