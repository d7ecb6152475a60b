//! The main loop: a report becomes a case with an owner, is triaged, assessed, escalated until somebody answers, closed, and its reporter
//! hears the outcome.

use super::{CLICKED, sorted};
use crate::harness::world::World;
use serde_json::json;

everywhere!(from_a_report_to_an_answered_reporter);

async fn from_a_report_to_an_answered_reporter(world: &World) {
    let (alice, rita, pia, ben) = (
        world.person("alice"),
        world.person("rita"),
        world.person("pia"),
        world.person("ben"),
    );

    alice
        .reports(CLICKED)
        .await
        .says("recorded as SE-2026-0001")
        .says("What to do now")
        .says("What not to do")
        .is_harmless();
    let receipt = alice.reads(&["recorded as SE-2026-0001"]).await;
    receipt[0]
        .says("Security Response desk")
        .offers(&["Add details", "Withdraw"]);

    let card = rita.sees_card("SE-2026-0001").await;
    card.says("SE-2026-0001: New")
        .says(CLICKED)
        .says("Security Response (nobody took it yet)")
        .says("Alice Adler")
        .offers(&["Take", "Triage", "Escalate", "Close", "Merge…"]);

    rita.presses(&card, "Take")
        .await
        .says("SE-2026-0001 is yours now");
    rita.sees_card("SE-2026-0001")
        .await
        .says("In triage")
        .says("Rita Roth");

    let form = rita.presses(&card, "Triage").await;
    form.opens("Triage")
        .says("A compromise with serious effect is certain or very likely");
    rita.fills(sorted("SEV2"))
        .await
        .says("Next: is it an incident?");
    rita.sees_card("SE-2026-0001")
        .await
        .says("SEV2 High")
        .says("Phishing");

    rita.presses(&card, "Assess").await.opens("Assess");
    let decided = json!({
        "Which of these are true?": ["unauthorised_access"], "What is it?": "Incident",
        "Why?": "The password was used from abroad within minutes.",
    });
    rita.fills(decided).await.says("is recorded");
    rita.sees_card("SE-2026-0001").await.says("Incident");

    let form = rita.presses(&card, "Escalate").await;
    form.opens("Escalate").says("Pia Park").says("Ben Bauer");
    rita.fills(json!({"Why do you escalate?": "The account can pay invoices."}))
        .await
        .says("is escalated");
    let page = pia.reads(&["SE-2026-0001 needs you"]).await;
    page[0]
        .says("The account can pay invoices.")
        .says("SEV2 High")
        .offers(&["Acknowledge"]);
    rita.reads_thread(
        &card,
        &["Pia Park was paged for SE-2026-0001, by chat only"],
    )
    .await;
    rita.sees_card("SE-2026-0001")
        .await
        .says("Escalated")
        .says("Pia Park is paged by chat only, no answer yet");

    // Pia sleeps: she is called once more, then her backup is.
    world.advance(15).await;
    pia.reads(&["SE-2026-0001 needs you"]).await[0].says("page number 2");
    world.advance(15).await;
    ben.reads(&["SE-2026-0001 needs you"]).await;
    let thread = rita
        .reads_thread(
            &card,
            &[
                "Pia Park did not answer",
                "Pia Park was paged again",
                "Pia Park did not answer",
                "Ben Bauer was paged",
            ],
        )
        .await;
    assert_eq!(thread[0].buttons(), ["Acknowledge"]);

    let page = ben.finds("SE-2026-0001 needs you").await;
    ben.presses(&page, "Acknowledge")
        .await
        .says("You acknowledged SE-2026-0001");
    rita.reads_thread(&card, &["Ben Bauer acknowledged the page"])
        .await;
    rita.sees_card("SE-2026-0001")
        .await
        .says("Ben Bauer acknowledged the page");

    let form = rita.presses(&card, "Close").await;
    form.opens("Close");
    assert_eq!(
        form.fields(),
        ["Outcome", "Closure notes"],
        "nothing is asked that is known"
    );
    let closed = json!({
        "Outcome": "Incident, contained and resolved",
        "Closure notes": "Password changed, sessions ended, no payment made.",
    });
    rita.fills(closed).await.says("SE-2026-0001 is closed");

    let outcome = alice.reads(&["Outcome of SE-2026-0001"]).await;
    outcome[0]
        .says("You were right to report this.")
        .hides("Rita")
        .hides("no payment made");
    rita.sees_card("SE-2026-0001")
        .await
        .says("SE-2026-0001: Closed")
        .says("Incident, contained and resolved")
        .offers(&["Reopen"]);

    assert_eq!(
        world.record("SE-2026-0001").await,
        [
            "reported",
            "advice_shown",
            "sent",
            "taken",
            "triaged",
            "assessed",
            "escalated",
            "paged",
            "sent",
            "unanswered",
            "paged",
            "sent",
            "unanswered",
            "paged",
            "sent",
            "acknowledged",
            "closed",
            "feedback_planned",
            "sent",
        ]
    );
    let figures = world.capture.metrics().render();
    for figure in [
        "secevent_reports_total{door=\"slash_command\"} 1",
        "secevent_pages_total{fact=\"unanswered\"} 2",
        "secevent_pages_total{fact=\"acknowledged\"} 1",
        "secevent_deadlines_missed_total{kind=\"acknowledge\"} 2",
        "secevent_verbs_total{verb=\"close\",outcome=\"done\"} 1",
    ] {
        assert!(figures.contains(figure), "{figure} is not in:\n{figures}");
    }
}
