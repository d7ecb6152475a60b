//! The verbs of responders: take, triage, assess, severity, note, reopen; what each changes, tells and asks for.

use super::{CLICKED, closed, opened, sorted, taken, triaged};
use crate::harness::world::World;
use serde_json::json;

everywhere!(
    take,
    take_over,
    nobody_takes_it,
    triage,
    triage_takes_what_nobody_took,
    nobody_triages_it,
    nobody_resolves_it,
    a_rating_below_the_usual_needs_a_reason,
    assess,
    severity,
    note,
    note_to_the_reporters,
    reopen,
);

async fn take(world: &World) {
    let (number, card) = opened(world).await;
    let rita = world.person("rita");
    rita.presses(&card, "Take")
        .await
        .says(&format!("{number} is yours now"));
    let card = rita.sees_card(&number).await;
    card.says("Rita Roth")
        .says("In triage")
        .offers(&["Triage", "Assess", "Escalate", "Note", "Close", "Merge…"]);
    assert_eq!(world.entries(&number, "taken").await.len(), 1);
}

async fn take_over(world: &World) {
    let (number, card) = opened(world).await;
    let (rita, rob) = (world.person("rita"), world.person("rob"));
    rita.presses(&card, "Take").await.says("is yours now");
    // Rob still sees the old card.
    rob.presses(&card, "Take").await.says("is yours now");
    rob.sees_card(&number).await.says("Rob Reyes");
    let from = &world.entries(&number, "taken").await[1]["from"];
    assert!(
        from.is_string(),
        "who had it before is on the record: {from}"
    );
}

async fn nobody_takes_it(world: &World) {
    let (number, card) = opened(world).await;
    let rita = world.person("rita");
    world.advance(15).await;
    let notice = rita.reads_queue(&["Nobody has taken"]).await;
    rita.reads_thread(&card, &["Nobody has taken"]).await;
    assert_eq!(world.alarms().await, ["case_unowned"]);
    rita.presses(&notice[0], "Take")
        .await
        .says(&format!("{number} is yours now"));
    assert_eq!(world.alarms().await, Vec::<String>::new());
    rita.sees_card(&number).await.says("Rita Roth");
}

async fn triage(world: &World) {
    let (number, card) = taken(world).await;
    let rita = world.person("rita");
    let form = rita.presses(&card, "Triage").await;
    form.opens("Triage")
        .says("A weak signal, an attempt that was blocked");
    rita.fills(json!({
        "Category": "Account or sign-in looks wrong", "Severity": "SEV2", "Provider": "Microsoft 365",
        "Account, subscription or project": "alice@example.org", "Service owner": "Finance",
        "Alert id": "A-77", "Links to artifacts": "https://mail.example.org/1\nhttps://mail.example.org/2",
        "What may be affected?": ["Confidentiality"],
    }))
    .await
    .says("is triaged");
    rita.sees_card(&number)
        .await
        .says("SEV2 High")
        .says("Account or sign-in looks wrong")
        .says("Microsoft 365 / alice@example.org")
        .says("Finance");
    let entry = &world.entries(&number, "triaged").await[0];
    assert_eq!(entry["alert_id"], "A-77");
    assert_eq!(entry["links"].as_array().unwrap().len(), 2);
    // What is known stands in the form the next time.
    let form = rita.presses(&card, "Triage").await;
    assert!(form.field("Provider").contains("Microsoft 365"));
    assert!(form.field("Severity").contains("SEV2"));
    rita.leaves_form().await;
}

async fn triage_takes_what_nobody_took(world: &World) {
    let (number, card) = opened(world).await;
    let rita = world.person("rita");
    rita.presses(&card, "Triage").await.opens("Triage");
    rita.fills(sorted("SEV3")).await.says("is triaged");
    rita.sees_card(&number).await.says("Rita Roth").says("SEV3");
}

async fn nobody_triages_it(world: &World) {
    let (number, card) = taken(world).await;
    let rita = world.person("rita");
    world.advance(240).await;
    let notice = rita.reads_queue(&["Triage of"]).await;
    notice[0].says("is overdue");
    rita.reads_thread(&card, &["is overdue"]).await;
    assert_eq!(world.alarms().await, ["triage_overdue"]);
    rita.presses(&notice[0], "Triage").await.opens("Triage");
    rita.fills(sorted("SEV3")).await.says("is triaged");
    assert_eq!(world.alarms().await, Vec::<String>::new());
    rita.sees_card(&number).await.says("SEV3");
}

async fn nobody_resolves_it(world: &World) {
    let (_, card) = triaged(world).await;
    let rita = world.person("rita");
    world.advance(60 * 24 * 15).await;
    let note = rita
        .reads_thread(&card, &["should have been resolved"])
        .await;
    rita.reads(&["Overdue since"]).await;
    rita.presses(&note[0], "Note").await.opens("Note");
    rita.leaves_form().await;
}

async fn a_rating_below_the_usual_needs_a_reason(world: &World) {
    let (number, card) = taken(world).await;
    let rita = world.person("rita");
    let mut low =
        json!({"Category": "Malware, or a machine doing strange things", "Severity": "SEV3"});
    rita.presses(&card, "Triage").await.opens("Triage");
    rita.fills(low.clone())
        .await
        .complains_about("Why so low?", "usually rated SEV2");
    assert_eq!(world.entries(&number, "triaged").await.len(), 0);
    low["Why so low?"] = "A test file of the scanner.".into();
    rita.fills(low).await.says("is triaged");
    let entry = &world.entries(&number, "triaged").await[0];
    assert_eq!(entry["reason"], "A test file of the scanner.");
}

async fn assess(world: &World) {
    let (number, card) = triaged(world).await;
    let rita = world.person("rita");
    let form = rita.presses(&card, "Assess").await;
    form.opens("Assess").says("Not assessed yet");
    rita.fills(json!({
        "Which of these are true?": ["malicious_code", "service_harmed"], "What is it?": "Incident",
        "Why?": "The attachment ran on her laptop.",
    }))
    .await
    .says("is recorded");
    rita.sees_card(&number).await.says("Incident");
    let entry = &world.entries(&number, "assessed").await[0];
    assert_eq!(entry["criteria"]["malicious_code"], true);
    assert_eq!(entry["criteria"]["unauthorised_access"], false);
    assert_eq!(
        entry["criteria"].as_object().unwrap().len(),
        8,
        "each criterion has its answer"
    );
    assert_eq!(entry["rationale"], "The attachment ran on her laptop.");
    assert!(
        entry["consequence"]
            .as_str()
            .unwrap()
            .contains("Incident response starts")
    );
    // A revision is another record; the first stays.
    rita.presses(&card, "Assess").await.says("So far: Incident");
    rita.fills(json!({"What is it?": "Event, not an incident", "Why?": "The sandbox stopped it."}))
        .await
        .says("is recorded");
    assert_eq!(world.entries(&number, "assessed").await.len(), 2);
    rita.sees_card(&number).await.says("Event, not an incident");
}

async fn severity(world: &World) {
    let (number, card) = triaged(world).await;
    let rita = world.person("rita");
    let form = rita.presses(&card, "Severity").await;
    form.opens("Severity").says("now SEV2 High");
    rita.fills(json!({"Severity": "SEV1", "Why does it change?": "Customer data is outside."}))
        .await
        .says("the first rating and your reason stay on record");
    rita.sees_card(&number).await.says("SEV1 Critical");
    let entry = &world.entries(&number, "severity_changed").await[0];
    assert_eq!(
        (&entry["from"], &entry["to"], &entry["reason"]),
        (
            &json!("SEV2"),
            &json!("SEV1"),
            &json!("Customer data is outside.")
        )
    );
    rita.presses(&card, "Severity").await.opens("Severity");
    rita.fills(json!({"Severity": "SEV1", "Why does it change?": "Again"}))
        .await
        .says("is SEV1 already");
}

async fn note(world: &World) {
    let (number, card) = taken(world).await;
    let rita = world.person("rita");
    rita.presses(&card, "Note").await.opens("Note");
    rita.fills(json!({"Note": "Called the mail team."}))
        .await
        .says("is in the record");
    assert_eq!(
        world.entries(&number, "noted").await[0]["text"],
        "Called the mail team."
    );
    world.person("alice").reads(&[]).await;
}

async fn note_to_the_reporters(world: &World) {
    let (number, card) = taken(world).await;
    let (alice, rita) = (world.person("alice"), world.person("rita"));
    rita.presses(&card, "Note").await.opens("Note");
    let note = "Which <!channel> link was it? Please do not open https://evil.example again.";
    rita.fills(json!({"Note": note, "Who reads it?": ["Also tell the reporters"]}))
        .await
        .says("is in the record");
    let told = alice.reads(&["the responders write:"]).await;
    told[0].says(note).is_harmless().offers(&["Add details"]);
    alice.replies(&told[0], "The second one.").await.is_silent();
    rita.reads_thread(&card, &["A reporter added to"]).await[0].says("The second one.");
    let said = &world.entries(&number, "said").await[0];
    assert!(said.to_string().contains("The second one."), "{said}");
}

async fn reopen(world: &World) {
    let (number, card) = closed(world).await;
    let (alice, rob, rita) = (
        world.person("alice"),
        world.person("rob"),
        world.person("rita"),
    );
    card.offers(&["Reopen"]);
    rob.presses(&card, "Reopen").await.opens("Reopen");
    rob.fills(json!({"Why is it opened again?": "Two more people report it."}))
        .await
        .says("is open again");
    rita.reads_queue(&["was reopened"]).await;
    rita.reads(&["was reopened"]).await;
    let card = rita.sees_card(&number).await;
    card.says("In triage").says(CLICKED);
    // The reporter hears of the second ending as of the first.
    rita.presses(&card, "Close").await.opens("Close");
    rita.fills(json!({"Outcome": "False alarm", "Closure notes": "The exercise went on."}))
        .await
        .says("is closed");
    alice.reads(&["Outcome of"]).await;
    let reason = &world.entries(&number, "reopened").await[0]["reason"];
    assert_eq!(reason, "Two more people report it.");
}
