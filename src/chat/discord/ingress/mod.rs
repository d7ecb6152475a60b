//! The one way in, for both transports: read, hand over, answer.
//!
//! Invariants: what does not parse is kept masked and never dropped in silence; messages of a channel that are not for us are dropped before
//! any write, log or call; an interaction is answered once, directly, well within its three seconds; what was not stored says so, so that
//! the gateway does not count it as done; keys name the cause, so a delivery that comes twice has the same key. Neighbours: `gateway` and
//! `http` call it; the app gives the [`Handler`].

mod forms;
mod places;
mod read;
mod respond;
mod tell;
mod told;

use super::{
    api::Api,
    render::Looks,
    settings::DiscordSettings,
    snapshot::Snapshots,
    wire::{
        Unread,
        event::{self, Happened},
        interaction::{Act, Interaction},
        mask,
    },
};
use crate::{
    chat::{
        answer::Answer,
        card::Card,
        drafts::Drafts,
        handler::{Handler, UNREADABLE_CAP, Unreadable},
        inbound::Inbound,
        speech::Untold,
    },
    domain::{clock::Clock, person::PlatformId},
    telemetry::{RequestLine, names},
};
use places::Places;
use read::{Asked, Untaken};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tell::Telling;

/// SHA-256 of the wire bytes, hex.
#[must_use]
pub fn wire_hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Whether an event is done with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is.
    Done,
    /// It was not stored: it must be tried again.
    Again,
}

/// What the way in is made of.
#[derive(Debug, Clone)]
pub struct Parts {
    /// The conversation.
    pub handler: Arc<dyn Handler>,
    /// Forms that are being filled in.
    pub drafts: Arc<dyn Drafts>,
    /// The API.
    pub api: Api,
    /// How everything looks.
    pub looks: Looks,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// The way in. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Ingress {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    handler: Arc<dyn Handler>,
    drafts: Arc<dyn Drafts>,
    looks: Looks,
    clock: Arc<dyn Clock>,
    settings: DiscordSettings,
    places: Places,
    snapshots: Snapshots,
    telling: Telling,
    api: Api,
    /// The bot's account; the application's id until a session said otherwise, which for all newer applications is the same.
    bot: Mutex<String>,
}

impl Ingress {
    /// The way in to this handler.
    #[must_use]
    pub fn new(settings: DiscordSettings, parts: Parts) -> Self {
        let Parts {
            handler,
            drafts,
            api,
            looks,
            clock,
        } = parts;
        let timeouts = &settings.timeouts;
        let inner = Inner {
            places: Places::new(
                api.clone(),
                settings.guild.clone(),
                timeouts.place,
                Arc::clone(&clock),
            ),
            snapshots: Snapshots::new(api.clone(), timeouts.snapshot, settings.message_content),
            telling: Telling::new(api.clone(), looks.clone()),
            bot: Mutex::new(settings.application_id.clone()),
            handler,
            drafts,
            looks,
            clock,
            settings,
            api,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// What an event tells about the places that others happen in. Quick, and to be called in the order of the events.
    pub fn learn(&self, happened: &Happened) {
        match happened {
            Happened::Channels(channels) => self.inner.places.learn(channels.clone()),
            Happened::Gone(channel) => self.inner.places.forget(channel),
            Happened::Ready { bot: Some(bot), .. } => {
                *self
                    .inner
                    .bot
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner) = bot.clone();
            }
            _ => {}
        }
    }

    /// Takes an interaction, and says what to answer. For a gateway, post it; over HTTP it is the body.
    pub async fn interaction(&self, raw: &Value, wire_sha256: String, since: Instant) -> Value {
        let inner = &self.inner;
        let read = Interaction::read(raw);
        let asked = match &read {
            Ok(interaction) if interaction.act == Act::Ping => return json!({ "type": 1 }),
            Ok(interaction) => inner.asked(interaction, &wire_sha256).await,
            Err(unread) => Err(unread.clone().into()),
        };
        // Whoever acts in our server is one of us; of others nothing is known here.
        let is_elsewhere =
            || super::wire::id(raw, "guild_id").as_ref() != Some(&inner.settings.guild);
        match asked {
            Ok(Asked::Inbound(inbound)) => {
                let answer = inner.handle(*inbound.clone(), since).await;
                inner.to_asker(answer, &inbound, since).await
            }
            Ok(Asked::Step {
                inbound,
                custom_id,
                components,
                resolved,
            }) => {
                inner
                    .step(*inbound, &custom_id, &components, &resolved, since)
                    .await
            }
            Ok(Asked::Fill { owner, id }) => inner.fill(&owner, &id, since).await,
            Ok(Asked::Unknown) => inner.private(&super::phrases::unknown()),
            Err(Untaken::Later) => inner.private(&inner.untold(Untold::Unstored, is_elsewhere())),
            Err(Untaken::Unread(why)) => {
                let masked = mask::masked(raw, UNREADABLE_CAP);
                let is_kept = inner
                    .unreadable("interaction", masked, why, wire_sha256, since)
                    .await;
                let what = Untold::Unread { kept: is_kept };
                inner.private(&inner.untold(what, is_elsewhere()))
            }
        }
    }

    /// Takes an interaction of the gateway, and answers it.
    pub async fn answer(&self, raw: &Value, wire_sha256: String, since: Instant) {
        let body = self.interaction(raw, wire_sha256, since).await;
        let Ok(interaction) = Interaction::read(raw) else {
            // It may have an id and a token all the same; then its sender hears that it could not be read.
            if let (Some(id), Some(token)) =
                (super::wire::id(raw, "id"), super::wire::text(raw, "token"))
            {
                let _ = self.inner.api.respond(&id, &token.into(), &body).await;
            }
            return;
        };
        let posted = self
            .inner
            .api
            .respond(&interaction.id, &interaction.token, &body)
            .await;
        if let Err(error) = posted {
            // What was stored stays stored, and the receipt is in the outbox.
            match error.code() {
                // It was answered already: the same interaction came twice.
                Some(40_060) => tracing::debug!("an interaction was answered already"),
                _ => {
                    tracing::warn!(%error, took_ms = since.elapsed().as_millis(), "an answer did not reach Discord")
                }
            }
        }
    }

    /// Takes an event.
    pub async fn event(
        &self,
        kind: &str,
        raw: &Value,
        wire_sha256: String,
        since: Instant,
    ) -> Taken {
        self.take(kind, raw, wire_sha256, since, true).await
    }

    /// Takes what a look back found, as if its event came now. Nobody is answered: what was told before has its answer, a question is too
    /// old to be answered, and the receipt of a report is in the outbox.
    pub async fn found(
        &self,
        kind: &str,
        raw: &Value,
        wire_sha256: String,
        since: Instant,
    ) -> Taken {
        self.take(kind, raw, wire_sha256, since, false).await
    }

    async fn take(
        &self,
        kind: &str,
        raw: &Value,
        wire_sha256: String,
        since: Instant,
        answers: bool,
    ) -> Taken {
        let inner = &self.inner;
        let told = match event::read(kind, raw) {
            Ok(happened) => inner.told(happened, &wire_sha256).await,
            Err(unread) => Err(unread.into()),
        };
        let told = match told {
            Ok(told) => told,
            Err(Untaken::Later) => return Taken::Again,
            Err(Untaken::Unread(why)) => {
                let masked = mask::masked(raw, UNREADABLE_CAP);
                let kept = inner
                    .unreadable("event", masked, why, wire_sha256, since)
                    .await;
                return if kept { Taken::Done } else { Taken::Again };
            }
        };
        let mut taken = Taken::Done;
        for inbound in told {
            let answer = inner.handle(inbound.clone(), since).await;
            if matches!(
                answer,
                Answer::NotConfirmed(_) | Answer::Failed(_) | Answer::Again
            ) {
                taken = Taken::Again;
            }
            if answers {
                inner.telling.of_event(answer, &inbound);
            }
        }
        taken
    }

    /// Keeps an event that could not be stored however often it was tried.
    pub async fn given_up(&self, raw: &Value, wire_sha256: String, since: Instant) -> bool {
        let why = "it could not be stored, however often it was tried";
        self.keep(raw, why, wire_sha256, since).await
    }

    /// Keeps an event that broke what read it.
    pub async fn broke(&self, raw: &Value, wire_sha256: String, since: Instant) -> bool {
        let why = "reading it met a fault of ours, which the log describes";
        self.keep(raw, why, wire_sha256, since).await
    }

    async fn keep(&self, raw: &Value, why: &str, wire_sha256: String, since: Instant) -> bool {
        let masked = mask::masked(raw, UNREADABLE_CAP);
        let why = Unread(why.to_owned());
        let inner = &self.inner;
        inner
            .unreadable("event", masked, why, wire_sha256, since)
            .await
    }

    /// Takes bytes that are no JSON, or none that anybody knows.
    pub async fn garbage(&self, bytes: &[u8], since: Instant) -> bool {
        let (masked, why) = match serde_json::from_slice::<Value>(bytes) {
            Ok(raw) => (
                mask::masked(&raw, UNREADABLE_CAP),
                "the payload is of no known kind",
            ),
            Err(_) => (
                mask::masked_bytes(bytes, UNREADABLE_CAP),
                "the payload is no JSON",
            ),
        };
        let why = Unread(why.to_owned());
        let inner = &self.inner;
        inner
            .unreadable("event", masked, why, wire_hash(bytes), since)
            .await
    }

    /// Whether a reaction reports, by the emoji as a message lists it.
    #[must_use]
    pub fn reports(&self, emoji: &Value) -> bool {
        let is_own = super::wire::id(emoji, "id").is_some();
        let name = super::wire::text(emoji, "name").unwrap_or_default();
        super::wire::entities::emoji_names(name, is_own)
            .iter()
            .any(|name| self.inner.handler.wants_reaction(name))
    }

    /// The bot's account.
    #[must_use]
    pub fn bot(&self) -> String {
        self.inner.bot()
    }
}

impl Inner {
    fn bot(&self) -> String {
        self.bot
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn is_bot(&self, user: &str) -> bool {
        *self.bot.lock().unwrap_or_else(PoisonError::into_inner) == user
    }

    async fn handle(&self, inbound: Inbound, since: Instant) -> Answer {
        self.handler.handle(inbound, since.elapsed()).await
    }

    fn untold(&self, what: Untold, outsider: bool) -> Card {
        self.handler.untold(what, PlatformId::Discord, outsider)
    }

    async fn unreadable(
        &self,
        kind: &str,
        masked: String,
        why: Unread,
        wire_sha256: String,
        since: Instant,
    ) -> bool {
        metrics::counter!(names::INBOUND_UNPARSED, "platform" => "discord").increment(1);
        let what = Unreadable {
            platform: PlatformId::Discord,
            kind: kind.to_owned(),
            masked,
            why: why.to_string(),
            wire_sha256: wire_sha256.clone(),
        };
        let is_kept = self.handler.unreadable(what).await;
        log(
            kind,
            if is_kept { "unreadable" } else { "failed" },
            &wire_sha256,
            since.elapsed(),
        );
        is_kept
    }
}

fn log(kind: &str, outcome: &'static str, delivery: &str, took: Duration) {
    RequestLine {
        platform: "discord",
        kind,
        outcome,
        delivery: delivery.get(..12).unwrap_or(delivery),
        case: None,
        took,
    }
    .log();
}
