//! Signed requests: what is forged, stale, doubled or too large, and what is taken.

use super::stage::World;
use secevent::{
    domain::clock::{Clock, SystemClock},
    emulator::discord::Seed,
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn discord_itself_is_satisfied_with_the_door() {
    let world = World::new().await;
    let (runtime, url) = world.signed().await;
    let door = world.emulator.door();
    // A ping, and the forged requests that Discord sends to see whether the signature is checked.
    let verified = door
        .control("verify_url", json!({ "url": url }))
        .await
        .unwrap();
    assert_eq!(verified["verified"], true, "{verified}");
    door.control("http_mode", json!({ "url": url }))
        .await
        .unwrap();
    let alice = door.as_user("alice");
    let seen = alice.slash("general", "/secevent help").await.unwrap();
    assert!(seen.acknowledged, "{seen:?}");
    assert!(seen.shown[0].shown.contains("Heard: help"), "{seen:?}");
    runtime.stop(super::stage::LONG).await;
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_signed_goes_no_further() {
    let world = World::with(Seed::example_corp()).await;
    let (runtime, url) = world.signed().await;
    let client = reqwest_client();
    let now = SystemClock.now().timestamp().to_string();
    let signature = "0".repeat(128);
    for (headers, body, status) in [
        (vec![], "{}".to_owned(), 401),
        (
            vec![("x-signature-timestamp", now.as_str())],
            "{}".to_owned(),
            401,
        ),
        (
            vec![
                ("x-signature-timestamp", now.as_str()),
                ("x-signature-ed25519", signature.as_str()),
            ],
            "{\"type\":1}".to_owned(),
            401,
        ),
        (
            vec![
                ("x-signature-timestamp", now.as_str()),
                ("x-signature-ed25519", "é"),
            ],
            "{}".to_owned(),
            401,
        ),
        (
            vec![
                ("x-signature-timestamp", "0"),
                ("x-signature-ed25519", signature.as_str()),
            ],
            "{}".to_owned(),
            401,
        ),
        (
            vec![
                ("x-signature-timestamp", now.as_str()),
                ("x-signature-ed25519", signature.as_str()),
            ],
            "x".repeat(70_000),
            413,
        ),
    ] {
        let mut request = client.post(&url).body(body);
        for (name, value) in headers {
            request = request.header(name, value.as_bytes());
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status);
    }
    assert!(world.counting.heard.lock().unwrap().is_empty());
    assert!(world.counting.unreadable.lock().unwrap().is_empty());
    runtime.stop(super::stage::LONG).await;
    world.end(0).await;
}

pub fn reqwest_client() -> reqwest::Client {
    let tls = rustls::ClientConfig::builder_with_provider(std::sync::Arc::new(
        rustls::crypto::ring::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_root_certificates(rustls::RootCertStore::empty())
    .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .build()
        .unwrap()
}
