//! Socket Mode: what people do while connections come, are warned, break, and are switched off.

use super::stage::{LONG, World};
use secevent::chat::inbound::InboundKind;
use secevent::emulator::slack::Seed;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_report_a_form_and_a_press_go_their_way() {
    let world = World::on_sockets().await;
    let door = world.emulator.door();
    let alice = door.as_user("alice");
    let seen = alice
        .slash("general", "/secevent my laptop is odd <!channel>")
        .await
        .unwrap();
    assert!(seen.acknowledged);
    assert!(
        seen.shown[0].shown.contains("Heard: my laptop is odd"),
        "{seen:?}"
    );
    assert!(seen.shown[0].notifies.is_empty());
    assert!(seen.shown[0].shown.contains("Test environment"));

    let seen = alice
        .press(&seen.shown[0].at(), "Add details")
        .await
        .unwrap();
    assert!(seen.acknowledged);
    let answered = async {
        while !alice
            .ephemerals()
            .await
            .unwrap()
            .iter()
            .any(|one| one.shown.contains("Pressed"))
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, answered)
        .await
        .expect("answered by the response URL");

    let view = alice
        .slash("general", "/secevent")
        .await
        .unwrap()
        .view
        .unwrap();
    assert_eq!(view.title, "Report");
    let seen = alice
        .submit(json!({ "What happened?": "short" }))
        .await
        .unwrap();
    assert_eq!(
        seen.errors.get("what").map(String::as_str),
        Some("Say more")
    );
    let file = alice
        .upload(None, "shot.png", "image/png", b"png")
        .await
        .unwrap()
        .file
        .unwrap();
    let seen = alice
        .submit(json!({ "What happened?": "odd mail", "Files": [file] }))
        .await
        .unwrap();
    assert!(seen.view.unwrap().shown.contains("Thank you"));
    let last = world.heard().pop().unwrap();
    let InboundKind::Submission { entered, .. } = last.kind else {
        panic!("a submission")
    };
    assert_eq!(entered.text("what"), Some("odd mail"));
    assert!(entered.0.contains_key("files"));
    assert!(!last.from.outsider);
    assert_eq!(last.from.name.as_deref(), Some("Alice Adler"));
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_in_a_form_keeps_what_was_entered() {
    let world = World::on_sockets().await;
    let alice = world.emulator.door().as_user("alice");
    alice
        .global_shortcut("Report security event")
        .await
        .unwrap();
    let seen = alice.press_in_view("Add details", None).await.unwrap();
    assert!(seen.acknowledged);
    assert_eq!(seen.view.unwrap().title, "More");
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reaction_brings_its_message_and_a_mention_counts_once() {
    let world = World::on_sockets().await;
    let door = world.emulator.door();
    let posted = door
        .as_user("bob")
        .post("general", "click <https://evil.example|here>")
        .await
        .unwrap();
    let message = posted.posted.unwrap();
    let reply = door
        .as_user("bob")
        .reply(&message, "I did")
        .await
        .unwrap()
        .posted
        .unwrap();
    for (message, words) in [(&message, "evil.example"), (&reply, "I did")] {
        door.as_user("alice")
            .react(message, "rotating_light")
            .await
            .unwrap();
        let InboundKind::Reaction { snapshot, name } = world.heard().pop().unwrap().kind else {
            panic!("a reaction")
        };
        assert_eq!(
            (name.as_str(), &snapshot.missing),
            ("rotating_light", &None)
        );
        assert!(snapshot.text.contains(words), "{snapshot:?}");
        assert_eq!(snapshot.author.unwrap().user, "U0BOB");
        assert!(snapshot.permalink.is_some());
    }
    let before = world.calls("conversations.history").await;
    door.as_user("alice")
        .react(&message, "thumbsup")
        .await
        .unwrap();
    assert_eq!(
        world.calls("conversations.history").await,
        before,
        "other reactions cost nothing"
    );

    let before = world.heard().len();
    door.as_user("olga")
        .post("shared-with-partner", "@secevent we were phished")
        .await
        .unwrap();
    assert!(door.idle().await.unwrap());
    let heard = world.heard().split_off(before);
    assert!(
        !heard.is_empty() && heard.iter().all(|one| one.key == heard[0].key),
        "{heard:#?}"
    );
    assert!(heard[0].from.outsider);
    assert_eq!(heard[0].from.identity.realm, "T0PARTNER");
    let InboundKind::Mention { text, .. } = &heard[0].kind else {
        panic!("a mention")
    };
    assert_eq!(text, "we were phished");
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_answer_holds_up_nobody_and_a_stop_lets_it_finish() {
    let world = World::on_sockets().await;
    let (alice, bob) = (
        world.emulator.door().as_user("alice"),
        world.emulator.door().as_user("bob"),
    );
    let slow = alice.slash("general", "/secevent slow");
    let others = async {
        for _ in 0..6 {
            assert!(
                bob.slash("general", "/secevent odd")
                    .await
                    .unwrap()
                    .acknowledged
            );
        }
        world.runtime.stopping().cancel();
        world.stage.gate.add_permits(1);
    };
    let (slow, ()) = tokio::join!(slow, others);
    assert!(
        slow.unwrap().acknowledged,
        "what runs is finished and acknowledged"
    );
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_silent_and_closed_connections_come_back() {
    let world = World::on_sockets().await;
    let door = world.emulator.door();
    for trick in ["reset", "close", "silence"] {
        let before = world.calls("apps.connections.open").await;
        door.sockets(trick).await.unwrap();
        let asked = async {
            while world.calls("apps.connections.open").await < before + 2 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(LONG, asked).await.expect(trick);
        world.until(|state| state.live == 2).await;
        // A connection that went silent stays, for the emulator, a connection to send to.
        if trick != "silence" {
            let seen = door
                .as_user("alice")
                .slash("general", "/secevent odd")
                .await
                .unwrap();
            assert!(seen.acknowledged, "{trick}");
        }
    }
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switched_off_link_stops_the_trying_and_says_so() {
    let world = World::on_sockets().await;
    world
        .emulator
        .door()
        .sockets("link_disabled")
        .await
        .unwrap();
    let state = world
        .until(|state| state.is_stopped && state.live == 0)
        .await;
    assert!(state.trouble().unwrap().contains("link_disabled"));
    let before = world.calls("apps.connections.open").await;
    assert!(
        world.runtime.dead_workers().is_empty(),
        "the worker waits for the stop"
    );
    assert_eq!(world.calls("apps.connections.open").await, before);
    world.end(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_app_token_stops_the_trying() {
    let mut world = World::with(Seed::example_corp(), |settings| {
        settings.app_token = Some("xapp-other".into())
    })
    .await;
    world.start_sockets();
    let state = world.until(|state| state.is_stopped).await;
    assert!(
        state.trouble().unwrap().contains("invalid_auth"),
        "{state:?}"
    );
    let said = world.capture.errors().len();
    world.end(said).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_never_comes_is_given_up_and_asked_again() {
    let mut world = World::new(Seed::example_corp()).await;
    let door = world.emulator.door();
    door.fault("apps.connections.open", json!({ "kind": "hang" }), 2)
        .await
        .unwrap();
    door.fault(
        "apps.connections.open",
        json!({ "kind": "status", "code": 503 }),
        1,
    )
    .await
    .unwrap();
    door.fault(
        "apps.connections.open",
        json!({ "kind": "rate_limited", "retry_after": 1 }),
        1,
    )
    .await
    .unwrap();
    world.start_sockets();
    world.until(|state| state.live == 2).await;
    assert!(world.calls("apps.connections.open").await >= 6);
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_was_not_stored_is_not_acknowledged() {
    let seed = Seed {
        ack_limit: std::time::Duration::from_millis(600),
        ..Seed::example_corp()
    };
    let mut world = World::new(seed).await;
    world.start_sockets();
    world.until(|state| state.live == 2).await;
    *world.stage.refuse.lock().unwrap() = 1;
    let alice = world.emulator.door().as_user("alice");
    let seen = alice.post("@secevent", "my laptop").await.unwrap();
    assert!(!seen.acknowledged, "{seen:?}");
    // The first retry comes at once; by then it is stored.
    let again = async {
        while world.heard().len() < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, again)
        .await
        .expect("delivered again");
    let heard = world.heard();
    assert!(heard.iter().all(|one| one.key == heard[0].key));
    alice
        .wait_for("@secevent", "This was not stored", LONG)
        .await
        .unwrap();
    alice.wait_for("@secevent", "Hello", LONG).await.unwrap();
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_wide_install_works_like_any_other() {
    let mut world = World::new(Seed::example_corp().with_enterprise()).await;
    world.start_sockets();
    world.until(|state| state.live == 2).await;
    let alice = world.emulator.door().as_user("alice");
    assert!(
        alice
            .slash("general", "/secevent odd")
            .await
            .unwrap()
            .acknowledged
    );
    alice
        .global_shortcut("Report security event")
        .await
        .unwrap();
    let seen = alice
        .submit(json!({ "What happened?": "odd mail" }))
        .await
        .unwrap();
    assert!(seen.view.unwrap().shown.contains("Thank you"));
    for one in world.heard() {
        assert_eq!(one.from.identity.realm, "E0EXAMPLE", "{one:?}");
        assert!(!one.from.outsider);
    }
    assert!(world.stage.unreadable.lock().unwrap().is_empty());
    world.end(0).await;
}
