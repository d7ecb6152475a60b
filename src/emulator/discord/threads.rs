//! Threads: started on a message or alone, closed and opened again.
//!
//! Invariants: a thread on a message has the message's id, and there is one at most. Neighbours: `writing` for what is said in them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::errors::ApiError;
use super::gateway::Told;
use super::model::{Channel, Id, THREAD};
use super::state::State;
use super::writing::Draft;

impl State {
    /// Starts a thread on a message, or without one.
    ///
    /// # Errors
    /// 10003, 10008, 160004, 50024.
    pub fn start_thread(
        &mut self,
        parent: Id,
        on: Option<Id>,
        name: &str,
        by: Id,
        now: DateTime<Utc>,
    ) -> Result<(Id, Vec<Told>), ApiError> {
        let channel = self.channel(parent)?.clone();
        if channel.kind != super::model::TEXT {
            return Err(ApiError::known(50024));
        }
        if let Some(message) = on {
            self.message(parent, message)?;
            if self.world.channels.contains_key(&message) {
                return Err(ApiError::known(160_004));
            }
        }
        let id = on.unwrap_or_else(|| self.ids.next(now));
        let thread = Channel {
            id,
            kind: THREAD,
            guild: channel.guild,
            name: name.to_owned(),
            parent: Some(parent),
            overwrites: Vec::new(),
            people: BTreeSet::from([by]),
            owner: Some(by),
            archived: false,
            locked: false,
            created: now,
            last: None,
        };
        self.world.channels.insert(id, thread.clone());
        self.wrote(
            "thread.created",
            by,
            now,
            None,
            json!({ "channel": parent.to_string(), "thread": id.to_string(), "name": name }),
        );
        let mut data = super::objects::channel(self, &thread);
        data["newly_created"] = json!(true);
        let mut told = self.tell_in(id, "THREAD_CREATE", data, now);
        if on.is_some() {
            let starter = Draft {
                author: by,
                kind: 21,
                reference: Some((parent, id)),
                ..Draft::default()
            };
            told.extend(self.write(id, starter, now)?.1);
            let message = self.message(parent, id)?.clone();
            told.extend(self.tell_of_message("MESSAGE_UPDATE", &message, now));
        }
        Ok((id, told))
    }

    /// Closes a thread, or opens it again.
    pub fn archive(
        &mut self,
        thread: Id,
        archived: bool,
        locked: bool,
        now: DateTime<Utc>,
    ) -> Vec<Told> {
        let Some(channel) = self.world.channels.get_mut(&thread) else {
            return Vec::new();
        };
        (channel.archived, channel.locked) = (archived, locked);
        let channel = channel.clone();
        let data = super::objects::channel(self, &channel);
        self.tell_in(thread, "THREAD_UPDATE", data, now)
    }
}
