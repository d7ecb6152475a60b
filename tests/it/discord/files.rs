//! Files: fetched from Discord's own place and from nowhere else, found again where an address is over, capped.

use super::stage::{LONG, World};
use axum::Router;
use axum::body::Body;
use axum::http::{StatusCode, header::LOCATION};
use axum::response::IntoResponse;
use secevent::chat::discord::api::Api;
use secevent::chat::platform::{Fetched, Platform};
use secevent::domain::clock::SystemClock;
use secevent::domain::event_report::FileRef;
use secevent::emulator::door::SeenMessage;
use secevent::runtime::{Faults, Runtime};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn file(id: String) -> FileRef {
    FileRef {
        id,
        name: "x".to_owned(),
        media_type: None,
        size: None,
    }
}

/// Alice posts a file; the message, and the file as the record names it.
async fn posted(world: &World, bytes: &[u8]) -> (SeenMessage, FileRef) {
    let alice = world.emulator.door().as_user("alice");
    let kind = "application/octet-stream";
    let sent = alice.upload(Some("general"), "a.bin", kind, bytes).await;
    let sent = sent.unwrap();
    let (at, id) = (sent.posted.unwrap(), sent.file.unwrap());
    let message = alice.read_channel("general").await.unwrap();
    let message = message.into_iter().find(|one| one.ts == at.ts).unwrap();
    let named = file(format!("message:{}:{}:{id}", at.channel, at.ts));
    (message, named)
}

/// What Discord says of a message.
async fn told(world: &World, message: &SeenMessage) -> Value {
    let api = Api::new(&world.settings, Arc::new(SystemClock)).unwrap();
    let path = ["channels", &message.channel, "messages", &message.ts];
    api.get(&path, &[]).await.unwrap()
}

#[track_caller]
fn never(fetched: Fetched, words: &str) {
    match fetched {
        Fetched::Never(why) => assert!(why.contains(words), "{words:?} is not in: {why}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_messages_are_fetched_and_only_what_may_be() {
    let mut world = World::new().await;
    world.settings.file_bytes = 1_000;
    let (platform, door) = (world.platform(), world.emulator.door());
    let (message, small) = posted(&world, b"12345").await;
    assert_eq!(
        platform.fetch(&small).await,
        Fetched::Bytes(b"12345".to_vec())
    );
    let (_, big) = posted(&world, &[0; 1_001]).await;
    never(platform.fetch(&big).await, "larger");
    let (_, just) = posted(&world, &[0; 1_000]).await;
    assert!(matches!(platform.fetch(&just).await, Fetched::Bytes(_)));

    // Discord fails for a moment.
    let down = json!({ "kind": "status", "code": 500 });
    door.fault("messages.get", down, 1).await.unwrap();
    assert!(matches!(
        platform.fetch(&small).await,
        Fetched::Temporary(_)
    ));
    // Taken away by a moderator, while its message stands.
    let id = small.id.rsplit(':').next().unwrap();
    door.control("delete_file", json!({ "file": id }))
        .await
        .unwrap();
    never(platform.fetch(&small).await, "was deleted");
    // The message is gone.
    door.as_user("alice").delete(&message.at()).await.unwrap();
    never(platform.fetch(&small).await, "was deleted");
    // The bot may not look there any more.
    let deny = json!({ "channel": "general", "deny": "history" });
    door.control("deny", deny).await.unwrap();
    never(platform.fetch(&just).await, "Read Message History");
    door.control("unfit", json!({ "channel": "general" }))
        .await
        .unwrap();
    never(platform.fetch(&just).await, "View Channel");
    for odd in ["", "message:1:2", "message:a:b:c", "F0FILE"] {
        never(platform.fetch(&file(odd.to_owned())).await, "never fetched");
    }
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_intent_a_file_is_said_to_be_hidden() {
    let world = World::new().await;
    let (_, one) = posted(&world, b"12345").await;
    let off = json!({ "on": false });
    let door = world.emulator.door();
    door.control("message_content", off).await.unwrap();
    never(world.platform().fetch(&one).await, "does not show");
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_good_while_discord_says_so() {
    let world = World::new().await;
    let platform = world.platform();
    let (message, one) = posted(&world, b"12345").await;
    let address = told(&world, &message).await["attachments"][0]["url"]
        .as_str()
        .unwrap()
        .to_owned();
    // As a form gives it: the address is all there is.
    let given = |address: &str| file(format!("address:{address}"));
    assert_eq!(
        platform.fetch(&given(&address)).await,
        Fetched::Bytes(b"12345".to_vec())
    );
    let (before, signature) = address.split_once("hm=").unwrap();
    let (_, rest) = signature.split_once('&').unwrap_or((signature, ""));
    let forged = format!("{before}hm={}&{rest}", "0".repeat(64));
    never(platform.fetch(&given(&forged)).await, "expired");
    let id = one.id.rsplit(':').next().unwrap();
    let moved = address.replace(id, "1100000000000000999");
    never(platform.fetch(&given(&moved)).await, "expired");
    world.end(0).await;
}

/// A host that answers every request with this, and counts them.
async fn host<R: IntoResponse>(
    runtime: &Runtime,
    answer: impl Fn() -> R + Clone + Send + Sync + 'static,
) -> (String, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let router = Router::new().fallback(move || {
        counter.fetch_add(1, Ordering::SeqCst);
        let answer = answer().into_response();
        async move { answer }
    });
    secevent::http::serve_platforms(runtime, listener, router);
    (url, asked)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_other_host_is_asked_and_no_redirect_followed() {
    let mut world = World::new().await;
    let runtime = Runtime::new(Faults::default(), world.capture.scope());
    let (elsewhere, asked) = host(&runtime, || "secret").await;
    let address = |url: &str| file(format!("address:{url}/attachments/1/2/a.png"));
    for other in [
        elsewhere.as_str(),
        "http://169.254.169.254",
        "https://cdn.discordapp.com.evil.example",
        "ftp://127.0.0.1",
        "file://",
    ] {
        let fetched = world.platform().fetch(&address(other)).await;
        never(fetched, "files of other hosts are never fetched");
    }
    // Discord's own host sends us elsewhere.
    let away = format!("{elsewhere}/a.png");
    let (moved, sent) = host(&runtime, move || {
        (StatusCode::FOUND, [(LOCATION, away.clone())])
    })
    .await;
    world.settings.api_url = format!("{moved}/api/v10");
    never(
        world.platform().fetch(&address(&moved)).await,
        "redirects are never followed",
    );
    // More than is kept, said beforehand and not.
    world.settings.file_bytes = 1_000;
    let (big, _) = host(&runtime, || "x".repeat(1_001)).await;
    let piece = || Ok::<_, Infallible>("x".repeat(100));
    let pieces = move || futures_util::stream::iter(std::iter::repeat_with(piece).take(11));
    let (endless, _) = host(&runtime, move || Body::from_stream(pieces())).await;
    for url in [big, endless] {
        world.settings.api_url = format!("{url}/api/v10");
        never(world.platform().fetch(&address(&url)).await, "larger");
    }
    assert_eq!(
        (asked.load(Ordering::SeqCst), sent.load(Ordering::SeqCst)),
        (0, 1)
    );
    runtime.stop(LONG).await;
    world.end(0).await;
}
