//! Text from people arrives as text everywhere: it notifies nobody, links nowhere, and loses nothing on the record.

use super::false_alarm;
use crate::harness::world::World;
use serde_json::json;

everywhere!(markup_is_text, other_scripts, secrets_are_masked_on_cards,);
// On Slack alone: the reasons stand in `slack_alone`.
both!(forty_thousand_characters);

const EVIL: &str = "<!channel> <@U0MAX> <#C0GENERAL> <https://evil.example|your bank> *bold* :rotating_light: &lt;!here&gt; https://evil.example/x";

async fn markup_is_text(world: &World) {
    let (alice, rita, pia) = (
        world.person("alice"),
        world.person("rita"),
        world.person("pia"),
    );
    alice
        .opens_report_form()
        .await
        .opens("Report a security event");
    alice
        .fills(json!({"What happened?": EVIL}))
        .await
        .says("recorded as SE-2026-0001")
        .is_harmless();
    alice.reads(&["recorded as SE-2026-0001"]).await[0].is_harmless();
    let card = rita.sees_card("SE-2026-0001").await;
    card.says("<!channel>").says("<@U0MAX>").is_harmless();
    let report = &world.entries("SE-2026-0001", "reported").await[0]["report"];
    assert_eq!(report["text"], EVIL, "the record keeps it letter by letter");

    rita.presses(&card, "Triage").await.opens("Triage");
    rita.fills(json!({
        "Category": "Phishing, or somebody pretending to be somebody", "Severity": "SEV2", "Provider": EVIL,
        "Service owner": EVIL, "Application or service": "<!here>",
    }))
    .await
    .says("is triaged");
    rita.sees_card("SE-2026-0001").await.is_harmless();
    rita.presses(&card, "Escalate").await.opens("Escalate");
    rita.fills(json!({"Why do you escalate?": EVIL}))
        .await
        .says("is escalated");
    let page = pia.reads(&["SE-2026-0001 needs you"]).await;
    page[0].says("<!channel>").is_harmless();
    rita.reads_thread(&card, &["was paged"]).await[0].is_harmless();
    pia.presses(&page[0], "Acknowledge")
        .await
        .says("You acknowledged");
    rita.reads_thread(&card, &["acknowledged"]).await;

    let receipt = alice.finds("recorded as").await;
    alice
        .replies(&receipt, "<!everyone> <@U0IVY>")
        .await
        .is_silent();
    rita.reads_thread(&card, &["A reporter added to"]).await[0]
        .says("<!everyone>")
        .is_harmless();
    rita.presses(&card, "Note").await.opens("Note");
    rita.fills(json!({"Note": EVIL, "Who reads it?": ["Also tell the reporters"]}))
        .await
        .says("in the record");
    alice.reads(&["the responders write:"]).await[0].is_harmless();

    rita.presses(&card, "Close").await.opens("Close");
    let mut entered = false_alarm();
    entered["Why?"] = json!(EVIL);
    entered["Closure notes"] = json!(EVIL);
    rita.fills(entered).await.says("is closed");
    alice.reads(&["Outcome of"]).await[0].is_harmless();
    rita.sees_card("SE-2026-0001").await.is_harmless();
    alice.commands("mine").await.is_harmless();
    alice.commands("status 1").await.is_harmless();
}

async fn forty_thousand_characters(world: &World) {
    let (alice, bob, rita) = (
        world.person("alice"),
        world.person("bob"),
        world.person("rita"),
    );
    let long = "0123456789".repeat(3_999) + "the end...";
    assert_eq!(long.chars().count(), 40_000);
    let odd = bob.says("general", &long).await.posted();
    alice.reacts(&odd).await.is_silent();
    alice.reads(&["recorded as SE-2026-0001"]).await;
    let card = rita.sees_card("SE-2026-0001").await;
    assert!(
        card.text().chars().count() < 2_000,
        "a card quotes, it does not repeat"
    );
    let snapshot = &world.entries("SE-2026-0001", "reported").await[0]["report"]["snapshot"];
    let kept = snapshot["text"].as_str().unwrap();
    let noted = world.entries("SE-2026-0001", "noted").await;
    assert!(
        kept == long
            || (long.starts_with(kept.trim_end_matches('…'))
                && noted.iter().any(|one| one.to_string().contains("SHA-256"))),
        "all of it, or its start with the hash of the whole: {} characters, {noted:?}",
        kept.chars().count()
    );
}

async fn other_scripts(world: &World) {
    let (alice, rita) = (world.person("alice"), world.person("rita"));
    let text = "מישהו גנב את המחשב שלי 🔥🧯 שלום \u{202e}gpj.exe 漢字 e\u{301}";
    alice.reports(text).await.says("recorded as SE-2026-0001");
    alice.reads(&["recorded as SE-2026-0001"]).await;
    rita.sees_card("SE-2026-0001")
        .await
        .says("מישהו גנב את המחשב שלי 🔥")
        .says("漢字");
    let report = &world.entries("SE-2026-0001", "reported").await[0]["report"];
    assert_eq!(report["text"], text);
}

async fn secrets_are_masked_on_cards(world: &World) {
    let (alice, rita) = (world.person("alice"), world.person("rita"));
    let key = ["AKIA", "IOSFODNN7", "EXAMPLE"].concat();
    alice
        .reports(&format!("I posted {key} in a forum"))
        .await
        .hides(&key);
    alice.reads(&["recorded as SE-2026-0001"]).await[0].hides(&key);
    rita.sees_card("SE-2026-0001")
        .await
        .says("I posted")
        .hides(&key);
    alice.commands("mine").await.hides(&key);
}
