//! The home that the app has for each person: report, whom to call, what became of the own reports, what is due for the own cases.

use super::{CLICKED, closed, opened, reported, sorted, taken, triaged};
use crate::harness::world::World;
use serde_json::json;

both!(
    an_empty_home_says_what_to_do,
    a_report_is_filed_from_home_and_stands_there,
    everybody_sees_the_own_reports_alone,
    a_home_tells_how_it_ended,
    more_than_fit_are_counted,
    an_owner_sees_what_is_due_next,
    of_a_restricted_case_a_home_shows_the_number_alone,
    outsiders_see_their_reports_and_no_names,
    a_home_that_cannot_be_published_is_counted,
    a_report_taken_back_says_so,
);
both!(Setup::unattended => a_home_says_when_nobody_is_on_call);

async fn an_empty_home_says_what_to_do(world: &World) {
    let home = world.person("alice").opens_home().await;
    home.says("Suspicion is enough")
        .says("You have not reported anything so far")
        .says("Press Report a security event")
        // Whom to call, with numbers, as the command says it.
        .says("Pia Park, +49 30 5550101")
        .says("Ben Bauer, +49 30 5550102")
        .says("Security Response desk")
        .says("As of")
        .hides("Cases I own");
    // Whoever works on cases is told where they wait.
    let home = world.person("rita").opens_home().await;
    home.says("No open case is yours").says("queue channel");
    // Looking writes nobody down.
    let known = world.app.store().all_people(world.now()).await.unwrap();
    assert!(known.iter().all(|known| known.person.name != "Alice Adler"));
}

async fn a_report_is_filed_from_home_and_stands_there(world: &World) {
    let alice = world.person("alice");
    let home = alice.opens_home().await;
    alice
        .presses_at_home(&home, "Report a security event", None)
        .await
        .opens("Report a security event");
    // The longer form is the same form: what is sent from it renews the home as well.
    alice
        .presses_in_form("Add details")
        .await
        .opens("Report a security event");
    alice
        .fills(json!({ "What happened?": CLICKED }))
        .await
        .says("recorded as SE-2026-0001");
    alice.reads(&["recorded as SE-2026-0001"]).await;
    // Without opening it again.
    let home = alice.sees_home().await;
    home.says(CLICKED)
        .says("SE-2026-0001")
        .says("New")
        .says("waits for somebody to take it")
        .hides("You have not reported anything");
    alice
        .presses_at_home(&home, "Show", Some("SE-2026-0001"))
        .await
        .says("SE-2026-0001: New")
        .says(CLICKED);
    let opened = world.entries("SE-2026-0001", "reported").await;
    assert!(opened[0].to_string().contains("\"home\""), "{opened:?}");
    world
        .person("rita")
        .sees_card("SE-2026-0001")
        .await
        .says(CLICKED);
}

async fn everybody_sees_the_own_reports_alone(world: &World) {
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    alice.opens_home().await.hides("SE-2026");
    let first = reported(world, "The door to the server room is open").await;
    let second = bob.reports("A stranger asked for my badge").await.number();
    bob.reads(&[&second]).await;
    let third = reported(world, CLICKED).await;
    // What was done elsewhere shows in a home that was opened before, the newest first.
    alice
        .sees_home()
        .await
        .says_in_order(&[CLICKED, &third, "server room", &first])
        .hides(&second)
        .hides("badge");
    bob.opens_home()
        .await
        .says("badge")
        .says(&second)
        .hides(&first)
        .hides(CLICKED);
    for number in [first, second, third] {
        let _ = world.person("rita").sees_card(&number).await;
    }
}

async fn a_home_tells_how_it_ended(world: &World) {
    let (number, _) = closed(world).await;
    let home = world.person("alice").opens_home().await;
    home.says(&number)
        .says("Closed")
        .says("there was no danger")
        // The reasons are the responders' business.
        .hides("exercise of our own team");
    assert_eq!(home.count(&number), 1);
}

async fn more_than_fit_are_counted(world: &World) {
    let alice = world.person("alice");
    let mut numbers = Vec::new();
    for n in 1..=12 {
        numbers.push(reported(world, &format!("Odd thing number {n}.")).await);
    }
    alice
        .opens_home()
        .await
        .says("Odd thing number 12.")
        .says("Odd thing number 3.")
        .hides("Odd thing number 2.")
        .says("not shown here: 2");
    for number in numbers {
        let _ = world.person("rita").sees_card(&number).await;
    }
}

async fn an_owner_sees_what_is_due_next(world: &World) {
    let (number, card) = taken(world).await;
    let (rita, rob) = (world.person("rita"), world.person("rob"));
    let home = rita.opens_home().await;
    home.says("Cases I own")
        .says(&number)
        .says(CLICKED)
        .says("In triage")
        .says("Due next, by")
        .says("triage");
    rob.opens_home()
        .await
        .says("No open case is yours")
        .hides(&number);
    // Every step is a press away, and the home follows.
    rita.presses_at_home(&home, "Show", Some(&number))
        .await
        .says(&format!("{number}: In triage"));
    // What was missed is owed until it is done.
    world.advance(24 * 60).await;
    rita.reads_queue(&["Triage of SE-2026-0001 is overdue"])
        .await;
    rita.reads_thread(&card, &["Triage of SE-2026-0001 is overdue"])
        .await;
    rita.reads(&["Your day"]).await;
    rita.opens_home().await.says("Overdue since").says("triage");
    rita.presses(&card, "Triage").await.opens("Triage");
    rita.fills(sorted("SEV2")).await.says("is triaged");
    rita.sees_home()
        .await
        .says("SEV2")
        .says("resolution")
        .hides("Overdue");
    let _ = rita.sees_card(&number).await;
}

async fn of_a_restricted_case_a_home_shows_the_number_alone(world: &World) {
    let (alice, rita, ivy) = (
        world.person("alice"),
        world.person("rita"),
        world.person("ivy"),
    );
    let home = alice.opens_home().await;
    alice
        .presses_at_home(&home, "Report a security event", None)
        .await
        .opens("Report a security event");
    alice
        .presses_in_form("Add details")
        .await
        .opens("Report a security event");
    alice
        .fills(json!({
            "What happened?": "Zacharias copies the zebra files",
            "Does it concern a colleague?": ["Yes, it concerns a colleague"],
        }))
        .await
        .says("It is restricted");
    alice.reads(&["It is restricted"]).await;
    alice
        .sees_home()
        .await
        .says("SE-2026-0001")
        .says("restricted")
        .hides("zebra");
    let card = rita.sees_card("SE-2026-0001").await;
    ivy.presses(&card, "Take").await.says("is yours now");
    let home = ivy.opens_home().await;
    home.says("SE-2026-0001")
        .says("restricted")
        .says("Due next, by")
        .hides("zebra")
        .hides("Zacharias")
        .hides("Alice");
    for other in ["rita", "rob", "bob", "max", "gwen", "olga"] {
        world
            .person(other)
            .opens_home()
            .await
            .hides("SE-2026-0001")
            .hides("zebra");
    }
    // To look at it is recorded; to look at the home is not looking at it.
    assert!(world.org_entries("restricted_viewed").await.is_empty());
    ivy.presses_at_home(&home, "Show", Some("SE-2026-0001"))
        .await
        .says("zebra")
        .says("Alice Adler");
    let looks = world.org_entries("restricted_viewed").await;
    assert_eq!(looks.len(), 1, "{looks:?}");
    assert_eq!(looks[0]["verb"], "view");
    let _ = rita.sees_card("SE-2026-0001").await;
}

async fn outsiders_see_their_reports_and_no_names(world: &World) {
    let (gwen, olga) = (world.person("gwen"), world.person("olga"));
    for outsider in [&gwen, &olga] {
        outsider
            .opens_home()
            .await
            .says("Security Response desk")
            .says("You have not reported anything so far")
            .hides("Pia")
            .hides("Ben Bauer")
            .hides("+49")
            .hides("On call")
            .hides("Cases I own");
    }
    let home = gwen.sees_home().await;
    gwen.presses_at_home(&home, "Report a security event", None)
        .await
        .opens("Report a security event");
    gwen.fills(json!({ "What happened?": "A stranger is in the lobby" }))
        .await
        .says("recorded as SE-2026-0001")
        .hides("+49");
    gwen.reads(&["recorded as SE-2026-0001"]).await;
    let card = world.person("rita").sees_card("SE-2026-0001").await;
    world
        .person("rita")
        .presses(&card, "Take")
        .await
        .says("is yours");
    gwen.opens_home()
        .await
        .says("SE-2026-0001")
        .says("lobby")
        .says("somebody is looking into it")
        .hides("Rita");
    olga.opens_home().await.hides("SE-2026-0001");
}

async fn a_home_that_cannot_be_published_is_counted(world: &World) {
    let alice = world.person("alice");
    let fault = json!({"kind": "rate_limited", "retry_after": 1});
    world.door().fault("views.publish", fault, 1).await.unwrap();
    assert!(alice.opens_home_in_vain().await.is_none());
    let figures = world.capture.metrics().render();
    let failed = "secevent_homes_total{platform=\"slack\",outcome=\"failed\"} 1";
    assert!(figures.contains(failed), "{figures}");
    alice
        .opens_home()
        .await
        .says("You have not reported anything");
    // A form that cannot be renewed behind loses nothing of what is sent in front of it.
    let fault = json!({"kind": "status", "code": 503});
    world.door().fault("views.publish", fault, 1).await.unwrap();
    let number = reported(world, CLICKED).await;
    alice.sees_home().await.hides(&number);
    alice.opens_home().await.says(&number);
    let _ = world.person("rita").sees_card(&number).await;
}

async fn a_report_taken_back_says_so(world: &World) {
    let alice = world.person("alice");
    let _ = alice.opens_home().await;
    let (number, card) = opened(world).await;
    let receipt = alice.finds(&format!("recorded as {number}")).await;
    alice.presses(&receipt, "Withdraw").await.is_acknowledged();
    alice
        .sees_home()
        .await
        .says(&number)
        .says("you withdrew it");
    let rita = world.person("rita");
    rita.reads_thread(&card, &["was withdrawn"]).await;
}

async fn a_home_says_when_nobody_is_on_call(world: &World) {
    world
        .person("alice")
        .opens_home()
        .await
        .says("nobody")
        .says("A role without a person cannot be paged")
        .says("+1 202 555 0101");
    let _ = triaged(world).await;
}
