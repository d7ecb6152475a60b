//! The page that says what became of an install.
//!
//! Invariants: markup is written here, and everything else is escaped; nothing is loaded, run, framed or kept; the sentence says what to do
//! next. Neighbours: `super` picks the page.

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};

const POLICY: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) status: StatusCode,
    pub(super) title: String,
    pub(super) sentences: Vec<String>,
}

impl Page {
    pub(super) fn new(status: StatusCode, title: impl Into<String>) -> Self {
        Self {
            status,
            title: title.into(),
            sentences: Vec::new(),
        }
    }

    pub(super) fn says(mut self, sentence: impl Into<String>) -> Self {
        self.sentences.push(sentence.into());
        self
    }

    pub(super) fn respond(&self, cookie: Option<&str>) -> Response {
        let title = escaped(&self.title);
        let mut html = format!(
            "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
             <title>{title}</title></head><body><main><h1>{title}</h1>"
        );
        for sentence in &self.sentences {
            html.push_str(&format!("<p>{}</p>", escaped(sentence)));
        }
        html.push_str("</main></body></html>");
        let mut response = (self.status, Html(html)).into_response();
        quiet(&mut response);
        put(&mut response, header::SET_COOKIE, cookie);
        response
    }
}

/// The headers of every answer: nothing from elsewhere, nothing kept, nothing told on.
pub(super) fn quiet(response: &mut Response) {
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        put(response, name, Some(value));
    }
}

pub(super) fn put(response: &mut Response, name: HeaderName, value: Option<&str>) {
    if let Some(Ok(value)) = value.map(HeaderValue::from_str) {
        response.headers_mut().insert(name, value);
    }
}

fn escaped(words: &str) -> String {
    let mut safe = String::with_capacity(words.len());
    for c in words.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn words_cannot_become_markup_and_the_page_loads_nothing() {
        let page =
            Page::new(StatusCode::OK, "<Bravo> & \"co\"").says("<script>alert('x')</script>");
        let response = page.respond(Some("a=b"));
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        assert_eq!(response.headers()[header::SET_COOKIE], "a=b");
        let body = axum::body::to_bytes(response.into_body(), 9_999)
            .await
            .unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(
            !body.contains("<script") && body.contains("&lt;Bravo&gt; &amp; &quot;co&quot;"),
            "{body}"
        );
    }
}
