//! The app manifest that an operator gives to Slack.
//!
//! Invariants: only the scopes and events that the code uses, each with its reason; every event has its scope (Slack's own schema does not
//! check that). `manifests/slack/manifest.json` is what [`manifest`] makes for Socket Mode; a test keeps it equal.
//! Neighbours: `cli` prints it, `examine` compares the token's scopes with [`BOT_SCOPES`].

use serde_json::{Value, json};

/// A scope of the bot's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// Slack's name of it.
    pub name: &'static str,
    /// What it is for.
    pub reason: &'static str,
    /// What stops working without it, a sentence without its end.
    pub without: &'static str,
}

const fn scope(name: &'static str, reason: &'static str, without: &'static str) -> Scope {
    Scope {
        name,
        reason,
        without,
    }
}

/// Every scope of the bot's token.
pub const BOT_SCOPES: &[Scope] = &[
    scope(
        "app_mentions:read",
        "a mention of the bot is a report, also from people of connected organisations",
        "nobody can report by mentioning the bot",
    ),
    scope(
        "channels:history",
        "threads of cards, and the message that somebody reacted to, in public channels",
        "in public channels a reaction reports a message without its words",
    ),
    scope(
        "channels:read",
        "sees that the queue channel has become public, and refuses to post there",
        "a queue channel that became public is not noticed",
    ),
    scope(
        "chat:write",
        "receipts, cards, pages",
        "nothing can be sent: no receipt, no card, no page",
    ),
    scope(
        "commands",
        "/secevent and the shortcuts",
        "/secevent and the shortcuts do nothing",
    ),
    scope(
        "files:read",
        "keeps the files that belong to a report",
        "no file is kept; the record says so for each",
    ),
    scope(
        "groups:history",
        "threads of cards, and the message that somebody reacted to, in private channels",
        "in private channels a reaction reports a message without its words, and replies to cards are not recorded",
    ),
    scope(
        "groups:read",
        "sees whether the queue channel is private, shared outside, archived",
        "nothing is posted in the queue channel, because nobody knows whether it is private",
    ),
    scope(
        "im:history",
        "direct messages to the bot are reports, and replies to receipts",
        "messages to the bot and replies to receipts are not heard",
    ),
    scope(
        "im:write",
        "opens the direct conversation for receipts and pages",
        "receipts and pages reach only those who wrote to the bot before",
    ),
    scope(
        "reactions:read",
        "a reaction is a report",
        "a reaction reports nothing",
    ),
    scope(
        "users:read",
        "tells insiders from guests and outsiders; name and time zone",
        "guests and outsiders are not told from colleagues, and times are shown in the zone of the organisation",
    ),
];

/// The scope of the app's token, for Socket Mode. Not part of a manifest: it is given when the token is made.
pub const APP_SCOPE: &str = "connections:write";

/// An event that the bot subscribes to, and the scope that Slack asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BotEvent {
    /// Slack's name of it.
    pub name: &'static str,
    /// Without it Slack refuses the subscription; none for an event that needs none.
    pub scope: Option<&'static str>,
}

/// Every event that the bot subscribes to.
pub const BOT_EVENTS: &[BotEvent] = &[
    BotEvent {
        name: "app_home_opened",
        scope: None,
    },
    BotEvent {
        name: "app_mention",
        scope: Some("app_mentions:read"),
    },
    BotEvent {
        name: "app_uninstalled",
        scope: None,
    },
    BotEvent {
        name: "message.channels",
        scope: Some("channels:history"),
    },
    BotEvent {
        name: "message.groups",
        scope: Some("groups:history"),
    },
    BotEvent {
        name: "message.im",
        scope: Some("im:history"),
    },
    BotEvent {
        name: "reaction_added",
        scope: Some("reactions:read"),
    },
    BotEvent {
        name: "tokens_revoked",
        scope: None,
    },
];

/// How Slack reaches us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// We connect to Slack.
    Socket,
    /// Slack sends signed requests to this address, without a slash at its end.
    Http(String),
}

/// How others install the app by OAuth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installs {
    /// Our own page that Slack sends browsers back to.
    pub redirect_url: String,
    /// Tokens expire after twelve hours and are renewed. Slack cannot switch this off again.
    pub rotates: bool,
    /// A whole organisation may install it at once.
    pub organisation: bool,
}

/// The manifest.
#[must_use]
pub fn manifest(mode: &Mode) -> Value {
    with_installs(mode, None)
}

/// The manifest, for an app that others install by OAuth.
#[must_use]
pub fn with_installs(mode: &Mode, installs: Option<&Installs>) -> Value {
    let url = |path: &str| match mode {
        Mode::Socket => None,
        Mode::Http(base) => Some(format!("{}/slack/{path}", base.trim_end_matches('/'))),
    };
    let mut command = json!({
        "command": "/secevent",
        "description": "Report a security event. Suspicion is enough.",
        "usage_hint": "[what happened] | help | mine | status <number> | oncall | contacts",
        // Entities come as ids, not as names that anybody can choose.
        "should_escape": true,
    });
    let mut events =
        json!({ "bot_events": BOT_EVENTS.iter().map(|event| event.name).collect::<Vec<_>>() });
    let mut interactivity = json!({ "is_enabled": true });
    if let Some(commands) = url("commands") {
        command["url"] = json!(commands);
    }
    if let Some(address) = url("events") {
        events["request_url"] = json!(address);
    }
    if let Some(address) = url("interactivity") {
        interactivity["request_url"] = json!(address);
    }
    let mut oauth = json!({ "scopes": { "bot": BOT_SCOPES.iter().map(|scope| scope.name).collect::<Vec<_>>() } });
    if let Some(installs) = installs {
        oauth["redirect_urls"] = json!([installs.redirect_url]);
    }
    json!({
        "_metadata": { "major_version": 2, "minor_version": 1 },
        "display_information": {
            "name": "secevent",
            "description": "Report security events and follow them to their end",
            "background_color": "#1d2b3a",
        },
        "features": {
            // People write to the bot in its messages tab, and see what concerns them in its home tab.
            "app_home": {
                "home_tab_enabled": true, "messages_tab_enabled": true, "messages_tab_read_only_enabled": false,
            },
            "bot_user": { "display_name": "secevent", "always_online": true },
            "shortcuts": [
                {
                    "name": "Report security event", "type": "global", "callback_id": "report",
                    "description": "Suspicion is enough",
                },
                {
                    "name": "Report security event", "type": "message", "callback_id": "report_message",
                    "description": "Opens a case from this message",
                },
            ],
            "slash_commands": [command],
        },
        "oauth_config": oauth,
        "settings": {
            "event_subscriptions": events,
            "interactivity": interactivity,
            "org_deploy_enabled": installs.is_some_and(|installs| installs.organisation),
            "socket_mode_enabled": *mode == Mode::Socket,
            "token_rotation_enabled": installs.is_some_and(|installs| installs.rotates),
        },
    })
}

/// The manifest as the file holds it.
#[must_use]
pub fn text(mode: &Mode) -> String {
    format!("{:#}\n", manifest(mode))
}

/// The manifest as a file, for an app that others install by OAuth.
#[must_use]
pub fn text_with_installs(mode: &Mode, installs: Option<&Installs>) -> String {
    format!("{:#}\n", with_installs(mode, installs))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Slack's names, so that a misspelt one is seen here and not by an operator. Its own schema takes any text.
    const SLACKS_SCOPES: &[&str] = &[
        "app_mentions:read",
        "channels:history",
        "channels:join",
        "channels:manage",
        "channels:read",
        "chat:write",
        "commands",
        "files:read",
        "files:write",
        "groups:history",
        "groups:read",
        "groups:write",
        "im:history",
        "im:read",
        "im:write",
        "mpim:history",
        "mpim:read",
        "mpim:write",
        "pins:read",
        "pins:write",
        "reactions:read",
        "reactions:write",
        "team:read",
        "usergroups:read",
        "users:read",
        "users:read.email",
    ];
    const SLACKS_EVENTS: &[(&str, Option<&str>)] = &[
        ("app_home_opened", None),
        ("app_mention", Some("app_mentions:read")),
        ("app_uninstalled", None),
        ("message.channels", Some("channels:history")),
        ("message.groups", Some("groups:history")),
        ("message.im", Some("im:history")),
        ("message.mpim", Some("mpim:history")),
        ("reaction_added", Some("reactions:read")),
        ("reaction_removed", Some("reactions:read")),
        ("file_shared", Some("files:read")),
        ("tokens_revoked", None),
    ];

    #[test]
    fn the_file_is_what_the_code_says() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/manifests/slack/manifest.json");
        let file = std::fs::read_to_string(path).unwrap_or_default();
        assert_eq!(
            file,
            text(&Mode::Socket),
            "write it anew: secevent manifest slack > manifests/slack/manifest.json"
        );
    }

    #[test]
    fn scopes_and_events_are_slacks_sorted_and_reasoned() {
        assert!(BOT_SCOPES.is_sorted_by(|a, b| a.name < b.name));
        assert!(BOT_EVENTS.is_sorted_by(|a, b| a.name < b.name));
        for scope in BOT_SCOPES {
            assert!(SLACKS_SCOPES.contains(&scope.name), "{}", scope.name);
            assert!(scope.reason.len() > 5, "{}", scope.name);
            let without = scope.without;
            assert!(
                without.len() > 15 && !without.ends_with('.'),
                "{}",
                scope.name
            );
        }
        for event in BOT_EVENTS {
            assert!(
                SLACKS_EVENTS.contains(&(event.name, event.scope)),
                "{}",
                event.name
            );
            let has = |wanted| BOT_SCOPES.iter().any(|scope| scope.name == wanted);
            assert!(
                event.scope.is_none_or(has),
                "{} lacks {:?}",
                event.name,
                event.scope
            );
        }
    }

    #[test]
    fn what_slack_limits_is_short_enough() {
        let manifest = manifest(&Mode::Socket);
        let length = |text: &Value| text.as_str().unwrap().chars().count();
        assert!(length(&manifest["display_information"]["name"]) <= 35);
        assert!(length(&manifest["display_information"]["description"]) <= 140);
        for shortcut in manifest["features"]["shortcuts"].as_array().unwrap() {
            assert!(length(&shortcut["name"]) <= 24, "{shortcut}");
            assert!(length(&shortcut["description"]) <= 150, "{shortcut}");
        }
        assert_eq!(
            manifest["features"]["slash_commands"][0]["should_escape"],
            true
        );
    }

    #[test]
    fn an_app_that_others_install_says_so_and_no_other_does() {
        let installs = Installs {
            redirect_url: "https://secevent.example.com/slack/oauth".to_owned(),
            rotates: true,
            organisation: false,
        };
        let with = with_installs(&Mode::Socket, Some(&installs));
        assert_eq!(
            with["oauth_config"]["redirect_urls"],
            json!(["https://secevent.example.com/slack/oauth"])
        );
        assert_eq!(with["settings"]["token_rotation_enabled"], true);
        assert_eq!(with["settings"]["org_deploy_enabled"], false);
        let without = manifest(&Mode::Socket);
        assert!(without["oauth_config"].get("redirect_urls").is_none());
        assert_eq!(without["settings"]["token_rotation_enabled"], false);
    }

    #[test]
    fn http_mode_names_the_three_doors_and_socket_mode_none() {
        let http = manifest(&Mode::Http("https://secevent.example.com/".to_owned()));
        let settings = &http["settings"];
        assert_eq!(
            settings["event_subscriptions"]["request_url"],
            "https://secevent.example.com/slack/events"
        );
        assert_eq!(
            settings["interactivity"]["request_url"],
            "https://secevent.example.com/slack/interactivity"
        );
        assert_eq!(
            http["features"]["slash_commands"][0]["url"],
            "https://secevent.example.com/slack/commands"
        );
        assert_eq!(settings["socket_mode_enabled"], false);
        assert!(!manifest(&Mode::Socket).to_string().contains("http"));
    }
}
