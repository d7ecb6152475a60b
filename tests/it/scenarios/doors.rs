//! Doors: every way to report, and what the reporter sees at each.

use super::CLICKED;
use crate::harness::world::World;
use serde_json::json;

everywhere!(
    by_command,
    words_that_only_begin_like_a_question_are_a_report,
    by_the_menu_of_a_message,
    by_reaction,
    a_second_reaction_joins,
    several_reactions_at_once_make_one_case,
    a_reaction_on_our_card_joins,
    other_reactions_mean_nothing,
    by_mention,
    withdraw,
    too_late_to_withdraw,
    by_direct_message,
    details_afterwards,
    by_form,
);
// On Slack alone: the reasons stand in `slack_alone`.
both!(
    blanks_are_nothing,
    by_form_with_details,
    by_the_menu_of_the_client,
    people_of_a_connected_organisation_report_by_mention_and_reaction,
);

async fn by_command(world: &World) {
    let (alice, rita) = (world.person("alice"), world.person("rita"));
    let answer = alice.reports("help my laptop is encrypted").await;
    answer
        .says("recorded as SE-2026-0001")
        .says("Leave the machine switched on")
        .says("Do not pay")
        .says("+1 202 555 0101")
        .is_harmless();
    answer.message().offers(&["Add details", "Withdraw"]);
    alice.reads(&["recorded as SE-2026-0001"]).await;
    rita.sees_card("SE-2026-0001")
        .await
        .says("help my laptop is encrypted")
        .says("Malware");
    assert_eq!(
        world.record("SE-2026-0001").await,
        ["reported", "advice_shown", "sent"]
    );
}

async fn words_that_only_begin_like_a_question_are_a_report(world: &World) {
    let (alice, rita) = (world.person("alice"), world.person("rita"));
    for (n, text) in [
        "status of my laptop: encrypted",
        "mine is stolen",
        "oncall phone is lost",
    ]
    .into_iter()
    .enumerate()
    {
        let number = format!("SE-2026-000{}", n + 1);
        alice.reports(text).await.says(&number);
        alice.reads(&[&number]).await;
        rita.sees_card(&number).await.says(text);
    }
}

async fn by_form(world: &World) {
    let (alice, rita) = (world.person("alice"), world.person("rita"));
    let form = alice.opens_report_form().await;
    form.opens("Report a security event")
        .says("If you wonder whether to report it, report it.");
    // Where a form cannot grow, whether it concerns a colleague is asked at once.
    assert_eq!(
        form.fields().get(..3).unwrap(),
        [
            "What happened?",
            "What does it look like?",
            "Screenshots or files"
        ]
    );
    // The one required field.
    alice
        .fills(json!({}))
        .await
        .complains_about("What happened?", "required");
    let file = alice.has_file("screen.png", b"a picture").await;
    alice
        .fills(json!({
            "What happened?": "A strange window asks for my code",
            "What does it look like?": "Account or sign-in looks wrong",
            "Screenshots or files": [file],
        }))
        .await
        .says("recorded as SE-2026-0001")
        .says("Refuse every sign-in prompt");
    alice.reads(&["recorded as SE-2026-0001"]).await;
    rita.sees_card("SE-2026-0001")
        .await
        .says("A strange window asks for my code")
        .says("Account or sign-in looks wrong");
    let files = world.entries("SE-2026-0001", "file").await;
    assert!(
        files.last().unwrap().to_string().contains("screen.png"),
        "{files:?}"
    );
}

async fn blanks_are_nothing(world: &World) {
    let alice = world.person("alice");
    alice
        .opens_report_form()
        .await
        .opens("Report a security event");
    alice
        .fills(json!({"What happened?": "   "}))
        .await
        .complains_about("What happened?", "one sentence is enough");
    alice.leaves_form().await;
    assert_eq!(world.case_count().await, 0);
}

async fn by_form_with_details(world: &World) {
    let (alice, rita) = (world.person("alice"), world.person("rita"));
    alice
        .opens_report_form()
        .await
        .opens("Report a security event");
    let form = alice.presses_in_form("Add details").await;
    form.opens("Report a security event");
    assert!(
        form.fields().contains(&"Where: application or device"),
        "{:?}",
        form.fields()
    );
    alice
        .fills(json!({
            "What happened?": "Payroll shows a stranger", "Where: provider": "ADP", "Where: application or device": "Payroll",
            "Links": format!("https://payroll.example.org/{}", "x".repeat(500)),
        }))
        .await
        .complains_about("Links", "link");
    alice
        .fills(json!({"Links": "https://payroll.example.org/x"}))
        .await
        .says("recorded as SE-2026-0001");
    alice.reads(&["recorded as SE-2026-0001"]).await;
    rita.sees_card("SE-2026-0001").await.says("ADP / Payroll");
}

async fn by_the_menu_of_the_client(world: &World) {
    let (alice, rita) = (world.person("alice"), world.person("rita"));
    alice.picks_report().await.opens("Report a security event");
    alice
        .fills(json!({"What happened?": "Somebody followed me through the door"}))
        .await
        .says("recorded as SE-2026-0001");
    alice.reads(&["recorded as SE-2026-0001"]).await;
    rita.sees_card("SE-2026-0001").await.says("followed me");
    let origin = &world.timeline("SE-2026-0001").await[0].origin;
    assert_eq!(origin.door.as_str(), "global_shortcut");
}

async fn by_the_menu_of_a_message(world: &World) {
    let (alice, bob, rita) = (
        world.person("alice"),
        world.person("bob"),
        world.person("rita"),
    );
    let odd = bob
        .says("general", "Free holidays: https://evil.example/x")
        .await
        .posted();
    // The case exists at once, from the message as it stands; details may follow.
    let answer = alice.picks_report_on(&odd).await;
    answer.says("recorded as SE-2026-0001").is_harmless();
    alice.reads(&["recorded as SE-2026-0001"]).await[0].is_harmless();
    rita.sees_card("SE-2026-0001")
        .await
        .says("Free holidays")
        .is_harmless();
    let report = &world.entries("SE-2026-0001", "reported").await[0]["report"];
    assert_eq!(
        report["snapshot"]["text"],
        "Free holidays: https://evil.example/x"
    );
    alice
        .presses(&answer.message(), "Add details")
        .await
        .opens("Add details");
    alice
        .fills(json!({"What did the screen say?": "You won"}))
        .await
        .says("added to SE-2026-0001");
    rita.reads_thread(
        &rita.sees_card("SE-2026-0001").await,
        &["A reporter added to"],
    )
    .await;
}

async fn by_reaction(world: &World) {
    let (alice, bob, rita) = (
        world.person("alice"),
        world.person("bob"),
        world.person("rita"),
    );
    let odd = bob
        .says("general", "Pay this invoice today!")
        .await
        .posted();
    // No question, no answer in the channel; the receipt comes by direct message.
    alice.reacts(&odd).await.is_silent();
    alice.reads(&["recorded as SE-2026-0001"]).await;
    bob.reads(&[]).await;
    rita.sees_card("SE-2026-0001")
        .await
        .says("Pay this invoice today!")
        .says("Alice Adler");
    // What was said stays said.
    bob.deletes(&odd).await.is_silent();
    let record = world.record("SE-2026-0001").await;
    assert!(record.contains(&"message_deleted".to_owned()), "{record:?}");
    rita.sees_card("SE-2026-0001")
        .await
        .says("Pay this invoice today!");
}

async fn a_second_reaction_joins(world: &World) {
    let (alice, bob, gwen, rita) = (
        world.person("alice"),
        world.person("bob"),
        world.person("gwen"),
        world.person("rita"),
    );
    let odd = bob
        .says("general", "Pay this invoice today!")
        .await
        .posted();
    alice.reacts(&odd).await.is_silent();
    alice.reads(&["recorded as SE-2026-0001"]).await;
    let card = rita.sees_card("SE-2026-0001").await;
    gwen.reacts(&odd).await.is_silent();
    gwen.reads(&["now belongs to SE-2026-0001"]).await;
    rita.reads_thread(&card, &["Somebody else reported the same"])
        .await;
    // Once more by the same person changes nothing.
    alice.unreacts(&odd).await.is_silent();
    alice.reacts(&odd).await.is_silent();
    alice.reads(&[]).await;
    assert_eq!(world.case_count().await, 1);
    // Each reporter hears the outcome.
    rita.presses(&card, "Close").await.opens("Close");
    rita.fills(super::false_alarm()).await.says("is closed");
    alice.reads(&["Outcome of SE-2026-0001"]).await;
    gwen.reads(&["Outcome of SE-2026-0001"]).await;
    rita.sees_card("SE-2026-0001").await.says("Closed");
}

async fn several_reactions_at_once_make_one_case(world: &World) {
    let people = ["alice", "bob", "rita", "rob", "ben", "pia"].map(|one| world.person(one));
    let odd = world
        .person("max")
        .says("general", "Your mailbox is full")
        .await
        .posted();
    let [a, b, c, d, e, f] = &people;
    let (a, b, c, d, e, f) = tokio::join!(
        a.reacts(&odd),
        b.reacts(&odd),
        c.reacts(&odd),
        d.reacts(&odd),
        e.reacts(&odd),
        f.reacts(&odd)
    );
    for answer in [a, b, c, d, e, f] {
        answer.is_silent();
    }
    assert_eq!(world.case_count().await, 1);
    for person in &people {
        person.reads(&["SE-2026-0001"]).await;
    }
    let record = world.record("SE-2026-0001").await;
    let count = |kind: &str| record.iter().filter(|one| *one == kind).count();
    assert_eq!((count("reported"), count("joined")), (1, 5));
    let card = world.person("ivy").sees_card("SE-2026-0001").await;
    let same = "Somebody else reported the same";
    world
        .person("ivy")
        .reads_thread(&card, &[same, same, same, same, same])
        .await;
}

async fn a_reaction_on_our_card_joins(world: &World) {
    let (number, card) = super::opened(world).await;
    let (rob, rita) = (world.person("rob"), world.person("rita"));
    rob.reacts(&card).await.is_silent();
    rob.reads(&["now belongs to"]).await;
    rita.reads_thread(&card, &["Somebody else reported the same"])
        .await;
    assert_eq!(world.case_count().await, 1);
    rita.sees_card(&number).await.says("Rob Reyes");
}

async fn other_reactions_mean_nothing(world: &World) {
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let message = bob.says("general", "Cake in the kitchen").await.posted();
    alice.reacts_with(&message, "tada").await.is_silent();
    assert_eq!(world.case_count().await, 0);
}

async fn by_mention(world: &World) {
    let (alice, rita) = (world.person("alice"), world.person("rita"));
    alice
        .mentions_bot("general", "my phone was stolen")
        .await
        .says("recorded as SE-2026-0001");
    alice.reads(&["recorded as SE-2026-0001"]).await;
    rita.sees_card("SE-2026-0001")
        .await
        .says("my phone was stolen");
    alice
        .mentions_bot("general", "hello!")
        .await
        .says("How to report a security event");
    assert_eq!(world.case_count().await, 1);
}

async fn by_direct_message(world: &World) {
    let (alice, rita) = (world.person("alice"), world.person("rita"));
    alice.writes(CLICKED).await.is_silent();
    alice.reads(&["recorded as SE-2026-0001"]).await;
    rita.sees_card("SE-2026-0001").await.says(CLICKED);
    alice.writes("Good morning").await.is_silent();
    alice.reads(&["How to report a security event"]).await;
    alice.writes("contacts").await.is_silent();
    alice.reads(&["+1 202 555 0101"]).await;
    assert_eq!(world.case_count().await, 1);
}

async fn people_of_a_connected_organisation_report_by_mention_and_reaction(world: &World) {
    let (olga, alice, rita) = (
        world.person("olga"),
        world.person("alice"),
        world.person("rita"),
    );
    assert!(
        olga.cannot_command("shared-with-partner")
            .await
            .contains("another organisation")
    );
    let shared = "shared-with-partner";
    let answer = olga
        .mentions_bot(shared, "your portal shows other people's invoices")
        .await;
    answer
        .says("recorded as SE-2026-0001")
        .says("Security Response desk")
        .hides("+1 202 555");
    olga.reads(&["recorded as SE-2026-0001"]).await[0].hides("+1 202 555");
    rita.sees_card("SE-2026-0001")
        .await
        .says("other people's invoices");
    let odd = alice
        .says(shared, "Please send me your password")
        .await
        .posted();
    olga.reacts(&odd).await.is_silent();
    olga.reads(&["recorded as SE-2026-0002"]).await;
    rita.sees_card("SE-2026-0002")
        .await
        .says("Please send me your password");
    olga.mentions_bot(shared, "oncall")
        .await
        .hides("Pia")
        .hides("+49");
    olga.mentions_bot(shared, "contacts")
        .await
        .hides("+1 202 555");
    olga.mentions_bot(shared, "help")
        .await
        .hides("/secevent")
        .hides("+1 202");
    olga.mentions_bot(shared, "mine").await.says("SE-2026-0001");
    olga.mentions_bot(shared, "status 1")
        .await
        .says("SE-2026-0001")
        .hides("Rita");
}

async fn details_afterwards(world: &World) {
    let (number, card) = super::opened(world).await;
    let (alice, rita) = (world.person("alice"), world.person("rita"));
    let receipt = alice.finds("recorded as").await;
    alice
        .presses(&receipt, "Add details")
        .await
        .opens("Add details");
    alice
        .fills(json!({}))
        .await
        .complains_about("What did the screen say?", "Nothing is filled in");
    alice
        .fills(json!({"What did the screen say?": "Enter your code"}))
        .await
        .says(&format!("added to {number}"));
    let fields = &world.entries(&number, "details_added").await[0]["fields"];
    assert_eq!(fields["on_screen"], "Enter your code");
    // And more of it.
    alice
        .presses(&receipt, "Add details")
        .await
        .opens("Add details");
    alice
        .fills(json!({"Where: provider": "Google", "Where: tenant": "example.org"}))
        .await
        .says(&format!("added to {number}"));
    let added = "A reporter added to";
    rita.reads_thread(&card, &[added, added]).await;
    rita.sees_card(&number).await.says("Google / example.org");
}

async fn withdraw(world: &World) {
    let (number, card) = super::opened(world).await;
    let (alice, rita) = (world.person("alice"), world.person("rita"));
    let receipt = alice.finds("recorded as").await;
    world.advance(9).await;
    alice
        .presses(&receipt, "Withdraw")
        .await
        .says("is withdrawn")
        .says("The case itself stays");
    rita.reads_thread(&card, &["was withdrawn by its reporter"])
        .await;
    alice
        .presses(&receipt, "Withdraw")
        .await
        .says("withdrawn this report already");
    rita.sees_card(&number).await.says("New");
    assert_eq!(world.entries(&number, "withdrawn").await.len(), 1);
}

async fn too_late_to_withdraw(world: &World) {
    let (number, _) = super::opened(world).await;
    let alice = world.person("alice");
    let receipt = alice.finds("recorded as").await;
    world.advance(11).await;
    alice
        .presses(&receipt, "Withdraw")
        .await
        .says("can be withdrawn for 10 minutes")
        .says(&number);
}
