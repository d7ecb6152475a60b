//! Two platforms over one record: reported on one, worked on the other; one person on both.

use super::{CLICKED, false_alarm, sorted};
use crate::harness::stand::Host::{Discord, Slack};
use crate::harness::world::World;
use serde_json::json;

both!(Setup::both_platforms =>
    reported_in_discord_and_worked_in_slack,
    one_person_on_both_by_a_code,
    one_queue_channel_is_unfit_and_the_other_is_not,
);
both!(Setup::worked_on_in_slack => every_case_is_worked_on_in_slack);

/// The card stands where the case was reported; whoever is elsewhere works by the case's state there, with the same buttons.
async fn reported_in_discord_and_worked_in_slack(world: &World) {
    let (alice, rita) = (
        world.person_on(Discord, "alice"),
        world.person_on(Slack, "rita"),
    );
    let number = alice.reports(CLICKED).await.number();
    alice.reads(&[&format!("recorded as {number}")]).await;
    let there = world.person_on(Discord, "rita").sees_card(&number).await;
    there.says(CLICKED);

    // In Slack nothing stands in the queue, and the case can be asked for.
    rita.reads_queue(&[]).await;
    let asked = rita.commands("status 1").await;
    let here = asked.message();
    here.says(CLICKED);
    rita.presses(&here, "Take")
        .await
        .says(&format!("{number} is yours now"));
    let here = rita.commands("status 1").await.message();
    rita.presses(&here, "Triage").await.opens("Triage");
    rita.fills(sorted("SEV2")).await.says("is triaged");
    // The card in Discord follows.
    world
        .person_on(Discord, "rob")
        .sees_card(&number)
        .await
        .says("Rita Roth")
        .says("SEV2");

    let here = rita.commands("status 1").await.message();
    rita.presses(&here, "Escalate").await.opens("Escalate");
    rita.fills(json!({ "Why do you escalate?": "The account can release payments." }))
        .await
        .says("is escalated");
    // Pia has both accounts: she is called where the case is worked on, and acknowledges there.
    let page = world.person_on(Discord, "pia").reads(&["needs you"]).await;
    world
        .person_on(Discord, "pia")
        .presses(&page[0], "Acknowledge")
        .await
        .says("You acknowledged");
    world
        .person_on(Discord, "rob")
        .reads_thread_all(&there)
        .await;
    rita.reads_some(&number).await;

    let here = rita.commands("status 1").await.message();
    rita.presses(&here, "Close").await.opens("Close");
    rita.fills(false_alarm()).await.says("is closed");
    // Who reported in Discord hears the outcome in Discord.
    alice.reads(&[&format!("Outcome of {number}")]).await;
    world
        .person_on(Discord, "rob")
        .reads_thread_all(&there)
        .await;
    let card = world.person_on(Discord, "rob").sees_card(&number).await;
    card.says("Closed");
}

async fn one_person_on_both_by_a_code(world: &World) {
    let (here, there) = (
        world.person_on(Slack, "alice"),
        world.person_on(Discord, "alice"),
    );
    let first = here.reports("a strange mail").await.number();
    here.reads(&[&first]).await;
    let second = there.reports("a strange call").await.number();
    there.reads(&[&second]).await;
    there.commands("mine").await.says(&second).hides(&first);

    let code = here.commands("link").await.code();
    there
        .commands(&format!("link {code}"))
        .await
        .says("confirm it there");
    let question = here.reads(&["Discord"]).await;
    here.presses(&question[0], "Yes, that is me")
        .await
        .says("Linked");
    there.reads_some("Linked").await;
    // Each account shows the reports of both.
    for account in [&here, &there] {
        account.commands("mine").await.says(&first).says(&second);
    }
    let linked = world.org_entries("accounts_linked").await;
    assert_eq!(linked.len(), 1, "{linked:?}");
    for (host, number) in [(Slack, &first), (Discord, &second)] {
        let _ = world.person_on(host, "rita").sees_card(number).await;
    }
}

async fn every_case_is_worked_on_in_slack(world: &World) {
    let alice = world.person_on(Discord, "alice");
    let number = alice.reports(CLICKED).await.number();
    alice.reads(&[&format!("recorded as {number}")]).await;
    world.person_on(Discord, "rita").reads_queue(&[]).await;
    let rita = world.person_on(Slack, "rita");
    let card = rita.sees_card(&number).await;
    rita.presses(&card, "Take").await.says("is yours now");
    let card = rita.sees_card(&number).await;
    rita.presses(&card, "Escalate").await.opens("Escalate");
    let why = json!({ "Why do you escalate?": "The account can release payments." });
    rita.fills(why).await.says("is escalated");
    // Pia has an account on each: she is called where the case is.
    let pia = world.person_on(Slack, "pia");
    let page = pia.reads(&["needs you"]).await;
    pia.presses(&page[0], "Acknowledge")
        .await
        .says("You acknowledged");
    rita.reads_some(&number).await;
    let card = rita.sees_card(&number).await;
    rita.presses(&card, "Close").await.opens("Close");
    rita.fills(false_alarm()).await.says("is closed");
    alice.reads(&[&format!("Outcome of {number}")]).await;
    rita.sees_card(&number).await.says("Closed");
    rita.reads_thread_all(&card).await;
}

/// What cannot be told on one platform waits for it alone, and its alarm is not cleared by what the other one takes.
async fn one_queue_channel_is_unfit_and_the_other_is_not(world: &World) {
    let here = world.person_on(Slack, "alice");
    let there = world.person_on(Discord, "alice");
    // The bot is shut out of the queue in Discord.
    let unfit = |on: bool| {
        let given = json!({"channel": "security-queue", "on": on});
        async move {
            world
                .door_of(Discord)
                .control("unfit", given)
                .await
                .unwrap()
        }
    };
    unfit(true).await;
    world.expect_refusal("50001");
    let waiting = there.reports("a strange call").await.number();
    there.reads(&[&waiting]).await;
    world.advance(1).await;
    assert_eq!(world.alarms().await, ["queue_channel_unfit"]);
    let told = here.reports("a strange mail").await.number();
    here.reads(&[&told]).await;
    let _ = world.person_on(Slack, "rita").sees_card(&told).await;
    assert_eq!(
        world.alarms().await,
        ["queue_channel_unfit"],
        "Slack's card is no word about Discord"
    );
    let alarm = world.app.store().open_alarms().await.unwrap().remove(0);
    assert!(
        alarm.text.contains("queue channel of discord"),
        "{}",
        alarm.text
    );

    unfit(false).await;
    for _ in 0..6 {
        world.advance(1).await;
    }
    let _ = world.person_on(Discord, "rita").sees_card(&waiting).await;
    assert_eq!(world.alarms().await, Vec::<String>::new());
}
