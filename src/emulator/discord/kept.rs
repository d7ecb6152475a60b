//! A guild with a past: what was said before the emulator starts, written down by an earlier one or made up.
//!
//! Purpose: let a demo go on where it was left, and begin with some talk. Invariants: people, conversations, threads, files and registered commands are kept; the app, its
//! token and its intents are those of the seed, because a newer program may be set up differently; sessions, interactions and open forms end with
//! the emulator, as they do when Discord's client is loaded anew. Neighbours: `server` hands the world out, `seed` takes it.

use chrono::{DateTime, Utc};

use super::ids;
use super::model::{Id, Message, Pings};
use super::seed::Seed;

impl Seed {
    /// Takes up a world that [`super::DiscordEmulator::kept`] wrote down, with the app of this seed and whoever is new in it.
    ///
    /// # Errors
    /// When it is not what was written.
    pub fn go_on(mut self, kept: &str) -> serde_json::Result<Self> {
        let before = serde_json::from_str(kept)?;
        let new = std::mem::replace(&mut self.world, before);
        let world = &mut self.world;
        for (id, user) in new.users {
            world.users.entry(id).or_insert(user);
        }
        for (id, channel) in new.channels {
            world.channels.entry(id).or_insert(channel);
        }
        for (id, guild) in new.guilds {
            let known = world.guilds.entry(id).or_insert_with(|| guild.clone());
            for (id, member) in guild.members {
                known.members.entry(id).or_insert(member);
            }
        }
        world.app = new.app;
        Ok(self)
    }

    /// Somebody said something before anybody came, at an instant after 2024.
    #[must_use]
    pub fn with_message(
        mut self,
        channel: Id,
        author: Id,
        created: DateTime<Utc>,
        words: &str,
    ) -> Self {
        let id = ids::at(created);
        let said = Message {
            id,
            channel,
            author,
            content: words.to_owned(),
            embeds: Vec::new(),
            components: Vec::new(),
            attachments: Vec::new(),
            flags: 0,
            kind: 0,
            nonce: None,
            created,
            edited: None,
            reactions: Vec::new(),
            reference: None,
            pings: Pings::default(),
            only_for: None,
            cause: None,
        };
        let all = self.world.messages.entry(channel).or_default();
        all.insert(id, said);
        if let Some(channel) = self.world.channels.get_mut(&channel) {
            channel.last = channel.last.max(Some(id));
        }
        self
    }

    /// When the newest message was written.
    #[must_use]
    pub fn newest(&self) -> Option<DateTime<Utc>> {
        let all = self.world.messages.values().flat_map(|all| all.values());
        all.map(|one| one.created).max()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::emulator::clock::EmulatorClock;
    use crate::emulator::discord::{DiscordEmulator, Seed};
    use crate::emulator::door::DoorError;

    #[tokio::test]
    async fn a_guild_goes_on_where_it_was_left() -> Result<(), DoorError> {
        let begun = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let clock = EmulatorClock::manual(begun);
        let start = |seed| DiscordEmulator::start(seed, clock.clone());
        let first = start(Seed::example_corp()).await.unwrap();
        let alice = first.door().as_user("alice");
        let said = alice.post("#general", "still here?").await?;
        let root = said.posted.clone().unwrap();
        assert!(clock.advance(Duration::from_secs(5)));
        first
            .door()
            .as_user("bob")
            .reply(&root, "in a thread, yes")
            .await?;
        alice
            .upload(Some("#general"), "a.bin", "x/y", &[0, 255, 7])
            .await?;
        let kept = first.kept().unwrap();
        first.stop().await;

        let seed = Seed::example_corp().go_on(&kept).unwrap();
        assert_eq!(
            seed.newest(),
            Some(begun + chrono::TimeDelta::seconds(5)),
            "time goes on from the newest message, also of a thread"
        );
        let file = seed.world.attachments.values().next();
        assert_eq!(file.map(|file| file.bytes.clone()), Some(vec![0, 255, 7]));
        let second = start(seed).await.unwrap();
        let bob = second.door().as_user("bob");
        let seen = bob.read_channel("#general").await?;
        assert_eq!(seen[0].at(), root);
        assert_eq!(seen[0].shown, "still here?");
        let thread = bob.read_thread(&root).await?;
        assert_eq!(thread[1].shown, "in a thread, yes");
        let new = bob.post("#general", "and on").await?.posted.unwrap();
        assert!(new > seen[1].at(), "an id was given out twice");
        assert!(Seed::example_corp().go_on("{}").is_err());
        second.stop().await;
        Ok(())
    }
}
