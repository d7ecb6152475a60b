//! Signed HTTP: what is let in, what is refused before it is read, and that both transports mean the same.

use super::stage::{LONG, World};
use secevent::emulator::slack::Seed;
use secevent::emulator::slack::model::Transport;
use secevent::emulator::slack::seed::SIGNING_SECRET;
use serde_json::json;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

struct Served {
    world: World,
    address: SocketAddr,
}

/// The doors on a free port, and an emulator that knows them.
async fn served() -> Served {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let seed = Seed::example_corp().with_app(|app| {
        let url = |path: &str| format!("http://{address}/slack/{path}");
        app.transport = Transport::Http {
            events: url("events"),
            interactions: url("interactivity"),
            commands: url("commands"),
        };
    });
    let world = World::new(seed).await;
    let ingress = world.slack.ingress(world.stage.clone()).unwrap();
    let router = world.slack.doors(ingress, &world.runtime).unwrap().router();
    let stop = world.runtime.stopping();
    world.runtime.worker("doors", move |_| async move {
        axum::serve(listener, router)
            .with_graceful_shutdown(stop.cancelled_owned())
            .await
            .unwrap();
    });
    Served { world, address }
}

impl Served {
    /// Sends bytes as they are; answers the status and how long the answer took to come.
    async fn raw(&self, head: &str, body: &[u8]) -> u16 {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        // A refusal may close the connection before the body is through.
        let _ = stream.write_all(body).await;
        let mut answer = Vec::new();
        let mut piece = [0_u8; 1024];
        let read = async {
            while !answer.windows(4).any(|window| window == b"\r\n\r\n") {
                match stream.read(&mut piece).await {
                    Ok(0) | Err(_) => break,
                    Ok(read) => answer.extend_from_slice(&piece[..read]),
                }
            }
        };
        tokio::time::timeout(LONG, read).await.unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        answer
            .get(9..12)
            .and_then(|status| status.parse().ok())
            .unwrap_or(0)
    }

    async fn post(&self, path: &str, headers: &str, body: &str) -> u16 {
        let head = format!(
            "POST /slack/{path} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n{headers}\r\n",
            body.len()
        );
        self.raw(&head, body.as_bytes()).await
    }
}

fn signed(body: &str, apart: i64) -> String {
    use hmac::{KeyInit, Mac};
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let at = i64::try_from(now).unwrap() + apart;
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(SIGNING_SECRET.as_bytes()).unwrap();
    mac.update(format!("v0:{at}:{body}").as_bytes());
    let signature = hex::encode(mac.finalize().into_bytes());
    format!("X-Slack-Request-Timestamp: {at}\r\nX-Slack-Signature: v0={signature}\r\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_forms_and_events_come_in_by_http() {
    let served = served().await;
    let door = served.world.emulator.door();
    let alice = door.as_user("alice");
    let seen = alice
        .slash("general", "/secevent my laptop & <@U0BOB>")
        .await
        .unwrap();
    assert!(
        seen.acknowledged && seen.shown[0].shown.contains("Heard: my laptop"),
        "{seen:?}"
    );
    assert_eq!(
        alice
            .slash("general", "/secevent")
            .await
            .unwrap()
            .view
            .unwrap()
            .title,
        "Report"
    );
    let seen = alice
        .submit(json!({ "What happened?": "short" }))
        .await
        .unwrap();
    assert_eq!(
        seen.errors.get("what").map(String::as_str),
        Some("Say more")
    );
    let seen = alice
        .submit(json!({ "What happened?": "odd mail" }))
        .await
        .unwrap();
    assert!(seen.view.unwrap().shown.contains("Thank you"));
    alice.post("@secevent", "is this odd?").await.unwrap();
    alice.wait_for("@secevent", "Hello", LONG).await.unwrap();
    door.control("verify_url", json!({})).await.unwrap();
    served.world.end(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_was_not_stored_is_answered_503_and_comes_again() {
    let served = served().await;
    *served.world.stage.refuse.lock().unwrap() = 1;
    let alice = served.world.emulator.door().as_user("alice");
    let seen = alice.post("@secevent", "my laptop").await.unwrap();
    assert_eq!(seen.deliveries[0].outcome, "http_503", "{seen:?}");
    alice.wait_for("@secevent", "Hello", LONG).await.unwrap();
    let heard = served.world.heard();
    assert_eq!(heard.len(), 2);
    assert_eq!(heard[0].key, heard[1].key);
    let lines = served.world.capture.lines().join("\n");
    assert!(lines.contains("retry 1 http_error"), "{lines}");
    served.world.end(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_slack_did_not_sign_gets_no_further() {
    let served = served().await;
    let body = "user_id=U1&text=odd";
    for (what, headers, expected) in [
        ("signed", signed(body, 0), 200),
        ("unsigned", String::new(), 401),
        ("forged", signed("other", 0), 401),
        ("stale", signed(body, -301), 401),
        ("of the future", signed(body, 302), 401),
        (
            "half signed",
            "X-Slack-Signature: v0=00\r\n".to_owned(),
            401,
        ),
    ] {
        assert_eq!(
            served.post("commands", &headers, body).await,
            expected,
            "{what}"
        );
    }
    assert_eq!(served.world.heard().len(), 1);
    assert!(served.world.stage.unreadable.lock().unwrap().is_empty());
    served.world.end(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_is_refused_before_it_is_read() {
    let served = served().await;
    // Nothing of the announced 200 MB is ever sent: an answer shows that nobody waited for it.
    let head = format!(
        "POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n{}\r\n",
        200 * 1024 * 1024,
        signed("", 0)
    );
    assert_eq!(served.raw(&head, b"").await, 413);
    // Without an announced length it is counted.
    let head = format!(
        "POST /slack/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n{}\r\n",
        signed("", 0)
    );
    let chunk = format!("{:x}\r\n{}\r\n", 300 * 1024, "x".repeat(300 * 1024));
    assert_eq!(served.raw(&head, chunk.repeat(4).as_bytes()).await, 413);
    assert!(served.world.heard().is_empty());
    served.world.end(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signed_nonsense_is_kept_and_acknowledged() {
    let served = served().await;
    for (path, body) in [
        ("events", "{"),
        ("interactivity", "payload=%7B"),
        ("events", "{\"event\":{\"type\":7}}"),
    ] {
        assert_eq!(
            served.post(path, &signed(body, 0), body).await,
            200,
            "{body}"
        );
    }
    assert_eq!(served.world.stage.unreadable.lock().unwrap().len(), 3);
    served.world.end(0).await;
}
