//! Files: what payloads say of them, and their bytes.
//!
//! Invariants: bytes come from Slack's own host only, without following a redirect, capped; a login page in place of a
//! file is seen for what it is. Neighbours: `egress` fetches, `envelope` and `render::entered` read.

use super::{
    api::{Api, CallError},
    hosts::Hosts,
    render::text::{clean, cut},
    settings::{SettingsError, SlackSettings},
};
use crate::{chat::platform::Fetched, domain::event_report::FileRef};
use reqwest::{StatusCode, header};
use secrecy::ExposeSecret;
use serde_json::Value;
use url::Url;

/// Most files of one message or form that are noted.
const MOST_FILES: usize = 20;

/// The files of a message or a form's field.
#[must_use]
pub fn read(files: &Value) -> Vec<FileRef> {
    let files = files.as_array().into_iter().flatten();
    let read = |file: &Value| {
        let text = |key: &str| file[key].as_str().filter(|text| !text.trim().is_empty());
        let id = text("id")?;
        let unnamed = match text("file_access") {
            // Slack Connect tells no more than where to ask.
            Some("check_file_info") => "file of another organisation",
            _ => "file",
        };
        let name = text("name").or_else(|| text("title")).unwrap_or(unnamed);
        Some(FileRef {
            id: id.to_owned(),
            name: cut(&clean(name), 200),
            media_type: text("mimetype").map(|kind| cut(kind, 100)),
            size: file["size"].as_u64(),
        })
    };
    files.filter_map(read).take(MOST_FILES).collect()
}

/// Whether a file is called as Slack calls files: by letters and digits.
#[must_use]
pub fn is_ours(file: &FileRef) -> bool {
    !file.id.is_empty() && file.id.bytes().all(|b| b.is_ascii_alphanumeric())
}

const OUTSIDE: &str = "It is a link to a file outside Slack, and links are never fetched. Open it there, and save a copy if it is evidence.";
const GONE: &str =
    "It was deleted in Slack before it could be fetched. Ask who sent it for the file.";
const HIDDEN: &str = "Slack hides it, because the plan of the workspace keeps newer files only. Ask who sent it to send it again.";
const FOREIGN: &str = "It belongs to another organisation (Slack Connect), which does not let the app read it. Ask who sent it to send it to the bot directly.";
const NOT_FOUND: &str = "Slack does not show it to the app: it was deleted, or lies in a channel where the app is not a member. Ask the sender for it: Note, \"Also tell the reporters\".";
const NOT_SLACKS: &str = "Slack names no place of its own where it lies, and files of other hosts are never fetched. Ask the sender for it: Note, \"Also tell the reporters\".";
const REDIRECTED: &str = "Slack's file host sent us elsewhere, and redirects are never followed. Open it in Slack, and send it once more in the case's thread.";

/// Fetches files with the bot's token.
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
    /// [`SettingsError::Tls`].
    pub fn new(settings: &SlackSettings, hosts: &Hosts, api: Api) -> Result<Self, SettingsError> {
        Ok(Self {
            api,
            hosts: hosts.clone(),
            client: web_client(hosts, settings.timeouts.download)?,
            most: settings.file_bytes,
        })
    }

    /// The bytes of a file, or why there are none.
    pub async fn fetch(&self, file: &FileRef) -> Fetched {
        let info = match self.api.get("files.info", &[("file", &file.id)]).await {
            Ok(info) => info,
            Err(error) => return unfetched(&error),
        };
        let info = &info["file"];
        if let Some(why) = withheld(info) {
            return Fetched::Never(why.to_owned());
        }
        if info["size"].as_u64().is_some_and(|size| size > self.most) {
            return Fetched::Never(self.too_big());
        }
        let address = ["url_private_download", "url_private"]
            .iter()
            .find_map(|key| info[*key].as_str()?.parse::<Url>().ok());
        let Some(address) = address.filter(|address| self.hosts.allows(address, "http")) else {
            return Fetched::Never(NOT_SLACKS.to_owned());
        };
        let is_page = info["mimetype"]
            .as_str()
            .is_some_and(|kind| kind.contains("html"));
        self.download(address, is_page).await
    }

    fn too_big(&self) -> String {
        format!(
            "It is larger than the {} that are kept of a file. Save it outside Slack, and write a note where it lies.",
            in_words(self.most)
        )
    }

    async fn download(&self, address: Url, is_page: bool) -> Fetched {
        let bearer = match self.api.bearer().await {
            Ok(bearer) => bearer,
            Err(error) => return unfetched(&error),
        };
        let request = self
            .client
            .get(address)
            .bearer_auth(bearer.secret.expose_secret());
        let mut response = match request.send().await {
            Ok(response) => response,
            // Not the error itself: it names the address.
            Err(_) => return Fetched::Temporary("Slack's file host did not answer".to_owned()),
        };
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND | StatusCode::GONE => {
                return Fetched::Never(GONE.to_owned());
            }
            status if status.is_redirection() => return Fetched::Never(REDIRECTED.to_owned()),
            StatusCode::FORBIDDEN => return Fetched::Never(no_scope()),
            status => {
                return Fetched::Temporary(format!("Slack's file host answered {status}"));
            }
        }
        let kind = response.headers().get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        // Without the right to read it Slack answers 200 with its login page.
        if kind.starts_with("text/html") && !is_page {
            return Fetched::Never(no_scope());
        }
        if response
            .content_length()
            .is_some_and(|size| size > self.most)
        {
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
    match error {
        CallError::NotInstalled(_) => Fetched::Never(error.to_string()),
        CallError::Refused { code, .. } => match code.as_str() {
            "file_deleted" => Fetched::Never(GONE.to_owned()),
            "file_not_found" => Fetched::Never(NOT_FOUND.to_owned()),
            "access_denied" => Fetched::Never(FOREIGN.to_owned()),
            "missing_scope" => Fetched::Never(no_scope()),
            "internal_error" | "fatal_error" | "service_unavailable" => {
                Fetched::Temporary(error.to_string())
            }
            _ => Fetched::Never(error.to_string()),
        },
        _ => Fetched::Temporary(error.to_string()),
    }
}

fn no_scope() -> String {
    "The app may not read it: it lacks the scope files:read. Add it under OAuth & Permissions, install the app again. Then ask the sender for it once more: Note, \"Also tell the reporters\".".to_owned()
}

/// Why there is nothing to fetch, by what Slack says of the file; `None` if there may be.
fn withheld(info: &Value) -> Option<&'static str> {
    if info["is_external"] == true || info["mode"] == "external" {
        return Some(OUTSIDE);
    }
    match info["mode"].as_str() {
        Some("tombstone") => return Some(GONE),
        Some("hidden_by_limit") => return Some(HIDDEN),
        _ => {}
    }
    match info["file_access"].as_str() {
        Some("check_file_info" | "access_denied") => Some(FOREIGN),
        Some("file_not_found") => Some(NOT_FOUND),
        _ => None,
    }
}

fn in_words(bytes: u64) -> String {
    match bytes / 1024 / 1024 {
        0 => format!("{bytes} bytes"),
        megabytes => format!("{megabytes} MB"),
    }
}

/// A client for addresses that payloads name: no redirects, no proxy surprises, one limit for all of it.
pub(super) fn web_client(
    hosts: &Hosts,
    limit: std::time::Duration,
) -> Result<reqwest::Client, SettingsError> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(hosts.tls()?)
        .redirect(reqwest::redirect::Policy::none())
        .timeout(limit)
        .build()
        .map_err(|error| SettingsError::Tls(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::damage::each;
    use serde_json::json;

    #[test]
    fn every_reason_says_what_to_do() {
        let of = |info: Value| withheld(&info);
        for (info, words) in [
            (
                json!({ "is_external": true, "mode": "hosted" }),
                "outside Slack",
            ),
            (json!({ "mode": "external" }), "outside Slack"),
            (json!({ "mode": "tombstone" }), "deleted"),
            (
                json!({ "mode": "hidden_by_limit" }),
                "plan of the workspace",
            ),
            (
                json!({ "mode": "file_access", "file_access": "check_file_info" }),
                "another organisation",
            ),
            (
                json!({ "file_access": "access_denied" }),
                "another organisation",
            ),
        ] {
            assert!(of(info.clone()).unwrap().contains(words), "{info}");
        }
        assert_eq!(
            of(json!({ "mode": "hosted", "file_access": "visible" })),
            None
        );
        assert_eq!(of(json!(null)), None);
        for why in [
            OUTSIDE,
            GONE,
            HIDDEN,
            FOREIGN,
            NOT_FOUND,
            NOT_SLACKS,
            REDIRECTED,
            &no_scope(),
        ] {
            let sentences = why.matches(['.', ':']).count();
            assert!(why.ends_with('.') && sentences >= 2, "{why}");
            assert!(
                why.contains("Ask") || why.contains("Open") || why.contains("ask"),
                "{why}"
            );
        }
        assert_eq!(in_words(20 * 1024 * 1024), "20 MB");
        assert_eq!(in_words(1_000), "1000 bytes");
    }

    #[test]
    fn files_are_read_with_what_is_known() {
        let files = read(&json!([
            { "id": "F1", "name": "a\u{202e}gpj.exe", "mimetype": "image/png", "size": 12 },
            { "id": "F2", "title": "notes", "name": null, "size": "many" },
            { "id": "" }, { "name": "no id" }, null, 7
        ]));
        assert_eq!(files.len(), 2);
        assert_eq!(files[0].name, "agpj.exe");
        assert_eq!((files[1].name.as_str(), files[1].size), ("notes", None));
        assert!(files.iter().all(is_ours));
        let elsewhere = ["address:https://cdn.discordapp.com/x", "message:1:2:3"];
        for id in elsewhere {
            let mut file = files[0].clone();
            file.id = id.to_owned();
            assert!(!is_ours(&file), "{id}");
        }
        assert_eq!(read(&json!(null)), Vec::new());
        let foreign = read(
            &json!([{ "id": "F1", "mode": "file_access", "file_access": "check_file_info", "user": "" }]),
        );
        assert_eq!(foreign[0].name, "file of another organisation");
        assert_eq!(
            read(&json!([{ "id": "F1" }]))
                .first()
                .map(|file| file.name.as_str()),
            Some("file")
        );
    }

    #[test]
    fn damaged_lists_are_read_as_far_as_they_go() {
        let files = json!([
            { "id": "F1", "name": "shot.png", "mimetype": "image/png", "size": 12 },
            { "id": "F2", "title": "notes", "size": 7 }
        ]);
        each(&files, |path, what, damaged| {
            let found = read(damaged);
            assert!(found.len() <= MOST_FILES, "{path} {what}");
            // Damage in one of them does not cost the other.
            let other = if path.starts_with("/0") { "F2" } else { "F1" };
            if path.starts_with("/0") || path.starts_with("/1") {
                assert!(
                    found.iter().any(|file| file.id == other),
                    "{path} {what}: {damaged}"
                );
            }
            for file in found {
                assert!(
                    file.name.chars().count() <= 200 && !file.name.is_empty(),
                    "{path} {what}"
                );
            }
        });
    }
}
