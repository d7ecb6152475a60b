//! The people of Example Corp under load: they report, react and work cases, whatever the bot is doing, and write down what they read.
//!
//! Invariants: what stands in their ledger was read on a screen; nobody waits for the bot longer than Slack does. Neighbours: the
//! stand-in's door; `responders` work the cases; `ledger`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use secevent::emulator::slack::{Door, Seen, SeenMessage};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::ledger::Ledger;
use super::responders::Responder;

/// How long closing some cases may take on a bot that stays up, on a busy machine.
const CLOSING_LIMIT: Duration = Duration::from_secs(120);

/// Everybody at work.
#[derive(Debug)]
pub struct People {
    tasks: JoinSet<()>,
    stop: CancellationToken,
    enough_reports: CancellationToken,
    ledger: Ledger,
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
        let enough_reports = stop.child_token();
        let reporting = Desk {
            stop: enough_reports.clone(),
            ..desk.clone()
        };
        let mut tasks = JoinSet::new();
        for user in ["alice", "bob", "max", "ivy"] {
            tasks.spawn(report(reporting.clone(), user, pace));
        }
        tasks.spawn(react(reporting, pace * 2));
        for (share, user) in (0..).zip(["rita", "ben"]) {
            tasks.spawn(work(desk.clone(), user, share, pace / 3));
            tasks.spawn(answer_pages(desk.clone(), user, pace / 2));
        }
        Self {
            tasks,
            stop,
            enough_reports,
            ledger: ledger.clone(),
        }
    }

    /// Nobody reports any more; waits until so many cases have been closed since the beginning.
    pub async fn close_some(&self, cases: u64) {
        self.enough_reports.cancel();
        let begun = Instant::now();
        let mut tick = every(Duration::from_millis(100));
        while self.ledger.read("closed") < cases {
            tick.tick().await;
            assert!(
                begun.elapsed() < CLOSING_LIMIT,
                "nobody gets a case closed; {} are",
                self.ledger.read("closed")
            );
        }
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

    /// After an act that took long, the next one is put off: people do not flood a bot on a machine that is busy.
    fn rest(tick: &mut tokio::time::Interval, begun: Instant) {
        tick.reset_after(tick.period().max(begun.elapsed() * 3));
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
        let begun = Instant::now();
        let token = desk.token();
        let words = format!("/secevent {token} a strange mail asks for my password");
        if let Ok(seen) = person.slash("#general", &words).await {
            note_answer(&desk.ledger, user, &token, &seen);
        }
        Desk::rest(&mut tick, begun);
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
        let begun = Instant::now();
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
        Desk::rest(&mut tick, begun);
    }
}

/// Rita and Ben work one half of the cases each, to their ends.
async fn work(desk: Desk, user: &'static str, share: u64, pace: Duration) {
    let client = desk.door.as_user(user);
    let mut responder = Responder::new(client, desk.ledger.clone(), share);
    let mut tick = every(pace);
    while desk.next(&mut tick).await {
        responder.turn().await;
    }
}

/// Somebody on call looks at the telephone.
async fn answer_pages(desk: Desk, user: &'static str, pace: Duration) {
    let client = desk.door.as_user(user);
    let mut responder = Responder::new(client, desk.ledger.clone(), 0);
    let mut tick = every(pace);
    while desk.next(&mut tick).await {
        responder.answer_page().await;
    }
}

fn says(shown: &str, words: &[&str]) -> bool {
    let shown = shown.to_lowercase();
    words.iter().any(|word| shown.contains(word))
}

/// Whether a message offers a button with this label.
pub fn has_button(message: &SeenMessage, label: &str) -> bool {
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
