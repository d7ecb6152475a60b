//! Events API payloads: which app hears of what, and in which wrapping.
//!
//! Purpose: an event reaches an app only if the app subscribed, has the scope and sits in the channel. Invariants: each
//! event has an id of its own, repeated only by a redelivery. Neighbours: `world` and `control` emit, `deliver` sends.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::faults::Surface;
use super::model::{App, Channel, Message};
use super::state::{Delivery, State};

/// Scopes of which one is needed to hear an event of this kind in a channel of this kind.
fn scope_for(subscription: &str, channel: Option<&Channel>) -> Option<&'static str> {
    let private = channel.is_some_and(|channel| channel.is_private);
    Some(match subscription {
        "message.channels" => "channels:history",
        "message.groups" => "groups:history",
        "message.im" => "im:history",
        "app_mention" => "app_mentions:read",
        "reaction_added" | "reaction_removed" => "reactions:read",
        "member_joined_channel" | "member_left_channel" | "channel_shared" | "channel_unshared" => {
            if private {
                "groups:read"
            } else {
                "channels:read"
            }
        }
        "channel_archive" | "channel_unarchive" | "channel_left" | "channel_rename" => {
            "channels:read"
        }
        "group_archive" | "group_unarchive" | "group_left" | "group_rename" => "groups:read",
        _ => return None,
    })
}

fn hears(app: &App, subscription: &str, channel: Option<&Channel>) -> bool {
    app.events.contains(subscription)
        && scope_for(subscription, channel).is_none_or(|scope| app.scopes.contains(scope))
}

/// What the channel is called in events.
fn channel_type(channel: &Channel) -> &'static str {
    match (channel.is_im, channel.is_private) {
        (true, _) => "im",
        (false, true) => "group",
        (false, false) => "channel",
    }
}

impl State {
    /// Emits an event of a channel to every app that sits there and hears it.
    pub fn emit(
        &mut self,
        subscription: &str,
        channel_id: &str,
        event: Value,
        now: DateTime<Utc>,
    ) -> Vec<Delivery> {
        let Some(channel) = self.world.channels.get(channel_id).cloned() else {
            return Vec::new();
        };
        let receivers = self.installed_apps().into_iter().filter(|app| {
            channel.members.contains(&app.bot_user) && hears(app, subscription, Some(&channel))
        });
        let receivers: Vec<App> = receivers.collect();
        receivers
            .iter()
            .filter_map(|app| self.wrap(app, Some(&channel), event.clone(), now))
            .collect()
    }

    /// Emits an event to one app, whether or not it sits in a channel.
    pub fn emit_to(
        &mut self,
        app: &App,
        subscription: &str,
        event: Value,
        now: DateTime<Utc>,
    ) -> Vec<Delivery> {
        if !hears(app, subscription, None) {
            return Vec::new();
        }
        self.wrap(app, None, event, now).into_iter().collect()
    }

    /// Emits a message event; `event` is a message as rendered, or a change of one.
    pub fn emit_message(
        &mut self,
        message: &Message,
        mut event: Value,
        now: DateTime<Utc>,
    ) -> Vec<Delivery> {
        let Some(channel) = self.world.channels.get(&message.channel) else {
            return Vec::new();
        };
        let kind = channel_type(channel);
        event["channel"] = json!(message.channel);
        event["channel_type"] = json!(kind);
        event["event_ts"] = event["ts"].clone();
        let subscription = match kind {
            "im" => "message.im",
            "group" => "message.groups",
            _ => "message.channels",
        };
        self.emit(subscription, &message.channel, event, now)
    }

    /// Emits `app_mention` to every app whose bot the message names, except in direct conversations.
    pub fn emit_mention(
        &mut self,
        message: &Message,
        wire: &Value,
        now: DateTime<Utc>,
    ) -> Vec<Delivery> {
        let Some(channel) = self.world.channels.get(&message.channel).cloned() else {
            return Vec::new();
        };
        if channel.is_im {
            return Vec::new();
        }
        let named: Vec<App> = self
            .installed_apps()
            .into_iter()
            .filter(|app| {
                channel.members.contains(&app.bot_user)
                    && app.bot_user != message.user
                    && hears(app, "app_mention", Some(&channel))
                    && (message.text.contains(&format!("<@{}>", app.bot_user))
                        || message.text.contains(&format!("<@{}|", app.bot_user)))
            })
            .collect();
        let mut event = wire.clone();
        event["type"] = json!("app_mention");
        event["channel"] = json!(message.channel);
        event["event_ts"] = json!(message.ts);
        if let Some(event) = event.as_object_mut() {
            event.remove("subtype");
        }
        named
            .iter()
            .filter_map(|app| self.wrap(app, Some(&channel), event.clone(), now))
            .collect()
    }

    /// The outer event.
    pub fn wrap(
        &mut self,
        app: &App,
        channel: Option<&Channel>,
        event: Value,
        now: DateTime<Utc>,
    ) -> Option<Delivery> {
        let event_id = self.ids.next("Ev");
        let enterprise = self.world.enterprise.as_ref().map(|one| one.id.clone());
        let user = event
            .get("user")
            .and_then(Value::as_str)
            .map(ToOwned::to_owned);
        let team = match channel {
            Some(channel) if app.org_install => &self.home_of(channel).id,
            _ => &self.team_of(app).id,
        };
        let payload = json!({
            "token": app.verification_token,
            "team_id": team,
            "enterprise_id": enterprise,
            "context_team_id": team,
            "context_enterprise_id": enterprise,
            "api_app_id": app.id,
            "event": event,
            "type": "event_callback",
            "event_id": event_id,
            "event_time": now.timestamp(),
            "authorizations": [{
                "enterprise_id": enterprise,
                "team_id": if app.org_install { Value::Null } else { json!(team) },
                "user_id": app.bot_user,
                "is_bot": true,
                "is_enterprise_install": app.org_install,
            }],
            "is_ext_shared_channel": channel.is_some_and(|channel| !channel.shared_with.is_empty()),
            "event_context": format!("4-{event_id}"),
        });
        Some(Delivery {
            app_id: app.id.clone(),
            surface: Surface::Event,
            payload,
            user,
        })
    }
}
