//! Channels: whether the queue channel may be posted to, and the conversation of two with somebody.
//!
//! Invariants: the queue channel is private, not shared with another organisation, not archived, and the app is in it; what was found holds
//! for a minute. Neighbours: `egress`, `examine`.

use crate::{
    chat::slack::api::{Api, CallError},
    domain::clock::{Clock, Timestamp},
};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

const FRESH_SECONDS: i64 = 60;
const MOST_DIRECT: usize = 10_000;

/// Why the queue channel may not be posted to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// A sentence that says what to do.
    Because(String),
    /// Slack did not say.
    Unknown(CallError),
}

/// When a channel was looked at, and why it may not be posted to, if so.
type Found = (Timestamp, Result<(), String>);

/// What is known of channels.
#[derive(Debug, Clone)]
pub struct Channels {
    api: Api,
    clock: Arc<dyn Clock>,
    found: Arc<Mutex<HashMap<String, Found>>>,
    direct: Arc<Mutex<HashMap<String, String>>>,
    /// Until when Slack opens no more conversations.
    limited_until: Arc<Mutex<Timestamp>>,
}

impl Channels {
    /// Knows nothing yet.
    #[must_use]
    pub fn new(api: Api, clock: Arc<dyn Clock>) -> Self {
        Self {
            api,
            clock,
            found: Arc::default(),
            direct: Arc::default(),
            limited_until: Arc::new(Mutex::new(Timestamp::MIN_UTC)),
        }
    }

    /// Whether the queue channel may be posted to, as found at most a minute ago.
    ///
    /// # Errors
    /// [`Unfit`].
    pub async fn queue(&self, channel: &str) -> Result<(), Unfit> {
        let now = self.clock.now();
        let found = self
            .found
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(channel)
            .cloned();
        if let Some((at, found)) = found
            && now - at < chrono::Duration::seconds(FRESH_SECONDS)
        {
            return found.map_err(Unfit::Because);
        }
        self.look(channel).await
    }

    /// Looks anew.
    ///
    /// # Errors
    /// [`Unfit`].
    pub async fn look(&self, channel: &str) -> Result<(), Unfit> {
        let found = match self
            .api
            .get("conversations.info", &[("channel", channel)])
            .await
        {
            Ok(answer) => fit(channel, &answer["channel"]),
            Err(error) if error.code() == Some("channel_not_found") => Err(format!(
                "the queue channel {channel} does not exist, or is private and the app is not in it; invite the app there"
            )),
            Err(error) => return Err(Unfit::Unknown(error)),
        };
        let mut all = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(channel.to_owned(), (self.clock.now(), found.clone()));
        found.map_err(Unfit::Because)
    }

    /// The conversation of two with this person, opened if need be; the person's id while Slack opens none.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn direct(&self, user: &str) -> Result<String, CallError> {
        let known = self
            .direct
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(user)
            .cloned();
        if let Some(channel) = known {
            return Ok(channel);
        }
        // Slack opens some fifty conversations a minute, and takes a person's id in place of one: many first receipts at once must not
        // wait for each other.
        if self.limited(|until| *until > self.clock.now()) {
            return Ok(user.to_owned());
        }
        // The typed call sends a list here; Slack documents a text.
        let asked = self
            .api
            .post("conversations.open", &json!({ "users": user }))
            .await;
        let answer = match asked {
            Err(CallError::Limited(wait)) => {
                let wait = wait.and_then(|wait| chrono::Duration::from_std(wait).ok());
                let wait = wait.unwrap_or(chrono::Duration::seconds(FRESH_SECONDS));
                self.limited(|until| *until = self.clock.now() + wait);
                return Ok(user.to_owned());
            }
            asked => asked?,
        };
        let channel = answer["channel"]["id"]
            .as_str()
            .ok_or(CallError::Garbled)?
            .to_owned();
        let mut direct = self.direct.lock().unwrap_or_else(PoisonError::into_inner);
        if direct.len() >= MOST_DIRECT {
            direct.clear();
        }
        direct.insert(user.to_owned(), channel.clone());
        Ok(channel)
    }

    fn limited<T>(&self, ask: impl FnOnce(&mut Timestamp) -> T) -> T {
        ask(&mut self
            .limited_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner))
    }

    /// Opens the conversation anew the next time.
    pub fn forget(&self, user: &str) {
        self.direct
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(user);
    }
}

fn fit(channel: &str, info: &Value) -> Result<(), String> {
    // What is neither absent nor a plain no counts as a yes where a yes forbids.
    let is = |key: &str| !matches!(info[key], Value::Null | Value::Bool(false));
    let is_surely = |key: &str| info[key] == true;
    let has = |key: &str| info[key].as_array().is_some_and(|list| !list.is_empty());
    let why = if is("is_archived") {
        "is archived; restore it, or name another in slack.queue_channel"
    } else if is("is_im") || is("is_mpim") {
        "is a direct conversation; name a private channel in slack.queue_channel"
    } else if is("is_ext_shared") || has("connected_team_ids") {
        "is shared with another organisation; end the sharing, or name another in slack.queue_channel"
    } else if is("is_pending_ext_shared")
        || has("pending_connected_team_ids")
        || has("pending_shared")
    {
        "is about to be shared with another organisation; withdraw the invitation, or name another in slack.queue_channel"
    } else if !is_surely("is_private") && !is_surely("is_group") {
        "is public; make it private, or name another in slack.queue_channel"
    } else if info["is_member"] == false {
        "is without the app; invite the app there"
    } else {
        return Ok(());
    };
    Err(format!("the queue channel {channel} {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::damage::each;

    #[test]
    fn only_a_private_unshared_living_channel_with_the_app_is_fit() {
        let good = json!({ "is_private": true, "is_member": true, "is_ext_shared": false, "is_archived": false });
        assert_eq!(fit("C1", &good), Ok(()));
        // Shared between workspaces of the own organisation.
        let mut org = good.clone();
        org["is_org_shared"] = json!(true);
        assert_eq!(fit("C1", &org), Ok(()));
        for (key, value, word) in [
            ("is_archived", json!(true), "archived"),
            ("is_ext_shared", json!(true), "shared with"),
            ("is_pending_ext_shared", json!(true), "about to be shared"),
            (
                "pending_connected_team_ids",
                json!(["T9"]),
                "about to be shared",
            ),
            ("is_private", json!(false), "public"),
            ("is_member", json!(false), "invite"),
            ("is_im", json!(true), "direct"),
        ] {
            let mut bad = good.clone();
            bad[key] = value;
            let why = fit("C1", &bad).unwrap_err();
            assert!(why.contains(word) && why.contains("C1"), "{why}");
        }
        assert!(fit("C1", &json!(null)).is_err());
    }

    #[test]
    fn no_damage_makes_an_unfit_channel_fit() {
        let good = json!({ "is_private": true, "is_member": true, "is_ext_shared": false, "is_archived": false });
        for (key, value) in [
            ("is_archived", json!(true)),
            ("is_ext_shared", json!(true)),
            ("is_private", json!(false)),
            ("is_im", json!(true)),
            ("is_pending_ext_shared", json!(true)),
        ] {
            let mut bad = good.clone();
            bad[key] = value;
            each(&bad, |path, what, damaged| {
                // Where Slack says nothing of it, or says no, there is nothing to refuse by.
                let is_said =
                    path == format!("/{key}") && ["missing", "null", "no", "yes"].contains(&what);
                assert!(
                    is_said || fit("C1", damaged).is_err(),
                    "{key}: {path} {what}"
                );
            });
        }
    }
}
