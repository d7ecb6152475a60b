//! Another replica of the bot: a second app on the story's database, with the story's settings and time.
//!
//! Invariants: it shares nothing with the first but the database, the clock and the log; whoever started it stops it, or kills it.
//!
//! Neighbours: [`super::world`] starts the first.

use super::world::{Passing, World};
use secevent::{
    app::{App, Pace, Parts},
    config::Config,
    domain::clock::SystemEntropy,
    runtime::{Faults, Runtime},
};
use std::sync::Arc;

impl World {
    /// Starts a replica with the settings of the first.
    pub async fn replica(&self) -> App {
        self.replica_with(self.config.clone()).await
    }

    /// Starts a replica with these settings.
    pub async fn replica_with(&self, config: Config) -> App {
        let parts = self.replica_parts();
        App::start(config, parts, Pace::Stepped).await.unwrap()
    }

    /// What a replica is given.
    pub fn replica_parts(&self) -> Parts {
        Parts {
            clock: Arc::new(Passing(self.clock.clone())),
            entropy: Arc::new(SystemEntropy),
            runtime: Runtime::new(Faults::default(), self.capture.scope()),
            metrics: self.capture.metrics().clone(),
        }
    }
}
