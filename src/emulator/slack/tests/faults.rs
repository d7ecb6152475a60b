//! Scripted misbehaviour over the wire: each fault happens as often as it was asked for, and then no more.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::http_client::{Failure, HttpClient};
use super::super::seed::{BOT_TOKEN, Seed};
use super::super::server::SlackEmulator;
use super::{app, emulator, seed};

async fn post(emulator: &SlackEmulator) -> Result<(u16, Option<String>), Failure> {
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("authorization", format!("Bearer {BOT_TOKEN}")),
    ];
    let body = json!({"channel": "C0QUEUE", "text": "hello"})
        .to_string()
        .into_bytes();
    let url = format!("{}/chat.postMessage", emulator.api_url());
    let answer = HttpClient::default()
        .post(&url, &headers, body, Duration::from_secs(5))
        .await?;
    let wait = answer
        .headers
        .get("retry-after")
        .and_then(|value| value.to_str().ok())
        .map(ToOwned::to_owned);
    Ok((answer.status, wait))
}

async fn stored(emulator: &SlackEmulator) -> usize {
    emulator
        .door()
        .as_user("rita")
        .read_channel("security-queue")
        .await
        .unwrap()
        .len()
}

#[tokio::test]
async fn each_fault_of_a_call_happens_once_and_then_no_more() {
    let emulator = emulator(seed()).await;
    let door = emulator.door();
    let fault = async |fault: Value| door.fault("chat.postMessage", fault, 1).await.unwrap();
    fault(json!({"kind": "rate_limited", "retry_after": 7})).await;
    assert_eq!(post(&emulator).await, Ok((429, Some("7".into()))));
    fault(json!({"kind": "rate_limited"})).await;
    assert_eq!(post(&emulator).await, Ok((429, None)));
    fault(json!({"kind": "status", "code": 503})).await;
    assert_eq!(post(&emulator).await, Ok((503, None)));
    fault(json!({"kind": "reset"})).await;
    assert!(matches!(post(&emulator).await, Err(Failure::Connection(_))));
    assert_eq!(stored(&emulator).await, 0);
    fault(json!({"kind": "lost_answer"})).await;
    assert!(matches!(post(&emulator).await, Err(Failure::Connection(_))));
    assert_eq!(stored(&emulator).await, 1, "stored, but nobody was told");
    assert_eq!(post(&emulator).await, Ok((200, None)));
    assert_eq!(stored(&emulator).await, 2);
}

#[tokio::test]
async fn a_hanging_call_ends_by_release_or_by_the_clock() {
    let emulator = emulator(seed()).await;
    let door = emulator.door();
    for seconds in [json!(null), json!(30)] {
        door.fault(
            "chat.postMessage",
            json!({"kind": "hang", "seconds": seconds}),
            1,
        )
        .await
        .unwrap();
        let freeing = async {
            while door
                .calls(0)
                .await
                .unwrap()
                .last()
                .is_none_or(|call| call["outcome"] != "hangs")
            {
                tokio::task::yield_now().await;
            }
            if seconds.is_null() {
                door.control("release", json!({})).await.unwrap();
            } else {
                door.advance(Duration::from_secs(30)).await.unwrap();
            }
        };
        let (posted, ()) = tokio::join!(post(&emulator), freeing);
        assert_eq!(posted, Ok((200, None)));
    }
}

#[tokio::test]
async fn posting_too_fast_is_paced_by_the_emulators_clock() {
    let emulator = emulator(Seed::example_corp()).await;
    for _ in 0..3 {
        assert_eq!(post(&emulator).await, Ok((200, None)));
    }
    assert_eq!(post(&emulator).await, Ok((429, Some("1".into()))));
    emulator
        .door()
        .advance(Duration::from_secs(1))
        .await
        .unwrap();
    assert_eq!(post(&emulator).await, Ok((200, None)));
}

#[tokio::test]
async fn deliveries_are_doubled_repeated_or_dropped() {
    let emulator = emulator(seed()).await;
    let app = app::on_socket(&emulator.api_url(), app::silent()).await;
    let door = emulator.door();
    let alice = door.as_user("alice");
    door.delivery_fault("command", "doubled").await.unwrap();
    alice.slash("general", "/secevent one").await.unwrap();
    door.idle().await.unwrap();
    let heard = app.heard.lock().unwrap().clone();
    assert_eq!(heard.len(), 2);
    assert_eq!(
        heard[0].0["trigger_id"], heard[1].0["trigger_id"],
        "the same command"
    );
    assert_ne!(
        heard[0].1["envelope_id"], heard[1].1["envelope_id"],
        "in two envelopes"
    );
    door.delivery_fault("event", "retried").await.unwrap();
    alice.post("general", "two").await.unwrap();
    let heard = app.heard.lock().unwrap().clone();
    assert_eq!((heard.len(), &heard[3].1["retry_attempt"]), (4, &json!(1)));
    door.delivery_fault("event", "dropped").await.unwrap();
    assert_eq!(
        alice.post("general", "three").await.unwrap().deliveries[0].outcome,
        "dropped"
    );
    assert_eq!(app.payloads().len(), 4);
}
