//! Without the message-content intent, which is the default: what is hidden is not taken for empty, and what is shown once is kept.

use crate::harness::world::World;

on_discord!(Setup::without_message_content =>
    an_edit_whose_words_are_hidden_is_no_evidence,
    files_of_a_message_reported_by_its_menu_are_kept,
);

async fn an_edit_whose_words_are_hidden_is_no_evidence(world: &World) {
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let said = bob.says("general", "the printer prints strange pages");
    let said = said.await.posted();
    let number = alice.picks_report_on(&said).await.number();
    alice.reads(&[&number]).await;
    bob.edits(&said, "nothing to see here").await.is_silent();
    world.settle().await;
    let none: [serde_json::Value; 0] = [];
    assert_eq!(world.entries(&number, "message_edited").await, none);
    // A mention shows the words: then they are evidence.
    let words = "@secevent nothing to see here";
    bob.edits(&said, words).await.is_silent();
    world.settle().await;
    let edited = world.entries(&number, "message_edited").await;
    assert_eq!(edited.len(), 1, "{edited:?}");
    assert_eq!(edited[0]["text"], "nothing to see here");
    let _ = world.person("rita").sees_card(&number).await;
}

async fn files_of_a_message_reported_by_its_menu_are_kept(world: &World) {
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let file = bob.has_file("pages.png", b"strange pages").await;
    let files = [file];
    let said = bob.posts_files("general", "what is this?", &files);
    let said = said.await.posted();
    let number = alice.picks_report_on(&said).await.number();
    alice.reads(&[&number]).await;
    let card = world.person("rita").sees_card(&number).await;
    card.says("Files: 1 of 1 kept.");
}
