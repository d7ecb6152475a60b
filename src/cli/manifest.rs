//! `secevent manifest`: the app manifest that an operator pastes into a platform, or the commands that it is given.
//!
//! Invariants: what it prints is what `manifests/` holds (tests keep them equal); nothing is changed anywhere without `--apply`.
//! Neighbours: `chat::slack::manifest`, `chat::discord::manifest`.

use super::{Failure, Outcome, settings};
use crate::{app, chat::slack::manifest};
use clap::{Args, Subcommand, ValueEnum};
use std::path::Path;

/// Which platform.
#[derive(Debug, Subcommand)]
pub enum Manifest {
    /// The Slack app manifest (JSON).
    Slack(Slack),
    /// The commands of the Discord bot (JSON).
    Discord(Discord),
}

/// What to do with Discord's commands.
#[derive(Debug, Args)]
pub struct Discord {
    /// Register them in the server of the settings, in place of whatever the bot had there.
    #[arg(long)]
    apply: bool,
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
    /// Prints it, or applies it.
    pub async fn run(self, config: Option<&Path>) -> Outcome {
        match self {
            Self::Slack(slack) => {
                println!("{}", slack.text().trim_end());
                Ok(())
            }
            Self::Discord(Discord { apply: false }) => {
                println!("{}", crate::chat::discord::manifest::text().trim_end());
                Ok(())
            }
            Self::Discord(Discord { apply: true }) => {
                let done = app::register_discord(&settings(config)?).await;
                println!("{}", done.map_err(Failure::Stopped)?);
                Ok(())
            }
        }
    }
}

impl Slack {
    fn text(self) -> String {
        let mode = match (self.mode, self.url) {
            (Mode::Http, Some(url)) => manifest::Mode::Http(url),
            _ => manifest::Mode::Socket,
        };
        let installs = self.redirect_url.map(|redirect_url| manifest::Installs {
            redirect_url,
            rotates: self.rotate_tokens,
            organisation: self.organisation,
        });
        manifest::text_with_installs(&mode, installs.as_ref())
    }
}
