//! Limits of what an app sends, as Discord enforces them with 50035.
//!
//! Invariants: every fault of a body is named with its path; a body that passes can be stored and shown. Neighbours: `rest` asks before anything is
//! changed.

pub mod commands;
mod components;
mod embeds;
pub mod modal;

use serde_json::Value;

use super::errors::{ApiError, Faults};
use super::model::{COMPONENTS_V2, EPHEMERAL, SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS};

/// Where a body goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// A message of the bot.
    Message,
    /// An answer to an interaction, or a message after it.
    Answer,
    /// A change of a message.
    Edit,
}

/// Whether a field is there and not null.
pub fn given<'a>(body: &'a Value, key: &str) -> Option<&'a Value> {
    body.get(key).filter(|value| !value.is_null())
}

/// Joins two parts of a path.
pub fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

/// A text field: its kind and length.
pub fn text(faults: &mut Faults, body: &Value, path: &str, key: &str, least: usize, most: usize) {
    match given(body, key) {
        None => {}
        Some(Value::String(text)) => faults.length(&join(path, key), text, least, most),
        Some(_) => faults.note(
            &join(path, key),
            "STRING_TYPE_CONVERT",
            "Could not interpret value as string.",
        ),
    }
}

/// A text field that must be there.
pub fn needed_text(
    faults: &mut Faults,
    body: &Value,
    path: &str,
    key: &str,
    least: usize,
    most: usize,
) {
    if given(body, key).is_none() {
        faults.required(&join(path, key));
    } else {
        text(faults, body, path, key, least, most);
    }
}

/// A number within bounds.
pub fn number(faults: &mut Faults, body: &Value, path: &str, key: &str, least: u64, most: u64) {
    let Some(value) = given(body, key) else {
        return;
    };
    let path = join(path, key);
    match value.as_u64() {
        None => faults.note(
            &path,
            "NUMBER_TYPE_COERCE",
            format!("Value \"{value}\" is not int."),
        ),
        Some(value) if value < least => {
            faults.note(
                &path,
                "NUMBER_TYPE_MIN",
                format!("int value should be greater than or equal to {least}."),
            );
        }
        Some(value) if value > most => {
            faults.note(
                &path,
                "NUMBER_TYPE_MAX",
                format!("int value should be less than or equal to {most}."),
            );
        }
        Some(_) => {}
    }
}

/// A list field; an empty one when absent.
pub fn list<'a>(faults: &mut Faults, body: &'a Value, path: &str, key: &str) -> &'a [Value] {
    match given(body, key) {
        None => &[],
        Some(Value::Array(list)) => list,
        Some(_) => {
            faults.note(
                &join(path, key),
                "LIST_TYPE_CONVERT",
                "Only iterables may be used in a ListType",
            );
            &[]
        }
    }
}

/// Checks a message; `files` counts what is attached.
///
/// # Errors
/// 50035, or 50006 when there is nothing to show.
pub fn message(body: &Value, kind: Use, files: usize, path: &str) -> Result<(), ApiError> {
    let mut faults = Faults::default();
    if !body.is_object() {
        faults.note(
            path,
            "MODEL_TYPE_CONVERT",
            "Only dictionaries may be used in a ModelType",
        );
        return faults.done();
    }
    let flags = given(body, "flags").and_then(Value::as_u64).unwrap_or(0);
    let known = match kind {
        Use::Message => SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2,
        Use::Answer => SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2 | EPHEMERAL,
        Use::Edit => u64::MAX,
    };
    if flags & !known != 0 {
        faults.note(
            &join(path, "flags"),
            "MESSAGE_FLAGS_INVALID",
            "Invalid message flags.",
        );
    }
    let second = flags & COMPONENTS_V2 != 0;
    text(&mut faults, body, path, "content", 0, 2000);
    embeds::check(&mut faults, body, path);
    let count = components::check(&mut faults, body, path, second);
    nonce(&mut faults, body, path);
    mentions(&mut faults, body, path);
    let content = given(body, "content")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let embeds = body["embeds"].as_array().map_or(0, Vec::len);
    if second && (!content.is_empty() || embeds > 0) {
        let why = "The 'content' and 'embeds' fields cannot be used when using MessageFlags.IS_COMPONENTS_V2";
        faults.note(
            &join(path, "content"),
            "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
            why,
        );
    }
    if files > 10 {
        faults.count(&join(path, "attachments"), files, 0, 10);
    }
    faults.done()?;
    let shows = !content.trim().is_empty() || embeds > 0 || files > 0 || count > 0;
    if kind != Use::Edit && !shows {
        return Err(ApiError::known(50006));
    }
    Ok(())
}

fn nonce(faults: &mut Faults, body: &Value, path: &str) {
    let Some(nonce) = given(body, "nonce") else {
        return;
    };
    match nonce {
        Value::String(text) => faults.length(&join(path, "nonce"), text, 0, 25),
        Value::Number(number) if number.is_u64() || number.is_i64() => {}
        _ => faults.note(
            &join(path, "nonce"),
            "NONCE_TYPE",
            "Must be a string or an integer.",
        ),
    }
}

fn mentions(faults: &mut Faults, body: &Value, path: &str) {
    let Some(allowed) = given(body, "allowed_mentions") else {
        return;
    };
    let path = join(path, "allowed_mentions");
    let parse = list(faults, allowed, &path, "parse");
    for (index, one) in parse.iter().enumerate() {
        if !matches!(one.as_str(), Some("users" | "roles" | "everyone")) {
            let why = "Value must be one of ('roles', 'users', 'everyone').";
            faults.note(&format!("{path}.parse.{index}"), "BASE_TYPE_CHOICES", why);
        }
    }
    for key in ["users", "roles"] {
        let ids = list(faults, allowed, &path, key);
        faults.count(&join(&path, key), ids.len(), 0, 100);
        if !ids.is_empty() && parse.iter().any(|one| one == key) {
            let why = format!("parse:[\"{key}\"] and {key}: [ids...] are mutually exclusive.");
            faults.note(&path, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", why);
        }
        for (index, id) in ids.iter().enumerate() {
            if super::snowflake(id).is_none() {
                let why = format!("Value {id} is not snowflake.");
                faults.note(&format!("{path}.{key}.{index}"), "NUMBER_TYPE_COERCE", why);
            }
        }
    }
}

#[cfg(test)]
mod tests;
