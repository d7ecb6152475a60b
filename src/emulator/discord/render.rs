//! What a person reads on the screen, from what the app sent.
//!
//! Invariants: a message of a thread is shown at its parent channel, with the message the thread hangs on; nothing of a custom id is read, only words.
//! Neighbours: `client` answers with it, `markdown` reads words.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::emoji;
use super::markdown;
use super::model::{Channel, DIRECT, Id, Message, SUPPRESS_EMBEDS, THREAD};
use super::permissions;
use super::state::{Modal, State};
use crate::emulator::door::{SeenButton, SeenChannel, SeenField, SeenMessage, SeenView};

#[derive(Debug, Default)]
struct Page {
    lines: Vec<String>,
    links: BTreeSet<String>,
    buttons: Vec<SeenButton>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl Page {
    fn words(&mut self, state: &State, words: &str) {
        if words.is_empty() {
            return;
        }
        let shown = markdown::read(&state.world, words);
        self.lines.push(shown.text);
        self.links.extend(shown.links);
    }

    fn embed(&mut self, state: &State, embed: &Value) {
        self.words(state, embed["author"]["name"].as_str().unwrap_or_default());
        for url in [&embed["url"], &embed["author"]["url"]] {
            self.links.extend(url.as_str().map(ToOwned::to_owned));
        }
        self.words(state, embed["title"].as_str().unwrap_or_default());
        self.words(state, embed["description"].as_str().unwrap_or_default());
        for field in embed["fields"].as_array().into_iter().flatten() {
            self.words(state, field["name"].as_str().unwrap_or_default());
            self.words(state, field["value"].as_str().unwrap_or_default());
        }
        // A footer shows no markup.
        if let Some(footer) = embed["footer"]["text"].as_str() {
            self.lines.push(footer.to_owned());
        }
    }

    fn component(&mut self, state: &State, one: &Value, row: &str) {
        match one["type"].as_u64() {
            Some(2) => self.button(one, row),
            Some(kind @ (3 | 5..=8)) => self.buttons.push(SeenButton {
                label: text(&one["placeholder"]),
                action_id: text(&one["custom_id"]),
                block_id: row.to_owned(),
                kind: select_kind(kind, one).to_owned(),
                options: options(one),
                ..SeenButton::default()
            }),
            Some(10) => self.words(state, one["content"].as_str().unwrap_or_default()),
            _ => {
                for (index, inner) in one["components"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .enumerate()
                {
                    let row = if one["type"] == 1 {
                        row.to_owned()
                    } else {
                        format!("{row}.{index}")
                    };
                    self.component(state, inner, &row);
                }
                if one["accessory"].is_object() {
                    self.component(state, &one["accessory"], row);
                }
            }
        }
    }

    fn button(&mut self, one: &Value, row: &str) {
        let label = match (one["label"].as_str(), one["emoji"]["name"].as_str()) {
            (Some(label), _) => label.to_owned(),
            (None, emoji) => emoji.unwrap_or_default().to_owned(),
        };
        let url = one["url"].as_str().map(ToOwned::to_owned);
        self.links.extend(url.clone());
        let style = match one["style"].as_u64() {
            Some(1) => Some("primary"),
            Some(3) => Some("success"),
            Some(4) => Some("danger"),
            _ => None,
        };
        self.buttons.push(SeenButton {
            label,
            action_id: text(&one["custom_id"]),
            block_id: row.to_owned(),
            kind: if one["disabled"] == true {
                "disabled_button"
            } else {
                "button"
            }
            .to_owned(),
            value: one["custom_id"].as_str().map(ToOwned::to_owned),
            url,
            style: style.map(ToOwned::to_owned),
            options: Vec::new(),
        });
    }
}

/// The shared word for a kind of select.
fn select_kind(kind: u64, one: &Value) -> &'static str {
    let many = one["max_values"].as_u64().unwrap_or(1) > 1;
    match (kind, many) {
        (3, false) => "static_select",
        (3, true) => "multi_static_select",
        (5, false) => "users_select",
        (5, true) => "multi_users_select",
        (8, false) => "channels_select",
        (8, true) => "multi_channels_select",
        (6, _) => "roles_select",
        _ => "mentionables_select",
    }
}

/// The shared word for a kind of field.
fn field_kind(field: &Value) -> &'static str {
    match field["type"].as_u64() {
        Some(4) => "plain_text_input",
        Some(19) => "file_input",
        Some(21) => "radio_buttons",
        Some(22) => "checkboxes",
        Some(23) => "checkbox",
        Some(kind) => select_kind(kind, field),
        None => "unknown",
    }
}

fn options(one: &Value) -> Vec<String> {
    let all = one["options"].as_array().into_iter().flatten();
    all.map(|option| text(&option["label"])).collect()
}

/// Where a message is shown: channel and the message its thread hangs on.
pub fn place(state: &State, message: &Message) -> (Id, Option<Id>) {
    match state.world.channels.get(&message.channel) {
        Some(channel) if channel.kind == THREAD => {
            (channel.parent.unwrap_or(channel.id), Some(channel.id))
        }
        _ => (message.channel, None),
    }
}

/// A message as a person sees it.
pub fn message(state: &State, one: &Message) -> SeenMessage {
    let mut page = Page::default();
    page.words(state, &one.content);
    if one.flags & SUPPRESS_EMBEDS == 0 {
        for embed in &one.embeds {
            page.embed(state, embed);
        }
    }
    for (index, row) in one.components.iter().enumerate() {
        page.component(state, row, &index.to_string());
    }
    let (channel, thread) = place(state, one);
    let notifies = one.pings.users.iter().map(ToString::to_string);
    let notifies = notifies.chain(one.pings.roles.iter().map(ToString::to_string));
    let replies = state
        .messages_of(one.id)
        .filter(|reply| reply.channel == one.id && reply.kind != 21);
    let strings = |ids: &[Id]| ids.iter().map(ToString::to_string).collect();
    SeenMessage {
        channel: channel.to_string(),
        ts: one.id.to_string(),
        thread_ts: thread.map(|id| id.to_string()),
        author: one.author.to_string(),
        author_name: state
            .world
            .users
            .get(&one.author)
            .map(|user| user.name.clone())
            .unwrap_or_default(),
        text: one.content.clone(),
        shown: page.lines.join("\n"),
        notifies: notifies.chain(one.pings.everyone.iter().cloned()).collect(),
        links: page.links.into_iter().collect(),
        buttons: page.buttons,
        files: one
            .attachments
            .iter()
            .filter_map(|id| state.world.attachments.get(id))
            .map(|file| file.name.clone())
            .collect(),
        reactions: one
            .reactions
            .iter()
            .map(|(name, users)| (emoji::short(name), strings(users)))
            .collect(),
        reply_count: replies.count(),
        edited: one.edited.is_some(),
        ephemeral: one.only_for.is_some(),
        blocks: json!({
            "embeds": one.embeds, "components": one.components, "flags": one.flags,
            "answers": one.reference.map(|(_, target)| target.to_string()),
            "used": one.cause.as_ref().map(|cause| json!({ "user": cause.user.to_string(), "command": cause.name })),
            "thread": state.world.channels.get(&one.id).map(|thread| thread.name.clone()),
        }),
    }
}

/// The fields of a form with their labels, hints and where they stand.
pub fn fields(content: &Value) -> Vec<(String, String, Value)> {
    let parts = content["components"].as_array().into_iter().flatten();
    let read = parts.filter_map(|part| match part["type"].as_u64() {
        Some(18) => Some((
            text(&part["label"]),
            text(&part["description"]),
            part["component"].clone(),
        )),
        Some(1) => {
            let field = part["components"][0].clone();
            Some((text(&field["label"]), String::new(), field))
        }
        _ => None,
    });
    read.collect()
}

/// Whether a field may stay empty.
pub fn optional(field: &Value) -> bool {
    field["required"] == false || field["type"] == 23
}

/// What a field holds before anybody touches it, in the shared form.
fn value(field: &Value) -> Value {
    let chosen = |one: &&Value| one["default"] == true;
    let all = field["options"].as_array().into_iter().flatten();
    let picked: Vec<Value> = all
        .filter(chosen)
        .map(|one| json!({ "text": { "text": one["label"] }, "value": one["value"] }))
        .collect();
    match field_kind(field) {
        "plain_text_input" => json!({ "type": "plain_text_input", "value": field["value"] }),
        kind @ ("static_select" | "radio_buttons") => {
            json!({ "type": kind, "selected_option": picked.first() })
        }
        kind @ ("multi_static_select" | "checkboxes") => {
            json!({ "type": kind, "selected_options": picked })
        }
        "checkbox" => json!({ "type": "checkbox", "value": field["default"] == true }),
        "file_input" => json!({ "type": "file_input", "files": [] }),
        kind => json!({ "type": kind, "selected": field["default_values"] }),
    }
}

/// A form as a person sees it.
pub fn modal(state: &State, modal: &Modal) -> SeenView {
    let mut page = Page::default();
    let parts = modal.content["components"].as_array().into_iter().flatten();
    for part in parts.filter(|part| part["type"] == 10) {
        page.component(state, part, "");
    }
    let fields = fields(&modal.content)
        .into_iter()
        .map(|(label, hint, field)| SeenField {
            label,
            block_id: text(&field["custom_id"]),
            action_id: text(&field["custom_id"]),
            kind: field_kind(&field).to_owned(),
            optional: optional(&field),
            hint,
            options: options(&field),
            value: value(&field),
        });
    SeenView {
        id: modal.id.clone(),
        kind: "modal".into(),
        callback_id: text(&modal.content["custom_id"]),
        title: text(&modal.content["title"]),
        submit: "Submit".into(),
        close: "Cancel".into(),
        shown: page.lines.join("\n"),
        fields: fields.collect(),
        buttons: Vec::new(),
        blocks: modal.content["components"].clone(),
    }
}

/// A channel in a person's list.
pub fn channel(state: &State, channel: &Channel, user: Id) -> SeenChannel {
    let other = channel.people.iter().find(|one| **one != user);
    let name = if channel.kind == DIRECT {
        other
            .and_then(|id| state.world.users.get(id))
            .map(|user| user.name.clone())
            .unwrap_or_default()
    } else {
        channel.name.clone()
    };
    let everyone = channel.guild.unwrap_or(0);
    let mut overwrites = channel.overwrites.iter();
    let newest = state
        .messages_of(channel.id)
        .filter(|one| one.author != user && one.only_for.is_none_or(|only| only == user));
    SeenChannel {
        id: channel.id.to_string(),
        name,
        direct: channel.kind == DIRECT,
        private: overwrites
            .any(|one| one.id == everyone && one.deny & permissions::VIEW_CHANNEL != 0),
        shared: false,
        archived: channel.archived,
        member: permissions::sees(&state.world, channel, user),
        newest: newest
            .map(|one| one.id)
            .max()
            .map(|id| id.to_string())
            .unwrap_or_default(),
    }
}
