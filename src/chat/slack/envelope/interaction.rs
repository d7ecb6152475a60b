//! Buttons, shortcuts and forms.
//!
//! Invariants: a kind that is not ours is told apart from one that is broken; what the bot's own elements do not send (menus that act at
//! once, foreign buttons) is left out. Neighbours: `ingress::read`, `render::card` and `render::form` made what is read here.

use super::{Scope, Unread, User, id, required, text};
use serde_json::Value;

/// What views are called that were opened from the Home tab, so that the tab is renewed after what is done in them.
pub const FROM_HOME: &str = "home";

/// What all of them have.
#[derive(Debug, Clone, PartialEq)]
pub struct Interaction {
    /// Who.
    pub user: User,
    /// Where.
    pub scope: Scope,
    /// Channel.
    pub channel: Option<String>,
    /// In a direct conversation.
    pub direct: bool,
    /// Opens one form within 3 seconds.
    pub trigger: Option<String>,
    /// Takes up to five private answers.
    pub response_url: Option<String>,
    /// What was done.
    pub act: Act,
}

/// What was done.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// A button was pressed.
    Press(Press),
    /// A form was submitted.
    Submit(View),
    /// The global shortcut.
    Shortcut,
    /// The shortcut on a message.
    OnMessage {
        /// The message as Slack shows it.
        message: Value,
        /// Its id, when the message itself lacks it.
        ts: String,
    },
    /// Nothing that we handle: a form was closed, a menu was changed.
    Other,
}

/// A pressed button.
#[derive(Debug, Clone, PartialEq)]
pub struct Press {
    /// Its action.
    pub action_id: String,
    /// Its value.
    pub value: Option<String>,
    /// When, as Slack says; names the press when there is no trigger.
    pub action_ts: Option<String>,
    /// The message that carries it, unless only its presser sees that.
    pub message_ts: Option<String>,
    /// The form that carries it.
    pub view: Option<View>,
}

/// A form on somebody's screen, or the Home tab.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// Its id.
    pub id: String,
    /// Its version.
    pub hash: Option<String>,
    /// It is the Home tab itself.
    pub is_home: bool,
    /// It was opened from the Home tab.
    pub from_home: bool,
    /// What it remembers.
    pub metadata: String,
    /// What was filled in, raw.
    pub state: Value,
    /// The blocks that take input, by id.
    pub inputs: Vec<String>,
}

impl View {
    fn read(view: &Value) -> Option<Self> {
        let blocks = view["blocks"].as_array().into_iter().flatten();
        let inputs = blocks.filter(|block| block["type"] == "input");
        Some(Self {
            id: text(view, "id")?.to_owned(),
            hash: text(view, "hash").map(ToOwned::to_owned),
            is_home: view["type"] == "home",
            from_home: view["callback_id"] == FROM_HOME,
            metadata: text(view, "private_metadata")
                .unwrap_or_default()
                .to_owned(),
            state: view["state"].clone(),
            inputs: inputs
                .filter_map(|block| Some(text(block, "block_id")?.to_owned()))
                .collect(),
        })
    }
}

impl Interaction {
    /// Reads it.
    ///
    /// # Errors
    /// [`Unread`].
    pub fn read(raw: &Value) -> Result<Self, Unread> {
        let kind = required(raw, "type")?;
        let user = &raw["user"];
        let name = text(user, "name").or_else(|| text(user, "username"));
        let container = &raw["container"];
        Ok(Self {
            user: User {
                id: id(raw, "user").ok_or_else(|| Unread("`user` has no id".to_owned()))?,
                team: text(user, "team_id").map(ToOwned::to_owned),
                name: name.map(ToOwned::to_owned),
            },
            scope: Scope {
                enterprise: id(raw, "enterprise").or_else(|| id(&raw["team"], "enterprise_id")),
                team: id(raw, "team"),
                // A form may be open in another workspace than the one that installed the app.
                granted: text(&raw["view"], "app_installed_team_id").map(ToOwned::to_owned),
                org: raw["is_enterprise_install"] == true,
            },
            channel: id(raw, "channel").or_else(|| id(container, "channel_id")),
            direct: raw["channel"]["name"] == "directmessage",
            trigger: text(raw, "trigger_id").map(ToOwned::to_owned),
            response_url: text(raw, "response_url").map(ToOwned::to_owned),
            act: act(&kind, raw)?,
        })
    }
}

fn act(kind: &str, raw: &Value) -> Result<Act, Unread> {
    match kind {
        "shortcut" => Ok(Act::Shortcut),
        "view_submission" => {
            let view = View::read(&raw["view"]);
            view.map(Act::Submit)
                .ok_or_else(|| Unread("`view` has no id".to_owned()))
        }
        "message_action" => {
            let message = &raw["message"];
            let ts = text(message, "ts").or_else(|| text(raw, "message_ts"));
            let ts = ts.ok_or_else(|| Unread("the message has no `ts`".to_owned()))?;
            Ok(Act::OnMessage {
                message: message.clone(),
                ts: ts.to_owned(),
            })
        }
        "block_actions" => Ok(press(raw)?.map_or(Act::Other, Act::Press)),
        "view_closed" | "block_suggestion" | "dialog_submission" | "dialog_cancellation" => {
            Ok(Act::Other)
        }
        _ => Err(Unread("an interaction of an unknown type".to_owned())),
    }
}

fn press(raw: &Value) -> Result<Option<Press>, Unread> {
    let actions = raw["actions"].as_array();
    let actions = actions.ok_or_else(|| Unread("`actions` is missing or is no list".to_owned()))?;
    // Slack sends one action; another kind of element than a button is not ours to act on, if it says that it is one.
    let Some(action) = actions.iter().find(|action| action["type"] == "button") else {
        let is_named = |action: &Value| text(action, "type").is_some();
        if !actions.is_empty() && actions.iter().all(is_named) {
            return Ok(None);
        }
        return Err(Unread("an action without a `type`".to_owned()));
    };
    let container = &raw["container"];
    let message_ts = text(container, "message_ts").or_else(|| text(&raw["message"], "ts"));
    let is_real = container["is_ephemeral"] != true;
    Ok(Some(Press {
        action_id: required(action, "action_id")?,
        value: text(action, "value").map(ToOwned::to_owned),
        action_ts: text(action, "action_ts").map(ToOwned::to_owned),
        message_ts: message_ts.filter(|_| is_real).map(ToOwned::to_owned),
        view: View::read(&raw["view"]),
    }))
}
