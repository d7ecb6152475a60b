//! The bot as a process of its own: the app on its real adapters, whose time comes down a pipe.
//!
//! Invariants: the clock stands where the last order put it; what falls due is fired and what is due is sent as in a serving app, and once
//! more whenever an order says so; the process ends when the pipe does. Neighbours: `process` is the other end of the pipe.

use crate::{
    app::{App, Pace, Parts},
    cli::{
        Failure, Outcome,
        demo::stage::{PATIENCE, quiet},
    },
    config::{Variables, load_config},
    domain::clock::{Clock, ManualClock, SystemEntropy, from_micros, micros},
    runtime::{self, Faults, Runtime},
    telemetry::{self, Scope},
};
use serde::{Deserialize, Serialize};
use std::{
    io::{BufRead, Write},
    path::Path,
    sync::Arc,
    thread,
    time::Duration,
};
use tokio::sync::mpsc;

/// How often the outbox and what is due are looked at.
const BEAT: Duration = Duration::from_millis(250);
/// How many beats pass between two looks at socket and outbox.
const WATCH_EVERY: u32 = 8;

/// What the page says.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Order {
    /// What time it is, in microseconds since the epoch.
    pub now: i64,
    /// Do what is due now, and answer with this number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settle: Option<u64>,
}

/// What the bot answers.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Reply {
    /// The order that was carried out; 0 for the first line, which says that the bot is connected.
    pub settled: u64,
    /// When the next row of the outbox goes, in microseconds since the epoch.
    pub due: Option<i64>,
}

/// Runs until the pipe closes.
pub async fn run(settings: &Path) -> Outcome {
    let config = load_config(Some(settings), &Variables::default()).map_err(Failure::stopped)?;
    let metrics = telemetry::install(&config.log).map_err(Failure::stopped)?;
    runtime::log_panics();
    let mut first = String::new();
    std::io::stdin()
        .read_line(&mut first)
        .map_err(Failure::stopped)?;
    let first: Order = serde_json::from_str(&first).map_err(|_| {
        Failure::Stopped("this is what `secevent demo` starts; run that".to_owned())
    })?;
    let clock = ManualClock::at(from_micros(first.now).unwrap_or_default());
    let parts = Parts {
        clock: Arc::new(clock.clone()),
        entropy: Arc::new(SystemEntropy),
        runtime: Runtime::new(Faults::default(), Scope::default()),
        metrics,
    };
    let app = Box::pin(App::start(config, parts, Pace::Stepped))
        .await
        .map_err(Failure::stopped)?;
    if !app.connected(PATIENCE).await {
        return Err(Failure::Stopped(
            "the bot did not connect to the stand-ins in time".to_owned(),
        ));
    }
    say(Reply {
        settled: 0,
        due: None,
    });
    let (orders, mut asked) = mpsc::unbounded_channel();
    // In a thread of its own, so that the clock goes on while something is being sent.
    thread::Builder::new()
        .name("orders".to_owned())
        .spawn(move || read(&clock, &orders))
        .map_err(Failure::stopped)?;
    Box::pin(live(&app, &mut asked)).await?;
    app.stop().await;
    Ok(())
}

/// Sends what is due as soon as something was committed, looks after time at every beat, and does so at once when asked.
async fn live(app: &App, asked: &mut mpsc::UnboundedReceiver<u64>) -> Outcome {
    let mut bell = app.store().changes();
    let mut beat = tokio::time::interval(BEAT);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut beats = 0;
    loop {
        let order = tokio::select! {
            order = asked.recv() => match order {
                Some(order) => Some(order),
                None => return Ok(()),
            },
            _ = beat.tick() => None,
            _ = bell.changed() => {
                app.step().await;
                continue;
            }
        };
        if let Err(fault) = app.tick().await {
            tracing::warn!(%fault, "what is due could not be fired; it is tried again");
        }
        app.step().await;
        beats += 1;
        if (order.is_some() || beats % WATCH_EVERY == 0)
            && let Err(error) = app.watch().await
        {
            tracing::warn!(%error, "socket and outbox could not be looked at");
        }
        if let Some(settled) = order {
            quiet(app).await;
            app.step().await;
            let due = app.store().next_outbox_due().await;
            let due = due.map_err(Failure::stopped)?.map(micros);
            say(Reply { settled, due });
        }
    }
}

/// Puts the clock where each order says, until the pipe ends.
fn read(clock: &ManualClock, orders: &mpsc::UnboundedSender<u64>) {
    for line in std::io::stdin().lock().lines() {
        let Ok(order) = line.map(|line| serde_json::from_str::<Order>(&line)) else {
            return;
        };
        let Ok(order) = order else { continue };
        if let Some(now) = from_micros(order.now) {
            clock.advance(now - clock.now());
        }
        if let Some(settle) = order.settle {
            let _ = orders.send(settle);
        }
    }
}

fn say(reply: Reply) {
    let line = serde_json::to_string(&reply).unwrap_or_default();
    let mut out = std::io::stdout().lock();
    // If nobody listens any more, the pipe of orders ends too.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
