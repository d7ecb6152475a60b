//! The demo's page as somebody plays it: the real binary, a real browser, and nothing between them but clicks and keys.
//!
//! Invariants: whatever is done is done by mouse and keyboard; waiting is for what is to be seen, never for a span of time; an error on
//! the browser's console, an exception or a breach of the page's content policy fails the test, wherever it came up. Neighbours: `chromium` drives
//! the browser, `demo` runs the binary, `screen` knows where things are.

mod both;
mod chromium;
mod demo;
mod screen;
mod story;
