//! Sending: each target, each way Slack says no, and what people then see.

use super::stage::{World, card};
use secevent::chat::card::{Card, Part, Span};
use secevent::chat::platform::{Fetched, Outgoing, Permanent, Platform, Sent, Target};
use secevent::domain::event_report::{FileRef, MessageRef};
use secevent::domain::person::{Identity, PlatformId};
use secevent::emulator::slack::Seed;
use serde_json::json;
use std::time::Duration;

fn to(target: Target, card: Card) -> Outgoing {
    Outgoing {
        target,
        card,
        case: None,
        key: "receipt:1".to_owned(),
    }
}

fn direct(user: &str) -> Target {
    Target::Direct(Identity {
        platform: PlatformId::Slack,
        realm: "T0EXAMPLE".to_owned(),
        user: user.to_owned(),
    })
}

async fn delivered(world: &World, target: Target, card: Card) -> MessageRef {
    match world.slack.platform().send(&to(target, card)).await {
        Sent::Delivered { message } => message,
        other => panic!("{other:?}"),
    }
}

async fn refused(world: &World, target: Target) -> (Permanent, String) {
    match world.slack.platform().send(&to(target, card("x"))).await {
        Sent::Permanent { reason, detail } => (reason, detail),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_target_is_reached() {
    let world = World::new(Seed::example_corp()).await;
    let door = world.emulator.door();
    let receipt = delivered(&world, direct("U0ALICE"), card("Thank you")).await;
    let shown = door.as_user("alice").read_dm("secevent").await.unwrap();
    assert!(
        shown[0].shown.contains("Thank you") && shown[0].shown.contains("Test environment"),
        "{shown:?}"
    );
    assert_eq!(receipt.workspace, "T0EXAMPLE");
    delivered(&world, direct("U0ALICE"), card("Again")).await;
    assert_eq!(
        world.calls("conversations.open").await,
        1,
        "the conversation is remembered"
    );

    let queue = delivered(&world, Target::Queue, card("New case")).await;
    delivered(&world, Target::Thread(queue.clone()), card("Reply")).await;
    let updated = delivered(&world, Target::Update(queue.clone()), card("Taken")).await;
    assert_eq!(updated, queue);
    let shown = door
        .as_user("rita")
        .read_channel("security-queue")
        .await
        .unwrap();
    assert_eq!((shown.len(), shown[0].reply_count), (1, 1));
    assert!(
        shown[0].shown.contains("Taken") && shown[0].buttons.len() == 1,
        "{shown:?}"
    );
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn first_messages_do_not_wait_while_slack_opens_no_conversations() {
    let world = World::new(Seed::example_corp()).await;
    let door = world.emulator.door();
    let limited = json!({ "kind": "rate_limited", "retry_after": 3600 });
    door.fault("conversations.open", limited, 1).await.unwrap();
    for (user, handle) in [("U0ALICE", "alice"), ("U0BOB", "bob")] {
        let receipt = delivered(&world, direct(user), card("Thank you")).await;
        let shown = door.as_user(handle).read_dm("secevent").await.unwrap();
        assert_eq!(shown.len(), 1);
        assert_eq!(
            (&receipt.channel, &receipt.message),
            (&shown[0].channel, &shown[0].ts),
            "the message's own place is kept, so that it can be changed and replied to"
        );
    }
    assert_eq!(
        world.calls("conversations.open").await,
        1,
        "not asked again in vain"
    );
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_of_people_ping_nobody_and_link_nowhere() {
    let world = World::new(Seed::example_corp()).await;
    let evil = "<!channel> <@U0IVY> @here <https://evil.example|click> https://evil.example *bold* :fire: \u{202e}gpj.exe";
    let quoted = || vec![Span::Quoted(evil.to_owned())];
    let card = Card {
        title: Some(evil.to_owned()),
        parts: vec![
            Part::Text { line: quoted() },
            Part::Fields {
                fields: vec![("What".to_owned(), quoted())],
            },
            Part::List {
                items: vec![quoted()],
            },
            Part::Quote {
                text: evil.to_owned(),
            },
            Part::Small { line: quoted() },
        ],
        summary: evil.to_owned(),
        ..Card::default()
    };
    delivered(&world, Target::Queue, card).await;
    let shown = world
        .emulator
        .door()
        .as_user("rita")
        .read_channel("security-queue")
        .await
        .unwrap();
    assert_eq!(shown[0].notifies, Vec::<String>::new(), "{shown:#?}");
    assert_eq!(shown[0].links, Vec::<String>::new());
    assert!(shown[0].shown.contains("<!channel>") && shown[0].shown.contains("*bold*"));
    assert!(!shown[0].shown.contains('\u{202e}'));
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_texts_are_taken() {
    let world = World::new(Seed::example_corp()).await;
    for long in [
        "x".repeat(40_000),
        "🚨".repeat(40_000),
        "שלום ".repeat(8_000),
        "<&>".repeat(13_000),
    ] {
        let quoted = || vec![Span::Quoted(long.clone()), Span::Plain(long.clone())];
        let card = Card {
            title: Some(long.clone()),
            parts: vec![
                Part::Text { line: quoted() },
                Part::Fields {
                    fields: vec![
                        (long.clone(), quoted()),
                        ("b".to_owned(), vec![Span::Code(long.clone())]),
                    ],
                },
                Part::Fields {
                    fields: vec![(long.clone(), vec![Span::Plain(long.clone())]); 25],
                },
                Part::List {
                    items: vec![quoted(); 120],
                },
                Part::Small { line: quoted() },
                Part::Quote { text: long.clone() },
            ],
            summary: long.clone(),
            ..Card::default()
        };
        delivered(&world, direct("U0ALICE"), card).await;
    }
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_gets_its_word() {
    let world = World::with(Seed::example_corp(), |settings| {
        settings.timeouts.call = Duration::from_millis(700)
    })
    .await;
    let door = world.emulator.door();
    delivered(&world, direct("U0ALICE"), card("first")).await;
    for (fault, after, limited, maybe) in [
        (
            json!({ "kind": "rate_limited", "retry_after": 7 }),
            Some(Duration::from_secs(7)),
            true,
            false,
        ),
        (json!({ "kind": "rate_limited" }), None, true, false),
        (json!({ "kind": "status", "code": 503 }), None, false, true),
        (json!({ "kind": "reset" }), None, false, true),
        (json!({ "kind": "lost_answer" }), None, false, true),
        (json!({ "kind": "hang" }), None, false, true),
        (
            json!({ "kind": "error", "error": "service_unavailable" }),
            None,
            false,
            false,
        ),
    ] {
        door.fault("chat.postMessage", fault.clone(), 1)
            .await
            .unwrap();
        match world
            .slack
            .platform()
            .send(&to(direct("U0ALICE"), card("again")))
            .await
        {
            Sent::Temporary {
                after: told,
                limited: is_limited,
                maybe_sent,
                reason,
            } => {
                assert_eq!(
                    (told, is_limited, maybe_sent),
                    (after, limited, maybe),
                    "{fault} {reason}"
                );
            }
            other => panic!("{fault}: {other:?}"),
        }
    }
    door.control("clear_faults", json!({})).await.unwrap();
    for (code, expected) in [
        ("invalid_blocks", Permanent::Malformed),
        ("token_revoked", Permanent::Refused),
    ] {
        door.fault(
            "chat.postMessage",
            json!({ "kind": "error", "error": code }),
            1,
        )
        .await
        .unwrap();
        assert_eq!(
            refused(&world, direct("U0ALICE")).await.0,
            expected,
            "{code}"
        );
    }
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_and_messages_that_cannot_be_reached_are_said() {
    let world = World::new(Seed::example_corp()).await;
    let door = world.emulator.door();
    door.control(
        "refuse_dm",
        json!({ "user": "U0BOB", "error": "cannot_dm_bot" }),
    )
    .await
    .unwrap();
    assert_eq!(
        refused(&world, direct("U0BOB")).await.0,
        Permanent::Unreachable
    );
    assert_eq!(
        refused(&world, direct("U0NOBODY")).await.0,
        Permanent::Unreachable
    );
    let sent = delivered(&world, direct("U0ALICE"), card("one")).await;
    let gone = MessageRef {
        message: "1.000001".to_owned(),
        ..sent.clone()
    };
    assert_eq!(
        refused(&world, Target::Update(gone)).await.0,
        Permanent::MessageGone
    );
    door.control("edit_window", json!({ "minutes": -1 }))
        .await
        .unwrap();
    assert_eq!(
        refused(&world, Target::Update(sent)).await.0,
        Permanent::MessageGone
    );
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_channel_must_be_fit() {
    for (control, given, word) in [
        ("archive", json!({ "channel": "C0QUEUE" }), "archived"),
        (
            "share",
            json!({ "channel": "C0QUEUE" }),
            "another organisation",
        ),
        (
            "membership",
            json!({ "channel": "C0QUEUE", "user": "U0SECEVENT", "on": false }),
            "invite",
        ),
    ] {
        let world = World::new(Seed::example_corp()).await;
        world.emulator.door().control(control, given).await.unwrap();
        let (reason, detail) = refused(&world, Target::Queue).await;
        assert_eq!(reason, Permanent::ChannelUnfit, "{control}");
        assert!(detail.contains(word), "{detail}");
        let findings = world.slack.platform().examine().await;
        assert!(
            findings
                .iter()
                .any(|finding| !finding.ok && finding.sentence.contains(word)),
            "{findings:?}"
        );
        world.end(0).await;
    }
    let world = World::with(Seed::example_corp(), |settings| {
        settings.queue_channel = "C0GENERAL".to_owned()
    })
    .await;
    assert!(refused(&world, Target::Queue).await.1.contains("public"));
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_fetched_from_slack_and_only_what_may_be() {
    let world = World::with(Seed::example_corp(), |settings| settings.file_bytes = 1_000).await;
    let door = world.emulator.door();
    let alice = door.as_user("alice");
    let file = |id: String| FileRef {
        id,
        name: "x".to_owned(),
        media_type: None,
        size: None,
    };
    let small = alice
        .upload(
            Some("general"),
            "a.bin",
            "application/octet-stream",
            b"12345",
        )
        .await
        .unwrap();
    let small = file(small.file.unwrap());
    let platform = world.slack.platform();
    assert_eq!(
        platform.fetch(&small).await,
        Fetched::Bytes(b"12345".to_vec())
    );
    let big = alice
        .upload(
            Some("general"),
            "b.bin",
            "application/octet-stream",
            &[0; 2_000],
        )
        .await
        .unwrap();
    assert!(
        matches!(platform.fetch(&file(big.file.unwrap())).await, Fetched::Never(why) if why.contains("larger"))
    );
    assert!(matches!(
        platform.fetch(&file("F0NONE".to_owned())).await,
        Fetched::Never(_)
    ));
    door.fault("files.info", json!({ "kind": "status", "code": 500 }), 1)
        .await
        .unwrap();
    assert!(matches!(
        platform.fetch(&small).await,
        Fetched::Temporary(_)
    ));
    door.control("scopes", json!({ "scopes": ["chat:write"] }))
        .await
        .unwrap();
    assert!(
        matches!(platform.fetch(&small).await, Fetched::Never(why) if why.contains("files:read"))
    );
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_examination_says_what_is_well_and_how_to_mend_the_rest() {
    let world = World::new(Seed::example_corp()).await;
    let findings = world.slack.platform().examine().await;
    assert!(
        findings.len() >= 4 && findings.iter().all(|finding| finding.ok),
        "{findings:#?}"
    );
    let door = world.emulator.door();
    door.control("scopes", json!({ "scopes": ["chat:write", "groups:read"] }))
        .await
        .unwrap();
    let findings = world.slack.platform().examine().await;
    assert!(
        findings
            .iter()
            .any(|one| !one.ok && one.sentence.contains("reactions:read")),
        "{findings:#?}"
    );
    door.control("revoke", json!({ "token": "xoxb-emulator-bot" }))
        .await
        .unwrap();
    let findings = world.slack.platform().examine().await;
    assert!(
        findings
            .iter()
            .any(|one| !one.ok && one.sentence.contains("install the app again")),
        "{findings:#?}"
    );
    world.end(0).await;
    let world = World::with(Seed::example_corp(), |settings| {
        settings.team = Some("T0OTHER".to_owned())
    })
    .await;
    let findings = world.slack.platform().examine().await;
    assert!(
        findings
            .iter()
            .any(|one| !one.ok && one.sentence.contains("T0OTHER")),
        "{findings:#?}"
    );
    world.end(0).await;
}
