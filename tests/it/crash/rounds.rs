//! The crash loop: `kill -9`, again and again, under load; at the end nothing that anybody was told may be missing.
//!
//! Invariants: half of the deaths come at named points, half at random moments of start, work and recovery; meanwhile cases are worked from Take
//! to Close, with pages that are answered and pages that are not. `SECEVENT_CRASH_ROUNDS` sets how often the bot dies, both databases and both
//! doors together: 100 without it, so 50 on each database.
//! `SECEVENT_CRASH_SEED` repeats a run.

use std::time::Duration;

use super::world::World;
use super::world::bot::Bot;
use super::world::database::Kind;
use super::world::dice::Dice;
use super::world::people::People;
use super::world::settings::{Door, SENDERS};
use crate::harness::facts;

/// Rounds of both databases together.
fn rounds() -> u64 {
    std::env::var("SECEVENT_CRASH_ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(100)
}

/// After so long, a bot that never came to its named point dies all the same.
const LONGEST_LIFE: Duration = Duration::from_millis(3_000);

/// So many cases at least are worked from Take to Close in each loop.
const WHOLE_CASES: u64 = 3;

/// How a round ends.
#[derive(Debug, Clone)]
pub enum Death {
    /// So long after the start of the process.
    AfterStart(Duration),
    /// So long after it was ready.
    AfterReady(Duration),
    /// At a named point, when it is reached for the nth time.
    At(&'static str, u64),
}

impl Death {
    /// Chooses one. Half of the lives are long enough to work on what the dead one before held leased, and to get further with a case.
    pub fn roll(dice: &mut Dice) -> Self {
        let is_long = dice.between(0, 1) == 1;
        match dice.between(0, 9) {
            0 => Self::AfterStart(dice.millis(5, 500)),
            1..=4 if is_long => Self::AfterReady(dice.millis(1_200, 3_000)),
            1..=4 => Self::AfterReady(dice.millis(5, 500)),
            _ => {
                let point = dice.one_of(secevent::runtime::CRASH_POINTS);
                let nth = if is_long { 20..=80 } else { 1..=6 };
                Self::At(point, dice.between(*nth.start(), *nth.end()))
            }
        }
    }

    /// What the environment of the bot must say.
    pub fn faults(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::At(point, nth) => vec![("SECEVENT_CRASH_AT", format!("{point}:{nth}"))],
            _ => Vec::new(),
        }
    }

    /// Waits for the moment and kills; a bot that never reaches its point dies all the same. Says how it died.
    pub async fn strike(&self, mut bot: Bot) -> String {
        let limit = match self {
            Self::AfterStart(span) => *span,
            Self::AfterReady(span) => {
                bot.must_be_ready().await;
                *span
            }
            Self::At(..) => {
                if !bot.ready().await {
                    return self.name();
                }
                LONGEST_LIFE
            }
        };
        let reached = bot.process().ended_within(limit).await.is_some();
        if reached {
            assert!(
                matches!(self, Self::At(..)),
                "the bot ended by itself; its log says: {}",
                bot.process().log()
            );
            return self.name();
        }
        bot.kill().await;
        if matches!(self, Self::At(..)) {
            return "random".to_owned();
        }
        self.name()
    }

    fn name(&self) -> String {
        match self {
            Self::AfterStart(_) => "start".to_owned(),
            Self::AfterReady(_) => "random".to_owned(),
            Self::At(point, _) => (*point).to_owned(),
        }
    }
}

async fn crash_loop(kind: Kind, door: Door, rounds: u64, salt: u64) {
    let mut dice = Dice::of_this_run(salt);
    let world = World::new(kind, door).await;
    // The first start makes the schema; crashes in the middle of that come later, on a schema that is there.
    world.start_ready(&[]).await.stop().await;
    let people = People::at_work(
        &world.emulator.door,
        &world.ledger,
        &format!("loop{salt}"),
        Duration::from_millis(700),
    );
    let mut deaths = std::collections::BTreeMap::<String, u64>::new();
    for _ in 0..rounds {
        let death = Death::roll(&mut dice);
        let how = death.strike(world.start(&death.faults())).await;
        world.ledger.crash(&how);
        *deaths.entry(how).or_default() += 1;
    }
    let bot = world.start_ready(&[]).await;
    // Cases that were worked on through all those deaths come to their ends.
    people.close_some(WHOLE_CASES).await;
    people.go_home().await;
    world.drain().await;
    bot.stop().await;
    let verdict = world.must_hold("after the crash loop", SENDERS);
    let deaths: Vec<String> = deaths
        .iter()
        .map(|(how, count)| format!("{how} {count}"))
        .collect();
    facts::note(&format!(
        "crash loop on {} ({door:?} mode): {rounds} of {} kills ({}), {} reports acknowledged, {} lost, {} unconfirmed, {} cases, {} closed, \
         {} answers to their reporters delivered, {} pages ({} acknowledged, {} unanswered), {} messages, {} possible duplicates all flagged",
        kind.name(),
        self::rounds(),
        deaths.join(", "),
        verdict.figure("acknowledged"),
        verdict.lost,
        verdict.figure("unconfirmed"),
        verdict.figure("cases"),
        verdict.figure("closed"),
        verdict.figure("feedback_delivered"),
        verdict.figure("pages"),
        verdict.figure("pages_acknowledged"),
        verdict.figure("pages_unanswered"),
        verdict.figure("messages"),
        verdict.figure("sent_twice_flagged"),
    ));
    assert!(
        verdict.figure("acknowledged") >= rounds / 4,
        "hardly anything was acknowledged: the loop proves nothing"
    );
    assert!(
        verdict.figure("closed") >= WHOLE_CASES
            && verdict.figure("feedback_delivered") >= WHOLE_CASES,
        "hardly any case was worked to its end: the loop proves nothing of them"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_crash_loses_what_was_acknowledged_on_sqlite() {
    let half = rounds().div_ceil(2);
    crash_loop(Kind::Sqlite, Door::Socket, half.div_ceil(2), 1).await;
    crash_loop(Kind::Sqlite, Door::Http, half / 2, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_crash_loses_what_was_acknowledged_on_postgres() {
    let half = rounds() / 2;
    crash_loop(Kind::Postgres, Door::Http, half.div_ceil(2), 3).await;
    crash_loop(Kind::Postgres, Door::Socket, half / 2, 4).await;
}
