//! The app: puts the parts together, opens the doors, and stops in good order.
//!
//! Invariants: nothing is served before schema, policy and directory are in place; everything that runs is a task of one [`Runtime`];
//! two apps of one process share nothing. With [`Pace::Stepped`] nothing happens by itself but what comes in: the tests and the demo
//! step the machine. Neighbours: `cli` and the tests start it; `app/readiness` and `app/slack_door` are its parts.

mod discord_asked;
mod discord_door;
mod doors;
mod installed;
mod myself;
mod quiet;
mod readiness;
mod slack_door;
mod watch;
mod workers;

use crate::{
    chat::{conversation::Conversation, handler::Handler, platform::Platform},
    config::{Config, LoadError, load_directory, load_policy},
    delivery::{Dispatcher, Files, Pass, Watch},
    domain::{
        clock::{Clock, Entropy, SystemClock, SystemEntropy},
        ids::PolicyVersionId,
        in_force::PolicyHandle,
    },
    http::{Check, Operator},
    runtime::{self, Runtime, StopReport},
    store::{Store, StoreError, StoreOptions},
    telemetry::Metrics,
    workflow::{Fault, TickReport, Workflow},
};
pub use discord_asked::{examine_discord, register_discord};
use discord_door::DiscordDoor;
pub use installed::{examine_slack, offline_workflow};
use myself::Myself;
use quiet::Quiet;
use secrecy::ExposeSecret;
use slack_door::{SlackDoor, bind};
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

/// A row that has been due for so long means that the outbox does not drain.
const STUCK_AFTER: Duration = Duration::from_secs(180);
/// How long a start waits for the database to be there.
const DATABASE_STARTS: Duration = Duration::from_secs(20);
/// The wait between two tries to reach it.
const BETWEEN_TRIES: Duration = Duration::from_secs(1);

/// What an app is given.
#[derive(Debug, Clone)]
pub struct Parts {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Where its tasks run.
    pub runtime: Runtime,
    /// Its figures.
    pub metrics: Metrics,
}

impl Parts {
    /// The operating system's clock and randomness.
    #[must_use]
    pub fn of_system(runtime: Runtime, metrics: Metrics) -> Self {
        Self {
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            runtime,
            metrics,
        }
    }
}

/// What runs by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Everything.
    Running,
    /// The doors only; delivery and time are stepped.
    Stepped,
}

/// Why an app does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A file is wrong.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The database.
    #[error("the database: {0}")]
    Store(#[from] StoreError),
    /// Policy or directory could not be stored.
    #[error("policy or directory could not be adopted: {0}")]
    Adopt(#[from] Fault),
    /// A listener.
    #[error(
        "cannot listen on {address}: {error}; is another process there, or does the address belong to another machine?"
    )]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        error: std::io::Error,
    },
    /// The adapter.
    #[error("Slack: {0}")]
    Slack(String),
    /// The adapter.
    #[error("Discord: {0}")]
    Discord(String),
    /// A task of the start died.
    #[error("a fault of ours while starting: {0}")]
    Bug(String),
}

/// A running app.
#[derive(Debug)]
pub struct App {
    runtime: Runtime,
    store: Store,
    workflow: Workflow,
    dispatcher: Dispatcher,
    files: Files,
    watch: Watch,
    myself: Myself,
    quiet: Option<Quiet>,
    slack: Option<SlackDoor>,
    discord: Option<DiscordDoor>,
    parts: Parts,
    platform: Option<SocketAddr>,
    operator: Option<SocketAddr>,
    stop_limit: Duration,
}

/// Connects to the database of the settings; does not migrate.
///
/// # Errors
/// If it cannot be reached.
pub async fn connect(config: &Config) -> Result<Store, StoreError> {
    let mut options = StoreOptions::new(config.database.url.expose_secret());
    options.connections = config.database.connections;
    Store::connect(&options).await
}

/// Connects for serving: a database server that starts at the same moment as this process is waited for, until somebody asks to stop. A file
/// that cannot be opened now will not be there a moment later.
async fn connect_patiently(config: &Config, runtime: &Runtime) -> Result<Store, StoreError> {
    let begun = Instant::now();
    let is_server = !config.database.url.expose_secret().starts_with("sqlite:");
    let stop = runtime.stopping();
    loop {
        match connect(config).await {
            Err(StoreError::Unavailable(why))
                if is_server && !stop.is_cancelled() && begun.elapsed() < DATABASE_STARTS =>
            {
                tracing::warn!(why, "the database cannot be reached yet; it is tried again");
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(BETWEEN_TRIES) => {}
                }
            }
            done => return done,
        }
    }
}

impl App {
    /// Migrates, adopts policy and directory, opens the doors. With Socket Mode it does not wait for the connection.
    ///
    /// # Errors
    /// [`StartError`], in words that say what to do.
    pub async fn start(config: Config, parts: Parts, pace: Pace) -> Result<Self, StartError> {
        let runtime = parts.runtime.clone();
        let starting = runtime.spawn("start", Box::pin(Self::assemble(config, parts, pace)));
        starting
            .await
            .map_err(|failed| StartError::Bug(failed.to_string()))?
    }

    async fn assemble(config: Config, parts: Parts, pace: Pace) -> Result<Self, StartError> {
        let policy = load_policy(config.policy_file.as_deref())?;
        let people = match &config.directory_file {
            Some(file) => load_directory(file, &policy.policy)?.directory.people(),
            None => Vec::new(),
        };
        let store = connect_patiently(&config, &parts.runtime).await?;
        if !store.pending_migrations().await?.is_empty() {
            store.migrate().await?;
        }
        // Replaced by `adopt_policy` before anything can come in.
        let in_force = PolicyHandle::new(
            Arc::new(policy.policy.clone()),
            PolicyVersionId(uuid::Uuid::nil()),
        );
        let (clock, entropy) = (Arc::clone(&parts.clock), Arc::clone(&parts.entropy));
        let workflow = Workflow::with_vault(
            store.clone(),
            Arc::clone(&clock),
            Arc::clone(&entropy),
            in_force.clone(),
            installed::vault(&config)?,
        );
        workflow.adopt_policy(policy.policy).await?;
        workflow.seed_directory(people).await?;
        let voucher = discord_asked::voucher(&config);
        workflow.settle_vouches(voucher).await?;

        let conversation = Conversation::new(workflow.clone(), workers::chat_settings(&config));
        let not_confirmed = conversation.not_confirmed();
        let conversation: Arc<dyn Handler> = Arc::new(conversation);
        let slack = match &config.slack {
            Some(_) => {
                let of = installed::installations(&workflow).await?;
                let handler = Arc::clone(&conversation);
                Some(SlackDoor::new(&config, &parts, handler, of)?)
            }
            None => None,
        };
        let discord = DiscordDoor::new(&config, &parts, conversation, &workflow)?;
        let platforms: Vec<Arc<dyn Platform>> = slack
            .iter()
            .map(SlackDoor::platform)
            .chain(discord.iter().map(DiscordDoor::platform))
            .collect();
        let delivery = workers::delivery_settings(&config, &parts);
        let dispatcher = Dispatcher::new(
            store.clone(),
            platforms.clone(),
            Arc::clone(&clock),
            Arc::clone(&entropy),
            in_force.clone(),
            delivery,
        );
        let files = Files::new(
            store.clone(),
            platforms,
            Arc::clone(&clock),
            Arc::clone(&entropy),
            in_force,
        );
        let watch = Watch::new(
            store.clone(),
            Arc::clone(&clock),
            Arc::clone(&entropy),
            STUCK_AFTER,
        );
        let myself = Myself::new(
            parts.runtime.clone(),
            store.clone(),
            Arc::clone(&clock),
            Arc::clone(&entropy),
            not_confirmed,
        );
        let quiet = slack.as_ref().map(|door| {
            let runtime = parts.runtime.clone();
            Quiet::new(door.ear(), runtime, store.clone(), clock, entropy)
        });
        let mut app = Self {
            runtime: parts.runtime.clone(),
            store,
            workflow,
            dispatcher,
            files,
            watch,
            myself,
            quiet,
            slack,
            discord,
            parts,
            platform: None,
            operator: None,
            stop_limit: runtime::stop_limit(config.stop_within),
        };
        app.run(&config, pace).await?;
        Ok(app)
    }

    async fn run(&mut self, config: &Config, pace: Pace) -> Result<(), StartError> {
        if pace == Pace::Running {
            workers::run(self, config);
        }
        self.open(config).await?;
        if pace == Pace::Running {
            let listener = bind(config.operator_listen).await?;
            self.operator = listener.local_addr().ok();
            let checks: Vec<Check> =
                readiness::checks(&self.store, &self.watch, self.connections());
            Operator::new(
                &self.runtime,
                self.parts.metrics.clone(),
                checks,
                config.is_test(),
            )
            .serve(listener);
            for connection in self.connections() {
                let (store, parts) = (self.store.clone(), self.parts.clone());
                self.runtime.worker("socket watch", |stop| {
                    watch::socket(store, parts, connection, stop)
                });
            }
        }
        Ok(())
    }

    /// Sends what is due now and fetches the files that wait, until neither finds anything.
    pub async fn step(&self) -> Pass {
        let mut all = Pass::default();
        loop {
            let pass = self.runtime.scope(self.dispatcher.run_once()).await;
            let files = self.runtime.scope(self.files.run_once()).await;
            let idle = pass.claimed == 0 && files.kept + files.refused == 0;
            all.claimed += pass.claimed;
            all.delivered += pass.delivered;
            all.temporary += pass.temporary;
            all.permanent += pass.permanent;
            all.cancelled += pass.cancelled;
            all.unrecorded += pass.unrecorded;
            if idle {
                return all;
            }
        }
    }

    /// Fires what is due now.
    ///
    /// # Errors
    /// If the database did not take it.
    pub async fn tick(&self) -> Result<TickReport, Fault> {
        let _ = self.renew_tokens().await;
        self.runtime.scope(self.workflow.tick()).await
    }

    /// Looks once whether the outbox drains, the socket lives and the process itself is well, and raises or clears the alarms.
    ///
    /// # Errors
    /// If the database did not take it.
    pub async fn watch(&self) -> Result<(), StoreError> {
        self.runtime.scope(self.watch.run_once()).await?;
        self.runtime.scope(self.myself.run_once()).await?;
        if let Some(quiet) = &self.quiet {
            self.runtime.scope(quiet.run_once()).await?;
        }
        for connection in self.connections() {
            let (store, parts) = (self.store.clone(), self.parts.clone());
            let noted = self.runtime.shield("socket watch", async move {
                watch::note(&store, &parts, &connection).await
            });
            noted
                .await
                .map_err(|failed| StoreError::Unavailable(failed.to_string()))??;
        }
        Ok(())
    }

    /// The record.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The verbs.
    #[must_use]
    pub fn workflow(&self) -> &Workflow {
        &self.workflow
    }

    /// Where its tasks run.
    #[must_use]
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Where the operator looks.
    #[must_use]
    pub fn operator_address(&self) -> Option<SocketAddr> {
        self.operator
    }

    /// Stops: doors close, what runs ends, connections to the database close.
    pub async fn stop(self) -> StopReport {
        let begun = Instant::now();
        let mut report = self.runtime.stop(self.stop_limit).await;
        self.store.close().await;
        report.took = begun.elapsed();
        report
    }
}
