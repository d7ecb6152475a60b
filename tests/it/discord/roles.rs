//! A role of the guild that stands for responders: looked at with every act, on the record, and never more than that.

use crate::harness::world::World;
use crate::scenarios::opened;
use chrono::TimeDelta;
use secevent::emulator::discord::seed::PARTNER_GENERAL;
use serde_json::json;

on_discord!(Setup::responder_role =>
    a_role_of_the_guild_makes_a_responder_until_it_is_gone,
    who_is_put_out_of_the_server_is_none_from_elsewhere,
    a_reaction_does_not_hide_the_role_in_a_direct_conversation,
);

async fn a_role_of_the_guild_makes_a_responder_until_it_is_gone(world: &World) {
    let role = |user: &str, on: bool| {
        world.control("role", json!({"user": user, "role": "Responder", "on": on}))
    };
    let (number, card) = opened(world).await;
    // The directory file does not know Rob. His role in the guild does.
    let rob = world.person("rob");
    rob.presses(&card, "Take")
        .await
        .says(&format!("{number} is yours now"));
    let vouched = world.org_entries("role_vouched").await;
    assert_eq!(vouched.len(), 1, "{vouched:?}");
    assert_eq!(vouched[0]["role"], "responder");
    assert_eq!(vouched[0]["by"]["platform"], "discord");
    // Each further act looks again, and writes nothing new.
    rob.commands("status 1").await.says(&number);
    assert_eq!(world.org_entries("role_vouched").await.len(), 1);

    role("rob", false).await;
    // He keeps the case that he owns, and nothing beyond it.
    let second = world
        .person("bob")
        .reports("another strange mail")
        .await
        .number();
    world.person("bob").reads(&[&second]).await;
    let _ = world.person("rita").sees_card(&second).await;
    rob.commands("status 2").await.says("no such case");
    let ended = world.org_entries("vouch_ended").await;
    assert_eq!(ended.len(), 1, "{ended:?}");
    assert_eq!(ended[0]["because"], "role_gone");

    // Rita is in the directory file and has the role, too: losing it takes nothing from her.
    let rita = world.person("rita");
    rita.commands("status 2").await.says(&second);
    role("rita", false).await;
    rita.commands("status 2").await.says(&second);
    // Somebody without the role was asked all the time, and nothing was written of it.
    world.person("bob").commands("status 2").await.says(&second);
    assert_eq!(world.org_entries("vouch_ended").await.len(), 2);

    // A direct conversation shows no roles: Discord is asked, and believed for ten minutes.
    role("rob", true).await;
    world.pass(TimeDelta::seconds(1)).await;
    rob.commands("status 2").await.says(&second);
    role("rob", false).await;
    world.pass(TimeDelta::minutes(11)).await;
    rob.writes("somebody stood behind me at the cash machine")
        .await
        .is_silent();
    assert_eq!(world.org_entries("vouch_ended").await.len(), 3);
    rob.reads(&["recorded as SE-2026-0003"]).await;
    let _ = world.person("ivy").sees_card("SE-2026-0003").await;
}

/// Otto is in another server with the bot, too. What he says there shows that he is gone from ours.
async fn who_is_put_out_of_the_server_is_none_from_elsewhere(world: &World) {
    let given = json!({"user": "otto", "role": "Responder", "on": true});
    world.control("role", given).await;
    let otto = world.person("otto");
    otto.commands("oncall").await.says("On call");
    assert_eq!(world.org_entries("role_vouched").await.len(), 1);

    let elsewhere = world.door().as_user("otto");
    let says = |words: &'static str| {
        let elsewhere = elsewhere.clone();
        async move {
            elsewhere
                .post(&PARTNER_GENERAL.to_string(), words)
                .await
                .unwrap()
        }
    };
    // Discord says so with a 404.
    world.expect_refusal("10007");
    world.control("kick", json!({"user": "otto"})).await;
    world.pass(TimeDelta::minutes(11)).await;
    let _ = says("@secevent oncall").await;
    world.quiet().await;
    let ended = world.org_entries("vouch_ended").await;
    assert_eq!(ended.len(), 1, "{ended:?}");
    otto.reads_some("").await;
}

/// A reaction shows roles and not since when; what is written directly afterwards must not rest on it.
async fn a_reaction_does_not_hide_the_role_in_a_direct_conversation(world: &World) {
    let (number, _) = opened(world).await;
    let (bob, rob) = (world.person("bob"), world.person("rob"));
    let said = bob.says("general", "what is this strange mail?").await;
    rob.reacts(&said.posted()).await.is_silent();
    rob.reads(&["recorded as SE-2026-0002"]).await;
    rob.writes(&format!("status {number}"))
        .await
        .is_acknowledged();
    let shown = rob.finds(&number).await;
    rob.presses(&shown, "Take")
        .await
        .says(&format!("{number} is yours now"));
    let _ = world.person("rita").sees_card("SE-2026-0002").await;
}
