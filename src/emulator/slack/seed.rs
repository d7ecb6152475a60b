//! The workspace an emulator starts with, and how to make another.
//!
//! Purpose: "Example Corp", with stable ids, and a builder for tests that need more. Invariants: everybody a scenario of
//! the product needs exists: reporter, responder, backup, commander, executive, guest, and a person of a connected
//! organisation. Neighbours: `server` starts from a seed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::model::{
    App, Channel, Enterprise, Shortcut, SlashCommand, Team, Token, TokenKind, Transport, User,
    World,
};

/// Our workspace.
pub const TEAM: &str = "T0EXAMPLE";
/// The connected organisation.
pub const PARTNER_TEAM: &str = "T0PARTNER";
/// The app under test.
pub const APP: &str = "A0SECEVENT";
/// Its bot user.
pub const BOT_USER: &str = "U0SECEVENT";
/// Its bot token.
pub const BOT_TOKEN: &str = "xoxb-emulator-bot";
/// Its app-level token.
pub const APP_TOKEN: &str = "xapp-emulator-app";
/// Its signing secret.
pub const SIGNING_SECRET: &str = "emulator-signing-secret";

/// Names the app to OAuth.
pub const CLIENT_ID: &str = "1234.emulator";
/// Proves the app to OAuth.
pub const CLIENT_SECRET: &str = "emulator-client-secret";

const SCOPES: &[&str] = &[
    "app_mentions:read",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "groups:history",
    "groups:read",
    "im:history",
    "im:write",
    "reactions:read",
    "team:read",
    "users:read",
    "users:read.email",
];
const EVENTS: &[&str] = &[
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "channel_archive",
    "channel_left",
    "channel_shared",
    "channel_unshared",
    "group_archive",
    "group_left",
    "member_joined_channel",
    "message.channels",
    "message.groups",
    "message.im",
    "reaction_added",
    "reaction_removed",
    "tokens_revoked",
];

/// What an emulator starts with.
#[derive(Debug)]
pub struct Seed {
    /// The world.
    pub world: World,
    /// File that gets every ledger entry as a JSON line.
    pub ledger_file: Option<PathBuf>,
    /// How long an app has to acknowledge, in real time.
    pub ack_limit: Duration,
    /// Whether calls are paced.
    pub rate_limits: bool,
    /// Fixed token of the door; a random one when absent.
    pub door_token: Option<String>,
}

impl Default for Seed {
    fn default() -> Self {
        Self::example_corp()
    }
}

pub(super) fn team(id: &str, name: &str, domain: &str) -> Team {
    Team {
        id: id.into(),
        name: name.into(),
        domain: domain.into(),
    }
}

fn person(id: &str, handle: &str, real_name: &str, title: &str) -> User {
    User {
        id: id.into(),
        team_id: TEAM.into(),
        handle: handle.into(),
        real_name: real_name.into(),
        email: Some(format!("{handle}@example-corp.test")),
        tz: "Europe/Berlin".into(),
        title: title.into(),
        locale: "en-US".into(),
        is_bot: false,
        is_restricted: false,
        is_ultra_restricted: false,
        deleted: false,
        dm_refused: None,
    }
}

fn channel(id: &str, name: &str, members: &[&str], created: DateTime<Utc>) -> Channel {
    Channel {
        id: id.into(),
        name: name.into(),
        is_private: false,
        is_im: false,
        members: members.iter().map(|one| (*one).to_owned()).collect(),
        is_archived: false,
        shared_with: BTreeSet::new(),
        creator: "U0IVY".into(),
        created,
        topic: String::new(),
        refused_with: None,
        team_id: None,
    }
}

impl Seed {
    /// "Example Corp": alice and bob (employees), rita (responder, on call), ben (backup), ivy (incident commander), max
    /// (executive), gwen (guest), olga (connected organisation), and the bot.
    #[must_use]
    pub fn example_corp() -> Self {
        let mut users: BTreeMap<String, User> = [
            person("U0ALICE", "alice", "Alice Adler", "Accountant"),
            person("U0BOB", "bob", "Bob Brandt", "Warehouse lead"),
            person("U0RITA", "rita", "Rita Roth", "Security analyst"),
            person("U0BEN", "ben", "Ben Bauer", "Security analyst"),
            person("U0IVY", "ivy", "Ivy Ito", "Incident commander"),
            person("U0MAX", "max", "Max Meyer", "Chief operating officer"),
        ]
        .into_iter()
        .map(|user| (user.id.clone(), user))
        .collect();
        let guest = User {
            is_restricted: true,
            ..person("U0GWEN", "gwen", "Gwen Gast", "Contractor")
        };
        let partner = User {
            team_id: PARTNER_TEAM.into(),
            email: Some("olga@partner.test".into()),
            ..person("U0OLGA", "olga", "Olga Orlova", "Support engineer")
        };
        let bot = User {
            is_bot: true,
            email: None,
            ..person(BOT_USER, "secevent", "secevent", "")
        };
        users.extend([guest, partner, bot].map(|user| (user.id.clone(), user)));
        let created = DateTime::from_timestamp(1_700_000_000, 0).unwrap_or_default();
        let queue = ["U0RITA", "U0BEN", "U0IVY", BOT_USER];
        let everybody = [
            "U0ALICE", "U0BOB", "U0RITA", "U0BEN", "U0IVY", "U0MAX", "U0GWEN", BOT_USER,
        ];
        let mut channels = vec![
            channel("C0GENERAL", "general", &everybody, created),
            channel("C0QUEUE", "security-queue", &queue, created),
            channel("C0OPS", "ops", &["U0BOB", "U0RITA", "U0BEN"], created),
            channel(
                "C0PARTNER",
                "shared-with-partner",
                &["U0ALICE", "U0RITA", "U0OLGA", BOT_USER],
                created,
            ),
        ];
        for channel in &mut channels {
            channel.is_private = channel.id == "C0QUEUE";
            if channel.id == "C0PARTNER" {
                channel.shared_with.insert(PARTNER_TEAM.into());
            }
        }
        let app = App {
            id: APP.into(),
            name: "secevent".into(),
            bot_user: BOT_USER.into(),
            bot_id: "B0SECEVENT".into(),
            scopes: SCOPES.iter().map(|one| (*one).to_owned()).collect(),
            events: EVENTS.iter().map(|one| (*one).to_owned()).collect(),
            commands: vec![SlashCommand {
                command: "/secevent".into(),
                should_escape: true,
                description: "Report a security event".into(),
                usage_hint: "[what happened]".into(),
            }],
            shortcuts: [("report_event", false), ("report_message", true)]
                .map(|(id, on_message)| Shortcut {
                    name: "Report security event".into(),
                    callback_id: id.into(),
                    on_message,
                })
                .into(),
            home_tab: true,
            transport: Transport::Socket,
            signing_secret: SIGNING_SECRET.into(),
            verification_token: "emulator-verification".into(),
            org_install: false,
            socket_mode_off: false,
            team: None,
            uninstalled: false,
            client_id: CLIENT_ID.into(),
            client_secret: CLIENT_SECRET.into(),
            redirect_urls: Vec::new(),
            rotates: false,
        };
        let token = |kind| Token {
            kind,
            ..Token::bot(APP)
        };
        let world = World {
            team: team(TEAM, "Example Corp", "example-corp"),
            enterprise: None,
            partners: [(
                PARTNER_TEAM.to_owned(),
                team(PARTNER_TEAM, "Partner Ltd", "partner"),
            )]
            .into(),
            users,
            channels: channels
                .into_iter()
                .map(|one| (one.id.clone(), one))
                .collect(),
            messages: BTreeMap::new(),
            ephemerals: Vec::new(),
            files: BTreeMap::new(),
            views: BTreeMap::new(),
            stacks: BTreeMap::new(),
            homes: BTreeMap::new(),
            toasts: BTreeMap::new(),
            apps: [(app.id.clone(), app)].into(),
            tokens: [
                (BOT_TOKEN.to_owned(), token(TokenKind::Bot)),
                (APP_TOKEN.to_owned(), token(TokenKind::App)),
            ]
            .into(),
            workspaces: BTreeMap::new(),
            installs: Vec::new(),
            codes: BTreeMap::new(),
            refreshes: BTreeMap::new(),
            edit_window_minutes: None,
        };
        Self {
            world,
            ledger_file: None,
            ack_limit: Duration::from_secs(3),
            rate_limits: true,
            door_token: None,
        }
    }

    /// Adds a person of our workspace; `change` may make a guest or a stranger of them.
    #[must_use]
    pub fn with_person(
        mut self,
        id: &str,
        handle: &str,
        real_name: &str,
        change: impl FnOnce(&mut User),
    ) -> Self {
        let mut user = person(id, handle, real_name, "");
        change(&mut user);
        self.world.users.insert(id.into(), user);
        self
    }

    /// Adds a channel; `change` may make it private, shared or archived.
    #[must_use]
    pub fn with_channel(
        mut self,
        id: &str,
        name: &str,
        members: &[&str],
        change: impl FnOnce(&mut Channel),
    ) -> Self {
        let mut channel = channel(
            id,
            name,
            members,
            DateTime::from_timestamp(1_700_000_000, 0).unwrap_or_default(),
        );
        change(&mut channel);
        self.world.channels.insert(id.into(), channel);
        self
    }

    /// Changes the app under test.
    #[must_use]
    pub fn with_app(mut self, change: impl FnOnce(&mut App)) -> Self {
        if let Some(app) = self.world.apps.get_mut(APP) {
            change(app);
        }
        self
    }

    /// Takes scopes, events, commands, shortcuts and the Home tab from an app manifest, so that what an operator applies is what is
    /// tested. Parts the manifest does not have become empty.
    #[must_use]
    pub fn with_manifest(self, manifest: &Value) -> Self {
        let strings = |value: &Value| -> BTreeSet<String> {
            value
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(ToOwned::to_owned)
                .collect()
        };
        let manifest = manifest.clone();
        self.with_app(move |app| {
            app.scopes = strings(&manifest["oauth_config"]["scopes"]["bot"]);
            app.events = strings(&manifest["settings"]["event_subscriptions"]["bot_events"]);
            let listed = |value: &Value| value.as_array().cloned().unwrap_or_default();
            app.home_tab = manifest["features"]["app_home"]["home_tab_enabled"] == true;
            app.commands = listed(&manifest["features"]["slash_commands"])
                .iter()
                .map(|one| SlashCommand {
                    command: one["command"].as_str().unwrap_or_default().to_owned(),
                    should_escape: one["should_escape"] == true,
                    description: one["description"].as_str().unwrap_or_default().to_owned(),
                    usage_hint: one["usage_hint"].as_str().unwrap_or_default().to_owned(),
                })
                .collect();
            app.shortcuts = listed(&manifest["features"]["shortcuts"])
                .iter()
                .map(|one| Shortcut {
                    name: one["name"].as_str().unwrap_or_default().to_owned(),
                    callback_id: one["callback_id"].as_str().unwrap_or_default().to_owned(),
                    on_message: one["type"] == "message",
                })
                .collect();
        })
    }

    /// Delivers by signed HTTP: to one address for everything, or, when it ends with a slash, to `events`, `interactivity`
    /// and `commands` below it.
    #[must_use]
    pub fn with_http(self, url: &str) -> Self {
        let below = |name: &str| {
            if url.ends_with('/') {
                format!("{url}{name}")
            } else {
                url.to_owned()
            }
        };
        let transport = Transport::Http {
            events: below("events"),
            interactions: below("interactivity"),
            commands: below("commands"),
        };
        self.with_app(move |app| app.transport = transport)
    }

    /// Puts the workspace under an Enterprise organisation, where the app is installed for all of it.
    #[must_use]
    pub fn with_enterprise(mut self) -> Self {
        self.world.enterprise = Some(Enterprise {
            id: "E0EXAMPLE".into(),
            name: "Example Group".into(),
        });
        self.with_app(|app| app.org_install = true)
    }

    /// Writes the ledger to a file too.
    #[must_use]
    pub fn with_ledger_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ledger_file = Some(path.into());
        self
    }

    /// Switches the pacing of calls off.
    #[must_use]
    pub fn without_rate_limits(mut self) -> Self {
        self.rate_limits = false;
        self
    }
}
