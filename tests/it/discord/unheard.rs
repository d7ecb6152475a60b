//! Discord as it is by default: the bot may not read what people write without mentioning it, and tells nobody that such words are kept.

use crate::harness::world::World;
use crate::scenarios::{opened, reported};

on_discord!(Setup::without_message_content =>
    words_without_a_mention_are_not_kept_and_nobody_is_told_so,
    a_merge_does_not_promise_to_pass_on_what_is_not_heard,
);

async fn words_without_a_mention_are_not_kept_and_nobody_is_told_so(world: &World) {
    let (number, card) = opened(world).await;
    let rita = world.person("rita");
    rita.replies(&card, "The proxy log shows the same address")
        .await
        .is_silent();
    rita.tells_bot(&card, "verbs")
        .await
        .says("Words that do not mention me are not kept");
    assert!(world.entries(&number, "said").await.is_empty());

    // Discord shows what mentions the bot, in a thread too.
    rita.tells_bot(&card, "The proxy log shows the same address")
        .await
        .is_silent();
    let said = world.entries(&number, "said").await;
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].to_string().contains("the same address"));
    rita.tells_bot(&card, "note: it came from a known address")
        .await
        .says("Your note is in the record");
    assert_eq!(world.entries(&number, "noted").await.len(), 1);
}

async fn a_merge_does_not_promise_to_pass_on_what_is_not_heard(world: &World) {
    let first = reported(world, "I clicked a strange link").await;
    let bob = world.person("bob");
    let second = bob.reports("Strange mail that wants a password").await;
    let second = second.number();
    bob.reads(&[&format!("recorded as {second}")]).await;
    let rita = world.person("rita");
    let (one, other) = (rita.sees_card(&first).await, rita.sees_card(&second).await);
    let words = format!("merge into {first} because it is the same mail");
    rita.tells_bot(&other, &words).await.says("is merged");
    bob.reads(&["Both are worked on together"]).await;
    rita.reads_thread(&one, &["merged"]).await;
    let told = rita.reads_thread(&other, &["It is worked on there."]).await;
    told[0].hides("is kept");
}
