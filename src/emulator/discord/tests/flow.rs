//! What a person starts and the app answers: command, form, button, select, menu of a message.
//!
//! Neighbours: `rest` for what is refused.

use std::time::Duration;

use serde_json::{Value, json};

use super::Stage;
use super::app::word;
use crate::emulator::discord::seed::{APPLICATION, GENERAL};
use crate::emulator::door::DoorError;

/// A form with a text and a select.
pub fn form() -> Value {
    json!({ "type": 9, "data": { "custom_id": "v1:form:report:1", "title": "Report", "components": [
        { "type": 18, "label": "What happened?", "component": { "type": 4, "custom_id": "text", "style": 2, "max_length": 50 } },
        { "type": 18, "label": "How bad?", "description": "A guess will do", "component": { "type": 3, "custom_id": "bad", "required": false, "options": [
            { "label": "Low", "value": "low" }, { "label": "High", "value": "high" } ] } },
        { "type": 18, "label": "Files", "component": { "type": 19, "custom_id": "files", "required": false, "max_values": 3 } },
    ] } })
}

fn ephemeral(words: &str) -> Value {
    json!({ "type": 4, "data": { "content": words, "flags": 64 } })
}

#[tokio::test]
async fn a_command_with_words_is_mapped_and_answered_privately() {
    let Stage { emulator, mut app } = Stage::new().await;
    let alice = emulator.door().as_user("alice");
    let typed = alice.slash("#general", "/secevent report a strange mail: click me");
    let (seen, ()) = tokio::join!(typed, async {
        let asked = app.event("INTERACTION_CREATE").await;
        assert_eq!(asked["type"], 2);
        let sub = &asked["data"]["options"][0];
        assert_eq!(sub["name"], "report");
        assert_eq!(
            sub["options"],
            json!([{ "name": "text", "type": 3, "value": "a strange mail: click me" }])
        );
        assert_eq!(
            app.answer(&asked, ephemeral("Thank you, *alice*")).await.0,
            204
        );
        assert_eq!(
            app.answer(&asked, ephemeral("again")).await.1["code"],
            40060
        );
    });
    let seen = seen.unwrap();
    assert!(seen.acknowledged);
    assert_eq!(seen.deliveries[0].surface, "command");
    assert_eq!(seen.shown[0].shown, "Thank you, alice");
    assert!(seen.shown[0].ephemeral);
    // Nobody else sees it, and the app cannot fetch it.
    assert!(
        emulator
            .door()
            .as_user("bob")
            .read_channel("#general")
            .await
            .unwrap()
            .is_empty()
    );
    let path = format!("/channels/{GENERAL}/messages/{}", seen.shown[0].ts);
    assert_eq!(app.refused("GET", &path, Value::Null).await, (404, 10008));
}

#[tokio::test]
async fn what_a_client_would_not_send_is_refused_with_a_sentence() {
    let Stage {
        emulator,
        app: _app,
    } = Stage::new().await;
    let alice = emulator.door().as_user("alice");
    for (typed, why) in [
        (
            "/secevent",
            "/secevent is a base command and cannot be sent alone; choose one of: report, status, help",
        ),
        (
            "/secevent nonsense",
            "/secevent has no sub-command nonsense; there is: report, status, help",
        ),
        (
            "/secevent help me",
            "this command takes no words, but got \"me\"",
        ),
        ("/secevent status", "the option case is required"),
        ("/other", "there is no command /other"),
        ("help", "a command begins with /"),
    ] {
        let refused = alice.slash("#general", typed).await;
        assert_eq!(refused, Err(DoorError::Refused(why.into())), "{typed}");
    }
    let refused = alice.slash("@secevent", "/secevent help").await;
    assert!(
        matches!(refused, Err(DoorError::Refused(why)) if why == "secevent is not available to alice here")
    );
    assert!(matches!(
        alice.global_shortcut("Report").await,
        Err(DoorError::Refused(_))
    ));
    assert!(matches!(
        alice.open_home().await,
        Err(DoorError::Refused(_))
    ));
    assert!(matches!(
        alice.slash("#security-queue", "/secevent help").await,
        Err(DoorError::Refused(_))
    ));
}

#[tokio::test]
async fn a_form_is_opened_filled_and_sent() {
    let Stage { emulator, mut app } = Stage::new().await;
    let alice = emulator.door().as_user("alice");
    let (seen, ()) = tokio::join!(alice.slash("#general", "/secevent report"), async {
        let asked = app.event("INTERACTION_CREATE").await;
        assert_eq!(app.answer(&asked, form()).await.0, 204);
    });
    let view = seen.unwrap().view.unwrap();
    assert_eq!(
        (view.title.as_str(), view.callback_id.as_str()),
        ("Report", "v1:form:report:1")
    );
    let fields: Vec<&str> = view
        .fields
        .iter()
        .map(|field| field.label.as_str())
        .collect();
    assert_eq!(fields, ["What happened?", "How bad?", "Files"]);
    assert_eq!(view.fields[1].options, ["Low", "High"]);
    assert!(!view.fields[0].optional && view.fields[1].optional);
    // What the client itself refuses is not sent.
    let seen = alice.submit(json!({ "How bad?": "High" })).await.unwrap();
    assert_eq!(seen.errors["text"], "This is a required field.");
    assert!(seen.deliveries.is_empty());
    let long = alice
        .submit(json!({ "What happened?": "x".repeat(51) }))
        .await
        .unwrap();
    assert_eq!(long.errors["text"], "Must be 50 or fewer in length.");
    assert!(matches!(
        alice.submit(json!({ "Nothing": "x" })).await,
        Err(DoorError::Refused(_))
    ));
    let file = alice
        .upload(None, "shot.png", "image/png", &[1, 2, 3])
        .await
        .unwrap()
        .file
        .unwrap();
    let filled = json!({ "What happened?": "phish", "bad": "High", "Files": [file] });
    let (seen, ()) = tokio::join!(alice.submit(filled), async {
        let sent = app.event("INTERACTION_CREATE").await;
        assert_eq!(sent["type"], 5);
        let parts = &sent["data"]["components"];
        assert_eq!(parts[0]["component"]["value"], "phish");
        assert_eq!(parts[1]["component"]["values"], json!(["high"]));
        let url = word(&sent["data"]["resolved"]["attachments"][&file]["url"]);
        assert_eq!(app.fetch(&url).await, (200, vec![1, 2, 3]));
        assert_eq!(app.fetch(&url.replace("hm=", "hm=0")).await.0, 404);
        emulator
            .door()
            .advance(Duration::from_secs(25 * 3600))
            .await
            .unwrap();
        assert_eq!(app.fetch(&url).await.0, 404);
        // A form cannot follow a form; and after a day nothing can be answered.
        let (status, refused) = app.answer(&sent, form()).await;
        assert_eq!((status, refused["code"].as_u64()), (404, Some(10062)));
    });
    assert!(!seen.unwrap().acknowledged);
}

#[tokio::test]
async fn a_form_cannot_follow_a_form_and_closes_when_it_is_answered() {
    let Stage { emulator, mut app } = Stage::new().await;
    let alice = emulator.door().as_user("alice");
    let (_, ()) = tokio::join!(alice.slash("#general", "/secevent report"), async {
        let asked = app.event("INTERACTION_CREATE").await;
        app.answer(&asked, form()).await;
    });
    let (seen, ()) = tokio::join!(alice.submit(json!({ "text": "phish" })), async {
        let sent = app.event("INTERACTION_CREATE").await;
        assert_eq!(app.answer(&sent, form()).await.1["code"], 50035);
        // There was no message, so none can be changed.
        assert_eq!(
            app.answer(&sent, json!({ "type": 7, "data": { "content": "x" } }))
                .await
                .1["code"],
            50035
        );
        assert_eq!(app.answer(&sent, ephemeral("done")).await.0, 204);
    });
    let seen = seen.unwrap();
    assert_eq!(seen.shown[0].shown, "done");
    assert!(seen.view.is_none() && alice.views().await.unwrap().is_empty());
}

#[tokio::test]
async fn suggestions_come_while_typing() {
    let Stage { emulator, mut app } = Stage::new().await;
    let alice = emulator.door().as_user("alice");
    let (choices, ()) = tokio::join!(
        alice.autocomplete("#general", "/secevent status SE-"),
        async {
            let asked = app.event("INTERACTION_CREATE").await;
            assert_eq!(asked["type"], 4);
            let open = &asked["data"]["options"][0]["options"][0];
            assert_eq!(
                (&open["value"], &open["focused"]),
                (&json!("SE-"), &json!(true))
            );
            assert_eq!(app.answer(&asked, ephemeral("no")).await.1["code"], 50035);
            let choices = json!([{ "name": "SE-1 Phish", "value": "SE-1" }]);
            assert_eq!(
                app.answer(&asked, json!({ "type": 8, "data": { "choices": choices } }))
                    .await
                    .0,
                204
            );
        }
    );
    let choices = choices.unwrap();
    assert_eq!(
        (choices[0].name.as_str(), choices[0].value.as_str()),
        ("SE-1 Phish", "SE-1")
    );
}

#[tokio::test]
async fn the_menu_of_a_message_carries_the_message_even_without_the_intent() {
    let Stage { emulator, mut app } =
        Stage::with(super::Seed::example_corp().without_message_content())
            .await
            .without_content()
            .await;
    let alice = emulator.door().as_user("alice");
    let (posted, told) = tokio::join!(
        alice.post("#general", "look at this"),
        app.take_in("MESSAGE_CREATE")
    );
    assert_eq!(told["content"], "");
    let at = posted.unwrap().posted.unwrap();
    let read = app
        .ok(
            "GET",
            &format!("/channels/{GENERAL}/messages/{}", at.ts),
            Value::Null,
        )
        .await;
    assert_eq!(read["content"], "");
    let bob = emulator.door().as_user("bob");
    let (seen, ()) = tokio::join!(bob.message_shortcut(&at, "Report security event"), async {
        let asked = app.next("INTERACTION_CREATE").await;
        assert_eq!(asked["data"]["target_id"], at.ts);
        assert_eq!(
            asked["data"]["resolved"]["messages"][&at.ts]["content"],
            "look at this"
        );
        app.answer(&asked, ephemeral("thanks")).await;
    });
    assert!(seen.unwrap().acknowledged);
}

#[tokio::test]
async fn late_answers_and_old_tokens_are_worth_nothing() {
    let seed = super::Seed::example_corp();
    let Stage { emulator, mut app } = Stage::with_limit(seed, Duration::from_millis(300)).await;
    let alice = emulator.door().as_user("alice");
    let (seen, asked) = tokio::join!(
        alice.slash("#general", "/secevent help"),
        app.event("INTERACTION_CREATE")
    );
    let seen = seen.unwrap();
    assert_eq!(
        (seen.acknowledged, seen.deliveries[0].outcome.as_str()),
        (false, "timeout")
    );
    assert_eq!(
        seen.toast.as_deref(),
        Some("The application did not respond")
    );
    assert_eq!(app.answer(&asked, ephemeral("late")).await.1["code"], 10062);
    let (_, token) = tokio::join!(alice.slash("#general", "/secevent help"), async {
        let asked = app.event("INTERACTION_CREATE").await;
        let hook = format!("/webhooks/{APPLICATION}/{}", word(&asked["token"]));
        assert_eq!(
            app.refused("POST", &hook, json!({ "content": "early" }))
                .await,
            (404, 10015)
        );
        app.answer(&asked, ephemeral("in time")).await;
        hook
    });
    emulator
        .door()
        .advance(Duration::from_secs(14 * 60))
        .await
        .unwrap();
    app.ok("POST", &token, json!({ "content": "later", "flags": 64 }))
        .await;
    emulator
        .door()
        .advance(Duration::from_secs(60))
        .await
        .unwrap();
    assert_eq!(
        app.refused("POST", &token, json!({ "content": "too late" }))
            .await,
        (401, 50027)
    );
}
