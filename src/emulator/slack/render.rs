//! The world as a person sees it on the screen.
//!
//! Purpose: turn messages and views into what can be read, pressed and followed, and tell whom a text notifies, so that a
//! test can say "nobody was notified". Invariants: entities are read as Slack reads them: in mrkdwn, not in plain text.
//! Neighbours: `client` answers with it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::model::{Channel, Message, View};
use super::seen::{SeenButton, SeenChannel, SeenField, SeenMessage, SeenView};
use super::state::State;

/// What reading collects.
#[derive(Debug, Default)]
struct Page {
    lines: Vec<String>,
    notifies: BTreeSet<String>,
    links: BTreeSet<String>,
    buttons: Vec<SeenButton>,
    fields: Vec<SeenField>,
}

impl Page {
    fn mrkdwn(&mut self, state: &State, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(start) = rest.find('<') {
            let (before, after) = rest.split_at(start);
            out.push_str(&unescape(before));
            let Some(end) = after.find('>') else {
                rest = after;
                break;
            };
            let entity = after.get(1..end).unwrap_or_default();
            out.push_str(&self.entity(state, entity));
            rest = after.get(end + 1..).unwrap_or_default();
        }
        out.push_str(&unescape(rest));
        out
    }

    fn entity(&mut self, state: &State, entity: &str) -> String {
        let (target, label) = entity.split_once('|').unwrap_or((entity, ""));
        if let Some(user) = target.strip_prefix('@') {
            self.notifies.insert(user.to_owned());
            return format!(
                "@{}",
                state
                    .world
                    .users
                    .get(user)
                    .map_or(user, |user| &user.handle)
            );
        }
        if let Some(channel) = target.strip_prefix('#') {
            return format!(
                "#{}",
                state
                    .world
                    .channels
                    .get(channel)
                    .map_or(label, |channel| &channel.name)
            );
        }
        if let Some(special) = target.strip_prefix('!') {
            if special.starts_with("date^") {
                return unescape(label);
            }
            let name = special.strip_prefix("subteam^").unwrap_or(special);
            self.notifies.insert(name.to_owned());
            return format!("@{name}");
        }
        self.links.insert(target.to_owned());
        unescape(if label.is_empty() { target } else { label })
    }

    fn text_object(&mut self, state: &State, object: &Value) -> String {
        let text = object["text"].as_str().unwrap_or_default();
        if object["type"] == "mrkdwn" {
            self.mrkdwn(state, text)
        } else {
            text.to_owned()
        }
    }

    fn blocks(&mut self, state: &State, blocks: &Value, values: &Value) {
        for block in blocks.as_array().into_iter().flatten() {
            let block_id = block["block_id"].as_str().unwrap_or_default();
            match block["type"].as_str().unwrap_or_default() {
                "section" => {
                    for text in block
                        .get("text")
                        .into_iter()
                        .chain(block["fields"].as_array().into_iter().flatten())
                    {
                        let line = self.text_object(state, text);
                        self.lines.push(line);
                    }
                    self.element(&block["accessory"], block_id);
                }
                "header" => self.lines.push(
                    block["text"]["text"]
                        .as_str()
                        .unwrap_or_default()
                        .to_owned(),
                ),
                "markdown" => {
                    let line = block["text"].as_str().unwrap_or_default().to_owned();
                    self.lines.push(line);
                }
                "context" => {
                    let parts: Vec<String> = block["elements"]
                        .as_array()
                        .into_iter()
                        .flatten()
                        .map(|element| match element["type"].as_str() {
                            Some("image") => {
                                element["alt_text"].as_str().unwrap_or_default().to_owned()
                            }
                            _ => self.text_object(state, element),
                        })
                        .collect();
                    self.lines.push(parts.join(" "));
                }
                "actions" => {
                    for element in block["elements"].as_array().into_iter().flatten() {
                        self.element(element, block_id);
                    }
                }
                "input" => self.field(block, block_id, values),
                "image" => self
                    .lines
                    .push(block["alt_text"].as_str().unwrap_or_default().to_owned()),
                "rich_text" => {
                    let mut line = String::new();
                    self.rich(state, block, &mut line);
                    self.lines.push(line.trim_end_matches('\n').to_owned());
                }
                "table" => {
                    for row in block["rows"].as_array().into_iter().flatten() {
                        let cells: Vec<String> = row
                            .as_array()
                            .into_iter()
                            .flatten()
                            .map(|cell| {
                                let mut line = cell["text"].as_str().unwrap_or_default().to_owned();
                                self.rich(state, cell, &mut line);
                                line.trim_end().to_owned()
                            })
                            .collect();
                        self.lines.push(cells.join(" | "));
                    }
                }
                _ => {}
            }
        }
    }

    fn rich(&mut self, state: &State, node: &Value, line: &mut String) {
        for element in node["elements"].as_array().into_iter().flatten() {
            match element["type"].as_str().unwrap_or_default() {
                "text" => line.push_str(element["text"].as_str().unwrap_or_default()),
                "link" => {
                    let url = element["url"].as_str().unwrap_or_default();
                    self.links.insert(url.to_owned());
                    line.push_str(element["text"].as_str().unwrap_or(url));
                }
                "user" => {
                    let id = element["user_id"].as_str().unwrap_or_default();
                    self.notifies.insert(id.to_owned());
                    line.push_str(&format!(
                        "@{}",
                        state.world.users.get(id).map_or(id, |user| &user.handle)
                    ));
                }
                "broadcast" => {
                    let range = element["range"].as_str().unwrap_or_default();
                    self.notifies.insert(range.to_owned());
                    line.push_str(&format!("@{range}"));
                }
                "usergroup" => {
                    self.notifies.insert(
                        element["usergroup_id"]
                            .as_str()
                            .unwrap_or_default()
                            .to_owned(),
                    );
                }
                "date" => {
                    let seconds = element["timestamp"].as_i64().unwrap_or_default();
                    let at = chrono::DateTime::from_timestamp(seconds, 0).unwrap_or_default();
                    let shown = at.format("%Y-%m-%d %H:%M UTC").to_string();
                    line.push_str(element["fallback"].as_str().unwrap_or(&shown));
                }
                "emoji" => line.push_str(&format!(
                    ":{}:",
                    element["name"].as_str().unwrap_or_default()
                )),
                "rich_text_list" => {
                    for item in element["elements"].as_array().into_iter().flatten() {
                        line.push_str("• ");
                        self.rich(state, item, line);
                        line.push('\n');
                    }
                }
                "rich_text_section" | "rich_text_preformatted" | "rich_text_quote" => {
                    self.rich(state, element, line);
                    if !line.ends_with('\n') {
                        line.push('\n');
                    }
                }
                _ => {}
            }
        }
    }

    fn element(&mut self, element: &Value, block_id: &str) {
        let kind = element["type"].as_str().unwrap_or_default();
        if kind.is_empty() || kind == "image" {
            return;
        }
        let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
        let label =
            text(&element["text"]["text"]).or_else(|| text(&element["placeholder"]["text"]));
        if let Some(url) = element["url"].as_str() {
            self.links.insert(url.to_owned());
        }
        self.buttons.push(SeenButton {
            label: label.unwrap_or_default(),
            action_id: text(&element["action_id"]).unwrap_or_default(),
            block_id: block_id.to_owned(),
            kind: kind.to_owned(),
            value: text(&element["value"]),
            url: text(&element["url"]),
            style: text(&element["style"]),
            options: options(element),
        });
    }

    fn field(&mut self, block: &Value, block_id: &str, values: &Value) {
        let element = &block["element"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let action_id = text(&element["action_id"]);
        let value = values[block_id][&action_id].clone();
        self.fields.push(SeenField {
            label: text(&block["label"]["text"]),
            block_id: block_id.to_owned(),
            kind: text(&element["type"]),
            optional: block["optional"] == true,
            hint: text(&block["hint"]["text"]),
            options: options(element),
            value,
            action_id,
        });
    }
}

fn options(element: &Value) -> Vec<String> {
    all_options(element)
        .iter()
        .filter_map(|one| one["text"]["text"].as_str())
        .map(ToOwned::to_owned)
        .collect()
}

/// The options of an element, groups flattened.
pub fn all_options(element: &Value) -> Vec<Value> {
    let flat = element["options"].as_array().into_iter().flatten();
    let grouped = element["option_groups"].as_array().into_iter().flatten();
    flat.chain(grouped.flat_map(|group| group["options"].as_array().into_iter().flatten()))
        .cloned()
        .collect()
}

/// Undoes Slack's escaping.
pub fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// A message as a person sees it.
pub fn message(state: &State, message: &Message, ephemeral: bool) -> SeenMessage {
    let mut page = Page::default();
    let mut fallback = Page::default();
    let text = fallback.mrkdwn(state, &message.text);
    let blocks = message.blocks.clone().unwrap_or(Value::Null);
    let shown = if blocks.is_null() {
        page.notifies = fallback.notifies;
        page.links = fallback.links;
        text
    } else {
        page.blocks(state, &blocks, &Value::Null);
        page.lines.join("\n")
    };
    let replies = state
        .messages_of(&message.channel)
        .filter(|one| one.thread_ts.as_ref() == Some(&message.ts) && one.ts != message.ts);
    SeenMessage {
        channel: message.channel.clone(),
        ts: message.ts.clone(),
        thread_ts: message.thread_ts.clone(),
        author: message.user.clone(),
        author_name: state
            .world
            .users
            .get(&message.user)
            .map(|user| user.handle.clone())
            .unwrap_or_default(),
        text: message.text.clone(),
        shown,
        notifies: page.notifies.into_iter().collect(),
        links: page.links.into_iter().collect(),
        buttons: page.buttons,
        files: message
            .files
            .iter()
            .filter_map(|id| state.world.files.get(id))
            .map(|file| file.name.clone())
            .collect(),
        reactions: message.reactions.iter().cloned().collect(),
        reply_count: replies.count(),
        edited: message.edited.is_some(),
        ephemeral,
        blocks,
    }
}

/// A view as a person sees it.
pub fn view(state: &State, view: &View) -> SeenView {
    let mut page = Page::default();
    page.blocks(state, &view.content["blocks"], &view.values);
    let text = |key: &str| {
        view.content[key]["text"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    SeenView {
        id: view.id.clone(),
        kind: view.content["type"].as_str().unwrap_or_default().to_owned(),
        callback_id: view.content["callback_id"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        title: text("title"),
        submit: text("submit"),
        close: text("close"),
        shown: page.lines.join("\n"),
        fields: page.fields,
        buttons: page.buttons,
        blocks: view.content["blocks"].clone(),
    }
}

/// A channel in a person's list.
pub fn channel(state: &State, channel: &Channel, user: &str) -> SeenChannel {
    let other = channel.members.iter().find(|member| *member != user);
    let name = if channel.is_im {
        other
            .and_then(|id| state.world.users.get(id))
            .map(|user| user.handle.clone())
            .unwrap_or_default()
    } else {
        channel.name.clone()
    };
    SeenChannel {
        id: channel.id.clone(),
        name,
        direct: channel.is_im,
        private: channel.is_private,
        shared: !channel.shared_with.is_empty(),
        archived: channel.is_archived,
        member: channel.members.contains(user),
        newest: newest(state, &channel.id, user),
    }
}

/// The newest message of others that the person sees in a channel, outside of threads.
fn newest(state: &State, channel: &str, user: &str) -> String {
    let outside = |message: &&Message| {
        let root = message.thread_ts.as_ref();
        message.user != user && root.is_none_or(|root| *root == message.ts)
    };
    let own = state.world.ephemerals.iter();
    let own = own.filter(|one| one.for_user == user && one.message.channel == channel);
    let all = state
        .messages_of(channel)
        .chain(own.map(|one| &one.message));
    all.filter(outside)
        .map(|message| message.ts.clone())
        .max()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::ids::Ids;
    use super::super::ledger::Ledger;
    use super::super::seed::Seed;
    use super::*;

    #[test]
    fn only_markup_notifies_and_links() -> std::io::Result<()> {
        let state = State::new(Seed::example_corp().world, Ids::new()?, Ledger::default());
        let mut page = Page::default();
        let text = page.mrkdwn(
            &state,
            "hi <@U0ALICE> &lt;!channel&gt; <https://a.test|there> <!here> 3 < 4",
        );
        assert_eq!(text, "hi @alice <!channel> there @here 3 < 4");
        assert_eq!(
            page.notifies,
            BTreeSet::from(["U0ALICE".to_owned(), "here".to_owned()])
        );
        assert_eq!(page.links, BTreeSet::from(["https://a.test".to_owned()]));
        let mut page = Page::default();
        page.blocks(
            &state,
            &json!([{"type": "section", "text": {"type": "plain_text", "text": "<!channel>"}}]),
            &Value::Null,
        );
        assert!(page.notifies.is_empty(), "plain text never notifies");
        assert_eq!(page.lines, ["<!channel>"]);
        Ok(())
    }
}
