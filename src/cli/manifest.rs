//! `secevent manifest`: the app manifest that an operator pastes into a platform.
//!
//! Invariants: what it prints is what `manifests/slack/` holds (a test keeps them equal). Neighbours: `chat::slack::manifest`.

use super::Outcome;
use crate::chat::slack::manifest;
use clap::{Args, Subcommand, ValueEnum};

/// Which platform.
#[derive(Debug, Subcommand)]
pub enum Manifest {
    /// The Slack app manifest (JSON).
    Slack(Slack),
}

/// How Slack is to reach the bot.
#[derive(Debug, Args)]
pub struct Slack {
    /// By sockets that the bot opens, or by requests that Slack sends.
    #[arg(long, value_enum, default_value_t = Mode::Socket)]
    mode: Mode,
    /// For `--mode http`: the public address of the bot, without a path.
    #[arg(long, value_name = "URL", required_if_eq("mode", "http"))]
    url: Option<String>,
    /// For an app that others install by OAuth (slack.oauth_... in the settings): the page that Slack sends browsers back to.
    #[arg(long, value_name = "URL")]
    redirect_url: Option<String>,
    /// Tokens expire after twelve hours and are renewed. Slack cannot switch this off again.
    #[arg(long, requires = "redirect_url")]
    rotate_tokens: bool,
    /// A whole Enterprise organisation may install the app at once.
    #[arg(long, requires = "redirect_url")]
    organisation: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Mode {
    Socket,
    Http,
}

impl Manifest {
    /// Prints it.
    pub fn run(self) -> Outcome {
        let Self::Slack(slack) = self;
        let mode = match (slack.mode, slack.url) {
            (Mode::Http, Some(url)) => manifest::Mode::Http(url),
            _ => manifest::Mode::Socket,
        };
        let installs = slack.redirect_url.map(|redirect_url| manifest::Installs {
            redirect_url,
            rotates: slack.rotate_tokens,
            organisation: slack.organisation,
        });
        let text = manifest::text_with_installs(&mode, installs.as_ref());
        println!("{}", text.trim_end());
        Ok(())
    }
}
