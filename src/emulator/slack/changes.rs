//! Changes of the workspace that an administrator or an owner makes.
//!
//! Purpose: joining and leaving, archiving, sharing a channel, with the events Slack sends about them. Invariants: an app
//! removed from a channel hears that it was removed and nothing more. Neighbours: `control` and `methods` call it.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::errors::ApiError;
use super::state::{Delivery, State};

impl State {
    /// Adds a member.
    pub fn join(&mut self, channel_id: &str, user: &str, now: DateTime<Utc>) -> Vec<Delivery> {
        let Some(channel) = self.world.channels.get_mut(channel_id) else {
            return Vec::new();
        };
        if !channel.members.insert(user.to_owned()) {
            return Vec::new();
        }
        let kind = if channel.is_private { "G" } else { "C" };
        let team = channel.team_id.clone();
        let event_ts = self.next_ts(now);
        let team = team.unwrap_or_else(|| self.world.team.id.clone());
        let event = json!({
            "type": "member_joined_channel", "user": user, "channel": channel_id, "channel_type": kind,
            "team": team, "event_ts": event_ts,
        });
        self.emit("member_joined_channel", channel_id, event, now)
    }

    /// Removes a member.
    pub fn leave(&mut self, channel_id: &str, user: &str, now: DateTime<Utc>) -> Vec<Delivery> {
        let Some(channel) = self.world.channels.get_mut(channel_id) else {
            return Vec::new();
        };
        if !channel.members.remove(user) {
            return Vec::new();
        }
        let private = channel.is_private;
        let team = channel.team_id.clone();
        let event_ts = self.next_ts(now);
        let team = team.unwrap_or_else(|| self.world.team.id.clone());
        let mut apps = self.installed_apps().into_iter();
        let app = apps.find(|app| app.bot_user == user);
        if let Some(app) = app {
            let left = if private {
                "group_left"
            } else {
                "channel_left"
            };
            let event = json!({ "type": left, "channel": channel_id, "event_ts": event_ts });
            return self.emit_to(&app, left, event, now);
        }
        let event = json!({
            "type": "member_left_channel", "user": user, "channel": channel_id,
            "channel_type": if private { "G" } else { "C" }, "team": team, "event_ts": event_ts,
        });
        self.emit("member_left_channel", channel_id, event, now)
    }

    /// Archives a channel, or opens it again.
    ///
    /// # Errors
    /// `channel_not_found`.
    pub fn archive(
        &mut self,
        channel_id: &str,
        archived: bool,
        now: DateTime<Utc>,
    ) -> Result<Vec<Delivery>, ApiError> {
        let event_ts = self.next_ts(now);
        let creator = self.channel(channel_id)?.creator.clone();
        let Some(channel) = self.world.channels.get_mut(channel_id) else {
            return Ok(Vec::new());
        };
        channel.is_archived = archived;
        let noun = if channel.is_private {
            "group"
        } else {
            "channel"
        };
        let kind = format!("{noun}_{}", if archived { "archive" } else { "unarchive" });
        let event =
            json!({ "type": kind, "channel": channel_id, "user": creator, "event_ts": event_ts });
        Ok(self.emit(&kind, channel_id, event, now))
    }

    /// Shares a channel with a connected organisation, or ends the sharing.
    ///
    /// # Errors
    /// `channel_not_found`.
    pub fn share(
        &mut self,
        channel_id: &str,
        team: &str,
        shared: bool,
        now: DateTime<Utc>,
    ) -> Result<Vec<Delivery>, ApiError> {
        self.channel(channel_id)?;
        let event_ts = self.next_ts(now);
        let Some(channel) = self.world.channels.get_mut(channel_id) else {
            return Ok(Vec::new());
        };
        if shared {
            channel.shared_with.insert(team.to_owned());
            let event = json!({
                "type": "channel_shared", "connected_team_id": team, "channel": channel_id, "event_ts": event_ts,
            });
            return Ok(self.emit("channel_shared", channel_id, event, now));
        }
        channel.shared_with.remove(team);
        let still = !channel.shared_with.is_empty();
        let event = json!({
            "type": "channel_unshared", "previously_connected_team_id": team, "channel": channel_id,
            "is_ext_shared": still, "event_ts": event_ts,
        });
        Ok(self.emit("channel_unshared", channel_id, event, now))
    }
}
