//! The record as stored: cases, and one case with its timeline, deadlines, outbox and attempts. Read-only.
//!
//! Invariants: reads run in tasks of their own, because no database work may be cancelled when a reader goes away; what a reader may see is
//! decided by `visible`; a case that may not be read answers like one that does not exist. Neighbours: `overview`, `case` and `words` write
//! the pages, `look` gathers what they show.

mod case;
mod look;
mod overview;
mod words;

use super::{
    headers::{Framing, headers},
    html::Html,
};
use crate::{
    domain::{clock::Clock, ids::CaseNumber, person::Actor},
    runtime::Runtime,
    store::{Store, StoreError},
};
use axum::{
    Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{Html as Page, IntoResponse, Redirect, Response},
    routing::get,
};
use std::{future::Future, sync::Arc};

const STYLE: &str = include_str!("../assets/record.css");
const LOOK: &str = include_str!("../assets/look.css");
const SCRIPT: &str = include_str!("../assets/record.js");

/// Whose record is read, by whom, and when.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The record.
    pub store: Store,
    /// The present, for what is due.
    pub clock: Arc<dyn Clock>,
    /// Where reads run.
    pub runtime: Runtime,
    /// For whom everything is rendered.
    pub reader: Actor,
}

/// Why there is no page.
enum Missing {
    NotFound,
    Broken(String),
}

impl From<StoreError> for Missing {
    fn from(error: StoreError) -> Self {
        Self::Broken(error.to_string())
    }
}

type Made = Result<Html, Missing>;

/// The pages, to be mounted below a path of their own: `cases`, `case/{number}`, `message/{channel}/{message}`.
pub fn record(reading: Reading) -> Router {
    Router::new()
        .route("/cases", get(cases))
        .route("/case/{number}", get(one_case))
        .route("/message/{channel}/{message}", get(of_message))
        .route("/verified", get(verified))
        .route("/look.css", get(|| file("text/css", LOOK)))
        .route("/record.css", get(|| file("text/css", STYLE)))
        .route("/record.js", get(|| file("text/javascript", SCRIPT)))
        .with_state(reading)
}

async fn file(kind: &'static str, text: &'static str) -> Response {
    headers(
        ([(header::CONTENT_TYPE, kind)], text).into_response(),
        Framing::ByOurselves,
    )
}

async fn cases(State(reading): State<Reading>) -> Response {
    let page = "Record";
    made(&reading, page, "", async |reading| {
        overview::page(&reading).await
    })
    .await
}

async fn one_case(State(reading): State<Reading>, Path(number): Path<String>) -> Response {
    let Ok(number) = number.parse::<CaseNumber>() else {
        return frame(StatusCode::NOT_FOUND, "Record", "../", Html::default());
    };
    let title = number.to_string();
    made(&reading, &title, "../", async move |reading| {
        case::page(&reading, number).await
    })
    .await
}

/// From a message to the case that it belongs to, with the message's rows marked.
async fn of_message(
    State(reading): State<Reading>,
    Path((channel, message)): Path<(String, String)>,
) -> Response {
    let asked = reading.clone();
    let (at, ts) = (channel.clone(), message.clone());
    let found = reading.runtime.shield("record page", async move {
        look::case_of_message(&asked, &at, &ts).await
    });
    match found.await {
        Ok(Ok(Some(number))) => {
            let to = format!("../../case/{number}#{channel}/{message}");
            headers(
                Redirect::temporary(&to).into_response(),
                Framing::ByOurselves,
            )
        }
        Ok(Err(error)) => trouble("No case", "../../", &error.to_string()),
        Err(failed) => trouble("No case", "../../", &failed.to_string()),
        Ok(Ok(None)) => {
            let mut html = Html::default();
            html.raw("<p class=\"empty\">This message belongs to no case. Ordinary messages are dropped before anything is written.</p>");
            frame(StatusCode::NOT_FOUND, "No case", "../../", html)
        }
    }
}

async fn verified(State(reading): State<Reading>) -> Response {
    made(&reading, "Hashes", "", async |reading| {
        overview::verified(&reading).await
    })
    .await
}

/// Makes a page in a task of its own.
async fn made<F, W>(reading: &Reading, title: &str, up: &'static str, work: W) -> Response
where
    W: FnOnce(Reading) -> F,
    F: Future<Output = Made> + Send + 'static,
{
    let making = reading.runtime.shield("record page", work(reading.clone()));
    let now = reading.clock.now().timestamp_millis();
    match making.await {
        Ok(Ok(html)) => {
            // What counts down in the browser counts by the record's clock.
            let mut page = frame(StatusCode::OK, title, up, html);
            page.headers_mut()
                .insert("x-now", axum::http::HeaderValue::from(now));
            page
        }
        Ok(Err(Missing::NotFound)) => {
            let mut html = Html::default();
            html.raw("<p class=\"empty\">There is no such case, or it is not yours to see.</p>");
            frame(StatusCode::NOT_FOUND, title, up, html)
        }
        Ok(Err(Missing::Broken(why))) => trouble(title, up, &why),
        Err(failed) => trouble(title, up, &failed.to_string()),
    }
}

fn trouble(title: &str, up: &'static str, why: &str) -> Response {
    tracing::warn!(why, "the record could not be read");
    let mut html = Html::default();
    html.raw("<p class=\"empty\">The record cannot be read at the moment: ")
        .text(why)
        .raw("</p>");
    frame(StatusCode::INTERNAL_SERVER_ERROR, title, up, html)
}

/// The page around its content.
fn frame(status: StatusCode, title: &str, up: &'static str, content: Html) -> Response {
    let mut html = Html::default();
    html.raw("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>")
        .text(title)
        .raw(" · secevent</title><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><link rel=\"stylesheet\" href=\"")
        .raw(up)
        .raw("look.css\"><link rel=\"stylesheet\" href=\"")
        .raw(up)
        .raw("record.css\"><script type=\"module\" src=\"")
        .raw(up)
        .raw("record.js\"></script></head><body class=\"record\"><main>");
    let page = html.done() + &content.done() + "</main></body></html>";
    headers((status, Page(page)).into_response(), Framing::ByOurselves)
}
