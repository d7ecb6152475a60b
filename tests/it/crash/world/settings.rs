//! The settings of a bot under test, as the files that an operator would write.
//!
//! Invariants: `environment = "test"`; leases are short, so that what a dead bot held is free again within seconds. Neighbours: `bot`
//! is started with them.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Below this Slack calls in HTTP mode.
pub const HTTP_PATH: &str = "/slack/";
/// Messages that one bot has on their way at once, at most: what a crash may double.
pub const SENDERS: usize = 8;
/// With this the stand-in signs.
pub const SIGNING_SECRET: &str = "emulator-signing-secret";

/// How Slack reaches the bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Door {
    /// Socket Mode.
    #[default]
    Socket,
    /// Signed HTTP.
    Http,
}

/// What can be set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How Slack reaches the bot.
    pub door: Door,
    /// URL of the database.
    pub database: String,
    /// The stand-in's Web API.
    pub api_url: String,
    /// How many bots share the database.
    pub replicas: u32,
    /// How long a bot owns what it has claimed.
    pub lease_seconds: u32,
    /// How long a call to Slack may take.
    pub send_timeout_seconds: u32,
    /// How often the ticker looks.
    pub tick_ms: u32,
    /// Connections to the database.
    pub connections: u32,
    /// How long a page waits for its answer: short, so that pages that nobody answers climb while the bot is being killed.
    pub page_seconds: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            door: Door::default(),
            database: String::new(),
            api_url: String::new(),
            replicas: 1,
            lease_seconds: 2,
            send_timeout_seconds: 1,
            tick_ms: 200,
            connections: 12,
            page_seconds: 3,
        }
    }
}

const DEFAULT_POLICY: &str = include_str!("../../../../manifests/policy/policy.toml");

const DIRECTORY: &str = r#"
[[person]]
key = "rita"
name = "Rita Roth"
slack = [{ realm = "T0EXAMPLE", user = "U0RITA" }]
phone = "+49 30 0000001"
mail = "rita@example-corp.test"
roles = ["responder", "soc_lead", "on_call_primary"]

[[person]]
key = "ben"
name = "Ben Bauer"
slack = [{ realm = "T0EXAMPLE", user = "U0BEN" }]
phone = "+49 30 0000002"
mail = "ben@example-corp.test"
roles = ["responder", "on_call_backup"]

[[person]]
key = "ivy"
name = "Ivy Ito"
slack = [{ realm = "T0EXAMPLE", user = "U0IVY" }]
phone = "+49 30 0000003"
mail = "ivy@example-corp.test"
roles = ["incident_commander", "operator"]
"#;

impl Settings {
    /// Writes the files into `directory` and answers the path of the settings.
    pub fn write(
        &self,
        directory: &Path,
        name: &str,
        listen: SocketAddr,
        operator: SocketAddr,
    ) -> PathBuf {
        fs::write(directory.join("directory.toml"), DIRECTORY).unwrap();
        fs::write(directory.join("policy.toml"), self.policy()).unwrap();
        let door = match self.door {
            Door::Socket => "mode = \"socket\"\napp_token = \"xapp-emulator-app\"".to_owned(),
            Door::Http => format!("mode = \"http\"\nsigning_secret = \"{SIGNING_SECRET}\""),
        };
        let text = format!(
            "environment = \"test\"\ndirectory_file = \"directory.toml\"\npolicy_file = \"policy.toml\"\nlisten = \"{listen}\"\noperator_listen = \"{operator}\"\n\
             replicas = {}\n\n[database]\nurl = \"{}\"\nconnections = {}\n\n[slack]\n{door}\nbot_token = \"xoxb-emulator-bot\"\n\
             queue_channel = \"C0QUEUE\"\napi_url = \"{}\"\n\n[outbox]\nlease_seconds = {}\nsend_timeout_seconds = {}\nsenders = {SENDERS}\n\
             lane_gap_ms = 0\npoll_ms = 200\n\n[ticker]\nevery_ms = {}\n\n[log]\nformat = \"json\"\n",
            self.replicas,
            self.database,
            self.connections,
            self.api_url,
            self.lease_seconds,
            self.send_timeout_seconds,
            self.tick_ms
        );
        let path = directory.join(format!("{name}.toml"));
        fs::write(&path, text).unwrap();
        path
    }

    /// The default policy, with its waits for an acknowledgement shortened, and without digests: the rounds run by the real clock, and a
    /// digest at its hour would be one more message than the people of the rounds expect.
    fn policy(&self) -> String {
        let wait = format!("_seconds = {} #", self.page_seconds);
        let mut policy = DEFAULT_POLICY.to_owned();
        for name in ["\nwait", "\nacknowledge"] {
            let usual = format!("{name}_seconds = 300");
            assert!(
                policy.contains(&usual),
                "the default policy has another wait"
            );
            policy = policy.replace(&usual, &format!("{name}{wait}"));
        }
        let digest = "\n[digest]\nenabled = ";
        assert!(policy.contains(digest), "the default policy has no digest");
        policy.replace(&format!("{digest}true"), &format!("{digest}false"))
    }
}
