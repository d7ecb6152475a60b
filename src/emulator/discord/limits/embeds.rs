//! Limits of embeds.
//!
//! Invariants: each part and the sum over all embeds of a message. Neighbours: `super`.

use serde_json::Value;

use super::super::errors::Faults;
use super::{given, join, list, needed_text, number, text};

/// Most characters over all embeds of a message.
const MOST_TOGETHER: usize = 6000;

pub(super) fn check(faults: &mut Faults, body: &Value, path: &str) {
    let all = list(faults, body, path, "embeds");
    let path = join(path, "embeds");
    faults.count(&path, all.len(), 0, 10);
    let mut together = 0;
    for (index, embed) in all.iter().enumerate() {
        let path = format!("{path}.{index}");
        if !embed.is_object() {
            faults.note(
                &path,
                "MODEL_TYPE_CONVERT",
                "Only dictionaries may be used in a ModelType",
            );
            continue;
        }
        one(faults, embed, &path);
        together += length(embed);
    }
    if together > MOST_TOGETHER {
        faults.note(
            &path,
            "MAX_EMBED_SIZE_EXCEEDED",
            "Embed size exceeds maximum size of 6000",
        );
    }
}

fn one(faults: &mut Faults, embed: &Value, path: &str) {
    text(faults, embed, path, "title", 0, 256);
    text(faults, embed, path, "description", 0, 4096);
    number(faults, embed, path, "color", 0, 0x00ff_ffff);
    url(faults, embed, path, "url");
    for key in ["image", "thumbnail"] {
        if let Some(media) = given(embed, key) {
            url(faults, media, &join(path, key), "url");
        }
    }
    if let Some(footer) = given(embed, "footer") {
        needed_text(faults, footer, &join(path, "footer"), "text", 1, 2048);
    }
    if let Some(author) = given(embed, "author") {
        needed_text(faults, author, &join(path, "author"), "name", 1, 256);
        url(faults, author, &join(path, "author"), "url");
    }
    if let Some(at) = given(embed, "timestamp") {
        let read = at.as_str().map(chrono::DateTime::parse_from_rfc3339);
        if !matches!(read, Some(Ok(_))) {
            let why = format!("Could not parse {at}. Should be ISO8601.");
            faults.note(&join(path, "timestamp"), "DATE_TIME_TYPE_PARSE", why);
        }
    }
    let fields = list(faults, embed, path, "fields");
    let path = join(path, "fields");
    faults.count(&path, fields.len(), 0, 25);
    for (index, field) in fields.iter().enumerate() {
        let path = format!("{path}.{index}");
        for (key, most) in [("name", 256), ("value", 1024)] {
            // White space alone counts as nothing.
            let blank = field[key]
                .as_str()
                .is_some_and(|text| text.trim().is_empty());
            if blank {
                faults.required(&join(&path, key));
            } else {
                needed_text(faults, field, &path, key, 1, most);
            }
        }
    }
}

fn url(faults: &mut Faults, body: &Value, path: &str, key: &str) {
    let Some(value) = given(body, key) else {
        return;
    };
    let text = value.as_str().unwrap_or_default();
    let fine = ["http://", "https://", "attachment://"];
    if !fine.iter().any(|scheme| text.starts_with(scheme)) {
        let why =
            format!("Scheme \"{text}\" is not supported. Scheme must be one of ('http', 'https').");
        faults.note(&join(path, key), "URL_TYPE_INVALID_SCHEME", why);
    } else if url::Url::parse(text).is_err() || text.len() > 2048 {
        faults.note(
            &join(path, key),
            "URL_TYPE_INVALID_URL",
            "Not a well formed URL.",
        );
    }
}

fn length(embed: &Value) -> usize {
    let count = |value: &Value| value.as_str().map_or(0, |text| text.trim().chars().count());
    let fields = embed["fields"].as_array().into_iter().flatten();
    count(&embed["title"])
        + count(&embed["description"])
        + count(&embed["footer"]["text"])
        + count(&embed["author"]["name"])
        + fields
            .map(|field| count(&field["name"]) + count(&field["value"]))
            .sum::<usize>()
}
