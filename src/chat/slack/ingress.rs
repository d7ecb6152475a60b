//! The one way in, for both transports: read, hand over, answer.
//!
//! Invariants: what does not parse is kept masked and never dropped in silence; messages of a channel that are not for us are dropped before
//! any write, log or call; an event that was not stored is not acknowledged, so that Slack delivers it again; keys name the cause, so a
//! delivery that comes twice has the same key. Neighbours: `socket` and `http` call [`Ingress::accept`]; the app gives the [`Handler`].

mod read;
mod respond;
mod responses;
mod tab;
mod tell;

#[cfg(test)]
mod drift;
#[cfg(test)]
mod tests;

use super::{
    api::Api,
    branches::{Branches, NoBranch},
    ear::Ear,
    envelope::{Unread, mask},
    files::web_client,
    hosts::Hosts,
    render::{card, pages::Pages},
    settings::{SettingsError, SlackSettings},
};
use crate::{
    chat::{
        answer::Answer,
        handler::{Handler, UNREADABLE_CAP, Unreadable},
        inbound::InboundKind,
        speech::Untold,
    },
    domain::{
        clock::{Clock, Entropy},
        person::PlatformId,
    },
    telemetry::{RequestLine, names},
};
use responses::Responses;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{sync::Arc, time::Instant};
use tab::{Deed, HomeTab};

pub use read::{Reply, Surface};

/// What a delivery holds, by its door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Something happened.
    Event,
    /// A button, shortcut or form.
    Interactive,
    /// A slash command.
    Command,
}

impl Kind {
    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Interactive => "interactive",
            Self::Command => "command",
        }
    }
}

/// One try to deliver.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The envelope's id, of this try alone; empty over HTTP.
    pub id: String,
    /// Which try again this is, and why, as Slack says.
    pub retry: Option<(u64, String)>,
    /// When its first byte was here.
    pub since: Instant,
}

impl Delivery {
    /// A try that begins now.
    #[must_use]
    pub fn new(id: String, retry: Option<(u64, String)>) -> Self {
        Self {
            id,
            retry,
            since: Instant::now(),
        }
    }

    fn label(&self) -> String {
        match &self.retry {
            Some((number, why)) => format!("{} retry {number} {why}", self.id)
                .trim()
                .to_owned(),
            None => self.id.clone(),
        }
    }
}

/// What goes back on the wire.
#[derive(Debug, Clone, PartialEq)]
pub enum WireAnswer {
    /// Taken; with this body, if there is something to say.
    Ack(Option<Value>),
    /// Not stored: no acknowledgement over the socket, 503 over HTTP, so that Slack delivers again.
    Again,
}

/// Why a payload was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Untaken {
    /// It cannot be read.
    #[error("{0}")]
    Unread(#[from] Unread),
    /// It came from where the bot is not installed.
    #[error("{0}")]
    Nobodys(#[from] NoBranch),
}

/// SHA-256 of the wire bytes, hex.
#[must_use]
pub fn wire_hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The way in. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Ingress {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    handler: Arc<dyn Handler>,
    branches: Branches,
    pages: Pages,
    responses: Responses,
    tab: HomeTab,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    ear: Ear,
    settings: SlackSettings,
}

/// What the adapter's parts have in common.
#[derive(Debug, Clone)]
pub struct Common {
    /// The Web API.
    pub api: Api,
    /// One for each installation.
    pub branches: Branches,
    /// Whose hosts.
    pub hosts: Hosts,
    /// What was heard.
    pub ear: Ear,
}

impl Ingress {
    /// The way in to this handler.
    ///
    /// # Errors
    /// [`SettingsError::Tls`].
    pub fn new(
        settings: SlackSettings,
        common: &Common,
        handler: Arc<dyn Handler>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, SettingsError> {
        let client = web_client(&common.hosts, settings.timeouts.call)?;
        let inner = Inner {
            tab: HomeTab::new(Arc::clone(&handler), settings.brand.clone()),
            handler,
            branches: common.branches.clone(),
            pages: Pages::default(),
            responses: Responses::new(client, common.hosts.clone(), settings.brand.clone()),
            clock,
            entropy,
            ear: common.ear.clone(),
            settings,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Takes a payload. For a command, `raw` is the form as an object; `wire_sha256` is the hash of the bytes that came.
    pub async fn accept(
        &self,
        kind: Kind,
        raw: Value,
        wire_sha256: String,
        delivery: Delivery,
    ) -> WireAnswer {
        self.inner.ear.came(kind, self.inner.clock.now());
        let read = self.inner.read(kind, &raw, &wire_sha256).await;
        let (inbound, reply) = match read {
            Ok(None) => return WireAnswer::Ack(None),
            Ok(Some(read)) => *read,
            Err(why) => {
                let masked = mask::masked(&raw, UNREADABLE_CAP);
                return self
                    .inner
                    .untaken(kind, masked, why, wire_sha256, &delivery)
                    .await;
            }
        };
        if inbound.kind == InboundKind::Home {
            // Slack waits for nothing but the acknowledgement; the tab is published beside it.
            let api = reply.branch.api.clone();
            self.inner.tab.show(inbound, api, reply.user).await;
            return WireAnswer::Ack(None);
        }
        let (word, is_quiet) = (word_of(&inbound.kind), may_be_quiet(&inbound.kind));
        let key = inbound.key.clone();
        let deed = Deed::of(&inbound, &reply);
        let answer = match self.inner.turn_page(inbound) {
            Ok(inbound) => {
                let spent = delivery.since.elapsed();
                self.inner.handler.handle(*inbound, spent).await
            }
            Err(view) => {
                let view = match &reply.surface {
                    Surface::Submitted(of) => tab::marked(view, of),
                    _ => view,
                };
                return WireAnswer::Ack(Some(json!({ "response_action": "update", "view": view })));
            }
        };
        let outcome = match &answer {
            Answer::NotConfirmed(_) => "unconfirmed",
            Answer::Failed(_) | Answer::Again => "failed",
            // Thread messages, edits and deletions that belong to no case leave no trace.
            Answer::Nothing if is_quiet => "",
            _ => "answered",
        };
        self.inner.tab.after(deed, &answer);
        let wire = self
            .inner
            .respond(answer, reply, &key, delivery.since)
            .await;
        if !outcome.is_empty() {
            // The conversation wrote the canonical line; this one follows the answer onto the wire.
            tracing::debug!(kind = word, outcome, delivery = %delivery.label(), "answered on the wire");
        }
        wire
    }

    /// Takes bytes that are neither JSON nor a form.
    pub async fn garbage(
        &self,
        kind: Kind,
        bytes: &[u8],
        wire_sha256: String,
        delivery: Delivery,
    ) -> WireAnswer {
        let masked = mask::masked_bytes(bytes, UNREADABLE_CAP);
        let why = Unread("the payload is no JSON".to_owned());
        self.inner
            .untaken(kind, masked, why.into(), wire_sha256, &delivery)
            .await
    }
}

impl Inner {
    async fn untaken(
        &self,
        kind: Kind,
        masked: String,
        why: Untaken,
        wire_sha256: String,
        delivery: &Delivery,
    ) -> WireAnswer {
        metrics::counter!(names::INBOUND_UNPARSED, "platform" => "slack").increment(1);
        let what = Unreadable {
            platform: PlatformId::Slack,
            kind: kind.word().to_owned(),
            masked,
            why: why.to_string(),
            wire_sha256,
        };
        let is_kept = self.handler.unreadable(what).await;
        log(
            kind.word(),
            if is_kept { "unreadable" } else { "failed" },
            delivery,
        );
        if kind == Kind::Command {
            // Slack does not deliver commands again; somebody looks at the screen.
            // Commands are for people of the workspace; who it was cannot be asked. Elsewhere they are none of ours.
            let (untold, outsider) = match why {
                Untaken::Unread(_) => (Untold::Unread { kept: is_kept }, false),
                Untaken::Nobodys(_) => (Untold::Foreign { kept: is_kept }, true),
            };
            let said = self.handler.untold(untold, PlatformId::Slack, outsider);
            let said = card::message(&said, self.settings.brand.as_deref());
            return WireAnswer::Ack(Some(responses::ephemeral(&said)));
        }
        if is_kept {
            WireAnswer::Ack(None)
        } else {
            WireAnswer::Again
        }
    }
}

fn log(kind: &str, outcome: &str, delivery: &Delivery) {
    let line = RequestLine {
        platform: "slack",
        kind,
        outcome,
        delivery: &delivery.label(),
        case: None,
        took: delivery.since.elapsed(),
    };
    line.log();
}

const fn word_of(kind: &InboundKind) -> &'static str {
    match kind {
        InboundKind::Command { .. } => "command",
        InboundKind::Report { .. } => "report",
        InboundKind::Completion { .. } => "completion",
        InboundKind::GlobalShortcut => "global_shortcut",
        InboundKind::Home => "home",
        InboundKind::MessageShortcut { .. } => "message_shortcut",
        InboundKind::Reaction { .. } => "reaction",
        InboundKind::Mention { .. } => "mention",
        InboundKind::Message { .. } => "message",
        InboundKind::MessageChanged { .. } => "message_changed",
        InboundKind::MessageDeleted { .. } => "message_deleted",
        InboundKind::Button { .. } => "button",
        InboundKind::Submission { .. } => "submission",
    }
}

const fn may_be_quiet(kind: &InboundKind) -> bool {
    matches!(
        kind,
        InboundKind::Message { .. }
            | InboundKind::MessageChanged { .. }
            | InboundKind::MessageDeleted { .. }
    )
}
