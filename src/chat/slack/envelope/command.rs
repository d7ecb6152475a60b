//! A slash command.
//!
//! Invariants: parsed from the form's fields as an object; `user_id` is all that it cannot do without. Neighbours: `ingress::read`.

use super::{Scope, Unread, User, required, text};
use serde_json::Value;

/// `/secevent ...`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Who.
    pub user: User,
    /// Where.
    pub scope: Scope,
    /// Channel.
    pub channel: Option<String>,
    /// In a direct conversation.
    pub direct: bool,
    /// What follows the command, raw.
    pub text: String,
    /// Opens one form within 3 seconds.
    pub trigger: Option<String>,
}

impl Command {
    /// Reads it.
    ///
    /// # Errors
    /// [`Unread`].
    pub fn read(raw: &Value) -> Result<Self, Unread> {
        let own = |key: &str| text(raw, key).map(ToOwned::to_owned);
        Ok(Self {
            user: User {
                id: required(raw, "user_id")?,
                // `team_id` is where the command was typed, not where its user belongs.
                team: None,
                name: own("user_name"),
            },
            scope: Scope {
                enterprise: own("enterprise_id"),
                team: own("team_id"),
                granted: None,
                // A form knows texts only.
                org: raw["is_enterprise_install"] == "true" || raw["is_enterprise_install"] == true,
            },
            channel: own("channel_id"),
            direct: raw["channel_name"] == "directmessage",
            text: own("text").unwrap_or_default(),
            trigger: own("trigger_id"),
        })
    }
}
