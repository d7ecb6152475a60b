//! From answers to files: the documented examples of `manifests/` with the answers in their places.
//!
//! Invariants: every text is read back by the code that reads it at a start, and refused here if that code would refuse it; secrets
//! have files of their own. Neighbours: `fill` edits, `config` reads.

use super::{
    answers::{Answers, Worker},
    fill::{NoSuchKey, close, open, set, text, unset},
};
use crate::config::{
    LoadError, Variables, parse_config, parse_directory, parse_policy, policy_file::DEFAULT_POLICY,
};
use std::{fmt::Write as _, path::Path};

/// The settings.
pub const SETTINGS: &str = "secevent.toml";
const POLICY: &str = "policy.toml";
const DIRECTORY: &str = "directory.toml";
/// The bot's token.
pub const BOT_TOKEN: &str = "secrets/slack_bot_token";
/// The app-level token.
pub const APP_TOKEN: &str = "secrets/slack_app_token";
/// The signing secret.
pub const SIGNING_SECRET: &str = "secrets/slack_signing_secret";
/// The bot's token in Discord.
pub const DISCORD_TOKEN: &str = "secrets/discord_bot_token";
const DATABASE: &str = "secrets/database_url";
/// Everything that may be written.
pub const NAMES: [&str; 8] = [
    SETTINGS,
    POLICY,
    DIRECTORY,
    BOT_TOKEN,
    APP_TOKEN,
    SIGNING_SECRET,
    DISCORD_TOKEN,
    DATABASE,
];

const SETTINGS_EXAMPLE: &str = include_str!("../../../manifests/secevent.example.toml");

/// Names and texts.
#[derive(Debug)]
pub struct Files {
    /// To be read by whoever may read the folder.
    pub plain: Vec<(&'static str, String)>,
    /// To be read by their owner alone.
    pub secret: Vec<(&'static str, String)>,
}

/// Why there are none.
#[derive(Debug, thiserror::Error)]
pub enum Unmade {
    /// An example and its filling have parted.
    #[error(transparent)]
    Ours(#[from] NoSuchKey),
    /// What was made cannot be read.
    #[error("these answers make no valid files; nothing was written:\n{0}")]
    Answers(#[from] LoadError),
}

impl Files {
    /// Makes them and reads them back.
    ///
    /// # Errors
    /// [`Unmade`].
    pub fn of(answers: &Answers) -> Result<Self, Unmade> {
        let settings = settings(answers)?;
        let policy = policy(answers)?;
        let directory = directory(answers);
        let read = parse_policy(POLICY, &policy)?;
        parse_directory(DIRECTORY, &directory, &read.policy)?;
        readable(&settings)?;
        let mut secret = Vec::new();
        if let Some(slack) = &answers.slack {
            secret.push((BOT_TOKEN, String::new()));
            secret.push(match slack.public_url {
                None => (APP_TOKEN, String::new()),
                Some(_) => (SIGNING_SECRET, String::new()),
            });
        }
        if answers.discord.is_some() {
            secret.push((DISCORD_TOKEN, String::new()));
        }
        if is_server(answers) {
            secret.push((DATABASE, answers.database.clone()));
        }
        Ok(Self {
            plain: vec![
                (SETTINGS, settings),
                (POLICY, policy),
                (DIRECTORY, directory),
            ],
            secret,
        })
    }
}

/// Reads the settings as a start would, with stand-ins for the secrets that are not there yet.
fn readable(settings: &str) -> Result<(), LoadError> {
    let mut whole = settings.to_owned();
    for (file, key, value) in [
        (BOT_TOKEN, "bot_token", "xoxb-later"),
        (APP_TOKEN, "app_token", "xapp-later"),
        (SIGNING_SECRET, "signing_secret", "later"),
        (DISCORD_TOKEN, "bot_token", "later.discord.token"),
        (DATABASE, "url", "postgres://later@localhost/later"),
    ] {
        let named = format!("\n{key}_file = {}", text(file));
        whole = whole.replace(&named, &format!("\n{key} = {}", text(value)));
    }
    parse_config(SETTINGS, &whole, Path::new("."), &Variables::default()).map(drop)
}

fn is_server(answers: &Answers) -> bool {
    !answers.database.starts_with("sqlite:")
}

fn settings(answers: &Answers) -> Result<String, NoSuchKey> {
    let mut all = set(SETTINGS_EXAMPLE, "", "policy_file", &text(POLICY))?;
    if is_server(answers) {
        all = unset(&all, "database", "url")?;
        all = set(&all, "database", "url_file", &text(DATABASE))?;
    } else {
        all = set(&all, "database", "url", &text(&answers.database))?;
    }
    if let Some(queue_on) = answers.queue_on {
        all = set(&all, "", "queue_on", &text(queue_on))?;
    }
    if let Some(discord) = &answers.discord {
        all = open(&all, "discord")?;
        for (key, value) in [
            ("bot_token_file", text(DISCORD_TOKEN)),
            ("application_id", text(&discord.application)),
            ("guild", text(&discord.guild)),
            ("queue_channel", text(&discord.queue_channel)),
            ("message_content", discord.message_content.to_string()),
        ] {
            all = set(&all, "discord", key, &value)?;
        }
    }
    let Some(slack) = &answers.slack else {
        return close(&all, "slack");
    };
    if slack.public_url.is_some() {
        all = set(&all, "slack", "mode", "\"http\"")?;
        all = unset(&all, "slack", "app_token_file")?;
        all = set(&all, "slack", "signing_secret_file", &text(SIGNING_SECRET))?;
        all = set(&all, "", "listen", "\"127.0.0.1:8080\"")?;
    }
    all = set(&all, "slack", "queue_channel", &text(&slack.queue_channel))?;
    set(&all, "slack", "team", &text(&slack.realm))
}

fn policy(answers: &Answers) -> Result<String, NoSuchKey> {
    let mut all = DEFAULT_POLICY.to_owned();
    for (section, key, value) in [
        ("organisation", "name", answers.organisation.clone()),
        ("organisation", "time_zone", answers.time_zone.clone()),
        (
            "organisation",
            "approved_by",
            format!(
                "Nobody yet: the built-in policy with the names of {}",
                answers.organisation
            ),
        ),
        ("queue", "team", answers.team.clone()),
        ("contacts", "point_of_contact", answers.contact.clone()),
        ("contacts.urgent", "reach", answers.urgent.clone()),
    ] {
        all = set(&all, section, key, &text(&value))?;
    }
    Ok(one_urgent_contact(&all))
}

/// The example has a second urgent contact, whose number is nobody's.
fn one_urgent_contact(policy: &str) -> String {
    let heading = "[[contacts.urgent]]";
    let Some(first) = policy.find(heading) else {
        return policy.to_owned();
    };
    let after = first + heading.len();
    let Some(second) = policy.get(after..).and_then(|rest| rest.find(heading)) else {
        return policy.to_owned();
    };
    let (kept, rest) = policy.split_at(after + second);
    let end = rest.find("\n\n").map_or(rest.len(), |end| end + 2);
    format!("{kept}{}", rest.get(end..).unwrap_or_default())
}

fn directory(answers: &Answers) -> String {
    let mut all = "\
# The directory of secevent: who may do what, and how to reach them. `secevent doctor` checks it; a restart takes it over.
# Authority comes from the roles given here, and from the one role that `discord.responder_role` may name. Everybody may report
# without standing in this file. A person who is removed here loses the roles that this file gave; the record of what the person did stays.
# `key` is a short name that never changes: the person's id is derived from it. Roles: responder, soc_lead,
# incident_commander, on_call_primary, on_call_backup, executive, privacy_legal, it_operations, service_owner, auditor, operator.
"
    .to_owned();
    let mut keys: Vec<String> = Vec::new();
    for worker in &answers.people {
        let key = key(worker, &keys);
        let roles: Vec<String> = worker.roles.iter().map(|role| text(role)).collect();
        // Writing into a String cannot fail.
        let _ = write!(
            all,
            "\n[[person]]\nkey = {}\nname = {}\ntime_zone = {}\n",
            text(&key),
            text(&worker.name),
            text(&answers.time_zone),
        );
        if let (Some(slack), Some(user)) = (&answers.slack, &worker.slack) {
            let (realm, user) = (text(&slack.realm), text(user));
            let _ = writeln!(all, "slack = [{{ realm = {realm}, user = {user} }}]");
        }
        if let Some(user) = &worker.discord {
            let _ = writeln!(all, "discord = [{}]", text(user));
        }
        if let Some(phone) = &worker.phone {
            let _ = writeln!(all, "phone = {}", text(phone));
        }
        let _ = writeln!(all, "roles = [{}]", roles.join(", "));
        keys.push(key);
    }
    all
}

/// A key of the name's letters; a number makes it the only one.
fn key(worker: &Worker, taken: &[String]) -> String {
    let letters: String = worker
        .name
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    let words: Vec<&str> = letters.split('_').filter(|word| !word.is_empty()).collect();
    let plain = match words.join("_") {
        empty if empty.is_empty() => "person".to_owned(),
        some => some.chars().take(40).collect(),
    };
    let numbered = (2..).map(|n| format!("{plain}_{n}"));
    std::iter::once(plain.clone())
        .chain(numbered)
        .find(|key| !taken.contains(key))
        .unwrap_or(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::init::answers::{Discord, Slack};

    fn answers() -> Answers {
        let worker = |name: &str, member: &str, roles: &[&'static str]| Worker {
            name: name.to_owned(),
            slack: Some(member.to_owned()),
            discord: None,
            phone: Some("+44 20 7946 0101".to_owned()),
            roles: roles.to_vec(),
        };
        Answers {
            organisation: "Acme \"& Sons\"".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            team: "Blue team".to_owned(),
            contact: "Desk, desk@acme.example".to_owned(),
            urgent: "+49 30 5550100".to_owned(),
            database: "sqlite:secevent.db".to_owned(),
            slack: Some(Slack {
                public_url: None,
                realm: "T0ACME".to_owned(),
                queue_channel: "C0QUEUE".to_owned(),
            }),
            discord: None,
            queue_on: None,
            people: vec![
                worker("Änne Müller", "U0A", &["responder", "on_call_primary"]),
                worker("Änne Müller", "U0B", &["responder", "on_call_backup"]),
                worker("李", "U0C", &["incident_commander", "operator"]),
            ],
        }
    }

    #[test]
    fn both_modes_and_both_databases_make_files_that_can_be_read() {
        for public_url in [None, Some("https://bot.acme.example".to_owned())] {
            for database in ["sqlite:secevent.db", "postgres://bot:hidden@db/secevent"] {
                let mut given = answers();
                given.database = database.to_owned();
                if let Some(slack) = &mut given.slack {
                    slack.public_url.clone_from(&public_url);
                }
                let files = Files::of(&given).unwrap();
                let settings = &files.plain[0].1;
                assert!(!settings.contains("hidden"), "{settings}");
                assert!(
                    settings.contains("# \"socket\": we open the connection"),
                    "comments stay"
                );
                let secrets: Vec<&str> = files.secret.iter().map(|(name, _)| *name).collect();
                assert_eq!(
                    secrets.contains(&DATABASE),
                    database.starts_with("postgres")
                );
                assert_eq!(secrets.contains(&APP_TOKEN), public_url.is_none());
            }
        }
    }

    #[test]
    fn discord_alone_or_beside_slack_makes_files_that_can_be_read() {
        let discord = Discord {
            application: "1100000000000000010".to_owned(),
            guild: "1100000000000000001".to_owned(),
            queue_channel: "1100000000000000102".to_owned(),
            message_content: true,
        };
        for is_alone in [true, false] {
            let mut given = answers();
            given.discord = Some(discord.clone());
            for (n, worker) in given.people.iter_mut().enumerate() {
                worker.discord = Some(format!("110000000000000100{n}"));
                if is_alone {
                    worker.slack = None;
                }
            }
            if is_alone {
                given.slack = None;
            } else {
                given.queue_on = Some("discord");
            }
            let files = Files::of(&given).unwrap();
            let (settings, directory) = (&files.plain[0].1, &files.plain[2].1);
            let read: toml::Table = settings.parse().unwrap();
            assert_eq!(read.contains_key("slack"), !is_alone, "{settings}");
            let queue_on = read.get("queue_on").and_then(toml::Value::as_str);
            assert_eq!(queue_on, (!is_alone).then_some("discord"), "{settings}");
            assert_eq!(read["discord"]["message_content"].as_bool(), Some(true));
            assert_eq!(
                read["discord"]["queue_channel"].as_str(),
                Some("1100000000000000102")
            );
            assert!(
                settings.contains("# \"socket\": we open the connection"),
                "comments stay"
            );
            assert_eq!(directory.contains("slack = [{"), !is_alone);
            assert!(
                directory.contains("discord = [\"1100000000000001000\"]"),
                "{directory}"
            );
            let secrets: Vec<&str> = files.secret.iter().map(|(name, _)| *name).collect();
            assert!(secrets.contains(&DISCORD_TOKEN));
            assert_eq!(secrets.contains(&BOT_TOKEN), !is_alone);
        }
    }

    #[test]
    fn policy_and_directory_say_what_was_answered() {
        let files = Files::of(&answers()).unwrap();
        let policy = parse_policy(POLICY, &files.plain[1].1).unwrap().policy;
        assert_eq!(policy.organisation.name, "Acme \"& Sons\"");
        assert_eq!(policy.queue.team, "Blue team");
        assert_eq!(policy.contacts.urgent.len(), 1);
        assert_eq!(policy.contacts.urgent[0].reach, "+49 30 5550100");
        let directory = &files.plain[2].1;
        for key in ["\"nne_m_ller\"", "\"nne_m_ller_2\"", "\"person\""] {
            assert!(directory.contains(&format!("key = {key}")), "{directory}");
        }
    }
}
