//! One turn at the gateway: frames are read, events run side by side, and the place in the stream follows what is done.
//!
//! Invariants: no event waits for another's answer; the reader waits only while too many are under way; what was not stored is tried again,
//! and holds the place back; after a new session a look back is owed, which is kept with the place until it is done; a connection without a
//! live session is given up after a while; at the end what runs is let finish, the place is kept, and the connection is dropped without a
//! word, because a close of ours would end the session. Neighbours: `gateway` starts it, `reading` reads frames, `reconcile` looks back.

use super::{
    End, GatewayTimings, Parts,
    end::fatal,
    health::{Health, Phase},
    reading::Reading,
    reconcile::LookBack,
    taking::{Halted, Taking},
};
use crate::{
    chat::{
        discord::settings::DiscordSettings,
        seats::{Place, Seat, Untold},
    },
    domain::person::PlatformId,
    runtime::{Shielded, TaskFailed},
};
use futures_util::StreamExt;
use secrecy::ExposeSecret;
use std::{collections::BTreeSet, time::Instant};
use tokio_util::sync::CancellationToken;
use twilight_gateway::{ConfigBuilder, Intents, Session, Shard, ShardId, ShardState};

/// Events that may be under way at once.
const AT_ONCE: usize = 512;

/// A note of the place on its way into the database.
type Keeping = Shielded<Result<bool, Untold>>;
/// The seat being renewed.
type Renewing = Shielded<Result<Option<Seat>, Untold>>;
/// A look back under way.
type Looking = Shielded<Result<(), Halted>>;

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

impl Connection {
    pub(super) async fn run(self, stop: CancellationToken) -> End {
        let halt = stop.child_token();
        let mut shard = self.shard();
        let mut reading = self.reading();
        let mut kept = Some(reading.place());
        let mut keeping: Option<Keeping> = None;
        let mut renewing: Option<Renewing> = None;
        let mut looking: Option<Looking> = None;
        let mut held_until = Instant::now() + self.timings.seat;
        let mut keep = tokio::time::interval(self.timings.keep);
        keep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut renew = tokio::time::interval(self.timings.seat / 4);
        renew.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let given_up_at = || tokio::time::Instant::now() + self.timings.alive;
        let mut alive = Box::pin(tokio::time::sleep_until(given_up_at()));
        let end = loop {
            let is_live = shard.state() == ShardState::Active;
            self.phase(shard.state());
            if is_live {
                alive.as_mut().reset(given_up_at());
            }
            if reading.is_due && looking.is_none() {
                looking = self.look_back(&mut reading, &halt);
            }
            tokio::select! {
                () = stop.cancelled() => break End::Stopping,
                // The library waits for the other end without a limit: for its hello, and for its close.
                () = &mut alive, if !is_live => {
                    break End::Failed(format!("no live session within {} s", self.timings.alive.as_secs()));
                }
                Some(done) = reading.running.next(), if !reading.running.is_empty() => {
                    if let Some(ticket) = done {
                        reading.progress.done(ticket);
                    }
                }
                looked = maybe(&mut looking) => {
                    looking = None;
                    reading.looked(&looked);
                }
                _ = keep.tick(), if keeping.is_none() => {
                    let place = reading.place();
                    if kept.as_ref() != Some(&place) {
                        kept = Some(place.clone());
                        keeping = Some(self.keep(place));
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
                frame = shard.next(), if reading.running.len() < AT_ONCE => {
                    let Some(frame) = frame else { break fatal(reading.closed) };
                    if self.frame(frame, shard.state(), &mut reading) {
                        // What was missed is told before the session is live again, and may take a while.
                        alive.as_mut().reset(given_up_at());
                    }
                }
            }
        };
        // Without a close frame: Discord keeps the session for whoever resumes it.
        drop(shard);
        halt.cancel();
        if let Some(renewing) = renewing {
            // Else it might take the seat again after it was given up.
            let _ = renewing.await;
        }
        self.finish(reading, looking, keeping, kept).await;
        end
    }

    fn shard(&self) -> Shard {
        let token = self.settings.bot_token.expose_secret().to_owned();
        let mut config = ConfigBuilder::new(token, self.intents).proxy_url(self.address.clone());
        if let Some(stream) = &self.seat.place.stream {
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

    fn look_back(&self, reading: &mut Reading, stop: &CancellationToken) -> Option<Looking> {
        reading.is_due = false;
        let since = reading.owed_since?;
        reading.is_looking = true;
        let taking = Taking {
            stop: stop.clone(),
            is_found: true,
            ..self.taking()
        };
        let look = LookBack {
            api: self.parts.api.clone(),
            taking,
            seats: self.parts.seats.clone(),
            clock: self.parts.clock.clone(),
            guild: self.settings.guild.clone(),
            channels: self.settings.watch_channels.clone(),
            since,
            begun_at: self.seat.begun_at,
            found: BTreeSet::new(),
        };
        Some(self.parts.runtime.spawn("discord look back", look.run()))
    }

    fn keep(&self, place: Place) -> Keeping {
        let (seats, epoch) = (self.parts.seats.clone(), self.seat.epoch);
        self.parts.runtime.spawn("discord place", async move {
            seats.note(PlatformId::Discord, epoch, place).await
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
        mut reading: Reading,
        looking: Option<Looking>,
        keeping: Option<Keeping>,
        kept: Option<Place>,
    ) {
        let until = tokio::time::Instant::now() + self.timings.stop;
        while !reading.running.is_empty() {
            match tokio::time::timeout_at(until, reading.running.next()).await {
                Ok(Some(Some(ticket))) => reading.progress.done(ticket),
                Ok(Some(None)) => {}
                Ok(None) | Err(_) => break,
            }
        }
        if let Some(looking) = looking
            && let Ok(looked) = tokio::time::timeout_at(until, looking).await
        {
            reading.looked(&looked);
        }
        if let Some(keeping) = keeping {
            let _ = keeping.await;
        }
        let place = reading.place();
        if kept.as_ref() != Some(&place)
            && let Ok(Err(error)) = self.keep(place).await
        {
            tracing::warn!(%error, "the place in Discord's stream was not kept; some of it is told again");
        }
    }
}

/// Waits for what is under way; for ever if nothing is.
async fn maybe<T>(task: &mut Option<Shielded<T>>) -> Result<T, TaskFailed> {
    match task {
        Some(task) => task.await,
        None => std::future::pending().await,
    }
}
