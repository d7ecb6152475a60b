//! Events to sessions: who hears what, with or without content.
//!
//! Invariants: only what the bot can see is told, only to sessions that asked for its kind; content goes to those with the intent for it, apart from
//! Discord's exceptions. Neighbours: `writing`, `interactions` and `control` cause them.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::super::faults::EventFault;
use super::super::intents;
use super::super::model::{DIRECT, Id, Message};
use super::super::objects;
use super::super::permissions;
use super::super::state::State;

/// An event that was dispatched to a session, or to none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Name of the event.
    pub kind: String,
    /// The session, and the number there; nothing when no session wanted it.
    pub to: Option<(String, u64)>,
    /// Swallowed by a scripted fault.
    pub dropped: bool,
}

/// The intent that an event belongs to; zero needs none.
const fn intent(kind: &str, direct: bool) -> u64 {
    match kind.as_bytes() {
        b"MESSAGE_CREATE" | b"MESSAGE_UPDATE" | b"MESSAGE_DELETE" => {
            if direct {
                intents::DIRECT_MESSAGES
            } else {
                intents::GUILD_MESSAGES
            }
        }
        b"MESSAGE_REACTION_ADD" | b"MESSAGE_REACTION_REMOVE" => {
            if direct {
                intents::DIRECT_MESSAGE_REACTIONS
            } else {
                intents::GUILD_MESSAGE_REACTIONS
            }
        }
        b"GUILD_MEMBER_ADD" | b"GUILD_MEMBER_REMOVE" | b"GUILD_MEMBER_UPDATE" => {
            intents::GUILD_MEMBERS
        }
        b"INTERACTION_CREATE" => 0,
        _ => intents::GUILDS,
    }
}

impl State {
    /// Dispatches to every session that asked for it; `data` makes the payload with content or without.
    fn dispatch(
        &mut self,
        kind: &str,
        direct: bool,
        surface: &str,
        data: &dyn Fn(bool) -> Value,
        now: DateTime<Utc>,
    ) -> Vec<Told> {
        let fault = self.faults.for_event(kind, surface);
        let told = |to, dropped| Told {
            kind: kind.to_owned(),
            to,
            dropped,
        };
        if fault == Some(EventFault::Dropped) {
            self.ledger.append(
                "delivery",
                now,
                json!({ "surface": surface, "type": kind, "dropped": true, "payload": data(true) }),
            );
            return vec![told(None, true)];
        }
        self.sessions.tidy(now);
        let needed = intent(kind, direct);
        let hold = self.sessions.hold;
        let times = if fault == Some(EventFault::Doubled) {
            2
        } else {
            1
        };
        let mut all = Vec::new();
        for session in self.sessions.all.values_mut() {
            if session.intents & needed != needed {
                continue;
            }
            let payload = data(session.intents & intents::MESSAGE_CONTENT != 0);
            for _ in 0..times {
                let seq = session.dispatch(kind, payload.clone(), hold);
                all.push(told(Some((session.id.clone(), seq)), false));
            }
        }
        let numbers: Vec<Value> = all
            .iter()
            .filter_map(|one| one.to.as_ref())
            .map(|(session, seq)| json!({ "session": session, "seq": seq }))
            .collect();
        let mut shown = data(true);
        if shown.get("token").is_some() {
            // The right to answer is nobody else's business.
            shown["token"] = json!("...");
        }
        self.ledger.append(
            "delivery",
            now,
            json!({ "surface": surface, "type": kind, "to": numbers, "payload": shown }),
        );
        if all.is_empty() && self.sessions.all.is_empty() {
            all.push(told(None, false));
        }
        all
    }

    /// Tells of something in a channel that the bot sees.
    pub fn tell_in(
        &mut self,
        channel: Id,
        kind: &str,
        data: Value,
        now: DateTime<Utc>,
    ) -> Vec<Told> {
        let Some(place) = self.world.channels.get(&channel) else {
            return Vec::new();
        };
        if !permissions::sees(&self.world, place, self.world.app.bot) {
            return Vec::new();
        }
        let direct = place.kind == DIRECT;
        self.dispatch(kind, direct, "event", &|_| data.clone(), now)
    }

    /// Tells of a message; of one that only a person sees the app hears nothing.
    pub fn tell_of_message(
        &mut self,
        kind: &str,
        message: &Message,
        now: DateTime<Utc>,
    ) -> Vec<Told> {
        let Some(place) = self.world.channels.get(&message.channel).cloned() else {
            return Vec::new();
        };
        if message.only_for.is_some() || !permissions::sees(&self.world, &place, self.world.app.bot)
        {
            return Vec::new();
        }
        let mut shown =
            [false, true].map(|content| objects::message_for(self, message, content, now));
        for one in &mut shown {
            if let Some(guild) = place.guild {
                one["guild_id"] = json!(guild.to_string());
                if let Some(member) =
                    objects::member_without_user(&self.world, guild, message.author)
                {
                    one["member"] = member;
                }
            }
            one["channel_type"] = json!(place.kind);
            if let Some(nonce) = message.nonce.as_ref().filter(|_| kind == "MESSAGE_CREATE") {
                one["nonce"] = nonce.clone();
            }
        }
        let [without, with] = shown;
        let direct = place.kind == DIRECT;
        self.dispatch(
            kind,
            direct,
            "event",
            &|content| {
                if content {
                    with.clone()
                } else {
                    without.clone()
                }
            },
            now,
        )
    }

    /// Tells of a reaction.
    pub fn tell_of_reaction(
        &mut self,
        message: &Message,
        user: Id,
        emoji: &str,
        add: bool,
        now: DateTime<Utc>,
    ) -> Vec<Told> {
        let guild = self
            .world
            .channels
            .get(&message.channel)
            .and_then(|place| place.guild);
        let mut data = json!({
            "user_id": user.to_string(), "channel_id": message.channel.to_string(), "message_id": message.id.to_string(),
            "emoji": objects::emoji(emoji), "burst": false, "type": 0,
        });
        if let Some(guild) = guild {
            data["guild_id"] = json!(guild.to_string());
        }
        if !add {
            return self.tell_in(message.channel, "MESSAGE_REACTION_REMOVE", data, now);
        }
        data["message_author_id"] = json!(message.author.to_string());
        data["burst_colors"] = json!([]);
        if let Some(member) = guild.and_then(|guild| objects::member(&self.world, guild, user)) {
            data["member"] = member;
        }
        self.tell_in(message.channel, "MESSAGE_REACTION_ADD", data, now)
    }

    /// Tells of something that belongs to no channel.
    pub fn tell(&mut self, kind: &str, data: Value, now: DateTime<Utc>) -> Vec<Told> {
        self.dispatch(kind, false, "event", &|_| data.clone(), now)
    }

    /// Tells of an interaction.
    pub fn tell_of_interaction(&mut self, data: &Value, now: DateTime<Utc>) -> Vec<Told> {
        let surface = if data["type"] == 2 {
            "command"
        } else {
            "interaction"
        };
        self.dispatch("INTERACTION_CREATE", false, surface, &|_| data.clone(), now)
    }
}
