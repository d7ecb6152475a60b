//! One turn at the gateway: frames are read, events run side by side, and the place in the stream follows what is done.
//!
//! Invariants: no event waits for another's answer; the reader waits only when too many are not done; what was not stored is tried again,
//! and holds the place back; at the end what runs is let finish, the place is kept, and the connection is dropped without a word, because
//! a close of ours would end the session. Neighbours: `gateway` starts it, `progress` counts.

use super::{
    End, GatewayTimings, Parts, health::Health, health::Phase, place, progress::Progress, reconcile,
};
use crate::{
    chat::{
        discord::{
            ingress::{Ingress, Taken, wire_hash},
            settings::DiscordSettings,
            wire::event::{self, Happened},
        },
        seats::{Seat, Stream},
    },
    domain::person::PlatformId,
    runtime::Shielded,
};
use futures_util::{StreamExt, stream::FuturesUnordered};
use secrecy::ExposeSecret;
use serde_json::Value;
use std::{pin::Pin, sync::Arc, time::Instant};
use tokio_util::sync::CancellationToken;
use twilight_gateway::{ConfigBuilder, Intents, Message, Session, Shard, ShardId, ShardState};

/// Events that may be under way at once.
const AT_ONCE: usize = 512;

/// Events under way, each with its ticket.
type Running = FuturesUnordered<Pin<Box<dyn Future<Output = u64> + Send>>>;
/// A note of the place on its way into the database.
type Keeping = Shielded<Result<bool, crate::chat::seats::Untold>>;
/// The seat being renewed.
type Renewing = Shielded<Result<Option<Seat>, crate::chat::seats::Untold>>;

pub(super) struct Connection {
    pub(super) parts: Parts,
    pub(super) settings: DiscordSettings,
    pub(super) timings: GatewayTimings,
    pub(super) health: Health,
    pub(super) holder: String,
    pub(super) seat: Seat,
    pub(super) address: String,
    pub(super) intents: Intents,
}

/// Where the stream is while it is read.
#[derive(Debug, Default)]
struct Reading {
    session: String,
    resume_url: String,
    /// The code of the last close frame.
    closed: Option<u16>,
    /// There was a session before: what comes in a new one may have been preceded by what nobody was told.
    had_session: bool,
}

impl Connection {
    pub(super) async fn run(self, stop: CancellationToken) -> End {
        let mut shard = self.shard();
        let stream = self.seat.stream.clone();
        let mut reading = Reading {
            // Whoever held the seat before had a session, though its place may never have been kept.
            had_session: self.seat.epoch > 1,
            ..Reading::default()
        };
        if let Some(stream) = &stream {
            reading.session.clone_from(&stream.session);
            reading.resume_url.clone_from(&stream.resume_url);
            reading.had_session = true;
        }
        let mut kept = stream.clone();
        let mut progress = Progress::from(stream);
        let mut running: Running = FuturesUnordered::new();
        let mut keeping: Option<Keeping> = None;
        let mut renewing: Option<Renewing> = None;
        let mut held_until = Instant::now() + self.timings.seat;
        let mut keep = tokio::time::interval(self.timings.keep);
        keep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut renew = tokio::time::interval(self.timings.seat / 4);
        renew.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let end = loop {
            tokio::select! {
                () = stop.cancelled() => break End::Stopping,
                Some(ticket) = running.next(), if !running.is_empty() => progress.done(ticket),
                _ = keep.tick(), if keeping.is_none() => {
                    if progress.reached() != kept.as_ref() {
                        kept = progress.reached().cloned();
                        keeping = Some(self.keep(kept.clone()));
                    }
                }
                noted = maybe(&mut keeping) => {
                    keeping = None;
                    match noted {
                        Ok(Ok(true)) => {}
                        Ok(Ok(false)) => break End::Unseated,
                        // What is kept is older: more is told again, and nothing twice.
                        Ok(Err(error)) => { kept = None; tracing::warn!(%error, "the place in Discord's stream could not be kept yet"); }
                        Err(failed) => { kept = None; tracing::warn!(%failed, "the place in Discord's stream could not be kept yet"); }
                    }
                }
                _ = renew.tick(), if renewing.is_none() => renewing = Some(self.renew()),
                renewed = maybe(&mut renewing) => {
                    renewing = None;
                    match renewed {
                        Ok(Ok(Some(seat))) if seat.epoch == self.seat.epoch => held_until = Instant::now() + self.timings.seat,
                        Ok(Ok(_)) => break End::Unseated,
                        Ok(Err(_)) | Err(_) if Instant::now() >= held_until => break End::Unseated,
                        Ok(Err(error)) => tracing::warn!(%error, "the seat at the gateway could not be renewed yet"),
                        Err(failed) => tracing::warn!(%failed, "the seat at the gateway could not be renewed yet"),
                    }
                }
                frame = shard.next(), if progress.waiting() < AT_ONCE => {
                    let Some(frame) = frame else { break fatal(reading.closed) };
                    if let Err(end) = self.frame(frame, &mut reading, &mut progress, &running) {
                        break end;
                    }
                    self.phase(shard.state());
                }
            }
        };
        // Without a close frame: Discord keeps the session for whoever resumes it.
        drop(shard);
        self.finish(&mut running, &mut progress, keeping, kept)
            .await;
        end
    }

    fn shard(&self) -> Shard {
        let token = self.settings.bot_token.expose_secret().to_owned();
        let mut config = ConfigBuilder::new(token, self.intents).proxy_url(self.address.clone());
        if let Some(stream) = &self.seat.stream {
            let session = Session::new(stream.sequence, stream.session.clone());
            config = config
                .session(session)
                .resume_url(stream.resume_url.trim_end_matches('/').to_owned());
        }
        Shard::with_config(ShardId::ONE, config.build())
    }

    fn phase(&self, state: ShardState) {
        match state {
            ShardState::Active | ShardState::Resuming => self.health.phase(Phase::Live),
            ShardState::Disconnected { .. } => self.health.phase(Phase::Down),
            ShardState::Identifying | ShardState::FatallyClosed => {}
        }
    }

    fn frame(
        &self,
        frame: Result<Message, twilight_gateway::error::ReceiveMessageError>,
        reading: &mut Reading,
        progress: &mut Progress,
        running: &Running,
    ) -> Result<(), End> {
        let text = match frame {
            Ok(Message::Text(text)) => text,
            Ok(Message::Close(frame)) => {
                reading.closed = frame.map(|frame| frame.code);
                tracing::info!(code = reading.closed, "Discord closed the connection");
                return Ok(());
            }
            // Not the error itself: it may hold what a payload says. The library connects again by itself.
            Err(error) => {
                tracing::info!(kind = kind_of(&error), "the connection to Discord broke");
                self.health.failed("the connection broke");
                return Ok(());
            }
        };
        self.health.frame(self.parts.clock.now());
        let since = Instant::now();
        let hash = wire_hash(text.as_bytes());
        let Ok(mut raw) = serde_json::from_str::<Value>(&text) else {
            // The library read it before us, so this should not happen; it is kept all the same.
            let ingress = self.parts.ingress.clone();
            let keep = async move { ingress.garbage(text.as_bytes(), since).await };
            self.parts.runtime.spawn("discord event", keep).detach();
            return Ok(());
        };
        let (Some(0), Some(sequence)) = (raw["op"].as_u64(), raw["s"].as_u64()) else {
            return Ok(());
        };
        let kind = raw["t"].as_str().unwrap_or_default().to_owned();
        let data = raw["d"].take();
        let happened = event::read(&kind, &data);
        if let Ok(happened) = &happened {
            self.parts.ingress.learn(happened);
            self.begins(happened, reading);
        }
        let place = place(&reading.session, &reading.resume_url, sequence);
        let ticket = progress.begin(place);
        let is_ours = kind == "INTERACTION_CREATE" || !matches!(happened, Ok(Happened::Other));
        if !is_ours {
            progress.done(ticket);
            return Ok(());
        }
        let ingress = self.parts.ingress.clone();
        let (timings, runtime) = (self.timings.clone(), self.parts.runtime.clone());
        let data = Arc::new(data);
        let (keeper, event, event_hash) = (ingress.clone(), Arc::clone(&data), hash.clone());
        let work = self.parts.runtime.spawn("discord event", async move {
            if kind == "INTERACTION_CREATE" {
                ingress.answer(&data, hash, since).await;
            } else {
                until_taken(&ingress, &kind, &data, hash, &timings, || {
                    runtime.is_stopping()
                })
                .await?;
            }
            Some(())
        });
        running.push(Box::pin(async move {
            match work.await {
                // Told to stop before it was stored: it stays open, and is told again.
                Ok(None) => std::future::pending().await,
                Ok(Some(())) => ticket,
                // A panic was logged where it happened. What panics once does so again: it is kept, with an alarm.
                Err(_) => {
                    keeper.broke(&event, event_hash, since).await;
                    ticket
                }
            }
        }));
        Ok(())
    }

    /// What a new session means: where it is resumed, and what may have been missed before it.
    fn begins(&self, happened: &Happened, reading: &mut Reading) {
        match happened {
            Happened::Ready {
                session,
                resume_url,
                ..
            } => {
                reading.session.clone_from(session);
                reading.resume_url.clone_from(resume_url);
                self.health.session(true);
                if reading.had_session {
                    tracing::warn!("Discord began a new session: events may have been missed");
                    self.look_back();
                }
                reading.had_session = true;
            }
            Happened::Resumed => self.health.session(false),
            _ => {}
        }
    }

    fn look_back(&self) {
        if self.settings.watch_channels.is_empty() {
            return;
        }
        let (api, ingress) = (self.parts.api.clone(), self.parts.ingress.clone());
        let channels = self.settings.watch_channels.clone();
        let guild = self.settings.guild.clone();
        self.parts
            .runtime
            .spawn("discord look back", async move {
                reconcile::scan(&api, &ingress, &guild, &channels).await
            })
            .detach();
    }

    fn keep(&self, stream: Option<Stream>) -> Keeping {
        let (seats, epoch) = (self.parts.seats.clone(), self.seat.epoch);
        self.parts.runtime.spawn("discord place", async move {
            seats.note(PlatformId::Discord, epoch, stream).await
        })
    }

    fn renew(&self) -> Renewing {
        let (seats, holder) = (self.parts.seats.clone(), self.holder.clone());
        let lives = self.timings.seat;
        self.parts.runtime.spawn("discord seat", async move {
            seats.take(PlatformId::Discord, &holder, lives).await
        })
    }

    /// Lets what runs finish, within a limit, and keeps the last place.
    async fn finish(
        &self,
        running: &mut Running,
        progress: &mut Progress,
        keeping: Option<Keeping>,
        kept: Option<Stream>,
    ) {
        let until = tokio::time::Instant::now() + self.timings.stop;
        while !running.is_empty() {
            match tokio::time::timeout_at(until, running.next()).await {
                Ok(Some(ticket)) => progress.done(ticket),
                Ok(None) | Err(_) => break,
            }
        }
        if let Some(keeping) = keeping {
            let _ = keeping.await;
        }
        if progress.reached() != kept.as_ref()
            && let Ok(Err(error)) = self.keep(progress.reached().cloned()).await
        {
            tracing::warn!(%error, "the place in Discord's stream was not kept; some of it is told again");
        }
    }
}

/// Tries an event until it is stored; `None` if it was not when everything stops. What can never be stored is kept as unreadable, so that
/// one event cannot hold up all others for ever.
async fn until_taken(
    ingress: &Ingress,
    kind: &str,
    data: &Value,
    hash: String,
    timings: &GatewayTimings,
    is_stopping: impl Fn() -> bool,
) -> Option<()> {
    let mut wait = timings.backoff;
    for _ in 0..timings.tries {
        let taken = ingress
            .event(kind, data, hash.clone(), Instant::now())
            .await;
        if taken == Taken::Done {
            return Some(());
        }
        if is_stopping() {
            return None;
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(timings.backoff_most);
    }
    tracing::error!(
        kind,
        tries = timings.tries,
        "an event could not be stored, and is kept as unreadable"
    );
    while !ingress.given_up(data, hash.clone(), Instant::now()).await {
        if is_stopping() {
            return None;
        }
        tokio::time::sleep(timings.backoff_most).await;
    }
    Some(())
}

/// Waits for what is under way; for ever if nothing is.
async fn maybe<T>(task: &mut Option<Shielded<T>>) -> Result<T, crate::runtime::TaskFailed> {
    match task {
        Some(task) => task.await,
        None => std::future::pending().await,
    }
}

const fn kind_of(error: &twilight_gateway::error::ReceiveMessageError) -> &'static str {
    use twilight_gateway::error::ReceiveMessageErrorType as Type;
    match error.kind() {
        Type::Deserializing { .. } => "unreadable frame",
        Type::Reconnect => "not connected",
        _ => "other",
    }
}

/// Why Discord does not want us any more.
fn fatal(code: Option<u16>) -> End {
    let why = match code {
        Some(4004) => {
            "the bot's token is refused (4004); reset it in the developer portal, put it into discord.bot_token_file, and restart"
        }
        Some(4010 | 4011) => {
            "it wants the bot to be split into shards (4010, 4011), which is for bots in 2500 guilds or more"
        }
        Some(4012) => "it does not speak our version of the gateway any more (4012); update",
        Some(4013) => "our intents are not valid (4013); update",
        Some(4014) => {
            "the privileged intent \"Message Content\" is not granted (4014); turn it on in the developer portal under Bot, or set discord.message_content = false, and restart"
        }
        _ => return End::Failed("the connection ended".to_owned()),
    };
    End::Stopped(why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_that_ends_it_for_good_says_what_to_do() {
        for code in [4004, 4010, 4011, 4012, 4013, 4014] {
            let End::Stopped(why) = fatal(Some(code)) else {
                panic!("{code} is tried again");
            };
            assert!(why.contains(&code.to_string()), "{why}");
        }
        for code in [None, Some(1000), Some(4000), Some(4009)] {
            assert!(matches!(fatal(code), End::Failed(_)), "{code:?}");
        }
    }
}
