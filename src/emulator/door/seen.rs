//! What a person at a client of the platform does and sees, as plain data.
//!
//! Purpose: the shapes of the client door, spoken by every emulator and by [`super::Door`]. Words are those of the first platform (`ts`
//! is the key of a message, `thread_ts` that of the message its thread hangs on, a block a part of a form). Invariants: a person never sees what
//! the platform would not show them (metadata, other people's ephemerals). Neighbours: each emulator's `client` and `render`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What somebody does. Which fields matter depends on the act.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Act {
    /// Who: a user id or a handle.
    pub user: String,
    /// Where: a channel id, `#name`, or `@handle` for the direct conversation with somebody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Which message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ts: Option<String>,
    /// In which thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_ts: Option<String>,
    /// What is typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Sends the text as it is, as an ill-meaning client could.
    pub raw: bool,
    /// Emoji name without colons.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emoji: Option<String>,
    /// Callback id or menu name of a shortcut.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shortcut: Option<String>,
    /// Action id, visible label or placeholder of a button or select.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// What is chosen: an option's label or value, a handle, a date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// View id; the top one when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view: Option<String>,
    /// Form fields by label, block id or action id.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub values: Map<String, Value>,
    /// File ids to attach.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// File name of an upload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Media type of an upload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mimetype: Option<String>,
    /// Content of an upload, base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Closes all modals, not only the top one.
    pub all: bool,
    /// Waits for a message whose shown words contain this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contains: Option<String>,
    /// How long to wait, in real milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// Waits for a change after this one, as an earlier wait named it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<u64>,
}

/// What came of an act, in the eyes of who did it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// Every delivery the act caused was acknowledged in time; also true when it caused none.
    pub acknowledged: bool,
    /// Those deliveries.
    pub deliveries: Vec<SeenDelivery>,
    /// The error banner, if one came up.
    pub toast: Option<String>,
    /// Messages only this person sees that came up during the act.
    pub shown: Vec<SeenMessage>,
    /// The modal now on top.
    pub view: Option<SeenView>,
    /// Errors at fields of the form, by block id.
    pub errors: BTreeMap<String, String>,
    /// The message the act made or changed.
    pub posted: Option<MessageRef>,
    /// The file the act uploaded.
    pub file: Option<String>,
}

/// One delivery to the app.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenDelivery {
    /// Its id in the ledger.
    pub id: String,
    /// `event`, `interaction` or `command`.
    pub surface: String,
    /// Kind of payload, such as `message` or `block_actions`.
    pub kind: String,
    /// `acknowledged`, `timeout`, `no_connection`, `connection_failed`, `http_500`, `dropped`.
    pub outcome: String,
    /// Real time until then.
    pub millis: u64,
}

/// Something that is suggested while typing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenChoice {
    /// What is read.
    pub name: String,
    /// What is sent.
    pub value: String,
}

/// Where a message is.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MessageRef {
    /// Channel id.
    pub channel: String,
    /// Its key there.
    pub ts: String,
}

/// A message as a person sees it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SeenMessage {
    /// Channel id.
    pub channel: String,
    /// Its key there.
    pub ts: String,
    /// Thread it belongs to.
    pub thread_ts: Option<String>,
    /// Author's user id.
    pub author: String,
    /// Author's handle.
    pub author_name: String,
    /// Text as stored; with blocks it is only what the notification says.
    pub text: String,
    /// What can be read on the screen: the blocks if there are any, else the text.
    pub shown: String,
    /// Who is notified: user ids, `channel`, `here`, `everyone`, group ids.
    pub notifies: Vec<String>,
    /// What can be followed.
    pub links: Vec<String>,
    /// Buttons and selects.
    pub buttons: Vec<SeenButton>,
    /// File names.
    pub files: Vec<String>,
    /// Emoji name to user ids.
    pub reactions: BTreeMap<String, Vec<String>>,
    /// Replies in its thread.
    pub reply_count: usize,
    /// Shows "(edited)".
    pub edited: bool,
    /// Shows "Only visible to you".
    pub ephemeral: bool,
    /// The blocks themselves.
    pub blocks: Value,
}

impl SeenMessage {
    /// Where it is.
    #[must_use]
    pub fn at(&self) -> MessageRef {
        MessageRef {
            channel: self.channel.clone(),
            ts: self.ts.clone(),
        }
    }
}

/// Something that can be pressed or chosen from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenButton {
    /// Words on it, or the placeholder of a select.
    pub label: String,
    /// Its action id.
    pub action_id: String,
    /// Its block.
    pub block_id: String,
    /// `button`, `static_select`, ...
    pub kind: String,
    /// Value of a button.
    pub value: Option<String>,
    /// Where a link button leads.
    pub url: Option<String>,
    /// `primary` or `danger`.
    pub style: Option<String>,
    /// Choices, as shown.
    pub options: Vec<String>,
}

/// A field of a form.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SeenField {
    /// Its label.
    pub label: String,
    /// Its block id.
    pub block_id: String,
    /// Its action id.
    pub action_id: String,
    /// `plain_text_input`, `static_select`, ...
    pub kind: String,
    /// May stay empty.
    pub optional: bool,
    /// Words below it.
    pub hint: String,
    /// Choices, as shown.
    pub options: Vec<String>,
    /// What it holds now, as the app would receive it.
    pub value: Value,
}

/// A modal or App Home as a person sees it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SeenView {
    /// View id.
    pub id: String,
    /// `modal` or `home`.
    pub kind: String,
    /// What the app calls it.
    pub callback_id: String,
    /// Title.
    pub title: String,
    /// Words of the submit button; empty when there is none.
    pub submit: String,
    /// Words of the close button.
    pub close: String,
    /// What can be read.
    pub shown: String,
    /// Fields.
    pub fields: Vec<SeenField>,
    /// Buttons outside of fields.
    pub buttons: Vec<SeenButton>,
    /// The blocks themselves.
    pub blocks: Value,
}

/// A channel in a person's list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenChannel {
    /// Channel id.
    pub id: String,
    /// Name; for a direct conversation the handle of the other.
    pub name: String,
    /// A direct conversation.
    pub direct: bool,
    /// Only members see it.
    pub private: bool,
    /// Shared with another organisation.
    pub shared: bool,
    /// Closed for writing.
    pub archived: bool,
    /// Whether the person is in it.
    pub member: bool,
    /// Key of the newest message outside of threads that somebody else wrote; what a client's unread mark goes by.
    pub newest: String,
}
