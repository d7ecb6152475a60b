//! Signed HTTP: the same stories as over sockets; what is forged, stale or oversized is refused, and nothing of it is kept.

use super::CLICKED;
use crate::harness::world::World;
use hmac::{Hmac, KeyInit, Mac};
use secevent::emulator::slack::seed::SIGNING_SECRET;
use sha2::Sha256;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

everywhere!(Setup::http => a_report_by_signed_http);
both!(Setup::http =>
    what_is_not_signed_is_refused,
    what_is_too_large_is_refused_unread,
);

async fn a_report_by_signed_http(world: &World) {
    let (alice, rita) = (world.person("alice"), world.person("rita"));
    alice
        .reports(CLICKED)
        .await
        .says("recorded as SE-2026-0001");
    alice.reads(&["recorded as SE-2026-0001"]).await;
    let card = rita.sees_card("SE-2026-0001").await;
    rita.presses(&card, "Take").await.says("is yours now");
    rita.presses(&card, "Triage").await.opens("Triage");
    rita.fills(super::sorted("SEV3")).await.says("is triaged");
    rita.replies(&card, "Looking at it").await.is_silent();
    rita.sees_card("SE-2026-0001").await.says("SEV3");
    assert_eq!(world.entries("SE-2026-0001", "said").await.len(), 1);
}

const BODY: &str = "command=%2Fsecevent&text=forged&user_id=U0ALICE&team_id=T0EXAMPLE&channel_id=C0GENERAL&trigger_id=1.2.3";

fn signature(secret: &str, timestamp: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("v0:{timestamp}:{body}").as_bytes());
    format!("v0={}", hex::encode(mac.finalize().into_bytes()))
}

/// Sends a request by hand; the status. `body` may be shorter than `length` says.
async fn send(world: &World, headers: &str, length: usize, body: &str) -> String {
    let address = world.app.platform_address().unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "POST /slack/commands HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[9..]).into_owned()
}

fn signed(timestamp: i64, signature: &str) -> String {
    format!("x-slack-request-timestamp: {timestamp}\r\nx-slack-signature: {signature}\r\n")
}

async fn what_is_not_signed_is_refused(world: &World) {
    let now = world.now().timestamp();
    let good = signature(SIGNING_SECRET, now, BODY);
    let old = now - 301;
    for (what, headers) in [
        ("unsigned", String::new()),
        (
            "forged",
            signed(now, &signature("another secret", now, BODY)),
        ),
        (
            "of another body",
            signed(now, &signature(SIGNING_SECRET, now, "text=other")),
        ),
        ("of another time", signed(now - 1, &good)),
        ("stale", signed(old, &signature(SIGNING_SECRET, old, BODY))),
        (
            "from the future",
            signed(now + 301, &signature(SIGNING_SECRET, now + 301, BODY)),
        ),
        ("cut short", signed(now, &good[..20])),
    ] {
        let status = send(world, &headers, BODY.len(), BODY).await;
        assert!(status.starts_with('4'), "{what}: {status}");
    }
    assert_eq!(world.case_count().await, 0);
    assert_eq!(world.app.store().unread(10).await.unwrap(), vec![]);
}

async fn what_is_too_large_is_refused_unread(world: &World) {
    let now = world.now().timestamp();
    let headers = signed(now, &signature(SIGNING_SECRET, now, BODY));
    // Not one byte of the body is sent, and the answer comes nevertheless.
    let status = send(world, &headers, 50_000_000, "").await;
    assert_eq!(status, "413");
}
