//! `secevent emulator`: a platform's stand-in alone, for tests and for other programs.
//!
//! Invariants: loopback only; the first line on standard output is one JSON object with addresses and tokens, so a script can
//! start it and go on. Neighbours: `emulator::slack::serve`.

use super::{Failure, Outcome};
use crate::{
    emulator::slack::{ServeOptions, serve},
    runtime::StopSignals,
};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Which platform.
#[derive(Debug, Subcommand)]
pub enum Emulator {
    /// A strict stand-in of Slack: Web API, Socket Mode, signed requests, and a door for people's clients.
    Slack(Slack),
}

/// How it runs.
#[derive(Debug, Args)]
pub struct Slack {
    /// Port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// File that gets every accepted write, delivery and acknowledgement, one JSON object a line, synced.
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// Fixed token of the door, for scripts; a random one when absent.
    #[arg(long, value_name = "TOKEN")]
    door_token: Option<String>,
    /// Deliver by signed HTTP to this address instead of sockets.
    #[arg(long, value_name = "URL")]
    http_url: Option<String>,
    /// App manifest (JSON) to take scopes, events, commands and shortcuts from.
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// Leave calls unpaced.
    #[arg(long)]
    no_rate_limits: bool,
}

impl Emulator {
    /// Runs until asked to stop.
    pub async fn run(self) -> Outcome {
        let Self::Slack(slack) = self;
        let mut signals = StopSignals::listen().map_err(Failure::stopped)?;
        let options = ServeOptions {
            port: slack.port,
            ledger: slack.ledger,
            door_token: slack.door_token,
            http_url: slack.http_url,
            manifest: slack.manifest,
            no_rate_limits: slack.no_rate_limits,
        };
        let asked = async move {
            signals.asked().await;
        };
        serve(options, asked).await.map_err(|error| {
            Failure::Stopped(format!("the stand-in of Slack could not run: {error}"))
        })
    }
}
