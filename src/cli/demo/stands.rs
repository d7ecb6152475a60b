//! The platforms of a demo: an emulated Slack, an emulated Discord, or both, with the settings of a bot that stands between them.
//!
//! Invariants: one clock for all stand-ins; one directory, in which a person's accounts on both platforms are one person; the settings are
//! made without the bot, so that it may be another process. Neighbours: `stage` plays on them, `page` serves them to a browser.

use crate::{
    app,
    cli::{Failure, Outcome},
    config::Config,
    emulator::{
        clock::EmulatorClock,
        discord::{self, DiscordEmulator},
        door::Door,
        slack::{self, SlackEmulator},
    },
};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// Which platforms are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Wanted {
    /// Slack alone.
    #[default]
    Slack,
    /// Discord alone.
    Discord,
    /// Both, over one record.
    All,
}

impl Wanted {
    /// The platforms, in the order in which they are shown.
    pub const fn hosts(self) -> &'static [Host] {
        match self {
            Self::Slack => &[Host::Slack],
            Self::Discord => &[Host::Discord],
            Self::All => &[Host::Slack, Host::Discord],
        }
    }

    /// The file for the ledger of a platform: the one that was named, or one for each platform, with its name in it.
    pub fn ledger(self, named: Option<&Path>, host: Host) -> Option<PathBuf> {
        let named = named?;
        if self != Self::All {
            return Some(named.to_owned());
        }
        let mut name = named.file_stem().unwrap_or_default().to_owned();
        name.push(".");
        name.push(host.word());
        if let Some(ending) = named.extension() {
            name.push(".");
            name.push(ending);
        }
        Some(named.with_file_name(name))
    }
}

/// A platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Host {
    /// Slack.
    Slack,
    /// Discord.
    Discord,
}

impl Host {
    /// What people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Slack => "Slack",
            Self::Discord => "Discord",
        }
    }

    /// What it is called in settings, files and the record.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Slack => "slack",
            Self::Discord => "discord",
        }
    }
}

/// What the stand-ins begin with; that of a platform which is not wanted is left aside.
#[derive(Debug)]
pub struct Seeds {
    /// The workspace.
    pub slack: slack::Seed,
    /// The guild.
    pub discord: discord::Seed,
}

impl Default for Seeds {
    fn default() -> Self {
        Self {
            slack: workspace(),
            discord: discord::Seed::example_corp(),
        }
    }
}

/// Running stand-ins.
#[derive(Debug)]
pub struct Stands {
    wanted: Wanted,
    clock: EmulatorClock,
    slack: Option<SlackEmulator>,
    discord: Option<DiscordEmulator>,
}

impl Stands {
    /// Starts those that are wanted, on a clock that only moves when it is stepped. `ledger` is the file that gets all that they accept and
    /// deliver ([`Wanted::ledger`]).
    pub async fn start(
        wanted: Wanted,
        clock: EmulatorClock,
        seeds: Seeds,
        ledger: Option<&Path>,
    ) -> Result<Self, Failure> {
        let Seeds {
            mut slack,
            mut discord,
        } = seeds;
        slack.ledger_file = wanted.ledger(ledger, Host::Slack);
        discord.ledger_file = wanted.ledger(ledger, Host::Discord);
        let failed = |host: Host| {
            move |error: std::io::Error| {
                let name = host.name();
                Failure::Stopped(format!("the stand-in of {name} does not start: {error}"))
            }
        };
        let mut all = Self {
            wanted,
            clock,
            slack: None,
            discord: None,
        };
        if all.hosts().contains(&Host::Slack) {
            let started = SlackEmulator::start(slack, all.clock.clone()).await;
            all.slack = Some(started.map_err(failed(Host::Slack))?);
        }
        if all.hosts().contains(&Host::Discord) {
            let started = DiscordEmulator::start(discord, all.clock.clone()).await;
            all.discord = Some(started.map_err(failed(Host::Discord))?);
        }
        Ok(all)
    }

    /// Which run.
    pub const fn wanted(&self) -> Wanted {
        self.wanted
    }

    /// Which run, in the order in which they are shown.
    pub const fn hosts(&self) -> &'static [Host] {
        self.wanted.hosts()
    }

    /// The first of them: where somebody is who does not say where.
    pub const fn first(&self) -> Host {
        match self.wanted {
            Wanted::Slack | Wanted::All => Host::Slack,
            Wanted::Discord => Host::Discord,
        }
    }

    /// The way in to one of them, for people and fate.
    pub fn door(&self, host: Host) -> Result<Door, Failure> {
        let door = match host {
            Host::Slack => self.slack.as_ref().map(SlackEmulator::door),
            Host::Discord => self.discord.as_ref().map(DiscordEmulator::door),
        };
        door.ok_or_else(|| {
            Failure::Stopped(format!(
                "there is no {} in this demo; `--platform all` has both",
                host.name()
            ))
        })
    }

    /// What was said and made on one of them, written down for `go_on` of its seed. `None` if it does not run.
    pub fn kept(&self, host: Host) -> Option<serde_json::Result<String>> {
        match host {
            Host::Slack => self.slack.as_ref().map(SlackEmulator::kept),
            Host::Discord => self.discord.as_ref().map(DiscordEmulator::kept),
        }
    }

    /// Lets time pass on all of them.
    pub fn advance(&self, time: Duration) {
        self.clock.advance(time);
    }

    /// The settings of a bot that is connected to all of them and keeps its record in `folder`; the directory of people is written beside it.
    pub fn settings(&self, folder: &Path) -> Result<String, Failure> {
        std::fs::write(folder.join("directory.toml"), DIRECTORY).map_err(|error| {
            Failure::Stopped(format!("{} cannot be written: {error}", folder.display()))
        })?;
        let mut all = format!(
            "environment = \"demo\"\ndirectory_file = \"directory.toml\"\nlisten = \"127.0.0.1:0\"\noperator_listen = \"127.0.0.1:0\"\n\
             [database]\nurl = {:?}\n",
            format!("sqlite:{}", folder.join("secevent.db").display()),
        );
        if let Some(slack) = &self.slack {
            use slack::seed::{APP_TOKEN, BOT_TOKEN};
            let api_url = slack.api_url();
            all.push_str(&format!(
                "[slack]\nmode = \"socket\"\nconnections = 1\napi_url = {api_url:?}\nbot_token = {BOT_TOKEN:?}\napp_token = {APP_TOKEN:?}\n\
                 queue_channel = \"C0QUEUE\"\n"
            ));
        }
        if let Some(discord) = &self.discord {
            use discord::seed::{APPLICATION, BOT_TOKEN, GUILD, QUEUE};
            let api_url = discord.api_url();
            all.push_str(&format!(
                "[discord]\napi_url = {api_url:?}\nbot_token = {BOT_TOKEN:?}\napplication_id = \"{APPLICATION}\"\nguild = \"{GUILD}\"\n\
                 queue_channel = \"{QUEUE}\"\nmessage_content = true\n"
            ));
        }
        Ok(all)
    }

    /// Ends them.
    pub async fn stop(self) {
        if let Some(slack) = self.slack {
            slack.stop().await;
        }
        if let Some(discord) = self.discord {
            discord.stop().await;
        }
    }
}

/// Registers the bot's commands where a platform wants to be told of them, as its operator does before it starts.
pub async fn register(config: &Config) -> Outcome {
    if config.discord.is_none() {
        return Ok(());
    }
    let done = app::register_discord(config).await;
    done.map(drop).map_err(|why| {
        Failure::Stopped(format!(
            "the commands are not registered with the stand-in of Discord: {why}"
        ))
    })
}

/// Example Corp on Slack, with everybody of the cast.
pub fn workspace() -> slack::Seed {
    let mut seed = slack::Seed::example_corp().with_person("U0PIA", "pia", "Pia Park", |_| {});
    for channel in ["C0GENERAL", "C0QUEUE"] {
        if let Some(channel) = seed.world.channels.get_mut(channel) {
            channel.members.insert("U0PIA".to_owned());
        }
    }
    seed
}

/// Who has a role. Whoever stands here is one person on both platforms; everybody else is two, until they say otherwise.
const DIRECTORY: &str = r#"
[[person]]
key = "rita"
name = "Rita Roth"
slack = [{ realm = "T0EXAMPLE", user = "U0RITA" }]
discord = ["1100000000000001003"]
phone = "+49 30 5550100"
roles = ["responder"]

[[person]]
key = "pia"
name = "Pia Park"
slack = [{ realm = "T0EXAMPLE", user = "U0PIA" }]
discord = ["1100000000000001010"]
phone = "+49 30 5550101"
roles = ["responder", "on_call_primary"]

[[person]]
key = "ben"
name = "Ben Bauer"
slack = [{ realm = "T0EXAMPLE", user = "U0BEN" }]
discord = ["1100000000000001004"]
phone = "+49 30 5550102"
roles = ["responder", "on_call_backup"]

[[person]]
key = "ivy"
name = "Ivy Ito"
slack = [{ realm = "T0EXAMPLE", user = "U0IVY" }]
discord = ["1100000000000001005"]
phone = "+49 30 5550103"
roles = ["incident_commander", "soc_lead", "operator"]

[[person]]
key = "max"
name = "Max Meyer"
slack = [{ realm = "T0EXAMPLE", user = "U0MAX" }]
discord = ["1100000000000001006"]
roles = ["executive"]
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_names_the_accounts_that_the_stand_ins_have() {
        let seeds = Seeds::default();
        let all: toml::Table = DIRECTORY.parse().unwrap();
        for person in all["person"].as_array().unwrap() {
            let key = person["key"].as_str().unwrap();
            let on_slack = person["slack"][0]["user"].as_str().unwrap();
            let on_discord = person["discord"][0].as_str().unwrap();
            assert_eq!(seeds.slack.world.users[on_slack].handle, key);
            let expected = discord::seed::person(key).unwrap();
            assert_eq!(on_discord, expected.to_string(), "{key}");
        }
    }

    #[test]
    fn each_platform_has_a_ledger_of_its_own() {
        let named = Path::new("/tmp/books/ledger.jsonl");
        let one = |wanted: Wanted, host| wanted.ledger(Some(named), host).unwrap();
        assert_eq!(one(Wanted::Discord, Host::Discord), named);
        assert_eq!(
            one(Wanted::All, Host::Discord),
            Path::new("/tmp/books/ledger.discord.jsonl")
        );
        assert_ne!(
            one(Wanted::All, Host::Slack),
            one(Wanted::All, Host::Discord)
        );
        assert_eq!(Wanted::All.ledger(None, Host::Slack), None);
    }
}
