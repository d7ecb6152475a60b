//! The settings, decided: what the rest of the program takes, section by section.
//!
//! Invariants: a value here has passed every check of `decide`; secrets are [`SecretString`], so that no `Debug` shows one; states
//! that need a secret carry it ([`SlackMode`]). Neighbours: `app` hands each part its section.

use super::{problem::Problem, raw::Environment};
use crate::{domain::person::PlatformId, runtime::Faults, telemetry::LogSettings};
use secrecy::SecretString;
use std::{collections::BTreeSet, net::SocketAddr, path::PathBuf, time::Duration};
use url::Url;

/// Everything that an installation sets.
#[derive(Debug, Clone)]
pub struct Config {
    /// What the installation is for.
    pub environment: Environment,
    /// Where the record is.
    pub database: DatabaseConfig,
    /// The policy; the built-in default if absent.
    pub policy_file: Option<PathBuf>,
    /// The directory of people; nobody holds a role if absent.
    pub directory_file: Option<PathBuf>,
    /// The listener for call-backs of platforms.
    pub listen: SocketAddr,
    /// The listener for operators: metrics, health, readiness.
    pub operator_listen: SocketAddr,
    /// How many processes share the database.
    pub replicas: u32,
    /// Where cases are worked on; each where it was reported first if absent.
    pub queue_on: Option<PlatformId>,
    /// How long a graceful stop may take.
    pub stop_within: Duration,
    /// Slack, if connected.
    pub slack: Option<SlackConfig>,
    /// Discord, if connected.
    pub discord: Option<DiscordConfig>,
    /// The log.
    pub log: LogSettings,
    /// What comes in.
    pub intake: IntakeConfig,
    /// What goes out.
    pub outbox: OutboxConfig,
    /// How often the ticker looks for due deadlines.
    pub tick_every: Duration,
    /// What a crash test asked to go wrong; nothing outside `environment = "test"`.
    pub faults: Faults,
    /// What somebody should look at.
    pub warnings: Vec<Problem>,
}

impl Config {
    /// Whether everything shown must be branded as a test.
    #[must_use]
    pub fn is_test(&self) -> bool {
        self.environment == Environment::Test
    }
}

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseKind {
    /// A file on this machine; one process.
    Sqlite,
    /// A server; several processes.
    Postgres,
}

/// Where the record is.
#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    /// Which kind the URL names.
    pub kind: DatabaseKind,
    /// The URL; may hold a password.
    pub url: SecretString,
    /// Connections that this process may hold at once.
    pub connections: u32,
}

/// How Slack reaches us, with what that way needs.
#[derive(Debug, Clone)]
pub enum SlackMode {
    /// We open web sockets to Slack; no public address is needed.
    Socket {
        /// The app-level token (`xapp-`).
        app_token: SecretString,
        /// How many sockets are held open.
        connections: u32,
    },
    /// Slack calls our `listen` address by signed HTTP.
    Http {
        /// The secret that signs.
        signing_secret: SecretString,
    },
}

/// The connection to Slack.
#[derive(Debug, Clone)]
pub struct SlackConfig {
    /// How Slack reaches us.
    pub mode: SlackMode,
    /// The Web API, without a slash at its end.
    pub api_url: Url,
    /// The bot's token (`xoxb-`) at home; without it home is installed like any other workspace, and `team` names it.
    pub bot_token: Option<SecretString>,
    /// Id of the queue channel.
    pub queue_channel: String,
    /// Id of the team or enterprise that the bot must find itself in, if given.
    pub team: Option<String>,
    /// Keys that seal the tokens of other installations, 32 bytes in hex each, the present one first; none if there are no others.
    pub token_keys: Vec<SecretString>,
    /// How others install the bot, if they may.
    pub oauth: Option<OAuthConfig>,
}

/// How the bot is installed by OAuth.
#[derive(Debug, Clone)]
pub struct OAuthConfig {
    /// Names the app to Slack.
    pub client_id: String,
    /// Proves the app to Slack.
    pub client_secret: SecretString,
    /// Our own page that Slack sends browsers back to.
    pub redirect_url: Url,
    /// Slack's page where people consent.
    pub authorize_url: Url,
    /// Ids of the workspaces and organisations that may install the bot.
    pub allowed: BTreeSet<String>,
}

/// How Discord reaches us, with what that way needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiscordMode {
    /// We open a web socket to Discord; no public address is needed.
    Gateway,
    /// Discord calls our `listen` address by signed HTTP: commands, buttons and forms, but neither reactions nor messages.
    Http {
        /// The application's public key, hex.
        public_key: String,
    },
    /// Commands, buttons and forms by signed HTTP, reactions and messages by the gateway.
    Both {
        /// The application's public key, hex.
        public_key: String,
    },
}

/// The connection to Discord.
#[derive(Debug, Clone)]
pub struct DiscordConfig {
    /// How Discord reaches us.
    pub mode: DiscordMode,
    /// The API with its version, without a slash at its end.
    pub api_url: Url,
    /// The bot's token.
    pub bot_token: SecretString,
    /// Id of the application.
    pub application_id: String,
    /// Id of the guild that is the organisation's.
    pub guild: String,
    /// Id of the queue channel.
    pub queue_channel: String,
    /// Id of the guild's role whose holders are responders, if there is one.
    pub responder_role: Option<String>,
    /// Whether the app has the privileged intent by which it sees what other people's messages say.
    pub message_content: bool,
    /// Ids of the channels that are looked through after a gap in which events may have been lost.
    pub watch_channels: Vec<String>,
}

/// What comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntakeConfig {
    /// How long an answer waits for the database before it says "not confirmed".
    pub confirm_within: Duration,
    /// Largest body of a call-back, in bytes.
    pub body_bytes_max: u64,
    /// Largest file that is kept, in bytes.
    pub file_bytes_max: u64,
    /// How long an inbound that could not be read is kept, in days.
    pub keep_unread_days: u32,
}

/// What goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboxConfig {
    /// How long a process owns a row that it has claimed.
    pub lease: Duration,
    /// How long one call to a platform may take; shorter than the lease.
    pub send_timeout: Duration,
    /// How many calls run at once.
    pub senders: u32,
    /// How many rows one claim takes.
    pub batch: u32,
    /// How often the outbox is looked at although nothing woke it.
    pub poll: Duration,
    /// Time between two messages to one channel or person.
    pub lane_gap: Duration,
}
