//! Threads: what is said in the room of a case, and in the thread of a receipt, becomes the record; edits, deletions and files too.

use super::opened;
use crate::harness::world::World;

everywhere!(
    the_room_of_the_case,
    the_thread_of_a_receipt,
    files_are_kept,
    a_file_in_the_room_of_the_case,
    other_talk_leaves_no_trace,
);

async fn the_room_of_the_case(world: &World) {
    let (number, card) = opened(world).await;
    let (rita, rob) = (world.person("rita"), world.person("rob"));
    let said = rita.replies(&card, "The link leads to 203.0.113.7").await;
    said.is_silent();
    rita.edits(&said.posted(), "The link leads to 203.0.113.70")
        .await
        .is_silent();
    let typo = rob.replies(&card, "I call the providr").await;
    rob.deletes(&typo.posted()).await.is_silent();
    world.settle().await;
    let record = world.record(&number).await;
    assert_eq!(
        record,
        [
            "reported",
            "advice_shown",
            "sent",
            "said",
            "message_edited",
            "said",
            "message_deleted"
        ]
    );
    let replies = world.entries(&number, "said").await;
    assert!(replies[0].to_string().contains("203.0.113.7"));
    assert!(
        replies[1].to_string().contains("I call the providr"),
        "what was said stays said"
    );
    let changed = &world.entries(&number, "message_edited").await[0];
    assert!(changed.to_string().contains("203.0.113.70"));
    // The reporter hears nothing of it.
    world.person("alice").reads(&[]).await;
}

async fn the_thread_of_a_receipt(world: &World) {
    let (number, card) = opened(world).await;
    let (alice, rita) = (world.person("alice"), world.person("rita"));
    let receipt = alice.finds("recorded as").await;
    let said = alice.replies(&receipt, "It came from my boss").await;
    said.is_silent();
    rita.reads_thread(&card, &["A reporter added to"]).await[0].says("It came from my boss");
    alice
        .edits(&said.posted(), "It claimed to come from my boss")
        .await
        .is_silent();
    alice.deletes(&said.posted()).await.is_silent();
    world.settle().await;
    let record = world.record(&number).await;
    for kind in ["said", "message_edited", "message_deleted"] {
        assert!(
            record.contains(&kind.to_owned()),
            "{kind} is not in {record:?}"
        );
    }
    assert_eq!(world.case_count().await, 1, "a reply is no new report");
    assert_eq!(world.leftovers().await, Vec::<String>::new());
}

async fn files_are_kept(world: &World) {
    let (number, card) = opened(world).await;
    let (alice, rita) = (world.person("alice"), world.person("rita"));
    let receipt = alice.finds("recorded as").await;
    alice
        .sends_file(&receipt, "window.png", b"the picture")
        .await
        .is_silent();
    rita.reads_thread(&card, &["A reporter added to"]).await;
    let kept = world.entries(&number, "file").await;
    let kept = kept.last().unwrap().to_string();
    assert!(kept.contains("window.png"), "{kept}");
    // The picture itself, by its hash.
    let sha256 = secevent::domain::timeline::sha256_hex(b"the picture");
    assert!(kept.contains(&sha256), "{kept}");
    let content = world.app.store().content(&sha256).await.unwrap();
    assert_eq!(content.as_deref(), Some(b"the picture".as_slice()));
}

async fn a_file_in_the_room_of_the_case(world: &World) {
    let (number, card) = opened(world).await;
    let rita = world.person("rita");
    rita.sends_file(&card, "headers.txt", b"Received: from nowhere")
        .await
        .is_silent();
    world.settle().await;
    let kept = world.entries(&number, "file").await;
    let kept = kept.last().unwrap().to_string();
    let sha256 = secevent::domain::timeline::sha256_hex(b"Received: from nowhere");
    assert!(
        kept.contains("headers.txt") && kept.contains(&sha256),
        "{kept}"
    );
    assert_eq!(world.entries(&number, "said").await.len(), 1);
    // What the responders show each other is not told to the reporter.
    world.person("alice").reads(&[]).await;
}

async fn other_talk_leaves_no_trace(world: &World) {
    let (rita, rob) = (world.person("rita"), world.person("rob"));
    let before = world.capture.lines().len();
    let message = rita.says("security-queue", "Coffee?").await;
    rob.replies(&message.posted(), "In five minutes")
        .await
        .is_silent();
    rita.edits(&message.posted(), "Tea?").await.is_silent();
    rita.deletes(&message.posted()).await.is_silent();
    let lines = world.capture.lines();
    let traces: Vec<&String> = lines[before..]
        .iter()
        .filter(|line| {
            ["Coffee", "Tea", "five minutes", "\"request\""]
                .iter()
                .any(|words| line.contains(words))
        })
        .collect();
    assert!(traces.is_empty(), "{traces:?}");
    assert_eq!(world.case_count().await, 0);
}
