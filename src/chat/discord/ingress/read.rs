//! From Discord's payloads to the neutral words.
//!
//! Invariants: decides only what is for us, never what it means; the key names the cause: a message that is told as an event and found again by
//! looking through a channel has one key. Neighbours: `wire` reads, `places` knows the channels, `respond` answers.

use super::{
    Inner,
    places::{Member, Unknown},
};
use crate::{
    chat::{
        discord::{
            files,
            render::buttons,
            snapshot::{identity, message_ref, words},
            wire::{
                Unread,
                entities::{mentions, without_mention},
                event::Message,
                id,
                interaction::{Act, Interaction},
                made_at,
                who::User,
            },
        },
        inbound::{Inbound, InboundKind, Place, Sender},
    },
    domain::{
        clock::Timestamp,
        event_report::MessageRef,
        person::{PlatformId, Vouch},
    },
};
use chrono::{DateTime, Utc};
use serde_json::Value;

/// Why a payload was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Untaken {
    /// It cannot be read.
    Unread(Unread),
    /// It cannot be understood now; later it can.
    Later,
}

impl From<Unread> for Untaken {
    fn from(unread: Unread) -> Self {
        Self::Unread(unread)
    }
}

impl From<Unknown> for Untaken {
    fn from(_: Unknown) -> Self {
        Self::Later
    }
}

/// What all inbound things have, before they have a kind.
pub(super) struct Frame<'a> {
    pub(super) key: String,
    pub(super) wire_sha256: &'a str,
    pub(super) from: Sender,
    pub(super) guild: Option<String>,
    pub(super) channel: Option<String>,
    pub(super) at: Timestamp,
}

impl Frame<'_> {
    pub(super) fn inbound(self, kind: InboundKind) -> Inbound {
        Inbound {
            key: self.key,
            wire_sha256: self.wire_sha256.to_owned(),
            from: self.from,
            place: Place {
                platform: PlatformId::Discord,
                workspace: self
                    .guild
                    .clone()
                    .unwrap_or_else(|| crate::chat::discord::snapshot::DIRECT.to_owned()),
                channel: self.channel,
                direct: self.guild.is_none(),
            },
            happened_at: self.at,
            kind,
        }
    }
}

/// What an interaction is to us.
#[derive(Debug)]
pub(super) enum Asked {
    /// For the conversation.
    Inbound(Box<Inbound>),
    /// A step of a form: what it is called, and what was entered, raw.
    Step {
        inbound: Box<Inbound>,
        custom_id: String,
        components: Value,
        resolved: Value,
    },
    /// A button that opens a step of a form that is being filled in.
    Fill { owner: Box<Inbound>, id: String },
    /// None of ours.
    Unknown,
}

impl Inner {
    /// Who sent it, by what has this id. In our guild whoever acts belongs to it; elsewhere nobody does; in a direct conversation Discord is asked.
    pub(super) async fn sender(
        &self,
        user: &User,
        guild: Option<&str>,
        locale: Option<String>,
        id: Option<&str>,
    ) -> Sender {
        let member = match guild {
            Some(guild) if guild == self.settings.guild => {
                let member = Member::of(user.roles.clone(), id.and_then(made_at));
                self.places.seen(&user.id, member.clone());
                member
            }
            // Who was put out of our guild may still act from another one: the role is gone then.
            Some(_) if self.settings.responder_role.is_some() => Member {
                is_ours: false,
                ..self.places.member(&user.id).await
            },
            Some(_) => Member::default(),
            None => self.places.member(&user.id).await,
        };
        Sender {
            identity: identity(&user.id),
            name: user.name.clone(),
            outsider: !member.is_ours,
            locale,
            time_zone: None,
            vouch: self.vouch(&member),
        }
    }

    /// Whether they have the role that the settings go by, as far as Discord showed it.
    fn vouch(&self, member: &Member) -> Option<Vouch> {
        let by = self.settings.voucher()?;
        let holds = member.roles.as_ref()?.contains(&by.role);
        // A reaction has no id of its own, so nobody knows when it was made; and it asks for no role.
        let shown_at = member.shown_at?;
        Some(Vouch {
            by,
            holds,
            shown_at,
        })
    }

    pub(super) async fn asked(
        &self,
        interaction: &Interaction,
        wire_sha256: &str,
    ) -> Result<Asked, Untaken> {
        let Interaction {
            id: own_id,
            guild,
            channel,
            user,
            locale,
            act,
            ..
        } = interaction;
        if user.is_bot {
            return Ok(Asked::Unknown);
        }
        let frame = Frame {
            key: format!("discord:interaction:{own_id}"),
            wire_sha256,
            from: self
                .sender(user, guild.as_deref(), locale.clone(), Some(own_id))
                .await,
            guild: guild.clone(),
            channel: channel.clone(),
            at: self.clock.now(),
        };
        let whole =
            |kind: InboundKind, frame: Frame<'_>| Asked::Inbound(Box::new(frame.inbound(kind)));
        Ok(match act {
            Act::Ping | Act::Other => Asked::Unknown,
            Act::Command {
                sub,
                options,
                files,
            } => {
                let option = |name: &str| options.get(name).cloned().unwrap_or_default();
                let kind = match sub.as_str() {
                    "report" => InboundKind::Report {
                        text: crate::chat::discord::wire::entities::plain(
                            &option("text"),
                            &self.places,
                        ),
                        files: files::given(files),
                    },
                    "home" => InboundKind::Home,
                    "status" => InboundKind::Command {
                        text: format!("status {}", option("case")).trim().to_owned(),
                    },
                    "link" => InboundKind::Command {
                        text: format!("link {}", option("code")).trim().to_owned(),
                    },
                    other => InboundKind::Command {
                        text: other.to_owned(),
                    },
                };
                whole(kind, frame)
            }
            Act::Typing { typed, .. } => whole(
                InboundKind::Completion {
                    typed: typed.clone(),
                },
                frame,
            ),
            Act::OnMessage { message, target } => {
                // The message says where it is; a direct conversation has no channel in some clients.
                let place = id(message, "channel_id").or_else(|| channel.clone());
                let place = place.ok_or_else(|| Unread("`channel_id` is missing".to_owned()))?;
                let snapshot = self
                    .snapshots
                    .of_shown(guild.as_deref(), &place, target, message, &self.places)
                    .await;
                whole(InboundKind::MessageShortcut { snapshot }, frame)
            }
            Act::Press { custom_id, message } => match buttons::action(custom_id) {
                None => Asked::Unknown,
                Some(action) if action.verb == crate::chat::discord::phrases::FILL => Asked::Fill {
                    owner: Box::new(frame.inbound(InboundKind::Home)),
                    id: action.id,
                },
                Some(action) => {
                    let message = channel
                        .as_deref()
                        .zip(message.as_deref())
                        .map(|(channel, id)| message_ref(guild.as_deref(), channel, id));
                    let kind = InboundKind::Button {
                        verb: action.verb,
                        id: action.id,
                        message,
                        form: None,
                    };
                    whole(kind, frame)
                }
            },
            Act::Submit {
                custom_id,
                components,
                resolved,
            } => Asked::Step {
                inbound: Box::new(frame.inbound(InboundKind::Home)),
                custom_id: custom_id.clone(),
                components: components.clone(),
                resolved: resolved.clone(),
            },
        })
    }

    pub(super) async fn wrote(
        &self,
        message: Message,
        wire_sha256: &str,
    ) -> Result<Option<Inbound>, Untaken> {
        let Some(author) = message.author.clone().filter(|_| !message.is_bots) else {
            return Ok(None);
        };
        if self.is_bot(&author.id) {
            return Ok(None);
        }
        let guild = message.guild.as_deref();
        let raw_text = message.raw["content"].as_str().unwrap_or_default();
        let bot = self.bot();
        let is_mention = guild.is_some() && mentions(raw_text, &bot);
        let thread = self.thread(&message).await?;
        let mut raw = message.raw.clone();
        raw["content"] = Value::String(without_mention(raw_text, &bot));
        let text = words(&raw, &self.places);
        let files = files::of_message(&raw["attachments"], &message.channel, &message.id);
        if text.is_empty() && files.is_empty() && guild.is_some() && !is_mention {
            // Without the intent Discord tells that somebody wrote, and not what.
            return Ok(None);
        }
        let reference = message_ref(guild, &message.channel, &message.id);
        let kind = if is_mention {
            InboundKind::Mention {
                text,
                message: reference,
                thread,
                files,
            }
        } else {
            InboundKind::Message {
                text,
                message: reference,
                thread,
                files,
            }
        };
        let frame = Frame {
            key: format!("discord:message:{}", message.id),
            wire_sha256,
            from: self.sender(&author, guild, None, Some(&message.id)).await,
            guild: message.guild.clone(),
            channel: Some(message.channel.clone()),
            at: instant(&message.raw["timestamp"]).unwrap_or_else(|| self.clock.now()),
        };
        Ok(Some(frame.inbound(kind)))
    }

    /// What a message is a reply to: the message that its thread was started from, or the one that it answers.
    async fn thread(&self, message: &Message) -> Result<Option<MessageRef>, Unknown> {
        let guild = message.guild.as_deref();
        if guild.is_some()
            && let Some(parent) = self.places.parent(&message.channel).await?
        {
            return Ok(Some(message_ref(guild, &parent, &message.channel)));
        }
        let answered = &message.raw["message_reference"];
        // A forwarded message refers to what it forwards, and answers nothing.
        let is_answer = answered["type"].as_u64().is_none_or(|kind| kind == 0);
        let answered = id(answered, "message_id").filter(|_| is_answer);
        Ok(answered.map(|answered| message_ref(guild, &message.channel, &answered)))
    }

    pub(super) async fn changed(&self, message: Message, wire_sha256: &str) -> Option<Inbound> {
        let author = message.author.clone()?;
        if message.is_bots || !message.is_edit || self.is_bot(&author.id) {
            return None;
        }
        let guild = message.guild.as_deref();
        let mut raw = message.raw.clone();
        let text = raw["content"].as_str().unwrap_or_default();
        let is_mention = mentions(text, &self.bot());
        raw["content"] = Value::String(without_mention(text, &self.bot()));
        let text = words(&raw, &self.places);
        let has_files = raw["attachments"]
            .as_array()
            .is_some_and(|files| !files.is_empty());
        let is_empty = text.is_empty() && !has_files && !is_mention;
        if is_empty && guild.is_some() && !self.settings.message_content {
            // Without the intent Discord tells that somebody edited, and not what it says now: nobody knows whether it was emptied.
            tracing::debug!(
                "an edit was left out: its words are hidden without the message-content intent"
            );
            return None;
        }
        let edited = message.raw["edited_timestamp"].as_str().unwrap_or_default();
        let frame = Frame {
            key: format!("discord:edit:{}:{edited}", message.id),
            wire_sha256,
            from: self.sender(&author, guild, None, Some(&message.id)).await,
            guild: message.guild.clone(),
            channel: Some(message.channel.clone()),
            at: instant(&message.raw["edited_timestamp"]).unwrap_or_else(|| self.clock.now()),
        };
        Some(frame.inbound(InboundKind::MessageChanged {
            message: message_ref(guild, &message.channel, &message.id),
            text,
        }))
    }
}

fn instant(value: &Value) -> Option<Timestamp> {
    let at = DateTime::parse_from_rfc3339(value.as_str()?).ok()?;
    Some(at.with_timezone(&Utc))
}
