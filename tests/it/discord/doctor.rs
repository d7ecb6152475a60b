//! The doctor: what is wrong in Discord or in the settings, and the words that lead out of it; and registering the commands.

use super::stage::World;
use secevent::chat::discord::api::Api;
use secevent::chat::discord::manifest;
use secevent::chat::platform::Platform;
use secevent::domain::clock::SystemClock;
use secevent::emulator::discord::{Seed, seed};
use serde_json::{Value, json};
use std::sync::Arc;

/// A world whose commands come over the gateway, as the doctor would have it.
async fn healthy(seed: Seed) -> World {
    let mut world = World::with(seed).await;
    world.settings.public_key = None;
    world
}

/// What the doctor says is wrong: what, and how to mend it.
async fn wrong(world: &World) -> Vec<(String, String)> {
    let found = world.platform().examine().await;
    let bad = found.into_iter().filter(|one| !one.ok);
    bad.map(|one| (one.what, one.sentence)).collect()
}

/// The only finding, which names this and holds these words.
#[track_caller]
fn only(found: &[(String, String)], what: &str, words: &[&str]) {
    let [(named, sentence)] = found else {
        panic!("not one finding: {found:#?}")
    };
    assert_eq!(named, what, "{sentence}");
    for word in words {
        assert!(sentence.contains(word), "{word:?} is not in: {sentence}");
    }
    assert!(!sentence.contains(seed::BOT_TOKEN), "no secret: {sentence}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_all_is_well_nothing_is_wrong() {
    let world = healthy(Seed::example_corp()).await;
    assert_eq!(wrong(&world).await, []);
    let found = world.platform().examine().await;
    let named: Vec<&str> = found.iter().map(|one| one.what.as_str()).collect();
    assert_eq!(
        named,
        [
            "discord token",
            "discord application",
            "discord messages",
            "discord interactions",
            "discord server",
            "discord queue channel",
            "discord permissions in #security-queue",
            "discord permissions in #general",
            "discord commands"
        ]
    );
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_none_is_the_end_of_the_questions() {
    let mut world = healthy(Seed::example_corp()).await;
    world.settings.bot_token = "MTEw.another.token".into();
    let found = wrong(&world).await;
    only(&found, "discord token", &["reset the bot's token"]);
    // Not even a header value.
    world.settings.bot_token = "two\nlines".into();
    let found = wrong(&world).await;
    only(&found, "discord token", &["reset the bot's token"]);
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_that_contradict_the_application_are_named() {
    let mut world = healthy(Seed::example_corp().without_message_content()).await;
    let found = wrong(&world).await;
    only(
        &found,
        "discord messages",
        &["Message Content Intent", "discord.message_content = false"],
    );
    world.settings.message_content = false;
    assert_eq!(wrong(&world).await, []);
    let found = world.platform().examine().await;
    let messages = found.iter().find(|one| one.what == "discord messages");
    let said = &messages.unwrap().sentence;
    assert!(said.contains("threads of cases are NOT kept"), "{said}");

    world.settings.application_id = "1100000000000000011".to_owned();
    let found = wrong(&world).await;
    let found: Vec<_> = found
        .into_iter()
        .filter(|(what, _)| what == "discord application")
        .collect();
    only(&found, "discord application", &["correct one of them"]);
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_makes_responders_is_looked_at() {
    let mut world = healthy(Seed::example_corp()).await;
    world.settings.responder_role = Some(seed::RESPONDER_ROLE.to_string());
    assert_eq!(wrong(&world).await, []);
    let found = world.platform().examine().await;
    let said = found
        .iter()
        .find(|one| one.what == "discord responder role");
    let said = &said.expect("a word about the role").sentence;
    for words in [
        "whoever has Responder is a responder",
        "the server's owner can hand it out",
    ] {
        assert!(said.contains(words), "{said}");
    }
    world.settings.responder_role = Some("1100000000000000029".to_owned());
    let found = wrong(&world).await;
    let words = [
        "has no role 1100000000000000029",
        "correct discord.responder_role",
    ];
    only(&found, "discord responder role", &words);
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn interactions_that_go_elsewhere_are_named() {
    let mut world = healthy(Seed::example_corp()).await;
    let key = world.emulator.public_key();
    world.settings.public_key = Some(key);
    let found = wrong(&world).await;
    only(
        &found,
        "discord interactions",
        &["General Information", "discord.mode = \"gateway\""],
    );
    let door = world.emulator.door();
    let url = json!({ "url": "https://bot.example.com/discord/interactions" });
    door.control("http_mode", url).await.unwrap();
    assert_eq!(wrong(&world).await, []);
    world.settings.public_key = Some("00".repeat(32));
    let found = wrong(&world).await;
    only(&found, "discord interactions", &["Copy the key"]);
    world.settings.public_key = None;
    let found = wrong(&world).await;
    only(&found, "discord interactions", &["Remove the URL"]);
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_not_ours_is_named_with_an_invitation() {
    let mut world = healthy(Seed::example_corp()).await;
    let invitation = "invite it: https://discord.com/oauth2/authorize?client_id=";
    world.settings.guild = "1100000000000000777".to_owned();
    let found = wrong(&world).await;
    only(&found, "discord server", &["discord.guild", invitation]);
    // Another server that the bot is in: the queue channel is not there.
    world.settings.guild = seed::PARTNER_GUILD.to_string();
    let found = wrong(&world).await;
    let channel = found
        .iter()
        .find(|(what, _)| what == "discord queue channel");
    let (_, said) = channel.unwrap_or_else(|| panic!("{found:#?}"));
    assert!(said.contains("name one of the server"), "{said}");
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_permission_that_is_missing_is_named_with_what_stops_without_it() {
    for (deny, name, without) in [
        ("send", "Send Messages", "no case card"),
        ("embeds", "Embed Links", "without their content"),
        ("history", "Read Message History", "brought up to date"),
        ("threads", "Create Public Threads", "no thread"),
        (
            "send_in_threads",
            "Send Messages in Threads",
            "in a case's thread",
        ),
    ] {
        let world = healthy(Seed::example_corp()).await;
        let given = json!({ "channel": "security-queue", "deny": deny });
        world.emulator.door().control("deny", given).await.unwrap();
        let found = wrong(&world).await;
        let what = "discord permissions in #security-queue";
        only(&found, what, &[name, without, "allow it to the bot's role"]);
        world.end(0).await;
    }
    for (control, given, what, words) in [
        (
            "unfit",
            json!({ "channel": "security-queue" }),
            "discord queue channel",
            "View Channel",
        ),
        (
            "delete_channel",
            json!({ "channel": "security-queue" }),
            "discord queue channel",
            "discord.queue_channel",
        ),
        (
            "unfit",
            json!({ "channel": "general" }),
            "discord watched channel",
            "discord.watch_channels",
        ),
        (
            "deny",
            json!({ "channel": "general", "deny": "history" }),
            "discord permissions in #general",
            "Read Message History",
        ),
    ] {
        let world = healthy(Seed::example_corp()).await;
        world.emulator.door().control(control, given).await.unwrap();
        only(&wrong(&world).await, what, &[words]);
        world.end(0).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_channel_of_the_wrong_kind_is_named() {
    let mut world = healthy(Seed::example_corp()).await;
    for (channel, words) in [
        (seed::GENERAL, "deny @everyone View Channel"),
        (seed::PARTNER_GENERAL, "in another server"),
    ] {
        world.settings.queue_channel = channel.to_string();
        let found = wrong(&world).await;
        only(&found, "discord queue channel", &[words]);
    }
    // A conversation of two.
    let api = Api::new(&world.settings, Arc::new(SystemClock)).unwrap();
    let body = json!({ "recipient_id": seed::ALICE.to_string() });
    let direct = api
        .post(&["users", "@me", "channels"], &body)
        .await
        .unwrap();
    world.settings.queue_channel = direct["id"].as_str().unwrap().to_owned();
    let found = wrong(&world).await;
    only(&found, "discord queue channel", &["name one of the server"]);
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_that_are_missing_or_stale_are_named_and_mended() {
    let world = healthy(Seed::example_corp()).await;
    let api = Api::new(&world.settings, Arc::new(SystemClock)).unwrap();
    let (application, guild) = (&world.settings.application_id, &world.settings.guild);
    let path = ["applications", application, "guilds", guild, "commands"];
    let mut stale = manifest::commands();
    stale[0]["description"] = json!("As it was called a year ago.");
    for (registered, words) in [
        (json!([]), "secevent is missing"),
        (stale, "secevent differs"),
    ] {
        api.put(&path, &registered).await.unwrap();
        let found = wrong(&world).await;
        let way_out = "run `secevent manifest discord --apply`";
        only(&found, "discord commands", &[words, way_out]);
        let done = manifest::apply(&api, &world.settings).await.unwrap();
        assert!(
            done.contains("registered anew") && done.contains(words),
            "{done}"
        );
        assert_eq!(wrong(&world).await, []);
    }
    let done = manifest::apply(&api, &world.settings).await.unwrap();
    assert!(done.contains("nothing was changed"), "{done}");
    world.end(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_that_discord_refuses_are_told_with_what_to_do() {
    let refused = |fault: Value, words: &'static str| (fault, words);
    for (fault, words) in [
        refused(
            json!({ "kind": "error", "code": 401 }),
            "reset the bot's token",
        ),
        refused(
            json!({ "kind": "error", "code": 50_001 }),
            "scope applications.commands",
        ),
        refused(
            json!({ "kind": "error", "code": 20_012 }),
            "discord.application_id",
        ),
        refused(json!({ "kind": "error", "code": 10_004 }), "discord.guild"),
        refused(
            json!({ "kind": "error", "code": 50_035 }),
            "report this as a bug",
        ),
        refused(
            json!({ "kind": "error", "code": 30_034 }),
            "try again tomorrow",
        ),
        refused(
            json!({ "kind": "rate_limited", "retry_after": 41.2 }),
            "try again in 42 seconds",
        ),
        refused(
            json!({ "kind": "status", "code": 403 }),
            "check the network, the proxy and discord.api_url",
        ),
        refused(json!({ "kind": "status", "code": 503 }), "try again later"),
        refused(
            json!({ "kind": "reset" }),
            "check the network, the proxy and discord.api_url",
        ),
    ] {
        let world = healthy(Seed::example_corp()).await;
        let api = Api::new(&world.settings, Arc::new(SystemClock)).unwrap();
        let (application, guild) = (&world.settings.application_id, &world.settings.guild);
        let path = ["applications", application, "guilds", guild, "commands"];
        api.put(&path, &json!([])).await.unwrap();
        let door = world.emulator.door();
        door.fault("commands.put_guild", fault.clone(), 1)
            .await
            .unwrap();
        let said = manifest::apply(&api, &world.settings).await.unwrap_err();
        assert!(said.contains(words), "{fault}: {said}");
        assert!(!said.contains(seed::BOT_TOKEN), "no secret: {said}");
        world.end(0).await;
    }
}
