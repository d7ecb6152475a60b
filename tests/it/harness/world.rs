//! A world: the real app on a real database, an emulated workspace, one time for both, and everybody in it.
//!
//! Invariants: nothing sleeps; time moves only by [`World::settle`] (a second at a time, while something waits for its turn) and
//! [`World::advance`]; a world that ends must be finished, and is then looked at for leftovers.
//!
//! Neighbours: [`super::setup`] says how it begins, [`super::person`] acts in it, [`super::leftovers`] looks at its end.

use super::leftovers;
use super::person::Person;
use super::postgres::Cluster;
use super::setup::{Setup, Transport};
use super::stand::{Host, Stand};
use chrono::{DateTime, TimeDelta, Utc};
use secevent::{
    app::{self, App, Pace, Parts},
    config::{self, Config, Variables},
    domain::clock::{Clock, ManualClock, SystemEntropy},
    emulator::{
        clock::EmulatorClock,
        discord,
        door::{Door, MessageRef},
        slack::{self, seed::BOT_TOKEN},
    },
    runtime::{Faults, Runtime},
    store::{Entry, Store, StoreOptions},
    telemetry::Capture,
};
use serde_json::json;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The channel where cases arrive.
pub const QUEUE: &str = "security-queue";
/// The bot's handle.
pub const BOT: &str = "secevent";
/// A row that waits no longer than this is sent while a world settles.
const A_MOMENT: TimeDelta = TimeDelta::seconds(5);
/// How long background work of the app may take in real time before a story goes on without it.
const PATIENCE: Duration = Duration::from_secs(10);
/// Tasks that only listen, as workers do.
const LISTENERS: [&str; 2] = ["slack connection", "slack connection watch"];

/// A database of one story, with a folder for files beside it.
#[derive(Debug)]
pub struct Database {
    pub url: String,
    postgres: Option<String>,
    files: TempDir,
}

impl Database {
    /// A file.
    pub fn sqlite() -> Self {
        let files = tempfile::tempdir().unwrap();
        Self {
            url: format!("sqlite:{}", files.path().join("secevent.db").display()),
            postgres: None,
            files,
        }
    }

    /// A database of the shared cluster.
    pub async fn postgres() -> Self {
        let migrate = |url| async move {
            let store = Store::connect(&StoreOptions::new(url)).await.unwrap();
            store.migrate().await.unwrap();
            store.close().await;
        };
        let name = Cluster::shared().fresh_database(migrate).await;
        Self {
            url: Cluster::shared().url(&name),
            postgres: Some(name),
            files: tempfile::tempdir().unwrap(),
        }
    }
}

/// What a story expects that would else be a leftover.
#[derive(Debug, Default)]
pub struct Expected {
    pub alarms: BTreeSet<String>,
    pub errors: Vec<String>,
    pub refusals: BTreeSet<String>,
}

/// Time that passes a little whenever somebody looks at it, so that what happens later is later.
#[derive(Debug)]
pub(super) struct Passing(pub(super) ManualClock);

impl Clock for Passing {
    fn now(&self) -> DateTime<Utc> {
        self.0.advance(TimeDelta::microseconds(1));
        self.0.now()
    }
}

/// A world.
pub struct World {
    pub app: App,
    pub config: Config,
    pub emulator: Stand,
    /// The other platform, where a story needs both.
    pub beside: Option<Stand>,
    pub clock: ManualClock,
    pub capture: Capture,
    pub database: Database,
    pub expected: Mutex<Expected>,
    read: Mutex<BTreeSet<MessageRef>>,
    ending: Ending,
}

impl World {
    /// Starts everything; the bot is connected when this returns. It is Monday, nine in the morning, UTC.
    pub fn start(database: Database, setup: Setup) -> Pin<Box<dyn Future<Output = Self> + Send>> {
        // What it begins with is large, and no story should carry it.
        Box::pin(Self::begin(database, setup))
    }

    async fn begin(database: Database, setup: Setup) -> Self {
        let now: DateTime<Utc> = "2026-03-02T09:00:00Z".parse().unwrap();
        let (mut seed, mut guild) = (setup.seed, setup.guild);
        seed.ack_limit = 3 * PATIENCE;
        guild.ack_limit = 3 * PATIENCE;
        let manual = || EmulatorClock::manual(now);
        let (emulator, beside) = if setup.beside {
            let slack = Stand::start(Host::Slack, seed, discord::Seed::example_corp(), manual());
            let other = Stand::start(Host::Discord, slack::Seed::example_corp(), guild, manual());
            (slack.await, Some(other.await))
        } else {
            (Stand::start(setup.host, seed, guild, manual()).await, None)
        };
        let directory = database.files.path().join("directory.toml");
        std::fs::write(directory, &setup.directory).unwrap();
        let stands = std::iter::once(&emulator).chain(&beside);
        let mut settings = settings(&database, stands, setup.transport, &setup.settings);
        if setup.home_by_oauth {
            let configured = format!("bot_token = {BOT_TOKEN:?}\n");
            settings = settings.replacen(&configured, "", 1);
        }
        if !setup.message_content {
            settings = settings.replacen("message_content = true\n", "", 1);
        }
        if let Some(policy) = &setup.policy {
            std::fs::write(database.files.path().join("policy.toml"), policy).unwrap();
            settings.insert_str(0, "policy_file = \"policy.toml\"\n");
        }
        let folder = database.files.path();
        let mut config =
            config::parse_config("settings", &settings, folder, &Variables::default()).unwrap();
        // A busy machine is no story: both sides wait longer for each other than they would in the world outside.
        config.intake.confirm_within = PATIENCE;
        if setup.host == Host::Discord || setup.beside {
            app::register_discord(&config).await.unwrap();
        }
        let capture = Capture::try_new().unwrap();
        let clock = ManualClock::at(now);
        let parts = Parts {
            clock: Arc::new(Passing(clock.clone())),
            entropy: Arc::new(SystemEntropy),
            runtime: Runtime::new(Faults::default(), capture.scope()),
            metrics: capture.metrics().clone(),
        };
        let app = App::start(config.clone(), parts, Pace::Stepped)
            .await
            .unwrap();
        assert!(app.connected(PATIENCE).await, "the bot is not connected");
        let world = Self {
            app,
            config,
            emulator,
            beside,
            clock,
            ending: Ending::of(&capture),
            capture,
            database,
            expected: Mutex::default(),
            read: Mutex::default(),
        };
        if setup.transport == Transport::Http {
            let address = world.app.platform_address().unwrap();
            if setup.host == Host::Discord {
                let url = format!("http://{address}/discord/interactions");
                world.control("http_mode", json!({ "url": url })).await;
                return world;
            }
            let doors = ["events", "interactivity", "commands"];
            let urls = doors.map(|door| format!("http://{address}/slack/{door}"));
            world.control("http_mode", json!({ "urls": urls })).await;
        }
        world
    }

    /// The platform that people use here.
    pub const fn host(&self) -> Host {
        self.emulator.host()
    }

    /// Somebody, by handle.
    pub fn person(&self, handle: &str) -> Person<'_> {
        self.person_on(self.host(), handle)
    }

    /// Somebody on one of several platforms, by handle.
    pub fn person_on(&self, host: Host, handle: &str) -> Person<'_> {
        Person::new(self, self.stand(host), handle)
    }

    fn stand(&self, host: Host) -> &Stand {
        let found = self.stands().find(|one| one.host() == host);
        found.unwrap_or_else(|| panic!("{host:?} is not there"))
    }

    /// Every platform that is there.
    pub fn stands(&self) -> impl Iterator<Item = &Stand> {
        std::iter::once(&self.emulator).chain(&self.beside)
    }

    /// The door of the workspace.
    pub fn door(&self) -> Door {
        self.emulator.door()
    }

    /// The door of one of several platforms.
    pub fn door_of(&self, host: Host) -> Door {
        self.stand(host).door()
    }

    /// Turns the world, as its administrator or as fate.
    pub async fn control(&self, what: &str, given: serde_json::Value) -> serde_json::Value {
        self.door().control(what, given).await.unwrap()
    }

    /// The present instant.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Sends all that is due now and fetches files, until nothing is due.
    pub async fn step(&self) {
        self.app.step().await;
        self.quiet().await;
    }

    /// Lets a moment pass: sends what is due now and what only waits for its turn in a lane.
    pub async fn settle(&self) {
        for _ in 0..500 {
            self.step().await;
            let due = self.app.store().next_outbox_due().await.unwrap();
            let Some(wait) = due.map(|due| due - self.now()) else {
                return;
            };
            if wait > A_MOMENT {
                return;
            }
            self.pass(wait.max(TimeDelta::milliseconds(100))).await;
        }
        panic!("the outbox does not come to rest");
    }

    /// Lets time pass while nobody looks.
    pub async fn pass(&self, time: TimeDelta) {
        self.clock.advance(time);
        for stand in self.stands() {
            stand.door().advance(time.to_std().unwrap()).await.unwrap();
        }
    }

    /// Lets minutes pass: what falls due meanwhile happens, and is told.
    pub async fn advance(&self, minutes: i64) {
        self.advance_untold(minutes).await;
        self.settle().await;
    }

    /// Lets minutes pass: what falls due meanwhile happens, and waits to be told.
    pub async fn advance_untold(&self, minutes: i64) {
        self.settle().await;
        self.pass(TimeDelta::minutes(minutes)).await;
        self.app.tick().await.unwrap();
    }

    /// Numbers of the lines that the platform has to the bot now.
    pub async fn lines(&self) -> BTreeSet<u64> {
        let told = self.control("sockets", json!({})).await;
        let open = told["open"].as_array().expect("a list of lines");
        open.iter().filter_map(|line| line["id"].as_u64()).collect()
    }

    /// Waits until the platform has another line to the bot than these, and the bot knows that it is connected.
    pub async fn until_other_lines(&self, than: &BTreeSet<u64>) {
        let begun = Instant::now();
        loop {
            let lines = self.lines().await;
            if !lines.is_subset(than) && self.app.connected(PATIENCE).await {
                return;
            }
            assert!(
                begun.elapsed() < 3 * PATIENCE,
                "the line did not come back: {lines:?}"
            );
        }
    }

    /// Watches until this alarm is open.
    pub async fn until_alarm(&self, kind: &str) {
        let begun = Instant::now();
        while !self.alarms().await.iter().any(|one| one == kind) {
            assert!(begun.elapsed() < 3 * PATIENCE, "no alarm {kind}");
            self.app.watch().await.unwrap();
        }
    }

    /// Waits until the app does nothing but listen: answers that follow an acknowledgement have arrived.
    pub async fn quiet(&self) {
        let begun = Instant::now();
        while !self.is_quiet() && begun.elapsed() < PATIENCE {
            tokio::task::yield_now().await;
        }
    }

    fn is_quiet(&self) -> bool {
        self.busy().is_empty()
    }

    /// The tasks of the app that are no workers.
    pub fn busy(&self) -> Vec<&'static str> {
        let runtime = self.app.runtime();
        let workers: BTreeSet<&str> = runtime.workers().iter().map(|one| one.name).collect();
        let running = runtime.running().into_iter().map(|(name, _)| name);
        running
            .filter(|name| !workers.contains(name) && !LISTENERS.contains(name))
            .collect()
    }

    /// The story expects this kind of alarm to be open at its end.
    pub fn expect_alarm(&self, kind: &str) {
        self.expected.lock().unwrap().alarms.insert(kind.to_owned());
    }

    /// The story expects an error line with these words.
    pub fn expect_error(&self, words: &str) {
        self.expected.lock().unwrap().errors.push(words.to_owned());
    }

    /// The story expects that the platform refuses a call with this code.
    pub fn expect_refusal(&self, code: &str) {
        self.expected
            .lock()
            .unwrap()
            .refusals
            .insert(code.to_owned());
    }

    pub(super) fn mark_read(&self, message: MessageRef) {
        self.read.lock().unwrap().insert(message);
    }

    pub(super) fn is_read(&self, message: &MessageRef) -> bool {
        self.read.lock().unwrap().contains(message)
    }

    /// Kinds of the alarms that are open.
    pub async fn alarms(&self) -> Vec<String> {
        let alarms = self.app.store().open_alarms().await.unwrap();
        alarms.iter().map(|alarm| alarm.kind.to_string()).collect()
    }

    /// How many cases there are.
    pub async fn case_count(&self) -> usize {
        let cases = self.app.store().open_cases(1000).await.unwrap();
        cases.len()
    }

    /// Kinds of the entries in the timeline of a case, in order.
    pub async fn record(&self, number: &str) -> Vec<String> {
        let entries = self.timeline(number).await;
        entries.into_iter().map(|entry| entry.kind).collect()
    }

    /// The entries of a case's record with this kind, as JSON.
    pub async fn entries(&self, number: &str, kind: &str) -> Vec<serde_json::Value> {
        let mut entries = self.timeline(number).await;
        entries.retain(|entry| entry.kind == kind);
        entries.iter().map(|entry| json!(entry.body)).collect()
    }

    /// The entries of the organisation's own record with this kind, as JSON.
    pub async fn org_entries(&self, kind: &str) -> Vec<serde_json::Value> {
        let stream = secevent::domain::timeline::Stream::Org;
        let mut entries = self.app.store().timeline(stream, 1, 1000).await.unwrap();
        entries.retain(|entry| entry.kind == kind);
        entries.iter().map(|entry| json!(entry.body)).collect()
    }

    /// The timeline of a case.
    pub async fn timeline(&self, number: &str) -> Vec<Entry> {
        let store = self.app.store();
        let case = store
            .case_by_number(number.parse().unwrap())
            .await
            .unwrap()
            .unwrap_or_else(|| panic!("there is no case {number}"));
        let stream = secevent::domain::timeline::Stream::Case(case.id);
        store.timeline(stream, 1, 1000).await.unwrap()
    }

    /// Everything that is left over now, as sentences.
    pub async fn leftovers(&self) -> Vec<String> {
        leftovers::all(self).await
    }

    /// Ends the world: a moment passes, then nothing may be left over.
    pub async fn finish(self) {
        self.settle().await;
        let mut left = self.leftovers().await;
        left.extend(Box::pin(self.end()).await);
        assert!(left.is_empty(), "left over:\n- {}", left.join("\n- "));
    }

    /// Ends a world whose leftovers were the story.
    pub async fn abandon(self) {
        Box::pin(self.end()).await;
    }

    async fn end(mut self) -> Option<String> {
        self.ending.is_due = false;
        let report = self.app.stop().await;
        self.emulator.stop().await;
        if let Some(beside) = self.beside {
            beside.stop().await;
        }
        if let Some(name) = &self.database.postgres {
            Cluster::shared().drop_database(name);
        }
        (!report.unfinished.is_empty())
            .then(|| format!("tasks that did not stop: {:?}", report.unfinished))
    }
}

/// Sees to it that a world is finished, and shows the log of a story that failed.
struct Ending {
    capture: Capture,
    is_due: bool,
}

impl Ending {
    fn of(capture: &Capture) -> Self {
        Self {
            capture: capture.clone(),
            is_due: true,
        }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if !self.is_due {
            return;
        }
        assert!(std::thread::panicking(), "a story must end with `finish`");
        for line in self
            .capture
            .lines()
            .iter()
            .filter(|line| !line.contains("\"INFO\""))
        {
            eprintln!("{line}");
        }
    }
}

fn settings<'s>(
    database: &Database,
    stands: impl Iterator<Item = &'s Stand>,
    transport: Transport,
    more: &[(&str, &str)],
) -> String {
    let mut toml = format!(
        "environment = \"test\"\ndirectory_file = \"directory.toml\"\nlisten = \"127.0.0.1:0\"\noperator_listen = \"127.0.0.1:0\"\n\
         [database]\nurl = {:?}\n",
        database.url
    );
    let mut sections: Vec<(String, String)> =
        stands.map(|stand| stand.section(transport)).collect();
    for (section, lines) in more {
        if section.is_empty() {
            toml.insert_str(0, lines);
            continue;
        }
        match sections.iter_mut().find(|(name, _)| name == section) {
            Some((_, text)) => text.push_str(lines),
            None => sections.push(((*section).to_owned(), (*lines).to_owned())),
        }
    }
    for (section, lines) in sections {
        writeln!(toml, "[{section}]\n{lines}").unwrap();
    }
    toml
}
