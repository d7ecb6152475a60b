//! Merging: two reports of one matter are worked on in one case, everybody hears one outcome, and it can be undone.

use super::{false_alarm, reported, sorted};
use crate::harness::message::Message;
use crate::harness::person::Person;
use crate::harness::world::World;
use serde_json::{Value, json};

everywhere!(
    both_end_with_one_answer,
    a_restricted_case_takes_the_other_with_it,
    what_comes_in_afterwards_is_passed_on,
    a_merge_is_undone,
    a_merge_is_undone_after_the_other_case_ended,
    a_reopened_case_answers_all_again,
    the_other_case_must_fit,
    overtaken_while_the_form_is_open,
    two_people_merge_crosswise,
    a_case_that_becomes_restricted_after_the_merge,
    nobody_is_merged_away_while_being_paged,
    a_merged_reporter_who_withdrew,
    a_merged_case_is_worked_on_elsewhere,
    a_merge_that_arrives_twice,
    who_may_merge,
    a_merged_reporter_who_cannot_be_told,
    no_outcome_comes_twice_while_the_platform_refuses,
);
// On Slack alone: the reasons stand in `slack_alone`.
both!(a_merged_report_stands_in_its_reporter_s_home,);

const FIRST: &str = "SE-2026-0001";
const SECOND: &str = "SE-2026-0002";
const WHY: &str = "It is the same mail";

/// Alice and Bob report the same matter; the cards of both cases.
async fn two(world: &World) -> (Message, Message) {
    reported(world, super::CLICKED).await;
    let bob = world.person("bob");
    let number = bob.reports("Strange mail that wants a password").await;
    assert_eq!(number.number(), SECOND);
    bob.reads(&[&format!("recorded as {SECOND}")]).await;
    let rita = world.person("rita");
    (rita.sees_card(FIRST).await, rita.sees_card(SECOND).await)
}

fn into(number: &str) -> Value {
    json!({"Which case goes on?": number, "Why are both the same matter?": WHY})
}

fn apart() -> Value {
    json!({"Why is it a matter of its own?": "Another sender"})
}

/// Rita merges the second case into the first one, and all that is told of it is read.
async fn merged(world: &World) -> (Message, Message) {
    let (first, second) = two(world).await;
    let rita = world.person("rita");
    rita.presses(&second, "Merge…").await.opens("Merge");
    rita.fills(into("1"))
        .await
        .says(&format!("{SECOND} is merged"));
    told_of_the_merge(world, &first, &second).await;
    (rita.sees_card(FIRST).await, rita.sees_card(SECOND).await)
}

async fn told_of_the_merge(world: &World, first: &Message, second: &Message) {
    let rita = world.person("rita");
    world
        .person("bob")
        .reads(&["Both are worked on together"])
        .await[0]
        .says(SECOND)
        .hides(FIRST)
        .hides(WHY);
    rita.reads_thread(first, &[&format!("merged {SECOND} into {FIRST}")])
        .await[0]
        .says(WHY);
    rita.reads_thread(second, &[&format!("merged {SECOND} into {FIRST}")])
        .await[0]
        .says(WHY)
        .offers(&["Undo merge"]);
}

async fn closes(rita: &Person<'_>, card: &Message) {
    rita.presses(card, "Close").await.opens("Close");
    rita.fills(false_alarm()).await.says("is closed");
}

async fn verified(world: &World) {
    let verified = world.app.store().verify_all_chains().await.unwrap();
    assert_eq!(verified.faults, vec![]);
}

async fn both_end_with_one_answer(world: &World) {
    let (first, second) = merged(world).await;
    let (alice, bob, rita) = (
        world.person("alice"),
        world.person("bob"),
        world.person("rita"),
    );
    first
        .says("Merged in")
        .says(SECOND)
        .says("2 reports in all")
        .says("Bob Brandt");
    second
        .says("Closed")
        .says(&format!("Merged into {FIRST}"))
        .offers(&["Undo merge"]);
    assert_eq!(
        world.record(SECOND).await[3..],
        ["taken", "assessed", "merged_into", "closed"]
    );
    assert_eq!(world.record(FIRST).await.last().unwrap(), "merged");
    let kept = &world.entries(SECOND, "merged_into").await[0];
    assert_eq!(
        (&kept["number"], &kept["reason"]),
        (&json!(FIRST), &json!(WHY))
    );
    let kept = &world.entries(FIRST, "merged").await[0];
    assert_eq!(
        (&kept["number"], &kept["reason"]),
        (&json!(SECOND), &json!(WHY))
    );
    let assessed = &world.entries(SECOND, "assessed").await[0];
    assert_eq!(assessed["result"], "duplicate");
    let ended = &world.entries(SECOND, "closed").await[0];
    assert_eq!(ended["outcome"], "duplicate");
    assert_eq!(ended["notes"], format!("Merged into {FIRST}: {WHY}"));

    // The reporter asks for the own number, and hears how far the work is.
    rita.presses(&first, "Triage").await.opens("Triage");
    rita.fills(sorted("SEV3")).await.says("is triaged");
    bob.commands("status 2")
        .await
        .says("In triage")
        .says("worked on together with another report")
        .hides(FIRST)
        .hides("SEV3");
    bob.commands("mine")
        .await
        .says(SECOND)
        .says("In triage")
        .says("together with another");
    rita.commands("status 2")
        .await
        .says(&format!("Merged into {FIRST}"));
    rita.commands("status 1")
        .await
        .says("Merged in")
        .says(SECOND);

    let card = rita.sees_card(FIRST).await;
    rita.presses(&card, "Close")
        .await
        .says("Each of the 2 reporters will be told");
    rita.fills(false_alarm()).await.says("is closed");
    alice.reads(&[&format!("Outcome of {FIRST}")]).await[0].hides(SECOND);
    bob.reads(&[&format!("Outcome of {SECOND}")]).await[0]
        .says("there was no danger")
        .hides(FIRST);
    bob.commands("status 2")
        .await
        .says("Closed")
        .says("there was no danger");
    let record = world.record(SECOND).await;
    assert_eq!(record[record.len() - 2..], ["feedback_planned", "sent"]);
    rita.sees_card(SECOND).await.says("Closed");
    // Nothing waits any more: the answer of each was delivered.
    world.advance(60 * 24 * 30).await;
    verified(world).await;
}

async fn what_comes_in_afterwards_is_passed_on(world: &World) {
    let (alice, bob, gwen, rita, rob) = (
        world.person("alice"),
        world.person("bob"),
        world.person("gwen"),
        world.person("rita"),
        world.person("rob"),
    );
    reported(world, super::CLICKED).await;
    let first = rita.sees_card(FIRST).await;
    let odd = alice.says("general", "Win a bicycle today").await.posted();
    bob.reacts(&odd).await.is_silent();
    bob.reads(&[SECOND]).await;
    let second = rita.sees_card(SECOND).await;
    rita.tells_bot(&second, &format!("merge into {FIRST} because {WHY}"))
        .await
        .says(&format!("{SECOND} is merged"));
    told_of_the_merge(world, &first, &second).await;

    // A reporter writes below the receipt; a responder in the room of the merged case; both stand in its record.
    let receipt = bob.finds(SECOND).await;
    bob.replies(&receipt, "I did open the attachment")
        .await
        .is_silent();
    rita.reads_thread(&second, &["A reporter added"]).await;
    let passed = rita
        .reads_thread(
            &first,
            &[&format!("added to {SECOND}, which was merged into {FIRST}")],
        )
        .await;
    passed[0]
        .says("Bob Brandt")
        .says("I did open the attachment");
    rob.replies(&second, "The link leads to a shop")
        .await
        .is_silent();
    rita.reads_thread(&first, &["The link leads to a shop"])
        .await;
    let said = world.entries(SECOND, "said").await;
    assert_eq!(said.len(), 2);
    assert!(world.entries(FIRST, "said").await.is_empty());
    let heard = world.entries(FIRST, "merged_heard").await;
    for (heard, said) in heard.iter().zip(&said) {
        let seq = usize::try_from(heard["entry"].as_u64().unwrap()).unwrap();
        let entry = &world.timeline(SECOND).await[seq - 1];
        assert_eq!(&json!(entry.body), said, "the entry that was named");
    }

    // Somebody else marks the same message: one more reporter, who hears the outcome.
    gwen.reacts(&odd).await.is_silent();
    gwen.reads(&[SECOND]).await;
    rita.reads_thread(&second, &["Somebody else reported the same"])
        .await;
    rita.reads_thread(&first, &["Gwen"]).await;
    rita.sees_card(FIRST).await.says("3 reports in all");
    closes(&rita, &first).await;
    alice.reads(&[&format!("Outcome of {FIRST}")]).await;
    bob.reads(&[&format!("Outcome of {SECOND}")]).await;
    gwen.reads(&[&format!("Outcome of {SECOND}")]).await;
    // And who comes when it is over is answered at once, with the outcome of the case that went on.
    rob.reacts(&odd).await.is_silent();
    rob.reads(&["now belongs to", &format!("Outcome of {SECOND}")])
        .await[1]
        .says("there was no danger");
    rita.reads_thread(&second, &["Somebody else reported the same"])
        .await;
    rita.reads_thread(&first, &["Rob Reyes"]).await;
    verified(world).await;
}

async fn a_merge_is_undone(world: &World) {
    let (first, second) = merged(world).await;
    let (alice, bob, rita, rob) = (
        world.person("alice"),
        world.person("bob"),
        world.person("rita"),
        world.person("rob"),
    );
    rob.presses(&second, "Undo merge").await.opens("Undo merge");
    rob.fills(apart())
        .await
        .says("is open again and worked on by itself");
    bob.reads(&["looking at your report"]).await[0]
        .says(SECOND)
        .hides(FIRST)
        .hides("Another sender");
    rita.reads_queue(&[&format!("took {SECOND} out of {FIRST}")])
        .await;
    // Rita had become its owner by the merge.
    rita.reads(&[&format!("took {SECOND} out of {FIRST}")])
        .await;
    rita.reads_thread(&first, &[&format!("took {SECOND} out of {FIRST}")])
        .await;
    rita.sees_card(FIRST).await.hides("Merged in");
    rita.sees_card(SECOND)
        .await
        .says("In triage")
        .says("the decision whether it is an incident")
        .hides("Merged into")
        .offers(&["Triage", "Assess", "Escalate", "Note", "Close", "Merge…"]);
    assert_eq!(world.record(SECOND).await.last().unwrap(), "unmerged");
    assert_eq!(world.record(FIRST).await.last().unwrap(), "merge_undone");

    // By itself it has its own end; and the other one answers its own reporter only.
    closes(&rita, &first).await;
    alice.reads(&[&format!("Outcome of {FIRST}")]).await;
    bob.reads(&[]).await;
    let second = rita.sees_card(SECOND).await;
    rita.tells_bot(&second, "unmerge because it is another mail")
        .await
        .says("is not merged into another case");

    // And it may be merged again, into an open one.
    rita.presses(&first, "Reopen").await.opens("Reopen");
    rita.fills(json!({"Why is it opened again?": "More of it"}))
        .await
        .says("is open again");
    rita.reads_queue(&["was reopened"]).await;
    rita.tells_bot(&second, &format!("merge into {FIRST}: {WHY}"))
        .await
        .says("is merged");
    told_of_the_merge(world, &first, &second).await;
    rita.tells_bot(&second, "unmerge because it was another sender after all")
        .await
        .says("worked on by itself");
    bob.reads(&["looking at your report"]).await;
    rita.reads_queue(&["took"]).await;
    rita.reads_thread(&first, &["took"]).await;
    verified(world).await;
}

async fn a_merge_is_undone_after_the_other_case_ended(world: &World) {
    let (first, second) = merged(world).await;
    let (alice, bob, rita) = (
        world.person("alice"),
        world.person("bob"),
        world.person("rita"),
    );
    closes(&rita, &first).await;
    alice.reads(&["Outcome of"]).await;
    bob.reads(&[&format!("Outcome of {SECOND}")]).await;
    rita.presses(&second, "Undo merge")
        .await
        .opens("Undo merge");
    rita.fills(apart()).await.says("is open again");
    bob.reads(&["looking at your report"]).await;
    rita.reads_queue(&["took"]).await;
    rita.reads_thread(&first, &["took"]).await;
    rita.sees_card(FIRST).await.says("Closed");
    let second = rita.sees_card(SECOND).await;
    rita.presses(&second, "Close").await.opens("Close");
    rita.fills(false_alarm()).await.says("is closed");
    bob.reads(&[&format!("Outcome of {SECOND}")]).await;
    alice.reads(&[]).await;
}

async fn a_reopened_case_answers_all_again(world: &World) {
    let (first, second) = merged(world).await;
    let (alice, bob, rita) = (
        world.person("alice"),
        world.person("bob"),
        world.person("rita"),
    );
    closes(&rita, &first).await;
    alice.reads(&["Outcome of"]).await;
    bob.reads(&["Outcome of"]).await;
    rita.presses(&second, "Undo merge")
        .await
        .opens("Undo merge");
    rita.leaves_form().await;
    rita.presses(&first, "Reopen").await.opens("Reopen");
    rita.fills(json!({"Why is it opened again?": "More of it"}))
        .await
        .says("is open again");
    rita.reads_queue(&["was reopened"]).await;
    bob.commands("status 2")
        .await
        .says("In triage")
        .hides("there was no danger");
    rita.presses(&first, "Close").await.opens("Close");
    rita.fills(json!({"Outcome": "False alarm", "Closure notes": "Still nothing"}))
        .await
        .says("is closed");
    alice.reads(&["Outcome of"]).await;
    bob.reads(&["Outcome of"]).await;
    assert_eq!(world.entries(SECOND, "feedback_planned").await.len(), 2);
}

async fn the_other_case_must_fit(world: &World) {
    let (first, second) = two(world).await;
    let (rita, gwen) = (world.person("rita"), world.person("gwen"));
    let third = gwen.reports("A third one").await.number();
    gwen.reads(&[&third]).await;
    let third = rita.sees_card(&third).await;
    let field = "Which case goes on?";
    let before = world.record(SECOND).await;
    rita.presses(&second, "Merge…").await.opens("Merge");
    for (number, words) in [
        ("the other one", "such as SE-2026-0042 or 42"),
        ("2", "is this case. Name the other one"),
        (SECOND, "is this case. Name the other one"),
        ("99", "There is no such case"),
        ("SE-2025-0001", "There is no such case"),
    ] {
        rita.fills(into(number)).await.complains_about(field, words);
    }
    assert_eq!(world.record(SECOND).await, before);
    rita.fills(into("#1")).await.says("is merged");
    told_of_the_merge(world, &first, &second).await;

    // Into a merged case: says where that one went. A case that took another one in does not go away itself.
    rita.presses(&third, "Merge…").await.opens("Merge");
    rita.fills(into("2")).await.complains_about(
        field,
        &format!("{SECOND} was itself merged into {FIRST}. Merge into {FIRST}."),
    );
    rita.leaves_form().await;
    rita.tells_bot(&first, &format!("merge into 3 because {WHY}"))
        .await
        .says(&format!("Merge SE-2026-0003 into {FIRST} instead"));
    closes(&rita, &first).await;
    world.person("alice").reads(&["Outcome of"]).await;
    world.person("bob").reads(&["Outcome of"]).await;
    rita.tells_bot(&third, &format!("merge into 1 because {WHY}"))
        .await
        .says(&format!("{FIRST} is closed. Reopen it first"));
    assert_eq!(
        world.record("SE-2026-0003").await,
        ["reported", "advice_shown", "sent"]
    );
}

async fn a_merged_case_is_worked_on_elsewhere(world: &World) {
    let (_, second) = merged(world).await;
    let rita = world.person("rita");
    let before = world.record(SECOND).await;
    for words in [
        "take",
        "sev 2 because it spreads",
        "escalate because it spreads",
        "incident because it spreads",
        "reopen because it is back",
        "triage",
        "close",
        "reopen",
        "merge",
        "merge into 1 because it is the same",
    ] {
        rita.tells_bot(&second, words)
            .await
            .says(&format!("was merged into {FIRST}"))
            .says("Undo merge");
    }
    assert_eq!(world.record(SECOND).await, before);
}

async fn overtaken_while_the_form_is_open(world: &World) {
    let (first, second) = two(world).await;
    let (bob, rita, rob) = (
        world.person("bob"),
        world.person("rita"),
        world.person("rob"),
    );
    // Taken by somebody else meanwhile: it is merged all the same, and the owner hears of it.
    rita.presses(&second, "Merge…").await.opens("Merge");
    rob.presses(&second, "Take").await.says("is yours now");
    rita.fills(into("1")).await.says("is merged");
    told_of_the_merge(world, &first, &second).await;
    rob.reads(&[&format!("merged {SECOND} into {FIRST}")]).await;

    // Undone by two: one does it, the other is told.
    for one in [&rita, &rob] {
        one.presses(&second, "Undo merge").await.opens("Undo merge");
    }
    rita.fills(apart()).await.says("is open again");
    rob.fills(apart())
        .await
        .says("is not merged into another case");
    bob.reads(&["looking at your report"]).await;
    rob.reads(&["took"]).await;
    rita.reads_queue(&["took"]).await;
    rita.reads_thread(&first, &["took"]).await;

    // The other one is closed meanwhile.
    let second = rita.sees_card(SECOND).await;
    rita.presses(&second, "Merge…").await.opens("Merge");
    closes(&rob, &first).await;
    world.person("alice").reads(&["Outcome of"]).await;
    rita.fills(into("1"))
        .await
        .complains_about("Which case goes on?", &format!("{FIRST} is closed"));
    rita.leaves_form().await;

    // The case itself is closed meanwhile.
    rita.presses(&second, "Merge…").await.opens("Merge");
    rob.presses(&second, "Close").await.opens("Close");
    rob.fills(false_alarm()).await.says("is closed");
    bob.reads(&[&format!("Outcome of {SECOND}")]).await;
    rita.fills(into("1"))
        .await
        .says("is closed. Reopen it with a reason first, then merge it.");
}

async fn two_people_merge_crosswise(world: &World) {
    let (first, second) = two(world).await;
    let (rita, rob) = (world.person("rita"), world.person("rob"));
    rita.presses(&first, "Merge…").await.opens("Merge");
    rob.presses(&second, "Merge…").await.opens("Merge");
    let (one, other) = tokio::join!(rita.fills(into("2")), rob.fills(into("1")));
    let all = format!("{one:?}{other:?}");
    assert!(all.contains("is merged"), "{all}");
    assert!(
        all.contains("was merged into") || all.contains("was itself merged into"),
        "{all}"
    );
    let merged = [
        world.entries(FIRST, "merged_into").await.len(),
        world.entries(SECOND, "merged_into").await.len(),
    ];
    assert_eq!(
        merged.iter().sum::<usize>(),
        1,
        "exactly one wins: {merged:?}"
    );
    let taken_in = [
        world.entries(SECOND, "merged").await.len(),
        world.entries(FIRST, "merged").await.len(),
    ];
    assert_eq!(merged, taken_in);
    let reporter = if merged[0] == 1 { "alice" } else { "bob" };
    world.person(reporter).reads(&["worked on together"]).await;
    rita.reads_thread(&first, &["merged"]).await;
    rita.reads_thread(&second, &["merged"]).await;
    verified(world).await;
}

async fn a_merge_that_arrives_twice(world: &World) {
    let (first, second) = two(world).await;
    let rita = world.person("rita");
    rita.presses(&second, "Merge…").await.opens("Merge");
    world.arrives_again("interaction", "doubled").await;
    rita.fills(into("1")).await.says("is merged");
    told_of_the_merge(world, &first, &second).await;
    assert_eq!(world.entries(FIRST, "merged").await.len(), 1);
    assert_eq!(world.entries(SECOND, "merged_into").await.len(), 1);
}

async fn who_may_merge(world: &World) {
    let (first, second) = two(world).await;
    for who in ["max", "bob", "paul", "gwen"] {
        world.sits_in_queue(who).await;
    }
    for who in ["max", "bob", "paul", "gwen"] {
        let person = world.person(who);
        let pressed = format!("{:?}", person.presses(&second, "Merge…").await);
        let written = person
            .tells_bot(&second, &format!("merge into 1 because {WHY}"))
            .await;
        for all in [pressed, format!("{written:?}")] {
            assert!(
                all.contains("no such case") || all.contains("You cannot merge cases. Responder"),
                "{who}: {all}"
            );
        }
    }
    assert_eq!(
        world.record(SECOND).await,
        ["reported", "advice_shown", "sent"]
    );
    assert_eq!(world.org_entries("access_refused").await.len(), 8);
    // Whoever works on cases may, on call as well.
    for (who, undone_by) in [("pia", "ivy"), ("ivy", "pia")] {
        let (who, undone_by) = (world.person(who), world.person(undone_by));
        for person in [&who, &undone_by] {
            person.commands("help").await.says("/secevent");
        }
        who.presses(&second, "Merge…").await.opens("Merge");
        who.fills(into("1")).await.says("is merged");
        world.person("bob").reads_some("worked on together").await;
        undone_by
            .presses(&second, "Undo merge")
            .await
            .opens("Undo merge");
        undone_by.fills(apart()).await.says("is open again");
        world
            .person("bob")
            .reads_some("looking at your report")
            .await;
        world.person("rita").reads_queue(&["took"]).await;
    }
    for card in [&first, &second] {
        world.person("rita").reads_thread_all(card).await;
    }
    for who in ["pia", "ivy"] {
        world.person(who).reads_some(SECOND).await;
    }
}

async fn restricted_report(world: &World, who: &str) -> String {
    let person = world.person(who);
    person
        .opens_report_form()
        .await
        .opens("Report a security event");
    person.wants_to_say_more().await;
    let heard = person
        .fills(json!({
            "What happened?": "Zacharias sends the zebra mails",
            "What does it look like?": "Phishing, or somebody pretending to be somebody",
            "Does it concern a colleague?": ["Yes, it concerns a colleague"],
        }))
        .await;
    person.reads(&["It is restricted"]).await;
    heard.number()
}

async fn a_restricted_case_takes_the_other_with_it(world: &World) {
    let (alice, bob, rita, rob, ivy) = (
        world.person("alice"),
        world.person("bob"),
        world.person("rita"),
        world.person("rob"),
        world.person("ivy"),
    );
    reported(world, "Mails with an odd zebra").await;
    let first = rita.sees_card(FIRST).await;
    first.says("odd zebra");
    let second = restricted_report(world, "bob").await;
    assert_eq!(second, SECOND);
    let second = rita.sees_card(SECOND).await;

    // Who may not see one of the two merges neither way.
    rob.presses(&second, "Merge…")
        .await
        .says("This case is restricted");
    rob.presses(&first, "Merge…").await.opens("Merge");
    rob.fills(into("2"))
        .await
        .complains_about("Which case goes on?", "This case is restricted");
    rob.leaves_form().await;
    assert!(!world.record(FIRST).await.contains(&"merged".to_owned()));

    ivy.presses(&second, "Merge…").await.opens("Merge");
    ivy.fills(into("1")).await.says("is merged");
    bob.reads(&["worked on together"]).await;
    for card in [&first, &second] {
        rita.reads_thread(card, &["merged"]).await[0].hides(WHY);
    }
    // The one that goes on is restricted from now on, and its card tells nothing but the number.
    rita.sees_card(FIRST)
        .await
        .says("Restricted")
        .hides("odd zebra")
        .hides(SECOND)
        .hides("Alice");
    rita.sees_card(SECOND)
        .await
        .says("Restricted")
        .hides(FIRST)
        .hides("Zacharias");
    rob.presses(&first, "Triage")
        .await
        .says("You can take it while nobody else has")
        .hides("zebra");
    rob.commands("status 1")
        .await
        .says("Restricted")
        .hides("zebra");
    let why = &world.entries(FIRST, "restricted").await[0]["reason"];
    assert_eq!(
        *why,
        format!("{SECOND} is restricted, and both are the same matter.")
    );
    ivy.commands("status 1")
        .await
        .says("odd zebra")
        .says("Merged in")
        .says(SECOND);

    // What its reporters hear at the end says nothing of the substance.
    ivy.presses(&first, "Take").await.says("is yours");
    ivy.presses(&first, "Close").await.opens("Close");
    let mut entered = false_alarm();
    entered["Category"] = json!("Phishing, or somebody pretending to be somebody");
    ivy.fills(entered).await.says("is closed");
    for person in [alice, bob] {
        person.reads(&["Outcome of"]).await[0]
            .hides("no danger")
            .hides("zebra");
    }
    rita.sees_card(FIRST).await.says("Closed");
    for text in rob.sees_anywhere().await {
        assert!(!text.contains("Zacharias") && !text.contains(WHY), "{text}");
    }
}

async fn a_case_that_becomes_restricted_after_the_merge(world: &World) {
    let (first, second) = merged(world).await;
    let (bob, rita) = (world.person("bob"), world.person("rita"));
    let receipt = bob.finds("recorded as").await;
    bob.presses(&receipt, "Add details")
        .await
        .opens("Add details");
    bob.fills(json!({"Does it concern a colleague?": ["Yes, it concerns a colleague"]}))
        .await
        .says("added to");
    rita.reads_thread(&second, &["A reporter added"]).await;
    rita.reads_thread(&first, &["added to"]).await[0].hides("colleague");
    rita.sees_card(FIRST)
        .await
        .says("Restricted")
        .hides("strange mail");
    rita.sees_card(SECOND).await.says("Restricted");
    assert_eq!(world.entries(FIRST, "restricted").await.len(), 1);
}

async fn nobody_is_merged_away_while_being_paged(world: &World) {
    let (first, second) = two(world).await;
    let (alice, rita, pia) = (
        world.person("alice"),
        world.person("rita"),
        world.person("pia"),
    );
    rita.presses(&second, "Merge…").await.opens("Merge");
    world
        .person("rob")
        .presses(&second, "Escalate")
        .await
        .opens("Escalate");
    world
        .person("rob")
        .fills(json!({"Why do you escalate?": "It spreads"}))
        .await
        .says("is escalated");
    let page = pia.reads(&[&format!("{SECOND} needs you")]).await;
    rita.reads_thread(&second, &["was paged"]).await;
    rita.fills(into("1")).await.says(&format!(
        "Somebody is being paged for {SECOND}. Acknowledge the page or let it end"
    ));
    // The other way round it goes, and the page goes on.
    rita.tells_bot(&first, &format!("merge into 2 because {WHY}"))
        .await
        .says(&format!("{FIRST} is merged"));
    alice.reads(&["worked on together"]).await;
    for card in [&first, &second] {
        rita.reads_thread(card, &["merged"]).await;
    }
    pia.presses(&page[0], "Acknowledge")
        .await
        .says("You acknowledged");
    rita.reads_thread(&second, &["acknowledged the page"]).await;
    rita.tells_bot(&first, "unmerge because it is another mail")
        .await
        .says("is open again");
    alice.reads(&["looking at your report"]).await;
    rita.reads_queue(&["took"]).await;
    rita.reads_thread(&second, &["took"]).await;
    // Acknowledged: nobody waits for an answer any more.
    rita.tells_bot(&second, &format!("merge into 1 because {WHY}"))
        .await
        .says("is merged");
    told_of_the_merge(world, &first, &second).await;
}

async fn a_merged_reporter_who_cannot_be_told(world: &World) {
    let (first, second) = merged(world).await;
    let rita = world.person("rita");
    world.takes_no_messages("bob", "user_disabled").await;
    world.expect_alarm("feedback_failed");
    world.expect_alarm("outbox_gave_up");
    closes(&rita, &first).await;
    world.person("alice").reads(&["Outcome of"]).await;
    rita.reads_thread(
        &second,
        &[&format!("could not be told the outcome of {SECOND}")],
    )
    .await[0]
        .says("Bob Brandt");
    let alarms = world.app.store().open_alarms().await.unwrap();
    assert!(
        alarms
            .iter()
            .any(|alarm| alarm.kind.as_str() == "feedback_failed" && alarm.subject == SECOND),
        "{alarms:?}"
    );
    assert_eq!(world.record(SECOND).await.last().unwrap(), "send_failed");
}

async fn a_merged_reporter_who_withdrew(world: &World) {
    let (first, second) = merged(world).await;
    let (bob, rita) = (world.person("bob"), world.person("rita"));
    let receipt = bob.finds("recorded as").await;
    bob.presses(&receipt, "Withdraw").await.says("is withdrawn");
    rita.reads_thread(&second, &["was withdrawn"]).await;
    rita.reads_thread(&first, &[&format!("added to {SECOND}")])
        .await;
    closes(&rita, &first).await;
    world.person("alice").reads(&["Outcome of"]).await;
    bob.reads(&[]).await;
    let planned = &world.entries(SECOND, "feedback_planned").await[0];
    assert!(
        planned["not_told_because"].to_string().contains("withdrew"),
        "{planned}"
    );
}

async fn a_merged_report_stands_in_its_reporter_s_home(world: &World) {
    let (first, second) = merged(world).await;
    let (alice, bob, rita) = (
        world.person("alice"),
        world.person("bob"),
        world.person("rita"),
    );
    // How far the work is, wherever it is done; and nothing of the other report.
    let home = bob.opens_home().await;
    home.says(SECOND)
        .says("Strange mail that wants a password")
        .says("New")
        .says("together with another report")
        .hides(FIRST)
        .hides(super::CLICKED)
        .hides("Duplicate");
    alice.opens_home().await.says(FIRST).hides(SECOND);
    rita.presses(&first, "Triage").await.opens("Triage");
    rita.fills(sorted("SEV3")).await.says("is triaged");
    bob.opens_home().await.says("In triage").hides("SEV3");
    // It is nobody's own case any more: who owns it owns the other one.
    let own = rita.opens_home().await;
    own.says("Cases I own").says(FIRST).hides(SECOND);

    let first = rita.sees_card(FIRST).await;
    closes(&rita, &first).await;
    alice.reads(&["Outcome of"]).await;
    bob.reads(&[&format!("Outcome of {SECOND}")]).await;
    let home = bob.opens_home().await;
    home.says(SECOND)
        .says("Closed")
        .says("there was no danger")
        .hides(FIRST);
    bob.presses_at_home(&home, "Show", Some(SECOND))
        .await
        .says("Closed")
        .hides(FIRST);
    // By itself again.
    rita.tells_bot(&second, "unmerge because it is another mail")
        .await
        .says("is open again");
    bob.reads(&["looking at your report"]).await;
    rita.reads_queue(&["took"]).await;
    rita.reads_thread(&first, &["took"]).await;
    bob.opens_home()
        .await
        .says(SECOND)
        .says("In triage")
        .hides("together with another")
        .hides("there was no danger");
    let _ = rita.sees_card(SECOND).await;
}

/// Slack takes nothing for Bob while the case is closed, taken apart, merged and closed again: one outcome, the last one.
async fn no_outcome_comes_twice_while_the_platform_refuses(world: &World) {
    let (first, second) = merged(world).await;
    let (alice, bob, rita) = (
        world.person("alice"),
        world.person("bob"),
        world.person("rita"),
    );
    let receipt = bob.finds("recorded as").await;
    let limited = json!({"kind": "rate_limited", "retry_after": 600});
    world.posting_fails_at(&receipt, limited).await;
    closes(&rita, &first).await;
    alice.reads(&["Outcome of"]).await;
    rita.tells_bot(&second, "unmerge because it is another mail")
        .await
        .says("is open again");
    rita.reads_queue(&["took"]).await;
    rita.reads_thread(&first, &["took"]).await;
    // By itself it ends once, and is opened again.
    let second = rita.sees_card(SECOND).await;
    closes(&rita, &second).await;
    let second = rita.sees_card(SECOND).await;
    rita.presses(&second, "Reopen").await.opens("Reopen");
    rita.fills(json!({"Why is it opened again?": "More of it"}))
        .await
        .says("is open again");
    rita.reads_queue(&["was reopened"]).await;
    // And is merged after all.
    let first = rita.sees_card(FIRST).await;
    rita.presses(&first, "Reopen").await.opens("Reopen");
    rita.fills(json!({"Why is it opened again?": "More of it"}))
        .await
        .says("is open again");
    rita.reads_queue(&["was reopened"]).await;
    rita.tells_bot(&second, &format!("merge into {FIRST}: {WHY}"))
        .await
        .says("is merged");
    for card in [&first, &second] {
        rita.reads_thread(card, &["merged"]).await;
    }
    rita.presses(&first, "Close").await.opens("Close");
    rita.fills(json!({"Outcome": "False alarm", "Closure notes": "Still nothing"}))
        .await
        .says("is closed");
    alice.reads(&["Outcome of"]).await;
    assert_eq!(world.entries(SECOND, "feedback_planned").await.len(), 3);

    world.advance(15).await;
    let heard = bob.reads_some("").await;
    let outcomes = heard.iter().filter(|one| one.text().contains("Outcome of"));
    assert_eq!(outcomes.count(), 1, "{heard:?}");
    assert!(
        heard
            .iter()
            .any(|one| one.text().contains("worked on together"))
    );
    // Each was told as the record says, and nothing is waited for any more.
    let sent = world.entries(SECOND, "sent").await;
    assert_eq!(
        sent.iter().filter(|one| one["what"] == "feedback").count(),
        1
    );
    world.advance(60 * 24 * 30).await;
    assert_eq!(world.alarms().await, Vec::<String>::new());
    verified(world).await;
}
