//! Private files: the bytes behind `url_private`.
//!
//! Purpose: serve a file to a bot token with `files:read` that may see it. Invariants: without a valid token the answer is
//! a login page with status 200, as Slack's is, so a client that does not check stores HTML. Neighbours: `objects` makes
//! the addresses, `methods::items` the metadata.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};

use super::Shared;
use super::model::{File, Withheld};
use super::state::State as Inner;

impl Inner {
    /// Whether a bot may read a file: shared into a channel it is in, or given to it in a form.
    pub fn may_read_file(&self, file: &File, bot_user: &str) -> bool {
        file.channels.is_empty()
            || file
                .channels
                .iter()
                .filter_map(|channel| self.world.channels.get(channel))
                .any(|channel| channel.members.contains(bot_user))
    }
}

/// `GET /files-pri/{team}-{file}/{name}` and `/files-pri/download/...`.
pub async fn get(
    State(shared): State<Arc<Shared>>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Response {
    let path = path.strip_prefix("download/").unwrap_or(&path);
    let id = path
        .split('/')
        .next()
        .and_then(|first| first.rsplit_once('-'))
        .map_or("", |(_, id)| id);
    let token = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    let found = shared.look(|state, now| {
        let token = state.world.tokens.get(token?)?;
        let app = state.app_at(&token.app_id, token.install.as_deref());
        let app = app.filter(|_| token.is_live(now))?;
        if !app.scopes.contains("files:read") {
            return None;
        }
        let file = state.world.files.get(id);
        Some(
            file.filter(|file| !file.deleted && state.may_read_file(file, &app.bot_user))
                .cloned(),
        )
    });
    match found {
        None
        | Some(Some(File {
            withheld: Withheld::Login,
            ..
        })) => Html(
            "<!DOCTYPE html><html><head><title>Slack</title></head><body>Sign in</body></html>",
        )
        .into_response(),
        Some(None) => StatusCode::NOT_FOUND.into_response(),
        Some(Some(file)) if file.withheld == Withheld::Redirected => (
            StatusCode::FOUND,
            [("location", "https://files.example.net/shared")],
        )
            .into_response(),
        Some(Some(file)) => ([("content-type", file.mimetype)], file.bytes).into_response(),
    }
}
