//! Another replica of the bot: a second app on the story's database, with the story's time.
//!
//! Invariants: Slack delivers nothing to it (it waits for signed requests, and nobody sends it any), so it only does what the story asks.

use super::operator::settings;
use crate::harness::world::World;
use secevent::{
    app::{App, Pace, Parts},
    config::{self, Variables},
    domain::clock::SystemEntropy,
    emulator::slack::seed::SIGNING_SECRET,
    runtime::{Faults, Runtime},
};
use std::sync::Arc;

/// Starts it, with these lines in the section `slack`.
pub async fn start(world: &World, slack: &[&str]) -> App {
    let door = format!("mode = \"http\"\nsigning_secret = {SIGNING_SECRET:?}");
    let mut lines = vec![door.as_str()];
    lines.extend(slack);
    let text = settings(&world.database.url, &world.emulator.api_url(), &lines);
    let folder = tempfile::tempdir().unwrap();
    super::operator::write_directory(folder.path());
    let config = config::parse_config("settings", &text, folder.path(), &Variables::default());
    let parts = Parts {
        clock: Arc::new(world.clock.clone()),
        entropy: Arc::new(SystemEntropy),
        runtime: Runtime::new(Faults::default(), world.capture.scope()),
        metrics: world.capture.metrics().clone(),
    };
    App::start(config.unwrap(), parts, Pace::Stepped)
        .await
        .unwrap()
}
