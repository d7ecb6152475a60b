//! Verbs as words, in the room of a case: one short sentence does what a button does, with the same refusals.

use super::{opened, taken};
use crate::harness::world::World;

everywhere!(
    a_case_is_worked_on_in_words,
    what_needs_a_form_is_offered_as_a_button,
    whoever_may_not_is_refused_in_words,
    talk_stays_talk,
);

async fn a_case_is_worked_on_in_words(world: &World) {
    let (number, card) = opened(world).await;
    let (rita, pia) = (world.person("rita"), world.person("pia"));
    rita.tells_bot(&card, "take").await.says("is yours now");
    rita.tells_bot(&card, "sev 2 because the account can pay")
        .await
        .says("The severity of");
    rita.tells_bot(&card, "Incident: the password was used from abroad")
        .await
        .says("Your assessment of");
    rita.tells_bot(&card, "escalate because nobody knows that host")
        .await
        .says("is escalated");
    let page = pia.reads(&["needs you"]).await;
    page[0].says("nobody knows that host");
    rita.reads_thread(&card, &["was paged for"]).await;
    pia.tells_bot(&card, "ack").await.says("You acknowledged");
    rita.reads_thread(&card, &["acknowledged the page"]).await;
    rita.tells_bot(&card, "tell the reporter: we have it, please do not log in")
        .await
        .says("Your note is in the record");
    world.person("alice").reads(&["About your report"]).await[0].says("please do not log in");
    rita.sees_card(&number)
        .await
        .says("Rita Roth")
        .says("SEV2")
        .says("Incident")
        .says("Pia Park acknowledged");
    let record = world.record(&number).await;
    for kind in [
        "taken",
        "severity_changed",
        "assessed",
        "escalated",
        "acknowledged",
        "noted",
    ] {
        assert!(record.contains(&kind.to_owned()), "{kind} in {record:?}");
    }
    assert!(!record.contains(&"said".to_owned()), "{record:?}");
}

async fn what_needs_a_form_is_offered_as_a_button(world: &World) {
    let (_, card) = taken(world).await;
    let rita = world.person("rita");
    let offer = rita.tells_bot(&card, "close").await;
    offer.says("asks for what");
    rita.presses(&offer.message(), "Close").await.opens("Close");
    rita.leaves_form().await;
    rita.tells_bot(&card, "severity")
        .await
        .says("sev 2 because it spreads");
    rita.tells_bot(&card, "verbs")
        .await
        .says("acknowledges the page");
}

async fn whoever_may_not_is_refused_in_words(world: &World) {
    let (number, card) = taken(world).await;
    let rita = world.person("rita");
    rita.tells_bot(&card, "take").await.says("is yours already");
    rita.tells_bot(&card, "ack")
        .await
        .says("nothing to acknowledge");
    rita.tells_bot(&card, "reopen because it is back")
        .await
        .says("is open already");
    assert!(!world.record(&number).await.contains(&"reopened".to_owned()));
}

async fn talk_stays_talk(world: &World) {
    let (number, card) = taken(world).await;
    let rita = world.person("rita");
    rita.tells_bot(&card, "take a look at the proxy log")
        .await
        .is_silent();
    let said = &world.entries(&number, "said").await[0];
    assert!(said.to_string().contains("take a look at the proxy log"));
}
