//! From Slack's payloads to the neutral words.
//!
//! Invariants: decides only what is for us, never what it means; the key names the cause: a message and its mention, two events, share
//! one. Neighbours: `envelope` reads the wire, `respond` uses the [`Reply`].

use super::{
    Inner, Kind, Untaken,
    tell::{What, is_other, tell},
    wire_hash,
};
use crate::{
    chat::{
        inbound::{Inbound, InboundKind, Place, Sender},
        slack::{
            branches::Branch,
            envelope::{
                Scope, Unread,
                command::Command,
                entities,
                event::{Event, Happened},
                interaction::{Act, Interaction, Press, View},
            },
            home::Home,
            phrases,
            render::{card, entered, form, pages::Turned},
        },
    },
    domain::{
        clock::{Timestamp, from_micros},
        person::PlatformId,
    },
};
use serde_json::Value;
use std::sync::Arc;

/// How an answer finds its way back.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Whose installation answers.
    pub branch: Arc<Branch>,
    /// The account to answer.
    pub user: String,
    /// Where it acted.
    pub channel: Option<String>,
    /// In a direct conversation.
    pub direct: bool,
    /// The account is of another organisation, or a guest's.
    pub outsider: bool,
    /// Opens one form within 3 seconds.
    pub trigger: Option<String>,
    /// Takes private answers.
    pub response_url: Option<String>,
    /// On what it acted.
    pub surface: Surface,
}

/// What somebody acted on; decides the form of the answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Surface {
    /// Nothing that waits for an answer; with the thread it happened in.
    Event(Option<String>),
    /// The Home tab was opened.
    HomeOpened,
    /// A button of the Home tab.
    Home(View),
    /// A slash command.
    Command,
    /// A button of a message, or a shortcut.
    Press,
    /// A button inside a form.
    InForm(View),
    /// A submitted form.
    Submitted(View),
}

type Read = Option<Box<(Inbound, Reply)>>;

/// What all inbound things have, before they have a kind.
struct Frame<'a> {
    key: String,
    wire_sha256: &'a str,
    scope: Scope,
    home: &'a Home,
    from: Sender,
    channel: Option<String>,
    direct: bool,
    at: Timestamp,
}

impl Frame<'_> {
    fn inbound(self, kind: InboundKind) -> Inbound {
        Inbound {
            key: self.key,
            wire_sha256: self.wire_sha256.to_owned(),
            from: self.from,
            place: Place {
                platform: PlatformId::Slack,
                workspace: self
                    .scope
                    .team
                    .unwrap_or_else(|| self.home.workspace.clone()),
                channel: self.channel,
                direct: self.direct,
            },
            happened_at: self.at,
            kind,
        }
    }
}

impl Inner {
    pub(super) async fn read(
        &self,
        kind: Kind,
        raw: &Value,
        wire_sha256: &str,
    ) -> Result<Read, Untaken> {
        match kind {
            Kind::Event => self.event(Event::read(raw)?, wire_sha256).await,
            Kind::Interactive => self.interaction(Interaction::read(raw)?, wire_sha256).await,
            Kind::Command => self.command(Command::read(raw)?, wire_sha256).await,
        }
    }

    async fn command(&self, command: Command, wire_sha256: &str) -> Result<Read, Untaken> {
        let branch = self.branch(&command.scope).await?;
        let home = branch.homes.or_said(&command.scope, None).await;
        let known = branch.people.who(&command.user, &home).await;
        let frame = Frame {
            key: key_of(command.trigger.as_deref(), || {
                format!("slack:wire:{wire_sha256}")
            }),
            wire_sha256,
            scope: command.scope,
            home: &home,
            from: known.sender,
            channel: command.channel.clone(),
            direct: command.direct,
            at: self.clock.now(),
        };
        let reply = Reply {
            branch,
            user: command.user.id,
            channel: command.channel,
            direct: command.direct,
            outsider: frame.from.outsider,
            trigger: command.trigger,
            response_url: None,
            surface: Surface::Command,
        };
        let text = entities::plain(&command.text).trim().to_owned();
        Ok(Some(Box::new((
            frame.inbound(InboundKind::Command { text }),
            reply,
        ))))
    }

    /// The installation that a payload was delivered for. What came for none is no report of ours to lose: it is kept and alarmed.
    async fn branch(&self, scope: &Scope) -> Result<Arc<Branch>, Untaken> {
        Ok(self.branches.of_payload(scope).await?)
    }

    async fn interaction(
        &self,
        interaction: Interaction,
        wire_sha256: &str,
    ) -> Result<Read, Untaken> {
        let Interaction {
            user,
            scope,
            channel,
            direct,
            trigger,
            response_url,
            act,
        } = interaction;
        if act == Act::Other {
            return Ok(None);
        }
        let branch = self.branch(&scope).await?;
        let home = branch.homes.or_said(&scope, None).await;
        let known = branch.people.who(&user, &home).await;
        let trigger_key = |otherwise: &dyn Fn() -> String| key_of(trigger.as_deref(), otherwise);
        let by_wire = || format!("slack:wire:{wire_sha256}");
        let (key, kind, surface) = match act {
            Act::Other => return Ok(None),
            Act::Shortcut => (
                trigger_key(&by_wire),
                InboundKind::GlobalShortcut,
                Surface::Press,
            ),
            Act::OnMessage { message, ts } => {
                let channel = channel
                    .as_deref()
                    .ok_or_else(|| Unread("`channel` is missing".to_owned()))?;
                let snapshot = branch
                    .snapshots
                    .of_shown(&home, channel, &ts, &message)
                    .await;
                (
                    trigger_key(&by_wire),
                    InboundKind::MessageShortcut { snapshot },
                    Surface::Press,
                )
            }
            Act::Press(press) => {
                let place = (channel.as_deref(), user.id.as_str());
                let key = trigger_key(&|| press_key(&press, place));
                let view = press.view.clone();
                let kind = button(&home, channel.as_deref(), press);
                let surface = match view {
                    None => Surface::Press,
                    Some(view) if view.is_home => Surface::Home(view),
                    Some(view) => Surface::InForm(view),
                };
                (key, kind, surface)
            }
            Act::Submit(view) => {
                let form = form::key(&view.metadata)
                    .ok_or_else(|| Unread("`private_metadata` is none of ours".to_owned()))?;
                let key = format!(
                    "slack:view:{}:{}",
                    view.id,
                    view.hash.as_deref().unwrap_or(wire_sha256)
                );
                let entered = entered::read(&view.state);
                (
                    key,
                    InboundKind::Submission { form, entered },
                    Surface::Submitted(view),
                )
            }
        };
        let frame = Frame {
            key,
            wire_sha256,
            scope,
            home: &home,
            from: known.sender,
            channel: channel.clone(),
            direct,
            at: self.clock.now(),
        };
        let reply = Reply {
            branch,
            user: user.id,
            channel,
            direct,
            outsider: frame.from.outsider,
            trigger,
            response_url,
            surface,
        };
        Ok(Some(Box::new((frame.inbound(kind), reply))))
    }

    async fn event(&self, event: Event, wire_sha256: &str) -> Result<Read, Untaken> {
        let Event {
            event_id,
            scope,
            bot,
            time,
            happened,
        } = event;
        // Known before home is asked for: what is not for us costs nothing.
        if is_other(&happened, |name| self.handler.wants_reaction(name)) {
            return Ok(None);
        }
        if let Happened::Ended(word) = &happened {
            self.branches.ended(&scope, word).await?;
            return Ok(None);
        }
        let branch = self.branch(&scope).await?;
        let home = branch.homes.or_said(&scope, bot.as_deref()).await;
        let own_key = event_id.map_or_else(
            || format!("slack:wire:{wire_sha256}"),
            |id| format!("slack:event:{id}"),
        );
        let at = time
            .and_then(|seconds| seconds.checked_mul(1_000_000))
            .and_then(from_micros);
        let at = at.unwrap_or_else(|| self.clock.now());
        let Some(told) = tell(happened, &home) else {
            return Ok(None);
        };
        let known = branch.people.who(&told.by, &home).await;
        if known.is_bot || told.by.id == home.bot_user {
            return Ok(None);
        }
        let kind = match told.what {
            What::Kind(kind) => *kind,
            What::Reaction { name, ts } => {
                let snapshot = branch.snapshots.fetch(&home, &told.channel, &ts).await;
                InboundKind::Reaction { name, snapshot }
            }
        };
        let surface = if kind == InboundKind::Home {
            Surface::HomeOpened
        } else {
            Surface::Event(told.thread)
        };
        let channel = Some(told.channel).filter(|channel| !channel.is_empty());
        let frame = Frame {
            key: told.key.unwrap_or(own_key),
            wire_sha256,
            scope,
            home: &home,
            from: known.sender,
            channel: channel.clone(),
            direct: told.direct,
            at: told.at.unwrap_or(at),
        };
        let reply = Reply {
            branch,
            user: told.by.id,
            channel,
            direct: told.direct,
            outsider: frame.from.outsider,
            trigger: None,
            response_url: None,
            surface,
        };
        Ok(Some(Box::new((frame.inbound(kind), reply))))
    }

    /// A page of a long form is turned here; only whole forms are handed over. `Err` holds the view to show instead.
    pub(super) fn turn_page(&self, mut inbound: Inbound) -> Result<Box<Inbound>, Value> {
        if let InboundKind::Submission { form, entered } = inbound.kind {
            let name = self.entropy.uuid(self.clock.now()).to_string();
            let brand = self.settings.brand.as_deref();
            match self.pages.turn(form, entered, &name) {
                Ok(Turned::Whole(form, entered)) => {
                    inbound.kind = InboundKind::Submission { form, entered }
                }
                Ok(Turned::Next(view)) => return Err(view),
                Ok(Turned::Lost) => return Err(card::view(&phrases::start_anew(), brand)),
                Err(error) => {
                    tracing::error!(%error, "a form cannot be shown");
                    return Err(card::view(&phrases::not_opened(), brand));
                }
            }
        }
        Ok(Box::new(inbound))
    }
}

/// Triggers are secrets for 3 seconds and keys for ever: the key holds the trigger's hash.
fn key_of(trigger: Option<&str>, otherwise: impl Fn() -> String) -> String {
    trigger.map_or_else(otherwise, |trigger| {
        let hash = wire_hash(trigger.as_bytes());
        format!("slack:trigger:{}", hash.get(..32).unwrap_or(&hash))
    })
}

fn press_key(press: &Press, (channel, user): (Option<&str>, &str)) -> String {
    let on = press
        .message_ts
        .as_deref()
        .or_else(|| press.view.as_ref().map(|view| view.id.as_str()));
    let parts = [
        channel,
        on,
        Some(press.action_id.as_str()),
        press.action_ts.as_deref(),
        Some(user),
    ];
    let parts: Vec<&str> = parts.iter().map(|part| part.unwrap_or("-")).collect();
    format!("slack:press:{}", parts.join(":"))
}

fn button(home: &Home, channel: Option<&str>, press: Press) -> InboundKind {
    let action = card::action(&press.action_id, press.value.as_deref());
    let form = press
        .view
        .and_then(|view| Some((form::key(&view.metadata)?, entered::read(&view.state))));
    InboundKind::Button {
        verb: action.verb,
        id: action.id,
        message: channel
            .zip(press.message_ts)
            .map(|(channel, ts)| home.message(channel, &ts)),
        form,
    }
}
