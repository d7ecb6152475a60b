//! The emulator driven over the wire as an app would, and by people at its door. All that it emits is read by a strict model of Discord.
//!
//! Neighbours: `app` is the app, `judge` holds the model against what it receives.

mod app;
mod calls;
mod flow;
mod gateway;
mod judge;
mod people;
mod pressed;
mod rest;
mod signed;

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{DiscordEmulator, Seed};
use crate::emulator::clock::EmulatorClock;
use app::App;

/// The instant at which the tests begin.
fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap()
}

/// An emulator with our commands and an app that listens.
struct Stage {
    emulator: DiscordEmulator,
    app: App,
}

impl Stage {
    async fn new() -> Self {
        Self::with(Seed::example_corp()).await
    }

    async fn with(seed: Seed) -> Self {
        Self::with_limit(seed, Duration::from_secs(3)).await
    }

    /// The app has only so long to answer.
    async fn with_limit(seed: Seed, limit: Duration) -> Self {
        let seed = seed.with_ack_limit(limit).without_rate_limits();
        let content = seed.world.app.privileged & super::intents::MESSAGE_CONTENT != 0;
        let emulator = DiscordEmulator::start(seed, EmulatorClock::manual(start()))
            .await
            .unwrap();
        let mut app = App::new(&emulator);
        app.register().await;
        if content {
            app.identify().await;
        }
        Self { emulator, app }
    }

    /// The app listens without the intent to read what people write.
    async fn without_content(mut self) -> Self {
        self.app
            .identify_with(app::WANTED & !super::intents::MESSAGE_CONTENT)
            .await;
        self.app.next("GUILD_CREATE").await;
        self.app.event("GUILD_CREATE").await;
        self
    }
}
