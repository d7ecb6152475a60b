//! The parts of a demo that is played in a browser: stand-ins, bot, time and record, and what there is to know about them.
//!
//! Invariants: one time for all parts; the record is opened a second time for reading alone, so that it can be read while the bot is dead; a
//! change of what there is to know wakes whoever looks. Neighbours: `time`, `breakage` and `look` work on it, `routes` serves it.

use super::{cast, process::Process, time};
use crate::{
    app,
    cli::{
        Failure,
        demo::stands::{self, Host, Stands},
    },
    config::{Variables, parse_config},
    domain::clock::{Clock, ManualClock, Timestamp},
    emulator::{clock::EmulatorClock, door::Door},
    runtime::{self, Runtime},
    store::Store,
};
use chrono::TimeDelta;
use serde::Serialize;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::{RwLock, watch};
use tokio_util::sync::CancellationToken;

/// How often the stand-ins are written down.
const KEEP_EVERY: Duration = Duration::from_secs(2);
/// How many lines of what was done stay on the page.
const STORY: usize = 12;

/// The bot's process.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum BotState {
    /// It is being started.
    #[default]
    Starting,
    /// It runs.
    Running {
        /// The operating system's number of it.
        pid: u32,
    },
    /// It is dead.
    Dead {
        /// How it ended.
        how: String,
    },
}

/// Something that was broken, or mended.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// When.
    pub at: Timestamp,
    /// What was done, and what came of it.
    pub text: String,
}

/// What there is to know beside the conversation.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Status {
    /// Grows with every change.
    pub change: u64,
    /// The bot.
    pub bot: BotState,
    /// Minutes still to be hurried through.
    pub minutes_left: i64,
    /// What was broken and mended, newest first.
    pub story: Vec<Line>,
}

/// A running demo.
#[derive(Debug)]
pub struct Play {
    /// Where its tasks run.
    pub runtime: Runtime,
    /// The time.
    pub clock: ManualClock,
    /// The record, for reading.
    pub store: Store,
    /// Held by everybody who acts; whoever hurries time holds it alone.
    pub acts: RwLock<()>,
    /// What there is to know.
    pub status: watch::Sender<Status>,
    stands: Mutex<Option<Stands>>,
    emulator_clock: EmulatorClock,
    doors: BTreeMap<Host, Door>,
    process: RwLock<Option<Arc<Process>>>,
    settings: PathBuf,
    log: PathBuf,
    folder: PathBuf,
}

impl Play {
    /// Starts everything in `folder`, at `start`; the bot is connected when this returns.
    pub async fn open(
        wanted: stands::Wanted,
        folder: &Path,
        ledger: Option<&Path>,
        start: Timestamp,
    ) -> Result<Arc<Self>, Failure> {
        let runtime = Runtime::default();
        let (seeds, newest) = cast::seeds(start, folder)?;
        // Time that was hurried through in an earlier demo has passed.
        let newest = newest.map(|newest| newest + TimeDelta::seconds(1));
        let start = newest.map_or(start, |newest| newest.max(start));
        let clock = ManualClock::at(start);
        let emulator_clock = EmulatorClock::manual(start);
        let stands = Box::pin(Stands::start(wanted, emulator_clock.clone(), seeds, ledger)).await?;
        let mut doors = BTreeMap::new();
        for host in stands.hosts() {
            doors.insert(*host, stands.door(*host)?);
        }
        let settings = stands.settings(folder)?;
        let file = folder.join("demo.toml");
        std::fs::write(&file, &settings).map_err(|error| {
            Failure::Stopped(format!("{} cannot be written: {error}", file.display()))
        })?;
        let config = parse_config(
            "the demo's settings",
            &settings,
            folder,
            &Variables::default(),
        )
        .map_err(Failure::stopped)?;
        Box::pin(stands::register(&config)).await?;
        let log = folder.join("bot.log");
        let process = Process::start(&runtime, &file, &log, start).await?;
        let opening = runtime.shield("record", async move { app::connect(&config).await });
        let store = opening
            .await
            .map_err(Failure::stopped)?
            .map_err(Failure::stopped)?;
        let status = Status {
            bot: BotState::Running { pid: process.pid() },
            ..Status::default()
        };
        let play = Arc::new(Self {
            runtime,
            clock,
            store,
            acts: RwLock::default(),
            status: watch::Sender::new(status),
            stands: Mutex::new(Some(stands)),
            emulator_clock,
            doors,
            process: RwLock::new(Some(Arc::new(process))),
            settings: file,
            log,
            folder: folder.to_owned(),
        });
        if let Some(process) = play.process().await {
            play.watch(&process);
        }
        let going = Arc::clone(&play);
        play.runtime.worker("time", |stop| time::go_on(going, stop));
        let keeping = Arc::clone(&play);
        play.runtime.worker("workspace", |stop| keep(keeping, stop));
        Ok(play)
    }

    /// The way in to a platform, if it is here.
    pub fn door(&self, host: Host) -> Option<&Door> {
        self.doors.get(&host)
    }

    /// The way in to each platform that is here.
    pub fn doors(&self) -> impl Iterator<Item = (Host, &Door)> {
        self.doors.iter().map(|(host, door)| (*host, door))
    }

    /// The bot, if it lives.
    pub async fn process(&self) -> Option<Arc<Process>> {
        self.process.read().await.clone()
    }

    /// Lets time pass everywhere.
    pub fn pass(&self, time: TimeDelta) {
        self.clock.advance(time);
        let now = self.clock.now();
        self.emulator_clock.advance_to(now);
        // Whoever starts or kills the bot tells it the time too.
        if let Ok(process) = self.process.try_read()
            && let Some(process) = process.as_ref()
        {
            process.now(now);
        }
    }

    /// Changes what there is to know, and wakes whoever looks.
    pub fn change(&self, change: impl FnOnce(&mut Status)) {
        self.status.send_modify(|status| {
            change(status);
            status.change += 1;
        });
    }

    /// Adds a line to the story.
    pub fn tell(&self, text: impl Into<String>) {
        let line = Line {
            at: self.clock.now(),
            text: text.into(),
        };
        self.change(|status| {
            status.story.insert(0, line);
            status.story.truncate(STORY);
        });
    }

    /// Kills the bot; whether there was one.
    pub async fn kill(&self) -> Option<u32> {
        let process = self.process.write().await.take()?;
        let pid = process.pid();
        process.kill().await;
        let how = process.ended().await;
        self.change(|status| status.bot = BotState::Dead { how });
        Some(pid)
    }

    /// Notices when the bot ends without being killed.
    fn watch(self: &Arc<Self>, process: &Process) {
        let (play, pid, ended) = (Arc::clone(self), process.pid(), process.ended());
        let watching = self.runtime.spawn("end of the bot", async move {
            let stop = play.runtime.stopping();
            let how = tokio::select! {
                () = stop.cancelled() => return,
                how = ended => how,
            };
            let mut process = play.process.write().await;
            if process.as_ref().is_some_and(|one| one.pid() == pid) {
                *process = None;
                play.change(|status| status.bot = BotState::Dead { how });
            }
        });
        watching.detach();
    }

    /// Starts the bot anew on the record as it is; whether there was none.
    pub async fn start(self: &Arc<Self>) -> Result<Option<u32>, Failure> {
        let mut process = self.process.write().await;
        if process.is_some() {
            return Ok(None);
        }
        self.change(|status| status.bot = BotState::Starting);
        let started =
            Process::start(&self.runtime, &self.settings, &self.log, self.clock.now()).await;
        match started {
            Ok(started) => {
                let pid = started.pid();
                started.now(self.clock.now());
                self.watch(&started);
                *process = Some(Arc::new(started));
                self.change(|status| status.bot = BotState::Running { pid });
                Ok(Some(pid))
            }
            Err(failure) => {
                let how = failure.to_string();
                self.change(|status| status.bot = BotState::Dead { how });
                Err(failure)
            }
        }
    }

    /// Writes each platform's side down, if it is not what was written last.
    fn keep(&self, last: &mut BTreeMap<Host, String>) {
        let stands = self.stands.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(stands) = stands.as_ref() else {
            return;
        };
        for host in stands.hosts() {
            let Some(Ok(kept)) = stands.kept(*host) else {
                continue;
            };
            if last.get(host) == Some(&kept) {
                continue;
            }
            let path = self.folder.join(cast::file(*host));
            // Whole or not at all.
            let half = path.with_extension("new");
            match std::fs::write(&half, &kept).and_then(|()| std::fs::rename(&half, &path)) {
                Ok(()) => drop(last.insert(*host, kept)),
                Err(error) => tracing::warn!(%error, "what was said could not be kept"),
            }
        }
    }

    /// Stops page, bot and stand-ins.
    pub async fn close(&self) {
        let process = self.process.write().await.take();
        if let Some(process) = process {
            match Arc::try_unwrap(process) {
                Ok(process) => process.close().await,
                Err(shared) => shared.kill().await,
            }
        }
        let stop = self.runtime.stop(runtime::STOP_LIMIT).await;
        tracing::debug!(?stop, "the page stopped");
        self.store.close().await;
        self.keep(&mut BTreeMap::new());
        let stands = self
            .stands
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(stands) = stands {
            Box::pin(stands.stop()).await;
        }
    }
}

/// Keeps what was said until `stop`. A worker.
async fn keep(play: Arc<Play>, stop: CancellationToken) {
    let mut beat = tokio::time::interval(KEEP_EVERY);
    let mut last = BTreeMap::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = beat.tick() => play.keep(&mut last),
        }
    }
}
