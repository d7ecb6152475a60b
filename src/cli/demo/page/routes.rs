//! What the page's browser may ask for.
//!
//! Invariants: only with the token, which is part of every address; only of this host, and from no other origin; an act goes through the
//! emulator's client door as the person named in it; assets are files of this program. Neighbours: `look`, `breakage`, `time`, and `web` for
//! the record.

use super::{
    breakage, check,
    look::{self, Wish},
    play::Play,
    time,
};
use crate::{
    cli::{Failure, demo::stands::Host},
    domain::{
        clock::{Clock, Entropy, SystemEntropy},
        person::Actor,
    },
    emulator::door::{Act, DoorError},
    web::{self, Framing, Reading},
};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{net::Ipv4Addr, sync::Arc};
use tokio::net::TcpListener;

/// A file in a form, in base64, and a little more.
const BODY: usize = 12 * 1024 * 1024;

macro_rules! asset {
    ($name:literal) => {
        include_str!(concat!("assets/", $name))
    };
}

const SCRIPTS: [(&str, &str); 25] = [
    ("avatar.js", asset!("avatar.js")),
    ("bar.js", asset!("bar.js")),
    ("blocks.js", asset!("blocks.js")),
    ("composer.js", asset!("composer.js")),
    ("discord.js", asset!("discord.js")),
    ("discord-composer.js", asset!("discord-composer.js")),
    ("discord-frame.js", asset!("discord-frame.js")),
    ("discord-message.js", asset!("discord-message.js")),
    ("discord-modal.js", asset!("discord-modal.js")),
    ("discord-parts.js", asset!("discord-parts.js")),
    ("discord-text.js", asset!("discord-text.js")),
    ("dom.js", asset!("dom.js")),
    ("door.js", asset!("door.js")),
    ("fields.js", asset!("fields.js")),
    ("home.js", asset!("home.js")),
    ("main.js", asset!("main.js")),
    ("menu.js", asset!("menu.js")),
    ("message.js", asset!("message.js")),
    ("modal.js", asset!("modal.js")),
    ("pane.js", asset!("pane.js")),
    ("sidebar.js", asset!("sidebar.js")),
    ("slack.js", asset!("slack.js")),
    ("state.js", asset!("state.js")),
    ("steps.js", asset!("steps.js")),
    ("text.js", asset!("text.js")),
];
const STYLES: [(&str, &str); 4] = [
    ("layout.css", asset!("layout.css")),
    ("chat.css", asset!("chat.css")),
    ("discord.css", asset!("discord.css")),
    ("tools.css", asset!("tools.css")),
];

/// Serves the page; its address.
pub async fn serve(play: &Arc<Play>, port: u16) -> Result<String, Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(|error| {
            Failure::Stopped(format!(
                "the page cannot be served on port {port}: {error}; name another with --port"
            ))
        })?;
    let port = listener.local_addr().map_err(Failure::stopped)?.port();
    let mut secret = [0; 16];
    SystemEntropy.fill(&mut secret);
    let token = hex::encode(secret);
    let app = routes(play, &token).layer(from_fn_with_state(port, guard));
    play.runtime.worker("page", |stop| async move {
        let serving = axum::serve(listener, app).with_graceful_shutdown(stop.cancelled_owned());
        if let Err(error) = serving.await {
            tracing::error!(%error, "the page is not served any more");
        }
    });
    Ok(format!("http://127.0.0.1:{port}/{token}/workspace"))
}

fn routes(play: &Arc<Play>, token: &str) -> Router {
    let reading = Reading {
        store: play.store.clone(),
        clock: Arc::new(play.clock.clone()),
        runtime: play.runtime.clone(),
        // Whoever runs a demo owns its database.
        reader: Actor::system(),
    };
    let mut own = Router::new()
        .route("/workspace", get(page))
        .route("/world", get(world))
        .route("/look", post(sight))
        .route("/client/{host}/{act}", post(act))
        .route("/control/advance", post(advance))
        .route("/control/check", post(check_all))
        .route("/control/break/{what}", post(break_something));
    own = own.route(
        "/icon.svg",
        get(|| asset("image/svg+xml", asset!("icon.svg"))),
    );
    for (name, text) in SCRIPTS {
        own = own.route(
            &format!("/{name}"),
            get(move || asset("text/javascript", text)),
        );
    }
    for (name, text) in STYLES {
        own = own.route(&format!("/{name}"), get(move || asset("text/css", text)));
    }
    let own = own
        .layer(DefaultBodyLimit::max(BODY))
        .with_state(Arc::clone(play));
    Router::new().nest(
        &format!("/{token}"),
        own.nest("/record", web::record(reading)),
    )
}

/// Keeps other hosts' names and other origins' scripts out. The token in the address does the rest.
async fn guard(State(port): State<u16>, request: Request, next: Next) -> Response {
    match refusal(request.headers(), port) {
        Some(why) => (StatusCode::FORBIDDEN, why).into_response(),
        None => next.run(request).await,
    }
}

fn refusal(headers: &HeaderMap, port: u16) -> Option<&'static str> {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let hosts = ["127.0.0.1", "localhost", "[::1]"].map(|host| format!("{host}:{port}"));
    if !text(header::HOST).is_some_and(|host| hosts.iter().any(|one| one == host)) {
        return Some("wrong host");
    }
    match text(header::ORIGIN) {
        Some(origin) if !hosts.iter().any(|host| format!("http://{host}") == origin) => {
            Some("foreign origin")
        }
        _ => None,
    }
}

async fn asset(kind: &'static str, text: &'static str) -> Response {
    let answer = ([(header::CONTENT_TYPE, kind)], text).into_response();
    web::headers(answer, Framing::Never)
}

async fn page() -> Response {
    asset("text/html; charset=utf-8", asset!("workspace.html")).await
}

/// A refusal is an answer like others, with its sentence: no failure of the page, and nothing for the browser to complain about.
fn refused(why: impl std::fmt::Display) -> Response {
    Json(json!({ "error": why.to_string() })).into_response()
}

fn answered(result: Result<Value, DoorError>) -> Response {
    let answer = match result {
        Ok(seen) => Json(seen).into_response(),
        Err(DoorError::Refused(why)) => refused(why),
        Err(error) => (
            StatusCode::BAD_GATEWAY,
            Json(json!({ "error": error.to_string() })),
        )
            .into_response(),
    };
    web::headers(answer, Framing::Never)
}

async fn world(State(play): State<Arc<Play>>) -> Response {
    answered(look::world(&play).await)
}

async fn sight(State(play): State<Arc<Play>>, Json(wish): Json<Wish>) -> Response {
    let answer = match look::sight(&play, wish).await {
        Ok(sight) => Json(sight).into_response(),
        Err(failure) => refused(failure),
    };
    web::headers(answer, Framing::Never)
}

async fn act(
    State(play): State<Arc<Play>>,
    Path((host, name)): Path<(Host, String)>,
    Json(act): Json<Act>,
) -> Response {
    // While time is hurried nobody acts.
    let _acting = play.acts.read().await;
    let Some(door) = play.door(host) else {
        return refused("that platform is not here");
    };
    let user = act.user.clone();
    answered(door.as_user(&user).act(&name, act).await)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Minutes {
    minutes: i64,
}

async fn advance(State(play): State<Arc<Play>>, Json(wanted): Json<Minutes>) -> Response {
    if !(1..=time::MOST).contains(&wanted.minutes) {
        return refused(format!("from 1 to {} minutes at once", time::MOST));
    }
    if play.status.borrow().minutes_left > 0 {
        return refused("time is being hurried already");
    }
    play.change(|status| status.minutes_left = wanted.minutes);
    let hurried = Arc::clone(&play);
    play.runtime
        .spawn("hurry", time::hurry(hurried, wanted.minutes))
        .detach();
    Json(json!({ "now": play.clock.now() })).into_response()
}

async fn check_all(State(play): State<Arc<Play>>) -> Response {
    told(check::sentence(&play).await)
}

async fn break_something(State(play): State<Arc<Play>>, Path(what): Path<String>) -> Response {
    // In a task of its own: a start or a kill is carried through even if the browser goes away.
    let breaking = Arc::clone(&play);
    let done = play.runtime.spawn(
        "break",
        async move { breakage::cause(&breaking, &what).await },
    );
    match done.await {
        Ok(result) => told(result),
        Err(failed) => refused(failed),
    }
}

fn told(result: Result<String, String>) -> Response {
    match result {
        Ok(text) => Json(json!({ "text": text })).into_response(),
        Err(why) => refused(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn only_this_host_and_origin_may_ask() {
        let asked = |host: &'static str, origin: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static(host));
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            refusal(&headers, 7000)
        };
        assert_eq!(asked("127.0.0.1:7000", None), None);
        assert_eq!(asked("localhost:7000", Some("http://localhost:7000")), None);
        assert_eq!(asked("rebound.test:7000", None), Some("wrong host"));
        assert_eq!(asked("127.0.0.1:7001", None), Some("wrong host"));
        assert_eq!(
            asked("127.0.0.1:7000", Some("https://evil.test")),
            Some("foreign origin")
        );
        assert_eq!(
            asked("127.0.0.1:7000", Some("null")),
            Some("foreign origin")
        );
    }
}
