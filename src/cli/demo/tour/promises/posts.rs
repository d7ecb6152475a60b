//! What the bot posted, by the books of each platform.
//!
//! Invariants: whatever others than one person alone can read is a post, also if it came as the answer to an act; an edit is none, and neither is
//! the mark at the top of a thread. The key is what the bot gives a platform, so that one cause makes one message. Neighbours: `told` holds the
//! posts against the outbox.

use crate::{
    cli::demo::{stands::Host, tour::record::text},
    emulator::discord::seed::BOT_USER,
};
use serde_json::Value;

/// What a thread begins with: it repeats the message that the thread hangs on.
const THREAD_STARTER: u64 = 21;

/// A message of the bot.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Post {
    /// Channel and id, as the platform told them to the bot.
    pub at: (String, String),
    /// What the bot called it by, to the platform; one for each cause.
    pub key: String,
    /// Its words.
    pub words: String,
}

/// What the bot posted, by the ledger of a platform.
pub(super) fn of_bot(host: Host, ledger: &[Value]) -> Vec<Post> {
    let writes = ledger.iter().filter(|entry| entry["kind"] == "write");
    let posts = writes.filter(|entry| match host {
        Host::Slack => entry["method"] == "chat.postMessage",
        Host::Discord => {
            entry["method"] == "message.created"
                && text(entry, "by").parse() == Ok(BOT_USER)
                && entry["type"] != THREAD_STARTER
                && entry["only_for"].is_null()
        }
    });
    posts.map(|entry| post(host, entry)).collect()
}

fn post(host: Host, entry: &Value) -> Post {
    let key = match host {
        Host::Slack => text(&entry["metadata"]["event_payload"], "key"),
        Host::Discord => text(entry, "nonce"),
    };
    Post {
        at: (text(entry, "channel"), text(entry, "ts")),
        key,
        words: text(entry, "text"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_one_person_alone_sees_is_no_post_and_what_others_see_is() {
        let entry = |only_for: Value, by: u64, kind: u64| {
            json!({
                "kind": "write", "method": "message.created", "by": by.to_string(), "only_for": only_for, "type": kind,
                "channel": "7", "ts": "8", "text": "hello", "nonce": "9",
            })
        };
        let mut edit = entry(Value::Null, BOT_USER, 0);
        edit["method"] = json!("message.edited");
        let ledger = [
            entry(json!("1"), BOT_USER, 20),
            entry(Value::Null, 1, 0),
            entry(Value::Null, BOT_USER, THREAD_STARTER),
            edit,
            entry(Value::Null, BOT_USER, 20),
        ];
        let expected = Post {
            at: ("7".to_owned(), "8".to_owned()),
            key: "9".to_owned(),
            words: "hello".to_owned(),
        };
        assert_eq!(of_bot(Host::Discord, &ledger), [expected]);
    }
}
