//! A message as it is now, for the record.
//!
//! Invariants: all calls together stay within one limit; what cannot be had is said in `missing`, and the report goes on without it.
//! Neighbours: `ingress::read` for reactions and message shortcuts.

use super::{
    api::{Api, CallError},
    envelope::{entities, event::user_of, text},
    files,
    home::Home,
    people::People,
    render::text::cut,
};
use crate::domain::event_report::{Snapshot, TEXT_CAP};
use serde_json::Value;
use std::time::Duration;

/// Takes snapshots.
#[derive(Debug, Clone)]
pub struct Snapshots {
    api: Api,
    people: People,
    limit: Duration,
}

impl Snapshots {
    /// `limit` is for all calls of one snapshot together.
    #[must_use]
    pub const fn new(api: Api, people: People, limit: Duration) -> Self {
        Self { api, people, limit }
    }

    /// Fetches the message.
    pub async fn fetch(&self, home: &Home, channel: &str, ts: &str) -> Snapshot {
        let message = tokio::time::timeout(self.limit, self.message(channel, ts));
        let (message, permalink) = tokio::join!(message, self.permalink(channel, ts));
        let mut snapshot = self.empty(home, channel, ts, permalink);
        match message {
            Ok(Ok(Some(message))) => self.fill(&mut snapshot, home, &message),
            Ok(Ok(None)) => {
                snapshot.missing = Some("The message was gone when it was looked up.".to_owned())
            }
            Ok(Err(error)) => snapshot.missing = Some(why(&error)),
            Err(_) => {
                snapshot.missing = Some("Slack did not hand over the message in time.".to_owned())
            }
        }
        snapshot
    }

    /// From a message that the payload shows already.
    pub async fn of_shown(
        &self,
        home: &Home,
        channel: &str,
        ts: &str,
        message: &Value,
    ) -> Snapshot {
        if !message.is_object() {
            return self.fetch(home, channel, ts).await;
        }
        let permalink = self.permalink(channel, ts).await;
        let mut snapshot = self.empty(home, channel, ts, permalink);
        self.fill(&mut snapshot, home, message);
        snapshot
    }

    fn empty(&self, home: &Home, channel: &str, ts: &str, permalink: Option<String>) -> Snapshot {
        Snapshot {
            source: home.message(channel, ts),
            author: None,
            text: String::new(),
            files: Vec::new(),
            permalink,
            missing: None,
        }
    }

    fn fill(&self, snapshot: &mut Snapshot, home: &Home, message: &Value) {
        let author = user_of(message);
        snapshot.author = (!author.id.is_empty()).then(|| self.people.identity(&author, home));
        snapshot.text = cut(&words(message), TEXT_CAP);
        snapshot.files = files::read(&message["files"]);
        if snapshot.text.is_empty() && snapshot.files.is_empty() {
            snapshot.missing =
                Some("The message holds neither words nor files that the app can read.".to_owned());
        }
    }

    async fn message(&self, channel: &str, ts: &str) -> Result<Option<Value>, CallError> {
        let args = [
            ("channel", channel),
            ("latest", ts),
            ("inclusive", "true"),
            ("limit", "1"),
        ];
        let page = self.api.get("conversations.history", &args).await?;
        if let Some(found) = find(&page, ts) {
            return Ok(Some(found));
        }
        // The history holds no replies.
        let args = [
            ("channel", channel),
            ("ts", ts),
            ("latest", ts),
            ("oldest", ts),
            ("inclusive", "true"),
            ("limit", "10"),
        ];
        match self.api.get("conversations.replies", &args).await {
            Ok(page) => Ok(find(&page, ts)),
            Err(error) if error.code() == Some("thread_not_found") => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn permalink(&self, channel: &str, ts: &str) -> Option<String> {
        let args = [("channel", channel), ("message_ts", ts)];
        let asked = tokio::time::timeout(self.limit, self.api.get("chat.getPermalink", &args));
        let answer = asked.await.ok()?.ok()?;
        text(&answer, "permalink").map(ToOwned::to_owned)
    }
}

fn find(page: &Value, ts: &str) -> Option<Value> {
    page["messages"]
        .as_array()?
        .iter()
        .find(|message| message["ts"] == ts)
        .cloned()
}

fn why(error: &CallError) -> String {
    match error.code() {
        Some("not_in_channel" | "channel_not_found") => {
            "The app is not a member of the channel, so it cannot read the message.".to_owned()
        }
        Some("missing_scope") => {
            "The app lacks the scope to read messages of this kind of channel.".to_owned()
        }
        _ => format!("The message could not be read: {error}."),
    }
}

/// The words of a message: its text, and what an app put into attachments, or into blocks alone.
#[must_use]
pub fn words(message: &Value) -> String {
    let mut words: Vec<String> = Vec::new();
    words.extend(text(message, "text").map(entities::plain));
    let attachments = message["attachments"].as_array().into_iter().flatten();
    for attachment in attachments {
        let parts = ["pretext", "title", "text"]
            .iter()
            .filter_map(|key| text(attachment, key));
        let mut parts: Vec<String> = parts.map(entities::plain).collect();
        if parts.is_empty() {
            parts.extend(text(attachment, "fallback").map(entities::plain));
        }
        words.extend(parts);
    }
    if words.is_empty() {
        gather(&message["blocks"], &mut words, 0);
    }
    words.retain(|part| !part.trim().is_empty());
    words.join("\n")
}

/// Every `text` below, in order. Slack nests blocks a few levels deep.
fn gather(value: &Value, words: &mut Vec<String>, depth: u8) {
    match value {
        Value::Array(items) if depth < 12 => {
            items.iter().for_each(|item| gather(item, words, depth + 1))
        }
        Value::Object(fields) if depth < 12 => {
            for (key, inner) in fields {
                match inner {
                    Value::String(text) if key == "text" => words.push(entities::plain(text)),
                    _ => gather(inner, words, depth + 1),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::damage::each;
    use serde_json::json;

    #[test]
    fn words_are_found_wherever_an_app_put_them() {
        assert_eq!(
            words(&json!({ "text": "see <https://a.example|this>" })),
            "see this (https://a.example)"
        );
        assert_eq!(
            words(
                &json!({ "text": "", "attachments": [{ "title": "Alert", "text": "disk" }, { "fallback": "old" }] })
            ),
            "Alert\ndisk\nold"
        );
        assert_eq!(
            words(
                &json!({ "text": null, "blocks": [{ "type": "section", "text": { "type": "mrkdwn", "text": "in blocks" } }] })
            ),
            "in blocks"
        );
        assert_eq!(words(&json!(null)), "");
    }

    #[test]
    fn only_the_very_message_counts() {
        let page = json!({ "messages": [{ "ts": "1.1" }, null, 3] });
        assert!(find(&page, "1.1").is_some());
        assert!(find(&page, "1.2").is_none());
        assert!(find(&json!({}), "1.2").is_none());
    }

    #[test]
    fn damaged_messages_keep_what_can_be_read() {
        let message = json!({
            "ts": "1.1", "user": "U1", "text": "first", "files": [{ "id": "F1", "name": "a" }],
            "attachments": [{ "title": "second", "text": "third" }],
            "blocks": [{ "type": "section", "text": { "type": "mrkdwn", "text": "shown" } }]
        });
        each(&message, |path, what, damaged| {
            let found = words(damaged);
            for (place, word) in [
                ("/text", "first"),
                ("/attachments", "second"),
                ("/attachments", "third"),
            ] {
                let is_hit = path.is_empty() || path.starts_with(place);
                assert!(is_hit || found.contains(word), "{path} {what}: {found}");
            }
            let page = json!({ "messages": [damaged] });
            assert_eq!(find(&page, "1.1").is_some(), damaged["ts"] == "1.1");
        });
    }
}
