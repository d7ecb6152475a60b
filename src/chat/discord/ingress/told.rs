//! What happened, one event at a time: which of it is for us, and who did it.
//!
//! Invariants: a reaction that is none of ours costs neither a call nor a write. Neighbours: `read` has what people wrote.

use super::{
    Inner,
    read::{Frame, Untaken},
};
use crate::chat::{
    discord::{
        snapshot::{identity, message_ref},
        wire::{
            entities::emoji_names,
            event::{Happened, Reaction},
        },
    },
    inbound::{Inbound, InboundKind, Sender},
};

/// Who is named where Discord does not say who did something.
const SOMEBODY: &str = "Somebody (Discord does not say who)";

impl Inner {
    /// What happened, in neutral words; none for what is not for us. A deletion of several is several.
    pub(super) async fn told(
        &self,
        happened: Happened,
        wire_sha256: &str,
    ) -> Result<Vec<Inbound>, Untaken> {
        Ok(match happened {
            Happened::Wrote(message) => self
                .wrote(message, wire_sha256)
                .await?
                .into_iter()
                .collect(),
            Happened::Changed(message) => self
                .changed(message, wire_sha256)
                .await
                .into_iter()
                .collect(),
            Happened::Deleted {
                guild,
                channel,
                messages,
            } => messages
                .into_iter()
                .map(|message| self.deleted(guild.as_deref(), &channel, &message, wire_sha256))
                .collect(),
            Happened::Reacted(reaction) => self
                .reacted(reaction, wire_sha256)
                .await
                .into_iter()
                .collect(),
            Happened::Ready { .. }
            | Happened::Resumed
            | Happened::Channels(_)
            | Happened::Gone(_)
            | Happened::Other => Vec::new(),
        })
    }

    fn deleted(
        &self,
        guild: Option<&str>,
        channel: &str,
        message: &str,
        wire_sha256: &str,
    ) -> Inbound {
        let frame = Frame {
            key: format!("discord:delete:{message}"),
            wire_sha256,
            from: Sender {
                identity: identity("0"),
                name: Some(SOMEBODY.to_owned()),
                outsider: true,
                locale: None,
                time_zone: None,
                vouch: None,
            },
            guild: guild.map(ToOwned::to_owned),
            channel: Some(channel.to_owned()),
            at: self.clock.now(),
        };
        frame.inbound(InboundKind::MessageDeleted {
            message: message_ref(guild, channel, message),
        })
    }

    async fn reacted(&self, reaction: Reaction, wire_sha256: &str) -> Option<Inbound> {
        if reaction.by.is_bot || self.is_bot(&reaction.by.id) {
            return None;
        }
        let names = emoji_names(&reaction.emoji, reaction.emoji_id.is_some());
        let name = names
            .into_iter()
            .find(|name| self.handler.wants_reaction(name))?;
        let guild = reaction.guild.as_deref();
        let emoji = reaction.emoji_id.as_deref().unwrap_or(&reaction.emoji);
        let snapshot = self
            .snapshots
            .fetch_patiently(guild, &reaction.channel, &reaction.message, &self.places)
            .await;
        let frame = Frame {
            key: format!(
                "discord:reaction:{}:{}:{emoji}",
                reaction.message, reaction.by.id
            ),
            wire_sha256,
            from: self.sender(&reaction.by, guild, None, None).await,
            guild: reaction.guild.clone(),
            channel: Some(reaction.channel.clone()),
            at: self.clock.now(),
        };
        Some(frame.inbound(InboundKind::Reaction { name, snapshot }))
    }
}
