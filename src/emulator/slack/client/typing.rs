//! What a client makes of typed words: escaping, names, channels and links.
//!
//! Purpose: messages and commands carry entities as Slack's clients make them. Invariants: nothing typed can form an
//! entity except by naming somebody or something that exists. Neighbours: `acts`.

use serde_json::{Value, json};

use super::super::state::State;

/// Escapes the three characters Slack escapes.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// One piece of typed text.
enum Piece {
    Plain(String),
    User(String, String),
    Channel(String, String),
    Link(String),
}

fn pieces(state: &State, team: &str, typed: &str) -> Vec<Piece> {
    typed
        .split_inclusive(char::is_whitespace)
        .flat_map(|word| piece(state, team, word))
        .collect()
}

fn piece(state: &State, team: &str, word: &str) -> Vec<Piece> {
    let body = word.trim_end();
    let space = word.get(body.len()..).unwrap_or_default();
    let end = |at: usize| format!("{}{space}", body.get(at..).unwrap_or_default());
    if body.starts_with("https://") || body.starts_with("http://") {
        return vec![Piece::Link(body.to_owned()), Piece::Plain(space.to_owned())];
    }
    let name_end = |text: &str| {
        text.char_indices()
            .skip(1)
            .find(|(_, c)| !(c.is_alphanumeric() || "._-".contains(*c)))
            .map_or(text.len(), |(at, _)| at)
    };
    let at = name_end(body);
    let name = body.get(1..at).unwrap_or_default();
    let users = || {
        state
            .world
            .users
            .values()
            .filter(|user| user.handle == name)
    };
    if body.starts_with('@')
        && let Some(user) = users()
            .find(|user| user.team_id == team)
            .or_else(|| users().next())
    {
        return vec![
            Piece::User(user.id.clone(), user.handle.clone()),
            Piece::Plain(end(at)),
        ];
    }
    if body.starts_with('#')
        && let Some(channel) = state
            .world
            .channels
            .values()
            .find(|one| !one.is_im && one.name == name)
    {
        return vec![
            Piece::Channel(channel.id.clone(), channel.name.clone()),
            Piece::Plain(end(at)),
        ];
    }
    vec![Piece::Plain(word.to_owned())]
}

/// A typed message as it is stored: text, and the rich text clients send along.
pub(super) fn message(state: &State, team: &str, typed: &str) -> (String, Value) {
    let mut text = String::new();
    let mut elements: Vec<Value> = Vec::new();
    let mut plain = String::new();
    let flush = |plain: &mut String, elements: &mut Vec<Value>| {
        if !plain.is_empty() {
            elements.push(json!({ "type": "text", "text": std::mem::take(plain) }));
        }
    };
    for piece in pieces(state, team, typed) {
        if let Piece::Plain(words) = &piece {
            text.push_str(&escape(words));
            plain.push_str(words);
            continue;
        }
        flush(&mut plain, &mut elements);
        match piece {
            Piece::Plain(_) => {}
            Piece::User(id, _) => {
                text.push_str(&format!("<@{id}>"));
                elements.push(json!({ "type": "user", "user_id": id }));
            }
            Piece::Channel(id, name) => {
                text.push_str(&format!("<#{id}|{name}>"));
                elements.push(json!({ "type": "channel", "channel_id": id }));
            }
            Piece::Link(url) => {
                text.push_str(&format!("<{}>", escape(&url)));
                elements.push(json!({ "type": "link", "url": url }));
            }
        }
    }
    flush(&mut plain, &mut elements);
    let blocks = json!([{
        "type": "rich_text", "elements": [{ "type": "rich_text_section", "elements": elements }],
    }]);
    (text, blocks)
}

/// Typed arguments of a command: entities if the app asked for them, else as typed.
pub(super) fn command(state: &State, team: &str, typed: &str, should_escape: bool) -> String {
    if !should_escape {
        return typed.to_owned();
    }
    let mut text = String::new();
    for piece in pieces(state, team, typed) {
        match piece {
            Piece::Plain(words) => text.push_str(&escape(&words)),
            Piece::User(id, name) => text.push_str(&format!("<@{id}|{name}>")),
            Piece::Channel(id, name) => text.push_str(&format!("<#{id}|{name}>")),
            Piece::Link(url) => text.push_str(&format!("<{}>", escape(&url))),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::super::ids::Ids;
    use super::super::super::ledger::Ledger;
    use super::super::super::seed::{Seed, TEAM};
    use super::*;

    #[test]
    fn typed_words_form_no_entities_but_names_that_exist() -> std::io::Result<()> {
        let state = State::new(Seed::example_corp().world, Ids::new()?, Ledger::default());
        let typed = "@alice, see https://a.test/x?a=1&b=2 in #ops <!channel> @nobody";
        let (text, blocks) = message(&state, TEAM, typed);
        assert_eq!(
            text,
            "<@U0ALICE>, see <https://a.test/x?a=1&amp;b=2> in <#C0OPS|ops> &lt;!channel&gt; @nobody"
        );
        assert_eq!(
            blocks[0]["elements"][0]["elements"][0],
            json!({"type": "user", "user_id": "U0ALICE"})
        );
        assert_eq!(
            command(&state, TEAM, "ask @bob & co", true),
            "ask <@U0BOB|bob> &amp; co"
        );
        assert_eq!(
            command(&state, TEAM, "ask @bob & co", false),
            "ask @bob & co"
        );
        Ok(())
    }
}
