//! The commands: what an operator, a newcomer and an auditor type.
//!
//! Invariants: a command that fails exits with 1 and says on standard error what to do; bad arguments exit with 2; what a command
//! found goes to standard output, plain text that survives a pipe. Neighbours: commands call `app`; only `demo` and `emulator`
//! (and the tests) know the stand-ins.

use clap::{Parser, Subcommand};
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use crate::{
    app,
    config::{Config, Variables, load_config},
    runtime::shield,
    store::{Store, StoreError},
};

mod case;
mod demo;
mod doctor;
mod emulator;
mod init;
mod manifest;
mod migrate;
mod outbox;
mod output;
mod policy;
mod serve;
mod slack;
mod unread;
mod verify;

/// Security event reports from chat, turned into tracked, owned, provable cases.
#[derive(Debug, Parser)]
#[command(
    name = "secevent",
    version,
    propagate_version = true,
    arg_required_else_help = true
)]
struct Arguments {
    /// The settings file (TOML). Without it, settings come from the environment (SECEVENT_...).
    #[arg(
        long,
        short,
        global = true,
        env = "SECEVENT_CONFIG",
        value_name = "FILE"
    )]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the bot: doors open, outbox draining, deadlines ticking, until asked to stop.
    Serve,
    /// Play with the whole product on stand-ins of Slack and Discord: no account, no network.
    Demo(demo::Demo),
    /// Run a platform's stand-in alone, for tests and for other programs.
    #[command(subcommand)]
    Emulator(emulator::Emulator),
    /// Answer some questions, and get commented settings, a policy and a directory for an installation of your own.
    Init(init::Init),
    /// Bring the database's schema up to date.
    Migrate(migrate::Migrate),
    /// Examine settings, database, policy, directory, tokens, scopes and channel, and say how to mend what is wrong.
    Doctor,
    /// Recompute every hash chain of the record.
    Verify,
    /// Look at cases.
    #[command(subcommand)]
    Case(case::Case),
    /// Check or show the policy.
    #[command(subcommand)]
    Policy(policy::Policy),
    /// Look at the outbox, or send again what gave up.
    #[command(subcommand)]
    Outbox(outbox::Outbox),
    /// Look at what came in and could not be read.
    #[command(subcommand)]
    Unread(unread::Unread),
    /// Look at the workspaces that installed the bot in Slack.
    #[command(subcommand)]
    Slack(slack::Slack),
    /// Print the app manifest of a platform, or register its commands.
    #[command(subcommand)]
    Manifest(manifest::Manifest),
}

/// Why a command ended without success.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// It could not do its work; the sentence says what to do.
    #[error("{0}")]
    Stopped(String),
    /// It did its work and what it found is not well; it was printed already.
    #[error("")]
    Findings,
}

impl Failure {
    fn stopped(error: impl std::fmt::Display) -> Self {
        Self::Stopped(error.to_string())
    }
}

type Outcome = Result<(), Failure>;

/// Bytes of stack for each thread: unoptimised builds keep whole futures on it, and the migrations of PostgreSQL need more than the usual 2 MiB.
/// Only what is touched costs memory.
const STACK: usize = 16 * 1024 * 1024;

/// The settings, from file and environment.
fn settings(config: Option<&Path>) -> Result<Config, Failure> {
    load_config(config, &Variables::of_process()).map_err(Failure::stopped)
}

/// The record, connected; the schema must be there.
async fn open_store(config: Option<&Path>) -> Result<Store, Failure> {
    let config = settings(config)?;
    let opened = shield("cli", async move {
        let store = app::connect(&config).await?;
        let pending = store.pending_migrations().await?;
        Ok::<_, StoreError>((store, pending))
    });
    let (store, pending) = opened.await.map_err(Failure::stopped)?.map_err(|error| {
        Failure::Stopped(format!(
            "the database cannot be opened: {error}. `secevent doctor` examines it"
        ))
    })?;
    if pending.is_empty() {
        Ok(store)
    } else {
        Err(Failure::Stopped(
            "the schema is not up to date: run `secevent migrate` first".to_owned(),
        ))
    }
}

/// Reads the arguments and runs the command.
#[must_use]
pub fn main() -> ExitCode {
    // First of all: two TLS providers in one process would make the first connection panic, so one is chosen here.
    if rustls::crypto::ring::default_provider()
        .install_default()
        .is_err()
    {
        eprintln!("secevent: a TLS provider was installed before ours; this build is broken");
        return ExitCode::FAILURE;
    }
    let arguments = Arguments::parse();
    let building = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK)
        .build();
    let runtime = match building {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("secevent: the operating system gave no threads or no polling: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Findings) => ExitCode::FAILURE,
        Err(Failure::Stopped(sentence)) => {
            eprintln!("secevent: {sentence}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Outcome {
    let config = arguments.config.as_deref();
    match arguments.command {
        Command::Serve => Box::pin(serve::run(config)).await,
        Command::Demo(demo) => demo.run().await,
        Command::Emulator(emulator) => emulator.run().await,
        Command::Init(init) => init.run(),
        Command::Migrate(migrate) => migrate.run(config).await,
        Command::Doctor => doctor::run(config).await,
        Command::Verify => verify::run(config).await,
        Command::Case(case) => case.run(config).await,
        Command::Policy(policy) => policy.run(config),
        Command::Outbox(outbox) => outbox.run(config).await,
        Command::Unread(unread) => unread.run(config).await,
        Command::Slack(slack) => slack.run(config).await,
        Command::Manifest(manifest) => manifest.run(config).await,
    }
}
