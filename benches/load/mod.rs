//! The load generator: signed slash commands over HTTP, in a closed loop (each client waits for its answer) or an open one (a fixed
//! rate, whatever the answers do), and what it measured.
//!
//! Invariants: in the open loop a latency counts from the instant at which the command was due, so that a slow answer cannot hide the
//! commands that it delayed; an answer that is not the receipt is counted apart and never as a latency.
//! Neighbours: `intake` and `delivery` run it against the real program.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::task::JoinSet;

/// Where commands go and how they are signed.
#[derive(Debug, Clone)]
pub struct Door {
    /// Full URL of the app's command endpoint.
    pub url: String,
    /// The app's signing secret.
    pub secret: String,
    /// Workspace of the users.
    pub team: String,
    /// The app's id.
    pub app: String,
    /// Channel in which the commands are typed.
    pub channel: String,
    /// The users who type, in turn: id and handle.
    pub users: Vec<(String, String)>,
}

/// How the load comes.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// So many clients, each with one command on the way.
    Closed(usize),
    /// So many commands a second.
    Open(u32),
}

/// One command that was answered as it should be.
#[derive(Debug, Clone, Copy)]
pub struct Answered {
    /// Running number of the command; it stands in its text.
    pub n: u64,
    /// From the instant it was due (open loop) or sent (closed loop) to the whole answer.
    pub took: Duration,
}

/// What a run measured.
#[derive(Debug, Default)]
pub struct Measured {
    /// The good answers.
    pub answered: Vec<Answered>,
    /// Answers that were not good, with the first one's words.
    pub failed: (u64, Option<String>),
    /// How long the run lasted.
    pub lasted: Duration,
}

impl Measured {
    /// Good answers a second.
    pub fn per_second(&self) -> f64 {
        self.answered.len() as f64 / self.lasted.as_secs_f64()
    }

    /// The latency that `share` of the good answers stayed within.
    pub fn quantile(&self, share: f64) -> Duration {
        let mut took: Vec<Duration> = self.answered.iter().map(|one| one.took).collect();
        quantile(&mut took, share)
    }
}

/// The value that `share` of the values do not exceed (nearest rank); nothing for no values.
pub fn quantile(values: &mut [Duration], share: f64) -> Duration {
    values.sort_unstable();
    let rank = (share * values.len() as f64).ceil() as usize;
    values
        .get(rank.saturating_sub(1))
        .copied()
        .unwrap_or_default()
}

/// Milliseconds with two decimals, for a table.
pub fn ms(took: Duration) -> String {
    format!("{:.2}", took.as_secs_f64() * 1000.0)
}

/// A client that keeps its connections, as the platform does.
pub fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .timeout(Duration::from_secs(10))
        .tcp_nodelay(true)
        .pool_max_idle_per_host(256)
        .build()
        .expect("a client")
}

/// Runs a load for a time.
pub async fn run(client: &reqwest::Client, door: &Door, shape: Shape, lasts: Duration) -> Measured {
    let begun = Instant::now();
    let mut measured = match shape {
        Shape::Closed(clients) => closed(client, door, clients, begun + lasts).await,
        Shape::Open(rate) => open(client, door, rate, begun, lasts).await,
    };
    measured.lasted = begun.elapsed();
    measured
}

async fn closed(client: &reqwest::Client, door: &Door, clients: usize, until: Instant) -> Measured {
    let mut tasks = JoinSet::new();
    for lane in 0..clients {
        let (client, door) = (client.clone(), door.clone());
        tasks.spawn(async move {
            let mut measured = Measured::default();
            let mut n = lane as u64;
            while Instant::now() < until {
                let sent = Instant::now();
                let answer = command(&client, &door, n).await;
                note(&mut measured, n, sent, answer);
                n += clients as u64;
            }
            measured
        });
    }
    gather(tasks).await
}

async fn open(
    client: &reqwest::Client,
    door: &Door,
    rate: u32,
    begun: Instant,
    lasts: Duration,
) -> Measured {
    let mut tasks = JoinSet::new();
    let total = u64::from(rate) * lasts.as_secs();
    for n in 0..total {
        let due = begun + Duration::from_secs_f64(n as f64 / f64::from(rate));
        tokio::time::sleep_until(due.into()).await;
        let (client, door) = (client.clone(), door.clone());
        tasks.spawn(async move {
            let mut measured = Measured::default();
            let answer = command(&client, &door, n).await;
            note(&mut measured, n, due, answer);
            measured
        });
    }
    gather(tasks).await
}

async fn gather(mut tasks: JoinSet<Measured>) -> Measured {
    let mut all = Measured::default();
    while let Some(one) = tasks.join_next().await {
        let one = one.expect("a client of the load generator panicked");
        all.answered.extend(one.answered);
        all.failed.0 += one.failed.0;
        all.failed.1 = all.failed.1.or(one.failed.1);
    }
    all
}

fn note(measured: &mut Measured, n: u64, from: Instant, answer: Result<(), String>) {
    match answer {
        Ok(()) => measured.answered.push(Answered {
            n,
            took: from.elapsed(),
        }),
        Err(words) => {
            measured.failed.0 += 1;
            measured.failed.1.get_or_insert(words);
        }
    }
}

/// Types `/secevent` once. Good is only an answer that names a case number: that is what promise 1 speaks of.
async fn command(client: &reqwest::Client, door: &Door, n: u64) -> Result<(), String> {
    let (user, name) = &door.users[(n % door.users.len() as u64) as usize];
    let body = body(door, user, name, n);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let stamp = now.as_secs().to_string();
    let request = client
        .post(&door.url)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-slack-request-timestamp", &stamp)
        .header("x-slack-signature", sign(&door.secret, &stamp, &body))
        .body(body);
    let answer = request.send().await.map_err(|error| error.to_string())?;
    let status = answer.status();
    let text = answer.text().await.map_err(|error| error.to_string())?;
    if status.is_success() && text.contains("SE-2") {
        Ok(())
    } else {
        let start: String = text.chars().take(200).collect();
        Err(format!("{status}: {start}"))
    }
}

fn body(door: &Door, user: &str, name: &str, n: u64) -> String {
    // Unique over runs on one database, as the platform's own ids are.
    let run = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_nanos();
    let text = format!("load {n}: somebody asked me for my password on the phone");
    let trigger = format!("{run}.{n}");
    let fields = [
        ("token", "unused"),
        ("team_id", &door.team),
        ("team_domain", "load"),
        ("channel_id", &door.channel),
        ("channel_name", "general"),
        ("user_id", user),
        ("user_name", name),
        ("command", "/secevent"),
        ("text", &text),
        ("api_app_id", &door.app),
        ("is_enterprise_install", "false"),
        ("response_url", "https://hooks.slack.com/commands/unused"),
        ("trigger_id", &trigger),
    ];
    serde_urlencoded::to_string(fields).expect("a form of plain pairs")
}

/// Slack's signature, version 0.
fn sign(secret: &str, stamp: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length will do");
    mac.update(format!("v0:{stamp}:{body}").as_bytes());
    format!("v0={}", hex::encode(mac.finalize().into_bytes()))
}

/// Resident memory of a process in MB, now and at its highest; nothing where the system does not tell.
pub fn memory_mb(pid: u32) -> (Option<f64>, Option<f64>) {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let field = |name: &str| {
        status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .and_then(|rest| rest.split_whitespace().next())
            .and_then(|kilobytes| kilobytes.parse::<f64>().ok())
            .map(|kilobytes| kilobytes / 1024.0)
    };
    (field("VmRSS:"), field("VmHWM:"))
}
