//! Threads of cases: one for each card however often the bot restarts, and what becomes of a note when somebody meddles with them.

use super::stage::{World, card, to};
use secevent::chat::platform::{Permanent, Platform, Sent, Target};
use secevent::domain::event_report::MessageRef;
use secevent::emulator::discord::seed;
use secevent::emulator::door::SeenMessage;
use serde_json::{Value, json};

/// A card of a case, as it was posted.
async fn posted(world: &World) -> MessageRef {
    match world
        .platform()
        .send(&to(Target::Queue, card("Case")))
        .await
    {
        Sent::Delivered { message } => message,
        other => panic!("{other:?}"),
    }
}

async fn note(platform: &impl Platform, root: &MessageRef, words: &str) -> Sent {
    let target = Target::Thread(root.clone());
    platform.send(&to(target, card(words))).await
}

#[track_caller]
fn is_said(sent: Sent) {
    assert!(matches!(sent, Sent::Delivered { .. }), "{sent:?}");
}

/// What Rita reads below the card.
async fn reads(world: &World, root: &MessageRef) -> Vec<String> {
    let rita = world.emulator.door().as_user("rita");
    let at = secevent::emulator::door::MessageRef {
        channel: root.channel.clone(),
        ts: root.message.clone(),
    };
    let all: Vec<SeenMessage> = rita.read_thread(&at).await.unwrap();
    let notes = all.into_iter().filter(|one| one.ts != root.message);
    notes.map(|one| one.text).collect()
}

/// Somebody does this to the thread.
async fn meddles(world: &World, what: &str, root: &MessageRef, given: Value) {
    let mut given = given;
    given["channel"] = json!(root.message);
    world.emulator.door().control(what, given).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restarted_bot_goes_on_in_the_same_thread() {
    let world = World::new().await;
    let root = posted(&world).await;
    for words in ["one", "two", "three"] {
        // Each of them knows nothing of the others.
        is_said(note(&world.platform(), &root, words).await);
    }
    assert_eq!(reads(&world, &root).await, ["one", "two", "three"]);
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_that_somebody_started_is_the_cases() {
    let world = World::new().await;
    let root = posted(&world).await;
    let rita = world.emulator.door().as_user("rita");
    let cards = rita.read_channel("security-queue").await.unwrap();
    rita.reply(&cards[0].at(), "I look at it").await.unwrap();
    is_said(note(&world.platform(), &root, "taken").await);
    assert_eq!(reads(&world, &root).await, ["I look at it", "taken"]);
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_that_was_archived_opens_again() {
    let world = World::new().await;
    let (root, platform) = (posted(&world).await, world.platform());
    is_said(note(&platform, &root, "one").await);
    meddles(&world, "archive_thread", &root, json!({})).await;
    is_said(note(&platform, &root, "two").await);
    assert_eq!(reads(&world, &root).await, ["one", "two"]);
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_that_was_deleted_is_started_again() {
    let world = World::new().await;
    let (root, platform) = (posted(&world).await, world.platform());
    is_said(note(&platform, &root, "one").await);
    meddles(&world, "delete_channel", &root, json!({})).await;
    is_said(note(&platform, &root, "two").await);
    assert_eq!(reads(&world, &root).await, ["two"]);
    world.end(0).await;
}

/// Delivery posts in the channel what has no message to hang on any more.
#[track_caller]
fn goes_to_the_channel(sent: &Sent, words: &str) {
    let Sent::Permanent { reason, detail } = sent else {
        panic!("{sent:?}")
    };
    assert_eq!(*reason, Permanent::MessageGone, "{detail}");
    assert!(detail.contains(words), "{detail}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_that_is_locked_or_cannot_be_is_no_trouble_of_the_channels() {
    let world = World::new().await;
    let (root, platform) = (posted(&world).await, world.platform());
    is_said(note(&platform, &root, "one").await);
    meddles(&world, "archive_thread", &root, json!({ "what": "lock" })).await;
    goes_to_the_channel(&note(&platform, &root, "two").await, "locked");
    // Closed and locked: it can be opened by who started it, and is locked still.
    meddles(&world, "archive_thread", &root, json!({ "what": "locked" })).await;
    goes_to_the_channel(&note(&platform, &root, "two").await, "locked");
    meddles(&world, "archive_thread", &root, json!({ "on": false })).await;
    is_said(note(&platform, &root, "three").await);

    // Discord may keep a deleted thread's place taken; nobody has tried it with the real one.
    meddles(&world, "delete_channel", &root, json!({})).await;
    let taken = json!({ "kind": "error", "code": 160_004 });
    let door = world.emulator.door();
    door.fault("threads.start", taken, 1).await.unwrap();
    goes_to_the_channel(&note(&platform, &root, "four").await, "deleted");
    let full = json!({ "kind": "error", "code": 160_006 });
    door.fault("threads.start", full, 1).await.unwrap();
    goes_to_the_channel(&note(&world.platform(), &root, "five").await, "active");
    // The card itself is gone.
    let api = [
        "channels",
        &seed::QUEUE.to_string(),
        "messages",
        &root.message,
    ]
    .map(str::to_owned);
    let path: Vec<&str> = api.iter().map(String::as_str).collect();
    world.ingress().0.delete(&path).await.unwrap();
    goes_to_the_channel(&note(&world.platform(), &root, "six").await, "deleted");
    let update = to(Target::Update(root.clone()), card("Taken"));
    goes_to_the_channel(&platform.send(&update).await, "deleted");
    world.end(0).await;
}
