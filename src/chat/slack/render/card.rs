//! A card as a block list, with the text beside it.
//!
//! Invariants: at most 50 blocks, buttons are kept before words when something must go; buttons carry the verb as `action_id` and the id
//! as `value`; the brand stands on every card that has one. Degraded by rule: fields with words of people, which must not be mrkdwn,
//! become lines instead of columns. Neighbours: `text` for lines, `ingress::read` reads the buttons back.

use super::{
    limits,
    text::{
        self, clean, cut, escape, has_quoted, mrkdwn, mrkdwn_object, plain, plain_object, rich,
    },
};
use crate::chat::card::{Action, Button, Card, Line, Part, Span, Style, Tone};
use serde_json::{Value, json};

/// A card in Slack's form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// For notifications and screen readers, escaped.
    pub text: String,
    /// The blocks.
    pub blocks: Vec<Value>,
}

/// A card as a message.
#[must_use]
pub fn message(card: &Card, brand: Option<&str>) -> Rendered {
    Rendered {
        text: fallback(card),
        blocks: blocks(card, brand, limits::MESSAGE_BLOCKS),
    }
}

/// A card as the content of a view.
#[must_use]
pub fn view(card: &Card, brand: Option<&str>) -> Value {
    let title = card.title.as_deref().unwrap_or("Security event");
    // The whole title stands in the header below, where there is room for it.
    json!({
        "type": "modal", "callback_id": "card", "title": plain_object(title, limits::TITLE),
        "close": plain_object("Close", limits::TITLE), "blocks": blocks(card, brand, limits::VIEW_BLOCKS),
    })
}

/// A card as the Home tab of a person.
#[must_use]
pub fn home(card: &Card, brand: Option<&str>) -> Value {
    json!({ "type": "home", "callback_id": "home", "blocks": blocks(card, brand, limits::VIEW_BLOCKS) })
}

/// What a button says it does, from its `action_id` and `value`.
#[must_use]
pub fn action(action_id: &str, value: Option<&str>) -> Action {
    let verb = action_id.split('#').next().unwrap_or_default();
    Action {
        verb: verb.to_owned(),
        id: value.unwrap_or_default().to_owned(),
    }
}

fn fallback(card: &Card) -> String {
    let words = [Some(card.summary.as_str()), card.title.as_deref()];
    let words = words
        .into_iter()
        .flatten()
        .find(|words| !words.trim().is_empty());
    escape(&clean(words.unwrap_or("Security event")), limits::FALLBACK)
}

fn blocks(card: &Card, brand: Option<&str>, most: usize) -> Vec<Value> {
    let mut left = limits::MESSAGE;
    let mut blocks = Vec::new();
    if let Some(title) = card
        .title
        .as_deref()
        .filter(|title| !title.trim().is_empty())
    {
        let title = format!("{}{}", icon(card.tone), clean(title));
        blocks.push(json!({ "type": "header", "text": plain_object(&title, limits::HEADER) }));
    }
    for (index, part) in card.parts.iter().enumerate() {
        blocks.extend(part_blocks(part, index, &mut left));
    }
    if blocks.is_empty() {
        blocks.push(paragraph(
            &[Span::Quoted(card.summary.clone())],
            limits::TEXT,
        ));
    }
    let most = most - usize::from(brand.is_some());
    let mut blocks = fit(blocks, most);
    blocks.extend(brand.map(|brand| small(&[Span::Plain(brand.to_owned())], limits::SMALL)));
    blocks
}

const fn icon(tone: Tone) -> &'static str {
    match tone {
        Tone::Calm => "",
        Tone::Good => "✅ ",
        Tone::Urgent => "🚨 ",
        Tone::Bad => "⚠️ ",
    }
}

/// Drops words from the end, never buttons, until it fits; "…" says so.
fn fit(mut blocks: Vec<Value>, most: usize) -> Vec<Value> {
    if blocks.len() <= most {
        return blocks;
    }
    let is_words = |block: &Value| block["type"] != "actions" && block["accessory"].is_null();
    while blocks.len() >= most {
        let Some(last) = blocks.iter().rposition(is_words) else {
            break;
        };
        blocks.remove(last);
    }
    let at = blocks.iter().rposition(is_words).map_or(0, |last| last + 1);
    blocks.truncate(most.saturating_sub(1));
    let at = at.min(blocks.len());
    blocks.insert(
        at,
        small(&[Span::Plain(text::CUT.to_string())], limits::SMALL),
    );
    blocks
}

fn part_blocks(part: &Part, index: usize, left: &mut usize) -> Vec<Value> {
    let most = limits::TEXT.min(*left);
    let spend = |left: &mut usize, words: usize| *left = left.saturating_sub(words);
    match part {
        Part::Buttons { buttons } => buttons.chunks(limits::BUTTONS).map(actions).collect(),
        Part::Heading { text } => {
            vec![json!({ "type": "header", "text": plain_object(&clean(text), limits::HEADER) })]
        }
        // All words are used up: what follows is dropped, and the cut before it shows that.
        _ if most == 0 => Vec::new(),
        Part::Text { line } => {
            spend(left, length(line));
            vec![paragraph(line, most)]
        }
        Part::Row {
            line,
            about,
            button,
        } => {
            spend(left, length(line) + length(about));
            let mut section = json!({ "type": "section", "text": object(line, most) });
            if let Some(button) = button {
                // Several rows have the same verb, and each element is told apart by its id.
                section["accessory"] = element(button, &format!("{}#{index}", button.action.verb));
            }
            vec![section, small(about, limits::SMALL.min(most))]
        }
        Part::Quote { text } => {
            spend(left, text.chars().count());
            let elements = rich(&[Span::Quoted(text.clone())], most);
            vec![rich_text(
                json!({ "type": "rich_text_quote", "elements": elements }),
            )]
        }
        Part::List { items } => {
            let mut shown = Vec::new();
            for item in items {
                let most = limits::TEXT.min(*left);
                if most == 0 || shown.len() >= 100 {
                    break;
                }
                spend(left, length(item));
                shown.push(json!({ "type": "rich_text_section", "elements": rich(item, most) }));
            }
            if shown.is_empty() {
                return Vec::new();
            }
            let list = json!({ "type": "rich_text_list", "style": "bullet", "indent": 0, "elements": shown });
            vec![rich_text(list)]
        }
        Part::Small { line } => {
            spend(left, length(line));
            vec![small(line, limits::SMALL.min(most))]
        }
        Part::Fields { fields } => {
            spend(
                left,
                fields
                    .iter()
                    .map(|(label, line)| label.len() + length(line))
                    .sum(),
            );
            fields_blocks(fields, most)
        }
    }
}

fn length(line: &Line) -> usize {
    plain(line, usize::MAX).chars().count()
}

fn rich_text(element: Value) -> Value {
    json!({ "type": "rich_text", "elements": [element] })
}

/// A paragraph as rich text.
#[must_use]
pub fn paragraph(line: &[Span], most: usize) -> Value {
    rich_text(json!({ "type": "rich_text_section", "elements": rich(line, most) }))
}

/// A line as one text object: mrkdwn, unless words of people are in it.
fn object(line: &[Span], most: usize) -> Value {
    if has_quoted(line) {
        plain_object(&plain(line, most), most)
    } else {
        mrkdwn_object(&mrkdwn(line, most))
    }
}

/// Small print: our words as mrkdwn, words of people as plain text beside them.
fn small(line: &[Span], most: usize) -> Value {
    let mut elements: Vec<Value> = Vec::new();
    for run in line.chunk_by(|a, b| matches!(a, Span::Quoted(_)) == matches!(b, Span::Quoted(_))) {
        elements.push(object(run, most));
    }
    if elements.is_empty() || elements.len() > limits::SMALLS {
        elements = vec![plain_object(&plain(line, most), most)];
    }
    json!({ "type": "context", "elements": elements })
}

fn fields_blocks(fields: &[(String, Line)], most: usize) -> Vec<Value> {
    if fields.is_empty() {
        return Vec::new();
    }
    if fields.iter().any(|(_, line)| has_quoted(line)) {
        let mut elements = Vec::new();
        for (index, (label, line)) in fields.iter().enumerate() {
            let label = format!("{}{label}: ", if index == 0 { "" } else { "\n" });
            elements.extend(rich(&[Span::Strong(label)], limits::FIELD));
            elements.extend(rich(line, limits::FIELD.min(most / fields.len()).max(1)));
        }
        return vec![rich_text(
            json!({ "type": "rich_text_section", "elements": elements }),
        )];
    }
    let field = |(label, line): &(String, Line)| {
        let label = cut(label, 200);
        let value = mrkdwn(line, limits::FIELD - 200 * 5 - 10);
        mrkdwn_object(&format!("*{}*\n{value}", escape(&label, 200 * 5)))
    };
    fields
        .chunks(limits::FIELDS)
        .map(
            |row| json!({ "type": "section", "fields": row.iter().map(field).collect::<Vec<_>>() }),
        )
        .collect()
}

fn actions(buttons: &[Button]) -> Value {
    let mut elements: Vec<Value> = Vec::new();
    for button in buttons {
        // An action id is unique within its block; `#` cannot be part of a verb.
        let same = |one: &&Value| {
            one["action_id"]
                .as_str()
                .is_some_and(|id| action(id, None).verb == button.action.verb)
        };
        let number = elements.iter().filter(same).count();
        let action_id = if number == 0 {
            button.action.verb.clone()
        } else {
            format!("{}#{number}", button.action.verb)
        };
        elements.push(element(button, &action_id));
    }
    json!({ "type": "actions", "elements": elements })
}

fn element(button: &Button, action_id: &str) -> Value {
    let mut element = json!({
        "type": "button", "action_id": cut(action_id, 255), "text": plain_object(&button.label, limits::BUTTON),
    });
    if !button.action.id.is_empty() {
        element["value"] = json!(cut(&button.action.id, limits::VALUE));
    }
    match button.style {
        Style::Normal => {}
        Style::Primary => element["style"] = json!("primary"),
        Style::Danger => element["style"] = json!("danger"),
    }
    element
}

#[cfg(test)]
mod tests {
    use super::*;

    fn button(verb: &str, id: &str) -> Button {
        Button {
            label: "Take on".to_owned(),
            action: Action {
                verb: verb.to_owned(),
                id: id.to_owned(),
            },
            style: Style::Primary,
        }
    }

    #[test]
    fn a_card_becomes_blocks_with_its_buttons() {
        let card = Card {
            title: Some("SE-2026-0001".to_owned()),
            parts: vec![
                Part::Text {
                    line: vec![Span::Plain("Hello".to_owned())],
                },
                Part::Fields {
                    fields: vec![("Owner".to_owned(), vec![Span::Code("nobody".to_owned())])],
                },
                Part::Quote {
                    text: "<!channel> *now*".to_owned(),
                },
                Part::Small {
                    line: vec![
                        Span::Plain("from ".to_owned()),
                        Span::Quoted("*Bob*".to_owned()),
                    ],
                },
                Part::Buttons {
                    buttons: vec![
                        button("take", "c1"),
                        button("take", "c2"),
                        button("close", ""),
                    ],
                },
            ],
            tone: Tone::Urgent,
            summary: "New <case>".to_owned(),
        };
        let rendered = message(&card, Some("test"));
        assert_eq!(rendered.text, "New &lt;case&gt;");
        let kinds: Vec<&str> = rendered
            .blocks
            .iter()
            .filter_map(|block| block["type"].as_str())
            .collect();
        assert_eq!(
            kinds,
            [
                "header",
                "rich_text",
                "section",
                "rich_text",
                "context",
                "actions",
                "context"
            ]
        );
        assert_eq!(rendered.blocks[0]["text"]["text"], "🚨 SE-2026-0001");
        assert_eq!(rendered.blocks[2]["fields"][0]["text"], "*Owner*\n`nobody`");
        assert_eq!(rendered.blocks[4]["elements"][1]["type"], "plain_text");
        let elements = &rendered.blocks[5]["elements"];
        assert_eq!(elements[0]["action_id"], "take");
        assert_eq!(elements[1]["action_id"], "take#1");
        assert!(elements[2].get("value").is_none());
        let read = action("take#1", Some("c2"));
        assert_eq!((read.verb.as_str(), read.id.as_str()), ("take", "c2"));
        assert_eq!(rendered.blocks[6]["elements"][0]["text"], "test");
    }

    #[test]
    fn fields_with_words_of_people_become_lines() {
        let fields = vec![(
            "Title".to_owned(),
            vec![Span::Quoted("*x* <@U1>".to_owned())],
        )];
        let blocks = fields_blocks(&fields, 3_000);
        assert_eq!(blocks[0]["type"], "rich_text");
        assert_eq!(blocks[0]["elements"][0]["elements"][1]["text"], "*x* <@U1>");
    }

    #[test]
    fn too_many_parts_lose_words_and_never_buttons() {
        let mut parts = vec![
            Part::Text {
                line: vec![Span::Plain("x".to_owned())]
            };
            80
        ];
        parts.insert(
            3,
            Part::Buttons {
                buttons: vec![button("take", "c1")],
            },
        );
        parts.push(Part::Buttons {
            buttons: vec![button("close", "c1")],
        });
        let card = Card {
            parts,
            ..Card::default()
        };
        let blocks = message(&card, Some("demo")).blocks;
        assert_eq!(blocks.len(), 50);
        assert_eq!(
            blocks
                .iter()
                .filter(|block| block["type"] == "actions")
                .count(),
            2
        );
        assert_eq!(blocks[47]["elements"][0]["text"], "…");
        assert_eq!(blocks[49]["elements"][0]["text"], "demo");
    }

    #[test]
    fn forty_thousand_characters_are_cut_to_what_a_message_holds() {
        let long = "🚨x".repeat(20_000);
        let card = Card {
            title: Some(long.clone()),
            parts: vec![
                Part::Quote { text: long.clone() },
                Part::Text {
                    line: vec![Span::Quoted(long.clone())],
                },
                Part::List {
                    items: vec![vec![Span::Quoted(long.clone())]; 200],
                },
                Part::Fields {
                    fields: vec![(long.clone(), vec![Span::Plain(long.clone())]); 30],
                },
                Part::Small {
                    line: vec![Span::Quoted(long.clone())],
                },
                Part::Buttons {
                    buttons: vec![button("take", "c1"); 60],
                },
            ],
            tone: Tone::Bad,
            summary: long,
        };
        let rendered = message(&card, None);
        assert!(rendered.text.chars().count() <= limits::FALLBACK);
        assert!(rendered.text.ends_with('…'));
        assert_eq!(
            rendered.blocks[0]["text"]["text"]
                .as_str()
                .unwrap()
                .chars()
                .count(),
            150
        );
        let all: usize = rendered
            .blocks
            .iter()
            .map(|block| block.to_string().chars().count())
            .sum();
        assert!(all < 40_000, "{all}");
        assert_eq!(
            rendered
                .blocks
                .iter()
                .filter(|block| block["type"] == "actions")
                .count(),
            3
        );
    }

    #[test]
    fn a_card_without_parts_still_says_its_summary() {
        let card = Card {
            summary: "Done".to_owned(),
            ..Card::default()
        };
        assert_eq!(
            message(&card, None).blocks[0]["elements"][0]["elements"][0]["text"],
            "Done"
        );
        assert_eq!(view(&card, None)["title"]["text"], "Security event");
    }
}
