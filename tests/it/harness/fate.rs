//! What befalls people, channels and calls, by the same words on each platform.
//!
//! Invariants: each of these is one control of the emulator, under the name that it has there; what the platform then refuses is expected from
//! here on. Neighbours: [`super::world`] is what it befalls, [`super::leftovers`] asks what was expected.

use super::message::Message;
use super::stand::Host;
use super::world::{BOT, QUEUE, World};
use serde_json::{Value, json};

/// Discord's word for an interaction that was answered already.
const ANSWERED: &str = "40060";

impl World {
    /// Somebody takes no direct messages from the bot any more; `why` is Slack's word for it.
    pub async fn takes_no_messages(&self, who: &str, why: &str) {
        match self.host() {
            Host::Slack => {
                let given = json!({ "user": who, "error": why });
                self.control("refuse_dm", given).await;
                self.expect_refusal(why);
            }
            Host::Discord => {
                let given = json!({ "user": who, "on": true });
                self.control("close_dm", given).await;
                self.expect_refusal("50007");
            }
        }
    }

    /// Somebody takes direct messages again.
    pub async fn takes_messages_again(&self, who: &str) {
        let given = json!({ "user": who, "on": false });
        let control = match self.host() {
            Host::Slack => "refuse_dm",
            Host::Discord => "close_dm",
        };
        self.control(control, given).await;
    }

    /// Somebody sits in the queue channel from now on.
    pub async fn sits_in_queue(&self, who: &str) {
        match self.host() {
            Host::Slack => {
                let given = json!({ "channel": QUEUE, "user": who });
                self.control("membership", given).await;
            }
            // Whoever has the role sees the channel; the record knows nothing of that.
            Host::Discord => {
                let given = json!({ "user": who, "role": "Responder", "on": true });
                self.control("role", given).await;
            }
        }
    }

    /// The bot is in the queue channel, or is not.
    pub async fn bot_is_in_queue(&self, yes: bool) {
        self.bot_is_in(QUEUE, yes).await;
    }

    /// The bot is in a channel, or is not.
    pub async fn bot_is_in(&self, channel: &str, yes: bool) {
        match self.host() {
            Host::Slack => {
                let given = json!({ "channel": channel, "user": BOT, "on": yes });
                self.control("membership", given).await;
                for code in ["not_in_channel", "channel_not_found"] {
                    self.expect_refusal(code);
                }
            }
            Host::Discord => {
                let given = json!({ "channel": channel, "on": !yes });
                self.control("unfit", given).await;
                self.expect_refusal("50001");
            }
        }
    }

    /// A file is taken away from whoever would fetch it.
    pub async fn file_is_removed(&self, file: &str) {
        let control = match self.host() {
            Host::Slack => "remove_file",
            Host::Discord => "delete_file",
        };
        self.control(control, json!({ "file": file })).await;
    }

    /// The next calls that post a message go wrong.
    pub async fn posting_fails(&self, fault: Value, times: u64) {
        let door = self.door();
        door.fault(self.posting(), fault, times).await.unwrap();
    }

    /// The next call that posts a message in the place of this one goes wrong.
    pub async fn posting_fails_at(&self, message: &Message, fault: Value) {
        let channel = message.at().channel;
        let given =
            json!({ "method": self.posting(), "channel": channel, "fault": fault, "times": 1 });
        self.control("fault", given).await;
    }

    /// How often the bot tried to post a message.
    pub async fn posts(&self) -> usize {
        let calls = self.door().calls(0).await.unwrap();
        let name = match self.host() {
            Host::Slack => "method",
            Host::Discord => "route",
        };
        let posts = calls.iter().filter(|call| call[name] == self.posting());
        posts.count()
    }

    /// What comes next to this surface comes once more: at once, or on Slack, where `kind` is `retried`, as if it had not been acknowledged.
    pub async fn arrives_again(&self, surface: &str, kind: &str) {
        let kind = match self.host() {
            Host::Slack => kind,
            // Discord delivers nothing again by itself; what it replays after a break comes as it came.
            Host::Discord => "doubled",
        };
        if self.host() == Host::Discord && surface != "event" {
            self.expect_refusal(ANSWERED);
        }
        self.door().delivery_fault(surface, kind).await.unwrap();
    }

    const fn posting(&self) -> &'static str {
        match self.host() {
            Host::Slack => "chat.postMessage",
            Host::Discord => "messages.post",
        }
    }
}
