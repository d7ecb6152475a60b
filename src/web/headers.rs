//! The headers of every page: nothing from elsewhere, nothing in line, nothing kept.
//!
//! Invariants: scripts and styles come as files from this origin only; a page can be framed by this origin or not at all.
//! Neighbours: `record` and the demo's page send them.

use axum::http::{HeaderValue, Response, header};

/// Who may frame a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Nobody.
    Never,
    /// Pages of the same origin.
    ByOurselves,
}

const ALONE: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const FRAMED: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/// Adds the headers to an answer.
pub fn headers<B>(mut response: Response<B>, framing: Framing) -> Response<B> {
    let policy = match framing {
        Framing::Never => ALONE,
        Framing::ByOurselves => FRAMED,
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
