//! Sockets, signed HTTP, retries and doors.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::door::{Door, DoorError};
use super::super::seed::{APP_TOKEN, Seed};
use super::{app, call, emulator, seed};

/// A short limit, so that a missing acknowledgement does not cost three seconds.
fn hasty() -> Seed {
    Seed {
        ack_limit: Duration::from_millis(100),
        ..seed()
    }
}

#[tokio::test]
async fn a_command_nobody_answers_shows_an_error() {
    let emulator = emulator(hasty()).await;
    let alice = emulator.door().as_user("alice");
    let seen = alice.slash("general", "/secevent x").await.unwrap();
    assert_eq!(
        seen.toast.as_deref(),
        Some("/secevent failed with the error \"dispatch_failed\"")
    );
    let _app = app::on_socket(&emulator.api_url(), Arc::new(|_| None)).await;
    let seen = alice.slash("general", "/secevent x").await.unwrap();
    assert!(!seen.acknowledged);
    assert_eq!(
        seen.toast.as_deref(),
        Some("/secevent failed with the error \"operation_timeout\"")
    );
}

#[tokio::test]
async fn events_are_tried_again_over_http_with_their_marks() {
    let app = app::on_http(Arc::new(|_| Some(json!({"status": 500})))).await;
    let emulator = emulator(seed().with_http(&app.url)).await;
    let door = emulator.door();
    let seen = door
        .as_user("alice")
        .post("general", "hello")
        .await
        .unwrap();
    assert_eq!(seen.deliveries[0].outcome, "http_500");
    for tries in [2, 3, 4] {
        until(|| app.heard.lock().unwrap().len() == tries).await;
        assert!(door.idle().await.unwrap());
        door.control("retry_now", json!({})).await.unwrap();
    }
    let heard = app.heard.lock().unwrap().clone();
    let marks: Vec<_> = heard
        .iter()
        .map(|(_, retry)| retry["num"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(marks, ["", "1", "2", "3"]);
    assert_eq!(heard[1].1["reason"], "http_error");
    let ids: std::collections::BTreeSet<_> = heard
        .iter()
        .map(|(payload, _)| payload["event_id"].to_string())
        .collect();
    assert_eq!(ids.len(), 1, "a retry is the same event");
}

/// Yields until something is true; the test runner's own limit ends a wait in vain.
async fn until(holds: impl Fn() -> bool) {
    while !holds() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn over_http_answers_come_as_bodies_and_failures_as_errors() {
    let answer: app::Answer = Arc::new(|payload| match payload["text"].as_str() {
        Some("fail") => Some(json!({"status": 500})),
        Some("deny") => Some(json!({"status": 401})),
        Some(_) => Some(json!({"text": "got it"})),
        None if payload["type"] == "url_verification" => {
            Some(json!({"challenge": payload["challenge"]}))
        }
        None => Some(Value::Null),
    });
    let app = app::on_http(answer).await;
    let emulator = emulator(seed().with_http(&app.url)).await;
    let alice = emulator.door().as_user("alice");
    assert_eq!(
        alice.slash("general", "/secevent hi").await.unwrap().shown[0].shown,
        "got it"
    );
    let toast = async |text: &str| alice.slash("general", text).await.unwrap().toast.unwrap();
    assert!(toast("/secevent fail").await.contains("http_service_error"));
    assert!(toast("/secevent deny").await.contains("http_client_error"));
    let verified = emulator
        .door()
        .control("verify_url", json!({}))
        .await
        .unwrap();
    assert_eq!(verified["verified"], true);
}

#[tokio::test]
async fn a_refreshed_socket_gets_nothing_more_and_a_disabled_app_no_socket() {
    let emulator = emulator(hasty()).await;
    let door = emulator.door();
    let old = app::on_socket(&emulator.api_url(), app::silent()).await;
    door.control("socket", json!({"what": "refresh", "socket": 1}))
        .await
        .unwrap();
    let new = app::on_socket(&emulator.api_url(), app::silent()).await;
    for _ in 0..3 {
        assert!(
            door.as_user("alice")
                .slash("general", "/secevent")
                .await
                .unwrap()
                .acknowledged
        );
    }
    assert_eq!(new.payloads().len(), 3);
    let reasons: Vec<_> = old
        .heard
        .lock()
        .unwrap()
        .iter()
        .map(|(_, frame)| frame["reason"].clone())
        .collect();
    assert_eq!(reasons, [json!("refresh_requested")]);
    door.sockets("link_disabled").await.unwrap();
    let (_, opened) = app::api(
        &emulator.api_url(),
        APP_TOKEN,
        "apps.connections.open",
        &json!({}),
    )
    .await
    .unwrap();
    assert_eq!(opened["error"], "access_denied");
}

#[tokio::test]
async fn a_lost_socket_loses_the_command_and_repeats_the_event() {
    let emulator = emulator(seed()).await;
    let door = emulator.door();
    let first = app::on_socket(&emulator.api_url(), Arc::new(|_| None)).await;
    let alice = door.as_user("alice");
    let posting = alice.post("general", "hello");
    let breaking = async {
        until(|| !first.payloads().is_empty()).await;
        let second = app::on_socket(&emulator.api_url(), app::silent()).await;
        door.control("socket", json!({"what": "reset", "socket": 1}))
            .await
            .unwrap();
        second
    };
    let (seen, second) = tokio::join!(posting, breaking);
    assert_eq!(seen.unwrap().deliveries[0].outcome, "connection_failed");
    until(|| !second.payloads().is_empty()).await;
    let (payload, envelope) = second.heard.lock().unwrap()[0].clone();
    assert_eq!(payload["event_id"], first.payloads()[0]["event_id"]);
    assert_eq!(envelope["retry_attempt"], 1);
}

#[tokio::test]
async fn the_doors_need_their_token_and_end_with_the_emulator() {
    let emulator = emulator(seed()).await;
    let stranger = Door::new(&emulator.door_url(), "guess");
    let refused = stranger.as_user("alice").channels().await;
    assert_eq!(refused, Err(DoorError::Refused("wrong token".into())));
    let door = emulator.door();
    let names: Vec<String> = door
        .as_user("gwen")
        .channels()
        .await
        .unwrap()
        .iter()
        .map(|one| one.name.clone())
        .collect();
    assert_eq!(names, ["general"], "a guest sees only their own channels");
    assert_eq!(
        call(&emulator, "auth.test", json!({})).await["user_id"],
        "U0SECEVENT"
    );
    emulator.stop().await;
    assert!(matches!(door.idle().await, Err(DoorError::Unreachable(_))));
}
