//! Files of messages, commands and forms.
//!
//! Invariants: what names a file is the address that Discord gave for it, because no call fetches a file by its id; whether that address may
//! be fetched from is asked when it is fetched. Neighbours: `hosts` knows the addresses, `delivery` fetches.

use super::{items, text};
use crate::domain::event_report::FileRef;
use serde_json::Value;

/// Most files of one payload; a message has ten.
const MOST: usize = 20;
/// Most code points of a file's name.
const NAME: usize = 200;
/// Most bytes of an address.
const ADDRESS: usize = 2_000;

/// One file.
#[must_use]
pub fn read(raw: &Value) -> Option<FileRef> {
    let address = text(raw, "url").filter(|url| url.len() <= ADDRESS)?;
    let name = text(raw, "filename").unwrap_or("file");
    Some(FileRef {
        id: address.to_owned(),
        name: name.chars().take(NAME).collect(),
        media_type: text(raw, "content_type").map(ToOwned::to_owned),
        size: raw["size"].as_u64(),
    })
}

/// The files of a message.
#[must_use]
pub fn of_message(message: &Value) -> Vec<FileRef> {
    items(message, "attachments", MOST)
        .filter_map(read)
        .collect()
}
