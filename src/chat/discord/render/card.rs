//! A card as a message: one line above, embeds below it, buttons at the end.
//!
//! Invariants: the parts keep their order; whatever does not fit is cut with words that say so, buttons before words; a button carries the
//! verb and the id in its `custom_id`. Degraded by rule: small print becomes subtext; a row's button stands at the end, with the row's
//! number; a card of sentences alone has no frame; of two buttons that do the same the first stays; where there is no room for columns, fields become lines.
//! Neighbours: `text` for lines, `buttons` for what stands below, `limits` checks the result.

use super::{
    Looks,
    buttons::Shelf,
    limits,
    text::{clean, cut, escape, length, markdown, one_line},
};
use crate::chat::card::{Card, Line, Part, Span, Tone};
use serde_json::{Value, json};
use serenity::builder::{CreateEmbed, CreateEmbedFooter};

/// The line above the embeds: long enough for any of ours, short enough for a notification.
const SUMMARY: usize = 500;
/// A value that may stand beside others.
const SHORT: usize = 60;
/// What is said where something was left out.
const LEFT_OUT: &str = "-# More than Discord shows was left out here. The record holds all of it.";
/// The room that is kept for that, and for what is said of buttons.
const ROOM: usize = 200;

/// A card as the body of a message: `content`, `embeds`, `components`, and mentions that notify nobody. It keeps every limit of Discord.
#[must_use]
pub fn message(card: &Card, looks: &Looks) -> Value {
    if let Some(content) = sentences(card, looks) {
        return limits::kept(json!({
            "content": content,
            "embeds": [],
            "components": [],
            "allowed_mentions": { "parse": [] },
        }));
    }
    let mut shelf = Shelf::of(card);
    let mut pages = Pages::new(card, looks);
    for part in &card.parts {
        pages.put(part, &mut shelf);
    }
    if let Some(said) = shelf.left_out() {
        pages.small(&said);
    }
    let content = [Some(card.summary.as_str()), card.title.as_deref()];
    let content = content.into_iter().flatten().map(one_line);
    let content = content.into_iter().find(|words| !words.is_empty());
    let content = escape(content.as_deref().unwrap_or("Security event"), SUMMARY);
    limits::kept(json!({
        "content": content,
        "embeds": pages.embeds(card.tone, looks),
        "components": shelf.rows(),
        "allowed_mentions": { "parse": [] },
    }))
}

/// A card of sentences alone needs no frame: else a short note would stand there twice, above the frame and in it.
fn sentences(card: &Card, looks: &Looks) -> Option<String> {
    if card.parts.is_empty() || card.title.as_deref().is_some_and(|title| !title.is_empty()) {
        return None;
    }
    let mut lines = Vec::new();
    for part in &card.parts {
        lines.push(match part {
            Part::Text { line } => markdown(line, usize::MAX, true),
            Part::Small { line } => format!("-# {}", markdown(line, usize::MAX, false)),
            _ => return None,
        });
    }
    let brand = looks.brand.as_deref().map(footer);
    lines.extend(brand.map(|brand| format!("-# {}", escape(&brand, usize::MAX))));
    // What is too long here may have room in a frame.
    Some(format!("{}{}", icon(card.tone), lines.join("\n")))
        .filter(|text| length(text) <= limits::CONTENT)
}

const fn icon(tone: Tone) -> &'static str {
    match tone {
        Tone::Calm => "",
        Tone::Good => "✅ ",
        Tone::Urgent => "🚨 ",
        Tone::Bad => "⚠️ ",
    }
}

/// Dark enough and light enough for both of Discord's themes.
const fn colour(tone: Tone) -> u32 {
    match tone {
        Tone::Calm => 0x5f_7d_8c,
        Tone::Good => 0x2e_9e_5b,
        Tone::Urgent => 0xd8_3a_3a,
        Tone::Bad => 0xd9_86_1a,
    }
}

#[derive(Default)]
struct Page {
    lines: String,
    fields: Vec<(String, String, bool)>,
}

/// The embeds in the making.
struct Pages {
    title: Option<String>,
    done: Vec<Page>,
    now: Page,
    /// Words that may still be used.
    left: usize,
    is_full: bool,
}

impl Pages {
    fn new(card: &Card, looks: &Looks) -> Self {
        let title = card.title.as_deref().map(one_line);
        let title = title
            .filter(|title| !title.is_empty())
            .map(|title| format!("{}{}", icon(card.tone), escape(&title, limits::TITLE - 10)));
        let brand = looks
            .brand
            .as_deref()
            .map_or(0, |brand| length(&footer(brand)));
        let used = title.as_deref().map_or(0, length) + brand + ROOM;
        Self {
            title,
            done: Vec::new(),
            now: Page::default(),
            left: limits::SUM - used,
            is_full: false,
        }
    }

    fn put(&mut self, part: &Part, shelf: &mut Shelf) {
        match part {
            Part::Buttons { .. } => {}
            Part::Heading { text } => {
                let text = one_line(text);
                self.line("\n### ", |most| escape(&text, most));
            }
            Part::Text { line } => self.line("\n", |most| markdown(line, most, true)),
            Part::Small { line } => self.line("-# ", |most| markdown(line, most, false)),
            Part::Quote { text } => {
                let text = clean(text);
                self.line("> ", |most| quoted(&text, most));
            }
            Part::List { items } => {
                for item in items {
                    self.line("- ", |most| markdown(item, most, false));
                }
            }
            Part::Fields { fields } => self.fields(fields),
            Part::Row {
                line,
                about,
                button,
            } => {
                let number = button.as_ref().and_then(|button| shelf.number(button));
                let number = number.map_or_else(String::new, |n| format!("**{n}\\.** "));
                self.line(&format!("\n{number}"), |most| markdown(line, most, false));
                if !about.is_empty() {
                    self.line("-# ", |most| markdown(about, most, false));
                }
            }
        }
    }

    /// Our small print at the end, for which room was kept.
    fn small(&mut self, words: &str) {
        if !self.now.fields.is_empty() {
            self.turn();
        }
        if !self.now.lines.is_empty() {
            self.now.lines.push('\n');
        }
        self.now.lines.push_str("-# ");
        self.now.lines.push_str(&escape(words, ROOM / 2));
    }

    /// A line of its own. `words` are told how long they may be.
    fn line(&mut self, before: &str, words: impl Fn(usize) -> String) {
        if self.is_full {
            return;
        }
        if !self.now.fields.is_empty() {
            self.turn();
        }
        let before = match before.strip_prefix('\n') {
            // Room above, where something stands above.
            Some(before) if self.now.lines.is_empty() => before.to_owned(),
            Some(before) => format!("\n\n{before}"),
            None if self.now.lines.is_empty() => before.to_owned(),
            None => format!("\n{before}"),
        };
        let room = limits::DESCRIPTION - ROOM;
        let most = self.left.min(room.saturating_sub(length(&self.now.lines)));
        let Some(most) = most.checked_sub(length(&before)).filter(|most| *most > 1) else {
            return self.turn_or_stop(&before, words);
        };
        let whole = words(usize::MAX);
        let fits = length(&whole) <= most;
        if !fits && !self.now.lines.is_empty() && self.left > limits::DESCRIPTION / 2 {
            return self.turn_or_stop(&before, words);
        }
        let shown = if fits { whole } else { words(most) };
        self.left -= length(&before) + length(&shown);
        self.now.lines.push_str(&before);
        self.now.lines.push_str(&shown);
        if !fits {
            self.stop();
        }
    }

    /// Goes on in a new embed, or ends here.
    fn turn_or_stop(&mut self, before: &str, words: impl Fn(usize) -> String) {
        let has_room = self.left > length(before) + 100 && self.done.len() + 1 < limits::EMBEDS;
        if self.now.lines.is_empty() || !has_room {
            return self.stop();
        }
        self.turn();
        let before = before.trim_start_matches('\n');
        self.line(before, words);
    }

    fn turn(&mut self) {
        if self.done.len() + 1 < limits::EMBEDS {
            self.done.push(std::mem::take(&mut self.now));
        }
    }

    fn stop(&mut self) {
        if !self.is_full {
            self.is_full = true;
            self.now
                .lines
                .push_str(if self.now.lines.is_empty() { "" } else { "\n" });
            self.now.lines.push_str(LEFT_OUT);
        }
    }

    fn fields(&mut self, fields: &[(String, Line)]) {
        // The last two embeds are kept for lines: after fields only a new embed can follow.
        let has_columns = self.done.len() + 2 < limits::EMBEDS
            && self.now.fields.len() + fields.len() <= limits::FIELDS;
        for (label, value) in fields {
            let label = one_line(label);
            let name = escape(&label, limits::NAME);
            let shown = markdown(value, limits::VALUE, true);
            let fits = length(&name) + length(&shown) <= self.left;
            let is_whole = length(&markdown(value, usize::MAX, true)) <= limits::VALUE;
            if self.is_full {
                return;
            }
            if has_columns && fits && is_whole && !name.is_empty() {
                self.left -= length(&name) + length(&shown);
                let is_short = length(&shown) <= SHORT;
                self.now.fields.push((name, shown, is_short));
            } else {
                let line: Line = std::iter::once(Span::Strong(format!("{label}: ")))
                    .chain(value.iter().cloned())
                    .collect();
                self.line("", |most| markdown(&line, most, true));
            }
        }
    }

    fn embeds(mut self, tone: Tone, looks: &Looks) -> Vec<Value> {
        self.done.push(self.now);
        let mut pages = self.done;
        pages.retain(|page| !page.lines.is_empty() || !page.fields.is_empty());
        if pages.is_empty() && (self.title.is_some() || looks.brand.is_some()) {
            pages.push(Page::default());
        }
        let last = pages.len().saturating_sub(1);
        let embed = |(index, page): (usize, Page)| {
            let mut embed = CreateEmbed::new().colour(colour(tone));
            if let Some(title) = self.title.as_ref().filter(|_| index == 0) {
                embed = embed.title(title);
            }
            if !page.lines.is_empty() {
                embed = embed.description(page.lines);
            }
            if !page.fields.is_empty() {
                embed = embed.fields(page.fields);
            }
            if let Some(brand) = looks.brand.as_deref().filter(|_| index == last) {
                embed = embed.footer(CreateEmbedFooter::new(footer(brand)));
            }
            serde_json::to_value(embed).unwrap_or_default()
        };
        pages.into_iter().enumerate().map(embed).collect()
    }
}

/// Discord reads no markdown in a footer.
fn footer(brand: &str) -> String {
    cut(&one_line(brand), 200)
}

/// Each line of it marked as quoted.
fn quoted(text: &str, most: usize) -> String {
    let lines: Vec<String> = text.lines().map(|line| escape(line, usize::MAX)).collect();
    let whole = lines.join("\n> ");
    if length(&whole) <= most {
        return whole;
    }
    let mut shown = String::new();
    for line in text.lines() {
        let before = if shown.is_empty() { "" } else { "\n> " };
        let left = most.saturating_sub(length(&shown) + before.len());
        if left < 2 {
            break;
        }
        shown.push_str(before);
        shown.push_str(&escape(line, left));
    }
    shown
}
