//! A case that concerns a colleague leaks nothing but its number, and still pages, counts and ends with an answer.

use crate::harness::world::World;
use serde_json::json;

everywhere!(a_restricted_case_leaks_nothing_but_its_number);

const WORDS: &str = "Zacharias copies the zebra files at night";

async fn a_restricted_case_leaks_nothing_but_its_number(world: &World) {
    let (alice, rita, rob, ivy, pia) = (
        world.person("alice"),
        world.person("rita"),
        world.person("rob"),
        world.person("ivy"),
        world.person("pia"),
    );
    alice
        .opens_report_form()
        .await
        .opens("Report a security event");
    alice.wants_to_say_more().await;
    alice
        .fills(json!({
            "What happened?": WORDS, "What does it look like?": "Data opened, copied or shared that should not be",
            "Does it concern a colleague?": ["Yes, it concerns a colleague"],
        }))
        .await
        .says("recorded as SE-2026-0001")
        .says("It is restricted");
    alice.reads(&["It is restricted"]).await;

    // How long the form took is measured.
    let figures = world.capture.metrics().render();
    assert!(figures.contains("secevent_submit_seconds_count{door=\"form\"} 1"));

    let card = rita.sees_card("SE-2026-0001").await;
    card.says("Restricted")
        .hides("zebra")
        .hides("Zacharias")
        .hides("Alice");
    // A responder knows the number and nothing else; may take it, but not work on it untaken.
    rob.commands("status 1")
        .await
        .says("Restricted")
        .hides("zebra")
        .hides("Alice");
    rob.presses(&card, "Triage")
        .await
        .says("This case is restricted")
        .hides("zebra");
    // Others do not even know that.
    world
        .person("max")
        .commands("status 1")
        .await
        .says("no such case");
    world
        .person("bob")
        .commands("status 1")
        .await
        .says("no such case");

    ivy.commands("status 1")
        .await
        .says(WORDS)
        .says("Alice Adler");
    ivy.presses(&card, "Take").await.says("is yours now");
    // It was taken, so nobody is invited to take it any more.
    rita.sees_card("SE-2026-0001")
        .await
        .offers(&["Triage", "Assess", "Escalate", "Note", "Close", "Merge…"]);
    rob.presses(&card, "Triage")
        .await
        .says("This case is restricted")
        .hides("Ivy");
    ivy.presses(&card, "Triage").await.opens("Triage");
    ivy.fills(
        json!({"Category": "Data opened, copied or shared that should not be", "Severity": "SEV2"}),
    )
    .await
    .says("is triaged");

    // It pages: the page names the number.
    ivy.presses(&card, "Escalate").await.opens("Escalate");
    ivy.fills(json!({"Why do you escalate?": "Zacharias has the zebra keys"}))
        .await
        .says("is escalated");
    let page = pia.reads(&["SE-2026-0001 needs you"]).await;
    page[0]
        .says("Restricted")
        .hides("zebra")
        .hides("Zacharias")
        .hides("SEV2");
    rita.reads_thread(&card, &["was paged for SE-2026-0001"])
        .await;
    pia.presses(&page[0], "Acknowledge")
        .await
        .says("You acknowledged");
    rita.reads_thread(&card, &["acknowledged the page"]).await;
    // Whoever is paged sees what it is about.
    pia.commands("status 1").await.says(WORDS);

    let note = ivy.replies(&card, "The audit log shows it").await;
    note.is_silent();
    ivy.presses(&card, "Close").await.opens("Close");
    ivy.fills(json!({
        "What is it?": "Incident", "Why?": "zebra files on his stick", "Outcome": "Incident, contained and resolved",
        "Closure notes": "Zacharias returned them",
    }))
    .await
    .says("is closed");
    alice.reads(&["Outcome of SE-2026-0001"]).await[0]
        .says("We cannot say more about it")
        .hides("zebra")
        .hides("incident");
    rita.sees_card("SE-2026-0001")
        .await
        .says("Closed")
        .hides("contained");

    // Every look at it is on the record: the questions, the forms that show it, and what the preview of the closing was made from.
    let looks: Vec<String> = world
        .org_entries("restricted_viewed")
        .await
        .iter()
        .map(|entry| entry["verb"].as_str().unwrap().to_owned())
        .collect();
    let (asked, previews) = looks.split_at(5);
    assert_eq!(asked, ["view", "triage", "escalate", "view", "close"]);
    // Where a form holds a preview, what it was made from was a look, too.
    assert!(previews.iter().all(|look| look == "view"), "{looks:?}");

    for outsider in ["bob", "rita", "rob", "ben", "max", "gwen", "olga"] {
        for text in world.person(outsider).sees_anywhere().await {
            let text = text.to_lowercase();
            for secret in ["zebra", "zacharias", "sev2", "data opened"] {
                assert!(
                    !text.contains(secret),
                    "{outsider} sees {secret:?}:\n{text}"
                );
            }
        }
    }
}
