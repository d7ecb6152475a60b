//! Buttons and selects of messages, and what follows the first answer.
//!
//! Neighbours: `flow` for commands and forms.

use serde_json::{Value, json};

use super::Stage;
use super::app::word;
use super::flow::form;
use crate::emulator::discord::seed::{APPLICATION, GENERAL};
use crate::emulator::door::DoorError;

#[tokio::test]
async fn buttons_and_selects_of_a_message_are_pressed() {
    let Stage { emulator, mut app } = Stage::new().await;
    let rows = json!([
        { "type": 1, "components": [
            { "type": 2, "style": 1, "label": "Take", "custom_id": "v1:take:1" },
            { "type": 2, "style": 4, "label": "Gone", "custom_id": "v1:gone:1", "disabled": true },
            { "type": 2, "style": 5, "label": "Record", "url": "https://record.example.test/1" } ] },
        { "type": 1, "components": [{ "type": 5, "custom_id": "v1:assign:1", "placeholder": "Assign to" }] },
    ]);
    let card = json!({ "content": "Case 1", "components": rows, "embeds": [{ "title": "Phish", "fields": [{ "name": "State", "value": "open" }] }] });
    let posted = app
        .ok("POST", &format!("/channels/{GENERAL}/messages"), card)
        .await;
    app.event("MESSAGE_CREATE").await;
    let rita = emulator.door().as_user("rita");
    let seen = rita.read_channel("#general").await.unwrap().remove(0);
    assert_eq!(seen.ts, word(&posted["id"]));
    assert_eq!(seen.shown, "Case 1\nPhish\nState\nopen");
    let labels: Vec<&str> = seen.buttons.iter().map(|one| one.label.as_str()).collect();
    assert_eq!(labels, ["Take", "Gone", "Record", "Assign to"]);
    assert_eq!(seen.links, ["https://record.example.test/1"]);
    let at = seen.at();
    for (button, why) in [
        ("Gone", "Gone cannot be pressed now"),
        (
            "Record",
            "Record only leads to \"https://record.example.test/1\"",
        ),
    ] {
        assert_eq!(
            rita.press(&at, button).await,
            Err(DoorError::Refused(why.into()))
        );
    }
    let (pressed, ()) = tokio::join!(rita.press(&at, "Take"), async {
        let asked = app.event("INTERACTION_CREATE").await;
        assert_eq!(
            (&asked["type"], &asked["data"]["custom_id"]),
            (&json!(3), &json!("v1:take:1"))
        );
        assert_eq!(asked["message"]["id"], posted["id"]);
        let update = json!({ "type": 7, "data": { "content": "Case 1, taken", "components": [] } });
        assert_eq!(app.answer(&asked, update).await.0, 204);
        app.event("MESSAGE_UPDATE").await;
        let hook = format!("/webhooks/{APPLICATION}/{}", word(&asked["token"]));
        let original = app
            .ok("GET", &format!("{hook}/messages/@original"), Value::Null)
            .await;
        assert_eq!(original["id"], posted["id"]);
        let more = app
            .ok("POST", &hook, json!({ "content": "only you", "flags": 64 }))
            .await;
        let path = format!("{hook}/messages/{}", word(&more["id"]));
        app.ok("PATCH", &path, json!({ "content": "only you, changed" }))
            .await;
    });
    let pressed = pressed.unwrap();
    assert!(pressed.acknowledged);
    assert_eq!(
        rita.read_channel("#general").await.unwrap()[0].text,
        "Case 1, taken"
    );
    assert_eq!(
        rita.ephemerals().await.unwrap()[0].shown,
        "only you, changed"
    );
}

#[tokio::test]
async fn a_select_names_people_and_thinking_becomes_the_first_word_after_it() {
    let Stage { emulator, mut app } = Stage::new().await;
    let rows = json!([{ "type": 1, "components": [{ "type": 5, "custom_id": "who", "placeholder": "Assign to" }] }]);
    app.ok(
        "POST",
        &format!("/channels/{GENERAL}/messages"),
        json!({ "content": "x", "components": rows }),
    )
    .await;
    app.event("MESSAGE_CREATE").await;
    let rita = emulator.door().as_user("rita");
    let at = rita.read_channel("#general").await.unwrap()[0].at();
    let (seen, ()) = tokio::join!(rita.choose(&at, "Assign to", json!("@ben")), async {
        let asked = app.event("INTERACTION_CREATE").await;
        let ben = super::super::seed::BEN.to_string();
        assert_eq!(asked["data"]["values"], json!([ben]));
        assert_eq!(asked["data"]["resolved"]["users"][&ben]["username"], "ben");
        assert_eq!(
            app.answer(&asked, json!({ "type": 5, "data": { "flags": 64 } }))
                .await
                .0,
            204
        );
        assert_eq!(app.answer(&asked, form()).await.1["code"], 40060);
        let hook = format!("/webhooks/{APPLICATION}/{}", word(&asked["token"]));
        // Not ephemeral by itself, but "thinking..." was.
        let first = app.ok("POST", &hook, json!({ "content": "done" })).await;
        let original = app
            .ok("GET", &format!("{hook}/messages/%40original"), Value::Null)
            .await;
        assert_eq!(
            (&first["id"], &first["flags"]),
            (&original["id"], &json!(64))
        );
        app.ok("DELETE", &format!("{hook}/messages/@original"), Value::Null)
            .await;
    });
    assert!(seen.unwrap().acknowledged);
    assert!(rita.ephemerals().await.unwrap().is_empty());
}
