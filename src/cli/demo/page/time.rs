//! The demo's time: it goes on as outside, and can be hurried.
//!
//! Invariants: stand-in, bot and page have the same time; hurried time passes minute by minute, and what falls due meanwhile happens when it
//! should; while time is hurried nobody acts. Neighbours: `play` holds the parts.

use super::play::Play;
use crate::{
    cli::demo::stage::{A_MOMENT, ROUNDS},
    domain::clock::Clock,
};
use chrono::TimeDelta;
use std::{sync::Arc, time::Duration, time::Instant};
use tokio_util::sync::CancellationToken;

/// How often the time is told.
const TICK: Duration = Duration::from_millis(100);
/// Most that can be hurried through at once, in minutes.
pub const MOST: i64 = 24 * 60;

/// Lets time go on until `stop`. A worker.
pub async fn go_on(play: Arc<Play>, stop: CancellationToken) {
    let mut beat = tokio::time::interval(TICK);
    let mut last = Instant::now();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = beat.tick() => {}
        }
        let now = Instant::now();
        let passed = TimeDelta::from_std(now - last).unwrap_or_default();
        last = now;
        play.pass(passed);
    }
}

/// Hurries through so many minutes.
pub async fn hurry(play: Arc<Play>, minutes: i64) {
    let _nobody_acts = play.acts.write().await;
    for left in (0..minutes).rev() {
        play.change(|status| status.minutes_left = left + 1);
        play.pass(TimeDelta::minutes(1));
        settle(&play).await;
        // Somebody watches: a minute can be seen.
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    play.change(|status| status.minutes_left = 0);
}

/// Lets the bot do what is due and what only waits for its turn.
async fn settle(play: &Play) {
    let Some(process) = play.process().await else {
        return;
    };
    for _ in 0..ROUNDS {
        let Some(Some(due)) = process.settle(play.clock.now()).await else {
            return;
        };
        let wait = due - play.clock.now();
        if wait > A_MOMENT {
            return;
        }
        play.pass(wait.max(TimeDelta::milliseconds(100)));
    }
}
