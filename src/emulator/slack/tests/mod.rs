//! The emulator as a whole, driven over its wire by a small app of the tests.
//!
//! Purpose: what unit tests cannot see: transport, faults, doors and the order of things. Invariants: nothing sleeps; a
//! manual clock is stepped. Neighbours: `app` is the app, the other files one subject each.

mod app;
mod errors;
mod faults;
mod people;
mod transport;

use serde_json::{Value, json};

use super::seed::{BOT_TOKEN, Seed};
use super::server::SlackEmulator;
use crate::emulator::clock::EmulatorClock;

/// An emulator on a manual clock, without pacing unless the seed says so.
async fn emulator(seed: Seed) -> SlackEmulator {
    let start = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    SlackEmulator::start(seed, EmulatorClock::manual(start))
        .await
        .unwrap()
}

fn seed() -> Seed {
    Seed::example_corp().without_rate_limits()
}

/// Calls a method with JSON arguments and the bot token.
async fn call(emulator: &SlackEmulator, method: &str, args: Value) -> Value {
    app::api(&emulator.api_url(), BOT_TOKEN, method, &args)
        .await
        .unwrap()
        .1
}

/// The error code of a call, or "ok".
async fn code(emulator: &SlackEmulator, method: &str, args: Value) -> String {
    let answer = call(emulator, method, args).await;
    answer["error"].as_str().unwrap_or("ok").to_owned()
}

fn modal() -> Value {
    json!({
        "type": "modal", "callback_id": "form", "notify_on_close": true,
        "title": {"type": "plain_text", "text": "Report"}, "submit": {"type": "plain_text", "text": "Send"},
        "blocks": [
            {"type": "input", "block_id": "what", "label": {"type": "plain_text", "text": "What happened"},
             "element": {"type": "plain_text_input", "action_id": "text", "max_length": 20}},
            {"type": "input", "block_id": "kind", "optional": true, "label": {"type": "plain_text", "text": "Kind"},
             "element": {"type": "static_select", "action_id": "pick", "options": [
                {"text": {"type": "plain_text", "text": "Not sure"}, "value": "unsure"},
                {"text": {"type": "plain_text", "text": "Phishing"}, "value": "phishing"}]}},
        ],
    })
}
