//! Our own tolerant view of what Discord sends.
//!
//! Invariants: nothing here fails on a field that is missing, null, new or of another type, except what a kind cannot do without; only what is
//! used is named; ids are numbers of 64 bits that travel as text, and are kept as text; depth and number are bounded. Neighbours:
//! `ingress::read` turns it into the neutral words, `gateway` reads frames.

pub mod entities;
pub mod event;
pub mod interaction;
pub mod mask;
pub mod who;

#[cfg(test)]
mod tests;

use crate::domain::clock::Timestamp;
use chrono::DateTime;
use serde_json::Value;

/// What cannot be read, in words without content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unread(pub String);

/// A text that is there and not empty.
#[must_use]
pub fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key)?.as_str().filter(|text| !text.is_empty())
}

/// An id that is there, as text or, from a library that does not know better, as a number.
#[must_use]
pub fn id(value: &Value, key: &str) -> Option<String> {
    plain_id(value.get(key)?)
}

/// An id that stands alone.
#[must_use]
pub fn plain_id(found: &Value) -> Option<String> {
    let number = match found {
        Value::String(text) if text.len() <= 20 && text.bytes().all(|b| b.is_ascii_digit()) => {
            text.parse::<u64>().ok()?
        }
        Value::Number(number) => number.as_u64()?,
        _ => return None,
    };
    (number > 0).then(|| number.to_string())
}

/// When what has this id was made: an id holds the milliseconds since the beginning of 2015 (Discord's reference, "Snowflakes").
#[must_use]
pub fn made_at(id: &str) -> Option<Timestamp> {
    let since_2015 = i64::try_from(id.parse::<u64>().ok()? >> 22).ok()?;
    DateTime::from_timestamp_millis(1_420_070_400_000 + since_2015)
}

/// An id that must be there.
///
/// # Errors
/// [`Unread`] names the field.
pub fn required(value: &Value, key: &str) -> Result<String, Unread> {
    id(value, key).ok_or_else(|| Unread(format!("`{key}` is missing or is no id")))
}

/// The items of a list, at most so many; none if it is no list.
pub(super) fn items<'v>(
    value: &'v Value,
    key: &str,
    most: usize,
) -> impl Iterator<Item = &'v Value> {
    value
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .take(most)
}
