//! Who is in the demo's workspace, and what was said there before anybody came to play.
//!
//! Invariants: the app is what an operator installs (the manifest of this repository); nobody here exists. Neighbours: `stands` has the
//! directory that gives them their roles, `emulator` the workspace.

use crate::{
    cli::{Failure, demo::stands},
    domain::clock::Timestamp,
    emulator::slack::{Seed, model::Message},
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

/// Channel, who, how many minutes ago, what.
const BEFORE: [(&str, &str, i64, &str); 7] = [
    (
        "C0GENERAL",
        "U0IVY",
        52,
        "Reminder: suspicion is enough. If something looks odd, tell us; nobody is blamed for a false alarm.",
    ),
    (
        "C0GENERAL",
        "U0BOB",
        21,
        "Did anybody else get a mail from \"IT Helpdesk\" that wants me to confirm my password at login.example-corp.help? It looks almost right.",
    ),
    ("C0GENERAL", "U0MAX", 17, "I got it too, and deleted it."),
    (
        "C0OPS",
        "U0BEN",
        43,
        "The scanners in hall 2 are on the new release.",
    ),
    (
        "C0OPS",
        "U0BOB",
        38,
        "Two of them ask for a login that nobody here set up. Is that yours?",
    ),
    (
        "C0PARTNER",
        "U0OLGA",
        12,
        "Our support account on your tenant signed in from Lagos this morning. None of us is there.",
    ),
    (
        "C0QUEUE",
        "U0RITA",
        30,
        "Morning. I have the queue until four; Pia is on call, Ben is backup.",
    ),
];

/// Example Corp with the app as its manifest describes it: as it was left, if there is such a file, else with some talk.
pub fn workspace(start: Timestamp, kept: &Path) -> Result<Seed, Failure> {
    let manifest = serde_json::from_str(include_str!("../../../../manifests/slack/manifest.json"))
        .map_err(Failure::stopped)?;
    let mut seed = stands::workspace().with_manifest(&manifest);
    match std::fs::read_to_string(kept) {
        Ok(text) => {
            return seed.go_on(&text).map_err(|error| {
                Failure::Stopped(format!(
                    "{} cannot be read: {error}. `secevent demo --fresh` begins anew",
                    kept.display()
                ))
            });
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(Failure::stopped(error)),
    }
    for (channel, user, minutes, text) in BEFORE {
        let at = start - TimeDelta::minutes(minutes);
        let micros = at.timestamp_micros();
        let ts = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
        let said = Message {
            ts: ts.clone(),
            channel: channel.to_owned(),
            user: user.to_owned(),
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
    Ok(seed)
}
