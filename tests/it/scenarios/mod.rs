//! Stories: people talk to the bot, and see what it does. Each file is one door, one verb, or one kind of misfortune.
//!
//! Most are told on Slack and on Discord ([`everywhere!`]). Those that are told on Slack alone ([`both!`]) have their reasons in `slack_alone`.
//!
//! Invariants: a story is told on both databases; it names no shape of a platform; it reads all that the bot wrote, or
//! the leftover checks fail it. Neighbours: `harness` is the stage; `guard` holds the stories against the list of verbs,
//! `slack_alone` against the platforms.

mod beginning;
mod crossing;
mod digest;
mod doors;
mod escalate;
mod evidence;
mod feedback;
mod guard;
mod home;
mod injection;
mod leftovers;
mod linking;
mod main_loop;
mod merging;
mod platform_faults;
mod questions;
mod queue_channel;
mod refusals;
mod restricted;
mod signed_http;
mod slack_alone;
mod sockets;
mod spoken;
mod threads;
mod twice;
mod verbs;

use crate::harness::message::Message;
use crate::harness::world::World;
use serde_json::{Value, json};

/// What Alice noticed.
pub const CLICKED: &str = "I clicked on a link in a strange mail and typed my password";

/// Alice reports something; its number.
pub async fn reported(world: &World, text: &str) -> String {
    let alice = world.person("alice");
    let number = alice.reports(text).await.number();
    alice.reads(&[&format!("recorded as {number}")]).await;
    number
}

/// Alice reports, and somebody looks at the card.
pub async fn opened(world: &World) -> (String, Message) {
    let number = reported(world, CLICKED).await;
    let card = world.person("rita").sees_card(&number).await;
    (number, card)
}

/// Rita takes Alice's case.
pub async fn taken(world: &World) -> (String, Message) {
    let (number, card) = opened(world).await;
    let rita = world.person("rita");
    rita.presses(&card, "Take")
        .await
        .says(&format!("{number} is yours now"));
    (number.clone(), rita.sees_card(&number).await)
}

/// Rita triages Alice's case as phishing, SEV2.
pub async fn triaged(world: &World) -> (String, Message) {
    let (number, card) = taken(world).await;
    let rita = world.person("rita");
    rita.presses(&card, "Triage").await.opens("Triage");
    rita.fills(sorted("SEV2")).await.says("is triaged");
    (number.clone(), rita.sees_card(&number).await)
}

/// Rita closes Alice's case as a false alarm, and Alice hears of it.
pub async fn closed(world: &World) -> (String, Message) {
    let (number, card) = taken(world).await;
    let rita = world.person("rita");
    rita.presses(&card, "Close").await.opens("Close");
    rita.fills(false_alarm()).await.says("is closed");
    world
        .person("alice")
        .reads(&[&format!("Outcome of {number}")])
        .await;
    (number.clone(), rita.sees_card(&number).await)
}

/// What is entered at triage.
pub fn sorted(severity: &str) -> Value {
    json!({
        "Category": "Phishing, or somebody pretending to be somebody", "Severity": severity,
        "Application or service": "Mail",
    })
}

/// What is entered to close a case as a false alarm.
pub fn false_alarm() -> Value {
    json!({
        "What is it?": "False alarm", "Why?": "It was the exercise of our own team.",
        "Outcome": "False alarm", "Closure notes": "Announced exercise, nothing to do.",
    })
}
