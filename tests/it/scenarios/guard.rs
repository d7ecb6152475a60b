//! Every verb has its story.
//!
//! Invariants: [`TOLD`] names for each verb of the authorisation table a story in which it happens; a verb without one fails the build's tests.

use secevent::domain::authority::Verb;

/// A verb, the file of a story in which it happens, and the story.
const TOLD: &[(Verb, &str, &str)] = &[
    (Verb::Open, include_str!("doors.rs"), "by_command"),
    (
        Verb::Join,
        include_str!("doors.rs"),
        "a_second_reaction_joins",
    ),
    (
        Verb::Attach,
        include_str!("threads.rs"),
        "the_room_of_the_case",
    ),
    (
        Verb::MessageChanged,
        include_str!("threads.rs"),
        "the_room_of_the_case",
    ),
    (
        Verb::MessageDeleted,
        include_str!("threads.rs"),
        "the_thread_of_a_receipt",
    ),
    (
        Verb::AddDetails,
        include_str!("doors.rs"),
        "details_afterwards",
    ),
    (Verb::Withdraw, include_str!("doors.rs"), "withdraw"),
    (Verb::Take, include_str!("verbs.rs"), "take"),
    (Verb::Triage, include_str!("verbs.rs"), "triage"),
    (Verb::Assess, include_str!("verbs.rs"), "assess"),
    (Verb::SetSeverity, include_str!("verbs.rs"), "severity"),
    (
        Verb::Escalate,
        include_str!("escalate.rs"),
        "nobody_answers",
    ),
    (
        Verb::Acknowledge,
        include_str!("escalate.rs"),
        "a_case_that_nobody_took_can_be_escalated",
    ),
    (Verb::Note, include_str!("verbs.rs"), "note"),
    (
        Verb::Close,
        include_str!("feedback.rs"),
        "close_asks_for_what_is_missing",
    ),
    (Verb::Reopen, include_str!("verbs.rs"), "reopen"),
    (
        Verb::Merge,
        include_str!("merging.rs"),
        "both_end_with_one_answer",
    ),
    (
        Verb::Unmerge,
        include_str!("merging.rs"),
        "a_merge_is_undone",
    ),
    (
        Verb::Link,
        include_str!("linking.rs"),
        "a_code_is_for_another_place",
    ),
    (Verb::View, include_str!("questions.rs"), "status"),
    (Verb::Tick, include_str!("verbs.rs"), "nobody_takes_it"),
    (
        Verb::AdoptPolicy,
        include_str!("beginning.rs"),
        "policy_and_directory_are_on_the_record",
    ),
    (
        Verb::SeedDirectory,
        include_str!("beginning.rs"),
        "policy_and_directory_are_on_the_record",
    ),
];

/// The macros that tell stories on both databases.
const LISTS: [&str; 2] = ["\nboth!(", "\neverywhere!("];

#[test]
fn every_verb_has_a_story() {
    for verb in Verb::ALL {
        assert!(
            TOLD.iter().any(|(told, _, _)| told == verb),
            "no story tells of {verb}"
        );
    }
}

#[test]
fn every_story_that_is_named_is_told() {
    for (verb, file, story) in TOLD {
        let told = file.contains(&format!("async fn {story}(world: &World)"));
        let listed = LISTS.iter().any(|list| {
            file.split(list).skip(1).any(|rest| {
                let names = rest.split_once(");").map_or("", |(names, _)| names);
                names.split([',', ' ', '\n']).any(|name| name == *story)
            })
        });
        assert!(
            told && listed,
            "the story {story} of {verb} is not told on both databases"
        );
    }
}
