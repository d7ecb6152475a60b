//! Files: what payloads say of them, and their bytes.
//!
//! Invariants: bytes come from Discord's own content hosts only, without following a redirect, capped; an address expires, so a file of a
//! message is found again by asking for the message. A file that came with a form or command has no message: its address is all there is,
//! and it is good for a day; so it is with one of a message that is hidden from us when we look it up. Neighbours: `egress` fetches,
//! `render::entered` and the inbound side read.

use super::{
    api::{Api, CallError},
    hosts::Hosts,
    render::text::{clean, cut, is_id},
    settings::{DiscordSettings, SettingsError},
};
use crate::{chat::platform::Fetched, domain::event_report::FileRef};
use reqwest::StatusCode;
use serde_json::Value;
use url::Url;

/// Most files of one message or form that are noted.
const MOST_FILES: usize = 20;
/// The longest address that is kept.
const ADDRESS: usize = 2_000;

const GONE: &str =
    "It was deleted in Discord before it could be fetched. Ask who sent it for the file.";
const EXPIRED: &str = "Discord's address of it was good for a day and has expired. Ask the sender for it: Note, \"Also tell the reporters\".";
const HIDDEN: &str = "Discord does not show the message to the bot: it lacks View Channel, Read Message History or the message content. Ask the sender for it: Note, \"Also tell the reporters\".";
const NOT_DISCORDS: &str = "Discord names no place of its own where it lies, and files of other hosts are never fetched. Ask the sender for it: Note, \"Also tell the reporters\".";
const REDIRECTED: &str = "Discord's file host sent us elsewhere, and redirects are never followed. Open it in Discord, and send it once more in the case's thread, mentioning the bot.";

/// Where a file is found again.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Where {
    Message {
        channel: String,
        message: String,
        attachment: String,
    },
    Address(Url),
}

impl Where {
    fn read(id: &str) -> Option<Self> {
        if let Some(address) = id.strip_prefix("address:") {
            return address.parse().ok().map(Self::Address);
        }
        let mut ids = id.strip_prefix("message:")?.split(':');
        let mut next = || ids.next().filter(|id| is_id(id)).map(ToOwned::to_owned);
        let (channel, message, attachment) = (next()?, next()?, next()?);
        ids.next().is_none().then_some(Self::Message {
            channel,
            message,
            attachment,
        })
    }
}

/// The `attachments` of a message.
#[must_use]
pub fn of_message(attachments: &Value, channel: &str, message: &str) -> Vec<FileRef> {
    let attachments = attachments.as_array().into_iter().flatten();
    let read = |file: &Value| {
        let id = file["id"].as_str().filter(|id| is_id(id))?;
        let is_found = is_id(channel) && is_id(message);
        is_found.then(|| described(file, format!("message:{channel}:{message}:{id}")))
    };
    attachments.filter_map(read).take(MOST_FILES).collect()
}

/// The `attachments` of a message that only this payload shows: by the address that it gives, where it gives one.
#[must_use]
pub fn shown(attachments: &Value, channel: &str, message: &str) -> Vec<FileRef> {
    let mut files = of_message(attachments, channel, message);
    for file in &mut files {
        let attachments = attachments.as_array().into_iter().flatten();
        let mut same = attachments.filter(|one| {
            one["id"]
                .as_str()
                .is_some_and(|id| file.id.ends_with(&format!(":{id}")))
        });
        let given = same.find_map(|one| given(std::slice::from_ref(one)).pop());
        if let Some(given) = given {
            file.id = given.id;
        }
    }
    files
}

/// Files given with a form or a command: the objects in `resolved.attachments` of the interaction.
#[must_use]
pub fn given(attachments: &[Value]) -> Vec<FileRef> {
    let read = |file: &Value| {
        let url = file["url"].as_str().filter(|url| url.len() <= ADDRESS)?;
        Some(described(file, format!("address:{url}")))
    };
    attachments
        .iter()
        .filter_map(read)
        .take(MOST_FILES)
        .collect()
}

/// Whether a file is called as [`of_message`] and [`given`] call files.
#[must_use]
pub fn is_ours(file: &FileRef) -> bool {
    Where::read(&file.id).is_some()
}

fn described(file: &Value, id: String) -> FileRef {
    let text = |key: &str| file[key].as_str().filter(|text| !text.trim().is_empty());
    // The title is the name with what Discord leaves out of a file's name.
    let name = text("filename").or_else(|| text("title")).unwrap_or("file");
    FileRef {
        id,
        name: cut(&clean(name), 200),
        media_type: text("content_type").map(|kind| cut(kind, 100)),
        size: file["size"].as_u64(),
    }
}

/// Fetches files.
#[derive(Debug, Clone)]
pub struct Files {
    api: Api,
    hosts: Hosts,
    client: reqwest::Client,
    most: u64,
}

impl Files {
    /// For these settings.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn new(settings: &DiscordSettings, api: Api) -> Result<Self, SettingsError> {
        let hosts = Hosts::new(settings.api()?);
        Ok(Self {
            api,
            client: hosts.client(settings.timeouts.download)?,
            hosts,
            most: settings.file_bytes,
        })
    }

    /// The bytes of a file, or why there are none.
    pub async fn fetch(&self, file: &FileRef) -> Fetched {
        match Where::read(&file.id) {
            None => Fetched::Never(NOT_DISCORDS.to_owned()),
            Some(Where::Address(address)) => self.download(address, EXPIRED).await,
            Some(Where::Message {
                channel,
                message,
                attachment,
            }) => match self.address(&channel, &message, &attachment).await {
                Ok(address) => self.download(address, GONE).await,
                Err(unfetched) => unfetched,
            },
        }
    }

    /// The address that is good now.
    async fn address(
        &self,
        channel: &str,
        message: &str,
        attachment: &str,
    ) -> Result<Url, Fetched> {
        let path = ["channels", channel, "messages", message];
        let found = self.api.get(&path, &[]).await;
        let found = found.map_err(|error| unfetched(&error))?;
        let Some(attachments) = found["attachments"].as_array() else {
            return Err(Fetched::Never(HIDDEN.to_owned()));
        };
        let is_it = |file: &&Value| file["id"].as_str() == Some(attachment);
        let Some(file) = attachments.iter().find(is_it) else {
            // Without the right to read messages they seem to be empty.
            let is_empty = attachments.is_empty() && found["content"] == "";
            let why = if is_empty { HIDDEN } else { GONE };
            return Err(Fetched::Never(why.to_owned()));
        };
        if file["size"].as_u64().is_some_and(|size| size > self.most) {
            return Err(Fetched::Never(self.too_big()));
        }
        let address = file["url"].as_str().and_then(|url| url.parse().ok());
        address.ok_or_else(|| Fetched::Never(NOT_DISCORDS.to_owned()))
    }

    fn too_big(&self) -> String {
        format!(
            "It is larger than the {} that are kept of a file. Save it outside Discord, and write a note where it lies.",
            in_words(self.most)
        )
    }

    /// The address is signed: it goes without the bot's token.
    async fn download(&self, address: Url, missing: &str) -> Fetched {
        if !self.hosts.allows(&address) {
            return Fetched::Never(NOT_DISCORDS.to_owned());
        }
        let mut response = match self.client.get(address).send().await {
            Ok(response) => response,
            // Not the error itself: it names the address.
            Err(_) => return Fetched::Temporary("Discord's file host did not answer".to_owned()),
        };
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::FORBIDDEN => {
                return Fetched::Never(missing.to_owned());
            }
            status if status.is_redirection() => return Fetched::Never(REDIRECTED.to_owned()),
            status => {
                return Fetched::Temporary(format!("Discord's file host answered {status}"));
            }
        }
        let is_big = |size: u64| size > self.most;
        if response.content_length().is_some_and(is_big) {
            return Fetched::Never(self.too_big());
        }
        let mut bytes = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => return Fetched::Bytes(bytes),
                Err(_) => return Fetched::Temporary("the download broke off".to_owned()),
            }
            if bytes.len() as u64 > self.most {
                return Fetched::Never(self.too_big());
            }
        }
    }
}

fn unfetched(error: &CallError) -> Fetched {
    match (error.code(), error.status()) {
        (Some(10003 | 10008), _) => Fetched::Never(GONE.to_owned()),
        (Some(50001 | 50013), _) => Fetched::Never(HIDDEN.to_owned()),
        // Refused by something before Discord.
        (None, Some(401 | 403)) => Fetched::Temporary(error.to_string()),
        (_, Some(status)) if status < 500 => Fetched::Never(error.to_string()),
        _ => Fetched::Temporary(error.to_string()),
    }
}

fn in_words(bytes: u64) -> String {
    match bytes / 1024 / 1024 {
        0 => format!("{bytes} bytes"),
        megabytes => format!("{megabytes} MB"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_file_is_found_again_by_its_id() {
        let files = json!([
            { "id": "7", "filename": "a.png", "size": 3, "content_type": "image/png", "url": "https://cdn.discordapp.com/x" },
            { "id": "no id", "filename": "b" }, { "filename": "c" }, 7, null
        ]);
        let read = of_message(&files, "1", "2");
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].id, "message:1:2:7");
        assert_eq!((read[0].name.as_str(), read[0].size), ("a.png", Some(3)));
        let found = Where::Message {
            channel: "1".to_owned(),
            message: "2".to_owned(),
            attachment: "7".to_owned(),
        };
        assert_eq!(Where::read(&read[0].id), Some(found));
        let given = given(&[files[0].clone(), json!({ "id": "8" })]);
        assert_eq!(given.len(), 1);
        assert!(matches!(Where::read(&given[0].id), Some(Where::Address(_))));
        assert!(is_ours(&read[0]) && is_ours(&given[0]));
        for odd in [
            "",
            "7",
            "message:1:2",
            "message:1:2:3:4",
            "message:..:2:3",
            "address:x",
        ] {
            assert_eq!(Where::read(odd), None, "{odd}");
        }
        assert_eq!(of_message(&json!(null), "1", "2"), []);
        assert_eq!(of_message(&files, "..", "2"), []);
    }
}
