//! Words of people at everybody's screen: whatever they write, wherever it goes, it notifies nobody and can be followed nowhere.
//!
//! Invariants: each text field that reaches a card, a receipt, an outcome, a note, a page or a digest gets the same words; what is then
//! on any screen is looked at, not what was sent.

use crate::harness::{
    setup::Setup,
    stand::Host,
    world::{BOT, Database, World},
};
use secevent::emulator::discord::seed::{ALICE, GENERAL, GUILD, MAX, RESPONDER_ROLE, sees};
use secevent::emulator::door::SeenMessage;
use serde_json::json;

/// A channel with a name that no client would let anybody type.
const EVIL_CHANNEL: u64 = 1_100_000_000_000_000_666;

/// What can be written in one line.
fn evil() -> String {
    format!(
        "@everyone @here <@{MAX}> <@!{MAX}> <@&{RESPONDER_ROLE}> <#{GENERAL}> [your bank](https://evil.example/a) \
         [x](<https://evil.example/b>) https://evil.example/c <https://evil.example/d> discord.gg/evil <t:0:R> **bold** ||spoiler|| \
         `[y](https://evil.example/e)` \\[z](https://evil.example/f) @\u{200b}everyone \u{202e}gpj.exe </secevent report:1> <:evil:1> <id:guide>"
    )
}

/// What takes several lines.
fn evil_lines() -> String {
    let fence = "```";
    format!(
        "# Big\n## Less\n-# small\n> quoted\n>>> all of it\n- item\n1. one\n{fence}\n[c](https://evil.example/g)\n{fence}\n\
         {fence}js\n@everyone\n[broken\n](https://evil.example/h)\n{}",
        evil()
    )
}

/// A story among people and channels with such names.
async fn world() -> World {
    let mut setup = Setup::default().on(Host::Discord);
    let name = "x](https://evil.example/n) @everyone";
    setup.guild = setup
        .guild
        .with_channel(EVIL_CHANNEL, name, vec![sees(GUILD, false, true)]);
    let guild = setup.guild.world.guilds.get_mut(&GUILD).unwrap();
    let nick = format!("@here [A](https://evil.example/i) <@{MAX}>");
    guild.members.get_mut(&ALICE).unwrap().nick = Some(nick);
    World::start(Database::sqlite(), setup).await
}

/// Everything of the bot's on everybody's screens; each piece is harmless.
async fn all_screens(world: &World) -> Vec<SeenMessage> {
    let mut all = Vec::new();
    for who in [
        "alice", "bob", "rita", "rob", "pia", "ben", "ivy", "max", "gwen", "paul", "olga",
    ] {
        all.extend(world.person(who).screens().await);
    }
    all.retain(|one| one.author_name == BOT);
    for one in &all {
        assert_eq!(
            one.notifies,
            Vec::<String>::new(),
            "it notifies:\n{}",
            one.shown
        );
        let links: Vec<&String> = one
            .links
            .iter()
            // Where a reported message stands.
            .filter(|link| !link.starts_with("https://discord.com/channels/"))
            .collect();
        assert!(links.is_empty(), "it links to {links:?}:\n{}", one.shown);
        for (place, text) in [("its notification", &one.text), ("the screen", &one.shown)] {
            let hidden = |c: char| ('\u{202a}'..='\u{202e}').contains(&c);
            assert!(!text.contains(hidden), "{place} runs backwards: {text}");
        }
        for button in &one.buttons {
            assert_eq!(button.url, None, "a button leads away");
        }
    }
    all
}

/// How many of them show these words as they were written.
fn showing(all: &[SeenMessage], words: &str) -> usize {
    all.iter().filter(|one| one.shown.contains(words)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_text_field_of_a_case_notifies_or_links() {
    let world = world().await;
    let (evil, lines) = (evil(), evil_lines());
    let (alice, rita, pia) = (
        world.person("alice"),
        world.person("rita"),
        world.person("pia"),
    );
    // The report, by command and by form.
    let number = alice.reports(&evil).await.number();
    alice
        .opens_report_form()
        .await
        .opens("Report a security event");
    let file = alice
        .has_file("[a](https://evil.example/j) @everyone.png", b"x")
        .await;
    alice
        .fills(json!({ "What happened?": lines, "Screenshots or files": [file] }))
        .await
        .says("recorded as");
    let receipt = alice.reads(&[&number, "SE-2026-0002"]).await.remove(1);
    let card = rita.sees_card("SE-2026-0002").await;
    // A card shows how it begins.
    card.says("# Big");
    rita.sees_card(&number)
        .await
        .says("@everyone @here")
        .says("[your bank](https://evil.example/a)");
    assert_eq!(
        world.entries("SE-2026-0002", "reported").await[0]["report"]["text"],
        json!(lines)
    );
    // Details of the reporter, words below the receipt, a file.
    alice
        .presses(&receipt, "Add details")
        .await
        .opens("Add details");
    alice
        .fills(json!({
            "Where: provider": "[p](https://evil.example/k) @everyone", "Where: account or project": format!("<@&{RESPONDER_ROLE}>"),
            "Where: tenant": "**t** https://evil.example/l", "Where: application or device": "<t:0:R> @here",
            "What did the screen say?": lines, "Links": "https://evil.example/m",
        }))
        .await
        .says("added to");
    alice.replies(&receipt, &lines).await.is_silent();
    rita.reads_thread_all(&card).await;
    // What responders enter.
    rita.presses(&card, "Take").await.says("is yours");
    rita.presses(&card, "Triage").await.opens("Triage");
    let short: String = evil.chars().take(150).collect();
    rita.fills(json!({
        "Category": "Phishing, or somebody pretending to be somebody", "Severity": "SEV2", "Provider": short,
        "Account, subscription or project": short, "Tenant": short, "Application or service": short, "Service owner": short,
        "Alert id": short,
    }))
    .await
    .says("is triaged");
    rita.presses(&card, "Escalate").await.opens("Escalate");
    rita.fills(json!({ "Why do you escalate?": evil }))
        .await
        .says("is escalated");
    let page = pia.reads(&["needs you"]).await;
    page[0].says("@everyone @here").is_harmless();
    pia.presses(&page[0], "Acknowledge")
        .await
        .says("You acknowledged");
    rita.presses(&card, "Note").await.opens("Note");
    rita.fills(json!({ "Note": lines, "Who reads it?": ["Also tell the reporters"] }))
        .await
        .says("in the record");
    alice.reads(&["About your report"]).await[0].says("@everyone");
    rita.reads_thread_all(&card).await;
    // Said in the room of the case, and asked for again.
    let said = rita.replies(&card, &evil).await;
    said.is_silent();
    for words in ["status 2", "mine", "home"] {
        let _ = alice.commands(words).await;
        let _ = rita.commands(words).await;
    }
    // The digest of the next morning names what is owed.
    world.advance(23 * 60 + 30).await;
    rita.reads_some("").await;
    rita.reads_thread_all(&card).await;
    let card = rita.sees_card("SE-2026-0002").await;
    rita.presses(&card, "Close").await.opens("Close");
    rita.fills(json!({
        "What is it?": "False alarm", "Why?": evil, "Outcome": "False alarm", "Closure notes": lines,
    }))
    .await
    .says("is closed");
    alice.reads(&["Outcome of"]).await[0].is_harmless();
    let card = rita.sees_card("SE-2026-0002").await;
    rita.presses(&card, "Reopen").await.opens("Reopen");
    rita.fills(json!({ "Why is it opened again?": evil }))
        .await
        .says("is open again");
    world.settle().await;
    let all = all_screens(&world).await;
    // And nothing was left out for it: cards, receipts, notes and pages show the words.
    let shown = showing(&all, "@everyone @here <@");
    assert!(shown >= 6, "{shown} of {}", all.len());
    assert!(showing(&all, "[your bank](https://evil.example/a)") >= 6);
    world.abandon().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_of_people_channels_and_messages_are_words_too() {
    let world = world().await;
    let (alice, bob, rita) = (
        world.person("alice"),
        world.person("bob"),
        world.person("rita"),
    );
    // Bob's message names Alice, a role and a channel; Alice, whose nickname is evil, reports it.
    let odd = format!("<@{ALICE}> <@&{RESPONDER_ROLE}> <#{EVIL_CHANNEL}> @everyone");
    let message = bob.says("general", &odd).await.posted();
    alice.reacts(&message).await.is_silent();
    alice.reads(&["SE-2026-0001"]).await;
    // And one more in words to the bot, and a second reporter.
    let words = format!("look: {odd}, it is stolen");
    let number = alice.mentions_bot("general", &words).await.number();
    alice.reads(&[&number]).await;
    world.person("gwen").reacts(&message).await.is_silent();
    let card = rita.sees_card("SE-2026-0001").await;
    card.says("@here [A](https://evil.example/i)");
    rita.reads_thread_all(&card).await;
    rita.presses(&card, "Take").await.says("is yours");
    bob.edits(&message, &evil_lines()).await.is_silent();
    let card = rita.sees_card("SE-2026-0001").await;
    rita.presses(&card, "Escalate")
        .await
        .opens("Escalate")
        .says("Pia Park");
    rita.leaves_form().await;
    rita.commands("status 1").await.says("SE-2026-0001");
    let all = all_screens(&world).await;
    assert!(
        showing(&all, "https://evil.example/n") >= 1,
        "the channel is named"
    );
    world.abandon().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_offered_while_typing_is_short_and_a_forms_default_is_text() {
    let world = world().await;
    let (alice, rita) = (world.person("alice"), world.person("rita"));
    alice.reports(&evil()).await.says("SE-2026-0001");
    let card = rita.sees_card("SE-2026-0001").await;
    let client = world.door().as_user("alice");
    let offered = client
        .autocomplete("general", "/secevent status case: SE")
        .await
        .unwrap();
    assert_eq!(offered.len(), 1, "{offered:?}");
    assert!(offered[0].name.chars().count() <= 100);
    assert_eq!(offered[0].value, "SE-2026-0001");
    // What was entered once stands in the form the next time, letter by letter: nothing reads markup there.
    rita.presses(&card, "Triage").await.opens("Triage");
    let short: String = evil().chars().take(150).collect();
    rita.fills(json!({
        "Category": "Phishing, or somebody pretending to be somebody", "Severity": "SEV2", "Provider": short,
    }))
    .await
    .says("is triaged");
    let form = rita.presses(&card, "Triage").await;
    assert!(
        form.field("Provider")
            .contains("[your bank](https://evil.example/a)")
    );
    rita.leaves_form().await;
    all_screens(&world).await;
    world.abandon().await;
}
