//! The people of Example Corp under load: they report, react and press, whatever the bot is doing, and write down what they read.
//!
//! Invariants: what stands in their ledger was read on a screen; nobody waits for the bot longer than Slack does. Neighbours: the
//! stand-in's door; `ledger`.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use secevent::emulator::slack::{AtClient, Door, Seen, SeenMessage};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::ledger::Ledger;

/// Words of the bot that tell of a failure or a refusal, so that a press is not taken for done.
const NOT_DONE: [&str; 5] = ["not confirmed", "could not", "cannot", "already", "apolog"];

/// Everybody at work.
#[derive(Debug)]
pub struct People {
    tasks: JoinSet<()>,
    stop: CancellationToken,
}

/// What each of them has at hand.
#[derive(Debug, Clone)]
struct Desk {
    door: Door,
    ledger: Ledger,
    stop: CancellationToken,
    run: Arc<str>,
    count: Arc<AtomicU64>,
}

impl People {
    /// Sets everybody to work, each doing something once per `pace`. `run` keeps the tokens of several runs apart.
    pub fn at_work(door: &Door, ledger: &Ledger, run: &str, pace: Duration) -> Self {
        let stop = CancellationToken::new();
        let desk = Desk {
            door: door.clone(),
            ledger: ledger.clone(),
            stop: stop.clone(),
            run: run.into(),
            count: Arc::default(),
        };
        let mut tasks = JoinSet::new();
        for user in ["alice", "bob", "max", "ivy"] {
            tasks.spawn(report(desk.clone(), user, pace));
        }
        tasks.spawn(react(desk.clone(), pace * 2));
        tasks.spawn(respond(desk, pace));
        Self { tasks, stop }
    }

    /// Lets everybody finish what they are doing.
    pub async fn go_home(mut self) {
        self.stop.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap();
        }
    }
}

impl Desk {
    fn token(&self) -> String {
        let n = self.count.fetch_add(1, Ordering::Relaxed);
        format!("tok-{}-{n}", self.run)
    }

    /// Waits for the next moment to do something; `false` when it is time to go home.
    async fn next(&self, tick: &mut tokio::time::Interval) -> bool {
        tokio::select! {
            () = self.stop.cancelled() => false,
            _ = tick.tick() => true,
        }
    }
}

fn every(pace: Duration) -> tokio::time::Interval {
    let mut tick = interval(pace);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tick
}

async fn report(desk: Desk, user: &'static str, pace: Duration) {
    let person = desk.door.as_user(user);
    let mut tick = every(pace);
    while desk.next(&mut tick).await {
        let token = desk.token();
        let words = format!("/secevent {token} a strange mail asks for my password");
        if let Ok(seen) = person.slash("#general", &words).await {
            note_answer(&desk.ledger, user, &token, &seen);
        }
    }
}

/// Writes down what a reporter read.
pub fn note_answer(ledger: &Ledger, user: &str, token: &str, seen: &Seen) {
    for message in &seen.shown {
        if says(&message.shown, &["not confirmed"]) {
            ledger.unconfirmed(user, token);
        } else if let Some(number) = number_in(&message.shown) {
            ledger.told(user, token, &number);
        }
    }
}

/// Bob tells of something odd, Alice and Max put the siren on it.
async fn react(desk: Desk, pace: Duration) {
    let (bob, alice, max) = (
        desk.door.as_user("bob"),
        desk.door.as_user("alice"),
        desk.door.as_user("max"),
    );
    let mut tick = every(pace);
    while desk.next(&mut tick).await {
        let words = format!("my screen is odd, {}", desk.token());
        let posted = bob.post("#general", &words).await.ok();
        let Some(message) = posted.and_then(|seen| seen.posted) else {
            continue;
        };
        // What came of it stands in the stand-in's ledger: a reaction is answered by a direct message, not on the spot.
        let (one, other) = tokio::join!(
            alice.react(&message, "rotating_light"),
            max.react(&message, "rotating_light")
        );
        drop((one, other));
    }
}

/// What Rita has done already.
#[derive(Debug, Default)]
struct Done {
    taken: BTreeSet<String>,
    escalated: BTreeSet<String>,
    acknowledged: BTreeSet<String>,
}

/// Rita takes cases, escalates some of them, and acknowledges the pages that reach her.
async fn respond(desk: Desk, pace: Duration) {
    let rita = desk.door.as_user("rita");
    let mut tick = every(pace);
    let mut done = Done::default();
    let mut turn = 0_u64;
    while desk.next(&mut tick).await {
        turn += 1;
        if turn.is_multiple_of(3) {
            acknowledge(&desk.ledger, &rita, &mut done).await;
        } else {
            take(&desk.ledger, &rita, &mut done, turn.is_multiple_of(4)).await;
        }
    }
}

/// Takes the newest case that she has not taken, and escalates it if asked to.
async fn take(ledger: &Ledger, rita: &AtClient, done: &mut Done, then_escalate: bool) {
    let cards = rita
        .read_channel("#security-queue")
        .await
        .unwrap_or_default();
    let fresh = cards.iter().rev().find_map(|card| {
        let number = number_in(&card.shown)?;
        (has_button(card, "Take") && !done.taken.contains(&number)).then_some((card, number))
    });
    let Some((card, number)) = fresh else { return };
    if is_done(&rita.press(&card.at(), "Take").await.unwrap_or_default()) {
        ledger.confirmed("rita", &number, "taken");
        done.taken.insert(number.clone());
    }
    if then_escalate && has_button(card, "Escalate") && !done.escalated.contains(&number) {
        escalate(ledger, rita, card, &number, done).await;
    }
}

async fn escalate(
    ledger: &Ledger,
    rita: &AtClient,
    card: &SeenMessage,
    number: &str,
    done: &mut Done,
) {
    let opened = rita.press(&card.at(), "Escalate").await.unwrap_or_default();
    if opened.view.is_none() {
        return;
    }
    let reason = json!({ "Why do you escalate?": "the account is used right now" });
    let seen = rita.submit(reason).await.unwrap_or_default();
    if is_done(&seen) && seen.errors.is_empty() && seen.view.is_none() {
        ledger.confirmed("rita", number, "escalated");
        done.escalated.insert(number.to_owned());
    } else if seen.view.is_some() || !seen.acknowledged {
        // The form stays open when the bot dies under it; she gives up.
        drop(rita.close().await);
    }
}

async fn acknowledge(ledger: &Ledger, rita: &AtClient, done: &mut Done) {
    let messages = rita.read_dm("secevent").await.unwrap_or_default();
    let page = messages
        .iter()
        .find(|one| has_button(one, "Acknowledge") && !done.acknowledged.contains(&one.ts));
    let Some(page) = page else { return };
    let seen = rita
        .press(&page.at(), "Acknowledge")
        .await
        .unwrap_or_default();
    if let Some(number) = number_in(&page.shown).filter(|_| is_done(&seen)) {
        ledger.confirmed("rita", &number, "acknowledged");
    }
    if seen.acknowledged {
        done.acknowledged.insert(page.ts.clone());
    }
}

/// Whether a press went through, in the eyes of who pressed.
pub fn is_done(seen: &Seen) -> bool {
    let failed = seen.shown.iter().any(|one| says(&one.shown, &NOT_DONE));
    seen.acknowledged && !seen.deliveries.is_empty() && seen.toast.is_none() && !failed
}

fn says(shown: &str, words: &[&str]) -> bool {
    let shown = shown.to_lowercase();
    words.iter().any(|word| shown.contains(word))
}

fn has_button(message: &SeenMessage, label: &str) -> bool {
    message.buttons.iter().any(|button| button.label == label)
}

/// The first case number in words.
pub fn number_in(words: &str) -> Option<String> {
    let at = words.find("SE-")?;
    let end = words[at + 3..]
        .find(|c: char| !c.is_ascii_digit() && c != '-')
        .map_or(words.len(), |length| at + 3 + length);
    Some(words[at..end].to_owned()).filter(|number| number.len() >= "SE-2026-0001".len())
}
