//! The section of Slack, decided: mode, tokens, hosts.
//!
//! Invariants: outside `test` and `demo` the bot's token goes to Slack's own hosts over HTTPS and nowhere else; a mode comes with the
//! secret that it needs. Neighbours: `desk` has the helpers; `chat/slack` takes the [`SlackConfig`].

use super::{
    database::is_loopback,
    desk::Desk,
    raw::{Environment, Mode, RawSlack},
    settings::{SlackConfig, SlackMode},
};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// The Web API of Slack.
const API_URL: &str = "https://slack.com/api";

/// The section, or `None` after problems were noted.
pub(super) fn decide(desk: &mut Desk<'_>, raw: RawSlack) -> Option<SlackConfig> {
    let mode = raw.mode.unwrap_or(Mode::Socket);
    let named = |token: &Option<SecretString>, file: bool| token.is_some() || file;
    let bot_named = named(&raw.bot_token, raw.bot_token_file.is_some());
    let app_named = named(&raw.app_token, raw.app_token_file.is_some());
    let signing_named = named(&raw.signing_secret, raw.signing_secret_file.is_some());

    let bot_token = desk.secret("slack.bot_token", raw.bot_token, raw.bot_token_file);
    let app_token = desk.secret("slack.app_token", raw.app_token, raw.app_token_file);
    let signing_secret = desk.secret(
        "slack.signing_secret",
        raw.signing_secret,
        raw.signing_secret_file,
    );

    let api_url = api_url(desk, raw.api_url.as_deref().unwrap_or(API_URL));
    let given = super::oauth::Given {
        token_key: (raw.token_key, raw.token_key_file),
        token_key_before: (raw.token_key_before, raw.token_key_before_file),
        client_id: raw.oauth_client_id,
        client_secret: (raw.oauth_client_secret, raw.oauth_client_secret_file),
        redirect_url: raw.oauth_redirect_url,
        allowed: raw.oauth_allowed,
        authorize_url: raw.oauth_authorize_url,
    };
    let installs = super::oauth::decide(desk, given, api_url.as_ref());
    let is_home_installed = installs.oauth.is_some() && raw.team.is_some();
    if !bot_named && !is_home_installed {
        desk.refuse(
            "slack.bot_token",
            "the bot's token is missing",
            "Set slack.bot_token_file; the token is shown after installing the app, under OAuth & Permissions. Without it, slack.team and slack.oauth_... are needed, and home is installed by OAuth too",
        );
    }
    token(
        desk,
        "slack.bot_token",
        bot_token.as_ref(),
        &["xoxb-", "xoxe.xoxb-"],
    );
    token(desk, "slack.app_token", app_token.as_ref(), &["xapp-"]);

    let connections = desk.count("slack.connections", raw.connections, 2, 1..=8);
    match mode {
        Mode::Socket if !app_named => desk.refuse(
            "slack.app_token",
            "mode \"socket\" needs the app-level token, which is missing",
            "Set slack.app_token_file; make the token under Basic Information, with the scope connections:write",
        ),
        Mode::Http if !signing_named => desk.refuse(
            "slack.signing_secret",
            "mode \"http\" needs the signing secret, without which anybody could speak for Slack",
            "Set slack.signing_secret_file; the secret is shown under Basic Information",
        ),
        Mode::Socket if signing_named => desk.warn(
            "slack.signing_secret",
            "the signing secret is not used in mode \"socket\"",
            "Remove it, or set mode = \"http\"",
        ),
        Mode::Http if app_named => desk.warn(
            "slack.app_token",
            "the app-level token is not used in mode \"http\"",
            "Remove it, or set mode = \"socket\"",
        ),
        Mode::Socket | Mode::Http => {}
    }
    let queue_channel = channel(desk, raw.queue_channel);
    if raw
        .team
        .as_deref()
        .is_some_and(|team| !is_id(team, &['T', 'E']))
    {
        desk.refuse(
            "slack.team",
            "this is not the id of a workspace or enterprise",
            "Write the id that starts with T or E, not the name",
        );
    }
    Some(SlackConfig {
        mode: match mode {
            Mode::Socket => SlackMode::Socket {
                app_token: app_token?,
                connections,
            },
            Mode::Http => SlackMode::Http {
                signing_secret: signing_secret?,
            },
        },
        api_url: api_url?,
        bot_token: if bot_named { Some(bot_token?) } else { None },
        queue_channel: queue_channel?,
        team: raw.team,
        token_keys: installs.token_keys,
        oauth: installs.oauth,
    })
}

/// Refuses a token of the wrong sort: the two are easily swapped.
fn token(desk: &mut Desk<'_>, key: &str, token: Option<&SecretString>, starts: &[&str]) {
    let Some(token) = token else { return };
    let text = token.expose_secret();
    if starts.iter().any(|start| text.starts_with(start)) {
        return;
    }
    // Only kinds that are known are named, never the start of an unknown secret.
    let kind = [
        ("xapp-", "an app-level token"),
        ("xoxb-", "a bot token"),
        ("xoxp-", "a user token"),
    ];
    let found = kind
        .iter()
        .find(|(start, _)| text.starts_with(start))
        .map_or("something else", |(_, name)| name);
    let wanted = if key == "slack.bot_token" {
        "the bot's token, which starts with xoxb-"
    } else {
        "the app-level token, which starts with xapp-"
    };
    desk.refuse(
        key,
        format!("this holds {found}"),
        format!("Put {wanted}, here"),
    );
}

fn api_url(desk: &mut Desk<'_>, text: &str) -> Option<Url> {
    const KEY: &str = "slack.api_url";
    let usual = format!("Remove it; \"{API_URL}\" is the default");
    let plain = |url: &Url| {
        url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
            && ["http", "https"].contains(&url.scheme())
    };
    let Some(url) = Url::parse(text.trim_end_matches('/')).ok().filter(plain) else {
        desk.refuse(KEY, "this is not the plain URL of a Web API", usual);
        return None;
    };
    let trial = matches!(desk.environment, Environment::Test | Environment::Demo);
    if is_loopback(&url) {
        if !trial {
            desk.refuse(
                KEY,
                "a stand-in on this machine is named, and environment is \"production\"",
                format!("{usual}. For a trial set environment = \"test\""),
            );
        }
    } else if !is_slack(&url) {
        desk.refuse(
            KEY,
            "the bot's token would be sent to a host that is not Slack's, or without HTTPS",
            format!("{usual}. Only a stand-in on loopback is possible, with environment \"test\" or \"demo\""),
        );
    } else if desk.environment == Environment::Demo {
        desk.refuse(
            KEY,
            "the demonstration would act in a real workspace",
            "Name a stand-in on loopback, or set environment = \"test\"",
        );
    }
    Some(url)
}

pub(super) fn is_slack(url: &Url) -> bool {
    let ours = |host: &str| {
        ["slack.com", "slack-gov.com"].iter().any(|home| {
            host.strip_suffix(home)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
    };
    url.scheme() == "https" && url.port().is_none() && url.host_str().is_some_and(ours)
}

fn channel(desk: &mut Desk<'_>, channel: Option<String>) -> Option<String> {
    let way_out = "Write the channel's id, which starts with C or G: in Slack, channel details, at the bottom";
    match channel {
        None => desk.refuse(
            "slack.queue_channel",
            "the queue channel is missing",
            way_out,
        ),
        Some(id) if is_id(&id, &['C', 'G']) => return Some(id),
        Some(_) => desk.refuse(
            "slack.queue_channel",
            "this is not the id of a channel",
            way_out,
        ),
    }
    None
}

pub(super) fn is_id(id: &str, first: &[char]) -> bool {
    (3..=32).contains(&id.len())
        && id.starts_with(first)
        && id
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}
