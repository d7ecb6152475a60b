//! The promises of the domain, tried by random sequences of verbs; and every check of them tried by a state that breaks it.
//!
//! Invariants: the checker reads states and entries, never asks the rules. Neighbours: [`world`] plays the store and the clock in
//! memory, [`checker`] names what is broken.

mod apply;
mod checker;
mod matrix;
mod merging;
mod sabotage;
mod shown;
mod verbs;
mod world;

use proptest::prelude::*;
use world::{Op, World};

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => (0..4usize).prop_map(Op::Join),
        1 => (0..4usize).prop_map(Op::Restrict),
        2 => (0..4usize).prop_map(Op::Withdraw),
        4 => (0..4usize).prop_map(Op::Take),
        4 => (0..4usize, 0..12usize, 0..4usize).prop_map(|(who, category, level)| Op::Triage(who, category, level)),
        3 => (0..4usize, 0..5usize).prop_map(|(who, result)| Op::Assess(who, result)),
        2 => (0..4usize, 0..4usize).prop_map(|(who, level)| Op::Rate(who, level)),
        5 => (0..4usize).prop_map(Op::Escalate),
        3 => (0..4usize).prop_map(Op::Acknowledge),
        2 => Just(Op::PageFails),
        1 => (0..4usize, any::<bool>()).prop_map(|(who, tell)| Op::Note(who, tell)),
        5 => (0..4usize, 0..12usize, 0..5usize, 0..12usize).prop_map(|(who, category, result, outcome)| Op::Close(who, category, result, outcome)),
        3 => (0..4usize).prop_map(Op::Reopen),
        6 => (1..200_000u32).prop_map(Op::Wait),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(primary, backup)| Op::OnCall(primary, backup)),
        2 => Just(Op::AllSent),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_sequence_of_verbs_breaks_a_promise(
        ops in proptest::collection::vec(op(), 1..40),
        colleague in any::<bool>(),
        reachable in any::<bool>(),
    ) {
        let mut world = World::open(colleague, reachable);
        prop_assert_eq!(world.broken(), Vec::<String>::new());
        for op in &ops {
            world.play(op);
            prop_assert_eq!(world.broken(), Vec::<String>::new(), "after {:?} of {:?}", op, ops);
        }
    }
}

/// The sequences above would prove nothing if they never got anywhere.
#[test]
fn the_sequences_reach_what_the_promises_are_about() {
    let mut world = World::open(false, true);
    let mut ops = vec![Op::Join(1), Op::Escalate(2)];
    ops.extend(vec![Op::Wait(200_000); 5]);
    ops.extend([Op::Escalate(2), Op::Acknowledge(3)]);
    // Whichever outcome of the policy fits an event; the others are refused.
    ops.extend((0..12).map(|outcome| Op::Close(2, 0, 1, outcome)));
    ops.push(Op::Reopen(1));
    for op in &ops {
        world.play(op);
    }
    let kinds = world.kinds();
    for kind in [
        "reported",
        "joined",
        "escalated",
        "paged",
        "unanswered",
        "escalation_failed",
        "acknowledged",
        "taken",
        "assessed",
        "closed",
        "feedback_planned",
        "reopened",
        "deadline_missed",
    ] {
        assert!(kinds.contains(kind), "{kind} is missing in {kinds:?}");
    }
}
