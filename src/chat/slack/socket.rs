//! Socket Mode: several connections, each replaced before it ends.
//!
//! Invariants: a successor is connected before a warned connection goes; nothing waits without a limit; tries to connect back off with
//! jitter; `too_many_websockets` waits half a minute; a link that is switched off or a token that is refused stops the trying and says
//! so. Why not the crate's: `docs/decisions/slack-socket.md`. Neighbours: `ingress` handles, `health` tells readiness and alarms.

mod connection;
pub mod health;

use super::{api::Api, hosts::Hosts, ingress::Ingress};
use crate::{
    domain::clock::{Clock, Entropy},
    runtime::Runtime,
};
use connection::Connection;
use health::Health;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::{
    sync::mpsc::{self, UnboundedReceiver, UnboundedSender},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

/// Slack allows ten connections of an app; two stay free for another process during a change of release.
const MOST: usize = 8;

/// Limits and waits, all of them ours.
#[derive(Debug, Clone)]
pub struct SocketTimings {
    /// Asking for an address, connecting, writing.
    pub io: Duration,
    /// Between our pings.
    pub ping: Duration,
    /// Without any frame a connection is dead.
    pub idle: Duration,
    /// How long a warned connection is still read.
    pub drain: Duration,
    /// After `too_many_websockets`, and after a limit that names no wait.
    pub too_many: Duration,
    /// First wait after a failure; doubles up to `backoff_most`.
    pub backoff: Duration,
    /// Longest wait after failures.
    pub backoff_most: Duration,
    /// How long a stop waits for what runs.
    pub stop: Duration,
}

impl Default for SocketTimings {
    fn default() -> Self {
        Self {
            io: Duration::from_secs(10),
            ping: Duration::from_secs(10),
            idle: Duration::from_secs(45),
            drain: Duration::from_secs(30),
            too_many: Duration::from_secs(30),
            backoff: Duration::from_millis(250),
            backoff_most: Duration::from_secs(32),
            stop: Duration::from_secs(5),
        }
    }
}

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
enum End {
    /// Try again, after a while if this goes on.
    Failed(String),
    /// Not before this wait.
    Wait(Duration, String),
    /// Never again.
    Stopped(String),
}

/// What a connection tells.
#[derive(Debug)]
enum News {
    /// Slack said hello.
    Live(u64),
    /// Slack will close it; a successor is needed.
    Warned(u64),
    /// It ended.
    Ended(u64, End),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Opening,
    Live,
    Draining,
}

/// Keeps the connections up.
#[derive(Debug)]
pub struct Supervisor {
    api: Api,
    hosts: Hosts,
    ingress: Ingress,
    health: Health,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    runtime: Runtime,
    connections: usize,
    timings: SocketTimings,
}

/// What the supervisor needs beside the settings.
#[derive(Debug)]
pub struct Parts {
    /// The Web API, for addresses.
    pub api: Api,
    /// Whose hosts.
    pub hosts: Hosts,
    /// Where envelopes go.
    pub ingress: Ingress,
    /// The time of the last frame.
    pub clock: Arc<dyn Clock>,
    /// Jitter.
    pub entropy: Arc<dyn Entropy>,
    /// Where envelopes run.
    pub runtime: Runtime,
}

impl Supervisor {
    /// Keeps `connections` of them, 1 to 8.
    #[must_use]
    pub fn new(parts: Parts, connections: usize, timings: SocketTimings) -> Self {
        let Parts {
            api,
            hosts,
            ingress,
            clock,
            entropy,
            runtime,
        } = parts;
        let connections = connections.clamp(1, MOST);
        let health = Health::new(connections);
        Self {
            api,
            hosts,
            ingress,
            health,
            clock,
            entropy,
            runtime,
            connections,
            timings,
        }
    }

    /// How it is doing; stays valid while it runs and after.
    #[must_use]
    pub fn health(&self) -> Health {
        self.health.clone()
    }

    /// Runs until `stop`, as a worker of the runtime. Ends when the connections are closed.
    pub async fn run(self, stop: CancellationToken) {
        let (tell, news) = mpsc::unbounded_channel();
        // Stops connections without stopping the worker: a switched-off link is no death of a worker.
        let halt = stop.child_token();
        let mut table = Table {
            next: 0,
            phases: HashMap::new(),
            fails: 0,
            not_before: Instant::now(),
        };
        self.supervise(&mut table, &tell, news, &halt).await;
        stop.cancelled().await;
    }

    async fn supervise(
        &self,
        table: &mut Table,
        tell: &UnboundedSender<News>,
        mut news: UnboundedReceiver<News>,
        halt: &CancellationToken,
    ) {
        loop {
            if !halt.is_cancelled() {
                self.open_missing(table, tell, halt);
            }
            if halt.is_cancelled() && table.phases.is_empty() {
                return;
            }
            // The channel never closes: this function holds a sender.
            let Some(told) = (tokio::select! {
                told = news.recv() => told,
                () = halt.cancelled(), if !halt.is_cancelled() => continue,
            }) else {
                return;
            };
            match told {
                News::Live(id) => {
                    table.phases.insert(id, Phase::Live);
                    table.fails = 0;
                    self.health.is_up();
                }
                News::Warned(id) => {
                    table.phases.insert(id, Phase::Draining);
                }
                News::Ended(id, end) => {
                    table.phases.remove(&id);
                    self.after(table, end, halt);
                }
            }
            self.health
                .counts(table.count(Phase::Live), table.count(Phase::Draining));
        }
    }

    fn after(&self, table: &mut Table, end: End, halt: &CancellationToken) {
        if halt.is_cancelled() {
            return;
        }
        match end {
            End::Failed(why) => {
                table.fails = table.fails.saturating_add(1);
                tracing::warn!(why, fails = table.fails, "a connection to Slack ended");
                self.health.failed(&why);
            }
            End::Wait(wait, why) => {
                tracing::warn!(
                    why,
                    wait_s = wait.as_secs(),
                    "Slack asks us to wait before we connect again"
                );
                table.not_before = Instant::now() + wait;
                self.health.failed(&why);
            }
            End::Stopped(why) => {
                tracing::error!(why, "Socket Mode stopped; mend this and start again");
                self.health.stopped(&why);
                halt.cancel();
            }
        }
    }

    fn open_missing(
        &self,
        table: &mut Table,
        tell: &UnboundedSender<News>,
        halt: &CancellationToken,
    ) {
        while table.count(Phase::Live) + table.count(Phase::Opening) < self.connections
            && table.phases.len() < MOST + 1
        {
            let id = table.next;
            table.next += 1;
            table.phases.insert(id, Phase::Opening);
            let not_before = table
                .not_before
                .max(Instant::now() + self.backoff(table.fails));
            let connection = Connection {
                id,
                api: self.api.clone(),
                hosts: self.hosts.clone(),
                ingress: self.ingress.clone(),
                health: self.health.clone(),
                clock: self.clock.clone(),
                runtime: self.runtime.clone(),
                timings: self.timings.clone(),
                tell: tell.clone(),
            };
            let (tell, halt) = (tell.clone(), halt.clone());
            let run = self.runtime.spawn("slack connection", async move {
                tokio::select! {
                    () = tokio::time::sleep_until(not_before) => connection.run(&halt).await,
                    () = halt.cancelled() => End::Failed("stopping".to_owned()),
                }
            });
            // Told from a task of its own, so that a panic counts as an end too.
            self.runtime
                .spawn("slack connection watch", async move {
                    let end = run
                        .await
                        .unwrap_or_else(|failed| End::Failed(failed.to_string()));
                    // Nobody listens any more only when the process stops.
                    let _ = tell.send(News::Ended(id, end));
                })
                .detach();
        }
    }

    /// Doubling, with up to half of it on top, so that several processes do not come back at the same instant.
    fn backoff(&self, fails: u32) -> Duration {
        if fails == 0 {
            return Duration::ZERO;
        }
        let doubled = self
            .timings
            .backoff
            .saturating_mul(1 << (fails - 1).min(16));
        let base = doubled.min(self.timings.backoff_most);
        let mut random = [0_u8; 2];
        self.entropy.fill(&mut random);
        base + base.mul_f64(f64::from(u16::from_le_bytes(random)) / 65_536.0 / 2.0)
    }
}

struct Table {
    next: u64,
    phases: HashMap<u64, Phase>,
    /// Failures since the last hello.
    fails: u32,
    not_before: Instant,
}

impl Table {
    fn count(&self, phase: Phase) -> usize {
        self.phases.values().filter(|one| **one == phase).count()
    }
}
