//! Evidence: files are kept by their hash or the record says why not and what to do; what was edited or deleted in chat stays in the record.

use crate::harness::world::World;
use secevent::domain::{event_report::Kept, timeline::sha256_hex};
use serde_json::json;

everywhere!(
    files_of_every_door_are_kept,
    a_deleted_root_of_a_thread,
    a_file_that_is_deleted_in_chat_stays,
    what_stood_there_before,
);
// On Slack alone: the reasons stand in `slack_alone`.
both!(why_a_file_is_not_kept,);

/// The files of a case: name, and hash or reason.
async fn files(world: &World, number: &str) -> Vec<(String, Kept)> {
    let store = world.app.store();
    let case = store.case_by_number(number.parse().unwrap()).await.unwrap();
    let files = store.attachments_of_case(case.unwrap().id).await.unwrap();
    files
        .into_iter()
        .map(|file| (file.file.name, file.kept))
        .collect()
}

fn kept(name: &str, bytes: &[u8]) -> (String, Kept) {
    let kept = Kept::Yes {
        sha256: sha256_hex(bytes),
        size: bytes.len() as u64,
    };
    (name.to_owned(), kept)
}

async fn files_of_every_door_are_kept(world: &World) {
    let (alice, bob, rita) = (
        world.person("alice"),
        world.person("bob"),
        world.person("rita"),
    );
    // In the message that is reported.
    let mail = bob.has_file("mail.eml", b"From: nobody").await;
    let odd = bob
        .posts_files("general", "Is this ours?", &[mail])
        .await
        .posted();
    alice.reacts(&odd).await.is_silent();
    let number = "SE-2026-0001";
    let receipt = alice.reads(&[number]).await.remove(0);
    // In the form of details, in the thread of the receipt, in the room of the case.
    let screen = alice.has_file("screen.png", b"a picture").await;
    alice
        .presses(&receipt, "Add details")
        .await
        .opens("Add details");
    alice
        .fills(json!({"Screenshots or files": [screen]}))
        .await
        .says("added to");
    alice
        .sends_file(&receipt, "again.png", b"a second picture")
        .await
        .is_silent();
    let card = rita.sees_card(number).await;
    rita.reads_thread(&card, &["A reporter added", "A reporter added"])
        .await;
    rita.sends_file(&card, "headers.txt", b"Received: from nowhere")
        .await
        .is_silent();
    world.settle().await;
    assert_eq!(
        files(world, number).await,
        [
            kept("mail.eml", b"From: nobody"),
            kept("screen.png", b"a picture"),
            kept("again.png", b"a second picture"),
            kept("headers.txt", b"Received: from nowhere"),
        ]
    );
    assert_eq!(world.entries(number, "file").await.len(), 4);
    rita.sees_card(number).await.says("Files: 4 of 4 kept.");
    rita.commands("status 1").await.says("Files: 4 of 4 kept.");
    alice
        .commands("status 1")
        .await
        .hides("headers.txt")
        .hides("Files:");
}

async fn why_a_file_is_not_kept(world: &World) {
    let (bob, rita) = (world.person("bob"), world.person("rita"));
    world.expect_refusal("access_denied");
    world.expect_refusal("file_deleted");
    world.expect_refusal("missing_scope");
    let withheld = [
        ("external", "x.pdf", "It is a link to a file outside Slack"),
        (
            "hidden_by_limit",
            "file",
            "Slack hides it, because the plan of the workspace",
        ),
        (
            "tombstone",
            "file",
            "It was deleted in Slack before it could be fetched",
        ),
        (
            "foreign",
            "file of another organisation",
            "It belongs to another organisation (Slack Connect)",
        ),
        ("redirected", "x.pdf", "redirects are never followed"),
        (
            "elsewhere",
            "x.pdf",
            "files of other hosts are never fetched",
        ),
        ("login", "x.pdf", "it lacks the scope files:read"),
    ];
    for (n, (what, name, why)) in withheld.into_iter().enumerate() {
        let file = bob.has_file("x.pdf", b"the bytes").await;
        let given = json!({"file": file, "what": what});
        world.control("withhold_file", given).await;
        let odd = bob
            .posts_files("general", "Is this ours?", &[file])
            .await
            .posted();
        let number = format!("SE-2026-{:04}", n + 1);
        is_refused(world, &odd, &number, name, why).await;
    }
    let file = bob.has_file("x.pdf", b"the bytes").await;
    let odd = bob
        .posts_files("general", "Is this ours?", std::slice::from_ref(&file))
        .await
        .posted();
    world.file_is_removed(&file).await;
    is_refused(
        world,
        &odd,
        "SE-2026-0008",
        "x.pdf",
        "It was deleted in Slack",
    )
    .await;

    // Without the scope: named, with how to give it.
    let scopes = secevent::chat::slack::manifest::BOT_SCOPES;
    let rest: Vec<&str> = scopes
        .iter()
        .map(|scope| scope.name)
        .filter(|name| *name != "files:read")
        .collect();
    world.control("scopes", json!({"scopes": rest})).await;
    let file = bob.has_file("x.pdf", b"the bytes").await;
    let odd = bob
        .posts_files("general", "Is this ours?", &[file])
        .await
        .posted();
    let why =
        "it lacks the scope files:read. Add it under OAuth & Permissions, install the app again";
    is_refused(world, &odd, "SE-2026-0009", "x.pdf", why).await;
    let store = world.app.store();
    let bytes = store.content(&sha256_hex(b"the bytes")).await.unwrap();
    assert_eq!(bytes, None, "nothing of them was stored");
    rita.commands("status 9").await.says("was not kept");
}

/// Alice reports the message; its file is not there, and the record and the card say why.
async fn is_refused(
    world: &World,
    odd: &crate::harness::message::Message,
    number: &str,
    name: &str,
    why: &str,
) {
    let (alice, rita) = (world.person("alice"), world.person("rita"));
    alice.reacts(odd).await.is_silent();
    alice.reads(&[number]).await;
    let all = files(world, number).await;
    let [(found, Kept::No { reason })] = all.as_slice() else {
        panic!("{number}: {all:?}");
    };
    assert!(found == name && reason.contains(why), "{number}: {all:?}");
    let entry = &world.entries(number, "file").await[0];
    assert!(entry.to_string().contains(why), "{entry}");
    rita.sees_card(number)
        .await
        .says("Files: 0 of 1 kept.")
        .says("was not kept")
        .says(why);
}

async fn a_file_that_is_deleted_in_chat_stays(world: &World) {
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let file = bob.has_file("mail.eml", b"From: nobody").await;
    let odd = bob
        .posts_files("general", "Is this ours?", std::slice::from_ref(&file))
        .await
        .posted();
    alice.reacts(&odd).await.is_silent();
    alice.reads(&["SE-2026-0001"]).await;
    world.file_is_removed(&file).await;
    bob.deletes(&odd).await.is_silent();
    world.settle().await;
    assert_eq!(
        files(world, "SE-2026-0001").await,
        [kept("mail.eml", b"From: nobody")]
    );
    let content = world
        .app
        .store()
        .content(&sha256_hex(b"From: nobody"))
        .await
        .unwrap();
    assert_eq!(content.as_deref(), Some(b"From: nobody".as_slice()));
    let sees = world.person("rita").sees_card("SE-2026-0001").await;
    sees.says("Files: 1 of 1 kept.");
}

async fn what_stood_there_before(world: &World) {
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let number = "SE-2026-0001";
    let odd = bob.says("general", "Send me your password").await.posted();
    alice.reacts(&odd).await.is_silent();
    alice.reads(&[number]).await;
    for text in ["Send me your bonus", "Never mind"] {
        bob.edits(&odd, text).await.is_silent();
    }
    bob.deletes(&odd).await.is_silent();
    world.settle().await;
    let held =
        |entry: usize, words: &str| json!({"entry": entry, "sha256": sha256_hex(words.as_bytes())});
    let record = world.record(number).await;
    let place = |kind: &str| record.iter().position(|one| one == kind).unwrap() + 1;
    let edited = world.entries(number, "message_edited").await;
    assert_eq!(edited.len(), 2, "{record:?}");
    assert_eq!(edited[0]["text"], "Send me your bonus");
    assert_eq!(edited[0]["before"], held(1, "Send me your password"));
    let first = place("message_edited");
    assert_eq!(edited[1]["before"], held(first, "Send me your bonus"));
    let deleted = &world.entries(number, "message_deleted").await[0];
    assert_eq!(deleted["before"], held(first + 1, "Never mind"));
    // Who and when: Bob, not the one who reported.
    let timeline = world.timeline(number).await;
    assert_ne!(timeline[first - 1].actor, timeline[0].actor);
    // And what stood there is still there.
    let reported = &world.entries(number, "reported").await[0];
    assert_eq!(
        reported["report"]["snapshot"]["text"],
        "Send me your password"
    );
    let verified = world.app.store().verify_all_chains().await.unwrap();
    assert_eq!(verified.faults, vec![]);
    world
        .person("rita")
        .sees_card(number)
        .await
        .says("Send me your password");
}

async fn a_deleted_root_of_a_thread(world: &World) {
    let (alice, bob, rita) = (
        world.person("alice"),
        world.person("bob"),
        world.person("rita"),
    );
    let odd = bob.says("general", "Send me your password").await.posted();
    rita.replies(&odd, "Are you sure?").await.is_silent();
    alice.reacts(&odd).await.is_silent();
    alice.reads(&["SE-2026-0001"]).await;
    // With a reply below it, it leaves a tombstone.
    bob.deletes(&odd).await.is_silent();
    world.settle().await;
    let deleted = &world.entries("SE-2026-0001", "message_deleted").await[0];
    let held = json!({"entry": 1, "sha256": sha256_hex(b"Send me your password")});
    assert_eq!(deleted["before"], held);
    assert!(
        world
            .entries("SE-2026-0001", "message_edited")
            .await
            .is_empty()
    );
    rita.sees_card("SE-2026-0001")
        .await
        .says("Send me your password");
}
