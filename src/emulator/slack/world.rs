//! The rules of the workspace: posting, editing, deleting, reacting, joining.
//!
//! Purpose: change the world as Slack does and name the events that follow. Invariants: who may see or write is decided
//! here, for people and for bots alike; each change answers with the deliveries it causes, the caller sends them.
//! Neighbours: `methods` and `client` call it, `events` wraps what it emits.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::errors::ApiError;
use super::model::{BotAuthor, Channel, Message};
use super::objects;
use super::state::{Delivery, State};

/// A message about to be posted.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Author.
    pub user: String,
    /// Set when an app posts.
    pub bot: Option<BotAuthor>,
    /// Text with Slack's own escaping.
    pub text: String,
    /// Checked block list.
    pub blocks: Option<Value>,
    /// Legacy attachments.
    pub attachments: Option<Value>,
    /// Parent.
    pub thread_ts: Option<String>,
    /// File ids.
    pub files: Vec<String>,
    /// Metadata.
    pub metadata: Option<Value>,
}

/// Fills in the block ids, and the action ids, that the author left out.
pub fn complete_blocks(state: &mut State, blocks: &mut Value) {
    for block in blocks.as_array_mut().into_iter().flatten() {
        if block
            .get("block_id")
            .and_then(Value::as_str)
            .is_none_or(str::is_empty)
        {
            block["block_id"] = json!(state.ids.next("blk"));
        }
        for key in ["accessory", "element"] {
            if let Some(element) = block.get_mut(key) {
                complete_element(state, element);
            }
        }
        if block["type"] == "actions" {
            for element in block["elements"].as_array_mut().into_iter().flatten() {
                complete_element(state, element);
            }
        }
    }
}

fn complete_element(state: &mut State, element: &mut Value) {
    if element["type"] != "image" && element.get("action_id").is_none() {
        element["action_id"] = json!(state.ids.next("act"));
    }
}

impl State {
    /// Whether a user may see a channel at all.
    pub fn sees(&self, channel: &Channel, user_id: &str) -> bool {
        if channel.members.contains(user_id) {
            return true;
        }
        let Some(user) = self.world.users.get(user_id) else {
            return false;
        };
        let ours = user.team_id == self.home_of(channel).id && !user.is_restricted;
        ours && !channel.is_private && !channel.is_im
    }

    /// The channel, if the user may write there.
    ///
    /// # Errors
    /// `channel_not_found`, `not_in_channel`, `is_archived`, or the code scripted for the channel.
    pub fn writable(&self, channel_id: &str, user_id: &str) -> Result<&Channel, ApiError> {
        let channel = self.visible(channel_id, user_id)?;
        if !channel.members.contains(user_id) {
            return Err(ApiError::new("not_in_channel"));
        }
        if channel.is_archived {
            return Err(ApiError::new("is_archived"));
        }
        Ok(channel)
    }

    /// The channel, if the user may see it.
    ///
    /// # Errors
    /// `channel_not_found`, or the code scripted for the channel.
    pub fn visible(&self, channel_id: &str, user_id: &str) -> Result<&Channel, ApiError> {
        let channel = self.channel(channel_id)?;
        if let Some(code) = &channel.refused_with {
            return Err(ApiError::new(code));
        }
        if !self.sees(channel, user_id) {
            return Err(ApiError::new("channel_not_found"));
        }
        Ok(channel)
    }

    /// Stores a message and names what follows from it.
    pub fn post(
        &mut self,
        channel: &str,
        draft: Draft,
        now: DateTime<Utc>,
    ) -> (Message, Vec<Delivery>) {
        let ts = self.next_ts(now);
        let mut blocks = draft.blocks;
        if let Some(blocks) = &mut blocks {
            complete_blocks(self, blocks);
        }
        for file in &draft.files {
            if let Some(file) = self.world.files.get_mut(file) {
                file.channels.insert(channel.to_owned());
            }
        }
        let client_msg_id = draft.bot.is_none().then(|| self.ids.next("msg-"));
        let message = Message {
            ts: ts.clone(),
            channel: channel.to_owned(),
            user: draft.user,
            bot: draft.bot,
            text: draft.text,
            blocks,
            attachments: draft.attachments,
            thread_ts: draft.thread_ts,
            files: draft.files,
            reactions: Vec::new(),
            edited: None,
            metadata: draft.metadata,
            tombstone: false,
            subtype: None,
            client_msg_id,
        };
        if let Some(parent) = message.thread_ts.clone()
            && let Some(parent) = self
                .world
                .messages
                .get_mut(channel)
                .and_then(|all| all.get_mut(&parent))
        {
            parent.thread_ts.get_or_insert_with(|| parent.ts.clone());
        }
        self.world
            .messages
            .entry(channel.to_owned())
            .or_default()
            .insert(ts, message.clone());
        let mut wire = objects::message(self, &message);
        if !message.files.is_empty() {
            wire["subtype"] = json!("file_share");
            wire["upload"] = json!(false);
        }
        let mut deliveries = self.emit_message(&message, wire.clone(), now);
        deliveries.extend(self.emit_mention(&message, &wire, now));
        (message, deliveries)
    }

    /// Changes a message's words; `None` keeps the blocks, `Some(None)` removes them.
    ///
    /// # Errors
    /// `message_not_found`.
    pub fn edit(
        &mut self,
        channel: &str,
        ts: &str,
        by: &str,
        change: impl FnOnce(&mut Message),
        now: DateTime<Utc>,
    ) -> Result<(Message, Vec<Delivery>), ApiError> {
        let previous = objects::message(self, self.message(channel, ts)?);
        let edited_ts = self.next_ts(now);
        let Some(message) = self
            .world
            .messages
            .get_mut(channel)
            .and_then(|all| all.get_mut(ts))
        else {
            return Err(ApiError::new("message_not_found"));
        };
        change(message);
        message.edited = Some((by.to_owned(), edited_ts.clone()));
        let mut message = message.clone();
        if let Some(blocks) = &mut message.blocks {
            complete_blocks(self, blocks);
        }
        self.world
            .messages
            .entry(channel.to_owned())
            .or_default()
            .insert(ts.to_owned(), message.clone());
        let event = json!({
            "type": "message", "subtype": "message_changed", "hidden": true, "channel": channel,
            "ts": edited_ts, "message": objects::message(self, &message), "previous_message": previous,
        });
        let deliveries = self.emit_message(&message, event, now);
        Ok((message, deliveries))
    }

    /// Removes a message; a parent with replies leaves a tombstone, as in Slack.
    ///
    /// # Errors
    /// `message_not_found`.
    pub fn delete(
        &mut self,
        channel: &str,
        ts: &str,
        now: DateTime<Utc>,
    ) -> Result<(Message, Vec<Delivery>), ApiError> {
        let message = self.message(channel, ts)?.clone();
        if message.tombstone {
            return Err(ApiError::new("message_not_found"));
        }
        let previous = objects::message(self, &message);
        let event_ts = self.next_ts(now);
        let has_replies = self
            .messages_of(channel)
            .any(|one| one.thread_ts.as_deref() == Some(ts) && one.ts != ts);
        let all = self.world.messages.entry(channel.to_owned()).or_default();
        let event = if has_replies {
            if let Some(stored) = all.get_mut(ts) {
                stored.tombstone = true;
                stored.text = "This message was deleted.".into();
                stored.blocks = None;
                stored.attachments = None;
                stored.files.clear();
                stored.reactions.clear();
                stored.user = "USLACKBOT".into();
                stored.bot = None;
            }
            let rendered = objects::message(self, self.message(channel, ts)?);
            json!({
                "type": "message", "subtype": "message_changed", "hidden": true, "channel": channel,
                "ts": event_ts, "message": rendered, "previous_message": previous,
            })
        } else {
            all.remove(ts);
            json!({
                "type": "message", "subtype": "message_deleted", "hidden": true, "channel": channel,
                "ts": event_ts, "deleted_ts": ts, "previous_message": previous,
            })
        };
        let deliveries = self.emit_message(&message, event, now);
        Ok((message, deliveries))
    }

    /// Adds or takes back a reaction.
    ///
    /// # Errors
    /// `message_not_found`, `already_reacted`, `no_reaction`.
    pub fn react(
        &mut self,
        channel: &str,
        ts: &str,
        user: &str,
        emoji: &str,
        add: bool,
        now: DateTime<Utc>,
    ) -> Result<Vec<Delivery>, ApiError> {
        let event_ts = self.next_ts(now);
        let stored = self
            .world
            .messages
            .get_mut(channel)
            .and_then(|all| all.get_mut(ts));
        let message = stored
            .filter(|one| !one.tombstone)
            .ok_or_else(|| ApiError::new("message_not_found"))?;
        let item_user = message.user.clone();
        let position = message.reactions.iter().position(|(name, _)| name == emoji);
        match (
            add,
            position.and_then(|index| message.reactions.get_mut(index)),
        ) {
            (true, Some((_, users))) if users.iter().any(|one| one == user) => {
                return Err(ApiError::new("already_reacted"));
            }
            (true, Some((_, users))) => users.push(user.to_owned()),
            (true, None) => message
                .reactions
                .push((emoji.to_owned(), vec![user.to_owned()])),
            (false, Some((_, users))) if users.iter().any(|one| one == user) => {
                users.retain(|one| one != user)
            }
            (false, _) => return Err(ApiError::new("no_reaction")),
        }
        message.reactions.retain(|(_, users)| !users.is_empty());
        let kind = if add {
            "reaction_added"
        } else {
            "reaction_removed"
        };
        let event = json!({
            "type": kind, "user": user, "reaction": emoji, "item_user": item_user,
            "item": {"type": "message", "channel": channel, "ts": ts}, "event_ts": event_ts,
        });
        Ok(self.emit(kind, channel, event, now))
    }

    /// The direct conversation of two users, made when missing.
    pub fn open_im(&mut self, one: &str, other: &str, now: DateTime<Utc>) -> (String, bool) {
        let found = self.world.channels.values().find(|channel| {
            channel.is_im && channel.members.contains(one) && channel.members.contains(other)
        });
        if let Some(channel) = found {
            return (channel.id.clone(), true);
        }
        let wanted = format!("D{}", other.trim_start_matches(['U', 'W']));
        let id = if self.world.channels.contains_key(&wanted) {
            self.ids.next("D")
        } else {
            wanted
        };
        let channel = Channel {
            id: id.clone(),
            name: String::new(),
            is_private: true,
            is_im: true,
            members: [one.to_owned(), other.to_owned()].into(),
            is_archived: false,
            shared_with: std::collections::BTreeSet::new(),
            creator: one.to_owned(),
            created: now,
            topic: String::new(),
            refused_with: None,
            team_id: self.world.users.get(one).map(|user| user.team_id.clone()),
        };
        self.world.channels.insert(id.clone(), channel);
        (id, false)
    }
}
