//! Questions: help, mine, status, oncall, contacts; private answers that change nothing.

use super::{CLICKED, opened, taken};
use crate::harness::world::World;

everywhere!(help, mine, status, oncall_and_contacts,);
// On Slack alone: the reasons stand in `slack_alone`.
both!(guests_get_no_names_and_numbers);

async fn help(world: &World) {
    world
        .person("alice")
        .commands("help")
        .await
        .says("/secevent mine")
        .says("Report security event")
        .says("rotating_light")
        .says("If you wonder whether to report it, report it.")
        .says("+1 202 555 0101")
        .is_harmless();
    assert_eq!(world.case_count().await, 0);
}

async fn mine(world: &World) {
    let (number, _) = opened(world).await;
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    alice.commands("mine").await.says(&number).says("New");
    alice.commands("status").await.says(&number);
    bob.commands("mine")
        .await
        .says("You have not reported anything so far")
        .hides(&number);
}

async fn status(world: &World) {
    let (number, _) = taken(world).await;
    let (alice, bob, rob) = (
        world.person("alice"),
        world.person("bob"),
        world.person("rob"),
    );
    let asked = format!("status {number}");
    alice
        .commands(&asked)
        .await
        .says("In triage")
        .says(CLICKED)
        .message()
        .offers(&["Add details"]);
    rob.commands("status 1")
        .await
        .says("Rita Roth")
        .says("Alice Adler");
    // Somebody else's case answers exactly like an unknown number.
    let other = bob.commands(&asked).await;
    let unknown = bob.commands("status SE-2026-9999").await;
    other.says("There is no such case among those that you may see");
    assert_eq!(other.message().text(), unknown.message().text());
}

async fn oncall_and_contacts(world: &World) {
    let alice = world.person("alice");
    alice
        .commands("oncall")
        .await
        .says("Pia Park")
        .says("+49 30 5550101")
        .says("Ben Bauer");
    alice
        .commands("contacts")
        .await
        .says("Security Response desk")
        .says("+1 202 555 0102");
}

async fn guests_get_no_names_and_numbers(world: &World) {
    let gwen = world.person("gwen");
    gwen.commands("oncall").await.hides("Pia").hides("+49");
    gwen.commands("contacts")
        .await
        .says("Security Response desk")
        .hides("+1 202");
    gwen.commands("help").await.hides("+1 202");
    let answer = gwen.reports("A stranger is in the lobby").await;
    answer.says("recorded as SE-2026-0001").hides("+1 202");
    gwen.reads(&["recorded as SE-2026-0001"]).await[0].hides("+1 202");
    world
        .person("rita")
        .sees_card("SE-2026-0001")
        .await
        .says("lobby");
}
