//! The bot's process, from outside: started, told the time, asked to do what is due, killed.
//!
//! Invariants: a kill is SIGKILL, with no chance to clean up; whoever waits for an answer of a process that dies learns that it died; the
//! process does not outlive the demo. Neighbours: `bot` is what runs inside, `play` keeps it.

use super::bot::{Order, Reply};
use crate::{
    cli::Failure,
    domain::clock::{Timestamp, from_micros, micros},
    runtime::Runtime,
};
use std::{
    collections::BTreeMap,
    fs::OpenOptions,
    path::Path,
    process::Stdio,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::{Notify, mpsc, oneshot, watch},
};

/// How long a start may take on a busy machine.
const START: Duration = Duration::from_secs(60);
/// How long doing what is due may take.
const SETTLE: Duration = Duration::from_secs(30);
/// How long an end in good order may take.
const END: Duration = Duration::from_secs(12);

type Waiting = Arc<Mutex<BTreeMap<u64, oneshot::Sender<Reply>>>>;

/// A running bot.
#[derive(Debug)]
pub struct Process {
    pid: u32,
    orders: mpsc::UnboundedSender<Order>,
    waiting: Waiting,
    last: AtomicU64,
    kill: Arc<Notify>,
    ended: watch::Receiver<Option<String>>,
}

impl Process {
    /// Starts the bot with these settings; it is connected when this returns. What it logs is added to `log`.
    pub async fn start(
        runtime: &Runtime,
        settings: &Path,
        log: &Path,
        now: Timestamp,
    ) -> Result<Self, Failure> {
        let program = std::env::current_exe().map_err(Failure::stopped)?;
        let log_file = OpenOptions::new().create(true).append(true).open(log);
        let log_file = log_file.map_err(|error| {
            Failure::Stopped(format!("{} cannot be written: {error}", log.display()))
        })?;
        let mut command = Command::new(program);
        // Ctrl-C is for the demo, which then ends the bot in good order.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command
            .args(["demo", "--bot"])
            .arg(settings)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log_file)
            .kill_on_drop(true)
            .spawn()
            .map_err(Failure::stopped)?;
        let (Some(pid), Some(stdin), Some(stdout)) =
            (child.id(), child.stdin.take(), child.stdout.take())
        else {
            return Err(Failure::Stopped("the bot ended at once".to_owned()));
        };
        let (orders, given) = mpsc::unbounded_channel();
        let waiting = Waiting::default();
        let kill = Arc::new(Notify::new());
        let (tell, ended) = watch::channel(None);
        let process = Self {
            pid,
            orders,
            waiting: Arc::clone(&waiting),
            last: AtomicU64::new(0),
            kill: Arc::clone(&kill),
            ended,
        };
        let connected = process.wait_for(0);
        process.now(now);
        runtime
            .spawn("orders to the bot", write(stdin, given))
            .detach();
        runtime
            .spawn("answers of the bot", read(stdout, Arc::clone(&waiting)))
            .detach();
        runtime
            .spawn("life of the bot", live(child, kill, waiting, tell))
            .detach();
        match tokio::time::timeout(START, connected).await {
            Ok(Ok(_)) => Ok(process),
            Ok(Err(_)) => Err(Failure::Stopped(format!(
                "the bot does not start; {} says why",
                log.display()
            ))),
            Err(_) => Err(Failure::Stopped(format!(
                "the bot did not start within a minute; is this machine very busy? {} says how far it came",
                log.display()
            ))),
        }
    }

    /// The operating system's number of it.
    pub const fn pid(&self) -> u32 {
        self.pid
    }

    /// Tells it the time.
    pub fn now(&self, now: Timestamp) {
        let order = Order {
            now: micros(now),
            settle: None,
        };
        let _ = self.orders.send(order);
    }

    /// Tells it the time, lets it do what is due and waits for that; when its outbox goes next. `None` if it died or is stuck.
    pub async fn settle(&self, now: Timestamp) -> Option<Option<Timestamp>> {
        let number = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let done = self.wait_for(number);
        let order = Order {
            now: micros(now),
            settle: Some(number),
        };
        self.orders.send(order).ok()?;
        let reply = tokio::time::timeout(SETTLE, done).await.ok()?.ok()?;
        Some(reply.due.and_then(from_micros))
    }

    fn wait_for(&self, number: u64) -> oneshot::Receiver<Reply> {
        let (answer, done) = oneshot::channel();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.insert(number, answer);
        done
    }

    /// Kills it, and waits until it is dead.
    pub async fn kill(&self) {
        self.kill.notify_one();
        let _ = self.ended().await;
    }

    /// Waits until it has ended; how.
    pub fn ended(&self) -> impl Future<Output = String> + use<> {
        let mut ended = self.ended.clone();
        async move {
            let how = ended.wait_for(Option::is_some).await;
            how.ok()
                .and_then(|how| how.clone())
                .unwrap_or_else(|| "it ended".to_owned())
        }
    }

    /// Asks it to end in good order, and kills it if it does not.
    pub async fn close(self) {
        let Self {
            orders,
            kill,
            mut ended,
            ..
        } = self;
        // The end of the pipe is the sign.
        drop(orders);
        let over = ended.wait_for(Option::is_some);
        if tokio::time::timeout(END, over).await.is_err() {
            kill.notify_one();
            let _ = ended.wait_for(Option::is_some).await;
        }
    }
}

async fn write(mut stdin: ChildStdin, mut given: mpsc::UnboundedReceiver<Order>) {
    while let Some(order) = given.recv().await {
        let mut line = serde_json::to_string(&order).unwrap_or_default();
        line.push('\n');
        if stdin.write_all(line.as_bytes()).await.is_err() || stdin.flush().await.is_err() {
            return;
        }
    }
}

async fn read(stdout: ChildStdout, waiting: Waiting) {
    let mut lines = BufReader::new(stdout).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let Ok(reply) = serde_json::from_str::<Reply>(&line) else {
            continue;
        };
        let waiter = waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&reply.settled);
        if let Some(waiter) = waiter {
            let _ = waiter.send(reply);
        }
    }
}

async fn live(
    mut child: Child,
    kill: Arc<Notify>,
    waiting: Waiting,
    tell: watch::Sender<Option<String>>,
) {
    let killed = tokio::select! {
        _ = child.wait() => false,
        () = kill.notified() => true,
    };
    if killed {
        let _ = child.start_kill();
    }
    let how = match child.wait().await {
        Ok(status) if killed => format!("killed ({status})"),
        Ok(status) => format!("ended by itself ({status})"),
        Err(error) => format!("ended: {error}"),
    };
    waiting
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clear();
    let _ = tell.send(Some(how));
}
