//! The gateway: one connection for all replicas, resumed where it was left, never closed in a way that ends its session.
//!
//! Invariants: only who holds the seat connects; how far the stream is, is kept after the work of its events was committed (each event at
//! least once; its key keeps it from counting twice); a refusal for good stops the trying and says so in words; nothing waits without
//! a limit. Why so: `docs/decisions/discord-gateway.md`. Neighbours: `ingress` handles, `health` tells readiness and alarms, `chat::seats`.

mod connection;
mod end;
pub mod health;
mod progress;
mod reading;
mod reconcile;
mod taking;

use super::{
    api::{Api, CallError},
    ingress::Ingress,
    settings::{DiscordSettings, is_this_machine},
};
use crate::{
    chat::seats::{Seat, Seats},
    domain::{
        clock::{Clock, Entropy},
        person::PlatformId,
    },
    runtime::Runtime,
};
use connection::Connection;
use end::End;
use health::{Health, Phase};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use twilight_gateway::Intents;
use url::Url;

/// Limits and waits, all of them ours.
#[derive(Debug, Clone)]
pub struct GatewayTimings {
    /// How long the seat is held without being renewed.
    pub seat: Duration,
    /// How often who does not hold it asks for it.
    pub ask: Duration,
    /// How often at most the place in the stream is kept.
    pub keep: Duration,
    /// First wait after a failure, or before an event is tried again; doubles up to `backoff_most`.
    pub backoff: Duration,
    /// Longest such wait.
    pub backoff_most: Duration,
    /// How often an event that was not stored is tried.
    pub tries: u32,
    /// How long a stop waits for what runs.
    pub stop: Duration,
    /// How long a connection may be without a session that is live. The other end may have gone silent without closing anything.
    pub alive: Duration,
}

impl Default for GatewayTimings {
    fn default() -> Self {
        Self {
            seat: Duration::from_secs(20),
            ask: Duration::from_secs(3),
            keep: Duration::from_secs(1),
            backoff: Duration::from_millis(500),
            backoff_most: Duration::from_secs(32),
            tries: 20,
            stop: Duration::from_secs(5),
            alive: Duration::from_secs(60),
        }
    }
}

/// What the supervisor needs beside the settings.
#[derive(Debug, Clone)]
pub struct Parts {
    /// The API, for the gateway's address and for what may have been missed.
    pub api: Api,
    /// Where events go.
    pub ingress: Ingress,
    /// Who may connect.
    pub seats: Arc<dyn Seats>,
    /// The time of the last frame.
    pub clock: Arc<dyn Clock>,
    /// Jitter, and the name of this process.
    pub entropy: Arc<dyn Entropy>,
    /// Where events run.
    pub runtime: Runtime,
}

/// Keeps the connection up, while it is this process's turn.
#[derive(Debug)]
pub struct Supervisor {
    parts: Parts,
    settings: DiscordSettings,
    timings: GatewayTimings,
    health: Health,
    holder: String,
}

impl Supervisor {
    /// For these settings.
    #[must_use]
    pub fn new(parts: Parts, settings: DiscordSettings, timings: GatewayTimings) -> Self {
        // Unique for each start, so that nobody takes the seat of a dead process for its own.
        let holder = format!(
            "{}-{}",
            std::process::id(),
            parts.entropy.uuid(parts.clock.now()).simple()
        );
        Self {
            parts,
            settings,
            timings,
            health: Health::new(),
            holder,
        }
    }

    /// How it is doing; stays valid while it runs and after.
    #[must_use]
    pub fn health(&self) -> Health {
        self.health.clone()
    }

    /// Runs until `stop`, as a worker of the runtime.
    pub async fn run(self, stop: CancellationToken) {
        let mut fails = 0_u32;
        while !stop.is_cancelled() {
            let wait = match self.turn(&stop).await {
                End::Stopping => break,
                End::Unseated => {
                    fails = 0;
                    self.timings.ask
                }
                End::Failed(why) => {
                    // A connection that was up begins to count anew.
                    fails = if self.health.state().phase == Phase::Live {
                        1
                    } else {
                        fails.saturating_add(1)
                    };
                    tracing::warn!(why, fails, "the connection to Discord's gateway ended");
                    self.health.failed(&why);
                    self.backoff(fails)
                }
                End::Wait(wait, why) => {
                    tracing::warn!(why, wait_s = wait.as_secs(), "Discord lets us wait");
                    self.health.failed(&why);
                    wait
                }
                End::Stopped(why) => {
                    tracing::error!(why, "the gateway stopped; mend this and start again");
                    self.health.stopped(&why);
                    break;
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = stop.cancelled() => {}
            }
        }
        // A gateway that stopped for good is no death of a worker.
        stop.cancelled().await;
    }

    /// Takes the seat, connects, and works until it ends.
    async fn turn(&self, stop: &CancellationToken) -> End {
        let seats = &self.parts.seats;
        let taken = seats
            .take(PlatformId::Discord, &self.holder, self.timings.seat)
            .await;
        let seat = match taken {
            Ok(Some(seat)) => seat,
            Ok(None) => {
                self.health.phase(Phase::Standby);
                return End::Unseated;
            }
            Err(error) => {
                return End::Failed(format!("the seat could not be asked for: {error}"));
            }
        };
        let epoch = seat.epoch;
        let end = match self.address(seat.place.stream.is_some()).await {
            Ok(address) => self.connect(seat, address, stop).await,
            Err(end) => end,
        };
        // Also after a failure: another replica may do better, and if there is none, the next round takes it again.
        if matches!(end, End::Stopping | End::Stopped(_) | End::Failed(_))
            && let Err(error) = seats.leave(PlatformId::Discord, epoch).await
        {
            tracing::warn!(%error, "the seat could not be given up; another takes it when it is over");
        }
        end
    }

    async fn connect(&self, seat: Seat, address: String, stop: &CancellationToken) -> End {
        let connection = Connection {
            parts: self.parts.clone(),
            settings: self.settings.clone(),
            timings: self.timings.clone(),
            health: self.health.clone(),
            holder: self.holder.clone(),
            seat: self.trusted(seat),
            address,
            intents: intents(&self.settings),
        };
        // In a task of its own, so that a panic in the library is an end like another.
        let halt = stop.child_token();
        let work = self
            .parts
            .runtime
            .spawn("discord gateway", connection.run(halt));
        work.await
            .unwrap_or_else(|failed| End::Failed(failed.to_string()))
    }

    /// A resume address that is not Discord's is not used: the token would be sent there.
    fn trusted(&self, mut seat: Seat) -> Seat {
        let is_local = self.settings.api().is_ok_and(|url| is_this_machine(&url));
        let stream = seat.place.stream.take();
        seat.place.stream = stream.filter(|stream| is_gateway(&stream.resume_url, is_local));
        seat
    }

    /// Where to connect. Asked anew for each connection, because Discord also says how many sessions may still be begun today.
    async fn address(&self, can_resume: bool) -> Result<String, End> {
        let answer = self.parts.api.get(&["gateway", "bot"], &[]).await;
        let answer = answer.map_err(|error| match error {
            CallError::Limited { after, .. } => End::Wait(after, "Discord limits us".to_owned()),
            CallError::Refused { status: 401, .. } => End::Stopped(
                "the bot's token is refused; reset it in the developer portal, put it into discord.bot_token_file, and restart"
                    .to_owned(),
            ),
            error => End::Failed(format!("the gateway's address: {error}")),
        })?;
        let limit = &answer["session_start_limit"];
        if !can_resume && limit["remaining"] == 0 {
            let wait = limit["reset_after"].as_u64().unwrap_or(60_000);
            return Err(End::Wait(
                Duration::from_millis(wait),
                "no new session may be begun today".to_owned(),
            ));
        }
        let is_local = self.settings.api().is_ok_and(|url| is_this_machine(&url));
        let address = answer["url"].as_str().unwrap_or_default();
        if is_gateway(address, is_local) {
            Ok(address.trim_end_matches('/').to_owned())
        } else {
            Err(End::Failed(
                "Discord named an address that is none of its own".to_owned(),
            ))
        }
    }

    /// Doubling, with up to half of it on top, so that several processes do not come back at the same instant.
    fn backoff(&self, fails: u32) -> Duration {
        let doubled = self
            .timings
            .backoff
            .saturating_mul(1 << fails.saturating_sub(1).min(16));
        let base = doubled.min(self.timings.backoff_most);
        let mut random = [0_u8; 2];
        self.parts.entropy.fill(&mut random);
        base + base.mul_f64(f64::from(u16::from_le_bytes(random)) / 65_536.0 / 2.0)
    }
}

/// Whether an address is the gateway's: Discord's own host over TLS, or this machine where the API is.
fn is_gateway(address: &str, is_local: bool) -> bool {
    let Ok(url) = address.parse::<Url>() else {
        return false;
    };
    if is_local {
        return url.scheme() == "ws" && is_this_machine(&url);
    }
    let is_discords = |host: &str| host == "discord.gg" || host.ends_with(".discord.gg");
    url.scheme() == "wss" && url.host_str().is_some_and(is_discords)
}

/// What Discord is asked to tell: messages, reactions and threads of guilds, direct messages, and what messages say if we may know.
fn intents(settings: &DiscordSettings) -> Intents {
    let mut intents = Intents::GUILDS
        | Intents::GUILD_MESSAGES
        | Intents::GUILD_MESSAGE_REACTIONS
        | Intents::DIRECT_MESSAGES;
    if settings.message_content {
        intents |= Intents::MESSAGE_CONTENT;
    }
    intents
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_discords_gateway_is_connected_to() {
        for good in [
            "wss://gateway.discord.gg",
            "wss://gateway-us-east1-b.discord.gg",
            "wss://gateway.discord.gg/",
        ] {
            assert!(is_gateway(good, false), "{good}");
        }
        for bad in [
            "ws://gateway.discord.gg",
            "wss://gateway.discord.gg.example.org",
            "wss://evildiscord.gg",
            "ws://127.0.0.1:1",
            "",
            "discord.gg",
        ] {
            assert!(!is_gateway(bad, false), "{bad}");
        }
        assert!(is_gateway("ws://127.0.0.1:7700/gw", true));
        assert!(!is_gateway("wss://gateway.discord.gg", true));
    }
}
