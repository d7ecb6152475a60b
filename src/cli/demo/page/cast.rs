//! Who is in the demo's workspace and guild, and what was said there before anybody came to play.
//!
//! Invariants: the app is what an operator installs (the manifest of this repository); nobody here exists. Neighbours: `stands` has the
//! directory that gives them their roles, `emulator` the workspace and the guild.

use crate::{
    cli::{
        Failure,
        demo::stands::{Host, Seeds},
    },
    domain::clock::Timestamp,
    emulator::{
        discord::{self, seed as guild},
        slack,
    },
};
use chrono::TimeDelta;
use std::path::Path;

/// Somebody to act as.
#[derive(Debug, Clone, Copy)]
pub struct Player {
    /// What they are called at the client.
    pub handle: &'static str,
    /// What they are here for.
    pub part: &'static str,
}

const fn player(handle: &'static str, part: &'static str) -> Player {
    Player { handle, part }
}

/// Everybody, in the order of the list.
pub const PLAYERS: [Player; 9] = [
    player("alice", "Reporter"),
    player("bob", "Another reporter"),
    player("rita", "Responder"),
    player("ivy", "Incident commander"),
    player("pia", "On call, primary"),
    player("ben", "On call, backup"),
    player("max", "Executive"),
    player("gwen", "Contractor, a guest"),
    player("olga", "Outsider, Partner Ltd"),
];

/// Where something was said: the channel on Slack, and the one on Discord.
type Place = (&'static str, discord::model::Id);

const GENERAL: Place = ("C0GENERAL", guild::GENERAL);
const OPS: Place = ("C0OPS", guild::OPS);
const QUEUE: Place = ("C0QUEUE", guild::QUEUE);
/// Where people of Partner Ltd talk: a shared channel, or a server of their own.
const PARTNER: Place = ("C0PARTNER", guild::PARTNER_GENERAL);

/// Where, who, how many minutes ago, what.
const BEFORE: [(Place, &str, i64, &str); 7] = [
    (
        GENERAL,
        "ivy",
        52,
        "Reminder: suspicion is enough. If something looks odd, tell us; nobody is blamed for a false alarm.",
    ),
    (
        GENERAL,
        "bob",
        21,
        "Did anybody else get a mail from \"IT Helpdesk\" that wants me to confirm my password at login.example-corp.help? It looks almost right.",
    ),
    (GENERAL, "max", 17, "I got it too, and deleted it."),
    (
        OPS,
        "ben",
        43,
        "The scanners in hall 2 are on the new release.",
    ),
    (
        OPS,
        "bob",
        38,
        "Two of them ask for a login that nobody here set up. Is that yours?",
    ),
    (
        PARTNER,
        "olga",
        12,
        "Our support account on your tenant signed in from Lagos this morning. None of us is there.",
    ),
    (
        QUEUE,
        "rita",
        30,
        "Morning. I have the queue until four; Pia is on call, Ben is backup.",
    ),
];

/// The file in which a platform's side is kept between runs.
pub const fn file(host: Host) -> &'static str {
    match host {
        Host::Slack => "workspace.json",
        Host::Discord => "guild.json",
    }
}

/// Example Corp as it was left in `folder`, or else with some talk, and when its newest message was written.
pub fn seeds(start: Timestamp, folder: &Path) -> Result<(Seeds, Option<Timestamp>), Failure> {
    let kept = |host| read(&folder.join(file(host)));
    let manifest = serde_json::from_str(include_str!("../../../../manifests/slack/manifest.json"))
        .map_err(Failure::stopped)?;
    let Seeds { slack, discord } = Seeds::default();
    let slack = slack.with_manifest(&manifest);
    let slack = match kept(Host::Slack)? {
        Some(text) => slack
            .go_on(&text)
            .map_err(|error| unreadable(folder, Host::Slack, &error))?,
        None => with_talk(slack, start),
    };
    let discord = match kept(Host::Discord)? {
        Some(text) => discord
            .go_on(&text)
            .map_err(|error| unreadable(folder, Host::Discord, &error))?,
        None => with_talk_there(discord, start),
    };
    // The talk before is no reason to hurry time.
    let newest = slack.newest().max(discord.newest());
    Ok((Seeds { slack, discord }, newest))
}

fn read(path: &Path) -> Result<Option<String>, Failure> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::stopped(error)),
    }
}

fn unreadable(folder: &Path, host: Host, error: &serde_json::Error) -> Failure {
    Failure::Stopped(format!(
        "{} cannot be read: {error}. `secevent demo --fresh` begins anew",
        folder.join(file(host)).display()
    ))
}

fn with_talk(mut seed: slack::Seed, start: Timestamp) -> slack::Seed {
    for ((channel, _), who, minutes, text) in BEFORE {
        let at = start - TimeDelta::minutes(minutes);
        let micros = at.timestamp_micros();
        let ts = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
        let said = slack::model::Message {
            ts: ts.clone(),
            channel: channel.to_owned(),
            user: format!("U0{}", who.to_uppercase()),
            bot: None,
            text: text.to_owned(),
            blocks: None,
            attachments: None,
            thread_ts: None,
            files: Vec::new(),
            reactions: Vec::new(),
            edited: None,
            metadata: None,
            tombstone: false,
            subtype: None,
            client_msg_id: None,
        };
        seed.world
            .messages
            .entry(channel.to_owned())
            .or_default()
            .insert(ts, said);
    }
    seed
}

fn with_talk_there(seed: discord::Seed, start: Timestamp) -> discord::Seed {
    BEFORE
        .into_iter()
        .fold(seed, |seed, ((_, channel), who, minutes, text)| {
            let at = start - TimeDelta::minutes(minutes);
            match guild::person(who) {
                Some(author) => seed.with_message(channel, author, at, text),
                None => seed,
            }
        })
}
