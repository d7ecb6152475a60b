//! The beginning: what the program runs on is on the record before anybody says a word.

use crate::harness::world::World;
use secevent::domain::timeline::Stream;

everywhere!(policy_and_directory_are_on_the_record);

async fn policy_and_directory_are_on_the_record(world: &World) {
    let store = world.app.store();
    let entries = store.timeline(Stream::Org, 1, 1000).await.unwrap();
    let count = |kind: &str| entries.iter().filter(|entry| entry.kind == kind).count();
    assert_eq!(count("policy_adopted"), 1, "{entries:?}");
    // Each role of each person is granted by the product, which read it in the file.
    assert!(count("role_granted") >= 9, "{entries:?}");
    let policy = store.current_policy().await.unwrap().unwrap();
    assert!(
        entries
            .last()
            .is_some_and(|entry| entry.policy == policy.version)
    );
    // Every decision about a case cites that version.
    let (number, _) = super::opened(world).await;
    for entry in world.timeline(&number).await {
        assert_eq!(entry.policy, policy.version);
    }
}
