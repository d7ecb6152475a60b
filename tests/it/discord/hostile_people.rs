//! People who may not: without a role, of another server, with buttons and numbers that they made up. Refused, nothing learnt, nothing changed.

use super::forger::{Forger, elsewhere, interaction, press, sub_command, typing};
use crate::harness::{
    setup::Setup,
    stand::Host,
    world::{Database, World},
};
use secevent::emulator::discord::seed::{BOB, GWEN, MAX, OLGA, PARTNER_GUILD};
use serde_json::{Value, json};

/// What nobody else may learn.
const SECRET: &str = "Zacharias copies the zebra files";

/// The verbs of all buttons that the bot makes.
const VERBS: [&str; 18] = [
    "take",
    "triage",
    "assess",
    "set_severity",
    "severity",
    "escalate",
    "acknowledge",
    "note",
    "close",
    "reopen",
    "merge",
    "unmerge",
    "add_details",
    "withdraw",
    "view",
    "show",
    "link_confirm",
    "link_refuse",
];

/// Alice's case, which Rita works on and Pia is paged for.
async fn world() -> World {
    let world = World::start(Database::sqlite(), Setup::http().on(Host::Discord)).await;
    let (alice, rita, pia) = (
        world.person("alice"),
        world.person("rita"),
        world.person("pia"),
    );
    alice.reports(SECRET).await.says("SE-2026-0001");
    alice.reads(&["SE-2026-0001"]).await;
    let card = rita.sees_card("SE-2026-0001").await;
    rita.presses(&card, "Take").await.says("is yours");
    rita.presses(&card, "Escalate").await.opens("Escalate");
    rita.fills(json!({ "Why do you escalate?": SECRET }))
        .await
        .says("is escalated");
    pia.reads(&["needs you"]).await;
    rita.reads_thread_all(&card).await;
    rita.sees_card("SE-2026-0001").await.says("zebra");
    world
}

/// Every `custom_id` that stands on anybody's screen.
async fn buttons(world: &World) -> Vec<String> {
    let mut all = Vec::new();
    for who in ["alice", "rita", "pia"] {
        for message in world.person(who).screens().await {
            all.extend(message.buttons.into_iter().map(|one| one.action_id));
        }
    }
    all.sort();
    all.dedup();
    all
}

/// Nothing in it tells of the case: not what it is, not who has it, not how it stands.
#[track_caller]
fn tells_nothing(what: &str, answer: &Value) {
    let said = answer["data"].to_string();
    for words in [
        "zebra",
        "Zacharias",
        "Alice",
        "Rita",
        "Pia",
        "In triage",
        "SEV",
        "custom_id",
        "Escalat",
    ] {
        assert!(!said.contains(words), "{what} tells {words:?}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_no_role_gets_nowhere_with_any_button() {
    let world = Box::pin(world()).await;
    let forger = Forger::at(&world);
    let buttons = buttons(&world).await;
    let verbs: Vec<&str> = buttons
        .iter()
        .filter_map(|one| one.split(':').nth(1))
        .collect();
    for verb in [
        "triage",
        "assess",
        "escalate",
        "note",
        "close",
        "acknowledge",
        "add_details",
        "withdraw",
    ] {
        assert!(verbs.contains(&verb), "{verb} is on no button: {verbs:?}");
    }
    let mut tried: Vec<String> = buttons.clone();
    // And those that no card shows now, for the same case.
    let case = buttons
        .iter()
        .find(|one| one.starts_with("v1:triage:"))
        .unwrap();
    let case = case.rsplit(':').next().unwrap();
    tried.extend(VERBS.iter().map(|verb| format!("v1:{verb}:{case}")));
    tried.sort();
    tried.dedup();
    let before = world.record("SE-2026-0001").await;
    let mut n = 0;
    for (who, id) in [
        ("bob", BOB),
        ("gwen", GWEN),
        ("a stranger", 1_100_000_000_000_007_777),
    ] {
        for button in &tried {
            n += 1;
            let (status, answer) = forger.sends(&interaction(n, 3, id, press(button))).await;
            assert_eq!(status, 200);
            assert_ne!(
                answer["type"], 9,
                "{who} is given a form by {button}: {answer}"
            );
            tells_nothing(&format!("{button} to {who}"), &answer);
        }
    }
    assert_eq!(world.record("SE-2026-0001").await, before);
    assert_eq!(world.case_count().await, 1);
    assert!(
        !world.org_entries("access_refused").await.is_empty(),
        "it is on the record"
    );
    world.abandon().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forms_that_were_made_up_or_are_anothers_do_nothing() {
    let world = Box::pin(world()).await;
    let (rita, forger) = (world.person("rita"), Forger::at(&world));
    let card = rita.sees_card("SE-2026-0001").await;
    // Rita has a form open; its name is a draft's.
    rita.presses(&card, "Triage").await.opens("Triage");
    let views = world.door().as_user("rita").views().await.unwrap();
    let form = views.last().unwrap();
    let text = |id: &str, value: &str| json!({ "type": 18, "component": { "type": 4, "custom_id": id, "value": value } });
    let fields: Vec<Value> = form
        .fields
        .iter()
        .map(|field| text(&field.action_id, "1"))
        .collect();
    let before = world.record("SE-2026-0001").await;
    let mut n = 100;
    let draft = form
        .callback_id
        .split(':')
        .nth(1)
        .unwrap_or_default()
        .to_owned();
    for name in [
        form.callback_id.clone(),
        format!("v1:fill:{draft}:0"),
        format!("v1:fill:{draft}:1"),
        "v1:triage:x:0".to_owned(),
    ] {
        for (kind, data) in [
            (5, json!({ "custom_id": name, "components": fields })),
            (3, press(&name)),
        ] {
            n += 1;
            let (status, answer) = forger.sends(&interaction(n, kind, MAX, data)).await;
            assert_eq!(status, 200);
            assert_ne!(answer["type"], 9, "{name} opens a form: {answer}");
            tells_nothing(&name, &answer);
        }
    }
    assert_eq!(world.record("SE-2026-0001").await, before);
    // Rita's own is still there.
    rita.fills(crate::scenarios::sorted("SEV2"))
        .await
        .says("is triaged");
    world.abandon().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_of_another_server_guesses_in_vain() {
    let world = Box::pin(world()).await;
    let forger = Forger::at(&world);
    let before = world.record("SE-2026-0001").await;
    let mut n = 200;
    let mut answers = Vec::new();
    for (kind, data) in [
        (2, sub_command("status", "case", "SE-2026-0001")),
        (2, sub_command("status", "case", "1")),
        (2, sub_command("mine", "x", "x")),
        (2, sub_command("home", "x", "x")),
        (2, sub_command("oncall", "x", "x")),
        (2, sub_command("contacts", "x", "x")),
        (2, sub_command("help", "x", "x")),
        (2, sub_command("link", "x", "x")),
        (2, sub_command("link", "code", "ABCD-2345")),
    ] {
        n += 1;
        let payload = elsewhere(PARTNER_GUILD, interaction(n, kind, OLGA, data.clone()));
        let (status, answer) = forger.sends(&payload).await;
        assert_eq!(status, 200);
        let said = answer["data"].to_string();
        for words in [
            "zebra",
            "Zacharias",
            "Alice",
            "Rita",
            "Pia",
            "Ben",
            "+49",
            "In triage",
            "SEV",
        ] {
            assert!(!said.contains(words), "{data} tells {words:?}: {said}");
        }
        answers.push((data, answer));
    }
    // A number that is taken and one that is not are told alike.
    let ask = async |n: u64, number: &str| {
        let data = sub_command("status", "case", number);
        let payload = elsewhere(PARTNER_GUILD, interaction(n, 2, OLGA, data));
        let (_, answer) = forger.sends(&payload).await;
        answer["data"].to_string().replace(number, "N")
    };
    assert_eq!(
        ask(300, "SE-2026-0001").await,
        ask(301, "SE-2026-0999").await
    );
    // Nothing is offered while typing.
    for typed in ["", "SE", "SE-2026-0001", "1", "zebra"] {
        n += 1;
        for payload in [
            elsewhere(PARTNER_GUILD, interaction(n, 4, OLGA, typing(typed))),
            interaction(n + 1_000, 4, BOB, typing(typed)),
        ] {
            let (status, answer) = forger.sends(&payload).await;
            assert_eq!((status, &answer["type"]), (200, &json!(8)), "{answer}");
            assert_eq!(answer["data"]["choices"], json!([]), "{typed}");
        }
    }
    for button in buttons(&world).await {
        n += 1;
        let payload = elsewhere(PARTNER_GUILD, interaction(n, 3, OLGA, press(&button)));
        let (_, answer) = forger.sends(&payload).await;
        assert_ne!(answer["type"], 9, "{button} opens a form: {answer}");
        tells_nothing(&button, &answer);
    }
    assert_eq!(world.record("SE-2026-0001").await, before);
    assert_eq!(world.case_count().await, 1);
    world.abandon().await;
}
