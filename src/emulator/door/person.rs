//! Somebody at a client of the platform, from Rust.
//!
//! Purpose: one method per thing a person does or looks at. Invariants: an act returns what the person sees once the app
//! has acknowledged, or has not. Neighbours: `door` carries the calls, `seen` has the shapes.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

#[cfg(doc)]
use super::DoorError;
use super::seen::{Act, MessageRef, Seen, SeenChannel, SeenChoice, SeenMessage, SeenView};
use super::{Answer, Door};

/// Somebody at a client of the platform.
#[derive(Clone, Debug)]
pub struct AtClient {
    door: Door,
    user: String,
}

impl AtClient {
    pub(super) fn new(door: Door, user: &str) -> Self {
        Self {
            door,
            user: user.to_owned(),
        }
    }

    /// Who acts.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Any act of the client door, by its name.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn act<T: DeserializeOwned>(&self, name: &str, act: Act) -> Answer<T> {
        let act = Act {
            user: self.user.clone(),
            ..act
        };
        self.door.call(&format!("client/{name}"), &json!(act)).await
    }

    /// Types a slash command, such as `/secevent help`, in a channel.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn slash(&self, channel: &str, text: &str) -> Answer<Seen> {
        self.act(
            "slash",
            Act {
                text: Some(text.into()),
                ..at(channel)
            },
        )
        .await
    }

    /// What is suggested for the option that is being typed, where the platform suggests anything.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn autocomplete(&self, channel: &str, text: &str) -> Answer<Vec<SeenChoice>> {
        self.act(
            "autocomplete",
            Act {
                text: Some(text.into()),
                ..at(channel)
            },
        )
        .await
    }

    /// Picks a global shortcut by its name or callback id.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn global_shortcut(&self, shortcut: &str) -> Answer<Seen> {
        self.act(
            "global_shortcut",
            Act {
                shortcut: Some(shortcut.into()),
                ..Act::default()
            },
        )
        .await
    }

    /// Picks a shortcut on a message.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn message_shortcut(&self, message: &MessageRef, shortcut: &str) -> Answer<Seen> {
        self.act(
            "message_shortcut",
            Act {
                shortcut: Some(shortcut.into()),
                ..on(message)
            },
        )
        .await
    }

    /// Reacts to a message.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn react(&self, message: &MessageRef, emoji: &str) -> Answer<Seen> {
        self.act(
            "react",
            Act {
                emoji: Some(emoji.into()),
                ..on(message)
            },
        )
        .await
    }

    /// Takes a reaction back.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn unreact(&self, message: &MessageRef, emoji: &str) -> Answer<Seen> {
        self.act(
            "unreact",
            Act {
                emoji: Some(emoji.into()),
                ..on(message)
            },
        )
        .await
    }

    /// Posts in a channel, or with `@secevent` to the bot.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn post(&self, channel: &str, text: &str) -> Answer<Seen> {
        self.act(
            "post",
            Act {
                text: Some(text.into()),
                ..at(channel)
            },
        )
        .await
    }

    /// Replies in the thread of a message.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn reply(&self, message: &MessageRef, text: &str) -> Answer<Seen> {
        let act = Act {
            text: Some(text.into()),
            thread_ts: Some(message.ts.clone()),
            ..at(&message.channel)
        };
        self.act("post", act).await
    }

    /// Edits an own message.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn edit(&self, message: &MessageRef, text: &str) -> Answer<Seen> {
        self.act(
            "edit",
            Act {
                text: Some(text.into()),
                ..on(message)
            },
        )
        .await
    }

    /// Deletes an own message.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn delete(&self, message: &MessageRef) -> Answer<Seen> {
        self.act("delete", on(message)).await
    }

    /// Uploads a file: into a channel, or with `None` to be put into a form (`Seen::file` is its id).
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn upload(
        &self,
        channel: Option<&str>,
        name: &str,
        mimetype: &str,
        bytes: &[u8],
    ) -> Answer<Seen> {
        use base64::Engine;
        let act = Act {
            channel: channel.map(ToOwned::to_owned),
            name: Some(name.into()),
            mimetype: Some(mimetype.into()),
            content: Some(base64::engine::general_purpose::STANDARD.encode(bytes)),
            ..Act::default()
        };
        self.act("upload", act).await
    }

    /// Presses a button of a message, by visible label or action id.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn press(&self, message: &MessageRef, action: &str) -> Answer<Seen> {
        self.act(
            "press",
            Act {
                action: Some(action.into()),
                ..on(message)
            },
        )
        .await
    }

    /// Chooses from a select of a message.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn choose(&self, message: &MessageRef, action: &str, value: Value) -> Answer<Seen> {
        self.act(
            "press",
            Act {
                action: Some(action.into()),
                value: Some(value),
                ..on(message)
            },
        )
        .await
    }

    /// Presses a button, or with a value chooses from a select, in the form on top.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn press_in_view(&self, action: &str, value: Option<Value>) -> Answer<Seen> {
        self.act(
            "press_in_view",
            Act {
                action: Some(action.into()),
                value,
                ..Act::default()
            },
        )
        .await
    }

    /// Fills in and submits the form on top; `values` is an object by label, block id or action id.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn submit(&self, values: Value) -> Answer<Seen> {
        let values = values.as_object().cloned().unwrap_or_else(Map::new);
        self.act(
            "submit",
            Act {
                values,
                ..Act::default()
            },
        )
        .await
    }

    /// Closes the form on top.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn close(&self) -> Answer<Seen> {
        self.act("close", Act::default()).await
    }

    /// The forms on the screen, root first.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn views(&self) -> Answer<Vec<SeenView>> {
        self.act("views", Act::default()).await
    }

    /// The channels in the list.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn channels(&self) -> Answer<Vec<SeenChannel>> {
        self.act("channels", Act::default()).await
    }

    /// A channel's messages outside of threads, oldest first.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn read_channel(&self, channel: &str) -> Answer<Vec<SeenMessage>> {
        self.act("channel", at(channel)).await
    }

    /// A thread, parent first.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn read_thread(&self, message: &MessageRef) -> Answer<Vec<SeenMessage>> {
        self.act("thread", on(message)).await
    }

    /// The direct conversation with somebody, such as `secevent`.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn read_dm(&self, handle: &str) -> Answer<Vec<SeenMessage>> {
        self.act(
            "channel",
            at(&format!("@{}", handle.trim_start_matches('@'))),
        )
        .await
    }

    /// All messages that only this person sees.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn ephemerals(&self) -> Answer<Vec<SeenMessage>> {
        self.act("ephemerals", Act::default()).await
    }

    /// Waits until anything may look different from change `since` on, for `limit` of real time at most; answers the present change.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn change_after(&self, since: Option<u64>, limit: Duration) -> Answer<u64> {
        let act = Act {
            since,
            timeout_ms: u64::try_from(limit.as_millis()).ok(),
            ..Act::default()
        };
        let told: Value = self.act("changed", act).await?;
        Ok(told["change"].as_u64().unwrap_or_default())
    }

    /// All error banners so far.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn toasts(&self) -> Answer<Vec<String>> {
        self.act("toasts", Act::default()).await
    }

    /// Waits, in real time, until a message in a channel (`@secevent` for the bot's) contains words.
    ///
    /// # Errors
    /// [`DoorError::Refused`] when none comes up in time.
    pub async fn wait_for(
        &self,
        channel: &str,
        words: &str,
        limit: Duration,
    ) -> Answer<SeenMessage> {
        let timeout_ms = u64::try_from(limit.as_millis()).ok();
        self.act(
            "wait",
            Act {
                contains: Some(words.into()),
                timeout_ms,
                ..at(channel)
            },
        )
        .await
    }
}

fn at(channel: &str) -> Act {
    Act {
        channel: Some(channel.to_owned()),
        ..Act::default()
    }
}

fn on(message: &MessageRef) -> Act {
    Act {
        ts: Some(message.ts.clone()),
        ..at(&message.channel)
    }
}
