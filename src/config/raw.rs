//! The settings as they are written, before anything is decided; and the list of all of them.
//!
//! Invariants: every key is optional here (what is missing is decided in `decide`); [`SETTINGS`] names every key once, which a test
//! holds against these types; secrets are wrapped the moment they are read. Neighbours: `variables` puts the environment on top.

use crate::telemetry::LogFormat;
use secrecy::SecretString;
use serde::Deserialize;
use std::{net::SocketAddr, path::PathBuf};

crate::domain::vocabulary::vocabulary! {
    /// What an installation is for.
    Environment {
        /// The real thing: platforms' own hosts over HTTPS only.
        Production = "production",
        /// For tests and trials; branded on every card, log line and readiness answer.
        Test = "test",
        /// The demonstration on this machine, with stand-ins for the platforms.
        Demo = "demo",
    }
}

/// How Slack reaches us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Mode {
    Socket,
    Http,
}

/// How Discord reaches us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum DiscordWay {
    Gateway,
    Http,
    Both,
}

/// Where cases are worked on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum QueueOn {
    #[default]
    Reported,
    Slack,
    Discord,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Raw {
    pub(super) environment: Option<Environment>,
    pub(super) policy_file: Option<PathBuf>,
    pub(super) directory_file: Option<PathBuf>,
    pub(super) listen: Option<SocketAddr>,
    pub(super) operator_listen: Option<SocketAddr>,
    pub(super) operator_listen_public: Option<bool>,
    pub(super) replicas: Option<u64>,
    pub(super) queue_on: Option<QueueOn>,
    pub(super) stop_within_seconds: Option<u64>,
    pub(super) database: RawDatabase,
    pub(super) slack: Option<RawSlack>,
    pub(super) discord: Option<RawDiscord>,
    pub(super) log: RawLog,
    pub(super) intake: RawIntake,
    pub(super) outbox: RawOutbox,
    pub(super) ticker: RawTicker,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawDatabase {
    pub(super) url: Option<SecretString>,
    pub(super) url_file: Option<PathBuf>,
    pub(super) connections: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawSlack {
    pub(super) mode: Option<Mode>,
    pub(super) api_url: Option<String>,
    pub(super) bot_token: Option<SecretString>,
    pub(super) bot_token_file: Option<PathBuf>,
    pub(super) app_token: Option<SecretString>,
    pub(super) app_token_file: Option<PathBuf>,
    pub(super) signing_secret: Option<SecretString>,
    pub(super) signing_secret_file: Option<PathBuf>,
    pub(super) connections: Option<u64>,
    pub(super) queue_channel: Option<String>,
    pub(super) team: Option<String>,
    pub(super) token_key: Option<SecretString>,
    pub(super) token_key_file: Option<PathBuf>,
    pub(super) token_key_before: Option<SecretString>,
    pub(super) token_key_before_file: Option<PathBuf>,
    pub(super) oauth_client_id: Option<String>,
    pub(super) oauth_client_secret: Option<SecretString>,
    pub(super) oauth_client_secret_file: Option<PathBuf>,
    pub(super) oauth_redirect_url: Option<String>,
    pub(super) oauth_allowed: Option<String>,
    pub(super) oauth_authorize_url: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawDiscord {
    pub(super) mode: Option<DiscordWay>,
    pub(super) api_url: Option<String>,
    pub(super) bot_token: Option<SecretString>,
    pub(super) bot_token_file: Option<PathBuf>,
    pub(super) application_id: Option<String>,
    pub(super) public_key: Option<String>,
    pub(super) guild: Option<String>,
    pub(super) queue_channel: Option<String>,
    pub(super) responder_role: Option<String>,
    pub(super) message_content: Option<bool>,
    pub(super) watch_channels: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawLog {
    pub(super) format: Option<LogFormat>,
    pub(super) filter: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawIntake {
    pub(super) confirm_within_ms: Option<u64>,
    pub(super) body_bytes_max: Option<u64>,
    pub(super) file_bytes_max: Option<u64>,
    pub(super) keep_unread_days: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawOutbox {
    pub(super) lease_seconds: Option<u64>,
    pub(super) send_timeout_seconds: Option<u64>,
    pub(super) senders: Option<u64>,
    pub(super) batch: Option<u64>,
    pub(super) poll_ms: Option<u64>,
    pub(super) lane_gap_ms: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawTicker {
    pub(super) every_ms: Option<u64>,
}

/// How the text of an environment variable becomes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
    Bool,
}

/// Every setting, as a path, with the kind of its value.
pub(super) const SETTINGS: &[(&str, Kind)] = &[
    ("environment", Kind::Text),
    ("policy_file", Kind::Text),
    ("directory_file", Kind::Text),
    ("listen", Kind::Text),
    ("operator_listen", Kind::Text),
    ("operator_listen_public", Kind::Bool),
    ("replicas", Kind::Integer),
    ("queue_on", Kind::Text),
    ("stop_within_seconds", Kind::Integer),
    ("database.url", Kind::Text),
    ("database.url_file", Kind::Text),
    ("database.connections", Kind::Integer),
    ("slack.mode", Kind::Text),
    ("slack.api_url", Kind::Text),
    ("slack.bot_token", Kind::Text),
    ("slack.bot_token_file", Kind::Text),
    ("slack.app_token", Kind::Text),
    ("slack.app_token_file", Kind::Text),
    ("slack.signing_secret", Kind::Text),
    ("slack.signing_secret_file", Kind::Text),
    ("slack.connections", Kind::Integer),
    ("slack.queue_channel", Kind::Text),
    ("slack.team", Kind::Text),
    ("slack.token_key", Kind::Text),
    ("slack.token_key_file", Kind::Text),
    ("slack.token_key_before", Kind::Text),
    ("slack.token_key_before_file", Kind::Text),
    ("slack.oauth_client_id", Kind::Text),
    ("slack.oauth_client_secret", Kind::Text),
    ("slack.oauth_client_secret_file", Kind::Text),
    ("slack.oauth_redirect_url", Kind::Text),
    ("slack.oauth_allowed", Kind::Text),
    ("slack.oauth_authorize_url", Kind::Text),
    ("discord.mode", Kind::Text),
    ("discord.api_url", Kind::Text),
    ("discord.bot_token", Kind::Text),
    ("discord.bot_token_file", Kind::Text),
    ("discord.application_id", Kind::Text),
    ("discord.public_key", Kind::Text),
    ("discord.guild", Kind::Text),
    ("discord.queue_channel", Kind::Text),
    ("discord.responder_role", Kind::Text),
    ("discord.message_content", Kind::Bool),
    ("discord.watch_channels", Kind::Text),
    ("log.format", Kind::Text),
    ("log.filter", Kind::Text),
    ("intake.confirm_within_ms", Kind::Integer),
    ("intake.body_bytes_max", Kind::Integer),
    ("intake.file_bytes_max", Kind::Integer),
    ("intake.keep_unread_days", Kind::Integer),
    ("outbox.lease_seconds", Kind::Integer),
    ("outbox.send_timeout_seconds", Kind::Integer),
    ("outbox.senders", Kind::Integer),
    ("outbox.batch", Kind::Integer),
    ("outbox.poll_ms", Kind::Integer),
    ("outbox.lane_gap_ms", Kind::Integer),
    ("ticker.every_ms", Kind::Integer),
];

/// The environment variable of a setting: `slack.bot_token` is `SECEVENT_SLACK_BOT_TOKEN`.
pub(super) fn variable_of(key: &str) -> String {
    format!("SECEVENT_{}", key.replace('.', "_").to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::{Raw, SETTINGS, variable_of};
    use std::collections::BTreeSet;

    const EXAMPLE: &str = include_str!("../../manifests/secevent.example.toml");

    /// The keys that the type of a section takes, as its own reader lists them.
    fn keys_of(section: &str) -> Vec<String> {
        let opening = if section.is_empty() {
            String::new()
        } else {
            format!("[{section}]\n")
        };
        let error = toml::from_str::<Raw>(&format!("{opening}no_such_key = 1\n")).unwrap_err();
        let (_, known) = error.message().split_once("expected ").unwrap();
        known
            .split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn the_list_of_settings_is_complete() {
        let listed: BTreeSet<&str> = SETTINGS.iter().map(|(key, _)| *key).collect();
        assert_eq!(listed.len(), SETTINGS.len());
        let sections = [
            "database", "slack", "discord", "log", "intake", "outbox", "ticker",
        ];
        let mut taken: BTreeSet<String> = keys_of("")
            .into_iter()
            .filter(|key| !sections.contains(&key.as_str()))
            .collect();
        for section in sections {
            taken.extend(
                keys_of(section)
                    .iter()
                    .map(|key| format!("{section}.{key}")),
            );
        }
        assert_eq!(taken, listed.iter().map(|key| (*key).to_owned()).collect());
        let variables: BTreeSet<String> =
            SETTINGS.iter().map(|(key, _)| variable_of(key)).collect();
        assert_eq!(
            variables.len(),
            SETTINGS.len(),
            "two settings share a variable"
        );
    }

    /// Keys of a TOML text as paths, those in comments of the form `# key = value` too.
    fn documented(text: &str) -> (BTreeSet<String>, String) {
        let mut keys = BTreeSet::new();
        let mut section = String::new();
        let mut all = String::new();
        for line in text.lines() {
            let bare = line.strip_prefix("# ").unwrap_or(line);
            if let Some(name) = bare
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
            {
                section = format!("{name}.");
                all.push_str(&format!("{bare}\n"));
            } else if let Some((key, _)) = bare.split_once(" = ")
                && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
            {
                keys.insert(format!("{section}{key}"));
                all.push_str(&format!("{bare}\n"));
            }
        }
        (keys, all)
    }

    #[test]
    fn the_example_names_every_setting_and_each_value_in_it_is_possible() {
        let (keys, uncommented) = documented(EXAMPLE);
        let listed: BTreeSet<String> = SETTINGS.iter().map(|(key, _)| (*key).to_owned()).collect();
        assert_eq!(keys, listed);
        toml::from_str::<Raw>(EXAMPLE).unwrap();
        toml::from_str::<Raw>(&uncommented).unwrap();
    }
}
