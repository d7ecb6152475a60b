//! The content network: files by signed addresses that end.
//!
//! Invariants: an address that was not handed out, or is over, opens nothing. Neighbours: `state` signs.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{OriginalUri, Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::Shared;

/// `GET /attachments/{place}/{id}/{name}`, and of those that are shown to one person only.
pub async fn get(
    State(shared): State<Arc<Shared>>,
    OriginalUri(uri): OriginalUri,
    Path((_, id, _)): Path<(String, u64, String)>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let part = |name: &str| query.get(name).map_or("", String::as_str);
    let found = shared.look(|state, now| {
        let works = state.file_url_works(uri.path(), part("ex"), part("hm"), now);
        let file = state
            .world
            .attachments
            .get(&id)
            .filter(|file| works && !file.deleted);
        file.map(|file| (file.content_type.clone(), file.bytes.clone()))
    });
    match found {
        Some((kind, bytes)) => ([(CONTENT_TYPE, kind)], bytes).into_response(),
        None => (
            StatusCode::NOT_FOUND,
            "This content is no longer available.",
        )
            .into_response(),
    }
}
