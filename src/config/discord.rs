//! The section of Discord, decided: mode, token, ids, host.
//!
//! Invariants: outside `test` and `demo` the bot's token goes to Discord's own host over HTTPS and nowhere else; a mode comes with the key
//! that it needs; an id is a number, so that a name written by mistake is found here. Neighbours: `desk` has the helpers;
//! `chat/discord` takes the [`DiscordConfig`].

use super::{
    database::is_loopback,
    desk::Desk,
    raw::{DiscordWay, Environment, RawDiscord},
    settings::{DiscordConfig, DiscordMode},
};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// The API of Discord.
const API_URL: &str = "https://discord.com/api/v10";
/// Where Discord shows an id.
const COPY: &str = "user settings, advanced, developer mode on; then a right click, \"Copy ID\"";
/// Most channels that are looked through after a gap: each costs a call.
const WATCHED_MAX: usize = 25;

/// The section, or `None` after problems were noted.
pub(super) fn decide(desk: &mut Desk<'_>, raw: RawDiscord) -> Option<DiscordConfig> {
    let way = raw.mode.unwrap_or(DiscordWay::Gateway);
    let is_named = raw.bot_token.is_some() || raw.bot_token_file.is_some();
    let bot_token = desk.secret("discord.bot_token", raw.bot_token, raw.bot_token_file);
    if !is_named {
        desk.refuse(
            "discord.bot_token",
            "the bot's token is missing",
            "Set discord.bot_token_file; the token is shown in the developer portal under Bot, once, after \"Reset Token\"",
        );
    }
    token(desk, bot_token.as_ref());
    let api_url = api_url(desk, raw.api_url.as_deref().unwrap_or(API_URL));
    let public_key = public_key(desk, way, raw.public_key);
    let application = id(
        desk,
        "discord.application_id",
        raw.application_id,
        "It is shown in the developer portal under General Information",
    );
    let guild = id(desk, "discord.guild", raw.guild, COPY);
    let queue_channel = id(desk, "discord.queue_channel", raw.queue_channel, COPY);
    let responder_role = responder_role(desk, raw.responder_role, guild.as_deref());
    let watch_channels = watched(desk, raw.watch_channels.as_deref().unwrap_or_default());
    Some(DiscordConfig {
        mode: match way {
            DiscordWay::Gateway => DiscordMode::Gateway,
            DiscordWay::Http => DiscordMode::Http {
                public_key: public_key?,
            },
            DiscordWay::Both => DiscordMode::Both {
                public_key: public_key?,
            },
        },
        api_url: api_url?,
        bot_token: bot_token?,
        application_id: application?,
        guild: guild?,
        queue_channel: queue_channel?,
        responder_role: responder_role?,
        message_content: raw.message_content.unwrap_or(false),
        watch_channels: watch_channels?,
    })
}

/// Refuses what is easily copied in its place.
fn token(desk: &mut Desk<'_>, token: Option<&SecretString>) {
    let Some(token) = token else { return };
    let text = token.expose_secret();
    let found = if text.starts_with("xox") || text.starts_with("xapp-") {
        "a token of Slack"
    } else if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        "the public key"
    } else if is_id(text) {
        "an id"
    } else {
        return;
    };
    desk.refuse(
        "discord.bot_token",
        format!("this holds {found}"),
        "Put the bot's token here: developer portal, Bot, \"Reset Token\"",
    );
}

fn public_key(desk: &mut Desk<'_>, way: DiscordWay, given: Option<String>) -> Option<String> {
    const KEY: &str = "discord.public_key";
    let way_out =
        "Write the 64 hex digits that the developer portal shows under General Information";
    match (way, given) {
        (DiscordWay::Gateway, None) => None,
        (DiscordWay::Gateway, Some(_)) => {
            desk.warn(
                KEY,
                "the public key is not used in mode \"gateway\"",
                "Remove it, or set mode = \"both\"",
            );
            None
        }
        (DiscordWay::Http | DiscordWay::Both, Some(key))
            if key.len() == 64 && key.bytes().all(|b| b.is_ascii_hexdigit()) =>
        {
            Some(key.to_ascii_lowercase())
        }
        (DiscordWay::Http | DiscordWay::Both, Some(_)) => {
            desk.refuse(KEY, "this is not a public key", way_out);
            None
        }
        (DiscordWay::Http | DiscordWay::Both, None) => {
            desk.refuse(
                KEY,
                "this mode needs the public key, without which anybody could speak for Discord",
                way_out,
            );
            None
        }
    }
}

fn api_url(desk: &mut Desk<'_>, text: &str) -> Option<Url> {
    const KEY: &str = "discord.api_url";
    let usual = format!("Remove it; \"{API_URL}\" is the default");
    let plain = |url: &Url| {
        url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
            && ["http", "https"].contains(&url.scheme())
    };
    let Some(url) = Url::parse(text.trim_end_matches('/')).ok().filter(plain) else {
        desk.refuse(KEY, "this is not the plain URL of an API", usual);
        return None;
    };
    if is_loopback(&url) {
        if !matches!(desk.environment, Environment::Test | Environment::Demo) {
            desk.refuse(
                KEY,
                "a stand-in on this machine is named, and environment is \"production\"",
                format!("{usual}. For a trial set environment = \"test\""),
            );
        }
    } else if !is_discord(&url) {
        desk.refuse(
            KEY,
            "the bot's token would be sent to a host that is not Discord's, or without HTTPS",
            format!("{usual}. Only a stand-in on loopback is possible, with environment \"test\" or \"demo\""),
        );
    } else if desk.environment == Environment::Demo {
        desk.refuse(
            KEY,
            "the demonstration would act in a real server",
            "Name a stand-in on loopback, or set environment = \"test\"",
        );
    }
    Some(url)
}

fn is_discord(url: &Url) -> bool {
    url.scheme() == "https" && url.port().is_none() && url.host_str() == Some("discord.com")
}

/// An id that must be there.
fn id(desk: &mut Desk<'_>, key: &str, given: Option<String>, place: &str) -> Option<String> {
    let way_out = format!("Write the id, which is a number and not a name. {place}");
    match given {
        None => desk.refuse(key, "this id is missing", way_out),
        Some(id) if is_id(&id) => return Some(id),
        Some(_) => desk.refuse(key, "this is not an id", way_out),
    }
    None
}

/// The role whose holders are responders. Outer `None` after a problem was noted.
#[expect(
    clippy::option_option,
    reason = "none is wanted, and none can be had, are two things"
)]
fn responder_role(
    desk: &mut Desk<'_>,
    given: Option<String>,
    guild: Option<&str>,
) -> Option<Option<String>> {
    const KEY: &str = "discord.responder_role";
    let Some(role) = given else { return Some(None) };
    if !is_id(&role) {
        let way_out = "Write the id, which is a number and not a name: server settings, Roles, a right click, \"Copy ID\". Remove it if the directory file says who responds";
        desk.refuse(KEY, "this is not an id", way_out);
        return None;
    }
    if guild == Some(&role) {
        desk.refuse(
            KEY,
            "this is the id of the server, whose role everybody has: everybody would be a responder",
            "Name a role that only responders have, or remove it",
        );
        return None;
    }
    Some(Some(role))
}

/// The channels of a list with commas.
fn watched(desk: &mut Desk<'_>, list: &str) -> Option<Vec<String>> {
    const KEY: &str = "discord.watch_channels";
    let ids: Vec<String> = list
        .split(',')
        .map(str::trim)
        .filter(|id| !id.is_empty())
        .map(str::to_owned)
        .collect();
    if ids.iter().any(|id| !is_id(id)) {
        desk.refuse(
            KEY,
            "one of these is not the id of a channel",
            format!("Write ids with commas between them. {COPY}"),
        );
        return None;
    }
    if ids.len() > WATCHED_MAX {
        desk.refuse(
            KEY,
            format!("these are more than {WATCHED_MAX} channels, and each costs a call"),
            "Name the channels where people report most",
        );
        return None;
    }
    Some(ids)
}

/// Whether this can be one of Discord's ids: a number that fits in 64 bits.
fn is_id(id: &str) -> bool {
    (1..=20).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_digit())
        && id.parse::<u64>().is_ok_and(|number| number > 0)
}

#[cfg(test)]
mod tests {
    use super::super::{Config, DiscordMode, LoadError, parse_config};
    use secrecy::ExposeSecret;
    use std::path::Path;

    const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    const GOOD: &str = r#"
environment = "production"
directory_file = "directory.toml"
[database]
url = "sqlite:x.db"
[discord]
bot_token = "hunter2.discord.token"
application_id = "1100000000000000001"
guild = "1100000000000000002"
queue_channel = "1100000000000000003"
"#;

    fn parse(text: &str, variables: &[(&str, &str)]) -> Result<Config, LoadError> {
        let variables = variables.iter().copied().collect();
        parse_config("mine.toml", text, Path::new("/etc/secevent"), &variables)
    }

    fn refused(from: &str, to: &str, key: &str, way_out: &str) {
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(text, GOOD, "nothing was changed");
        let error = parse(&text, &[]).expect_err(&format!("accepted: {to}"));
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        let problem = error
            .problems
            .iter()
            .find(|problem| problem.place.key.as_deref() == Some(key))
            .unwrap_or_else(|| panic!("no error at {key}: {error}"));
        assert!(problem.way_out.contains(way_out), "{error}");
    }

    #[test]
    fn discord_alone_is_a_complete_installation() {
        let config = parse(GOOD, &[]).unwrap();
        assert_eq!(config.warnings, []);
        assert!(config.slack.is_none());
        let discord = config.discord.unwrap();
        assert_eq!(discord.mode, DiscordMode::Gateway);
        assert_eq!(discord.api_url.as_str(), super::API_URL);
        assert_eq!(discord.bot_token.expose_secret(), "hunter2.discord.token");
        assert!(!discord.message_content && discord.watch_channels.is_empty());
        assert!(!format!("{discord:?}").contains("hunter2"));
    }

    #[test]
    fn a_role_that_makes_responders_is_a_role_that_not_everybody_has() {
        let with = |role: &str| {
            let line = format!("[discord]\nresponder_role = \"{role}\"");
            GOOD.replacen("[discord]", &line, 1)
        };
        let discord = parse(&with("1100000000000000006"), &[]).unwrap().discord;
        let role = discord.unwrap().responder_role;
        assert_eq!(role.as_deref(), Some("1100000000000000006"));
        assert_eq!(
            parse(GOOD, &[]).unwrap().discord.unwrap().responder_role,
            None
        );
        for (role, way_out) in [
            ("Responder", "not a name"),
            ("", "not a name"),
            // The server's own id is the role of everybody.
            ("1100000000000000002", "only responders have"),
        ] {
            let line = format!("[discord]\nresponder_role = \"{role}\"");
            refused("[discord]", &line, "discord.responder_role", way_out);
        }
    }

    #[test]
    fn slack_and_discord_stand_beside_each_other() {
        let slack = "[slack]\nbot_token = \"xoxb-1\"\napp_token = \"xapp-1\"\nqueue_channel = \"C012345\"\n";
        let config = parse(&format!("{GOOD}{slack}"), &[]).unwrap();
        assert!(config.slack.is_some() && config.discord.is_some());
    }

    #[test]
    fn whatever_is_needed_is_asked_for() {
        let way_out = "developer portal";
        refused(
            "bot_token = \"hunter2.discord.token\"\n",
            "\n",
            "discord.bot_token",
            way_out,
        );
        refused(
            "application_id = \"1100000000000000001\"\n",
            "\n",
            "discord.application_id",
            way_out,
        );
        refused(
            "guild = \"1100000000000000002\"\n",
            "\n",
            "discord.guild",
            "Copy ID",
        );
        refused(
            "queue_channel = \"1100000000000000003\"",
            "queue_channel = \"security-queue\"",
            "discord.queue_channel",
            "not a name",
        );
        for mode in ["http", "both"] {
            let line = format!("[discord]\nmode = \"{mode}\"");
            refused("[discord]", &line, "discord.public_key", "64 hex");
            refused(
                "[discord]",
                &format!("{line}\npublic_key = \"hunter2\""),
                "discord.public_key",
                "64 hex",
            );
            let text = GOOD.replacen("[discord]", &format!("{line}\npublic_key = \"{KEY}\""), 1);
            let mode_in_force = parse(&text, &[]).unwrap().discord.unwrap().mode;
            assert_ne!(mode_in_force, DiscordMode::Gateway);
        }
        let text = GOOD.replacen(
            "[discord]",
            &format!("[discord]\npublic_key = \"{KEY}\""),
            1,
        );
        assert_eq!(parse(&text, &[]).unwrap().warnings.len(), 1);
    }

    #[test]
    fn what_is_easily_copied_in_place_of_the_token_is_refused() {
        for (other, word) in [
            ("xoxb-hunter2", "Slack"),
            (KEY, "public key"),
            ("1100000000000000001", "an id"),
        ] {
            let text = GOOD.replacen("hunter2.discord.token", other, 1);
            let error = parse(&text, &[]).unwrap_err();
            assert!(error.to_string().contains(word), "{error}");
            assert!(!error.to_string().contains(other), "{error}");
        }
    }

    #[test]
    fn the_token_goes_to_discord_alone() {
        for url in [
            "http://discord.com/api/v10",
            "https://discord.com:8443/api/v10",
            "https://discord.com.example.org/api/v10",
            "https://evildiscord.com/api/v10",
            "https://user:hunter2@discord.com/api/v10",
            "http://127.0.0.1:7700/api/v10",
            "discord.com/api",
        ] {
            let line = format!("[discord]\napi_url = \"{url}\"");
            refused("[discord]", &line, "discord.api_url", super::API_URL);
        }
        let local = GOOD.replacen(
            "[discord]",
            "[discord]\napi_url = \"http://127.0.0.1:7700/api/v10/\"",
            1,
        );
        for environment in ["test", "demo"] {
            let text = local.replacen("production", environment, 1);
            let discord = parse(&text, &[]).unwrap().discord.unwrap();
            assert_eq!(discord.api_url.as_str(), "http://127.0.0.1:7700/api/v10");
        }
        assert!(parse(&GOOD.replacen("production", "demo", 1), &[]).is_err());
    }

    #[test]
    fn variables_set_the_section_too() {
        let bare = GOOD.split("[discord]").next().unwrap();
        let config = parse(
            bare,
            &[
                ("SECEVENT_DISCORD_BOT_TOKEN", "hunter2.other"),
                ("SECEVENT_DISCORD_APPLICATION_ID", "1"),
                ("SECEVENT_DISCORD_GUILD", "2"),
                ("SECEVENT_DISCORD_QUEUE_CHANNEL", "3"),
                ("SECEVENT_DISCORD_MESSAGE_CONTENT", "true"),
                ("SECEVENT_DISCORD_WATCH_CHANNELS", " 4, 5 ,"),
            ],
        );
        let discord = config.unwrap().discord.unwrap();
        assert_eq!(discord.bot_token.expose_secret(), "hunter2.other");
        assert!(discord.message_content);
        assert_eq!(discord.watch_channels, ["4", "5"]);
        for (name, value) in [
            ("SECEVENT_DISCORD_WATCH_CHANNELS", "general"),
            ("SECEVENT_DISCORD_GUILD", "99999999999999999999"),
            ("SECEVENT_DISCORD_GUILD", "0"),
        ] {
            assert!(parse(GOOD, &[(name, value)]).is_err(), "{name}={value}");
        }
    }
}
