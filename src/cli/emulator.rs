//! `secevent emulator`: a platform's stand-in alone, for tests and for other programs.
//!
//! Invariants: loopback only; the first line on standard output is one JSON object with addresses and tokens, so a script can
//! start it and go on. Neighbours: `serve` of each emulator.

use super::{Failure, Outcome};
use crate::{
    emulator::{discord, slack},
    runtime::StopSignals,
};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Which platform.
#[derive(Debug, Subcommand)]
pub enum Emulator {
    /// A strict stand-in of Slack: Web API, Socket Mode, signed requests, and a door for people's clients.
    Slack(Slack),
    /// A strict stand-in of Discord: REST interface, gateway, signed interactions, and a door for people's clients.
    Discord(Discord),
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

/// How it runs.
#[derive(Debug, Args)]
pub struct Discord {
    /// Port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// File that gets every call, delivery and answer, one JSON object a line, synced.
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// Fixed token of the door, for scripts; a random one when absent.
    #[arg(long, value_name = "TOKEN")]
    door_token: Option<String>,
    /// Post interactions, signed, to this address instead of sending them over the gateway.
    #[arg(long, value_name = "URL")]
    http_url: Option<String>,
    /// Leave calls unpaced.
    #[arg(long)]
    no_rate_limits: bool,
}

impl Emulator {
    /// Runs until asked to stop.
    pub async fn run(self) -> Outcome {
        let mut signals = StopSignals::listen().map_err(Failure::stopped)?;
        let asked = async move {
            signals.asked().await;
        };
        let (platform, ended) = match self {
            Self::Slack(slack) => {
                let options = slack::ServeOptions {
                    port: slack.port,
                    ledger: slack.ledger,
                    door_token: slack.door_token,
                    http_url: slack.http_url,
                    manifest: slack.manifest,
                    no_rate_limits: slack.no_rate_limits,
                };
                ("Slack", slack::serve(options, asked).await)
            }
            Self::Discord(discord) => {
                let options = discord::ServeOptions {
                    port: discord.port,
                    ledger: discord.ledger,
                    door_token: discord.door_token,
                    http_url: discord.http_url,
                    no_rate_limits: discord.no_rate_limits,
                };
                ("Discord", discord::serve(options, asked).await)
            }
        };
        ended.map_err(|error| {
            Failure::Stopped(format!("the stand-in of {platform} could not run: {error}"))
        })
    }
}
