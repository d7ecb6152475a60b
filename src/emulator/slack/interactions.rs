//! Payloads of what people do: commands, shortcuts, buttons and forms.
//!
//! Purpose: build each payload once, for workspace and organisation installs alike. Invariants: every payload carries a
//! fresh trigger; those acted in a channel carry a fresh response URL. Neighbours: `client` decides, `deliver` sends.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::faults::Surface;
use super::model::{App, Channel, Message, Team, User, View};
use super::objects;
use super::response_urls::ResponseUrl;
use super::state::{Delivery, State};

/// Who acts on which app, and when.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The person.
    pub user: User,
    /// The app.
    pub app: App,
    /// The instant.
    pub now: DateTime<Utc>,
}

impl Actor {
    /// The workspace that it happens in.
    fn team<'s>(&self, state: &'s State) -> &'s Team {
        let own = state.world.workspaces.get(&self.user.team_id);
        own.filter(|_| self.app.org_install)
            .unwrap_or_else(|| state.team_of(&self.app))
    }

    /// What all interactions have in common.
    fn base(&self, state: &State, kind: &str) -> Value {
        let team = self.team(state);
        let enterprise = state.world.enterprise.as_ref();
        let mut wire_team = json!({ "id": team.id, "domain": team.domain });
        if let Some(enterprise) = enterprise {
            wire_team["enterprise_id"] = json!(enterprise.id);
            wire_team["enterprise_name"] = json!(enterprise.name);
        }
        json!({
            "type": kind,
            "team": if self.app.org_install { Value::Null } else { wire_team },
            "user": {
                "id": self.user.id, "username": self.user.handle, "name": self.user.handle,
                "team_id": self.user.team_id,
            },
            "api_app_id": self.app.id,
            "token": self.app.verification_token,
            "enterprise": enterprise.map(|one| json!({ "id": one.id, "name": one.name })),
            "is_enterprise_install": self.app.org_install,
        })
    }

    fn delivery(&self, surface: Surface, payload: Value) -> Delivery {
        Delivery {
            app_id: self.app.id.clone(),
            surface,
            payload,
            user: Some(self.user.id.clone()),
        }
    }

    fn trigger(&self, state: &mut State, view: Option<&str>) -> String {
        state.new_trigger(&self.user.id, &self.app.key(), view, self.now)
    }

    fn response_url(&self, state: &mut State, channel: &str, message: Option<&Message>) -> String {
        let target = self.target(channel, message);
        state.new_response_url(target, self.now)
    }

    /// Where an answer to this person goes.
    pub fn target(&self, channel: &str, message: Option<&Message>) -> ResponseUrl {
        ResponseUrl {
            app_id: self.app.id.clone(),
            install: self.app.team.clone(),
            user: self.user.id.clone(),
            channel: channel.to_owned(),
            message_ts: message.map(|message| message.ts.clone()),
            thread_ts: message.and_then(|message| message.thread_ts.clone()),
        }
    }

    /// A slash command; its text is as Slack sends it.
    pub fn command(
        &self,
        state: &mut State,
        channel: &Channel,
        command: &str,
        text: &str,
    ) -> Delivery {
        let trigger = self.trigger(state, None);
        let response_url = self.response_url(state, &channel.id, None);
        let team = self.team(state);
        let mut payload = json!({
            "token": self.app.verification_token, "team_id": team.id, "team_domain": team.domain,
            "channel_id": channel.id, "channel_name": wire_name(channel),
            "user_id": self.user.id, "user_name": self.user.handle, "command": command, "text": text,
            "api_app_id": self.app.id, "is_enterprise_install": self.app.org_install.to_string(),
            "response_url": response_url, "trigger_id": trigger,
        });
        if let Some(enterprise) = &state.world.enterprise {
            payload["enterprise_id"] = json!(enterprise.id);
            payload["enterprise_name"] = json!(enterprise.name);
        }
        self.delivery(Surface::Command, payload)
    }

    /// A global shortcut; it has no channel and no response URL.
    pub fn global_shortcut(&self, state: &mut State, callback_id: &str) -> Delivery {
        let mut payload = self.base(state, "shortcut");
        payload["callback_id"] = json!(callback_id);
        payload["action_ts"] = json!(state.next_ts(self.now));
        payload["trigger_id"] = json!(self.trigger(state, None));
        self.delivery(Surface::Interaction, payload)
    }

    /// A shortcut on a message.
    pub fn message_shortcut(
        &self,
        state: &mut State,
        channel: &Channel,
        message: &Message,
        callback: &str,
    ) -> Delivery {
        let mut payload = self.base(state, "message_action");
        payload["callback_id"] = json!(callback);
        payload["action_ts"] = json!(state.next_ts(self.now));
        payload["trigger_id"] = json!(self.trigger(state, None));
        payload["response_url"] = json!(self.response_url(state, &channel.id, None));
        payload["message_ts"] = json!(message.ts);
        payload["message"] = objects::message(state, message);
        payload["channel"] = json!({ "id": channel.id, "name": wire_name(channel) });
        self.delivery(Surface::Interaction, payload)
    }

    /// A button or select of a message.
    pub fn message_action(
        &self,
        state: &mut State,
        channel: &Channel,
        message: &Message,
        ephemeral: bool,
        action: Value,
    ) -> Delivery {
        let mut payload = self.base(state, "block_actions");
        let mut container = json!({
            "type": "message", "message_ts": message.ts, "channel_id": channel.id, "is_ephemeral": ephemeral,
        });
        if let Some(thread) = &message.thread_ts {
            container["thread_ts"] = json!(thread);
        }
        payload["container"] = container;
        payload["trigger_id"] = json!(self.trigger(state, None));
        payload["channel"] = json!({ "id": channel.id, "name": wire_name(channel) });
        payload["message"] = objects::message(state, message);
        payload["response_url"] = json!(self.response_url(state, &channel.id, Some(message)));
        payload["state"] = json!({ "values": chosen(&action) });
        payload["actions"] = json!([action]);
        self.delivery(Surface::Interaction, payload)
    }

    /// A button or select of a view.
    pub fn view_action(&self, state: &mut State, view: &View, action: Value) -> Delivery {
        let mut payload = self.base(state, "block_actions");
        payload["container"] = json!({ "type": "view", "view_id": view.id });
        payload["trigger_id"] = json!(self.trigger(state, Some(&view.id)));
        payload["view"] = objects::view(state, view);
        payload["actions"] = json!([action]);
        self.delivery(Surface::Interaction, payload)
    }

    /// A submitted form.
    pub fn submission(&self, state: &mut State, view: &View) -> Delivery {
        let mut payload = self.base(state, "view_submission");
        payload["trigger_id"] = json!(self.trigger(state, Some(&view.id)));
        payload["view"] = objects::view(state, view);
        payload["response_urls"] = json!([]);
        self.delivery(Surface::Interaction, payload)
    }

    /// A closed form.
    pub fn closed(&self, state: &State, view: &View, is_cleared: bool) -> Delivery {
        let mut payload = self.base(state, "view_closed");
        payload["view"] = objects::view(state, view);
        payload["is_cleared"] = json!(is_cleared);
        self.delivery(Surface::Interaction, payload)
    }
}

/// What a select in a message now holds, as `state.values`.
fn chosen(action: &Value) -> Value {
    let (Some(block), Some(id)) = (action["block_id"].as_str(), action["action_id"].as_str())
    else {
        return json!({});
    };
    if action["type"] == "button" || action["type"] == "overflow" {
        return json!({});
    }
    let kept: serde_json::Map<String, Value> = action
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, _)| *key == "type" || key.starts_with("selected_") || *key == "value")
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    json!({ block: { id: kept } })
}

/// What payloads call a channel.
fn wire_name(channel: &Channel) -> &str {
    match (channel.is_im, channel.is_private) {
        (true, _) => "directmessage",
        (false, true) => "privategroup",
        (false, false) => &channel.name,
    }
}
