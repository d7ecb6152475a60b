//! Whoever runs the bot, at a terminal beside it: the real binary on the story's database, with settings of its own.
//!
//! Invariants: sees what a command prints and its exit code; the machine's clock is the command's, not the story's.

use crate::{
    crash::world::process::BINARY,
    harness::{
        setup::{STAFF, directory},
        world::World,
    },
};
use secevent::emulator::slack::seed::{APP_TOKEN, BOT_TOKEN};
use std::{path::Path, process::Command};
use tempfile::TempDir;

/// The key that `Setup::two_workspaces` seals with.
pub const KEY: &str =
    "token_key = \"6b6579206b6579206b6579206b6579206b6579206b6579206b6579206b657921\"";
/// Another one.
pub const OTHER_KEY: &str =
    "token_key = \"0000000000000000000000000000000000000000000000000000000000000001\"";
/// OAuth, as far as a command needs it.
pub const OAUTH: &str = "oauth_client_id = \"1234.emulator\"\noauth_client_secret = \"emulator-client-secret\"\n\
    oauth_redirect_url = \"https://secevent.example.com/slack/oauth\"\noauth_allowed = \"T0EXAMPLE, T0BRAVO\"";
/// Home's token in the settings.
pub const CONFIGURED: &str = "bot_token = \"xoxb-emulator-bot\"";

/// Settings with these lines in the section `slack`.
pub fn settings(database: &str, api: &str, slack: &[&str]) -> String {
    format!(
        "environment = \"test\"\ndirectory_file = \"directory.toml\"\nlisten = \"127.0.0.1:0\"\n[database]\nurl = {database:?}\n\
         [slack]\napi_url = {api:?}\nqueue_channel = \"C0QUEUE\"\n{}\n",
        slack.join("\n")
    )
}

/// The people of the stories, as a file beside the settings.
pub fn write_directory(folder: &Path) {
    std::fs::write(folder.join("directory.toml"), directory(&STAFF)).unwrap();
}

/// A terminal.
pub struct Operator {
    folder: TempDir,
}

/// What a command came to.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub text: String,
}

impl Said {
    #[track_caller]
    pub fn says(&self, words: &str) -> &Self {
        assert!(self.text.contains(words), "not {words:?}: {}", self.text);
        self
    }

    #[track_caller]
    pub fn ends_with(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{}", self.text);
        self
    }

    /// The lines that begin with this word.
    pub fn lines(&self, word: &str) -> Vec<&str> {
        let lines = self.text.lines();
        lines.filter(|line| line.starts_with(word)).collect()
    }
}

impl Operator {
    /// With these lines in the section `slack`.
    pub fn new(world: &World, slack: &[&str]) -> Self {
        let api = world.emulator.api_url();
        Self::on(&world.database.url, &api, slack)
    }

    /// On any database.
    pub fn on(database: &str, api: &str, slack: &[&str]) -> Self {
        assert_eq!(CONFIGURED, format!("bot_token = {BOT_TOKEN:?}"));
        let folder = tempfile::tempdir().unwrap();
        let door = format!("mode = \"socket\"\napp_token = {APP_TOKEN:?}");
        let mut lines = vec![door.as_str()];
        lines.extend(slack);
        let text = settings(database, api, &lines);
        std::fs::write(folder.path().join("secevent.toml"), text).unwrap();
        write_directory(folder.path());
        Self { folder }
    }

    /// Types a command. No secret may ever be in what it says.
    pub async fn types(&self, command: &str) -> Said {
        let mut process = Command::new(BINARY);
        process
            .env_clear()
            .current_dir(self.folder.path())
            .args(["--config", "secevent.toml"])
            .args(command.split(' '));
        let done = tokio::task::spawn_blocking(move || process.output()).await;
        let done = done.unwrap().unwrap();
        let text = String::from_utf8([done.stdout, done.stderr].concat()).unwrap();
        for secret in ["xoxb-", "xoxe", "xapp-", "6b6579206b65", "client-secret"] {
            assert!(!text.contains(secret), "{command} shows {secret}: {text}");
        }
        let code = done.status.code().unwrap();
        Said { code, text }
    }
}
