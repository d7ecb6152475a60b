//! Sending: each target, each way Discord says no, and what people then see.

use super::stage::{World, card, direct, to};
use secevent::chat::platform::{Permanent, Platform, Sent, Target};
use secevent::domain::event_report::MessageRef;
use secevent::emulator::discord::{Seed, seed};
use serde_json::{Value, json};
use std::time::Duration;

async fn delivered(platform: &impl Platform, target: Target, words: &str) -> MessageRef {
    match platform.send(&to(target, card(words))).await {
        Sent::Delivered { message } => message,
        other => panic!("{other:?}"),
    }
}

async fn refused(platform: &impl Platform, target: Target) -> (Permanent, String) {
    match platform.send(&to(target, card("x"))).await {
        Sent::Permanent { reason, detail } => (reason, detail),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_target_is_reached() {
    let world = World::new().await;
    let (platform, door) = (world.platform(), world.emulator.door());
    let receipt = delivered(&platform, direct(seed::ALICE), "Thank you").await;
    assert_eq!(receipt.workspace, "@me");
    delivered(&platform, Target::Thread(receipt.clone()), "Your reply").await;
    let shown = door.as_user("alice").read_dm("secevent").await.unwrap();
    let words: Vec<bool> = ["Thank you", "Your reply"]
        .iter()
        .zip(&shown)
        .map(|(words, one)| one.shown.contains(words))
        .collect();
    assert_eq!(words, [true, true], "{shown:#?}");
    assert_eq!(world.calls("users.dm").await, 1, "it is remembered");

    let queue = delivered(&platform, Target::Queue, "New case").await;
    delivered(&platform, Target::Thread(queue.clone()), "First note").await;
    delivered(&platform, Target::Thread(queue.clone()), "Second note").await;
    assert_eq!(world.calls("threads.start").await, 1, "it is remembered");
    let made = door.calls(0).await.unwrap();
    let made = made.iter().find(|one| one["route"] == "threads.start");
    assert_eq!(
        made.unwrap()["body"]["name"],
        "SE-2026-0042",
        "called by its case, and by nothing else of it"
    );
    let updated = delivered(&platform, Target::Update(queue.clone()), "Taken").await;
    assert_eq!(updated, queue);
    let shown = door
        .as_user("rita")
        .read_channel("security-queue")
        .await
        .unwrap();
    assert_eq!((shown.len(), shown[0].reply_count), (1, 2));
    assert!(
        shown[0].shown.contains("Taken") && shown[0].buttons.len() == 1,
        "{shown:#?}"
    );
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_was_lost_makes_no_second_message() {
    let world = World::new().await;
    let (platform, door) = (world.platform(), world.emulator.door());
    let queue = delivered(&platform, Target::Queue, "New case").await;
    let rita = door.as_user("rita");
    for target in [
        direct(seed::RITA),
        Target::Queue,
        Target::Thread(queue.clone()),
    ] {
        // Another key than that of the card before.
        let mut message = to(target.clone(), card("Once only"));
        message.key = format!("outbox:{target:?}");
        let lost = json!({ "kind": "lost_answer" });
        door.fault("messages.post", lost, 1).await.unwrap();
        let first = platform.send(&message).await;
        assert!(
            matches!(
                first,
                Sent::Temporary {
                    maybe_sent: true,
                    ..
                }
            ),
            "{first:?}"
        );
        // Another process tries again: it knows nothing but the row.
        let again = world.platform().send(&message).await;
        let Sent::Delivered { message } = again else {
            panic!("{again:?}")
        };
        let mut seen = rita.read_dm("secevent").await.unwrap();
        seen.extend(rita.read_channel("security-queue").await.unwrap());
        for root in seen.clone() {
            let thread = rita.read_thread(&root.at()).await.unwrap();
            seen.extend(thread.into_iter().skip(1));
        }
        seen.retain(|one| one.ts == message.message);
        assert_eq!(seen.len(), 1, "{target:?}: what was taken is what is told");
    }
    let all = |words: &str, seen: &[secevent::emulator::door::SeenMessage]| {
        seen.iter().filter(|one| one.shown.contains(words)).count()
    };
    let told = rita.read_dm("secevent").await.unwrap();
    let cards = rita.read_channel("security-queue").await.unwrap();
    let first = cards.iter().find(|one| one.ts == queue.message).unwrap();
    let thread = rita.read_thread(&first.at()).await.unwrap();
    assert_eq!(
        (
            all("Once only", &told),
            all("Once only", &cards),
            all("Once only", &thread)
        ),
        (1, 1, 1)
    );
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_fault_gets_its_word() {
    let mut world = World::new().await;
    world.settings.timeouts.call = Duration::from_millis(700);
    let door = world.emulator.door();
    for (fault, after, limited, maybe) in [
        (
            json!({ "kind": "rate_limited", "retry_after": 7.5 }),
            Some(Duration::from_millis(7_500)),
            true,
            false,
        ),
        (
            json!({ "kind": "rate_limited", "retry_after": 3.0, "global": true }),
            Some(Duration::from_secs(3)),
            true,
            false,
        ),
        // The guard before Discord says nothing; five seconds are ours.
        (
            json!({ "kind": "rate_limited" }),
            Some(Duration::from_secs(5)),
            true,
            false,
        ),
        (json!({ "kind": "status", "code": 503 }), None, false, true),
        (json!({ "kind": "reset" }), None, false, true),
        (json!({ "kind": "lost_answer" }), None, false, true),
        (json!({ "kind": "hang" }), None, false, true),
    ] {
        // What a client knows of limits is its own: each of these has met none.
        let platform = world.platform();
        door.fault("messages.post", fault.clone(), 1).await.unwrap();
        let sent = platform.send(&to(direct(seed::ALICE), card("again"))).await;
        let Sent::Temporary {
            after: told,
            limited: is_limited,
            maybe_sent,
            reason,
        } = sent
        else {
            panic!("{fault}: {sent:?}")
        };
        assert_eq!(
            (told, is_limited, maybe_sent),
            (after, limited, maybe),
            "{fault}: {reason}"
        );
        door.control("release", json!({})).await.unwrap();
        door.control("global_limit", json!({ "seconds": 0.0 }))
            .await
            .unwrap();
    }
    for (code, expected, way_out) in [
        (50_035, Permanent::Malformed, "report this as a bug"),
        (401, Permanent::Refused, "reset the bot's token"),
    ] {
        let fault = json!({ "kind": "error", "code": code });
        door.fault("messages.post", fault, 1).await.unwrap();
        let (reason, detail) = refused(&world.platform(), direct(seed::ALICE)).await;
        assert_eq!(reason, expected, "{code}");
        assert!(detail.contains(way_out), "{detail}");
    }
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_who_cannot_be_reached_are_said() {
    let world = World::new().await;
    let (platform, door) = (world.platform(), world.emulator.door());
    delivered(&platform, direct(seed::BOB), "You are heard").await;
    // Closed after the conversation was opened.
    let closed = json!({ "user": "bob", "on": true });
    door.control("close_dm", closed).await.unwrap();
    let (reason, detail) = refused(&platform, direct(seed::BOB)).await;
    assert_eq!(reason, Permanent::Unreachable);
    assert!(
        detail.contains("50007") && detail.contains("closed"),
        "{detail}"
    );
    // Open again: the conversation is there.
    let open = json!({ "user": "bob", "on": false });
    door.control("close_dm", open).await.unwrap();
    delivered(&platform, direct(seed::BOB), "You are heard again").await;
    // Left the server; no such account; an account of another platform.
    door.control("kick", json!({ "user": "alice" }))
        .await
        .unwrap();
    for nobody in [seed::ALICE, 7, 1_100_000_000_000_009_999] {
        let (reason, detail) = refused(&platform, direct(nobody)).await;
        assert_eq!(reason, Permanent::Unreachable, "{nobody}: {detail}");
    }
    let Target::Direct(mut other) = direct(seed::RITA) else {
        unreachable!()
    };
    other.platform = secevent::domain::person::PlatformId::Slack;
    let (reason, _) = refused(&platform, Target::Direct(other)).await;
    assert_eq!(reason, Permanent::Unreachable);
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_queue_channel_must_be_fit() {
    // What an administrator did to it, and the words that lead out.
    let deny = |what: &str| json!({ "channel": "security-queue", "deny": what });
    for (control, given, word, doctor) in [
        (
            "delete_channel",
            json!({ "channel": "security-queue" }),
            "does not exist",
            "discord.queue_channel",
        ),
        (
            "unfit",
            json!({ "channel": "security-queue" }),
            "does not see it",
            "View Channel",
        ),
        (
            "deny",
            deny("send"),
            "`secevent doctor` names them",
            "Send Messages",
        ),
        (
            "deny",
            deny("embeds"),
            "`secevent doctor` names them",
            "Embed Links",
        ),
        (
            "leave_guild",
            json!({}),
            "the bot is not in the server",
            "invite it: https://discord.com/oauth2/authorize?client_id=",
        ),
    ] {
        let world = World::new().await;
        world.emulator.door().control(control, given).await.unwrap();
        let platform = world.platform();
        let (reason, detail) = refused(&platform, Target::Queue).await;
        assert_eq!(reason, Permanent::ChannelUnfit, "{control}: {detail}");
        assert!(detail.contains(word), "{control}: {detail}");
        let findings = platform.examine().await;
        assert!(
            findings
                .iter()
                .any(|one| !one.ok && one.sentence.contains(doctor)),
            "{control}: {findings:#?}"
        );
        world.end(0).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_that_is_not_for_cases_is_never_posted_to() {
    for (channel, word) in [
        (seed::GENERAL, "open to everybody in the server"),
        (seed::SHARED, "open to everybody in the server"),
        (seed::PARTNER_GENERAL, "is in another server"),
        (seed::OPS, "does not see it"),
        (12, "does not exist"),
    ] {
        let mut world = World::new().await;
        world.settings.queue_channel = channel.to_string();
        let (reason, detail) = refused(&world.platform(), Target::Queue).await;
        assert_eq!(reason, Permanent::ChannelUnfit, "{channel}");
        assert!(detail.contains(word), "{channel}: {detail}");
        world.end(0).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_of_one_place_stops_no_other_and_a_limit_of_all_stops_all() {
    let world = World::with_limits(Seed::example_corp()).await;
    let (platform, door) = (world.platform(), world.emulator.door());
    let send = async |target: Target, n: u32| {
        let mut message = to(target, card("x"));
        message.key = format!("outbox:{n}");
        platform.send(&message).await
    };
    let mut taken = 0;
    let limited = loop {
        match send(Target::Queue, taken).await {
            Sent::Delivered { .. } => taken += 1,
            Sent::Temporary { limited: true, .. } => break taken,
            other => panic!("{other:?}"),
        }
        assert!(taken < 50, "Discord never limits");
    };
    let asked = world.calls("messages.post").await;
    let again = send(Target::Queue, taken).await;
    assert!(
        matches!(again, Sent::Temporary { limited: true, .. }),
        "{again:?}"
    );
    assert_eq!(
        world.calls("messages.post").await,
        asked,
        "a call that would be refused is not made"
    );
    delivered(&platform, direct(seed::ALICE), "Elsewhere it goes on").await;
    assert_eq!(limited, 5, "what Discord said was left was used");

    door.control("global_limit", json!({ "seconds": 30.0 }))
        .await
        .unwrap();
    for who in [seed::ALICE, seed::BOB, seed::RITA] {
        let sent = send(direct(who), 1).await;
        let Sent::Temporary { after, limited, .. } = sent else {
            panic!("{sent:?}")
        };
        assert!(
            limited && after > Some(Duration::from_secs(20)),
            "{after:?}"
        );
    }
    let refused: Vec<Value> = door.calls(0).await.unwrap();
    let refused = refused.iter().filter(|one| one["status"] == 429).count();
    assert_eq!(refused, 1, "one refusal tells of all");
    world.end(0).await;
}
