//! A workspace that outlives its emulator: written down, and taken up again.
//!
//! Purpose: let a demo go on where it was left. Invariants: people, conversations, files and open forms are kept; apps and their tokens are
//! those of the seed, because a newer program may install them differently; sockets, triggers and addresses for answers end with the
//! emulator, as they do when Slack drops them. Neighbours: `server` hands the workspace out, `seed` takes it.

use chrono::{DateTime, Utc};

use super::model::World;
use super::seed::Seed;

impl Seed {
    /// Takes up a workspace that [`super::SlackEmulator::kept`] wrote down, with the apps of this seed and whoever is new in it.
    ///
    /// # Errors
    /// When it is not what was written.
    pub fn go_on(mut self, kept: &str) -> serde_json::Result<Self> {
        let before: World = serde_json::from_str(kept)?;
        let new = std::mem::replace(&mut self.world, before);
        let world = &mut self.world;
        for (id, user) in new.users {
            world.users.entry(id).or_insert(user);
        }
        for (id, channel) in new.channels {
            world.channels.entry(id).or_insert(channel);
        }
        (world.apps, world.tokens) = (new.apps, new.tokens);
        Ok(self)
    }

    /// When the newest message was written.
    #[must_use]
    pub fn newest(&self) -> Option<DateTime<Utc>> {
        let lists = self.world.messages.values();
        let shared = lists.filter_map(|all| all.keys().next_back());
        let own = self.world.ephemerals.iter().map(|one| &one.message.ts);
        let micros = shared.chain(own).filter_map(|ts| {
            let (seconds, micros) = ts.split_once('.')?;
            Some(seconds.parse::<i64>().ok()? * 1_000_000 + micros.parse::<i64>().ok()?)
        });
        micros.max().and_then(DateTime::from_timestamp_micros)
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::clock::EmulatorClock;
    use crate::emulator::slack::{DoorError, Seed, SlackEmulator};

    #[tokio::test]
    async fn a_workspace_goes_on_where_it_was_left() -> Result<(), DoorError> {
        let start = || async {
            let seed = Seed::example_corp();
            let clock = EmulatorClock::manual(chrono::DateTime::UNIX_EPOCH);
            SlackEmulator::start(seed, clock).await.unwrap()
        };
        let first = start().await;
        let alice = first.door().as_user("alice");
        let said = alice.post("#general", "still here?").await?;
        alice
            .upload(Some("#general"), "a.bin", "x/y", &[0, 255, 7])
            .await?;
        let kept = first.kept().unwrap();
        first.stop().await;

        let seed = Seed::example_corp().go_on(&kept).unwrap();
        assert!(seed.newest().is_some());
        let file = seed.world.files.values().next();
        assert_eq!(file.map(|file| file.bytes.clone()), Some(vec![0, 255, 7]));
        let clock = EmulatorClock::manual(chrono::DateTime::UNIX_EPOCH);
        let second = SlackEmulator::start(seed, clock).await.unwrap();
        let seen = second
            .door()
            .as_user("bob")
            .read_channel("#general")
            .await?;
        assert_eq!(Some(seen[0].at()), said.posted);
        assert_eq!(seen[0].shown, "still here?");
        assert!(Seed::example_corp().go_on("{}").is_err());
        second.stop().await;
        Ok(())
    }
}
