//! After a session that could not be resumed: what may have been told in vain is looked for in the channels that are watched.
//!
//! Invariants: bounded, newest first, and idempotent by the keys that the events would have had, so nothing is looked at for which a key
//! may be forgotten by now; it finds reports by reaction and by mention, because nothing else of what is missed is a report of somebody's;
//! what cannot be looked at is tried until it can, with an alarm that names it; it ends when everything was looked at, and until then the
//! seat says that it is owed. Neighbours: [`super::connection`] starts it, [`super::taking`] hands over what it finds.

use super::taking::{Halted, Taking, pause};
use crate::{
    chat::{
        discord::{
            api::{Api, CallError},
            ingress::wire_hash,
            wire::{entities::mentions, id, made_at, text},
        },
        seats::{Seats, Untold},
    },
    domain::{
        clock::{Clock, Timestamp},
        person::PlatformId,
    },
};
use chrono::{SecondsFormat, TimeDelta};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

/// Newest messages of a channel that are looked at; Discord hands out as many at once.
const MESSAGES: &str = "100";
/// Most people who reacted with one emoji that are looked at.
const PEOPLE: &str = "100";
/// Between two calls: this runs beside what people wait for.
const BETWEEN: Duration = Duration::from_millis(250);
/// After so many looks that failed the alarm is raised.
const QUIETLY: u32 = 3;
/// Longest wait between two looks that fail.
const APART: Duration = Duration::from_secs(600);
/// The oldest that is looked at. Keys are forgotten after 30 days, and by then what was told before would count once more.
const LONGEST: TimeDelta = TimeDelta::days(25);
/// Discord's clock and ours may differ, and an event may come late.
const MARGIN: TimeDelta = TimeDelta::minutes(5);

/// Where a look back begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    /// Mentions in messages from here on.
    said: Timestamp,
    /// Reactions on messages from here on: Discord does not say when one reacted.
    marked: Timestamp,
    /// Nobody looks as far back as it would take.
    is_cut: bool,
}

impl Window {
    /// For what was missed since then, of a bot that began at some time.
    pub(super) fn of(now: Timestamp, since: Timestamp, begun_at: Option<Timestamp>) -> Self {
        let oldest = now - LONGEST;
        // What people marked before the bot was there was no report to it.
        let marked = begun_at.map_or(oldest, |begun| oldest.max(begun - MARGIN));
        Self {
            said: oldest.max(since - MARGIN),
            marked,
            is_cut: since < oldest,
        }
    }
}

/// Why a channel was not looked through.
#[derive(Debug)]
enum Unseen {
    Halted,
    Failed(CallError),
}

impl From<Halted> for Unseen {
    fn from(_: Halted) -> Self {
        Self::Halted
    }
}

impl From<CallError> for Unseen {
    fn from(error: CallError) -> Self {
        Self::Failed(error)
    }
}

/// A look back.
#[derive(Debug)]
pub(super) struct LookBack {
    pub(super) api: Api,
    pub(super) taking: Taking,
    pub(super) seats: Arc<dyn Seats>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) guild: String,
    pub(super) channels: Vec<String>,
    /// What happened since then may have been told to nobody.
    pub(super) since: Timestamp,
    pub(super) begun_at: Option<Timestamp>,
    /// What was handed over already.
    pub(super) found: BTreeSet<String>,
}

impl LookBack {
    /// Looks until everything was looked at, and the alarms say so.
    pub(super) async fn run(mut self) -> Result<(), Halted> {
        self.own_up().await?;
        let mut left = self.channels.clone();
        let mut wait = self.taking.timings.backoff;
        for round in 1_u32.. {
            let mut unseen = BTreeMap::new();
            for channel in left {
                match self.look(&channel).await {
                    Ok(()) => {}
                    Err(Unseen::Halted) => return Err(Halted),
                    Err(Unseen::Failed(error)) => {
                        tracing::warn!(%error, channel, round, "a channel could not be looked through for what may have been missed");
                        unseen.insert(channel, error);
                    }
                }
            }
            let told = self.tell(&unseen, round).await;
            if let Err(error) = &told {
                tracing::warn!(%error, "it could not be noted which channels were looked through");
            }
            if told.is_ok() && unseen.is_empty() {
                break;
            }
            left = unseen.into_keys().collect();
            pause(wait, &self.taking.stop).await?;
            wait = (wait * 2).min(APART);
        }
        tracing::info!(
            channels = self.channels.len(),
            found = self.found.len(),
            "looked through the watched channels, because events may have been missed"
        );
        Ok(())
    }

    /// Says what no look can mend.
    async fn own_up(&self) -> Result<(), Halted> {
        let now = self.clock.now();
        let nobody_looks = self.channels.is_empty();
        if !nobody_looks && !Window::of(now, self.since, self.begun_at).is_cut {
            return Ok(());
        }
        let why = if nobody_looks {
            "nobody looked for it, because discord.watch_channels is empty: list the channels there where people report by reaction or mention"
        } else {
            "nobody looked for what is older than 25 days"
        };
        let [since, until] =
            [self.since, now].map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true));
        let text = format!(
            "Discord began a new session, and reports by reaction or mention between {since} and {until} may never have been told; {why}. Ask there whether somebody reported something. This alarm ends by itself after seven days."
        );
        let mut wait = self.taking.timings.backoff;
        while let Err(error) = self.seats.missed(PlatformId::Discord, None, &text).await {
            tracing::warn!(%error, "it could not be noted that nobody looks for what was missed");
            pause(wait, &self.taking.stop).await?;
            wait = (wait * 2).min(APART);
        }
        Ok(())
    }

    /// Ends the alarms about what was looked at, and raises those about what cannot be.
    async fn tell(&self, unseen: &BTreeMap<String, CallError>, round: u32) -> Result<(), Untold> {
        let but = unseen.keys().cloned().collect();
        self.seats.looked(PlatformId::Discord, but).await?;
        if round < QUIETLY {
            return Ok(());
        }
        for (channel, error) in unseen {
            let text = format!(
                "Discord began a new session, and the channel {channel} could not be looked through for reports that were told to nobody ({error}). The bot needs View Channel and Read Message History there; it goes on trying, and this alarm ends when it could look. If the channel is gone, take it out of discord.watch_channels and restart."
            );
            let channel = Some(channel.as_str());
            self.seats
                .missed(PlatformId::Discord, channel, &text)
                .await?;
        }
        Ok(())
    }

    async fn look(&mut self, channel: &str) -> Result<(), Unseen> {
        let path = ["channels", channel, "messages"];
        let messages = self.calm(&path, &[("limit", MESSAGES)]).await?;
        let from = Window::of(self.clock.now(), self.since, self.begun_at);
        let mut done = Ok(());
        for message in messages.as_array().into_iter().flatten() {
            let Some(message_id) = id(message, "id") else {
                continue;
            };
            let is_after = |at: Timestamp| made_at(&message_id).is_none_or(|made| made >= at);
            let words = text(message, "content").unwrap_or_default();
            if is_after(from.said) && mentions(words, &self.taking.ingress.bot()) {
                // The history leaves out what an event says.
                let mut event = message.clone();
                event["guild_id"] = json!(self.guild);
                self.hand_over("MESSAGE_CREATE", message_id.clone(), &event)
                    .await?;
            }
            if !is_after(from.marked) {
                continue;
            }
            for reaction in message["reactions"].as_array().into_iter().flatten() {
                let emoji = &reaction["emoji"];
                if !self.taking.ingress.reports(emoji) {
                    continue;
                }
                match self.reacted(channel, &message_id, emoji).await {
                    // The others are looked at all the same.
                    Err(Unseen::Failed(error)) => done = Err(Unseen::Failed(error)),
                    looked => looked?,
                }
            }
        }
        done
    }

    async fn reacted(&mut self, channel: &str, message: &str, emoji: &Value) -> Result<(), Unseen> {
        let name = text(emoji, "name").unwrap_or_default();
        let wanted = match id(emoji, "id") {
            Some(own) => format!("{name}:{own}"),
            None => name.to_owned(),
        };
        let path = [
            "channels",
            channel,
            "messages",
            message,
            "reactions",
            wanted.as_str(),
        ];
        let people = self.calm(&path, &[("limit", PEOPLE)]).await?;
        for user in people.as_array().into_iter().flatten() {
            let event = json!({
                "user_id": user["id"], "channel_id": channel, "message_id": message, "guild_id": self.guild,
                "emoji": emoji, "member": { "user": user },
            });
            let name = format!("{message} {wanted} {}", user["id"]);
            self.hand_over("MESSAGE_REACTION_ADD", name, &event).await?;
        }
        Ok(())
    }

    /// Hands over what was found, once.
    async fn hand_over(&mut self, kind: &str, name: String, event: &Value) -> Result<(), Halted> {
        if self.found.contains(&name) {
            return Ok(());
        }
        let hash = wire_hash(event.to_string().as_bytes());
        self.taking.event(kind, event, hash).await?;
        self.found.insert(name);
        Ok(())
    }

    /// One call; once more after the wait that Discord asks for.
    async fn calm(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Value, Unseen> {
        let stop = &self.taking.stop;
        pause(BETWEEN, stop).await?;
        let get = || async {
            // A call that only reads may be given up half way.
            tokio::select! {
                got = self.api.get(path, query) => Ok(got),
                () = stop.cancelled() => Err(Halted),
            }
        };
        match get().await? {
            Err(CallError::Limited { after, .. }) if after < Duration::from_secs(60) => {
                pause(after, stop).await?;
                Ok(get().await??)
            }
            done => Ok(done?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_looked_at_whose_key_may_be_forgotten_or_that_was_there_before_the_bot() {
        let now: Timestamp = "2026-03-31T12:00:00Z".parse().unwrap();
        let ago = |days, minutes| now - TimeDelta::days(days) - TimeDelta::minutes(minutes);
        let from = |said, marked, is_cut| Window {
            said,
            marked,
            is_cut,
        };
        let known_long = Some(ago(100, 0));
        assert_eq!(
            Window::of(now, ago(0, 10), known_long),
            from(ago(0, 15), ago(25, 0), false)
        );
        assert_eq!(
            Window::of(now, ago(31, 0), known_long),
            from(ago(25, 0), ago(25, 0), true)
        );
        assert_eq!(
            Window::of(now, ago(0, 10), Some(ago(2, 0))),
            from(ago(0, 15), ago(2, 5), false)
        );
        assert_eq!(
            Window::of(now, ago(0, 10), None),
            from(ago(0, 15), ago(25, 0), false)
        );
    }
}
