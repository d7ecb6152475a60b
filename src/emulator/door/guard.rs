//! Who may use the client door and the control door.
//!
//! Purpose: keep other programs, and web pages in a browser on this machine, out. Invariants: a request needs the token,
//! must name a loopback host with our port, and may not come from a foreign origin. Neighbours: `server` puts it before
//! both doors.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use subtle::ConstantTimeEq;

/// What the guard goes by.
#[derive(Clone, Debug)]
pub struct Gate {
    /// `http://127.0.0.1:port`.
    pub base_url: String,
    /// What opens the doors.
    pub token: String,
}

/// Refuses what has no business here.
pub async fn guard(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    match refusal(request.headers(), &gate.base_url, &gate.token) {
        Some(why) => (StatusCode::FORBIDDEN, Json(json!({ "error": why }))).into_response(),
        None => next.run(request).await,
    }
}

fn refusal(headers: &HeaderMap, base_url: &str, token: &str) -> Option<&'static str> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let port = base_url.rsplit(':').next().unwrap_or_default();
    let hosts = ["127.0.0.1", "localhost", "[::1]"].map(|host| format!("{host}:{port}"));
    if !text("host").is_some_and(|host| hosts.iter().any(|one| one == host)) {
        return Some("wrong host");
    }
    if let Some(origin) = text("origin")
        && !hosts.iter().any(|host| format!("http://{host}") == origin)
    {
        return Some("foreign origin");
    }
    let given = text("authorization")
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    if bool::from(given.as_bytes().ct_eq(token.as_bytes())) {
        None
    } else {
        Some("wrong token")
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn check(pairs: &[(&'static str, &'static str)]) -> Option<&'static str> {
        let headers = pairs
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect();
        refusal(&headers, "http://127.0.0.1:7700", "secret")
    }

    #[test]
    fn token_host_and_origin_are_checked() {
        let token = ("authorization", "Bearer secret");
        assert_eq!(check(&[("host", "127.0.0.1:7700"), token]), None);
        assert_eq!(
            check(&[
                ("host", "localhost:7700"),
                ("origin", "http://localhost:7700"),
                token
            ]),
            None
        );
        assert_eq!(
            check(&[("host", "evil.test:7700"), token]),
            Some("wrong host")
        );
        assert_eq!(
            check(&[("host", "127.0.0.1:7701"), token]),
            Some("wrong host")
        );
        assert_eq!(
            check(&[
                ("host", "127.0.0.1:7700"),
                ("origin", "https://evil.test"),
                token
            ]),
            Some("foreign origin")
        );
        assert_eq!(
            check(&[
                ("host", "127.0.0.1:7700"),
                ("authorization", "Bearer guess")
            ]),
            Some("wrong token")
        );
        assert_eq!(check(&[("host", "127.0.0.1:7700")]), Some("wrong token"));
    }
}
