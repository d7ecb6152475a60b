//! From what is written to what is in force: defaults, secrets, ranges, and the combinations that are refused.
//!
//! Invariants: gathers every problem before it refuses; never quotes the value of a secret; a combination that could lose reports,
//! talk to a stranger or show the inside to the public is an error, not a warning. Neighbours: `desk` has the helpers, `database`, `slack` and `discord` decide their
//! sections.

use super::{
    desk::Desk,
    problem::{LoadError, Place, Problem, settle},
    raw::{Environment, QueueOn, Raw},
    settings::{Config, IntakeConfig, OutboxConfig},
    source::Source,
    variables::{self, Variables},
};
use crate::{domain::person::PlatformId, runtime::Faults, telemetry::LogSettings};
use serde::Deserialize;
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    time::Duration,
};

/// Loads the settings from `path` (only from the variables if there is none).
///
/// # Errors
/// Everything that is wrong, each with file and line or variable, and a way out.
pub fn load_config(path: Option<&Path>, variables: &Variables) -> Result<Config, LoadError> {
    let Some(path) = path else {
        return parse_config("settings", "", Path::new(""), variables);
    };
    let source = Source::read(path, "the settings file")?;
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    decide(&source, folder, Some(path), variables)
}

/// Loads the settings from a text; `name` stands for the file in messages, relative paths start at `folder`.
///
/// # Errors
/// As [`load_config`].
pub fn parse_config(
    name: &str,
    text: &str,
    folder: &Path,
    variables: &Variables,
) -> Result<Config, LoadError> {
    decide(&Source::new(name, text), folder, None, variables)
}

fn decide(
    source: &Source,
    folder: &Path,
    file: Option<&Path>,
    variables: &Variables,
) -> Result<Config, LoadError> {
    // Once for the types, with lines; then as a table, to put the variables on top.
    let _: Raw = source.decode()?;
    let mut table: toml::Table = source.decode()?;
    let problems = variables.overlay(&mut table);
    let raw = Raw::deserialize(table).map_err(|error| {
        let (what, way_out) = super::problem::explain(error.message());
        Problem::error(source.place(""), what, way_out)
    })?;
    let mut desk = Desk {
        source,
        folder,
        variables,
        environment: raw.environment.unwrap_or(Environment::Production),
        problems,
    };
    desk.open_secrets(file, &raw);
    let sections = desk.config(raw);
    let warnings = settle(desk.problems)?;
    // A section is absent only together with an error, which `settle` has returned.
    sections
        .map(|config| Config { warnings, ..config })
        .ok_or_else(|| {
            let place = Place {
                source: source.name.clone(),
                ..Place::default()
            };
            Problem::error(
                place,
                "the settings are incomplete",
                "Compare them with the example",
            )
            .into()
        })
}

impl Desk<'_> {
    fn config(&mut self, raw: Raw) -> Option<Config> {
        let replicas = self.count("replicas", raw.replicas, 1, 1..=64);
        let database = super::database::decide(self, raw.database, replicas);
        let (listen, operator_listen) =
            self.listeners(&raw.listen, raw.operator_listen, raw.operator_listen_public);
        if raw.slack.is_none() && raw.discord.is_none() {
            self.warn(
                "slack",
                "no chat platform is connected",
                "Add a section [slack] or [discord]",
            );
        }
        if raw.directory_file.is_none() {
            self.warn(
                "directory_file",
                "nobody holds a role",
                "Name a directory file, so that cases can be taken and people paged",
            );
        }
        let is_test = self.environment == Environment::Test;
        let faults = Faults::read(is_test, |name| self.variables.get(name).map(str::to_owned));
        if let Err(error) = &faults {
            let place =
                variables::place("SECEVENT_CRASH_AT, SECEVENT_WITHOUT_SHIELD, SECEVENT_SABOTAGE");
            let way_out = "These switches are for crash tests alone; unset them";
            self.problems
                .push(Problem::error(place, error.to_string(), way_out));
        }
        let lease = self.number(
            "outbox.lease_seconds",
            raw.outbox.lease_seconds,
            30,
            2..=600,
        );
        let send = self.number(
            "outbox.send_timeout_seconds",
            raw.outbox.send_timeout_seconds,
            10,
            1..=300,
        );
        if send >= lease {
            self.refuse(
                "outbox.send_timeout_seconds",
                "a call may take as long as the lease, so another process would send the same again",
                format!("Write less than {lease}, or raise outbox.lease_seconds"),
            );
        }
        let lane_gap = self.number(
            "outbox.lane_gap_ms",
            raw.outbox.lane_gap_ms,
            1000,
            0..=60_000,
        );
        if lane_gap < 1000 && self.environment == Environment::Production {
            self.refuse(
                "outbox.lane_gap_ms",
                "platforms take one message a second for one channel, and would refuse the rest",
                "Write 1000 or more",
            );
        }
        let outbox = OutboxConfig {
            lane_gap: Duration::from_millis(lane_gap),
            lease: Duration::from_secs(lease),
            send_timeout: Duration::from_secs(send),
            senders: self.count("outbox.senders", raw.outbox.senders, 16, 1..=256),
            batch: self.count("outbox.batch", raw.outbox.batch, 32, 1..=1000),
            poll: Duration::from_millis(self.number(
                "outbox.poll_ms",
                raw.outbox.poll_ms,
                1000,
                50..=60_000,
            )),
        };
        let intake = IntakeConfig {
            // A platform gives up after 3 seconds; the answer needs time to travel.
            confirm_within: Duration::from_millis(self.number(
                "intake.confirm_within_ms",
                raw.intake.confirm_within_ms,
                2000,
                100..=2500,
            )),
            body_bytes_max: self.number(
                "intake.body_bytes_max",
                raw.intake.body_bytes_max,
                1 << 20,
                64 * 1024..=16 << 20,
            ),
            file_bytes_max: self.number(
                "intake.file_bytes_max",
                raw.intake.file_bytes_max,
                20 << 20,
                64 * 1024..=1 << 30,
            ),
            keep_unread_days: self.count(
                "intake.keep_unread_days",
                raw.intake.keep_unread_days,
                30,
                1..=365,
            ),
        };
        let log = LogSettings {
            format: raw.log.format.unwrap_or_default(),
            filter: raw.log.filter.unwrap_or_else(|| "info".to_owned()),
            is_test,
        };
        let stop_within = Duration::from_secs(self.number(
            "stop_within_seconds",
            raw.stop_within_seconds,
            10,
            1..=60,
        ));
        let tick_every = Duration::from_millis(self.number(
            "ticker.every_ms",
            raw.ticker.every_ms,
            1000,
            50..=60_000,
        ));
        let slack = match raw.slack {
            Some(slack) => Some(super::slack::decide(self, slack)?),
            None => None,
        };
        let discord = match raw.discord {
            Some(discord) => Some(super::discord::decide(self, discord)?),
            None => None,
        };
        let queue_on = match raw.queue_on.unwrap_or_default() {
            QueueOn::Reported => None,
            QueueOn::Slack => Some((PlatformId::Slack, slack.is_some())),
            QueueOn::Discord => Some((PlatformId::Discord, discord.is_some())),
        };
        if let Some((platform, false)) = queue_on {
            self.refuse(
                "queue_on",
                format!("{platform} is not connected, so no case could be worked on"),
                format!("Add a section [{platform}], or write \"reported\": each case is worked on where it was reported first"),
            );
        }
        Some(Config {
            environment: self.environment,
            database: database?,
            policy_file: raw.policy_file.map(|path| self.path("policy_file", path)),
            directory_file: raw
                .directory_file
                .map(|path| self.path("directory_file", path)),
            listen,
            operator_listen,
            replicas,
            queue_on: queue_on.map(|(platform, _)| platform),
            stop_within,
            slack,
            discord,
            log,
            intake,
            outbox,
            tick_every,
            faults: faults.ok()?,
            warnings: Vec::new(),
        })
    }

    fn listeners(
        &mut self,
        listen: &Option<SocketAddr>,
        operator: Option<SocketAddr>,
        public: Option<bool>,
    ) -> (SocketAddr, SocketAddr) {
        let listen = listen.unwrap_or_else(|| (Ipv4Addr::LOCALHOST, 8080).into());
        let operator = operator.unwrap_or_else(|| (Ipv4Addr::LOCALHOST, 9464).into());
        if !operator.ip().is_loopback() && public != Some(true) {
            self.refuse(
                "operator_listen",
                "metrics and readiness would be open to the network",
                "Use 127.0.0.1, or set operator_listen_public = true if the network is trusted",
            );
        }
        if listen == operator && listen.port() != 0 {
            self.refuse(
                "operator_listen",
                "platforms and operators would share one listener",
                "Give operator_listen a port of its own",
            );
        }
        (listen, operator)
    }
}
