//! The platform that a world stands on: an emulated Slack or an emulated Discord, behind the same door.
//!
//! Invariants: what differs between the platforms is here and in [`super::person`]; no story knows.
//!
//! Neighbours: [`super::world`] starts it, [`super::setup`] chooses it.

use super::setup::Transport;
use secevent::emulator::{
    clock::EmulatorClock,
    discord::{self, DiscordEmulator},
    door::Door,
    slack::{
        self, SlackEmulator,
        seed::{APP_TOKEN, BOT_TOKEN, SIGNING_SECRET},
    },
};

/// A platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// Slack.
    Slack,
    /// Discord.
    Discord,
}

/// An emulated platform.
pub enum Stand {
    /// Slack.
    Slack(Box<SlackEmulator>),
    /// Discord.
    Discord(Box<DiscordEmulator>),
}

impl Stand {
    /// Starts one.
    pub async fn start(
        host: Host,
        slack: slack::Seed,
        discord: discord::Seed,
        clock: EmulatorClock,
    ) -> Self {
        match host {
            Host::Slack => Self::Slack(Box::new(SlackEmulator::start(slack, clock).await.unwrap())),
            Host::Discord => Self::Discord(Box::new(
                DiscordEmulator::start(discord, clock).await.unwrap(),
            )),
        }
    }

    /// Which one it is.
    pub const fn host(&self) -> Host {
        match self {
            Self::Slack(_) => Host::Slack,
            Self::Discord(_) => Host::Discord,
        }
    }

    /// The way in for people and fate.
    pub fn door(&self) -> Door {
        match self {
            Self::Slack(slack) => slack.door(),
            Self::Discord(discord) => discord.door(),
        }
    }

    /// Where its interface is.
    pub fn api_url(&self) -> String {
        match self {
            Self::Slack(slack) => slack.api_url(),
            Self::Discord(discord) => discord.api_url(),
        }
    }

    /// Where a browser finds it.
    pub fn door_url(&self) -> String {
        match self {
            Self::Slack(slack) => slack.door_url(),
            Self::Discord(discord) => discord.door_url(),
        }
    }

    /// The section of the settings that connects the bot to it.
    pub fn section(&self, transport: Transport) -> (String, String) {
        match self {
            Self::Slack(emulator) => {
                let mut slack = format!(
                    "api_url = {:?}\nbot_token = {BOT_TOKEN:?}\nqueue_channel = \"C0QUEUE\"\n",
                    emulator.api_url()
                );
                slack.push_str(&match transport {
                    Transport::Socket => {
                        format!("mode = \"socket\"\napp_token = {APP_TOKEN:?}\nconnections = 1\n")
                    }
                    Transport::Http | Transport::Apart => {
                        format!("mode = \"http\"\nsigning_secret = {SIGNING_SECRET:?}\n")
                    }
                });
                ("slack".to_owned(), slack)
            }
            Self::Discord(emulator) => {
                use discord::seed::{APPLICATION, BOT_TOKEN, GUILD, QUEUE};
                let mut section = format!(
                    "api_url = {:?}\nbot_token = {BOT_TOKEN:?}\napplication_id = \"{APPLICATION}\"\nguild = \"{GUILD}\"\n\
                     queue_channel = \"{QUEUE}\"\nmessage_content = true\n",
                    emulator.api_url()
                );
                // Messages and reactions come over the gateway in any case.
                let mode = match transport {
                    Transport::Socket => None,
                    Transport::Http => Some("both"),
                    Transport::Apart => Some("http"),
                };
                if let Some(mode) = mode {
                    let key = emulator.public_key();
                    section.push_str(&format!("mode = {mode:?}\npublic_key = {key:?}\n"));
                }
                ("discord".to_owned(), section)
            }
        }
    }

    /// Ends it.
    pub async fn stop(self) {
        match self {
            Self::Slack(slack) => Box::pin(slack.stop()).await,
            Self::Discord(discord) => Box::pin(discord.stop()).await,
        }
    }
}
