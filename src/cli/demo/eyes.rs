//! What everybody can see, and what of it is new.
//!
//! Invariants: only the client door is asked, person by person, so nothing is seen that the platform would not show; every version of
//! every message of the bot is remembered with who could see it. Neighbours: `show` prints it, `tour::promises` holds it against the record.

use super::{stage::CAST, stands::Host};
use crate::{
    cli::{Failure, Outcome},
    emulator::door::{Door, MessageRef, SeenChannel, SeenMessage},
};
use std::collections::{BTreeMap, BTreeSet};

/// The bot's handle.
pub const BOT: &str = "secevent";

/// Where somebody sees a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a channel.
    Channel(String),
    /// In a thread of a channel.
    Thread(String),
    /// In a direct conversation with the bot.
    Direct,
    /// In a thread there.
    DirectThread,
    /// Shown to one person only, in a channel or in place of a form.
    Alone,
}

/// A message of the bot, or a changed one.
#[derive(Debug, Clone)]
pub struct Sight {
    /// On which platform.
    pub host: Host,
    /// Handles of those who see it.
    pub who: Vec<String>,
    /// Where.
    pub place: Place,
    /// The message.
    pub message: SeenMessage,
    /// What it said before, if it changed.
    pub before: Option<String>,
}

/// Remembers.
#[derive(Debug, Default)]
pub struct Eyes {
    now: BTreeMap<MessageRef, String>,
    /// Everything of the bot that anybody saw, oldest first.
    pub all: Vec<Sight>,
    numbers: Vec<(Host, MessageRef)>,
}

impl Eyes {
    /// Everybody looks everywhere: what is new since the last time, then what changed, each oldest first.
    pub async fn look(&mut self, doors: &[(Host, Door)]) -> Result<Vec<Sight>, Failure> {
        let mut found = Found::new();
        for (host, door) in doors {
            watch(&mut found, *host, door).await?;
        }
        let mut fresh = Vec::new();
        for ((host, _, at), mut sight) in found {
            let text = looks(&sight.message);
            match self.now.insert(at.clone(), text.clone()) {
                Some(before) if before == text => continue,
                before => sight.before = before,
            }
            self.number(host, &at);
            self.all.push(sight.clone());
            fresh.push(sight);
        }
        // What is said anew before what only changed.
        fresh.sort_by_key(|sight| sight.before.is_some());
        Ok(fresh)
    }

    /// Notes what stood in place of a form, seen by one person.
    pub fn note_alone(&mut self, host: Host, who: &str, shown: &str) {
        self.all.push(Sight {
            host,
            who: vec![who.to_owned()],
            place: Place::Alone,
            message: SeenMessage {
                shown: shown.to_owned(),
                ephemeral: true,
                ..SeenMessage::default()
            },
            before: None,
        });
    }

    /// The number by which the terminal calls a message, from 1.
    pub fn number(&mut self, host: Host, at: &MessageRef) -> usize {
        match self.numbers.iter().position(|(_, one)| one == at) {
            Some(index) => index + 1,
            None => {
                self.numbers.push((host, at.clone()));
                self.numbers.len()
            }
        }
    }

    /// The message of a number, and its platform.
    pub fn numbered(&self, number: usize) -> Option<&(Host, MessageRef)> {
        self.numbers.get(number.checked_sub(1)?)
    }

    /// The newest message that this person sees there with these words, as it stands now.
    pub fn find(&self, host: Host, who: &str, words: &str) -> Option<&Sight> {
        self.latest(|sight| {
            sight.host == host
                && sight.who.iter().any(|one| one == who)
                && sight.message.shown.contains(words)
        })
    }

    /// The message that was seen last among those that are so now.
    pub fn latest(&self, is_so: impl Fn(&Sight) -> bool) -> Option<&Sight> {
        let mut done = BTreeSet::new();
        // Only the newest version of a message counts.
        self.all
            .iter()
            .rev()
            .find(|sight| done.insert(sight.message.at()) && is_so(sight))
    }
}

/// All that can be told apart on the screen.
fn looks(message: &SeenMessage) -> String {
    let buttons: Vec<&str> = message
        .buttons
        .iter()
        .map(|button| button.label.as_str())
        .collect();
    format!("{}\n{}", message.shown, buttons.join(" "))
}

/// What was found, by platform, then by age.
type Found = BTreeMap<(Host, String, MessageRef), Sight>;

/// Everybody looks everywhere on one platform.
async fn watch(found: &mut Found, host: Host, door: &Door) -> Outcome {
    for one in CAST {
        let client = door.as_user(one.handle);
        for channel in client.channels().await.map_err(Failure::stopped)? {
            if !channel.member || (channel.direct && channel.name != BOT) {
                continue;
            }
            let messages = client.read_channel(&channel.id).await;
            for message in messages.map_err(Failure::stopped)? {
                let root = message.at();
                if message.reply_count > 0 {
                    let thread = client.read_thread(&root).await.map_err(Failure::stopped)?;
                    for reply in thread.into_iter().filter(|reply| reply.ts != root.ts) {
                        take(found, (host, one.handle), &channel, true, reply);
                    }
                }
                take(found, (host, one.handle), &channel, false, message);
            }
        }
    }
    Ok(())
}

fn take(
    found: &mut Found,
    (host, who): (Host, &str),
    channel: &SeenChannel,
    thread: bool,
    message: SeenMessage,
) {
    if message.author_name != BOT {
        return;
    }
    let place = match (message.ephemeral, channel.direct, thread) {
        (true, ..) => Place::Alone,
        (_, true, false) => Place::Direct,
        (_, true, true) => Place::DirectThread,
        (_, false, false) => Place::Channel(channel.name.clone()),
        (_, false, true) => Place::Thread(channel.name.clone()),
    };
    let at = message.at();
    found
        .entry((host, at.ts.clone(), at))
        .or_insert_with(|| Sight {
            host,
            who: Vec::new(),
            place,
            message,
            before: None,
        })
        .who
        .push(who.to_owned());
}
