//! What is read from the gateway: each frame, what it begins, and how far the stream is by it.
//!
//! Invariants: every frame is worked off, kept as unreadable, or known to be nobody's business; the time up to which everything was heard moves
//! with a live session only. Neighbours: [`super::connection`] reads the frames, [`super::taking`] hands over, [`super::progress`] counts.

use super::{
    connection::Connection,
    progress::{Progress, Reached},
    taking::{Halted, Taking},
};
use crate::{
    chat::{
        discord::{
            ingress::wire_hash,
            wire::event::{self, Happened},
        },
        seats::{Place, Stream},
    },
    domain::clock::Timestamp,
    runtime::TaskFailed,
};
use futures_util::stream::FuturesUnordered;
use serde_json::Value;
use std::{pin::Pin, sync::Arc, time::Instant};
use twilight_gateway::{
    Message, ShardState,
    error::{ReceiveMessageError, ReceiveMessageErrorType},
};

/// Events under way, each with its ticket; none for what was not stored before a stop: it stays open, and is told again.
type Running = FuturesUnordered<Pin<Box<dyn Future<Output = Option<u64>> + Send>>>;
/// What is kept if reading it meets a fault of ours, and its hash.
type Broken = (Arc<Value>, String);

/// Where the stream is while it is read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    session: String,
    resume_url: String,
    /// The code of the last close frame.
    pub(super) closed: Option<u16>,
    /// There was a session before: what comes in a new one may have been preceded by what nobody was told.
    had_session: bool,
    /// What happened since then may have been told to nobody, and was not looked for yet.
    pub(super) owed_since: Option<Timestamp>,
    /// A look back is to begin; again, if one is under way.
    pub(super) is_due: bool,
    pub(super) is_looking: bool,
    pub(super) progress: Progress,
    pub(super) running: Running,
}

impl Reading {
    /// What is kept of all this.
    pub(super) fn place(&self) -> Place {
        let Reached {
            stream,
            heard_until,
        } = self.progress.reached().clone();
        Place {
            stream,
            heard_until,
            owed_since: self.owed_since,
        }
    }

    /// A look back ended. Only if it came to its end, and no new session began meanwhile, is nothing owed any more.
    pub(super) fn looked(&mut self, looked: &Result<Result<(), Halted>, TaskFailed>) {
        self.is_looking = false;
        if looked == &Ok(Ok(())) && !self.is_due {
            self.owed_since = None;
        }
    }
}

impl Connection {
    /// Goes on where the seat was left.
    pub(super) fn reading(&self) -> Reading {
        let Place {
            stream,
            heard_until,
            owed_since,
        } = self.seat.place.clone();
        let (session, resume_url) = stream.clone().map_or_else(Default::default, |stream| {
            (stream.session, stream.resume_url)
        });
        // Whoever held the seat before had a session, though its place may never have been kept.
        let had_session = self.seat.epoch > 1
            || stream.is_some()
            || owed_since.is_some()
            || self.health.state().sessions != (0, 0);
        Reading {
            session,
            resume_url,
            had_session,
            owed_since,
            progress: Progress::from(Reached {
                stream,
                heard_until,
            }),
            ..Reading::default()
        }
    }

    /// Takes a frame; whether it was an event.
    pub(super) fn frame(
        &self,
        frame: Result<Message, ReceiveMessageError>,
        state: ShardState,
        reading: &mut Reading,
    ) -> bool {
        let text = match frame.map_err(|error| error.into_parts().0) {
            Ok(Message::Text(text)) => text,
            Ok(Message::Close(frame)) => {
                reading.closed = frame.map(|frame| frame.code);
                tracing::info!(code = reading.closed, "Discord closed the connection");
                return false;
            }
            Err(ReceiveMessageErrorType::Deserializing { event }) => {
                self.unreadable(event, reading);
                return false;
            }
            // Not the error itself: it may hold what a payload says. The library connects again by itself.
            Err(kind) => {
                let is_away = matches!(kind, ReceiveMessageErrorType::Reconnect);
                let kind = if is_away { "not connected" } else { "other" };
                tracing::info!(kind, "the connection to Discord broke");
                self.health.failed("the connection broke");
                return false;
            }
        };
        let now = self.parts.clock.now();
        self.health.frame(now);
        let (since, hash) = (Instant::now(), wire_hash(text.as_bytes()));
        let Ok(mut raw) = serde_json::from_str::<Value>(&text) else {
            // The library looks for a few fields only.
            self.unreadable(text, reading);
            return false;
        };
        let mut place = reading.progress.newest().clone();
        if state == ShardState::Active {
            // Not while a session is taken up again: then what comes now happened before.
            place.heard_until = Some(now);
        }
        let op = raw["op"].as_u64();
        let (Some(0), Some(sequence)) = (op, raw["s"].as_u64()) else {
            if op == Some(11) {
                let ticket = reading.progress.begin(place);
                reading.progress.done(ticket);
            }
            return false;
        };
        let kind = raw["t"].as_str().unwrap_or_default().to_owned();
        let data = raw["d"].take();
        let happened = event::read(&kind, &data);
        if let Ok(happened) = &happened {
            self.parts.ingress.learn(happened);
            self.begins(happened, now, reading);
        }
        place.stream = Some(Stream {
            session: reading.session.clone(),
            resume_url: reading.resume_url.clone(),
            sequence,
        });
        let ticket = reading.progress.begin(place);
        let data = Arc::new(data);
        let broken = (Arc::clone(&data), hash.clone());
        if kind == "INTERACTION_CREATE" {
            let ingress = self.parts.ingress.clone();
            self.start(ticket, reading, Some(broken), async move {
                ingress.answer(&data, hash, since).await;
                Ok(())
            });
        } else if matches!(happened, Ok(Happened::Other)) {
            reading.progress.done(ticket);
        } else {
            let taking = self.taking();
            self.start(ticket, reading, Some(broken), async move {
                taking.event(&kind, &data, hash).await
            });
        }
        true
    }

    /// Keeps a frame that cannot be read. It has no number that we know, so the place before it waits.
    fn unreadable(&self, text: String, reading: &mut Reading) {
        self.health.frame(self.parts.clock.now());
        let place = reading.progress.newest().clone();
        let (ticket, taking) = (reading.progress.begin(place), self.taking());
        self.start(ticket, reading, None, async move {
            taking.unreadable(&text).await
        });
    }

    pub(super) fn taking(&self) -> Taking {
        Taking {
            ingress: self.parts.ingress.clone(),
            timings: self.timings.clone(),
            stop: self.parts.runtime.stopping(),
            is_found: false,
        }
    }

    fn start<F>(&self, ticket: u64, reading: &mut Reading, broken: Option<Broken>, work: F)
    where
        F: Future<Output = Result<(), Halted>> + Send + 'static,
    {
        let ingress = self.parts.ingress.clone();
        let work = self.parts.runtime.spawn("discord event", work);
        reading.running.push(Box::pin(async move {
            match work.await {
                Ok(Err(Halted)) => None,
                Ok(Ok(())) => Some(ticket),
                // A panic was logged where it happened. What panics once does so again: it is kept, with an alarm.
                Err(_) => {
                    if let Some((event, hash)) = broken {
                        ingress.broke(&event, hash, Instant::now()).await;
                    }
                    Some(ticket)
                }
            }
        }));
    }

    /// What a new session means: where it is resumed, and what may have been missed before it.
    fn begins(&self, happened: &Happened, now: Timestamp, reading: &mut Reading) {
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
                    let heard = reading.progress.reached().heard_until;
                    let earliest = [reading.owed_since, heard].into_iter().flatten().min();
                    reading.owed_since = Some(earliest.unwrap_or(now));
                    reading.is_due = true;
                }
                reading.had_session = true;
            }
            Happened::Resumed => {
                self.health.session(false);
                // Whoever owed it before us did not come to it.
                reading.is_due |= reading.owed_since.is_some() && !reading.is_looking;
            }
            _ => {}
        }
    }
}
