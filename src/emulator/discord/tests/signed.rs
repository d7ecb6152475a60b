//! Interactions over HTTP: signed, answered in the body, checked with bad signatures.
//!
//! Neighbours: `flow` for the same over the gateway.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use serenity::interactions_endpoint::Verifier;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::app::App;
use super::{Seed, judge};
use crate::emulator::clock::EmulatorClock;
use crate::emulator::discord::DiscordEmulator;
use crate::emulator::discord::seed::SIGNING_SEED;

/// An endpoint that checks signatures with a library that is not ours.
async fn endpoint(State(checks): State<Arc<bool>>, headers: HeaderMap, body: Bytes) -> Response {
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    let key = super::super::signing::public_key(SIGNING_SEED);
    let verified = Verifier::new(&key).verify(
        &text("x-signature-ed25519"),
        &text("x-signature-timestamp"),
        &body,
    );
    if *checks && verified.is_err() {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let given: Value = serde_json::from_slice(&body).unwrap();
    let read: Result<twilight_model::application::interaction::Interaction, _> =
        serde_json::from_value(given.clone());
    assert!(read.is_ok(), "{read:?}");
    let answer = match given["type"].as_u64() {
        Some(1) => json!({ "type": 1 }),
        Some(2) if given["data"]["options"][0]["name"] == "help" => {
            json!({ "type": 4, "data": { "content": "help", "flags": 64 } })
        }
        Some(2) => json!({ "type": 4, "data": { "content": "" } }),
        _ => json!({ "type": 6 }),
    };
    ([("content-type", "application/json")], answer.to_string()).into_response()
}

async fn served(checks: bool) -> (String, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/interactions", listener.local_addr().unwrap());
    let routes = Router::new()
        .route("/interactions", post(endpoint))
        .with_state(Arc::new(checks));
    let mut server = JoinSet::new();
    server.spawn(async move { axum::serve(listener, routes).await.unwrap() });
    (url, server)
}

#[tokio::test]
async fn an_interaction_is_signed_and_answered_in_the_body() {
    let (url, _server) = served(true).await;
    let seed = Seed::example_corp()
        .with_endpoint(&url)
        .with_ack_limit(Duration::from_secs(3));
    let emulator = DiscordEmulator::start(seed, EmulatorClock::manual(super::start()))
        .await
        .unwrap();
    let app = App::new(&emulator);
    app.register().await;
    let alice = emulator.door().as_user("alice");
    let seen = alice.slash("#general", "/secevent help").await.unwrap();
    assert_eq!(
        (seen.acknowledged, seen.shown[0].shown.as_str()),
        (true, "help")
    );
    let refused = alice
        .slash("#general", "/secevent report nothing comes of it")
        .await
        .unwrap();
    assert_eq!(refused.deliveries[0].outcome, "answer_refused_50006");
    assert!(refused.toast.is_some());
    let checked = emulator
        .door()
        .control("verify_url", json!({}))
        .await
        .unwrap();
    assert_eq!(checked["verified"], true, "{checked}");
    emulator
        .door()
        .control("http_mode", json!({}))
        .await
        .unwrap();
    let seen = alice.slash("#general", "/secevent help").await.unwrap();
    assert_eq!(seen.deliveries[0].outcome, "no_connection");
    judge::payload(r#"{"op":11,"d":null}"#);
}

#[tokio::test]
async fn an_endpoint_that_believes_everything_is_not_taken() {
    let (url, _server) = served(false).await;
    let emulator =
        DiscordEmulator::start(Seed::example_corp(), EmulatorClock::manual(super::start()))
            .await
            .unwrap();
    let checked = emulator
        .door()
        .control("verify_url", json!({ "url": url }))
        .await
        .unwrap();
    assert_eq!(
        (&checked["verified"], &checked["bad_signatures"]),
        (&json!(false), &json!([200, 200, 200]))
    );
}
