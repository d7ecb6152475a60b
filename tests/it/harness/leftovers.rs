//! What may not be left over when a story ends.
//!
//! Invariants: each check is a function of its own and has a story that shows it can fail (`scenarios/leftovers.rs`); a story names
//! beforehand the alarms, errors and refusals that it provokes.
//!
//! Neighbours: [`super::world::World::finish`].

use super::stand::Stand;
use super::world::World;
use secevent::store::{OutboxFilter, OutboxState};
use serde_json::json;

/// Discord's code for a thread that was made already.
const THREAD_IS_THERE: u64 = 160_004;

/// Everything left over, as sentences.
pub async fn all(world: &World) -> Vec<String> {
    let mut left = unread(world).await;
    left.extend(undrained(world).await);
    left.extend(errors(world));
    world.quiet().await;
    left.extend(dead(world));
    left.extend(alarms(world).await);
    left.extend(broken_chains(world).await);
    left.extend(refused(world).await);
    left.extend(faults(world).await);
    left
}

/// Messages of the bot that nobody read.
pub async fn unread(world: &World) -> Vec<String> {
    let people = [
        "alice", "bob", "rita", "rob", "pia", "ben", "ivy", "paul", "max", "gwen", "olga",
    ];
    let mut left = std::collections::BTreeMap::new();
    for host in world.stands().map(Stand::host) {
        for handle in people {
            for message in world.person_on(host, handle).unread().await {
                let at = message.at();
                let sentence = format!("unread, {handle} could: {}", message.shown);
                left.entry((at.channel, at.ts)).or_insert(sentence);
            }
        }
    }
    left.into_values().collect()
}

/// Rows of the outbox that wait or are on their way.
pub async fn undrained(world: &World) -> Vec<String> {
    let rows = world
        .app
        .store()
        .outbox(&OutboxFilter::default())
        .await
        .unwrap();
    rows.iter()
        .filter(|row| {
            matches!(
                row.state,
                OutboxState::Ready | OutboxState::Leased | OutboxState::Sending
            )
        })
        .map(|row| {
            format!(
                "undrained: {} is {} ({:?})",
                row.notification.dedupe, row.state, row.last_error
            )
        })
        .collect()
}

/// Error lines of the log that the story does not expect.
pub fn errors(world: &World) -> Vec<String> {
    let expected = world.expected.lock().unwrap();
    world
        .capture
        .errors()
        .into_iter()
        .filter(|line| !expected.errors.iter().any(|words| line.contains(words)))
        .map(|line| format!("error in the log: {line}"))
        .collect()
}

/// Workers that ended unasked, tasks that panicked, tasks that hang.
pub fn dead(world: &World) -> Vec<String> {
    let runtime = world.app.runtime();
    let mut left: Vec<String> = runtime
        .dead_workers()
        .iter()
        .map(|worker| format!("dead worker: {} ({:?})", worker.name, worker.state))
        .collect();
    if runtime.panics() > 0 {
        left.push(format!("panicked tasks: {}", runtime.panics()));
    }
    let busy = world.busy();
    if !busy.is_empty() {
        left.push(format!("tasks still at work: {busy:?}"));
    }
    left
}

/// Open alarms that the story does not expect, and expected ones that are not open.
pub async fn alarms(world: &World) -> Vec<String> {
    let open = world.app.store().open_alarms().await.unwrap();
    let expected = world.expected.lock().unwrap().alarms.clone();
    let mut left: Vec<String> = open
        .iter()
        .filter(|alarm| !expected.contains(alarm.kind.as_str()))
        .map(|alarm| format!("open alarm: {} {}", alarm.kind, alarm.text))
        .collect();
    let missing = expected.iter().filter(|kind| {
        !open
            .iter()
            .any(|alarm| alarm.kind.as_str() == kind.as_str())
    });
    left.extend(missing.map(|kind| format!("the alarm {kind} is not open")));
    left
}

/// Chains of the timeline that do not add up.
pub async fn broken_chains(world: &World) -> Vec<String> {
    let verified = world.app.store().verify_all_chains().await.unwrap();
    verified
        .faults
        .iter()
        .map(|fault| format!("broken chain: {fault:?}"))
        .collect()
}

/// Calls that the platform refused: a mistake of ours, unless the story provokes it.
pub async fn refused(world: &World) -> Vec<String> {
    let expected = world.expected.lock().unwrap().refusals.clone();
    let mut ledger = Vec::new();
    for stand in world.stands() {
        ledger.extend(stand.door().ledger(0).await.unwrap());
    }
    ledger
        .iter()
        .filter(|entry| entry["kind"] == "refused")
        // Discord has no call that asks for a thread or makes it: it is made, or was made already.
        .filter(|entry| entry["error"]["code"] != THREAD_IS_THERE)
        // A platform that limits or fails is no mistake of ours.
        .filter(|entry| entry["status"] != 429 || entry["error"]["code"].as_u64() > Some(0))
        .filter(|entry| entry["status"].as_u64() < Some(500))
        .filter(|entry| !expected.contains(&code(&entry["error"])))
        .map(|entry| format!("the platform refused: {entry}"))
        .collect()
}

/// Slack's word for a refusal, or Discord's number.
fn code(error: &serde_json::Value) -> String {
    let word = error.as_str().map(str::to_owned);
    word.unwrap_or_else(|| error["code"].to_string())
}

/// Faults that a story scripted and that never struck: it did not test what it says.
pub async fn faults(world: &World) -> Vec<String> {
    let mut all = Vec::new();
    for stand in world.stands() {
        let status = stand.door().control("status", json!({})).await.unwrap();
        match status["faults_left"].as_u64() {
            Some(0) => {}
            left => all.push(format!("scripted faults that never struck: {left:?}")),
        }
    }
    all
}
